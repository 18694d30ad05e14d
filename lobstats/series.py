"""The series of one session: arrays of observations, each with the time of its later event.

Prices are in half ticks where a mid is concerned (bid plus ask) and in ticks where a spread is; times are UTC
nanoseconds. Nothing is paired across a break, a snapshot, a crossed book or an empty side.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.book import DEPTH, NO_PRICE, Book
from lobstats.causes import actions
from lobstats.events.codec import Events, kinds, sides
from lobstats.events.grid import to_ticks
from lobstats.events.layout import ROW_NS, Kind
from lobstats.lives import Orders, orders_of_sessions
from lobstats.sessions import Sessions

__all__ = [
    "BAR_NS",
    "IMBALANCE_STEPS",
    "KINDS",
    "WEIGHTED_STEPS",
    "Bars",
    "Profiles",
    "Records",
    "Series",
    "Trades",
    "series_of_sessions",
]

BAR_NS = 1_000_000_000
"""The horizon of `returns`: one second."""

KINDS = {"add": Kind.ADD, "cancel": Kind.CANCEL, "modify": Kind.MODIFY, "trade": Kind.TRADE}
"""The kinds whose arrivals are told apart."""

WEIGHTED_STEPS = 100
"""The weighted mid goes to the nearest hundredth of a tick."""

_SIZES = ("bid_size", "ask_size", "bid_depth", "ask_depth")
_OF_HAPPENINGS = ("time", "segment", "n_records", "mid", "spread", "weighted_mid", *_SIZES)
_OF_ORDERS = ("order_time", "order_size", "order_price")
IMBALANCE_STEPS = 100
"""The imbalance at the touch goes to the nearest hundredth."""

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
    at : ndarray of int64, shape (b,)
        The happening whose mid it is, its place in the arrays of `Series`.
    """

    time: Ints
    mid: Ints
    stretch: Ints
    at: Ints

    def moves(self) -> tuple[Ints, Ints, Ints]:
        """Return the time of the later second, the change of the mid in half ticks and the stretch of each move."""
        paired = self.stretch[1:] == self.stretch[:-1]
        return self.time[1:][paired], np.diff(self.mid)[paired], self.stretch[1:][paired]


@dataclass(frozen=True)
class Trades:
    """The trades of a session: all prints of one happening and one aggressor's side are one trade.

    Attributes
    ----------
    at : ndarray of int64, shape (t,)
        The happening of each trade, its place in the arrays of `Series`.
    side : ndarray of int8, shape (t,)
        The aggressor's: 1 a buyer, -1 a seller, 0 unknown.
    size : ndarray of float64, shape (t,)
    price : ndarray of int64, shape (t,)
        Half ticks: the last print's price, to the nearest half tick, since hidden orders trade between ticks.
    """

    at: Ints
    side: NDArray[np.int8]
    size: NDArray[np.float64]
    price: Ints

    @classmethod
    def none(cls) -> "Trades":
        """Return no trades."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none.astype(np.int8), none.astype(np.float64), none)

    def between(self, a: int, b: int) -> "Trades":
        """Return the trades of the happenings ``a`` to before ``b``, numbered from ``a``."""
        own = slice(*np.searchsorted(self.at, (a, b)))
        return Trades(self.at[own] - a, self.side[own], self.size[own], self.price[own])


@dataclass(frozen=True)
class Records:
    """The records of a session in their order; none where the stream holds depth alone.

    Attributes
    ----------
    at : ndarray of int64, shape (r,)
        The happening of each record, its place in the arrays of `Series`.
    action : ndarray of int8, shape (r,)
        What each does: its place in `lobstats.causes.ACTIONS`.
    """

    at: Ints
    action: NDArray[np.int8]

    @classmethod
    def none(cls) -> "Records":
        """Return no records."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none.astype(np.int8))

    def between(self, a: int, b: int) -> "Records":
        """Return the records of the happenings ``a`` to before ``b``, numbered from ``a``."""
        own = slice(*np.searchsorted(self.at, (a, b)))
        return Records(self.at[own] - a, self.action[own])


@dataclass(frozen=True)
class Profiles:
    """The ten best levels of both sides at the last happening up to each whole second with one.

    Attributes
    ----------
    at : ndarray of int64, shape (p,)
        The happening of each profile, its place in the arrays of `Series`.
    price : ndarray of int64, shape (p, 2, 10)
        Ticks, bids first, the best first; `NO_PRICE` beyond the last level.
    size : ndarray of float64, shape (p, 2, 10)
    """

    at: Ints
    price: Ints
    size: NDArray[np.float64]

    @classmethod
    def none(cls) -> "Profiles":
        """Return no profiles."""
        shape = (0, 2, DEPTH)
        return cls(np.zeros(0, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.zeros(shape))

    @classmethod
    def among(cls, book: Book, used: Ints) -> "Profiles":
        """Return the profiles of the happenings ``used``, increasing, numbered as they are there."""
        place = np.searchsorted(used, book.profile_at)
        own = np.flatnonzero(place < len(used))
        own = own[used[place[own]] == book.profile_at[own]]
        return cls(place[own], book.profile_price[own], book.profile_size[own])

    def between(self, a: int, b: int) -> "Profiles":
        """Return the profiles of the happenings ``a`` to before ``b``, numbered from ``a``."""
        own = slice(*np.searchsorted(self.at, (a, b)))
        return Profiles(self.at[own] - a, self.price[own], self.size[own])


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
    order_price : ndarray of int64, shape (k,)
        Their prices in ticks.
    weighted_mid : ndarray of int64, shape (h,)
        The mid weighted by the sizes at the touch, (bid q_ask + ask q_bid) / (q_bid + q_ask), in hundredths of a tick;
        `NO_PRICE` where ``mid`` is.
    bid_size, ask_size : ndarray of float64, shape (h,)
        Quantity at the best prices, 0 where the side is empty.
    bid_depth, ask_depth : ndarray of float64, shape (h,)
        Quantity over the ten best levels.
    has_kind : mapping of str to ndarray of bool, shape (h,) each
        Whether each happening holds a record of each of `KINDS`.
    trades : Trades
    records : Records
    profiles : Profiles
    orders : Orders
        What happens to orders, and what becomes of them.
    has_orders : bool
        Whether the stream holds orders. Changes of depth alone give prices, but no arrivals: several orders may stand
        behind one, and many behind none.
    has_clock : bool
        Whether the times are times; a book without messages can have the numbers of its rows in their place.
    clock_offset_ns : int
        What turns UTC into the local time of the market, for patterns of the day.
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
    order_price: Ints
    weighted_mid: Ints
    bid_size: NDArray[np.float64]
    ask_size: NDArray[np.float64]
    bid_depth: NDArray[np.float64]
    ask_depth: NDArray[np.float64]
    has_kind: Mapping[str, NDArray[np.bool_]]
    trades: Trades
    records: Records
    profiles: Profiles
    orders: Orders = field(default_factory=Orders.none)
    has_orders: bool = True
    has_clock: bool = True
    clock_offset_ns: int = 0

    @classmethod
    def empty(cls) -> "Series":
        """Return a session in which nothing enters a fact."""
        none, numbers = np.empty(0, dtype=np.int64), np.empty(0)
        nowhere = {kind: np.empty(0, dtype=bool) for kind in KINDS}
        before = (0, 0, none, none, none, none, none, none, numbers, none, none)
        sizes = (numbers, numbers, numbers, numbers)
        return cls(*before, *sizes, nowhere, Trades.none(), Records.none(), Profiles.none())

    def between(self, start: int, end: int) -> "Series":
        """Return what happens from ``start`` to ``end``, both included."""
        start, end = max(start, self.start), min(end, self.end)
        a, b = np.searchsorted(self.time, start), np.searchsorted(self.time, end, side="right")
        first, last = np.searchsorted(self.order_time, start), np.searchsorted(self.order_time, end, side="right")
        happenings = {name: getattr(self, name)[a:b] for name in _OF_HAPPENINGS}
        orders = {name: getattr(self, name)[first:last] for name in _OF_ORDERS}
        kinds_of = {kind: has[a:b] for kind, has in self.has_kind.items()}
        own = {name: getattr(self, name).between(int(a), int(b)) for name in ("trades", "records", "profiles")}
        end = max(start, end)
        lives = self.orders.between(start, end)
        return replace(self, start=start, end=end, has_kind=kinds_of, orders=lives, **own, **happenings, **orders)

    def arrivals(self, kind: str | None = None) -> tuple[Ints, Ints, Ints]:
        """Return the time, the stretch and the records of each happening; none where the stream holds depth alone.

        With one of `KINDS`, only happenings that hold a record of that kind.
        """
        if not self.has_orders:
            none = np.empty(0, dtype=np.int64)
            return none, none, none
        if kind is None:
            return self.time, self.segment, self.n_records
        own = self.has_kind[kind]
        return self.time[own], self.segment[own], self.n_records[own]

    def gaps(self, kind: str | None = None) -> tuple[Ints, Ints, Ints]:
        """Return the later event's time, the gap in nanoseconds and the stretch of each gap."""
        time, segment, _ = self.arrivals(kind)
        within = segment[1:] == segment[:-1]
        return time[1:][within], np.diff(time)[within], segment[1:][within]

    def moves(self) -> tuple[Ints, Ints]:
        """Return the time and the change of the mid, in half ticks, of each happening."""
        return self._changes(np.arange(len(self.time)), self.mid)

    def weighted_moves(self) -> tuple[Ints, Ints]:
        """Return the time and the change of the weighted mid, in hundredths of a tick, of each happening."""
        return self._changes(np.arange(len(self.time)), self.weighted_mid)

    def mid_moves_by_trade(self) -> tuple[Ints, Ints]:
        """Return the time of each trade and the mid's change, in half ticks, since after the trade before it."""
        at = np.unique(self.trades.at)
        return self._changes(at, self.mid[at])

    def trade_moves(self) -> tuple[Ints, Ints]:
        """Return the time of each trade and the change of the trade price, in half ticks, since the one before it."""
        return self._changes(self.trades.at, self.trades.price)

    def _changes(self, at: Ints, value: Ints) -> tuple[Ints, Ints]:
        """Return the time of the later and the change of a price read at some happenings."""
        segment = self.segment[at]
        paired = (segment[1:] == segment[:-1]) & (value[1:] != NO_PRICE) & (value[:-1] != NO_PRICE)
        return self.time[at][1:][paired], np.diff(value)[paired]

    def held_spreads(self) -> tuple[Ints, Ints, Ints]:
        """Return the time at which each spread gave way to the next, the spread and how long it stood."""
        paired = (self.segment[1:] == self.segment[:-1]) & (self.spread[:-1] != NO_PRICE)
        return self.time[1:][paired], self.spread[:-1][paired], np.diff(self.time)[paired]

    def imbalances(self) -> Ints:
        """Return (q_bid - q_ask) / (q_bid + q_ask) at the touch in hundredths, 0 where it cannot be told."""
        with np.errstate(all="ignore"):
            value = IMBALANCE_STEPS * (self.bid_size - self.ask_size) / (self.bid_size + self.ask_size)
        value = np.where(np.isfinite(value), value, 0.0)
        return np.rint(np.clip(value, -IMBALANCE_STEPS, IMBALANCE_STEPS)).astype(np.int64)

    def bars(self) -> Bars:
        """Return the mid at each whole second."""
        priced = self.mid != NO_PRICE
        stretch = self.segment * 2 + 1
        stretch[~priced] -= 1
        edges = np.flatnonzero(np.diff(stretch, prepend=-1, append=-1))
        times, mids, numbers, places = [], [], [], []
        for number, (a, b) in enumerate(pairwise(edges)):
            if not priced[a]:
                continue
            # The next stretch begins with a break, so this one's last mid holds no further than its last event.
            grid = np.arange(-(-self.time[a] // BAR_NS), self.time[b - 1] // BAR_NS + 1) * BAR_NS
            at = a + np.searchsorted(self.time[a:b], grid, side="right") - 1
            times.append(grid)
            mids.append(self.mid[at])
            places.append(at)
            numbers.append(np.full(len(grid), number))
        if not times:
            none = np.empty(0, dtype=np.int64)
            return Bars(none, none, none, none)
        return Bars(*(np.concatenate(parts).astype(np.int64) for parts in (times, mids, numbers, places)))


def series_of_sessions(events: Events, book: Book, sessions: Sessions, *, zone: dt.tzinfo = dt.UTC) -> Iterator[Series]:
    """Yield the series of each session in turn.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book, sessions
        The replay of these events and its sessions.
    zone : tzinfo
        The market's own time; each session has the offset that holds at its start.
    """
    kind = kinds(events)
    adds = np.flatnonzero((kind == Kind.ADD) & (book.happening >= 0) & (events["qty"] > 0))
    add_happening = book.happening[adds]
    has_kind = {name: _happenings_with(kind == code, book) for name, code in KINDS.items()}
    prints = np.flatnonzero((kind == Kind.TRADE) & (book.happening >= 0) & (events["qty"] > 0))
    trades = _trades(events[prints], book.happening[prints], book.tick_size)
    action = actions(events, book)
    orders = orders_of_sessions(events, book, sessions, action)
    acted = np.flatnonzero(action >= 0)
    acted_happening = book.happening[acted]
    has_clock = not (book.depth_only and _are_numbers(np.unique(events["exch_ts"][book.happening >= 0])))
    edges = np.searchsorted(np.maximum.accumulate(sessions.session), np.arange(sessions.n_sessions + 1))
    for number in range(sessions.n_sessions):
        a, b = edges[number], edges[number + 1]
        at = a + np.flatnonzero(sessions.session[a:b] == number)
        used = at[sessions.segment[at] >= 0]
        first, last = np.searchsorted(add_happening, (at[0], at[-1] + 1))
        own = adds[first:last][sessions.segment[add_happening[first:last]] >= 0]
        first, last = np.searchsorted(trades.at, (at[0], at[-1] + 1))
        traded = first + np.flatnonzero(sessions.segment[trades.at[first:last]] >= 0)
        first, last = np.searchsorted(acted_happening, (at[0], at[-1] + 1))
        doing = acted[first:last][sessions.segment[acted_happening[first:last]] >= 0]
        rank = np.zeros(at[-1] + 1 - at[0], dtype=np.int64)
        rank[used - at[0]] = np.arange(len(used))
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
            order_price=to_ticks(events["px"][own], book.tick_size),
            weighted_mid=_weighted_mid(book, used, two_sided),
            **{name: getattr(book, name)[used] for name in _SIZES},
            has_kind={name: has[used] for name, has in has_kind.items()},
            trades=Trades(
                np.searchsorted(used, trades.at[traded]),
                trades.side[traded],
                trades.size[traded],
                trades.price[traded],
            ),
            orders=orders[number],
            records=Records(rank[book.happening[doing] - at[0]], action[doing]),
            profiles=Profiles.among(book, used),
            has_orders=not book.depth_only,
            has_clock=has_clock,
            clock_offset_ns=_offset_ns(int(book.time[at[0]]), zone),
        )


def _offset_ns(time_ns: int, zone: dt.tzinfo) -> int:
    """Return what turns UTC into local time."""
    offset = dt.datetime.fromtimestamp(time_ns // 1_000_000_000, zone).utcoffset()
    return 0 if offset is None else offset // dt.timedelta(microseconds=1) * 1000


def _happenings_with(chosen: NDArray[np.bool_], book: Book) -> NDArray[np.bool_]:
    """Tell which happenings hold a chosen record, shape (h,)."""
    found = np.zeros(len(book.time), dtype=bool)
    happening = book.happening[chosen]
    found[happening[happening >= 0]] = True
    return found


def _weighted_mid(book: Book, used: Ints, two_sided: NDArray[np.bool_]) -> Ints:
    """Return the weighted mid in hundredths of a tick."""
    bid, ask = np.where(two_sided, (book.bid[used], book.ask[used]), 0)
    # Whole sizes stay exact up to the last division, so that a tie is rounded as one.
    width, bid_size, ask_size = WEIGHTED_STEPS * (ask - bid), book.bid_size[used], book.ask_size[used]
    with np.errstate(all="ignore"):
        above = width * bid_size / (bid_size + ask_size)
    above = np.where(np.isfinite(above), above, width / 2)
    weighted = bid * WEIGHTED_STEPS + np.rint(above).astype(np.int64)
    return np.where(two_sided, weighted, NO_PRICE)


def _trades(prints: Events, happening: Ints, tick_size: float) -> Trades:
    """Sum the prints of one happening and one side; ``at`` numbers the happenings of the whole stream."""
    if not len(prints):
        return Trades.none()
    side = sides(prints)
    _, first, trade = np.unique(3 * happening + side, return_index=True, return_inverse=True)
    order = np.argsort(first)  # as they came
    last = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(last, trade, np.arange(len(prints)))
    size = np.zeros(len(first))
    with np.errstate(over="ignore"):
        np.add.at(size, trade, prints["qty"])
    size = np.minimum(size, np.finfo(np.float64).max)
    price = to_ticks(prints["px"][last], tick_size / 2)
    return Trades(happening[first][order], side[first][order], size[order], price[order])


def _are_numbers(times: Ints) -> bool:
    """Tell whether times are numbers of rows: whole steps apart, and as close throughout as no market keeps up."""
    gaps = np.diff(times)
    if len(gaps) < _LEAST_NUMBERED or (gaps % ROW_NS != 0).any():
        return False
    return float(gaps.mean()) < _MOST_STEPS * ROW_NS
