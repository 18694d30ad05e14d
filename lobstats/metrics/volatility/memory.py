"""Long memory of absolute moves: in their spectrum, and in how their cumulated sum wanders."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.series import BAR_NS
from lobstats.summary.clock_windows import WINDOW
from lobstats.summary.fluctuations import FluctuationSums
from lobstats.summary.periodogram import FREQUENCIES, PeriodogramSums
from lobstats.summary.reference import Reference

__all__ = ["dfa_curve", "dfa_exponent", "whittle_memory"]

_LEAST_D, _MOST_D = -0.5, 1.0
_LEAST_WINDOWS = 30
_LEAST_SIZES = 3
_LEAST_REACH_NS = 16 * BAR_NS
"""Three sizes are used even where a tenth of a unit is shorter."""


def whittle_memory(periodogram: PeriodogramSums | ArrayLike) -> Estimate:
    """Memory parameter d of absolute one-second moves, by the local Whittle estimator.

    The d in (-1/2, 1) that minimises ln mean_j(lambda_j^2d I_j) - 2 d mean_j(ln lambda_j) over the lowest 63 Fourier
    frequencies of windows of ten minutes, the periodogram I averaged over windows. 0 is a short memory; with d between
    0 and 1/2 the autocorrelation falls as lag^(2d - 1). Markets show 0.2 to 0.4.

    Parameters
    ----------
    periodogram : PeriodogramSums or array_like, shape (n,)
        Absolute one-second moves; an array is cut into windows of 600.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts windows. Of w windows of one linear process, the standard error is about
        1 / (2 sqrt(63 w)).

    Raises
    ------
    InsufficientDataError
        If there is no whole window, or the moves do not vary or are too large to be squared.

    Notes
    -----
    Memory beyond ten minutes is not seen, and a level that shifts between windows cannot pass for memory; a pattern of
    the day within one can. Restless windows weigh more than calm ones.

    References
    ----------
    P. M. Robinson, "Gaussian semiparametric estimation of long range dependence", Annals of Statistics 23 (1995) 1630,
    doi:10.1214/aos/1176324317.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=60_000)
    >>> abs(float(whittle_memory(noise))) < 0.02
    True
    """
    from scipy.optimize import brentq

    sums = PeriodogramSums.of(periodogram)
    if not sums.windows:
        msg = f"no whole window of {WINDOW} s without a break."
        raise InsufficientDataError(msg)
    largest = sums.ordinates.max()
    if not np.isfinite(sums.ordinates).all():
        msg = "the moves are too large to be squared."
        raise InsufficientDataError(msg)
    if largest <= 0:
        msg = "the moves do not vary."
        raise InsufficientDataError(msg)
    ordinates, ln_frequency = sums.ordinates / largest, np.log(FREQUENCIES)

    def slope(d: float) -> float:
        """Half the derivative of the objective, which is convex: a logarithm of a sum of exponentials of d."""
        weight = np.exp(2 * d * ln_frequency) * ordinates
        return float(weight @ ln_frequency / weight.sum() - ln_frequency.mean())

    if slope(_LEAST_D) >= 0:
        d = _LEAST_D
    elif slope(_MOST_D) <= 0:
        d = _MOST_D
    else:
        d = float(brentq(slope, _LEAST_D, _MOST_D, xtol=1e-14))
    params = {"window_seconds": WINDOW, "frequencies": len(FREQUENCIES)}
    return Estimate(d, sums.windows, "", params, basis=Basis("clock time", f"windows of {WINDOW} s", "windows"))


def dfa_exponent(fluctuations: FluctuationSums | ArrayLike, *, reference: Reference | None = None) -> Estimate:
    """Exponent of detrended fluctuation analysis of absolute one-second moves.

    The slope of ln F(s) on ln s by least squares, F as in `dfa_curve`. 1/2 is a short memory, d + 1/2 that of a memory
    parameter d; markets show 0.6 to 0.9.

    Parameters
    ----------
    fluctuations : FluctuationSums or array_like, shape (n,)
        Absolute one-second moves.
    reference : Reference, optional
        Sets the largest size, as in `dfa_curve`.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts sizes.

    Raises
    ------
    InsufficientDataError
        If fewer than three sizes have 30 windows, or the moves do not vary or are too large to be squared.

    Notes
    -----
    Small sizes lift the slope a little: of independent moves F^2 is (s^2 - 4) / (15 s) times the variance, which makes
    it 0.535 over 8 to 16 s and 0.505 over 8 to 512 s. With a reference both sides share it.

    References
    ----------
    C.-K. Peng, S. V. Buldyrev, S. Havlin, M. Simons, H. E. Stanley, A. L. Goldberger, "Mosaic organization of DNA
    nucleotides", Physical Review E 49 (1994) 1685, doi:10.1103/PhysRevE.49.1685.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(size=50_000)
    >>> 0.47 < float(dfa_exponent(noise)) < 0.53
    True
    """
    sizes, fluctuation, _ = _fluctuations(FluctuationSums.of(fluctuations), reference)
    if len(sizes) < _LEAST_SIZES:
        msg = f"{len(sizes)} sizes have {_LEAST_WINDOWS} windows; an exponent needs {_LEAST_SIZES}."
        raise InsufficientDataError(msg)
    slope = float(np.polyfit(np.log(sizes), np.log(fluctuation), 1)[0])
    params = {"least_seconds": int(sizes[0]), "most_seconds": int(sizes[-1])}
    horizon = f"windows of {sizes[0]} to {sizes[-1]} s"
    return Estimate(slope, len(sizes), "", params, basis=Basis("clock time", horizon, "window sizes"))


def dfa_curve(fluctuations: FluctuationSums | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Fluctuation F of cumulated absolute moves about straight lines, over the size of the window.

    F(s)^2 is the mean squared residual of the straight line fitted to the cumulated moves of each window of s seconds,
    averaged over windows; F grows as s^(d + 1/2) with a memory parameter d. Where it bends, the memory changes.

    Parameters
    ----------
    fluctuations : FluctuationSums or array_like, shape (n,)
        Absolute one-second moves.
    reference : Reference, optional
        Sets the largest size: a tenth of its unit, 16 s at least. Without one, every size with 30 windows is used.

    Returns
    -------
    Curve
        In the unit of the moves, half ticks in a report, over the pattern of the day; over sizes in seconds, those with
        fewer than 30 windows left out.

    Raises
    ------
    InsufficientDataError
        If every size is, or the moves do not vary or are too large to be squared.

    References
    ----------
    C.-K. Peng et al., Physical Review E 49 (1994) 1685, doi:10.1103/PhysRevE.49.1685.

    Examples
    --------
    >>> dfa_curve([0.0, 0.0, 3.0, 0.0, 0.0, 3.0, 0.0, 0.0] * 50).x
    array([ 8., 11.])
    """
    sizes, fluctuation, n = _fluctuations(FluctuationSums.of(fluctuations), reference)
    basis = Basis("clock time", f"windows of {sizes[0]} to {sizes[-1]} s", "windows")
    return Curve(sizes.astype(np.float64), fluctuation, n, "half ticks", "s", scale="log", basis=basis)


def _fluctuations(
    sums: FluctuationSums, reference: Reference | None
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return size, F and windows where the size is within the horizon and has windows enough."""
    usable = sums.n >= _LEAST_WINDOWS
    if reference is not None:
        usable &= sums.sizes * BAR_NS <= max(reference.horizon_ns, _LEAST_REACH_NS)
    if not usable.any():
        msg = f"no size has {_LEAST_WINDOWS} whole windows without a break."
        raise InsufficientDataError(msg)
    if not np.isfinite(sums.squares[usable]).all():
        msg = "the moves are too large to be squared."
        raise InsufficientDataError(msg)
    usable &= sums.squares > 0
    if not usable.any():
        msg = "the moves do not vary."
        raise InsufficientDataError(msg)
    return sums.sizes[usable], np.sqrt(sums.squares[usable] / sums.n[usable]), sums.n[usable]
