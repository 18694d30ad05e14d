"""Equal hours: where too few sessions tell the pattern of the day, samples are compared over the hours they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lobstats.sample import Observations, Row, Sample, Session, row_spans
from lobstats.series import Series

__all__ = ["Hours", "cut_series", "rows_within", "shared_hours", "told", "whole", "within_hours"]

_SECOND = 1_000_000_000
_DAY = 24 * 3600
_DAY_NS = _DAY * _SECOND
_ALIKE = 0.01


class HasDuration(Protocol):
    """A side, or a part of one."""

    @property
    def duration_ns(self) -> int:
        """Nanoseconds of continuous trading."""


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
    """Return the longest stretch of the day that all sides cover, None where it is too short to be compared.

    That is where it is less than half of what the side with the fewest hours covers. Times of a sample on a clock of
    its own are taken as they are.
    """
    if any(not side.sessions for side in sides):
        return None
    covered = [_covered(side.sessions) for side in sides]
    start, length = _longest(np.logical_and.reduce(covered))
    if not length or 2 * length < min(int(own.sum()) for own in covered):
        return None
    return Hours(start * _SECOND, (start + length) * _SECOND)


def within_hours(sides: Sequence[Observations], hours: Hours) -> list[Observations]:
    """Cut the sessions of all sides to some hours, unless all would lose next to nothing.

    What lies outside is told in the notes of the side that loses it.
    """
    cut = [cut_series(side, hours) for side in sides]
    kept = [whole(own, side) for own, side in zip(cut, sides, strict=True)]
    if all(kept):
        return list(sides)
    return [own if uncut else told(own, side, hours) for own, side, uncut in zip(cut, sides, kept, strict=True)]


def cut_series(side: Observations, hours: Hours) -> Observations:
    """Cut the series of a side; those of which nothing is left are still there."""
    return replace(side, series=tuple(_cut(series, hours) for series in side.series))


def whole(cut: HasDuration, side: HasDuration) -> bool:
    """Tell whether a cut took next to nothing."""
    return cut.duration_ns >= (1 - _ALIKE) * side.duration_ns


def told(cut: Observations, side: Observations, hours: Hours) -> Observations:
    """Leave out series of which nothing is left, and note what was cut."""
    lost = sum(len(series.time) for series in side.series) - sum(len(series.time) for series in cut.series)
    note = f"{side.name}: cut to {hours}, the hours that all sides share; {lost:,} happenings lie outside"
    shown = tuple(series for series in cut.series if len(series.time))
    return replace(cut, series=shown, notes=(*side.notes, note))


def rows_within(sample: Sample, hours: Hours) -> Sample:
    """Keep the rows of which more than half lies within some hours, for a row cannot be cut.

    Of two parts of a session that lie there, the longer one is kept, as where a session is cut.
    """
    by_session: dict[int, list[tuple[Row, tuple[int, int]]]] = {}
    for placed in zip(sample.rows, row_spans(sample), strict=True):
        by_session.setdefault(placed[0].session, []).append(placed)
    sessions: list[Session] = []
    rows: list[Row] = []
    for number, session in enumerate(sample.observations.sessions):
        window = max(_windows(session.start, hours), key=lambda window: _overlap(session.start, session.end, window))
        own = [
            (row, (begins, ends))
            for row, (begins, ends) in by_session.get(number, [])
            if 2 * _overlap(begins, ends, window) > ends - begins
        ]
        if not own:
            continue
        first, (begins, _) = own[0]
        if sample.row_ns is not None:
            begins = session.start + first.block * sample.row_ns
        ends = own[-1][1][1]
        rows += [Row(len(sessions), row.block - first.block, row.summary) for row, _ in own]
        sessions.append(replace(Session.of(session), start=begins, end=ends))
    seen = replace(sample.observations, series=(), summarised=tuple(sessions))
    return replace(sample, observations=seen, rows=tuple(rows))


def _covered(sessions: Sequence[Series | Session]) -> NDArray[np.bool_]:
    """Tell which seconds of the day lie within a session, shape (86400,)."""
    covered = np.zeros(_DAY, dtype=bool)
    for one in sessions:
        covered[np.arange(-(-one.start // _SECOND), one.end // _SECOND) % _DAY] = True
    return covered


def _longest(covered: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the longest run on the circle of the day begins, and its length."""
    if covered.all():
        return 0, _DAY
    begins = np.flatnonzero(covered & ~np.roll(covered, 1))
    ends = np.flatnonzero(covered & ~np.roll(covered, -1)) + 1
    if not len(begins):
        return 0, 0
    # The first end may belong to the last beginning, past midnight.
    lengths = (np.roll(ends, -1) if ends[0] <= begins[0] else ends) - begins
    lengths = np.where(lengths <= 0, lengths + _DAY, lengths)
    best = int(np.argmax(lengths))
    return int(begins[best]), int(lengths[best])


def _cut(series: Series, hours: Hours) -> Series:
    """Return the part of a session in those hours; of two parts, as a session of a day may have, the longer one."""
    parts = [series.between(*window) for window in _windows(series.start, hours)]
    return max(parts, key=lambda part: part.end - part.start)


def _windows(start: int, hours: Hours) -> list[tuple[int, int]]:
    """Return these hours on the day of a time, the day before and the day after."""
    day = start // _DAY_NS * _DAY_NS
    return [(day + hours.start_ns + shift, day + hours.end_ns + shift) for shift in (-_DAY_NS, 0, _DAY_NS)]


def _overlap(start: int, end: int, window: tuple[int, int]) -> int:
    return max(0, min(end, window[1]) - max(start, window[0]))


def _clock(ns: int) -> str:
    seconds = ns % _DAY_NS // _SECOND
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
