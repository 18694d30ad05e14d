"""Lagged sums, from which an autocorrelation is centred exactly at the end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["LAGS", "LagSums", "lag_rows"]

LAGS = np.array([*range(1, 31), 35, 40, 45, 50, 60, 70, 80, 90, 100, 120, 140, 170, 200, 240, 300], dtype=np.int64)
"""The lags that are summed, in steps of the series."""


@dataclass(frozen=True)
class LagSums:
    """Sums over a series x and its lagged self; ``+`` merges two.

    Attributes
    ----------
    lags : ndarray of int64, shape (l,)
    n : int
        Length of the series.
    total, squares : float
        Sums of x and of x x.
    pairs : ndarray of int64, shape (l,)
        Number of pairs x[t - lag], x[t] of one stretch.
    products, earlier, later : ndarray of float64, shape (l,)
        Over these pairs, the sums of x[t - lag] x[t], of x[t - lag] and of x[t].
    """

    lags: NDArray[np.int64]
    n: int
    total: float
    squares: float
    pairs: NDArray[np.int64]
    products: NDArray[np.float64]
    earlier: NDArray[np.float64]
    later: NDArray[np.float64]

    @classmethod
    def of(cls, data: "LagSums | ArrayLike") -> "LagSums":
        """Sum an array, shape (n,), as one stretch."""
        if isinstance(data, LagSums):
            return data
        x = np.asarray(data, dtype=np.float64).ravel()
        if not np.isfinite(x).all():
            msg = "the data must be finite; drop what is missing first."
            raise ValueError(msg)
        return lag_rows(x, np.zeros(len(x), dtype=np.int64), np.array([0, len(x)]))[0]

    def __add__(self, other: "LagSums") -> "LagSums":
        if not np.array_equal(self.lags, other.lags):
            msg = "lagged sums over different lags do not add up."
            raise ValueError(msg)
        return LagSums(
            self.lags,
            self.n + other.n,
            self.total + other.total,
            self.squares + other.squares,
            self.pairs + other.pairs,
            self.products + other.products,
            self.earlier + other.earlier,
            self.later + other.later,
        )


def lag_rows(x: NDArray[np.float64], stretch: NDArray[np.int64], edges: NDArray[np.int64]) -> list[LagSums]:
    """Return the lagged sums of each row ``edges[i]`` to ``edges[i + 1]`` of a series.

    A pair belongs to the row of its later value and lies within one stretch, though it may begin in an earlier row.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
    stretch : ndarray of int64, shape (n,)
        Constant over each stretch without a break.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from 0 to n.
    """
    rows = len(edges) - 1
    pairs = np.zeros((rows, len(LAGS)), dtype=np.int64)
    sums = np.zeros((3, rows, len(LAGS)))
    for column, lag in enumerate(LAGS[len(x) > LAGS]):
        same = (stretch[lag:] == stretch[:-lag]).astype(np.float64)
        early, late = x[:-lag] * same, x[lag:] * same
        with np.errstate(over="ignore"):
            for target, term in zip(sums, (early * late, early, late), strict=True):
                target[:, column] = _row_sums(term, edges - lag)
        pairs[:, column] = _row_sums(same, edges - lag)
    with np.errstate(over="ignore"):
        totals, squares = _row_sums(x, edges), _row_sums(x * x, edges)
    return [
        LagSums(
            LAGS,
            int(edges[i + 1] - edges[i]),
            float(totals[i]),
            float(squares[i]),
            pairs[i],
            *(s[i] for s in sums),
        )
        for i in range(rows)
    ]


def _row_sums(term: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    starts, ends = np.clip(edges[:-1], 0, None), np.clip(edges[1:], 0, None)
    sums = np.zeros(len(starts))
    filled = starts < ends
    if filled.any():
        sums[filled] = np.add.reduceat(term[: ends[-1]], starts[filled])
    return sums
