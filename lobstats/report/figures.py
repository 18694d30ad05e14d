"""Figures: the real side against each generated sample, as SVG that stands inline in a page, or as files of their own.

In a page colours are CSS variables with fallbacks, so that it can darken them, and names are no part of a drawing: they
stand in the legend, which is text of the page.
"""

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lobstats.compare import SERIES, Comparison, Described, Generated
from lobstats.errors import InsufficientDataError
from lobstats.report.conditions import horizon_lines, horizon_plot
from lobstats.report.drawing import GUIDE_DASH, Frame, colour_name, dash, draw, drawing, rounded, stroke
from lobstats.report.plots import plots
from lobstats.report.plots.lines import Line, Plot, drawable, percent, plain, windowed
from lobstats.report.theme import FONT, LIGHT, SIDES, variable
from lobstats.result import Missing
from lobstats.summary.conditional import OBSERVED

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["Figure", "Key", "draw_plots", "figure_files", "figures", "horizon_figure", "side_labels", "side_styles"]

# Drawn with colours that nothing uses otherwise, then replaced by variables of the page.
_DRAWN = {name: f"#0{i}0{i}0{i}" for i, name in enumerate(("ink", "muted", "grid", *SIDES), start=1)}
_WHOLE = Frame(3.6, 2.5)
_ALONE = Frame(3.5, 2.7, left=0.62, right=0.08, top=0.5, bottom=0.46)


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
        What is drawn and where each line begins and ends, for those who do not see it.
    svg : str or None
        The drawing, None where no side has anything to draw.
    legend : tuple of Key
    left_out : tuple of str
        Which sides are not drawn, and why.
    guide : str
        What the dotted line is, "" without one or where it needs no word.
    rows : tuple of str
        The facts and series that it shows.
    definition : str
        What is drawn, where no fact has the words for it.
    """

    name: str
    title: str
    caption: str
    alt: str
    svg: str | None
    legend: tuple[Key, ...]
    left_out: tuple[str, ...]
    guide: str = ""
    rows: tuple[str, ...] = ()
    definition: str = ""

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


def figures(comparison: Comparison) -> dict[str, list[Figure]]:
    """Draw the distributions and curves behind the scores, family by family.

    Parameters
    ----------
    comparison : Comparison
        With no generated sample, the real side is drawn alone.

    Returns
    -------
    dict of str to list of Figure
        The same for the same comparison, byte for byte, whatever the style of the session.
    """
    return {family: draw_plots(comparison, own) for family, own in plots(comparison.real).items()}


def draw_plots(comparison: Comparison, plots: Sequence[Plot], frame: Frame = _WHOLE) -> list[Figure]:
    """Draw plots of every side, each with a name of its own, in one frame."""
    with drawing(_DRAWN):
        return [_figure(_Content.of(plot, comparison), frame) for plot in plots]


def figure_files(comparison: Comparison) -> dict[str, bytes]:
    """Draw each figure of `figures` as an SVG and a PDF file that stand alone, in light colours.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict of str to bytes
        Contents by file name, such as ``tails-hill.svg``; a figure with nothing to draw makes none. The same for the
        same comparison, byte for byte.
    """
    files = {}
    with drawing(LIGHT):
        for family, own in plots(comparison.real).items():
            for plot in own:
                content = _Content.of(plot, comparison)
                if content.lines:
                    canvas = _alone(content)
                    for ending in ("svg", "pdf"):
                        files[f"{family}-{plot.name}.{ending}"] = _saved(canvas, ending, plot.name)
    return files


def horizon_figure(sample: Generated, name: str) -> Figure:
    """Draw how far a sample lies from reality in each tenth of its sessions, a line for each series."""
    plot, lines = replace(horizon_plot(), name=name), horizon_lines(sample)
    styles = side_styles(len(OBSERVED))
    legend = [replace(styles[place], label=SERIES[OBSERVED[place]].title) for place in lines]
    legend.append(Key(plot.guide_label, variable("muted"), GUIDE_DASH))
    series = {} if isinstance(sample.horizon, Missing) else sample.horizon.series
    reasons = {SERIES[one].title: found.reason for one, found in series.items() if isinstance(found, Missing)}
    left_out = [f"{title}: {reason}" for title, reason in reasons.items()]
    if isinstance(sample.horizon, Missing):
        left_out = [sample.horizon.reason]
    alt = f"{plot.title}: {plot.y_label} against {plot.x_label}, for {', '.join(key.label for key in legend[:-1])}."
    with drawing(_DRAWN):
        guide = Line(np.array([0.5, 10.5]), np.ones(2))
        svg = _inline(draw(plot, lines, guide, _WHOLE, _DRAWN), name, alt) if lines else None
    return Figure(plot.name, plot.title, plot.caption, alt, svg, tuple(legend), tuple(left_out))


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
    return [Key("", variable(colour_name(side)), dash(side)) for side in range(sides)]


@dataclass(frozen=True)
class _Content:
    """A plot with what it draws of each side, and the words that follow from that."""

    plot: Plot
    labels: tuple[str, ...]
    lines: dict[int, Line]
    guide: Line | None
    caption: str
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, plot: Plot, comparison: Comparison) -> "_Content":
        sides: list[Described] = [comparison.real, *comparison.generated]
        labels = side_labels(comparison)
        lines: dict[int, Line] = {}
        left_out = []
        for number, (side, label) in enumerate(zip(sides, labels, strict=True)):
            try:
                lines[number] = drawable(plot, side)
            except InsufficientDataError as error:
                left_out.append(f"{label}: {str(error).rstrip('.')}")
        guide = plot.guide(sides[0], lines[0]) if plot.guide is not None and 0 in lines else None
        lines, beyond = windowed(plot, lines, labels)
        caption = plot.caption.format(level=f"{100 * comparison.level:g} %") + beyond
        drawn = guide if guide is not None and len(guide.x) else None
        return cls(plot, tuple(labels), lines, drawn, caption, tuple(left_out))

    def name_of(self, side: int) -> str:
        return self.labels[side] if side else f"{self.labels[0]} (real)"

    def alt(self) -> str:
        plot = self.plot
        over = f" against {plot.x_label}" if plot.x_label else ""
        named = ", ".join(self.labels[i] for i in self.lines)
        ends = [f"{self.labels[i]} {_ends(plot, line)}" for i, line in self.lines.items()]
        return f"{plot.title}: {plot.y_label}{over}, for {named}. {'; '.join(ends)}."


def _ends(plot: Plot, line: Line) -> str:
    """Say where a line begins and ends."""
    if plot.style == "paths":
        number = int(np.sum(~np.isfinite(line.y))) + 1
        return f"{number} paths between {plain(np.nanmin(line.y))} and {plain(np.nanmax(line.y))}"
    seen = np.flatnonzero(np.isfinite(line.y))
    write = {"share": percent, "log share": percent}.get(plot.y_axis, plain)

    def point(i: int) -> str:
        x = line.labels[int(line.x[i])] if line.labels else plain(float(f"{line.x[i]:.3g}"))
        return f"{write(float(f'{line.y[i]:.3g}'))} at {x}"

    return point(seen[0]) if len(seen) == 1 else f"from {point(seen[0])} to {point(seen[-1])}"


def _figure(content: _Content, frame: Frame) -> Figure:
    plot = content.plot
    styles = side_styles(len(content.labels))
    legend = [replace(styles[i], label=content.name_of(i)) for i in content.lines]
    if content.guide is not None:
        legend.append(Key(plot.guide_label, variable("muted"), GUIDE_DASH))
    alt, svg = f"{plot.title}: nothing to draw.", None
    if content.lines:
        alt = content.alt()
        svg = _inline(draw(plot, content.lines, content.guide, frame, _DRAWN), plot.name, alt)
    drawn = "" if content.guide is None else plot.guide_label
    words = (plot.title, content.caption, alt, svg, tuple(legend), content.left_out, drawn, plot.rows, plot.definition)
    return Figure(plot.name, *words)


def _alone(content: _Content) -> "Canvas":
    """Draw a figure with its legend above the axes."""
    canvas = draw(content.plot, content.lines, content.guide, _ALONE, LIGHT)
    ax = canvas.axes[0]
    canvas.texts[0].remove()
    ax.set_ylabel(content.plot.y_label)
    from matplotlib.lines import Line2D

    keys = [(LIGHT[colour_name(i)], dash(i), content.name_of(i)) for i in content.lines]
    if content.guide is not None:
        keys.append((LIGHT["muted"], GUIDE_DASH, content.plot.guide_label))
    handles = [Line2D([], [], color=colour, linestyle=stroke(dashes), label=label) for colour, dashes, label in keys]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.12, 1.0), ncols=2, frameon=False, fontsize="small")
    return canvas


def _saved(canvas: "Canvas", ending: str, name: str) -> bytes:
    """Return a drawing as the bytes of a file: no date, no name of a program, the same for the same input."""
    import matplotlib as mpl

    out = io.BytesIO()
    absent = ("Date", "Creator", "Format", "Type") if ending == "svg" else ("Creator", "Producer", "CreationDate")
    with mpl.rc_context({"svg.hashsalt": name}):
        canvas.savefig(out, format=ending, metadata=dict.fromkeys(absent), bbox_inches="tight", pad_inches=0.03)
    return out.getvalue()


def _inline(canvas: "Canvas", name: str, alt: str) -> str:
    """Make a drawing stand inline beside others: no prolog, no style for the whole page, ids of its own."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        canvas.savefig(text, format="svg", facecolor="none", metadata=nothing)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].rstrip()
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # groups are never referred to
    svg = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = rounded(re.sub(r"\s*\n\s*", " ", svg))
    for own, colour in _DRAWN.items():
        svg = svg.replace(colour, variable(own))
    svg = svg.replace("'DejaVu Sans'", FONT.replace('"', "'"))
    svg = re.sub(r' width="[^"]*" height="[^"]*"', ' width="100%" style="stroke-linejoin: round"', svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
