"""Intervals of estimates by leaving out one unit at a time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import InsufficientDataError
from lobstats.joint import deviations, least_p, student, student_draws
from lobstats.result import Band, Curve, Estimate, Interval, Missing, Scale
from lobstats.summary.merging import merged

__all__ = ["Jackknife", "LeaveOneOut", "UnitKind", "dependence", "from_scale", "jackknife", "skewness", "to_scale"]

UnitKind = str
"""What a unit is: "session" or "block"."""

LEAST_UNITS = 5
"""Fewer units give no interval."""

_MOST_DEPENDENT = 0.8
_ALMOST_ONE = 1 - 1e-12
_LEAST_POSITIVE = 1e-12
_LARGEST = 1e100  # of a value whose square stays far from the largest number, for any number of units
_ROUNDING = 1e-9

Floats = NDArray[np.float64]


class _Adds(Protocol):
    def __add__(self, other: Any, /) -> Any: ...


T = TypeVar("T", bound=_Adds)


class LeaveOneOut(Generic[T]):
    """Units with their sum and the sums of all but each, which the facts of one field share.

    Parameters
    ----------
    units : sequence, length m
        Sums are made when they are first asked for, the m of all but each in 3 m additions.
    """

    def __init__(self, units: Sequence[T]) -> None:
        self.units = units

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def total(self) -> T:
        """The sum of all units."""
        return merged(self.units)

    @cached_property
    def without(self) -> list[T]:
        """The sum of all units but the first, of all but the second, and so on."""
        before, after = [self.units[0]], [self.units[-1]]
        for unit in self.units[1:-1]:
            before.append(before[-1] + unit)
        for unit in reversed(self.units[1:-1]):
            after.append(unit + after[-1])
        after.reverse()
        return [after[0], *(a + b for a, b in zip(before[:-1], after[1:], strict=True)), before[-1]]


@dataclass(frozen=True)
class Jackknife:
    """An estimate or curve of p points with what leaving out each of m units says of its error.

    Attributes
    ----------
    fact : Estimate or Curve
        With its interval, or with the reason why it has none.
    x : ndarray of float64, shape (p,)
        Where a curve's points lie; 0 for an estimate.
    value : ndarray of float64, shape (p,)
        The points on the comparison scale.
    error : ndarray of float64, shape (p,), or None
        Standard errors on that scale, None where there are too few units.
    pseudo_values : ndarray of float64, shape (m, p), or None
        What each unit says alone, to first order.
    telling : ndarray of int64, shape (p,), or None
        How many units say anything: without them the estimate or its number of observations is another.
    """

    fact: Estimate | Curve
    x: Floats
    value: Floats
    error: Floats | None
    pseudo_values: Floats | None
    telling: NDArray[np.int64] | None = None

    def cut(self, at: NDArray[np.int64]) -> "Jackknife":
        """Return the same at some of its points, by their places."""
        fact = self.fact
        if isinstance(fact, Curve):
            fact = replace(fact, x=fact.x[at], value=fact.value[at], n=fact.n[at], ci=None)
        return Jackknife(
            fact,
            self.x[at],
            self.value[at],
            None if self.error is None else self.error[at],
            None if self.pseudo_values is None else self.pseudo_values[:, at],
            None if self.telling is None else self.telling[at],
        )

    def reaches(self, level: float, freedom: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return how far an interval at a level reaches down and up on the comparison scale, shape (p,) each.

        With t of so many degrees of freedom: t standard errors, and farther where pseudo-values lean (Johnson 1978
        turned round): the skewness b of m values moves both ends by b (1 + 2 t^2) / (6 sqrt(m)). Only the end that
        moves outward is moved: the skewness of few values is known too badly to shorten the other. A share of exactly
        0 or 1 reaches as far as that of n independent observations does (Clopper and Pearson).
        """
        if self.error is None or self.pseudo_values is None:
            msg = "there is no error without pseudo-values."
            raise InsufficientDataError(msg)
        t = student(level, freedom)
        shift = skewness(self.pseudo_values) * (1 + 2 * t**2) / (6 * math.sqrt(len(self.pseudo_values)))
        down, up = ((t + np.maximum(lean, 0.0)) * self.error for lean in (-shift, shift))
        if self.fact.scale != "arcsine":
            return down, up
        _, value, n = _points(self.fact)
        most = np.arcsin(np.sqrt(1 - ((1 - level) / 2) ** (1 / np.maximum(n, 1))))
        return (
            np.where(value >= 1, np.maximum(down, most), down),
            np.where(value <= 0, np.maximum(up, most), up),
        )


def to_scale(value: Floats, scale: Scale) -> Floats:
    """Return values on the scale on which their errors are nearly symmetric."""
    if scale == "log":
        return np.log(np.maximum(value, _LEAST_POSITIVE))
    if scale == "atanh":
        return np.arctanh(np.clip(value, -_ALMOST_ONE, _ALMOST_ONE))
    if scale == "arcsine":
        return np.arcsin(np.sqrt(np.clip(value, 0, 1)))
    return value


def from_scale(value: Floats, scale: Scale) -> Floats:
    """Undo `to_scale`."""
    if scale == "log":
        return np.exp(np.minimum(value, 700.0))
    if scale == "atanh":
        return np.tanh(value)
    if scale == "arcsine":
        return np.sin(np.clip(value, 0, math.pi / 2)) ** 2
    return value


def dependence(rho: float, units: int) -> float:
    """Return the correlation of neighbouring units to allow for: ``rho`` and its own error, within [0, 0.8]."""
    return float(np.clip(rho + (1 + 3 * max(rho, 0.0)) / units, 0.0, _MOST_DEPENDENT))


def jackknife(
    fact: Callable[[T], Estimate | Curve],
    units: Sequence[T] | LeaveOneOut[T],
    *,
    unit_kind: UnitKind,
    level: float,
) -> Jackknife:
    """Evaluate a fact on all units and on all but each one.

    On the scale of the fact, pseudo-values m g(all) - (m - 1) g(all but i) have the standard error sd / sqrt(m); blocks
    of one session are dependent, which multiplies it by sqrt((1 + r) / (1 - r)) with r from the correlation of
    neighbouring pseudo-values. The interval uses Student's t with one degree of freedom less than there are units that
    say anything of the fact: a fit once in ten minutes is told by every twentieth block of half a minute. It is longer
    on the side to which pseudo-values are skewed, since an estimate that came out low then has an error that did too. A
    share of exactly 0 or 1 in every unit gets the interval of as many independent observations.

    Parameters
    ----------
    fact : callable
        From a field of `Summary`, or anything that adds up, to an estimate or a curve.
    units : sequence, length m, or LeaveOneOut
        That field of each session, or of each block in their order.
    unit_kind : {"session", "block"}
        Blocks are taken as dependent.
    level : float
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Jackknife

    Raises
    ------
    InsufficientDataError
        If the fact cannot be had from all units together.

    References
    ----------
    R. G. Miller, "The jackknife: a review", Biometrika 61 (1974) 1, doi:10.1093/biomet/61.1.1; N. J. Johnson, "Modified
    t tests and confidence intervals for asymmetrical populations", Journal of the American Statistical Association 73
    (1978) 536, doi:10.1080/01621459.1978.10480051.
    """
    sums = units if isinstance(units, LeaveOneOut) else LeaveOneOut(units)
    whole = fact(sums.total)
    x, value, n = _points(whole)
    scaled = to_scale(value, whole.scale)
    m, several = len(sums), f"{unit_kind}s"

    def without_interval(reason: str) -> Jackknife:
        return Jackknife(whole.with_interval(Missing(reason)), x, scaled, None, None)

    if m < LEAST_UNITS:
        return without_interval(f"{m} {several if m != 1 else unit_kind}; an interval needs {LEAST_UNITS} at least")
    try:
        left_out = [_points(fact(summary)) for summary in sums.without]
    except InsufficientDataError as error:
        return without_interval(f"the estimate hangs on one {unit_kind}: without it, {str(error).rstrip('.')}")
    common = np.all([np.isin(x, others) for others, _, _ in left_out], axis=0)
    if not common.any():
        return without_interval(f"no point of the curve is there without each {unit_kind}")
    without = to_scale(np.array([own[np.isin(others, x[common])] for others, own, _ in left_out]), whole.scale)
    counted = np.array([own[np.isin(others, x[common])] for others, _, own in left_out])
    telling = _telling(scaled[common] - without, n[common] - counted)
    enough = telling >= LEAST_UNITS
    if not enough.any():
        told = f"{telling.max()} of {m} {several} say anything of it"
        return without_interval(f"{told}; an interval needs {LEAST_UNITS} at least")
    common[common] = enough
    x, scaled, without, telling = x[common], scaled[common], without[:, enough], telling[enough]
    if isinstance(whole, Curve):
        whole = replace(whole, x=x, value=whole.value[common], n=whole.n[common])
    if np.abs(scaled).max() > _LARGEST or np.abs(without).max() > _LARGEST:
        return without_interval("the values are too large to be squared")
    pseudo = m * scaled - (m - 1) * without
    deviation = pseudo.std(axis=0, ddof=1) / math.sqrt(m) * _widening(pseudo, unit_kind)
    found = Jackknife(whole, x, scaled, deviation, pseudo, telling)
    low, high = _ends(found, level, whole.scale)
    if isinstance(whole, Estimate):
        return replace(found, fact=whole.with_interval(Interval(float(low[0]), float(high[0]), level)))
    together = level
    if len(x) > 1:
        drawn = student_draws([deviations(pseudo, deviation)], telling - 1)
        together = 1 - float(np.quantile(least_p(drawn, telling - 1), 1 - level))
    whole_low, whole_high = _ends(found, max(together, level), whole.scale)
    return replace(found, fact=whole.with_interval(Band(low, high, level, whole_low, whole_high)))


def _ends(found: Jackknife, level: float, scale: Scale) -> tuple[Floats, Floats]:
    assert found.telling is not None
    down, up = found.reaches(level, found.telling - 1)
    return from_scale(found.value - down, scale), from_scale(found.value + up, scale)


def _points(fact: Estimate | Curve) -> tuple[Floats, Floats, NDArray[np.int64]]:
    if isinstance(fact, Curve):
        return fact.x, fact.value, fact.n
    return np.zeros(1), np.array([fact.value]), np.array([fact.n])


def _telling(shift: Floats, uncounted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the units, shape (m, p), without which a value or its number of observations is another."""
    size = np.abs(shift)
    moved = size > _ROUNDING * size.max(axis=0)
    return np.asarray(np.count_nonzero(moved | (uncounted != 0), axis=0))


def _widening(pseudo: Floats, unit_kind: UnitKind) -> Floats:
    m, points = pseudo.shape
    if unit_kind == "session":
        return np.ones(points)
    centred = pseudo - pseudo.mean(axis=0)
    squares = (centred**2).sum(axis=0)
    products = (centred[1:] * centred[:-1]).sum(axis=0)
    rho = np.divide(products, squares, out=np.zeros(points), where=squares > 0)
    r = np.array([dependence(value, m) for value in rho])
    return np.asarray(np.sqrt((1 + r) / (1 - r)))


def skewness(pseudo: Floats) -> Floats:
    """Return the skewness of pseudo-values, shape (m, p), at each point; 0 where they do not vary."""
    centred, spread = pseudo - pseudo.mean(axis=0), pseudo.std(axis=0)
    return np.asarray((np.divide(centred, spread, out=np.zeros(pseudo.shape), where=spread > 0) ** 3).mean(axis=0))
