"""Trains of happenings that follow each other within a fixed time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.summary.clock_windows import one_stretch
from lobstats.summary.counts import Counts, capped

__all__ = ["TRAINS_NS", "TrainCounts", "train_rows"]

Ints = NDArray[np.int64]

TRAINS_NS = np.array([10**power for power in range(6, 11)], dtype=np.int64)
"""The longest gaps within a train, in nanoseconds: a thousandth of a second to ten seconds."""


@dataclass(frozen=True)
class TrainCounts:
    """For each longest gap, how many happenings make a train; ``+`` merges two.

    A train is a run of happenings, as long as can be, in which none comes later after the one before than that gap; a
    happening by itself is a train of one.

    Attributes
    ----------
    windows : ndarray of int64, shape (w,)
        Longest gaps within a train, in nanoseconds.
    sizes : tuple of Counts, length w
        Happenings in each train.
    gaps : int
        Gaps between happenings.
    within : ndarray of int64, shape (w,)
        Those among them that are no longer than each longest gap.
    """

    windows: Ints
    sizes: tuple[Counts, ...]
    gaps: int
    within: Ints

    @classmethod
    def of(cls, data: "TrainCounts | ArrayLike") -> "TrainCounts":
        """Count an increasing array of whole nanoseconds, shape (n,), as one stretch."""
        if isinstance(data, TrainCounts):
            return data
        return train_rows(*one_stretch(data, "trains"))[0]

    def __add__(self, other: "TrainCounts") -> "TrainCounts":
        if not np.array_equal(self.windows, other.windows):
            msg = "trains with different longest gaps do not add up."
            raise ValueError(msg)
        sizes = tuple(a + b for a, b in zip(self.sizes, other.sizes, strict=True))
        return TrainCounts(self.windows, sizes, self.gaps + other.gaps, self.within + other.within)


def train_rows(times: Ints, segment: Ints, edges: Ints) -> list[TrainCounts]:
    """Return the trains of each row of time ``edges[i]`` to ``edges[i + 1]``.

    A train may begin in an earlier row and belongs to that of its last happening, a gap to that of its later one. None
    crosses the end of a stretch: a train still open there ends.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Increasing times and the stretch of each.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the first time or before to the last time or after.
    """
    follows = segment[1:] == segment[:-1]
    gap, later = np.diff(times)[follows], times[1:][follows]
    gaps = np.diff(np.searchsorted(later, edges))
    columns, within = [], []
    for longest in TRAINS_NS:
        within.append(np.diff(np.searchsorted(later[gap <= longest], edges)))
        ends = np.flatnonzero(np.append(~follows | (np.diff(times) > longest), [True] * min(len(times), 1)))
        sizes, when = capped(np.diff(ends, prepend=-1)), times[ends]
        columns.append([Counts.of(sizes[a:b], unit="happenings") for a, b in pairwise(np.searchsorted(when, edges))])
    return [
        TrainCounts(TRAINS_NS, sizes, int(gaps[row]), np.array([column[row] for column in within]))
        for row, sizes in enumerate(zip(*columns, strict=True))
    ]
