"""What happens to the touch: market orders, limit orders and cancels, with the response of the mid to each."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.causes import ACTIONS
from lobstats.series import Series
from lobstats.summary.imbalance import priced_runs
from lobstats.summary.responses import ResponseSums, response_rows

__all__ = ["TOUCH_EVENTS", "event_response_rows", "touch_events"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOUCH_EVENTS = ("market", "market_moving", "limit", "limit_moving", "cancel", "cancel_moving")
"""The classes of events at the touch: each at unchanged best prices, and moving one of them."""

_MARKET, _LIMIT, _CANCEL = 0, 2, 4
_FILL = ACTIONS.index("fill")


def touch_events(series: Series) -> tuple[Ints, Ints, Floats]:
    """Return the happenings that change the touch, the class of each and its sign, which is 1 if it pushes the mid up.

    A happening with trades is a market order, with the sign of the aggressor, of the larger side by volume where there
    are both. Without trades and fills, a side of the touch that gained, a better price or more quantity at the same, is
    a limit order, 1 on the bid; one that lost, a worse price or less quantity, is a cancel, -1 on the bid. So a modify
    counts by what it does to the touch. What changes both sides without a trade, what trades without a known side and
    what is filled without a trade has no class and is left out, as is what leaves the touch as it was.

    Returns
    -------
    at : ndarray of int64, shape (e,)
    kind : ndarray of int64, shape (e,)
        Places in `TOUCH_EVENTS`.
    sign : ndarray of float64, shape (e,)
    """
    run = priced_runs(series)
    mid, spread = (np.where(run >= 0, value, 0) for value in (series.mid, series.spread))
    executed, aggressor = _executions(series)
    kind, sign = np.full(len(run), -1, dtype=np.int64), np.zeros(len(run))
    sizes = series.bid_size, series.ask_size
    _classify(run, mid - spread, mid + spread, sizes[0], sizes[1], executed, aggressor, kind, sign)
    at = np.flatnonzero(kind >= 0)
    return at, kind[at], sign[at]


@njit(cache=True)
def _classify(
    run: Ints,
    bid: Ints,
    ask: Ints,
    bid_size: Floats,
    ask_size: Floats,
    executed: NDArray[np.bool_],
    aggressor: Floats,
    kind: Ints,
    sign: Floats,
) -> None:
    for h in range(1, len(run)):
        if run[h] < 0 or run[h] != run[h - 1]:
            continue
        moving = bid[h] != bid[h - 1] or ask[h] != ask[h - 1]
        if not moving and bid_size[h] == bid_size[h - 1] and ask_size[h] == ask_size[h - 1]:
            continue
        if executed[h]:
            sign[h] = aggressor[h]
            found = _MARKET if sign[h] != 0 else -1
        else:
            bid_gain = _sign(bid[h], bid[h - 1]) or _sign(bid_size[h], bid_size[h - 1])
            ask_gain = _sign(ask[h - 1], ask[h]) or _sign(ask_size[h], ask_size[h - 1])
            sign[h] = bid_gain - ask_gain
            found = _LIMIT if bid_gain + ask_gain > 0 else _CANCEL
            if bid_gain != 0 and ask_gain != 0:
                found = -1
        if found >= 0:
            kind[h] = found + moving


@njit(cache=True)
def _sign(after: float, before: float) -> int:
    if after > before:
        return 1
    return -1 if after < before else 0


def _executions(series: Series) -> tuple[NDArray[np.bool_], Floats]:
    """Return whether each happening holds a trade or a fill, and the side that bought or sold more, 0 if none did."""
    trades, n = series.trades, len(series.time)
    executed = np.zeros(n, dtype=bool)
    executed[trades.at] = True
    executed[series.records.at[series.records.action == _FILL]] = True
    bought, sold = np.zeros((2, n))
    for side, volume in ((1, bought), (-1, sold)):
        own = trades.side == side
        volume[trades.at[own]] = trades.size[own]  # one trade a happening and side
    return executed, np.sign(np.where(bought == sold, 0.0, np.where(bought > sold, 1.0, -1.0)))


def event_response_rows(series: Series, edges: Ints) -> list[ResponseSums]:
    """Return the response to each class of `TOUCH_EVENTS` over lags in such events, in each row of time."""
    at, kind, sign = touch_events(series)
    run, places = priced_runs(series)[at], np.searchsorted(series.time[at], edges)
    mid = series.mid[at - 1].astype(np.float64)
    return response_rows(mid, sign, kind, run, places, classes=len(TOUCH_EVENTS))
