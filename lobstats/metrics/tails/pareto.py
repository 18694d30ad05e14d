"""The index of a tail on a lattice, by the grouped Pareto likelihood."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.metrics.tails.lattice import offsets, on_lattice, rate_of
from lobstats.metrics.tails.threshold import TAIL_MOVES, Tail, hill_of, over_fractions, tail_of
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["pareto_curve", "pareto_index"]


def pareto_index(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Tail index of moves on a lattice, by the grouped Pareto likelihood.

    Maximises sum_j c_j ln[((j - 1/2)/(m - 1/2))^-a - ((j + 1/2)/(m - 1/2))^-a] over the index a, where c_j moves are
    j >= m lattice steps large and m is the first step beyond the threshold. A step is the largest number of which every
    move is a multiple, or twice that where nine tenths of the largest fortieth are: a few moves by half a tick on a
    lattice of whole ones go to the nearest. A small index is a heavy
    tail: 3 is usual for returns, a Gaussian gives 8 and more, growing with the threshold. Data off a lattice are taken
    as exact, which makes this the Hill estimator.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves; integers are taken as lattice steps. Whole numbers of a floating type, as differences in pandas are,
        count as continuous: convert them first.
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
    moves, reference, lattice = on_lattice(returns, tail, reference)
    part = tail_of(moves, tail_fraction, tail, reference).at_least_ten()
    if not lattice:
        index = hill_of(part)
    else:
        beyond, edge = offsets(part, lattice)
        # Logarithms of sizes beyond the edge are exponential, with the index as their rate.
        index = rate_of(np.log1p(beyond / edge), np.log1p(lattice / (edge + beyond)), part.counts)
    return Estimate(index, part.n, "", part.params, scale="log", basis=TAIL_MOVES)


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

    References
    ----------
    As for `pareto_index`.

    Examples
    --------
    >>> moves = np.rint(10 * np.random.default_rng(1).standard_t(3, 100_000)).astype(int)
    >>> pareto_curve(moves).x
    array([0.025, 0.01 , 0.005, 0.001])
    """
    return over_fractions(pareto_index, returns, tail, reference)
