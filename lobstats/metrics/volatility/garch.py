"""GARCH(1,1) in windows of ten minutes: how long a large move keeps the next ones large."""

import math

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.clock_windows import WINDOW
from lobstats.summary.garch import LEAST_MOVED, GarchFits

__all__ = ["fitted", "garch_gain", "garch_half_life", "garch_persistence"]

_CLUSTERED = Basis("clock time", f"windows of {WINDOW} s", "windows in which moves cluster")
_BASIS = Basis("clock time", f"windows of {WINDOW} s", "windows with a fit")


def garch_persistence(garch: GarchFits | ArrayLike) -> Estimate:
    """Mean persistence alpha + beta of GARCH(1,1) over the windows of ten minutes in which moves cluster.

    h[t] = omega + alpha r[t-1]^2 + beta h[t-1] is fitted to the 600 one-second moves of each window. The expected
    variance returns to its mean by this factor a second. Markets show 0.9 and more.

    Parameters
    ----------
    garch : GarchFits or array_like, shape (n,)
        One-second moves; an array is cut into windows of 600.

    Returns
    -------
    Estimate
        In [0, 1]; ``n`` counts the windows in which moves cluster, ``params`` hold those with a fit.

    Raises
    ------
    InsufficientDataError
        If no window has a fit, or moves cluster in fewer than half of those that have one.

    Notes
    -----
    What it estimates is the mean of fits to 600 moves, which lies below alpha + beta of the whole process. Moves
    cluster where the fit gains more on a constant variance than chance gives (2.996 of log-likelihood, 5 %); elsewhere
    beta would be arbitrary, and `garch_gain` tells such samples apart. Heavy tails alone pass that mark more often:
    independent moves by a Student-t of four degrees of freedom in a sixth of the windows.

    References
    ----------
    T. Bollerslev, "Generalized autoregressive conditional heteroskedasticity", Journal of Econometrics 31 (1986) 307,
    doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> import numpy as np
    >>> rng, x, h = np.random.default_rng(1), np.zeros(3_000), 1.0
    >>> for t in range(3_000):
    ...     x[t] = np.sqrt(h) * rng.normal()
    ...     h = 0.05 + 0.1 * x[t] ** 2 + 0.85 * h
    >>> 0.7 < float(garch_persistence(x)) < 1.0
    True
    """
    fits = _clustered(fitted(GarchFits.of(garch)))
    return Estimate(_persistence(fits), fits.clustered, "", _params(fits), scale="arcsine", basis=_CLUSTERED)


def garch_half_life(garch: GarchFits | ArrayLike) -> Estimate:
    """Time in which half of a shock to the variance is gone.

    ln(1/2) / ln(persistence), a persistence a second being that of `garch_persistence`.

    Parameters
    ----------
    garch : GarchFits or array_like, shape (n,)
        One-second moves; an array is cut into windows of 600.

    Returns
    -------
    Estimate
        In seconds; ``n`` counts the windows in which moves cluster.

    Raises
    ------
    InsufficientDataError
        If no window has a fit, moves cluster in fewer than half of those that have one, or a shock stays for ever.

    Notes
    -----
    As the persistence comes near 1 the half-life hangs on its last digits; compare the persistence first.

    References
    ----------
    T. Bollerslev, Journal of Econometrics 31 (1986) 307, doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> fits = GarchFits(fitted=2, clustered=2, alpha=0.2, beta=1.7)
    >>> round(float(garch_half_life(fits)), 3)
    13.513
    """
    fits = _clustered(fitted(GarchFits.of(garch)))
    persistence = _persistence(fits)
    if persistence >= 1 - 1e-9:
        msg = "the persistence is 1: a shock to the variance never halves."
        raise InsufficientDataError(msg)
    half_life = math.log(0.5) / math.log(persistence)
    return Estimate(half_life, fits.clustered, "s", _params(fits), scale="log", basis=_CLUSTERED)


def garch_gain(garch: GarchFits | ArrayLike) -> Estimate:
    """Log-likelihood per move by which GARCH(1,1) describes a window better than a constant variance does.

    The mean over windows of (l_garch - l_constant) / 600, both Gaussian. Near 0.001 the moves do not cluster; markets
    show 0.02 and more. Unlike the persistence it has a meaning where nothing clusters.

    Parameters
    ----------
    garch : GarchFits or array_like, shape (n,)
        One-second moves; an array is cut into windows of 600.

    Returns
    -------
    Estimate
        In nats a move; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If no window has a fit; the text counts why.

    Notes
    -----
    An outburst that fills a part of each window gains as well as an exponential memory does.

    References
    ----------
    T. Bollerslev, Journal of Econometrics 31 (1986) 307, doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(1).normal(size=3_000)
    >>> float(garch_gain(noise)) < 0.005
    True
    """
    fits = fitted(GarchFits.of(garch))
    return Estimate(fits.gain / fits.fitted, fits.fitted, "nats a move", _params(fits), basis=_BASIS)


def _persistence(fits: GarchFits) -> float:
    return min(1.0, max(0.0, (fits.alpha + fits.beta) / fits.clustered))


def _params(fits: GarchFits) -> dict[str, int]:
    left_out = {"still": fits.still, "constant": fits.constant, "failed": fits.failed}
    return {"window_seconds": WINDOW, "fitted": fits.fitted, "clustered": fits.clustered, **left_out}


def _clustered(fits: GarchFits) -> GarchFits:
    if 2 * fits.clustered < fits.fitted:
        some = f"{fits.clustered} of {fits.fitted} windows of {WINDOW} s"
        msg = f"moves cluster in {some}; a persistence needs half of them."
        raise InsufficientDataError(msg)
    return fits


def fitted(fits: GarchFits) -> GarchFits:
    """Return the fits, and raise InsufficientDataError where there is none."""
    if not fits.fitted:
        msg = (
            f"no window of {WINDOW} s has a GARCH fit: {fits.still} have fewer than {LEAST_MOVED} moves that are not "
            f"zero, {fits.constant} do not vary, {fits.failed} fits failed."
        )
        raise InsufficientDataError(msg)
    return fits
