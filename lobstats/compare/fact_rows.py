"""A sample measured as the real side was, and each of its facts held against the real one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lobstats.compare.estimates import estimate_facts, facts_at_length
from lobstats.compare.facts import FactComparison, compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.compare.lengths import windows_of
from lobstats.compare.units import LEAST_SESSIONS, UnitPlan, group
from lobstats.engine import Sample
from lobstats.errors import InsufficientDataError
from lobstats.inference import LEAST_UNITS, Jackknife, UnitKind
from lobstats.metrics import SHOWN
from lobstats.result import Missing
from lobstats.summary.merging import merged
from lobstats.summary.reference import Reference, follow_of
from lobstats.summary.summary import Summary

__all__ = ["Measured", "RealFacts", "Untold", "measure", "reference_of"]

Untold = Mapping[str, Jackknife | Missing]
"""Facts by full name, none of them held against anything yet."""


@dataclass(frozen=True)
class RealFacts:
    """The real side's units, and what was found in them.

    Attributes
    ----------
    units : sequence of Summary
    sessions : ndarray of int64, shape (units,)
        The session of each.
    facts : mapping of str to Jackknife or Missing
        By full metric name.
    reference : Reference or None
        What the real side fixes for both, None where it has no continuous trading.
    plan : UnitPlan
    flags : mapping of str to str
        By family, where units are too short for its memory.
    """

    units: Sequence[Summary]
    sessions: np.ndarray
    facts: Untold
    reference: Reference | None
    plan: UnitPlan
    flags: Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """A sample measured as the real side was.

    Attributes
    ----------
    real : RealFacts
    blocks : list of Summary
        Its units of the real side's making.
    sessions : ndarray of int64, shape (blocks,)
        The session of each.
    units : list of Summary
        What is resampled: these blocks, or whole rollouts where there are enough of them.
    kind : {"session", "block"}
    worth : int
        How many real units of time it is worth.
    windows : int
        Over how many windows the facts of the longer side are read, 0 where neither is twice as long as the other.
    found : mapping of str to Jackknife or Missing
        Its facts.
    usual, told : mapping of str to Jackknife or Missing
        The real facts and its own, read over windows of equal length where the two sides are of unlike length.
    """

    real: RealFacts
    blocks: list[Summary]
    sessions: np.ndarray
    units: list[Summary]
    kind: UnitKind
    worth: int
    windows: int
    found: Untold
    usual: Untold
    told: Untold

    def incomparable(self) -> str | None:
        """Say why no verdict is possible, None where one is."""
        units, plan = self.real.units, self.real.plan
        if len(units) < LEAST_UNITS:
            kind = f"{plan.kind}s" if len(units) != 1 else plan.kind
            return f"the real sample has {len(units)} {kind}; a verdict needs {LEAST_UNITS}"
        if self.worth < 1:
            return f"the generated sample is shorter than half a {plan.kind} of {plan.length_ns / 1e9:g} s"
        return None

    def compare(
        self,
        level: float,
        *,
        reason: str | None = None,
        baseline: Untold | None = None,
        only: Collection[str] | None = None,
    ) -> dict[str, FactComparison | Missing]:
        """Hold each fact against the real one.

        Parameters
        ----------
        level : float
            Of the floors.
        reason : str, optional
            Why none can be compared.
        baseline : mapping of str to Jackknife or Missing, optional
            Of a second real sample.
        only : collection of str, optional
            The facts to be compared; all otherwise.
        """
        nature = sides_of_nature(self.real.sessions) if len(self.real.units) > 1 else []

        def one(fact: str) -> FactComparison | Missing:
            if fact in SHOWN:
                return Missing(SHOWN[fact])
            second = None if baseline is None else baseline[fact]
            found = _comparison(self.usual[fact], self.told[fact], self.worth, nature, reason, level, second)
            return found if isinstance(found, Missing) else replace(found, flag=self.real.flags.get(fact.split(".")[0]))

        return {fact: one(fact) for fact in self.real.facts if only is None or fact in only}


def reference_of(samples: Sequence[Sample], plan: UnitPlan) -> Reference | None:
    """Return what the first of all samples fixes for the others, None where it has no continuous trading."""
    real = samples[0]
    if not real.rows:
        return None
    total, clock_ns = real.total, real.observations.grid.clock_ns
    sides = [sample.observations for sample in samples]
    follow_ns = follow_of(side.duration_ns / max(len(side.sessions), 1) for side in sides)
    return Reference(total.returns, plan.horizon_ns, clock_ns, total.order_size, follow_ns)


def measure(sample: Sample, real: RealFacts, level: float) -> Measured:
    """Measure a sample as the real side was, in its units; ``level`` is that of the intervals."""
    plan = real.plan
    blocks, sessions = group(sample, plan)
    units, kind = _own_units(sample, plan, blocks)
    facts = estimate_facts(sample.observations, units, kind, real.reference, level)
    worth = round(sample.observations.duration_ns / plan.length_ns)
    # Facts lean with length: the longer side is then read over windows as long as the other.
    real_windows = windows_of(real.units, min(1.0, worth / max(len(real.units), 1)))
    own_windows = windows_of(units, min(1.0, len(real.units) / max(worth, 1)))
    return Measured(
        real,
        blocks,
        sessions,
        units,
        kind,
        worth,
        len(real_windows) or len(own_windows),
        facts,
        facts_at_length(real.facts, real_windows, real.reference),
        facts_at_length(facts, own_windows, real.reference),
    )


def _own_units(sample: Sample, plan: UnitPlan, units: list[Summary]) -> tuple[list[Summary], UnitKind]:
    """Return the units of a generated sample: whole rollouts where there are enough, whose blocks share one fate."""
    if plan.kind == "block" and len({row.session for row in sample.rows}) >= LEAST_SESSIONS:
        sessions: dict[int, list[Summary]] = {}
        for row in sample.rows:
            sessions.setdefault(row.session, []).append(row.summary)
        return [merged(parts) for parts in sessions.values()], "session"
    return units, plan.kind


def _comparison(
    real: Jackknife | Missing,
    generated: Jackknife | Missing,
    worth: int,
    nature: list[tuple[np.ndarray, np.ndarray]],
    reason: str | None,
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
        return compare_facts(real, generated, generated_units=worth, nature=nature, level=level, baseline=baseline)
    except InsufficientDataError as error:
        return Missing(str(error).rstrip("."))
