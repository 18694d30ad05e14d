"""Changes of the mid over horizons of the clock, from a hundredth of a second to ten minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.book import NO_PRICE
from lobstats.series import BAR_NS, Bars, Series
from lobstats.summary.counts import Counts, capped

__all__ = ["HORIZONS_NS", "HorizonReturns", "horizon_rows"]

Ints = NDArray[np.int64]

HORIZONS_NS = np.array(
    [int(seconds * 1e9) for seconds in (0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)], dtype=np.int64
)
"""The horizons, in nanoseconds."""


@dataclass(frozen=True)
class HorizonReturns:
    """Counts of the mid's changes at each horizon; ``+`` merges two.

    Below a second, changes lie side by side on the clock's grid; from a second on one ends at every whole second, so
    that neighbouring ones overlap.

    Attributes
    ----------
    horizons : ndarray of int64, shape (k,)
        In nanoseconds.
    counts : tuple of Counts, length k
        Changes in ticks on a half-tick lattice.
    """

    horizons: Ints
    counts: tuple[Counts, ...]

    @classmethod
    def of(cls, data: "HorizonReturns | ArrayLike") -> "HorizonReturns":
        """Take the path of a mid, shape (n,), one value a second; integers are half ticks."""
        if isinstance(data, HorizonReturns):
            return data
        path = np.asarray(data).ravel()
        if path.dtype.kind in "iub":
            path = path.astype(np.int64)  # differences of narrow or unsigned integers would wrap
        steps = [int(h) // BAR_NS for h in HORIZONS_NS if h >= BAR_NS]
        changes = [path[s:] - path[:-s] if s < len(path) else path[:0] for s in steps]
        return cls(HORIZONS_NS[HORIZONS_NS >= BAR_NS], tuple(Counts.of(c, step=0.5, unit="ticks") for c in changes))

    def __add__(self, other: "HorizonReturns") -> "HorizonReturns":
        return self.merged([self, other])

    @classmethod
    def merged(cls, parts: "Sequence[HorizonReturns]") -> "HorizonReturns":
        """Return the sum of one part or more."""
        horizons = parts[0].horizons
        if not all(np.array_equal(horizons, part.horizons) for part in parts):
            msg = "changes over different horizons do not add up."
            raise ValueError(msg)
        return cls(horizons, tuple(map(Counts.merged, zip(*(part.counts for part in parts), strict=True))))

    def at(self, horizon_ns: int) -> Counts:
        """Return the counts at one of the horizons."""
        return self.counts[int(np.flatnonzero(self.horizons == horizon_ns)[0])]


def horizon_rows(series: Series, bars: Bars, edges: Ints) -> list[HorizonReturns]:
    """Return the changes at each of `HORIZONS_NS` in each row of time ``edges[i]`` to ``edges[i + 1]``.

    A change belongs to the row in which it ends and lies within one stretch.
    """
    columns = [
        _fine_rows(series, int(h), edges) if h < BAR_NS else _bar_rows(bars, int(h) // BAR_NS, edges)
        for h in HORIZONS_NS
    ]
    return [HorizonReturns(HORIZONS_NS, tuple(column[row] for column in columns)) for row in range(len(edges) - 1)]


def _bar_rows(bars: Bars, steps: int, edges: Ints) -> list[Counts]:
    same = bars.stretch[steps:] == bars.stretch[:-steps]
    time, change = bars.time[steps:][same], (bars.mid[steps:] - bars.mid[:-steps])[same]
    return [_counts(change[a:b]) for a, b in pairwise(np.searchsorted(time, edges))]


def _fine_rows(series: Series, horizon: int, edges: Ints) -> list[Counts]:
    """Return the changes between points of a fine grid; those in which nothing happens are counted unvisited."""
    rows = len(edges) - 1
    priced = series.mid != NO_PRICE
    time, mid = series.time[priced], series.mid[priced]
    if not len(time):
        return [_counts(mid)] * rows
    stretch = np.cumsum(np.diff(2 * series.segment + priced, prepend=-1) != 0)[priced]
    begins = np.flatnonzero(np.diff(stretch, prepend=-1))
    ends = np.append(begins[1:], len(time)) - 1
    first, last = -(-time[begins] // horizon), time[ends] // horizon
    # How many changes end before each edge: those of all earlier stretches, and of the one that the edge cuts.
    at = np.searchsorted(time[begins], edges, side="left") - 1
    before = np.concatenate([[0], np.cumsum(np.maximum(last - first, 0))])[at]
    here = np.clip(-(-edges // horizon), first[at] + 1, np.maximum(last[at], first[at]) + 1) - first[at] - 1
    total = np.diff(np.where(at >= 0, before + here, 0))

    point = -(-time // horizon)  # where on the grid each mid is first seen
    shown = np.flatnonzero((np.diff(point, append=-1) != 0) | (np.diff(stretch, append=-1) != 0))
    point, owner, value = point[shown], stretch[shown], mid[shown]
    number = np.searchsorted(stretch[begins], owner)
    change = np.flatnonzero((owner[1:] == owner[:-1]) & (point[1:] <= last[number[1:]])) + 1
    moved, when = value[change] - value[change - 1], point[change] * horizon
    counts = []
    for n, (a, b) in zip(total, pairwise(np.searchsorted(when, edges)), strict=True):
        zeros = Counts.weighted([0], [n - (b - a)], step=0.5, unit="ticks")
        counts.append(_counts(moved[a:b]) + zeros if n > b - a else _counts(moved[a:b]))
    return counts


def _counts(changes: Ints) -> Counts:
    return Counts.of(capped(changes), step=0.5, unit="ticks")
