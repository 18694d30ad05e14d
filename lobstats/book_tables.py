"""The tables that a replay keeps orders and price levels in.

They are open-addressed: arrays of records with key `FREE` or a positive key. A collision goes to the next slot; a
removal shifts back what follows, so that no tombstones build up. An order's key is its id plus one. A level's key grows
with its distance from the touch (the price for asks, minus the price for bids) and holds the side in its lowest bit;
`lobstats.book_window` keeps the best ones in order. A level without orders stays in the table until a clear. Only
`roomy` allocates.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "FREE",
    "LEVEL",
    "NO_PRICE",
    "ORDER",
    "STATE",
    "change_level",
    "level_key",
    "level_price",
    "remove",
    "roomy",
    "slot",
]

NO_PRICE = np.iinfo(np.int64).min
"""Stands for the best price of an empty side."""

FREE = 0
_LEVEL_OFFSET = 1 << 53

ORDER = np.dtype([("key", "i8"), ("row", "i8"), ("side", "i8"), ("tick", "i8"), ("qty", "f8")])
LEVEL = np.dtype([("key", "i8"), ("row", "i8"), ("total", "f8"), ("count", "i8")])
STATE = np.dtype(
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
        ("n_near", "i8", 2),  # levels in each side's window
        ("reach", "i8", 2),  # the key up to which the window holds every level
        ("is_short", "i8"),  # whether a window holds too few of them
        ("n_profiles", "i8"),  # profiles that have been written
        ("second", "i8"),  # the whole second that the last of them belongs to
    ]
)


@njit(cache=True)
def level_key(side: int, tick: int) -> int:
    """Return the key of a price level."""
    if side > 0:
        return (_LEVEL_OFFSET - tick) << 1
    return (_LEVEL_OFFSET + tick) << 1 | 1


@njit(cache=True)
def level_price(key: int) -> int:
    """Return the tick of a level's key."""
    outward = (key >> 1) - _LEVEL_OFFSET
    return outward if key & 1 else -outward


@njit(cache=True)
def _home(key: int, mask: int) -> int:
    folded = (key ^ (key >> 31)) & 0x7FFFFFFF
    return ((folded * 2654435761) >> 20) & mask  # 2**32 over the golden ratio; the product fits 63 bits


@njit(cache=True)
def slot(table: NDArray[np.void], key: int) -> int:
    """Return the slot that holds ``key``, or the free one where it belongs."""
    mask = len(table) - 1
    i = _home(key, mask)
    while table[i]["key"] != FREE and table[i]["key"] != key:
        i = (i + 1) & mask
    return i


@njit(cache=True)
def roomy(table: NDArray[np.void], used: int) -> NDArray[np.void]:
    """Return the table itself, or one twice as large if it is half full."""
    if 2 * used < len(table):
        return table
    larger = np.zeros(2 * len(table), dtype=table.dtype)
    for i in range(len(table)):
        if table[i]["key"] != FREE:
            larger[slot(larger, table[i]["key"])] = table[i]
    return larger


@njit(cache=True)
def remove(table: NDArray[np.void], i: int) -> None:
    """Free a slot and shift back what follows it."""
    mask = len(table) - 1
    j = i
    while True:
        j = (j + 1) & mask
        if table[j]["key"] == FREE:
            break
        if ((j - _home(table[j]["key"], mask)) & mask) >= ((j - i) & mask):
            table[i] = table[j]
            i = j
    table[i]["key"] = FREE


@njit(cache=True)
def change_level(
    levels: NDArray[np.void], state: NDArray[np.void], side: int, tick: int, quantity: float, orders: int
) -> int:
    """Add a quantity and a number of orders, either of them negative when they leave; return the slot."""
    key = level_key(side, tick)
    i = slot(levels, key)
    level = levels[i]
    if level["key"] == FREE:
        level["key"] = key
        state[0]["n_levels"] += 1
    level["count"] += orders
    level["total"] += quantity
    if level["count"] == 0:
        level["total"] = 0.0
    return i
