"""The best levels of each side in order, beside the table of all levels.

The window of a side holds every level up to its *reach*, a key, the best one last, so that what happens near the touch
moves little. A full window forgets its outer half and its reach shrinks; one that runs short of `DEPTH` levels, though
the side may hold more, is filled again from the table before the next record. That looks at every level, and happens
once in as many removals as half a window holds, which is at least the root of the size of the table.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.book_tables import FREE, NO_PRICE, level_price, slot

__all__ = [
    "DEPTH",
    "Window",
    "best_price",
    "best_size",
    "empty_window",
    "fill_window",
    "follow_level",
    "forget_levels",
    "is_empty",
    "read_profile",
    "sum_depth",
    "window_for",
]

DEPTH = 10
"""How many of the best levels of each side make the depth of a book."""


class Window(NamedTuple):
    """The keys and the quantities of the levels near the touch, shape (2, c) each, from the outermost inwards."""

    key: NDArray[np.int64]
    size: NDArray[np.float64]


_LEAST, _NEAREST = 64, 16
_EVERYTHING = 1 << 62


def window_for(levels: NDArray[np.void], window: Window) -> Window:
    """Return a window that is as long as the table of levels needs."""
    wider = ((0, 0), (0, max(0, 2 * max(_LEAST, math.isqrt(len(levels))) - window.key.shape[1])))
    return Window(np.pad(window.key, wider), np.pad(window.size, wider))


def empty_window(levels: NDArray[np.void], state: NDArray[np.void]) -> Window:
    """Return a window without a level, for a book that is empty."""
    forget_levels(state)
    return window_for(levels, Window(np.zeros((2, 0), dtype=np.int64), np.zeros((2, 0))))


@njit(cache=True)
def forget_levels(state: NDArray[np.void]) -> None:
    """Empty the windows of a book that has become empty."""
    for own in range(2):
        state[0]["n_near"][own], state[0]["reach"][own] = 0, _EVERYTHING
    state[0]["is_short"] = 0


@njit(cache=True)
def _find(keys: NDArray[np.int64], own: int, n: int, key: int) -> int:
    """Return the place of a key among the ``n`` of a side, which fall, or the one where it belongs."""
    low, high = 0, n
    # Most changes are near the touch.
    while high > max(n - _NEAREST, 0):
        if keys[own, high - 1] >= key:
            return high - 1 if keys[own, high - 1] == key else high
        high -= 1
    while low < high:
        middle = (low + high) >> 1
        if keys[own, middle] > key:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True)
def follow_level(
    levels: NDArray[np.void], keys: NDArray[np.int64], sizes: NDArray[np.float64], state: NDArray[np.void], i: int
) -> None:
    """Let the window follow a change of the level in slot ``i``."""
    now, level = state[0], levels[i]
    key = level["key"]
    own = key & 1
    if key > now["reach"][own]:
        return
    n = now["n_near"][own]
    low = _find(keys, own, n, key)
    is_there = low < n and keys[own, low] == key
    if level["count"] == 0:
        if is_there:
            for j in range(low, n - 1):
                keys[own, j], sizes[own, j] = keys[own, j + 1], sizes[own, j + 1]
            now["n_near"][own] = n - 1
            now["is_short"] |= n <= DEPTH and now["reach"][own] != _EVERYTHING
        return
    if not is_there:
        for j in range(n, low, -1):
            keys[own, j], sizes[own, j] = keys[own, j - 1], sizes[own, j - 1]
        keys[own, low] = key
        n += 1
    sizes[own, low] = level["total"]
    if n == keys.shape[1]:
        gone = n // 2
        n -= gone
        for j in range(n):
            keys[own, j], sizes[own, j] = keys[own, j + gone], sizes[own, j + gone]
        now["reach"][own] = keys[own, 0]
    now["n_near"][own] = n


@njit(cache=True)
def fill_window(
    levels: NDArray[np.void], window_keys: NDArray[np.int64], sizes: NDArray[np.float64], state: NDArray[np.void]
) -> None:
    """Fill the windows that run short again from the table."""
    now, kept = state[0], window_keys.shape[1] // 2
    now["is_short"] = 0
    for own in range(2):
        if now["n_near"][own] >= DEPTH or now["reach"][own] == _EVERYTHING:
            continue
        keys = np.empty(len(levels), dtype=np.int64)
        n = 0
        for i in range(len(levels)):
            if levels[i]["key"] != FREE and levels[i]["count"] > 0 and levels[i]["key"] & 1 == own:
                keys[n] = levels[i]["key"]
                n += 1
        keys = keys[:n]
        now["reach"][own] = _EVERYTHING
        if n > kept:
            n = kept
            keys = np.partition(keys, n - 1)[:n]
            now["reach"][own] = keys.max()
        keys = np.sort(keys)[::-1]
        for j in range(n):
            window_keys[own, j] = keys[j]
            sizes[own, j] = levels[slot(levels, keys[j])]["total"]
        now["n_near"][own] = n


@njit(cache=True)
def best_price(keys: NDArray[np.int64], state: NDArray[np.void], own: int) -> int:
    """Return the best price in ticks of side 0 (bids) or 1 (asks), `NO_PRICE` if the side is empty."""
    n = state[0]["n_near"][own]
    return level_price(keys[own, n - 1]) if n > 0 else NO_PRICE


@njit(cache=True)
def best_size(sizes: NDArray[np.float64], state: NDArray[np.void], own: int) -> float:
    """Return the quantity at the best price of a side, 0 if the side is empty."""
    n = state[0]["n_near"][own]
    return sizes[own, n - 1] if n > 0 else 0.0


@njit(cache=True)
def is_empty(state: NDArray[np.void]) -> bool:
    """Tell whether neither side has a level."""
    return bool(state[0]["n_near"][0] == 0 and state[0]["n_near"][1] == 0)


@njit(cache=True)
def sum_depth(sizes: NDArray[np.float64], state: NDArray[np.void], own: int) -> float:
    """Return the quantity over the best levels of a side, summed from the touch outwards."""
    n, total = state[0]["n_near"][own], 0.0
    for j in range(min(n, DEPTH)):
        total += sizes[own, n - 1 - j]
    return total


@njit(cache=True)
def read_profile(
    keys: NDArray[np.int64],
    sizes: NDArray[np.float64],
    state: NDArray[np.void],
    row: int,
    price: NDArray[np.int64],
    size: NDArray[np.float64],
) -> None:
    """Write price and quantity of the best levels of both sides to a row of arrays of shape (p, 2, `DEPTH`) each."""
    for own in range(2):
        n = state[0]["n_near"][own]
        for k in range(DEPTH):
            price[row, own, k], size[row, own, k] = NO_PRICE, 0.0
            if k < n:
                price[row, own, k] = level_price(keys[own, n - 1 - k])
                size[row, own, k] = sizes[own, n - 1 - k]
