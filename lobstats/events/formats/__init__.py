"""One module for each outside format, and `read`, the door for all of them."""

import hashlib
import os
import re
from glob import glob
from pathlib import Path
from typing import Any, Literal

from lobstats.errors import DecodeError
from lobstats.events.codec import Buffer, Events, decode, map_file
from lobstats.events.formats import databento
from lobstats.events.formats.conversion import Conversion
from lobstats.events.formats.streams import ZSTD_MAGIC

__all__ = ["Format", "describe_source", "expand", "load", "read", "recognise", "stem"]

Format = Literal["packed", "dbn", "text", "empty", "unknown"]

ENDINGS = (".bin", ".dbn", ".dbn.zst")
"""The endings by which a file is recognised in a folder."""

_HEAD = 4096
_DIGITS = re.compile(r"([0-9]+)")


def recognise(path: Path) -> Format:
    """Tell a file's format by its content.

    Packed records have no signature: whatever is neither empty, nor text, nor compressed, nor DBN is taken for them.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        return "empty"
    if head[:4] == ZSTD_MAGIC:
        import zstandard

        with path.open("rb") as file:
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            try:
                return "dbn" if databento.is_dbn(reader.read(4)) else "unknown"
            except zstandard.ZstdError:
                return "unknown"
    if databento.is_dbn(head):
        return "dbn"
    return "text" if _is_text(head) else "packed"


def read(path: str | os.PathLike[str], *, instrument: str | None = None) -> Events:
    """Read a file of any known format as events, strictly.

    Parameters
    ----------
    path : path
        A file of packed 32-byte records (memory-mapped, not copied) or a Databento DBN file of schema ``mbo``.
    instrument : str, optional
        Symbol or id of the instrument to keep where the file holds several.

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
    data = load(source, instrument=instrument)
    try:
        return decode(data)
    except DecodeError as error:
        raise _at(source, error) from error


def load(path: Path, *, instrument: str | None = None) -> Buffer:
    """Return the packed records of a file as bytes or events, not yet checked record by record."""
    try:
        form = recognise(path)
        if form == "packed":
            return map_file(path)
        if form == "dbn":
            return databento.convert(path, instrument=instrument).events
    except DecodeError as error:
        raise _at(path, error) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    texts = {
        "empty": "the file is empty; give a file of packed 32-byte records or a DBN file.",
        "text": "this is text, not events; give a file of packed 32-byte records or a DBN file.",
        "unknown": "this is compressed, but it is no DBN file or it is cut off; fetch it again or decompress it.",
    }
    msg = f"{path}: {texts[form]}"
    raise DecodeError(msg)


def describe_source(path: Path, *, instrument: str | None = None) -> Conversion:
    """Read a file as events and say how they were made, with the source's name and SHA-256."""
    try:
        if recognise(path) == "dbn":
            conversion = databento.convert(path, instrument=instrument)
        else:
            events = read(path)
            about: dict[str, Any] = {
                "format": "packed",
                "records_in": len(events),
                "records_out": len(events),
            }
            conversion = Conversion(events, about)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error
    except DecodeError as error:
        raise _at(path, error) from error
    return Conversion(conversion.events, {"source": path.name, "sha256": digest, **conversion.about})


def expand(pattern: str) -> list[Path]:
    """Return the files that a path, a folder or a glob names, in natural order.

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
        files = [path]
    else:
        # Path.glob takes no absolute pattern.
        files = [Path(name) for name in glob(pattern) if Path(name).is_file()]  # noqa: PTH207
        if not files:
            msg = f"{pattern}: no such file or folder; check the path."
            raise DecodeError(msg)
    return files


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
    return error if text.startswith(f"{path}: ") else DecodeError(f"{path}: {text}")


def _unreadable(path: Path, error: OSError) -> DecodeError:
    reason = (error.strerror or str(error)).lower()
    return DecodeError(f"{path}: cannot be read ({reason}); check the path and its permissions.")
