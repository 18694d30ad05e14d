"""Rows of a ranking: how far each model lies from the market, in units of noise, under re-weighted units.

A row is evaluated many times at once: as it is, under draws of units, and without each unit in turn. The weights of
real units are the same for all rows and all models, which is what pairs them.
"""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import DISTANCES, JOINT, SERIES, Support, count_rows, distances
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.compare.results import Generated
from lobstats.engine import Observations
from lobstats.inference import LEAST_UNITS, Jackknife, UnitKind, to_scale
from lobstats.metrics import collect
from lobstats.result import Missing
from lobstats.summary.summary import Summary

__all__ = ["FARTHEST", "LACKING", "Contender", "Row", "Weights", "draw_weights", "make_rows", "topic_of"]

DRAWS = 400
FARTHEST = 100.0
"""The ratio beyond which a row counts no more: one wild price must not decide a ranking."""

LACKING = 2.0
"""The least that a row counts which a model lacks: twice the noise, which is apart."""

_CHUNK = 100
_LARGEST = 10_000.0
_WIDEST = 1.5

Floats = NDArray[np.float64]


class Contender(NamedTuple):
    """A model with its units, of one kind, and its facts; ``usual`` are the real side's at its length."""

    found: Generated
    units: Sequence[Summary]
    kind: UnitKind
    facts: Mapping[str, Jackknife | Missing]
    usual: Mapping[str, Jackknife | Missing]

    @property
    def lent(self) -> bool:
        """Whether it has too few units for errors of its own, and lends those of the real side."""
        return len(self.units) < LEAST_UNITS


@dataclass(frozen=True)
class Weights:
    """Weights of units, one row for each evaluation.

    Evaluation 0 is of the samples as they are; draws follow, then all real units but each, then all own units but each.

    Attributes
    ----------
    real : ndarray, shape (evaluations, m)
    own : ndarray, shape (evaluations, g)
        Of the model's units; of real units where it lends their error.
    draws : int
    seed : int
        For what is drawn beside units.
    """

    real: Floats
    own: Floats
    draws: int
    seed: tuple[int, int]


@dataclass(frozen=True)
class Row:
    """A row of the ranking.

    Attributes
    ----------
    name, family, topic : str
        Rows of one topic read the same thing of the stream, and count as one.
    logs : list of ndarray or None, one for each model, shape (evaluations,)
        ln of the ratio to the common floor, from 0 (within noise) to ln 100; None where the model lacks the row.
    ratios : list of float or None
        The ratio itself, at most 10,000.
    leading : list of str
        For a series, the distance with the largest ratio.
    """

    name: str
    family: str
    topic: str
    logs: list[Floats | None]
    ratios: list[float | None]
    leading: list[str]


def draw_weights(m: int, contender: Contender, seed: int) -> Weights:
    """Draw real units alike for all models, and own units by what the model holds, not by its place among others."""
    # Counts are whole; values differ in their last digits from machine to machine, and would draw all anew.
    own_seed = zlib.crc32(b"".join(np.int64(fact.fact.n).tobytes() for fact in _known(contender.facts)))
    common, alone = np.random.default_rng(seed), np.random.default_rng([seed, own_seed])
    real = common.multinomial(m, np.full(m, 1 / m), DRAWS).astype(np.float64)
    g = m if contender.lent else len(contender.units)
    size = max(1, contender.found.worth) if contender.lent else g
    own = alone.multinomial(size, np.full(g, 1 / g), DRAWS).astype(np.float64)
    left = 0 if contender.lent else g
    return Weights(
        np.concatenate([np.ones((1, m)), real, 1 - np.eye(m), np.ones((left, m))]),
        np.concatenate([np.ones((1, g)), own, np.ones((m, g)), 1 - np.eye(g)[:left]]),
        DRAWS,
        (seed, own_seed),
    )


def make_rows(
    real: Observations,
    real_units: Sequence[Summary],
    real_facts: Mapping[str, Jackknife | Missing],
    contenders: Sequence[Contender],
    weights: Sequence[Weights],
    level: float,
) -> list[Row]:
    """Return every row that is judged for one model at least."""
    rows = [_series_row(name, real_units, contenders, weights) for name in SERIES]
    names = dict.fromkeys(name for one in contenders for name in one.found.comparisons)
    for number, name in enumerate(names):
        if name.startswith(f"{MESSAGES}."):
            rows.append(_message_row(name, number, real, contenders, weights, level))
        else:
            rows.append(_fact_row(name, real_facts[name], contenders, weights))
    return [row for row in rows if row is not None]


def _series_row(
    name: str, real_units: Sequence[Summary], contenders: Sequence[Contender], weights: Sequence[Weights]
) -> Row | None:
    found = [one.found.distances[name] for one in contenders]
    judged = [i for i, own in enumerate(found) if isinstance(own, SeriesComparison) and own.verdict is not None]
    if not judged:
        return None
    compared = {i: own for i in judged if isinstance(own := found[i], SeriesComparison)}
    values, floors = (
        {i: np.array([getattr(own.distances[d], what) for d in DISTANCES[:JOINT]]) for i, own in compared.items()}
        for what in ("value", "floor")
    )
    common = np.max(list(floors.values()), axis=0)
    # The largest of several ratios is judged as one: by how much, the comparisons themselves say.
    together = _least([(own.joint, float(_over(values[i], floors[i]).max())) for i, own in compared.items()])
    groups, support = count_rows(name, real_units, *(contenders[i].units for i in judged))
    ratios: list[Floats | None] = [None] * len(contenders)
    leading = [""] * len(contenders)
    for i, own_counts in zip(judged, groups[1:], strict=True):
        apart = _distances(groups[0], own_counts, support, weights[i], lent=contenders[i].lent)
        ratios[i] = together * _over(apart, common).max(axis=-1)
        leading[i] = DISTANCES[int(np.argmax(_over(values[i], common)))]
    return _row(name, SERIES[name].family, f"distribution of {name}", ratios, leading)


def _distances(real: Floats, own: Floats, support: Support, weights: Weights, *, lent: bool) -> Floats:
    """Return the joint distances between re-weighted samples, shape (evaluations, 3)."""
    out = []
    p_real, p_own = real.sum(axis=0) / real.sum(), own.sum(axis=0) / own.sum()
    for start in range(0, len(weights.real), _CHUNK):
        at = slice(start, start + _CHUNK)
        r = _or_whole(weights.real[at] @ real, p_real)
        if lent:
            drawn = _or_whole(weights.own[at] @ real, p_real)
            shifted = p_own + drawn / drawn.sum(axis=1, keepdims=True) - p_real
            g = _or_whole(np.maximum(shifted, 0.0), p_own)
        else:
            g = _or_whole(weights.own[at] @ own, p_own)
        out.append(distances(r, g, support)[:, :JOINT])
    return np.concatenate(out)


def _or_whole(counts: Floats, whole: Floats) -> Floats:
    """Take the whole sample where the units drawn hold nothing."""
    return np.where(counts.sum(axis=1, keepdims=True) > 0, counts, whole)


def _fact_row(
    name: str, real: Jackknife | Missing, contenders: Sequence[Contender], weights: Sequence[Weights]
) -> Row | None:
    judged: dict[int, tuple[FactComparison, Jackknife]] = {}
    for i, one in enumerate(contenders):
        compared, fact = one.found.comparisons[name], one.facts[name]
        if isinstance(compared, FactComparison) and isinstance(fact, Jackknife):
            judged[i] = compared, fact
    if not judged or isinstance(real, Missing) or real.error is None or real.pseudo_values is None:
        return None
    m = len(real.pseudo_values)
    # Points that all models share with the real side: a floor is common only where all have one.
    x = real.x
    for _, fact in judged.values():
        x = np.intersect1d(x, fact.x)
    if not len(x):
        return None
    at = _places(real.x, x)
    places = {i: _places(fact.x, x) for i, (_, fact) in judged.items()}
    error = real.error[at]
    scale = {}
    for i, (_, fact) in judged.items():
        lent = error * math.sqrt(m / max(1, contenders[i].found.worth))
        own = lent if fact.error is None else np.minimum(fact.error[places[i]], _WIDEST * lent)
        scale[i] = np.hypot(error, own)
    common: Floats = np.stack(list(scale.values())).max(axis=0)
    if common.any():
        common = np.where(common > 0, common, np.inf)  # a point without a floor says nothing where others have one
    real_pseudo = real.pseudo_values[:, at]
    gap = {
        i: _held_against(contenders[i], name, real).value[at] - fact.value[places[i]] for i, (_, fact) in judged.items()
    }
    # What turns errors into floors, Student's quantile and the number of points, the comparisons themselves say.
    factor = _least([(own.ratio, float(_over(np.abs(gap[i]), scale[i]).max())) for i, (own, _) in judged.items()])
    ratios: list[Floats | None] = [None] * len(contenders)
    for i, (_, fact) in judged.items():
        if fact.pseudo_values is None or contenders[i].lent:
            moved = np.zeros(1) if not contenders[i].lent else _mean_shift(weights[i].own, real_pseudo)
        else:
            moved = _mean_shift(weights[i].own, fact.pseudo_values[:, places[i]])
        apart = np.abs(gap[i] + _mean_shift(weights[i].real, real_pseudo) - moved)
        ratios[i] = factor * _over(apart, common).max(axis=-1)
    return _row(name, name.split(".")[0], topic_of(name), ratios)


def _held_against(one: Contender, name: str, real: Jackknife) -> Jackknife:
    usual = one.usual[name]
    return real if isinstance(usual, Missing) else usual


def _places(own: Floats, x: Floats) -> NDArray[np.int64]:
    """Return where each of some sorted points stands among a curve's own, which may stand in any order."""
    order = np.argsort(own)
    return np.asarray(order[np.searchsorted(own, x, sorter=order)])


def _mean_shift(weights: Floats, pseudo: Floats) -> Floats:
    """Return how a re-weighted mean of pseudo-values lies from the plain one, shape (evaluations, points)."""
    return np.asarray(weights @ (pseudo - pseudo.mean(axis=0)) / weights.sum(axis=1, keepdims=True))


def _message_row(
    name: str,
    number: int,
    real: Observations,
    contenders: Sequence[Contender],
    weights: Sequence[Weights],
    level: float,
) -> Row | None:
    from scipy.special import ndtri

    found = [one.found.comparisons[name] for one in contenders]
    floors = [own.floor for own in found if isinstance(own, FactComparison)]
    if not floors:
        return None
    fault, z = name.removeprefix(f"{MESSAGES}."), float(ndtri((1 + level) / 2))
    usual = real.tallies[fault].rate(level)
    ratios: list[Floats | None] = [None] * len(contenders)
    for i, (own, one) in enumerate(zip(found, contenders, strict=True)):
        if not isinstance(own, FactComparison) or usual is None:
            continue
        rate = one.found.observations.tallies[fault].rate(level)
        if rate is None:
            continue
        first, high, share, low = (_angle(v) for v in (usual.rate, usual.high, rate.rate, rate.low))
        noise = np.zeros(len(weights[i].real))
        seed, own_seed = weights[i].seed
        alike, alone = (np.random.default_rng([seed, number, extra]) for extra in (0, own_seed))
        noise[1 : 1 + weights[i].draws] = (share - low) / z * alone.standard_normal(weights[i].draws) - (
            high - first
        ) / z * alike.standard_normal(weights[i].draws)
        ratios[i] = _over(np.maximum(share - first + noise, 0.0), np.array(max(floors)))
    return _row(name, MESSAGES, name, ratios)


def _row(
    name: str, family: str, topic: str, ratios: Sequence[Floats | None], leading: Sequence[str] | None = None
) -> Row:
    """Count ratios between 1 and `FARTHEST`: within noise nothing is better, and farther than far nothing worse."""
    logs = [None if own is None else np.log(np.clip(own, 1.0, FARTHEST)) for own in ratios]
    first = [None if own is None else min(float(own[0]), _LARGEST) for own in ratios]
    return Row(name, family, topic, logs, first, list(leading or [""] * len(ratios)))


def _angle(share: float) -> float:
    return float(to_scale(np.array(share), "arcsine"))


def topic_of(name: str) -> str:
    """Return what a fact reads of the stream; one by kind reads what it reads for all kinds together."""
    metrics = collect()
    return f"facts of {metrics.get(name.removesuffix('_by_kind'), metrics[name]).field}"


def _known(facts: Mapping[str, Jackknife | Missing]) -> list[Jackknife]:
    return [fact for fact in facts.values() if isinstance(fact, Jackknife)]


def _over(value: Floats, floor: Floats) -> Floats:
    """Return ratios; what differs where the floor is zero is as far as anything counts."""
    out = np.where(value > 0, np.inf, 0.0)
    return np.divide(value, floor, out=out, where=np.broadcast_to(floor > 0, value.shape))


def _least(pairs: Sequence[tuple[float | None, float]]) -> float:
    """Return the smallest ratio between what was reported and what was found: of the widest floor."""
    known = [told / own for told, own in pairs if told is not None and 0 < own < math.inf]
    return min(known, default=1.0)
