"""Errors of scores and of their differences, and which of several differences mean something."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobstats.inference import UnitKind, dependence
from lobstats.result import Interval

__all__ = ["Hull", "Spread", "holm"]

_MOST_INFLATION = 3.0
_SHORT_MEMORY = 0.25

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """A value with its error.

    Attributes
    ----------
    value : float
    deviation : float
        Root mean square deviation from the value under draws of units.
    groups : sequence of (shifts, kind)
        For each side's units, by how much the value falls without each of them, and what they are.
    """

    value: float
    deviation: float
    groups: Sequence[tuple[Floats, UnitKind]]

    @property
    def error(self) -> float:
        """The deviation, widened for the dependence of neighbouring blocks and for how few units there are."""
        fewest = min(len(shifts) for shifts, _ in self.groups)
        return self.deviation * self.inflation * math.sqrt(fewest / (fewest - 1))

    @property
    def inflation(self) -> float:
        """The root of the mean of (1 + r) / (1 - r), each side weighted with its part in the variance."""
        variances = self._variances()
        total = sum(variances)
        if total <= 0:
            return 1.0
        inflated = 0.0
        for variance, (shifts, kind) in zip(variances, self.groups, strict=True):
            r = 0.0 if kind == "session" else dependence(_neighbours(shifts), len(shifts))
            inflated += variance * (1 + r) / (1 - r)
        return min(_MOST_INFLATION, math.sqrt(inflated / total))

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a sum of variances, after Welch and Satterthwaite."""
        variances = self._variances()
        total = sum(variances)
        if total <= 0:
            return min(len(shifts) for shifts, _ in self.groups) - 1.0
        parts = (v**2 / (len(shifts) - 1) for v, (shifts, _) in zip(variances, self.groups, strict=True))
        return total**2 / sum(parts)

    @property
    def flagged(self) -> bool:
        """Whether blocks of any side that weighs are too short for its memory."""
        variances = self._variances()
        most = max(variances, default=0.0)
        return self.inflation == _MOST_INFLATION or any(
            kind == "block" and 10 * variance > most > 0 and _neighbours(shifts) >= _SHORT_MEMORY
            for variance, (shifts, kind) in zip(variances, self.groups, strict=True)
        )

    @property
    def p(self) -> float:
        """Chance of a value as far from zero, where the truth is zero."""
        from scipy.special import stdtr

        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * stdtr(self.freedom, -abs(self.value) / self.error))

    def interval(self, level: float) -> tuple[float, float]:
        """Return both ends."""
        from scipy.special import stdtrit

        half = float(stdtrit(self.freedom, (1 + level) / 2)) * self.error if self.error else 0.0
        return self.value - half, self.value + half

    def _variances(self) -> list[float]:
        return [
            (len(shifts) - 1) / len(shifts) * float(((shifts - shifts.mean()) ** 2).sum()) for shifts, _ in self.groups
        ]


def _neighbours(shifts: Floats) -> float:
    """Return the correlation of what neighbouring units contribute."""
    centred = shifts - shifts.mean()
    squares = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / squares if squares > 0 else 0.0


@dataclass(frozen=True)
class Hull:
    """A value in one or more versions, whose interval reaches over all of them."""

    versions: Sequence[Spread]

    @property
    def value(self) -> float:
        """The value in its first version."""
        return self.versions[0].value

    @property
    def p(self) -> float:
        """The largest p, and 1 where versions lie on both sides of zero."""
        signs = {math.copysign(1.0, one.value) for one in self.versions if one.value}
        return 1.0 if len(signs) > 1 else max(one.p for one in self.versions)

    @property
    def flagged(self) -> bool:
        """Whether any version is."""
        return any(one.flagged for one in self.versions)

    def factor(self, level: float) -> Interval:
        """Return the interval of exp of the value."""
        ends = [one.interval(level) for one in self.versions]
        return Interval(math.exp(min(low for low, _ in ends)), math.exp(max(high for _, high in ends)), level)


def holm(p: Sequence[float], level: float) -> list[tuple[float, float]]:
    """Return for each of several p values the adjusted one and the level at which its interval tells the same.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979) 65.

    Examples
    --------
    >>> [(round(adjusted, 3), round(own, 3)) for adjusted, own in holm([0.04, 0.01, 0.3], 0.95)]
    [(0.08, 0.975), (0.03, 0.983), (0.3, 0.975)]
    """
    out = [(1.0, level)] * len(p)
    largest, own, rejecting = 0.0, level, True
    for rank, at in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        left = len(p) - rank
        largest = max(largest, min(1.0, left * p[at]))
        if rejecting:
            own = 1 - (1 - level) / left
            rejecting = largest <= 1 - level
        out[at] = (largest, own)
    return out
