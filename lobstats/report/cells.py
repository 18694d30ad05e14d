"""What stands in a cell of a terminal's table: a fact with its interval, a ratio, a verdict, or why there is none."""

import math

from rich.text import Text

from lobstats.report.theme import STYLES
from lobstats.result import Curve, Estimate, Interval, Missing

__all__ = ["DASH", "missing_text", "ratio_text", "value_text", "verdict_text"]

DASH = "-"


def value_text(fact: Estimate | Curve | Missing, at: float | None, footnotes: dict[str, int]) -> str:
    """Return a fact with its interval, a curve at one of its points; why one is missing goes to the footnotes."""
    if isinstance(fact, Missing):
        return missing_text(fact, footnotes)
    if isinstance(fact, Curve):
        if at is None:
            return f"{len(fact.x)} points"
        return f"{fact.value[fact.x == at][0]:.3g} at {fact.at(at)}{' s' if fact.x_unit == 's' else ''}"
    if not isinstance(fact.ci, Interval):
        return f"{fact.value:.3g}"
    half_width = (fact.ci.high - fact.ci.low) / 2
    digits = min(5, 1 - math.floor(math.log10(half_width))) if half_width > 0 else 3
    if digits > 0:
        return f"{fact.value:.{digits}f} [{fact.ci.low:.{digits}f}, {fact.ci.high:.{digits}f}]"
    return f"{fact.value:.3g} [{fact.ci.low:.3g}, {fact.ci.high:.3g}]"


def missing_text(found: Missing, footnotes: dict[str, int], what: str = "missing") -> str:
    """Return the number of the footnote that says why something is not there."""
    return f"{what} [{footnotes.setdefault(found.reason, len(footnotes) + 1)}]"


def ratio_text(ratio: float | None) -> str:
    """Return a ratio; None is a floor of zero."""
    if ratio is None:
        return "inf"
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0f}" if ratio < 10_000 else ">9999"


def verdict_text(verdict: str, mark: str = "") -> Text:
    """Return a verdict in its colour."""
    return Text(verdict + mark, style=STYLES[verdict])
