"""The sizes of new orders, and the prices that they choose."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["last_digit_clustering", "last_digit_shares", "mean_order_size", "round_lot_share"]

_ORDERS = Basis("order time", "one order", "new orders")
_DIGITS = tuple("0123456789")


def mean_order_size(order_size: Counts | ArrayLike) -> Estimate:
    """Mean quantity of a new order.

    Parameters
    ----------
    order_size : Counts or array_like, shape (n,)
        Quantities of the adds.

    Returns
    -------
    Estimate
        In contracts.

    Raises
    ------
    InsufficientDataError
        If there is no new order, or the mean is not positive.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_order_size([1.0, 1.0, 4.0]))
    2.0
    """
    counts = Counts.of(order_size)
    mean = counts.mean()
    if mean <= 0:
        msg = f"the mean size is {mean:g}; it must be positive."
        raise InsufficientDataError(msg)
    return Estimate(mean, counts.n, counts.unit, scale="log", basis=_ORDERS)


def round_lot_share(
    order_size: Counts | ArrayLike, *, lot: float | None = None, reference: Reference | None = None
) -> Estimate:
    """Share of new orders whose size is a whole number of round lots.

    People like round numbers, and programs cut them up. A model that draws sizes from a smooth law loses them, which
    distances between distributions hardly see.

    Parameters
    ----------
    order_size : Counts or array_like, shape (n,)
        Quantities of the adds.
    lot : float, optional
        The round lot; otherwise that of the reference, or of the sample itself: 100 where at least half of the orders
        are of 100 or more, as in shares, else 10.
    reference : Reference, optional
        Where given, the real side's lot is used.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no new order.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(round_lot_share([10.0, 20.0, 3.0, 1.0]))
    0.5
    """
    counts = Counts.of(order_size)
    if lot is None:
        lot = round_lot_of(counts if reference is None else reference.order_size)
    if not (np.isfinite(lot) and lot > 0):
        msg = f"`lot` must be positive, got {lot}."
        raise ValueError(msg)
    share = counts.share((counts.x > 0) & (np.remainder(counts.x, lot) == 0))
    return Estimate(share, counts.n, "", {"lot": lot}, scale="arcsine", basis=_ORDERS)


def round_lot_of(order_size: Counts) -> float:
    """Return the round lot that a market's orders suggest: 100 for shares, 10 for contracts."""
    return 100.0 if 2 * order_size.counts[order_size.x >= 100].sum() >= max(order_size.n, 1) else 10.0


def last_digit_clustering(order_digit: Counts | ArrayLike) -> Estimate:
    """How far the last digits of new orders' prices are from equally frequent.

    sum_d |p_d - 1/10| / 2 over the digits d of the price in ticks: 0 where all are used alike, 0.9 where one alone is.
    Markets prefer round prices.

    Parameters
    ----------
    order_digit : Counts or array_like of int, shape (n,)
        Prices of the adds in ticks; only the last digit is read.

    Returns
    -------
    Estimate
        A total variation distance in [0, 0.9].

    Raises
    ------
    InsufficientDataError
        If there is no new order.

    Notes
    -----
    In a short sample the path of the price decides which digits are near the touch at all: compare samples of equal
    length, and trust it where the price has moved over many times ten ticks.

    References
    ----------
    L. Harris, "Stock price clustering and discreteness", Review of Financial Studies 4 (1991) 389,
    doi:10.1093/rfs/4.3.389.

    Examples
    --------
    >>> float(last_digit_clustering([120, 130, 145, 155]))
    0.8
    """
    shares, n = _digits(order_digit)
    distance = float(np.abs(shares - 0.1).sum() / 2)
    return Estimate(round(distance, 15), n, "", scale="arcsine", basis=_ORDERS)


def last_digit_shares(order_digit: Counts | ArrayLike) -> Curve:
    """Share of each last digit among the prices of new orders.

    As `last_digit_clustering`, digit by digit.

    Parameters
    ----------
    order_digit : Counts or array_like of int, shape (n,)
        Prices of the adds in ticks; only the last digit is read.

    Returns
    -------
    Curve
        Shares over the digits 0 to 9.

    Raises
    ------
    InsufficientDataError
        If there is no new order.

    References
    ----------
    As for `last_digit_clustering`.

    Examples
    --------
    >>> last_digit_shares([120, 130, 145, 155]).value[[0, 5]]
    array([0.5, 0.5])
    """
    shares, n = _digits(order_digit)
    x = np.arange(10.0)
    return Curve(x, shares, np.full(10, n), "", "last digit", scale="arcsine", basis=_ORDERS, labels=_DIGITS)


def _digits(data: Counts | ArrayLike) -> tuple[NDArray[np.float64], int]:
    counts = Counts.of(data)
    if not counts.n:
        msg = "there is no new order."
        raise InsufficientDataError(msg)
    if counts.step is None:
        msg = "`order_digit` must hold whole numbers: prices in ticks."
        raise ValueError(msg)
    return np.bincount(counts.values % 10, weights=counts.counts, minlength=10) / counts.n, counts.n
