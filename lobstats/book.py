"""Replay: events to the best bid and ask after each happening.

A *happening* is a run of adjacent live records with one exchange time; the book is read after the last of them.
"""

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.events.codec import Events, kinds, sides
from lobstats.events.grid import infer_tick_size, snap_time, to_ticks
from lobstats.events.layout import Kind

__all__ = ["FAULTS", "NO_PRICE", "REPLAY_COUNTS", "Book", "replay"]

NO_PRICE = np.iinfo(np.int64).min
"""Stands for the best price of an empty side."""

REPLAY_COUNTS = (
    "unknown_order",
    "duplicate_add",
    "quantity_mismatch",
    "side_mismatch",
    "nonpositive_quantity",
    "fill_larger_than_order",
    "trade_off_touch",
    "crossed_book",
    "locked_book",
    "clears",
    "snapshot_records",
    "depth_records",
    "bbo_records",
)
"""What `replay` counts; the last four are no faults."""

FAULTS = REPLAY_COUNTS[:-4]
"""What `Book.faults` marks, in the order of its bits."""

(
    _UNKNOWN,
    _DUPLICATE,
    _QUANTITY,
    _SIDE,
    _NONPOSITIVE,
    _FILL_LARGER,
    _OFF_TOUCH,
    _CROSSED,
    _LOCKED,
    _CLEARS,
    _SNAPSHOTS,
    _DEPTHS,
    _BBOS,
) = range(len(REPLAY_COUNTS))

# Plain integers: a compiled function takes them as constants.
_DEPTH, _CLEAR, _SNAPSHOT, _BBO = int(Kind.DEPTH), int(Kind.CLEAR), int(Kind.SNAPSHOT), int(Kind.BBO)
_ADD, _CANCEL, _MODIFY, _FILL, _TRADE = (
    int(kind) for kind in (Kind.ADD, Kind.CANCEL, Kind.MODIFY, Kind.FILL, Kind.TRADE)
)
_FIRST_SIZE = 64
_BREAK, _EMPTIED = 1, 2
_FREE = 0
_LEVEL_OFFSET = 1 << 53
_ORDERS, _LEVELS = 0, 1

_ORDER = np.dtype([("key", "i8"), ("row", "i8"), ("side", "i8")])
_LEVEL = np.dtype([("key", "i8"), ("row", "i8"), ("total", "f8"), ("count", "i8"), ("queued", "i8")])


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
    time = np.ascontiguousarray(events["exch_ts"], dtype=np.int64)
    n = len(events)
    happening = np.full(n, -1, dtype=np.int64)
    out_time, out_n, flags = np.zeros((3, n), dtype=np.int64)
    price, size = np.full((2, n), NO_PRICE, dtype=np.int64), np.zeros((2, n))
    counts = np.zeros(len(REPLAY_COUNTS), dtype=np.int64)
    faults = np.zeros(n, dtype=np.uint16)
    h, orders, levels = _replay(
        kind,
        sides(events),
        events["order_id"].astype(np.int64),
        time,
        snap_time(time, clock_ns),
        to_ticks(events["px"], tick_size),
        np.ascontiguousarray(events["qty"]),
        from_depth,
        depth_only,
        happening,
        out_time,
        out_n,
        flags,
        price,
        size,
        counts,
        faults,
    )
    for bit in range(len(FAULTS)):
        counts[bit] = int(np.count_nonzero(faults & (1 << bit)))
    resting = orders[orders["key"] != _FREE]
    return Book(
        time=out_time[:h],
        n_records=out_n[:h],
        bid=price[0, :h],
        ask=price[1, :h],
        bid_size=size[0, :h],
        ask_size=size[1, :h],
        after_break=(flags[:h] & _BREAK) != 0,
        after_empty=(flags[:h] & _EMPTIED) != 0,
        happening=happening,
        counts={name: int(count) for name, count in zip(REPLAY_COUNTS, counts, strict=True)},
        resting=resting["row"],
        resting_side=resting["side"].astype(np.int8),
        depth=levels["row"][levels["count"] > 0] if from_depth else np.empty(0, dtype=np.int64),
        faults=faults,
        depth_only=depth_only,
        tick_size=tick_size,
    )


# The kernel keeps orders and price levels in open-addressed tables, arrays of records with key _FREE or a positive
# key. A collision goes to the next slot; a removal shifts back what follows, so that no tombstones build up. An
# order's key is its id plus one. A level's key grows with its distance from the touch (the price for asks, minus
# the price for bids) and holds the side in its lowest bit; a heap for each side finds the best level, and forgets
# levels without orders only when they come to the top. `used` counts the keys of both tables.


@njit(cache=True)
def _level_key(side: int, tick: int) -> int:
    if side > 0:
        return (_LEVEL_OFFSET - tick) << 1
    return (_LEVEL_OFFSET + tick) << 1 | 1


@njit(cache=True)
def _level_price(key: int) -> int:
    outward = (key >> 1) - _LEVEL_OFFSET
    return outward if key & 1 else -outward


@njit(cache=True)
def _home(key: int, mask: int) -> int:
    folded = (key ^ (key >> 31)) & 0x7FFFFFFF
    return ((folded * 2654435761) >> 20) & mask  # 2**32 over the golden ratio; the product fits 63 bits


@njit(cache=True)
def _slot(table: NDArray[np.void], key: int) -> int:
    """Return the slot that holds ``key``, or the free one where it belongs."""
    mask = len(table) - 1
    i = _home(key, mask)
    while table[i]["key"] != _FREE and table[i]["key"] != key:
        i = (i + 1) & mask
    return i


@njit(cache=True)
def _roomy(table: NDArray[np.void], used: int) -> NDArray[np.void]:
    """Return the table itself, or one twice as large if it is half full."""
    if 2 * used < len(table):
        return table
    larger = np.zeros(2 * len(table), dtype=table.dtype)
    for i in range(len(table)):
        if table[i]["key"] != _FREE:
            larger[_slot(larger, table[i]["key"])] = table[i]
    return larger


@njit(cache=True)
def _remove(table: NDArray[np.void], i: int) -> None:
    mask = len(table) - 1
    j = i
    while True:
        j = (j + 1) & mask
        if table[j]["key"] == _FREE:
            break
        if ((j - _home(table[j]["key"], mask)) & mask) >= ((j - i) & mask):
            table[i] = table[j]
            i = j
    table[i]["key"] = _FREE


@njit(cache=True)
def _change_level(
    levels: NDArray[np.void], heap: list[Any], key: int, quantity: float, orders: int, used: NDArray[np.int64]
) -> int:
    """Add a quantity and a number of orders, either of them negative when they leave; return the slot."""
    i = _slot(levels, key)
    level = levels[i]
    if level["key"] == _FREE:
        level["key"] = key
        used[_LEVELS] += 1
    level["count"] += orders
    level["total"] += quantity
    if level["count"] == 0:
        level["total"] = 0.0
    elif not level["queued"]:
        level["queued"] = 1
        heapq.heappush(heap, key)
    return i


@njit(cache=True)
def _best(levels: NDArray[np.void], heap: list[Any]) -> int:
    """Return the slot of the best level, -1 if the side is empty."""
    while len(heap) > 0:
        i = _slot(levels, heap[0])
        if levels[i]["count"] > 0:
            return i
        levels[i]["queued"] = 0
        heapq.heappop(heap)
    return -1


@njit(cache=True)
def _replay(
    kind: NDArray[np.uint8],
    side: NDArray[np.int8],
    order_id: NDArray[np.int64],
    raw_time: NDArray[np.int64],
    time: NDArray[np.int64],
    tick: NDArray[np.int64],
    qty: NDArray[np.float64],
    from_depth: bool,  # noqa: FBT001 - a compiled kernel takes a plain flag
    depth_only: bool,  # noqa: FBT001
    happening: NDArray[np.int64],
    out_time: NDArray[np.int64],
    out_n: NDArray[np.int64],
    out_flags: NDArray[np.int64],
    price: NDArray[np.int64],
    size: NDArray[np.float64],
    counts: NDArray[np.int64],
    faults: NDArray[np.uint16],
) -> tuple[int, NDArray[np.void], NDArray[np.void]]:
    """Fill the arrays after ``from_depth``; return the number of happenings and the tables as they are at the end."""
    n = len(kind)
    orders, levels = np.zeros(_FIRST_SIZE, dtype=_ORDER), np.zeros(_FIRST_SIZE, dtype=_LEVEL)
    used = np.zeros(2, dtype=np.int64)
    heaps = [[np.int64(0)], [np.int64(0)]]
    heaps[0].clear()
    heaps[1].clear()
    h = -1  # the happening that is open, or was last
    is_open = False
    in_snapshot = False
    snapshot_time = np.int64(0)
    flags = 0  # what came since the last happening
    last = 0  # the last record of the open happening
    has_print = False  # whether a trade has come in it
    touch = np.full(2, NO_PRICE, dtype=np.int64)  # the best prices before its first trade
    printed = np.zeros(2, dtype=np.int64)  # the sides whose aggressor has traded in it

    for r in range(n + 1):
        # 1. close the happening that this record, or the end, does not belong to
        if is_open and (r == n or kind[r] == _CLEAR or (kind[r] != _BBO and time[r] != out_time[h])):
            is_open = False
            for s in range(2):
                i = _best(levels, heaps[s])
                if i >= 0:
                    price[s, h], size[s, h] = _level_price(levels[i]["key"]), levels[i]["total"]
            if price[0, h] != NO_PRICE and price[1, h] != NO_PRICE:
                if price[0, h] > price[1, h]:
                    faults[last] |= 1 << _CROSSED
                elif price[0, h] == price[1, h]:
                    faults[last] |= 1 << _LOCKED
        if r == n:
            break
        k = kind[r]

        # 2. snapshots: a clear, then adds or depths of the clear's own time
        if k == _CLEAR:
            counts[_CLEARS] += 1
            counts[_SNAPSHOTS] += 1
            is_empty = _best(levels, heaps[0]) < 0 and _best(levels, heaps[1]) < 0
            if in_snapshot and raw_time[r] != snapshot_time and is_empty:
                flags |= _EMPTIED
            orders, levels = np.zeros(_FIRST_SIZE, dtype=_ORDER), np.zeros(_FIRST_SIZE, dtype=_LEVEL)
            used[:] = 0
            heaps[0].clear()
            heaps[1].clear()
            in_snapshot, snapshot_time = True, raw_time[r]
            flags |= _BREAK
            continue
        is_depth = k in (_DEPTH, _SNAPSHOT)
        if in_snapshot and not (raw_time[r] == snapshot_time and (k == _ADD or is_depth)):
            in_snapshot = False
            if _best(levels, heaps[0]) < 0 and _best(levels, heaps[1]) < 0:
                flags |= _EMPTIED

        # 3. records that enter no count and no gap
        if in_snapshot:
            counts[_SNAPSHOTS] += 1
        elif k == _BBO:
            counts[_BBOS] += 1
            continue
        elif is_depth and not depth_only:
            counts[_DEPTHS] += 1
        else:
            counts[_DEPTHS] += is_depth
            if not is_open:
                is_open = True
                h += 1
                out_time[h], out_flags[h] = time[r], flags
                flags = 0
                has_print = False
            happening[r] = h
            out_n[h] += not is_depth
            last = r

        # 4. what the record takes from the book: the order's old place, or the level's old total
        s = side[r]
        removed, added = -1, False
        if is_depth:
            if s == 0:
                continue
            key = _level_key(s, tick[r])
            i = _slot(levels, key)
            if levels[i]["count"] > 0:
                removed = levels[i]["row"]
            added = qty[r] > 0
        elif k in (_ADD, _CANCEL, _MODIFY):
            key = order_id[r] + 1
            i = _slot(orders, key)
            known = orders[i]["key"] != _FREE
            if k == _ADD and known:
                faults[r] |= 1 << _DUPLICATE
                continue
            added = k != _CANCEL and qty[r] > 0
            if k != _CANCEL and not added:
                faults[r] |= 1 << _NONPOSITIVE
            if known:
                s = orders[i]["side"]
                removed = orders[i]["row"]
                if s != side[r]:
                    faults[r] |= 1 << _SIDE
                if k == _CANCEL and qty[r] != qty[removed]:
                    faults[r] |= 1 << _QUANTITY
                if added:
                    orders[i]["row"] = r
                else:
                    _remove(orders, i)
                    used[_ORDERS] -= 1
            else:
                if k != _ADD:
                    faults[r] |= 1 << _UNKNOWN
                if added:
                    orders[i]["key"], orders[i]["row"], orders[i]["side"] = key, r, s
                    used[_ORDERS] += 1
                    orders = _roomy(orders, used[_ORDERS])
            if from_depth:
                continue
        elif k == _FILL:
            i = _slot(orders, order_id[r] + 1)
            if orders[i]["key"] != _FREE and qty[r] > qty[orders[i]["row"]]:
                faults[r] |= 1 << _FILL_LARGER
        elif k == _TRADE:
            if not has_print:
                has_print = True
                printed[:] = 0
                for t in range(2):
                    i = _best(levels, heaps[t])
                    touch[t] = _level_price(levels[i]["key"]) if i >= 0 else NO_PRICE
            if s == 0 or touch[0] == NO_PRICE or touch[1] == NO_PRICE or touch[0] >= touch[1]:
                continue
            # A buyer trades at the best ask or, once that is eaten, above it; a seller the other way round.
            passive = 1 if s > 0 else 0
            beyond = s * (tick[r] - touch[passive])
            if beyond < 0 or (beyond > 0 and not printed[passive]):
                i = _best(levels, heaps[passive])
                if i < 0 or _level_price(levels[i]["key"]) != tick[r]:
                    faults[r] |= 1 << _OFF_TOUCH
            printed[passive] = 1

        # 5. the levels follow
        heap = heaps[0] if s > 0 else heaps[1]
        if removed >= 0:
            _change_level(levels, heap, _level_key(s, tick[removed]), -qty[removed], -1, used)
        if added:
            i = _change_level(levels, heap, _level_key(s, tick[r]), qty[r], 1, used)
            levels[i]["row"] = r
            levels = _roomy(levels, used[_LEVELS])

    return h + 1, orders, levels
