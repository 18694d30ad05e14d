"""Packed bytes to events and back.

An event array is a numpy array of dtype `PACKED`. A record is *malformed* if its kind is unknown, if both
sides are set, if an add, modify or cancel has no side, if its price or quantity is not finite, if its time is
negative, or if its time lies before that of the record before it (malformed ones aside).
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import DecodeError
from lobstats.events.layout import (
    BUY_FLAG,
    EXCHANGE_FLAG,
    KIND_MASK,
    LOCAL_FLAG,
    PACKED,
    SELL_FLAG,
    Kind,
    Side,
)

__all__ = [
    "MALFORMED",
    "Buffer",
    "Decoded",
    "Events",
    "Slip",
    "assemble",
    "decode",
    "decode_lenient",
    "encode",
    "iter_chunks",
    "kinds",
    "sides",
]

Events: TypeAlias = NDArray[np.void]
Buffer: TypeAlias = bytes | bytearray | memoryview | NDArray[Any]

MALFORMED = (
    "unknown_kind",
    "both_sides",
    "missing_side",
    "not_finite",
    "negative_time",
    "time_backwards",
)
"""The reasons for which a record is malformed; a record with several is counted under the first."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Slip:
    """A place where a stream lost the record boundary.

    Attributes
    ----------
    byte : int
        Where the first record that could not be read begins.
    record : int
        Its number among the records looked at, from 0.
    offset : int
        How far the new boundary lies from the old one, 1 to 31 bytes: n after n bytes put in, 32 - n after n left out.
    records_lost : int
        Records, or parts of one, from there to the next that could be read.
    """

    byte: int
    record: int
    offset: int
    records_lost: int


@dataclass(frozen=True)
class Decoded:
    """Events kept by `decode_lenient`, and what became of every other byte.

    ``n_bytes == 32 * (len(events) + sum(malformed.values())) + discarded_bytes + trailing_bytes`` always holds.

    Attributes
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    malformed : dict
        Malformed records by reason.
    n_bytes, n_records, trailing_bytes : int
        Bytes given, whole records looked at, and bytes left after the last.
    codes : ndarray of uint8, shape (n_records,)
        0 for a record that was kept, else 1 + the place of its reason in `MALFORMED`.
    slips : tuple of Slip
        Where the record boundary was lost and found again.
    discarded_bytes : int
        Bytes given up at slips: between the old and the new boundary, and records before it that read well and are
        out of place. Those records are in none of the counts and not in ``codes``.
    """

    events: Events
    malformed: dict[str, int]
    n_bytes: int
    n_records: int
    trailing_bytes: int
    codes: NDArray[np.uint8]
    slips: tuple[Slip, ...] = ()
    discarded_bytes: int = 0


def kinds(events: Events) -> NDArray[np.uint8]:
    """Return the kind of each event, shape (n,)."""
    return (events["ev"] & KIND_MASK).astype(np.uint8)


def sides(events: Events) -> NDArray[np.int8]:
    """Return the side of each event, shape (n,): 1 buy, -1 sell, 0 none."""
    ev = events["ev"]
    return np.asarray(np.subtract((ev & BUY_FLAG) != 0, (ev & SELL_FLAG) != 0, dtype=np.int8))


def decode(source: Buffer) -> Events:
    """Decode packed 32-byte records, strictly and without copying.

    Parameters
    ----------
    source : bytes, bytearray, memoryview, ndarray or torch tensor
        Whole records; a tensor is of uint8, an array is of uint8 (a memory map too) or already of dtype `PACKED`.

    Returns
    -------
    ndarray of dtype PACKED, shape (n,)
        A read-only view of ``source``.

    Raises
    ------
    DecodeError
        If the length is no multiple of 32 or a record is malformed; the text names the byte and the record.

    Examples
    --------
    >>> event = assemble(kind=Kind.ADD, side=Side.BUY, order_id=1, exch_ts=0, px=100.25, qty=2)
    >>> decode(event.tobytes())["px"]
    array([100.25])
    """
    data = _as_bytes(source)
    if len(data) % PACKED.itemsize:
        raise DecodeError(_length_message(len(data)))
    events = data.view(PACKED)
    for _ in _checked(events):
        pass
    return events


def decode_lenient(source: Buffer) -> Decoded:
    """Decode packed records, keep what is usable and count the rest.

    A model without record positions loses the record boundary where it leaves out or puts in bytes. From a malformed
    record on, after which the old boundary does not go on with three plausible records, the 31 other boundaries are
    tried, and one that six plausible records in a row follow (three at the end of the stream) is taken. Plausible is a
    well-formed record without unknown flags, no earlier than the last one and no more than a week later, at a price
    within a factor of about eight of the last one's. What stands directly before a slip and is not plausible is lost
    with it.

    Parameters
    ----------
    source : bytes, bytearray, memoryview or ndarray
        Any bytes, as a model may have written them.

    Returns
    -------
    Decoded
        The well-formed events in their order, the number of malformed records by reason, trailing bytes.

    Examples
    --------
    >>> good = assemble(kind=Kind.ADD, side=Side.BUY, order_id=1, exch_ts=0, px=100.25, qty=2)
    >>> decoded = decode_lenient(good.tobytes() + bytes(32) + b"tail")
    >>> len(decoded.events), decoded.malformed["unknown_kind"], decoded.trailing_bytes
    (1, 1, 4)
    """
    from lobstats.events.rules import is_well_formed

    data = _as_bytes(source)
    n_records, trailing = divmod(len(data), PACKED.itemsize)
    records = data[: n_records * PACKED.itemsize].view(PACKED)
    if not is_well_formed(records, 0):
        return _repaired(data)
    none = np.zeros(n_records, dtype=np.uint8)
    return Decoded(records, dict.fromkeys(MALFORMED, 0), len(data), n_records, trailing, none)


def _repaired(data: NDArray[np.uint8]) -> Decoded:
    """Decode a stream that is not whole, going on at the next boundary wherever one was lost."""
    from lobstats.events.rules import DISPLACED, scan_records

    kept: list[Events] = []
    codes: list[NDArray[np.uint8]] = []
    slips: list[Slip] = []
    state = np.array([0, -1, -1, 0], dtype=np.int64)
    start = seen = discarded = 0
    while True:
        rest = data[start:]
        records = rest[: len(rest) // PACKED.itemsize * PACKED.itemsize].view(PACKED)
        found = np.empty(len(records), dtype=np.uint8)
        n, offset, run = (int(value) for value in scan_records(records, rest, found, state))
        kept.append(records[:n][found[:n] == 0])
        displaced = found[:n] == DISPLACED
        codes.append(found[:n][~displaced])
        first = seen + n - run
        seen += len(codes[-1])
        end = start + n * PACKED.itemsize
        if not offset:
            break
        slips.append(Slip(end - run * PACKED.itemsize, first, offset, run + 1))
        discarded += offset + int(displaced.sum()) * PACKED.itemsize
        start = end + offset
    events, all_codes = np.concatenate(kept), np.concatenate(codes)
    events.flags.writeable = False
    counts = np.bincount(all_codes, minlength=len(MALFORMED) + 1)[1:]
    malformed = {reason: int(count) for reason, count in zip(MALFORMED, counts, strict=True)}
    return Decoded(events, malformed, len(data), seen, len(data) - end, all_codes, tuple(slips), discarded)


def encode(events: Events) -> bytes:
    """Encode an event array as packed 32-byte records.

    Raises
    ------
    TypeError
        If ``events`` is not an array of dtype `PACKED`.

    Examples
    --------
    >>> event = assemble(kind=Kind.ADD, side=Side.BUY, order_id=1, exch_ts=0, px=100.25, qty=2)
    >>> len(encode(event))
    32
    """
    if not isinstance(events, np.ndarray) or events.dtype != PACKED:
        msg = "`events` must be a numpy array of dtype PACKED; build one with `assemble` or `from_frame`."
        raise TypeError(msg)
    return events.tobytes()


def iter_chunks(source: Buffer | str | os.PathLike[str], *, n_records: int = _CHUNK) -> Iterator[Events]:
    """Decode strictly in chunks of at most ``n_records`` events.

    Parameters
    ----------
    source : path or buffer
        A file of packed records (memory-mapped) or a buffer as in `decode`.
    n_records : int
        Events per chunk, at least 1.

    Yields
    ------
    ndarray of dtype PACKED, shape (<= n_records,)

    Examples
    --------
    >>> trades = assemble(kind=Kind.TRADE, side=Side.BUY, order_id=0, exch_ts=range(5), px=100.25, qty=2)
    >>> [len(chunk) for chunk in iter_chunks(encode(trades), n_records=2)]
    [2, 2, 1]
    """
    if n_records < 1:
        msg = f"`n_records` must be at least 1, got {n_records}."
        raise ValueError(msg)
    data = map_file(Path(source)) if isinstance(source, str | os.PathLike) else _as_bytes(source)
    if len(data) % PACKED.itemsize:
        raise DecodeError(_length_message(len(data)))
    yield from _checked(data.view(PACKED), n_records)


def assemble(
    *,
    kind: ArrayLike,
    side: ArrayLike,
    order_id: ArrayLike,
    exch_ts: ArrayLike,
    px: ArrayLike,
    qty: ArrayLike,
) -> Events:
    """Build events from their fields, with the exchange and local flags set.

    Parameters
    ----------
    kind, side, order_id, exch_ts, px, qty : array_like, shape (n,) or scalar
        Kinds as in `Kind`, sides as in `Side`, times in UTC nanoseconds.

    Returns
    -------
    ndarray of dtype PACKED, shape (n,)

    Raises
    ------
    ValueError
        If a kind or side is not known, an id does not fit 32 bits or a time is no whole number.

    Examples
    --------
    >>> assemble(kind=Kind.TRADE, side=[Side.BUY, Side.SELL], order_id=0, exch_ts=[5, 7], px=100.25, qty=2)["exch_ts"]
    array([5, 7])
    """
    columns = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(column)) for column in (kind, side, order_id, exch_ts, px, qty))
    )
    kind_, side_, order_id_, exch_ts_, px_, qty_ = columns
    for name, column, allowed in (
        ("kind", kind_, np.isin(kind_, [int(k) for k in Kind])),
        ("side", side_, np.isin(side_, [int(s) for s in Side])),
        ("order_id", order_id_, (order_id_ >= 0) & (order_id_ < 1 << 32)),
        ("exch_ts", exch_ts_, np.broadcast_to(exch_ts_.dtype.kind in "iu", exch_ts_.shape)),
    ):
        if not allowed.all():
            msg = f"`{name}` cannot be {column[~allowed][0]}; see `PACKED`, `Kind` and `Side` for what it holds."
            raise ValueError(msg)
    events = np.empty(len(kind_), dtype=PACKED)
    events["ev"] = (
        kind_.astype(np.uint32)
        | np.uint32(EXCHANGE_FLAG | LOCAL_FLAG)
        | np.where(side_ == Side.BUY, np.uint32(BUY_FLAG), np.uint32(0))
        | np.where(side_ == Side.SELL, np.uint32(SELL_FLAG), np.uint32(0))
    )
    events["order_id"], events["exch_ts"], events["px"], events["qty"] = order_id_, exch_ts_, px_, qty_
    return events


def map_file(path: Path) -> NDArray[np.uint8]:
    """Map a file of any length into memory, read-only."""
    if path.stat().st_size == 0:
        return np.empty(0, dtype=np.uint8)
    return np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)


def _as_bytes(source: object) -> NDArray[np.uint8]:
    source = _from_torch(source)
    if isinstance(source, np.ndarray):
        if source.dtype not in (np.dtype(np.uint8), PACKED) or source.ndim != 1:
            msg = (
                "`source` must be a one-dimensional array of uint8 or PACKED, "
                f"got {source.ndim} dimensions of {source.dtype}."
            )
            raise TypeError(msg)
        if not source.flags.c_contiguous:
            msg = "`source` must be contiguous: decoding never copies; pass `numpy.ascontiguousarray(source)`."
            raise TypeError(msg)
        data = source.view(np.uint8)
    elif isinstance(source, bytes | bytearray | memoryview):
        if isinstance(source, memoryview) and not source.c_contiguous:
            msg = "`source` must be contiguous: decoding never copies; pass `bytes(source)`."
            raise TypeError(msg)
        data = np.frombuffer(source, dtype=np.uint8)
    else:
        msg = (
            "`source` must be bytes, bytearray, memoryview or a numpy array, "
            f"got {type(source).__name__}; `lobstats.read` opens a path."
        )
        raise TypeError(msg)
    data = data.view()
    data.flags.writeable = False
    return data


def _from_torch(source: object) -> object:
    """Return a torch tensor as the array it shares its bytes with, anything else as it is."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(source, torch.Tensor):
        return source
    if source.dtype != torch.uint8 or source.ndim != 1 or source.device.type != "cpu":
        msg = (
            f"`source` must be a one-dimensional uint8 tensor on the CPU, got {source.ndim} dimensions of "
            f"{source.dtype} on {source.device}; pass `source.cpu().flatten()`."
        )
        raise TypeError(msg)
    return source.detach().numpy()


def _checked(events: Events, n_records: int = _CHUNK) -> Iterator[Events]:
    from lobstats.events.rules import first_malformed, is_well_formed

    last = 0
    for start in range(0, len(events), n_records):
        chunk = events[start : start + n_records]
        if not is_well_formed(chunk, last):
            first, code = first_malformed(chunk, last)
            before = int(chunk["exch_ts"][first - 1]) if first else last
            raise DecodeError(_record_message(start + first, chunk[first], MALFORMED[code - 1], before))
        last = int(chunk["exch_ts"][-1])
        yield chunk


def _length_message(n_bytes: int) -> str:
    n_records, trailing = divmod(n_bytes, PACKED.itemsize)
    return (
        f"byte {n_bytes - trailing:,}: {trailing} bytes are left after {n_records:,} records; the length must be "
        "a multiple of 32. Bytes may be missing anywhere before; `lobstats inspect` says where."
    )


def _record_message(index: int, record: np.void, reason: str, last: int) -> str:
    kind = int(record["ev"]) & KIND_MASK
    texts = {
        "unknown_kind": f"kind {kind} is not an event kind",
        "both_sides": "the buy and the sell flag are both set",
        "missing_side": "an add, modify or cancel needs a side and has none",
        "not_finite": f"price {float(record['px'])} and quantity {float(record['qty'])} must be finite",
        "negative_time": f"time {int(record['exch_ts'])} is negative",
        "time_backwards": f"time {int(record['exch_ts'])} lies before {last}, the time of the record before it",
    }
    return (
        f"byte {index * PACKED.itemsize:,} (record {index:,}): {texts[reason]}. "
        "Mend the record, or count such records with `lobstats inspect`."
    )
