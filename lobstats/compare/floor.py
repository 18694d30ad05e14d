"""The noise floor: how far apart two samples of the real market would be, and the verdict against it."""

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.compare.distances import DISTANCES, JOINT, Support, distances, error_norms, spread
from lobstats.result import Interval

__all__ = ["Distance", "SeriesComparison", "Verdict", "compare_series", "sides_of_nature"]

Verdict = Literal["within noise", "close", "apart"]

DRAWS = 2000
_CHUNK = 100
_LEAST_OWN_UNITS = 5
_WIDEST = 1.5
_MOST_SESSIONS = 45  # 990 pairs settle a median

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Distance:
    """One distance, the floor it is held against, and how far two parts of the real sample lie apart.

    ``drift`` is that natural variation over the floor: well above one, the real sample itself drifts.
    """

    value: float
    floor: float
    ratio: float | None
    ci: Interval
    natural_variation: float

    @property
    def drift(self) -> float | None:
        """Natural variation over the floor; None where the floor is zero."""
        return self.natural_variation / self.floor if self.floor > 0 else None

    def to_dict(self) -> dict[str, Any]:
        """Return the distance as plain numbers, ready for JSON."""
        out: dict[str, Any] = {"value": self.value, "floor": self.floor, "ratio": self.ratio}
        if self.ratio is None:
            out["missing"] = "the floor is zero"
        return {**out, "ci": self.ci.to_dict(), "natural_variation": self.natural_variation, "drift": self.drift}


@dataclass(frozen=True)
class SeriesComparison:
    """A series' distances and their joint verdict.

    Attributes
    ----------
    distances : dict of str to Distance
        By the names of `DISTANCES`.
    scale : float
        The real side's spread, its mean distance from the median: Wasserstein over it has no unit.
    joint : float or None
        The largest distance in units of its noise over the noise of that largest; None where the floor is zero.
    p : float
        Share of pairs of real samples at least as far apart, inflated for dependence.
    p_holm : float or None
        The same, adjusted for the number of series that are judged (Holm).
    verdict : {"within noise", "close", "apart"} or None
        None where the series is shown without one; ``missing`` says why.
    units, generated_units : int
        How many real units there are, and how many of them the generated sample is worth.
    rho : float
        Correlation of neighbouring real blocks.
    flag : str or None
        "dependence longer than the sample" where the error rate is not promised.
    """

    distances: dict[str, Distance]
    scale: float
    joint: float | None
    p: float
    verdict: Verdict | None
    units: int
    generated_units: int
    rho: float
    flag: str | None
    p_holm: float | None = None
    missing: str | None = None

    @property
    def wasserstein_relative(self) -> float | None:
        """Wasserstein over the real side's spread; None where all its values are one."""
        return self.distances["wasserstein"].value / self.scale if self.scale > 0 else None

    def without_verdict(self, reason: str) -> "SeriesComparison":
        """Return the same distances, shown without a verdict."""
        return replace(self, verdict=None, missing=reason)

    def to_frame(self) -> pd.DataFrame:
        """Return the distances as a frame, indexed by their names.

        Columns ``value``, ``low``, ``high``, ``floor``, ``ratio`` (infinite over a floor of zero),
        ``natural_variation`` and ``drift``.
        """
        rows = {
            name: {
                "value": one.value,
                "low": one.ci.low,
                "high": one.ci.high,
                "floor": one.floor,
                "ratio": math.inf if one.ratio is None else one.ratio,
                "natural_variation": one.natural_variation,
                "drift": math.nan if one.drift is None else one.drift,
            }
            for name, one in self.distances.items()
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("distance")

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain numbers, ready for JSON."""
        return {
            **({} if self.missing is None else {"missing": self.missing}),
            **{name: distance.to_dict() for name, distance in self.distances.items()},
            "scale": self.scale,
            "wasserstein_relative": self.wasserstein_relative,
            "joint": self.joint,
            "p": self.p,
            "p_holm": self.p_holm,
            "verdict": self.verdict,
            "units": self.units,
            "generated_units": self.generated_units,
            "rho": self.rho,
            "flag": self.flag,
        }


def compare_series(
    real: Floats,
    generated: Floats,
    support: Support,
    *,
    generated_units: int,
    factor: float,
    rho: float,
    flagged: bool,
    nature: list[tuple[Floats, Floats]],
    level: float,
    rng: np.random.Generator,
    baseline: Floats | None = None,
    draws: int = DRAWS,
) -> SeriesComparison:
    """Hold the distances between two samples against those between two samples of the real market.

    Those are both drawn from the real units; or, with a baseline, the second from the baseline's, and what lies between
    the two whole samples is not inflated.

    Parameters
    ----------
    real : ndarray, shape (m, k)
        Counts of the real units.
    generated : ndarray, shape (g, k)
        Counts of the generated units.
    support : Support
    generated_units : int
        How many real units the generated sample is worth, q.
    factor : float
        Inflation of resampled quantiles, a.
    rho : float
        Correlation of neighbouring units, kept for the report.
    flagged : bool
        Whether the real sample is too short for its memory.
    nature : list of pairs of ndarray, shape (k,)
        Parts of the real sample whose distance is its natural variation.
    level : float
        The quantile of the floor.
    rng : numpy.random.Generator
    baseline : ndarray, shape (b, k), optional
        Counts of the units of a second real sample.
    draws : int
        How often both are resampled.
    """
    m, q = len(real), generated_units
    observed = distances(real.sum(axis=0), generated.sum(axis=0), support)
    null, error = _draws(real, generated, real if baseline is None else baseline, support, q, rng, draws)
    if baseline is not None:
        # Only the noise is inflated, so that the draws below can be held against the factor as without a baseline.
        between = distances(real.sum(axis=0), baseline.sum(axis=0), support)
        null = np.maximum(null, between) - between + between / factor
    quantile = np.quantile(null, level, axis=0)
    floor = _bounded(factor * quantile, factor * np.quantile(error, level, axis=0), q)
    ratio = _ratio(observed, floor)

    scale = np.where(quantile > 0, quantile, 1.0)
    null_joint, error_joint = ((draws / scale)[:, :JOINT].max(axis=1) for draws in (null, error))
    joint_floor = _bounded(factor * np.quantile(null_joint, [level]), factor * np.quantile(error_joint, [level]), q)
    observed_joint = float((observed / scale)[:JOINT].max())
    degenerate = bool(((quantile == 0) & (observed > 0)).any())
    joint = None if degenerate else float(_ratio(np.array([observed_joint]), joint_floor)[0])
    stray = _chance_of_strays(real, generated) if degenerate else 0.0
    p = max(stray, (1 + int((factor * null_joint >= observed_joint).sum())) / (draws + 1))

    parts = [distances(a, b, support) for a, b in nature if a.any() and b.any()]
    variation = np.median(parts, axis=0) if parts else np.zeros(len(DISTANCES))
    if stray > 1 - level or (joint is not None and joint <= 1):
        verdict: Verdict = "within noise"
    else:
        verdict = "apart" if degenerate or bool((observed - floor > variation)[:JOINT].any()) else "close"
    named = {
        name: Distance(
            value=float(observed[i]),
            floor=float(floor[i]),
            ratio=None if math.isinf(ratio[i]) else float(ratio[i]),
            ci=Interval(max(0.0, float(observed[i] - floor[i])), float(observed[i] + floor[i]), level),
            natural_variation=float(variation[i]),
        )
        for i, name in enumerate(DISTANCES)
    }
    flag = "dependence longer than the sample" if flagged else None
    return SeriesComparison(named, spread(real.sum(axis=0), support), joint, p, verdict, m, q, rho, flag)


def sides_of_nature(sessions: NDArray[np.int64]) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Return the pairs of parts of a real sample whose difference is its natural variation, as masks of units.

    Every two sessions, of many sessions 45 spread evenly; the first half against the second where there is only one.
    """
    numbers = np.unique(sessions)
    if len(numbers) > _MOST_SESSIONS:
        numbers = numbers[np.linspace(0, len(numbers) - 1, _MOST_SESSIONS).round().astype(int)]
    if len(numbers) == 1:
        first = np.arange(len(sessions)) < len(sessions) // 2
        return [(first, ~first)]
    return [(sessions == a, sessions == b) for a, b in combinations(numbers, 2)]


def _draws(
    real: Floats, generated: Floats, like: Floats, support: Support, q: int, rng: np.random.Generator, total: int
) -> tuple[Floats, Floats]:
    """Return distances between resampled real samples, and norms of the resampling errors of both, shape (S, 5).

    The second real sample is drawn from the units ``like``.
    """
    m, g = len(real), len(generated)
    p_real, p_generated, p_like = (counts.sum(axis=0) / counts.sum() for counts in (real, generated, like))
    middle = (p_real + p_generated) / 2
    null, error = [], []
    for start in range(0, total, _CHUNK):
        draws = min(_CHUNK, total - start)
        r = _weights(m, m, draws, rng) @ real
        like_generated = _weights(q, len(like), draws, rng) @ like
        own = _weights(g, g, draws, rng) @ generated
        # A draw may miss every unit in which anything was counted; it then says nothing and stands for no distance.
        r, like_generated, own = (
            np.where(c.sum(axis=1, keepdims=True) > 0, c, whole)
            for c, whole in ((r, p_real), (like_generated, p_like), (own, p_generated))
        )
        null.append(distances(r, like_generated, support))
        shift = r / r.sum(axis=1, keepdims=True) - p_real - own / own.sum(axis=1, keepdims=True) + p_generated
        error.append(error_norms(shift, middle, support))
    return np.concatenate(null), np.concatenate(error)


def _weights(size: int, units: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return how often each unit is drawn, as floats: a product of whole numbers with floats is no fast one.

    Places are drawn and counted: a multinomial draw takes seven times as long.
    """
    drawn = rng.integers(units, size=(draws, size)) + units * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * units).reshape(draws, units).astype(np.float64)


def _chance_of_strays(real: Floats, generated: Floats) -> float:
    """Return how likely it is that chance alone puts all that the real side never shows on the generated side.

    Each unit with such values is one event, for they come in bursts; where every unit has some, each observation is.
    An event falls on a side as observations do: (n_G / (n_R + n_G))^events. Without such values, 0.
    """
    strays = generated[:, real.sum(axis=0) == 0].sum(axis=1)
    events = int(np.count_nonzero(strays))
    if events == len(generated):
        events = int(strays.sum())
    share = generated.sum() / (real.sum() + generated.sum())
    return float(share**events) if events else 0.0


def _bounded(floor: Floats, error: Floats, q: int) -> Floats:
    """Widen a floor by the samples' own error, by half at most: a wandering generator must not buy a wide floor."""
    return np.minimum(np.maximum(floor, error), _WIDEST * floor) if q >= _LEAST_OWN_UNITS else floor


def _ratio(observed: Floats, floor: Floats) -> Floats:
    ratio = np.where(observed > 0, np.inf, 0.0)
    return np.divide(observed, floor, out=ratio, where=floor > 0)
