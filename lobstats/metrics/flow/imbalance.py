"""Order-flow imbalance, and how closely the mid follows it."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.correlation import correlation_of, slope_of
from lobstats.summary.imbalance import IMBALANCE_LAGS
from lobstats.summary.lags import LagSums

__all__ = [
    "order_flow_autocorrelation",
    "order_flow_autocorrelation_curve",
    "order_flow_correlation",
    "order_flow_correlation_10s",
    "order_flow_impact",
    "order_flow_impact_10s",
]

_LEAST = 30
_NO_LAG = np.array([0])
_SECONDS = Basis("clock time", "1 s", "whole seconds")
_TENS = Basis("clock time", "windows of 10 s", "whole windows of ten seconds")
_PAIRS = Basis("clock time", "1 s", "pairs of seconds a lag apart")


def order_flow_impact(order_flow_moves: LagSums | ArrayLike) -> Estimate:
    """Move of the mid for each contract of order-flow imbalance over one second.

    The slope by least squares of the mid's one-second move on the imbalance over the same second: what was added to the
    best bid or taken from the best ask, less what was taken from the bid or added to the ask. In the simplest book it
    is 1 / (2 D) with D the quantity at a price; the deeper the market, the smaller.

    Parameters
    ----------
    order_flow_moves : LagSums or array_like, shape (n, 2)
        Imbalance in contracts and move in ticks of each second.

    Returns
    -------
    Estimate
        In ticks per contract; ``n`` counts seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 seconds, or the imbalance does not vary.

    References
    ----------
    R. Cont, A. Kukanov, S. Stoikov, "The price impact of order book events", Journal of Financial Econometrics 12
    (2014) 47, doi:10.1093/jjfinec/nbt003.

    Examples
    --------
    >>> flow = np.tile([-4.0, 1.0, 3.0], 20)
    >>> float(order_flow_impact(np.stack([flow, flow / 8], axis=1)))
    0.125
    """
    return _impact(order_flow_moves, _SECONDS)


def order_flow_impact_10s(order_flow_moves_10s: LagSums | ArrayLike) -> Estimate:
    """Move of the mid for each contract of order-flow imbalance over ten seconds.

    As `order_flow_impact`, over whole windows of ten seconds.

    Parameters
    ----------
    order_flow_moves_10s : LagSums or array_like, shape (n, 2)
        Imbalance in contracts and move in ticks of each window.

    Returns
    -------
    Estimate
        In ticks per contract; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 windows, or the imbalance does not vary.

    References
    ----------
    As for `order_flow_impact`.

    Examples
    --------
    >>> flow = np.tile([-4.0, 1.0, 3.0], 20)
    >>> float(order_flow_impact_10s(np.stack([flow, flow / 8], axis=1)))
    0.125
    """
    return _impact(order_flow_moves_10s, _TENS)


def order_flow_correlation(order_flow_moves: LagSums | ArrayLike) -> Estimate:
    """Correlation of the mid's move with order-flow imbalance over one second.

    Its square is the R^2 of the regression behind `order_flow_impact`. Stocks show 0.8, with R^2 about 0.65, over ten
    seconds: prices move because orders come and go at the touch. A book that moves by itself shows next to none.

    Parameters
    ----------
    order_flow_moves : LagSums or array_like, shape (n, 2)
        Imbalance in contracts and move in ticks of each second.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 seconds, or one of the two does not vary.

    References
    ----------
    R. Cont, A. Kukanov, S. Stoikov, Journal of Financial Econometrics 12 (2014) 47, doi:10.1093/jjfinec/nbt003.

    Examples
    --------
    >>> flow = np.tile([-4.0, 1.0, 3.0], 20)
    >>> round(float(order_flow_correlation(np.stack([flow, flow / 8], axis=1))), 12)
    1.0
    """
    return _correlation(order_flow_moves, _SECONDS)


def order_flow_correlation_10s(order_flow_moves_10s: LagSums | ArrayLike) -> Estimate:
    """Correlation of the mid's move with order-flow imbalance over ten seconds.

    As `order_flow_correlation`, over whole windows of ten seconds.

    Parameters
    ----------
    order_flow_moves_10s : LagSums or array_like, shape (n, 2)
        Imbalance in contracts and move in ticks of each window.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 windows, or one of the two does not vary.

    References
    ----------
    As for `order_flow_correlation`.

    Examples
    --------
    >>> flow = np.tile([-4.0, 1.0, 3.0], 20)
    >>> round(float(order_flow_correlation_10s(np.stack([flow, flow / 8], axis=1))), 12)
    1.0
    """
    return _correlation(order_flow_moves_10s, _TENS)


def order_flow_autocorrelation(order_flow_lags: LagSums | ArrayLike) -> Estimate:
    """Autocorrelation of order-flow imbalance at one second.

    The correlation of one second's imbalance with the next one's. Splitting of orders makes it positive.

    Parameters
    ----------
    order_flow_lags : LagSums or array_like, shape (n,)
        Imbalance of each second, in contracts.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts pairs.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs, or the imbalance does not vary.

    References
    ----------
    As for `order_flow_impact`, which defines the imbalance.

    Examples
    --------
    >>> float(order_flow_autocorrelation([1.0, -1.0] * 50))
    -1.0
    """
    curve = order_flow_autocorrelation_curve(order_flow_lags)
    if curve.x[0] != 1:
        msg = f"lag 1 has fewer than {_LEAST} pairs."
        raise InsufficientDataError(msg)
    return Estimate(float(curve.value[0]), int(curve.n[0]), "", {"lag_seconds": 1}, scale="atanh", basis=_PAIRS)


def order_flow_autocorrelation_curve(order_flow_lags: LagSums | ArrayLike) -> Curve:
    """Autocorrelation of order-flow imbalance over the lag.

    As `order_flow_autocorrelation`, at lags from 1 to 300 seconds.

    Parameters
    ----------
    order_flow_lags : LagSums or array_like, shape (n,)
        Imbalance of each second, in contracts.

    Returns
    -------
    Curve
        Over lags in seconds; those with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is, or the imbalance does not vary.

    References
    ----------
    As for `order_flow_autocorrelation`.

    Examples
    --------
    >>> order_flow_autocorrelation_curve([1.0, -1.0] * 50).value[:2]
    array([-1.,  1.])
    """
    if not isinstance(order_flow_lags, LagSums):
        order_flow_lags = LagSums.between(order_flow_lags, order_flow_lags, lags=IMBALANCE_LAGS)
    used = order_flow_lags.pairs >= _LEAST
    if not used.any():
        msg = f"no lag has {_LEAST} pairs of seconds."
        raise InsufficientDataError(msg)
    rho = np.clip(correlation_of(order_flow_lags, "imbalances", "imbalances"), -1, 1)[used]
    x = order_flow_lags.lags[used].astype(np.float64)
    return Curve(x, rho, order_flow_lags.pairs[used], "", "s", scale="atanh", basis=_PAIRS)


def _impact(data: LagSums | ArrayLike, basis: Basis) -> Estimate:
    sums = _sums(data)
    slope = float(slope_of(sums, "imbalances", "moves")[0])
    return Estimate(slope, sums.n, "ticks per contract", basis=basis)


def _correlation(data: LagSums | ArrayLike, basis: Basis) -> Estimate:
    sums = _sums(data)
    value = float(np.clip(correlation_of(sums, "imbalances", "moves")[0], -1, 1))
    return Estimate(value, sums.n, "", scale="atanh", basis=basis)


def _sums(data: LagSums | ArrayLike) -> LagSums:
    if not isinstance(data, LagSums):
        table = np.asarray(data, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] != 2:
            msg = f"the data must be imbalances and moves, of shape (n, 2), got {table.shape}."
            raise ValueError(msg)
        data = LagSums.between(table[:, 0], table[:, 1], lags=_NO_LAG)
    if data.n < _LEAST:
        msg = f"{data.n} windows; {_LEAST} are needed."
        raise InsufficientDataError(msg)
    return data
