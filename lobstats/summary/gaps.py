"""Gaps between happenings: finely binned counts, with exact moments beside them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.summary.counts import merge_keyed

__all__ = ["GapCounts", "bin_of", "lower_edge"]

_SUB_BITS = 7
_LIMB_BITS = 21
_LIMB_CHUNK = 1 << 20


@dataclass(frozen=True)
class GapCounts:
    """Counts of gaps in logarithmic bins, exact moments, and sums over neighbouring gaps; ``+`` merges two.

    Gaps below 256 ns have a bin each, larger ones share 128 linear bins an octave, found by integer shifts: a bin is at
    most 1/128 of its gap wide.

    Attributes
    ----------
    bins, counts : ndarray of int64, shape (k,)
        The bins that occur, increasing, and how many gaps lie in each.
    total, total_squares : int
        Sum of the gaps in nanoseconds and of their squares, exact whatever their size.
    pairs : ndarray of float64, shape (8,)
        Over neighbouring gaps (g, h) of one stretch, x = ln g and y = ln h: how many, and the sums of
        x, y, x x, y y, x y, v and v / (g + h), where v = ((g - h) / (g + h))^2; the last in 1/ns.
    """

    bins: NDArray[np.int64]
    counts: NDArray[np.int64]
    total: int
    total_squares: int
    pairs: NDArray[np.float64]

    @classmethod
    def of(cls, data: "GapCounts | ArrayLike") -> "GapCounts":
        """Summarise an array of positive whole nanoseconds, shape (n,), as one stretch."""
        if isinstance(data, GapCounts):
            return data
        gaps = np.asarray(data).ravel()
        if len(gaps) and (gaps.dtype.kind not in "iu" or (gaps.astype(np.int64) < 1).any()):
            msg = "`gaps` must be positive whole nanoseconds; convert times to integers first."
            raise ValueError(msg)
        gaps = gaps.astype(np.int64)
        return cls.of_pairs(gaps, gaps[:-1], gaps[1:])

    @classmethod
    def of_pairs(cls, gaps: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]) -> "GapCounts":
        """Summarise gaps, shape (n,), and the neighbouring pairs among them, shape (p,) each."""
        bins, counts = merge_keyed(bin_of(gaps), np.ones(len(gaps), dtype=np.int64))
        x, y = np.log(first), np.log(second)
        # The difference of two positive integers is exact; their sum may leave 63 bits.
        both = first.astype(np.float64) + second
        varied = ((first - second) / both) ** 2
        terms = (x, y, x * x, y * y, x * y, varied, varied / both)
        pairs = np.array([len(x), *(term.sum() for term in terms)], dtype=np.float64)
        return cls(bins, counts, _sum(gaps), _sum_of_squares(gaps), pairs)

    def __add__(self, other: "GapCounts") -> "GapCounts":
        bins, counts = merge_keyed(np.concatenate([self.bins, other.bins]), np.concatenate([self.counts, other.counts]))
        return GapCounts(
            bins,
            counts,
            self.total + other.total,
            self.total_squares + other.total_squares,
            self.pairs + other.pairs,
        )

    @property
    def n(self) -> int:
        """How many gaps were counted."""
        return int(self.counts.sum())

    @property
    def x(self) -> NDArray[np.float64]:
        """The natural logarithm of each bin's middle in seconds, shape (k,)."""
        low, high = lower_edge(self.bins), lower_edge(self.bins + 1) - 1
        return np.log((low + high) / 2e9)


def bin_of(gaps: NDArray[np.int64], bits: int = _SUB_BITS) -> NDArray[np.int64]:
    """Return the bin of each whole number: itself below 2^(bits + 1), then 2^bits linear bins an octave."""
    gaps = np.asarray(gaps, dtype=np.int64)
    octave = np.zeros(len(gaps), dtype=np.int64)
    for step in (32, 16, 8, 4, 2, 1):
        octave += np.where(gaps >> (octave + step) > 0, step, 0)
    shift = octave - bits
    sub = (gaps >> np.maximum(shift, 0)) - (1 << bits)
    return np.where(gaps < 2 << bits, gaps, (2 << bits) + (octave - bits - 1) * (1 << bits) + sub)


def lower_edge(bins: NDArray[np.int64], bits: int = _SUB_BITS) -> NDArray[np.int64]:
    """Return the least number that falls into each bin."""
    octave, sub = np.divmod(np.maximum(bins - (2 << bits), 0), 1 << bits)
    return np.where(bins < 2 << bits, bins, ((1 << bits) + sub) << (octave + 1))


def _sum(gaps: NDArray[np.int64]) -> int:
    """Add up exactly: neither half can leave 63 bits."""
    return (int((gaps >> 32).sum()) << 32) + int((gaps & 0xFFFFFFFF).sum())


def _sum_of_squares(gaps: NDArray[np.int64]) -> int:
    """Add up squares exactly: in three limbs of 21 bits no partial sum over a chunk leaves 63 bits."""
    total = 0
    for start in range(0, len(gaps), _LIMB_CHUNK):
        rest = gaps[start : start + _LIMB_CHUNK]
        limbs = [(rest >> (_LIMB_BITS * i)) & ((1 << _LIMB_BITS) - 1) for i in range(3)]
        total += sum(int(a @ b) << (_LIMB_BITS * (i + j)) for i, a in enumerate(limbs) for j, b in enumerate(limbs))
    return total
