"""Sessions of continuous trading, and cuts by time."""

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.book import Book, replay
from lobstats.errors import did_you_mean
from lobstats.events.codec import Events, assemble, kinds, sides
from lobstats.events.layout import Kind, Side

__all__ = [
    "LONGEST_SESSION_NS",
    "NOT_CONTINUOUS",
    "SESSION_GAP_NS",
    "LeftOut",
    "Sessions",
    "cut",
    "find_sessions",
]

SESSION_GAP_NS = 30 * 60 * 1_000_000_000
"""A pause longer than this ends a session, unless told otherwise: 30 minutes."""

NOT_CONTINUOUS = ("outside_hours", "before_first_trade", "crossed", "late")
"""Why a record is left out: the calendar has the market closed, the session's first trade is still to come, the book
is crossed, or its time lies behind an earlier one. All but the last can be kept."""

_OUTSIDE, _BEFORE_TRADE, _CROSSED, _LATE = range(len(NOT_CONTINUOUS))

LONGEST_SESSION_NS = 24 * 3600 * 1_000_000_000
"""A market that never closes is cut daily, so that no session's length depends on a value in the data."""


@dataclass(frozen=True)
class LeftOut:
    """A stretch of happenings that enter no fact, or a pause between sessions (``break``, without records)."""

    reason: str
    start: int
    end: int
    n_records: int


@dataclass(frozen=True)
class Sessions:
    """Which of a book's h happenings belong to continuous trading.

    Attributes
    ----------
    session : ndarray of int64, shape (h,)
        Number of the session from 0, -1 outside continuous trading.
    segment : ndarray of int64, shape (h,)
        Number of the stretch without a break, snapshot or crossed book, -1 where nothing enters a fact.
    n_sessions : int
    not_continuous : dict
        Records left out, by reason.
    left_out : tuple of LeftOut
        Where they are, in order, with the pauses that ended a session.
    """

    session: NDArray[np.int64]
    segment: NDArray[np.int64]
    n_sessions: int
    not_continuous: dict[str, int]
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)


def find_sessions(
    events: Events,
    book: Book,
    *,
    session_gap_ns: int = SESSION_GAP_NS,
    session_length_ns: int | None = None,
    hours: NDArray[np.int64] | None = None,
    keep: Collection[str] = (),
) -> Sessions:
    """Find the sessions of continuous trading.

    A session begins with the first trade after the start, after a pause longer than ``session_gap_ns``, after a clear
    that empties the book, after a step back in time by more than ``session_gap_ns``, where the calendar opens, or
    after 24 hours, and ends with the next of these. After a smaller step back, nothing enters a fact until time has
    caught up. A stream of depth alone, without any trade, begins with its first two-sided book.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book : Book
        The replay of the same events.
    session_gap_ns : int
        Nanoseconds, at least 1.
    session_length_ns : int, optional
        Cut each session into parts of this length, counted from its beginning.
    hours : ndarray of int64, shape (k, 2), optional
        When the market is open, as `lobstats.calendars.trading_hours` returns it.
    keep : collection of str
        Reasons of `NOT_CONTINUOUS` for which nothing shall be left out.

    Raises
    ------
    ValueError
        If a length is below 1 or a reason cannot be kept.

    Examples
    --------
    >>> from lobstats.events.formats import read
    >>> events = read("fixtures/reference.bin")
    >>> find_sessions(events, replay(events, tick_size=0.25)).n_sessions
    10
    """
    for name, length in (("session_gap_ns", session_gap_ns), ("session_length_ns", session_length_ns)):
        if length is not None and length < 1:
            msg = f"`{name}` must be at least 1, got {length}."
            raise ValueError(msg)
    keep = [keep] if isinstance(keep, str) else keep
    wrong = [reason for reason in keep if reason not in NOT_CONTINUOUS[:_LATE]]
    if wrong:
        kept = NOT_CONTINUOUS[:_LATE]
        hint = did_you_mean(wrong[0], kept, "nothing else can be kept.")
        msg = f"`keep` takes {', '.join(kept)}; got {wrong[0]!r}; {hint}"
        raise ValueError(msg)
    if len(book.time) == 0:
        empty = np.empty(0, dtype=np.int64)
        return Sessions(empty, empty, 0, dict.fromkeys(NOT_CONTINUOUS, 0))
    place = _place(book.time, hours)
    closed = (place < 0) & ("outside_hours" not in keep)
    boundary, latest = _boundaries(book, place, session_gap_ns)
    stretch = np.cumsum(boundary) - 1
    opened = np.ones(len(closed), dtype=bool) if "before_first_trade" in keep else _trading(events, book)
    began = _begun(stretch, opened & ~closed) & ~closed
    session, n_sessions = _numbered(stretch, began, book.time, session_length_ns)

    reason = np.full(len(session), -1, dtype=np.int8)
    reason[book.time < latest] = _LATE
    if "crossed" not in keep:
        reason[book.crossed] = _CROSSED
    reason[~began] = _BEFORE_TRADE
    reason[closed] = _OUTSIDE
    usable = reason < 0
    begins = usable.copy()
    begins[1:] &= ~usable[:-1] | (session[1:] != session[:-1]) | book.after_break[1:]
    segment = np.where(usable, np.cumsum(begins) - 1, -1)
    left_out = {name: int(book.n_records[reason == code].sum()) for code, name in enumerate(NOT_CONTINUOUS)}
    return Sessions(session, segment, n_sessions, left_out, _stretches(book, reason, session_gap_ns))


def _place(time: NDArray[np.int64], hours: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Return the number of the trading hours that each time lies in, -1 where in none; 0 everywhere without hours."""
    if hours is None:
        return np.zeros(len(time), dtype=np.int64)
    if not len(hours):
        return np.full(len(time), -1, dtype=np.int64)
    number = np.searchsorted(hours[:, 0], time, side="right") - 1
    return np.where((number >= 0) & (time < hours[number, 1]), number, -1)


def _boundaries(
    book: Book, place: NDArray[np.int64], session_gap_ns: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return where a session ends, whatever comes next, and the latest time so far since then."""
    boundary = book.after_empty.copy()
    boundary[0] = True
    boundary[1:] |= (np.abs(np.diff(book.time)) > session_gap_ns) | (place[1:] != place[:-1])
    stretch = np.cumsum(boundary) - 1
    latest = _latest(book.time, stretch)
    day = (latest - book.time[np.flatnonzero(boundary)][stretch]) // LONGEST_SESSION_NS
    boundary[1:] |= day[1:] != day[:-1]
    return boundary, latest


def _trading(events: Events, book: Book) -> NDArray[np.bool_]:
    """Return the happenings that show continuous trading: those with a trade, or with both sides in depth alone."""
    traded = np.zeros(len(book.time), dtype=bool)
    trades = book.happening[kinds(events) == Kind.TRADE]
    traded[trades[trades >= 0]] = True
    return book.two_sided if book.depth_only and not traded.any() else traded


def _begun(stretch: NDArray[np.int64], opening: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell from where on each stretch has had an opening."""
    first = np.full(int(stretch[-1]) + 1, len(stretch), dtype=np.int64)
    at = np.flatnonzero(opening)
    stretches, place = np.unique(stretch[at], return_index=True)
    first[stretches] = at[place]
    return np.asarray(np.arange(len(stretch)) >= first[stretch])


def _numbered(
    stretch: NDArray[np.int64], began: NDArray[np.bool_], time: NDArray[np.int64], length_ns: int | None
) -> tuple[NDArray[np.int64], int]:
    """Return each happening's session from 0, -1 outside, and how many there are; each part of a cut one counts."""
    within = np.flatnonzero(began)
    change = np.diff(stretch[within], prepend=-1) != 0
    if length_ns is not None and len(within):
        opening = time[within[np.flatnonzero(change)]][np.cumsum(change) - 1]
        parts = LONGEST_SESSION_NS // length_ns + 2  # more than a session can have
        # A time that steps back stays in the part that has been reached.
        part = np.maximum.accumulate((time[within] - opening) // length_ns + (np.cumsum(change) - 1) * parts)
        change[1:] |= part[1:] != part[:-1]
    session = np.full(len(stretch), -1, dtype=np.int64)
    session[within] = np.cumsum(change) - 1
    return session, int(change.sum())


def _stretches(book: Book, reason: NDArray[np.int8], session_gap_ns: int) -> tuple[LeftOut, ...]:
    """List the runs of happenings left out for one reason, and the pauses longer than a session's."""
    edges = np.flatnonzero(np.diff(reason, prepend=-2, append=-2))
    records = np.concatenate([[0], np.cumsum(book.n_records)])
    found = [
        LeftOut(NOT_CONTINUOUS[reason[a]], int(book.time[a]), int(book.time[b - 1]), int(records[b] - records[a]))
        for a, b in pairwise(edges)
        if reason[a] >= 0
    ]
    pauses = np.flatnonzero(np.diff(book.time) > session_gap_ns)
    found += [LeftOut("break", int(book.time[i]), int(book.time[i + 1]), 0) for i in pauses]
    return tuple(sorted(found, key=lambda stretch: stretch.start))


def _latest(time: NDArray[np.int64], stretch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the latest time so far in each happening's stretch."""
    if (np.diff(time) >= 0).all():
        return time
    latest = time.copy()
    for first, last in pairwise(np.flatnonzero(np.diff(stretch, prepend=-1, append=-1))):
        np.maximum.accumulate(time[first:last], out=latest[first:last])
    return latest


def cut(events: Events, *, start_ns: int | None = None, end_ns: int | None = None) -> Events:
    """Keep the events from ``start_ns`` to before ``end_ns``, with the book as it was at the start.

    What was alive at the cut stands in front as a snapshot: a clear, then adds (and depth where the stream holds
    depth), stamped one nanosecond before the first event kept.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    start_ns, end_ns : int, optional
        UTC nanoseconds; None leaves that end open.

    Returns
    -------
    ndarray of dtype PACKED

    Examples
    --------
    >>> quotes = assemble(kind=Kind.ADD, side=1, order_id=[1, 2], exch_ts=[10, 20], px=[99.5, 100.0], qty=1)
    >>> cut(quotes, start_ns=15)["exch_ts"]
    array([19, 19, 20])
    """
    time = events["exch_ts"]
    if start_ns is not None and end_ns is not None and start_ns >= end_ns:
        msg = f"`start_ns` must lie before `end_ns`, got {start_ns} and {end_ns}."
        raise ValueError(msg)
    if start_ns is None and end_ns is None:
        return events
    past = np.zeros(len(events), dtype=bool) if start_ns is None else time < start_ns
    kept = events[~past if end_ns is None else ~past & (time < end_ns)]
    if not past.any() or not len(kept):
        return kept
    return np.concatenate([_snapshot(events[past], int(kept["exch_ts"][0]) - 1), kept])


def _snapshot(past: Events, time_ns: int) -> Events:
    # Only which records are alive matters here; numbering the prices keeps every two levels apart without a tick size,
    # and rounding them makes one of 0.3 and 0.1 + 0.2.
    numbered = past.copy()
    with np.errstate(over="ignore"):
        rounded = np.round(past["px"], 9)
    rounded = np.where(np.isfinite(rounded), rounded, past["px"])
    numbered["px"] = np.unique(rounded, return_inverse=True)[1]
    book = replay(numbered, tick_size=1.0)
    order = np.argsort(book.resting)
    rows, depth = book.resting[order], np.sort(book.depth)
    # Where depth came and none is alive, a level of nothing says that the book goes on being read from depth.
    came = np.flatnonzero(np.isin(kinds(past), (Kind.DEPTH, Kind.SNAPSHOT)))
    gone = came[-1:] if not len(depth) else came[:0]
    parts = [assemble(kind=Kind.CLEAR, side=Side.NONE, order_id=0, exch_ts=time_ns, px=0.0, qty=0.0)]
    for kind, at, side, share in (
        (Kind.ADD, rows, book.resting_side[order], 1.0),
        (Kind.SNAPSHOT, depth, sides(past[depth]), 1.0),
        (Kind.SNAPSHOT, gone, sides(past[gone]), 0.0),
    ):
        records = past[at]
        parts.append(
            assemble(
                kind=kind,
                side=side,
                order_id=records["order_id"],
                exch_ts=time_ns,
                px=records["px"],
                qty=share * records["qty"],
            )
        )
    return np.concatenate(parts)
