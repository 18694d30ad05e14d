"""Whether large moves come alone or in clusters."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.ladder import place_on_ladder
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.exceedances import ExceedanceTimes
from lobstats.summary.reference import Reference

__all__ = ["extremal_index", "extremal_index_curve"]

_LEAST_PAIRS = 30
_HALF_TICK = 0.5

_PAIRS = Basis("clock time", "1 s", "pairs of neighbouring one-second moves of at least the threshold")


def extremal_index(
    exceedance_times: ExceedanceTimes | ArrayLike,
    *,
    tail_fraction: float = 0.025,
    reference: Reference | None = None,
) -> Estimate:
    """Extremal index of one-second moves by the intervals estimator: one over the mean size of a cluster.

    theta = 2 (sum T)^2 / (m sum T^2), or 2 (sum(T - 1))^2 / (m sum (T - 1)(T - 2)) where any T is beyond 2:
    T are the m times in seconds from a move of at least the threshold to the next. 1 means that large moves come as if
    independent, 1/2 that they come two by two. The threshold is the size on a fixed ladder, 1, 2, 3, 4, 6, 8, ... half
    ticks, whose share of all moves is nearest to ``tail_fraction``, by their ratio.

    Parameters
    ----------
    exceedance_times : ExceedanceTimes or array_like of int, shape (n,)
        One-second moves in half ticks.
    tail_fraction : float
        The share of all moves that the threshold aims at, in (0, 0.5].
    reference : Reference, optional
        Where given, its moves choose the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        Positive; ``n`` counts pairs of neighbouring large moves, ``params`` hold the threshold in ticks.

    Raises
    ------
    InsufficientDataError
        If no move reaches any threshold, or there are fewer than 30 pairs.

    Notes
    -----
    The estimate is not cut at 1, as Ferro and Segers cut theirs: that of independent moves lies above it as often as
    below, and a value that is cut has no error. Pairs across a break are left out, which loses the longest times:
    stretches should be many times longer than the time between large moves.

    References
    ----------
    C. A. T. Ferro, J. Segers, "Inference for clusters of extreme values", Journal of the Royal Statistical Society B 65
    (2003) 545, doi:10.1111/1467-9868.00401.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> moves = np.repeat(np.rint(10 * rng.standard_t(3, 50_000)).astype(int), 2)
    >>> round(float(extremal_index(moves)), 1)
    0.5
    """
    times = ExceedanceTimes.of(exceedance_times)
    place = place_on_ladder(times.thresholds, times.exceedances, times.moves, tail_fraction, reference)
    threshold, pairs = float(times.thresholds[place] * _HALF_TICK), int(times.pairs[place])
    if pairs < _LEAST_PAIRS:
        msg = f"{pairs} pairs of neighbouring moves of {threshold:g} ticks or more; {_LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    theta = _intervals(pairs, int(times.total[place]), int(times.squares[place]), int(times.longest[place]))
    params = {"tail_fraction": tail_fraction, "threshold": threshold}
    return Estimate(theta, pairs, "", params, scale="log", basis=_PAIRS)


def extremal_index_curve(exceedance_times: ExceedanceTimes | ArrayLike) -> Curve:
    """`extremal_index` over the threshold.

    A curve that stays below 1 as the threshold grows says that even the largest moves come in clusters; volatility that
    clusters without the extremes doing so makes it rise to 1.

    Parameters
    ----------
    exceedance_times : ExceedanceTimes or array_like of int, shape (n,)
        One-second moves in half ticks.

    Returns
    -------
    Curve
        Over the thresholds 1, 2, 3, 4, 6, 8, ... half ticks, in ticks; those with fewer than 30 pairs are left out.

    Raises
    ------
    InsufficientDataError
        If every threshold is.

    References
    ----------
    C. A. T. Ferro, J. Segers, Journal of the Royal Statistical Society B 65 (2003) 545, doi:10.1111/1467-9868.00401.

    Examples
    --------
    >>> extremal_index_curve([0, 0, 8, 8] * 100).x
    array([0.5, 1. , 1.5, 2. , 3. , 4. ])
    """
    times = ExceedanceTimes.of(exceedance_times)
    usable = times.pairs >= _LEAST_PAIRS
    if not usable.any():
        msg = f"no threshold has {_LEAST_PAIRS} pairs of neighbouring moves at least as large."
        raise InsufficientDataError(msg)
    sums = np.stack([times.pairs, times.total, times.squares, times.longest], axis=1)[usable].tolist()
    return Curve(
        _HALF_TICK * times.thresholds[usable].astype(np.float64),
        np.array([_intervals(*row) for row in sums]),
        times.pairs[usable],
        "",
        "ticks",
        scale="log",
        basis=_PAIRS,
    )


def _intervals(pairs: int, total: int, squares: int, longest: int) -> float:
    """Return the intervals estimate; Ferro and Segers (2003), eq. 5."""
    if longest > 2:
        # sum (T - 1) and sum (T - 1)(T - 2), from the sums of T and T^2.
        total, squares = total - pairs, squares - 3 * total + 2 * pairs
    return 2 * total**2 / (pairs * squares)
