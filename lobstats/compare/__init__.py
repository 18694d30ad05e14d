"""Two samples held against each other: distances of series, differences of facts, and what they mean."""

import os
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from inspect import signature
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from lobstats.compare.distances import DISTANCES, SERIES
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import Distance, SeriesComparison, Verdict
from lobstats.compare.hours import shared_hours, within_hours
from lobstats.compare.names import told_apart
from lobstats.compare.results import Comparison, Described, Generated
from lobstats.compare.samples import Step, compare_samples
from lobstats.compare.units import LEAST_SESSIONS, plan_blocks, plan_sessions, row_length
from lobstats.engine import Observations, Source, choose_grid, observe, open_source, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import Events
from lobstats.pattern import IntradayPattern
from lobstats.result import Missing
from lobstats.sessions import SESSION_GAP_NS

__all__ = [
    "DISTANCES",
    "SERIES",
    "Comparison",
    "Described",
    "Distance",
    "FactComparison",
    "Generated",
    "SeriesComparison",
    "Verdict",
    "compare",
]

Data: TypeAlias = Source | Events | str | os.PathLike[str]


def compare(
    *,
    real: Data | Sequence[Data],
    generated: Data | Sequence[Data] = (),
    tick_size: float | None = None,
    start_ns: int | None = None,
    end_ns: int | None = None,
    session_gap_ns: int = SESSION_GAP_NS,
    session_length_ns: int | None = None,
    calendar: str | None = None,
    keep: Collection[str] = (),
    level: float = 0.95,
    rng: np.random.Generator | None = None,
    step: Step = lambda text: None,
) -> Comparison:
    """Compare generated samples with real data.

    Units are whole sessions where the real side has five or more, else blocks of clock time long enough to be nearly
    independent. Each series' distances are held against the distances between resampled real samples, each fact's
    difference against the errors of both; "apart" also asks that the sample lies farther away than one part of the
    real data from another.

    Parameters
    ----------
    real : path, event array, Source, or several of one kind
        The real side; several are its units. Decoded strictly.
    generated : path, event array, Source, or several
        Each is a sample of its own. Paths are decoded leniently.
    tick_size : float, optional
        Inferred from the real side's orders otherwise.
    start_ns, end_ns : int, optional
        Cut every stream, UTC nanoseconds.
    session_gap_ns : int
        A longer pause ends a session.
    session_length_ns : int, optional
        Cut sessions into parts of this length.
    calendar : str, optional
        Take the sessions of an exchange, as `lobstats.calendars.trading_hours` names them.
    keep : collection of str
        Keep what is left out otherwise: "outside_hours", "before_first_trade", "crossed".
    level : float
        Of intervals and floors, in (0, 1).
    rng : numpy.random.Generator, optional
        For the resampling; a fresh one with seed 0 otherwise.
    step : callable, optional
        Told what is about to be done, for a progress display.

    Returns
    -------
    Comparison

    Raises
    ------
    DecodeError
        If a path cannot be read.
    InsufficientDataError
        If the tick size is not given and cannot be inferred.

    Examples
    --------
    >>> from lobstats.simulate import Market, simulate
    >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
    >>> result = compare(real=market, generated=market)
    >>> result.generated[0].distances["spread"].verdict
    'within noise'
    """
    if not 0 < level < 1:
        msg = f"`level` must be in (0, 1), got {level}."
        raise ValueError(msg)
    if not _listed(real):
        msg = "`real` is empty; give at least one path, source or array of events."
        raise ValueError(msg)
    rng = np.random.default_rng(0) if rng is None else rng
    real_source = _source(_listed(real), "strict", "real")
    sources = [_source([data], "lenient", f"generated {i}") for i, data in enumerate(_listed(generated), start=1)]
    real_source, *sources = told_apart([real_source, *sources])
    grid = choose_grid(
        real_source,
        sources,
        tick_size=tick_size,
        start_ns=start_ns,
        end_ns=end_ns,
        session_gap_ns=session_gap_ns,
        session_length_ns=session_length_ns,
        calendar=calendar,
        keep=keep,
    )
    observed = []
    for source in (real_source, *sources):
        step(f"replaying {source.name}")
        observed.append(_in_hours(observe(source, grid)))
    hours = shared_hours(observed) if len(observed) > 1 and len(observed[0].series) < LEAST_SESSIONS else None
    if hours is not None:
        observed = within_hours(observed, hours)
    pattern = _pattern(observed[0])
    plan = plan_sessions(observed[0], observed[1:])
    samples = []
    for side in observed:
        step(f"summarising {side.name}")
        row_ns = row_length(observed[0]) if plan is None else None
        samples.append(summarise(side, row_ns=row_ns, pattern=None if isinstance(pattern, Missing) else pattern))
    plan = plan or plan_blocks(samples[0])
    return replace(compare_samples(samples, plan, pattern, level, rng, step), hours=hours)


def _pattern(real: Observations) -> IntradayPattern | Missing:
    """Return the real side's pattern of the day, or why there is none."""
    try:
        return IntradayPattern.of(real.series)
    except InsufficientDataError as error:
        return Missing(str(error).rstrip("."))


def _in_hours(side: Observations) -> Observations:
    if side.n_events and side.not_continuous["outside_hours"] == side.n_events:
        msg = (
            f"{side.name}: all {side.n_events:,} events lie outside the hours of {side.grid.calendar}; check "
            "`--calendar`, or keep them with `--keep outside_hours`."
        )
        raise InsufficientDataError(msg)
    return side


class _Callable(ModuleType):
    """Lets ``lobstats.compare(...)`` work although the function shares its name with its package."""

    def __call__(self, *arguments: Any, **options: Any) -> Comparison:
        return compare(*arguments, **options)


__signature__ = signature(compare)
sys.modules[__name__].__class__ = _Callable


def _listed(data: Data | Sequence[Data]) -> list[Data]:
    return list(data) if isinstance(data, list | tuple) else [data]  # type: ignore[list-item]


def _source(data: Sequence[Data], strictness: str, name: str) -> Source:
    first = data[0]
    if isinstance(first, Source):
        return first
    if isinstance(first, np.ndarray):
        return source_of_events(name, *data)  # type: ignore[arg-type]
    return open_source([os.fspath(path) for path in data], strictness)  # type: ignore[arg-type]
