"""How much of a sample lies in a tail, its own or another's, and on which side."""

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.threshold import ALL_MOVES, TAIL_MOVES, Tail, tail_of
from lobstats.result import Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["exceedance", "gain_loss_asymmetry"]

_LEAST_MOVES = 10


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
        If there is no move, or too few for the tail fraction.

    References
    ----------
    Own definition: the survival function of the moves at a threshold that the real side sets.

    Examples
    --------
    >>> import numpy as np
    >>> float(exceedance(np.arange(1000), tail_fraction=0.01))
    0.01
    """
    part = tail_of(returns, tail_fraction, tail, reference)
    if not part.sizes.n:
        msg = "there is no move."
        raise InsufficientDataError(msg)
    return Estimate(part.n / part.sizes.n, part.sizes.n, "", part.params, scale="arcsine", basis=ALL_MOVES)


def gain_loss_asymmetry(
    returns: Counts | ArrayLike, *, tail_fraction: float = 0.01, reference: Reference | None = None
) -> Estimate:
    """By how much losses outnumber gains among the large moves.

    (losses - gains) / (losses + gains), counted beyond the threshold that ``tail_fraction`` of all moves of either sign
    exceed: 0 where both are as frequent, 1 where every large move is a loss.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail_fraction : float
        The share of all moves, of both sides together, that makes the tail, in (0, 0.5].
    reference : Reference, optional
        Where given, its moves set the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts the moves in the tail.

    Raises
    ------
    InsufficientDataError
        If fewer than ten moves lie in the tail.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> float(gain_loss_asymmetry([0] * 980 + [-5] * 15 + [5] * 5, tail_fraction=0.02))
    0.5
    """
    counts = Counts.of(returns)
    part = tail_of(counts, tail_fraction, "both", reference)
    if part.n < _LEAST_MOVES:
        msg = f"{part.n} moves beyond the {100 * tail_fraction:g} % tail; an asymmetry needs {_LEAST_MOVES} at least."
        raise InsufficientDataError(msg)
    losses = int(counts.counts[counts.values < -part.threshold].sum())
    params = {"tail_fraction": tail_fraction, "threshold": part.params["threshold"]}
    return Estimate((2 * losses - part.n) / part.n, part.n, "", params, basis=TAIL_MOVES)
