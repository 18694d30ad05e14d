"""Prices: how often and how far the mid moves, the spread, the size of orders."""

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Estimate
from lobstats.summary.counts import Counts

__all__ = [
    "mean_order_size",
    "mean_spread",
    "time_weighted_spread",
    "wide_spread_share",
    "zero_move_share",
]


def zero_move_share(moves: Counts | ArrayLike) -> Estimate:
    """Share of happenings that leave the mid where it was.

    On a market whose spread is nearly always one tick most happenings move nothing; a model that moves the mid too
    often shows here first.

    Parameters
    ----------
    moves : Counts or array_like, shape (n,)
        Change of the mid per happening.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no move.

    Examples
    --------
    >>> float(zero_move_share([0, 0, 1, -2]))
    0.5
    """
    counts = Counts.of(moves)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine")


def mean_spread(spread: Counts | ArrayLike) -> Estimate:
    """Mean spread after a happening: each happening counts once.

    Busy moments weigh more than calm ones here; `time_weighted_spread` weighs by the clock.

    Parameters
    ----------
    spread : Counts or array_like, shape (n,)
        Best ask minus best bid.

    Returns
    -------
    Estimate
        In the unit of the spread, ticks in a report.

    Raises
    ------
    InsufficientDataError
        If there is no spread.

    Examples
    --------
    >>> float(mean_spread([1, 1, 1, 2]))
    1.25
    """
    counts = Counts.of(spread)
    return Estimate(counts.mean(), counts.n, counts.unit, scale="log")


def time_weighted_spread(spread_time: Counts | ArrayLike) -> Estimate:
    """Mean spread over time: each spread counts for as long as it stood.

    Parameters
    ----------
    spread_time : Counts or array_like, shape (n,)
        Spreads, counted in nanoseconds; in an array, the spread at equally spaced times.

    Returns
    -------
    Estimate
        In the unit of the spread; its ``n`` counts nanoseconds.

    Raises
    ------
    InsufficientDataError
        If no spread stood for any time.

    Examples
    --------
    >>> float(time_weighted_spread(Counts.weighted([1, 3], [900, 100])))
    1.2
    """
    counts = Counts.of(spread_time)
    return Estimate(counts.mean(), counts.n, counts.unit, scale="log")


def wide_spread_share(spread: Counts | ArrayLike, *, ticks: int = 1) -> Estimate:
    """Share of happenings after which the spread is wider than a number of ticks.

    The median of a spread that lives on a few ticks says nearly nothing; this share moves with the market.

    Parameters
    ----------
    spread : Counts or array_like of int, shape (n,)
        Best ask minus best bid in ticks.
    ticks : int
        The spread that is not yet wide, at least 0.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no spread.

    Examples
    --------
    >>> float(wide_spread_share([1, 1, 2, 3]))
    0.5
    """
    if ticks < 0:
        msg = f"`ticks` must be at least 0, got {ticks}."
        raise ValueError(msg)
    counts = Counts.of(spread)
    return Estimate(counts.share(counts.values > ticks), counts.n, "", {"ticks": ticks}, scale="arcsine")


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
    return Estimate(mean, counts.n, counts.unit, scale="log")
