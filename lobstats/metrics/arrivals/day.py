"""The pattern of the day."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.days import BINS, DayCounts

__all__ = ["intraday_curvature", "intraday_rate"]

_LEAST_SECONDS = 60
_SECOND = 1_000_000_000
_PER_HOUR = 2.0
_LEAST_HALF_HOURS = 7  # half of a day of stock trading, from 9:30 to 16:00


def intraday_rate(day_rate: DayCounts | ArrayLike) -> Curve:
    """Rate of happenings over the local day, by half-hours.

    Markets are busy after the opening and before the close. Each half-hour's happenings are divided by the seconds of
    it that were observed, over all days.

    Parameters
    ----------
    day_rate : DayCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds since midnight of any day.

    Returns
    -------
    Curve
        In happenings per second, over the hour at which each half-hour begins; those observed for less than a minute
        are left out. ``n`` counts whole seconds observed.

    Raises
    ------
    InsufficientDataError
        If every half-hour is.

    References
    ----------
    A. R. Admati, P. Pfleiderer, "A theory of intraday patterns", Review of Financial Studies 1 (1988) 3,
    doi:10.1093/rfs/1.1.3.

    Examples
    --------
    >>> curve = intraday_rate(np.arange(9 * 3600, 10 * 3600, 2) * 10**9)
    >>> curve.x, curve.value.round(2)
    (array([9. , 9.5]), array([0.5, 0.5]))
    """
    days = DayCounts.of(day_rate)
    seen = days.covered >= _LEAST_SECONDS * _SECOND
    if not seen.any():
        msg = f"no half-hour of the day was observed for {_LEAST_SECONDS} s."
        raise InsufficientDataError(msg)
    return Curve(
        x=np.flatnonzero(seen) / _PER_HOUR,
        value=days.counts[seen] / (days.covered[seen] / 1e9),
        n=days.covered[seen] // _SECOND,
        unit="1/s",
        x_unit="hour of the day",
        scale="log",
        basis=Basis("clock time", "half-hours of the day", "seconds observed"),
    )


def intraday_curvature(day_rate: DayCounts | ArrayLike) -> Estimate:
    """Curvature of the rate of happenings over the local day.

    The c of the parabola a + b u + c u^2 fitted by least squares to the rates of the half-hours over their mean, each
    counted alike, with u from -1 in the first observed half-hour to 1 in the last: 0 for a steady rate, positive for
    a U with busy ends. A rate of 1 + c (u^2 - 1/3) is busier at the ends than in the middle by c of the mean.

    Parameters
    ----------
    day_rate : DayCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds since midnight of any day.

    Returns
    -------
    Estimate
        A pure number, over the mean rate; ``n`` counts half-hours.

    Raises
    ------
    InsufficientDataError
        If fewer than seven half-hours were observed for a minute, half of a day of stock trading, or nothing happens in
        them.

    Notes
    -----
    The day begins after the longest run of half-hours without trading, so that one that spans midnight stays whole;
    where there is none it begins at midnight. Samples that cover other hours have other parabolas: compare alike ones.

    References
    ----------
    A. R. Admati, P. Pfleiderer, Review of Financial Studies 1 (1988) 3, doi:10.1093/rfs/1.1.3.

    Examples
    --------
    >>> hours = np.linspace(9.5, 16, 100_000)
    >>> busy_ends = hours[np.random.default_rng(1).random(100_000) < 0.4 + 0.6 * ((hours - 12.75) / 3.25) ** 2]
    >>> 0.8 < float(intraday_curvature((busy_ends * 3600e9).astype(int))) < 1.2
    True
    """
    days = DayCounts.of(day_rate)
    seen = np.flatnonzero(days.covered >= _LEAST_SECONDS * _SECOND)
    if len(seen) < _LEAST_HALF_HOURS:
        msg = f"{len(seen)} of {BINS} half-hours of the day were observed; a parabola needs {_LEAST_HALF_HOURS}."
        raise InsufficientDataError(msg)
    # Half-hours in the order of a day that begins after its longest pause.
    pause = np.diff(seen, append=seen[0] + BINS)
    last = int(np.argmax(pause)) if pause.max() > 1 else len(seen) - 1
    order = np.roll(np.arange(len(seen)), -(last + 1))
    place = (seen[order] - seen[order[0]]) % BINS
    rate = (days.counts[seen] / days.covered[seen])[order]
    if not rate.any():
        msg = "nothing happens in the half-hours that were observed."
        raise InsufficientDataError(msg)
    u = 2 * place / place[-1] - 1
    curvature = np.linalg.lstsq(np.vander(u, 3), rate / rate.mean(), rcond=None)[0][0]
    basis = Basis("clock time", "half-hours of the day", "half-hours observed")
    return Estimate(float(curvature), len(seen), "", basis=basis)
