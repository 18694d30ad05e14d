"""What a metric needs to know of the real side before it looks at either side."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from lobstats.summary.counts import Counts

__all__ = ["FOLLOW_NS", "Reference", "follow_of"]

FOLLOW_NS = 60 * 10**9
"""How long orders are followed where nothing says otherwise: a minute."""

_SHARE = 4


@dataclass(frozen=True)
class Reference:
    """Fixed by the real sample and used for both sides.

    Attributes
    ----------
    returns : Counts
        The real one-second moves; tail thresholds come from them.
    horizon_ns : int
        The longest lag or window, a tenth of a unit.
    clock_ns : int
        The clock that both sides are on.
    order_size : Counts
        The sizes of the real orders; the round lot comes from them.
    follow_ns : int
        How long orders are followed, as `follow_of` finds it in all samples of a comparison.
    memo : dict
        What metrics have worked out from the real moves once, for the next call; a key names its metric.
    """

    returns: Counts
    horizon_ns: int
    clock_ns: int = 1
    order_size: Counts = field(default_factory=lambda: Counts.of([]))
    follow_ns: int = FOLLOW_NS
    memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


def follow_of(session_ns: Iterable[float]) -> int:
    """Return the largest of 1, 2, 5, 10, 20, 50, ... ns that is at most a quarter of the shortest length.

    Orders are followed to their session's end, so one horizon for all sides has to leave most orders of the shortest
    side time to reach it.

    Parameters
    ----------
    session_ns : iterable of float
        The mean length of each side's sessions; a length of nothing is left out.

    Examples
    --------
    >>> follow_of([23400e9, 300e9]) / 1e9
    50.0
    """
    lengths = [length for length in session_ns if length >= _SHARE]
    if not lengths:
        return FOLLOW_NS
    longest = int(min(lengths)) // _SHARE
    power = int(10 ** (len(str(longest)) - 1))
    return max(digit * power for digit in (1, 2, 5) if digit * power <= longest)
