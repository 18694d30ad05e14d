"""Counts of happenings in windows of an absolute clock grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.summary.clock_windows import one_stretch

__all__ = ["WINDOWS_NS", "WindowCounts", "window_rows"]

Ints = NDArray[np.int64]

WINDOWS_NS = np.array([step * 10**power for power in range(6, 12) for step in (1, 3)] + [10**12], dtype=np.int64)
"""The window lengths, in nanoseconds: a thousandth of a second to a thousand seconds."""

_SUMS = ("n", "total", "squares", "pairs", "changes")


@dataclass(frozen=True)
class WindowCounts:
    """For each window length, moments of the number of happenings in a window; ``+`` merges two.

    Attributes
    ----------
    windows : ndarray of int64, shape (w,)
        Lengths in nanoseconds. Window k of length T runs from k T to (k + 1) T since the epoch.
    n, total, squares : ndarray of int64, shape (w,)
        Number of whole windows, and the sums of their counts and squared counts.
    pairs, changes : ndarray of int64, shape (w,)
        Number of pairs of neighbouring whole windows in one stretch, and the sum of the squared changes of the count
        from one to the next.
    """

    windows: Ints
    n: Ints
    total: Ints
    squares: Ints
    pairs: Ints
    changes: Ints

    @classmethod
    def of(cls, data: "WindowCounts | ArrayLike") -> "WindowCounts":
        """Count an increasing array of whole nanoseconds, shape (n,), as one stretch."""
        if isinstance(data, WindowCounts):
            return data
        return window_rows(*one_stretch(data, "arrivals"))[0]

    def __add__(self, other: "WindowCounts") -> "WindowCounts":
        if not np.array_equal(self.windows, other.windows):
            msg = "counts over different windows do not add up."
            raise ValueError(msg)
        sums = (getattr(self, name) + getattr(other, name) for name in _SUMS)
        return WindowCounts(self.windows, *sums)


def window_rows(times: Ints, segment: Ints, edges: Ints) -> list[WindowCounts]:
    """Return the window counts of each row of time ``edges[i]`` to ``edges[i + 1]``.

    Only windows that lie wholly between the first and the last happening of one stretch are counted; a window
    belongs to the row in which it ends, a pair of neighbours to that of the later one. Empty windows are counted
    without being visited, so that a long pause costs nothing.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Increasing times and the stretch of each.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the first time or before to the last time or after.
    """
    rows = len(edges) - 1
    sums = np.zeros((len(_SUMS), rows, len(WINDOWS_NS)), dtype=np.int64)
    n, total, squares, pairs, changes = sums
    if len(times):
        begins = np.concatenate([[True], segment[1:] != segment[:-1]])
        number = np.cumsum(begins) - 1
        starts = np.flatnonzero(begins)
        began, ended = times[starts], times[np.append(starts[1:], len(times)) - 1]
        at_edge = np.searchsorted(began, edges, side="right") - 1
        for column, length in enumerate(WINDOWS_NS):
            # Of each stretch, windows first .. last - 1 lie inside.
            first = -(-began // length)
            last = np.maximum(first, ended // length)
            n[:, column] = _ending(first, last, at_edge, edges // length)
            pairs[:, column] = _ending(first + 1, np.maximum(first + 1, last), at_edge, edges // length)

            window = times // length
            new = np.flatnonzero(begins | np.concatenate([[True], window[1:] != window[:-1]]))
            count = np.diff(np.append(new, len(times)))
            which, owner = window[new], number[new]
            inside = (which >= first[owner]) & (which < last[owner])
            which, owner, count = which[inside], owner[inside], count[inside]
            row = np.searchsorted(edges, (which + 1) * length, side="left") - 1
            np.add.at(total[:, column], row, count)
            np.add.at(squares[:, column], row, count**2)

            # The change into each window that is not empty, and out of it where the next one is.
            follows = np.concatenate([[False], (which[1:] == which[:-1] + 1) & (owner[1:] == owner[:-1])])
            into = which > first[owner]
            before = np.where(follows, np.concatenate([[0], count])[:-1], 0)
            np.add.at(changes[:, column], row[into], (count - before)[into] ** 2)
            out = (which + 1 < last[owner]) & ~np.append(follows[1:], False)
            row = np.searchsorted(edges, (which[out] + 2) * length, side="left") - 1
            np.add.at(changes[:, column], row, count[out] ** 2)
    return [WindowCounts(WINDOWS_NS, *sums[:, i]) for i in range(rows)]


def _ending(first: Ints, last: Ints, at_edge: Ints, edge: Ints) -> Ints:
    """Return how many of the windows first .. last - 1 of each stretch end in each row.

    ``edge`` is how many windows of the grid end up to each row's edge, ``at_edge`` the stretch that it cuts.
    """
    before = np.concatenate([[0], np.cumsum(last - first)])[at_edge]
    here = np.clip(edge, first[at_edge], last[at_edge]) - first[at_edge]
    return np.diff(np.where(at_edge >= 0, before + here, 0))
