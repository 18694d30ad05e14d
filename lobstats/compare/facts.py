"""Facts of two samples held against each other: the same three verdicts as for series."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.floor import Verdict
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, from_scale, skewness
from lobstats.joint import deviations, draws_for, least_p, shared_p, student, student_draws
from lobstats.result import Curve, Interval

__all__ = ["FactComparison", "Gap", "compare_facts"]

_WIDEST = 1.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gap:
    """One way in which two facts differ, on the fact's own scale.

    Attributes
    ----------
    difference : float
    floor : float
        What two samples of one market stay within.
    natural_variation : float
        The same difference between parts of the real sample.
    """

    difference: float
    floor: float
    natural_variation: float

    @property
    def ratio(self) -> float | None:
        """The difference over its floor, None where the floor is zero and the difference is not."""
        if self.floor > 0:
            return self.difference / self.floor
        return None if self.difference > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the gap as plain numbers, ready for JSON."""
        return {
            "difference": self.difference,
            "floor": self.floor,
            "ratio": self.ratio,
            **({"ratio_missing": "the floor is zero"} if self.ratio is None else {}),
            "natural_variation": self.natural_variation,
        }


@dataclass(frozen=True)
class FactComparison:
    """How far a fact differs, on the fact's own scale.

    Attributes
    ----------
    difference : float
        |g(real) - g(generated)|; for a curve, that of its largest or integrated gap, whichever has the larger ratio.
    floor : float
        The difference that two samples of one market stay within at the level of the report; for a curve, all points
        and the integrated gap together do.
    ratio : float or None
        None where the floor is zero and the difference is not.
    verdict : {"within noise", "close", "apart"}
        Of a curve, "apart" where any point or the integrated gap is, whichever of them is shown.
    natural_variation : float
        The same difference between single real sessions, or halves of the only one.
    scale : str
        The scale g: linear, log, atanh or arcsine.
    at : float or None
        Where on a curve; None for an estimate, and for a curve whose integrated gap is the one that is shown.
    at_label : str
        The same as text.
    flag : str or None
        Why the floor may be too low, None where nothing is known against it.
    largest : Gap or None
        Of a curve, at the point with the largest ratio.
    largest_at : float or None
        Where that is.
    integrated : Gap or None
        Of a curve, the mean of |g(real) - g(generated)| over its points, each counted once: they stand evenly in lag,
        or in the logarithm of the horizon.
    band : Interval or None
        What the generated value stays within, in the fact's own unit; of a curve, where `where` says.
    """

    difference: float
    floor: float
    ratio: float | None
    verdict: Verdict
    natural_variation: float
    scale: str
    at: float | None
    at_label: str = ""
    flag: str | None = None
    largest: Gap | None = None
    largest_at: float | None = None
    integrated: Gap | None = None
    band: Interval | None = None

    @property
    def by_mean(self) -> bool:
        """Whether difference, floor and ratio are those of a curve's mean gap, and of no single point."""
        return self.integrated is not None and self.at is None

    @property
    def where(self) -> float | None:
        """Where on a curve the two sides are shown: at its largest gap, whichever of the two gaps is judged farther."""
        return self.at if self.largest_at is None else self.largest_at

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain numbers, ready for JSON."""
        shown = Gap(self.difference, self.floor, self.natural_variation).to_dict()
        variation = shown.pop("natural_variation")
        out = {
            **shown,
            "verdict": self.verdict,
            "natural_variation": variation,
            "scale": self.scale,
            "at": self.at,
            **({"at_label": self.at_label} if self.at_label else {}),
            "flag": self.flag,
        }
        if self.largest is not None and self.integrated is not None:
            out["largest"] = {"at": self.largest_at, **self.largest.to_dict()}
            out["integrated"] = self.integrated.to_dict()
        return out


def compare_facts(
    real: Jackknife,
    generated: Jackknife,
    *,
    generated_units: int,
    nature: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    level: float,
    baseline: Jackknife | None = None,
) -> FactComparison:
    """Hold the difference of a fact against its noise.

    The floor adds the squares of what the two intervals reach towards each other (Zou and Donner): where the real value
    is the higher one, how far the real interval goes down and the generated one up. The generated one's reach counts
    for 1.5 sqrt(m / q) times the real one's at most, and it has one degree of freedom less than q at most. A generated
    sample of fewer than five units lends the real one's error.

    A curve is judged by two gaps together: the largest, at the point with the largest ratio, and the mean over all
    points. Draws of both samples' errors with the dependence that their units show give the p value at which, under one
    market, either of the two exceeds its floor with probability 1 - level; each floor is taken at that p value. Points
    at which no unit of either sample differs from the others have no floor, and are left out where others have one.

    Parameters
    ----------
    real, generated : Jackknife
        Of one fact, with one reference.
    generated_units : int
        How many real units the generated sample is worth, q.
    nature : list of pairs of masks, shape (m,) each
        Parts of the real sample whose difference is its natural variation.
    level : float
    baseline : Jackknife, optional
        Of a second real sample, whose difference from the first is added to the floors.

    Raises
    ------
    InsufficientDataError
        If the real error is not known, or two curves share no point.

    References
    ----------
    G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general approach", Statistics
    in Medicine 27 (2008) 1693, doi:10.1002/sim.3095; for draws see `lobstats.joint`.
    """
    if real.error is None or real.pseudo_values is None or real.telling is None:
        reason = "the real sample gives no interval"
        ci = real.fact.ci.to_dict() if real.fact.ci is not None else {}
        raise InsufficientDataError(f"{reason}: {ci['missing']}" if "missing" in ci else reason)
    x, at_real, at_generated = np.intersect1d(real.x, generated.x, return_indices=True)
    if isinstance(real.fact, Curve) and real.fact.labels and len(x) < len(real.x):
        lacking = ", ".join(real.fact.at(one) for one in np.setdiff1d(real.x, generated.x))
        msg = f"the generated sample tells nothing of {lacking}"
        raise InsufficientDataError(msg)
    if not len(x):
        msg = "the two curves share no point."
        raise InsufficientDataError(msg)
    apart = np.zeros(len(x))
    if baseline is not None:
        x, kept, at_baseline = np.intersect1d(x, baseline.x, return_indices=True)
        at_real, at_generated = at_real[kept], at_generated[kept]
        if not len(x):
            msg = "the baseline shares no point with the two curves."
            raise InsufficientDataError(msg)
        apart = np.abs(real.value[at_real] - baseline.value[at_baseline])
    sides = _Sides(real.cut(at_real), generated.cut(at_generated), generated_units)
    if isinstance(real.fact, Curve):
        # Where no unit of either side differs there is no floor; other points of the curve have one.
        with_floor = (apart + sides.floor(level) > 0) | (sides.difference == 0)
        if with_floor.any() and not with_floor.all():
            x, at_real, at_generated, apart = (one[with_floor] for one in (x, at_real, at_generated, apart))
            sides = _Sides(real.cut(at_real), generated.cut(at_generated), generated_units)
    pseudo = real.pseudo_values[:, at_real]
    between = np.abs([pseudo[a].mean(axis=0) - pseudo[b].mean(axis=0) for a, b in nature])
    difference = np.abs(sides.difference)
    if not isinstance(real.fact, Curve):
        gap = Gap(float(difference[0]), float(apart[0] + sides.floor(level)[0]), float(np.median(between)))
        return replace(_shown(gap, _verdict([gap]), real, None), band=sides.band(level, 0, float(apart[0])))
    at_points, whole_floor = sides.levels_of_curve(level)
    floor = sides.floor(at_points)
    variation = np.median(between, axis=0)
    points = [Gap(*map(float, one)) for one in zip(difference, apart + floor, variation, strict=True)]
    worst = max(range(len(points)), key=lambda i: _size(points[i]))
    integrated = Gap(
        float(difference.mean()), float(apart.mean()) + whole_floor, float(np.median(between.mean(axis=1)))
    )
    pointwise = _size(points[worst]) >= _size(integrated)
    found = _shown(
        points[worst] if pointwise else integrated,
        _verdict([*points, integrated]),
        real,
        float(x[worst]) if pointwise else None,
    )
    band = sides.band(at_points, worst, float(apart[worst]))
    return replace(found, largest=points[worst], largest_at=float(x[worst]), integrated=integrated, band=band)


@dataclass(frozen=True)
class _Sides:
    """A fact of both samples at the points that both have."""

    real: Jackknife
    generated: Jackknife
    q: int

    @property
    def difference(self) -> Floats:
        return self.real.value - self.generated.value

    @property
    def stretch(self) -> float:
        """How much larger the error of a sample of q units is than the real one's: sqrt(m / q)."""
        assert self.real.pseudo_values is not None
        return math.sqrt(len(self.real.pseudo_values) / self.q)

    @property
    def real_freedom(self) -> NDArray[np.int64]:
        assert self.real.telling is not None
        return self.real.telling - 1

    @property
    def generated_freedom(self) -> NDArray[np.int64]:
        if self.generated.error is None or self.generated.telling is None:
            return self.real_freedom
        return np.asarray(np.maximum(1, np.minimum(self.generated.telling, self.q) - 1))

    def floors(self, level: float) -> tuple[Floats, Floats]:
        """Return what the difference stays within above zero and below, shape (p,) each."""
        down, up = self.real.reaches(level, self.real_freedom)
        if self.generated.error is None:
            own_down, own_up = self._lent(level)
        else:
            most = _WIDEST * self.stretch * np.maximum(down, up)
            own_down, own_up = (
                np.minimum(reach, most) for reach in self.generated.reaches(level, self.generated_freedom)
            )
        return np.hypot(down, own_up), np.hypot(up, own_down)

    def floor(self, level: float) -> Floats:
        """Return the floor on the side on which the difference lies."""
        above, below = self.floors(level)
        return np.where(self.difference > 0, above, below)

    def band(self, level: float, place: int, beyond: float) -> Interval:
        """Return what the generated value stays within at one point, where the floor is wider by ``beyond``."""
        above, below = self.floors(level)
        value, scale = self.real.value[place], self.real.fact.scale
        ends = np.array([value - above[place] - beyond, value + below[place] + beyond])
        low, high = from_scale(ends, scale).tolist()
        return Interval(low, high, level)

    def _lent(self, level: float) -> tuple[Floats, Floats]:
        """Return the reaches of a sample without an error of its own.

        A value of so few units is skewed as theirs are, by the first Cornish-Fisher term: a high one is the farther
        from what it should be where units lean upwards, so that the interval goes the farther down.
        """
        assert self.real.error is not None
        assert self.real.pseudo_values is not None
        t = student(level, self.real_freedom)
        lean = skewness(self.real.pseudo_values) * (t**2 - 1) / (6 * math.sqrt(self.q))
        error = self.real.error * self.stretch
        down, up = self.real.reaches(level, self.real_freedom)
        return (
            np.maximum((t + np.maximum(lean, 0.0)) * error, np.where(error > 0, 0.0, down * self.stretch)),
            np.maximum((t + np.maximum(-lean, 0.0)) * error, np.where(error > 0, 0.0, up * self.stretch)),
        )

    def levels_of_curve(self, level: float) -> tuple[float, float]:
        """Return the level of each point, and the floor of the mean gap, at which they hold together at the level."""
        assert self.real.error is not None
        if len(self.real.x) == 1:
            return level, float(self.floor(level)[0])
        freedom = np.minimum(self.real_freedom, self.generated_freedom)
        drawn = student_draws(self._deviations(), freedom, draws_for(level))
        above, below = self.floors(level)
        mean_gap = (np.abs(drawn) / student(level, freedom) * np.where(drawn > 0, above, below)).mean(axis=1)
        least = least_p(drawn, freedom)
        shared = min(shared_p([-least, mean_gap], level), 1 - level)
        at_points = min(float(np.quantile(least, shared)), 1 - level)
        return 1 - at_points, float(np.quantile(mean_gap, 1 - shared))

    def _deviations(self) -> list[Floats]:
        real, generated = self.real, self.generated
        assert real.error is not None
        assert real.pseudo_values is not None
        own = deviations(real.pseudo_values, real.error)
        if generated.error is None or generated.pseudo_values is None:
            return [own, own * self.stretch]
        error = np.minimum(generated.error, _WIDEST * self.stretch * real.error)
        return [own, deviations(generated.pseudo_values, error)]


def _size(gap: Gap) -> float:
    return math.inf if gap.ratio is None else gap.ratio


def _verdict(gaps: Sequence[Gap]) -> Verdict:
    farther = [gap for gap in gaps if _size(gap) > 1]
    if not farther:
        return "within noise"
    return "apart" if any(gap.difference - gap.floor > gap.natural_variation for gap in farther) else "close"


def _shown(gap: Gap, verdict: Verdict, real: Jackknife, at: float | None) -> FactComparison:
    return FactComparison(
        difference=gap.difference,
        floor=gap.floor,
        ratio=gap.ratio,
        verdict=verdict,
        natural_variation=gap.natural_variation,
        scale=real.fact.scale,
        at=at,
        at_label=real.fact.at(at) if isinstance(real.fact, Curve) and real.fact.labels and at is not None else "",
    )
