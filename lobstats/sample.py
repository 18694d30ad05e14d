"""A sample: the ordered rows of its units' summaries, what was counted on the way to them, and how samples add up."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from lobstats.errors import InsufficientDataError
from lobstats.events.validity import Tally
from lobstats.pattern import IntradayPattern
from lobstats.series import Series
from lobstats.sessions import SESSION_GAP_NS, LeftOut
from lobstats.summary.merging import merged
from lobstats.summary.summary import Summary

__all__ = ["Grid", "Observations", "Row", "Sample", "Session", "added", "row_spans"]


@dataclass(frozen=True)
class Grid:
    """The grids both sides are put on, where streams are cut, and what makes a session.

    Without a tick (``has_tick``) prices go to a millionth, and none is off the grid. ``calendar`` is a name that
    `lobstats.calendars.trading_hours` takes, ``keep`` holds reasons of `NOT_CONTINUOUS`
    for which nothing is left out.
    """

    tick_size: float
    clock_ns: int = 1
    start_ns: int | None = None
    end_ns: int | None = None
    session_gap_ns: int = SESSION_GAP_NS
    session_length_ns: int | None = None
    calendar: str | None = None
    keep: tuple[str, ...] = ()
    has_tick: bool = True


@dataclass(frozen=True)
class Session:
    """What a comparison needs to know of a session beside its rows; a `Series` says the same of itself.

    Attributes
    ----------
    start, end : int
        Times of the first and last happening, UTC nanoseconds.
    has_orders, has_clock : bool
    clock_offset_ns : int
        As `Series` has them.
    """

    start: int
    end: int
    has_orders: bool = True
    has_clock: bool = True
    clock_offset_ns: int = 0

    @classmethod
    def of(cls, session: "Series | Session") -> "Session":
        """Return the same without the series."""
        return cls(session.start, session.end, session.has_orders, session.has_clock, session.clock_offset_ns)


@dataclass(frozen=True)
class Observations:
    """A side's series, one for each session, and what was counted on the way to them.

    ``start`` and ``end`` are the times of the first and last live event, None where there is none. Sessions that come
    from summaries have no series; ``summarised`` holds what is known of them.
    """

    name: str
    paths: tuple[str, ...]
    series: tuple[Series, ...] = field(repr=False)
    n_records: int
    n_events: int
    grid: Grid
    own_clock_ns: int
    start: int | None
    end: int | None
    validity: dict[str, int]
    replay: dict[str, int]
    not_continuous: dict[str, int]
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    tallies: dict[str, Tally] = field(default_factory=dict, repr=False)
    summarised: tuple[Session, ...] = field(default=(), repr=False)

    @property
    def sessions(self) -> tuple[Series | Session, ...]:
        """All sessions: those that have series, then those that come from summaries."""
        return (*self.series, *self.summarised)

    @property
    def duration_ns(self) -> int:
        """Nanoseconds of continuous trading."""
        return sum(session.end - session.start for session in self.sessions)

    def without_series(self) -> "Observations":
        """Return the same with no more of each session than a summary file keeps."""
        return replace(self, series=(), summarised=tuple(map(Session.of, self.sessions)), left_out=())

    def __add__(self, other: "Observations") -> "Observations":
        """Lay another part of the same side beside this one; its sessions come after these and keep no series."""
        starts, ends = (
            [t for t in times if t is not None] for times in ((self.start, other.start), (self.end, other.end))
        )
        return replace(
            self,
            paths=self.paths + other.paths,
            n_records=self.n_records + other.n_records,
            n_events=self.n_events + other.n_events,
            own_clock_ns=min(self.own_clock_ns, other.own_clock_ns),
            start=min(starts, default=None),
            end=max(ends, default=None),
            validity=_together(self.validity, other.validity),
            replay=_together(self.replay, other.replay),
            not_continuous=_together(self.not_continuous, other.not_continuous),
            notes=tuple(dict.fromkeys((*self.notes, *other.notes))),
            left_out=self.left_out + other.left_out,
            tallies=_together(self.tallies, other.tallies),
            summarised=(*self.summarised, *map(Session.of, other.sessions)),
        )


@dataclass(frozen=True)
class Row:
    """The summary of one session, or of one block of it, numbered from 0."""

    session: int
    block: int
    summary: Summary


@dataclass(frozen=True)
class Sample:
    """A side as the ordered rows of its units' summaries; totals are sums of rows.

    ``row_ns`` is the length of a row, None where rows are whole sessions. ``pattern`` is that of the day by which moves
    of the volatility family were divided, None where they were not.
    """

    observations: Observations
    rows: tuple[Row, ...] = field(repr=False)
    row_ns: int | None = None
    pattern: IntradayPattern | None = field(default=None, repr=False)

    @cached_property
    def total(self) -> Summary:
        """The sum of all rows."""
        if not self.rows:
            msg = "no continuous trading: it begins with a trade, and there is none."
            raise InsufficientDataError(msg)
        return merged([row.summary for row in self.rows])

    def in_rows(self, row_ns: int | None) -> "Sample":
        """Return the same in longer rows: whole sessions, or a multiple of the length that the rows have."""
        if row_ns == self.row_ns:
            return self
        if self.row_ns is None or (row_ns is not None and row_ns % self.row_ns):
            msg = f"`row_ns` must be a multiple of the length of the rows, {self.row_ns}, got {row_ns}."
            raise ValueError(msg)
        own = self.row_ns

        def place(row: Row) -> tuple[int, int]:
            return row.session, 0 if row_ns is None else row.block * own // row_ns

        rows = [Row(*key, merged([row.summary for row in parts])) for key, parts in groupby(self.rows, place)]
        return replace(self, rows=tuple(rows), row_ns=row_ns)

    def __add__(self, other: "Sample") -> "Sample":
        return added([self, other])


def added(samples: Sequence[Sample]) -> Sample:
    """Return one sample of parts of one side, in the longest of their rows.

    Raises
    ------
    ValueError
        If they are on different grids, were divided by different patterns, or have rows that do not fit together.
    """
    first = samples[0]
    if len(samples) == 1:
        return first
    for other in samples[1:]:
        grids = [replace(part.observations.grid, start_ns=None, end_ns=None) for part in (first, other)]
        if grids[0] != grids[1] or first.pattern != other.pattern:
            msg = "samples on different grids, or divided by different patterns of the day, do not add up."
            raise ValueError(msg)
    row_ns = None if any(part.row_ns is None for part in samples) else max(part.row_ns or 0 for part in samples)
    rows: list[Row] = []
    seen = None
    for part in samples:
        before = 0 if seen is None else len(seen.sessions)
        rows.extend(replace(row, session=before + row.session) for row in part.in_rows(row_ns).rows)
        seen = part.observations.without_series() if seen is None else seen + part.observations
    assert seen is not None
    spans = {(part.observations.grid.start_ns, part.observations.grid.end_ns) for part in samples}
    if len(spans) > 1:
        seen = replace(seen, grid=replace(seen.grid, start_ns=None, end_ns=None))
    return Sample(seen, tuple(rows), row_ns, first.pattern)


def row_spans(sample: Sample) -> list[tuple[int, int]]:
    """Return from when to when each row reaches: from the end of the row before it, where nothing happened between."""
    spans: list[tuple[int, int]] = []
    last = None
    for row in sample.rows:
        session = sample.observations.sessions[row.session]
        begins = spans[-1][1] if last == row.session else session.start
        ends = session.end if sample.row_ns is None else session.start + (row.block + 1) * sample.row_ns
        spans.append((begins, min(ends, session.end)))
        last = row.session
    return spans


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Add values of the same name."""
    return one | {name: one[name] + value if name in one else value for name, value in other.items()}
