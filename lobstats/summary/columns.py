"""Nested frozen dataclasses as columns of numbers and back: what the file of a sample holds, whatever its fields.

The annotations of the classes say what is stored, so that a new field needs no code here: arrays, int, float, bool,
str, an optional one of these, tuples, dictionaries with text as keys, and dataclasses of all of these. Every leaf is
one column over all rows.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from types import GenericAlias, NoneType, UnionType
from typing import Any, NoReturn, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import DecodeError

__all__ = ["fields_of", "is_array", "pack", "refuse", "unpack"]

T = TypeVar("T")

_DTYPES = tuple(np.dtype(name) for name in ("<i8", "<f8", "?", "i1", "<i2", "<i4", "u1", "<u2", "<u4", "<u8", "<f4"))
_MOST_DIMENSIONS = 4
_MISFIT = "the columns do not fit together ({}); make the summary anew from its events."
_INT_BYTES = (8, 16, 32, 64)

Ints = NDArray[np.int64]


def pack(rows: Sequence[Any], of: Any) -> bytes:
    """Return values of one type as columns.

    Parameters
    ----------
    rows : sequence
        Of values of that type.
    of : type
        A dataclass, or another type that can be stored.

    Raises
    ------
    TypeError
        If a field has a type that cannot be stored.
    """
    out: list[bytes] = []
    _write(list(rows), of, out)
    return b"".join(out)


def unpack(data: bytes | memoryview, of: type[T], n: int) -> list[T]:
    """Return the ``n`` values that `pack` made columns of; arrays are read-only views where they can be.

    Raises
    ------
    DecodeError
        If the columns do not hold what the type says.
    """
    reader = _Reader(memoryview(data))
    try:
        rows: list[T] = _read(reader, of, n)
    except (ValueError, OverflowError, UnicodeDecodeError, RecursionError) as error:
        raise error if isinstance(error, DecodeError) else DecodeError(_MISFIT.format(error)) from error
    if reader.at != len(reader.data):
        refuse(f"{len(reader.data) - reader.at:,} bytes are left over")
    return rows


def _write(values: list[Any], of: Any, out: list[bytes]) -> None:
    for test, write, _ in _KINDS:
        if test(of):
            write(values, of, out)
            return
    msg = f"{of!r} cannot be stored in a summary file; use arrays, numbers, text, tuples or dataclasses."
    raise TypeError(msg)


def _read(reader: "_Reader", of: Any, n: int) -> list[Any]:
    for test, _, read in _KINDS:
        if test(of):
            return read(reader, of, n)
    msg = f"{of!r} cannot be stored in a summary file; use arrays, numbers, text, tuples or dataclasses."
    raise TypeError(msg)


class _Reader:
    """A place in bytes that does not run past their end."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def bytes(self, n: int) -> memoryview:
        if not 0 <= n <= len(self.data) - self.at:
            refuse(f"{n:,} bytes are announced where {len(self.data) - self.at:,} are left")
        self.at += n
        return self.data[self.at - n : self.at]

    def array(self, dtype: np.dtype[Any], n: int) -> NDArray[Any]:
        # Bytes of one significance lie together, so that they compress.
        planes = np.frombuffer(self.bytes(n * dtype.itemsize), dtype=np.uint8)
        return np.ascontiguousarray(planes.reshape(dtype.itemsize, n).T).reshape(-1).view(dtype)

    def ints(self, n: int) -> Ints:
        return self.array(_DTYPES[0], n)


def _put(out: list[bytes], array: NDArray[Any]) -> None:
    array = np.ascontiguousarray(array)
    out.append(array.reshape(-1).view(np.uint8).reshape(-1, array.dtype.itemsize).T.tobytes())


def _put_ints(out: list[bytes], values: Sequence[int]) -> None:
    _put(out, np.array(values, dtype="<i8"))


def _write_dataclass(values: list[Any], of: Any, out: list[bytes]) -> None:
    for name, own in fields_of(of):
        _write([getattr(value, name) for value in values], own, out)


def _read_dataclass(reader: _Reader, of: Any, n: int) -> list[Any]:
    columns = {name: _read(reader, own, n) for name, own in fields_of(of)}
    return [_made(of, {name: column[i] for name, column in columns.items()}) for i in range(n)]


def _made(of: Any, values: Mapping[str, Any]) -> Any:
    """Make a frozen dataclass of all of its fields, those that its constructor does not take among them."""
    made = object.__new__(of)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _write_tuple(values: list[Any], of: Any, out: list[bytes]) -> None:
    own = get_args(of)
    if len(own) == 2 and own[1] is Ellipsis:
        _put_ints(out, [len(value) for value in values])
        _write([item for value in values for item in value], own[0], out)
        return
    for i, item in enumerate(own):
        _write([value[i] for value in values], item, out)


def _read_tuple(reader: _Reader, of: Any, n: int) -> list[Any]:
    own = get_args(of)
    if len(own) == 2 and own[1] is Ellipsis:
        ends = _ends(reader, n)
        items = _read(reader, own[0], ends[-1])
        return [tuple(items[a:b]) for a, b in pairwise(ends)]
    columns = [_read(reader, item, n) for item in own]
    return [tuple(column[i] for column in columns) for i in range(n)]


def _ends(reader: _Reader, n: int) -> list[int]:
    """Return where each of n lists begins and the last ends; no more items are taken than there are bytes left."""
    lengths = reader.ints(n)
    left = len(reader.data) - reader.at
    if n and (lengths.min() < 0 or lengths.max() > left or lengths.sum(dtype=np.float64) > left):
        refuse("lengths do not fit")
    return [0, *np.cumsum(lengths).tolist()]


def _write_dict(values: list[Any], of: Any, out: list[bytes]) -> None:
    pairs = [tuple(value.items()) for value in values]
    _write_tuple(pairs, _pairs(of), out)


def _read_dict(reader: _Reader, of: Any, n: int) -> list[Any]:
    return [dict(pairs) for pairs in _read_tuple(reader, _pairs(of), n)]


def _pairs(of: Any) -> Any:
    return GenericAlias(tuple, (GenericAlias(tuple, get_args(of)), ...))


def _write_optional(values: list[Any], of: Any, out: list[bytes]) -> None:
    _put(out, np.array([value is not None for value in values], dtype="?"))
    _write([value for value in values if value is not None], _some(of), out)


def _read_optional(reader: _Reader, of: Any, n: int) -> list[Any]:
    there = reader.array(np.dtype("u1"), n) != 0
    found = iter(_read(reader, _some(of), int(there.sum())))
    return [next(found) if here else None for here in there]


def _write_arrays(values: list[Any], of: Any, out: list[bytes]) -> None:
    arrays = [np.asarray(value) for value in values]
    arrays = [array.astype(array.dtype.newbyteorder("<"), copy=False) for array in arrays]
    for array in arrays:
        if array.dtype not in _DTYPES or array.ndim > _MOST_DIMENSIONS:
            msg = f"an array of {array.dtype} and {array.ndim} dimensions cannot be stored in a summary file."
            raise TypeError(msg)
    codes = np.array([_DTYPES.index(array.dtype) for array in arrays], dtype="u1")
    _put(out, codes)
    _put(out, np.array([array.ndim for array in arrays], dtype="u1"))
    _put_ints(out, [size for array in arrays for size in array.shape])
    for code in np.unique(codes):
        _put(out, np.concatenate([array.reshape(-1) for array in arrays if array.dtype == _DTYPES[code]]))


def _read_arrays(reader: _Reader, of: Any, n: int) -> list[Any]:
    codes, dimensions = reader.array(np.dtype("u1"), n), reader.array(np.dtype("u1"), n)
    if n and (codes.max() >= len(_DTYPES) or dimensions.max() > _MOST_DIMENSIONS):
        refuse("an array has a type that is not known")
    sizes = reader.ints(int(dimensions.sum(dtype=np.int64)))
    if len(sizes) and sizes.min() < 0:
        refuse("an array has a negative size")
    ends = [0, *np.cumsum(dimensions, dtype=np.int64).tolist()]
    shapes = [tuple(sizes[a:b].tolist()) for a, b in pairwise(ends)]
    found: list[Any] = [None] * n
    for code in np.unique(codes):
        at = np.flatnonzero(codes == code).tolist()
        lengths = [_product(shapes[i]) for i in at]
        whole = reader.array(_DTYPES[code], sum(lengths))
        whole.flags.writeable = False
        start = 0
        for i, length in zip(at, lengths, strict=True):
            found[i] = whole[start : start + length].reshape(shapes[i])
            start += length
    return found


def _product(sizes: tuple[int, ...]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product


def _write_ints(values: list[Any], of: Any, out: list[bytes]) -> None:
    numbers = [int(value) for value in values]
    width = next((w for w in _INT_BYTES if all(-(1 << 8 * w - 1) <= value < 1 << 8 * w - 1 for value in numbers)), None)
    if width is None:
        msg = f"whole numbers must fit {_INT_BYTES[-1]} bytes."
        raise ValueError(msg)
    out.append(bytes([width]))
    raw = b"".join(value.to_bytes(width, "little", signed=True) for value in numbers)
    out.append(np.frombuffer(raw, dtype=np.uint8).reshape(-1, width).T.tobytes())


def _read_ints(reader: _Reader, of: Any, n: int) -> list[Any]:
    width = reader.bytes(1)[0]
    if width not in _INT_BYTES:
        refuse(f"a whole number has {width} bytes")
    raw = np.frombuffer(reader.bytes(n * width), dtype=np.uint8).reshape(width, n).T.tobytes()
    return [int.from_bytes(raw[i : i + width], "little", signed=True) for i in range(0, n * width, width)]


def _write_floats(values: list[Any], of: Any, out: list[bytes]) -> None:
    _put(out, np.array(values, dtype="<f8"))


def _read_floats(reader: _Reader, of: Any, n: int) -> list[Any]:
    return list(reader.array(_DTYPES[1], n).tolist())


def _write_bools(values: list[Any], of: Any, out: list[bytes]) -> None:
    _put(out, np.array(values, dtype="?"))


def _read_bools(reader: _Reader, of: Any, n: int) -> list[Any]:
    return list((reader.array(np.dtype("u1"), n) != 0).tolist())


def _write_texts(values: list[Any], of: Any, out: list[bytes]) -> None:
    distinct = {value: i for i, value in enumerate(dict.fromkeys(values))}
    text = json.dumps(list(distinct)).encode()
    _put_ints(out, [len(text)])
    out.append(text)
    _put_ints(out, [distinct[value] for value in values])


def _read_texts(reader: _Reader, of: Any, n: int) -> list[Any]:
    distinct = json.loads(bytes(reader.bytes(int(reader.ints(1)[0]))))
    if not isinstance(distinct, list) or not all(isinstance(text, str) for text in distinct):
        refuse("a list of texts is none")
    at = reader.ints(n)
    if n and not 0 <= at.min() <= at.max() < len(distinct):
        refuse("a text is not there")
    return [distinct[i] for i in at.tolist()]


def is_array(of: Any) -> bool:
    """Tell whether a type is that of an array."""
    # NDArray is an alias of its own from numpy 2.5 on, and an ndarray with arguments before.
    return of is np.ndarray or get_origin(of) in (np.ndarray, NDArray)


def _is_optional(of: Any) -> bool:
    return get_origin(of) is UnionType and len(get_args(of)) == 2 and NoneType in get_args(of)


def _some(of: Any) -> Any:
    return next(own for own in get_args(of) if own is not NoneType)


def _origin(of: Any) -> Any:
    return get_origin(of)


_Kind = tuple[
    Callable[[Any], bool], Callable[[list[Any], Any, list[bytes]], None], Callable[[_Reader, Any, int], list[Any]]
]
_KINDS: tuple[_Kind, ...] = (
    (is_dataclass, _write_dataclass, _read_dataclass),
    (is_array, _write_arrays, _read_arrays),
    (lambda of: of is int, _write_ints, _read_ints),
    (lambda of: of is float, _write_floats, _read_floats),
    (lambda of: of is bool, _write_bools, _read_bools),
    (lambda of: of is str, _write_texts, _read_texts),
    (lambda of: _origin(of) is tuple, _write_tuple, _read_tuple),
    (lambda of: _origin(of) is dict and get_args(of)[0] is str, _write_dict, _read_dict),
    (_is_optional, _write_optional, _read_optional),
)


@cache
def fields_of(of: Any) -> tuple[tuple[str, Any], ...]:
    """Return the name and the type of each field of a dataclass."""
    hints = get_type_hints(of)
    return tuple((field.name, hints[field.name]) for field in fields(of))


def refuse(what: str) -> NoReturn:
    """Say that columns are not what they should be."""
    raise DecodeError(_MISFIT.format(what))
