"""From samples to a comparison: the facts of each side, then every row of each generated sample."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from lobstats.compare.conditions import Conditions, Stacked, compare_regimes
from lobstats.compare.distances import SERIES
from lobstats.compare.divergence import PRICES, Divergence, price_divergence
from lobstats.compare.drift import Horizon, compare_drift
from lobstats.compare.estimates import estimate_facts, facts_at_length, shown_facts
from lobstats.compare.facts import FactComparison, compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.compare.lengths import windows_of
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.compare.messages import compare_messages, message_facts
from lobstats.compare.ranking import rank_models
from lobstats.compare.ranking_rows import Contender
from lobstats.compare.results import Comparison, Described, Generated
from lobstats.compare.series_rows import compare_distances
from lobstats.compare.units import LEAST_SESSIONS, UnitPlan, group
from lobstats.engine import Sample
from lobstats.errors import InsufficientDataError
from lobstats.inference import LEAST_UNITS, Jackknife, UnitKind
from lobstats.metrics import SHOWN
from lobstats.pattern import IntradayPattern
from lobstats.progress import expect
from lobstats.result import Estimate, Missing
from lobstats.summary.conditional import OBSERVED
from lobstats.summary.merging import merged
from lobstats.summary.reference import Reference, follow_of
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
    reference = None
    if real.rows:
        total = real.total
        clock_ns = real.observations.grid.clock_ns
        sides = [sample.observations for sample in (*samples, *(() if baseline is None else (baseline,)))]
        follow_ns = follow_of(side.duration_ns / max(len(side.sessions), 1) for side in sides)
        reference = Reference(total.returns, plan.horizon_ns, clock_ns, total.order_size, follow_ns)
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
    market = _Market(
        real, units, sessions, real_facts, reference, described.flags, plan, level, seeds, part_seed, second
    )
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
    units: Sequence[Summary]
    sessions: np.ndarray
    facts: Mapping[str, Jackknife | Missing]
    reference: Reference | None
    flags: Mapping[str, str]
    plan: UnitPlan
    level: float
    seeds: Mapping[str, int]
    part_seed: int
    baseline: _Baseline | None

    def compare(self, sample: Sample, messages: Mapping[str, Estimate | Missing], step: Step) -> Contender:
        """Hold one generated sample against the real one, row by row."""
        plan, level, second, real = self.plan, self.level, self.baseline, self.real.observations
        step(f"estimating {sample.observations.name}")
        blocks, own_sessions = group(sample, plan)
        own_units, own_kind = _own_units(sample, plan, blocks)
        facts = estimate_facts(sample.observations, own_units, own_kind, self.reference, level)
        blind = unmeasured(real.sessions) | unmeasured(sample.observations.sessions)
        worth = round(sample.observations.duration_ns / plan.length_ns)
        reason = _incomparable(self.units, worth, plan, second)
        # Facts lean with length: the longer side is then read over windows as long as the other.
        real_windows = windows_of(self.units, min(1.0, worth / max(len(self.units), 1)))
        own_windows = windows_of(own_units, min(1.0, len(self.units) / max(worth, 1)))
        usual = facts_at_length(self.facts, real_windows, self.reference)
        told = facts_at_length(facts, own_windows, self.reference)
        step(f"comparing {sample.observations.name}")
        expect(_ROWS, "rows")
        own = _described(sample, len(own_units), plan)
        distances = compare_distances(
            self.units,
            own_units,
            self.sessions,
            plan,
            worth,
            reason,
            blind,
            level,
            self.seeds,
            None if second is None else second.units,
            {} if second is None else second.blind,
        )
        conditions, horizon = _parts(
            (self.real, sample),
            (self.units, blocks),
            (self.sessions, own_sessions),
            plan,
            worth,
            reason or blind.get("conditional"),
            level,
            self.part_seed,
        )
        result = Generated(
            own.observations,
            own.total,
            own.units,
            {**shown_facts(facts), **messages},
            own.memory_seconds,
            own.flags,
            worth=worth,
            distances=distances,
            comparisons=self._comparisons(usual, told, worth, reason)
            | compare_messages(
                real, sample.observations, messages, level, None if second is None else second.sample.observations
            ),
            conditions=conditions,
            horizon=horizon,
            windows=len(real_windows) or len(own_windows),
            divergence=_divergence(self.units, own_units, self.sessions, blind),
        )
        return Contender(result, own_units, own_kind, told, usual)

    def _comparisons(
        self,
        usual: Mapping[str, Jackknife | Missing],
        told: Mapping[str, Jackknife | Missing],
        worth: int,
        reason: str | None,
    ) -> dict[str, FactComparison | Missing]:
        nature = sides_of_nature(self.sessions) if len(self.units) > 1 else []
        return {
            fact: Missing(SHOWN[fact])
            if fact in SHOWN
            else _comparison(
                usual[fact],
                told[fact],
                worth,
                nature,
                reason,
                self.flags.get(fact.split(".")[0]),
                self.level,
                None if self.baseline is None else self.baseline.facts[fact],
            )
            for fact in self.facts
        }


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
