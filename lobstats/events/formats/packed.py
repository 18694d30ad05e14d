"""Packed records in other wrappings: numpy files, compressed files and zip archives."""

import io
import lzma
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events
from lobstats.events.formats.streams import ZIP_MAGIC, open_stream
from lobstats.events.layout import PACKED

__all__ = [
    "NPY_HEAD",
    "is_packed_npy",
    "load_compressed",
    "load_npy",
    "npy_bytes",
    "read_npy",
    "read_npy_header",
    "readable_zip",
]

NPY_HEAD = 1 << 16
"""How many bytes of a numpy file are enough to read its header; a longer header is refused."""

_NPY_MAGIC = b"\x93NUMPY"
_CHUNK = 1 << 22
_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0, (3, 0): npy.read_array_header_2_0}


def is_packed_npy(head: bytes) -> bool:
    """Tell whether a file's first bytes are those of a numpy file of dtype `PACKED`."""
    try:
        return read_npy_header(head)[0] == PACKED
    except DecodeError:
        return False


def load_npy(path: Path) -> Events:
    """Map the records of a ``.npy`` file of dtype `PACKED`, read-only.

    Raises
    ------
    DecodeError
        If the file holds another dtype, more than one dimension, or another number of bytes than its header says.
    """
    with path.open("rb") as file:
        n, start = _checked_header(file.read(NPY_HEAD), PACKED, path.stat().st_size)
    if n == 0:
        return np.empty(0, dtype=PACKED)
    return np.memmap(path, dtype=PACKED, mode="r", offset=start, shape=(n,)).view(np.ndarray)


def npy_bytes(events: Events) -> bytes:
    """Return events as the content of a ``.npy`` file."""
    out = io.BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(events), allow_pickle=False)
    return out.getvalue()


def read_npy_header(head: bytes) -> tuple[np.dtype[Any], int, int]:
    """Return the dtype, the length and where the data begin, of a one-dimensional array in numpy's file format.

    Raises
    ------
    DecodeError
        If the header cannot be read, or the array has not one dimension or holds objects.
    """
    file = io.BytesIO(head)
    try:
        version = npy.read_magic(file)
        if version not in _READERS:
            msg = f"its version is {version[0]}.{version[1]}"
            raise ValueError(msg)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of headers as Python 2 wrote them, which read all the same
            shape, _, dtype = _READERS[version](file, max_header_size=NPY_HEAD)
    except Exception as error:  # numpy evaluates the header as text, which fails in as many ways as there are texts
        reason = (str(error).splitlines() or ["it is damaged"])[0].rstrip(".")
        msg = f"the header of the numpy file cannot be read ({reason}); write the file again with `numpy.save`."
        raise DecodeError(msg) from error
    if len(shape) != 1 or shape[0] < 0 or dtype.hasobject:
        msg = f"the numpy file holds an array of shape {shape} and {dtype}; it must be one-dimensional, of records."
        raise DecodeError(msg)
    return dtype, int(shape[0]), file.tell()


def read_npy(stream: BinaryIO, wanted: np.dtype[Any], size: int) -> NDArray[Any]:
    """Read an array of the dtype ``wanted`` from a stream that is said to hold ``size`` bytes.

    Memory grows with what the stream gives, never by what its header says.

    Raises
    ------
    DecodeError
        If the array is of another dtype, or the header, ``size`` and the stream do not agree on the length.
    """
    head = stream.read(NPY_HEAD)
    n, start = _checked_header(head, wanted, size)
    data = bytearray(head[start:])
    while chunk := stream.read(_CHUNK):
        data += chunk
    if len(data) != n * wanted.itemsize:
        raise DecodeError(_length_message(n, wanted, len(data)))
    return np.frombuffer(data, dtype=wanted)


def load_compressed(path: Path) -> NDArray[np.uint8]:
    """Return the packed records of a file compressed with zstd or gzip, or of a zip archive's only member.

    A member in numpy's file format must be of dtype `PACKED`.

    Raises
    ------
    DecodeError
        If the file is damaged or cut off, or the archive has not exactly one member.
    """
    with path.open("rb") as file:
        is_zip = file.read(len(ZIP_MAGIC)) == ZIP_MAGIC
    if not is_zip:
        with open_stream(path) as stream:
            return _bytes_of(stream)
    with readable_zip(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        if len(entries) != 1:
            listed = ", ".join(entry.filename for entry in entries[:5]) or "nothing"
            msg = f"the archive holds {len(entries)} files ({listed}); it must hold one, or a LOBSTER pair."
            raise DecodeError(msg)
        with archive.open(entries[0]) as member:
            is_npy = member.read(len(_NPY_MAGIC)) == _NPY_MAGIC
        with archive.open(entries[0]) as member:
            if is_npy:
                return read_npy(_binary(member), PACKED, entries[0].file_size).view(np.uint8)
            data = _bytes_of(_binary(member))
        if len(data) != entries[0].file_size:
            msg = f"it promises {entries[0].file_size:,} bytes and holds {len(data):,}"
            raise zipfile.BadZipFile(msg)
        return data


ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError)
"""What a damaged archive raises as it is opened or read."""


@contextmanager
def readable_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive; whatever is wrong with it raises `DecodeError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except ZIP_ERRORS as error:
        raise DecodeError(_zip_message(error)) from error
    except (OSError, ValueError) as error:
        # A damaged member of another compression, or offsets outside the file; what the system reports has a number.
        if isinstance(error, DecodeError) or (isinstance(error, OSError) and error.filename is not None):
            raise
        raise DecodeError(_zip_message(error)) from error


def _zip_message(error: Exception) -> str:
    reason = str(error).rstrip(".") or "it ends too early"
    return f"the zip archive cannot be read ({reason}); it is damaged or cut off. Fetch it again."


def _binary(member: Any) -> BinaryIO:
    """Return a member of an archive as the stream that it is; its type does not say so."""
    stream: BinaryIO = member
    return stream


def _bytes_of(stream: BinaryIO) -> NDArray[np.uint8]:
    data = bytearray()
    while chunk := stream.read(_CHUNK):
        data += chunk
    return np.frombuffer(data, dtype=np.uint8)


def _checked_header(head: bytes, wanted: np.dtype[Any], size: int) -> tuple[int, int]:
    dtype, n, start = read_npy_header(head)
    if dtype != wanted:
        msg = f"the array is of dtype {dtype}; it must be of dtype {wanted.descr}."
        raise DecodeError(msg)
    if size - start != n * wanted.itemsize:
        raise DecodeError(_length_message(n, wanted, size - start))
    return n, start


def _length_message(n: int, dtype: np.dtype[Any], n_bytes: int) -> str:
    return (
        f"the header says {n:,} records of {dtype.itemsize} bytes, but {n_bytes:,} bytes follow it; the file is "
        "damaged or cut off. Write it again."
    )
