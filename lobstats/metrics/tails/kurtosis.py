"""How far the moves are from Gaussian ones, and how that passes with the horizon."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.moments import CHANGES, deviations, over_horizons
from lobstats.metrics.tails.threshold import ALL_MOVES
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns
from lobstats.summary.reference import Reference

__all__ = ["kurtosis", "kurtosis_curve", "kurtosis_decay"]

_GAUSSIAN = 3.0
_LEAST_POSITIVE = 3

_HORIZONS = Basis("clock time", "0.01 s to 600 s", "horizons with a positive excess kurtosis")


def kurtosis(returns: Counts | ArrayLike) -> Estimate:
    """Kurtosis of one-second moves.

    mean((r - m)^4) / mean((r - m)^2)^2: 3 for a Gaussian, more where large moves are frequent beside the usual ones.
    Where the tail index is 4 or less, as it mostly is, the law of the moves has no such number: the value grows with
    the sample and hangs on its largest moves, so compare samples of equal length, and read `pareto_index`.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.

    Returns
    -------
    Estimate
        At least 1.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 moves or they do not vary.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> float(kurtosis([-1, 1] * 20))
    1.0
    """
    counts = Counts.of(returns)
    return Estimate(_kurtosis(counts), counts.n, "", scale="log", basis=ALL_MOVES)


def kurtosis_curve(by_horizon: HorizonReturns | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Kurtosis of the change of the mid over the horizon.

    As `kurtosis`, at each horizon up to a tenth of the reference's unit, 30 seconds without one. Sums of many moves
    come nearer to a Gaussian, so the curve falls toward 3: at once for independent moves, slowly on markets, which is
    called aggregational Gaussianity.

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

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> path = np.cumsum(np.rint(10 * np.random.default_rng(1).standard_t(5, 20_000)).astype(int))
    >>> curve = kurtosis_curve(path)
    >>> bool(curve.value[0] > curve.value[-1])
    True
    """
    x, value, n = over_horizons(by_horizon, reference, _kurtosis)
    return Curve(x, value, n, "", "s", scale="log", basis=CHANGES)


def kurtosis_decay(by_horizon: HorizonReturns | ArrayLike, *, reference: Reference | None = None) -> Estimate:
    """Exponent with which the excess kurtosis falls as the horizon grows.

    The slope -b of ln(kurtosis - 3) on ln(horizon) by least squares, over the horizons at which the excess is positive.
    Independent moves with a fourth moment give 1; volatility that clusters keeps the excess up and gives less.

    Parameters
    ----------
    by_horizon : HorizonReturns or array_like, shape (n,)
        The mid, one value a second; integers are half ticks.
    reference : Reference, optional
        Sets the longest horizon.

    Returns
    -------
    Estimate
        The exponent b; ``n`` counts horizons.

    Raises
    ------
    InsufficientDataError
        If fewer than three horizons have a positive excess.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> path = np.cumsum(np.random.default_rng(1).choice([-1, 0, 0, 0, 0, 0, 0, 0, 0, 1], 100_000))
    >>> 0.8 < float(kurtosis_decay(path)) < 1.2
    True
    """
    curve = kurtosis_curve(by_horizon, reference=reference)
    positive = curve.value > _GAUSSIAN
    n = int(positive.sum())
    if n < _LEAST_POSITIVE:
        msg = f"{n} horizons with a positive excess kurtosis; a decay needs {_LEAST_POSITIVE}."
        raise InsufficientDataError(msg)
    x, excess = curve.x[positive], curve.value[positive] - _GAUSSIAN
    slope = np.polyfit(np.log(x), np.log(excess), 1)[0]
    return Estimate(float(-slope), n, "", {"longest_horizon_seconds": float(x[-1])}, basis=_HORIZONS)


def _kurtosis(counts: Counts) -> float:
    deviation, share = deviations(counts, "kurtosis")
    return float(share @ deviation**4 / (share @ deviation**2) ** 2)
