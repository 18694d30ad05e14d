"""From lagged sums to correlations."""

import math

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import InsufficientDataError
from lobstats.summary.lags import LagSums

__all__ = ["correlation_of", "slope_of"]

Floats = NDArray[np.float64]

_LEAST_VARIANCE = 1e-9  # of the mean square: with less, rounding would show in the sixth digit


def correlation_of(sums: LagSums, earlier: str, later: str) -> Floats:
    """Return the correlation at each lag, centred on the means of the two whole series, 0 where there is no pair.

    It may leave [-1, 1] a little, since each lag has its own pairs and all share one mean and variance.

    Parameters
    ----------
    sums : LagSums
        Of two observations at least.
    earlier, later : str
        What the series are called in an error.
    """
    covariance, deviation, later_deviation = _moments_of(sums, earlier, later)
    return np.where(sums.pairs > 0, covariance / deviation / later_deviation, 0.0)


def slope_of(sums: LagSums, earlier: str, later: str) -> Floats:
    """Return the slope of the later on the earlier series by least squares at each lag, 0 where there is no pair."""
    covariance, deviation, _ = _moments_of(sums, earlier, later)
    return np.where(sums.pairs > 0, covariance / deviation / deviation, 0.0)


def _moments_of(sums: LagSums, earlier: str, later: str) -> tuple[Floats, float, float]:
    """Return the covariance at each lag and the two standard deviations."""
    mean, deviation = _moments(sums.n, sums.total, sums.squares, earlier)
    later_mean, later_deviation = _moments(sums.n, sums.later_total, sums.later_squares, later)
    pairs = np.maximum(sums.pairs, 1)
    covariance = (sums.products - later_mean * sums.earlier - mean * sums.later) / pairs + mean * later_mean
    return covariance, deviation, later_deviation


def _moments(n: int, total: float, squares: float, name: str) -> tuple[float, float]:
    if not math.isfinite(squares):
        msg = f"the {name} are too large to be squared."
        raise InsufficientDataError(msg)
    mean = total / n
    variance = squares / n - mean**2
    if variance <= _LEAST_VARIANCE * squares / n:
        msg = f"the {name} do not vary."
        raise InsufficientDataError(msg)
    return mean, math.sqrt(variance)
