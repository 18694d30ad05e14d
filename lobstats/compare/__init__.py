"""Two samples held against each other: distances of series, differences of facts, and what they mean."""

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import signature
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from lobstats.compare.distances import DISTANCES, SERIES, SeriesInfo, count_rows
from lobstats.compare.facts import FactComparison, compare_facts
from lobstats.compare.floor import Distance, SeriesComparison, Verdict, compare_series, sides_of_nature
from lobstats.compare.hours import Hours, shared_hours, within_hours
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.compare.units import (
    LEAST_SESSIONS,
    UnitPlan,
    group,
    inflation,
    plan_blocks,
    plan_sessions,
    row_length,
)
from lobstats.engine import Observations, Sample, Source, choose_grid, observe, open_source, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import Events
from lobstats.inference import LEAST_UNITS, Jackknife, LeaveOneOut, jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.pattern import IntradayPattern
from lobstats.result import Curve, Estimate, Missing
from lobstats.sessions import SESSION_GAP_NS
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, unmeasured

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
Step: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, repr=False)
class Described:
    """One side: what it holds and the facts about it.

    Attributes
    ----------
    observations : Observations
    total : Summary or None
        The sum of its units, None where there is no continuous trading.
    units : int
        How many units it has.
    facts : mapping of str to Estimate, Curve or Missing
        By full metric name.
    memory_seconds : mapping of str to float
        How long what each family rests on remembers.
    flags : mapping of str to str
        By family, where units are too short for that memory: what is not promised of its intervals and verdicts.
    """

    observations: Observations
    total: Summary | None
    units: int
    facts: Mapping[str, Estimate | Curve | Missing]
    memory_seconds: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        missing = sum(isinstance(fact, Missing) for fact in self.facts.values())
        return (
            f"<{type(self).__name__} {self.observations.name!r}: {self.observations.n_events:,} events, "
            f"{len(self.observations.series):,} sessions, {len(self.facts)} facts, {missing} missing>"
        )


@dataclass(frozen=True, repr=False)
class Generated(Described):
    """A generated sample: a side, with what sets it apart from the real one.

    Attributes
    ----------
    worth : int
        How many real units of time the sample is worth.
    distances : mapping of str to SeriesComparison or Missing
        By the names of `SERIES`.
    comparisons : mapping of str to FactComparison or Missing
        By full metric name.
    """

    worth: int = 0
    distances: Mapping[str, SeriesComparison | Missing] = field(default_factory=dict)
    comparisons: Mapping[str, FactComparison | Missing] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """The real side, each generated sample against it, and what the verdicts rest on.

    Attributes
    ----------
    real : Described
    generated : tuple of Generated
    plan : UnitPlan
    level : float
    pattern : IntradayPattern or Missing
        Of the real side's day, which the moves of the volatility family are divided by on every side; where there is
        none, why.
    hours : Hours or None
        Those that all sides were cut to; None where the real side has sessions enough to need none, or where the sides
        share too few.
    """

    real: Described
    generated: tuple[Generated, ...]
    plan: UnitPlan
    level: float
    pattern: IntradayPattern | Missing
    hours: Hours | None = None

    def __repr__(self) -> str:
        return f"<Comparison of {self.real!r} with {list(self.generated)!r}>"


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
        observed = [within_hours(side, hours) for side in observed]
    pattern = _pattern(observed[0])
    plan = plan_sessions(observed[0], observed[1:])
    samples = []
    for side in observed:
        step(f"summarising {side.name}")
        row_ns = row_length(observed[0]) if plan is None else None
        samples.append(summarise(side, row_ns=row_ns, pattern=None if isinstance(pattern, Missing) else pattern))
    plan = plan or plan_blocks(samples[0])
    return replace(_compare_samples(samples, plan, pattern, level, rng, step), hours=hours)


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


def _compare_samples(
    samples: Sequence[Sample],
    plan: UnitPlan,
    pattern: IntradayPattern | Missing,
    level: float,
    rng: np.random.Generator,
    step: Step,
) -> Comparison:
    real, *others = samples
    clock_ns = real.observations.grid.clock_ns
    units, sessions = group(real, plan)
    described = _described(real, len(units), plan)
    reference = None
    if real.rows:
        total = real.total
        reference = Reference(total.returns, plan.horizon_ns, clock_ns, total.order_size)
    step(f"estimating {real.observations.name}")
    real_facts = _facts(real.observations, units, plan, reference, level)
    blind = unmeasured(real.observations.series)
    nature = sides_of_nature(sessions) if len(units) > 1 else []
    results = []
    # Every sample meets the same draws, whatever its place among the others.
    seeds = dict(zip(SERIES, rng.integers(1 << 62, size=len(SERIES)).tolist(), strict=True))
    for sample in others:
        name = sample.observations.name
        step(f"estimating {name}")
        own_units, _ = group(sample, plan)
        facts = _facts(sample.observations, own_units, plan, reference, level)
        own_blind = blind | unmeasured(sample.observations.series)
        worth = round(sample.observations.duration_ns / plan.length_ns)
        reason = _incomparable(units, worth, plan)
        step(f"comparing {name}")
        own = _described(sample, len(own_units), plan)
        results.append(
            Generated(
                own.observations,
                own.total,
                own.units,
                _shown(facts),
                own.memory_seconds,
                own.flags,
                worth,
                _distances(
                    units,
                    own_units,
                    sessions,
                    plan,
                    worth,
                    reason,
                    own_blind,
                    level,
                    seeds,
                ),
                {
                    fact: Missing(SHOWN[fact])
                    if fact in SHOWN
                    else _comparison(
                        real_facts[fact],
                        facts[fact],
                        worth,
                        nature,
                        reason,
                        described.flags.get(fact.split(".")[0]),
                        level,
                    )
                    for fact in real_facts
                },
            )
        )
    return Comparison(replace(described, facts=_shown(real_facts)), tuple(results), plan, level, pattern)


def _described(sample: Sample, units: int, plan: UnitPlan) -> Described:
    """Describe a side whose facts are still to come."""
    if not sample.rows:
        return Described(sample.observations, None, units, {})
    total = sample.total
    memory = memory_seconds(total, unmeasured(sample.observations.series))
    return Described(sample.observations, total, units, {}, memory, memory_flags(memory, plan.length_ns))


def _facts(
    side: Observations, units: Sequence[Summary], plan: UnitPlan, reference: Reference | None, level: float
) -> dict[str, Jackknife | Missing]:
    if not units:
        none = Missing("no continuous trading: it begins with a trade, and there is none")
        return dict.fromkeys(collect(), none)
    blind, metrics = unmeasured(side.series), collect()
    found: dict[str, Jackknife | Missing] = {}
    # Facts of one field share its sums, which go before the next field's are made.
    for own in dict.fromkeys(metric.field for metric in metrics.values()):
        sums = LeaveOneOut([getattr(unit, own) for unit in units])
        for name, metric in metrics.items():
            if metric.field != own:
                continue
            if own in blind:
                found[name] = Missing(blind[own])
                continue
            try:
                found[name] = jackknife(partial(metric, reference=reference), sums, unit_kind=plan.kind, level=level)
            except InsufficientDataError as error:
                found[name] = Missing(str(error).rstrip("."))
    return {name: found[name] for name in metrics}


def _shown(facts: Mapping[str, Jackknife | Missing]) -> dict[str, Estimate | Curve | Missing]:
    return {name: found.fact if isinstance(found, Jackknife) else found for name, found in facts.items()}


def _incomparable(units: Sequence[Summary], worth: int, plan: UnitPlan) -> str | None:
    """Say why no verdict is possible, None where one is."""
    if len(units) < LEAST_UNITS:
        kind = f"{plan.kind}s" if len(units) != 1 else plan.kind
        return f"the real sample has {len(units)} {kind}; a verdict needs {LEAST_UNITS}"
    if worth < 1:
        return f"the generated sample is shorter than half a {plan.kind} of {plan.length_ns / 1e9:g} s"
    return None


def _distances(
    real: Sequence[Summary],
    generated: Sequence[Summary],
    sessions: np.ndarray,
    plan: UnitPlan,
    worth: int,
    reason: str | None,
    blind: Mapping[str, str],
    level: float,
    seeds: Mapping[str, int],
) -> dict[str, SeriesComparison | Missing]:
    out: dict[str, SeriesComparison | Missing] = {}
    for name, info in SERIES.items():
        if reason is not None or not generated:
            out[name] = Missing(reason or "no continuous trading in the generated sample")
            continue
        if name in blind:
            out[name] = Missing(blind[name])
            continue
        (real_counts, generated_counts), support = count_rows(name, real, generated)
        n_real, n_generated = real_counts.sum(), generated_counts.sum()
        if not n_real or not n_generated:
            out[name] = Missing(f"no observation in the {'real' if not n_real else 'generated'} sample")
            continue
        rho = plan.rho.get(name, 0.0)
        factor, flagged = inflation(rho, len(real), plan.kind, level)
        result = compare_series(
            real_counts,
            generated_counts,
            support,
            generated_units=max(1, min(worth, round(n_generated / n_real * len(real)))),
            factor=factor,
            rho=rho,
            flagged=flagged,
            nature=[(real_counts[a].sum(axis=0), real_counts[b].sum(axis=0)) for a, b in sides_of_nature(sessions)],
            level=level,
            rng=np.random.default_rng(seeds[name]),
        )
        why_not = _unjudged(info, plan)
        out[name] = result if why_not is None else result.without_verdict(why_not)
    return _with_holm(out)


def _unjudged(info: SeriesInfo, plan: UnitPlan) -> str | None:
    """Say why a series is shown without a verdict, None where it gets one."""
    if plan.kind == "session":
        return None
    if not info.judged:
        return "it follows the one path of each session; a verdict needs five"
    if info.horizon_ns > plan.horizon_ns:
        return f"blocks of {plan.length_ns / 1e9:g} s are too short for moves over {info.horizon_ns / 1e9:g} s"
    return None


def _with_holm(found: dict[str, SeriesComparison | Missing]) -> dict[str, SeriesComparison | Missing]:
    """Add p values adjusted for the number of judged series, after Holm (1979)."""
    judged = [(r.p, name, r) for name, r in found.items() if isinstance(r, SeriesComparison) and r.verdict is not None]
    adjusted, largest = dict(found), 0.0
    for rank, (p, name, result) in enumerate(sorted(judged, key=lambda row: row[:2])):
        largest = max(largest, min(1.0, (len(judged) - rank) * p))
        adjusted[name] = replace(result, p_holm=largest)
    return adjusted


def _comparison(
    real: Jackknife | Missing,
    generated: Jackknife | Missing,
    worth: int,
    nature: list[tuple[np.ndarray, np.ndarray]],
    reason: str | None,
    flag: str | None,
    level: float,
) -> FactComparison | Missing:
    if isinstance(real, Missing):
        return Missing(f"real: {real.reason}")
    if isinstance(generated, Missing):
        return Missing(f"generated: {generated.reason}")
    if reason is not None:
        return Missing(reason)
    try:
        found = compare_facts(real, generated, generated_units=worth, nature=nature, level=level)
    except InsufficientDataError as error:
        return Missing(str(error).rstrip("."))
    return replace(found, flag=flag)


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
