"""The response of the mid to trades and to other events at the touch."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.responses import ResponseSums
from lobstats.summary.touch_events import TOUCH_EVENTS

__all__ = ["TouchEvent", "event_response", "response_persistence", "trade_response", "trade_response_by_time"]

TouchEvent = Literal["market", "market_moving", "limit", "limit_moving", "cancel", "cancel_moving"]

_LEAST = 30
_LONG = 100  # trades, one of the lags
_TRADES = Basis("trade time", "one trade", "pairs of trades a lag apart")
_EVENTS = Basis("event time", "one event at the touch", "pairs of an event of the class and one a lag later")
_CLOCK = Basis("clock time", "1 s and 10 s", "trades with a mid so much later")


def trade_response(trade_response: ResponseSums | ArrayLike) -> Curve:
    """Response of the mid to a trade over the lag.

    R(l) = <(m[t + l] - m[t]) s[t]> with m[t] the mid before trade t and s[t] its sign, 1 for a buyer, over pairs of
    trades within a stretch. R(1) is what a trade does by the time of the next one. Markets show a rise over tens of
    trades, and then a plateau: trades are informed, or at least believed to be.

    Parameters
    ----------
    trade_response : ResponseSums or array_like, shape (n, 2)
        For each trade with a known side, the mid before it in ticks and its sign.

    Returns
    -------
    Curve
        In ticks over lags in trades; lags with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is.

    Notes
    -----
    It holds what later trades of the same sign add, not the impact of one trade alone.

    References
    ----------
    J.-P. Bouchaud, Y. Gefen, M. Potters, M. Wyart, "Fluctuations and response in financial markets: the subtle nature
    of 'random' price changes", Quantitative Finance 4 (2004) 176, doi:10.1080/14697680400000022.

    Examples
    --------
    >>> mid = np.arange(100.0)  # each trade, by a buyer, lifts it by a tick
    >>> trade_response(np.stack([mid, np.ones(100)], axis=1)).value[:3]
    array([1., 2., 3.])
    """
    return _curve(ResponseSums.of(trade_response), 0, "trades", _TRADES)


def response_persistence(trade_response: ResponseSums | ArrayLike) -> Estimate:
    """Ratio of the lasting to the immediate response of the mid to a trade.

    R(100) / R(1) with R as in `trade_response`, in trades. 1 where a trade moves the price once and for all, less where
    the price reverts, more where trades of one sign follow each other.

    Parameters
    ----------
    trade_response : ResponseSums or array_like, shape (n, 2)
        For each trade with a known side, the mid before it in ticks and its sign.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts pairs at the longer lag.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs at the longer lag, or the immediate response is not positive.

    References
    ----------
    Own definition: a ratio of two values of `trade_response`.

    Examples
    --------
    >>> mid = np.arange(1000.0)
    >>> float(response_persistence(np.stack([mid, np.ones(1000)], axis=1)))
    100.0
    """
    curve = _curve(ResponseSums.of(trade_response), 0, "trades", _TRADES)
    if _LONG not in curve.x:
        msg = f"fewer than {_LEAST} pairs of trades at lag {_LONG}."
        raise InsufficientDataError(msg)
    at = int(np.flatnonzero(curve.x == _LONG)[0])
    if curve.value[0] <= 0:
        msg = f"the immediate response is {curve.value[0]:g} ticks; it must be positive."
        raise InsufficientDataError(msg)
    ratio = float(curve.value[at] / curve.value[0])
    return Estimate(ratio, int(curve.n[at]), "", {"lag_trades": _LONG}, basis=_TRADES)


def trade_response_by_time(clock_response: ResponseSums) -> Curve:
    """Response of the mid to a trade after one and ten seconds.

    <(m(t + T) - m(t-)) s> with m(t-) the mid before a trade at t and s its sign, over the trades whose stretch lasts up
    to t + T. As `trade_response`, by the clock.

    Parameters
    ----------
    clock_response : ResponseSums
        Over lags in seconds.

    Returns
    -------
    Curve
        In ticks over lags in seconds; lags with fewer than 30 trades are left out.

    Raises
    ------
    InsufficientDataError
        If both are.

    References
    ----------
    As for `trade_response`.

    Examples
    --------
    >>> sums = ResponseSums(np.array([1, 10]), np.array([[50, 40]]), np.array([[50.0, 120.0]]))
    >>> trade_response_by_time(sums).value
    array([0.5, 1.5])
    """
    return _curve(clock_response, 0, "s", _CLOCK)


def event_response(event_response: ResponseSums | ArrayLike, *, event: TouchEvent) -> Curve:
    """Response of the mid to an event at the touch.

    R(l) = <(m[t + l] - m[t]) s[t]> over the events t of a class, with m[t] the mid before event t, s[t] the direction
    in which it pushes, and the lag in events of all classes. Only happenings that change a best price or the quantity
    there are events. One with trades is a market order, with the sign of the aggressor; else one that adds to a side of
    the touch, at its price or a better one, is a limit order (1 on the bid), and one that takes from it a cancel (-1 on
    the bid). Each class comes in two: at unchanged best prices, and "moving", where a best price changes. Happenings
    that change both sides without a trade, trade without a known side, or fill without a trade are no events.

    Parameters
    ----------
    event_response : ResponseSums or array_like, shape (n, 3)
        For each event, the mid before it in ticks, its sign, and the place of its class in `TOUCH_EVENTS`.
    event : {"market", "market_moving", "limit", "limit_moving", "cancel", "cancel_moving"}
        The class.

    Returns
    -------
    Curve
        In ticks over lags in events; lags with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every lag is.

    Notes
    -----
    A modify counts by what it does to the touch. R(1) is what the event itself moves, which is nothing for the classes
    at unchanged prices, but for happenings without a class before the next event.

    References
    ----------
    Z. Eisler, J.-P. Bouchaud, J. Kockelkoren, "The price impact of order book events: market orders, limit orders and
    cancellations", Quantitative Finance 12 (2012) 1395, doi:10.1080/14697688.2010.528444.

    Examples
    --------
    >>> mid = np.arange(100.0)
    >>> events = np.stack([mid, np.ones(100), np.ones(100)], axis=1)
    >>> event_response(events, event="market_moving").value[:3]
    array([1., 2., 3.])
    """
    if event not in get_args(TouchEvent):
        msg = f"`event` must be one of {', '.join(TOUCH_EVENTS)}, got {event!r}."
        raise ValueError(msg)
    sums = ResponseSums.of(event_response, classes=len(TOUCH_EVENTS))
    return _curve(sums, TOUCH_EVENTS.index(event), "events", _EVENTS)


def _curve(sums: ResponseSums, kind: int, unit: str, basis: Basis) -> Curve:
    pairs = sums.pairs[kind]
    used = pairs >= _LEAST
    if not used.any():
        msg = f"no lag has {_LEAST} pairs."
        raise InsufficientDataError(msg)
    value = sums.total[kind][used] / pairs[used] / 2
    return Curve(sums.lags[used].astype(np.float64), value, pairs[used], "ticks", unit, basis=basis)
