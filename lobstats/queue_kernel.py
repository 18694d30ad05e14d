"""The compiled pass that finds out where orders stand in the queue of their price level.

Each placement of an order at a price, with one priority, has a rank in its level. Two trees over the ranks (P. M.
Fenwick 1994) hold how many orders and how much quantity are left, so that a question costs the logarithm of a level's
placements.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.events.layout import Kind
from lobstats.lives_kernel import MOST

__all__ = ["queue"]

_CANCEL, _FILL = int(Kind.CANCEL), int(Kind.FILL)


@njit(cache=True)
def _add(
    counts: NDArray[np.int64], sums: NDArray[np.float64], first: int, n: int, rank: int, one: int, qty: float
) -> None:
    """Add to a level's trees at a rank."""
    i = rank + 1
    while i <= n:
        counts[first + i - 1] += one
        sums[first + i - 1] += qty
        i += i & -i


@njit(cache=True)
def _ahead(counts: NDArray[np.int64], sums: NDArray[np.float64], first: int, rank: int) -> tuple[int, float]:
    """Return how many orders, and how much quantity, stand before a rank."""
    orders, qty, i = 0, 0.0, rank
    while i > 0:
        orders += counts[first + i - 1]
        qty += sums[first + i - 1]
        i -= i & -i
    return orders, qty


@njit(cache=True)
def _take_fills(
    start: int,
    fill: int,
    events: NDArray[np.void],
    kind: NDArray[np.uint8],
    happening: NDArray[np.int64],
    asked: NDArray[np.int64],
    place: NDArray[np.int64],
    places: NDArray[np.void],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    sums: NDArray[np.float64],
    total: NDArray[np.float64],
    left: NDArray[np.float64],
    due: NDArray[np.float64],
    took: NDArray[np.float64],
    ahead: NDArray[np.int64],
    position: NDArray[np.float64],
) -> int:
    """Take all fills of a happening off their queues, then see what is ahead of each; return the record after it."""
    end, number = start, fill
    while end < len(kind) and (happening[end] < 0 or happening[end] == happening[start]):
        if kind[end] == _FILL and place[end] >= 0:
            p = place[end]
            begin, n = first[places[p]["level"]], first[places[p]["level"] + 1] - first[places[p]["level"]]
            qty = min(max(events[end]["qty"], 0.0), left[p])
            if qty > 0:
                _add(counts, sums, begin, n, places[p]["rank"], -int(qty >= left[p]), -qty)
                total[places[p]["level"]] -= qty
                left[p] -= qty
                due[p] += qty
            took[number] = qty
            number += 1
        end += 1
    number = fill
    for r in range(start, end):
        if kind[r] == _FILL and place[r] >= 0:
            if asked[r] >= 0 and took[number] > 0:
                p = place[r]
                orders, qty = _ahead(counts, sums, first[places[p]["level"]], places[p]["rank"])
                ahead[asked[r]] = orders
                position[asked[r]] = _share(orders, qty, total[places[p]["level"]] + took[number])
            number += 1
    return end


@njit(cache=True)
def _share(orders: int, ahead: float, total: float) -> float:
    """Return the quantity ahead over the level's, exactly 0 at the front."""
    return min(max(ahead / total, 0.0), 1.0) if orders > 0 and total > 0 else 0.0


@njit(cache=True)
def queue(
    events: NDArray[np.void],
    kind: NDArray[np.uint8],
    happening: NDArray[np.int64],
    asked: NDArray[np.int64],
    place: NDArray[np.int64],
    new_place: NDArray[np.int64],
    places: NDArray[np.void],
    first: NDArray[np.int64],
    n_fills: int,
    ahead: NDArray[np.int64],
    position: NDArray[np.float64],
) -> None:
    """Replay the queues, and write down where the order of each record that is asked about stands.

    A feed lists the fills of a trade in no fixed order, and the changes of the book after all of them: the fills of a
    happening are taken off first, and what is ahead of an order that is filled is what none of them took.

    Parameters
    ----------
    asked : ndarray of int64, shape (n,)
        Where the answer about a record goes, -1 where none is wanted.
    place, new_place, places
        What `follow` has made of the same events.
    first : ndarray of int64, shape (levels + 1,)
        Where the placements of each level begin in the trees, and where the last end.
    n_fills : int
        Fills of known orders.
    ahead, position : ndarray, shape (q,)
        Receive the number of orders ahead, and the quantity ahead over the level's; left alone where nothing of the
        order is left in its queue.
    """
    counts, sums = np.zeros(first[-1], dtype=np.int64), np.zeros(first[-1])
    total, took = np.zeros(len(first)), np.zeros(n_fills)
    left, due = np.zeros((2, len(places)))
    fill, taken_to = 0, 0
    for r in range(len(kind)):
        old, new = place[r], new_place[r]
        if kind[r] == _FILL:
            if old < 0:
                continue
            if r >= taken_to:
                taken_to = _take_fills(
                    r,
                    fill,
                    events,
                    kind,
                    happening,
                    asked,
                    place,
                    places,
                    first,
                    counts,
                    sums,
                    total,
                    left,
                    due,
                    took,
                    ahead,
                    position,
                )
            due[old] -= took[fill]
            fill += 1
            continue
        qty = min(events[r]["qty"], MOST)
        if old >= 0:
            level, rank = places[old]["level"], places[old]["rank"]
            begin, n = first[level], first[level + 1] - first[level]
            if asked[r] >= 0 and left[old] > 0:
                ahead[asked[r]], before = _ahead(counts, sums, begin, rank)
                position[asked[r]] = _share(ahead[asked[r]], before, total[level])
            # A modify between two fills names what the second has yet to take.
            rest = 0.0 if kind[r] == _CANCEL or new >= 0 else max(qty - due[old], 0.0)
            if rest != left[old]:
                _add(counts, sums, begin, n, rank, int(rest > 0) - int(left[old] > 0), rest - left[old])
                total[level] += rest - left[old]
                left[old] = rest
        if new >= 0:
            level, rank = places[new]["level"], places[new]["rank"]
            left[new] = qty
            _add(counts, sums, first[level], first[level + 1] - first[level], rank, 1, qty)
            total[level] += qty
