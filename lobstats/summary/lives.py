"""How long orders live and how they end, and how much of them is filled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.lives import OUTCOMES, Lives
from lobstats.summary.gaps import bin_of, lower_edge

__all__ = ["LifeCounts", "OrderQuantities", "first_fill_counts", "life_counts", "order_quantities"]

_CANCELLED, _FILLED, _CENSORED = range(len(OUTCOMES))

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LifeCounts:
    """Counts of durations in logarithmic bins, by how they end; ``+`` merges two.

    Durations below 256 ns have a bin each, longer ones lie in bins no wider than 1/128 of them.

    Attributes
    ----------
    bins : ndarray of int64, shape (k,)
        The bins that occur, increasing.
    cancelled, filled, censored : ndarray of int64, shape (k,)
        Orders in each, by how they end.
    """

    bins: Ints
    cancelled: Ints
    filled: Ints
    censored: Ints

    @classmethod
    def of(cls, data: "LifeCounts | ArrayLike") -> "LifeCounts":
        """Count whole numbers, shape (n, 2): nanoseconds from 0 on, and 0 cancelled, 1 filled or 2 censored."""
        if isinstance(data, LifeCounts):
            return data
        table = np.asarray(data)
        if table.size == 0:
            table = np.empty((0, 2), dtype=np.int64)
        whole = table.ndim == 2 and table.shape[1] == 2 and table.dtype.kind in "iu"
        if not whole or (table < 0).any() or (table[:, 1] > _CENSORED).any():
            msg = "lives are pairs of whole numbers: nanoseconds from 0 on, and 0 cancelled, 1 filled or 2 censored."
            raise ValueError(msg)
        table = table.astype(np.int64)
        return life_counts(table[:, 0], table[:, 1])

    def __add__(self, other: "LifeCounts") -> "LifeCounts":
        return self.merged([self, other])

    @classmethod
    def merged(cls, parts: "Sequence[LifeCounts]") -> "LifeCounts":
        """Return the sum of one part or more."""
        bins, place = np.unique(np.concatenate([part.bins for part in parts]), return_inverse=True)
        counts = np.zeros((len(bins), len(OUTCOMES)), dtype=np.int64)
        np.add.at(counts, place, np.concatenate([part.counts for part in parts]))
        return cls(bins, *np.ascontiguousarray(counts.T))

    @property
    def counts(self) -> Ints:
        """Orders by bin and by place in `lobstats.lives.OUTCOMES`, shape (k, 3)."""
        return np.stack([self.cancelled, self.filled, self.censored], axis=1)

    @property
    def n(self) -> int:
        """How many orders were counted."""
        return int(self.counts.sum())

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Each bin's middle, shape (k,); that of the shortest one, 0, is half a nanosecond."""
        middle = (lower_edge(self.bins) + (lower_edge(self.bins + 1) - 1)) / 2e9
        return np.maximum(middle, 0.5e-9)


def life_counts(duration: Ints, outcome: NDArray[np.integer]) -> LifeCounts:
    """Count durations in nanoseconds by how they end, shape (n,) each."""
    bins, place = np.unique(bin_of(duration), return_inverse=True)
    cells = np.bincount(len(OUTCOMES) * place + outcome.astype(np.int64), minlength=len(OUTCOMES) * len(bins))
    return LifeCounts(bins, *np.ascontiguousarray(cells.astype(np.int64).reshape(len(bins), len(OUTCOMES)).T))


def first_fill_counts(duration: Ints, outcome: NDArray[np.integer], wait: Ints) -> LifeCounts:
    """Count times to a first fill, or to the order's end without one, shape (n,) each."""
    unfilled = wait < 0
    # An order that is filled leaves with its last fill, so one without any has been cancelled or is still there.
    ends = np.where(unfilled, np.where(outcome == _CENSORED, _CENSORED, _CANCELLED), _FILLED)
    return life_counts(np.where(unfilled, duration, wait), ends)


@dataclass(frozen=True)
class OrderQuantities:
    """How much new orders bring and how much of it is filled; ``+`` merges two.

    Attributes
    ----------
    orders : int
        New orders.
    added, filled : float
        Their quantities, with what modifies add later, and what of them is filled while they are followed.
    """

    orders: int
    added: float
    filled: float

    def __add__(self, other: "OrderQuantities") -> "OrderQuantities":
        return OrderQuantities(self.orders + other.orders, self.added + other.added, self.filled + other.filled)


def order_quantities(lives: Lives, rows: Sequence[slice]) -> list[OrderQuantities]:
    """Return the quantities of the orders of each row."""
    filled = lives.filled()
    return [
        OrderQuantities(len(lives.time[row]), float(lives.added[row].sum()), float(filled[row].sum())) for row in rows
    ]
