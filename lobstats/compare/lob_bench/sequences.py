"""Sequences of LOBSTER messages with the book after each, as LOB-Bench takes them: arrays, or folders of files."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import DecodeError, LobstatsError
from lobstats.progress import expect, share

__all__ = ["EMPTY", "LobsterSequence", "Sequences", "as_sequences", "refuse_same_files"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Role = Literal["real", "generated"]

EMPTY = 9_999_999_999
"""The price that LOBSTER writes, with either sign, for a level that is not there."""

_FOLDER = {"real": "data_real", "generated": "data_gen"}
_MESSAGE, _BOOK = "message", "orderbook"
_FIELDS = ("time", "type", "order id", "size", "price", "direction")
_ROW = np.dtype([(name, np.float64 if name in ("time", "size") else np.int64) for name in _FIELDS])
_NS = 1_000_000_000


@dataclass(frozen=True, eq=False)
class LobsterSequence:
    """One sequence of n messages and the book of L levels after each.

    Attributes
    ----------
    time : ndarray of int64, shape (n,)
        Nanoseconds after midnight.
    kind : ndarray of int64, shape (n,)
        1 new order, 2 partial cancel, 3 delete, 4 execution, 5 execution of a hidden order.
    order_id : ndarray of int64, shape (n,)
    size : ndarray of float64, shape (n,)
    price : ndarray of int64, shape (n,)
        In 1e-4 of the currency.
    direction : ndarray of int64, shape (n,)
        1 where the resting order buys, -1 where it sells.
    book : ndarray of int64, shape (n, 4 L)
        Ask price, ask size, bid price and bid size of each level in turn, the best first.
    name : str
    """

    time: Ints
    kind: Ints
    order_id: Ints
    size: Floats
    price: Ints
    direction: Ints
    book: Ints
    name: str = ""

    def __post_init__(self) -> None:
        lengths = {len(self.time), len(self.kind), len(self.order_id), len(self.size), len(self.price), len(self.book)}
        if len(lengths) != 1 or len(self.direction) not in lengths:
            msg = f"`book` must have a row for each message, got {len(self.book):,} for {len(self.time):,}."
            raise ValueError(msg)
        if self.book.ndim != 2 or self.book.shape[1] % 4 or not self.book.shape[1]:
            msg = f"`book` must have four columns for each level, got shape {self.book.shape}."
            raise ValueError(msg)

    @classmethod
    def of(cls, messages: ArrayLike, book: ArrayLike, *, name: str = "") -> "LobsterSequence":
        """Take LOBSTER's own columns: messages, shape (n, 6), times in seconds; and the book, shape (n, 4 L)."""
        rows = np.asarray(messages, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] < len(_FIELDS):
            msg = f"`messages` must have six columns ({', '.join(_FIELDS)}), got shape {rows.shape}."
            raise ValueError(msg)
        time = np.rint(rows[:, 0] * _NS).astype(np.int64)
        kind, order_id, price, direction = (rows[:, i].astype(np.int64) for i in (1, 2, 4, 5))
        return cls(time, kind, order_id, rows[:, 3], price, direction, np.asarray(book, dtype=np.int64), name)

    def __len__(self) -> int:
        return len(self.time)

    @property
    def ask(self) -> Ints:
        """The best ask after each message, shape (n,)."""
        return self.book[:, 0]

    @property
    def bid(self) -> Ints:
        """The best bid after each message, shape (n,)."""
        return self.book[:, 2]

    @property
    def mid(self) -> Floats:
        """The mid after each message, shape (n,)."""
        return (self.ask + self.bid) / 2

    @property
    def two_sided(self) -> NDArray[np.bool_]:
        """Whether both sides hold a price after each message, shape (n,)."""
        return np.asarray((np.abs(self.ask) < EMPTY) & (np.abs(self.bid) < EMPTY))

    @cached_property
    def flow(self) -> Floats:
        """The order flow imbalance of each message but the first, shape (n - 1,).

        References
        ----------
        R. Cont, A. Kukanov, S. Stoikov, "The price impact of order book events", Journal of Financial Econometrics 12
        (2014) 47, doi:10.1093/jjfinec/nbt003.
        """
        (ask, ask_size, bid, bid_size), (ask0, ask0_size, bid0, bid0_size) = self.book[1:, :4].T, self.book[:-1, :4].T
        up = (bid >= bid0) * bid_size - (bid <= bid0) * bid0_size
        down = (ask <= ask0) * ask_size - (ask >= ask0) * ask0_size
        return np.asarray(up - down, dtype=np.float64)

    def is_kind(self, *kinds: int) -> NDArray[np.bool_]:
        """Tell which messages are of one of some types, shape (n,)."""
        found = self.kind == kinds[0]
        for kind in kinds[1:]:
            found = found | (self.kind == kind)
        return np.asarray(found)

    def between(self, first: int, last: int) -> "LobsterSequence":
        """Return the messages ``first`` to before ``last``."""
        own = slice(first, last)
        return LobsterSequence(
            self.time[own],
            self.kind[own],
            self.order_id[own],
            self.size[own],
            self.price[own],
            self.direction[own],
            self.book[own],
            self.name,
        )


Sequences: TypeAlias = Sequence[LobsterSequence]


def as_sequences(data: "Sequences | str | Path", role: Role) -> list[LobsterSequence]:
    """Return sequences as they are, or read them from a folder of LOB-Bench's layout.

    A folder holds pairs of files ``..._message_...csv`` and ``..._orderbook_...csv``; or, somewhere below it, one
    folder ``data_real`` or ``data_gen`` with such pairs.

    Raises
    ------
    DecodeError
        If there is no such file, a message file has no book, or a cell does not hold what it should; the text names
        the file and the line.
    """
    sequences = _read_all(_messages(Path(data), role)) if isinstance(data, str | Path) else [*data]
    if not sequences:
        msg = f"the {role} side has no sequence."
        raise DecodeError(msg)
    levels = {sequence.book.shape[1] // 4 for sequence in sequences}
    if len(levels) > 1:
        msg = f"the {role} side has books of {min(levels)} and of {max(levels)} levels; cut them to one depth."
        raise DecodeError(msg)
    return sequences


def _read_all(paths: Sequence[Path]) -> list[LobsterSequence]:
    sizes = [path.stat().st_size for path in paths]
    expect(sum(sizes), "B")
    sequences = []
    for path, size in zip(paths, sizes, strict=True):
        with share(size):
            sequences.append(_read(path))
    return sequences


def refuse_same_files(real: object, generated: object) -> None:
    """Make sure that paths do not lead to one set of files, which any model would match.

    Raises
    ------
    DecodeError
        With the folder and what to do.
    """
    if not isinstance(real, str | Path) or not isinstance(generated, str | Path):
        return
    first, second = _messages(Path(real), "real"), _messages(Path(generated), "generated")
    if [path.resolve() for path in first] == [path.resolve() for path in second]:
        msg = (
            f"{generated}: holds the files of the real side itself; name a folder of generated sequences after it, or "
            "one above both data_real and data_gen."
        )
        raise DecodeError(msg)


def _messages(path: Path, role: Role) -> list[Path]:
    """Return the message files of a side, sorted by name."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        msg = f"{path}: there is no such file or folder."
        raise DecodeError(msg)
    found = _in(path)
    if found:
        return found
    folders = [folder for folder in sorted(path.rglob(_FOLDER[role])) if folder.is_dir() and _in(folder)]
    if len(folders) > 1:
        msg = f"{path}: holds {len(folders)} folders {_FOLDER[role]}; name one of them, such as {folders[0]}."
        raise DecodeError(msg)
    if not folders:
        msg = f"{path}: holds no LOBSTER message files (*_message_*.csv), nor a folder {_FOLDER[role]} that does."
        raise DecodeError(msg)
    return _in(folders[0])


def _in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.csv") if _MESSAGE in path.name and _BOOK not in path.name)


def _read(path: Path) -> LobsterSequence:
    book_path = path.with_name(re.sub(rf"{_MESSAGE}(?!.*{_MESSAGE})", _BOOK, path.name))
    if not book_path.is_file():
        msg = f"{path}: there is no {book_path.name} beside it; LOB-Bench's scores need the book after each message."
        raise DecodeError(msg)
    messages, book = _table(path, _ROW), _table(book_path, None)
    if len(book) != len(messages):
        msg = f"{path}: {len(messages):,} messages, but {len(book):,} rows of the book; fetch the pair again."
        raise DecodeError(msg)
    if book.shape[1] % 4:
        msg = f"{book_path}: has {book.shape[1]} columns; a book has four for each level."
        raise DecodeError(msg)
    time = np.rint(messages["time"] * _NS).astype(np.int64)
    kind, order_id, size, price, direction = (np.ascontiguousarray(messages[name]) for name in _FIELDS[1:])
    return LobsterSequence(time, kind, order_id, size, price, direction, book, path.stem)


def _table(path: Path, row: np.dtype[Any] | None) -> Any:
    """Read a file of numbers: rows of a message's first six columns, or all columns of a book."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of an empty file
        try:
            if row is None:
                table: Any = np.loadtxt(path, dtype=np.int64, delimiter=",", comments=None, ndmin=2)
            else:
                chosen = list(range(len(_FIELDS)))
                table = np.loadtxt(path, dtype=row, delimiter=",", comments=None, ndmin=1, usecols=chosen)
        except (ValueError, OverflowError, IndexError) as error:
            raise _wrong(path, row) from error
    if not table.size:
        msg = f"{path}: is empty."
        raise DecodeError(msg)
    if row is not None and not (np.isfinite(table["time"]).all() and np.isfinite(table["size"]).all()):
        raise _wrong(path, row)
    return table


def _wrong(path: Path, row: np.dtype[Any] | None) -> LobstatsError:
    """Say which line of a file does not hold what it should."""
    lines = path.read_text(errors="replace").splitlines()
    width = len(_FIELDS) if row is not None else len(lines[0].split(",")) if lines else 0
    for number, line in enumerate(lines, start=1):
        cells = line.split(",")
        if len(cells) < width or (row is None and len(cells) != width):
            return DecodeError(f"{path}, line {number}: has {len(cells)} fields, not {width}.")
        for place, cell in enumerate(cells[:width]):
            is_number = row is not None and place in (0, 3)
            if not re.fullmatch(r"\s*\d+(\.\d*)?\s*" if is_number else r"\s*[+-]?\d{1,18}\s*", cell):
                what = _FIELDS[place] if row is not None else f"column {place + 1}"
                return DecodeError(
                    f"{path}, line {number}: {what} is {cell.strip()!r}, which is no number it can hold."
                )
    return DecodeError(f"{path}: could not be read as LOBSTER's columns.")
