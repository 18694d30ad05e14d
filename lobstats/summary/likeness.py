"""Whether stored rows are like those that this version makes: the same fields, sizes, lags, windows and units."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin

import numpy as np

from lobstats.summary.columns import fields_of, is_array, refuse

__all__ = ["check_alike", "structure"]


def structure(of: Any, template: Any) -> str:
    """Return a fingerprint of a type's fields, and of sizes and constants of a value in which nothing was counted."""
    lines = [*_names(of, ""), *(f"{path} {leaf!r}" for path, leaf in _constants(template, ""))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def check_alike(rows: Sequence[Any], template: Any) -> None:
    """Make sure that rows have the sizes and constants of one in which nothing was counted.

    An array that has elements there has as many of them everywhere; where it has none, it has one dimension. What is
    not zero there, such as lags and units, is the same everywhere.

    Raises
    ------
    DecodeError
        With the field that is not.
    """
    for row in rows:
        _check(row, template, "")


def _origin(of: Any) -> Any:
    return get_origin(of)


def _names(of: Any, path: str) -> Iterator[str]:
    """Yield each leaf's path and type."""
    named: Any = of
    if is_dataclass(of):
        for name, own in fields_of(named):
            yield from _names(own, f"{path}.{name}")
    elif _origin(of) in (tuple, dict):
        for i, own in enumerate(get_args(of)):
            yield from _names(own, f"{path}[{i}]")
    else:
        yield f"{path} array" if is_array(of) else f"{path} {of}"


def _constants(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield each leaf's path, and its size and what in it is not zero."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _constants(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _constants(item, f"{path}[{i}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _constants(item, f"{path}[{key!r}]")
    elif isinstance(value, np.ndarray):
        yield path, (value.shape, value.tolist() if value.any() else None)
    else:
        yield path, value


def _check(value: Any, template: Any, path: str) -> None:
    if is_dataclass(template):
        for field in fields(template):
            own, like = getattr(value, field.name), getattr(template, field.name)
            if isinstance(like, np.ndarray) and like.shape == (0,):
                if own.ndim != 1:
                    refuse(f"{path}.{field.name} is no list of numbers")
            else:
                _check(own, like, f"{path}.{field.name}")
    elif isinstance(template, tuple):
        if len(value) != len(template):
            refuse(f"{path} has {len(value)} parts where {len(template)} belong")
        for i, (own, like) in enumerate(zip(value, template, strict=True)):
            _check(own, like, f"{path}[{i}]")
    elif isinstance(template, dict):
        if value.keys() != template.keys():
            refuse(f"{path} has other keys")
        for key, like in template.items():
            _check(value[key], like, f"{path}[{key!r}]")
    elif isinstance(template, np.ndarray):
        if value.shape != template.shape or (template.any() and not np.array_equal(value, template)):
            refuse(f"{path} is of another kind")
    elif (template or template is None) and value != template:
        refuse(f"{path} is {value!r} where {template!r} belongs")
