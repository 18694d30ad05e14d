"""`LagGram`: what a regression of squared moves on their own past is made of."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray

__all__ = ["GRAM_LAGS", "LagGram", "gram_rows"]

GRAM_LAGS = 10
"""How many past values a regression may use."""


@dataclass(frozen=True)
class LagGram:
    """Sums of z z' with z = (1, s[t], s[t - 1], ..., s[t - 10]) and s the squared moves; ``+`` merges two.

    Attributes
    ----------
    products : ndarray of float64, shape (12, 12)
        The first entry counts the runs of eleven moves within one stretch that were summed.
    """

    products: NDArray[np.float64]

    @classmethod
    def of(cls, data: "LagGram | ArrayLike") -> "LagGram":
        """Sum an array of moves, shape (n,), which are squared here, as one stretch."""
        if isinstance(data, LagGram):
            return data
        moves = np.asarray(data, dtype=np.float64).ravel()
        if not np.isfinite(moves).all():
            msg = "the data must be finite; drop what is missing first."
            raise ValueError(msg)
        return gram_rows(moves, np.zeros(len(moves), dtype=np.int64), np.array([0, len(moves)]))[0]

    def __add__(self, other: "LagGram") -> "LagGram":
        with np.errstate(over="ignore"):
            return LagGram(self.products + other.products)

    @property
    def n(self) -> int:
        """How many runs were summed."""
        return int(self.products[0, 0])


def gram_rows(moves: NDArray[np.float64], stretch: NDArray[np.int64], edges: NDArray[np.int64]) -> list[LagGram]:
    """Return the sums of each row ``edges[i]`` to ``edges[i + 1]``; a run belongs to the row of its last move."""
    size = GRAM_LAGS + 1
    if len(moves) < size:
        return [LagGram(np.zeros((size + 1, size + 1))) for _ in edges[1:]]
    last = np.arange(size - 1, len(moves))
    whole = stretch[last] == stretch[last - GRAM_LAGS]
    last = last[whole]
    with np.errstate(over="ignore"):
        runs = sliding_window_view(moves * moves, size)[whole, ::-1]
        runs = np.concatenate([np.ones((len(runs), 1)), runs], axis=1)
        return [LagGram(runs[a:b].T @ runs[a:b]) for a, b in pairwise(np.searchsorted(last, edges))]
