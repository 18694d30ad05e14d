"""Colours, fonts and signs of everything that a report shows: page, figures and terminal take them from here."""

from dataclasses import dataclass

__all__ = ["DARK", "FONT", "LIGHT", "MONO", "SIDES", "SIGNS", "STYLES", "css_variables", "variable"]

SIGNS = {"apart": "✕", "close": "≈", "within noise": "✓"}
"""Stands before a verdict, so that colour says nothing alone."""

STYLES = {"within noise": "green", "close": "yellow", "apart": "bold red"}
"""Of verdicts on a terminal."""

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif'
MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'

SIDES = ("real", "g1", "g2", "g3", "g4")
"""Colours of the real side and of generated samples, in this order; after the last the second comes again."""


@dataclass(frozen=True)
class _Colour:
    light: str
    dark: str


_COLOURS = {
    "page": _Colour("#f6f7f9", "#0e1217"),
    "card": _Colour("#ffffff", "#161b22"),
    "soft": _Colour("#f1f3f6", "#1d232c"),
    "line": _Colour("#dfe3e8", "#2d343e"),
    "grid": _Colour("#e7eaee", "#272e38"),
    "ink": _Colour("#1c2128", "#e3e8ee"),
    "muted": _Colour("#5c6672", "#98a3b0"),
    # Sides: black and the colours of Okabe and Ito, told apart by every kind of colour vision.
    "real": _Colour("#1c2128", "#eef2f6"),
    "g1": _Colour("#0072b2", "#58aee8"),
    "g2": _Colour("#d55e00", "#ff9350"),
    "g3": _Colour("#00855f", "#3cc79b"),
    "g4": _Colour("#b5568f", "#e893c4"),
    # Verdicts: dark to light as well as red to blue.
    "apart": _Colour("#a8231a", "#ffaaa2"),
    "apart-bg": _Colour("#fbd9d5", "#5a211d"),
    "close": _Colour("#7a5200", "#f2c96a"),
    "close-bg": _Colour("#fdeec6", "#463510"),
    "within": _Colour("#0b5f74", "#84d3e6"),
    "within-bg": _Colour("#e2f2f6", "#123841"),
}
LIGHT = {name: colour.light for name, colour in _COLOURS.items()}
"""By name, as they stand on a light page and in single figures."""

DARK = {name: colour.dark for name, colour in _COLOURS.items()}
"""The same on a dark page."""


def css_variables(colours: dict[str, str]) -> str:
    """Return colours as declarations of CSS variables."""
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def variable(name: str) -> str:
    """Return a colour as a page writes it: by name, with its light form where a page knows none."""
    return f"var(--{name}, {LIGHT[name]})"
