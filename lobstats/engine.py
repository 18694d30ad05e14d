"""From files to samples: decode, replay, find sessions, fold each unit's series into a summary."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from lobstats.book import FAULTS, Book, replay
from lobstats.calendars import time_zone, trading_hours
from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import MALFORMED, Buffer, Decoded, Events, decode, decode_lenient
from lobstats.events.formats import Pick, expand, is_summary, load, stem
from lobstats.events.grid import infer_clock, infer_tick_size
from lobstats.events.layout import PACKED
from lobstats.events.validity import VALIDITY, Tally, tally_records
from lobstats.pattern import IntradayPattern
from lobstats.progress import advance, expect, share
from lobstats.sample import Grid, Observations, Row, Sample
from lobstats.sample_files import read_sample
from lobstats.series import Series, series_of_sessions
from lobstats.sessions import SESSION_GAP_NS, LeftOut, Sessions, cut, find_sessions
from lobstats.summary.summary import summarise_series

__all__ = [
    "Grid",
    "Observations",
    "Row",
    "Sample",
    "Source",
    "choose_grid",
    "observe",
    "open_source",
    "source_of_events",
    "summarise",
]

Strictness = Literal["strict", "lenient"]


@dataclass(frozen=True)
class Source:
    """One side's decoded files, each of them a unit of its own, and what a reader of results should know of them.

    ``samples`` are those of its files that are summaries; their paths are in the observations.
    """

    name: str
    paths: tuple[str, ...]
    files: tuple[Decoded, ...]
    notes: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()


def open_source(
    patterns: Sequence[str],
    strictness: Strictness,
    *,
    pick: Pick = Pick(),  # noqa: B008 - a frozen value
    name: str | None = None,
) -> Source:
    """Open the files that paths, folders or globs name as one side.

    Parameters
    ----------
    patterns : sequence of str
        Paths, folders or globs.
    strictness : {"strict", "lenient"}
        Whether a malformed record is an error or is counted and left out.
    pick : Pick
        What to take from files that hold several streams.
    name : str, optional
        Name of the side; the stem of the first pattern's file or folder otherwise.

    Returns
    -------
    Source

    Raises
    ------
    DecodeError
        If a file cannot be read, or a lenient side has not one usable event; the text names the file.

    Examples
    --------
    >>> open_source(["fixtures/reference.bin"], "strict").name
    'reference'
    """
    paths = [path for pattern in patterns for path in expand(pattern)]
    twice = next((path for i, path in enumerate(paths) if path.resolve() in [p.resolve() for p in paths[:i]]), None)
    if twice is not None:
        msg = f"{twice}: is given twice for one side, and would count as twice as much data; give each file once."
        raise DecodeError(msg)
    name = name or stem(Path(patterns[0]))
    files, notes, samples = [], [], []
    sizes = [_size(path) for path in paths]
    expect(sum(sizes), "B")
    for path, size in zip(paths, sizes, strict=True):
        with share(size):
            if is_summary(path):
                samples.append(_summary(path, name, strictness))
                continue
            data, about = load(path, pick)
            notes += [f"{path.name}: {note}" for note in about.get("notes", ())]
            try:
                files.append(_decode(data) if strictness == "strict" else decode_lenient(data))
            except DecodeError as error:
                msg = f"{path}: {error}"
                raise DecodeError(msg) from error
    if not samples and not any(len(file.events) for file in files):
        counted = ", ".join(
            f"{total:,} {reason}" for reason in MALFORMED if (total := sum(file.malformed[reason] for file in files))
        )
        where = patterns[0] if len(patterns) == 1 else f"{patterns[0]} and {len(patterns) - 1} more"
        msg = f"{where}: not one usable event ({counted or 'fewer than 32 bytes'}); look at it with `lobstats inspect`."
        raise DecodeError(msg)
    return Source(name, tuple(str(path) for path in paths), tuple(files), tuple(notes), tuple(samples))


def _size(path: Path) -> int:
    """Return the size of a file in bytes; one that cannot be read is an error where it is read."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _summary(path: Path, name: str, strictness: Strictness) -> Sample:
    """Read a summary as a part of a side."""
    sample = read_sample(path)
    malformed = sum(sample.observations.validity.get(reason, 0) for reason in MALFORMED)
    if malformed and strictness == "strict":
        msg = f"{path}: {malformed:,} records of its events are malformed, and the real side must have none."
        raise DecodeError(msg)
    return replace(sample, observations=replace(sample.observations, name=name, paths=(str(path),)))


def source_of_events(name: str, *events: Events) -> Source:
    """Take event arrays as one side, each of them a unit of its own; malformed records are an error."""
    return Source(name, (), tuple(_decode(part) for part in events))


def choose_grid(
    real: Source,
    generated: Iterable[Source] = (),
    *,
    tick_size: float | None = None,
    start_ns: int | None = None,
    end_ns: int | None = None,
    session_gap_ns: int = SESSION_GAP_NS,
    session_length_ns: int | None = None,
    calendar: str | None = None,
    keep: Collection[str] = (),
) -> Grid:
    """Take the tick from the real side's orders and the coarsest of all clocks.

    Raises
    ------
    InsufficientDataError
        If the tick size is not given and cannot be inferred.

    Examples
    --------
    >>> grid = choose_grid(open_source(["fixtures/reference.bin"], "strict"))
    >>> grid.tick_size, grid.clock_ns
    (0.25, 1)
    """
    if tick_size is None:
        tick_size = infer_tick_size(*(file.events for file in real.files))
    elif not (np.isfinite(tick_size) and tick_size > 0):
        msg = f"`tick_size` must be positive, got {tick_size}."
        raise ValueError(msg)
    clock = max(_clock(source) for source in (real, *generated))
    return Grid(tick_size, clock, start_ns, end_ns, session_gap_ns, session_length_ns, calendar, tuple(keep))


def observe(source: Source, grid: Grid) -> Observations:
    """Cut and replay a side's files, and take the series of their sessions.

    Raises
    ------
    InsufficientDataError
        If the cuts leave no event.

    Examples
    --------
    >>> source = open_source(["fixtures/reference.bin"], "strict")
    >>> len(observe(source, choose_grid(source)).sessions)
    10
    """
    series: list[Series] = []
    counts: dict[str, dict[str, int]] = {"validity": {}, "replay": {}, "not_continuous": {}}
    n_events = n_kept = 0
    zone = dt.UTC if grid.calendar is None else time_zone(grid.calendar)
    times: list[int] = []
    left_out: list[LeftOut] = []
    tallies: dict[str, Tally] = {}
    expect(sum(len(file.events) for file in source.files), "events")
    for file in source.files:
        events = cut(file.events, start_ns=grid.start_ns, end_ns=grid.end_ns)
        book = replay(events, tick_size=grid.tick_size, clock_ns=grid.clock_ns)
        advance(len(file.events) // 2)
        sessions = _sessions(events, book, grid)
        series.extend(series_of_sessions(events, book, sessions, zone=zone))
        left_out.extend(sessions.left_out)
        live = np.flatnonzero(book.happening >= 0)
        n_events += len(live)
        n_kept += len(events)
        times.extend(events["exch_ts"][live[[0, -1]]].tolist() if len(live) else [])
        tallied = tally_records(replace(file, events=events), grid.tick_size if grid.has_tick else None)
        tallied |= {
            name: Tally.of(np.flatnonzero(book.faults & (1 << i)), len(events)) for i, name in enumerate(FAULTS)
        }
        for name, tally in tallied.items():
            tallies[name] = tallies[name] + tally if name in tallies else tally
        found = {
            "validity": {name: tallied[name].total for name in VALIDITY}
            | {"trailing_bytes": file.trailing_bytes, "discarded_bytes": file.discarded_bytes},
            "replay": book.counts,
            "not_continuous": sessions.not_continuous,
        }
        for group, values in found.items():
            for reason, count in values.items():
                counts[group][reason] = counts[group].get(reason, 0) + count
        advance(len(file.events) - len(file.events) // 2)
    if not n_kept and (grid.start_ns is not None or grid.end_ns is not None):
        msg = f"{source.name}: no event lies between `--start` and `--end`; widen them."
        raise InsufficientDataError(msg)
    return Observations(
        name=source.name,
        paths=source.paths,
        series=tuple(series),
        n_records=sum(file.n_records for file in source.files),
        n_events=n_events,
        grid=grid,
        own_clock_ns=_clock(source),
        start=min(times, default=None),
        end=max(times, default=None),
        notes=source.notes,
        left_out=tuple(left_out),
        tallies=tallies,
        validity=counts["validity"],
        replay=counts["replay"],
        not_continuous=counts["not_continuous"],
    )


def summarise(
    observations: Observations,
    *,
    row_ns: int | None = None,
    pattern: IntradayPattern | None = None,
) -> Sample:
    """Fold a side's series into rows: whole sessions, or blocks of ``row_ns`` nanoseconds of them.

    With the pattern of the day, of the real side for every side, the moves of the volatility family are divided by it.
    """
    rows: list[Row] = []
    expect(sum(len(series.time) for series in observations.series), "happenings")
    for number, series in enumerate(observations.series):
        rows.extend(Row(number, block, summary) for block, summary in summarise_series(series, row_ns, pattern))
        advance(len(series.time))
    return Sample(observations, tuple(rows), row_ns, pattern)


def _decode(data: Buffer) -> Decoded:
    events = decode(data)
    n, n_bytes = len(events), len(events) * PACKED.itemsize
    return Decoded(events, dict.fromkeys(MALFORMED, 0), n_bytes, n, 0, np.zeros(n, dtype=np.uint8))


def _sessions(events: Events, book: Book, grid: Grid) -> Sessions:
    hours = None
    if grid.calendar is not None:
        live = book.time if len(book.time) else np.zeros(1, dtype=np.int64)
        hours = trading_hours(grid.calendar, start_ns=int(live.min()), end_ns=int(live.max()))
    return find_sessions(
        events,
        book,
        session_gap_ns=grid.session_gap_ns,
        session_length_ns=grid.session_length_ns,
        hours=hours,
        keep=grid.keep,
    )


def _clock(source: Source) -> int:
    return infer_clock(*(file.events for file in source.files))
