"""Moves of the mid relative to the mid."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import Bars
from lobstats.summary.clock_windows import row_of

__all__ = ["RelativeMoves", "relative_rows"]

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RelativeMoves:
    """Sums over the one-second moves of the mid divided by the mid before; ``+`` merges two.

    Attributes
    ----------
    n : int
        Moves from a positive mid.
    squares : float
        Sum of the squares of these moves over the mid before.
    left_out : int
        Moves from a mid of zero or less, where a relative move means nothing.
    """

    n: int = 0
    squares: float = 0.0
    left_out: int = 0

    @classmethod
    def of(cls, data: "RelativeMoves | ArrayLike") -> "RelativeMoves":
        """Take relative moves, shape (n,), as pure numbers."""
        if isinstance(data, RelativeMoves):
            return data
        moves = np.asarray(data, dtype=np.float64).ravel()
        if not np.isfinite(moves).all():
            msg = "the data must be finite; drop what is missing first."
            raise ValueError(msg)
        with np.errstate(over="ignore"):
            return cls(len(moves), float(moves @ moves))

    def __add__(self, other: "RelativeMoves") -> "RelativeMoves":
        return RelativeMoves(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def relative_rows(bars: Bars, edges: Ints) -> list[RelativeMoves]:
    """Return the sums of each row of time ``edges[i]`` to ``edges[i + 1]``, by where a move ends."""
    paired = bars.stretch[1:] == bars.stretch[:-1]
    before, change = bars.mid[:-1][paired].astype(np.float64), np.diff(bars.mid)[paired].astype(np.float64)
    row, positive = row_of(bars.time[1:][paired], edges), before > 0
    rows = len(edges) - 1
    squares = np.zeros(rows)
    np.add.at(squares, row[positive], (change[positive] / before[positive]) ** 2)
    n, left_out = (np.bincount(row[chosen], minlength=rows) for chosen in (positive, ~positive))
    return [RelativeMoves(int(n[i]), float(squares[i]), int(left_out[i])) for i in range(rows)]
