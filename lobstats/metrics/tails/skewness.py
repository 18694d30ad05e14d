"""Whether the law of the moves leans, and how that passes with the horizon."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.metrics.tails.moments import CHANGES, deviations, over_horizons
from lobstats.metrics.tails.threshold import ALL_MOVES
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns
from lobstats.summary.reference import Reference

__all__ = ["skewness", "skewness_curve"]


def skewness(returns: Counts | ArrayLike) -> Estimate:
    """Skewness of one-second moves.

    mean((r - m)^3) / mean((r - m)^2)^(3/2): 0 for a law that is as wide above its mean as below, negative where the
    large moves are falls. Stock indices show about -0.5 over days; futures over seconds hardly lean.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.

    Returns
    -------
    Estimate
        Positive or negative.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 moves or they do not vary.

    Notes
    -----
    Where the tail index is 3 or less, as it often is, the law of the moves has no such number: the value hangs on the
    few largest moves, and may come out large with either sign. `gain_loss_asymmetry` counts large moves instead and has
    no such weakness.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> round(float(skewness([0] * 90 + [1] * 10)), 3)  # (1 - 2 p) / sqrt(p (1 - p))
    2.667
    """
    counts = Counts.of(returns)
    return Estimate(_skewness(counts), counts.n, "", basis=ALL_MOVES)


def skewness_curve(by_horizon: HorizonReturns | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Skewness of the change of the mid over the horizon.

    As `skewness`, at each horizon up to a tenth of the reference's unit, 30 seconds without one. Sums of h independent
    moves lean less by 1 / sqrt(h); where falls raise volatility, sums lean more than single moves do.

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
    What is said of `skewness` and the tail index holds at every horizon.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> path = np.cumsum(np.random.default_rng(1).exponential(size=50_000))
    >>> curve = skewness_curve(path)
    >>> bool(curve.value[0] > 1.8), bool(curve.value[-1] < 0.6)
    (True, True)
    """
    x, value, n = over_horizons(by_horizon, reference, _skewness)
    return Curve(x, value, n, "", "s", basis=CHANGES)


def _skewness(counts: Counts) -> float:
    deviation, share = deviations(counts, "skewness")
    return float(share @ deviation**3 / np.sqrt(share @ deviation**2) ** 3)
