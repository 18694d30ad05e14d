"""Names of facts as people type them: short or full."""

import difflib
from collections.abc import Iterable, Sequence

from lobstats.errors import LobstatsError

__all__ = ["UnknownFactError", "resolve"]


class UnknownFactError(LobstatsError, ValueError):
    """A name that is that of no fact, or that of several."""


def resolve(names: Iterable[str], known: Sequence[str]) -> frozenset[str]:
    """Return the full names of facts that are named in short or in full.

    Raises
    ------
    UnknownFactError
        If a name is that of no fact, with the nearest that is, or that of several.

    Examples
    --------
    >>> sorted(resolve(["hill_index", "prices.mean_spread"], ["tails.hill_index", "prices.mean_spread"]))
    ['prices.mean_spread', 'tails.hill_index']
    """
    return frozenset(_full(name, list(dict.fromkeys(known))) for name in names)


def _full(name: str, known: list[str]) -> str:
    if name in known:
        return name
    found = [full for full in known if full.split(".", 1)[-1] == name]
    if len(found) == 1:
        return found[0]
    if found:
        msg = f"`{name}` may be {' or '.join(found)}; give the full name."
        raise UnknownFactError(msg)
    shorts = {full.split(".", 1)[-1]: full for full in known}
    near = difflib.get_close_matches(name, [*known, *shorts], n=1, cutoff=0.5)
    hint = f"did you mean `{shorts.get(near[0], near[0])}`?" if near else "`lobstats metrics` lists them."
    msg = f"`{name}` is no fact; {hint}"
    raise UnknownFactError(msg)
