"""A sample against a baseline: measured alike, each fact in its band or not."""

import math
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from lobstats.baseline.files import read_baseline
from lobstats.baseline.judging import IGNORED, LACKED, Bands, judge
from lobstats.baseline.names import resolve
from lobstats.baseline.results import Baseline, Check, CheckedFact
from lobstats.baseline.tolerance import BaselineError
from lobstats.compare.estimates import estimate_facts
from lobstats.compare.fact_rows import Measured, RealFacts, measure, reference_of
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.compare.names import told_apart
from lobstats.compare.sides import Data, Prepared, as_source, listed, prepare
from lobstats.compare.units import group, plan_blocks
from lobstats.engine import Source
from lobstats.inference import Jackknife
from lobstats.result import Estimate
from lobstats.sample import Sample
from lobstats.summary.summary import unmeasured

__all__ = ["Held", "check", "hold", "measure_like"]

Step = Callable[[str], None]


@dataclass(frozen=True, repr=False)
class Held:
    """A sample and a baseline measured alike, not judged yet.

    Attributes
    ----------
    baseline : Baseline
    kept, sample : Sample
        The baseline's sample and the one that is checked, on one grid.
    measured : Measured
        The latter's facts beside the former's.
    """

    baseline: Baseline
    kept: Sample
    sample: Sample
    measured: Measured

    def check(self, *, facts: Collection[str] | None = None, level: float = 0.95) -> Check:
        """Judge some facts, or all; see `check`."""
        if not 0 < level < 1:
            msg = f"`level` must be in (0, 1), got {level}."
            raise ValueError(msg)
        chosen = None if facts is None else resolve(facts, [*self.measured.real.facts, *self.baseline.facts])
        bands = Bands(self.baseline, self.measured, self.kept.observations, self.sample.observations)
        band_level, judged = judge(bands, chosen, level)
        if chosen is not None:
            _refuse_unjudged(judged)
        if all(fact.by is None and not fact.reason.startswith(LACKED) for fact in judged):
            msg = f"no fact of the baseline {self.baseline.name} can be judged; choose others, or make it anew."
            raise BaselineError(msg)
        seen = self.sample.observations
        return Check(seen.name, self.baseline.name, level, band_level, judged, (*seen.notes, *self._anew()))

    def _anew(self) -> list[str]:
        """Say where facts of the baseline are other numbers than its file holds, since the sample is short."""
        measured, kept = self.measured.usual, self.baseline.facts
        changed = [
            name
            for name, own in kept.items()
            if isinstance(own, Estimate)
            and isinstance(found := measured.get(name), Jackknife)
            and isinstance(found.fact, Estimate)
            and not math.isclose(found.fact.value, own.value, rel_tol=1e-6, abs_tol=1e-12)
        ]
        if not changed:
            return []
        plan = self.measured.real.plan
        return [
            f"{len(changed)} facts of the baseline were measured anew in {plan.kind}s of {plan.length_ns / 1e9:,.4g} "
            "s, or over windows as long as the sample, and are other numbers than in its file; tolerances are held "
            f"against the new ones: {', '.join(changed[:3])}{', ...' if len(changed) > 3 else ''}"
        ]


def check(
    data: Data | Sample | Sequence[Data],
    *,
    against: Baseline | str | os.PathLike[str],
    facts: Collection[str] | None = None,
    level: float = 0.95,
    step: Step = lambda text: None,
) -> Check:
    """Hold the facts of a sample against those of a baseline.

    The sample is put on the baseline's tick, clock, sessions and pattern of the day, and measured with its thresholds.
    A fact leaves its band where it differs by more than the intervals of both sides reach towards each other, as in
    `lobstats.compare`; the level of each is 1 - (1 - ``level``) / how many there are (Bonferroni), so that a fresh
    sample of the same market passes as a whole with probability ``level``. A tolerance in the baseline file takes the
    place of the band. What the baseline has and the sample lacks fails, unless a part of the baseline lacks it too that
    is a third as long as the sample: then chance may have taken it.

    Parameters
    ----------
    data : path, event array, Source, Sample, or several of one kind
        One sample; several are units of it. Decoded leniently, as a generated sample is.
    against : Baseline or path
        As `freeze_baseline` makes it.
    facts : collection of str, optional
        The facts to be judged, by short or full name; all otherwise. The fewer, the narrower the bands.
    level : float
        Of the check as a whole, in (0, 1).
    step : callable, optional
        Told what is about to be done, for a progress display.

    Returns
    -------
    Check

    Raises
    ------
    DecodeError
        If a path cannot be read.
    BaselineError
        If the baseline cannot be, or a fact that is named cannot be judged by it.
    UnknownFactError
        If a name is that of no fact.
    SummaryError
        If a summary was made otherwise than the baseline needs it.

    References
    ----------
    O. J. Dunn, "Multiple comparisons among means", Journal of the American Statistical Association 56 (1961) 52,
    doi:10.1080/01621459.1961.10482090.

    Examples
    --------
    >>> import lobstats
    >>> lobstats.check("fixtures/generated.bin", against="fixtures/baseline.json").passed
    True
    """
    return hold(data, against, step=step).check(facts=facts, level=level)


def hold(
    data: Data | Sample | Sequence[Data],
    against: Baseline | str | os.PathLike[str],
    *,
    step: Step = lambda text: None,
) -> Held:
    """Measure a sample as a baseline was."""
    baseline = against if isinstance(against, Baseline) else read_baseline(against)
    prepared = _prepared(data, baseline, step)
    kept, sample = prepared.sample(0), prepared.sample(1)
    plan = prepared.plan or plan_blocks(kept)
    units, sessions = group(kept, plan)
    reference = reference_of([kept, sample], plan)
    step(f"estimating {baseline.name}")
    facts = estimate_facts(kept.observations, units, plan.kind, reference, baseline.level)
    flags = memory_flags(memory_seconds(kept.total, unmeasured(kept.observations.sessions)), plan.length_ns)
    real = RealFacts(units, sessions, facts, reference, plan, flags)
    step(f"estimating {sample.observations.name}")
    return Held(baseline, kept, sample, measure(sample, real, baseline.level))


def measure_like(data: Data | Sequence[Data], baseline: Baseline, *, step: Step = lambda text: None) -> Sample:
    """Return a sample that was summarised as a baseline was, for several checks of it."""
    return _prepared(data, baseline, step).sample(1)


def _refuse_unjudged(found: Sequence[CheckedFact]) -> None:
    """Make sure that what was asked for by name is not passed over."""
    for fact in found:
        if fact.standing in ("shown", "skipped") and not fact.reason.startswith((IGNORED, LACKED)):
            msg = f"`{fact.name}` cannot be judged: {fact.reason}; leave it out, or state a tolerance in the baseline."
            raise BaselineError(msg)


def _prepared(data: Data | Sample | Sequence[Data], baseline: Baseline, step: Step) -> Prepared:
    seen = replace(baseline.sample.observations, paths=(f"baseline {baseline.name}",))
    known = Source(baseline.name, (), (), samples=(replace(baseline.sample, observations=seen),))
    source = _of_sample(data) if isinstance(data, Sample) else as_source(listed(data), "lenient", "sample")
    known, source = told_apart([known, source])
    grid = seen.grid
    return prepare(
        known,
        [source],
        step=step,
        session_gap_ns=grid.session_gap_ns,
        session_length_ns=grid.session_length_ns,
        calendar=grid.calendar,
        keep=grid.keep,
    )


def _of_sample(sample: Sample) -> Source:
    seen = sample.observations
    return Source(seen.name, seen.paths, (), samples=(replace(sample, observations=seen.without_series()),))
