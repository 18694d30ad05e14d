"""The size on a fixed ladder that stands for a share of the moves."""

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import InsufficientDataError
from lobstats.summary.reference import Reference

__all__ = ["place_on_ladder"]

Ints = NDArray[np.int64]


def place_on_ladder(
    thresholds: Ints, exceedances: Ints, moves: int, tail_fraction: float, reference: Reference | None
) -> int:
    """Return the place of the size whose share of all moves is nearest to a tail fraction, by their ratio.

    Parameters
    ----------
    thresholds, exceedances : ndarray of int64, shape (k,)
        Sizes in half ticks, and how many moves are at least as large.
    moves : int
        All moves.
    tail_fraction : float
        In (0, 0.5].
    reference : Reference or None
        Where given, its moves choose.

    Raises
    ------
    InsufficientDataError
        If no move reaches any size.
    """
    if not 0 < tail_fraction <= 0.5:
        msg = f"`tail_fraction` must be in (0, 0.5], got {tail_fraction}."
        raise ValueError(msg)
    if reference is None:
        shares = exceedances / max(moves, 1)
    else:
        sizes = reference.returns.magnitudes()
        below = np.concatenate([[0], np.cumsum(sizes.counts)])
        shares = 1 - below[np.searchsorted(sizes.values, thresholds)] / max(sizes.n, 1)
    reached = shares > 0
    if not reached.any():
        msg = "no move reaches any threshold."
        raise InsufficientDataError(msg)
    apart = np.abs(np.log(shares, out=np.full(len(shares), np.inf), where=reached) - np.log(tail_fraction))
    return int(np.argmin(apart))
