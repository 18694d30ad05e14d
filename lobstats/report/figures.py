"""Figures: the real side against each generated sample, as SVG that stands inline in a page or alone.

Colours are CSS variables with fallbacks, so that a page can darken them. Names are no part of a drawing: they stand in
the legend, which is text of the page.
"""

import html
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobstats.compare import SERIES, Comparison, Described, Generated
from lobstats.errors import InsufficientDataError
from lobstats.report.conditions import horizon_lines, horizon_plot
from lobstats.report.lines import PLOTS, Axis, Line, Plot, drawable, percent, plain, windowed
from lobstats.result import Missing
from lobstats.summary.conditional import OBSERVED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Figure", "Frame", "Key", "draw_plots", "figures", "horizon_figure", "side_labels", "side_styles"]

Floats = NDArray[np.float64]

_MARKED = 40  # a line of more points is drawn without markers

# Drawn with colours that no figure uses otherwise, then replaced by variables of the page.
_INK, _MUTED, _GRID = "#010101", "#020202", "#030303"
_REAL, _GENERATED = "#040404", ("#050505", "#060606", "#070707", "#080808")
_VARIABLES = {
    _INK: "var(--ink, #1c2128)",
    _MUTED: "var(--muted, #6a737d)",
    _GRID: "var(--grid, #e4e7eb)",
    _REAL: "var(--real, #1c2128)",
    # Okabe and Ito: told apart by every kind of colour vision.
    _GENERATED[0]: "var(--g1, #0072b2)",
    _GENERATED[1]: "var(--g2, #d55e00)",
    _GENERATED[2]: "var(--g3, #009e73)",
    _GENERATED[3]: "var(--g4, #b5568f)",
}
_DASHES = ("", "5 1.6", "1.5 1.5", "5 1.5 1.2 1.5", "8 2")
_MARKERS = "osD^vP"
_GUIDE_DASH = "1 2.5"
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")  # those that are kept, of a 72nd of an inch


@dataclass(frozen=True)
class Key:
    """An entry of a legend: a side or a guide, with the CSS colour and dashes of its line."""

    label: str
    colour: str
    dash: str


@dataclass(frozen=True)
class Figure:
    """A figure and the words around it.

    Attributes
    ----------
    name : str
        Begins every id in the drawing, so that several stand in one page.
    title, caption : str
        What is drawn, and how to read it.
    alt : str
        What is drawn, for those who do not see it.
    svg : str or None
        The drawing, None where no side has anything to draw.
    legend : tuple of Key
    left_out : tuple of str
        Which sides are not drawn, and why.
    guide : str
        What the dotted line is, "" without one or where it needs no word.
    """

    name: str
    title: str
    caption: str
    alt: str
    svg: str | None
    legend: tuple[Key, ...]
    left_out: tuple[str, ...]
    guide: str = ""

    def _repr_html_(self) -> str:
        """Show the drawing between its title and its legend, as a notebook does."""
        keys = "".join(
            f'<span style="margin-right: 1.5em"><svg width="26" height="8"><path d="M0 4h26" stroke="{key.colour}" '
            f'stroke-width="2" stroke-dasharray="{key.dash}"/></svg> {html.escape(key.label)}</span>'
            for key in self.legend
        )
        words = "".join(f"<p>{html.escape(text)}</p>" for text in (self.caption, *self.left_out) if text)
        return (
            f'<figure style="max-width: 36em"><b>{html.escape(self.title)}</b>{self.svg or ""}<div>{keys}</div>'
            f"<figcaption>{words}</figcaption></figure>"
        )


@dataclass(frozen=True)
class Frame:
    """The size of a figure in inches, and what its margins take of it; margins of one size align figures of a page."""

    width: float
    height: float
    left: float = 0.506
    right: float = 0.066
    top: float = 0.316
    bottom: float = 0.454


_WHOLE = Frame(4.4, 2.75)


def figures(comparison: Comparison) -> list[Figure]:
    """Draw the distributions and curves behind the scores, in the order of the families.

    Parameters
    ----------
    comparison : Comparison
        With no generated sample, the real side is drawn alone.

    Returns
    -------
    list of Figure
        The same for the same comparison, byte for byte, whatever the style of the session.
    """
    return draw_plots(comparison, PLOTS)


def draw_plots(comparison: Comparison, plots: Sequence[Plot], frame: Frame = _WHOLE) -> list[Figure]:
    """Draw plots of every side, each with a name of its own, in one frame."""
    sides = [comparison.real, *comparison.generated]
    with _drawing():
        return [_figure(plot, sides, side_labels(comparison), comparison.level, frame) for plot in plots]


def horizon_figure(sample: Generated, name: str) -> Figure:
    """Draw how far a sample lies from reality in each tenth of its sessions, a line for each series."""
    plot, lines = replace(horizon_plot(), name=name), horizon_lines(sample)
    styles = side_styles(len(OBSERVED))
    legend = [replace(styles[place], label=SERIES[OBSERVED[place]].title) for place in lines]
    legend.append(Key(plot.guide_label, _VARIABLES[_MUTED], _GUIDE_DASH))
    series = {} if isinstance(sample.horizon, Missing) else sample.horizon.series
    reasons = {SERIES[one].title: found.reason for one, found in series.items() if isinstance(found, Missing)}
    left_out = [f"{title}: {reason}" for title, reason in reasons.items()]
    if isinstance(sample.horizon, Missing):
        left_out = [sample.horizon.reason]
    alt = f"{plot.title}: {plot.y_label} against {plot.x_label}, for {', '.join(key.label for key in legend[:-1])}."
    with _drawing():
        guide = Line(np.array([0.5, 10.5]), np.ones(2))
        svg = _draw(plot, lines, guide, alt) if lines else None
    return Figure(plot.name, plot.title, plot.caption, alt, svg, tuple(legend), tuple(left_out))


@contextmanager
def _drawing() -> Iterator[None]:
    """Draw in the style of the page, whatever that of the session."""
    import matplotlib as mpl
    import seaborn as sns

    with mpl.rc_context():
        mpl.rcdefaults()
        style: Any = {**sns.axes_style("ticks"), **sns.plotting_context("paper", font_scale=0.88), **_style()}
        mpl.rcParams.update(style)
        yield


def side_labels(comparison: Comparison) -> list[str]:
    """Return what each side is called, the real one first: its name, with a number or role where names repeat."""
    real = comparison.real.observations.name
    labels = [real]
    for sample in comparison.generated:
        name = sample.observations.name
        label = f"{name} (generated)" if name == real else name
        number = 2
        while label in labels:
            label = f"{name} ({number})"
            number += 1
        labels.append(label)
    return labels


def side_styles(sides: int) -> list[Key]:
    """Return the colour and dashes of each of a number of sides, without names; the real one comes first."""
    return [Key("", _VARIABLES[_colour(side)], _dash(side)) for side in range(sides)]


def _dash(side: int) -> str:
    # Where colours come round again, the dashes are shifted, so that 16 samples look different.
    turn, place = divmod(side - 1, len(_GENERATED))
    return _DASHES[1 + (place + turn) % (len(_DASHES) - 1)] if side else _DASHES[0]


def _colour(side: int) -> str:
    return _GENERATED[(side - 1) % len(_GENERATED)] if side else _REAL


def _style() -> dict[str, Any]:
    inked = ("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor")
    muted = ("axes.edgecolor", "xtick.color", "ytick.color")
    return {
        **dict.fromkeys(inked, _INK),
        **dict.fromkeys(muted, _MUTED),
        "grid.color": _GRID,
        "axes.grid": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.facecolor": "none",
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],
        # Text stays text: it takes the page's font, and can be found and read aloud.
        "svg.fonttype": "none",
    }


def _figure(plot: Plot, sides: Sequence[Described], labels: Sequence[str], level: float, frame: Frame) -> Figure:
    lines: dict[int, Line] = {}
    left_out = []
    for number, (side, label) in enumerate(zip(sides, labels, strict=True)):
        try:
            lines[number] = drawable(plot, side)
        except InsufficientDataError as error:
            left_out.append(f"{label}: {str(error).rstrip('.')}")
    styles = side_styles(len(sides))
    legend = [replace(styles[i], label=f"{labels[i]} (real)" if i == 0 else labels[i]) for i in lines]
    guide = None
    if plot.guide is not None and 0 in lines and sides[0].total is not None:
        guide = plot.guide(sides[0].total, lines[0])
        legend.append(Key(plot.guide_label, _VARIABLES[_MUTED], _GUIDE_DASH))
    lines, beyond = windowed(plot, lines, labels)
    caption = plot.caption.format(level=f"{100 * level:g} %") + beyond
    named = ", ".join(labels[i] for i in lines)
    alt = f"{plot.title}: {plot.y_label} against {plot.x_label}, for {named}."
    svg = _draw(plot, lines, guide, alt, frame) if lines else None
    drawn = "" if guide is None else plot.guide_label
    return Figure(plot.name, plot.title, caption, alt, svg, tuple(legend), tuple(left_out), drawn)


def _draw(plot: Plot, lines: dict[int, Line], guide: Line | None, alt: str, frame: Frame = _WHOLE) -> str:
    import matplotlib as mpl
    import seaborn as sns
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(frame.width, frame.height))
    # A layout engine would draw everything twice.
    x_margins = {"left": frame.left / frame.width, "right": 1 - frame.right / frame.width}
    y_margins = {"bottom": frame.bottom / frame.height, "top": 1 - frame.top / frame.height}
    ax = canvas.subplots(gridspec_kw={**x_margins, **y_margins})
    few = max(len(line.x) for line in lines.values()) <= _MARKED
    keys = {str(i): style for i, style in enumerate(side_styles(max(lines) + 1))}
    side = np.repeat([str(i) for i in lines], [len(line.x) for line in lines.values()])
    sns.lineplot(
        x=np.concatenate([line.x for line in lines.values()]),
        y=np.concatenate([line.y for line in lines.values()]),
        hue=side,
        style=side,
        size=side,
        ax=ax,
        palette={i: _colour(int(i)) for i in keys},
        dashes={i: _dashes(key.dash) or "" for i, key in keys.items()},
        markers={i: _MARKERS[int(i) % len(_MARKERS)] for i in keys} if few else False,
        sizes={i: 1.3 if int(i) else 1.8 for i in keys},
        drawstyle="steps-pre" if few and plot.y_axis == "log share" and plot.x_axis != "count" else "default",
        markersize=3.4,
        markeredgewidth=0,
        legend=False,
        estimator=None,
        errorbar=None,
        sort=False,
    )
    for i, line in lines.items():
        if line.low is not None and line.high is not None:
            ax.fill_between(
                line.x, line.low, line.high, color=_colour(i), alpha=min(0.14, 0.4 / len(lines)), linewidth=0
            )
    if guide is not None:
        ax.plot(guide.x, guide.y, color=_MUTED, linestyle=(0, _dashes(_GUIDE_DASH)), linewidth=1.1, zorder=1.5)
    _limits(plot, ax, list(lines.values()), guide)
    _ticks(ax.xaxis, plot.x_axis)
    _ticks(ax.yaxis, plot.y_axis)
    ax.set(xlabel=plot.x_label, ylabel="")
    canvas.text(0.008 / frame.width, 1 - 0.187 / frame.height, plot.y_label)
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": plot.name}):
        # No date, no name of a program: the same input gives the same bytes.
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        canvas.savefig(text, format="svg", facecolor="none", metadata=nothing)
    return _inline(text.getvalue(), plot.name, alt)


def _dashes(dash: str) -> tuple[float, ...]:
    return tuple(map(float, dash.split()))


def _limits(plot: Plot, ax: "Axes", lines: list[Line], guide: Line | None) -> None:
    """Scale the axes so that even a single point stands in a range that has ticks."""
    for name, kind in (("x", plot.x_axis), ("y", plot.y_axis)):
        parts = [line.x for line in lines] if name == "x" else [line.y for line in lines]
        values = np.concatenate(parts)
        if name == "y":
            # A band that tells nothing must not squeeze the lines.
            bands = [band for line in lines for band in (line.low, line.high) if band is not None]
            room = (values.min() / 3, values.max() * 3) if kind.startswith("log") else (-1.0, 1.0)
            values = np.concatenate([values, *(np.clip(band, *room) for band in bands)])
            if guide is not None and guide.y[0] == guide.y[-1]:
                values = np.append(values, guide.y[0])
        low, high = float(values.min()), float(values.max())
        if kind.startswith("log"):
            centre, reach = math.log10(low * high) / 2, max(0.53 * math.log10(high / low), 0.55)
            low, high = 10 ** (centre - reach), 10 ** (centre + reach)
            high = min(high, 1.6) if kind == "log share" else high
            ax.set(**{f"{name}scale": "log"})
        elif kind == "share":
            low, high = 0.0, min(1.03, 1.08 * high)
        else:
            margin = max(0.04 * (high - low), 0.6 if kind == "count" else 0.02)
            low, high = low - margin, high + margin
        ax.set(**{f"{name}lim": (low, high)})


def _ticks(axis: Any, kind: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if kind.startswith("log"):
        low, high = axis.get_view_interval()
        decades = math.log10(high / low)
        subs = (1.0, 2.0, 5.0) if decades < 1.5 else (1.0, 3.0) if decades < 2.7 else (1.0,)
        axis.set_major_locator(LogLocator(subs=subs, numticks=9))
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


def _inline(svg: str, name: str, alt: str) -> str:
    """Make a drawing stand inline beside others: no prolog, no style for the whole page, ids of its own."""
    svg = svg[svg.index("<svg") :].rstrip()
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # groups are never referred to
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r"\s*\n\s*", " ", svg)
    svg = re.sub(r"<[^>]+>", lambda tag: _DECIMALS.sub(r"\1", tag.group()), svg)
    for drawn, variable in _VARIABLES.items():
        svg = svg.replace(drawn, variable)
    svg = svg.replace("'DejaVu Sans'", "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans'")
    svg = re.sub(r' width="[^"]*" height="[^"]*"', ' width="100%" style="stroke-linejoin: round"', svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
