"""How far long work has come, for whoever shows it.

A callback ``step`` says what is being done; how much of it there is and how much is done goes to a meter, which is
found by context, so that functions deep down need no parameter for it. Without one nothing happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

__all__ = ["Meter", "advance", "expect", "metered", "share"]


class Meter(Protocol):
    """What shows how far the step that is being done has come."""

    def expect(self, total: int, unit: str) -> None:
        """Take note of how much there is to be done, in a unit such as "events" or "B"."""

    def advance(self, n: int) -> None:
        """Take note that ``n`` more are done."""


class _None:
    def expect(self, total: int, unit: str) -> None:
        pass

    def advance(self, n: int) -> None:
        pass


class _Share:
    """A part of what another meter shows, of which no more than ``room`` can be done."""

    def __init__(self, whole: Meter, room: int) -> None:
        self._whole = whole
        self.room = room

    def expect(self, total: int, unit: str) -> None:
        pass

    def advance(self, n: int) -> None:
        done = min(n, self.room)
        self.room -= done
        self._whole.advance(done)


_METER: ContextVar[Meter] = ContextVar("meter", default=_None())  # noqa: B039 - it holds nothing that could change


def expect(total: int, unit: str) -> None:
    """Say how much the step that has begun has to do."""
    _METER.get().expect(total, unit)


def advance(n: int = 1) -> None:
    """Say that ``n`` more of it are done."""
    _METER.get().advance(n)


@contextmanager
def share(n: int) -> Iterator[None]:
    """Do ``n`` of the step: what is advanced within counts for that much at most, and the rest of it at the end.

    Examples
    --------
    >>> class Told:
    ...     def expect(self, total, unit):
    ...         print("of", total, unit)
    ...
    ...     def advance(self, n):
    ...         print(n)
    >>> with metered(Told()):
    ...     expect(10, "events")
    ...     with share(7):
    ...         advance(5)
    of 10 events
    5
    2
    """
    whole = _METER.get()
    part = _Share(whole, n)
    with metered(part):
        yield
    whole.advance(part.room)


@contextmanager
def metered(meter: Meter) -> Iterator[None]:
    """Tell a meter of what is done within."""
    token = _METER.set(meter)
    try:
        yield
    finally:
        _METER.reset(token)
