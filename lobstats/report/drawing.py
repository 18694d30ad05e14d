"""Lines drawn on axes by matplotlib, in the colours and fonts of the theme."""

import math
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lobstats.report.plots.lines import Axis, Line, Plot, percent, plain
from lobstats.report.theme import SIDES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["GUIDE_DASH", "Frame", "Ink", "colour_name", "dash", "draw", "drawing", "rounded", "stroke"]

GUIDE_DASH = "1 2.5"
_DASHES = ("", "5 1.6", "1.5 1.5", "5 1.5 1.2 1.5", "8 2")
_MARKERS = "osD^vP"
_MARKED = 40  # a line of more points is drawn without markers
_LONGEST_LABEL = 14

Ink = Mapping[str, str]
"""The colour that stands for each name of the theme."""


@dataclass(frozen=True)
class Frame:
    """The size of a figure in inches, and what its margins take of it; margins of one size align figures of a page."""

    width: float
    height: float
    left: float = 0.56
    right: float = 0.066
    top: float = 0.316
    bottom: float = 0.454


@contextmanager
def drawing(ink: Ink) -> Iterator[None]:
    """Draw in the style of the theme, whatever that of the session."""
    import matplotlib as mpl
    import seaborn as sns

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # the reader's font may have it
        mpl.rcdefaults()
        style: Any = {**sns.axes_style("ticks"), **sns.plotting_context("paper", font_scale=0.88), **_style(ink)}
        mpl.rcParams.update(style)
        yield


def dash(side: int) -> str:
    """Return the dashes of a side's line, as SVG writes them."""
    # Where colours come round again, the dashes are shifted, so that 16 samples look different.
    turn, place = divmod(side - 1, len(SIDES) - 1)
    return _DASHES[1 + (place + turn) % (len(_DASHES) - 1)] if side else _DASHES[0]


def colour_name(side: int) -> str:
    """Return the name of a side's colour in the theme."""
    return SIDES[1 + (side - 1) % (len(SIDES) - 1)] if side else SIDES[0]


def draw(plot: Plot, lines: Mapping[int, Line], guide: Line | None, frame: Frame, ink: Ink) -> "Canvas":
    """Draw the lines of some sides, by their numbers; the axes are the canvas's only ones, and hold no legend."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(frame.width, frame.height))
    # A layout engine would draw everything twice.
    x_margins = {"left": frame.left / frame.width, "right": 1 - frame.right / frame.width}
    y_margins = {"bottom": frame.bottom / frame.height, "top": 1 - frame.top / frame.height}
    ax = canvas.subplots(gridspec_kw={**x_margins, **y_margins})
    for place, (side, line) in enumerate(lines.items()):
        colour = ink[colour_name(side)]
        if plot.style == "points":
            _points(ax, line, side, colour, (place - (len(lines) - 1) / 2) * _apart(plot, lines))
        else:
            _line(ax, plot, line, side, colour, len(lines))
    if guide is not None and len(guide.x):
        dots = stroke(GUIDE_DASH)
        ax.plot(guide.x, guide.y, color=ink["muted"], linestyle=dots, linewidth=1.1, zorder=1.5)
    _limits(plot, ax, list(lines.values()), guide)
    labels = max((line.labels for line in lines.values()), key=len)
    if plot.x_axis == "kind":
        _kinds(ax, labels)
    else:
        _ticks(ax.xaxis, plot.x_axis)
    _ticks(ax.yaxis, plot.y_axis)
    ax.set(xlabel=plot.x_label, ylabel="")
    canvas.text(0.008 / frame.width, 1 - 0.187 / frame.height, plot.y_label)
    return canvas


def _line(ax: "Axes", plot: Plot, line: Line, side: int, colour: str, sides: int) -> None:
    few = np.isfinite(line.y).sum() <= _MARKED and plot.style == "line"
    steps = few and plot.y_axis == "log share" and plot.x_axis not in ("count", "value") and line.marks is None
    marked = few and line.marks is None
    ax.plot(
        line.x,
        line.y,
        color=colour,
        linestyle=stroke(dash(side)),
        linewidth=(0.9 if side else 1.1) if plot.style == "paths" else 1.3 if side else 1.8,
        alpha=0.85 if plot.style == "paths" else None,
        marker=_MARKERS[side % len(_MARKERS)] if marked else "",
        markersize=3.4,
        markeredgewidth=0,
        drawstyle="steps-pre" if steps else "default",
    )
    if line.low is not None and line.high is not None:
        alpha = min(0.14, 0.4 / sides)
        ax.fill_between(line.x, line.low, line.high, color=colour, alpha=alpha, linewidth=0)
    if line.marks is not None:
        _points(ax, line.marks, side, colour, 0.0)


def _points(ax: "Axes", line: Line, side: int, colour: str, shift: float) -> None:
    error = None
    if line.low is not None and line.high is not None:
        error = np.maximum([line.y - line.low, line.high - line.y], 0)
    ax.errorbar(
        line.x + shift,
        line.y,
        yerr=error,
        color=colour,
        linestyle="none",
        marker=_MARKERS[side % len(_MARKERS)],
        markersize=3.6,
        markeredgewidth=0,
        elinewidth=0.9,
    )


def _apart(plot: Plot, lines: Mapping[int, Line]) -> float:
    """Return how far the points of neighbouring sides stand apart."""
    if plot.x_axis == "kind":
        return 0.6 / max(len(lines), 3)
    x = np.unique(np.concatenate([line.x for line in lines.values()]))
    return 0.2 * float(np.diff(x).min()) / len(lines) if len(x) > 1 else 0.04


def _kinds(ax: "Axes", labels: tuple[str, ...]) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator

    words = [label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…" for label in labels]
    ax.xaxis.set_major_locator(FixedLocator(list(range(len(labels)))))
    ax.xaxis.set_major_formatter(FixedFormatter([word.replace(" ", "\n", 1) for word in words]))
    ax.grid(visible=False, axis="x")


def stroke(dash: str) -> Any:
    """Return dashes as matplotlib takes them, a full line for none."""
    return (0, tuple(map(float, dash.split()))) if dash else "-"


def _style(ink: Ink) -> dict[str, Any]:
    inked = ("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor")
    muted = ("axes.edgecolor", "xtick.color", "ytick.color")
    return {
        **dict.fromkeys(inked, ink["ink"]),
        **dict.fromkeys(muted, ink["muted"]),
        "grid.color": ink["grid"],
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": "none",
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],
        # Text stays text: it takes the page's font, and can be found and read aloud.
        "svg.fonttype": "none",
        "pdf.fonttype": 42,
        "text.parse_math": False,  # names of files may hold dollars
    }


def _limits(plot: Plot, ax: "Axes", lines: list[Line], guide: Line | None) -> None:
    """Scale the axes so that even a single point stands in a range that has ticks."""
    for name, kind in (("x", plot.x_axis), ("y", plot.y_axis)):
        parts = [line.x for line in lines] if name == "x" else [line.y for line in lines]
        values = np.concatenate(parts)
        values = values[np.isfinite(values)]
        if name == "y":
            # A band that tells nothing must not squeeze the lines.
            bands = [band for line in lines for band in (line.low, line.high) if band is not None]
            bands += [band for line in lines if line.marks for band in (line.marks.y,)]
            room = (
                (values.min() / 3, values.max() * 3)
                if kind.startswith("log")
                else _room(values, 4.0 if plot.style == "points" else 1.0)
            )
            values = np.concatenate([values, *(np.clip(band, *room) for band in bands)])
            if guide is not None and len(guide.y) and guide.y[0] == guide.y[-1]:
                values = np.append(values, guide.y[0])
        low, high = float(values.min()), float(values.max())
        if kind.startswith("log"):
            centre, reach = math.log10(low * high) / 2, max(0.53 * math.log10(high / low), 0.55)
            low, high = 10 ** (centre - reach), 10 ** (centre + reach)
            high = min(high, 1.6) if kind == "log share" and name == "y" else high
            ax.set(**{f"{name}scale": "log"})
        elif kind == "share":
            low, high = 0.0, min(1.03, 1.08 * high)
        else:
            whole = kind in ("count", "kind") or (name == "x" and plot.style == "points")
            margin = max(0.04 * (high - low), 0.6 if whole else 1e-3 * abs(high), 1e-12)
            low, high = low - margin, high + margin
        ax.set(**{f"{name}lim": (low, high)})


def _room(values: Any, times: float) -> tuple[float, float]:
    """Return how far a band may reach: some times as far beyond the lines as they reach themselves."""
    reach = times * max(float(values.max() - values.min()), 0.25 * float(np.abs(values).max()))
    return float(values.min()) - reach, float(values.max()) + reach


def _ticks(axis: Any, kind: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if kind.startswith("log"):
        low, high = axis.get_view_interval()
        decades = math.log10(high / low)
        subs = (1.0, 2.0, 5.0) if decades < 1.5 else (1.0, 3.0) if decades < 2.7 else (1.0,)
        axis.set_major_locator(LogLocator(subs=subs, numticks=7))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(6, integer=kind == "count", steps=[1, 2, 5, 10]))
    written = {"share": percent, "log share": percent, "log time": _time}.get(kind, plain)
    axis.set_major_formatter(FuncFormatter(lambda value, place: written(value)))


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.999 * size:
            return f"{seconds / size:,.4g} {unit}"
    return f"{seconds * 1e9:.4g} ns"


def rounded(svg: str) -> str:
    """Return a drawing with the decimals that are seen, in 72nds of an inch."""
    return re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\d\.\d\d)\d+", r"\1", tag.group()), svg)
