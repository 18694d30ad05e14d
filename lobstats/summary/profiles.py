"""`ProfileSums`: what the best levels of the book look like at whole seconds."""

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.book import DEPTH, NO_PRICE

__all__ = ["ProfileSums", "profile_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDEST = 1 << 30  # ticks; sums of wider ones would not stay exact


@dataclass(frozen=True)
class ProfileSums:
    """Sums over sampled sides of the book, bids and asks alike; ``+`` merges two.

    Attributes
    ----------
    sides : int
        How many sides with a level were sampled.
    levels : ndarray of int64, shape (10,)
        How many of them had so many levels.
    size : ndarray of float64, shape (10,)
        Quantity at each level, from the touch outwards.
    by_distance : ndarray of float64, shape (10,)
        Quantity at 0, 1, ..., 9 ticks from the best price of its side.
    gaps : int
        Ticks between neighbouring levels.
    reach : int
        Half ticks from the mid to the outermost level, over the sides where both have a price.
    reached : float
        Quantity over the levels of these sides.
    two_sided : int
        How many these are.
    """

    sides: int
    levels: Ints
    size: Floats
    by_distance: Floats
    gaps: int
    reach: int
    reached: float
    two_sided: int

    @classmethod
    def of(cls, data: "ProfileSums | tuple[ArrayLike, ArrayLike]") -> "ProfileSums":
        """Sum prices in ticks and sizes, shape (p, 2, 10) each, as `lobstats.book.Book` holds them."""
        if isinstance(data, ProfileSums):
            return data
        price, size = np.asarray(data[0], dtype=np.int64), np.asarray(data[1], dtype=np.float64)
        return profile_rows(price, size, np.array([0, len(price)]))[0]

    def __add__(self, other: "ProfileSums") -> "ProfileSums":
        with np.errstate(over="ignore"):
            return ProfileSums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def profile_rows(price: Ints, size: Floats, edges: Ints) -> list[ProfileSums]:
    """Return the sums of each row of profiles ``edges[i]`` to ``edges[i + 1]``.

    Parameters
    ----------
    price : ndarray of int64, shape (p, 2, 10)
        In ticks, the best first; `NO_PRICE` beyond the last level.
    size : ndarray of float64, shape (p, 2, 10)
    edges : ndarray of int64, shape (rows + 1,)
    """
    there = price != NO_PRICE
    size = np.where(there & np.isfinite(size), size, 0.0)
    known = np.where(there, price, 0)
    distance = np.where(there, np.abs(known - known[:, :, :1]), -1)
    gaps = np.where(there[:, :, 1:], np.minimum(np.abs(np.diff(known, axis=2)), _WIDEST), 0)
    both = there[:, :, 0].all(axis=1)
    mid = known[:, 0, 0] + known[:, 1, 0]
    outermost = np.take_along_axis(known, np.maximum(there.sum(axis=2) - 1, 0)[:, :, None], axis=2)[:, :, 0]
    reach = np.where(both[:, None], np.minimum(np.abs(2 * outermost - mid[:, None]), _WIDEST), 0)
    rows = []
    with np.errstate(over="ignore"):
        near = np.stack([np.where(distance == d, size, 0.0).sum(axis=(1, 2)) for d in range(DEPTH)], axis=1)
        for a, b in pairwise(edges):
            own = slice(a, b)
            rows.append(
                ProfileSums(
                    int(there[own, :, 0].sum()),
                    there[own].sum(axis=(0, 1)),
                    size[own].sum(axis=(0, 1)),
                    near[own].sum(axis=0),
                    int(gaps[own].sum()),
                    int(reach[own].sum()),
                    float(size[own][both[own]].sum()),
                    2 * int(both[own].sum()),
                )
            )
    return rows
