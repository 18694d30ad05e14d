"""From samples to a baseline: measure, and keep what it takes to measure another sample alike."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lobstats.baseline.results import Baseline, InputFile
from lobstats.compare.estimates import estimate_facts, shown_facts
from lobstats.compare.fact_rows import reference_of
from lobstats.compare.messages import message_facts
from lobstats.compare.sides import Data, as_source, listed, summarise
from lobstats.compare.units import UnitPlan, group, plan_blocks, plan_sessions
from lobstats.errors import InsufficientDataError
from lobstats.inference import LEAST_UNITS
from lobstats.sample import Sample
from lobstats.series import Series
from lobstats.sessions import SESSION_GAP_NS
from lobstats.summary.summary import summarise_series

__all__ = ["freeze_baseline", "plan_of"]


def freeze_baseline(
    data: Data | Sequence[Data],
    *,
    tick_size: float | None = None,
    start_ns: int | None = None,
    end_ns: int | None = None,
    session_gap_ns: int = SESSION_GAP_NS,
    session_length_ns: int | None = None,
    calendar: str | None = None,
    keep: Collection[str] = (),
    row_ns: int | None = None,
    level: float = 0.95,
    step: Callable[[str], None] = lambda text: None,
) -> Baseline:
    """Measure the facts of a sample, so that later samples can be held against them.

    Parameters
    ----------
    data : path, event array, Source, or several of one kind
        Several are units of one sample; summaries among them are added up. Decoded strictly.
    tick_size, start_ns, end_ns, session_gap_ns, session_length_ns, calendar, keep
        As `lobstats.compare` takes them.
    row_ns : int, optional
        Length of the rows that are kept; chosen so that samples shorter than half a session can be checked otherwise.
        Longer rows make a smaller file.
    level : float
        Of the intervals, in (0, 1).
    step : callable, optional
        Told what is about to be done, for a progress display.

    Returns
    -------
    Baseline

    Raises
    ------
    DecodeError
        If a path cannot be read.
    InsufficientDataError
        If the sample has fewer than five sessions or blocks of one, which give no interval.

    Examples
    --------
    >>> from lobstats.simulate import Market, simulate
    >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
    >>> freeze_baseline(market).facts["prices.mean_spread"].unit
    'ticks'
    """
    if not 0 < level < 1:
        msg = f"`level` must be in (0, 1), got {level}."
        raise ValueError(msg)
    source = as_source(listed(data), "strict", "baseline")
    inputs = _files(source.paths) if source.paths else tuple(map(_array, (file.events for file in source.files)))
    sample = summarise(
        source,
        tick_size=tick_size,
        start_ns=start_ns,
        end_ns=end_ns,
        session_gap_ns=session_gap_ns,
        session_length_ns=session_length_ns,
        calendar=calendar,
        keep=keep,
        row_ns=row_ns,
        step=step,
    )
    sample = _kept(sample)
    step(f"estimating {sample.observations.name}")
    plan = plan_of(sample)
    units, _ = group(sample, plan)
    if len(units) < LEAST_UNITS:
        some = f"{len(units)} {plan.kind}{'s' if len(units) != 1 else ''}"
        msg = f"{sample.observations.name}: has {some} of {plan.length_ns / 1e9:,.6g} s; a band needs {LEAST_UNITS}."
        raise InsufficientDataError(msg)
    facts = shown_facts(estimate_facts(sample.observations, units, plan.kind, reference_of([sample], plan), level))
    (messages,) = message_facts([sample.observations], level)
    return Baseline(sample.observations.name, inputs, level, {**facts, **messages}, sample)


def plan_of(sample: Sample) -> UnitPlan:
    """Return the units of a sample of its own."""
    return plan_sessions(sample.observations, []) or plan_blocks(sample)


def _kept(sample: Sample) -> Sample:
    """Return a sample without what no fact reads, and without the folders of its files."""
    nothing = summarise_series(Series.empty(), None)[0][1].conditional
    seen = sample.observations.without_series()
    return replace(
        sample,
        observations=replace(seen, paths=tuple(Path(path).name for path in seen.paths)),
        rows=tuple(replace(row, summary=replace(row.summary, conditional=nothing)) for row in sample.rows),
    )


def _files(paths: Sequence[str]) -> tuple[InputFile, ...]:
    found = []
    for path in map(Path, paths):
        with path.open("rb") as file:
            found.append(InputFile(path.name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size))
    return tuple(found)


def _array(events: np.ndarray) -> InputFile:
    return InputFile("events", hashlib.sha256(events.tobytes()).hexdigest(), events.nbytes)
