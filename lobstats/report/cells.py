"""How ratios, verdicts and what is missing are written in the tables of a terminal."""

from rich.text import Text

from lobstats.result import Missing

__all__ = ["DASH", "missing_text", "ratio_text", "verdict_text"]

DASH = "-"

_STYLES = {"within noise": "green", "close": "yellow", "apart": "bold red"}


def missing_text(found: Missing, footnotes: dict[str, int], what: str = "missing") -> str:
    """Return a word with the number of the footnote that says why, which is added where it is new."""
    return f"{what} [{footnotes.setdefault(found.reason, len(footnotes) + 1)}]"


def ratio_text(value: float | None) -> str:
    """Return a ratio; None is a floor of zero."""
    if value is None:
        return "inf"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}" if value < 10_000 else ">9999"


def verdict_text(found: str, mark: str = "") -> Text:
    """Return a verdict in its colour."""
    return Text(found + mark, style=_STYLES[found])
