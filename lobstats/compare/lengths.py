"""Equal lengths: what a fact of the longer sample is over windows as long as the shorter one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, to_scale
from lobstats.result import Curve, Estimate
from lobstats.summary.merging import merged
from lobstats.summary.summary import Summary

__all__ = ["at_length", "windows_of"]

T = TypeVar("T")

_ALIKE = 2
_MOST_WINDOWS = 8


def windows_of(units: Sequence[Summary], share: float) -> list[Summary]:
    """Return the sums of contiguous windows that hold a share of all units, at most 8, spread evenly.

    None where the share is above a half: what leans with length then leans nearly alike.
    """
    m, length = len(units), max(1, round(share * len(units)))
    if m < _ALIKE * length:
        return []
    starts = np.linspace(0, m - length, min(_MOST_WINDOWS, m // length)).round().astype(int)
    return [merged(units[start : start + length]) for start in starts]


def at_length(whole: Jackknife, fact: Callable[[T], Estimate | Curve], windows: Sequence[T]) -> Jackknife:
    """Return a fact with its value replaced by the mean over windows, on the comparison scale.

    Autocorrelations, memory and whatever else is centred on the sample's own mean lean with its length; over windows
    as long as the other sample they lean as its do. Points that a window lacks keep the value of the whole.
    """
    try:
        found = [fact(window) for window in windows]
    except InsufficientDataError:
        return whole
    points = [
        dict(zip(one.x.tolist(), one.value.tolist(), strict=True)) if isinstance(one, Curve) else {0.0: one.value}
        for one in found
    ]
    value = whole.value.copy()
    for i, x in enumerate(whole.x.tolist()):
        if points and all(x in own for own in points):
            value[i] = to_scale(np.array([own[x] for own in points]), whole.fact.scale).mean()
    return replace(whole, value=value)
