"""Conditional heavy tails: what is left of them once the moves are divided by the volatility of the moment."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.metrics.volatility.garch import fitted
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.clock_windows import WINDOW
from lobstats.summary.garch import LEVELS, GarchFits

__all__ = ["conditional_kurtosis", "conditional_tail", "conditional_tail_curve"]

_BASIS = Basis("clock time", f"windows of {WINDOW} s", "one-second moves in windows with a fit")


def conditional_kurtosis(garch: GarchFits | ArrayLike) -> Estimate:
    """Kurtosis of one-second moves over the volatility that GARCH(1,1) expects of each.

    n sum(z^4) / (sum z^2)^2 with z[t] = r[t] / sqrt(h[t]), about zero: 3 for Gaussian shocks. Below the kurtosis of the
    moves themselves, and above 3 on markets: clustering makes a part of the heavy tails, not all of them.

    Parameters
    ----------
    garch : GarchFits or array_like, shape (n,)
        One-second moves; an array is cut into windows of 600.

    Returns
    -------
    Estimate
        At least 1; ``n`` counts the moves of all windows with a fit.

    Raises
    ------
    InsufficientDataError
        If no window has a fit.

    Notes
    -----
    The volatility is that of a fit to each window of ten minutes, so that no scale from the future of another window or
    of the other side enters. In a window in which GARCH gains nothing on a constant variance it is the root mean square
    of the window. That each window is scaled by itself holds a single huge move to a z of sqrt(600) at most, and the
    kurtosis of heavy shocks below its value for the whole sample. As `kurtosis` it hangs on the largest moves;
    `conditional_tail` counts them.

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670; T. Bollerslev, Journal of Econometrics 31 (1986) 307,
    doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> moves = np.random.default_rng(1).normal(size=6_000)
    >>> round(float(conditional_kurtosis(moves)))
    3
    """
    fits = fitted(GarchFits.of(garch))
    n = fits.fitted * WINDOW
    value = n * fits.residual_fourths / fits.residual_squares**2
    return Estimate(value, n, "", {"windows": fits.fitted}, scale="log", basis=_BASIS)


def conditional_tail(garch: GarchFits | ArrayLike, *, deviations: float = 3.0) -> Estimate:
    """Share of one-second moves beyond three times the volatility that GARCH(1,1) expects of each.

    The share of |z| > k with z as in `conditional_kurtosis`: 0.27 % for Gaussian shocks and k = 3, more where they have
    heavy tails themselves.

    Parameters
    ----------
    garch : GarchFits or array_like, shape (n,)
        One-second moves; an array is cut into windows of 600.
    deviations : float
        The k: one of 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6 and 8.

    Returns
    -------
    Estimate
        In [0, 1]; ``n`` counts the moves of all windows with a fit.

    Raises
    ------
    InsufficientDataError
        If no window has a fit.

    Notes
    -----
    Moves on a coarse lattice, most of them zero, jump over the mark: a tick may be two of their deviations or four.
    The volatility is that of `conditional_kurtosis`.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> moves = np.random.default_rng(1).normal(size=60_000)
    >>> round(float(conditional_tail(moves)), 3)
    0.003
    """
    if deviations not in LEVELS:
        msg = f"`deviations` must be one of {', '.join(f'{level:g}' for level in LEVELS)}, got {deviations}."
        raise ValueError(msg)
    fits = fitted(GarchFits.of(garch))
    n = fits.fitted * WINDOW
    beyond = int(fits.residual_tail[LEVELS.index(deviations)])
    params = {"deviations": float(deviations), "windows": fits.fitted}
    return Estimate(beyond / n, n, "", params, scale="arcsine", basis=_BASIS)


def conditional_tail_curve(garch: GarchFits | ArrayLike) -> Curve:
    """Share of one-second moves beyond multiples of the volatility that GARCH(1,1) expects of each.

    As `conditional_tail`, from one deviation to eight. Gaussian shocks leave 32 %, 4.6 % and 0.27 % beyond one, two and
    three of them, and nothing that could be seen beyond five.

    Parameters
    ----------
    garch : GarchFits or array_like, shape (n,)
        One-second moves; an array is cut into windows of 600.

    Returns
    -------
    Curve
        Over deviations.

    Raises
    ------
    InsufficientDataError
        If no window has a fit.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> conditional_tail_curve(np.random.default_rng(1).normal(size=60_000)).value[:3].round(2)
    array([0.32, 0.13, 0.05])
    """
    fits = fitted(GarchFits.of(garch))
    n = fits.fitted * WINDOW
    beyond = fits.residual_tail
    return Curve(
        np.array(LEVELS),
        beyond / n,
        np.full(len(LEVELS), n),
        "",
        "deviations",
        {"windows": fits.fitted},
        scale="arcsine",
        basis=_BASIS,
    )
