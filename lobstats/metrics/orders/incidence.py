"""Survival and cumulative incidence of orders that end in one of two ways, or are followed only so far."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import InsufficientDataError
from lobstats.lives import OUTCOMES
from lobstats.summary.lives import LifeCounts
from lobstats.summary.reference import FOLLOW_NS, Reference

__all__ = ["CANCELLED", "FILLED", "Incidence", "follow_seconds", "incidence_of", "ladder"]

CANCELLED, FILLED = OUTCOMES.index("cancelled"), OUTCOMES.index("filled")

_LEAST = 30

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Incidence:
    """Survival and cumulative incidence at k times up to a horizon.

    Attributes
    ----------
    seconds : ndarray of float64, shape (k,)
        Times at which orders end, increasing.
    survival : ndarray of float64, shape (k,)
        Share still alive after each, S(t) = prod (1 - d_i / n_i) with d_i ends among n_i at risk (Kaplan and Meier).
    ended : ndarray of float64, shape (2, k)
        Share that has ended so far by being cancelled and by being filled, sum S(t_i -) d_ij / n_i (Aalen and
        Johansen).
    horizon : float
        Seconds.
    n : int
        Orders.
    """

    seconds: Floats
    survival: Floats
    ended: Floats
    horizon: float
    n: int

    def survival_at(self, seconds: Floats) -> Floats:
        """Return the share still alive after some times."""
        return _step(self.seconds, self.survival, 1.0, seconds)

    def ended_at(self, how: int, seconds: Floats) -> Floats:
        """Return the share that has ended in one way after some times."""
        return _step(self.seconds, self.ended[how], 0.0, seconds)

    def area(self, value: Floats, first: float) -> float:
        """Return the integral from 0 to the horizon of a step function that begins at ``first``."""
        edges = np.concatenate([[0.0], self.seconds, [self.horizon]])
        return float(np.diff(edges) @ np.concatenate([[first], value]))


def incidence_of(lives: LifeCounts, horizon: float) -> Incidence:
    """Estimate survival and incidences up to a horizon.

    Where an order ends and another is followed no further at one time, the second counts as at risk.

    Parameters
    ----------
    lives : LifeCounts
    horizon : float
        Seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon while some may still live.
    """
    if lives.n < _LEAST:
        msg = f"there are {lives.n} new orders; lifetimes need {_LEAST}."
        raise InsufficientDataError(msg)
    seconds = lives.seconds
    ends = lives.counts[:, :2]
    leaving = lives.counts.sum(axis=1)
    at_risk = (lives.n - (np.cumsum(leaving) - leaving)).astype(np.float64)
    survival = np.cumprod(1 - ends.sum(axis=1) / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    ended = np.cumsum(before * ends.T / at_risk, axis=1)
    within = (seconds <= horizon) & ends.any(axis=1)
    alive = survival[within][-1] if within.any() else 1.0
    if alive > 0 and not leaving[seconds >= horizon].any():
        msg = f"no order is followed for the horizon of {horizon:g} s; sessions are too short."
        raise InsufficientDataError(msg)
    return Incidence(seconds[within], survival[within], ended[:, within], horizon, lives.n)


def follow_seconds(horizon: float | None, reference: Reference | None) -> float:
    """Return the horizon in seconds: the one given, the reference's, or a minute."""
    if horizon is None:
        return (FOLLOW_NS if reference is None else reference.follow_ns) / 1e9
    if not (np.isfinite(horizon) and horizon > 0):
        msg = f"`horizon` must be a positive number of seconds, got {horizon}."
        raise ValueError(msg)
    return horizon


def ladder(horizon: float) -> Floats:
    """Return 1, 2, 5, 10, ... microseconds up to a horizon, and the horizon itself."""
    exponents = np.arange(-6, max(int(np.ceil(np.log10(horizon))), -6) + 1)
    steps = np.array([float(f"{digit}e{exponent}") for exponent in exponents for digit in (1, 2, 5)])
    return np.append(steps[steps < horizon * (1 - 1e-9)], horizon)


def _step(x: Floats, value: Floats, first: float, at: Floats) -> Floats:
    return np.concatenate([[first], value])[np.searchsorted(x, at, side="right")]
