"""The autocorrelation of absolute moves, and how it falls."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Curve, Estimate
from lobstats.summary.lags import LAGS, LagSums
from lobstats.summary.reference import Reference

__all__ = [
    "absolute_autocorrelation",
    "absolute_autocorrelation_curve",
    "autocorrelation_decay",
    "autocorrelation_integral",
]

_STEP_NS = 1_000_000_000
_LEAST_PAIRS = 30
_LEAST_POSITIVE = 5
_HORIZON_NS = 30 * _STEP_NS


def absolute_autocorrelation(abs_returns: LagSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Autocorrelation of absolute one-second moves at one lag.

    rho(l) = c(l) / c(0) with c(l) the mean of (x[t] - mu)(x[t + l] - mu) over the pairs of one stretch. Near zero means
    that moves do not cluster; markets show 0.1 to 0.4 at a second, falling slowly.

    Parameters
    ----------
    abs_returns : LagSums or array_like, shape (n,)
        Absolute one-second moves.
    lag : int
        One of `LAGS`, in seconds.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts pairs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs or the moves do not vary.

    Notes
    -----
    Taking out the mean pulls the value down in short samples, and a pattern of the day pushes it up: compare samples of
    equal length and hours.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> float(absolute_autocorrelation([0.0, 1.0] * 50))
    -1.0
    """
    if lag not in LAGS:
        msg = f"`lag` must be one of 1 to 30, 35, ..., 300 seconds, got {lag}."
        raise ValueError(msg)
    sums = LagSums.of(abs_returns)
    rho = _autocorrelation(sums)
    place = int(np.flatnonzero(sums.lags == lag)[0])
    if sums.pairs[place] < _LEAST_PAIRS:
        msg = f"{sums.pairs[place]} pairs at lag {lag}; {_LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    return Estimate(float(rho[place]), int(sums.pairs[place]), "", {"lag_seconds": lag}, scale="atanh")


def absolute_autocorrelation_curve(abs_returns: LagSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Autocorrelation of absolute one-second moves over the lag.

    As `absolute_autocorrelation`, at each lag up to a tenth of the reference's unit, 30 seconds without one.

    Parameters
    ----------
    abs_returns : LagSums or array_like, shape (n,)
        Absolute one-second moves.
    reference : Reference, optional
        Sets the longest lag.

    Returns
    -------
    Curve
        Over lags in seconds; lags with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or the moves do not vary.

    Examples
    --------
    >>> absolute_autocorrelation_curve([0.0, 1.0] * 50).value[:2]
    array([-1., 1.])
    """
    lags, rho, pairs = _within(LagSums.of(abs_returns), reference)
    return Curve(lags.astype(np.float64), rho, pairs, "", "s", scale="atanh")


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
    lags, rho, _ = _within(LagSums.of(abs_returns), reference)
    positive = rho > 0
    if positive.sum() < _LEAST_POSITIVE:
        msg = f"{positive.sum()} lags with a positive autocorrelation; a decay needs {_LEAST_POSITIVE}."
        raise InsufficientDataError(msg)
    slope = np.polyfit(np.log(lags[positive]), np.log(rho[positive]), 1)[0]
    return Estimate(float(-slope), int(positive.sum()), "", {"longest_lag_seconds": int(lags[-1])})


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

    Examples
    --------
    >>> noise = np.abs(np.random.default_rng(1).normal(size=50_000))
    >>> abs(float(autocorrelation_integral(noise))) < 0.2
    True
    """
    lags, rho, _ = _within(LagSums.of(abs_returns), reference)
    if len(lags) < 2:
        msg = f"{len(lags)} lag with {_LEAST_PAIRS} pairs; an integral needs two."
        raise InsufficientDataError(msg)
    integral = float(np.trapezoid(rho, lags))
    return Estimate(integral, len(lags), "s", {"longest_lag_seconds": int(lags[-1])})


def _autocorrelation(sums: LagSums) -> NDArray[np.float64]:
    if sums.n < 2:
        msg = f"{sums.n} one-second moves; an autocorrelation needs two at least."
        raise InsufficientDataError(msg)
    if not np.isfinite(sums.squares):
        msg = "the moves are too large to be squared."
        raise InsufficientDataError(msg)
    mean = sums.total / sums.n
    variance = sums.squares / sums.n - mean**2
    if variance <= 1e-12 * sums.squares / sums.n:
        msg = "the moves do not vary."
        raise InsufficientDataError(msg)
    pairs = np.maximum(sums.pairs, 1)
    covariance = (sums.products - mean * (sums.earlier + sums.later)) / pairs + mean**2
    return np.clip(np.where(sums.pairs > 0, covariance / variance, 0.0), -1.0, 1.0)


def _within(
    sums: LagSums, reference: Reference | None
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return lag, autocorrelation and pairs where the lag is within the horizon and has pairs enough."""
    horizon = _HORIZON_NS if reference is None else reference.horizon_ns
    rho = _autocorrelation(sums)
    usable = (sums.lags * _STEP_NS <= max(horizon, _STEP_NS)) & (sums.pairs >= _LEAST_PAIRS)
    if not usable.any():
        msg = f"no lag up to {horizon / 1e9:g} s has {_LEAST_PAIRS} pairs."
        raise InsufficientDataError(msg)
    return sums.lags[usable], rho[usable], sums.pairs[usable]
