"""How much of a sample lies in the tail of another."""

from numpy.typing import ArrayLike

from lobstats.metrics.tails.threshold import Tail, tail_of
from lobstats.result import Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["exceedance"]


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
    >>> import numpy as np
    >>> float(exceedance(np.arange(1000), tail_fraction=0.01))
    0.01
    """
    part = tail_of(returns, tail_fraction, tail, reference)
    return Estimate(part.n / part.sizes.n, part.sizes.n, "", part.params, scale="arcsine")
