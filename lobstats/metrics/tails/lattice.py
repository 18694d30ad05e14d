"""Sizes on a lattice stand for intervals: where these end, and the likeliest rate of a law that fills them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.metrics.tails.threshold import Tail, TailPart, sizes_of
from lobstats.summary.counts import Counts, merge_keyed
from lobstats.summary.reference import Reference

__all__ = ["offsets", "on_lattice", "rate_of"]

Floats = NDArray[np.float64]

_WIDEST = 1e300
_MOST_STEPS = 100
_TAIL, _NEARLY_ALL = 0.025, 0.9


def on_lattice(
    returns: Counts | ArrayLike, tail: Tail, reference: Reference | None
) -> tuple[Counts, Reference | None, int]:
    """Return moves and reference on the lattice that the tail lives on, and its step; 0 off a lattice.

    A mid whose spread never changes moves by whole ticks only, so the step is found and not assumed: in the reference
    where there is one. Where nine tenths of the tail lie on a lattice twice as wide, it is that one, and the others go
    to its nearest value: a few odd moves must not halve the intervals of all.
    """
    counts = Counts.of(returns)
    if counts.step is None or (reference is not None and reference.returns.step is None):
        return counts, reference, 0
    if reference is None:
        lattice = _step(sizes_of(counts, tail))
        return _snapped(counts, lattice), None, lattice
    key = ("lattice", tail)
    if key not in reference.memo:
        lattice = _step(sizes_of(reference.returns, tail))
        reference.memo[key] = replace(reference, returns=_snapped(reference.returns, lattice)), lattice
    on_it, lattice = reference.memo[key]
    return _snapped(counts, lattice), on_it, lattice


def _step(sizes: Counts) -> int:
    """Return the distance between neighbouring sizes in the largest fortieth, 1 where there is none."""
    as_large = np.cumsum(sizes.counts[::-1])[::-1]
    inside = (sizes.values > 0) & (as_large <= _TAIL * sizes.n)
    values, counts = sizes.values[inside], sizes.counts[inside]
    step = int(np.gcd.reduce(sizes.values)) or 1
    on_twice = counts[values // step % 2 == 0].sum()
    return 2 * step if len(values) and on_twice >= _NEARLY_ALL * counts.sum() else step


def _snapped(counts: Counts, lattice: int) -> Counts:
    """Move values to the nearest multiple of the step, halfway ones to an even multiple."""
    whole, rest = np.divmod(counts.values, lattice)
    if not rest.any():
        return counts
    whole += (2 * rest > lattice) | ((2 * rest == lattice) & (whole % 2 == 1))
    values, total = merge_keyed(whole * lattice, counts.counts)
    return Counts(values, total, counts.step, counts.unit)


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
