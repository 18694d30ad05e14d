"""Each fact of a sample in its band or not."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lobstats.baseline.results import Baseline, CheckedFact, Standing
from lobstats.baseline.tolerance import Tolerance
from lobstats.baseline.unbanded import UNBANDED
from lobstats.compare.fact_rows import Measured
from lobstats.compare.facts import FactComparison
from lobstats.compare.messages import compare_messages, message_facts
from lobstats.engine import Observations
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, from_scale, to_scale
from lobstats.metrics import collect
from lobstats.result import Curve, Estimate, Interval, Missing
from lobstats.summary.merging import merged
from lobstats.summary.summary import Summary

__all__ = ["IGNORED", "LACKED", "Bands", "judge"]

IGNORED, LACKED = "ignored by the baseline", "the sample lacks it"
"""How the reason begins where a fact is skipped on purpose, or where chance may have taken it."""

Fact = Estimate | Curve | Missing

_SHORT_UNITS = ("s", "ms", "ticks", "minutes")
_PART, _MOST_PARTS = 3, 8
_NOT_HERE = "this lobstats has no such fact"


@dataclass(frozen=True)
class Bands:
    """What the facts of a sample are judged with.

    Attributes
    ----------
    baseline : Baseline
    measured : Measured
    kept, seen : Observations
        Of the baseline and of the sample.
    """

    baseline: Baseline
    measured: Measured
    kept: Observations
    seen: Observations

    @cached_property
    def messages(self) -> tuple[dict[str, Estimate | Missing], dict[str, Estimate | Missing]]:
        """Faults of messages that occur on either side, of the baseline and of the sample."""
        kept, seen = message_facts([self.kept, self.seen], self.baseline.level)
        return kept, seen

    def names(self) -> list[str]:
        """Return all facts, those that only the baseline file knows at the end."""
        return list(dict.fromkeys((*self.measured.real.facts, *self.messages[0], *self.baseline.facts)))

    def banded(self, names: Collection[str]) -> list[str]:
        """Return the facts that are judged by their intervals."""
        return [
            name
            for name in names
            if name not in self.baseline.ignored and name not in self.baseline.tolerances and self._has_interval(name)
        ]

    def _has_interval(self, name: str) -> bool:
        if name in self.messages[0]:
            return not isinstance(self.messages[0][name], Missing)
        found = self.measured.real.facts.get(name)
        return name not in UNBANDED and isinstance(found, Jackknife) and found.error is not None

    def of(self, name: str) -> tuple[Fact, Fact]:
        """Return a fact of the baseline and of the sample."""
        if name in self.messages[0]:
            return self.messages[0][name], self.messages[1][name]
        usual, told = (side.get(name) for side in (self.measured.usual, self.measured.told))
        return _fact_of(usual), _fact_of(told)

    def parts(self) -> Iterator[list[Summary]]:
        """Yield parts of the baseline in which a fact must be, if its lack in the sample is to mean something.

        They are a third as long as the sample, or as the baseline where that is shorter: what chance takes from a
        sample once in a while, it takes from one of these.
        """
        units = self.measured.real.units
        length = max(1, min(len(units), self.measured.worth) // _PART)
        starts = np.linspace(0, len(units) - length, _MOST_PARTS).round().astype(int)
        for start in np.unique(starts).tolist():
            yield list(units[start : start + length])

    def is_firm(self, name: str) -> bool:
        """Tell whether every such part of the baseline has a fact, a curve by kind or side with all its labels."""
        metric, wanted = collect()[name], self.measured.usual[name]
        assert isinstance(wanted, Jackknife)
        for part in self.parts():
            try:
                found = metric(merged([getattr(unit, metric.field) for unit in part]), self.measured.real.reference)
            except InsufficientDataError:
                return False
            if isinstance(found, Curve) and not self._covers(found, wanted):
                return False
        return True

    @staticmethod
    def _covers(found: Curve, wanted: Jackknife) -> bool:
        here = np.isin(wanted.x, found.x)
        return bool(here.all() if found.labels else here.any())


def judge(bands: Bands, chosen: Collection[str] | None, level: float) -> tuple[float, tuple[CheckedFact, ...]]:
    """Return the level of each band, and what is found of each fact.

    Parameters
    ----------
    bands : Bands
    chosen : collection of str or None
        The full names of the facts to be judged, all where None.
    level : float
        Of all bands together.
    """
    names = [name for name in bands.names() if chosen is None or name in chosen]
    banded = bands.banded(names)
    band_level = 1 - (1 - level) / max(1, len(banded))
    reason = bands.measured.incomparable()
    compared = bands.measured.compare(band_level, reason=reason, only=banded)
    compared |= compare_messages(bands.kept, bands.seen, bands.messages[1], band_level)
    return band_level, tuple(_judged(bands, name, compared.get(name) if name in banded else None) for name in names)


def _judged(bands: Bands, name: str, compared: FactComparison | Missing | None) -> CheckedFact:
    """Return what is found of one fact; ``compared`` is None where its band is not that of its interval."""
    usual, told = bands.of(name)
    if name in bands.baseline.ignored:
        return _unjudged(name, "skipped", usual, told, IGNORED)
    if name in bands.baseline.tolerances:
        return _by_tolerance(name, usual, told, bands.baseline.tolerances[name])
    if isinstance(usual, Missing):
        return CheckedFact(name, "skipped", reason=f"the baseline lacks it: {usual.reason}")
    if name in UNBANDED:
        return _unjudged(name, "shown", usual, told, UNBANDED[name])
    if compared is None:
        why = usual.ci.reason if isinstance(usual.ci, Missing) else "no interval"
        return _unjudged(name, "skipped", usual, told, f"the baseline gives it no band: {why}")
    if isinstance(compared, FactComparison):
        return _by_interval(name, usual, told, compared, bands)
    why = compared.reason.removeprefix("generated: ").rstrip(".")
    if _elsewhere(usual, told):
        return replace(_unjudged(name, "skipped", usual, told, why), by=None)
    if bands.measured.incomparable() is None and name in collect() and not bands.is_firm(name):
        why = f"{LACKED} ({why}), and so does a part of the baseline"
        return replace(_unjudged(name, "skipped", usual, told, why), by=None)
    return replace(_unjudged(name, "missing", usual, told, why), by="interval")


def _elsewhere(usual: Fact, told: Fact) -> bool:
    """Tell whether the sample has the fact, but at other points than the baseline, such as hours of the day."""
    return isinstance(usual, Curve) and isinstance(told, Curve) and not np.isin(usual.x, told.x).any()


def _fact_of(one: Jackknife | Missing | None) -> Fact:
    return one.fact if isinstance(one, Jackknife) else one or Missing(_NOT_HERE)


def _unjudged(name: str, standing: Standing, usual: Fact, told: Fact, reason: str) -> CheckedFact:
    """Show both sides of a fact without a band; of a curve the point in the middle."""
    at, expected, got = "", None, None
    if isinstance(usual, Estimate):
        expected = usual.value
        got = told.value if isinstance(told, Estimate) else None
    elif isinstance(usual, Curve):
        x = float(usual.x[len(usual.x) // 2])
        at, expected = _place(usual, x), _at(usual, x)
        got = _at(told, x) if isinstance(told, Curve) and x in told.x else None
    unit = "" if isinstance(usual, Missing) else usual.unit
    return CheckedFact(name, standing, at=at, unit=unit, expected=expected, got=got, reason=reason)


def _by_interval(name: str, usual: Fact, told: Fact, found: FactComparison, bands: Bands) -> CheckedFact:
    assert not isinstance(usual, Missing)
    assert not isinstance(told, Missing)
    outside = found.verdict != "within noise"
    at, unit = "", usual.unit
    if name in bands.messages[0]:
        expected, got = float(usual.value), float(told.value)
        high = float(from_scale(to_scale(np.array(expected), "arcsine") + found.floor, "arcsine"))
        band = Interval(0.0, high, 0.0)
    elif isinstance(usual, Curve) and found.at is None:
        at, unit, expected, got = "mean gap", f"{found.scale} scale", 0.0, found.difference
        band = Interval(0.0, found.floor, 0.0)
    else:
        expected, got = (_value(side[name], found.where) for side in (bands.measured.usual, bands.measured.told))
        at = _place(usual, found.where) if isinstance(usual, Curve) and found.where is not None else ""
        assert found.band is not None
        band = found.band
    return CheckedFact(
        name,
        "out of band" if outside else "in band",
        "interval",
        at,
        unit,
        expected,
        got,
        band,
        _beyond(got, band) if outside else 0.0,
        found.ratio,
        flag=found.flag or "",
    )


def _by_tolerance(name: str, usual: Fact, told: Fact, tolerance: Tolerance) -> CheckedFact:
    if isinstance(told, Missing):
        return replace(_unjudged(name, "missing", usual, told, told.reason), by="tolerance")
    if isinstance(usual, Missing) and tolerance.needs_baseline:
        return CheckedFact(name, "skipped", reason=f"the baseline lacks it: {usual.reason}")
    x = told.x if isinstance(told, Curve) else np.zeros(1)
    if isinstance(usual, Curve):
        x = x[np.isin(x, usual.x)]
        lacking = [usual.at(one) for one in usual.x[~np.isin(usual.x, x)].tolist()]
        if not len(x) or (usual.labels and lacking):
            why = f"the sample tells nothing of {', '.join(lacking)}"
            return replace(_unjudged(name, "missing", usual, told, why), by="tolerance")
    got = np.array([_at(told, one) for one in x.tolist()])
    expected = got if isinstance(usual, Missing) else np.array([_at(usual, one) for one in x.tolist()])
    low, high = tolerance.band(expected)
    ratios = [_ratio(*map(float, point)) for point in zip(expected, got, low, high, strict=True)]
    worst = int(np.argmax([math.inf if ratio is None else ratio for ratio in ratios]))
    band = Interval(float(low[worst]), float(high[worst]), 0.0)
    beyond = _beyond(float(got[worst]), band)
    return CheckedFact(
        name,
        "out of band" if beyond > 0 else "in band",
        "tolerance",
        _place(told, float(x[worst])) if isinstance(told, Curve) else "",
        told.unit,
        None if isinstance(usual, Missing) else float(expected[worst]),
        float(got[worst]),
        band,
        beyond,
        ratios[worst],
    )


def _ratio(expected: float, got: float, low: float, high: float) -> float | None:
    """Return how far towards the edge of its band a value lies: 1 is the edge, None where nothing is allowed."""
    if got == expected and low <= got <= high:
        return 0.0
    if low <= expected <= high:
        reach = high - expected if got > expected else expected - low
        return None if reach <= 0 else 0.0 if math.isinf(reach) else abs(got - expected) / reach
    # The baseline itself lies outside a stated range: the middle of the range is as good as it gets.
    if math.isinf(low) or math.isinf(high):
        return 0.0 if low <= got <= high else None
    return None if high == low else abs(got - (low + high) / 2) / ((high - low) / 2)


def _beyond(got: float, band: Interval) -> float:
    return max(0.0, got - band.high, band.low - got)


def _value(side: Jackknife | Missing, x: float | None) -> float:
    """Return a fact at one of its points, as it was compared: where it was read over windows, their mean."""
    assert isinstance(side, Jackknife)
    place = 0 if x is None else int(np.flatnonzero(side.x == x)[0])
    fact = side.fact
    value = float(fact.value[place]) if isinstance(fact, Curve) else fact.value
    if np.isclose(float(to_scale(np.array(value), fact.scale)), side.value[place], rtol=1e-12, atol=0):
        return value
    return float(from_scale(side.value[place], fact.scale))


def _at(fact: Fact, x: float) -> float:
    if isinstance(fact, Curve):
        return float(fact.value[fact.x == x][0])
    assert isinstance(fact, Estimate)
    return fact.value


def _place(curve: Curve, x: float) -> str:
    return f"{curve.at(x)} {curve.x_unit}" if curve.x_unit in _SHORT_UNITS else curve.at(x)
