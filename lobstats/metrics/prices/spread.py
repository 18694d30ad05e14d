"""The spread, by happening and by the clock."""

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = ["mean_spread", "time_weighted_spread", "wide_spread_share", "wide_spread_time_share"]

_EVENT = Basis("event time", "one happening", "happenings with two sides")
_CLOCK = Basis("clock time", "as long as each spread stood", "nanoseconds with two sides")


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
        If there is no spread, or its mean is not positive, as where crossed books are kept.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_spread([1, 1, 1, 2]))
    1.25
    """
    return _mean(Counts.of(spread), _EVENT)


def time_weighted_spread(spread_time: Counts | ArrayLike) -> Estimate:
    """Mean spread over time: each spread counts for as long as it stood.

    Parameters
    ----------
    spread_time : Counts or array_like, shape (n,)
        Spreads, counted in nanoseconds; in an array, the spread at equally spaced times.

    Returns
    -------
    Estimate
        In the unit of the spread, ticks in a report; ``n`` counts nanoseconds.

    Raises
    ------
    InsufficientDataError
        If no spread stood for any time, or its mean is not positive.

    References
    ----------
    Own definition: a mean over time.

    Examples
    --------
    >>> float(time_weighted_spread(Counts.weighted([1, 3], [900, 100])))
    1.2
    """
    return _mean(Counts.of(spread_time), _CLOCK)


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

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(wide_spread_share([1, 1, 2, 3]))
    0.5
    """
    return _wide(Counts.of(spread), ticks, _EVENT)


def wide_spread_time_share(spread_time: Counts | ArrayLike, *, ticks: int = 1) -> Estimate:
    """Share of the time during which the spread is wider than some ticks.

    As `wide_spread_share`, weighted by the clock: a spread that opens for a moment in every burst counts little here.

    Parameters
    ----------
    spread_time : Counts or array_like, shape (n,)
        Spreads in ticks, counted in nanoseconds; in an array, the spread at equally spaced times.
    ticks : int
        The spread that is not yet wide, at least 0.

    Returns
    -------
    Estimate
        A share in [0, 1]; its ``n`` counts nanoseconds.

    Raises
    ------
    InsufficientDataError
        If no spread stood for any time.

    References
    ----------
    Own definition: a share of time.

    Examples
    --------
    >>> float(wide_spread_time_share(Counts.weighted([1, 3], [900, 100])))
    0.1
    """
    return _wide(Counts.of(spread_time), ticks, _CLOCK)


def _mean(counts: Counts, basis: Basis) -> Estimate:
    mean = counts.mean()
    if mean <= 0:
        msg = f"the mean spread is {mean:g}; it must be positive."
        raise InsufficientDataError(msg)
    return Estimate(mean, counts.n, counts.unit, scale="log", basis=basis)


def _wide(counts: Counts, ticks: int, basis: Basis) -> Estimate:
    if ticks < 0:
        msg = f"`ticks` must be at least 0, got {ticks}."
        raise ValueError(msg)
    share = counts.share(counts.x > ticks)
    return Estimate(share, counts.n, "", {"ticks": ticks}, scale="arcsine", basis=basis)
