"""How orders end: filled, or cancelled first."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.orders.incidence import CANCELLED, FILLED, follow_seconds, incidence_of, ladder
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.lives import LifeCounts, OrderQuantities
from lobstats.summary.reference import Reference

__all__ = [
    "cancel_incidence_curve",
    "cancelled_share",
    "ever_filled_share",
    "fill_incidence_curve",
    "filled_quantity_share",
    "filled_share",
    "first_fill_curve",
]


def filled_share(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Share of new orders that are filled completely by a horizon.

    The cumulative incidence of complete fills, with cancels competing. One of several fill rates: `ever_filled_share`
    asks whether an order has any fill, `filled_quantity_share` weighs orders by size, `fills_per_order` and
    `fill_record_share` count executions.

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
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.

    Notes
    -----
    Aalen-Johansen: sum over times of S(t -) d(t) / n(t), where d orders of n at risk are filled at t. One minus
    Kaplan-Meier for one way of ending alone, with the other taken for censoring, would be the answer for a market
    without the other.

    References
    ----------
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(filled_share(lives, horizon=20.0)), 3)
    0.25
    """
    return _share(LifeCounts.of(order_lives), FILLED, follow_seconds(horizon, reference))


def cancelled_share(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Share of new orders that are cancelled by a horizon.

    The cumulative incidence of cancels, with complete fills competing. An order that is filled in part and then
    cancelled is cancelled.

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
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.

    Notes
    -----
    Aalen-Johansen: sum over times of S(t -) d(t) / n(t), where d orders of n at risk are cancelled at t. One minus
    Kaplan-Meier for one way of ending alone, with the other taken for censoring, would be the answer for a market
    without the other.

    References
    ----------
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(cancelled_share(lives, horizon=20.0)), 3)
    0.25
    """
    return _share(LifeCounts.of(order_lives), CANCELLED, follow_seconds(horizon, reference))


def ever_filled_share(
    first_fills: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Share of new orders that are filled at least in part by a horizon.

    The cumulative incidence of first fills, with orders that leave unfilled competing. One of several fill rates:
    `filled_share` asks for complete fills, `filled_quantity_share` weighs orders by size, `fills_per_order` and
    `fill_record_share` count executions.

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
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.

    References
    ----------
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> round(float(ever_filled_share(lives, horizon=20.0)), 3)
    0.25
    """
    return _share(LifeCounts.of(first_fills), FILLED, follow_seconds(horizon, reference))


def fill_incidence_curve(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Curve:
    """Share of new orders that are filled completely after a time.

    As `filled_share`, time by time.

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
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> fill_incidence_curve(lives, horizon=10.0).value[-3:].round(3)
    array([0.025, 0.075, 0.125])
    """
    return _curve(LifeCounts.of(order_lives), FILLED, follow_seconds(horizon, reference))


def cancel_incidence_curve(
    order_lives: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Curve:
    """Share of new orders that are cancelled after a time.

    As `cancelled_share`, time by time.

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
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> cancel_incidence_curve(lives, horizon=10.0).value[-3:].round(3)
    array([0.025, 0.05 , 0.125])
    """
    return _curve(LifeCounts.of(order_lives), CANCELLED, follow_seconds(horizon, reference))


def first_fill_curve(
    first_fills: LifeCounts | ArrayLike, *, horizon: float | None = None, reference: Reference | None = None
) -> Curve:
    """Share of new orders that are filled at least in part after a time.

    As `ever_filled_share`, time by time.

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
    Curve
        Shares over 1, 2, 5, 10, ... microseconds up to the horizon, in seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 orders, or none is followed up to the horizon.

    References
    ----------
    O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978) 141.

    Examples
    --------
    >>> lives = [(10**9 * k - 5 * 10**8, k % 2) for k in range(1, 41)]
    >>> first_fill_curve(lives, horizon=10.0).value[-3:].round(3)
    array([0.025, 0.075, 0.125])
    """
    return _curve(LifeCounts.of(first_fills), FILLED, follow_seconds(horizon, reference))


def filled_quantity_share(order_quantities: OrderQuantities | ArrayLike) -> Estimate:
    """Share of the quantity of new orders that is filled while they are followed.

    Quantity filled over quantity added, by new orders and by modifies that raise them. One of several fill rates:
    `ever_filled_share` and `filled_share` count orders, `fills_per_order` and `fill_record_share` count executions.

    Parameters
    ----------
    order_quantities : OrderQuantities or array_like, shape (n, 2)
        For each new order the quantity that it brings and what of it is filled.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no new order.

    Notes
    -----
    Orders are followed to the end of their session, so that the last ones count as unfilled: compare sessions of like
    length, or use `filled_share`, which is corrected for it. A few large orders can decide it.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(filled_quantity_share([(10, 4), (6, 0)]))
    0.25
    """
    if not isinstance(order_quantities, OrderQuantities):
        pairs = np.asarray(order_quantities, dtype=np.float64).reshape(-1, 2)
        order_quantities = OrderQuantities(len(pairs), float(pairs[:, 0].sum()), float(pairs[:, 1].sum()))
    if order_quantities.added <= 0:
        msg = "there is no new order."
        raise InsufficientDataError(msg)
    share = min(order_quantities.filled / order_quantities.added, 1.0)
    basis = Basis("order time", "to the session's end", "new orders")
    return Estimate(share, order_quantities.orders, "", scale="arcsine", basis=basis)


def _share(lives: LifeCounts, how: int, horizon: float) -> Estimate:
    found = incidence_of(lives, horizon)
    share = float(found.ended_at(how, np.array([horizon]))[0])
    return Estimate(share, found.n, "", {"horizon_s": horizon}, scale="arcsine", basis=_basis(horizon))


def _curve(lives: LifeCounts, how: int, horizon: float) -> Curve:
    found, x = incidence_of(lives, horizon), ladder(horizon)
    return Curve(
        x=x,
        value=found.ended_at(how, x),
        n=np.full(len(x), found.n),
        unit="",
        x_unit="s",
        params={"horizon_s": horizon},
        scale="arcsine",
        basis=_basis(horizon),
    )


def _basis(horizon: float) -> Basis:
    return Basis("clock time", f"up to {horizon:g} s", "new orders")
