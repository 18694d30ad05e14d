"""From lagged sums to correlations: what the metrics of this family share."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.correlation import correlation_of
from lobstats.summary.lags import LAGS, LagSums
from lobstats.summary.reference import Reference

__all__ = [
    "LEAST_PAIRS",
    "STEP_NS",
    "at_lag",
    "autocorrelation_of",
    "check_lag",
    "correlation_of",
    "enough_pairs",
    "over_lags",
    "sums_of_sizes",
    "within",
]

Floats = NDArray[np.float64]

STEP_NS = 1_000_000_000
LEAST_PAIRS = 30

_HORIZON_NS = 30 * STEP_NS


def sums_of_sizes(data: LagSums | ArrayLike, name: str) -> LagSums:
    """Return the lagged sums of moves that have lost their sign; signed ones would give another number in silence."""
    if isinstance(data, LagSums):
        return data
    sizes = np.asarray(data, dtype=np.float64)
    if (sizes < 0).any():
        msg = f"`{name}` must not be negative, got {sizes.min():g}; take the absolute values or squares of the moves."
        raise ValueError(msg)
    return LagSums.of(sizes)


def autocorrelation_of(sums: LagSums) -> Floats:
    """Return the autocorrelation at each lag, 0 where there is no pair.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two moves, or they do not vary.
    """
    if sums.n < 2:
        msg = f"{sums.n} one-second moves; an autocorrelation needs two at least."
        raise InsufficientDataError(msg)
    return correlation_of(sums, "moves", "moves")


def enough_pairs(sums: LagSums, lag: int, unit: str = "") -> int:
    """Return how many pairs a lag has, at least 30."""
    pairs = int(sums.pairs[sums.at(lag)])
    if pairs < LEAST_PAIRS:
        msg = f"{pairs} pairs at lag {lag}{unit}; {LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    return pairs


def check_lag(lag: int) -> None:
    """Refuse a lag that is not summed."""
    if lag not in LAGS:
        msg = f"`lag` must be one of 1 to 34, 36, ..., 10,000 seconds (`LAGS`), got {lag}."
        raise ValueError(msg)


def within(sums: LagSums, reference: Reference | None) -> NDArray[np.int64]:
    """Return the places of the lags that lie within the horizon and have pairs enough."""
    horizon = _HORIZON_NS if reference is None else reference.horizon_ns
    usable = (sums.lags * STEP_NS <= max(horizon, STEP_NS)) & (sums.pairs >= LEAST_PAIRS)
    if not usable.any():
        msg = f"no lag up to {horizon / 1e9:g} s has {LEAST_PAIRS} pairs."
        raise InsufficientDataError(msg)
    return np.flatnonzero(usable)


def at_lag(sums: LagSums, lag: int, basis: Basis) -> Estimate:
    """Return the autocorrelation at one lag as an estimate."""
    check_lag(lag)
    rho = autocorrelation_of(sums)
    pairs = enough_pairs(sums, lag)
    value = float(np.clip(rho[sums.at(lag)], -1, 1))
    return Estimate(value, pairs, "", {"lag_seconds": lag}, scale="atanh", basis=basis)


def over_lags(sums: LagSums, reference: Reference | None, basis: Basis) -> Curve:
    """Return the autocorrelation over the lags within the horizon as a curve."""
    rho = np.clip(autocorrelation_of(sums), -1, 1)
    at = within(sums, reference)
    return Curve(sums.lags[at].astype(np.float64), rho[at], sums.pairs[at], "", "s", scale="atanh", basis=basis)
