"""Databento DBN files of schema ``mbo`` (market by order), plain or compressed."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.formats.conversion import Conversion, Pick
from lobstats.events.formats.mbo import MBO, convert_mbo
from lobstats.events.formats.streams import open_stream

if TYPE_CHECKING:
    from databento_dbn import Metadata

__all__ = ["convert", "is_dbn"]

_RTYPE_MBO = 0xA0


def is_dbn(head: bytes) -> bool:
    """Tell whether a file's first bytes, decompressed, are those of a DBN file."""
    return head[:3] == b"DBN" and len(head) > 3 and head[3] in (1, 2, 3)


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
    version, metadata, records = _load(path)
    symbols = {
        int(interval["symbol"]): symbol
        for symbol, intervals in metadata.mappings.items()
        for interval in intervals
        if str(interval["symbol"]).isdigit()
    }
    conversion = convert_mbo(records, pick, symbols)
    about = {"format": "dbn", "dbn_version": version, "dataset": metadata.dataset, "dbn_schema": "mbo"}
    return Conversion(conversion.events, {**about, **conversion.about})


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
    if metadata.ts_out or raw[start : start + 1] == bytes([(MBO.itemsize + 8) // 4]):
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
    return raw[3], metadata, records
