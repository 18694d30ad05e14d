"""Databento's market-by-order records, whichever file they come from, as events."""

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, assemble
from lobstats.events.formats.conversion import (
    IDS_RULE,
    Conversion,
    Pick,
    PickError,
    place_snapshots,
    reduce_partial_cancels,
    renumber,
)
from lobstats.events.layout import Kind, Side

__all__ = ["MBO", "PRICE_SCALE", "SNAPSHOT_FLAG", "UNDEFINED_PRICE", "convert_mbo"]

MBO = np.dtype(
    [
        ("length", "u1"),
        ("rtype", "u1"),
        ("publisher_id", "<u2"),
        ("instrument_id", "<u4"),
        ("ts_event", "<u8"),
        ("order_id", "<u8"),
        ("price", "<i8"),
        ("size", "<u4"),
        ("flags", "u1"),
        ("channel_id", "u1"),
        ("action", "u1"),
        ("side", "u1"),
        ("ts_recv", "<u8"),
        ("ts_in_delta", "<i4"),
        ("sequence", "<u4"),
    ]
)
"""A record of schema ``mbo`` as Databento lays it out."""

SNAPSHOT_FLAG = 0x20
UNDEFINED_PRICE = np.iinfo(np.int64).max
PRICE_SCALE = 1_000_000_000

_TOP_OF_BOOK_FLAG = 0x40
_KINDS = {
    ord("A"): Kind.ADD,
    ord("C"): Kind.CANCEL,
    ord("M"): Kind.MODIFY,
    ord("R"): Kind.CLEAR,
    ord("T"): Kind.TRADE,
    ord("F"): Kind.FILL,
}
_NO_ACTION = ord("N")
_PUT_IN = ("clears_to_cancels", "cancels_put_in", "snapshot_adds_put_in")
_ADD, _CANCEL, _MODIFY, _CLEAR = (ord(letter) for letter in "ACMR")


def convert_mbo(records: NDArray[np.void], pick: Pick, symbols: dict[int, str]) -> Conversion:
    """Turn records into events in the grammar of a stream.

    Times and prices stay integers until the price of each event is written as ``px``. Order ids are numbered from 1
    in order of first appearance, each venue's apart. A snapshot's records take a time strictly between the live records
    around it and begin with a clear. A partial cancel becomes a modify to what is left. Where several venues are kept,
    a clear of one becomes the cancels of its orders, and a snapshot of one also holds the orders of the others.

    Parameters
    ----------
    records : ndarray of dtype MBO, shape (n,)
    pick : Pick
    symbols : dict
        Names of instruments by their number.

    Raises
    ------
    DecodeError
        If there are several instruments and none is picked, an action is not known, a record tells the top of the
        book, or live times go backwards.
    """
    n_source = len(records)
    records, instrument_id = _pick_instrument(records, pick.instrument, symbols)
    n_instrument = len(records)
    records, publishers = _pick_publisher(records, pick.publisher)
    n_kept = len(records)
    records, n_sorted = _in_order(records, pick)
    _check(records)
    dropped = {"no_action": records["action"] == _NO_ACTION}
    undefined = records["price"] == UNDEFINED_PRICE
    dropped["undefined_price"] = undefined & ~np.isin(records["action"], (_CANCEL, _CLEAR)) & ~dropped["no_action"]
    kept = records[~(dropped["no_action"] | dropped["undefined_price"])].copy()
    owned, n_orders = _owned(kept)
    expanded = dict.fromkeys(_PUT_IN, 0)
    if len(publishers) > 1 and len(kept):
        kept, owned, expanded = _expand_clears(kept, owned)
    clear = kept["action"] == _CLEAR
    time, clears_at = place_snapshots(
        kept["ts_event"].astype(np.int64),
        (kept["flags"] & SNAPSHOT_FLAG) != 0,
        clear,
        kept["ts_recv"].astype(np.int64),
    )
    events = _assemble(kept, time, np.where(clear, 0, owned))
    clears = assemble(kind=Kind.CLEAR, side=Side.NONE, order_id=0, exch_ts=time[clears_at], px=0.0, qty=0.0)
    events = np.insert(events, clears_at, clears) if len(clears_at) else events
    partial = reduce_partial_cancels(events)
    about = {
        "instrument_id": instrument_id,
        "symbol": symbols.get(instrument_id) if instrument_id is not None else None,
        "publishers": publishers,
        "records_in": n_source,
        "records_out": len(events),
        "dropped": {
            "other_instruments": n_source - n_instrument,
            "other_publishers": n_instrument - n_kept,
            **{reason: int(mask.sum()) for reason, mask in dropped.items()},
        },
        "sorted": n_sorted,
        "snapshot_records": int(((kept["flags"] & SNAPSHOT_FLAG) != 0).sum()),
        "clears_put_in": len(clears_at),
        **expanded,
        "partial_cancels_to_modifies": partial,
        "order_ids": {"distinct": n_orders, "rule": IDS_RULE},
    }
    return Conversion(events, about)


def _pick_instrument(
    records: NDArray[np.void], instrument: str | None, symbols: dict[int, str]
) -> tuple[NDArray[np.void], int | None]:
    present = [int(number) for number in np.unique(records["instrument_id"])]
    if not present or (instrument is None and len(present) == 1):
        return records, present[0] if present else None
    listed = ", ".join(f"{number} ({symbols[number]})" if number in symbols else str(number) for number in present)
    if instrument is None:
        msg = f"the file holds {len(present)} instruments: {listed}; pick one with `--instrument`."
        raise DecodeError(msg)
    chosen = [number for number in present if instrument in (str(number), symbols.get(number))]
    if not chosen:
        msg = f"the file holds no instrument {instrument!r}; `--instrument` takes one of {listed}."
        raise PickError(msg)
    if len(chosen) > 1:
        msg = f"{instrument!r} names {len(chosen)} instruments: {listed}; pick one by its number with `--instrument`."
        raise DecodeError(msg)
    return records[records["instrument_id"] == chosen[0]], chosen[0]


def _pick_publisher(records: NDArray[np.void], publisher: str | None) -> tuple[NDArray[np.void], list[int]]:
    present = [int(number) for number in np.unique(records["publisher_id"])]
    if publisher is None or not present:
        return records, present
    chosen = [number for number in present if publisher == str(number)]
    if not chosen:
        msg = f"the file holds no publisher {publisher!r}; `--publisher` takes one of {', '.join(map(str, present))}."
        raise PickError(msg)
    return records[records["publisher_id"] == chosen[0]], chosen


def _in_order(records: NDArray[np.void], pick: Pick) -> tuple[NDArray[np.void], int]:
    """Return the records with live times in order, and how many had to move for it."""
    live = np.flatnonzero((records["flags"] & SNAPSHOT_FLAG) == 0)
    time = records["ts_event"][live]
    backwards = np.flatnonzero(time[1:] < time[:-1])
    if not len(backwards):
        return records, 0
    if pick.unordered == "refuse":
        at = backwards[0] + 1
        msg = (
            f"record {live[at]:,}: its exchange time {_iso(time[at])} lies before {_iso(time[at - 1])}, that of the "
            "live record before it; pick one venue with `--publisher` or one instrument, or sort them by exchange time "
            "with `--allow-unordered`."
        )
        raise DecodeError(msg)
    order = np.argsort(time, kind="stable")
    records = records.copy()
    records[live] = records[live[order]]
    return records, int((order != np.arange(len(order))).sum())


def _iso(time: np.uint64) -> str:
    return f"{np.datetime64(int(time), 'ns')}Z" if time <= np.iinfo(np.int64).max else f"{time:,} ns"


def _check(records: NDArray[np.void]) -> None:
    unknown = np.flatnonzero(~np.isin(records["action"], [*_KINDS, _NO_ACTION]))
    if len(unknown):
        msg = f"record {unknown[0]:,}: action {chr(records['action'][unknown[0]])!r} is not one of A, C, M, R, T, F, N."
        raise DecodeError(msg)
    top = np.flatnonzero((records["flags"] & _TOP_OF_BOOK_FLAG) != 0)
    if len(top):
        msg = (
            f"record {top[0]:,}: it tells the top of the book (flag 64), not an order; {len(top):,} records do. "
            "Fetch the venue's market-by-order data, or pick another venue with `--publisher`."
        )
        raise DecodeError(msg)


def _owned(records: NDArray[np.void]) -> tuple[NDArray[np.int64], int]:
    """Return order ids from 1, those of different venues apart."""
    named = (records["order_id"] != 0) & (records["action"] != _CLEAR)
    if len(np.unique(records["publisher_id"])) <= 1:
        return renumber(records["order_id"], named)
    # A code for each venue's order: its place among the distinct ids, times the venues, plus the venue's place.
    places, distinct = np.unique(records["order_id"], return_inverse=True)[1], np.unique(records["publisher_id"])
    return renumber(places * len(distinct) + np.searchsorted(distinct, records["publisher_id"]), named)


def _expand_clears(
    records: NDArray[np.void], owned: NDArray[np.int64]
) -> tuple[NDArray[np.void], NDArray[np.int64], dict[str, int]]:
    """Let a clear take the orders of its own venue alone.

    Outside a snapshot it becomes the cancels of those orders. A snapshot empties the whole book, so that the other
    venues' orders are put into it.
    """
    counts = dict.fromkeys(_PUT_IN, 0)
    flagged = (records["flags"] & SNAPSHOT_FLAG) != 0
    if not (flagged.any() or (records["action"] == _CLEAR).any()):
        return records, owned, counts
    alive: dict[int, dict[int, tuple[int, int]]] = {}  # of each venue: the record that set an order, and what rests
    made: list[tuple[int, int, int, int]] = []  # the record to copy, the one to stamp it like, action and size

    def put_in(orders: dict[int, tuple[int, int]], row: int, action: int, name: str) -> None:
        made.extend((at, row, action, left) for at, left in orders.values())
        counts[name] += len(orders)

    for row, (action, publisher, size) in enumerate(
        zip(records["action"].tolist(), records["publisher_id"].tolist(), records["size"].tolist(), strict=True)
    ):
        own, order_id = alive.setdefault(publisher, {}), int(owned[row])
        # A snapshot begins with its clear or where it is another venue's.
        goes_on = row > 0 and flagged[row - 1] and records["publisher_id"][row - 1] == publisher
        begins = flagged[row] and (action == _CLEAR or not goes_on)
        if action == _CLEAR and not begins:
            put_in(own, row, _CANCEL, "cancels_put_in")
            counts["clears_to_cancels"] += 1
            own.clear()
            continue
        if action == _CLEAR or (begins and row > 0 and flagged[row - 1]):
            made.append((row, row, _CLEAR, size))
        if begins:
            own.clear()
            for orders in alive.values():
                put_in(orders, row, _ADD, "snapshot_adds_put_in")
        if action != _CLEAR:
            made.append((row, row, action, size))
        if action in (_ADD, _MODIFY) and order_id:
            own[order_id] = (row, size)
        elif action == _CANCEL and order_id in own:
            at, left = own.pop(order_id)
            if 0 < size < left:
                own[order_id] = (at, left - size)
    source, stamp, actions, sizes = (np.array(column, dtype=np.int64) for column in zip(*made, strict=True))
    expanded = records[source]
    expanded["action"], expanded["size"] = actions, sizes
    for name in ("ts_event", "ts_recv", "flags"):
        expanded[name] = records[name][stamp]
    return expanded, owned[source], counts


def _assemble(records: NDArray[np.void], time: NDArray[np.int64], ids: NDArray[np.int64]) -> Events:
    kind_of = np.zeros(256, dtype=np.uint8)
    kind_of[list(_KINDS)] = [int(kind) for kind in _KINDS.values()]
    side_of = np.zeros(256, dtype=np.int8)
    side_of[ord("B")], side_of[ord("A")] = Side.BUY, Side.SELL
    clear = records["action"] == _CLEAR
    unread = clear | (records["price"] == UNDEFINED_PRICE)
    return assemble(
        kind=kind_of[records["action"]],
        side=np.where(clear, Side.NONE, side_of[records["side"]]),
        order_id=ids,
        exch_ts=time,
        px=np.where(unread, 0.0, records["price"] / PRICE_SCALE),
        qty=np.where(clear, 0.0, records["size"].astype(np.float64)),
    )
