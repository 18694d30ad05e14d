"""Summary files, ``.lobs``: a sample without its events, written and read back exactly.

A magic number, four whole numbers (version, size of the header, size of the contents packed and unpacked), a header in
JSON for people, the columns of `lobstats.summary.columns` compressed by zstd, and SHA-256 over all that. Little-endian.
"""

import hashlib
import json
import os
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from lobstats._version import __version__
from lobstats.errors import DecodeError
from lobstats.events.formats.streams import SUMMARY_MAGIC
from lobstats.events.validity import Tally
from lobstats.pattern import IntradayPattern
from lobstats.sample import Grid, Observations, Row, Sample, Session
from lobstats.series import Series
from lobstats.summary.columns import pack, unpack
from lobstats.summary.likeness import check_alike, structure
from lobstats.summary.summary import Summary, summarise_series

__all__ = ["read_sample", "sample_bytes", "sample_of_bytes", "write_sample"]

_VERSION = 1
_STATISTICS = 1
"""To be raised when a statistic changes what it means but not its shape, which is seen by itself."""

_FIXED = struct.Struct("<IIQQ")
_DIGEST = 32
_LEVEL = 9
_MOST_HEADER = 1 << 20
_MOST_CONTENTS = 1 << 26
_MOST_RATIO = 200  # real files shrink some 25 times
_LONGEST_SESSION = 7 * 86_400_000_000_000

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Contents:
    """All of a sample that is kept, in the order in which it is written."""

    name: str
    paths: tuple[str, ...]
    n_records: int
    n_events: int
    grid: Grid
    own_clock_ns: int
    start: int | None
    end: int | None
    validity: dict[str, int]
    replay: dict[str, int]
    not_continuous: dict[str, int]
    notes: tuple[str, ...]
    tallies: dict[str, Tally]
    sessions: tuple[Session, ...]
    row_ns: int | None
    pattern: IntradayPattern | None
    row_session: Ints
    row_block: Ints
    summaries: tuple[Summary, ...]


def sample_bytes(sample: Sample) -> bytes:
    """Return a sample as the bytes of a summary file; the same sample gives the same bytes."""
    from zstandard import ZstdCompressor

    seen = sample.observations.without_series()
    contents = _Contents(
        *(seen.name, seen.paths, seen.n_records, seen.n_events, seen.grid, seen.own_clock_ns, seen.start, seen.end),
        *(seen.validity, seen.replay, seen.not_continuous, seen.notes, seen.tallies, seen.summarised),
        row_ns=sample.row_ns,
        pattern=sample.pattern,
        row_session=np.array([row.session for row in sample.rows], dtype=np.int64),
        row_block=np.array([row.block for row in sample.rows], dtype=np.int64),
        summaries=tuple(row.summary for row in sample.rows),
    )
    columns = pack([contents], _Contents)
    packed = ZstdCompressor(level=_LEVEL).compress(columns)
    about = {
        "lobstats": __version__,
        "statistics": _fingerprint(),
        "name": seen.name,
        "sources": [Path(path).name for path in seen.paths],
        "events": seen.n_events,
        "sessions": len(seen.summarised),
        "rows": len(sample.rows),
        "row_ns": sample.row_ns,
        "tick_size": seen.grid.tick_size,
        "clock_ns": seen.grid.clock_ns,
    }
    header = json.dumps(about).encode()
    out = SUMMARY_MAGIC + _FIXED.pack(_VERSION, len(header), len(packed), len(columns)) + header + packed
    return out + hashlib.sha256(out).digest()


def sample_of_bytes(data: bytes) -> Sample:
    """Return the sample that a summary file holds.

    Raises
    ------
    DecodeError
        If the bytes are no summary file, are cut off or damaged, or were written by a version with other statistics.
    """
    from zstandard import ZstdDecompressor, ZstdError

    start = len(SUMMARY_MAGIC) + _FIXED.size
    if not data.startswith(SUMMARY_MAGIC):
        msg = "this is no summary file; make one with `lobstats summarise`."
        raise DecodeError(msg)
    if len(data) < start:
        _cut_off(f"{len(data):,} bytes are no whole beginning")
    version, n_header, n_packed, n_columns = _FIXED.unpack_from(data, len(SUMMARY_MAGIC))
    if version != _VERSION:
        msg = (
            f"the file has version {version}, and this lobstats reads version {_VERSION}; make it anew from its events."
        )
        raise DecodeError(msg)
    size = start + n_header + n_packed + _DIGEST
    if len(data) < size:
        _cut_off(f"{len(data):,} bytes of {size:,}")
    if len(data) > size or hashlib.sha256(memoryview(data)[:-_DIGEST]).digest() != data[-_DIGEST:]:
        msg = "the file is damaged: its checksum does not fit; fetch it again or make it anew from its events."
        raise DecodeError(msg)
    _check_header(data[start : start + n_header])
    if n_columns > _MOST_CONTENTS + _MOST_RATIO * n_packed:
        msg = f"{n_packed:,} bytes cannot stand for the {n_columns:,} that are announced; make the file anew."
        raise DecodeError(msg)
    try:
        reader = ZstdDecompressor().stream_reader(data[start + n_header : -_DIGEST])
        columns = reader.read(n_columns) + reader.read(1)
    except ZstdError as error:
        msg = f"the contents cannot be unpacked ({error}); fetch the file again or make it anew from its events."
        raise DecodeError(msg) from error
    if len(columns) != n_columns:
        _cut_off("the contents have another size than is written")
    (contents,) = unpack(columns, _Contents, 1)
    return _sample(contents)


def read_sample(path: str | os.PathLike[str]) -> Sample:
    """Read a summary file.

    Returns
    -------
    Sample

    Raises
    ------
    DecodeError
        If the file is missing, damaged, or was written by a version with other statistics.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import lobstats
    >>> sample = lobstats.summarise("fixtures/reference.bin")
    >>> with TemporaryDirectory() as folder:
    ...     write_sample(sample, f"{folder}/reference.lobs")
    ...     read_sample(f"{folder}/reference.lobs").total.returns.n == sample.total.returns.n
    True
    """
    try:
        return sample_of_bytes(Path(path).read_bytes())
    except OSError as error:
        msg = f"{path}: cannot be read ({(error.strerror or str(error)).lower()}); check the path."
        raise DecodeError(msg) from error
    except DecodeError as error:
        msg = f"{path}: {error}"
        raise DecodeError(msg) from error


def write_sample(sample: Sample, path: str | os.PathLike[str]) -> None:
    """Write a sample as a summary file.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import lobstats
    >>> sample = lobstats.summarise("fixtures/reference.bin")
    >>> with TemporaryDirectory() as folder:
    ...     write_sample(sample, f"{folder}/reference.lobs")
    ...     len(lobstats.read_sample(f"{folder}/reference.lobs").rows) == len(sample.rows)
    True
    """
    Path(path).write_bytes(sample_bytes(sample))


@cache
def _empty() -> Summary:
    return summarise_series(Series.empty(), None)[0][1]


@cache
def _fingerprint() -> str:
    """Return what tells these statistics from those of another version: fields, sizes, lags, windows, units."""
    return f"{_STATISTICS}-{structure(_Contents, _empty())}"


def _check_header(header: bytes) -> None:
    try:
        about = json.loads(header) if len(header) <= _MOST_HEADER else None
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        msg = "the header cannot be read; make the file anew from its events."
        raise DecodeError(msg)
    if about.get("statistics") != _fingerprint():
        made = str(about.get("lobstats"))[:20]
        msg = (
            f"the file was made by lobstats {made}, whose statistics are not those of this one, {__version__}; make it "
            "anew from its events with `lobstats summarise`."
        )
        raise DecodeError(msg)


def _sample(contents: _Contents) -> Sample:
    """Return the sample, or say what in it no sample has."""
    sessions, rows = contents.sessions, (contents.row_session, contents.row_block)
    shapes = {rows[0].shape, rows[1].shape, (len(contents.summaries),)}
    row_ns, grid, pattern = contents.row_ns, contents.grid, contents.pattern
    order = [(int(number), int(block)) for number, block in zip(*rows, strict=True)] if len(shapes) == 1 else []
    sound = (
        len(shapes) == 1
        and order == sorted(set(order))
        and all(0 <= number < len(sessions) and block >= 0 for number, block in order)
        and all(0 <= session.end - session.start <= _LONGEST_SESSION for session in sessions)
        and all(_fits(t) for session in sessions for t in (session.start, session.end, session.clock_offset_ns))
        and all(_fits(t) for t in (contents.start, contents.end, grid.clock_ns, row_ns) if t is not None)
        and (row_ns is None or row_ns > 0)
        and 0 < grid.tick_size < np.inf
        and grid.clock_ns > 0
        and (pattern is None or (pattern.values.shape == (288,) and bool((pattern.values > 0).all())))
        and all(column.shape == (20,) for tally in contents.tallies.values() for column in (tally.counts, tally.n))
    )
    if not sound:
        msg = "the contents are those of no sample; make the file anew from its events."
        raise DecodeError(msg)
    check_alike(contents.summaries, _empty())
    seen = Observations(
        contents.name,
        contents.paths,
        (),
        contents.n_records,
        contents.n_events,
        grid,
        contents.own_clock_ns,
        contents.start,
        contents.end,
        contents.validity,
        contents.replay,
        contents.not_continuous,
        contents.notes,
        tallies=contents.tallies,
        summarised=sessions,
    )
    made = tuple(Row(*place, one) for place, one in zip(order, contents.summaries, strict=True))
    sample = Sample(seen, made, row_ns, pattern)
    try:
        _ = sample.total if made else None
    except (ValueError, IndexError, TypeError, OverflowError) as error:
        msg = f"the rows do not add up ({error}); make the file anew from its events."
        raise DecodeError(msg) from error
    return sample


def _fits(number: int) -> bool:
    return -(1 << 63) <= number < 1 << 63


def _cut_off(what: str) -> NoReturn:
    msg = f"the file is cut off ({what}); fetch it again or make it anew from its events."
    raise DecodeError(msg)
