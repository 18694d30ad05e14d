"""What every outside format becomes: events in the grammar of a stream, and the record of how they were made."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, kinds
from lobstats.events.layout import KIND_MASK, Kind

__all__ = [
    "IDS_RULE",
    "Conversion",
    "Order",
    "Pick",
    "PickError",
    "place_snapshots",
    "reduce_partial_cancels",
    "renumber",
]

Order = Literal["refuse", "sort"]

_DUST = 1e-9  # of an order; what subtracting fractions leaves of one that is gone

IDS_RULE = "numbered from 1 in order of first appearance; 0 stays 0"


class PickError(DecodeError):
    """An instrument or a venue that the file does not hold."""


@dataclass(frozen=True)
class Pick:
    """What to take from a file of several streams, and whether times in disorder are refused or sorted."""

    instrument: str | None = None
    publisher: str | None = None
    unordered: Order = "refuse"


@dataclass(frozen=True)
class Conversion:
    """Events in the grammar of a stream, and how they were made.

    ``about`` holds ``format``, ``records_in``, ``records_out``, ``dropped`` (records by reason), ``order_ids`` and what
    else the format has to say.
    """

    events: Events
    about: dict[str, Any]


def renumber(order_ids: NDArray[Any], named: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Return ids from 1 in order of first appearance, 0 where not ``named``, and how many there are."""
    ids = np.zeros(len(order_ids), dtype=np.int64)
    codes, distinct = pd.factorize(order_ids[named])
    if len(distinct) >= 1 << 32:
        msg = f"the file names {len(distinct):,} orders; a packed order id holds 32 bits. Cut the file into parts."
        raise DecodeError(msg)
    ids[named] = codes + 1
    return ids, len(distinct)


def place_snapshots(
    time: NDArray[np.int64], snapshot: NDArray[np.bool_], clear: NDArray[np.bool_], received: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stamp each run of snapshot records strictly between the live records around it.

    Parameters
    ----------
    time : ndarray of int64, shape (n,)
        Exchange times; those of snapshot records are not read.
    snapshot, clear : ndarray of bool, shape (n,)
        Which records belong to a snapshot, and which are clears.
    received : ndarray of int64, shape (n,)
        When each record was received: what a file that holds a snapshot alone is stamped with.

    Returns
    -------
    tuple
        The times, and the rows before which a clear has to be put.

    Raises
    ------
    DecodeError
        If a snapshot stands between live records of one time.
    """
    time = time.copy()
    edges = np.diff(np.concatenate([[0], snapshot.astype(np.int8), [0]]))
    clears = []
    for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        before = int(time[start - 1]) if start else -1
        if end < len(time):
            at = int(time[end]) - 1
            if at <= before:
                msg = (
                    f"record {start:,}: this snapshot stands between live records of one time and has none of its own."
                )
                raise DecodeError(msg)
        else:
            at = before + 1 if start else int(received[start:end].max())
        time[start:end] = at
        if not clear[start]:
            clears.append(start)
    return time, np.array(clears, dtype=np.int64)


def reduce_partial_cancels(events: Events) -> int:
    """Turn each cancel of a part of its order into a modify to what is left, in place; return how many."""
    kind = kinds(events)
    moves = np.flatnonzero(np.isin(kind, (Kind.ADD, Kind.CANCEL, Kind.MODIFY)) & (events["order_id"] != 0))
    by_order = moves[np.argsort(events["order_id"][moves], kind="stable")]
    order_id, action, size = events["order_id"][by_order], kind[by_order], events["qty"][by_order]
    # A clear takes every order with it, so that an id met again is another order.
    cleared = np.cumsum(kind == Kind.CLEAR)[by_order]
    starts = np.concatenate([[True], (order_id[1:] != order_id[:-1]) | (cleared[1:] != cleared[:-1])])
    cancel = action == Kind.CANCEL
    part = cancel[1:] & ~cancel[:-1] & (size[1:] > 0) & (size[1:] < size[:-1]) & ~starts[1:]
    # Partial cancels are rare, and a second one needs what the first one left.
    lives = np.append(np.flatnonzero(starts), len(by_order))
    changed = 0
    for life in np.unique(np.searchsorted(lives, np.flatnonzero(part) + 1, side="right") - 1):
        left, price = 0.0, 0.0
        for row in by_order[lives[life] : lives[life + 1]]:
            if kind[row] != Kind.CANCEL:
                left, price = float(events["qty"][row]), float(events["px"][row])
            elif events["qty"][row] > 0 and left - events["qty"][row] > _DUST * left:
                left -= float(events["qty"][row])
                events["ev"][row] = events["ev"][row] & np.uint32(~KIND_MASK & 0xFFFFFFFF) | np.uint32(Kind.MODIFY)
                events["qty"][row], events["px"][row] = left, price
                changed += 1
            else:
                if abs(events["qty"][row] - left) <= _DUST * left:
                    events["qty"][row] = left
                left = 0.0
    return changed
