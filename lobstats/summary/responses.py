"""How the mid moves after a trade or another event, in the direction in which that pushes."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS, Series
from lobstats.summary.clock_windows import row_of
from lobstats.summary.imbalance import priced_runs

__all__ = [
    "RESPONSE_LAGS",
    "RESPONSE_SECONDS",
    "ResponseSums",
    "clock_response_rows",
    "response_rows",
    "trade_response_rows",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESPONSE_LAGS = np.unique(np.rint(np.geomspace(1, 200, 24)).astype(np.int64))
"""The lags of a response, in trades or events: each up to 6, then evenly on a logarithmic scale up to 200."""

RESPONSE_SECONDS = np.array([1, 10])
"""The lags of the response by the clock, in seconds."""

_LAST_NS = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class ResponseSums:
    """Sums of a later mid less the one before an event, times the event's sign; ``+`` merges two.

    Attributes
    ----------
    lags : ndarray of int64, shape (l,)
    pairs : ndarray of int64, shape (classes, l)
        How many pairs of an event and an instant a lag later there are.
    total : ndarray of float64, shape (classes, l)
        Sums over them, in half ticks.
    """

    lags: Ints
    pairs: Ints
    total: Floats

    @classmethod
    def of(cls, data: "ResponseSums | ArrayLike", *, classes: int = 1) -> "ResponseSums":
        """Take events as one stretch: the mid before each in ticks, its sign and, of several classes, its class."""
        if isinstance(data, ResponseSums):
            return data
        table = np.asarray(data, dtype=np.float64)
        columns = 2 if classes == 1 else 3
        if table.ndim != 2 or table.shape[1] != columns or not np.isfinite(table).all():
            msg = f"the data must be finite, of shape (n, {columns}), got shape {table.shape}."
            raise ValueError(msg)
        kind = table[:, 2].astype(np.int64) if classes > 1 else np.zeros(len(table), dtype=np.int64)
        if ((kind < 0) | (kind >= classes)).any():
            msg = f"classes must be whole numbers from 0 to {classes - 1}."
            raise ValueError(msg)
        one = np.zeros(len(table), dtype=np.int64)
        return response_rows(2 * table[:, 0], table[:, 1], kind, one, np.array([0, len(table)]), classes=classes)[0]

    def __add__(self, other: "ResponseSums") -> "ResponseSums":
        if not np.array_equal(self.lags, other.lags):
            msg = "responses over different lags do not add up."
            raise ValueError(msg)
        return ResponseSums(self.lags, self.pairs + other.pairs, self.total + other.total)


def response_rows(
    mid: Floats, sign: Floats, kind: Ints, stretch: Ints, edges: Ints, *, classes: int
) -> list[ResponseSums]:
    """Return the sums over the lags `RESPONSE_LAGS` between events in each row ``edges[i]`` to ``edges[i + 1]``.

    A pair belongs to the row of its later event and lies within one stretch, though it may begin in an earlier row.

    Parameters
    ----------
    mid, sign : ndarray of float64, shape (n,)
        The mid before each event, in half ticks, and where the event pushes it: 1 up, -1 down.
    kind : ndarray of int64, shape (n,)
        The class of each, from 0.
    stretch : ndarray of int64, shape (n,)
        Constant over each stretch without a break.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from 0 to n.
    classes : int
    """
    shape = (len(edges) - 1, classes, len(RESPONSE_LAGS))
    pairs, total = np.zeros(shape, dtype=np.int64), np.zeros(shape)
    begins = np.maximum.accumulate(np.where(np.diff(stretch, prepend=-1) != 0, np.arange(len(mid)), 0))
    _add_up(mid, sign, kind, begins, edges, RESPONSE_LAGS, pairs, total)
    return [ResponseSums(RESPONSE_LAGS, *row) for row in zip(pairs, total, strict=True)]


@njit(cache=True)
def _add_up(
    mid: Floats, sign: Floats, kind: Ints, begins: Ints, edges: Ints, lags: Ints, pairs: Ints, total: Floats
) -> None:
    for row in range(len(edges) - 1):
        for t in range(edges[row], edges[row + 1]):
            for k in range(len(lags)):
                before = t - lags[k]
                if before < begins[t]:
                    break
                pairs[row, kind[before], k] += 1
                total[row, kind[before], k] += sign[before] * (mid[t] - mid[before])


def trade_response_rows(series: Series, edges: Ints) -> list[ResponseSums]:
    """Return the response in trade time, from before a trade to before the one a lag later, in each row of time."""
    at, side, run = _trades_with_a_mid(series)
    places = np.searchsorted(series.time[at], edges)
    mid = series.mid[at - 1].astype(np.float64)
    return response_rows(mid, side, np.zeros(len(at), dtype=np.int64), run, places, classes=1)


def clock_response_rows(series: Series, edges: Ints) -> list[ResponseSums]:
    """Return the response by the clock, from before a trade to `RESPONSE_SECONDS` after it, in each row of time.

    A pair belongs to the row of its later instant, up to which the trade's stretch must last.
    """
    at, side, _ = _trades_with_a_mid(series)
    rows = len(edges) - 1
    pairs, total = (
        np.zeros((rows, 1, len(RESPONSE_SECONDS)), dtype=np.int64),
        np.zeros((rows, 1, len(RESPONSE_SECONDS))),
    )
    runs = priced_runs(series)
    last = np.flatnonzero(np.diff(runs, append=-2) != 0)  # of each run
    end = series.time[last][np.searchsorted(last, at)] if len(at) else series.time[:0]
    for k, seconds in enumerate(RESPONSE_SECONDS.tolist()):
        whole = series.time[at] <= end - seconds * BAR_NS
        when = series.time[at[whole]] + seconds * BAR_NS
        later = np.searchsorted(series.time, when, side="right") - 1
        later = np.minimum(later, last[np.searchsorted(last, at[whole])])
        change = (series.mid[later] - series.mid[at[whole] - 1]).astype(np.float64)
        row = np.minimum(row_of(when, edges), rows - 1)
        np.add.at(pairs[:, 0, k], row, 1)
        np.add.at(total[:, 0, k], row, side[whole] * change)
    return [ResponseSums(RESPONSE_SECONDS, *row) for row in zip(pairs, total, strict=True)]


def _trades_with_a_mid(series: Series) -> tuple[Ints, Floats, Ints]:
    """Return the happening, the side and the run of each trade with a side and a mid before and after it."""
    trades, runs = series.trades, priced_runs(series)
    before = runs[np.maximum(trades.at - 1, 0)]
    chosen = (trades.side != 0) & (trades.at > 0) & (before >= 0) & (before == runs[trades.at])
    return trades.at[chosen], trades.side[chosen].astype(np.float64), runs[trades.at[chosen]]
