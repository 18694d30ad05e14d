"""Where new and cancelled orders lie in the book, and how large cancelled ones are."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = [
    "cancel_touch_share",
    "improving_share",
    "mean_cancel_distance",
    "mean_cancel_size",
    "mean_order_distance",
    "median_cancel_distance",
    "median_order_distance",
    "touch_share",
]

_FARTHEST = 100

_ORDERS = Basis("order time", "one order", "new orders with a known touch")
_CANCELS = Basis("order time", "one order", "owners' cancels of known orders")


def touch_share(order_distance: Counts | ArrayLike) -> Estimate:
    """Share of new orders that join the best price of their side.

    The distance is taken to the best price before the order's happening; orders for which it is unknown are left out.

    Parameters
    ----------
    order_distance : Counts or array_like, shape (n,)
        Ticks of each new order behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(touch_share([0, 0, 1, -1]))
    0.5
    """
    counts = Counts.of(order_distance)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine", basis=_ORDERS)


def improving_share(order_distance: Counts | ArrayLike) -> Estimate:
    """Share of new orders that improve the best price of their side: they are placed inside the spread.

    Where the spread is one tick there is no room, and the share is small. An order that reaches the other side trades
    and appears only if a rest of it stays.

    Parameters
    ----------
    order_distance : Counts or array_like, shape (n,)
        Ticks of each new order behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(improving_share([0, 0, 1, -1]))
    0.25
    """
    counts = Counts.of(order_distance)
    return Estimate(counts.share(counts.values < 0), counts.n, "", scale="arcsine", basis=_ORDERS)


def median_order_distance(order_distance: Counts | ArrayLike) -> Estimate:
    """Median distance of new orders from the best price of their side, in ticks.

    0 joins it, above 0 lies behind it, below 0 improves it.

    Parameters
    ----------
    order_distance : Counts or array_like, shape (n,)
        Ticks of each new order behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        In ticks.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    References
    ----------
    As for `mean_order_distance`.

    Examples
    --------
    >>> float(median_order_distance([0, 0, 1, 3, 50]))
    1.0
    """
    counts = Counts.of(order_distance)
    return Estimate(_median(counts), counts.n, counts.unit, basis=_ORDERS)


def mean_order_distance(order_distance: Counts | ArrayLike) -> Estimate:
    """Mean distance of new orders from the best price of their side, in ticks, at most 100.

    0 joins it, above 0 lies behind it, below 0 improves it.

    Parameters
    ----------
    order_distance : Counts or array_like, shape (n,)
        Ticks of each new order behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        In ticks.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    Notes
    -----
    The tail of distances is so heavy that a plain mean would be that of a few orders placed far off: every distance
    counts as 100 ticks at most, either way.

    References
    ----------
    J.-P. Bouchaud, M. Mézard, M. Potters, "Statistical properties of stock order books: empirical results and models",
    Quantitative Finance 2 (2002) 251, doi:10.1088/1469-7688/2/4/301, on the tail of distances.

    Examples
    --------
    >>> float(mean_order_distance([0, 0, 1, 3, 500]))
    20.8
    """
    counts = Counts.of(order_distance)
    return Estimate(_mean_of_near(counts), counts.n, counts.unit, {"farthest": _FARTHEST}, basis=_ORDERS)


def cancel_touch_share(cancel_distance: Counts | ArrayLike) -> Estimate:
    """Share of owners' cancels that are of orders at the best price of their side.

    Cancels of filled orders are the fills' doing and not among them.

    Parameters
    ----------
    cancel_distance : Counts or array_like, shape (n,)
        Ticks of each order that its owner cancels behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(cancel_touch_share([0, 0, 1, 4]))
    0.5
    """
    counts = Counts.of(cancel_distance)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine", basis=_CANCELS)


def median_cancel_distance(cancel_distance: Counts | ArrayLike) -> Estimate:
    """Median distance of orders that their owners cancel from the best price of their side, in ticks.

    Cancels of filled orders are the fills' doing and not among them.

    Parameters
    ----------
    cancel_distance : Counts or array_like, shape (n,)
        Ticks of each order that its owner cancels behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        In ticks.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    References
    ----------
    Own definition: a plain median.

    Examples
    --------
    >>> float(median_cancel_distance([0, 0, 1, 3, 50]))
    1.0
    """
    counts = Counts.of(cancel_distance)
    return Estimate(_median(counts), counts.n, counts.unit, basis=_CANCELS)


def mean_cancel_distance(cancel_distance: Counts | ArrayLike) -> Estimate:
    """Mean distance of orders that their owners cancel from the best price of their side, in ticks, at most 100.

    Cancels of filled orders are the fills' doing and not among them.

    Parameters
    ----------
    cancel_distance : Counts or array_like, shape (n,)
        Ticks of each order that its owner cancels behind the best price of its side before; below 0 it improves it.

    Returns
    -------
    Estimate
        In ticks.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    Notes
    -----
    The tail of distances is so heavy that a plain mean would be that of a few orders placed far off: every distance
    counts as 100 ticks at most, either way.

    References
    ----------
    Own definition: a mean of what is cut at 100 ticks.

    Examples
    --------
    >>> float(mean_cancel_distance([0, 0, 1, 3, 500]))
    20.8
    """
    counts = Counts.of(cancel_distance)
    return Estimate(_mean_of_near(counts), counts.n, counts.unit, {"farthest": _FARTHEST}, basis=_CANCELS)


def mean_cancel_size(cancel_size: Counts | ArrayLike) -> Estimate:
    """Mean quantity that is left of an order when its owner cancels it.

    Against `mean_order_size` it tells whether large orders are cancelled more, or are filled in part first.

    Parameters
    ----------
    cancel_size : Counts or array_like, shape (n,)
        What is left of each order that its owner cancels.

    Returns
    -------
    Estimate
        In contracts.

    Raises
    ------
    InsufficientDataError
        If there is no such cancel, or the mean is not positive.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_cancel_size([1.0, 1.0, 4.0]))
    2.0
    """
    counts = Counts.of(cancel_size)
    mean = counts.mean()
    if mean <= 0:
        msg = f"the mean size is {mean:g}; it must be positive."
        raise InsufficientDataError(msg)
    return Estimate(mean, counts.n, counts.unit, scale="log", basis=_CANCELS)


def _median(counts: Counts) -> float:
    if not counts.n:
        msg = "there is no observation."
        raise InsufficientDataError(msg)
    return float(counts.x[np.searchsorted(np.cumsum(counts.counts), counts.n / 2)])


def _mean_of_near(counts: Counts) -> float:
    if not counts.n:
        msg = "there is no observation."
        raise InsufficientDataError(msg)
    return float(np.clip(counts.x, -_FARTHEST, _FARTHEST) @ counts.counts / counts.n)
