"""From samples to a comparison: the facts of each side, then every row of each generated sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from lobstats.compare.conditions import Conditions, Stacked, compare_regimes
from lobstats.compare.distances import SERIES
from lobstats.compare.divergence import PRICES, Divergence, price_divergence
from lobstats.compare.drift import Horizon, compare_drift
from lobstats.compare.estimates import estimate_facts, shown_facts
from lobstats.compare.fact_rows import RealFacts, measure, reference_of
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.compare.messages import compare_messages, message_facts
from lobstats.compare.ranking import rank_models
from lobstats.compare.ranking_rows import Contender
from lobstats.compare.results import Comparison, Described, Generated
from lobstats.compare.series_rows import compare_distances
from lobstats.compare.units import UnitPlan, group
from lobstats.engine import Sample
from lobstats.inference import LEAST_UNITS, Jackknife
from lobstats.pattern import IntradayPattern
from lobstats.progress import expect
from lobstats.result import Estimate, Missing
from lobstats.summary.conditional import OBSERVED
from lobstats.summary.summary import Summary, unmeasured

__all__ = ["Step", "compare_samples"]

Step: TypeAlias = Callable[[str], None]

_ROWS = len(SERIES) + 9 * len(OBSERVED)  # whole, in eight classes and by tenth: what is resampled, which takes the time


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
    units, sessions = group(real, plan)
    described = _described(real, len(units), plan)
    reference = reference_of([*samples, *(() if baseline is None else (baseline,))], plan)
    step(f"estimating {real.observations.name}")
    real_facts = estimate_facts(real.observations, units, plan.kind, reference, level)
    second = None
    if baseline is not None:
        step(f"estimating {baseline.observations.name}")
        baseline_units, _ = group(baseline, plan)
        second = _Baseline(
            baseline,
            baseline_units,
            estimate_facts(baseline.observations, baseline_units, plan.kind, reference, level),
            unmeasured(baseline.observations.sessions),
        )
    real_messages, *messages = message_facts([sample.observations for sample in samples], level)
    # Every sample meets the same draws, whatever its place among the others.
    seeds = dict(zip(SERIES, rng.integers(1 << 62, size=len(SERIES)).tolist(), strict=True))
    part_seed = int(rng.integers(1 << 62))
    known = RealFacts(units, sessions, real_facts, reference, plan, described.flags)
    market = _Market(real, known, level, seeds, part_seed, second)
    contenders = [market.compare(sample, own, step) for sample, own in zip(others, messages, strict=True)]
    described = replace(described, facts=shown_facts(real_facts) | real_messages)
    other = ranking = None
    if second is not None:
        other = replace(_described(second.sample, len(second.units), plan), facts=shown_facts(second.facts))
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
    results = tuple(contender.found for contender in contenders)
    return Comparison(described, results, plan, level, pattern, baseline=other, ranking=ranking)


@dataclass(frozen=True)
class _Baseline:
    """A second real sample, between which and the first the floors lie."""

    sample: Sample
    units: Sequence[Summary]
    facts: Mapping[str, Jackknife | Missing]
    blind: Mapping[str, str]


@dataclass(frozen=True)
class _Market:
    """The real side, and all that every sample is held against it with."""

    real: Sample
    known: RealFacts
    level: float
    seeds: Mapping[str, int]
    part_seed: int
    baseline: _Baseline | None

    def compare(self, sample: Sample, messages: Mapping[str, Estimate | Missing], step: Step) -> Contender:
        """Hold one generated sample against the real one, row by row."""
        known, level, second, real = self.known, self.level, self.baseline, self.real.observations
        plan = known.plan
        step(f"estimating {sample.observations.name}")
        measured = measure(sample, known, level)
        blind = unmeasured(real.sessions) | unmeasured(sample.observations.sessions)
        reason = _no_floor(second, plan) or measured.incomparable()
        step(f"comparing {sample.observations.name}")
        expect(_ROWS, "rows")
        own = _described(sample, len(measured.units), plan)
        distances = compare_distances(
            known.units,
            measured.units,
            known.sessions,
            plan,
            measured.worth,
            reason,
            blind,
            level,
            self.seeds,
            None if second is None else second.units,
            {} if second is None else second.blind,
        )
        conditions, horizon = _parts(
            (self.real, sample),
            (known.units, measured.blocks),
            (known.sessions, measured.sessions),
            plan,
            measured.worth,
            reason or blind.get("conditional"),
            level,
            self.part_seed,
        )
        result = Generated(
            own.observations,
            own.total,
            own.units,
            {**shown_facts(measured.found), **messages},
            own.memory_seconds,
            own.flags,
            worth=measured.worth,
            distances=distances,
            comparisons=measured.compare(level, reason=reason, baseline=None if second is None else second.facts)
            | compare_messages(
                real, sample.observations, messages, level, None if second is None else second.sample.observations
            ),
            conditions=conditions,
            horizon=horizon,
            windows=measured.windows,
            divergence=_divergence(known.units, measured.units, known.sessions, blind),
        )
        return Contender(result, measured.units, measured.kind, measured.told, measured.usual)


def _described(sample: Sample, units: int, plan: UnitPlan) -> Described:
    """Describe a side whose facts are still to come."""
    if not sample.rows:
        return Described(sample.observations, None, units, {})
    total = sample.total
    memory = memory_seconds(total, unmeasured(sample.observations.sessions))
    return Described(sample.observations, total, units, {}, memory, memory_flags(memory, plan.length_ns))


def _no_floor(baseline: _Baseline | None, plan: UnitPlan) -> str | None:
    """Say why a baseline gives no floor, None where it does."""
    if baseline is None or len(baseline.units) >= LEAST_UNITS:
        return None
    kind = f"{plan.kind}s" if len(baseline.units) != 1 else plan.kind
    return f"the baseline has {len(baseline.units)} {kind}; a floor needs {LEAST_UNITS}"


def _divergence(
    real: Sequence[Summary], generated: Sequence[Summary], sessions: np.ndarray, blind: Mapping[str, str]
) -> Divergence | Missing:
    if PRICES in blind:
        return Missing(blind[PRICES])
    if not real or not generated:
        return Missing(f"no continuous trading in the {'generated' if real else 'real'} sample")
    return price_divergence(real, generated, sessions)


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
