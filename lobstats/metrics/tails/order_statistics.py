"""Indices and shapes of a tail from its largest values as they are."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.threshold import TAIL_MOVES, Tail, hill_of, log_excesses, over_fractions, tail_of
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["hill_curve", "hill_index", "moment_shape", "pickands_shape"]


def hill_index(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Tail index by Hill's estimator.

    1 / mean(ln(X / u)) over the moves X beyond the threshold u, the largest move outside the tail. On continuous data
    it is the maximum-likelihood index of a Pareto tail; on a lattice it jumps with the place of u between two steps,
    by 40 % and more at scales below a tick, so read `pareto_index` there.

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
    >>> import numpy as np
    >>> pareto = np.random.default_rng(1).pareto(3.0, 100_000) + 1
    >>> round(float(hill_index(pareto)), 1)
    3.1
    """
    part = tail_of(returns, tail_fraction, tail, reference).at_least_ten()
    return Estimate(hill_of(part), part.n, "", part.params, scale="log", basis=TAIL_MOVES)


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

    References
    ----------
    As for `hill_index`.

    Examples
    --------
    >>> import numpy as np
    >>> pareto = np.random.default_rng(1).pareto(3.0, 100_000) + 1
    >>> bool((abs(hill_curve(pareto).value - 3) < 0.7).all())
    True
    """
    return over_fractions(hill_index, returns, tail, reference)


def moment_shape(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Shape of a tail by the moment estimator of Dekkers, Einmahl and de Haan.

    xi = M1 + 1 - 1 / (2 (1 - M1^2 / M2)), M1 and M2 the mean of ln(X / u) and of its square over the moves X beyond the
    threshold u. It is 1 / alpha for a power, about 0 for a Gaussian and negative where moves have an upper end, so
    that, unlike an index, it can say that a tail is not heavy. On a lattice it jumps with the place of u, as Hill's
    estimator does; read `gpd_shape` there.

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
        The shape xi; ``n`` counts the moves in the tail.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie in the tail, or the threshold is zero.

    References
    ----------
    A. L. M. Dekkers, J. H. J. Einmahl, L. de Haan, "A moment estimator for the index of an extreme-value distribution",
    Annals of Statistics 17 (1989) 1833, doi:10.1214/aos/1176347397.

    Examples
    --------
    >>> pareto = np.random.default_rng(1).pareto(2.0, 100_000) + 1
    >>> round(float(moment_shape(pareto)), 1)
    0.5
    """
    part = tail_of(returns, tail_fraction, tail, reference).at_least_ten()
    logs = log_excesses(part)
    first, second = float(part.counts @ logs / part.n), float(part.counts @ logs**2 / part.n)
    spread = second - first**2
    if not spread > 1e-12 * second:
        msg = "the moves in the tail are too near to each other for a shape."
        raise InsufficientDataError(msg)
    shape = first + 1 - second / (2 * spread)
    return Estimate(shape, part.n, "", part.params, basis=TAIL_MOVES)


def pickands_shape(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Shape of a tail by Pickands' estimator.

    xi = log2[(X_k - X_2k) / (X_2k - X_4k)], X_i the i-th largest move and k the number beyond the threshold. It does
    not depend on where zero is, and may be negative; but it rests on three moves, and its error is several times that
    of `moment_shape`.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail_fraction : float
        The share of all moves that sets k, in (0, 0.5]; the estimate reads four times as many.
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the threshold.

    Returns
    -------
    Estimate
        The shape xi; ``n`` counts the 4 k moves it reads.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie beyond the threshold, there are fewer than 4 k moves, or two of the three
        are equal, which happens on a lattice.

    References
    ----------
    J. Pickands, "Statistical inference using extreme order statistics", Annals of Statistics 3 (1975) 119,
    doi:10.1214/aos/1176343003.

    Examples
    --------
    >>> uniform = np.random.default_rng(1).uniform(size=100_000)
    >>> round(float(pickands_shape(uniform)))
    -1
    """
    part = tail_of(returns, tail_fraction, tail, reference).at_least_ten()
    k = part.n
    if 4 * k > part.sizes.n:
        msg = f"Pickands' estimator reads the {4 * k:,} largest of {part.sizes.n:,} moves; take a smaller tail."
        raise InsufficientDataError(msg)
    no_larger = np.cumsum(part.sizes.counts)
    places = np.searchsorted(no_larger, part.sizes.n - k * np.array([1, 2, 4]), side="right")
    first, second, fourth = part.sizes.values[places].astype(np.float64)
    if not first > second > fourth:
        msg = "two of the three moves that Pickands' estimator reads are equal."
        raise InsufficientDataError(msg)
    shape = math.log2((first - second) / (second - fourth))
    return Estimate(shape, 4 * k, "", part.params, basis=TAIL_MOVES)
