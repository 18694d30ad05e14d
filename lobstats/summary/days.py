"""Happenings over the hours of the day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.summary.clock_windows import one_stretch

__all__ = ["BINS", "BIN_NS", "DayCounts", "day_rows"]

Ints = NDArray[np.int64]

BINS = 48
BIN_NS = 1800 * 10**9
"""Half an hour, of which a day has 48."""


@dataclass(frozen=True)
class DayCounts:
    """How many happenings each half-hour of the local day holds, and how much of it was observed; ``+`` merges two.

    Attributes
    ----------
    counts : ndarray of int64, shape (48,)
        Happenings.
    covered : ndarray of int64, shape (48,)
        Nanoseconds between the first and the last happening of a stretch.
    """

    counts: Ints
    covered: Ints

    @classmethod
    def of(cls, data: "DayCounts | ArrayLike") -> "DayCounts":
        """Count an increasing array of whole nanoseconds since midnight of any day, shape (n,), as one stretch."""
        if isinstance(data, DayCounts):
            return data
        return day_rows(*one_stretch(data, "day_rate"))[0]

    def __add__(self, other: "DayCounts") -> "DayCounts":
        return DayCounts(self.counts + other.counts, self.covered + other.covered)


def day_rows(times: Ints, segment: Ints, edges: Ints, offset_ns: int = 0) -> list[DayCounts]:
    """Return the counts of each row of time ``edges[i]`` to ``edges[i + 1]``; a stretch is cut at the edges.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Increasing times and the stretch of each.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the first time or before to the last time or after.
    offset_ns : int
        What turns the times into those of the local day.
    """
    counts, covered = np.zeros((2, len(edges) - 1, BINS), dtype=np.int64)
    if len(times):
        np.add.at(counts, (np.searchsorted(edges, times, side="right") - 1, _bin(times, offset_ns)), 1)
        starts = np.flatnonzero(np.diff(segment, prepend=segment[0] - 1))
        began, ended = times[starts], times[np.append(starts[1:], len(times)) - 1]
        cuts = np.unique(np.concatenate([began, ended, edges]))
        inside = np.searchsorted(began, cuts[:-1], side="right") > np.searchsorted(ended, cuts[:-1], side="right")
        held = np.diff(_elapsed(cuts, offset_ns), axis=0)[inside]
        np.add.at(covered, np.searchsorted(edges, cuts[:-1][inside], side="right") - 1, held)
    return [DayCounts(*row) for row in zip(counts, covered, strict=True)]


def _bin(times: Ints, offset_ns: int) -> Ints:
    return (times // BIN_NS + (times % BIN_NS + offset_ns) // BIN_NS) % BINS


def _elapsed(times: Ints, offset_ns: int) -> Ints:
    """Return how much of each half-hour of the day has gone by since a midnight long ago, shape (n, 48)."""
    number = times // BIN_NS + (times % BIN_NS + offset_ns) // BIN_NS
    day, current = np.divmod(number, BINS)
    bins = np.arange(BINS)
    whole = (day[:, None] + (bins < current[:, None])) * BIN_NS
    since = (times % BIN_NS + offset_ns) % BIN_NS
    return np.asarray(whole + np.where(bins == current[:, None], since[:, None], 0))
