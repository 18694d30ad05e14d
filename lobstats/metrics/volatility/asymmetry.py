"""Between scales and with volume: what coarse and fine volatility say of each other, and what volume says."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility.correlation import LEAST_PAIRS, correlation_of, enough_pairs
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.lags import LagSums
from lobstats.summary.minutes import VOLUME_LAGS, CoarseFine
from lobstats.summary.reference import Reference

__all__ = [
    "coarse_fine_asymmetry",
    "coarse_fine_asymmetry_curve",
    "volume_volatility_correlation",
    "volume_volatility_curve",
]

_MINUTE_NS = 60 * 1_000_000_000
_BASIS = Basis("clock time", "windows of 60 s", "pairs of minutes a lag apart")


def coarse_fine_asymmetry(coarse_fine: CoarseFine | ArrayLike) -> Estimate:
    """Asymmetry between coarse and fine volatility at a lag of one minute.

    corr(coarse(t), fine(t + 1)) - corr(fine(t), coarse(t + 1)) over whole minutes, where coarse is the absolute move of
    a minute and fine the sum of its six absolute ten-second moves. Positive means that coarse volatility foretells fine
    volatility better than the other way round, as in markets, where fast traders react to what slow ones do; a process
    that looks alike backwards in time shows zero.

    Parameters
    ----------
    coarse_fine : CoarseFine or array_like, shape (n,)
        Lagged sums over minutes, or one-second moves from a whole minute on.

    Returns
    -------
    Estimate
        In [-2, 2]; ``n`` counts pairs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs or a volatility does not vary.

    References
    ----------
    U. A. Müller, M. M. Dacorogna, R. D. Davé, R. B. Olsen, O. V. Pictet, J. E. von Weizsäcker, "Volatilities of
    different time resolutions: analyzing the dynamics of market components", Journal of Empirical Finance 4 (1997) 213,
    doi:10.1016/S0927-5398(97)00007-8.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=600_000)
    >>> abs(float(coarse_fine_asymmetry(noise))) < 0.05
    True
    """
    sums = CoarseFine.of(coarse_fine)
    pairs = enough_pairs(sums.coarse_first, 1, " minute")
    return Estimate(float(_asymmetry(sums)[0]), pairs, "", {"lag_minutes": 1}, basis=_BASIS)


def coarse_fine_asymmetry_curve(coarse_fine: CoarseFine | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Asymmetry between coarse and fine volatility over the lag.

    As `coarse_fine_asymmetry`, at lags from one to ten minutes, up to a tenth of the reference's unit.

    Parameters
    ----------
    coarse_fine : CoarseFine or array_like, shape (n,)
        Lagged sums over minutes, or one-second moves from a whole minute on.
    reference : Reference, optional
        Sets the longest lag; one minute at least.

    Returns
    -------
    Curve
        Over lags in minutes; lags with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or a volatility does not vary.

    References
    ----------
    As for `coarse_fine_asymmetry`.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=6_000)
    >>> coarse_fine_asymmetry_curve(noise).x.tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    """
    sums = CoarseFine.of(coarse_fine)
    lags, pairs = sums.coarse_first.lags, sums.coarse_first.pairs
    usable = pairs >= LEAST_PAIRS
    if reference is not None:
        usable &= lags * _MINUTE_NS <= max(reference.horizon_ns, _MINUTE_NS)
    if not usable.any():
        msg = f"no lag of whole minutes has {LEAST_PAIRS} pairs."
        raise InsufficientDataError(msg)
    return Curve(lags[usable].astype(np.float64), _asymmetry(sums)[usable], pairs[usable], "", "minutes", basis=_BASIS)


def _asymmetry(sums: CoarseFine) -> NDArray[np.float64]:
    coarse, fine = "one-minute moves", "ten-second moves"
    difference = correlation_of(sums.coarse_first, coarse, fine) - correlation_of(sums.fine_first, fine, coarse)
    return np.asarray(np.clip(difference, -2, 2))


def volume_volatility_correlation(volume_volatility: LagSums | ArrayLike) -> Estimate:
    """Correlation of volume with volatility over whole minutes.

    Between the root of the volume traded in a minute and the root of its summed squared one-second moves. If both come
    from one flow of information, they rise together: markets show 0.3 to 0.7. Roots keep single large minutes from
    deciding it.

    Parameters
    ----------
    volume_volatility : LagSums or array_like, shape (n, 2)
        Lagged sums over minutes, or volume and summed squared moves of each minute.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts minutes.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 minutes, or volume or volatility does not vary.

    References
    ----------
    P. K. Clark, "A subordinated stochastic process model with finite variance for speculative prices", Econometrica 41
    (1973) 135, doi:10.2307/1913889.

    Examples
    --------
    >>> volume = np.arange(1.0, 41.0)
    >>> round(float(volume_volatility_correlation(np.stack([volume, 3 * volume], axis=1))), 9)
    1.0
    """
    sums = _volume_sums(volume_volatility)
    if sums.n < LEAST_PAIRS:
        msg = f"{sums.n} whole minutes; {LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    value = float(np.clip(correlation_of(sums, "volumes", "moves")[0], -1, 1))
    basis = Basis("clock time", "windows of 60 s", "whole minutes")
    return Estimate(value, sums.n, "", {"window_seconds": 60}, scale="atanh", basis=basis)


def volume_volatility_curve(volume_volatility: LagSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Correlation of volume with the volatility of later minutes, over the lag.

    As `volume_volatility_correlation`, at lags from none to ten minutes, up to a tenth of the reference's unit: how
    long a busy minute keeps the market volatile.

    Parameters
    ----------
    volume_volatility : LagSums or array_like, shape (n, 2)
        Lagged sums over minutes, or volume and summed squared moves of each minute.
    reference : Reference, optional
        Sets the longest lag; one minute at least.

    Returns
    -------
    Curve
        Over lags in minutes; lags with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or volume or volatility does not vary.

    References
    ----------
    As for `volume_volatility_correlation`.

    Examples
    --------
    >>> flow = np.random.default_rng(1).exponential(size=(4_000, 1))
    >>> curve = volume_volatility_curve(np.tile(flow, 2))
    >>> curve.x[:2], bool(curve.value[0] > 0.99), bool(abs(curve.value[1]) < 0.05)
    (array([0., 1.]), True, True)
    """
    sums = _volume_sums(volume_volatility)
    usable = sums.pairs >= LEAST_PAIRS
    if reference is not None:
        usable &= sums.lags * _MINUTE_NS <= max(reference.horizon_ns, _MINUTE_NS)
    if not usable.any():
        msg = f"{sums.n} whole minutes; {LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    value = np.clip(correlation_of(sums, "volumes", "moves"), -1, 1)[usable]
    basis = Basis("clock time", "windows of 60 s", "pairs of whole minutes")
    lags = sums.lags[usable].astype(np.float64)
    return Curve(lags, value, sums.pairs[usable], "", "minutes", scale="atanh", basis=basis)


def _volume_sums(data: LagSums | ArrayLike) -> LagSums:
    if isinstance(data, LagSums):
        return data
    pairs = np.asarray(data, dtype=np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or (pairs < 0).any():
        what = "volume and summed squares, shape (n, 2), none of them negative"
        msg = f"`volume_volatility` must hold {what}; got shape {pairs.shape}."
        raise ValueError(msg)
    roots = np.sqrt(pairs)
    return LagSums.between(roots[:, 0], roots[:, 1], lags=VOLUME_LAGS)
