"""The series of one session: arrays of observations, each with the time of its later event.

Prices are in half ticks where a mid is concerned (bid plus ask) and in ticks where a spread is; times are UTC
nanoseconds. Nothing is paired across a break, a snapshot, a crossed book or an empty side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.book import NO_PRICE, Book
from lobstats.events.codec import Events, kinds
from lobstats.events.layout import ROW_NS, Kind
from lobstats.sessions import Sessions

__all__ = ["BAR_NS", "Bars", "Series", "series_of_sessions"]

BAR_NS = 1_000_000_000
"""The horizon of `returns`: one second."""

_LEAST_NUMBERED, _MOST_STEPS = 100, 10

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bars:
    """The mid at whole seconds: the last one at or before each, inside stretches without a break.

    Attributes
    ----------
    time : ndarray of int64, shape (b,)
    mid : ndarray of int64, shape (b,)
        Half ticks.
    stretch : ndarray of int64, shape (b,)
        Returns are taken between neighbours of one stretch only.
    """

    time: Ints
    mid: Ints
    stretch: Ints


@dataclass(frozen=True)
class Series:
    """The observations of one session with h happenings that enter facts.

    Attributes
    ----------
    start, end : int
        Times of the session's first and last happening.
    time, segment, n_records : ndarray of int64, shape (h,)
        Time, stretch without a break, and records of each happening.
    mid : ndarray of int64, shape (h,)
        Bid plus ask in ticks, which is the mid in half ticks; `NO_PRICE` while a side is empty.
    spread : ndarray of int64, shape (h,)
        Ask minus bid in ticks; `NO_PRICE` while a side is empty.
    order_time : ndarray of int64, shape (k,)
    order_size : ndarray of float64, shape (k,)
        Time and quantity of each new order.
    has_orders : bool
        Whether the stream holds orders. Changes of depth alone give prices, but no arrivals: several orders may stand
        behind one, and many behind none.
    has_clock : bool
        Whether the times are times; a book without messages can have the numbers of its rows in their place.
    """

    start: int
    end: int
    time: Ints
    segment: Ints
    n_records: Ints
    mid: Ints
    spread: Ints
    order_time: Ints
    order_size: NDArray[np.float64]
    has_orders: bool = True
    has_clock: bool = True

    def arrivals(self) -> tuple[Ints, Ints, Ints]:
        """Return the time, the stretch and the records of each happening; none where the stream holds depth alone."""
        if self.has_orders:
            return self.time, self.segment, self.n_records
        none = np.empty(0, dtype=np.int64)
        return none, none, none

    def gaps(self) -> tuple[Ints, Ints, Ints]:
        """Return the later event's time, the gap in nanoseconds and the stretch of each gap."""
        time, segment, _ = self.arrivals()
        within = segment[1:] == segment[:-1]
        return time[1:][within], np.diff(time)[within], segment[1:][within]

    def moves(self) -> tuple[Ints, Ints]:
        """Return the time and the change of the mid, in half ticks, of each happening."""
        paired = (self.segment[1:] == self.segment[:-1]) & (self.mid[1:] != NO_PRICE) & (self.mid[:-1] != NO_PRICE)
        return self.time[1:][paired], np.diff(self.mid)[paired]

    def held_spreads(self) -> tuple[Ints, Ints, Ints]:
        """Return the time at which each spread gave way to the next, the spread and how long it stood."""
        paired = (self.segment[1:] == self.segment[:-1]) & (self.spread[:-1] != NO_PRICE)
        return self.time[1:][paired], self.spread[:-1][paired], np.diff(self.time)[paired]

    def bars(self) -> Bars:
        """Return the mid at each whole second."""
        priced = self.mid != NO_PRICE
        stretch = self.segment * 2 + 1
        stretch[~priced] -= 1
        edges = np.flatnonzero(np.diff(stretch, prepend=-1, append=-1))
        times, mids, numbers = [], [], []
        for number, (a, b) in enumerate(pairwise(edges)):
            if not priced[a]:
                continue
            # The next stretch begins with a break, so this one's last mid holds no further than its last event.
            grid = np.arange(-(-self.time[a] // BAR_NS), self.time[b - 1] // BAR_NS + 1) * BAR_NS
            at = a + np.searchsorted(self.time[a:b], grid, side="right") - 1
            times.append(grid)
            mids.append(self.mid[at])
            numbers.append(np.full(len(grid), number))
        if not times:
            none = np.empty(0, dtype=np.int64)
            return Bars(none, none, none)
        return Bars(*(np.concatenate(parts).astype(np.int64) for parts in (times, mids, numbers)))


def series_of_sessions(events: Events, book: Book, sessions: Sessions) -> Iterator[Series]:
    """Yield the series of each session in turn.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book, sessions
        The replay of these events and its sessions.
    """
    adds = np.flatnonzero((kinds(events) == Kind.ADD) & (book.happening >= 0) & (events["qty"] > 0))
    add_happening = book.happening[adds]
    has_clock = not (book.depth_only and _are_numbers(np.unique(events["exch_ts"][book.happening >= 0])))
    edges = np.searchsorted(np.maximum.accumulate(sessions.session), np.arange(sessions.n_sessions + 1))
    for number in range(sessions.n_sessions):
        a, b = edges[number], edges[number + 1]
        at = a + np.flatnonzero(sessions.session[a:b] == number)
        used = at[sessions.segment[at] >= 0]
        first, last = np.searchsorted(add_happening, (at[0], at[-1] + 1))
        own = adds[first:last][sessions.segment[add_happening[first:last]] >= 0]
        two_sided = book.two_sided[used]
        mid = np.where(two_sided, book.bid[used] + book.ask[used], NO_PRICE)
        spread = np.where(two_sided, book.ask[used] - book.bid[used], NO_PRICE)
        yield Series(
            start=int(book.time[at[0]]),
            end=int(book.time[at].max()),
            time=book.time[used],
            segment=sessions.segment[used],
            n_records=book.n_records[used],
            mid=mid,
            spread=spread,
            order_time=book.time[book.happening[own]],
            order_size=np.ascontiguousarray(events["qty"][own]),
            has_orders=not book.depth_only,
            has_clock=has_clock,
        )


def _are_numbers(times: Ints) -> bool:
    """Tell whether times are numbers of rows: whole steps apart, and as close throughout as no market keeps up."""
    gaps = np.diff(times)
    if len(gaps) < _LEAST_NUMBERED or (gaps % ROW_NS != 0).any():
        return False
    return float(gaps.mean()) < _MOST_STEPS * ROW_NS
