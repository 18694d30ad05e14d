"""The fields of a summary that tell what happens to orders."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.book import NO_PRICE
from lobstats.lives import Orders, Spots
from lobstats.summary.counts import Counts, capped, rounded
from lobstats.summary.lives import first_fill_counts, life_counts, order_quantities

__all__ = ["POSITION_STEP", "order_rows"]

POSITION_STEP = 0.001
"""Positions in a queue go to the nearest thousandth."""

Ints = NDArray[np.int64]


def order_rows(orders: Orders, edges: Ints) -> dict[str, list[Any]]:
    """Return the rows of each field that tells of orders; an order belongs to the row of its birth.

    Parameters
    ----------
    orders : Orders
    edges : ndarray of int64, shape (rows + 1,)
        Times at which rows begin, and the last ends.
    """
    lives = orders.lives
    born, acted, gone = (_rows(time, edges) for time in (lives.time, orders.action_time, orders.cancel_time))
    return {
        "event_kinds": [Counts.of(orders.action[row].astype(np.int64)) for row in acted],
        "order_lives": [life_counts(lives.duration[row], lives.outcome[row]) for row in born],
        "first_fills": [first_fill_counts(lives.duration[row], lives.outcome[row], lives.wait[row]) for row in born],
        "order_quantities": order_quantities(lives, born),
        "order_distance": [_distances(lives.distance[row]) for row in born],
        "cancel_distance": [_distances(orders.cancel_distance[row]) for row in gone],
        "cancel_size": [Counts.of(rounded(orders.cancel_size[row]), unit="contracts") for row in gone],
        "fill_position": _positions(orders.at_fill, edges),
        "fill_ahead": _ahead(orders.at_fill, edges),
        "cancel_position": _positions(orders.at_cancel, edges),
        "cancel_ahead": _ahead(orders.at_cancel, edges),
    }


def _rows(times: Ints, edges: Ints) -> list[slice]:
    return [slice(int(a), int(b)) for a, b in pairwise(np.searchsorted(times, edges))]


def _distances(distance: Ints) -> Counts:
    return Counts.of(capped(distance[distance != NO_PRICE]), unit="ticks")


def _positions(spots: Spots, edges: Ints) -> list[Counts]:
    steps = np.rint(spots.position / POSITION_STEP).astype(np.int64)
    return [Counts.of(steps[row], step=POSITION_STEP) for row in _rows(spots.time, edges)]


def _ahead(spots: Spots, edges: Ints) -> list[Counts]:
    return [Counts.of(capped(spots.ahead[row]), unit="orders") for row in _rows(spots.time, edges)]
