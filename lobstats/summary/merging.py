"""Adding up many mergeable statistics at once: the same as ``+`` again and again, in one pass where a class can."""

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, Protocol, TypeVar

__all__ = ["merged"]


class _Adds(Protocol):
    def __add__(self, other: Any, /) -> Any: ...


T = TypeVar("T", bound=_Adds)


def merged(parts: Sequence[T]) -> T:
    """Return the sum of one part or more; a class that offers ``merged`` does it by itself."""
    own = getattr(type(parts[0]), "merged", None)
    total: T = reduce(add, parts) if own is None or len(parts) == 1 else own(parts)
    return total
