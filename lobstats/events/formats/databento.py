"""Databento DBN files of schema ``mbo`` (market by order), plain or compressed with zstd."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, assemble
from lobstats.events.formats.conversion import IDS_RULE, Conversion, place_snapshots, renumber
from lobstats.events.formats.streams import open_stream
from lobstats.events.layout import Kind, Side

if TYPE_CHECKING:
    from databento_dbn import Metadata

__all__ = ["convert", "is_dbn"]

_MBO = np.dtype(
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
_RTYPE_MBO = 0xA0
_SNAPSHOT_FLAG = 0x20
_UNDEFINED_PRICE = np.iinfo(np.int64).max
_PRICE_SCALE = 1_000_000_000
_KINDS = {
    ord("A"): Kind.ADD,
    ord("C"): Kind.CANCEL,
    ord("M"): Kind.MODIFY,
    ord("R"): Kind.CLEAR,
    ord("T"): Kind.TRADE,
    ord("F"): Kind.FILL,
}
_NO_ACTION = ord("N")
_ADD, _CANCEL, _MODIFY, _CLEAR = (ord(letter) for letter in "ACMR")


def is_dbn(head: bytes) -> bool:
    """Tell whether a file's first bytes, decompressed, are those of a DBN file."""
    return head[:3] == b"DBN" and len(head) > 3 and head[3] in (1, 2, 3)


def convert(path: Path, *, instrument: str | None = None) -> Conversion:
    """Read a DBN file as events.

    Times and prices stay integers until the price of each event is written as ``px``. Order ids are numbered from 1
    in order of first appearance. A snapshot's records take a time strictly between the live records around it and
    begin with a clear. A partial cancel becomes a modify to what is left.

    Parameters
    ----------
    path : Path
        A ``.dbn`` or ``.dbn.zst`` file; several zstd frames in one file are read as one.
    instrument : str, optional
        Symbol or numeric id of the instrument to keep where the file holds several.

    Returns
    -------
    Conversion

    Raises
    ------
    DecodeError
        If the file is cut off, is of another schema, holds several instruments and none is named, or has live
        times that go backwards.
    """
    version, metadata, records = _load(path)
    source_records = len(records)
    records, instrument_id, symbol = _pick(records, metadata, instrument)
    live_time = records["ts_event"][(records["flags"] & _SNAPSHOT_FLAG) == 0]
    backwards = np.flatnonzero(live_time[1:] < live_time[:-1])
    if len(backwards):
        msg = (
            f"live record {backwards[0] + 1:,}: the exchange time {live_time[backwards[0] + 1]} lies before the one "
            "before it; sort the file by exchange time, or pick one instrument."
        )
        raise DecodeError(msg)

    unknown = np.flatnonzero(~np.isin(records["action"], [*_KINDS, _NO_ACTION]))
    if len(unknown):
        msg = f"record {unknown[0]:,}: action {chr(records['action'][unknown[0]])!r} is not one of A, C, M, R, T, F, N."
        raise DecodeError(msg)
    dropped = {"no_action": records["action"] == _NO_ACTION}
    undefined = records["price"] == _UNDEFINED_PRICE
    dropped["undefined_price"] = undefined & ~np.isin(records["action"], (_CANCEL, _CLEAR)) & ~dropped["no_action"]
    kept = records[~(dropped["no_action"] | dropped["undefined_price"])].copy()

    partial = _reduce_partial_cancels(kept)
    clear = kept["action"] == _CLEAR
    time, clears_at = place_snapshots(
        kept["ts_event"].astype(np.int64),
        (kept["flags"] & _SNAPSHOT_FLAG) != 0,
        clear,
        kept["ts_recv"].astype(np.int64),
    )
    ids, n_ids = renumber(kept["order_id"], (kept["order_id"] != 0) & ~clear)
    events = _assemble(kept, time, ids)
    clears = assemble(kind=Kind.CLEAR, side=Side.NONE, order_id=0, exch_ts=time[clears_at], px=0.0, qty=0.0)
    events = np.insert(events, clears_at, clears) if len(clears_at) else events
    about = {
        "format": "dbn",
        "dbn_version": version,
        "dataset": metadata.dataset,
        "dbn_schema": "mbo",
        "instrument_id": instrument_id,
        "symbol": symbol,
        "records_in": source_records,
        "records_out": len(events),
        "dropped": {
            "other_instruments": source_records - len(records),
            **{reason: int(mask.sum()) for reason, mask in dropped.items()},
        },
        "snapshot_records": int(((kept["flags"] & _SNAPSHOT_FLAG) != 0).sum()),
        "clears_put_in": len(clears_at),
        "partial_cancels_to_modifies": partial,
        "order_ids": {"distinct": n_ids, "rule": IDS_RULE},
    }
    return Conversion(events, about)


def _load(path: Path) -> "tuple[int, Metadata, NDArray[np.void]]":
    from databento_dbn import DBNError, Metadata

    with open_stream(path) as stream:
        raw = stream.read()
    if not is_dbn(raw):
        msg = "this is not a DBN file: it does not begin with 'DBN' and a version from 1 to 3."
        raise DecodeError(msg)
    start = 8 + int.from_bytes(raw[4:8], "little")
    try:
        metadata = Metadata.decode(raw[:start])
    except (DBNError, ValueError) as error:
        msg = f"the DBN header cannot be read ({error}); the file is damaged or cut off."
        raise DecodeError(msg) from error
    if str(metadata.schema) != "mbo":
        msg = f"the DBN schema is {metadata.schema or 'mixed'}; only mbo (market by order) can be read."
        raise DecodeError(msg)
    if metadata.ts_out or raw[start : start + 1] == bytes([(_MBO.itemsize + 8) // 4]):
        msg = "the records carry a send time (ts_out); fetch the file again without it."
        raise DecodeError(msg)
    n_records, trailing = divmod(len(raw) - start, _MBO.itemsize)
    if trailing:
        msg = (
            f"byte {len(raw) - trailing:,}: {trailing} bytes are left after {n_records:,} records of 56; "
            "the file is cut off. Fetch it again."
        )
        raise DecodeError(msg)
    records = np.frombuffer(raw, dtype=_MBO, offset=start)
    strange = np.flatnonzero((records["rtype"] != _RTYPE_MBO) | (records["length"] != _MBO.itemsize // 4))
    if len(strange):
        msg = f"record {strange[0]:,} is of type {records['rtype'][strange[0]]:#x}, not mbo; keep mbo records only."
        raise DecodeError(msg)
    return raw[3], metadata, records


def _pick(
    records: NDArray[np.void], metadata: "Metadata", instrument: str | None
) -> tuple[NDArray[np.void], int | None, str | None]:
    symbols = {
        int(interval["symbol"]): symbol
        for symbol, intervals in metadata.mappings.items()
        for interval in intervals
        if str(interval["symbol"]).isdigit()
    }
    present = [int(number) for number in np.unique(records["instrument_id"])]
    if instrument is None and len(present) <= 1:
        number = present[0] if present else None
        return records, number, symbols.get(number) if number is not None else None
    listed = ", ".join(f"{number} ({symbols[number]})" if number in symbols else str(number) for number in present)
    if instrument is None:
        msg = f"the file holds {len(present)} instruments: {listed}; pick one with `--instrument`."
        raise DecodeError(msg)
    chosen = [number for number in present if instrument in (str(number), symbols.get(number))]
    if not present:
        return records, None, None
    if not chosen:
        msg = f"the file holds no instrument {instrument!r}; `--instrument` takes one of {listed}."
        raise DecodeError(msg)
    if len(chosen) > 1:
        msg = f"{instrument!r} names {len(chosen)} instruments: {listed}; pick one by its number with `--instrument`."
        raise DecodeError(msg)
    return records[records["instrument_id"] == chosen[0]], chosen[0], symbols.get(chosen[0])


def _reduce_partial_cancels(records: NDArray[np.void]) -> int:
    """Turn each cancel of a part of its order into a modify to what is left, in place; return how many."""
    moves = np.flatnonzero(np.isin(records["action"], (_ADD, _CANCEL, _MODIFY)))
    by_order = moves[np.argsort(records["order_id"][moves], kind="stable")]
    order_id, action, size = (records[name][by_order] for name in ("order_id", "action", "size"))
    # A clear takes every order with it, so that an id met again is another order.
    cleared = np.cumsum(records["action"] == _CLEAR)[by_order]
    starts = np.concatenate([[True], (order_id[1:] != order_id[:-1]) | (cleared[1:] != cleared[:-1])])
    part = (action[1:] == _CANCEL) & (action[:-1] != _CANCEL) & (size[1:] > 0) & (size[1:] < size[:-1]) & ~starts[1:]
    # Partial cancels are rare, and a second one needs what the first one left.
    lives = np.append(np.flatnonzero(starts), len(by_order))
    changed = 0
    for life in np.unique(np.searchsorted(lives, np.flatnonzero(part) + 1, side="right") - 1):
        left, price = 0, 0
        for row in by_order[lives[life] : lives[life + 1]]:
            if records["action"][row] != _CANCEL:
                left, price = int(records["size"][row]), int(records["price"][row])
            elif 0 < records["size"][row] < left:
                left -= int(records["size"][row])
                records["action"][row], records["size"][row], records["price"][row] = _MODIFY, left, price
                changed += 1
            else:
                left = 0
    return changed


def _assemble(records: NDArray[np.void], time: NDArray[np.int64], ids: NDArray[np.int64]) -> Events:
    kind_of = np.zeros(256, dtype=np.uint8)
    kind_of[list(_KINDS)] = [int(kind) for kind in _KINDS.values()]
    side_of = np.zeros(256, dtype=np.int8)
    side_of[ord("B")], side_of[ord("A")] = Side.BUY, Side.SELL
    clear = records["action"] == _CLEAR
    unread = clear | (records["price"] == _UNDEFINED_PRICE)
    return assemble(
        kind=kind_of[records["action"]],
        side=np.where(clear, Side.NONE, side_of[records["side"]]),
        order_id=ids,
        exch_ts=time,
        px=np.where(unread, 0.0, records["price"] / _PRICE_SCALE),
        qty=np.where(clear, 0.0, records["size"].astype(np.float64)),
    )
