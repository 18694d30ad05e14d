"""Replay: events to the best bid and ask after each happening.

A *happening* is a run of adjacent live records with one exchange time; the book is read after the last of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobstats.book_kernel import BREAK, EMPTIED, FAULTS, REPLAY_COUNTS, advance
from lobstats.book_tables import FREE, LEVEL, NO_PRICE, ORDER, STATE, roomy
from lobstats.book_window import DEPTH, empty_window, fill_window, window_for
from lobstats.events.codec import Events, kinds
from lobstats.events.grid import infer_tick_size, snap_time
from lobstats.events.layout import Kind

__all__ = ["DEPTH", "FAULTS", "NO_PRICE", "REPLAY_COUNTS", "Book", "replay"]

_FIRST_SIZE = 64
_SECOND = 1_000_000_000


@dataclass(frozen=True)
class Book:
    """The book after each of h happenings, and what did not fit.

    Attributes
    ----------
    time : ndarray of int64, shape (h,)
        Exchange time of the happening on the clock of the replay, UTC nanoseconds.
    n_records : ndarray of int64, shape (h,)
        Records in the happening; depth is not counted.
    bid, ask : ndarray of int64, shape (h,)
        Best prices in ticks after the happening, `NO_PRICE` where the side is empty.
    bid_size, ask_size : ndarray of float64, shape (h,)
        Quantity at the best prices, summed in double precision.
    bid_depth, ask_depth : ndarray of float64, shape (h,)
        Quantity over the `DEPTH` best levels, or over all where there are fewer.
    profile_at : ndarray of int64, shape (p,)
        The last happening at or before each whole second of the clock in which anything happened.
    profile_price : ndarray of int64, shape (p, 2, 10)
        The prices of the `DEPTH` best levels after it in ticks, bids first, the best first; `NO_PRICE` beyond the last.
    profile_size : ndarray of float64, shape (p, 2, 10)
        Their quantities, 0 beyond the last.
    after_break : ndarray of bool, shape (h,)
        Whether a clear or snapshot lies between this happening and the one before.
    after_empty : ndarray of bool, shape (h,)
        Whether a clear that left the book empty does.
    happening : ndarray of int64, shape (n,)
        The happening of each record, -1 outside live trading (snapshots, depth, best-bid-offer records).
    counts : dict
        How often each of `REPLAY_COUNTS` occurred; crossed and locked books are counted in happenings.
    resting : ndarray of int64, shape (k,)
        For each order that rests at the end, the record that last set its price and quantity.
    resting_side : ndarray of int8, shape (k,)
        Their sides.
    depth : ndarray of int64, shape (d,)
        For each level that depth records left with a quantity, the record that set it.
    faults : ndarray of uint16, shape (n,)
        What is wrong with each record: bit i stands for `FAULTS` i. A crossed or locked book is marked at the last
        record of its happening.
    depth_only : bool
        Whether the stream holds depth and no order. Changes of depth then make happenings, without any record of
        their own.
    tick_size : float
    """

    time: NDArray[np.int64]
    n_records: NDArray[np.int64]
    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    bid_size: NDArray[np.float64]
    ask_size: NDArray[np.float64]
    bid_depth: NDArray[np.float64]
    ask_depth: NDArray[np.float64]
    profile_at: NDArray[np.int64]
    profile_price: NDArray[np.int64]
    profile_size: NDArray[np.float64]
    after_break: NDArray[np.bool_]
    after_empty: NDArray[np.bool_]
    happening: NDArray[np.int64]
    counts: dict[str, int]
    resting: NDArray[np.int64]
    resting_side: NDArray[np.int8]
    depth: NDArray[np.int64]
    faults: NDArray[np.uint16]
    depth_only: bool
    tick_size: float

    @property
    def two_sided(self) -> NDArray[np.bool_]:
        """Whether both sides hold a price, shape (h,)."""
        return np.asarray((self.bid != NO_PRICE) & (self.ask != NO_PRICE))

    @property
    def crossed(self) -> NDArray[np.bool_]:
        """Whether the best bid lies above the best ask, shape (h,)."""
        return np.asarray(self.two_sided & (self.bid > self.ask))


def replay(events: Events, *, tick_size: float | None = None, clock_ns: int = 1) -> Book:
    """Replay events into a book.

    A modify of an unknown order is counted and then taken as an add, since it names the price and size that now
    rest; a duplicate add is counted and ignored; a cancel removes the whole order whatever quantity it names. An
    order's side is that of its first record. Where the stream holds depth, the book is read from it alone.

    A fill is too large if it names more than rests of a known order; fills of unknown orders are legal, since an
    aggressor that never rests may have them. A trade is off the touch if it is not at the best price opposite as it
    comes. Since a feed may print a whole sweep before the book follows, it may also be at the price that was best as
    the happening's first trade came and, after its aggressor's first there, beyond it; an execution of hidden quantity
    inside the spread is off. Trades without a side, or where that book was one-sided or crossed, are not judged.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
        Well-formed events in the grammar of a stream.
    tick_size : float, optional
        Price of a tick; inferred from the prices of the orders if not given. Prices go to the nearest tick.
    clock_ns : int
        The clock that times are put on before happenings are formed.

    Returns
    -------
    Book

    Raises
    ------
    InsufficientDataError
        If the tick size is not given and cannot be inferred.

    Examples
    --------
    >>> from lobstats.events.codec import assemble
    >>> quotes = assemble(
    ...     kind=Kind.ADD, side=[1, -1], order_id=[1, 2], exch_ts=[10, 20], px=[99.5, 100.0], qty=[3, 4]
    ... )
    >>> book = replay(quotes, tick_size=0.5)
    >>> int(book.bid[-1]), int(book.ask[-1]), float(book.ask_size[-1])
    (199, 200, 4.0)
    """
    if tick_size is None:
        tick_size = infer_tick_size(events)
    if not (np.isfinite(tick_size) and tick_size > 0):
        msg = f"`tick_size` must be positive, got {tick_size}."
        raise ValueError(msg)
    kind = kinds(events)
    present = np.flatnonzero(np.bincount(kind, minlength=256))
    from_depth = bool(np.isin(present, (Kind.DEPTH, Kind.SNAPSHOT)).any())
    depth_only = from_depth and not np.isin(present, (Kind.ADD, Kind.CANCEL, Kind.MODIFY)).any()
    n = len(events)
    raw_time = np.ascontiguousarray(events["exch_ts"], dtype=np.int64)
    time = snap_time(raw_time, clock_ns)
    happening = np.empty(n, dtype=np.int64)
    out_time, out_n, flags = np.empty((3, n), dtype=np.int64)
    price, size, depth = np.empty((2, n), dtype=np.int64), np.empty((2, n)), np.empty((2, n))
    n_seconds = np.count_nonzero(np.diff(-(-time // _SECOND))) + 1
    profile_at = np.empty(n_seconds, dtype=np.int64)
    profile_price = np.empty((n_seconds, 2, DEPTH), dtype=np.int64)
    profile_size = np.empty((n_seconds, 2, DEPTH))
    counts = np.zeros(len(REPLAY_COUNTS), dtype=np.int64)
    faults = np.zeros(n, dtype=np.uint16)
    state = np.zeros(1, dtype=STATE)
    state["h"] = -1
    orders, levels = np.zeros(_FIRST_SIZE, dtype=ORDER), np.zeros(_FIRST_SIZE, dtype=LEVEL)
    window = empty_window(levels, state)
    r = 0
    while r <= n:
        r = advance(
            r,
            events,
            kind,
            raw_time,
            time,
            float(tick_size),
            from_depth,
            depth_only,
            state,
            orders,
            levels,
            window.key,
            window.size,
            happening,
            out_time,
            out_n,
            flags,
            price,
            size,
            depth,
            profile_at,
            profile_price,
            profile_size,
            counts,
            faults,
        )
        if r <= n:
            orders, levels = roomy(orders, int(state["n_orders"][0])), roomy(levels, int(state["n_levels"][0]))
            window = window_for(levels, window)
            fill_window(levels, window.key, window.size, state)
    h, p = int(state["h"][0]) + 1, int(state["n_profiles"][0])
    for bit in range(len(FAULTS)):
        counts[bit] = int(np.count_nonzero(faults & (1 << bit)))
    resting = orders[orders["key"] != FREE]
    return Book(
        time=out_time[:h],
        n_records=out_n[:h],
        bid=price[0, :h],
        ask=price[1, :h],
        bid_size=size[0, :h],
        ask_size=size[1, :h],
        bid_depth=depth[0, :h],
        ask_depth=depth[1, :h],
        profile_at=profile_at[:p],
        profile_price=profile_price[:p],
        profile_size=profile_size[:p],
        after_break=(flags[:h] & BREAK) != 0,
        after_empty=(flags[:h] & EMPTIED) != 0,
        happening=happening,
        counts={name: int(count) for name, count in zip(REPLAY_COUNTS, counts, strict=True)},
        resting=resting["row"],
        resting_side=resting["side"].astype(np.int8),
        depth=levels["row"][levels["count"] > 0] if from_depth else np.empty(0, dtype=np.int64),
        faults=faults,
        depth_only=depth_only,
        tick_size=tick_size,
    )
