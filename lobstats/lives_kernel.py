"""The compiled pass that finds out what becomes of each order."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.book_tables import FREE, level_key, remove, slot
from lobstats.events.grid import MAX_TICKS
from lobstats.events.layout import BUY_FLAG, SELL_FLAG, Kind

__all__ = ["CANCEL", "CENSORED", "FILL", "LEVEL", "LIFE", "MADE", "MOST", "PLACE", "RESTING", "follow"]

CANCELLED, FILLED, CENSORED = range(3)

MOST = 1e15
"""A larger quantity counts as this one, so that no sum of them overflows."""

RESTING = np.dtype(
    [
        ("key", "i8"),
        ("tick", "i8"),
        ("side", "i8"),
        ("qty", "f8"),
        ("place", "i8"),  # its placement in a queue
        ("life", "i8"),  # -1 where it is not followed
        ("happening", "i8"),  # the last that named it
        ("before", "f8"),  # what rested before that, with what the owner has added since
        ("taken", "f8"),  # what fills have taken in it
    ]
)
LEVEL = np.dtype([("key", "i8"), ("number", "i8")])
LIFE = np.dtype(
    [
        ("row", "i8"),
        ("side", "i1"),
        ("tick", "i8"),
        ("size", "f8"),
        ("added", "f8"),
        ("left", "i8"),  # the record with which it leaves, -1 if it stays
        ("outcome", "i1"),
        ("filled_at", "i8"),  # the record of its first fill, -1 if there is none
    ]
)
PLACE = np.dtype([("level", "i8"), ("rank", "i8")])
FILL = np.dtype([("row", "i8"), ("life", "i8"), ("size", "f8")])
CANCEL = np.dtype([("row", "i8"), ("side", "i1"), ("tick", "i8"), ("size", "f8")])
MADE = np.dtype([(name, "i8") for name in ("lives", "places", "levels", "fills", "cancels", "n_orders", "n_levels")])

_CLEAR, _ADD, _CANCEL, _MODIFY, _FILL = (
    int(kind) for kind in (Kind.CLEAR, Kind.ADD, Kind.CANCEL, Kind.MODIFY, Kind.FILL)
)
_BUY, _SELL = int(BUY_FLAG), int(SELL_FLAG)
_OWN_CANCEL = 1
_TINY = 1e-9


@njit(cache=True)
def _placed(
    levels: NDArray[np.void], made: NDArray[np.void], places: NDArray[np.void], filled: NDArray[np.int64], key: int
) -> int:
    """Queue at the back of a level; return the number of the placement."""
    i = slot(levels, key)
    if levels[i]["key"] == FREE:
        levels[i]["key"], levels[i]["number"] = key, made[0]["levels"]
        made[0]["levels"] += 1
        made[0]["n_levels"] += 1
    number, place = levels[i]["number"], made[0]["places"]
    places[place]["level"], places[place]["rank"] = number, filled[number]
    filled[number] += 1
    made[0]["places"] += 1
    return int(place)


@njit(cache=True)
def follow(
    start: int,
    events: NDArray[np.void],
    kind: NDArray[np.uint8],
    action: NDArray[np.int8],
    happening: NDArray[np.int64],
    epoch: NDArray[np.int64],
    usable: NDArray[np.bool_],
    tick_size: float,
    orders: NDArray[np.void],
    levels: NDArray[np.void],
    made: NDArray[np.void],
    lives: NDArray[np.void],
    fills: NDArray[np.void],
    cancels: NDArray[np.void],
    places: NDArray[np.void],
    placed: NDArray[np.int64],
    place: NDArray[np.int64],
    new_place: NDArray[np.int64],
) -> int:
    """Follow the orders until a table is half full; return the record to go on with, n at the end.

    ``place`` receives the placement of each record's order before it, ``new_place`` the one that it takes; ``placed``
    counts the placements of each level.
    """
    n, now = len(kind), made[0]
    for r in range(start, n):
        if 2 * now["n_orders"] >= len(orders) or 2 * now["n_levels"] >= len(levels):
            return r
        k, h = kind[r], happening[r]
        if k == _CLEAR:
            if now["n_orders"] > 0:
                for i in range(len(orders)):
                    orders[i]["key"] = FREE
            if now["n_levels"] > 0:
                for i in range(len(levels)):
                    levels[i]["key"] = FREE
            now["n_orders"], now["n_levels"] = 0, 0
            continue
        if k not in (_ADD, _CANCEL, _MODIFY, _FILL):
            continue
        event = events[r]
        qty = min(event["qty"], MOST)
        key = int(np.int64(event["order_id"])) + 1
        i = slot(orders, key)
        order = orders[i]
        known = order["key"] != FREE
        if (k == _ADD and known) or (not known and (k in (_CANCEL, _FILL) or qty <= 0)):
            continue

        # 1. what the record finds of its order
        life = -1
        if known:
            place[r] = order["place"]
            if order["happening"] != h:
                order["happening"], order["before"], order["taken"] = h, order["qty"], 0.0
            life = order["life"]
            if life >= 0 and epoch[h] != epoch[happening[lives[life]["row"]]]:
                life = order["life"] = -1

        # 2. the order is filled, leaves, comes or changes
        if k == _FILL:
            taken = min(max(qty, 0.0), order["before"] - order["taken"])
            if taken <= 0:
                continue
            order["taken"] += taken
            if life >= 0:
                fill = fills[now["fills"]]
                fill["row"], fill["life"], fill["size"] = r, life, taken
                now["fills"] += 1
                if lives[life]["filled_at"] < 0:
                    lives[life]["filled_at"] = r
        elif k == _CANCEL or qty <= 0:
            if life >= 0:
                rest = order["before"] - order["taken"]
                lives[life]["left"] = r
                lives[life]["outcome"] = FILLED if order["taken"] > 0 and rest <= _TINY * order["before"] else CANCELLED
            if action[r] == _OWN_CANCEL:
                cancel = cancels[now["cancels"]]
                cancel["row"], cancel["side"] = r, order["side"]
                cancel["tick"], cancel["size"] = order["tick"], order["qty"]
                now["cancels"] += 1
            remove(orders, i)
            now["n_orders"] -= 1
        else:
            tick = int(min(max(np.rint(float(event["px"]) / tick_size), -MAX_TICKS), MAX_TICKS))
            if known:
                # An iceberg shows more than its fills have left, and goes to the back, though no more than before them.
                left = order["before"] - order["taken"] if order["taken"] > 0 else order["qty"]
                raised = qty - left
                if raised > 0:
                    order["before"] += raised
                    if life >= 0:
                        lives[life]["added"] += raised
                if raised > 0 or tick != order["tick"]:
                    new_place[r] = _placed(levels, made, places, placed, level_key(order["side"], tick))
                    order["place"] = new_place[r]
            else:
                ev = event["ev"]
                side = (1 if ev & _BUY else 0) - (1 if ev & _SELL else 0)
                new_place[r] = _placed(levels, made, places, placed, level_key(side, tick))
                order["key"], order["side"], order["place"], order["life"] = key, side, new_place[r], -1
                order["happening"], order["before"], order["taken"] = h, qty, 0.0
                now["n_orders"] += 1
                if k == _ADD and h >= 0 and usable[h]:
                    order["life"] = now["lives"]
                    born = lives[now["lives"]]
                    born["row"], born["side"], born["tick"], born["size"], born["added"] = r, side, tick, qty, qty
                    born["left"], born["outcome"], born["filled_at"] = -1, CENSORED, -1
                    now["lives"] += 1
            order["tick"], order["qty"] = tick, qty
    return n
