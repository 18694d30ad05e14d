"""Sorted distinct values and how often each occurs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError

__all__ = ["Counts", "Values", "capped", "merge_keyed", "rounded"]

Values: TypeAlias = NDArray[Any]
"""Whole lattice steps (int64), or numbers off a lattice (float64)."""

_EXACT_BITS = 12
_DIGITS = 5


@dataclass(frozen=True)
class Counts:
    """Distinct values and their counts; ``+`` merges two.

    On a lattice, ``values`` are whole multiples of ``step``; off a lattice ``step`` is None and ``values`` are the
    numbers themselves, so that continuous data are exact too.

    Attributes
    ----------
    values : ndarray of int64 (on a lattice) or float64, shape (k,)
        Strictly increasing.
    counts : ndarray of int64, shape (k,)
    step : float or None
        Size of a lattice step in ``unit``.
    unit : str
        The unit of ``values * step``.

    Examples
    --------
    >>> Counts.of([3, 1, 3]) + Counts.of([1])
    Counts(values=array([1, 3]), counts=array([2, 2]), step=1.0, unit='')
    """

    values: Values
    counts: NDArray[np.int64]
    step: float | None = 1.0
    unit: str = ""

    @classmethod
    def of(cls, data: "Counts | ArrayLike", *, step: float = 1.0, unit: str = "") -> "Counts":
        """Count an array: integers are taken as multiples of ``step``, other numbers as continuous."""
        if isinstance(data, Counts):
            return data
        array = np.asarray(data).ravel()
        lattice = array.dtype.kind in "iub"
        if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
            msg = f"whole numbers must fit 63 bits, got {array.max()}."
            raise ValueError(msg)
        array = array.astype(np.int64 if lattice else np.float64)
        if not np.isfinite(array).all():
            msg = "the data must be finite; drop what is missing first."
            raise ValueError(msg)
        values, counts = np.unique(array, return_counts=True)
        return cls(values, counts.astype(np.int64), step if lattice else None, unit)

    @classmethod
    def weighted(cls, values: ArrayLike, weights: ArrayLike, *, step: float = 1.0, unit: str = "") -> "Counts":
        """Count integer values, each as often as its whole weight says."""
        distinct, total = merge_keyed(np.asarray(values, dtype=np.int64), np.asarray(weights, dtype=np.int64))
        return cls(distinct, total, step, unit)

    def __add__(self, other: "Counts") -> "Counts":
        return self.merged([self, other])

    @classmethod
    def merged(cls, parts: "Sequence[Counts]") -> "Counts":
        """Return the sum of one part or more."""
        first = parts[0]
        for other in parts:
            if (first.step, first.unit) != (other.step, other.unit):
                msg = f"counts of step {first.step} {first.unit!r} and {other.step} {other.unit!r} do not add up."
                raise ValueError(msg)
        values, counts = merge_keyed(
            np.concatenate([part.values for part in parts]), np.concatenate([part.counts for part in parts])
        )
        return cls(values, counts, first.step, first.unit)

    @property
    def n(self) -> int:
        """How many observations were counted."""
        return int(self.counts.sum())

    @property
    def x(self) -> NDArray[np.float64]:
        """The distinct values in units of measure, shape (k,)."""
        return np.asarray(self.values * (1.0 if self.step is None else self.step), dtype=np.float64)

    def mean(self) -> float:
        """Return the mean in units of measure."""
        n = self._some()
        with np.errstate(over="ignore"):
            mean = float(self.x @ self.counts / n)
        # The sum of numbers near the largest one overflows, their mean does not.
        return mean if np.isfinite(mean) else float(self.x @ (self.counts / n))

    def variance(self) -> float:
        """Return the mean squared deviation from the mean."""
        with np.errstate(over="ignore"):
            variance = float((self.x - self.mean()) ** 2 @ self.counts / self._some())
        if not np.isfinite(variance):
            msg = "the values are too large to be squared."
            raise InsufficientDataError(msg)
        return variance

    def share(self, chosen: NDArray[np.bool_]) -> float:
        """Return the share of the observations whose values are chosen by a mask of shape (k,)."""
        return float(self.counts[chosen].sum() / self._some())

    def magnitudes(self) -> "Counts":
        """Return the counts of the absolute values."""
        values, counts = merge_keyed(np.abs(self.values), self.counts)
        return Counts(values, counts, self.step, self.unit)

    def _some(self) -> int:
        if not len(self.values):
            msg = "there is no observation."
            raise InsufficientDataError(msg)
        return self.n


def merge_keyed(keys: Values, counts: NDArray[np.int64]) -> tuple[Values, NDArray[np.int64]]:
    """Return the sorted distinct keys and the sum of the counts of each."""
    distinct, place = np.unique(keys, return_inverse=True)
    total = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(total, place, counts)
    return distinct, total


def capped(values: Values) -> Values:
    """Keep the 12 leading binary digits of each value.

    Whole values up to 4,096 stay exact; others move by at most 1 part in 4,096. So a model that writes any value
    at all cannot make the number of distinct values grow without bound.
    """
    mantissa, exponent = np.frexp(np.asarray(values, dtype=np.float64))
    with np.errstate(over="ignore"):
        rounded = np.ldexp(np.rint(np.ldexp(mantissa, _EXACT_BITS)), exponent - _EXACT_BITS)
    largest = np.finfo(np.float64).max
    return np.asarray(np.clip(rounded, -largest, largest), dtype=values.dtype)


def rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keep the five leading decimal digits of each value, so that numbers that people like stay as they are."""
    with np.errstate(all="ignore"):
        exponent = np.floor(np.log10(np.abs(values))) - (_DIGITS - 1)
        up, down = 10.0 ** np.maximum(exponent, 0), 10.0 ** np.maximum(-exponent, 0)
        kept = np.rint(values / up * down) / down * up
    return np.where(np.isfinite(kept), kept, values)
