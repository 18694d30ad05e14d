"""How many large one-second moves windows of the clock hold, at fixed sizes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS
from lobstats.summary.clock_windows import one_path, row_of, whole_windows
from lobstats.summary.exceedances import THRESHOLDS

__all__ = ["WINDOW_SECONDS", "ExceedanceWindows", "exceedance_window_rows"]

Ints = NDArray[np.int64]

WINDOW_SECONDS = np.array([10, 30, 60, 120, 300, 600, 1800, 3600], dtype=np.int64)
"""The lengths of the windows."""


@dataclass(frozen=True)
class ExceedanceWindows:
    """For each size and window length, sums over the numbers of moves at least as large; ``+`` merges two.

    Attributes
    ----------
    thresholds : ndarray of int64, shape (k,)
        Sizes in half ticks.
    seconds : ndarray of int64, shape (w,)
        Lengths of the windows.
    moves : int
        How many moves there are, in whole windows or not.
    exceedances : ndarray of int64, shape (k,)
        How many of them are at least as large.
    windows : ndarray of int64, shape (w,)
        Whole windows of each length.
    total, squares : ndarray of int64, shape (k, w)
        Over these windows: the sum of the numbers of moves at least as large, and that of their squares.
    """

    thresholds: Ints
    seconds: Ints
    moves: int
    exceedances: Ints
    windows: Ints
    total: Ints
    squares: Ints

    @classmethod
    def of(cls, data: "ExceedanceWindows | ArrayLike") -> "ExceedanceWindows":
        """Summarise one-second moves in whole half ticks, shape (n,), as one stretch that begins with a window."""
        if isinstance(data, ExceedanceWindows):
            return data
        moves = np.asarray(data).ravel()
        if len(moves) and moves.dtype.kind not in "iub":
            msg = "`exceedance_windows` takes moves in whole half ticks; round them first."
            raise ValueError(msg)
        _, time, stretch, edges = one_path(moves)
        return exceedance_window_rows(moves.astype(np.int64), time, stretch, edges)[0]

    def __add__(self, other: "ExceedanceWindows") -> "ExceedanceWindows":
        same = np.array_equal(self.thresholds, other.thresholds) and np.array_equal(self.seconds, other.seconds)
        if not same:
            msg = "numbers of moves of different sizes or in different windows do not add up."
            raise ValueError(msg)
        return ExceedanceWindows(
            self.thresholds,
            self.seconds,
            self.moves + other.moves,
            self.exceedances + other.exceedances,
            self.windows + other.windows,
            self.total + other.total,
            self.squares + other.squares,
        )


def exceedance_window_rows(moves: Ints, time: Ints, stretch: Ints, edges: Ints) -> list[ExceedanceWindows]:
    """Return the sums of each row of time ``edges[i]`` to ``edges[i + 1]``; a window belongs to the row of its end.

    Parameters
    ----------
    moves : ndarray of int64, shape (n,)
        One a second, in half ticks.
    time, stretch : ndarray of int64, shape (n,)
        When each ends, in nanoseconds, and the stretch without a break that it lies in.
    edges : ndarray of int64, shape (rows + 1,)
    """
    rows, sizes = len(edges) - 1, np.abs(moves)
    held = np.diff(np.searchsorted(time, edges))
    exceedances = np.zeros((rows, len(THRESHOLDS)), dtype=np.int64)
    windows = np.zeros((rows, len(WINDOW_SECONDS)), dtype=np.int64)
    total, squares = np.zeros((2, rows, len(THRESHOLDS), len(WINDOW_SECONDS)), dtype=np.int64)
    first = [whole_windows(time, stretch, int(seconds)) for seconds in WINDOW_SECONDS]
    row = [
        row_of(time[own] + (int(seconds) - 1) * BAR_NS, edges)
        for own, seconds in zip(first, WINDOW_SECONDS, strict=True)
    ]
    for column, own in enumerate(row):
        windows[:, column] = np.bincount(own, minlength=rows)
    large = np.arange(len(moves))
    for place, threshold in enumerate(THRESHOLDS):
        large = large[sizes[large] >= threshold]
        if not len(large):
            break
        exceedances[:, place] = np.diff(np.searchsorted(time[large], edges))
        for column, seconds in enumerate(WINDOW_SECONDS):
            begin = first[column]
            number = np.searchsorted(large, begin + seconds) - np.searchsorted(large, begin)
            np.add.at(total[:, place, column], row[column], number)
            np.add.at(squares[:, place, column], row[column], number**2)
    return [
        ExceedanceWindows(THRESHOLDS, WINDOW_SECONDS, int(held[i]), exceedances[i], windows[i], total[i], squares[i])
        for i in range(rows)
    ]
