"""Names of facts as people type them: short or full."""

from collections.abc import Iterable, Sequence

from lobstats.errors import LobstatsError, did_you_mean

__all__ = ["UnknownFactError", "resolve"]


class UnknownFactError(LobstatsError, ValueError):
    """A name that is that of no fact, or that of several."""


def resolve(names: Iterable[str], known: Sequence[str]) -> frozenset[str]:
    """Return the full names of facts that are named in short or in full, or of one such name.

    Raises
    ------
    UnknownFactError
        If a name is that of no fact, with the nearest that is, or that of several.

    Examples
    --------
    >>> sorted(resolve(["hill_index", "prices.mean_spread"], ["tails.hill_index", "prices.mean_spread"]))
    ['prices.mean_spread', 'tails.hill_index']
    """
    every = list(dict.fromkeys(known))
    asked = [names] if isinstance(names, str) else list(names)
    return frozenset(_full(name, every) for name in asked)


def _full(name: str, known: list[str]) -> str:
    if name in known:
        return name
    found = [full for full in known if full.split(".", 1)[-1] == name]
    if len(found) == 1:
        return found[0]
    if found:
        msg = f"{name!r} may be {' or '.join(found)}; give the full name."
        raise UnknownFactError(msg)
    if own := [full for full in known if full.startswith(f"{name}.")]:
        msg = f"{name!r} is a family of {len(own)} facts; name those that are to be judged, such as {own[0]}."
        raise UnknownFactError(msg)
    # Short names before full ones, since of two that are as near the first is suggested.
    hint = did_you_mean(name, [*(full.split(".", 1)[-1] for full in known), *known], "`lobstats metrics` lists them.")
    msg = f"{name!r} is no fact; {hint}"
    raise UnknownFactError(msg)
