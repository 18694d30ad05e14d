"""Clears of one side, which ``hftbacktest`` knows and packed events do not."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.events.layout import BUY_FLAG, KIND_MASK, SELL_FLAG, Kind

__all__ = ["spell_out"]

_SIDES = int(BUY_FLAG | SELL_FLAG)
_KIND = np.uint64(~KIND_MASK & 0xFFFFFFFF)


def spell_out(records: NDArray[np.void]) -> tuple[NDArray[np.void], dict[str, int]]:
    """Write clears of one side as what packed events can say.

    Converters of depth write a snapshot as a clear of the bids, the bids, a clear of the asks and the asks, all of one
    time: that becomes one clear and the levels. Any other clear of one side becomes depth of quantity zero at the
    side's levels, down to the price that the clear names, and the cancels of the side's orders.

    Parameters
    ----------
    records : ndarray of dtype HFTBACKTEST, shape (n,)

    Returns
    -------
    tuple
        The records, and how many clears were joined with another, how many spelled out, and as how many records.
    """
    kind, side = records["ev"] & np.uint64(KIND_MASK), records["ev"] & np.uint64(_SIDES)
    sided = (kind == Kind.CLEAR) & ((side == BUY_FLAG) | (side == SELL_FLAG))
    if not sided.any():
        return records, {"sided_clears_joined": 0, "sided_clears_spelled_out": 0, "records_put_in": 0}
    leads, joined = _snapshots(kind, side, sided, records["exch_ts"])
    records = records.copy()
    records["ev"][leads] &= np.uint64(~_SIDES & 0xFFFFFFFF)
    spelled = sided & ~leads & ~joined
    rows, becomes = _expanded(records, spelled, joined)
    counts = {
        "sided_clears_joined": int(joined.sum()),
        "sided_clears_spelled_out": int(spelled.sum()),
        "records_put_in": int((becomes != 0).sum()),
    }
    made = records[rows[:, 0]]
    put_in = becomes != 0
    made["ev"][put_in] = made["ev"][put_in] & _KIND | becomes[put_in].astype(np.uint64)
    made["qty"][becomes == Kind.DEPTH] = 0.0
    for name in ("exch_ts", "local_ts", "ival"):
        made[name] = records[name][rows[:, 1]]
    return made, counts


def _snapshots(
    kind: NDArray[np.uint64], side: NDArray[np.uint64], sided: NDArray[np.bool_], time: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the clears that begin a snapshot of both sides, and those that only go on with one."""
    leads, joined = np.zeros((2, len(kind)), dtype=bool)
    within = sided | (kind == Kind.SNAPSHOT)
    edges = np.flatnonzero(np.concatenate([[True], (within[1:] != within[:-1]) | (np.diff(time) != 0), [True]]))
    for start, end in pairwise(edges):
        clears = start + np.flatnonzero(sided[start:end])
        if len(np.unique(side[clears])) == 2 and clears[0] == start:
            leads[start] = True
            joined[clears[1:]] = True
    return leads, joined


def _expanded(
    records: NDArray[np.void], spelled: NDArray[np.bool_], joined: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each record to write the one to copy and the one to stamp it like, and the kind of those put in."""
    rows: list[tuple[int, int]] = []
    becomes: list[int] = []
    levels: dict[int, dict[float, int]] = {int(BUY_FLAG): {}, int(SELL_FLAG): {}}
    orders: dict[int, dict[int, int]] = {int(BUY_FLAG): {}, int(SELL_FLAG): {}}
    words, prices, quantities, ids = (records[name].tolist() for name in ("ev", "px", "qty", "order_id"))
    for row, word in enumerate(words):
        kind, side = word & KIND_MASK, word & _SIDES
        if joined[row]:
            continue
        if spelled[row]:
            limit = prices[row]
            # Bids are cleared from the best down to the limit, asks up to it; without one, all are.
            gone = [
                price
                for price in levels[side]
                if not limit > 0 or (price >= limit if side == BUY_FLAG else price <= limit)
            ]
            for at, as_kind in (
                *((levels[side].pop(price), Kind.DEPTH) for price in gone),
                *((at, Kind.CANCEL) for at in orders[side].values()),
            ):
                rows.append((at, row))
                becomes.append(int(as_kind))
            orders[side].clear()
            continue
        rows.append((row, row))
        becomes.append(0)
        if kind == Kind.CLEAR:
            for side_of in (BUY_FLAG, SELL_FLAG):
                levels[int(side_of)].clear()
                orders[int(side_of)].clear()
        elif kind in (Kind.DEPTH, Kind.SNAPSHOT) and side in levels:
            levels[side].pop(prices[row], None)
            if quantities[row] > 0:
                levels[side][prices[row]] = row
        elif kind in (Kind.ADD, Kind.MODIFY) and side in orders:
            orders[side][ids[row]] = row
        elif kind == Kind.CANCEL:
            for table in orders.values():
                table.pop(ids[row], None)
    return np.array(rows, dtype=np.int64).reshape(-1, 2), np.array(becomes, dtype=np.int64)
