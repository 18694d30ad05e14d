"""Equal hours: where too few sessions tell the pattern of the day, samples are compared over the hours they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lobstats.engine import Observations
from lobstats.series import Series

__all__ = ["Hours", "shared_hours", "within_hours"]

_DAY_NS = 24 * 3600 * 1_000_000_000
_ALIKE = 0.01


@dataclass(frozen=True)
class Hours:
    """A stretch of the day, UTC.

    Attributes
    ----------
    start_ns, end_ns : int
        Nanoseconds after midnight of the day on which it starts; the end may lie past the next midnight.
    """

    start_ns: int
    end_ns: int

    def to_dict(self) -> dict[str, str]:
        """Return both ends as times of the day, UTC."""
        return {"start": _clock(self.start_ns), "end": _clock(self.end_ns)}

    def __str__(self) -> str:
        return f"{_clock(self.start_ns)} to {_clock(self.end_ns)} UTC"


def shared_hours(sides: Sequence[Observations]) -> Hours | None:
    """Return the hours that all sides cover, None where they are too few to be compared.

    That is less than half of the shortest side's hours; a sample on a clock of its own shares none.
    """
    if any(not side.series for side in sides):
        return None
    origin = sides[0].series[0].start
    spans = [_span(side.series, origin) for side in sides]
    start, end = max(first for first, _ in spans), min(last for _, last in spans)
    if 2 * (end - start) < min(last - first for first, last in spans):
        return None
    opening = (origin + start) % _DAY_NS
    return Hours(opening, opening + end - start)


def within_hours(side: Observations, hours: Hours) -> Observations:
    """Cut a side's sessions to some hours; what lies outside is told in its notes, unless that is next to nothing."""
    kept = [_cut(series, hours) for series in side.series]
    lost = sum(len(series.time) for series in side.series) - sum(len(series.time) for series in kept)
    length = sum(series.end - series.start for series in kept)
    if side.duration_ns - length <= _ALIKE * side.duration_ns:
        return side
    note = f"{side.name}: cut to {hours}, the hours that all sides share; {lost:,} happenings lie outside"
    shown = tuple(series for series in kept if len(series.time))
    return replace(side, series=shown, notes=(*side.notes, note))


def _span(series: Sequence[Series], origin: int) -> tuple[int, int]:
    """Return the first opening and the last close, as nanoseconds from the real side's opening on its own day."""
    starts = np.array([(one.start - origin + _DAY_NS // 2) % _DAY_NS - _DAY_NS // 2 for one in series])
    lengths = np.array([one.end - one.start for one in series])
    return int(starts.min()), int((starts + lengths).max())


def _cut(series: Series, hours: Hours) -> Series:
    length = hours.end_ns - hours.start_ns
    offset = (series.start - hours.start_ns + _DAY_NS // 2) % _DAY_NS - _DAY_NS // 2
    opening = series.start - offset
    return series.between(opening, opening + length)


def _clock(ns: int) -> str:
    seconds = ns % _DAY_NS // 1_000_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
