"""The corrected scores: bins and scale of the real side, whole sequences as units, and a noise floor."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import Support, pooled
from lobstats.compare.floor import SeriesComparison, compare_series, sides_of_nature
from lobstats.compare.lob_bench.scores import CONDITIONAL, SCORES, ConditionalScore
from lobstats.compare.lob_bench.sequences import Floats, Sequences
from lobstats.compare.series_rows import with_holm
from lobstats.compare.units import inflation, neighbour_correlation
from lobstats.inference import LEAST_UNITS
from lobstats.progress import advance, expect
from lobstats.result import Missing

__all__ = ["Judged", "censored", "judge", "judge_conditional", "judge_scores", "score_over_topics"]

Judged = SeriesComparison | Missing

_DRAWS = 500
_STEPS = 32  # to the real side's spread
_FEW = 256  # distinct values that are kept as they are
_HOUR = 3600.0
_FARTHEST = 100.0  # floors: one wild score decides nothing


def judge_scores(real: Sequences, generated: Sequences, *, level: float, seed: int) -> dict[str, Judged]:
    """Return the corrected form of each of the 21 scores, with p values adjusted for their number (Holm)."""
    found: dict[str, Judged] = {}
    expect(len(SCORES), "scores")
    for number, (name, one) in enumerate(SCORES.items()):
        advance()
        sides = [[one.corrected(s) for s in side] for side in (real, generated)]
        found[name] = judge(*sides, level=level, rng=np.random.default_rng([seed, number]))
    return with_holm(found)


def score_over_topics(found: Mapping[str, Judged]) -> float | None:
    """Return the geometric mean over topics, in each over scores, of how many floors a sample is away, 1 at least.

    1 is a sample with nothing beyond noise. None where a score is missing: what is missing is not passed over.
    """
    logs: dict[str, list[float]] = {}
    for name, one in found.items():
        if not isinstance(one, SeriesComparison):
            return None
        ratio = _FARTHEST if one.joint is None else min(max(one.joint, 1.0), _FARTHEST)
        logs.setdefault(SCORES[name].topic, []).append(math.log(ratio))
    return math.exp(float(np.mean([np.mean(own) for own in logs.values()])))


def _judge_classes(
    one: ConditionalScore, real: Sequences, generated: Sequences, *, level: float, seed: int
) -> dict[str, Judged]:
    """Return the comparison within each class of what a conditional score is conditioned on.

    Parameters
    ----------
    one : ConditionalScore
    real, generated : sequence of LobsterSequence
    level : float
    seed : int
    """
    sides = [[(one.values(s)[s.two_sided], one.given(s)[s.two_sided]) for s in side] for side in (real, generated)]
    advance()
    classes = _classes(one, np.concatenate([given for _, given in sides[0]]))
    found: dict[str, Judged] = {}
    for number, (label, inside) in enumerate(classes.items()):
        own = [[values[inside(given)] for values, given in side] for side in sides]
        found[label] = judge(*own, level=level, rng=np.random.default_rng([seed, number]))
    return with_holm(found)


def judge(real: Sequence[Floats], generated: Sequence[Floats], *, level: float, rng: np.random.Generator) -> Judged:
    """Hold two sides' values against each other, one array for each sequence, which is the unit.

    Values are taken to a thirty-second of the real side's spread where there are more than a few hundred distinct ones.
    """
    first, second = (np.concatenate([np.empty(0), *side]) for side in (real, generated))
    if not len(first) or not len(second):
        return Missing(f"no value in the {'generated' if len(first) else 'real'} sample")
    says = sum(len(values) > 0 for values in real)
    if says < LEAST_UNITS:
        return Missing(f"{says} of {len(real)} real sequences hold a value; a verdict needs {LEAST_UNITS}")
    places, x = _lattice(first, second)
    counts = [_counts(side, place, len(x)) for side, place in zip((real, generated), places, strict=True)]
    alone = np.zeros(len(real), dtype=np.int64)
    rho = neighbour_correlation(counts[0], alone)
    factor, flagged = inflation(rho, len(real), "block", level)
    return compare_series(
        counts[0],
        counts[1],
        Support(x, pooled(np.arange(len(x)), counts[0].sum(axis=0))),
        generated_units=max(1, round(len(second) / len(first) * len(real))),
        factor=factor,
        rho=rho,
        flagged=flagged,
        nature=[(counts[0][a].sum(axis=0), counts[0][b].sum(axis=0)) for a, b in sides_of_nature(alone)],
        level=level,
        rng=rng,
        draws=_DRAWS,
    )


def _lattice(real: Floats, generated: Floats) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], Floats]:
    """Return the place of each value of both sides among distinct values, and these."""
    both = np.concatenate([real, generated])
    if len(np.unique(both)) > _FEW:
        median = np.median(real)
        step = np.abs(real - median).mean() / _STEPS
        if step > 0:
            steps = np.rint((both - median) / step)
            # Far from everything real, eight binary digits do: a model may write any value.
            mantissa, exponent = np.frexp(steps)
            steps = np.where(np.abs(steps) > _FEW, np.ldexp(np.rint(mantissa * _FEW), exponent) / _FEW, steps)
            both = median + step * steps
    x, place = np.unique(both, return_inverse=True)
    return (place[: len(real)], place[len(real) :]), x


def _counts(side: Sequence[Floats], place: NDArray[np.int64], size: int) -> Floats:
    unit = np.repeat(np.arange(len(side)), [len(values) for values in side])
    flat = np.bincount(unit * size + place, minlength=len(side) * size)
    return flat.reshape(len(side), size).astype(np.float64)


def _classes(one: ConditionalScore, real: Floats) -> dict[str, Callable[[Floats], NDArray[np.bool_]]]:
    if one.corrected_classes == "hours":
        hours = np.unique(real // _HOUR)
        return {f"{int(hour):02d}:00": partial(_in_hour, hour) for hour in hours}
    low, high = np.quantile(real, [1 / 3, 2 / 3])
    return {
        f"at most {low:.4g}": lambda given: given <= low,
        f"to {high:.4g}": lambda given: (given > low) & (given <= high),
        f"above {high:.4g}": lambda given: given > high,
    }


def _in_hour(hour: float, given: Floats) -> NDArray[np.bool_]:
    return np.asarray(given // _HOUR == hour)


def judge_conditional(
    real: Sequences, generated: Sequences, *, level: float, seed: int
) -> dict[str, dict[str, Judged]]:
    """Return each conditional score's comparison by class."""
    expect(len(CONDITIONAL), "scores")
    return {
        name: _judge_classes(one, real, generated, level=level, seed=seed + number)
        for number, (name, one) in enumerate(CONDITIONAL.items())
    }


def censored(side: Sequences) -> dict[str, float | None]:
    """Return what the corrected form leaves out or keeps apart, as shares of what could be.

    ``equal_times``: messages with the time of the one before; ``times_backwards``: with an earlier one; ``one_sided``:
    messages after which a side of the book is empty; ``not_cancelled``: orders followed for a second that their owner
    does not cancel within it.
    """
    gaps = np.concatenate([np.diff(s.time) for s in side])
    sided = np.concatenate([s.two_sided for s in side])
    lasted = np.concatenate([SCORES["log_time_to_cancel"].corrected(s) for s in side])
    return {
        "equal_times": float((gaps == 0).mean()) if len(gaps) else None,
        "times_backwards": float((gaps < 0).mean()) if len(gaps) else None,
        "one_sided": float((~sided).mean()) if len(sided) else None,
        "not_cancelled": float((lasted >= 0).mean()) if len(lasted) else None,
    }
