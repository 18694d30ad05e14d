"""Leverage: whether falls make more noise afterwards than rises."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility.correlation import check_lag, correlation_of, enough_pairs, within
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.lags import LagSums
from lobstats.summary.reference import Reference

__all__ = ["leverage", "leverage_correlation", "leverage_correlation_curve", "leverage_curve"]

_BASIS = Basis("clock time", "1 s", "pairs of a one-second move and a squared one a lag later")
_SIZES = Basis("clock time", "1 s", "pairs of a one-second move and the size of one a lag later")
_UNIT = "1/half tick"


def leverage(leverage: LagSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Leverage at one lag: what a move says of the squares of later ones.

    L(l) = E[r(t) r(t + l)^2] / E[r^2]^2. Negative means that falls raise volatility more than rises do, as in stocks
    and stock indices over days; zero that the sign of a move says nothing.

    Parameters
    ----------
    leverage : LagSums or array_like, shape (n,)
        Of one-second moves and later squares, or the moves.
    lag : int
        One of `LAGS`, in seconds.

    Returns
    -------
    Estimate
        In one over the unit of the moves, 1/half tick in a report; ``n`` counts pairs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs or no move differs from zero.

    Notes
    -----
    Moves are not centred: a drift m adds m / E[r^2].

    References
    ----------
    J.-P. Bouchaud, A. Matacz, M. Potters, "Leverage effect in financial markets: the retarded volatility model",
    Physical Review Letters 87 (2001) 228701, doi:10.1103/PhysRevLett.87.228701.

    Examples
    --------
    >>> sign = np.random.default_rng(1).choice([-1.0, 1.0], 100_000)
    >>> after_falls = np.where(np.roll(sign, 1) < 0, 2.0, 1.0) * sign
    >>> float(leverage(after_falls)) < -0.2
    True
    """
    check_lag(lag)
    sums = _sums(leverage)
    pairs = enough_pairs(sums, lag)
    value = float(_normalised(sums)[sums.at(lag)])
    return Estimate(value, pairs, _UNIT, {"lag_seconds": lag}, basis=_BASIS)


def leverage_curve(leverage: LagSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Leverage over the lag.

    As `leverage`, at each lag up to a tenth of the reference's unit, 30 seconds without one. In stocks it decays over
    some ten days, in indices faster and deeper; at seconds it is small.

    Parameters
    ----------
    leverage : LagSums or array_like, shape (n,)
        Of one-second moves and later squares, or the moves.
    reference : Reference, optional
        Sets the longest lag.

    Returns
    -------
    Curve
        In one over the unit of the moves, 1/half tick in a report, over lags in seconds; lags with fewer than 30 pairs
        are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or no move differs from zero.

    References
    ----------
    As for `leverage`.

    Examples
    --------
    >>> leverage_curve([1.0, -1.0] * 50).value[:2]
    array([0.01010101, 0.        ])
    """
    sums = _sums(leverage)
    at = within(sums, reference)
    value = _normalised(sums)[at]
    return Curve(sums.lags[at].astype(np.float64), value, sums.pairs[at], _UNIT, "s", basis=_BASIS)


def leverage_correlation(leverage_sizes: LagSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Correlation of a move with the size of a later one.

    Corr(r(t), |r(t + l)|): negative where falls raise volatility more than rises do, zero where the sign of a move says
    nothing. It reads what `leverage` does from second moments, so that single large moves do not decide it.

    Parameters
    ----------
    leverage_sizes : LagSums or array_like, shape (n,)
        Of one-second moves and later sizes, or the moves.
    lag : int
        One of `LAGS`, in seconds.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts pairs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs, or the moves or their sizes do not vary.

    Notes
    -----
    A law of the moves that leans makes none of it at a lag, unlike the correlation of a move with its own size.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> sign = np.random.default_rng(1).choice([-1.0, 1.0], 100_000)
    >>> after_falls = np.where(np.roll(sign, 1) < 0, 2.0, 1.0) * sign
    >>> float(leverage_correlation(after_falls)) < -0.8
    True
    """
    check_lag(lag)
    sums = _sums_of_sizes(leverage_sizes)
    pairs = enough_pairs(sums, lag)
    value = float(_correlation(sums)[sums.at(lag)])
    return Estimate(value, pairs, "", {"lag_seconds": lag}, scale="atanh", basis=_SIZES)


def leverage_correlation_curve(leverage_sizes: LagSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Correlation of a move with the size of a later one, over the lag.

    As `leverage_correlation`, at each lag up to a tenth of the reference's unit, 30 seconds without one.

    Parameters
    ----------
    leverage_sizes : LagSums or array_like, shape (n,)
        Of one-second moves and later sizes, or the moves.
    reference : Reference, optional
        Sets the longest lag.

    Returns
    -------
    Curve
        Over lags in seconds; lags with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or the moves or their sizes do not vary.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=100_000)
    >>> bool(np.abs(leverage_correlation_curve(noise).value).max() < 0.02)
    True
    """
    sums = _sums_of_sizes(leverage_sizes)
    at = within(sums, reference)
    value = _correlation(sums)[at]
    return Curve(sums.lags[at].astype(np.float64), value, sums.pairs[at], "", "s", scale="atanh", basis=_SIZES)


def _sums_of_sizes(data: LagSums | ArrayLike) -> LagSums:
    if isinstance(data, LagSums):
        return data
    moves = np.asarray(data, dtype=np.float64).ravel()
    return LagSums.between(moves, np.abs(moves))


def _correlation(sums: LagSums) -> NDArray[np.float64]:
    return np.asarray(np.clip(correlation_of(sums, "moves", "sizes of the moves"), -1, 1))


def _sums(data: LagSums | ArrayLike) -> LagSums:
    if isinstance(data, LagSums):
        return data
    moves = np.asarray(data, dtype=np.float64).ravel()
    with np.errstate(over="ignore"):
        squares = np.minimum(moves**2, np.finfo(np.float64).max)
    return LagSums.between(moves, squares)


def _normalised(sums: LagSums) -> NDArray[np.float64]:
    """Return L at each lag."""
    if not np.isfinite(sums.later_squares):
        msg = "the moves are too large to be squared twice."
        raise InsufficientDataError(msg)
    mean_square = sums.later_total / max(sums.n, 1)
    with np.errstate(all="ignore"):
        value = sums.products / np.maximum(sums.pairs, 1) / mean_square / mean_square
    if not np.isfinite(value).all():
        msg = "no move differs from zero."
        raise InsufficientDataError(msg)
    return np.asarray(value)
