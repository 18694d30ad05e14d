"""Replay: events to the best bid and ask after each happening.

A *happening* is a run of adjacent live records with one exchange time; the book is read after the last of them.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.events.codec import Events, kinds
from lobstats.events.grid import MAX_TICKS, infer_tick_size, snap_time
from lobstats.events.layout import BUY_FLAG, SELL_FLAG, Kind

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
_BUY, _SELL = int(BUY_FLAG), int(SELL_FLAG)
_FIRST_SIZE = 64
_BREAK, _EMPTIED = 1, 2
_FREE = 0
_LEVEL_OFFSET = 1 << 53

_ORDER = np.dtype([("key", "i8"), ("row", "i8"), ("side", "i8"), ("tick", "i8"), ("qty", "f8")])
_LEVEL = np.dtype([("key", "i8"), ("row", "i8"), ("total", "f8"), ("count", "i8"), ("queued", "i8")])
_STATE = np.dtype(
    [
        ("h", "i8"),  # the happening that is open, or was last; -1 before the first
        ("is_open", "i8"),
        ("last", "i8"),  # the last record of the open happening
        ("flags", "i8"),  # what came since the last happening
        ("in_snapshot", "i8"),
        ("snapshot_time", "i8"),
        ("has_print", "i8"),  # whether a trade has come in the open happening
        ("met", "i8", 2),  # the best prices before its first trade
        ("printed", "i8", 2),  # the sides whose aggressor has traded in it
        ("n_orders", "i8"),  # keys in the tables
        ("n_levels", "i8"),
        ("n_queued", "i8", 2),  # levels in each side's heap
    ]
)


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
    n = len(events)
    raw_time = np.ascontiguousarray(events["exch_ts"], dtype=np.int64)
    time = snap_time(raw_time, clock_ns)
    happening = np.empty(n, dtype=np.int64)
    out_time, out_n, flags = np.empty((3, n), dtype=np.int64)
    price, size = np.empty((2, n), dtype=np.int64), np.empty((2, n))
    counts = np.zeros(len(REPLAY_COUNTS), dtype=np.int64)
    faults = np.zeros(n, dtype=np.uint16)
    state = np.zeros(1, dtype=_STATE)
    state["h"] = -1
    orders, levels = np.zeros(_FIRST_SIZE, dtype=_ORDER), np.zeros(_FIRST_SIZE, dtype=_LEVEL)
    heaps = np.zeros((2, _FIRST_SIZE), dtype=np.int64)
    r = 0
    while r <= n:
        r = _advance(
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
            heaps,
            happening,
            out_time,
            out_n,
            flags,
            price,
            size,
            counts,
            faults,
        )
        if r <= n:
            orders, levels = _roomy(orders, int(state["n_orders"][0])), _roomy(levels, int(state["n_levels"][0]))
            heaps = np.pad(heaps, ((0, 0), (0, len(levels) - heaps.shape[1])))
    h = int(state["h"][0]) + 1
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
# levels without orders only when they come to the top. The kernel allocates nothing; the tables grow outside it.


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
def _push(heap: NDArray[np.int64], n: int, key: int) -> None:
    """Put a key into a heap of ``n``."""
    while n > 0 and heap[(n - 1) >> 1] > key:
        heap[n] = heap[(n - 1) >> 1]
        n = (n - 1) >> 1
    heap[n] = key


@njit(cache=True)
def _pop(heap: NDArray[np.int64], n: int) -> None:
    """Take the least key out of a heap of ``n``."""
    key, at, child = heap[n - 1], 0, 1
    while child < n - 1:
        if child + 1 < n - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[at] = heap[child]
        at, child = child, 2 * child + 1
    heap[at] = key


@njit(cache=True)
def _change_level(
    levels: NDArray[np.void],
    heaps: NDArray[np.int64],
    state: NDArray[np.void],
    side: int,
    tick: int,
    quantity: float,
    orders: int,
) -> int:
    """Add a quantity and a number of orders, either of them negative when they leave; return the slot."""
    key = _level_key(side, tick)
    i = _slot(levels, key)
    level = levels[i]
    if level["key"] == _FREE:
        level["key"] = key
        state[0]["n_levels"] += 1
    level["count"] += orders
    level["total"] += quantity
    if level["count"] == 0:
        level["total"] = 0.0
    elif not level["queued"]:
        level["queued"] = 1
        own = 0 if side > 0 else 1
        _push(heaps[own], state[0]["n_queued"][own], key)
        state[0]["n_queued"][own] += 1
    return i


@njit(cache=True)
def _best(levels: NDArray[np.void], heaps: NDArray[np.int64], state: NDArray[np.void], own: int) -> int:
    """Return the slot of the best level of side 0 (bids) or 1 (asks), -1 if the side is empty."""
    while state[0]["n_queued"][own] > 0:
        i = _slot(levels, heaps[own, 0])
        if levels[i]["count"] > 0:
            return i
        levels[i]["queued"] = 0
        _pop(heaps[own], state[0]["n_queued"][own])
        state[0]["n_queued"][own] -= 1
    return -1


@njit(cache=True)
def _best_price(levels: NDArray[np.void], heaps: NDArray[np.int64], state: NDArray[np.void], own: int) -> int:
    i = _best(levels, heaps, state, own)
    return _level_price(levels[i]["key"]) if i >= 0 else NO_PRICE


@njit(cache=True)
def _is_empty(levels: NDArray[np.void], heaps: NDArray[np.int64], state: NDArray[np.void]) -> bool:
    return _best(levels, heaps, state, 0) < 0 and _best(levels, heaps, state, 1) < 0


@njit(cache=True)
def _is_off_touch(
    levels: NDArray[np.void], heaps: NDArray[np.int64], state: NDArray[np.void], side: int, tick: int
) -> bool:
    """Judge a trade, and remember what the happening's first one met."""
    s = state[0]
    met, printed = s["met"], s["printed"]
    if not s["has_print"]:
        s["has_print"] = 1
        for own in range(2):
            met[own], printed[own] = _best_price(levels, heaps, state, own), 0
    if side == 0 or met[0] == NO_PRICE or met[1] == NO_PRICE or met[0] >= met[1]:
        return False
    # A buyer trades at the best ask or, once that is eaten, above it; a seller the other way round.
    passive = 1 if side > 0 else 0
    beyond = side * (tick - met[passive])
    expected = beyond == 0 or (beyond > 0 and printed[passive] != 0)
    printed[passive] = 1
    return not expected and _best_price(levels, heaps, state, passive) != tick


@njit(cache=True)
def _read_touch(
    levels: NDArray[np.void],
    heaps: NDArray[np.int64],
    state: NDArray[np.void],
    price: NDArray[np.int64],
    size: NDArray[np.float64],
    faults: NDArray[np.uint16],
) -> None:
    """Close the open happening: read the best prices and sizes after it."""
    s = state[0]
    h = s["h"]
    s["is_open"] = 0
    for own in range(2):
        i = _best(levels, heaps, state, own)
        price[own, h] = _level_price(levels[i]["key"]) if i >= 0 else NO_PRICE
        size[own, h] = levels[i]["total"] if i >= 0 else 0.0
    if price[0, h] != NO_PRICE and price[1, h] != NO_PRICE:
        if price[0, h] > price[1, h]:
            faults[s["last"]] |= 1 << _CROSSED
        elif price[0, h] == price[1, h]:
            faults[s["last"]] |= 1 << _LOCKED


@njit(cache=True)
def _advance(
    start: int,
    events: NDArray[np.void],
    kind: NDArray[np.uint8],
    raw_time: NDArray[np.int64],
    time: NDArray[np.int64],
    tick_size: float,
    from_depth: bool,  # noqa: FBT001 - a compiled kernel takes a plain flag
    depth_only: bool,  # noqa: FBT001
    state: NDArray[np.void],
    orders: NDArray[np.void],
    levels: NDArray[np.void],
    heaps: NDArray[np.int64],
    happening: NDArray[np.int64],
    out_time: NDArray[np.int64],
    out_n: NDArray[np.int64],
    out_flags: NDArray[np.int64],
    price: NDArray[np.int64],
    size: NDArray[np.float64],
    counts: NDArray[np.int64],
    faults: NDArray[np.uint16],
) -> int:
    """Replay from a record on until a table is half full; return the record to go on with, n + 1 at the end."""
    n = len(kind)
    now = state[0]
    for r in range(start, n + 1):
        if 2 * now["n_orders"] >= len(orders) or 2 * now["n_levels"] >= len(levels):
            return r

        # 1. close the happening that this record, or the end, does not belong to
        if now["is_open"] and (r == n or kind[r] == _CLEAR or (kind[r] != _BBO and time[r] != out_time[now["h"]])):
            _read_touch(levels, heaps, state, price, size, faults)
        if r == n:
            break
        k = kind[r]
        happening[r] = -1

        # 2. snapshots: a clear, then adds or depths of the clear's own time
        if k == _CLEAR:
            counts[_CLEARS] += 1
            counts[_SNAPSHOTS] += 1
            if now["in_snapshot"] and raw_time[r] != now["snapshot_time"] and _is_empty(levels, heaps, state):
                now["flags"] |= _EMPTIED
            for i in range(len(orders)):
                orders[i]["key"] = _FREE
            for i in range(len(levels)):
                level = levels[i]
                level["key"], level["total"], level["count"], level["queued"] = _FREE, 0.0, 0, 0
            now["n_orders"], now["n_levels"], now["n_queued"][0], now["n_queued"][1] = 0, 0, 0, 0
            now["in_snapshot"], now["snapshot_time"] = 1, raw_time[r]
            now["flags"] |= _BREAK
            continue
        is_depth = k in (_DEPTH, _SNAPSHOT)
        if now["in_snapshot"] and not (raw_time[r] == now["snapshot_time"] and (k == _ADD or is_depth)):
            now["in_snapshot"] = 0
            if _is_empty(levels, heaps, state):
                now["flags"] |= _EMPTIED

        # 3. records that enter no count and no gap
        if now["in_snapshot"]:
            counts[_SNAPSHOTS] += 1
        elif k == _BBO:
            counts[_BBOS] += 1
            continue
        elif is_depth and not depth_only:
            counts[_DEPTHS] += 1
        else:
            counts[_DEPTHS] += is_depth
            if not now["is_open"]:
                now["is_open"] = 1
                now["h"] += 1
                out_time[now["h"]], out_n[now["h"]], out_flags[now["h"]] = time[r], 0, now["flags"]
                now["flags"] = 0
                now["has_print"] = 0
            happening[r] = now["h"]
            out_n[now["h"]] += not is_depth
            now["last"] = r

        # 4. what the record takes from the book: the order's old place, or the level's old total
        event = events[r]
        ev, qty = event["ev"], event["qty"]
        own_side = (1 if ev & _BUY else 0) - (1 if ev & _SELL else 0)
        tick = int(min(max(np.rint(float(event["px"]) / tick_size), -MAX_TICKS), MAX_TICKS))
        side, old_tick, old_qty = own_side, tick, 0.0
        removed, added = False, False
        if is_depth:
            if side == 0:
                continue
            i = _slot(levels, _level_key(side, tick))
            removed, old_qty = levels[i]["count"] > 0, levels[i]["total"]
            added = qty > 0
        elif k in (_ADD, _CANCEL, _MODIFY):
            key = int(np.int64(event["order_id"])) + 1
            i = _slot(orders, key)
            order = orders[i]
            known = order["key"] != _FREE
            if k == _ADD and known:
                faults[r] |= 1 << _DUPLICATE
                continue
            added = k != _CANCEL and qty > 0
            if k != _CANCEL and not added:
                faults[r] |= 1 << _NONPOSITIVE
            if known:
                removed, side, old_tick, old_qty = True, order["side"], order["tick"], order["qty"]
                if side != own_side:
                    faults[r] |= 1 << _SIDE
                if k == _CANCEL and qty != old_qty:
                    faults[r] |= 1 << _QUANTITY
            elif k != _ADD:
                faults[r] |= 1 << _UNKNOWN
            if added:
                now["n_orders"] += not known
                order["key"], order["row"], order["side"], order["tick"], order["qty"] = key, r, side, tick, qty
            elif known:
                _remove(orders, i)
                now["n_orders"] -= 1
            if from_depth:
                continue
        elif k == _FILL:
            i = _slot(orders, int(np.int64(event["order_id"])) + 1)
            if orders[i]["key"] != _FREE and qty > orders[i]["qty"]:
                faults[r] |= 1 << _FILL_LARGER
        elif k == _TRADE and _is_off_touch(levels, heaps, state, side, tick):
            faults[r] |= 1 << _OFF_TOUCH

        # 5. the levels follow
        if removed:
            _change_level(levels, heaps, state, side, old_tick, -old_qty, -1)
        if added:
            i = _change_level(levels, heaps, state, side, tick, qty, 1)
            levels[i]["row"] = r
    return n + 1
