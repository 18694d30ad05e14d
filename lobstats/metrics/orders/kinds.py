"""What records do: shares of adds, cancels, modifies, trades and fills."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.causes import ACTIONS
from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.counts import Counts

__all__ = ["all_cancel_share", "cancel_share", "event_shares", "fill_record_share", "fills_per_order"]

_RECORDS = Basis("event time", "one record", "records")
_ADD, _CANCEL, _FILL, _CANCEL_BY_FILL = (ACTIONS.index(name) for name in ("add", "cancel", "fill", "cancel by fill"))


def event_shares(event_kinds: Counts | ArrayLike) -> Curve:
    """Share of records that are adds, cancels, modifies, trades and fills.

    A cancel or modify of an order that is filled in the same happening is the fill's doing, not the owner's, and is a
    kind of its own. Snapshots and depth are no records of anybody's doing and are not counted.

    Parameters
    ----------
    event_kinds : Counts or array_like of int, shape (n,)
        What each record does, by its place in `lobstats.causes.ACTIONS`.

    Returns
    -------
    Curve
        Shares over the kinds.

    Raises
    ------
    InsufficientDataError
        If there is no record.

    References
    ----------
    Own definition: plain shares.

    Examples
    --------
    >>> event_shares([0, 0, 1, 3, 4, 5, 0, 0]).value
    array([0.5  , 0.125, 0.   , 0.125, 0.125, 0.125, 0.   ])
    """
    counts, n = _counts(event_kinds)
    x = np.arange(float(len(ACTIONS)))
    return Curve(x, counts / n, np.full(len(x), n), "", "", scale="arcsine", basis=_RECORDS, labels=ACTIONS)


def cancel_share(event_kinds: Counts | ArrayLike) -> Estimate:
    """Share of records by which an order's owner cancels it.

    Owners' cancels over all records: adds, cancels, modifies, trades and fills. `all_cancel_share` also counts the
    cancels that remove filled orders; papers that give a share of cancels seldom say which they mean.

    Parameters
    ----------
    event_kinds : Counts or array_like of int, shape (n,)
        What each record does, by its place in `lobstats.causes.ACTIONS`.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no record.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(cancel_share([0, 0, 1, 3, 4, 5, 0, 0]))
    0.125
    """
    return _share(event_kinds, (_CANCEL,))


def all_cancel_share(event_kinds: Counts | ArrayLike) -> Estimate:
    """Share of records that are cancels, whether by the owner or because the order was filled.

    All cancels over all records: what counting the kind of the records gives. `cancel_share` leaves the fills' out.

    Parameters
    ----------
    event_kinds : Counts or array_like of int, shape (n,)
        What each record does, by its place in `lobstats.causes.ACTIONS`.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no record.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(all_cancel_share([0, 0, 1, 3, 4, 5, 0, 0]))
    0.25
    """
    return _share(event_kinds, (_CANCEL, _CANCEL_BY_FILL))


def fill_record_share(event_kinds: Counts | ArrayLike) -> Estimate:
    """Share of records that are fills: how much of the traffic is executions.

    One of several fill rates; `fills_per_order`, `ever_filled_share`, `filled_share` and `filled_quantity_share` answer
    other questions and differ from it manifold.

    Parameters
    ----------
    event_kinds : Counts or array_like of int, shape (n,)
        What each record does, by its place in `lobstats.causes.ACTIONS`.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no record.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(fill_record_share([0, 0, 1, 3, 4, 5, 0, 0]))
    0.125
    """
    return _share(event_kinds, (_FILL,))


def fills_per_order(event_kinds: Counts | ArrayLike) -> Estimate:
    """Count of fills over that of new orders: how many executions the market makes of each order that comes.

    One of several fill rates. An order may be filled often and fills may be of older orders, so this is no share of
    orders: `ever_filled_share` and `filled_share` are, `filled_quantity_share` weighs them by size, and
    `fill_record_share` asks about records.

    Parameters
    ----------
    event_kinds : Counts or array_like of int, shape (n,)
        What each record does, by its place in `lobstats.causes.ACTIONS`.

    Returns
    -------
    Estimate
        ``n`` counts new orders.

    Raises
    ------
    InsufficientDataError
        If there is no new order or no fill.

    References
    ----------
    Own definition: a ratio of counts.

    Examples
    --------
    >>> float(fills_per_order([0, 0, 1, 3, 4, 5, 0, 0]))
    0.25
    """
    counts, _ = _counts(event_kinds)
    adds, fills = int(counts[_ADD]), int(counts[_FILL])
    if not adds or not fills:
        msg = f"there is no {'fill' if adds else 'new order'}."
        raise InsufficientDataError(msg)
    return Estimate(fills / adds, adds, "", scale="log", basis=Basis("order time", "one order", "new orders"))


def _share(event_kinds: Counts | ArrayLike, chosen: tuple[int, ...]) -> Estimate:
    counts, n = _counts(event_kinds)
    return Estimate(float(counts[list(chosen)].sum() / n), n, "", scale="arcsine", basis=_RECORDS)


def _counts(event_kinds: Counts | ArrayLike) -> tuple[NDArray[np.int64], int]:
    data = Counts.of(event_kinds)
    if not data.n:
        msg = "there is no record."
        raise InsufficientDataError(msg)
    if data.step is None or data.values[0] < 0 or data.values[-1] >= len(ACTIONS):
        msg = f"`event_kinds` must hold whole numbers from 0 to {len(ACTIONS) - 1}."
        raise ValueError(msg)
    counts = np.zeros(len(ACTIONS), dtype=np.int64)
    counts[data.values] = data.counts
    return counts, data.n
