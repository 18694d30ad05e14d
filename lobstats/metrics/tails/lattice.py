"""Sizes on a lattice stand for intervals: where these end, and the likeliest rate of a law that fills them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.metrics.tails.threshold import Tail, TailPart, sizes_of
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["lattice_of", "offsets", "rate_of"]

Floats = NDArray[np.float64]

_WIDEST = 1e300
_MOST_STEPS = 100


def lattice_of(sizes: Counts, tail: Tail, reference: Reference | None) -> int:
    """Return the distance between neighbouring values, 0 off a lattice.

    A mid whose spread never changes moves by whole ticks only, so the distance is found and not assumed.
    """
    if sizes.step is None:
        return 0
    known = [sizes.values]
    if reference is not None:
        known.append(sizes_of(reference.returns, tail).values)
    return int(np.gcd.reduce(np.concatenate(known)))


def offsets(part: TailPart, lattice: int) -> tuple[Floats, float]:
    """Return how far beyond the tail's edge each interval begins, shape (k,), and the edge.

    The edge lies half a lattice step beyond the threshold; off a lattice it is the threshold, and intervals are points.
    """
    return np.asarray(part.values - part.threshold - lattice, dtype=np.float64), part.threshold + lattice / 2


def rate_of(low: Floats, width: Floats, weights: NDArray[Any]) -> float:
    """Return the likeliest rate of an exponential law with w values in each interval ``low`` to ``low + width``.

    The root of sum w (width / (exp(r width) - 1) - low), by Newton's steps. The sum falls and is convex in r, and
    taking each value in the middle of its interval gives a start to the left of the root: so no step overshoots.
    """
    finite = np.isfinite(width)
    width = np.minimum(width, _WIDEST)
    reach = float(weights @ low)
    rate = float(weights[finite].sum() / (reach + weights[finite] @ width[finite] / 2))
    if not width.any():
        return rate
    for _ in range(_MOST_STEPS):
        with np.errstate(over="ignore"):
            pull = np.divide(width, np.expm1(rate * width), out=np.full(len(width), 1 / rate), where=width > 0)
        step = float((weights @ pull - reach) / (weights @ (pull * (pull + np.where(finite, width, 0.0)))))
        rate += step
        if abs(step) <= 1e-14 * rate:
            break
    return rate
