"""One module for each outside format, and `read`, the door for all of them."""

import hashlib
import os
import re
from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lobstats.errors import DecodeError
from lobstats.events.codec import Buffer, Events, decode, map_file
from lobstats.events.formats import arrow, databento, databento_csv, hftbacktest, lobster, order_log, packed
from lobstats.events.formats.conversion import Conversion, Order, Pick, PickError
from lobstats.events.formats.streams import GZIP_MAGIC, SUMMARY_MAGIC, ZIP_MAGIC, ZSTD_MAGIC, open_stream

__all__ = [
    "ENDINGS",
    "FORMATS",
    "SUMMARY_ENDING",
    "WRITERS",
    "Format",
    "Pick",
    "PickError",
    "describe_source",
    "expand",
    "is_summary",
    "load",
    "read",
    "recognise",
    "stem",
    "write",
    "writer",
]

Format: TypeAlias = Literal[
    "packed",
    "packed compressed",
    "packed npy",
    "dbn",
    "databento csv",
    "hftbacktest",
    "lobster",
    "order log",
    "parquet",
    "arrow",
    "summary",
    "text",
    "empty",
    "unknown",
]

FORMATS: dict[str, str] = {
    "packed": "packed events",
    "packed compressed": "packed events, compressed",
    "packed npy": "packed events in a numpy file",
    "dbn": "Databento DBN",
    "databento csv": "Databento CSV",
    "hftbacktest": "hftbacktest events",
    "lobster": "LOBSTER",
    "order log": "an order log in Parquet",
    "parquet": "an event frame in Parquet",
    "arrow": "an event frame in Arrow",
    "summary": "a summary of events",
    "text": "text, but no events",
    "empty": "empty",
    "unknown": "damaged, or of no known format",
}
"""What each format is called in a sentence."""

_CONVERT: dict[str, Callable[[Path, Pick], Conversion]] = {
    "dbn": databento.convert,
    "databento csv": databento_csv.convert,
    "hftbacktest": hftbacktest.convert,
    "lobster": lobster.convert,
    "order log": order_log.convert,
    "parquet": arrow.convert,
    "arrow": arrow.convert,
}

WRITERS: dict[str, Callable[[Events], bytes]] = {
    ".bin": lambda events: events.tobytes(),
    ".npy": packed.npy_bytes,
    ".npz": hftbacktest.to_bytes,
    ".parquet": arrow.parquet_bytes,
    ".arrow": arrow.arrow_bytes,
    ".feather": arrow.arrow_bytes,
}
"""What an ending makes of events: packed records, the same in a numpy file, hftbacktest's records, event frames."""

SUMMARY_ENDING = ".lobs"

ENDINGS = (
    *WRITERS,
    SUMMARY_ENDING,
    ".arrows",
    ".csv",
    ".dbn",
    ".zip",
    *(f"{ending}{compressed}" for ending in (".bin", ".csv", ".dbn") for compressed in (".zst", ".gz")),
)
"""The endings by which a file is recognised in a folder."""

_ARROW_ENDINGS = (".arrow", ".arrows", ".feather")
_HEAD = 1 << 16
_DIGITS = re.compile(r"([0-9]+)")


def recognise(path: Path) -> Format:
    """Tell a file's format by its content, and by its ending where the content leaves it open.

    Packed records have no signature: whatever is neither empty, nor text, nor of another format is taken for them.
    """
    with path.open("rb") as file:
        raw = file.read(_HEAD)
    if not raw:
        return "empty"
    if raw.startswith(SUMMARY_MAGIC) or path.name.endswith(SUMMARY_ENDING):
        return "summary"
    if raw.startswith(ZIP_MAGIC):
        return _in_zip(path)
    if arrow.is_parquet(raw):
        return _in_parquet(path)
    if arrow.is_arrow(raw) and (raw.startswith(b"ARROW1") or path.name.endswith(_ARROW_ENDINGS)):
        return "arrow"
    if raw.startswith(b"\x93NUMPY"):
        return "hftbacktest" if hftbacktest.is_hftbacktest(path) else "packed npy"
    compressed = raw.startswith((ZSTD_MAGIC, GZIP_MAGIC))
    head = raw
    if compressed:
        found = _decompressed_head(path)
        if not found:
            return "unknown" if found is None else "empty"
        head = found
    if databento.is_dbn(head):
        return "dbn"
    if not _is_text(head):
        return "packed compressed" if compressed else "packed"
    if databento_csv.is_databento_csv(head):
        return "databento csv"
    return "lobster" if lobster.is_lobster(head) else "text"


def is_summary(path: Path) -> bool:
    """Tell whether a file is a summary, or is named like one."""
    try:
        with path.open("rb") as file:
            return path.name.endswith(SUMMARY_ENDING) or file.read(len(SUMMARY_MAGIC)) == SUMMARY_MAGIC
    except OSError:
        return False


def read(
    path: str | os.PathLike[str],
    *,
    instrument: str | None = None,
    publisher: str | None = None,
    unordered: Order = "refuse",
) -> Events:
    """Read a file of any known format as events, strictly.

    Parameters
    ----------
    path : path
        A file of packed 32-byte records (memory-mapped, not copied; also compressed, zipped or ``.npy``), a Databento
        DBN or CSV file, events of ``hftbacktest``, LOBSTER messages and books, an order log or an event frame in
        Parquet or Arrow.
    instrument, publisher : str, optional
        Which instrument (symbol or id) and which venue to keep where the file holds several.
    unordered : {"refuse", "sort"}
        What to do where exchange times go backwards across venues.

    Returns
    -------
    ndarray of dtype PACKED, shape (n,)

    Raises
    ------
    DecodeError
        If the file is missing, empty, of no known format or malformed; the text names the file and the place.

    Examples
    --------
    >>> len(read("fixtures/reference.bin")) > 100_000
    True
    """
    source = Path(path)
    data, _ = load(source, Pick(instrument, publisher, unordered))
    try:
        return decode(data)
    except DecodeError as error:
        raise _at(source, error) from error


def load(path: Path, pick: Pick = Pick()) -> tuple[Buffer, dict[str, Any]]:  # noqa: B008 - a frozen value
    """Return the packed records of a file, not yet checked one by one, and how they were made of another format."""
    _, data, about = _load(path, pick)
    return data, about


def describe_source(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - a frozen value
    """Read a file as events and say how they were made, with the source's name and SHA-256."""
    form, data, about = _load(path, pick)
    try:
        events = decode(data)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error
    except DecodeError as error:
        raise _at(path, error) from error
    own: dict[str, Any] = {"format": form, "records_in": len(events), "records_out": len(events), "dropped": {}}
    counted = about if form in _CONVERT else own
    return Conversion(events, {"source": path.name, "sha256": digest, **counted})


def write(events: Events, path: str | os.PathLike[str]) -> None:
    """Write events in the format that a file's name ends in.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
    path : path
        Ends in ``.bin`` (packed records), ``.npy``, ``.npz`` (`hftbacktest`), ``.parquet``, ``.arrow`` or ``.feather``
        (an event frame).

    Raises
    ------
    DecodeError
        If events cannot be written in the format of the ending.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> events = read("fixtures/reference.bin")
    >>> with TemporaryDirectory() as folder:
    ...     write(events, f"{folder}/reference.parquet")
    ...     bool((read(f"{folder}/reference.parquet") == events).all())
    True
    """
    target = Path(path)
    target.write_bytes(writer(target)(events))


def writer(path: Path) -> Callable[[Events], bytes]:
    """Return what writes events to a file of this name.

    Raises
    ------
    DecodeError
        If events cannot be written in the format of the ending.
    """
    if path.suffix.lower() in WRITERS:
        return WRITERS[path.suffix.lower()]
    if path.suffix == "":
        return WRITERS[".bin"]
    msg = f"{path}: events cannot be written as {path.suffix!r}; the name must end in {', '.join(WRITERS)}."
    raise DecodeError(msg)


def _load(path: Path, pick: Pick) -> tuple[Format, Buffer, dict[str, Any]]:
    try:
        form = recognise(path)
        if form in _CONVERT:
            conversion = _CONVERT[form](path, pick)
            return form, conversion.events, conversion.about
        if form == "packed":
            return form, map_file(path), {}
        if form == "packed compressed":
            return form, packed.load_compressed(path), {}
        if form == "packed npy":
            return form, packed.load_npy(path), {}
    except DecodeError as error:
        raise _at(path, error) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    texts = {
        "empty": "the file is empty; give a file of events.",
        "summary": "this is a summary, which holds no events; give it to `lobstats report`, or give the events it was "
        "made of.",
        "text": "this is text, not events; give packed records, or the CSV of Databento or LOBSTER.",
        "unknown": "this is compressed, but it holds no known format or is cut off; fetch it again or decompress it.",
    }
    msg = f"{path}: {texts[form]}"
    raise DecodeError(msg)


def _decompressed_head(path: Path) -> bytes | None:
    """Return what can be decompressed of the beginning, None if that is nothing because the data are damaged."""
    head = b""
    with open_stream(path) as stream:
        try:
            while len(head) < _HEAD and (part := stream.read1(_HEAD)):
                head += part
        except DecodeError:
            return head or None
    return head


def _in_parquet(path: Path) -> Format:
    try:
        return "order log" if order_log.is_order_log(arrow.column_names(path)) else "parquet"
    except DecodeError:
        return "parquet"


def _in_zip(path: Path) -> Format:
    if hftbacktest.is_hftbacktest(path):
        return "hftbacktest"
    return "lobster" if lobster.is_lobster_zip(path) else "packed compressed"


def expand(pattern: str) -> list[Path]:
    """Return the files that a path, a folder or a glob names, in natural order.

    Of a LOBSTER message file and the book file beside it, a folder or a glob gives the first alone: it stands for both.

    Raises
    ------
    DecodeError
        If there is none.
    """
    try:
        return sorted(_named(pattern), key=_natural)
    except OSError as error:
        raise _unreadable(Path(pattern), error) from error


def _natural(path: Path) -> tuple[list[list[tuple[int, str]]], str]:
    """Order paths folder by folder, runs of digits by their number, and equal ones by their text."""
    runs = [_DIGITS.split(part) for part in path.parts]
    return [[(int(run), "") if run.isascii() and run.isdecimal() else (-1, run) for run in part] for part in runs], str(
        path
    )


def _named(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        files = [file for file in path.iterdir() if file.is_file() and file.name.endswith(ENDINGS)]
        if not files:
            msg = f"{pattern}: the folder holds no events; it needs files that end in {', '.join(ENDINGS)}."
            raise DecodeError(msg)
    elif path.exists():
        return [path]
    else:
        files = [Path(name) for name in glob(pattern) if Path(name).is_file()]  # noqa: PTH207 - takes absolute patterns
        if not files:
            msg = f"{pattern}: no such file or folder; check the path."
            raise DecodeError(msg)
    summaries = [file for file in files if file.name.endswith(SUMMARY_ENDING)]
    if summaries and len(summaries) < len(files):
        msg = (
            f"{pattern}: holds both events and summaries, which may be of the same events; name those that are meant, "
            f"such as '*{SUMMARY_ENDING}'."
        )
        raise DecodeError(msg)
    paired = {
        file.with_name(file.name.replace("_message_", "_orderbook_")) for file in files if "_message_" in file.name
    }
    return [file for file in files if file not in paired]


def stem(path: Path) -> str:
    """Return a file's name without its ending: ``es`` for ``es.bin``, ``es.mbo`` for ``es.mbo.dbn.zst``."""
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if path.name.endswith(ending) and path.name != ending:
            return path.name.removesuffix(ending)
    return path.stem


def _is_text(head: bytes) -> bool:
    # Packed records hold bytes below the space in nearly every field; text has none but its white space.
    return all(byte >= 32 or byte in b"\t\n\r\f" for byte in head)


def _at(path: Path, error: DecodeError) -> DecodeError:
    text = str(error)
    return error if text.startswith(f"{path}: ") else type(error)(f"{path}: {' '.join(text.split())}")


def _unreadable(path: Path, error: OSError) -> DecodeError:
    reason = (error.strerror or str(error)).lower()
    return DecodeError(f"{path}: cannot be read ({reason}); check the path and its permissions.")
