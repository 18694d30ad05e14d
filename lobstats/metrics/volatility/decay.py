"""How the autocorrelation of absolute moves falls with the lag."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility.correlation import LEAST_PAIRS, over_lags, sums_of_sizes
from lobstats.result import Basis, Estimate
from lobstats.summary.lags import LagSums
from lobstats.summary.reference import Reference

__all__ = ["autocorrelation_decay", "autocorrelation_integral"]

_LEAST_POSITIVE = 5
_BASIS = Basis("clock time", "1 s", "lags between absolute one-second moves")


def autocorrelation_decay(abs_returns: LagSums | ArrayLike, *, reference: Reference | None = None) -> Estimate:
    """Exponent with which the autocorrelation of absolute moves falls.

    The slope -b of ln rho(l) on ln l by least squares over the lags with positive rho. Markets show 0.2 to 0.4; an
    exponential decay shows more the longer the lags.

    Parameters
    ----------
    abs_returns : LagSums or array_like, shape (n,)
        Absolute one-second moves.
    reference : Reference, optional
        Sets the longest lag.

    Returns
    -------
    Estimate
        The exponent b; ``n`` counts lags.

    Raises
    ------
    InsufficientDataError
        If fewer than five lags have a positive autocorrelation.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> slow = np.convolve(rng.exponential(size=20_000), np.arange(1, 101.0) ** -0.7)
    >>> 0.1 < float(autocorrelation_decay(slow)) < 0.6
    True
    """
    curve = over_lags(sums_of_sizes(abs_returns, "abs_returns"), reference, _BASIS)
    positive = curve.value > 0
    if positive.sum() < _LEAST_POSITIVE:
        msg = f"{positive.sum()} lags with a positive autocorrelation; a decay needs {_LEAST_POSITIVE}."
        raise InsufficientDataError(msg)
    slope = np.polyfit(np.log(curve.x[positive]), np.log(curve.value[positive]), 1)[0]
    params = {"longest_lag_seconds": int(curve.x[-1])}
    return Estimate(float(-slope), int(positive.sum()), "", params, basis=_BASIS)


def autocorrelation_integral(abs_returns: LagSums | ArrayLike, *, reference: Reference | None = None) -> Estimate:
    """Sum of the autocorrelation of absolute moves over the lag.

    The trapezoid of rho from lag 1 to the longest one: a memory time, in seconds, that one noisy lag cannot upset.

    Parameters
    ----------
    abs_returns : LagSums or array_like, shape (n,)
        Absolute one-second moves.
    reference : Reference, optional
        Sets the longest lag.

    Returns
    -------
    Estimate
        In seconds; ``n`` counts lags.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two lags or the moves do not vary.

    References
    ----------
    Own definition: the sum over the lags of `absolute_autocorrelation_curve`, which needs no law of the decay.

    Examples
    --------
    >>> noise = np.abs(np.random.default_rng(1).normal(size=50_000))
    >>> abs(float(autocorrelation_integral(noise))) < 0.2
    True
    """
    curve = over_lags(sums_of_sizes(abs_returns, "abs_returns"), reference, _BASIS)
    if len(curve.x) < 2:
        msg = f"{len(curve.x)} lag with {LEAST_PAIRS} pairs; an integral needs two."
        raise InsufficientDataError(msg)
    integral = float(np.trapezoid(curve.value, curve.x))
    return Estimate(integral, len(curve.x), "s", {"longest_lag_seconds": int(curve.x[-1])}, basis=_BASIS)
