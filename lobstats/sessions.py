"""Sessions of continuous trading, and cuts by time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.book import Book, replay
from lobstats.events.codec import Events, assemble, kinds, sides
from lobstats.events.layout import Kind, Side

__all__ = ["LONGEST_SESSION_NS", "NOT_CONTINUOUS", "SESSION_GAP_NS", "Sessions", "cut", "find_sessions"]

SESSION_GAP_NS = 30 * 60 * 1_000_000_000
"""A pause longer than this ends a session, unless told otherwise: 30 minutes."""

NOT_CONTINUOUS = ("before_first_trade", "crossed", "late")
"""Why a record is left out: before a session's first trade, while the book is crossed, or behind an earlier time."""

LONGEST_SESSION_NS = 24 * 3600 * 1_000_000_000
"""A market that never closes is cut daily, so that no session's length depends on a value in the data."""


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
    """

    session: NDArray[np.int64]
    segment: NDArray[np.int64]
    n_sessions: int
    not_continuous: dict[str, int]


def find_sessions(events: Events, book: Book, *, session_gap_ns: int = SESSION_GAP_NS) -> Sessions:
    """Find the sessions of continuous trading.

    A session begins with the first trade after the start, after a pause longer than ``session_gap_ns``, after a clear
    that empties the book, after a step back in time by more than ``session_gap_ns`` or after 24 hours, and ends with
    the next of these. After a smaller step back, nothing enters a fact until time has caught up.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book : Book
        The replay of the same events.
    session_gap_ns : int
        Nanoseconds, at least 1.
    """
    if session_gap_ns < 1:
        msg = f"`session_gap_ns` must be at least 1, got {session_gap_ns}."
        raise ValueError(msg)
    h = len(book.time)
    if h == 0:
        empty = np.empty(0, dtype=np.int64)
        return Sessions(empty, empty, 0, dict.fromkeys(NOT_CONTINUOUS, 0))
    step = np.diff(book.time)
    boundary = book.after_empty.copy()
    boundary[0] = True
    boundary[1:] |= np.abs(step) > session_gap_ns
    stretch = np.cumsum(boundary) - 1
    began = book.time[np.flatnonzero(boundary)][stretch]
    latest = _latest(book.time, stretch)
    day = (latest - began) // LONGEST_SESSION_NS
    boundary[1:] |= day[1:] != day[:-1]
    stretch = np.cumsum(boundary) - 1

    late = book.time < latest
    traded = np.zeros(h, dtype=bool)
    trades = book.happening[kinds(events) == Kind.TRADE]
    traded[trades[trades >= 0]] = True
    opened = np.flatnonzero(traded)
    stretches, first = np.unique(stretch[opened], return_index=True)
    number = np.full(int(stretch[-1]) + 1, -1, dtype=np.int64)
    number[stretches] = np.arange(len(stretches))
    opening = np.full(len(number), h, dtype=np.int64)
    opening[stretches] = opened[first]
    session = np.where(np.arange(h) >= opening[stretch], number[stretch], -1)

    continuous = session >= 0
    usable = continuous & ~book.crossed & ~late
    begins = usable.copy()
    begins[1:] &= ~usable[:-1] | (session[1:] != session[:-1]) | book.after_break[1:]
    segment = np.where(usable, np.cumsum(begins) - 1, -1)
    reasons = (~continuous, continuous & book.crossed, continuous & late & ~book.crossed)
    left_out = {name: int(book.n_records[reason].sum()) for name, reason in zip(NOT_CONTINUOUS, reasons, strict=True)}
    return Sessions(session, segment, len(stretches), left_out)


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
    # Only which records are alive matters here; numbering the prices keeps every two levels apart without a tick size.
    numbered = past.copy()
    numbered["px"] = np.unique(past["px"], return_inverse=True)[1]
    book = replay(numbered, tick_size=1.0)
    order = np.argsort(book.resting)
    rows, depth = book.resting[order], np.sort(book.depth)
    parts = [assemble(kind=Kind.CLEAR, side=Side.NONE, order_id=0, exch_ts=time_ns, px=0.0, qty=0.0)]
    for kind, at, side in (
        (Kind.ADD, rows, book.resting_side[order]),
        (Kind.SNAPSHOT, depth, sides(past[depth])),
    ):
        records = past[at]
        parts.append(
            assemble(
                kind=kind,
                side=side,
                order_id=records["order_id"],
                exch_ts=time_ns,
                px=records["px"],
                qty=records["qty"],
            )
        )
    return np.concatenate(parts)
