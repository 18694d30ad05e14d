"""Whether a sample drifts from reality as it gets longer: its distance by tenth of each session."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.conditions import Stacked, holm, lay_out
from lobstats.compare.distances import DISTANCES, JOINT, Support, distances
from lobstats.compare.units import UnitPlan, inflation, neighbour_correlation
from lobstats.progress import advance
from lobstats.result import Missing
from lobstats.summary.conditional import OBSERVED, TENTHS

__all__ = ["Drift", "Horizon", "compare_drift"]

_DRAWS = 500
_CELLS = 2_000_000  # numbers in an array of draws
_THIRD = 3  # tenths at either end
_LEAST_WORTH = 3
_OWN_SESSIONS = 8
_ALIKE = 0.1

Reference = Literal["the same tenth of the real sessions", "the whole real sample"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NAMES = DISTANCES[:JOINT]


@dataclass(frozen=True)
class Drift:
    """How far each tenth of the generated sessions lies from reality, and whether the last ones lie farther.

    Attributes
    ----------
    values, floors : mapping of str to tuple of float
        By distance, ten each.
    ratios : tuple of float or None
        The largest of a tenth's distances in units of its noise, over the noise of that largest; None where the floor
        is zero and the distance is not.
    early, late : mapping of str to float
        The distances of the first and of the last three tenths together.
    ratio : float or None
        By how much the late distance exceeds the early one, over what real sessions would show.
    p, p_holm : float
        Share of draws without drift in which it does by as much; adjusted for the number of series.
    verdict : {"drifts", "no drift found"}
        By the adjusted p value.
    worth : float
        How many units three tenths of the generated sample are worth.
    """

    values: Mapping[str, tuple[float, ...]]
    floors: Mapping[str, tuple[float, ...]]
    ratios: tuple[float | None, ...]
    early: Mapping[str, float]
    late: Mapping[str, float]
    ratio: float | None
    p: float
    worth: float
    p_holm: float = 1.0
    verdict: Literal["drifts", "no drift found"] = "no drift found"

    def to_dict(self) -> dict[str, Any]:
        """Return the statement as plain numbers, ready for JSON."""
        return {
            "verdict": self.verdict,
            "ratio": self.ratio,
            "p": self.p,
            "p_holm": self.p_holm,
            "early": dict(self.early),
            "late": dict(self.late),
            "worth": self.worth,
            "tenths": {
                "ratio": list(self.ratios),
                **{name: {"value": list(self.values[name]), "floor": list(self.floors[name])} for name in _NAMES},
            },
        }


@dataclass(frozen=True)
class Horizon:
    """Drift by series, and what each tenth is held against.

    Attributes
    ----------
    reference : str
    series : mapping of str to Drift or Missing
    """

    reference: Reference
    series: Mapping[str, Drift | Missing]

    def to_dict(self) -> dict[str, Any]:
        """Return the statements as plain numbers, ready for JSON."""
        return {"reference": self.reference, "series": {name: one.to_dict() for name, one in self.series.items()}}


def compare_drift(
    real: Stacked,
    generated: Stacked,
    sessions: Ints,
    generated_sessions: Ints,
    *,
    plan: UnitPlan,
    lengths: tuple[float, float],
    duration_ns: int,
    level: float,
    seed: int,
) -> Horizon:
    """Hold each tenth of the generated sessions against reality, and the last three against the first three.

    Where the sessions of both sides are about as long, a tenth is held against the same tenth of the real sessions, so
    that the time of day, and what every market does as it opens, is no drift; else against the whole real sample.

    The contrast of a distance is D(late) - D(early). Its null keeps the mean difference between the samples, as a model
    that is wrong from the start has it, and adds resampled deviations of real units to both ends. Where the generated
    sample has eight sessions or more, its own deviations are tried as well, and the larger p value counts.

    Parameters
    ----------
    real, generated : Stacked
    sessions, generated_sessions : ndarray of int64, shapes (m,) and (g,)
        The session of each unit.
    plan : UnitPlan
    lengths : (float, float)
        Mean length of a real and of a generated session, in nanoseconds.
    duration_ns : int
        Of the whole generated sample.
    level : float
    seed : int
    """
    alike = abs(lengths[1] - lengths[0]) <= _ALIKE * lengths[0]
    reference: Reference = "the same tenth of the real sessions" if alike else "the whole real sample"
    found: dict[str, Drift | Missing] = {}
    for place, series in enumerate(OBSERVED):
        advance()
        units = []
        for side in (real, generated):
            unit, tenth, values, counts = side.of("tenth", series)
            units.append((unit * TENTHS + tenth, side.size * TENTHS, values, counts))
        if not all(len(values) for _, _, values, _ in units):
            found[series] = Missing(f"no observation in the {'generated' if len(units[0][2]) else 'real'} sample")
            continue
        (r, g), support = lay_out(series, units)
        r, g = (counts.reshape(-1, TENTHS, counts.shape[1]) for counts in (r, g))
        if not r.sum(axis=(0, 2)).all() or not g.sum(axis=(0, 2)).all():
            found[series] = Missing("a tenth of the sessions holds no observation")
            continue
        own = _of_sessions(g, generated_sessions)
        rng = np.random.default_rng([seed, place])
        whole = _ends(r.sum(axis=0)) if alike else np.repeat(r.sum(axis=(0, 1))[None], TENTHS + 2, axis=0)
        if plan.kind == "session" and alike:
            worth: float = max(1, round(min(len(own), g.sum() / r.sum() * len(r))))
            noise: _Together | _Apart = _Together(r, int(worth))
            factor = inflation(0.0, len(r), plan.kind, level)[0]
        else:
            pieces, of_session, length = _pieces(r, sessions, plan)
            worth = _THIRD / TENTHS * min(duration_ns / length, g.sum() / r.sum() * len(pieces))
            least = min(worth, _THIRD / TENTHS * len(pieces)) if alike else worth
            if least < _LEAST_WORTH:
                found[series] = Missing(
                    f"three tenths of the sessions are worth {least:.2g} "
                    f"{'blocks' if plan.kind == 'block' else 'tenths of a real session'} of {length / 1e9:,.4g} s; "
                    f"to tell drift from chance takes {_LEAST_WORTH}"
                )
                continue
            noise = _Apart(pieces, worth / _THIRD, r.sum(axis=(0, 2)) if alike else None)
            factor = inflation(neighbour_correlation(pieces, of_session), len(pieces), "block", level)[0]
        found[series] = _drift(_masses(whole), own, support, noise, factor=factor, worth=worth, level=level, rng=rng)
    return Horizon(reference, _with_holm(found, level))


def _pieces(real: Floats, sessions: Ints, plan: UnitPlan) -> tuple[Floats, Ints, int]:
    """Return the pieces of the real sample that are drawn, the session of each and their length: blocks, or tenths."""
    pieces, length = real.sum(axis=1), plan.length_ns
    if plan.kind == "session":
        pieces, length = real.reshape(-1, real.shape[2]), length // TENTHS
        sessions = np.repeat(sessions, TENTHS)
    says = pieces.any(axis=1)
    return pieces[says], sessions[says], length


def _of_sessions(units: Floats, sessions: Ints) -> Floats:
    """Return the counts of each session, shape (sessions, 10, k)."""
    number = np.unique(sessions, return_inverse=True)[1]
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    return np.asarray(np.add.reduceat(units, starts, axis=0))


class _Together:
    """Draws of whole real sessions with all their tenths: a sample like the real one, and one like the generated."""

    def __init__(self, real: Floats, worth: int) -> None:
        self._flat, self._shape, self._worth = real.reshape(len(real), -1), real.shape[1:], worth
        self.base = _masses(_ends(real.sum(axis=0)))

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return n draws of each as shares in the tenths and at both ends, shape (n, 12, k)."""
        first, second = (
            _masses(_ends(_drawn(self._flat, size, n, rng).reshape(n, *self._shape)), self.base)
            for size in (len(self._flat), self._worth)
        )
        return first, second


class _Apart:
    """Draws of pieces of the real sample, for each tenth and end anew, about the whole of it."""

    def __init__(self, pieces: Floats, worth: float, by_tenth: Floats | None) -> None:
        self._pieces, self._reference = pieces, None
        self._sizes = _pieces_of(np.full(TENTHS, worth))
        if by_tenth is not None:
            self._reference = _pieces_of(by_tenth / by_tenth.sum() * len(pieces))
        self.base = np.repeat(_masses(pieces.sum(axis=0))[None], TENTHS + 2, axis=0)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return n draws of each as shares in the tenths and at both ends, shape (n, 12, k)."""
        second = np.stack([_drawn(self._pieces, size, n, rng) for size in self._sizes], axis=1)
        if self._reference is None:
            first = np.repeat(_drawn(self._pieces, len(self._pieces), n, rng)[:, None], TENTHS + 2, axis=1)
        else:
            first = np.stack([_drawn(self._pieces, size, n, rng) for size in self._reference], axis=1)
        return _masses(first, self.base), _masses(second, self.base)


def _pieces_of(worth: Floats) -> Ints:
    """Return how many pieces stand for each tenth and for both ends."""
    both = np.concatenate([worth, [worth[:_THIRD].sum(), worth[-_THIRD:].sum()]])
    return np.maximum(1, np.round(both)).astype(np.int64)


def _drawn(units: Floats, size: int, n: int, rng: np.random.Generator) -> Floats:
    """Return the summed counts of n draws of ``size`` units, shape (n, k)."""
    weights = rng.multinomial(size, np.full(len(units), 1 / len(units)), n)
    return np.asarray(weights.astype(np.float64) @ units)


def _ends(tenths: Floats) -> Floats:
    """Append the first three tenths together and the last three, shape (..., 12, k)."""
    early, late = tenths[..., :_THIRD, :].sum(axis=-2), tenths[..., -_THIRD:, :].sum(axis=-2)
    return np.concatenate([tenths, early[..., None, :], late[..., None, :]], axis=-2)


def _masses(counts: Floats, instead: Floats | float = 0.0) -> Floats:
    """Return shares; a draw without observations says nothing and stands for no deviation."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.where(total > 0, counts / np.maximum(total, 1), instead)


def _drift(
    reference: Floats,
    generated: Floats,
    support: Support,
    noise: _Together | _Apart,
    *,
    factor: float,
    worth: float,
    level: float,
    rng: np.random.Generator,
) -> Drift:
    """Return what one series says.

    Parameters
    ----------
    reference : ndarray, shape (12, k)
        What each tenth and both ends are held against, as shares.
    generated : ndarray, shape (sessions, 10, k)
        Counts of the generated sessions.
    support : Support
    noise : _Together or _Apart
    factor : float
        Inflation of resampled quantiles.
    worth, level, rng
        As in `compare_drift`.
    """
    own = _masses(_ends(generated.sum(axis=0)))
    observed = distances(reference, own, support)[:, :JOINT]
    contrast = observed[-1] - observed[-2]
    # What is wrong from the first tenth to the last is no drift: the null keeps it.
    bias = (own - reference)[:TENTHS].mean(axis=0)
    plain, growth, error = [], [], []
    chunk = max(1, _CELLS // reference.size)
    for start in range(0, _DRAWS, chunk):
        n = min(chunk, _DRAWS - start)
        first, second = noise.draw(n, rng)
        plain.append(distances(first[:, :TENTHS], second[:, :TENTHS], support)[..., :JOINT])
        near, far = (reference + drawn - noise.base for drawn in (first, second))
        growth.append(_growth(near, far + bias, support))
        if len(generated) >= _OWN_SESSIONS:
            flat = generated.reshape(len(generated), -1)
            drawn = _ends(_drawn(flat, len(flat), n, rng).reshape(n, *generated.shape[1:]))
            error.append(_growth(near, _masses(drawn, own), support) - contrast)
    null = np.concatenate(plain)
    quantile = np.quantile(null, level, axis=0)
    scale = np.where(quantile > 0, quantile, 1.0)
    floor = factor * np.quantile((null / scale).max(axis=2), level, axis=0)
    joint = (observed[:TENTHS] / scale).max(axis=1)
    no_floor = ((quantile == 0) & (observed[:TENTHS] > 0)).any(axis=1)
    ratio, p = _tested(contrast, np.concatenate(growth), factor, level)
    if error:
        # Few sessions know their own spread poorly, as few real ones do.
        few = inflation(0.0, len(generated), "session", level)[0]
        ratio, p = min(
            (ratio, p), _tested(contrast, np.concatenate(error), max(factor, few), level), key=lambda found: -found[1]
        )
    return Drift(
        values={name: tuple(observed[:TENTHS, i].tolist()) for i, name in enumerate(_NAMES)},
        floors={name: tuple((factor * quantile[:, i]).tolist()) for i, name in enumerate(_NAMES)},
        ratios=tuple(
            None if none else float(j / max(f, 1e-300)) if j else 0.0
            for j, f, none in zip(joint, floor, no_floor, strict=True)
        ),
        early=dict(zip(_NAMES, observed[-2].tolist(), strict=True)),
        late=dict(zip(_NAMES, observed[-1].tolist(), strict=True)),
        ratio=ratio,
        p=p,
        worth=float(worth),
    )


def _growth(near: Floats, far: Floats, support: Support) -> Floats:
    """Return by how much the distances of the last three tenths exceed those of the first three, shape (n, 3)."""
    # A deviation can leave less than nothing of a value that hardly occurs.
    one, other = (_masses(np.maximum(side[:, TENTHS:], 0.0)) for side in (near, far))
    found = distances(one, other, support)[..., :JOINT]
    return np.asarray(found[:, 1] - found[:, 0])


def _tested(contrast: Floats, null: Floats, factor: float, level: float) -> tuple[float | None, float]:
    """Return the largest contrast over its noise, and the share of draws in which it is as large."""
    quantile = factor * np.quantile(null, level, axis=0)
    scale = np.where(quantile > 0, quantile, 1.0)
    largest, drawn = float((contrast / scale).max()), factor * (null / scale).max(axis=1)
    p = (1 + int((drawn >= largest).sum())) / (len(drawn) + 1)
    if bool(((quantile <= 0) & (contrast > 0)).any()):
        return None, p
    floor = float(np.quantile(drawn, level))
    return (largest / floor if floor > 0 else 0.0), p


def _with_holm(found: dict[str, Drift | Missing], level: float) -> dict[str, Drift | Missing]:
    adjusted = holm({name: one.p for name, one in found.items() if isinstance(one, Drift)})
    return {
        name: replace(one, p_holm=adjusted[name], verdict="drifts" if adjusted[name] <= 1 - level else one.verdict)
        if isinstance(one, Drift)
        else one
        for name, one in found.items()
    }
