"""What summaries must have in common with the rest of a comparison: tick, clock, sessions, pattern of the day."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lobstats.engine import Source, choose_grid
from lobstats.errors import InsufficientDataError, LobstatsError
from lobstats.pattern import IntradayPattern, check_sessions
from lobstats.result import Missing
from lobstats.sample import Grid, Observations, Sample

__all__ = ["SummaryError", "agreed_grid", "agreed_pattern", "path_of", "refuse_cuts", "refuse_same"]

_OPTIONS = {
    "tick_size": "--tick-size",
    "clock_ns": "--clock",
    "session_gap_ns": "--session-gap",
    "session_length_ns": "--session-length",
    "calendar": "--calendar",
    "keep": "--keep",
}


class SummaryError(LobstatsError, ValueError):
    """A summary that was made otherwise than is needed here."""


def refuse_cuts(sources: Sequence[Source]) -> None:
    """Say that summaries cannot be cut, if there are any."""
    for sample in (sample for source in sources for sample in source.samples):
        msg = f"{path_of(sample)}: is a summary, which `--start` and `--end` cannot cut; give them when it is made."
        raise SummaryError(msg)


def refuse_same(real: Source, baseline: Sequence[Source]) -> None:
    """Say that a baseline is no second sample, if it holds a file of the real side."""
    own = {Path(path).resolve() for path in real.paths}
    for path in (path for source in baseline for path in source.paths):
        if Path(path).resolve() in own:
            msg = f"{path}: is of the real side already; a baseline is a second real sample, such as another week."
            raise InsufficientDataError(msg)


def agreed_grid(
    real: Source, others: Sequence[Source], samples: Sequence[Sample], clock_ns: int | None, options: dict[str, Any]
) -> Grid:
    """Return the grid of all sides, on which every summary must have been made."""
    if not samples:
        grid = choose_grid(real, others, **options)
        return grid if clock_ns is None else replace(grid, clock_ns=max(grid.clock_ns, clock_ns))
    first = samples[0].observations.grid
    defaults = {field.name: field.default for field in fields(Grid)}
    chosen = {
        name: getattr(first, name) if name in _OPTIONS and name in defaults and _is(value, defaults[name]) else value
        for name, value in options.items()
    }
    if options.get("tick_size") is None:
        chosen["tick_size"] = first.tick_size if real.samples else None
    grid = choose_grid(real, others, **chosen)
    grid = replace(
        grid, clock_ns=max(grid.clock_ns, clock_ns or 1, *(sample.observations.grid.clock_ns for sample in samples))
    )
    for sample in samples:
        own = sample.observations.grid
        differing = [name for name in _OPTIONS if getattr(own, name) != getattr(grid, name)]
        if differing:
            made = " and ".join(f"{_OPTIONS[name]} {_as_option(name, own)}" for name in differing)
            needed = " ".join(f"{_OPTIONS[name]} {_as_option(name, grid)}" for name in differing)
            msg = f"{path_of(sample)}: was made with {made}, and here it must be `{needed}`; make it anew with this."
            raise SummaryError(msg)
    return grid


def _is(value: Any, default: Any) -> bool:
    return tuple(value) == default if isinstance(default, tuple) else value == default


def _as_option(name: str, grid: Grid) -> str:
    value = getattr(grid, name)
    if name == "keep":
        return ", ".join(value) or "nothing"
    if name.endswith("_ns") and value is not None:
        return f"{value}ns" if value < 10**6 else f"{value / 1e9:.9g}s"
    return "none" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)


def agreed_pattern(real: Observations, first: Sample | None, samples: Sequence[Sample]) -> IntradayPattern | Missing:
    """Return the real side's pattern of the day, or why there is none; every summary must have been made with it.

    Parameters
    ----------
    real : Observations
    first : Sample or None
        The first summary of the real side, whose pattern is taken.
    samples : sequence of Sample
        All summaries.
    """
    found: IntradayPattern | Missing
    try:
        if first is None:
            found = IntradayPattern.of(real.series)
        elif first.pattern is not None:
            found = first.pattern
        else:
            check_sessions(real.sessions)
            found = Missing("the summaries of the real side were made without one")
    except InsufficientDataError as error:
        found = Missing(str(error).rstrip("."))
    wanted = None if isinstance(found, Missing) else found
    for sample in samples:
        if sample.pattern != wanted:
            own = "no pattern of the day" if sample.pattern is None else "a pattern of the day of its own"
            theirs = "none" if wanted is None else "one" if sample.pattern is None else "another"
            msg = (
                f"{path_of(sample)}: was made with {own}, and {real.name}, the real side, has {theirs}; make it anew "
                "with `--like` and the real side."
            )
            raise SummaryError(msg)
    return found


def path_of(sample: Sample) -> str:
    """Return the path of a summary, or its name where it was never written."""
    paths = sample.observations.paths
    return paths[0] if paths else sample.observations.name
