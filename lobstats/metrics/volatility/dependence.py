"""Tests of dependence: Ljung-Box on moves, McLeod-Li on their squares, Engle's test for ARCH."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility.correlation import autocorrelation_of, enough_pairs, sums_of_sizes
from lobstats.result import Basis, Estimate
from lobstats.summary.gram import GRAM_LAGS, LagGram
from lobstats.summary.lags import LagSums

__all__ = ["arch_lm", "ljung_box", "ljung_box_squared"]

_MOST_LAGS = 30
_LEAST_RUNS = 30
_LEAST_VARIANCE = 1e-9  # of the mean square, as for an autocorrelation
_LEAST_EIGENVALUE = 1e-10  # of a correlation matrix


def ljung_box(returns_lags: LagSums | ArrayLike, *, lags: int = 10) -> Estimate:
    """Ljung-Box statistic of one-second moves, per move.

    Q / n with Q = (n + 2) / n sum_{l <= L} m(l) rho(l)^2, where m(l) counts the pairs at lag l; on one stretch this is
    the usual n (n + 2) sum r(l)^2 / (n - l) of the biased autocorrelation r. It is about the sum of squared
    autocorrelations, and unlike Q does not grow with the sample, so it measures how strong dependence is: L / n where
    there is none. ``params`` hold Q itself and its p value under a chi-squared law of L degrees of freedom.

    Parameters
    ----------
    returns_lags : LagSums or array_like, shape (n,)
        One-second moves.
    lags : int
        L, from 1 to 30.

    Returns
    -------
    Estimate
        ``n`` counts moves.

    Raises
    ------
    InsufficientDataError
        If a lag has fewer than 30 pairs or the moves do not vary.

    Notes
    -----
    The p value takes moves as independent of finite variance; moves whose volatility clusters reject it even where
    their sign cannot be foretold.

    References
    ----------
    G. M. Ljung, G. E. P. Box, "On a measure of lack of fit in time series models", Biometrika 65 (1978) 297,
    doi:10.1093/biomet/65.2.297.

    Examples
    --------
    >>> round(float(ljung_box([1.0, -1.0] * 500)), 2)
    9.96
    """
    return _ljung_box(LagSums.of(returns_lags), lags, Basis("clock time", "1 s", "one-second moves"))


def ljung_box_squared(squared_returns: LagSums | ArrayLike, *, lags: int = 10) -> Estimate:
    """McLeod-Li statistic, the Ljung-Box one of squared one-second moves, per move.

    As `ljung_box`, of squares: zero but for L / n where volatility does not cluster.

    Parameters
    ----------
    squared_returns : LagSums or array_like, shape (n,)
        Squared one-second moves.
    lags : int
        L, from 1 to 30.

    Returns
    -------
    Estimate
        ``n`` counts moves.

    Raises
    ------
    InsufficientDataError
        If a lag has fewer than 30 pairs or the moves do not vary.

    References
    ----------
    A. I. McLeod, W. K. Li, "Diagnostic checking ARMA time series models using squared-residual autocorrelations",
    Journal of Time Series Analysis 4 (1983) 269, doi:10.1111/j.1467-9892.1983.tb00373.x.

    Examples
    --------
    >>> round(float(ljung_box_squared([0.0, 1.0] * 500)), 2)
    9.96
    """
    return _ljung_box(
        sums_of_sizes(squared_returns, "squared_returns"), lags, Basis("clock time", "1 s", "squared one-second moves")
    )


def _ljung_box(sums: LagSums, lags: int, basis: Basis) -> Estimate:
    from scipy.special import chdtrc

    if lags not in range(1, _MOST_LAGS + 1):
        msg = f"`lags` must be a whole number from 1 to {_MOST_LAGS}, got {lags}."
        raise ValueError(msg)
    rho = autocorrelation_of(sums)[:lags]
    for lag in range(1, lags + 1):
        enough_pairs(sums, lag)
    each = float((sums.pairs[:lags] * rho**2).sum()) * (sums.n + 2) / sums.n / sums.n
    params = {"lags": lags, "statistic": each * sums.n, "p_value": float(chdtrc(lags, each * sums.n))}
    return Estimate(each, sums.n, "", params, scale="log", basis=basis)


def arch_lm(lag_gram: LagGram | ArrayLike) -> Estimate:
    """Share of the variance of squared moves that the ten squares before tell: Engle's test for ARCH.

    R^2 of the regression of x[t]^2 on a constant and x[t - 1]^2, ..., x[t - 10]^2 over the runs of eleven moves within
    one stretch. ``params`` hold Engle's statistic n R^2 and its p value under a chi-squared law of ten degrees of
    freedom. By chance alone R^2 is 10 / n.

    Parameters
    ----------
    lag_gram : LagGram or array_like, shape (n,)
        Of one-second moves, or the moves, not yet squared.

    Returns
    -------
    Estimate
        In [0, 1]; ``n`` counts runs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 runs or the squared moves do not vary.

    References
    ----------
    R. F. Engle, "Autoregressive conditional heteroscedasticity with estimates of the variance of United Kingdom
    inflation", Econometrica 50 (1982) 987, doi:10.2307/1912773.

    Examples
    --------
    >>> round(float(arch_lm([1.0, 2.0, 2.0] * 50)), 6)
    1.0
    """
    from scipy.special import chdtrc

    gram = LagGram.of(lag_gram)
    if gram.n < _LEAST_RUNS:
        msg = f"{gram.n} runs of {GRAM_LAGS + 1} moves; {_LEAST_RUNS} are needed."
        raise InsufficientDataError(msg)
    share = _explained(gram.products)
    params = {
        "lags": GRAM_LAGS,
        "statistic": share * gram.n,
        "p_value": float(chdtrc(GRAM_LAGS, share * gram.n)),
    }
    basis = Basis("clock time", f"{GRAM_LAGS + 1} s", f"runs of {GRAM_LAGS + 1} one-second moves")
    return Estimate(share, gram.n, "", params, scale="arcsine", basis=basis)


def _explained(products: NDArray[np.float64]) -> float:
    """Return R^2 = r' C^+ r with C the correlations of the lags and r those with the square itself."""
    squares = np.diag(products)[1:]
    if not np.isfinite(squares).all():
        msg = "the moves are too large to be squared twice."
        raise InsufficientDataError(msg)
    n, mean = products[0, 0], products[0, 1:] / products[0, 0]
    covariance = products[1:, 1:] / n - np.outer(mean, mean)
    variance = np.diag(covariance)
    if (variance <= _LEAST_VARIANCE * squares / n).any():
        msg = "the squared moves do not vary."
        raise InsufficientDataError(msg)
    deviation = np.sqrt(variance)
    correlation = covariance / deviation / deviation[:, None]
    inverse = np.linalg.pinv(correlation[1:, 1:], rcond=_LEAST_EIGENVALUE, hermitian=True)
    share = float(correlation[0, 1:] @ inverse @ correlation[0, 1:])
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0
