"""Volume and trades in time: how much is traded a minute, and how unevenly."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = [
    "five_minute_trade_fano",
    "five_minute_trade_shape",
    "mean_minute_trades",
    "mean_minute_volume",
    "minute_trade_fano",
    "minute_trade_shape",
    "minute_volume_variation",
]

_LEAST = 30
_MINUTES = Basis("clock time", "windows of 60 s", "whole minutes")
_FIVE_MINUTES = Basis("clock time", "windows of 300 s", "whole five minutes")
_LEAST_SPREAD = 1e-9
_STEPS = 50


def mean_minute_volume(minute_volume: Counts | ArrayLike) -> Estimate:
    """Mean quantity traded in a minute.

    Parameters
    ----------
    minute_volume : Counts or array_like, shape (n,)
        Quantity traded in each whole minute, in contracts.

    Returns
    -------
    Estimate
        In contracts; ``n`` counts minutes.

    Raises
    ------
    InsufficientDataError
        If there is no whole minute or no trade.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_minute_volume([1.0, 1.0, 4.0]))
    2.0
    """
    return _mean(Counts.of(minute_volume, unit="contracts"))


def minute_volume_variation(minute_volume: Counts | ArrayLike) -> Estimate:
    """Coefficient of variation of the quantity traded in a minute.

    Standard deviation over mean: 0 where each minute trades as much, about 1 where volume comes in bursts.

    Parameters
    ----------
    minute_volume : Counts or array_like, shape (n,)
        Quantity traded in each whole minute, in contracts.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts minutes.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 whole minutes or no trade, or all are alike.

    References
    ----------
    Own definition: a coefficient of variation.

    Examples
    --------
    >>> float(minute_volume_variation([1.0, 3.0] * 20))
    0.5
    """
    counts = Counts.of(minute_volume)
    mean, variance = _moments(counts)
    return Estimate(math.sqrt(variance) / mean, counts.n, "", scale="log", basis=_MINUTES)


def mean_minute_trades(minute_trades: Counts | ArrayLike) -> Estimate:
    """Mean number of trades in a minute.

    All prints of one time and one aggressor's side are one trade.

    Parameters
    ----------
    minute_trades : Counts or array_like of int, shape (n,)
        Trades in each whole minute.

    Returns
    -------
    Estimate
        In trades; ``n`` counts minutes.

    Raises
    ------
    InsufficientDataError
        If there is no whole minute or no trade.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_minute_trades([1, 1, 4]))
    2.0
    """
    return _mean(Counts.of(minute_trades, unit="trades"))


def minute_trade_fano(minute_trades: Counts | ArrayLike) -> Estimate:
    """Fano factor of the number of trades in a minute.

    Variance over mean: 1 for a Poisson process, far above it in markets, which have busy and quiet minutes.

    Parameters
    ----------
    minute_trades : Counts or array_like of int, shape (n,)
        Trades in each whole minute.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts minutes.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 whole minutes or no trade, or all are alike.

    References
    ----------
    U. Fano, "Ionization yield of radiations. II. The fluctuations of the number of ions", Physical Review 72 (1947) 26,
    doi:10.1103/PhysRev.72.26.

    Examples
    --------
    >>> float(minute_trade_fano([1, 3] * 20))
    0.5
    """
    return _fano(minute_trades, _MINUTES)


def five_minute_trade_fano(five_minute_trades: Counts | ArrayLike) -> Estimate:
    """Fano factor of the number of trades in five minutes.

    As `minute_trade_fano`; where it is larger, busy spells last longer than a minute.

    Parameters
    ----------
    five_minute_trades : Counts or array_like of int, shape (n,)
        Trades in each whole five minutes.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 whole windows or no trade, or all are alike.

    References
    ----------
    As for `minute_trade_fano`.

    Examples
    --------
    >>> float(five_minute_trade_fano([1, 3] * 20))
    0.5
    """
    return _fano(five_minute_trades, _FIVE_MINUTES)


def minute_trade_shape(minute_trades: Counts | ArrayLike) -> Estimate:
    """Shape of a gamma law fitted to the number of trades in a minute.

    The maximum of the likelihood, ln k - digamma(k) = ln mean(x) - mean(ln x), over the minutes that hold a trade. 1 is
    an exponential law; the larger, the more alike are minutes.

    Parameters
    ----------
    minute_trades : Counts or array_like of int, shape (n,)
        Trades in each whole minute.

    Returns
    -------
    Estimate
        The shape k; ``n`` counts minutes with a trade.

    Raises
    ------
    InsufficientDataError
        If fewer than 30 whole minutes hold a trade, or all are alike.

    Notes
    -----
    A gamma law has no mass at zero. Where many minutes are empty, or few trades fall into one, counts are nothing like
    it, and the shape is a summary rather than a fit.

    References
    ----------
    S. C. Choi, R. Wette, "Maximum likelihood estimation of the parameters of the gamma distribution and their bias",
    Technometrics 11 (1969) 683, doi:10.1080/00401706.1969.10490731.

    Examples
    --------
    >>> gamma = np.random.default_rng(1).gamma(2.0, 1000.0, 20_000).astype(int) + 1
    >>> round(float(minute_trade_shape(gamma)), 1)
    2.0
    """
    return _shape(minute_trades, _MINUTES)


def five_minute_trade_shape(five_minute_trades: Counts | ArrayLike) -> Estimate:
    """Shape of a gamma law fitted to the number of trades in five minutes.

    As `minute_trade_shape`.

    Parameters
    ----------
    five_minute_trades : Counts or array_like of int, shape (n,)
        Trades in each whole five minutes.

    Returns
    -------
    Estimate
        The shape k; ``n`` counts windows with a trade.

    Raises
    ------
    InsufficientDataError
        If fewer than 30 whole windows hold a trade, or all are alike.

    References
    ----------
    As for `minute_trade_shape`.

    Examples
    --------
    >>> gamma = np.random.default_rng(1).gamma(2.0, 1000.0, 20_000).astype(int) + 1
    >>> round(float(five_minute_trade_shape(gamma)), 1)
    2.0
    """
    return _shape(five_minute_trades, _FIVE_MINUTES)


def _mean(counts: Counts) -> Estimate:
    mean = counts.mean()
    if mean <= 0:
        msg = "there is no trade in a whole minute."
        raise InsufficientDataError(msg)
    return Estimate(mean, counts.n, counts.unit, scale="log", basis=_MINUTES)


def _moments(counts: Counts) -> tuple[float, float]:
    """Return mean and variance, both positive."""
    if counts.n < _LEAST:
        msg = f"{counts.n} whole windows; {_LEAST} are needed."
        raise InsufficientDataError(msg)
    mean = counts.mean()
    if mean <= 0:
        msg = "there is no trade in a whole window."
        raise InsufficientDataError(msg)
    variance = counts.variance()
    if variance <= 0:
        msg = "all windows hold as much."
        raise InsufficientDataError(msg)
    return mean, variance


def _fano(data: Counts | ArrayLike, basis: Basis) -> Estimate:
    counts = Counts.of(data)
    mean, variance = _moments(counts)
    return Estimate(variance / mean, counts.n, "", scale="log", basis=basis)


def _shape(data: Counts | ArrayLike, basis: Basis) -> Estimate:
    from scipy.special import digamma, polygamma

    counts = Counts.of(data)
    x, weight = counts.x[counts.x > 0], counts.counts[counts.x > 0]
    n = int(weight.sum())
    if n < _LEAST:
        msg = f"{n} whole windows with a trade; {_LEAST} are needed."
        raise InsufficientDataError(msg)
    spread = math.log(float(x @ weight) / n) - float(np.log(x) @ weight) / n
    if spread <= _LEAST_SPREAD:
        msg = "all windows with a trade hold as many."
        raise InsufficientDataError(msg)
    k = (3 - spread + math.sqrt((spread - 3) ** 2 + 24 * spread)) / (12 * spread)
    for _ in range(_STEPS):  # in 1 / k, where Newton's steps neither overshoot nor stall
        step = (math.log(k) - float(digamma(k)) - spread) / (1 / k - float(polygamma(1, k)))
        k = 1 / (1 / k + step / k**2)
        if abs(step) <= 1e-13 * k:
            break
    return Estimate(k, n, "", scale="log", basis=basis)
