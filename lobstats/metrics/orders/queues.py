"""Where in the queue of their price orders stand as they are filled or cancelled."""

from numpy.typing import ArrayLike

from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = [
    "cancel_front_share",
    "fill_front_share",
    "mean_cancel_ahead",
    "mean_cancel_position",
    "mean_fill_position",
]

_FILLS = Basis("trade time", "one fill", "fills of resting orders")
_CANCELS = Basis("order time", "one order", "owners' cancels of known orders")


def fill_front_share(fill_ahead: Counts | ArrayLike) -> Estimate:
    """Share of fills that find their order at the front of its queue.

    1 under price-time priority. Markets fall short of it where an order ahead is cancelled at the time of the trade, to
    prevent a firm from trading with itself, or where trades are shared out in proportion; a model that does not keep
    queues falls short of it too.

    Parameters
    ----------
    fill_ahead : Counts or array_like, shape (n,)
        Orders ahead at each fill.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    Notes
    -----
    An order loses its place where its price changes or its quantity rises, and where it shows more than its fills have
    left. Fills of one happening are taken off together, since feeds list them in no fixed order.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(fill_front_share([0, 0, 0, 2]))
    0.75
    """
    counts = Counts.of(fill_ahead)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine", basis=_FILLS)


def mean_fill_position(fill_position: Counts | ArrayLike) -> Estimate:
    """Mean place in the queue at a fill: 0 is the front, near 1 the back.

    Quantity ahead over the quantity of the level; 0 under price-time priority.

    Parameters
    ----------
    fill_position : Counts or array_like, shape (n,)
        Quantity ahead over the quantity of the level, at each fill.

    Returns
    -------
    Estimate
        Between 0 and 1.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    Notes
    -----
    An order loses its place where its price changes or its quantity rises, and where it shows more than its fills have
    left. Fills of one happening are taken off together, since feeds list them in no fixed order.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_fill_position([0.0, 0.0, 0.0, 0.5]))
    0.125
    """
    counts = Counts.of(fill_position)
    return Estimate(counts.mean(), counts.n, counts.unit, scale="arcsine", basis=_FILLS)


def cancel_front_share(cancel_ahead: Counts | ArrayLike) -> Estimate:
    """Share of owners' cancels that find their order at the front of its queue.

    A place at the front is worth most, so few give it up.

    Parameters
    ----------
    cancel_ahead : Counts or array_like, shape (n,)
        Orders ahead at each cancel.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    Notes
    -----
    An order alone at its price is at the front.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(cancel_front_share([0, 3, 1, 2]))
    0.25
    """
    counts = Counts.of(cancel_ahead)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine", basis=_CANCELS)


def mean_cancel_position(cancel_position: Counts | ArrayLike) -> Estimate:
    """Mean place in the queue at an owner's cancel: 0 is the front, near 1 the back.

    Quantity ahead over the quantity of the level. Those who came last leave first, so in markets it lies above a half
    where queues are long.

    Parameters
    ----------
    cancel_position : Counts or array_like, shape (n,)
        Quantity ahead over the quantity of the level, at each cancel.

    Returns
    -------
    Estimate
        Between 0 and 1.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    Notes
    -----
    An order alone at its price is at 0, and the last of q equal ones at (q - 1) / q.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_cancel_position([0.0, 0.5, 1.0, 0.5]))
    0.5
    """
    counts = Counts.of(cancel_position)
    return Estimate(counts.mean(), counts.n, counts.unit, scale="arcsine", basis=_CANCELS)


def mean_cancel_ahead(cancel_ahead: Counts | ArrayLike) -> Estimate:
    """Mean number of orders ahead of an order that its owner cancels.

    Parameters
    ----------
    cancel_ahead : Counts or array_like, shape (n,)
        Orders ahead at each cancel.

    Returns
    -------
    Estimate
        In orders.

    Raises
    ------
    InsufficientDataError
        If there is no observation.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_cancel_ahead([0, 3, 1, 2]))
    1.5
    """
    counts = Counts.of(cancel_ahead)
    return Estimate(counts.mean(), counts.n, counts.unit, basis=_CANCELS)
