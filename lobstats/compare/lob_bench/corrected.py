"""What the corrected form of each score takes from a sequence."""

from collections.abc import Callable

import numpy as np

from lobstats.compare.lob_bench.sequences import EMPTY, Floats, LobsterSequence

__all__ = [
    "depth",
    "imbalance",
    "level",
    "log_gap",
    "log_time_to_cancel",
    "spread",
    "total",
    "touch",
    "volume_per_second",
]

FOLLOWED_NS = 1_000_000_000
"""How long an order is followed until it counts as not cancelled: a second."""

_NS, _MS = 1_000_000_000, 1_000_000

Values = Callable[[LobsterSequence], Floats]


def spread(s: LobsterSequence) -> Floats:
    """Return the best ask minus the best bid where there are both."""
    return np.asarray(s.ask - s.bid, dtype=np.float64)[s.two_sided]


def imbalance(s: LobsterSequence) -> Floats:
    """Return bid minus ask size over their sum at the touch, where there are both."""
    ask, bid = s.book[s.two_sided, 1], s.book[s.two_sided, 3]
    total_size = ask + bid
    return np.asarray((bid - ask)[total_size > 0] / total_size[total_size > 0])


def log_gap(s: LobsterSequence) -> Floats:
    """Return the logarithm of the milliseconds between messages of different times."""
    gap = np.diff(s.time)
    return np.log(gap[gap > 0] / _MS)


def log_time_to_cancel(s: LobsterSequence) -> Floats:
    """Return the logarithm of the seconds until an order is first reduced or deleted by its owner.

    Of each order that comes a second or more before the sequence ends; one that is not cancelled within a second
    counts as a second, whether it still rests or was filled. Orders of one time count as a nanosecond.
    """
    new = np.flatnonzero(s.kind == 1)
    ids, place = np.unique(s.order_id[new], return_index=True)
    born = s.time[new[place]]
    cancel = np.flatnonzero((s.kind == 2) | (s.kind == 3))
    left_ids, left_place = np.unique(s.order_id[cancel], return_index=True)
    left = np.full(len(ids), np.iinfo(np.int64).max)
    known = np.isin(ids, left_ids)
    left[known] = s.time[cancel[left_place[np.searchsorted(left_ids, ids[known])]]]
    followed = born <= (s.time[-1] if len(s) else 0) - FOLLOWED_NS
    lasted = np.minimum(left[followed] - born[followed], FOLLOWED_NS)
    return np.log(np.maximum(lasted, 1) / _NS)


def touch(column: int) -> Values:
    """Return a function for the size at the touch, of the asks in column 1 or the bids in column 3."""
    return lambda s: s.book[np.abs(s.book[:, column - 1]) < EMPTY, column].astype(np.float64)


def total(column: int) -> Values:
    """Return a function for the size over ten levels, likewise."""
    return lambda s: s.book[np.abs(s.book[:, column - 1]) < EMPTY, column:40:4].sum(axis=1).astype(np.float64)


def depth(kinds: tuple[int, ...], side: int) -> Values:
    """Return a function for the distance of orders of one side from their own best price before the message.

    Negative where an order improves on it.
    """

    def values(s: LobsterSequence) -> Floats:
        best = s.book[:-1, 2 if side > 0 else 0]
        own = s.is_kind(*kinds)[1:] & (s.direction[1:] == side) & (np.abs(best) < EMPTY)
        return np.asarray(side * (best - s.price[1:])[own], dtype=np.float64)

    return values


def level(kinds: tuple[int, ...], side: int) -> Values:
    """Return a function for the level of orders of one side: one more than the levels that are better than theirs."""

    def values(s: LobsterSequence) -> Floats:
        column = 2 if side > 0 else 0
        own = s.is_kind(*kinds)[1:] & (s.direction[1:] == side)
        prices = s.book[:-1][own, column:40:4]
        better = (np.abs(prices) < EMPTY) & (side * (prices - s.price[1:][own, None]) > 0)
        return np.asarray(better.sum(axis=1) + 1.0)

    return values


def volume_per_second(s: LobsterSequence) -> Floats:
    """Return the volume executed in each whole second of the clock that the sequence covers."""
    if not len(s):
        return np.empty(0)
    first, last = -(-int(s.time[0]) // _NS), int(s.time[-1]) // _NS
    if last <= first or last - first > 86_400:
        return np.empty(0)
    own = s.kind == 4
    second = s.time[own] // _NS - first
    inside = (second >= 0) & (second < last - first)
    return np.bincount(second[inside], s.size[own][inside], minlength=last - first).astype(np.float64)
