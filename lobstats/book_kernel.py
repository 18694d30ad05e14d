"""The compiled pass over the records of a stream, which fills a `lobstats.book.Book`."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.book_tables import FREE, NO_PRICE, change_level, level_key, remove, slot
from lobstats.book_window import (
    best_price,
    best_size,
    follow_level,
    forget_levels,
    is_empty,
    read_profile,
    sum_depth,
)
from lobstats.events.grid import MAX_TICKS
from lobstats.events.layout import BUY_FLAG, SELL_FLAG, Kind

__all__ = ["BREAK", "EMPTIED", "FAULTS", "REPLAY_COUNTS", "advance"]

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
BREAK, EMPTIED = 1, 2


@njit(cache=True)
def _is_off_touch(near: NDArray[np.int64], state: NDArray[np.void], side: int, tick: int) -> bool:
    """Judge a trade, and remember what the happening's first one met."""
    s = state[0]
    met, printed = s["met"], s["printed"]
    if not s["has_print"]:
        s["has_print"] = 1
        for own in range(2):
            met[own], printed[own] = best_price(near, state, own), 0
    if side == 0 or met[0] == NO_PRICE or met[1] == NO_PRICE or met[0] >= met[1]:
        return False
    # A buyer trades at the best ask or, once that is eaten, above it; a seller the other way round.
    passive = 1 if side > 0 else 0
    beyond = side * (tick - met[passive])
    expected = beyond == 0 or (beyond > 0 and printed[passive] != 0)
    printed[passive] = 1
    return not expected and best_price(near, state, passive) != tick


@njit(cache=True)
def _read_touch(
    near: NDArray[np.int64],
    near_size: NDArray[np.float64],
    state: NDArray[np.void],
    price: NDArray[np.int64],
    size: NDArray[np.float64],
    depth: NDArray[np.float64],
    faults: NDArray[np.uint16],
) -> None:
    """Close the open happening: read the best prices and sizes, and the depth, after it."""
    s = state[0]
    h = s["h"]
    s["is_open"] = 0
    for own in range(2):
        price[own, h] = best_price(near, state, own)
        size[own, h] = best_size(near_size, state, own)
        depth[own, h] = sum_depth(near_size, state, own)
    if price[0, h] != NO_PRICE and price[1, h] != NO_PRICE:
        if price[0, h] > price[1, h]:
            faults[s["last"]] |= 1 << _CROSSED
        elif price[0, h] == price[1, h]:
            faults[s["last"]] |= 1 << _LOCKED


@njit(cache=True)
def _second(time: int) -> int:
    """Return the first whole second not before a time."""
    return -(-time // 1_000_000_000)


@njit(cache=True)
def _sample_profile(
    near: NDArray[np.int64],
    near_size: NDArray[np.float64],
    state: NDArray[np.void],
    second: int,
    profile_at: NDArray[np.int64],
    profile_price: NDArray[np.int64],
    profile_size: NDArray[np.float64],
) -> None:
    """Write the profile after the happening that was closed, over that of an earlier one of its second."""
    s = state[0]
    if s["n_profiles"] == 0 or s["second"] != second:
        s["n_profiles"] += 1
        s["second"] = second
    row = s["n_profiles"] - 1
    profile_at[row] = s["h"]
    read_profile(near, near_size, state, row, profile_price, profile_size)


@njit(cache=True)
def advance(
    start: int,
    events: NDArray[np.void],
    kind: NDArray[np.uint8],
    raw_time: NDArray[np.int64],
    time: NDArray[np.int64],
    tick_size: float,
    from_depth: bool,  # noqa: FBT001 - a compiled kernel takes a plain flag
    depth_only: bool,  # noqa: FBT001 - likewise
    state: NDArray[np.void],
    orders: NDArray[np.void],
    levels: NDArray[np.void],
    near: NDArray[np.int64],
    near_size: NDArray[np.float64],
    happening: NDArray[np.int64],
    out_time: NDArray[np.int64],
    out_n: NDArray[np.int64],
    out_flags: NDArray[np.int64],
    price: NDArray[np.int64],
    size: NDArray[np.float64],
    depth: NDArray[np.float64],
    profile_at: NDArray[np.int64],
    profile_price: NDArray[np.int64],
    profile_size: NDArray[np.float64],
    counts: NDArray[np.int64],
    faults: NDArray[np.uint16],
) -> int:
    """Replay from a record on until a table is half full or a window short; return where to go on, n + 1 at the end."""
    n = len(kind)
    now = state[0]
    for r in range(start, n + 1):
        if 2 * now["n_orders"] >= len(orders) or 2 * now["n_levels"] >= len(levels) or now["is_short"]:
            return r

        # 1. close the happening that this record, or the end, does not belong to
        if now["is_open"] and (r == n or kind[r] == _CLEAR or (kind[r] != _BBO and time[r] != out_time[now["h"]])):
            _read_touch(near, near_size, state, price, size, depth, faults)
            second = _second(out_time[now["h"]])
            # The next happening will do where it is sure to come, in the same second and before anything else.
            if r == n or kind[r] == _CLEAR or (from_depth and not depth_only) or _second(time[r]) != second:
                _sample_profile(near, near_size, state, second, profile_at, profile_price, profile_size)
        if r == n:
            break
        k = kind[r]
        happening[r] = -1

        # 2. snapshots: a clear, then adds or depths of the clear's own time
        if k == _CLEAR:
            counts[_CLEARS] += 1
            counts[_SNAPSHOTS] += 1
            if now["in_snapshot"] and raw_time[r] != now["snapshot_time"] and is_empty(state):
                now["flags"] |= EMPTIED
            for i in range(len(orders)):
                orders[i]["key"] = FREE
            for i in range(len(levels)):
                level = levels[i]
                level["key"], level["total"], level["count"] = FREE, 0.0, 0
            now["n_orders"], now["n_levels"] = 0, 0
            forget_levels(state)
            now["in_snapshot"], now["snapshot_time"] = 1, raw_time[r]
            now["flags"] |= BREAK
            continue
        is_depth = k in (_DEPTH, _SNAPSHOT)
        if now["in_snapshot"] and not (raw_time[r] == now["snapshot_time"] and (k == _ADD or is_depth)):
            now["in_snapshot"] = 0
            if is_empty(state):
                now["flags"] |= EMPTIED

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
            i = slot(levels, level_key(side, tick))
            removed, old_qty = levels[i]["count"] > 0, levels[i]["total"]
            added = qty > 0
        elif k in (_ADD, _CANCEL, _MODIFY):
            key = int(np.int64(event["order_id"])) + 1
            i = slot(orders, key)
            order = orders[i]
            known = order["key"] != FREE
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
                remove(orders, i)
                now["n_orders"] -= 1
            if from_depth:
                continue
        elif k == _FILL:
            i = slot(orders, int(np.int64(event["order_id"])) + 1)
            if orders[i]["key"] != FREE and qty > orders[i]["qty"]:
                faults[r] |= 1 << _FILL_LARGER
        elif k == _TRADE and _is_off_touch(near, state, side, tick):
            faults[r] |= 1 << _OFF_TOUCH

        # 5. the levels follow
        if removed:
            i = change_level(levels, state, side, old_tick, -old_qty, -1)
            if not added or tick != old_tick:
                follow_level(levels, near, near_size, state, i)
        if added:
            i = change_level(levels, state, side, tick, qty, 1)
            levels[i]["row"] = r
            follow_level(levels, near, near_size, state, i)
    return n + 1
