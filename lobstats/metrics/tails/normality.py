"""How much of a Gaussian's tails the moves have beyond their own standard deviation, over the horizon."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.metrics.tails.moments import CHANGES, deviations, over_horizons
from lobstats.result import Curve
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns
from lobstats.summary.reference import Reference

__all__ = ["deviation_tail_curve"]

_DEVIATIONS = 3.0


def deviation_tail_curve(by_horizon: HorizonReturns | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Share of the changes of the mid beyond three of their standard deviations, over the horizon.

    The share of |r - m| > 3 s, with m and s the mean and the standard deviation of the changes over each horizon, up to
    a tenth of the reference's unit, 30 seconds without one. A Gaussian has 0.27 %, and sums of many moves come nearer
    to it: on markets the curve falls toward that, which is called aggregational Gaussianity.

    Parameters
    ----------
    by_horizon : HorizonReturns or array_like, shape (n,)
        The mid, one value a second; integers are half ticks.
    reference : Reference, optional
        Sets the longest horizon.

    Returns
    -------
    Curve
        Over horizons in seconds; those with fewer than 30 changes, or changes that do not vary, are left out.

    Raises
    ------
    InsufficientDataError
        If every horizon is.

    Notes
    -----
    It counts large changes where `kurtosis_curve` raises them to the fourth power, so that no single one decides it.
    Over horizons at which nearly all changes are zero a tick is beyond three deviations, and the share that of the
    changes that are none: one in nine at most, as Chebyshev's inequality says.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> path = np.cumsum(np.random.default_rng(1).standard_t(3, 50_000))
    >>> curve = deviation_tail_curve(path)
    >>> bool(curve.value[0] > 0.01 > curve.value[-1])
    True
    """
    x, value, n = over_horizons(by_horizon, reference, _beyond)
    return Curve(x, value, n, "", "s", {"deviations": _DEVIATIONS}, scale="arcsine", basis=CHANGES)


def _beyond(counts: Counts) -> float:
    deviation, share = deviations(counts, "standard deviation")
    return float(share[np.abs(deviation) > _DEVIATIONS * np.sqrt(share @ deviation**2)].sum())
