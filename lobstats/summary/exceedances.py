"""Times between large one-second moves, at fixed sizes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["THRESHOLDS", "ExceedanceTimes", "exceedance_rows"]

Ints = NDArray[np.int64]

THRESHOLDS = np.array([1, *(least << i for i in range(19) for least in (2, 3)), 1 << 20], dtype=np.int64)
"""The sizes in half ticks: 1, 2, 3, 4, 6, 8, 12, ... up to 2 to the 20th."""


@dataclass(frozen=True)
class ExceedanceTimes:
    """For each size, sums over the times between neighbouring moves at least as large; ``+`` merges two.

    Attributes
    ----------
    thresholds : ndarray of int64, shape (k,)
        Sizes in half ticks.
    moves : int
        How many moves there are.
    exceedances : ndarray of int64, shape (k,)
        How many of them are at least as large.
    pairs, total, squares, longest : ndarray of int64, shape (k,)
        Over neighbouring exceedances of one stretch: how many pairs, the sum of the times between them in whole steps
        of the series, that of their squares, and the longest, 0 where there is none.
    """

    thresholds: Ints
    moves: int
    exceedances: Ints
    pairs: Ints
    total: Ints
    squares: Ints
    longest: Ints

    @classmethod
    def of(cls, data: "ExceedanceTimes | ArrayLike") -> "ExceedanceTimes":
        """Summarise moves in whole half ticks, shape (n,), as one stretch."""
        if isinstance(data, ExceedanceTimes):
            return data
        moves = np.asarray(data).ravel()
        if len(moves) and moves.dtype.kind not in "iu":
            msg = "`exceedance_times` takes moves in whole half ticks; round them first."
            raise ValueError(msg)
        moves = moves.astype(np.int64)
        return exceedance_rows(moves, np.zeros(len(moves), dtype=np.int64), np.array([0, len(moves)]))[0]

    def __add__(self, other: "ExceedanceTimes") -> "ExceedanceTimes":
        if not np.array_equal(self.thresholds, other.thresholds):
            msg = "times between moves of different sizes do not add up."
            raise ValueError(msg)
        return ExceedanceTimes(
            self.thresholds,
            self.moves + other.moves,
            self.exceedances + other.exceedances,
            self.pairs + other.pairs,
            self.total + other.total,
            self.squares + other.squares,
            np.maximum(self.longest, other.longest),
        )


def exceedance_rows(moves: Ints, stretch: Ints, edges: Ints) -> list[ExceedanceTimes]:
    """Return the sums of each row ``edges[i]`` to ``edges[i + 1]`` of a series.

    A pair belongs to the row of its later move and lies within one stretch, though it may begin in an earlier row.

    Parameters
    ----------
    moves : ndarray of int64, shape (n,)
        One a step, in half ticks.
    stretch : ndarray of int64, shape (n,)
        Constant over each stretch without a break.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from 0 to n.
    """
    rows = len(edges) - 1
    exceedances, pairs, total, squares, longest = np.zeros((5, rows, len(THRESHOLDS)), dtype=np.int64)
    sizes, large = np.abs(moves), np.arange(len(moves))
    for column, threshold in enumerate(THRESHOLDS):
        large = large[sizes[large] >= threshold]
        if not len(large):
            break
        exceedances[:, column] = np.diff(np.searchsorted(large, edges))
        later, times = large[1:], np.diff(large)
        same = stretch[later] == stretch[large[:-1]]
        later, times = later[same], times[same]
        row = np.searchsorted(edges, later, side="right") - 1
        np.add.at(pairs[:, column], row, 1)
        np.add.at(total[:, column], row, times)
        np.add.at(squares[:, column], row, times**2)
        np.maximum.at(longest[:, column], row, times)
    return [
        ExceedanceTimes(
            THRESHOLDS, int(edges[i + 1] - edges[i]), exceedances[i], pairs[i], total[i], squares[i], longest[i]
        )
        for i in range(rows)
    ]
