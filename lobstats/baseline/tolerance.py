"""Tolerances that a baseline file states for a fact in place of the band of its interval."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import LobstatsError

__all__ = ["BaselineError", "Tolerance", "refuse_unknown", "tolerance_of"]

_KEYS = ("absolute", "relative", "low", "high")

Floats = NDArray[np.float64]


class BaselineError(LobstatsError, ValueError):
    """A baseline that cannot be read, or that says what no baseline may say."""


@dataclass(frozen=True)
class Tolerance:
    """How far a fact may lie from its baseline, in its own unit.

    Parameters
    ----------
    absolute : float, optional
        By so much.
    relative : float, optional
        By this share of the baseline's size.
    low, high : float, optional
        Between these ends, one of which may be left open, whatever the baseline is.

    Examples
    --------
    >>> Tolerance(relative=0.1).band(np.array([3.0]))
    (array([2.7]), array([3.3]))
    """

    absolute: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def needs_baseline(self) -> bool:
        """Whether there is no band without the baseline's own value."""
        return self.absolute is not None or self.relative is not None

    def band(self, expected: Floats) -> tuple[Floats, Floats]:
        """Return the lower and the upper end for each point of a fact, shape (p,) each; an open end is infinite."""
        if self.absolute is not None:
            return expected - self.absolute, expected + self.absolute
        if self.relative is not None:
            reach = self.relative * np.abs(expected)
            return expected - reach, expected + reach
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return np.full(expected.shape, low), np.full(expected.shape, high)

    def to_dict(self) -> dict[str, float]:
        """Return what is stated, as a baseline file has it."""
        stated = {name: getattr(self, name) for name in _KEYS}
        return {name: value for name, value in stated.items() if value is not None}


def tolerance_of(found: Any, fact: str) -> Tolerance:
    """Return the tolerance that a baseline file states for a fact.

    Raises
    ------
    BaselineError
        If it is none of the three forms.
    """
    forms = 'use {"absolute": x}, {"relative": x} or {"low": a, "high": b}'
    if not isinstance(found, Mapping) or not found:
        msg = f"the tolerance of `{fact}` must be an object, got {_short(found)}; {forms}."
        raise BaselineError(msg)
    refuse_unknown(found, _KEYS, f"of the tolerance of `{fact}`")
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            msg = f"`{name}` of the tolerance of `{fact}` must be a number, got {_short(value)}."
            raise BaselineError(msg)
        if name in ("absolute", "relative") and value < 0:
            msg = f"`{name}` of the tolerance of `{fact}` must be 0 or more, got {value}."
            raise BaselineError(msg)
    if len(found) > 1 and found.keys() != {"low", "high"}:
        msg = f"the tolerance of `{fact}` must be of one form, got {_short(dict(found))}; {forms}."
        raise BaselineError(msg)
    if len(found) > 1 and found["low"] > found["high"]:
        msg = f"`low` of the tolerance of `{fact}` must be at most `high`, got {found['low']} and {found['high']}."
        raise BaselineError(msg)
    return Tolerance(**{name: float(value) for name, value in found.items()})


def refuse_unknown(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    """Make sure that there are no other keys; a wrong one is named with the nearest right one."""
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"it must be one of {', '.join(known)}."
            msg = f"`{_short(name)}` is no key {where}; {hint}"
            raise BaselineError(msg)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
