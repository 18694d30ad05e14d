"""How orders live and die: birth, place, fills, end, and where they stand in their queue."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from lobstats.book import NO_PRICE, Book
from lobstats.causes import ACTIONS
from lobstats.events.codec import Events
from lobstats.lives_kernel import CENSORED
from lobstats.lives_replay import followed
from lobstats.sessions import Sessions

__all__ = ["NO_FILL", "OUTCOMES", "Lives", "Orders", "Spots", "orders_of_sessions"]

OUTCOMES = ("cancelled", "filled", "censored")
"""How an order's life ends; censored ones are still there when their session ends or the stream breaks."""

NO_FILL = -1
"""Stands for the time to a first fill that never came."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lives:
    """The k orders that are added in a session's continuous trading.

    A modify keeps a life going, whatever it does to price and quantity; an id that is added again after it has left is
    a new order. Orders of a snapshot, and those that a modify names first, have unknown births and are not among them.

    Attributes
    ----------
    time : ndarray of int64, shape (k,)
        Births.
    side : ndarray of int8, shape (k,)
    size : ndarray of float64, shape (k,)
    added : ndarray of float64, shape (k,)
        The first size and whatever modifies have raised it by.
    distance : ndarray of int64, shape (k,)
        Ticks from the best price of the same side before the order's happening: 0 joins it, above 0 lies behind it,
        below 0 improves it; `NO_PRICE` where that price is unknown.
    duration : ndarray of int64, shape (k,)
        Nanoseconds until it leaves, or as long as it is followed.
    outcome : ndarray of int8, shape (k,)
        Place in `OUTCOMES`. An order is filled where it leaves in a happening whose fills add up to what rested before.
    wait : ndarray of int64, shape (k,)
        Nanoseconds to the first fill, `NO_FILL` where none came.
    fill_life : ndarray of int64, shape (f,)
        The order of each fill, by its place in these arrays.
    fill_time : ndarray of int64, shape (f,)
    fill_size : ndarray of float64, shape (f,)
        No more than was left of the order.
    """

    time: Ints
    side: NDArray[np.int8]
    size: Floats
    added: Floats
    distance: Ints
    duration: Ints
    outcome: NDArray[np.int8]
    wait: Ints
    fill_life: Ints
    fill_time: Ints
    fill_size: Floats

    def filled(self) -> Floats:
        """Return the quantity filled of each order, shape (k,)."""
        total = np.zeros(len(self.time))
        np.add.at(total, self.fill_life, self.fill_size)
        return total

    def between(self, start: int, end: int) -> "Lives":
        """Return the orders born from ``start`` to ``end``, followed to ``end``."""
        a, b = np.searchsorted(self.time, start), np.searchsorted(self.time, end, side="right")
        own = {field.name: getattr(self, field.name)[a:b] for field in fields(self) if field.name[:5] != "fill_"}
        left = end - own["time"]
        outlives, unfilled = own["duration"] > left, own["wait"] > left
        own["duration"] = np.where(outlives, left, own["duration"])
        own["outcome"] = np.where(outlives, CENSORED, own["outcome"]).astype(np.int8)
        own["wait"] = np.where(unfilled, NO_FILL, own["wait"])
        kept = (self.fill_life >= a) & (self.fill_life < b) & (self.fill_time <= end)
        return Lives(
            **own, fill_life=self.fill_life[kept] - a, fill_time=self.fill_time[kept], fill_size=self.fill_size[kept]
        )


@dataclass(frozen=True)
class Spots:
    """Where q orders stood in the queue of their level as something happened to them.

    Attributes
    ----------
    time : ndarray of int64, shape (q,)
    position : ndarray of float64, shape (q,)
        Quantity ahead over the level's: 0 at the front, just below 1 at the back of a long queue.
    ahead : ndarray of int64, shape (q,)
        Orders ahead.
    """

    time: Ints
    position: Floats
    ahead: Ints

    def between(self, start: int, end: int) -> "Spots":
        """Return those from ``start`` to ``end``."""
        own = slice(np.searchsorted(self.time, start), np.searchsorted(self.time, end, side="right"))
        return Spots(self.time[own], self.position[own], self.ahead[own])


@dataclass(frozen=True)
class Orders:
    """What happens to orders in a session.

    Attributes
    ----------
    action_time : ndarray of int64, shape (r,)
        Time of each live record.
    action : ndarray of int8, shape (r,)
        Its place in `ACTIONS`.
    lives : Lives
    cancel_time : ndarray of int64, shape (c,)
        Cancels by an order's owner.
    cancel_size : ndarray of float64, shape (c,)
        What was left of the order.
    cancel_distance : ndarray of int64, shape (c,)
        Distance of its price as in `Lives`.
    at_fill, at_cancel : Spots
        Where orders stand as they are filled, or cancelled by their owner.
    """

    action_time: Ints
    action: NDArray[np.int8]
    lives: Lives
    cancel_time: Ints
    cancel_size: Floats
    cancel_distance: Ints
    at_fill: Spots
    at_cancel: Spots

    @classmethod
    def none(cls) -> "Orders":
        """Return no orders."""
        whole, code, number = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8), np.empty(0)
        lives = Lives(whole, code, number, number, whole, whole, code, whole, whole, whole, number)
        spots = Spots(whole, number, whole)
        return cls(whole, code, lives, whole, number, whole, spots, spots)

    def between(self, start: int, end: int) -> "Orders":
        """Return what happens from ``start`` to ``end``, both included."""
        a, b = np.searchsorted(self.action_time, start), np.searchsorted(self.action_time, end, side="right")
        first, last = np.searchsorted(self.cancel_time, start), np.searchsorted(self.cancel_time, end, side="right")
        return Orders(
            self.action_time[a:b],
            self.action[a:b],
            self.lives.between(start, end),
            self.cancel_time[first:last],
            self.cancel_size[first:last],
            self.cancel_distance[first:last],
            self.at_fill.between(start, end),
            self.at_cancel.between(start, end),
        )


def orders_of_sessions(events: Events, book: Book, sessions: Sessions, action: NDArray[np.int8]) -> list[Orders]:
    """Return what happens to orders in each session; nothing where the stream holds depth alone.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book, sessions
        The replay of these events and its sessions.
    action : ndarray of int8, shape (n,)
        What each record does, as `lobstats.causes.actions` tells.

    Notes
    -----
    An order's priority is its place in the stream: a modify that changes the price or raises the quantity sends it to
    the back, as does one that shows more than the fills of its happening have left (an iceberg), and the orders of a
    snapshot are taken to stand in the order of its records. Orders that a stream has not named yet cannot be seen, so
    where it starts without a snapshot queues look shorter than they are. A fill of the aggressor's own order, which is
    on the side of the trade before it, says nothing of a queue and is left out of `Orders.at_fill`.
    """
    if book.depth_only or not len(book.time):
        return [Orders.none()] * sessions.n_sessions
    usable = sessions.segment >= 0
    live = np.flatnonzero(action >= 0)
    live = live[usable[book.happening[live]]]
    found = followed(events, book, action, usable, _epochs(book, sessions)[0])
    lives, fills, cancels, asked = found.lives, found.fills, found.cancels, found.asked
    whole, fill_session = _lives(book, sessions, lives, fills)
    cancels = cancels[usable[book.happening[cancels["row"]]]]
    cancel_time, cancel_size = _time(book, cancels["row"]), np.ascontiguousarray(cancels["size"])
    cancel_distance = _distance(book, sessions, cancels["row"], cancels["side"], cancels["tick"])
    stands = found.ahead >= 0
    is_fill = action[asked] == ACTIONS.index("fill")
    at_fill, at_cancel = (
        Spots(_time(book, asked[at]), found.position[at], found.ahead[at])
        for at in (stands & is_fill, stands & ~is_fill)
    )
    number = np.arange(sessions.n_sessions + 1)
    rows = live, lives["row"], cancels["row"], asked[stands & is_fill], asked[stands & ~is_fill]
    edges = [np.searchsorted(sessions.session[book.happening[row]], number) for row in rows]
    edges.append(np.searchsorted(fill_session, number))
    sessions_orders = []
    for i in range(sessions.n_sessions):
        acted, born, gone, filled, left, fill = (slice(edge[i], edge[i + 1]) for edge in edges)
        sessions_orders.append(
            Orders(
                _time(book, live[acted]),
                action[live[acted]],
                _part(whole, born, fill),
                cancel_time[gone],
                cancel_size[gone],
                cancel_distance[gone],
                _spots(at_fill, filled),
                _spots(at_cancel, left),
            )
        )
    return sessions_orders


def _lives(book: Book, sessions: Sessions, lives: NDArray[np.void], fills: NDArray[np.void]) -> tuple[Lives, Ints]:
    """Return all lives of a stream, and the session of each fill."""
    birth = _time(book, lives["row"])
    epoch, ends = _epochs(book, sessions)
    end = ends[epoch[book.happening[lives["row"]]]]
    leaves = lives["left"] >= 0
    end[leaves] = _time(book, lives["left"][leaves])
    wait = np.full(len(lives), NO_FILL, dtype=np.int64)
    filled = lives["filled_at"] >= 0
    # Where time steps back an order cannot have lived for less than nothing.
    wait[filled] = np.maximum(_time(book, lives["filled_at"][filled]) - birth[filled], 0)
    whole = Lives(
        time=birth,
        side=np.ascontiguousarray(lives["side"]),
        size=np.ascontiguousarray(lives["size"]),
        added=np.ascontiguousarray(lives["added"]),
        distance=_distance(book, sessions, lives["row"], lives["side"], lives["tick"]),
        duration=np.maximum(end - birth, 0),
        outcome=np.ascontiguousarray(lives["outcome"]),
        wait=wait,
        fill_life=np.ascontiguousarray(fills["life"]),
        fill_time=_time(book, fills["row"]),
        fill_size=np.ascontiguousarray(fills["size"]),
    )
    return whole, sessions.session[book.happening[fills["row"]]]


def _part(lives: Lives, born: slice, fill: slice) -> Lives:
    """Return the lives of a session, which hold all of its fills."""
    columns = {field.name: getattr(lives, field.name) for field in fields(lives)}
    own = {name: column[fill if name.startswith("fill_") else born] for name, column in columns.items()}
    return replace(Lives(**own), fill_life=own["fill_life"] - born.start)


def _spots(spots: Spots, at: slice) -> Spots:
    return Spots(spots.time[at], spots.position[at], spots.ahead[at])


def _time(book: Book, rows: Ints) -> Ints:
    return np.asarray(book.time[book.happening[rows]])


def _epochs(book: Book, sessions: Sessions) -> tuple[Ints, Ints]:
    """Return the stretch of each happening in which orders are followed, and the latest time of each."""
    begins = book.after_break | (np.diff(sessions.session, prepend=sessions.session[:1] - 1) != 0)
    begins[0] = True
    return np.cumsum(begins) - 1, np.maximum.reduceat(book.time, np.flatnonzero(begins))


def _distance(book: Book, sessions: Sessions, rows: Ints, side: NDArray[np.int8], tick: Ints) -> Ints:
    """Return how far behind the best price of its side before the record's happening a price lies, in ticks."""
    happening = book.happening[rows]
    before = np.maximum(happening - 1, 0)
    best = np.where(side > 0, book.bid[before], book.ask[before])
    known = (happening > 0) & (sessions.segment[before] == sessions.segment[happening]) & (best != NO_PRICE)
    return np.where(known, side * (np.where(known, best, 0) - tick), NO_PRICE)
