"""The autocorrelation of moves, of their absolute values and of their squares."""

from numpy.typing import ArrayLike

from lobstats.metrics.volatility.correlation import at_lag, over_lags, sums_of_sizes
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.lags import LagSums
from lobstats.summary.reference import Reference

__all__ = [
    "absolute_autocorrelation",
    "absolute_autocorrelation_curve",
    "autocorrelation",
    "autocorrelation_curve",
    "squared_autocorrelation",
    "squared_autocorrelation_curve",
]

_SIGNED = Basis("clock time", "1 s", "pairs of one-second moves a lag apart")
_ABSOLUTE = Basis("clock time", "1 s", "pairs of absolute one-second moves a lag apart")
_SQUARED = Basis("clock time", "1 s", "pairs of squared one-second moves a lag apart")


def autocorrelation(returns_lags: LagSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Autocorrelation of one-second moves at one lag.

    rho(l) = c(l) / c(0) with c(l) the mean of (x[t] - mu)(x[t + l] - mu) over the pairs of one stretch. Markets show
    next to nothing beyond the first seconds, where a bounce between bid and ask makes it negative; a model whose moves
    can be foretold from the last one is no market.

    Parameters
    ----------
    returns_lags : LagSums or array_like, shape (n,)
        One-second moves.
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

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> float(autocorrelation([1.0, -1.0] * 50))
    -1.0
    """
    return at_lag(LagSums.of(returns_lags), lag, _SIGNED)


def autocorrelation_curve(returns_lags: LagSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Autocorrelation of one-second moves over the lag.

    As `autocorrelation`, at each lag up to a tenth of the reference's unit, 30 seconds without one.

    Parameters
    ----------
    returns_lags : LagSums or array_like, shape (n,)
        One-second moves.
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

    References
    ----------
    As for `autocorrelation`.

    Examples
    --------
    >>> autocorrelation_curve([1.0, -1.0] * 50).value[:2]
    array([-1.,  1.])
    """
    return over_lags(LagSums.of(returns_lags), reference, _SIGNED)


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
    return at_lag(sums_of_sizes(abs_returns, "abs_returns"), lag, _ABSOLUTE)


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

    References
    ----------
    As for `absolute_autocorrelation`.

    Examples
    --------
    >>> absolute_autocorrelation_curve([0.0, 1.0] * 50).value[:2]
    array([-1.,  1.])
    """
    return over_lags(sums_of_sizes(abs_returns, "abs_returns"), reference, _ABSOLUTE)


def squared_autocorrelation(squared_returns: LagSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Autocorrelation of squared one-second moves at one lag.

    As `absolute_autocorrelation`, of squares. A GARCH(1, 1) process shows
    a (1 - a b - b^2) / (1 - 2 a b - b^2) at lag 1 and falls by the factor a + b from lag to lag.

    Parameters
    ----------
    squared_returns : LagSums or array_like, shape (n,)
        Squared one-second moves.
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
    Where moves have no fourth moment (a tail index below 4, as in most markets) the value does not settle as the sample
    grows, and one large move decides it: trust that of absolute moves first.

    References
    ----------
    R. A. Davis, T. Mikosch, "The sample autocorrelations of heavy-tailed processes with applications to ARCH", Annals
    of Statistics 26 (1998) 2049, doi:10.1214/aos/1024691368.

    Examples
    --------
    >>> float(squared_autocorrelation([0.0, 1.0] * 50))
    -1.0
    """
    return at_lag(sums_of_sizes(squared_returns, "squared_returns"), lag, _SQUARED)


def squared_autocorrelation_curve(squared_returns: LagSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Autocorrelation of squared one-second moves over the lag.

    As `squared_autocorrelation`, at each lag up to a tenth of the reference's unit, 30 seconds without one.

    Parameters
    ----------
    squared_returns : LagSums or array_like, shape (n,)
        Squared one-second moves.
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

    References
    ----------
    As for `squared_autocorrelation`.

    Examples
    --------
    >>> squared_autocorrelation_curve([0.0, 1.0] * 50).value[:2]
    array([-1.,  1.])
    """
    return over_lags(sums_of_sizes(squared_returns, "squared_returns"), reference, _SQUARED)
