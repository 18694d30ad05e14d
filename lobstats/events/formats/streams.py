"""Files as streams of bytes, whatever they are compressed with."""

import gzip
import io
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lobstats.errors import DecodeError
from lobstats.progress import advance

if TYPE_CHECKING:
    from zstandard import ZstdDecompressionObj

__all__ = ["GZIP_MAGIC", "SUMMARY_MAGIC", "ZIP_MAGIC", "ZSTD_MAGIC", "open_stream"]

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
SUMMARY_MAGIC = b"\x93LOBS\r\n\x1a"

_CHUNK = 1 << 20


def open_stream(path: Path) -> io.BufferedReader:
    """Open a file for reading, decompressing zstd (one frame or several) and gzip on the way.

    Reading raises `DecodeError` where the compressed data are damaged or cut off. Zip archives are opened as they are.
    """
    file: io.BufferedReader = io.BufferedReader(_Watched(path))
    head = file.read(len(ZSTD_MAGIC))
    file.seek(0)
    if head == ZSTD_MAGIC:
        return io.BufferedReader(_Zstd(file), _CHUNK)
    if head.startswith(GZIP_MAGIC):
        return io.BufferedReader(_Gzip(file), _CHUNK)
    return file


class _Watched(io.FileIO):
    """A file that says how much of it has been read, now and then."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._untold = 0

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what BufferedReader passes
        n = super().readinto(buffer) or 0
        self._tell(n)
        return n

    def readall(self) -> bytes:
        data = super().readall() or b""
        self._tell(len(data))
        return data

    def _tell(self, n: int) -> None:
        self._untold += n
        if self._untold >= _CHUNK:
            advance(self._untold)
            self._untold = 0


class _Zstd(io.RawIOBase):
    """The frames of a zstd file, one after the other; the library's own reader passes over a frame that is cut off."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting = b""
        self._frame: ZstdDecompressionObj | None = None
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what BufferedReader passes
        while not self._waiting:
            raw = self._rest or self._file.read(_CHUNK)
            self._rest = b""
            if not raw:
                if self._frame is not None:
                    msg = "the zstd data end inside a frame; the file is cut off. Fetch it again."
                    raise DecodeError(msg)
                return 0
            self._waiting = self._decompress(raw)
        taken = self._waiting[: len(buffer)]
        buffer[: len(taken)] = taken
        self._waiting = self._waiting[len(taken) :]
        return len(taken)

    def _decompress(self, raw: bytes) -> bytes:
        import zstandard

        if self._frame is None:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        try:
            out = self._frame.decompress(raw)
        except zstandard.ZstdError as error:
            msg = f"the zstd data cannot be decompressed ({error}); the file is damaged. Fetch it again."
            raise DecodeError(msg) from error
        if self._frame.eof:
            self._rest, self._frame = self._frame.unused_data, None
        return bytes(out)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Gzip(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._gzip = gzip.GzipFile(fileobj=file)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what BufferedReader passes
        try:
            taken = self._gzip.read(len(buffer))
        except (EOFError, OSError, zlib.error) as error:
            msg = f"the gzip data cannot be decompressed ({error}); the file is damaged or cut off. Fetch it again."
            raise DecodeError(msg) from error
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        self._file.close()
        super().close()
