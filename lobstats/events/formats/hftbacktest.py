"""The 64-byte event records of ``hftbacktest``, in its ``.npz`` archives or a plain ``.npy`` file."""

import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, assemble
from lobstats.events.formats.conversion import (
    IDS_RULE,
    Conversion,
    Pick,
    place_snapshots,
    reduce_partial_cancels,
    renumber,
)
from lobstats.events.formats.hftbacktest_clears import spell_out
from lobstats.events.formats.packed import NPY_HEAD, read_npy, read_npy_header, readable_zip
from lobstats.events.formats.streams import ZIP_MAGIC
from lobstats.events.layout import EXCHANGE_FLAG, KIND_MASK, LOCAL_FLAG, PACKED, Kind, Side

__all__ = ["HFTBACKTEST", "convert", "is_hftbacktest", "to_bytes"]

HFTBACKTEST = np.dtype(
    [
        ("ev", "<u8"),
        ("exch_ts", "<i8"),
        ("local_ts", "<i8"),
        ("px", "<f8"),
        ("qty", "<f8"),
        ("order_id", "<u8"),
        ("ival", "<i8"),
        ("fval", "<f8"),
    ]
)
"""One event as ``hftbacktest`` lays it out; its converter keeps Databento's flags in ``ival``."""

_MEMBER = "data.npy"
_OURS = "lobstats.txt"
_OURS_TEXT = b"Packed events as they were: times, order ids and flags are those of the packed stream.\n"
_SNAPSHOT_FLAG = 0x20
_FLOAT_STEP = 256
_LEAST_TIMES = 10
_CHUNK = 1 << 18


def is_hftbacktest(path: Path) -> bool:
    """Tell whether a numpy file, or an archive's array ``data`` or else its first, holds ``hftbacktest``'s records."""
    with path.open("rb") as file:
        head = file.read(NPY_HEAD)
    try:
        if head.startswith(ZIP_MAGIC):
            with readable_zip(path) as archive, archive.open(_member(archive)) as member:
                head = member.read(NPY_HEAD)
        return read_npy_header(head)[0] == HFTBACKTEST
    except DecodeError:
        return False


def convert(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - one signature for every format
    """Read ``hftbacktest``'s records as events.

    Where rows are valid at the exchange's clock only, each event stands there twice, and the rows that are valid at the
    local clock only are dropped. Where every time is a multiple of 256 ns, it has passed through floating-point
    seconds, which hold no finer step at today's dates; the microsecond it stood for is restored. Snapshot records,
    which the converter for Databento marks in ``ival``, are placed as the grammar of a stream has them. A cancel of a
    part becomes a modify to what is left, and a clear of one side what takes that side away. A file that lobstats
    wrote comes back as it was.

    Raises
    ------
    DecodeError
        If the file is damaged or cut off, or an event word has bits that are not known.
    """
    records, ours = _load(path)
    for name, what in (("ev", "event word"), ("order_id", "order id"))[: 2 if ours else 1]:
        wide = np.flatnonzero(records[name] >> np.uint64(32))
        if len(wide):
            value = int(records[name][wide[0]])
            msg = f"record {wide[0]:,}: the {what} {value:#x} is wider than 32 bits; the file is damaged or misread."
            raise DecodeError(msg)
    about: dict[str, Any] = {"format": "hftbacktest", "records_in": len(records)}
    if ours:
        events = np.empty(len(records), dtype=PACKED)
        for name in PACKED.names or ():
            events[name] = records[name]
        as_it_was = {"records_out": len(events), "dropped": {}, "times": "as lobstats wrote them"}
        return Conversion(events, about | as_it_was)
    clocks = records["ev"] & np.uint64(EXCHANGE_FLAG | LOCAL_FLAG)
    local_only = (clocks == LOCAL_FLAG) & bool((clocks == EXCHANGE_FLAG).any())
    kept, spelled = spell_out(records[~local_only] if local_only.any() else records)
    time, times_rule = _restored(kept["exch_ts"])
    events, made = _events(kept, time)
    dropped = {"local_only": int(local_only.sum())}
    return Conversion(
        events, about | {"records_out": len(events), "dropped": dropped, "times": times_rule} | spelled | made
    )


def to_bytes(events: Events) -> bytes:
    """Return events as the content of an archive that ``hftbacktest`` loads; the local time is the exchange time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_dated(_MEMBER), "w", force_zip64=True) as member:
            header = {"descr": HFTBACKTEST.descr, "fortran_order": False, "shape": (len(events),)}
            np.lib.format.write_array_header_1_0(cast("BinaryIO", member), header)
            for start in range(0, len(events), _CHUNK):
                member.write(_widened(events[start : start + _CHUNK]).tobytes())
        archive.writestr(_dated(_OURS), _OURS_TEXT)
    return packed.getvalue()


def _dated(name: str) -> zipfile.ZipInfo:
    """Return a member of a fixed date, so that the same events give the same bytes."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _widened(events: Events) -> NDArray[np.void]:
    records = np.zeros(len(events), dtype=HFTBACKTEST)
    for name in PACKED.names or ():
        records[name] = events[name]
    records["local_ts"] = events["exch_ts"]
    return records


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = {entry.filename: entry for entry in archive.infolist()}
    arrays = [name for name in entries if name.endswith(".npy")]
    if not arrays:
        msg = "the archive holds no numpy array; give a file that hftbacktest or lobstats wrote."
        raise DecodeError(msg)
    return entries[_MEMBER if _MEMBER in entries else arrays[0]]


def _load(path: Path) -> tuple[NDArray[np.void], bool]:
    with path.open("rb") as file:
        if file.read(len(ZIP_MAGIC)) != ZIP_MAGIC:
            file.seek(0)
            return read_npy(file, HFTBACKTEST, path.stat().st_size), False
    with readable_zip(path) as archive:
        entry, ours = _member(archive), False
        if _OURS in archive.namelist():
            with archive.open(_OURS) as note:
                ours = note.read(len(_OURS_TEXT) + 1) == _OURS_TEXT
        with archive.open(entry) as member:
            return read_npy(cast("BinaryIO", member), HFTBACKTEST, entry.file_size), ours


def _restored(time: NDArray[np.int64]) -> tuple[NDArray[np.int64], str]:
    """Return the times to the microsecond where they have passed through floating-point seconds.

    From 2006 to 2043 a double of nanoseconds holds multiples of 256, and one of seconds steps of 238 ns. The converter
    takes whole microseconds through both, so that it is off by 250 ns at most: less than half a microsecond.
    """
    distinct = np.unique(time)
    stepped = len(distinct) >= _LEAST_TIMES and bool((distinct % _FLOAT_STEP == 0).all())
    if not stepped or bool((distinct % 1000 == 0).all()):
        return time, "as they are"
    return (time + 500) // 1000 * 1000, "floating-point seconds, restored to the microsecond"


def _events(records: NDArray[np.void], time: NDArray[np.int64]) -> tuple[Events, dict[str, Any]]:
    kind = (records["ev"] & np.uint64(KIND_MASK)).astype(np.uint8)
    clear = kind == Kind.CLEAR
    marked = (records["ival"] & _SNAPSHOT_FLAG) != 0
    placed, clears_at = _placed(time, marked, clear, records["local_ts"])
    ids, distinct = renumber(records["order_id"], (records["order_id"] != 0) & ~clear)
    events = np.empty(len(records), dtype=PACKED)
    events["ev"] = records["ev"].astype(np.uint32) | np.uint32(EXCHANGE_FLAG | LOCAL_FLAG)
    events["order_id"], events["exch_ts"] = ids, placed
    for name in ("px", "qty"):
        events[name] = np.where(clear, 0.0, records[name])
    if len(clears_at):
        clears = assemble(kind=Kind.CLEAR, side=Side.NONE, order_id=0, exch_ts=placed[clears_at], px=0.0, qty=0.0)
        events = np.insert(events, clears_at, clears)
    partial = reduce_partial_cancels(events)
    return events, {
        "snapshot_records": int(marked.sum()),
        "clears_put_in": len(clears_at),
        "partial_cancels_to_modifies": partial,
        "order_ids": {"distinct": distinct, "rule": IDS_RULE},
    }


def _placed(
    time: NDArray[np.int64], marked: NDArray[np.bool_], clear: NDArray[np.bool_], received: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place the snapshots, but leave as they are those that the converter has given one time of their own."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    stale = marked.copy()
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        before = int(time[start - 1]) if start else -1
        after = int(time[end]) if end < len(time) else np.iinfo(np.int64).max
        own = time[start:end]
        stale[start:end] = not (clear[start] and (own == own[0]).all() and before < own[0] < after)
    return place_snapshots(time, stale, clear, received)
