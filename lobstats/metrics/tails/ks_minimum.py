"""Where a tail begins to look like a power, chosen by the least Kolmogorov-Smirnov distance."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.lattice import on_lattice, rate_of
from lobstats.metrics.tails.threshold import (
    ALL_MOVES,
    TAIL_MOVES,
    Tail,
    require_distinct,
    require_one_step,
    sizes_of,
)
from lobstats.result import Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["ks_minimum_fraction", "ks_minimum_index"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_CANDIDATES = 200
_LEAST_DISTINCT = 10
_CELLS_AT_ONCE = 1 << 16
_NEWTON_STEPS = 4


def ks_minimum_fraction(
    returns: Counts | ArrayLike, *, tail: Tail = "both", reference: Reference | None = None
) -> Estimate:
    """Share of the moves in the tail that a power fits best.

    For each of up to 200 starting sizes, a Pareto law is fitted to the moves at least as large; the tail begins at the
    size at which the fitted law comes nearest to the moves: the least distance max |F(x) - share of them below x| over
    the moves' sizes x.
    `ks_minimum_index` is the index there. With a reference the tail begins where the real one does, and a sample with
    too few large moves falls short of the real share.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves; integers are taken as lattice steps.
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves choose the size at which the tail begins.

    Returns
    -------
    Estimate
        A share in [0, 1]; ``n`` counts all moves, ``params`` hold the size and the least distance.

    Raises
    ------
    InsufficientDataError
        If there are fewer than ten distinct sizes above zero.

    Notes
    -----
    The choice is no estimate of where a power begins: in a sample of independent moves it tends to begin too far out
    and varies a lot (H. Drees, A. Janßen, S. I. Resnick, T. Wang, SIAM Journal on Mathematics of Data Science 2 (2020)
    75, doi:10.1137/19M1260463). Fixed fractions, as in `pareto_curve`, compare samples better.

    References
    ----------
    A. Clauset, C. R. Shalizi, M. E. J. Newman, "Power-law distributions in empirical data", SIAM Review 51 (2009) 661,
    doi:10.1137/070710111.

    Examples
    --------
    >>> moves = np.rint(10 * np.random.default_rng(1).standard_t(3, 100_000)).astype(int)
    >>> 0.001 < float(ks_minimum_fraction(moves)) < 0.2
    True
    """
    sizes, reference, lattice = _sizes(returns, tail, reference)
    start = _start(sizes, tail, reference, lattice)
    if not sizes.n:
        msg = "there is no move."
        raise InsufficientDataError(msg)
    share = sizes.share(sizes.values >= start.value)
    return Estimate(share, sizes.n, "", _params(sizes, start, tail), scale="arcsine", basis=ALL_MOVES)


def ks_minimum_index(
    returns: Counts | ArrayLike, *, tail: Tail = "both", reference: Reference | None = None
) -> Estimate:
    """Tail index where a power fits the tail best.

    The likeliest index of a Pareto law, on a lattice of a grouped one, for the moves from the size on that
    `ks_minimum_fraction` describes; `powerlaw`'s exponent of the density is this index plus one. It varies more than
    the index at a fixed fraction, since the choice of the size adds its own noise.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves; integers are taken as lattice steps.
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves choose the size at which the tail begins.

    Returns
    -------
    Estimate
        The index; ``n`` counts the moves in the tail, ``params`` hold the size and the least distance.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie in the tail.

    References
    ----------
    A. Clauset, C. R. Shalizi, M. E. J. Newman, SIAM Review 51 (2009) 661, doi:10.1137/070710111.

    Examples
    --------
    >>> pareto = np.random.default_rng(1).pareto(2.0, 10_000) + 1
    >>> 1.9 < float(ks_minimum_index(pareto)) < 2.1
    True
    """
    sizes, reference, lattice = _sizes(returns, tail, reference)
    start = _start(sizes, tail, reference, lattice)
    inside = sizes.values >= start.value
    require_distinct(int(inside.sum()), f"in the tail from {start.value * (sizes.step or 1.0):g} on")
    values, counts = sizes.values[inside], sizes.counts[inside]
    low, width = _cells(values, lattice)
    index = rate_of(low - np.log(start.value - lattice / 2), width, counts)
    params = _params(sizes, start, tail)
    return Estimate(index, int(counts.sum()), "", params, scale="log", basis=TAIL_MOVES)


@dataclass(frozen=True)
class _Start:
    """The least size in the tail, and the distance of the law fitted from there."""

    value: float
    distance: float


def _sizes(
    returns: Counts | ArrayLike, tail: Tail, reference: Reference | None
) -> tuple[Counts, Reference | None, int]:
    """Return the sizes of a side and the reference, on the step of the tail's lattice."""
    moves, reference, lattice = on_lattice(returns, tail, reference)
    require_one_step(moves, reference)
    return sizes_of(moves, tail), reference, lattice


def _params(sizes: Counts, start: _Start, tail: Tail) -> dict[str, object]:
    step = 1.0 if sizes.step is None else sizes.step
    return {"tail": tail, "smallest": start.value * step, "distance": start.distance}


def _start(sizes: Counts, tail: Tail, reference: Reference | None, lattice: int) -> _Start:
    """Return where the reference's tail begins, chosen once, or else the sample's own."""
    if reference is None:
        return _chosen(sizes, lattice)
    key = ("ks_minimum", tail)
    if key not in reference.memo:
        reference.memo[key] = _chosen(sizes_of(reference.returns, tail), lattice)
    start: _Start = reference.memo[key]
    return start


def _chosen(sizes: Counts, lattice: int) -> _Start:
    positive = sizes.values > 0
    values, counts = sizes.values[positive], sizes.counts[positive]
    require_distinct(len(values), "above zero")
    candidates = _candidates(counts)
    _, distances = _fits(values, counts, lattice, candidates)
    best = int(np.argmin(distances))
    return _Start(float(values[candidates[best]]), float(distances[best]))


def _candidates(counts: Ints) -> Ints:
    """Return the places of up to 200 sizes, evenly over the logarithm of how many moves are as large."""
    last = len(counts) - _LEAST_DISTINCT
    if last < _MOST_CANDIDATES:
        return np.arange(last + 1)
    as_large = np.cumsum(counts[::-1])[::-1][: last + 1]
    wanted = np.geomspace(as_large[-1], as_large[0], _MOST_CANDIDATES)
    return np.unique(last - np.searchsorted(as_large[::-1], wanted * (1 - 1e-12)))


def _cells(values: NDArray[np.generic], lattice: int) -> tuple[Floats, Floats]:
    """Return the logarithm of each size's lower end and the length of its interval of logarithms."""
    low = np.asarray(values, dtype=np.float64) - lattice / 2
    return np.log(low), np.log1p(lattice / low)


def _fits(values: NDArray[np.generic], counts: Ints, lattice: int, candidates: Ints) -> tuple[Floats, Floats]:
    """Return, for the tail from each candidate on, the likeliest index and the distance of its law."""
    low, width = _cells(values, lattice)
    as_large = np.cumsum(counts[::-1])[::-1]
    at_once = max(1, _CELLS_AT_ONCE // len(values))
    parts = [
        _fit_some(low, width, counts, as_large, candidates[i : i + at_once]) for i in range(0, len(candidates), at_once)
    ]
    indices, distances = zip(*parts, strict=True)
    return np.concatenate(indices), np.concatenate(distances)


def _fit_some(low: Floats, width: Floats, counts: Ints, as_large: Ints, candidates: Ints) -> tuple[Floats, Floats]:
    first = candidates[0]
    low, width, counts, all_as_large = low[first:], width[first:], counts[first:], as_large[first:]
    own = candidates - first
    inside = np.arange(len(low)) >= own[:, None]
    weights = np.where(inside, counts, 0)
    excess = np.where(inside, low - low[own, None], 0.0)
    n = all_as_large[own]
    total = partial(np.einsum, "ij,ij->i", weights)
    reach = total(excess)
    # As in `rate_of`, for all candidates together.
    index = n / (reach + weights @ width / 2)
    if width.any():
        for _ in range(_NEWTON_STEPS):
            pull = width / np.expm1(index[:, None] * width)
            index += (total(pull) - reach) / total(pull * (pull + width))
    # The share of the tail below each size, of the law and of the moves.
    law = -np.expm1(-index[:, None] * excess)
    moves = np.where(inside, 1 - all_as_large / n[:, None], 0.0)
    return index, np.abs(law - moves).max(axis=1)
