"""Return tails: how fast large moves become rare.

Moves live on a lattice, where the plain Hill estimator jumps with the place of the threshold; the grouped Pareto
likelihood knows that a value stands for an interval. A tail of fewer than ten distinct values tells nothing about an
index, and is refused.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["Tail", "exceedance", "hill_curve", "hill_index", "pareto_curve", "pareto_index"]

Tail = Literal["both", "upper", "lower"]

TAIL_FRACTIONS = (0.025, 0.01, 0.005, 0.001)
"""The fixed tail fractions of the curves, the same for both sides."""

_LEAST_DISTINCT = 10


def pareto_index(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Tail index of moves on a lattice, by the grouped Pareto likelihood.

    Maximises sum_j c_j ln[((j - 1/2)/(m - 1/2))^-a - ((j + 1/2)/(m - 1/2))^-a] over the index a, where c_j moves are
    j >= m lattice steps large and m is the first step beyond the threshold; a step is the largest number of which every
    move is a multiple, so that one move off a lattice of whole ticks makes it one of halves. A small index is a heavy
    tail: 3 is usual for returns, a Gaussian gives 8 and more, growing with the threshold. Data off a lattice are taken
    as exact, which makes this the Hill estimator.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves; integers are taken as lattice steps.
    tail_fraction : float
        The share of all moves that makes the tail, in (0, 0.5].
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        The index; ``n`` counts the moves in the tail.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie in the tail.

    Notes
    -----
    Neighbouring moves are not independent: the likelihood's own error is two to four times too small. Intervals come
    from `lobstats.inference`.

    References
    ----------
    B. M. Hill, "A simple general approach to inference about the tail of a distribution", Annals of Statistics 3 (1975)
    1163, doi:10.1214/aos/1176343247; for lattice data M. Matsui, T. Mikosch, L. Tafakori, "Estimation of the tail
    index for lattice-valued sequences", Extremes 16 (2013) 429, doi:10.1007/s10687-012-0167-9.

    Examples
    --------
    >>> moves = np.rint(np.random.default_rng(1).standard_t(3, 100_000)).astype(int)
    >>> round(float(pareto_index(moves)), 1)
    2.9
    """
    _check(tail_fraction, tail)
    counts = _side(Counts.of(returns), tail)
    threshold = _threshold(counts, tail_fraction, tail, reference)
    values, weights = _beyond(counts, threshold, tail_fraction)
    if counts.step is None:
        index = _hill(values, weights, threshold)
    else:
        width = _lattice(counts, tail, reference)
        index = _grouped_pareto(values.astype(np.float64), weights, threshold + width / 2, width)
    params = _params(counts, threshold, tail_fraction, tail)
    return Estimate(index, int(weights.sum()), "", params, scale="log")


def hill_index(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Tail index by Hill's estimator.

    1 / mean(ln(X / u)) over the moves X beyond the threshold u, the largest move outside the tail. On continuous data
    it is the maximum-likelihood index of a Pareto tail; on a lattice it jumps with the place of u between two steps, by
    up to 60 % at scales below a tick, so read `pareto_index` there.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail_fraction : float
        The share of all moves that makes the tail, in (0, 0.5].
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        The index alpha; ``n`` counts the moves in the tail.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie in the tail, or the threshold is zero.

    References
    ----------
    B. M. Hill, Annals of Statistics 3 (1975) 1163, doi:10.1214/aos/1176343247.

    Examples
    --------
    >>> pareto = np.random.default_rng(1).pareto(3.0, 100_000) + 1
    >>> round(float(hill_index(pareto)), 1)
    3.1
    """
    _check(tail_fraction, tail)
    counts = _side(Counts.of(returns), tail)
    threshold = _threshold(counts, tail_fraction, tail, reference)
    values, weights = _beyond(counts, threshold, tail_fraction)
    params = _params(counts, threshold, tail_fraction, tail)
    return Estimate(_hill(values, weights, threshold), int(weights.sum()), "", params, scale="log")


def exceedance(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.001,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Share of the moves beyond a threshold.

    With a reference the threshold is the one beyond which ``tail_fraction`` of the real moves lie, so that a sample
    with too few large moves falls short of that share. Without one it is the sample's own, and says little.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail_fraction : float
        The share that sets the threshold, in (0, 0.5].
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the threshold.

    Returns
    -------
    Estimate
        A share in [0, 1]; ``n`` counts all moves.

    Raises
    ------
    InsufficientDataError
        If there is no move.

    Examples
    --------
    >>> float(exceedance(np.arange(1000), tail_fraction=0.01))
    0.01
    """
    _check(tail_fraction, tail)
    counts = _side(Counts.of(returns), tail)
    threshold = _threshold(counts, tail_fraction, tail, reference)
    params = _params(counts, threshold, tail_fraction, tail)
    return Estimate(counts.share(counts.values > threshold), counts.n, "", params, scale="arcsine")


def pareto_curve(returns: Counts | ArrayLike, *, tail: Tail = "both", reference: Reference | None = None) -> Curve:
    """`pareto_index` at the tail fractions 2.5, 1, 0.5 and 0.1 %.

    A tail that truly is a power gives the same index at each; a thinner one rises as the fraction falls.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the thresholds.

    Returns
    -------
    Curve
        The index over the tail fraction; fractions with too few distinct values are left out.

    Raises
    ------
    InsufficientDataError
        If every fraction is.

    Examples
    --------
    >>> moves = np.rint(10 * np.random.default_rng(1).standard_t(3, 100_000)).astype(int)
    >>> pareto_curve(moves).x
    array([0.025, 0.01 , 0.005, 0.001])
    """
    return _over_fractions(pareto_index, returns, tail, reference)


def hill_curve(returns: Counts | ArrayLike, *, tail: Tail = "both", reference: Reference | None = None) -> Curve:
    """`hill_index` at the tail fractions 2.5, 1, 0.5 and 0.1 %.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the thresholds.

    Returns
    -------
    Curve
        The index over the tail fraction; fractions with too few distinct values are left out.

    Raises
    ------
    InsufficientDataError
        If every fraction is.

    Examples
    --------
    >>> pareto = np.random.default_rng(1).pareto(3.0, 100_000) + 1
    >>> bool((abs(hill_curve(pareto).value - 3) < 0.7).all())
    True
    """
    return _over_fractions(hill_index, returns, tail, reference)


def _check(tail_fraction: float, tail: Tail) -> None:
    if not 0 < tail_fraction <= 0.5:
        msg = f"`tail_fraction` must be in (0, 0.5], got {tail_fraction}."
        raise ValueError(msg)
    if tail not in ("both", "upper", "lower"):
        msg = f"`tail` must be 'both', 'upper' or 'lower', got {tail!r}."
        raise ValueError(msg)


def _side(counts: Counts, tail: Tail) -> Counts:
    """Return the sizes of the moves of one side or both, moves of the other side counted as zero."""
    if tail == "both":
        return counts.magnitudes()
    sign = 1 if tail == "upper" else -1
    return Counts(np.maximum(sign * counts.values, 0), counts.counts, counts.step, counts.unit) + Counts(
        counts.values[:0], counts.counts[:0], counts.step, counts.unit
    )


def _threshold(counts: Counts, tail_fraction: float, tail: Tail, reference: Reference | None) -> float:
    """Return the (k + 1)-th largest size, with k the tail's share of all moves."""
    if reference is not None:
        own, counts = counts, _side(reference.returns, tail)
        if own.step != counts.step:
            msg = f"the reference's moves have step {counts.step}, these have {own.step}; both need one tick size."
            raise ValueError(msg)
    k = int(tail_fraction * counts.n)
    if k < 1:
        msg = f"{counts.n:,} moves are too few for a tail of {100 * tail_fraction:g} %."
        raise InsufficientDataError(msg)
    larger = counts.n - np.cumsum(counts.counts)  # moves beyond each value
    return float(counts.values[int(np.argmax(larger <= k))])


def _beyond(
    counts: Counts, threshold: float, tail_fraction: float
) -> tuple[NDArray[np.int64] | NDArray[np.float64], NDArray[np.int64]]:
    beyond = counts.values > threshold
    distinct = int(beyond.sum())
    if distinct < _LEAST_DISTINCT:
        noun = "value" if distinct == 1 else "values"
        msg = (
            f"{distinct} distinct {noun} beyond the {100 * tail_fraction:g} % tail; "
            f"an index needs {_LEAST_DISTINCT} at least."
        )
        raise InsufficientDataError(msg)
    return counts.values[beyond], counts.counts[beyond]


def _hill(values: NDArray[np.int64] | NDArray[np.float64], weights: NDArray[np.int64], threshold: float) -> float:
    if threshold <= 0:
        msg = "the tail's threshold is zero; Hill's estimator needs a positive one."
        raise InsufficientDataError(msg)
    # Hill (1975), eq. 2.3, written over distinct values.
    return float(weights.sum() / (weights @ np.log(values / threshold)))


def _lattice(counts: Counts, tail: Tail, reference: Reference | None) -> int:
    """Return the distance between neighbouring values: a mid whose spread never changes moves by whole ticks only."""
    known = [counts.values] if reference is None else [counts.values, _side(reference.returns, tail).values]
    return int(np.gcd.reduce(np.concatenate(known)))


def _grouped_pareto(values: NDArray[np.float64], weights: NDArray[np.int64], edge: float, lattice: int) -> float:
    from scipy.optimize import brentq

    low = np.log((values - lattice / 2) / edge)
    width = np.log1p(lattice / (values - lattice / 2))

    def score(index: float) -> float:
        # d/da of sum c [-a low + ln(1 - exp(-a width))]; it falls from +inf to below zero.
        with np.errstate(over="ignore"):
            return float(weights @ (width / np.expm1(index * width) - low))

    highest = 1.0
    while score(highest) > 0:
        highest *= 2
    return float(brentq(score, 1e-9, highest, xtol=1e-12, rtol=1e-12))


def _params(counts: Counts, threshold: float, tail_fraction: float, tail: Tail) -> dict[str, object]:
    step = 1.0 if counts.step is None else counts.step
    return {"tail_fraction": tail_fraction, "tail": tail, "threshold": threshold * step}


def _over_fractions(
    index: Callable[..., Estimate],
    returns: Counts | ArrayLike,
    tail: Tail,
    reference: Reference | None,
) -> Curve:
    counts = Counts.of(returns)
    found, reason = [], ""
    for fraction in TAIL_FRACTIONS:
        try:
            found.append((fraction, index(counts, tail_fraction=fraction, tail=tail, reference=reference)))
        except InsufficientDataError as error:
            reason = reason or str(error)
    if not found:
        raise InsufficientDataError(reason)
    return Curve(
        x=np.array([fraction for fraction, _ in found]),
        value=np.array([estimate.value for _, estimate in found]),
        n=np.array([estimate.n for _, estimate in found]),
        unit="",
        x_unit="tail fraction",
        params={"tail": tail},
        scale="log",
    )
