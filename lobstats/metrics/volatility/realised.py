"""Realised volatility: how far prices move, and over which horizon it is measured."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns
from lobstats.summary.reference import Reference
from lobstats.summary.relative import RelativeMoves

__all__ = ["realised_volatility", "realised_volatility_bp", "signature_plot"]

_BASIS_POINTS = 1e4
_LEAST_CHANGES = 30


def realised_volatility(returns: Counts | ArrayLike) -> Estimate:
    """Root mean square of the one-second moves of the mid.

    sqrt(mean(r^2)), not centred: over a second the drift is nothing beside it. It says how far prices move, not how
    the moves cluster.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        One-second moves.

    Returns
    -------
    Estimate
        In the unit of the moves, ticks in a report.

    Raises
    ------
    InsufficientDataError
        If there is no move.

    References
    ----------
    T. G. Andersen, T. Bollerslev, F. X. Diebold, P. Labys, "Modeling and forecasting realized volatility",
    Econometrica 71 (2003) 579, doi:10.1111/1468-0262.00418.

    Examples
    --------
    >>> float(realised_volatility([3, -4, 0, 0]))
    2.5
    """
    counts = Counts.of(returns)
    basis = Basis("clock time", "1 s", "one-second moves of the mid")
    return Estimate(math.sqrt(_mean_square(counts)), counts.n, counts.unit, scale="log", basis=basis)


def realised_volatility_bp(relative_moves: RelativeMoves | ArrayLike) -> Estimate:
    """Root mean square of the one-second moves of the mid, in basis points of the mid.

    10^4 sqrt(mean((dm / m)^2)) with m the mid before the move: comparable between markets and between years, where a
    tick is not.

    Parameters
    ----------
    relative_moves : RelativeMoves or array_like, shape (n,)
        One-second moves over the mid before, pure numbers.

    Returns
    -------
    Estimate
        In basis points.

    Raises
    ------
    InsufficientDataError
        If no move begins at a positive mid, or they are too large to be squared.

    Notes
    -----
    Moves from a mid of zero or less are left out and counted: crude oil and spreads have traded there, and relative to
    such a price a move means nothing.

    References
    ----------
    T. G. Andersen et al., Econometrica 71 (2003) 579, doi:10.1111/1468-0262.00418.

    Examples
    --------
    >>> round(float(realised_volatility_bp([0.0003, -0.0004, 0.0, 0.0])), 9)
    2.5
    """
    moves = RelativeMoves.of(relative_moves)
    if not moves.n:
        msg = f"no one-second move begins at a positive mid; {moves.left_out} begin at zero or less."
        raise InsufficientDataError(msg)
    if not math.isfinite(moves.squares):
        msg = "the moves are too large to be squared."
        raise InsufficientDataError(msg)
    value = _BASIS_POINTS * math.sqrt(moves.squares / moves.n)
    basis = Basis("clock time", "1 s", "one-second moves from a positive mid")
    return Estimate(value, moves.n, "bp", {"left_out": moves.left_out}, scale="log", basis=basis)


def signature_plot(
    by_horizon: HorizonReturns | ArrayLike, *, base_seconds: float = 60.0, reference: Reference | None = None
) -> Curve:
    """Variance per second of the mid's changes at each horizon, relative to that at one horizon.

    (RV(h) / h) / (RV(b) / b) with RV(h) the mean squared change over h seconds. 1 throughout is a random walk. A bounce
    or other noise of variance c^2 in the price adds 2 c^2 / h, and makes it rise towards small h; a price that trends,
    or that follows news late, makes it fall there.

    Parameters
    ----------
    by_horizon : HorizonReturns or array_like, shape (n,)
        In an array, the path of the mid, one value a second.
    base_seconds : float
        The horizon b; one of `HORIZONS_NS`.
    reference : Reference, optional
        Sets the longest horizon: a tenth of its unit, b at least. Without one, every horizon is used.

    Returns
    -------
    Curve
        Over horizons in seconds, without b; horizons with fewer than 30 changes are left out.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 changes over b or none of them moves, or no other horizon has 30.

    Notes
    -----
    From a second on changes overlap, one ending at every second, so that 30 of them may be little.

    References
    ----------
    T. G. Andersen, T. Bollerslev, F. X. Diebold, P. Labys, "Great realizations", Risk 13 (2000) 105.
    L. Zhang, P. A. Mykland, Y. Aït-Sahalia, "A tale of two time scales", Journal of the American Statistical
    Association 100 (2005) 1394, doi:10.1198/016214505000000169.

    Examples
    --------
    >>> bouncing = [0, 1] * 200
    >>> signature_plot(bouncing, base_seconds=5).value[:2]  # changes over an odd number of seconds are 1, others 0
    array([5., 0.])
    """
    changes = HorizonReturns.of(by_horizon)
    base = round(base_seconds * 1e9)
    if base not in changes.horizons:
        msg = f"`base_seconds` must be one of {[h / 1e9 for h in changes.horizons.tolist()]}, got {base_seconds}."
        raise ValueError(msg)
    n = np.array([counts.n for counts in changes.counts])
    usable = n >= _LEAST_CHANGES
    if reference is not None:
        usable &= changes.horizons <= max(reference.horizon_ns, base)
    own = changes.at(base)
    if own.n < _LEAST_CHANGES:
        msg = f"{own.n} changes over {base_seconds:g} s; {_LEAST_CHANGES} are needed."
        raise InsufficientDataError(msg)
    level = _mean_square(own) / base_seconds
    if level <= 0:
        msg = f"no change over {base_seconds:g} s moves the mid."
        raise InsufficientDataError(msg)
    usable &= changes.horizons != base
    if not usable.any():
        msg = f"no horizon but {base_seconds:g} s has {_LEAST_CHANGES} changes."
        raise InsufficientDataError(msg)
    seconds = changes.horizons[usable] / 1e9
    square = np.array([_mean_square(counts) for counts, use in zip(changes.counts, usable, strict=True) if use])
    basis = Basis("clock time", f"{seconds[0]:g} to {seconds[-1]:g} s", "changes of the mid")
    params = {"base_seconds": base_seconds}
    return Curve(seconds, square / seconds / level, n[usable], "", "s", params, scale="log", basis=basis)


def _mean_square(counts: Counts) -> float:
    return counts.variance() + counts.mean() ** 2
