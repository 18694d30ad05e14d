"""How long orders live, whichever way they end."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.orders.incidence import follow_seconds, incidence_of, ladder
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.lives import LifeCounts
from lobstats.summary.reference import Reference

__all__ = ["mean_lifetime", "median_lifetime", "survival_curve"]

_UNIT = "s"


def median_lifetime(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Median lifetime of new orders in seconds, by Kaplan and Meier.

    The time by which half of the orders have ended, cancelled or filled. Orders that are still there when their session
    ends, or when the stream breaks, count for as long as they are followed: to leave them out, as is often done, calls
    every market faster than it is, and the more so the shorter the sample.

    Parameters
    ----------
    order_lives : LifeCounts or array_like of int, shape (n, 2)
        For each new order nanoseconds until it ends, and 0 cancelled, 1 filled completely or 2 followed no further.
    horizon : float, optional
        Seconds; otherwise that of the reference, or a minute.
    reference : Reference, optional
        Where given, the horizon that suits all sides is used.

    Returns
    -------
    Estimate
        In seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.
        If more than half of the orders outlive the horizon.

    Notes
    -----
    Durations are binned to 1 part in 128. A modify does not end an order, and one that is added again is a new one.

    References
    ----------
    E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", Journal of the American Statistical
    Association 53 (1958) 457, doi:10.1080/01621459.1958.10501452.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(median_lifetime(lives)), 1)
    19.5
    """
    seconds = follow_seconds(horizon, reference)
    found = incidence_of(LifeCounts.of(order_lives), seconds)
    below = np.flatnonzero(found.survival <= 0.5 + 1e-12)
    if not len(below):
        msg = f"more than half of the orders outlive the horizon of {seconds:g} s."
        raise InsufficientDataError(msg)
    return Estimate(
        float(found.seconds[below[0]]), found.n, _UNIT, {"horizon_s": seconds}, scale="log", basis=_basis(seconds)
    )


def mean_lifetime(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Mean lifetime of new orders up to a horizon in seconds.

    int_0^h S(t) dt with the Kaplan-Meier survival S: the mean of the smaller of an order's lifetime and the horizon h.
    Without a horizon the mean rests on a few orders that live for hours and on where the sample ends.

    Parameters
    ----------
    order_lives : LifeCounts or array_like of int, shape (n, 2)
        For each new order nanoseconds until it ends, and 0 cancelled, 1 filled completely or 2 followed no further.
    horizon : float, optional
        Seconds; otherwise that of the reference, or a minute.
    reference : Reference, optional
        Where given, the horizon that suits all sides is used.

    Returns
    -------
    Estimate
        In seconds, between 0 and the horizon.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.

    Notes
    -----
    Only values with one horizon compare; it is among the parameters.

    References
    ----------
    E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", Journal of the American Statistical
    Association 53 (1958) 457, doi:10.1080/01621459.1958.10501452.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(mean_lifetime(lives, horizon=20.0)), 1)
    15.0
    """
    seconds = follow_seconds(horizon, reference)
    found = incidence_of(LifeCounts.of(order_lives), seconds)
    mean = found.area(found.survival, 1.0)
    return Estimate(mean, found.n, _UNIT, {"horizon_s": seconds}, scale="log", basis=_basis(seconds))


def survival_curve(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Curve:
    """Share of new orders that are still there after a time, by Kaplan and Meier.

    S(t) = prod_{t_i <= t} (1 - d_i / n_i), with d_i orders that end at t_i among n_i that are followed up to then.

    Parameters
    ----------
    order_lives : LifeCounts or array_like of int, shape (n, 2)
        For each new order nanoseconds until it ends, and 0 cancelled, 1 filled completely or 2 followed no further.
    horizon : float, optional
        Seconds; otherwise that of the reference, or a minute.
    reference : Reference, optional
        Where given, the horizon that suits all sides is used.

    Returns
    -------
    Curve
        Shares over 1, 2, 5, 10, ... microseconds up to the horizon, in seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.

    References
    ----------
    E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", Journal of the American Statistical
    Association 53 (1958) 457, doi:10.1080/01621459.1958.10501452.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> survival_curve(lives, horizon=10.0).value[-4:]
    array([0.975, 0.95 , 0.875, 0.75 ])
    """
    seconds = follow_seconds(horizon, reference)
    found = incidence_of(LifeCounts.of(order_lives), seconds)
    x = ladder(seconds)
    return Curve(
        x=x,
        value=found.survival_at(x),
        n=np.full(len(x), found.n),
        unit="",
        x_unit=_UNIT,
        params={"horizon_s": seconds},
        scale="arcsine",
        basis=_basis(seconds),
    )


def _basis(horizon: float) -> Basis:
    return Basis("clock time", f"up to {horizon:g} s", "new orders")
