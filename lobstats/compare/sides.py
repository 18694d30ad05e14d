"""From sources to samples: what all sides of a comparison, or a summary and what it is like, must have in common."""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add
from typing import Any, TypeAlias

import numpy as np

from lobstats.compare.agreement import SummaryError, agreed_grid, agreed_pattern, path_of, refuse_cuts
from lobstats.compare.hours import Hours, cut_series, rows_within, shared_hours, told, whole, within_hours
from lobstats.compare.units import LEAST_SESSIONS, UnitPlan, plan_sessions, row_length
from lobstats.engine import Source, observe, open_source, source_of_events
from lobstats.engine import summarise as fold
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import Events
from lobstats.pattern import IntradayPattern
from lobstats.result import Missing
from lobstats.sample import Observations, Sample, added
from lobstats.sessions import SESSION_GAP_NS

__all__ = ["Data", "Prepared", "Side", "as_source", "listed", "prepare", "summarise"]

Data: TypeAlias = Source | Events | str | os.PathLike[str]
Step: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Side:
    """A side on its way to a sample: what was observed in its events, and the samples that are its summaries."""

    name: str
    events: Observations | None
    samples: tuple[Sample, ...]

    @cached_property
    def observations(self) -> Observations:
        """Events and summaries together."""
        parts = [] if self.events is None else [self.events]
        return replace(reduce(add, [*parts, *(sample.observations for sample in self.samples)]), name=self.name)

    @property
    def duration_ns(self) -> int:
        """Nanoseconds of continuous trading."""
        return self.observations.duration_ns

    def to_sample(self, row_ns: int, pattern: IntradayPattern | None, plan: UnitPlan | None) -> Sample:
        """Fold the events into rows, bring the summaries to the same length and add all up."""
        parts = [] if self.events is None else [fold(self.events, row_ns=row_ns, pattern=pattern)]
        for sample in self.samples:
            if sample.row_ns is not None and row_ns % sample.row_ns == 0:
                parts.append(sample.in_rows(row_ns))
            elif plan is not None:
                parts.append(sample.in_rows(None))
            else:
                own = "whole sessions" if sample.row_ns is None else f"rows of {sample.row_ns / 1e9:,.6g} s"
                msg = (
                    f"{path_of(sample)}: is in {own}, of which no blocks of multiples of {row_ns / 1e9:,.6g} s can be "
                    f"made; make it anew with `--row-length {row_ns / 1e9:.9g}s`."
                )
                raise SummaryError(msg)
        total = added(parts)
        return replace(total, observations=replace(total.observations, name=self.name))


@dataclass(frozen=True)
class Prepared:
    """Sides that have in common what they must; the first is the real one."""

    sides: tuple[Side, ...]
    pattern: IntradayPattern | Missing
    hours: Hours | None
    plan: UnitPlan | None

    def sample(self, number: int, row_ns: int | None = None) -> Sample:
        """Return the sample of a side, in rows of which all blocks that the real side may need can be made."""
        pattern = None if isinstance(self.pattern, Missing) else self.pattern
        row_ns = row_length(self.sides[0].observations) if row_ns is None else row_ns
        return self.sides[number].to_sample(row_ns, pattern, self.plan)


def prepare(
    real: Source,
    others: Sequence[Source],
    *,
    step: Step,
    clock_ns: int | None = None,
    **options: Any,
) -> Prepared:
    """Put sides on one grid, cut them to the hours that they share and find the pattern of the day.

    Parameters
    ----------
    real : Source
    others : sequence of Source
    step : callable
        Told what is about to be done.
    clock_ns : int, optional
        At least so coarse.
    **options
        As `lobstats.engine.choose_grid` takes them. What is left at its default is taken from the first summary, of the
        real side where it has one.

    Raises
    ------
    SummaryError
        If a summary was made on another grid, with another pattern, or in rows that are too long.
    """
    sources = (real, *others)
    samples = [sample for source in sources for sample in source.samples]
    grid = agreed_grid(real, others, samples, clock_ns, options)
    sides = []
    for source in sources:
        step(f"replaying {source.name}")
        sides.append(_in_hours(Side(source.name, observe(source, grid) if source.files else None, source.samples)))
    hours = None
    if len(sides) > 1 and len(sides[0].observations.sessions) < LEAST_SESSIONS:
        hours = shared_hours([side.observations for side in sides])
    if hours is not None:
        sides = _within_hours(sides, hours)
    pattern = agreed_pattern(sides[0].observations, next(iter(sides[0].samples), None), samples)
    plan = plan_sessions(sides[0].observations, [side.observations for side in sides[1:]])
    return Prepared(tuple(sides), pattern, hours, plan)


def summarise(
    data: Data | Sequence[Data],
    *,
    like: Data | Sequence[Data] | None = None,
    tick_size: float | None = None,
    clock_ns: int | None = None,
    start_ns: int | None = None,
    end_ns: int | None = None,
    session_gap_ns: int = SESSION_GAP_NS,
    session_length_ns: int | None = None,
    calendar: str | None = None,
    keep: Collection[str] = (),
    row_ns: int | None = None,
    step: Step = lambda text: None,
) -> Sample:
    """Fold events into a sample, which `lobstats.write_sample` writes and every comparison takes in place of events.

    Parameters
    ----------
    data : path, event array, Source, or several of one kind
        Several are units of one sample; summaries among them are added up. Decoded strictly, with ``like`` leniently.
    like : path, event array, Source, or several of one kind, optional
        The real side with which the sample is to be compared. Tick, clock, pattern of the day, length of rows and,
        below five sessions, the hours of the day come from it.
    tick_size : float, optional
        Inferred otherwise.
    clock_ns : int, optional
        Put times on a clock at least so coarse.
    start_ns, end_ns, session_gap_ns, session_length_ns, calendar, keep
        As `lobstats.compare` takes them.
    row_ns : int, optional
        Length of the rows; chosen so that all blocks that may be needed can be made of them otherwise.
    step : callable, optional
        Told what is about to be done, for a progress display.

    Raises
    ------
    DecodeError
        If a path cannot be read.
    InsufficientDataError
        If the tick size is not given and cannot be inferred.
    SummaryError
        If summaries among the data were made otherwise than is needed.

    Examples
    --------
    >>> sample = summarise("fixtures/reference.bin")
    >>> sample.total.returns.n == sum(row.summary.returns.n for row in sample.rows)
    True
    """
    source = as_source(listed(data), "strict" if like is None else "lenient", "sample")
    if start_ns is not None or end_ns is not None:
        refuse_cuts([source])
    first, others = (source, []) if like is None else (as_source(listed(like), "strict", "like"), [source])
    prepared = prepare(
        first,
        others,
        step=step,
        tick_size=tick_size,
        clock_ns=clock_ns,
        start_ns=start_ns,
        end_ns=end_ns,
        session_gap_ns=session_gap_ns,
        session_length_ns=session_length_ns,
        calendar=calendar,
        keep=keep,
    )
    step(f"summarising {source.name}")
    return prepared.sample(len(others), row_ns)


def listed(data: Data | Sequence[Data]) -> list[Data]:
    """Return one or several of a kind as a list."""
    return list(data) if isinstance(data, list | tuple) else [data]  # type: ignore[list-item]


def as_source(data: Sequence[Data], strictness: Any, name: str) -> Source:
    """Open paths, or take arrays or a source as they are, as one side."""
    first = data[0]
    if isinstance(first, Source):
        return first
    if isinstance(first, np.ndarray):
        return source_of_events(name, *data)  # type: ignore[arg-type]
    return open_source([os.fspath(path) for path in data], strictness)  # type: ignore[arg-type]


def _within_hours(sides: list[Side], hours: Hours) -> list[Side]:
    if not any(side.samples for side in sides):
        seen = within_hours([side.observations for side in sides], hours)
        return [Side(side.name, own, ()) for side, own in zip(sides, seen, strict=True)]
    cut = [
        Side(
            side.name,
            None if side.events is None else cut_series(side.events, hours),
            tuple(rows_within(sample, hours) for sample in side.samples),
        )
        for side in sides
    ]
    kept = [whole(own, side) for own, side in zip(cut, sides, strict=True)]
    if all(kept):
        return sides
    return [
        (side if side.samples else own) if uncut else _noted(own, side, hours)
        for own, side, uncut in zip(cut, sides, kept, strict=True)
    ]


def _noted(cut: Side, side: Side, hours: Hours) -> Side:
    events = cut.events
    if events is not None and side.events is not None and not whole(events, side.events):
        events = told(events, side.events, hours)
    samples = []
    for own, sample in zip(cut.samples, side.samples, strict=True):
        note = (
            f"{side.name}: of the summary {path_of(sample)} the {len(own.rows):,} of {len(sample.rows):,} rows are "
            f"kept of which more than half lies in {hours}, the hours that all sides share"
        )
        seen = replace(own.observations, notes=(*own.observations.notes, note))
        samples.append(replace(own, observations=seen) if len(own.rows) < len(sample.rows) else sample)
    return Side(side.name, events, tuple(samples))


def _in_hours(side: Side) -> Side:
    seen = side.observations
    if seen.n_events and seen.not_continuous.get("outside_hours") == seen.n_events:
        msg = (
            f"{side.name}: all {seen.n_events:,} events lie outside the hours of {seen.grid.calendar}; check "
            "`--calendar`, or keep them with `--keep outside_hours`."
        )
        raise InsufficientDataError(msg)
    return side
