"""From LOBSTER's rows to events: what each message type stands for, and the book as depth."""

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.events.codec import Events, assemble
from lobstats.events.formats.conversion import IDS_RULE, renumber
from lobstats.events.layout import PACKED, Kind, Side

__all__ = ["Ints", "book_alone", "messages_to_events"]

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Columns: TypeAlias = dict[str, Ints]

_PRICE_SCALE = 10_000
_DUMMY = 9_999_999_999
_NEW, _REDUCE, _DELETE, _EXECUTE, _HIDDEN, _AUCTION, _HALT = range(1, 8)
_HALTS = -1  # the price of the message that begins one
# The order of a row's events: a snapshot in front, its own, the book after it, a clear that ends the session.
_CLEAR_STEP, _SNAPSHOT_STEP, _OWN_STEP, _DEPTH_STEP, _END_STEP = -2, -1, 0, 10, 20


def messages_to_events(messages: Columns, book: Ints | None) -> tuple[Events, dict[str, Any]]:
    """Return the events of messages, with the book as depth where it is given, and what was counted."""
    kind = messages["kind"]
    known, left = _orders(messages)
    parts = [_own_events(messages, known, left)]
    if book is not None:
        parts.append(_depth(book, messages["time"]))
    ended, resumed = _ends(messages)
    parts.append(_clears(ended, messages["time"][ended], _END_STEP))
    snapshots = _room(resumed, messages["time"])
    if book is not None and len(kind):
        parts += _book_snapshot(book, 0, 0, int(messages["time"][0]) - 1)
    for row in snapshots:
        at = int(messages["time"][row]) - 1
        if book is not None:
            parts += _book_snapshot(book, row - 1, row, at)
        else:
            parts += _order_snapshot(messages, known, left, row, at)
    events, distinct = _assembled(parts)
    reductions, deletions = ((kind == code) & ~known for code in (_REDUCE, _DELETE))
    counted = {
        "records_in": len(kind),
        "dropped": {
            "reduction_of_unknown_order": int(reductions.sum()),
            "deletion_of_unknown_order": int(deletions.sum()),
            "halt_indicator": int((kind == _HALT).sum()),
        },
        "executions_of_unknown_orders": int(((kind == _EXECUTE) & ~known).sum()),
        "hidden_executions": int((kind == _HIDDEN).sum()),
        "auctions": int((kind == _AUCTION).sum()),
        "halts": int(((kind == _HALT) & (messages["price"] == _HALTS)).sum()),
        "order_ids": {"distinct": distinct, "rule": IDS_RULE},
    }
    return events, counted


def book_alone(book: Ints, time: Ints) -> Events:
    """Return the events of a book without messages: a snapshot, then depth wherever a level changes."""
    if not len(book):
        return np.empty(0, dtype=PACKED)
    return _assembled([*_book_snapshot(book, 0, 0, int(time[0]) - 1), _depth(book, time)])[0]


def _orders(messages: Columns) -> tuple[Bools, Ints]:
    """Return which rows name an order that rests, and what rests of it after the row."""
    kind, size = messages["kind"], messages["size"]
    taken = np.isin(kind, (_REDUCE, _EXECUTE))
    frame = pd.DataFrame(
        {
            "id": messages["order_id"],
            "new": kind == _NEW,
            "change": np.select([kind == _NEW, taken], [size, -size], 0),
            "deleted": kind == _DELETE,
        }
    )
    # An id that is deleted may be given to another order.
    frame["life"] = frame.groupby("id")["new"].cumsum()
    orders = frame.groupby(["id", "life"])
    left = orders["change"].cumsum().to_numpy()
    before = left - frame["change"].to_numpy()
    gone = (orders["deleted"].cumsum() - frame["deleted"]).to_numpy() > 0
    known = frame["life"].to_numpy() > 0
    return known & ~gone & ((before > 0) | (kind == _NEW)) & (kind <= _EXECUTE), left


def _own_events(messages: Columns, known: Bools, left: Ints) -> Columns:
    """Return each message's own events, one to three."""
    kind, direction = messages["kind"], messages["direction"]
    ends = known & ((kind == _DELETE) | (np.isin(kind, (_REDUCE, _EXECUTE)) & (left <= 0)))
    shrinks = known & np.isin(kind, (_REDUCE, _EXECUTE)) & (left > 0)
    executes = kind == _EXECUTE
    trades = executes | (kind == _HIDDEN) | (kind == _AUCTION)
    return _joined(
        [
            _rows(messages, kind == _NEW, Kind.ADD, 0),
            _rows(messages, trades, Kind.TRADE, 0, side=np.where(kind == _AUCTION, Side.NONE, -direction)),
            _rows(messages, executes, Kind.FILL, 1),
            _rows(messages, shrinks, Kind.MODIFY, 2, size=left),
            _rows(messages, ends, Kind.CANCEL, 2),
        ]
    )


def _rows(
    messages: Columns, which: Bools, kind: Kind, step: int, *, side: Ints | None = None, size: Ints | None = None
) -> Columns:
    at = np.flatnonzero(which)
    return {
        "row": at,
        "step": np.full(len(at), _OWN_STEP + step),
        "kind": np.full(len(at), int(kind)),
        "side": (messages["direction"] if side is None else side)[at],
        "order_id": np.where(np.isin(messages["kind"][at], (_HIDDEN, _AUCTION)), 0, messages["order_id"][at]),
        "time": messages["time"][at],
        "price": messages["price"][at],
        "qty": (messages["size"] if size is None else size)[at],
    }


def _ends(messages: Columns) -> tuple[Ints, Ints]:
    """Return the rows after which a session ends, and those from which events go on, though not yet in a session.

    Each is the last row of its time: what shares a halt's or an auction's time belongs before the end.
    """
    kind, price = messages["kind"], messages["price"]
    halt = (kind == _HALT) & (price == _HALTS)
    # Auctions may print several trades; the last of a run ends the session.
    auction = kind == _AUCTION
    last = auction & ~np.append(auction[1:], [False])
    ended = np.unique(np.searchsorted(messages["time"], messages["time"][halt | last], side="right") - 1)
    return ended, ended + 1


def _room(resumed: Ints, time: Ints) -> list[int]:
    """Return the first row from each of ``resumed`` on before which a snapshot finds a time of its own."""
    free = np.flatnonzero(np.diff(time) > 1) + 1
    at = np.searchsorted(free, resumed)
    return sorted({int(free[i]) for i in at if i < len(free)})


def _clears(rows: Ints, times: Ints, step: int) -> Columns:
    nothing = np.zeros(len(rows), dtype=np.int64)
    return {
        "row": rows,
        "step": nothing + step,
        "kind": nothing + int(Kind.CLEAR),
        "side": nothing,
        "order_id": nothing,
        "time": times,
        "price": nothing,
        "qty": nothing,
    }


def _order_snapshot(messages: Columns, known: Bools, left: Ints, row: int, at: int) -> list[Columns]:
    past = pd.DataFrame(
        {"id": messages["order_id"][:row], "left": np.where(messages["kind"] == _DELETE, 0, left)[:row]}
    )
    alive = past[known[:row]].groupby("id")["left"].last()
    alive = alive[alive > 0]
    first = np.flatnonzero(messages["kind"][:row] == _NEW)
    origin = pd.Series(first, index=messages["order_id"][first])
    origin = origin[~origin.index.duplicated(keep="last")]
    rows = np.sort(origin.reindex(alive.index).to_numpy(np.int64))
    adds = _rows(messages, np.isin(np.arange(len(left)), rows), Kind.ADD, 0)
    adds |= {
        "row": np.full(len(rows), row),
        "step": np.full(len(rows), _SNAPSHOT_STEP),
        "time": np.full(len(rows), at),
        "qty": alive.reindex(adds["order_id"]).to_numpy(np.int64),
    }
    return [_clears(np.array([row]), np.array([at]), _CLEAR_STEP), adds]


def _book_snapshot(book: Ints, state: int, row: int, at: int) -> list[Columns]:
    levels = _levels(book[state : state + 1])
    there = levels["qty"] > 0
    n = int(there.sum())
    depth = {
        "row": np.full(n, row),
        "step": np.full(n, _SNAPSHOT_STEP),
        "kind": np.full(n, int(Kind.SNAPSHOT)),
        "side": levels["side"][there],
        "order_id": np.zeros(n, dtype=np.int64),
        "time": np.full(n, at),
        "price": levels["price"][there],
        "qty": levels["qty"][there],
    }
    return [_clears(np.array([row]), np.array([at]), _CLEAR_STEP), depth]


def _depth(book: Ints, time: Ints) -> Columns:
    """Return what changed in the book from each row to the next: new totals, zero for what is seen no more."""
    changed = np.flatnonzero((book[1:] != book[:-1]).any(axis=1)) + 1
    now, before = _levels(book[changed]), _levels(book[changed - 1])
    key = ["row", "side", "price"]
    frame = pd.concat(
        [pd.DataFrame(before).assign(qty=0, had=pd.Series(before["qty"])), pd.DataFrame(now).assign(had=0)]
    )
    merged = frame.groupby(key, as_index=False, sort=False)[["qty", "had"]].sum()
    merged = merged[merged["qty"] != merged["had"]]
    row = changed[merged["row"].to_numpy()]
    return {
        "row": row,
        "step": np.full(len(row), _DEPTH_STEP),
        "kind": np.full(len(row), int(Kind.DEPTH)),
        "side": merged["side"].to_numpy(np.int64),
        "order_id": np.zeros(len(row), dtype=np.int64),
        "time": time[row],
        "price": merged["price"].to_numpy(np.int64),
        "qty": merged["qty"].to_numpy(np.int64),
    }


def _levels(book: Ints) -> Columns:
    """Return the occupied levels of each row of a book."""
    n, width = book.shape
    price, qty = book[:, 0::2].ravel(), book[:, 1::2].ravel()
    side = np.tile(np.tile([int(Side.SELL), int(Side.BUY)], width // 4), n)
    row = np.repeat(np.arange(n), width // 2)
    there = (np.abs(price) != _DUMMY) & (qty > 0)
    return {"row": row[there], "side": side[there], "price": price[there], "qty": qty[there]}


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _assembled(parts: list[Columns]) -> tuple[Events, int]:
    """Return the events in their order, with ids from 1, and the number of ids."""
    all_ = _joined(parts)
    order = np.lexsort((all_["step"], all_["row"]))
    columns = {name: values[order] for name, values in all_.items()}
    ids, distinct = renumber(columns["order_id"], columns["order_id"] != 0)
    events = assemble(
        kind=columns["kind"],
        side=columns["side"],
        order_id=ids,
        exch_ts=columns["time"],
        px=columns["price"] / _PRICE_SCALE,
        qty=columns["qty"].astype(np.float64),
    )
    return events, distinct
