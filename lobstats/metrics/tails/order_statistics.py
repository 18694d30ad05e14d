"""Indices of a tail from its largest values as they are."""

from numpy.typing import ArrayLike

from lobstats.metrics.tails.threshold import Tail, hill_of, over_fractions, tail_of
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["hill_curve", "hill_index"]


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
    >>> import numpy as np
    >>> pareto = np.random.default_rng(1).pareto(3.0, 100_000) + 1
    >>> round(float(hill_index(pareto)), 1)
    3.1
    """
    part = tail_of(returns, tail_fraction, tail, reference).at_least_ten()
    return Estimate(hill_of(part), part.n, "", part.params, scale="log")


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
    >>> import numpy as np
    >>> pareto = np.random.default_rng(1).pareto(3.0, 100_000) + 1
    >>> bool((abs(hill_curve(pareto).value - 3) < 0.7).all())
    True
    """
    return over_fractions(hill_index, returns, tail, reference)
