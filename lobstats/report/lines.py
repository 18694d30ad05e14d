"""What each figure draws of a side: its lines, its axes and its words, before anything is drawn."""

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
    "PLOTS",
    "Axis",
    "Line",
    "Plot",
    "curve_line",
    "drawable",
    "level_line",
    "percent",
    "plain",
    "survival_line",
    "windowed",
]

Floats = NDArray[np.float64]
Axis = Literal["count", "value", "log", "share", "log share", "log time"]

_POINTS = 400
_SHOWN = 0.999  # of a side's observations lie inside the axes of a distribution over a lattice
_TOLD = 0.0025  # a greater share beyond the axes is told in the caption
_WIDEST = 3.0  # times the real side's reach, so that one wild sample does not squeeze the others


@dataclass(frozen=True)
class Line:
    """A line, each array of shape (points,), with its band where there is one."""

    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None

    def where(self, at: NDArray[np.int64]) -> "Line":
        """Return the points at some places."""
        low, high = (None if band is None else band[at] for band in (self.low, self.high))
        return Line(self.x[at], self.y[at], low, high)


@dataclass(frozen=True)
class Plot:
    """What a figure draws of each side; ``line`` raises InsufficientDataError where there is nothing."""

    name: str
    title: str
    x_label: str
    y_label: str
    x_axis: Axis
    y_axis: Axis
    line: Callable[[Described, Summary], Line]
    caption: str
    guide_label: str = ""
    guide: Callable[[Summary, Line], Line] | None = None


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
            cut[i] = line.where(shown[:: -(-len(shown) // _POINTS)])
    return cut, f" Beyond the axes: {', '.join(beyond)}." if beyond else ""


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


def _shares(counts: Counts) -> Line:
    return Line(counts.x, counts.counts / max(counts.n, 1))


def curve_line(name: str) -> Callable[[Described, Summary], Line]:
    """Return what draws a curve with its band."""

    def line(side: Described, _: Summary) -> Line:
        fact = side.facts[name]
        if not isinstance(fact, Curve):
            raise InsufficientDataError(fact.reason if isinstance(fact, Missing) else "it is no curve")
        band = fact.ci
        return Line(fact.x, fact.value, *((band.low, band.high) if isinstance(band, Band) else ()))

    return line


def level_line(value: float) -> Callable[[Summary, Line], Line]:
    """Return what draws a guide at one level."""
    return lambda total, line: Line(np.array([line.x[0] / 10, line.x[-1] * 10]), np.full(2, value))


def _exponential(total: Summary, line: Line) -> Line:
    """Return the survival of gaps of a Poisson process with the real side's mean gap."""
    mean = total.gaps.total / total.gaps.n / 1e9
    x = mean * np.geomspace(1e-4, 20, 120)
    return Line(x, np.exp(-x / mean))


PLOTS = (
    Plot(
        "moves-tail",
        "Large one-second moves",
        "move of the mid over one second, up or down (ticks)",
        "share of moves at least as large",
        "log",
        "log share",
        lambda side, total: survival_line(total.returns.magnitudes().x, total.returns.magnitudes().counts),
        "The tail, both directions together. A straight line is a power law: the flatter, the heavier the tail. "
        "A thin tail, as of a Gaussian, bends down and stops early.",
    ),
    Plot(
        "clustering",
        "Volatility clustering",
        "lag (s)",
        "autocorrelation of |move|",
        "log",
        "value",
        curve_line("volatility.absolute_autocorrelation_curve"),
        "Autocorrelation of absolute one-second moves, with its {level} band. Markets fall slowly from 0.1 to 0.4; "
        "a line on zero is a sample whose large moves come at random.",
        "no clustering",
        level_line(0.0),
    ),
    Plot(
        "fano",
        "Bursts at every time scale",
        "window",
        "Fano factor",
        "log time",
        "log",
        curve_line("arrivals.fano_curve"),
        "Variance over mean of the number of happenings in a window, with its {level} band. A Poisson process stays "
        "on 1; the steeper the rise, the longer bursts keep company.",
        "Poisson",
        level_line(1.0),
    ),
    Plot(
        "gaps",
        "Time between happenings",
        "gap between happenings",
        "share of gaps at least as long",
        "log time",
        "log share",
        lambda side, total: survival_line(np.exp(total.gaps.x), total.gaps.counts),
        "The fine grey line is what Poisson arrivals with the real mean gap would show. A sample below it at the left "
        "has more short gaps, one beyond it at the right longer pauses.",
        "Poisson at the real rate",
        _exponential,
    ),
    Plot(
        "happening-size",
        "Records that share one time",
        "records per happening",
        "share of happenings",
        "count",
        "log share",
        lambda side, total: _shares(total.happening_size),
        "A trade, its fills and the cancels that follow share one exchange time. A model that stamps each record anew "
        "has everything at 1.",
    ),
    Plot(
        "spread",
        "Spread",
        "best ask minus best bid (ticks)",
        "share of happenings",
        "count",
        "share",
        lambda side, total: _shares(total.spread),
        "How often each spread is found after a happening. Liquid markets stand at one tick most of the time.",
    ),
    Plot(
        "order-size",
        "Size of new orders",
        "quantity (contracts)",
        "share of new orders at least as large",
        "log",
        "log share",
        lambda side, total: survival_line(total.order_size.x, total.order_size.counts),
        "Steps are sizes that traders like, round lots among them; a smooth line has lost them.",
    ),
    Plot(
        "moves",
        "Mid moves from happening to happening",
        "change of the mid (ticks)",
        "share of happenings",
        "count",
        "log share",
        lambda side, total: _shares(total.moves),
        "The peak at zero is happenings that move nothing: a lower one is a mid that moves too often. The flanks are "
        "the tails of single moves.",
    ),
)
