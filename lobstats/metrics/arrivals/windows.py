"""How the number of happenings in a window of the clock varies."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Curve, Estimate
from lobstats.summary.reference import Reference
from lobstats.summary.windows import WindowCounts

__all__ = ["fano_curve", "fano_factor"]

_LEAST_WINDOWS = 30


def fano_factor(arrivals: WindowCounts | ArrayLike, *, window_seconds: float = 1.0) -> Estimate:
    """Fano factor at one window length.

    F(T) = var N / mean N for the number N of happenings in windows of length T on the clock's grid: 1 for a Poisson
    process at every T, above 1 for bursts, growing with T where bursts keep company.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    window_seconds : float
        One of `WINDOWS_NS` in seconds: 0.01, 0.03, 0.1, ..., 300.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 whole windows or no happening in them.

    References
    ----------
    U. Fano, "Ionization yield of radiations. II. The fluctuations of the number of ions", Physical Review 72 (1947) 26,
    doi:10.1103/PhysRev.72.26.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e7, 50_000)).astype(int)
    >>> 0.8 < float(fano_factor(times)) < 1.2
    True
    """
    counts = WindowCounts.of(arrivals)
    place = np.flatnonzero(counts.windows == round(window_seconds * 1e9))
    if not len(place):
        listed = ", ".join(f"{window / 1e9:g}" for window in counts.windows)
        msg = f"`window_seconds` must be one of {listed}, got {window_seconds}."
        raise ValueError(msg)
    factor, usable = _fano(counts)
    if not usable[place[0]]:
        n = counts.n[place[0]]
        what = f"{n} whole windows of {window_seconds:g} s"
        msg = f"{what}; {_LEAST_WINDOWS} are needed." if n < _LEAST_WINDOWS else f"no happening in {what}."
        raise InsufficientDataError(msg)
    value, n = float(factor[place[0]]), int(counts.n[place[0]])
    return Estimate(value, n, "", {"window_seconds": window_seconds}, scale="log")


def fano_curve(arrivals: WindowCounts | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Fano factor over the window length.

    As `fano_factor`, at each window from 0.01 s up to a tenth of the reference's unit.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    reference : Reference, optional
        Sets the longest window, and the shortest: ten steps of the clock.

    Returns
    -------
    Curve
        Over window lengths in seconds; lengths with fewer than 30 whole windows are left out.

    Raises
    ------
    InsufficientDataError
        If every length is.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e7, 50_000)).astype(int)
    >>> fano_curve(times).x[:3]
    array([0.01, 0.03, 0.1 ])
    """
    counts = WindowCounts.of(arrivals)
    factor, usable = _fano(counts)
    if reference is not None:
        usable &= (counts.windows <= reference.horizon_ns) & (counts.windows >= 10 * reference.clock_ns)
    if not usable.any():
        msg = f"no window length has {_LEAST_WINDOWS} whole windows within the horizon."
        raise InsufficientDataError(msg)
    return Curve(counts.windows[usable] / 1e9, factor[usable], counts.n[usable], "", "s", scale="log")


def _fano(counts: WindowCounts) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    usable = (counts.n >= _LEAST_WINDOWS) & (counts.total > 0)
    n, total = np.where(usable, counts.n, 1), np.where(usable, counts.total, 1)
    mean = total / n
    return (counts.squares / n - mean**2) / mean, usable
