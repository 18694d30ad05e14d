"""Lagged sums, from which a correlation at a lag is centred exactly at the end."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

__all__ = ["LAGS", "LagSums", "lag_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_A_DECADE = 67  # gives some 200 lags, with 30, 60, 100, 300 and 1,000 seconds among them

LAGS = np.unique(np.rint(np.geomspace(1, 10_000, 4 * _A_DECADE + 1)).astype(np.int64))
"""The lags that are summed, in steps of the series: each up to 34, then evenly on a logarithmic scale up to 10,000."""


@dataclass(frozen=True)
class LagSums:
    """Sums over the pairs of an earlier value x[t - lag] and a later one y[t]; ``+`` merges two.

    For an autocorrelation both series are the same.

    Attributes
    ----------
    lags : ndarray of int64, shape (l,)
    n : int
        Length of the series.
    total, squares : float
        Sums of x and of x x.
    later_total, later_squares : float
        Sums of y and of y y.
    pairs : ndarray of int64, shape (l,)
        Number of pairs x[t - lag], y[t] of one stretch.
    products, earlier, later : ndarray of float64, shape (l,)
        Over these pairs, the sums of x[t - lag] y[t], of x[t - lag] and of y[t].
    """

    lags: Ints
    n: int
    total: float
    squares: float
    later_total: float
    later_squares: float
    pairs: Ints
    products: Floats
    earlier: Floats
    later: Floats

    @classmethod
    def of(cls, data: "LagSums | ArrayLike") -> "LagSums":
        """Sum an array, shape (n,), as one stretch."""
        return data if isinstance(data, LagSums) else cls.between(data, data)

    @classmethod
    def between(cls, earlier: ArrayLike, later: ArrayLike, *, lags: Ints = LAGS) -> "LagSums":
        """Sum two arrays, shape (n,) each, as one stretch."""
        x, y = (np.asarray(data, dtype=np.float64).ravel() for data in (earlier, later))
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            msg = "the data must be finite; drop what is missing first."
            raise ValueError(msg)
        return lag_rows(x, np.zeros(len(x), dtype=np.int64), np.array([0, len(x)]), later=y, lags=lags)[0]

    def __add__(self, other: "LagSums") -> "LagSums":
        if self.lags is not other.lags and not np.array_equal(self.lags, other.lags):
            msg = "lagged sums over different lags do not add up."
            raise ValueError(msg)
        with np.errstate(over="ignore", invalid="ignore"):
            return LagSums(
                self.lags,
                self.n + other.n,
                self.total + other.total,
                self.squares + other.squares,
                self.later_total + other.later_total,
                self.later_squares + other.later_squares,
                self.pairs + other.pairs,
                self.products + other.products,
                self.earlier + other.earlier,
                self.later + other.later,
            )

    def at(self, lag: int) -> int:
        """Return the place of a lag in the arrays."""
        return int(np.flatnonzero(self.lags == lag)[0])


def lag_rows(x: Floats, stretch: Ints, edges: Ints, *, later: Floats | None = None, lags: Ints = LAGS) -> list[LagSums]:
    """Return the lagged sums of each row ``edges[i]`` to ``edges[i + 1]`` of a series, or of it and a later one.

    A pair belongs to the row of its later value and lies within one stretch, though it may begin in an earlier row.
    Lags longer than a stretch cost nothing.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
    stretch : ndarray of int64, shape (n,)
        Constant over each stretch without a break.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from 0 to n.
    later : ndarray of float64, shape (n,), optional
        Where the later value of a pair is taken from; x otherwise.
    lags : ndarray of int64, shape (l,)
        Increasing, from 0.
    """
    y = x if later is None else later
    rows = len(edges) - 1
    pairs = np.zeros((rows, len(lags)), dtype=np.int64)
    sums = np.zeros((3, rows, len(lags)))
    at = np.arange(len(x))
    begins = np.maximum.accumulate(np.where(np.diff(stretch, prepend=-1) != 0, at, 0))
    with np.errstate(over="ignore", invalid="ignore"):
        _sum_pairs(x, y, begins, edges, lags, pairs, sums)
        moments = np.array([_row_sums(term, edges) for term in (x, x * x, y, y * y)])
    out = []
    for i in range(rows):
        total, squares, later_total, later_squares = map(float, moments[:, i])
        n = int(edges[i + 1] - edges[i])
        out.append(LagSums(lags, n, total, squares, later_total, later_squares, pairs[i], *sums[:, i]))
    return out


@njit(cache=True)
def _sum_pairs(x: Floats, y: Floats, begins: Ints, edges: Ints, lags: Ints, pairs: Ints, sums: Floats) -> None:
    """Add up each row's pairs at each lag; ``begins[t]`` is where the stretch of t begins."""
    for row in range(len(edges) - 1):
        for t in range(edges[row], edges[row + 1]):
            for k in range(len(lags)):
                before = t - lags[k]
                if before < begins[t]:
                    break
                pairs[row, k] += 1
                sums[0, row, k] += x[before] * y[t]
                sums[1, row, k] += x[before]
                sums[2, row, k] += y[t]


def _row_sums(term: Floats, edges: Ints) -> Floats:
    sums = np.zeros(len(edges) - 1)
    filled = edges[:-1] < edges[1:]
    if filled.any():
        sums[filled] = np.add.reduceat(term[: edges[-1]], edges[:-1][filled])
    return sums
