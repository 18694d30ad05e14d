"""Counts of happenings in windows of an absolute clock grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["WINDOWS_NS", "WindowCounts", "window_rows"]

WINDOWS_NS = np.array(
    [int(seconds * 1e9) for seconds in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)], dtype=np.int64
)
"""The window lengths, in nanoseconds."""


@dataclass(frozen=True)
class WindowCounts:
    """For each window length, moments of the number of happenings in a window; ``+`` merges two.

    Attributes
    ----------
    windows : ndarray of int64, shape (w,)
        Lengths in nanoseconds. Window k of length T runs from k T to (k + 1) T since the epoch.
    n, total, squares : ndarray of int64, shape (w,)
        Number of whole windows, and the sums of their counts and squared counts.
    """

    windows: NDArray[np.int64]
    n: NDArray[np.int64]
    total: NDArray[np.int64]
    squares: NDArray[np.int64]

    @classmethod
    def of(cls, data: "WindowCounts | ArrayLike") -> "WindowCounts":
        """Count an increasing array of whole nanoseconds, shape (n,), as one stretch."""
        if isinstance(data, WindowCounts):
            return data
        times = np.asarray(data).ravel()
        if len(times) and (times.dtype.kind not in "iu" or (np.diff(times) < 0).any()):
            msg = "`arrivals` must be increasing whole nanoseconds; sort them and convert them to integers first."
            raise ValueError(msg)
        times = times.astype(np.int64)
        edges = np.array([times[0], times[-1] + 1]) if len(times) else np.array([0, 1])
        return window_rows(times, np.zeros(len(times), dtype=np.int64), edges)[0]

    def __add__(self, other: "WindowCounts") -> "WindowCounts":
        if not np.array_equal(self.windows, other.windows):
            msg = "counts over different windows do not add up."
            raise ValueError(msg)
        return WindowCounts(self.windows, self.n + other.n, self.total + other.total, self.squares + other.squares)


def window_rows(times: NDArray[np.int64], segment: NDArray[np.int64], edges: NDArray[np.int64]) -> list[WindowCounts]:
    """Return the window counts of each row of time ``edges[i]`` to ``edges[i + 1]``.

    Only windows that lie wholly between the first and the last happening of one stretch are counted; a window
    belongs to the row in which it ends. Empty windows are counted without being visited, so that a long pause costs
    nothing.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Increasing times and the stretch of each.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the first time or before to the last time or after.
    """
    rows = len(edges) - 1
    n, total, squares = np.zeros((3, rows, len(WINDOWS_NS)), dtype=np.int64)
    if not len(times):
        return [WindowCounts(WINDOWS_NS, n[i], total[i], squares[i]) for i in range(rows)]
    begins = np.concatenate([[True], segment[1:] != segment[:-1]])
    number = np.cumsum(begins) - 1
    starts = np.flatnonzero(begins)
    began, ended = times[starts], times[np.append(starts[1:], len(times)) - 1]
    at_edge = np.searchsorted(began, edges, side="right") - 1
    for column, length in enumerate(WINDOWS_NS):
        # Of each stretch, windows first .. last - 1 lie inside.
        first = -(-began // length)
        last = np.maximum(first, ended // length)
        ended_before = np.concatenate([[0], np.cumsum(last - first)])[at_edge]
        here = np.clip(edges // length, first[at_edge], last[at_edge]) - first[at_edge]
        n[:, column] = np.diff(np.where(at_edge >= 0, ended_before + here, 0))

        window = times // length
        new = np.flatnonzero(begins | np.concatenate([[True], window[1:] != window[:-1]]))
        count = np.diff(np.append(new, len(times)))
        which, owner = window[new], number[new]
        inside = (which >= first[owner]) & (which < last[owner])
        row = np.searchsorted(edges, (which[inside] + 1) * length, side="left") - 1
        np.add.at(total[:, column], row, count[inside])
        np.add.at(squares[:, column], row, count[inside] ** 2)
    return [WindowCounts(WINDOWS_NS, n[i], total[i], squares[i]) for i in range(rows)]
