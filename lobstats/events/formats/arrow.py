"""Event frames in Parquet and Arrow files."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, kinds, sides
from lobstats.events.formats.conversion import Conversion, Pick
from lobstats.events.frame import FRAME_KINDS, FRAME_SIDES, UNNAMED_BITS, from_frame
from lobstats.events.layout import PACKED

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["arrow_bytes", "column_names", "convert", "is_arrow", "is_parquet", "parquet_bytes", "readable"]

_PARQUET_MAGIC = b"PAR1"
_FILE_MAGIC = b"ARROW1"
_STREAM_MAGIC = b"\xff\xff\xff\xff"
_STREAM_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_REQUIRED = ("exch_ts", "kind", "side", "order_id", "px", "qty")
_OPTIONAL = ("flags",)
_BATCH = 1 << 18


def is_parquet(head: bytes) -> bool:
    """Tell whether a file's first bytes are those of a Parquet file."""
    return head.startswith(_PARQUET_MAGIC)


def is_arrow(head: bytes) -> bool:
    """Tell whether a file's first bytes are those of an Arrow file, or can be those of an Arrow stream."""
    return head.startswith((_FILE_MAGIC, _STREAM_MAGIC))


def column_names(path: Path) -> list[str]:
    """Return the names of the columns of a Parquet or an Arrow file.

    Raises
    ------
    DecodeError
        If the file is damaged or cut off.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if _form(path) == "parquet":
        with readable("Parquet"):
            return list(pq.read_schema(path).names)
    with readable("Arrow"), _arrow_reader(path) as reader:
        schema: pa.Schema = reader.schema
        return list(schema.names)


def convert(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - one signature for every format
    """Read an event frame, laid out as `lobstats.to_frame` does, from a Parquet or an Arrow file.

    Times of coarser units, without a zone or as whole nanoseconds are taken as well, and kinds and sides as text.
    Columns of other names are not read; ``about`` names them.

    Raises
    ------
    DecodeError
        If the file is damaged or cut off, or a column is absent or holds what it cannot.
    """
    names = column_names(path)
    _check_columns(names)
    form = _form(path)
    parts: list[Events] = []
    n = 0
    for batch in _batches(path, form):
        try:
            parts.append(_events(batch))
        except (DecodeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            msg = f"in the rows from {n:,} on, counted from there: {reason}" if n else reason
            raise DecodeError(msg) from error
        n += batch.num_rows
    events = np.concatenate(parts) if parts else np.empty(0, dtype=PACKED)
    return Conversion(
        events,
        {
            "format": form,
            "records_in": n,
            "records_out": n,
            "dropped": {},
            "columns_not_read": [name for name in names if name not in _REQUIRED + _OPTIONAL],
        },
    )


def parquet_bytes(events: Events) -> bytes:
    """Return events as the content of a Parquet file, each page with a checksum."""
    import pyarrow.parquet as pq

    out = io.BytesIO()
    with pq.ParquetWriter(out, _schema(), write_page_checksum=True) as writer:
        for start in range(0, len(events), _BATCH):
            writer.write_batch(_batch(events[start : start + _BATCH]))
    return out.getvalue()


def arrow_bytes(events: Events) -> bytes:
    """Return events as the content of an Arrow IPC file."""
    import pyarrow as pa

    out = io.BytesIO()
    with pa.ipc.new_file(out, _schema()) as writer:
        for start in range(0, len(events), _BATCH):
            writer.write_batch(_batch(events[start : start + _BATCH]))
    return out.getvalue()


def _schema() -> "pa.Schema":
    import pyarrow as pa

    name = pa.dictionary(pa.int8(), pa.string())
    return pa.schema(
        [
            ("exch_ts", pa.timestamp("ns", tz="UTC")),
            ("kind", name),
            ("side", name),
            ("order_id", pa.uint32()),
            ("px", pa.float64()),
            ("qty", pa.float64()),
            ("flags", pa.uint32()),
        ]
    )


def _batch(events: Events) -> "pa.RecordBatch":
    import pyarrow as pa

    columns = [
        pa.array(events["exch_ts"].astype(np.int64)).cast(_schema().field("exch_ts").type),
        _named(kinds(events), FRAME_KINDS),
        _named(sides(events), FRAME_SIDES),
        pa.array(events["order_id"].astype(np.uint32)),
        pa.array(events["px"].astype(np.float64)),
        pa.array(events["qty"].astype(np.float64)),
        pa.array((events["ev"] & np.uint32(UNNAMED_BITS)).astype(np.uint32)),
    ]
    return pa.record_batch(columns, schema=_schema())


def _named(codes: Any, names: dict[int, str]) -> "pa.DictionaryArray":
    import pyarrow as pa

    place = np.zeros(256, dtype=np.int8)
    place[np.array(list(names)) & 0xFF] = np.arange(len(names))
    return pa.DictionaryArray.from_arrays(pa.array(place[codes.astype(np.int64) & 0xFF]), list(names.values()))


def _form(path: Path) -> str:
    with path.open("rb") as file:
        return "parquet" if is_parquet(file.read(len(_PARQUET_MAGIC))) else "arrow"


def _check_columns(names: list[str]) -> None:
    absent = [name for name in _REQUIRED if name not in names]
    if absent:
        msg = (
            f"the file has no column {', '.join(map(repr, absent))}; an event frame needs {', '.join(_REQUIRED)}, as "
            "`lobstats.to_frame` lays them out."
        )
        raise DecodeError(msg)
    doubled = sorted({name for name in _REQUIRED + _OPTIONAL if names.count(name) > 1})
    if doubled:
        msg = f"the file has several columns {', '.join(map(repr, doubled))}; keep one of each name."
        raise DecodeError(msg)


def _batches(path: Path, form: str) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    if form == "parquet":
        with readable("Parquet"), pq.ParquetFile(path, page_checksum_verification=True) as file:
            wanted = [name for name in file.schema_arrow.names if name in _REQUIRED + _OPTIONAL]
            yield from file.iter_batches(_BATCH, columns=wanted)
        return
    with readable("Arrow"), _arrow_reader(path) as reader:
        if isinstance(reader, pa.ipc.RecordBatchStreamReader):
            yield from reader
            return
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


@contextmanager
def _arrow_reader(path: Path) -> "Iterator[Any]":
    """Open an Arrow file or stream; mapped, so that no length in it decides how much memory is taken."""
    import pyarrow as pa

    with path.open("rb") as file:
        is_stream = file.read(len(_FILE_MAGIC)) != _FILE_MAGIC
        if is_stream:
            file.seek(-min(len(_STREAM_END), path.stat().st_size), io.SEEK_END)
            if file.read() != _STREAM_END:
                msg = "the Arrow stream has no end mark; it is cut off or its writer was not closed. Write it again."
                raise DecodeError(msg)
    with pa.memory_map(str(path)) as file, (pa.ipc.open_stream if is_stream else pa.ipc.open_file)(file) as reader:
        yield reader


def _events(batch: "pa.RecordBatch") -> Events:
    """Return the events of a batch; only columns of plain types come to the frame."""
    import pyarrow as pa

    batch = batch.select([name for name in _REQUIRED + _OPTIONAL if name in batch.schema.names])
    batch.validate(full=True)
    times = batch.column("exch_ts")
    if pa.types.is_timestamp(times.type):
        times = times.cast(pa.timestamp("ns", tz=times.type.tz))
    elif not pa.types.is_integer(times.type):
        msg = f"`exch_ts` is of type {times.type}; it must hold times, or whole nanoseconds since 1970 in UTC."
        raise DecodeError(msg)
    elif times.null_count:
        msg = f"row {np.flatnonzero(times.is_null())[0]:,}: `exch_ts` is missing; every event needs a time."
        raise DecodeError(msg)
    else:
        times = times.cast(pa.int64()).cast(pa.timestamp("ns", tz="UTC"))
    batch = batch.set_column(batch.schema.names.index("exch_ts"), "exch_ts", times)
    return from_frame(batch.replace_schema_metadata(None).to_pandas())


@contextmanager
def readable(form: str) -> Iterator[None]:
    """Let whatever pyarrow cannot read raise `DecodeError`."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, KeyError) as error:
        if isinstance(error, DecodeError) or (isinstance(error, OSError) and error.errno is not None):
            raise
        reason = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        msg = f"the {form} file cannot be read ({reason}); it is damaged or cut off. Write it again."
        raise DecodeError(msg) from error
