"""What a metric needs to know of the real side before it looks at either side."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from lobstats.summary.counts import Counts

__all__ = ["Reference"]


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
    memo : dict
        What metrics have worked out from the real moves once, for the next call; a key names its metric.
    """

    returns: Counts
    horizon_ns: int
    clock_ns: int = 1
    order_size: Counts = field(default_factory=lambda: Counts.of([]))
    memo: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
