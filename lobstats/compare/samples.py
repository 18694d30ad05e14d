"""From samples to a comparison: the facts of each side, then every row of each generated sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np

from lobstats.compare.distances import SERIES, SeriesInfo, count_rows
from lobstats.compare.facts import FactComparison, compare_facts
from lobstats.compare.floor import SeriesComparison, compare_series, sides_of_nature
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.compare.messages import compare_messages, message_facts
from lobstats.compare.ranking import rank_models
from lobstats.compare.ranking_rows import Contender
from lobstats.compare.results import Comparison, Described, Generated
from lobstats.compare.units import LEAST_SESSIONS, UnitPlan, group, inflation
from lobstats.engine import Observations, Sample
from lobstats.errors import InsufficientDataError
from lobstats.inference import LEAST_UNITS, Jackknife, LeaveOneOut, UnitKind, jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.pattern import IntradayPattern
from lobstats.result import Curve, Estimate, Missing
from lobstats.summary.merging import merged
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, unmeasured

__all__ = ["Step", "compare_samples"]

Step: TypeAlias = Callable[[str], None]


def compare_samples(
    samples: Sequence[Sample],
    plan: UnitPlan,
    pattern: IntradayPattern | Missing,
    level: float,
    rng: np.random.Generator,
    step: Step,
) -> Comparison:
    """Hold each sample but the first against the first, the real one."""
    real, *others = samples
    clock_ns = real.observations.grid.clock_ns
    units, sessions = group(real, plan)
    described = _described(real, len(units), plan)
    reference = None
    if real.rows:
        total = real.total
        reference = Reference(total.returns, plan.horizon_ns, clock_ns, total.order_size)
    step(f"estimating {real.observations.name}")
    real_facts = _facts(real.observations, units, plan.kind, reference, level)
    blind = unmeasured(real.observations.series)
    nature = sides_of_nature(sessions) if len(units) > 1 else []
    real_messages, *messages = message_facts([sample.observations for sample in samples], level)
    results, contenders = [], []
    # Every sample meets the same draws, whatever its place among the others.
    seeds = dict(zip(SERIES, rng.integers(1 << 62, size=len(SERIES)).tolist(), strict=True))
    for sample, own_messages in zip(others, messages, strict=True):
        name = sample.observations.name
        step(f"estimating {name}")
        own_units, own_kind = _own_units(sample, plan)
        facts = _facts(sample.observations, own_units, own_kind, reference, level)
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
                _shown(facts) | own_messages,
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
                }
                | compare_messages(real.observations, sample.observations, own_messages, level),
            )
        )
        contenders.append(Contender(results[-1], own_units, own_kind, facts))
    described = replace(described, facts=_shown(real_facts) | real_messages)
    ranking = None
    if len(contenders) > 1:
        step("ranking the models")
        seed = int(rng.integers(1 << 62))
        ranking = rank_models(
            real=described,
            real_units=units,
            real_facts=real_facts,
            contenders=contenders,
            plan=plan,
            level=level,
            seed=seed,
        )
    return Comparison(described, tuple(results), plan, level, pattern, ranking=ranking)


def _own_units(sample: Sample, plan: UnitPlan) -> tuple[list[Summary], UnitKind]:
    """Return the units of a generated sample: whole rollouts where there are enough, whose blocks share one fate."""
    if plan.kind == "block" and len({row.session for row in sample.rows}) >= LEAST_SESSIONS:
        sessions: dict[int, list[Summary]] = {}
        for row in sample.rows:
            sessions.setdefault(row.session, []).append(row.summary)
        return [merged(parts) for parts in sessions.values()], "session"
    return group(sample, plan)[0], plan.kind


def _described(sample: Sample, units: int, plan: UnitPlan) -> Described:
    """Describe a side whose facts are still to come."""
    if not sample.rows:
        return Described(sample.observations, None, units, {})
    total = sample.total
    memory = memory_seconds(total, unmeasured(sample.observations.series))
    return Described(sample.observations, total, units, {}, memory, memory_flags(memory, plan.length_ns))


def _facts(
    side: Observations, units: Sequence[Summary], kind: UnitKind, reference: Reference | None, level: float
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
                found[name] = jackknife(partial(metric, reference=reference), sums, unit_kind=kind, level=level)
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
