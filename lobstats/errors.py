"""What lobstats raises, and how its messages put right a name that was mistyped."""

from collections.abc import Iterable

__all__ = ["DecodeError", "InsufficientDataError", "LobstatsError", "did_you_mean", "nearest"]

_SHORTEST = 3


class LobstatsError(Exception):
    """Base of every error that lobstats raises on purpose; its text says what, where and what to do."""


class DecodeError(LobstatsError, ValueError):
    """Bytes or a file that cannot be read as events."""


class InsufficientDataError(LobstatsError, ValueError):
    """Too little or degenerate data for an estimate."""


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return a question after the nearest of the known names, or other words where none is near.

    Examples
    --------
    >>> did_you_mean("hil_index", ["hill_index", "hill_curve"], "see the list.")
    'did you mean `hill_index`?'
    >>> did_you_mean("xyz", ["hill_index", "hill_curve"], "see the list.")
    'see the list.'
    """
    near = nearest(name, known)
    return otherwise if near is None else f"did you mean `{near}`?"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that shares most letters in order, else the shortest that holds what was typed.

    Examples
    --------
    >>> nearest("whittle", ["whittle_memory", "memory"])
    'whittle_memory'
    """
    from difflib import get_close_matches

    typed = name.lower().replace(" ", "_")
    by_lower = {one.lower(): one for one in known}
    near = get_close_matches(typed, by_lower, n=1)
    if not near and len(typed) >= _SHORTEST:
        near = sorted((one for one in by_lower if typed in one), key=len)
    return by_lower[near[0]] if near else None
