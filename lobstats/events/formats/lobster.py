"""LOBSTER message and order book files, alone, paired, or in the zip they come in."""

import re
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import pandas as pd

from lobstats.errors import DecodeError
from lobstats.events.formats.conversion import Conversion, Pick
from lobstats.events.formats.lobster_events import Ints, book_alone, messages_to_events
from lobstats.events.formats.packed import ZIP_ERRORS, readable_zip
from lobstats.events.formats.streams import open_stream
from lobstats.events.layout import ROW_NS

__all__ = ["convert", "is_lobster", "is_lobster_zip"]

Part = Literal["message", "book"]
_Open = Callable[[], AbstractContextManager[Any]]

_MESSAGE, _BOOK = "_message_", "_orderbook_"
_DATE = re.compile(r"_(\d{4}-\d{2}-\d{2})_")
_START = re.compile(r"_\d{4}-\d{2}-\d{2}_(\d+)_")
_TIME = re.compile(r"(\d{1,6})(?:\.(\d{1,12}))?")
_LEAST_FIELDS = 6
_NS = 1_000_000_000


@dataclass(frozen=True)
class _Files:
    """How to open the messages and the book, either of them absent, with the name that each is called by."""

    message: tuple[str, _Open] | None
    book: tuple[str, _Open] | None


def is_lobster(head: bytes) -> Part | None:
    """Tell from a file's first bytes whether it holds LOBSTER messages or books: lines of numbers without a header."""
    lines = head.split(b"\n")[:-1] if head.count(b"\n") else [head]
    rows = [line.strip().split(b",") for line in lines[:20] if line.strip()]
    if not rows or len({len(row) for row in rows}) != 1:
        return None
    try:
        if len(rows[0]) in (_LEAST_FIELDS, _LEAST_FIELDS + 1):
            good = all(
                _TIME.fullmatch(row[0].decode()) and 1 <= int(row[1]) <= 7 and int(row[5]) in (-1, 1) for row in rows
            )
            return "message" if good else None
        if len(rows[0]) % 4 == 0:
            _ = [int(cell) for row in rows for cell in row]
            return "book"
    except (ValueError, UnicodeDecodeError):
        return None
    return None


def is_lobster_zip(path: Path) -> bool:
    """Tell whether a zip archive holds LOBSTER files, by its members' names."""
    try:
        with readable_zip(path) as archive:
            return any(_part(name) for name in archive.namelist())
    except DecodeError:
        return False


def convert(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - one signature for every format
    """Read LOBSTER files as events.

    The book file beside a message file, or the message file beside a book file, is read with it; the book then comes as
    depth, from which a replay takes it. An execution is a trade, the fill and the cancel or the modify to what is left;
    a hidden execution is a trade. A halt or an auction ends the session: a clear, and a snapshot where events go on.
    What reduces an order that entered before the file, or outside its levels, is dropped and counted. A book file
    alone holds no times; its rows are stamped a microsecond apart from the start in its name.

    Raises
    ------
    DecodeError
        If a file is damaged, a cell does not hold what it should, times go backwards or the pair does not fit; the
        text names the file and the line.
    """
    files = _find(path)
    name = (files.message or files.book or (path.name, None))[0]
    midnight, dated = _midnight(name)
    about: dict[str, Any] = {"date": dated, "notes": []}
    if dated is None:
        about["notes"].append("there is no date in the file's name; times count from 1970-01-01")
    book = _levels(*files.book) if files.book else None
    if files.message is None:
        if book is None:
            msg = (
                "there is neither a message nor an order book file; a LOBSTER name holds '_message_' or '_orderbook_'."
            )
            raise DecodeError(msg)
        start = _START.search(name)
        first = midnight + (int(start[1]) * 1_000_000 if start else 0)
        events = book_alone(book, first + (1 + np.arange(len(book))) * ROW_NS)
        about["format"] = "lobster book"
        about["notes"].append("a book file holds no times; numbers of rows stand in for them, a microsecond each")
        counted: dict[str, Any] = {"records_in": len(book), "dropped": {}}
    else:
        messages, digits = _messages(*files.message)
        if book is not None and len(book) != len(messages["time"]):
            msg = f"{len(messages['time']):,} messages, but {len(book):,} rows of the book; fetch the pair again."
            raise DecodeError(msg)
        messages["time"] = messages["time"] + midnight
        events, counted = messages_to_events(messages, book)
        about |= {"format": "lobster message and book" if book is not None else "lobster message"}
        if digits > 9:
            about["notes"].append(f"times have {digits} decimals and go to the nearest nanosecond")
        if book is None:
            about["notes"].append(
                "messages alone tell neither what rested before them nor what left their levels, so that the book goes "
                "wrong; put the file's _orderbook_ beside it"
            )
    levels = book.shape[1] // 4 if book is not None else None
    return Conversion(events, {**about, "levels": levels, "records_out": len(events), **counted})


def _part(name: str) -> Part | None:
    if ".csv" not in name.rsplit("/", 1)[-1]:
        return None
    return "message" if _MESSAGE in name else "book" if _BOOK in name else None


def _find(path: Path) -> _Files:
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return _in_zip(path)
    part = _part(path.name)
    if part is None:
        with open_stream(path) as stream:
            part = is_lobster(stream.read(1 << 16))
    other = path.with_name(
        path.name.replace(_MESSAGE, _BOOK) if part == "message" else path.name.replace(_BOOK, _MESSAGE)
    )
    own = (path.name, lambda: open_stream(path))
    beside = (other.name, lambda: open_stream(other)) if other != path and other.exists() else None
    return _Files(own, beside) if part == "message" else _Files(beside, own)


def _in_zip(path: Path) -> _Files:
    with readable_zip(path) as archive:
        names = {part: [name for name in archive.namelist() if _part(name) == part] for part in ("message", "book")}
    if max(len(found) for found in names.values()) > 1:
        listed = ", ".join(sorted(name for found in names.values() for name in found)[:4])
        msg = f"the archive holds several LOBSTER samples ({listed}, ...); unpack it and give the files."
        raise DecodeError(msg)

    def member(name: str) -> tuple[str, _Open]:
        return name, lambda: _Member(path, name)

    message, book = ([member(name) for name in names[part]] for part in ("message", "book"))
    return _Files(message[0] if message else None, book[0] if book else None)


class _Member(AbstractContextManager[BinaryIO]):
    """A member of an archive, read as a stream."""

    def __init__(self, path: Path, name: str) -> None:
        self._archive = zipfile.ZipFile(path)
        self._file = self._archive.open(name)

    def __enter__(self) -> BinaryIO:
        return self._file  # type: ignore[return-value]

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._archive.close()


def _midnight(name: str) -> tuple[int, str | None]:
    """Return the start of the exchange's day in UTC nanoseconds, and the date that it rests on."""
    found = _DATE.search(name)
    if not found:
        return 0, None
    try:
        return int(pd.Timestamp(found[1], tz="America/New_York").as_unit("ns").value), found[1]
    except ValueError as error:
        msg = f"{name}: {found[1]} is no date; rename the file."
        raise DecodeError(msg) from error


def _messages(name: str, opener: _Open) -> tuple[dict[str, Ints], int]:
    table = _table(name, opener, {0: str})
    if not _LEAST_FIELDS <= table.shape[1] <= _LEAST_FIELDS + 1:
        msg = f"{name}: {table.shape[1]} columns; messages have time, type, order id, size, price and direction."
        raise DecodeError(msg)
    time, digits = _nanoseconds(name, table[0])
    kind, order_id, size, price, direction = (table[column].to_numpy(np.int64) for column in range(1, _LEAST_FIELDS))
    checks = {
        "type": (kind, (kind >= 1) & (kind <= 7), "must be from 1 to 7"),
        "direction": (direction, np.isin(direction, (-1, 1)), "must be 1 or -1"),
        "size": (size, size >= 0, "must not be negative"),
    }
    for what, (values, good, rule) in checks.items():
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            msg = f"{name}: line {row + 1:,}: {what} {values[row]} {rule}; mend the line."
            raise DecodeError(msg)
    back = np.flatnonzero(np.diff(time) < 0)
    if len(back):
        late = table[0].iloc[back[0] + 1]
        msg = f"{name}: line {back[0] + 2:,}: time {late} lies before the line before it; sort the file."
        raise DecodeError(msg)
    columns = {"time": time, "kind": kind, "order_id": order_id, "size": size, "price": price, "direction": direction}
    return columns, digits


def _nanoseconds(name: str, text: "pd.Series[str]") -> tuple[Ints, int]:
    """Return decimal seconds as whole nanoseconds, by their digits, and the longest number of decimals."""
    if not len(text):
        return np.empty(0, dtype=np.int64), 0
    good = text.str.fullmatch(_TIME).fillna(value=False)
    if not good.all():
        row = int(np.flatnonzero(~good)[0])
        msg = (
            f"{name}: line {row + 1:,}: time {text.iloc[row]!r} is no number of seconds after midnight; mend the line."
        )
        raise DecodeError(msg)
    parts = text.str.partition(".")
    decimals = parts[2].str.len()
    # To the nearest: twelve decimals are nine that have passed through floating point, such as ...616999 for ...617.
    fraction = parts[2].str.pad(12, side="right", fillchar="0").to_numpy(np.int64)
    return parts[0].to_numpy(np.int64) * _NS + (fraction + 500) // 1_000, int(decimals.max())


def _levels(name: str, opener: _Open) -> Ints:
    table = _table(name, opener, {})
    if table.shape[1] % 4:
        msg = (
            f"{name}: {table.shape[1]} columns; a book has four for each level: ask price and size, bid price and size."
        )
        raise DecodeError(msg)
    return table.to_numpy(np.int64)


def _table(name: str, opener: _Open, text_columns: dict[int, type]) -> pd.DataFrame:
    """Read a table of integers without a header, some columns as text."""
    try:
        with opener() as file:
            width = file.readline().count(b",") + 1
        types = {column: text_columns.get(column, np.int64) for column in range(width)}
        types |= {column: str for column in range(_LEAST_FIELDS, width) if text_columns}
        try:
            with opener() as file:
                return pd.read_csv(file, header=None, names=list(range(width)), dtype=types, keep_default_na=False)
        except (ValueError, OverflowError) as error:
            raise DecodeError(_first_bad(name, opener, text_columns, str(error))) from error
    except ZIP_ERRORS as error:
        msg = f"{name}: cannot be read ({error}); the archive is damaged. Fetch it again."
        raise DecodeError(msg) from error


def _first_bad(name: str, opener: _Open, text_columns: dict[int, type], reason: str) -> str:
    """Say on which line a table does not hold what it should."""
    width = None
    with opener() as file:
        for number, line in enumerate(file, start=1):
            cells = line.decode(errors="replace").rstrip("\r\n").split(",")
            width = width or len(cells)
            if len(cells) != width:
                return f"{name}: line {number:,}: {len(cells)} columns, but {width} before; the file is damaged."
            for column, cell in enumerate(cells[: _LEAST_FIELDS if text_columns else None]):
                if column not in text_columns and not re.fullmatch(r"-?\d{1,18}", cell.strip()):
                    return f"{name}: line {number:,}, column {column + 1}: {cell!r} is no whole number; mend the line."
    return f"{name}: cannot be read ({reason.splitlines()[0] if reason else 'it is empty'})."
