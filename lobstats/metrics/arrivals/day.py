"""The pattern of the day."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve
from lobstats.summary.days import DayCounts

__all__ = ["intraday_rate"]

_LEAST_SECONDS = 60
_SECOND = 1_000_000_000
_PER_HOUR = 2.0


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
        Happenings per second over the hour at which each half-hour begins; those observed for less than a minute are
        left out. ``n`` counts whole seconds observed.

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
