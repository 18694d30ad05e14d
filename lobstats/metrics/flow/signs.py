"""The memory of trade signs: how long buyers follow buyers."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.correlation import correlation_of
from lobstats.summary.signs import SIGN_LAGS, SignSums

__all__ = [
    "sign_autocorrelation",
    "sign_autocorrelation_curve",
    "sign_autocorrelation_integral",
    "sign_memory_exponent",
    "unknown_sign_share",
]

_LEAST_PAIRS = 30
_FITTED = (5, 100)  # trades

_BASIS = Basis("trade time", "one trade", "pairs of trades a lag apart")


def sign_autocorrelation(trade_signs: SignSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Autocorrelation of the aggressors' signs at one lag.

    rho(l) = c(l) / c(0) with c(l) the mean of (s[t] - mu)(s[t + l] - mu) over pairs of trades within a stretch, s = 1
    for a buyer and -1 for a seller. Independent signs give 0; markets show 0.2 to 0.7 at lag 1, since large orders are
    cut into small ones and sent one by one.

    Parameters
    ----------
    trade_signs : SignSums or array_like, shape (n,)
        Signs in trade time, 0 where unknown.
    lag : int
        One of `SIGN_LAGS`, in trades with a known side.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts pairs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs or all signs are alike.

    Notes
    -----
    What counts as one trade decides the value: here all prints of one aggressor's side at one time do. Prints taken one
    by one would follow each other by design.

    References
    ----------
    F. Lillo, J. D. Farmer, "The long memory of the efficient market", Studies in Nonlinear Dynamics & Econometrics 8
    (2004) 3, doi:10.2202/1558-3708.1226.

    Examples
    --------
    >>> float(sign_autocorrelation([1, -1] * 50))
    -1.0
    """
    if lag not in SIGN_LAGS:
        msg = f"`lag` must be one of 1 to 10, ..., 1,000 trades (`SIGN_LAGS`), got {lag}."
        raise ValueError(msg)
    rho, pairs = _autocorrelation(trade_signs)
    at = int(np.flatnonzero(lag == SIGN_LAGS)[0])
    if pairs[at] < _LEAST_PAIRS:
        msg = f"{pairs[at]} pairs of trades at lag {lag}; {_LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    return Estimate(float(rho[at]), int(pairs[at]), "", {"lag_trades": lag}, scale="atanh", basis=_BASIS)


def sign_autocorrelation_curve(trade_signs: SignSums | ArrayLike) -> Curve:
    """Autocorrelation of the aggressors' signs over the lag.

    As `sign_autocorrelation`, at each of `SIGN_LAGS`. Markets show a slow decay over hundreds of trades; a model of
    short memory falls to zero after as many trades as it looks back on.

    Parameters
    ----------
    trade_signs : SignSums or array_like, shape (n,)
        Signs in trade time, 0 where unknown.

    Returns
    -------
    Curve
        Over lags in trades; those with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or all signs are alike.

    References
    ----------
    F. Lillo, J. D. Farmer, Studies in Nonlinear Dynamics & Econometrics 8 (2004) 3, doi:10.2202/1558-3708.1226.

    Examples
    --------
    >>> sign_autocorrelation_curve([1, -1] * 50).value[:2]
    array([-1.,  1.])
    """
    return _curve(trade_signs)


def sign_memory_exponent(trade_signs: SignSums | ArrayLike) -> Estimate:
    """Exponent with which the autocorrelation of trade signs falls.

    The slope -g of ln rho(l) on ln l by least squares over the lags from 5 to 100 trades. Markets show about 0.5: long
    memory, with a Hurst exponent of 1 - g / 2. Orders whose lengths have the tail index a, split into trades one by
    one, give a - 1.

    Parameters
    ----------
    trade_signs : SignSums or array_like, shape (n,)
        Signs in trade time, 0 where unknown.

    Returns
    -------
    Estimate
        The exponent g; ``n`` counts lags.

    Raises
    ------
    InsufficientDataError
        If the autocorrelation is not positive at each of these lags, or the longest one has fewer than 30 pairs.

    Notes
    -----
    Signs of some ten thousand trades are needed to see the memory through the noise, of 1 / sqrt(n) at each lag. To fit
    the lags that happen to be positive alone would find a slow decay in noise, so that there is none where one is not.

    References
    ----------
    F. Lillo, S. Mike, J. D. Farmer, "Theory for long memory in supply and demand", Physical Review E 71 (2005) 066122,
    doi:10.1103/PhysRevE.71.066122.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> lengths = np.floor((1 - rng.random(20_000)) ** (-1 / 1.5)).astype(int)
    >>> signs = np.repeat(rng.choice([-1, 1], 20_000), np.minimum(lengths, 10_000))
    >>> 0.3 < float(sign_memory_exponent(signs)) < 0.7
    True
    """
    curve = _curve(trade_signs)
    used = (curve.x >= _FITTED[0]) & (curve.x <= _FITTED[1])
    if curve.x[-1] < _FITTED[1]:
        msg = f"lag {_FITTED[1]} has fewer than {_LEAST_PAIRS} pairs of trades; an exponent needs it."
        raise InsufficientDataError(msg)
    if (curve.value[used] <= 0).any():
        first = curve.x[used][curve.value[used] <= 0][0]
        msg = f"signs {first:g} trades apart are not positively correlated; an exponent needs all of {_FITTED[0]} to "
        msg += f"{_FITTED[1]} trades to be."
        raise InsufficientDataError(msg)
    slope = np.polyfit(np.log(curve.x[used]), np.log(curve.value[used]), 1)[0]
    params = {"from_lag_trades": _FITTED[0], "to_lag_trades": _FITTED[1]}
    return Estimate(float(-slope), int(used.sum()), "", params, basis=_BASIS)


def sign_autocorrelation_integral(trade_signs: SignSums | ArrayLike) -> Estimate:
    """Sum of the autocorrelation of trade signs over the lag.

    The trapezoid of rho over the lags from 1 to 100 trades: how many trades in a row the sign of one foretells, which
    one noisy lag cannot upset.

    Parameters
    ----------
    trade_signs : SignSums or array_like, shape (n,)
        Signs in trade time, 0 where unknown.

    Returns
    -------
    Estimate
        In trades; ``n`` counts lags.

    Raises
    ------
    InsufficientDataError
        If the lag of 100 trades has fewer than 30 pairs, or all signs are alike.

    References
    ----------
    As for `sign_autocorrelation`.

    Examples
    --------
    >>> noise = np.random.default_rng(1).choice([-1, 1], 50_000)
    >>> abs(float(sign_autocorrelation_integral(noise))) < 0.2
    True
    """
    curve = _curve(trade_signs)
    used = curve.x <= 100
    if curve.x[-1] < 100:
        msg = f"lag 100 has fewer than {_LEAST_PAIRS} pairs of trades; an integral needs it."
        raise InsufficientDataError(msg)
    integral = float(np.trapezoid(curve.value[used], curve.x[used]))
    return Estimate(integral, int(used.sum()), "trades", {"longest_lag_trades": 100}, basis=_BASIS)


def unknown_sign_share(trade_signs: SignSums | ArrayLike) -> Estimate:
    """Share of trades without an aggressor's side.

    Such trades, implied or in an auction, are left out of the memory of signs and of the response to trades.

    Parameters
    ----------
    trade_signs : SignSums or array_like, shape (n,)
        Signs in trade time, 0 where unknown.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no trade.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(unknown_sign_share([1, 0, -1, 1]))
    0.25
    """
    sums = SignSums.of(trade_signs)
    if not sums.n:
        msg = "there is no trade."
        raise InsufficientDataError(msg)
    share = 1 - sums.known.n / sums.n
    return Estimate(share, sums.n, "", scale="arcsine", basis=Basis("trade time", "one trade", "trades"))


def _autocorrelation(trade_signs: SignSums | ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    known = SignSums.of(trade_signs).known
    if known.n < 2:
        msg = f"{known.n} trades with a side; an autocorrelation needs two at least."
        raise InsufficientDataError(msg)
    return np.clip(correlation_of(known, "signs", "signs"), -1, 1), known.pairs


def _curve(trade_signs: SignSums | ArrayLike) -> Curve:
    rho, pairs = _autocorrelation(trade_signs)
    used = pairs >= _LEAST_PAIRS
    if not used.any():
        msg = f"no lag has {_LEAST_PAIRS} pairs of trades."
        raise InsufficientDataError(msg)
    x = SIGN_LAGS[used].astype(np.float64)
    return Curve(x, rho[used], pairs[used], "", "trades", scale="atanh", basis=_BASIS)
