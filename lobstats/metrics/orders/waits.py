"""How long orders wait for their first fill, where cancels compete."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.metrics.orders.incidence import FILLED, follow_seconds, incidence_of
from lobstats.result import Basis, Estimate
from lobstats.summary.lives import LifeCounts
from lobstats.summary.reference import Reference

__all__ = ["mean_time_to_fill", "median_time_to_fill"]


def median_time_to_fill(
    first_fills: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Median time to the first fill in seconds, of the orders that are filled by a horizon.

    The time at which the incidence F of first fills reaches half of its value at the horizon. That is not the median
    wait of an order that stays until it is filled: cancels compete, and those that would have waited longest are gone
    first.

    Parameters
    ----------
    first_fills : LifeCounts or array_like of int, shape (n, 2)
        For each new order nanoseconds to its first fill or to its end without one, and 1 filled, 0 cancelled unfilled
        or 2 followed no further.
    horizon : float, optional
        Seconds; otherwise that of the reference, or a minute.
    reference : Reference, optional
        Where given, the horizon that suits all sides is used.

    Returns
    -------
    Estimate
        In seconds. ``n`` counts all orders.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.
        If none is filled by then.

    References
    ----------
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(median_time_to_fill(lives, horizon=20.0)), 1)
    8.5
    """
    seconds = follow_seconds(horizon, reference)
    found = incidence_of(LifeCounts.of(first_fills), seconds)
    filled = _some(found.ended[FILLED], seconds)
    half = np.flatnonzero(filled >= filled[-1] / 2 * (1 - 1e-12))[0]
    return Estimate(
        float(found.seconds[half]), found.n, "s", {"horizon_s": seconds}, scale="log", basis=_basis(seconds)
    )


def mean_time_to_fill(
    first_fills: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Mean time to the first fill in seconds, of the orders that are filled by a horizon.

    int_0^h (1 - F(t) / F(h)) dt with the incidence F of first fills and the horizon h. As in `median_time_to_fill`,
    cancels compete.

    Parameters
    ----------
    first_fills : LifeCounts or array_like of int, shape (n, 2)
        For each new order nanoseconds to its first fill or to its end without one, and 1 filled, 0 cancelled unfilled
        or 2 followed no further.
    horizon : float, optional
        Seconds; otherwise that of the reference, or a minute.
    reference : Reference, optional
        Where given, the horizon that suits all sides is used.

    Returns
    -------
    Estimate
        In seconds. ``n`` counts all orders.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.
        If none is filled by then.

    References
    ----------
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(mean_time_to_fill(lives, horizon=20.0)), 1)
    9.5
    """
    seconds = follow_seconds(horizon, reference)
    found = incidence_of(LifeCounts.of(first_fills), seconds)
    filled = _some(found.ended[FILLED], seconds)
    mean = found.area(1 - filled / filled[-1], 1.0)
    return Estimate(mean, found.n, "s", {"horizon_s": seconds}, scale="log", basis=_basis(seconds))


def _some(filled: NDArray[np.float64], horizon: float) -> NDArray[np.float64]:
    if not len(filled) or filled[-1] <= 0:
        msg = f"no order is filled within {horizon:g} s."
        raise InsufficientDataError(msg)
    return filled


def _basis(horizon: float) -> Basis:
    return Basis("clock time", f"up to {horizon:g} s", "new orders")
