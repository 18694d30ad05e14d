"""The passes over a stream that follow its orders, and the tables that they need."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobstats.book import Book
from lobstats.book_tables import roomy
from lobstats.causes import ACTIONS
from lobstats.events.codec import Events, kinds, sides
from lobstats.events.layout import Kind
from lobstats.lives_kernel import CANCEL, FILL, LEVEL, LIFE, MADE, PLACE, RESTING, follow
from lobstats.queue_kernel import queue

__all__ = ["Followed", "followed"]

_FIRST_SIZE = 64

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Followed:
    """What becomes of a stream's orders, by record.

    Attributes
    ----------
    lives : ndarray of dtype LIFE, shape (k,)
        Orders added in usable happenings.
    fills : ndarray of dtype FILL, shape (f,)
        Their fills.
    cancels : ndarray of dtype CANCEL, shape (c,)
        Cancels of known orders by their owners.
    asked : ndarray of int64, shape (q,)
        Fills of resting orders, and such cancels, in usable happenings.
    ahead : ndarray of int64, shape (q,)
        Orders ahead of theirs in its queue, -1 where nothing of it was left there.
    position : ndarray of float64, shape (q,)
        Quantity ahead over the level's.
    """

    lives: NDArray[np.void]
    fills: NDArray[np.void]
    cancels: NDArray[np.void]
    asked: Ints
    ahead: Ints
    position: Floats


def followed(events: Events, book: Book, action: NDArray[np.int8], usable: NDArray[np.bool_], epoch: Ints) -> Followed:
    """Follow the orders of a stream.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    book : Book
        The replay of the same events.
    action : ndarray of int8, shape (n,)
        What `lobstats.causes.actions` says of them.
    usable : ndarray of bool, shape (h,)
        The happenings that enter facts.
    epoch : ndarray of int64, shape (h,)
        The stretch of each happening; an order is followed to the end of the one in which it is born.
    """
    kind, happening = kinds(events), book.happening
    lives = np.zeros(np.count_nonzero(action == ACTIONS.index("add")), dtype=LIFE)
    fills = np.zeros(np.count_nonzero(action == ACTIONS.index("fill")), dtype=FILL)
    cancels = np.zeros(np.count_nonzero(action == ACTIONS.index("cancel")), dtype=CANCEL)
    places = np.zeros(np.count_nonzero((kind == Kind.ADD) | (kind == Kind.MODIFY)), dtype=PLACE)
    placed = np.zeros(len(places), dtype=np.int64)
    place, new_place = np.full((2, len(events)), -1, dtype=np.int64)
    orders, levels = np.zeros(_FIRST_SIZE, dtype=RESTING), np.zeros(_FIRST_SIZE, dtype=LEVEL)
    made = np.zeros(1, dtype=MADE)
    r = 0
    while True:
        r = follow(
            r,
            events,
            kind,
            action,
            happening,
            epoch,
            usable,
            book.tick_size,
            orders,
            levels,
            made,
            lives,
            fills,
            cancels,
            places,
            placed,
            place,
            new_place,
        )
        if r == len(events):
            break
        orders, levels = roomy(orders, int(made["n_orders"][0])), roomy(levels, int(made["n_levels"][0]))
    n = {name: int(made[name][0]) for name in ("lives", "fills", "cancels", "places", "levels")}
    wanted = action == ACTIONS.index("cancel")
    filled = np.flatnonzero(action == ACTIONS.index("fill"))
    wanted[filled] = ~_is_aggressor(events, kind, happening, filled)
    at = np.flatnonzero(wanted & (place >= 0))
    at = at[usable[happening[at]]]
    asked = np.full(len(events), -1, dtype=np.int64)
    asked[at] = np.arange(len(at))
    ahead, position = np.full(len(at), -1, dtype=np.int64), np.zeros(len(at))
    first = np.concatenate([[0], np.cumsum(placed[: n["levels"]])])
    n_fills = int(np.count_nonzero(place[kind == Kind.FILL] >= 0))
    queue(events, kind, happening, asked, place, new_place, places[: n["places"]], first, n_fills, ahead, position)
    return Followed(lives[: n["lives"]], fills[: n["fills"]], cancels[: n["cancels"]], at, ahead, position)


def _is_aggressor(events: Events, kind: NDArray[np.uint8], happening: Ints, fills: Ints) -> NDArray[np.bool_]:
    """Tell which fills are those of the trade's aggressor: on its own side, in its own happening."""
    trades = np.flatnonzero(kind == Kind.TRADE)
    if not len(trades):
        return np.zeros(len(fills), dtype=bool)
    latest = np.searchsorted(trades, fills)
    trade, side = trades[np.maximum(latest - 1, 0)], sides(events[fills])
    follows = (latest > 0) & (happening[trade] == happening[fills])
    return np.asarray(follows & (sides(events[trade]) == side) & (side != 0))
