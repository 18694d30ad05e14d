"""What happens to the touch: market orders, limit orders and cancels, with the response of the mid to each."""

import numpy as np
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
    at = np.flatnonzero((run[1:] == run[:-1]) & (run[1:] >= 0)) + 1
    bid, ask = series.mid - series.spread, series.mid + series.spread
    bid_step, ask_step = np.sign(bid[at] - bid[at - 1]), np.sign(ask[at - 1] - ask[at])
    gain = [
        np.where(step != 0, step, np.sign(size[at].astype(np.float64) - size[at - 1]))
        for step, size in ((bid_step, series.bid_size), (ask_step, series.ask_size))
    ]
    changed = (gain[0] != 0) | (gain[1] != 0)
    at, bid_gain, ask_gain = at[changed], gain[0][changed], gain[1][changed]
    moving = (bid_step[changed] != 0) | (ask_step[changed] != 0)
    executed, aggressor = _executions(series)
    quiet = ~executed[at]
    limit = quiet & ((bid_gain > 0) & (ask_gain == 0) | (ask_gain > 0) & (bid_gain == 0))
    cancel = quiet & ((bid_gain < 0) & (ask_gain == 0) | (ask_gain < 0) & (bid_gain == 0))
    kind = np.where(limit, _LIMIT, np.where(cancel, _CANCEL, _MARKET)) + moving
    sign = np.where(quiet, bid_gain - ask_gain, aggressor[at])
    classed = limit | cancel | (~quiet & (sign != 0))
    return at[classed], kind[classed].astype(np.int64), sign[classed].astype(np.float64)


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
