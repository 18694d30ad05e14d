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

    A clear of one side takes its levels from the best to the price that it names, all of them without one. Converters
    of depth write a snapshot as a clear of the bids, the bids, a clear of the asks and the asks, all of one time: that
    becomes one clear, the levels that it left and those of the snapshot. Any other clear of one side becomes depth of
    quantity zero at the levels that it takes, and the cancels of the side's orders.

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
    joined_to = _snapshots(kind, side, sided, records["exch_ts"])
    walk = _Walk(records)
    for row in range(len(records)):
        walk.take(row, is_sided=bool(sided[row]), joined_to=int(joined_to[row]))
    source, stamp, becomes = (np.array(column, dtype=np.int64) for column in (walk.source, walk.stamp, walk.becomes))
    made = records[source]
    put_in = becomes >= 0
    made["ev"][put_in] = made["ev"][put_in] & _KIND | becomes[put_in].astype(np.uint64)
    whole = made["ev"] & np.uint64(KIND_MASK) == Kind.CLEAR
    made["ev"][whole] &= np.uint64(~_SIDES & 0xFFFFFFFF)
    made["qty"] = np.where(put_in, np.array(walk.quantity), made["qty"])
    for name in ("exch_ts", "local_ts", "ival"):
        made[name] = records[name][stamp]
    leads = int((joined_to > np.arange(len(records))).sum())
    return made, {
        "sided_clears_joined": leads,
        "sided_clears_spelled_out": int(sided.sum()) - 2 * leads,
        "records_put_in": int(put_in.sum()),
    }


def _snapshots(
    kind: NDArray[np.uint64], side: NDArray[np.uint64], sided: NDArray[np.bool_], time: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return for each clear that frames a snapshot the row of the other side's, -1 for all other records."""
    other = np.full(len(kind), -1, dtype=np.int64)
    within = sided | (kind == Kind.SNAPSHOT)
    edges = np.flatnonzero(np.concatenate([[True], (within[1:] != within[:-1]) | (np.diff(time) != 0), [True]]))
    for start, end in pairwise(edges):
        waiting = -1
        for row in start + np.flatnonzero(sided[start:end]):
            if waiting >= 0 and side[row] != side[waiting]:
                other[waiting], other[row], waiting = row, waiting, -1
            else:
                waiting = row
    return other


class _Walk:
    """Goes over the records, keeps what is alive on each side, and lists what is to be written."""

    def __init__(self, records: NDArray[np.void]) -> None:
        self._words, self._prices, self._quantities, self._ids = (
            records[name].tolist() for name in ("ev", "px", "qty", "order_id")
        )
        self._levels: dict[int, dict[float, int]] = {int(BUY_FLAG): {}, int(SELL_FLAG): {}}
        self._orders: dict[int, dict[int, tuple[int, float]]] = {int(BUY_FLAG): {}, int(SELL_FLAG): {}}
        self.source: list[int] = []
        self.stamp: list[int] = []
        self.becomes: list[int] = []  # the kind of a record that is put in, else -1
        self.quantity: list[float] = []

    def take(self, row: int, *, is_sided: bool, joined_to: int) -> None:
        """Take the next record."""
        kind, side = self._words[row] & KIND_MASK, self._words[row] & _SIDES
        if joined_to > row:
            self._write(row, row, -1, 0.0)
            for clear in (row, joined_to):
                self._gone(clear)
            kept = [at for levels in self._levels.values() for at in levels.values()]
            for at in kept:
                self._write(at, row, Kind.SNAPSHOT, self._quantities[at])
            for orders in self._orders.values():
                orders.clear()
        elif joined_to >= 0:
            return
        elif is_sided:
            for at in self._gone(row):
                self._write(at, row, Kind.DEPTH, 0.0)
            for at, left in self._orders[side].values():
                self._write(at, row, Kind.CANCEL, left)
            self._orders[side].clear()
        else:
            self._write(row, row, -1, 0.0)
            self._follow(row, kind, side)

    def _write(self, source: int, stamp: int, becomes: int, quantity: float) -> None:
        self.source.append(source)
        self.stamp.append(stamp)
        self.becomes.append(int(becomes))
        self.quantity.append(quantity)

    def _gone(self, row: int) -> list[int]:
        """Take away the levels that a clear of one side takes; return the records that set them."""
        side, limit = self._words[row] & _SIDES, self._prices[row]
        levels = self._levels[side]
        prices = [p for p in levels if not limit > 0 or (p >= limit if side == BUY_FLAG else p <= limit)]
        return [levels.pop(price) for price in prices]

    def _follow(self, row: int, kind: int, side: int) -> None:
        if kind == Kind.CLEAR:
            for alive in (BUY_FLAG, SELL_FLAG):
                self._levels[int(alive)].clear()
                self._orders[int(alive)].clear()
        elif kind in (Kind.DEPTH, Kind.SNAPSHOT) and side in self._levels:
            price = round(self._prices[row], 9)
            self._levels[side].pop(price, None)
            if self._quantities[row] > 0:
                self._levels[side][price] = row
        elif kind in (Kind.ADD, Kind.MODIFY) and side in self._orders:
            self._orders[side][self._ids[row]] = (row, self._quantities[row])
        elif kind == Kind.CANCEL:
            for orders in self._orders.values():
                at, left = orders.pop(self._ids[row], (row, 0.0))
                if 0 < self._quantities[row] < left:
                    orders[self._ids[row]] = (at, left - self._quantities[row])
