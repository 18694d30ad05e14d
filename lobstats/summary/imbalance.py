"""Order-flow imbalance in windows of the clock, and the mid's move over the same windows."""

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.book import NO_PRICE
from lobstats.series import BAR_NS, Bars, Series
from lobstats.summary.clock_windows import whole_windows
from lobstats.summary.counts import Counts, rounded
from lobstats.summary.lags import LagSums, lag_rows

__all__ = ["IMBALANCE_LAGS", "imbalance_columns", "priced_runs", "second_imbalances"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

IMBALANCE_LAGS = np.unique(np.rint(np.geomspace(1, 300, 31)).astype(np.int64))
"""The lags of the imbalance's autocorrelation, in seconds."""

_NO_LAG = np.array([0])
_TEN = 10
_LARGEST = 1e290  # of a size, so that no sum of them overflows
_ROUNDING = 1e-12  # of all the quantity that came and went in a window


def imbalance_columns(series: Series, bars: Bars, edges: Ints) -> dict[str, list[Counts] | list[LagSums]]:
    """Return the fields of `Summary` about the imbalance, row by row; a window belongs to the row in which it ends."""
    time, moves, stretch = bars.moves()
    flow = second_imbalances(series, time)
    at = np.searchsorted(time, edges)
    first = whole_windows(time, stretch, _TEN)
    tens = first[:, None] + np.arange(_TEN)
    at_tens = np.searchsorted(time[first + _TEN - 1], edges)
    ticks = moves / 2
    return {
        "order_flow_imbalance": [Counts.of(rounded(flow[a:b]), unit="contracts") for a, b in pairwise(at)],
        "order_flow_lags": lag_rows(flow, stretch, at, lags=IMBALANCE_LAGS),
        "order_flow_moves": lag_rows(flow, stretch, at, later=ticks, lags=_NO_LAG),
        "order_flow_moves_10s": lag_rows(
            flow[tens].sum(axis=1), stretch[first], at_tens, later=ticks[tens].sum(axis=1), lags=_NO_LAG
        ),
    }


def second_imbalances(series: Series, ends: Ints) -> Floats:
    """Return the order-flow imbalance of the seconds that end at given times, each within one stretch.

    That of a happening is q_b [b >= b'] - q_b' [b <= b'] - q_a [a <= a'] + q_a' [a >= a'] with the best bid b, the best
    ask a and the sizes there after it, and the same before it with a dash: what was added to the bid or taken from the
    ask, less what was taken from the bid or added to the ask.
    """
    run = priced_runs(series)
    mid, spread = (np.where(run >= 0, value, 0) for value in (series.mid, series.spread))
    bid_size, ask_size = (np.clip(np.nan_to_num(size), 0, _LARGEST) for size in (series.bid_size, series.ask_size))
    total, gross = np.zeros((2, len(ends)))
    _sum_windows(series.time, run, mid - spread, mid + spread, bid_size, ask_size, ends, total, gross)
    return np.where(np.abs(total) <= _ROUNDING * gross, 0.0, total)


def priced_runs(series: Series) -> Ints:
    """Return a number for each happening, constant while the stretch and both sides last; -1 where a side is empty.

    Returns
    -------
    ndarray of int64, shape (h,)
    """
    priced = series.mid != NO_PRICE
    new = np.ones(len(priced), dtype=bool)
    new[1:] = (series.segment[1:] != series.segment[:-1]) | (priced[1:] != priced[:-1])
    return np.where(priced, np.cumsum(new), -1)


@njit(cache=True)
def _sum_windows(
    time: Ints,
    run: Ints,
    bid: Ints,
    ask: Ints,
    bid_size: Floats,
    ask_size: Floats,
    ends: Ints,
    total: Floats,
    gross: Floats,
) -> None:
    window = 0
    for h in range(1, len(time)):
        while window < len(ends) and ends[window] < time[h]:
            window += 1
        if window == len(ends):
            return
        if run[h] < 0 or run[h] != run[h - 1] or time[h] <= ends[window] - BAR_NS:
            continue
        # Cont, Kukanov and Stoikov (2014), equation (4).
        bid_in = bid_size[h] if bid[h] >= bid[h - 1] else 0.0
        bid_out = bid_size[h - 1] if bid[h] <= bid[h - 1] else 0.0
        ask_in = ask_size[h] if ask[h] <= ask[h - 1] else 0.0
        ask_out = ask_size[h - 1] if ask[h] >= ask[h - 1] else 0.0
        total[window] += (bid_in - bid_out) - (ask_in - ask_out)
        gross[window] += bid_in + bid_out + ask_in + ask_out
