"""From samples to a comparison: the facts of each side, then every row of each generated sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from lobstats.compare.conditions import Conditions, Stacked, compare_regimes
from lobstats.compare.distances import SERIES, SeriesInfo, count_rows
from lobstats.compare.drift import Horizon, compare_drift
from lobstats.compare.facts import FactComparison, compare_facts
from lobstats.compare.floor import SeriesComparison, compare_series, sides_of_nature
from lobstats.compare.lengths import at_length, windows_of
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
from lobstats.summary.reference import Reference, follow_of
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
    baseline: Sample | None = None,
) -> Comparison:
    """Hold each sample but the first against the first, the real one; a baseline is a second real one."""
    real, *others = samples
    clock_ns = real.observations.grid.clock_ns
    units, sessions = group(real, plan)
    described = _described(real, len(units), plan)
    reference = None
    if real.rows:
        total = real.total
        sides = [sample.observations for sample in (*samples, *(() if baseline is None else (baseline,)))]
        follow_ns = follow_of(side.duration_ns / max(len(side.sessions), 1) for side in sides)
        reference = Reference(total.returns, plan.horizon_ns, clock_ns, total.order_size, follow_ns)
    step(f"estimating {real.observations.name}")
    real_facts = _facts(real.observations, units, plan.kind, reference, level)
    blind = unmeasured(real.observations.sessions)
    nature = sides_of_nature(sessions) if len(units) > 1 else []
    second = None
    if baseline is not None:
        step(f"estimating {baseline.observations.name}")
        baseline_units, _ = group(baseline, plan)
        second = _Baseline(
            baseline_units,
            _facts(baseline.observations, baseline_units, plan.kind, reference, level),
            unmeasured(baseline.observations.sessions),
        )
    real_messages, *messages = message_facts([sample.observations for sample in samples], level)
    results, contenders = [], []
    # Every sample meets the same draws, whatever its place among the others.
    seeds = dict(zip(SERIES, rng.integers(1 << 62, size=len(SERIES)).tolist(), strict=True))
    part_seed = int(rng.integers(1 << 62))
    for sample, own_messages in zip(others, messages, strict=True):
        name = sample.observations.name
        step(f"estimating {name}")
        blocks, own_sessions = group(sample, plan)
        own_units, own_kind = _own_units(sample, plan, blocks)
        facts = _facts(sample.observations, own_units, own_kind, reference, level)
        own_blind = blind | unmeasured(sample.observations.sessions)
        worth = round(sample.observations.duration_ns / plan.length_ns)
        reason = _incomparable(units, worth, plan, second)
        # Facts lean with length: the longer side is then read over windows as long as the other.
        real_windows = windows_of(units, min(1.0, worth / max(len(units), 1)))
        own_windows = windows_of(own_units, min(1.0, len(units) / max(worth, 1)))
        usual = _at_length(real_facts, real_windows, reference)
        told = _at_length(facts, own_windows, reference)
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
                    second,
                ),
                {
                    fact: Missing(SHOWN[fact])
                    if fact in SHOWN
                    else _comparison(
                        usual[fact],
                        told[fact],
                        worth,
                        nature,
                        reason,
                        described.flags.get(fact.split(".")[0]),
                        level,
                        None if second is None else second.facts[fact],
                    )
                    for fact in real_facts
                }
                | compare_messages(
                    real.observations,
                    sample.observations,
                    own_messages,
                    level,
                    None if baseline is None else baseline.observations,
                ),
                *_parts(
                    (real, sample),
                    (units, blocks),
                    (sessions, own_sessions),
                    plan,
                    worth,
                    reason or own_blind.get("conditional"),
                    level,
                    part_seed,
                ),
                windows=len(real_windows) or len(own_windows),
            )
        )
        contenders.append(Contender(results[-1], own_units, own_kind, told, usual))
    described = replace(described, facts=_shown(real_facts) | real_messages)
    other = ranking = None
    if baseline is not None and second is not None:
        other = replace(_described(baseline, len(second.units), plan), facts=_shown(second.facts))
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
    return Comparison(described, tuple(results), plan, level, pattern, baseline=other, ranking=ranking)


@dataclass(frozen=True)
class _Baseline:
    """A second real sample, between which and the first the floors lie."""

    units: Sequence[Summary]
    facts: Mapping[str, Jackknife | Missing]
    blind: Mapping[str, str]


def _own_units(sample: Sample, plan: UnitPlan, units: list[Summary]) -> tuple[list[Summary], UnitKind]:
    """Return the units of a generated sample: whole rollouts where there are enough, whose blocks share one fate."""
    if plan.kind == "block" and len({row.session for row in sample.rows}) >= LEAST_SESSIONS:
        sessions: dict[int, list[Summary]] = {}
        for row in sample.rows:
            sessions.setdefault(row.session, []).append(row.summary)
        return [merged(parts) for parts in sessions.values()], "session"
    return units, plan.kind


def _described(sample: Sample, units: int, plan: UnitPlan) -> Described:
    """Describe a side whose facts are still to come."""
    if not sample.rows:
        return Described(sample.observations, None, units, {})
    total = sample.total
    memory = memory_seconds(total, unmeasured(sample.observations.sessions))
    return Described(sample.observations, total, units, {}, memory, memory_flags(memory, plan.length_ns))


def _facts(
    side: Observations, units: Sequence[Summary], kind: UnitKind, reference: Reference | None, level: float
) -> dict[str, Jackknife | Missing]:
    if not units:
        none = Missing("no continuous trading: it begins with a trade, and there is none")
        return dict.fromkeys(collect(), none)
    blind, metrics = unmeasured(side.sessions), collect()
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


def _at_length(
    facts: Mapping[str, Jackknife | Missing], windows: Sequence[Summary], reference: Reference | None
) -> dict[str, Jackknife | Missing]:
    if not windows:
        return dict(facts)
    metrics = collect()
    fields = {name: [getattr(window, metrics[name].field) for window in windows] for name in facts}
    return {
        name: found
        if isinstance(found, Missing) or name in SHOWN
        else at_length(found, partial(metrics[name], reference=reference), fields[name])
        for name, found in facts.items()
    }


def _shown(facts: Mapping[str, Jackknife | Missing]) -> dict[str, Estimate | Curve | Missing]:
    return {name: found.fact if isinstance(found, Jackknife) else found for name, found in facts.items()}


def _incomparable(units: Sequence[Summary], worth: int, plan: UnitPlan, baseline: _Baseline | None) -> str | None:
    """Say why no verdict is possible, None where one is."""
    if baseline is not None and len(baseline.units) < LEAST_UNITS:
        kind = f"{plan.kind}s" if len(baseline.units) != 1 else plan.kind
        return f"the baseline has {len(baseline.units)} {kind}; a floor needs {LEAST_UNITS}"
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
    baseline: _Baseline | None,
) -> dict[str, SeriesComparison | Missing]:
    out: dict[str, SeriesComparison | Missing] = {}
    for name, info in SERIES.items():
        if reason is not None or not generated:
            out[name] = Missing(reason or "no continuous trading in the generated sample")
            continue
        if name in blind:
            out[name] = Missing(blind[name])
            continue
        if baseline is not None and name in baseline.blind:
            out[name] = Missing(f"baseline: {baseline.blind[name]}")
            continue
        second = () if baseline is None else (baseline.units,)
        (real_counts, generated_counts, *others), support = count_rows(name, real, generated, *second)
        if others and not others[0].any():
            out[name] = Missing("no observation in the baseline")
            continue
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
            flagged=flagged or plan.remembers(name),
            nature=[(real_counts[a].sum(axis=0), real_counts[b].sum(axis=0)) for a, b in sides_of_nature(sessions)],
            level=level,
            rng=np.random.default_rng(seeds[name]),
            baseline=others[0] if others else None,
        )
        why_not = _unjudged(info, plan) or _hanging("real", real_counts, plan)
        if why_not is None and others:
            why_not = _hanging("baseline", others[0], plan)
        out[name] = result if why_not is None else result.without_verdict(why_not)
    return _with_holm(out)


def _parts(
    samples: tuple[Sample, Sample],
    units: tuple[Sequence[Summary], Sequence[Summary]],
    sessions: tuple[np.ndarray, np.ndarray],
    plan: UnitPlan,
    worth: int,
    reason: str | None,
    level: float,
    seed: int,
) -> tuple[Conditions | Missing, Horizon | Missing]:
    """Compare a sample by the state of the market and by tenth of its sessions."""
    if reason is not None or not units[1]:
        none = Missing(reason or "no continuous trading in the generated sample")
        return none, none
    real, generated = (Stacked([unit.conditional for unit in own]) for own in units)
    first, second = (sample.observations.duration_ns / len({row.session for row in sample.rows}) for sample in samples)
    return (
        compare_regimes(real, generated, sessions[0], plan=plan, worth=worth, level=level, seed=seed),
        compare_drift(
            real,
            generated,
            *sessions,
            plan=plan,
            lengths=(first, second),
            duration_ns=samples[1].observations.duration_ns,
            level=level,
            seed=seed,
        ),
    )


def _unjudged(info: SeriesInfo, plan: UnitPlan) -> str | None:
    """Say why a series is shown without a verdict, None where it gets one."""
    if plan.kind == "session":
        return None
    if not info.judged:
        return "it follows the one path of each session; a verdict needs five"
    if info.horizon_ns > plan.horizon_ns:
        return f"blocks of {plan.length_ns / 1e9:g} s are too short for moves over {info.horizon_ns / 1e9:g} s"
    return None


def _hanging(side: str, counts: np.ndarray, plan: UnitPlan) -> str | None:
    """Say why a series has no floor where nearly all units are empty, None where enough of them say anything.

    Draws of one unit are all alike: their distances are zero, and whatever differs would be apart.
    """
    says = int(np.count_nonzero(counts.any(axis=1)))
    if says >= LEAST_UNITS:
        return None
    return f"{says} of {len(counts)} {side} {plan.kind}s hold an observation; a verdict needs {LEAST_UNITS}"


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
    baseline: Jackknife | Missing | None,
) -> FactComparison | Missing:
    if isinstance(real, Missing):
        return Missing(f"real: {real.reason}")
    if isinstance(generated, Missing):
        return Missing(f"generated: {generated.reason}")
    if isinstance(baseline, Missing):
        return Missing(f"baseline: {baseline.reason}")
    if reason is not None:
        return Missing(reason)
    try:
        found = compare_facts(real, generated, generated_units=worth, nature=nature, level=level, baseline=baseline)
    except InsufficientDataError as error:
        return Missing(str(error).rstrip("."))
    return replace(found, flag=flag)
