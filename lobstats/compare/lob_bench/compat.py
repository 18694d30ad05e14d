"""LOB-Bench's distances as it publishes them: bins and scale from both samples together.

They say what its tables say, and no more: see `lobstats.compare.lob_bench.judged` for the form that means something.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.lob_bench.scores import CONDITIONAL, SCORES, ConditionalScore, Score
from lobstats.compare.lob_bench.sequences import Floats, LobsterSequence, Sequences
from lobstats.progress import advance, expect

__all__ = [
    "Published",
    "divergence",
    "l1",
    "published_scores",
    "values_of",
    "wasserstein",
]

_DECILES = np.arange(0.1, 1.0, 0.1)
_NUDGE = 1e-2  # what it adds to the second of two equal edges
_MOST_BINS = 1_000_000


@dataclass(frozen=True)
class Published:
    """A score as LOB-Bench publishes it; None where a side holds no value, which it scores as something else.

    Attributes
    ----------
    l1, wasserstein : float or None
    n_real, n_generated : int
        Values of each side.
    """

    l1: float | None
    wasserstein: float | None
    n_real: int
    n_generated: int

    def to_dict(self) -> dict[str, Any]:
        """Return the score as plain numbers, ready for JSON."""
        counts = {"n_real": self.n_real, "n_generated": self.n_generated}
        return {"l1": self.l1, "wasserstein": self.wasserstein, **counts}


def l1(real: Floats, generated: Floats, edges: Floats) -> float:
    """Return half the sum of differences of shares in bins, 1 where a side holds nothing.

    Parameters
    ----------
    real, generated : ndarray, shape (n,) and (m,)
    edges : ndarray, shape (k,)
        A value on an edge lies in the bin above it.
    """
    if not len(real) or not len(generated):
        return 1.0
    groups = [np.searchsorted(edges, values, side="right") for values in (real, generated)]
    size = int(max(own.max() for own in groups)) + 1
    first, second = (np.bincount(own, minlength=size) / len(own) for own in groups)
    return float(np.abs(first - second).sum() / 2)


def wasserstein(real: Floats, generated: Floats) -> float | None:
    """Return the Wasserstein distance of values standardised by mean and deviation of both samples together.

    None where a side holds nothing or no value differs from another.
    """
    if not len(real) or not len(generated):
        return None
    both = np.concatenate([real, generated])
    deviation = both.std(ddof=1)
    if not deviation > 0 or not np.isfinite(deviation):
        return None
    # The integral of |F - G|, which is the distance in one dimension.
    values, place = np.unique(both, return_inverse=True)
    first = np.bincount(place[: len(real)], minlength=len(values)) / len(real)
    second = np.bincount(place[len(real) :], minlength=len(values)) / len(generated)
    return float(np.abs(np.cumsum(first - second))[:-1] @ np.diff(values) / deviation)


def _score(one: Score, real: Sequences, generated: Sequences) -> Published:
    """Return a score of two sides."""
    return _published(values_of(one.values, real), values_of(one.values, generated), _edges[one.bins])


def _conditional_score(one: ConditionalScore, real: Sequences, generated: Sequences) -> Published:
    """Return a conditional score: distances within classes, weighted by how much of both samples lies in each.

    Where a class lacks a side, L1 is 1 and Wasserstein 0, as LOB-Bench has it.
    """
    sides = [
        (values_of(one.values, side), np.concatenate([one.given(s) for s in side] or [np.empty(0)]))
        for side in (real, generated)
    ]
    pooled = np.concatenate([given for _, given in sides])
    edges = np.asarray(one.classes) if isinstance(one.classes, tuple) else _edges[one.classes](pooled)
    classes = [np.searchsorted(edges, given, side="right") for _, given in sides]
    total_l1 = total_wasserstein = 0.0
    for own in np.union1d(*classes):
        first, second = (values[place == own] for (values, _), place in zip(sides, classes, strict=True))
        both = np.concatenate([first, second])
        weight = len(both) / len(pooled)
        total_l1 += weight * l1(first, second, _edges[one.bins](both))
        total_wasserstein += weight * (wasserstein(first, second) or 0.0)
    return Published(total_l1, total_wasserstein, len(sides[0][0]), len(sides[1][0]))


def divergence(real: Sequences, generated: Sequences, horizon: int) -> dict[str, dict[str, list[float | None]]]:
    """Return the L1 of each block of messages against all of the real side, for each score.

    Parameters
    ----------
    real, generated : sequence of LobsterSequence
    horizon : int
        Messages in a block.

    Returns
    -------
    dict
        By score, ``generated`` as LOB-Bench gives it, and ``real``: that of the real side's own blocks, which tells
        what a perfect model would show. None where a block holds no value, which LOB-Bench gives as 0.
    """
    blocks = [list(_blocks(side, horizon)) for side in (real, generated)]
    out = {}
    expect(len(SCORES), "scores")
    for name, one in SCORES.items():
        advance()
        whole = values_of(one.values, real)
        curves = [[_against(whole, values_of(one.values, block), one.bins) for block in own] for own in blocks]
        out[name] = dict(zip(("real", "generated"), curves, strict=True))
    return out


def published_scores(real: Sequences, generated: Sequences) -> dict[str, Published]:
    """Return all 21 scores and the three conditional ones."""
    expect(len(SCORES) + len(CONDITIONAL), "scores")
    found = {}
    for name, one in SCORES.items():
        found[name] = _score(one, real, generated)
        advance()
    for name, given in CONDITIONAL.items():
        found[name] = _conditional_score(given, real, generated)
        advance()
    return found


def values_of(values: Callable[[LobsterSequence], Floats], side: Sequences) -> Floats:
    """Return the finite values of all sequences of a side."""
    found = np.concatenate([values(s) for s in side] or [np.empty(0)])
    return np.asarray(found[np.isfinite(found)])


def _published(real: Floats, generated: Floats, edges: Callable[[Floats], Floats]) -> Published:
    if not len(real) or not len(generated):
        return Published(None, None, len(real), len(generated))
    both = np.concatenate([real, generated])
    return Published(l1(real, generated, edges(both)), wasserstein(real, generated), len(real), len(generated))


def _against(whole: Floats, block: Floats, bins: str) -> float | None:
    if not len(whole) or not len(block):
        return None
    return l1(whole, block, _edges[bins](np.concatenate([whole, block])))


def _blocks(side: Sequences, horizon: int) -> Iterator[list[LobsterSequence]]:
    longest = max(map(len, side), default=0)
    for first in range(0, longest, horizon):
        yield [s.between(first, first + horizon) for s in side if len(s) > first]


def _freedman_diaconis(both: Floats) -> Floats:
    """Return numpy's edges by Freedman and Diaconis' rule, but no more than a million: one wild value asks for more."""
    quartiles = np.subtract(*np.percentile(both, [75, 25]))
    width = 2 * quartiles / len(both) ** (1 / 3)
    if width > 0 and np.ptp(both) / width > _MOST_BINS:
        return np.asarray(np.linspace(both.min(), both.max(), _MOST_BINS + 1))
    return np.asarray(np.histogram_bin_edges(both, bins="fd"), dtype=np.float64)


def _decile_edges(both: Floats) -> Floats:
    """Return deciles; of equal ones two are kept, the second a hundredth higher."""
    edges = np.quantile(both, _DECILES)
    repeats = _repeats(edges)
    edges = edges[~np.append(False, repeats[1:] & repeats[:-1])]
    edges[_repeats(edges)] += _NUDGE
    return np.asarray(edges, dtype=np.float64)


def _repeats(edges: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.append(False, edges[1:] == edges[:-1]))


_edges: dict[str, Callable[[Floats], Floats]] = {
    "discrete": np.unique,
    "fd": _freedman_diaconis,
    "deciles": _decile_edges,
}
