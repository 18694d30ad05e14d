"""What a figure draws of a side: lines, axes and words, before anything is drawn."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lobstats.compare import Described
from lobstats.errors import InsufficientDataError
from lobstats.result import Band, Curve, Missing
from lobstats.summary.counts import Counts
from lobstats.summary.summary import Summary

__all__ = [
    "Axis",
    "Line",
    "Plot",
    "Style",
    "cumulated",
    "curve_line",
    "drawable",
    "level_line",
    "percent",
    "plain",
    "shares",
    "survival_line",
    "windowed",
]

Floats = NDArray[np.float64]
Axis = Literal["count", "value", "log", "share", "log share", "log time", "kind"]
Style = Literal["line", "points", "paths"]

_POINTS = 400
_SHOWN = 0.999  # of a side's observations lie inside the axes of a distribution over a lattice
_TOLD = 0.0025  # a greater share beyond the axes is told in the caption
_WIDEST = 3.0  # times the real side's reach, so that one wild sample does not squeeze the others


@dataclass(frozen=True)
class Line:
    """A line, each array of shape (points,), with its band where there is one.

    Where x stands for kinds, point x is ``labels[x]``. ``marks`` are points with intervals of their own on the line.
    """

    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None
    labels: tuple[str, ...] = ()
    marks: "Line | None" = None

    def where(self, at: NDArray[np.int64]) -> "Line":
        """Return the points at some places."""
        low, high = (None if band is None else band[at] for band in (self.low, self.high))
        return Line(self.x[at], self.y[at], low, high, self.labels, self.marks)


@dataclass(frozen=True)
class Plot:
    """What a figure draws of each side.

    Attributes
    ----------
    name, title, x_label, y_label : str
    x_axis, y_axis : Axis
    line : callable
        From a side and the sum of its units to its line; raises InsufficientDataError where there is nothing.
    caption : str
        How to read it.
    guide_label, guide : str, callable
        A dotted line from the real side and its line.
    rows : tuple of str
        Full names of the facts and names of the series that it shows; the verdict of the first stands beside it.
    definition : str
        What is drawn, as a formula, where no fact of ``rows`` has the words for it.
    style : {"line", "points", "paths"}
        Points stand beside each other with their intervals; paths are several lines with gaps between them.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    x_axis: Axis
    y_axis: Axis
    line: Callable[[Described, Summary], Line]
    caption: str
    guide_label: str = ""
    guide: Callable[[Described, Line], Line] | None = None
    rows: tuple[str, ...] = ()
    definition: str = ""
    style: Style = "line"


def drawable(plot: Plot, side: Described) -> Line:
    """Return what an axis can show: on a logarithmic one, what is positive."""
    if side.total is None:
        msg = "no continuous trading"
        raise InsufficientDataError(msg)
    line = plot.line(side, side.total)
    shown = np.ones(len(line.x), dtype=bool)
    for values, axis in ((line.x, plot.x_axis), (line.y, plot.y_axis)):
        if axis.startswith("log"):
            shown &= values > 0
    if not shown.any():
        msg = "every value is zero, which a logarithmic axis cannot show" if len(line.x) else "there is no observation"
        raise InsufficientDataError(msg)
    return line.where(np.flatnonzero(shown))


def windowed(plot: Plot, lines: dict[int, Line], labels: Sequence[str]) -> tuple[dict[int, Line], str]:
    """Cut distributions over a lattice where nearly all of each lies, and say how much lies beyond."""
    if plot.x_axis != "count" or not lines:
        return lines, ""
    reach = {i: line.x[np.searchsorted(np.cumsum(line.y), [1 - _SHOWN, _SHOWN])] for i, line in lines.items()}
    first = reach[min(reach)]
    room = _WIDEST * max(float(first[1] - first[0]), 1.0)
    low = max(min(float(ends[0]) for ends in reach.values()), float(first[0]) - room)
    high = min(max(float(ends[1]) for ends in reach.values()), float(first[1]) + room)
    cut, beyond = {}, []
    for i, line in lines.items():
        shown = np.flatnonzero((line.x >= low) & (line.x <= high))
        share = 1 - float(line.y[shown].sum())
        if share > _TOLD:
            beyond.append(f"{percent(float(f'{share:.2g}'))} of {labels[i]}")
        if len(shown):
            cut[i] = line.where(_thinned(shown, line.y))
    return cut, f" Beyond the axes: {', '.join(beyond)}." if beyond else ""


def _thinned(shown: NDArray[np.intp], shares: Floats) -> NDArray[np.intp]:
    """Return places evenly spread over many, and those of the greatest shares, lest a peak goes missing."""
    if len(shown) <= _POINTS:
        return shown
    greatest = shown[np.argsort(-shares[shown], kind="stable")[: _POINTS // 2]]
    return np.union1d(shown[:: -(-2 * len(shown) // _POINTS)], greatest)


def plain(value: float) -> str:
    """Return a number as an axis writes it."""
    if value and not 1e-4 <= abs(value) < 1e6:
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        return f"10{str(exponent).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    return f"{value:,.6g}".replace("-", "\N{MINUS SIGN}")


def percent(value: float) -> str:
    """Return a share as an axis writes it."""
    return f"{plain(100 * value)} %"


def survival_line(x: Floats, counts: NDArray[np.int64]) -> Line:
    """Return the share of observations at or beyond each value, at points even on a logarithmic axis."""
    share = np.cumsum(counts[::-1])[::-1] / max(int(counts.sum()), 1)
    if not (x > 0).any():
        return Line(x, share)
    # Where nearly all observations are larger, the line only runs along the top.
    first = max(int(np.sum(x <= 0)), int(np.sum(share > _SHOWN)) - 1, 0)
    at = np.arange(first, len(x))
    if len(at) > _POINTS:
        grid = np.geomspace(x[first], x[-1], _POINTS)
        at = np.unique(np.minimum(np.searchsorted(x, grid), len(x) - 1))
    return Line(x[at], share[at])


def shares(counts: Counts) -> Line:
    """Return the share of each value."""
    return Line(counts.x, counts.counts / max(counts.n, 1))


def cumulated(counts: Counts) -> Line:
    """Return the share of observations up to each value, at evenly spread values where there are many."""
    at = np.arange(len(counts.x))
    if len(at) > _POINTS:
        at = np.unique(np.searchsorted(counts.x, np.linspace(counts.x[0], counts.x[-1], _POINTS)))
    return Line(counts.x[at], (np.cumsum(counts.counts) / max(counts.n, 1))[at])


def curve_line(name: str) -> Callable[[Described, Summary], Line]:
    """Return what draws a curve with its band."""

    def line(side: Described, _: Summary) -> Line:
        fact = side.facts[name]
        if not isinstance(fact, Curve):
            raise InsufficientDataError(fact.reason if isinstance(fact, Missing) else "it is no curve")
        band = fact.ci
        low, high = (band.low, band.high) if isinstance(band, Band) else (None, None)
        return Line(fact.x, fact.value, low, high, fact.labels)

    return line


def level_line(value: float) -> Callable[[Described, Line], Line]:
    """Return what draws a guide at one level."""
    return lambda side, line: Line(np.array([line.x[0] / 10, line.x[-1] * 10]), np.full(2, value))
