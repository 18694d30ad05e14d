"""Databento DBN files of schema ``mbo`` (market by order), plain or compressed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.formats.conversion import Conversion, Pick
from lobstats.events.formats.mbo import MBO, convert_mbo
from lobstats.events.formats.streams import open_stream

__all__ = ["Header", "convert", "is_dbn", "read_header"]

_VERSIONS = (1, 2, 3)
_RTYPE_MBO = 0xA0
_SCHEMAS = (
    *("mbo", "mbp-1", "mbp-10", "tbbo", "trades", "ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d", "definition"),
    *("statistics", "status", "imbalance", "ohlcv-eod", "cmbp-1", "cbbo-1s", "cbbo-1m", "tcbbo", "bbo-1s", "bbo-1m"),
)
_NO_SCHEMA = 0xFFFF
_FIXED = 100  # bytes of the header after its length and before its lists
_SYMBOL_BYTES_V1 = 22


@dataclass(frozen=True)
class Header:
    """What the header of a DBN file says; ``symbols`` maps instrument ids, ``n_bytes`` is where the records begin."""

    version: int
    dataset: str
    schema: str
    has_send_time: bool
    symbols: dict[int, str]
    n_bytes: int


def is_dbn(head: bytes) -> bool:
    """Tell whether a file's first bytes, decompressed, are those of a DBN file."""
    return head[:3] == b"DBN" and len(head) > 3 and head[3] < ord(" ")


def convert(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - a frozen value
    """Read a DBN file as events; `lobstats.events.formats.mbo.convert_mbo` says how.

    Parameters
    ----------
    path : Path
        A DBN file of version 1 to 3, plain or compressed; several zstd frames in one file are read as one.
    pick : Pick
        What to take from a file that holds several streams.

    Returns
    -------
    Conversion

    Raises
    ------
    DecodeError
        If the file is cut off, is of another schema, holds several instruments and none is named, or has live
        times that go backwards.
    """
    header, records = _load(path)
    conversion = convert_mbo(records, pick, header.symbols)
    about = {"format": "dbn", "dbn_version": header.version, "dataset": header.dataset, "dbn_schema": "mbo"}
    return Conversion(conversion.events, {**about, **conversion.about})


def read_header(raw: bytes) -> Header:
    """Read the header of a DBN file of version 1 to 3.

    Counts in the header are believed only as far as there are bytes: the file may be damaged.

    Raises
    ------
    DecodeError
        If the header is cut off or its parts do not fit into it.
    """
    if not is_dbn(raw):
        msg = "this is not a DBN file: it does not begin with 'DBN' and a version."
        raise DecodeError(msg)
    version = raw[3]
    if version not in _VERSIONS:
        msg = f"the DBN version is {version}; versions 1 to 3 can be read. Fetch the file in one of these."
        raise DecodeError(msg)
    end = 8 + int.from_bytes(raw[4:8], "little")
    cursor = _Cursor(raw[:end], 8)
    if len(cursor.raw) < end:
        msg = f"byte {len(raw):,}: the file is cut off inside its DBN header of {end:,} bytes. Fetch it again."
        raise DecodeError(msg)
    fixed = cursor.take(_FIXED)
    schema = int.from_bytes(fixed[16:18], "little")
    # Version 1 counts its records before the types of symbols, the later ones say how long a symbol is.
    types = 50 if version == 1 else 42
    symbol_bytes = _SYMBOL_BYTES_V1 if version == 1 else int.from_bytes(fixed[45:47], "little")
    cursor.take(cursor.number())  # a definition of the schema, empty so far
    for _ in ("symbols", "partly found", "not found"):
        cursor.take(cursor.number() * symbol_bytes)
    symbols = {}
    for _ in range(cursor.number()):
        symbol = _text(cursor.take(symbol_bytes))
        for _ in range(cursor.number()):
            cursor.take(8)  # the first day and the one after the last
            number = _text(cursor.take(symbol_bytes))
            if number.isdecimal():
                symbols[int(number)] = symbol
    name = _SCHEMAS[schema] if schema < len(_SCHEMAS) else "mixed" if schema == _NO_SCHEMA else f"number {schema}"
    return Header(version, _text(fixed[:16]), name, fixed[types + 2] != 0, symbols, end)


@dataclass
class _Cursor:
    raw: bytes
    at: int

    def take(self, n: int) -> bytes:
        left = len(self.raw) - self.at
        if n > left:
            msg = (
                f"byte {self.at:,}: {n:,} bytes of the DBN header should follow and {left:,} do; the file is damaged. "
                "Fetch it again."
            )
            raise DecodeError(msg)
        self.at += n
        return self.raw[self.at - n : self.at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("ascii", "backslashreplace")


def _load(path: Path) -> tuple[Header, NDArray[np.void]]:
    with open_stream(path) as stream:
        raw = stream.read()
    header = read_header(raw)
    start = header.n_bytes
    if header.schema != "mbo":
        msg = f"the DBN schema is {header.schema}; only mbo (market by order) can be read."
        raise DecodeError(msg)
    if header.has_send_time or raw[start : start + 1] == bytes([(MBO.itemsize + 8) // 4]):
        msg = "the records carry a send time (ts_out); fetch the file again without it."
        raise DecodeError(msg)
    n_records, trailing = divmod(len(raw) - start, MBO.itemsize)
    if trailing:
        msg = (
            f"byte {len(raw) - trailing:,}: {trailing} bytes are left after {n_records:,} records of 56; "
            "the file is cut off. Fetch it again."
        )
        raise DecodeError(msg)
    records = np.frombuffer(raw, dtype=MBO, offset=start)
    strange = np.flatnonzero((records["rtype"] != _RTYPE_MBO) | (records["length"] != MBO.itemsize // 4))
    if len(strange):
        msg = f"record {strange[0]:,} is of type {records['rtype'][strange[0]]:#x}, not mbo; keep mbo records only."
        raise DecodeError(msg)
    return header, records
