"""`Resilience`: how the spread goes on after trades that widened it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.book import NO_PRICE
from lobstats.series import Series

__all__ = ["RESILIENCE_NS", "Resilience", "resilience_rows"]

Ints = NDArray[np.int64]

RESILIENCE_NS = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]) * 1_000_000
"""The lags at which the spread is read again, in nanoseconds: 1 ms to 10 s."""

_WIDEST = 1 << 30  # ticks; sums of wider ones would not stay exact


@dataclass(frozen=True)
class Resilience:
    """Sums over trades that widened the spread; ``+`` merges two.

    Attributes
    ----------
    pairs : ndarray of int64, shape (l,)
        Trades after which the stretch lasts for each of `RESILIENCE_NS`, with two sides there.
    widening : ndarray of int64, shape (l,)
        Over these, ticks by which the happening of the trade widened the spread.
    excess : ndarray of int64, shape (l,)
        Ticks by which the spread after the lag exceeds the one before the trade.
    """

    pairs: Ints
    widening: Ints
    excess: Ints

    def __add__(self, other: "Resilience") -> "Resilience":
        return Resilience(self.pairs + other.pairs, self.widening + other.widening, self.excess + other.excess)


def resilience_rows(series: Series, edges: Ints) -> list[Resilience]:
    """Return the sums of each row of time; a trade belongs, at each lag, to the row in which the lag ends."""
    time, segment, spread = series.time, series.segment, np.minimum(series.spread, _WIDEST)
    at = np.unique(series.trades.at)
    at = at[at > 0]
    at = at[(segment[at] == segment[at - 1]) & (spread[at] != NO_PRICE) & (spread[at - 1] != NO_PRICE)]
    at = at[spread[at] > spread[at - 1]]
    sums = np.zeros((3, len(edges) - 1, len(RESILIENCE_NS)), dtype=np.int64)
    last = np.flatnonzero(np.diff(segment, append=segment[-1:] + 1))
    ends = time[last[np.searchsorted(last, at)]] if len(at) else at
    for lag, lag_ns in enumerate(RESILIENCE_NS.tolist()):
        own = at[ends - time[at] >= lag_ns]
        later = time[own] + lag_ns
        # Times of one stretch do not fall, and the next stretch may begin at the time at which this one ends.
        place = np.minimum(np.searchsorted(time, later, side="right") - 1, last[np.searchsorted(last, own)])
        priced = spread[place] != NO_PRICE
        own, later, place = own[priced], later[priced], place[priced]
        widening, excess = spread[own] - spread[own - 1], spread[place] - spread[own - 1]
        for row, (a, b) in enumerate(pairwise(np.searchsorted(later, edges))):
            sums[:, row, lag] = b - a, widening[a:b].sum(), excess[a:b].sum()
    return [Resilience(*sums[:, row]) for row in range(len(edges) - 1)]
