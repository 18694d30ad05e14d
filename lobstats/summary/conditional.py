"""What a session's observations look like by how far it has come, by how busy the market is and by how wide."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.book import NO_PRICE
from lobstats.series import Bars, Series
from lobstats.summary.counts import capped, merge_keyed, rounded
from lobstats.summary.gaps import bin_of, lower_edge

__all__ = [
    "CONDITIONS",
    "CONDITION_NS",
    "GAP_BITS",
    "OBSERVED",
    "TENTHS",
    "Conditional",
    "conditional_rows",
    "key_of",
    "level_of",
]

CONDITION_NS = 10_000_000_000
"""The window of the clock over which activity and spread are taken: ten seconds."""

TENTHS = 10

CONDITIONS = ("tenth", "activity", "spread", "activity_before", "spread_before")
"""How far a session has come; happenings in, and mean spread over, the window of an observation or the one before."""

OBSERVED = ("returns", "moves", "spread", "order_size", "gaps")
"""The series that are counted by condition."""

GAP_BITS = 4
"""Gaps are counted in 16 bins an octave."""

_ACTIVITY_BITS = 3
_SPREAD_BITS = 4
_SPREAD_STEPS = 16  # a spread is read in sixteenths of a tick
_WIDEST = 0xFFFF  # ticks
_BIN_BITS = 32

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Conditional:
    """Joint counts of a condition's bin and a value, for each condition and series; ``+`` merges two.

    A window k holds the times after k times ten seconds since the epoch and no later than (k + 1) times; it counts
    where it lies wholly between the first and the last happening of one stretch without a break.

    Attributes
    ----------
    keys : ndarray of int64, shape (n,)
        Condition and series, by their places in `CONDITIONS` and `OBSERVED`, and the bin: see `key_of`. Increasing.
    values : ndarray of float64, shape (n,)
        Half ticks for returns and moves, ticks for spreads, quantities for sizes, and bins for gaps; increasing within
        a key.
    counts : ndarray of int64, shape (n,)
    window_keys, windows : ndarray of int64, shape (w,)
        How many windows fall into each bin of activity and of spread, by the keys of the first series.
    left_out : ndarray of int64, shape (5, 5)
        Observations without a bin, by condition and series: at the ends of a stretch there is no whole window.
    """

    keys: Ints
    values: Floats
    counts: Ints
    window_keys: Ints
    windows: Ints
    left_out: Ints

    def __add__(self, other: "Conditional") -> "Conditional":
        return self.merged([self, other])

    @classmethod
    def merged(cls, parts: "Sequence[Conditional]") -> "Conditional":
        """Return the sum of one part or more."""
        keys, values, counts = (np.concatenate([getattr(p, name) for p in parts]) for name in _JOINT)
        order = np.lexsort((values, keys))
        keys, values, counts = keys[order], values[order], counts[order]
        new = np.flatnonzero(np.append(True, (np.diff(keys) != 0) | (np.diff(values) != 0))[: len(keys)])
        windows = merge_keyed(*(np.concatenate([getattr(p, name) for p in parts]) for name in _WINDOWS))
        counts = np.add.reduceat(counts, new) if len(new) else counts
        return cls(keys[new], values[new], counts, *windows, np.sum([p.left_out for p in parts], axis=0))


_JOINT = ("keys", "values", "counts")
_WINDOWS = ("window_keys", "windows")


def key_of(condition: str, observed: str, bins: Ints | int = 0) -> Ints:
    """Return the key of each bin of a condition, for one series."""
    place = CONDITIONS.index(condition) * len(OBSERVED) + OBSERVED.index(observed)
    return np.asarray(bins) + (place << _BIN_BITS)


def level_of(condition: str, bins: Ints) -> Floats:
    """Return the least value in each bin: happenings in ten seconds, ticks of mean spread, or the tenth itself."""
    if condition == "tenth":
        return bins.astype(np.float64)
    if condition.startswith("activity"):
        return lower_edge(bins, _ACTIVITY_BITS).astype(np.float64)
    return lower_edge(bins, _SPREAD_BITS) / _SPREAD_STEPS


@dataclass(frozen=True)
class _Cells:
    """Stretches of time within which no condition and no row changes, begun by ``cuts``.

    ``bins`` has one row for each condition, -1 where there is none.
    """

    cuts: Ints
    row: Ints
    bins: Ints


def conditional_rows(series: Series, bars: Bars, edges: Ints) -> list[Conditional]:
    """Return the joint counts of each row of time ``edges[i]`` to ``edges[i + 1]``.

    An observation belongs to the row, the tenth, the stretch and the window of its later event; a window to the row in
    which it ends. Conditions are those of the whole session, whatever the rows.

    Parameters
    ----------
    series : Series
    bars : Bars
        The session's mids at whole seconds.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the session's first time or before to its last or after.
    """
    rows = len(edges) - 1
    none = np.empty(0, dtype=np.int64)
    left_out = np.zeros((rows, len(CONDITIONS), len(OBSERVED)), dtype=np.int64)
    if not len(series.time):
        empty = none.astype(np.float64)
        return [Conditional(none, empty, none, none, none, part) for part in left_out]
    windows = _windows(series)
    cells = _cells(series, edges, windows)
    parts = []
    for place, (time, value) in enumerate(_observations(series, bars)):
        values, rank = np.unique(value, return_inverse=True)
        cell = np.searchsorted(cells.cuts, time, side="right") - 1
        code, count = np.unique(cell * len(values) + rank, return_counts=True)
        cell, rank = np.divmod(code, max(len(values), 1))
        for number, condition in enumerate(CONDITIONS):
            bins = cells.bins[number, cell]
            known = bins >= 0
            np.add.at(left_out[:, number, place], cells.row[cell[~known]], count[~known])
            key = key_of(condition, OBSERVED[place], bins[known])
            parts.append((cells.row[cell[known]], key, values[rank[known]], count[known]))
    joint = _by_row(rows, *(np.concatenate(column) for column in zip(*parts, strict=True)))
    counted = [
        (np.searchsorted(edges, windows.end[known], side="right") - 1, key_of(name, OBSERVED[0], bins[known]))
        for name, bins in (("activity", windows.activity), ("spread", windows.spread))
        for known in (bins >= 0,)
    ]
    row, key = (np.concatenate(column) for column in zip(*counted, strict=True))
    held = _by_row(rows, row, key, np.zeros(len(key)), np.ones(len(key), dtype=np.int64))
    return [
        Conditional(*own, window_keys, windows_of, left)
        for own, (window_keys, _, windows_of), left in zip(joint, held, left_out, strict=True)
    ]


def _observations(series: Series, bars: Bars) -> list[tuple[Ints, NDArray[np.generic]]]:
    """Return the times and the values of each of `OBSERVED`."""
    returned, returns, _ = bars.moves()
    moved, moves = series.moves()
    gap_time, gaps, _ = series.gaps()
    priced = series.mid != NO_PRICE
    return [
        (returned, capped(returns)),
        (moved, capped(moves)),
        (series.time[priced], capped(series.spread[priced])),
        (series.order_time, rounded(series.order_size)),
        (gap_time, bin_of(gaps, GAP_BITS)),
    ]


def _by_row(
    rows: int, row: Ints, keys: Ints, values: NDArray[np.generic], counts: Ints
) -> list[tuple[Ints, Floats, Ints]]:
    """Sum counts of equal row, key and value, and return those of each row, sorted."""
    values = np.asarray(values, dtype=np.float64)
    order = np.lexsort((values, keys, row))
    row, keys, values, counts = row[order], keys[order], values[order], counts[order]
    changes = (np.diff(row) != 0) | (np.diff(keys) != 0) | (np.diff(values) != 0)
    new = np.flatnonzero(np.append(True, changes)[: len(row)])
    total = np.add.reduceat(counts, new) if len(new) else counts
    at = np.searchsorted(row[new], np.arange(rows + 1))
    keys, number = keys[new], np.asarray(values[new], dtype=np.float64)
    return [(keys[a:b], number[a:b], np.asarray(total[a:b])) for a, b in pairwise(at)]


@dataclass(frozen=True)
class _Windows:
    """The whole windows of a session, each in one stretch: the stretch, its number, its end and its bins (-1: none)."""

    stretch: Ints
    number: Ints
    end: Ints
    activity: Ints
    spread: Ints


def _windows(series: Series) -> _Windows:
    began, ended = _stretches(series)
    first, last = -(-series.time[began] // CONDITION_NS), series.time[ended] // CONDITION_NS
    per_stretch = np.maximum(last - first, 0)
    stretch = np.repeat(np.arange(len(began)), per_stretch)
    offset = np.arange(len(stretch)) - np.repeat(np.cumsum(per_stretch) - per_stretch, per_stretch)
    number = first[stretch] + offset
    start, end = number * CONDITION_NS, (number + 1) * CONDITION_NS
    happened = np.searchsorted(series.time, end, side="right") - np.searchsorted(series.time, start, side="right")
    # The time for which a spread stood in the window, and the integral of the spread over it.
    held = np.where(series.spread == NO_PRICE, 0, np.clip(series.spread, 0, _WIDEST))
    area, covered = (
        _integral(series, rate, end) - _integral(series, rate, start)
        for rate in (held, (series.spread != NO_PRICE).astype(np.int64))
    )
    mean = _SPREAD_STEPS * area // np.maximum(covered, 1)
    return _Windows(
        stretch,
        number,
        end,
        bin_of(happened, _ACTIVITY_BITS),
        np.where(covered > 0, bin_of(mean, _SPREAD_BITS), -1),
    )


def _stretches(series: Series) -> tuple[Ints, Ints]:
    """Return the places of the first and the last happening of each stretch without a break."""
    began = np.flatnonzero(np.diff(series.segment, prepend=series.segment[0] - 1))
    return began, np.append(began[1:], len(series.time)) - 1


def _integral(series: Series, rate: Ints, at: Ints) -> Ints:
    """Return the integral, over time up to each of ``at``, of a rate that holds from happening to happening."""
    whole = np.concatenate([[0], np.cumsum(rate[:-1] * np.diff(series.time))])
    place = np.searchsorted(series.time, at, side="right") - 1
    return np.asarray(whole[place] + rate[place] * (at - series.time[place]))


def _cells(series: Series, edges: Ints, windows: _Windows) -> _Cells:
    start, end = int(series.time[0]), int(series.time[-1])
    began, _ = _stretches(series)
    tenth_ns = max(1, -(-(series.end - series.start + 1) // TENTHS))
    # The windows begin after, not at, their edges.
    grid = np.arange(start // CONDITION_NS, (end - 1) // CONDITION_NS + 1) * CONDITION_NS + 1
    tenths = series.start + np.arange(TENTHS) * tenth_ns
    cuts = np.unique(np.concatenate([edges[:-1], series.time[began], grid, tenths]))
    stretch = np.searchsorted(series.time[began], cuts, side="right") - 1
    number = (cuts - 1) // CONDITION_NS
    tenth = np.clip((cuts - series.start) // tenth_ns, 0, TENTHS - 1)
    bins = [tenth]
    for shift in (0, 1):
        place = _find(windows, stretch, number - shift)
        bins += [np.where(place >= 0, np.append(own, -1)[place], -1) for own in (windows.activity, windows.spread)]
    return _Cells(cuts, np.searchsorted(edges, cuts, side="right") - 1, np.array(bins))


def _find(windows: _Windows, stretch: Ints, number: Ints) -> Ints:
    """Return the place of the window of each stretch and number, -1 where it is not whole."""
    place = np.full(len(stretch), -1)
    counts = np.bincount(windows.stretch, minlength=int(stretch.max()) + 1)
    first = np.cumsum(counts) - counts
    if not len(windows.stretch):
        return place
    own = np.maximum(stretch, 0)
    base = windows.number[np.minimum(first[own], len(windows.number) - 1)]
    offset = number - base
    found = (stretch >= 0) & (offset >= 0) & (offset < counts[own])
    place[found] = first[own[found]] + offset[found]
    return place
