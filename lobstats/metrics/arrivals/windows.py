"""How the number of happenings in a window of the clock varies."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate, Scale
from lobstats.summary.reference import Reference
from lobstats.summary.windows import WindowCounts

__all__ = ["allan_curve", "allan_factor", "branching_curve", "branching_ratio", "fano_curve", "fano_factor"]

_LEAST_WINDOWS = 30


def fano_factor(arrivals: WindowCounts | ArrayLike, *, window_seconds: float = 1.0) -> Estimate:
    """Fano factor at one window length.

    F(T) = var N / mean N for the number N of happenings in windows of length T on the clock's grid: 1 for a Poisson
    process at every T, above 1 for bursts, growing with T where bursts keep company. For independent gaps it tends to
    their squared coefficient of variation.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    window_seconds : float
        One of `WINDOWS_NS` in seconds: 0.001, 0.003, 0.01, ..., 1000.

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
    return _at(arrivals, window_seconds, _fano, "log", "whole windows")


def fano_curve(arrivals: WindowCounts | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Fano factor over the window length.

    As `fano_factor`, at each window from 0.001 s up to a tenth of the reference's unit.

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

    References
    ----------
    As for `fano_factor`.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e7, 50_000)).astype(int)
    >>> fano_curve(times).x[:3]
    array([0.001, 0.003, 0.01 ])
    """
    return _over_windows(arrivals, reference, _fano, "log", "whole windows")


def allan_factor(arrivals: WindowCounts | ArrayLike, *, window_seconds: float = 1.0) -> Estimate:
    """Allan factor at one window length.

    A(T) = <(N' - N)^2> / (2 mean N) for the numbers N, N' of happenings in neighbouring windows of length T: 1 for a
    Poisson process at every T. Where `fano_factor` adds up every wave longer than the window, this sees those of about
    its length, so that a rate that drifts over the day hardly enters.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    window_seconds : float
        One of `WINDOWS_NS` in seconds: 0.001, 0.003, 0.01, ..., 1000.

    Returns
    -------
    Estimate
        A pure number; ``n`` counts pairs of neighbouring windows.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs of whole windows or no happening in them.

    References
    ----------
    D. W. Allan, "Statistics of atomic frequency standards", Proceedings of the IEEE 54 (1966) 221,
    doi:10.1109/PROC.1966.4634; S. B. Lowen, M. C. Teich, "Fractal-Based Point Processes", Wiley, 2005,
    doi:10.1002/0471754722.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e7, 50_000)).astype(int)
    >>> 0.8 < float(allan_factor(times)) < 1.2
    True
    """
    return _at(arrivals, window_seconds, _allan, "log", "pairs of neighbouring windows")


def allan_curve(arrivals: WindowCounts | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Allan factor over the window length.

    As `allan_factor`, at each window from 0.001 s up to a tenth of the reference's unit.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    reference : Reference, optional
        Sets the longest window, and the shortest: ten steps of the clock.

    Returns
    -------
    Curve
        Over window lengths in seconds; lengths with fewer than 30 pairs of whole windows are left out.

    Raises
    ------
    InsufficientDataError
        If every length is.

    References
    ----------
    As for `allan_factor`.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e7, 50_000)).astype(int)
    >>> float(allan_curve(times).x[-1])
    10.0
    """
    return _over_windows(arrivals, reference, _allan, "log", "pairs of neighbouring windows")


def branching_ratio(arrivals: WindowCounts | ArrayLike, *, window_seconds: float = 10.0) -> Estimate:
    """Branching ratio n of happenings that bring about others, without a model of when.

    n = 1 - sqrt(mean N / var N) for the number N of happenings in windows of length T, that is 1 - F(T)^(-1/2): 0 for a
    Poisson process, the share of happenings that others have brought about for a stationary self-exciting one as T
    grows, below zero where they are more regular than chance. A rate that drifts or changes its regime raises
    the variance too and looks like a ratio near 1.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    window_seconds : float
        One of `WINDOWS_NS` in seconds: 0.001, 0.003, 0.01, ..., 1000. It must be long against the time over which one
        happening brings about others, else n comes out too low.

    Returns
    -------
    Estimate
        A pure number below 1; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 whole windows, no happening in them, or the same number in each.

    References
    ----------
    S. J. Hardiman, J.-P. Bouchaud, "Branching-ratio approximation for the self-exciting Hawkes process", Physical
    Review E 90 (2014) 062807, doi:10.1103/PhysRevE.90.062807; on regimes V. Filimonov, D. Sornette, "Apparent
    criticality and calibration issues in the Hawkes self-excited point process model", Quantitative Finance 15 (2015)
    1293, doi:10.1080/14697688.2015.1032544.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e8, 50_000)).astype(int)
    >>> abs(float(branching_ratio(times))) < 0.1
    True
    """
    return _at(arrivals, window_seconds, _branching, "linear", "whole windows")


def branching_curve(arrivals: WindowCounts | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Branching ratio over the window length.

    As `branching_ratio`, at each window from 0.001 s up to a tenth of the reference's unit. It rises with the window
    and levels off where this is longer than the memory of the process; one that goes on rising toward 1 is a sign of
    drift or regimes as much as of self-excitation.

    Parameters
    ----------
    arrivals : WindowCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    reference : Reference, optional
        Sets the longest window, and the shortest: ten steps of the clock.

    Returns
    -------
    Curve
        Over window lengths in seconds; lengths with fewer than 30 whole windows, or with the same number of
        happenings in each, are left out.

    Raises
    ------
    InsufficientDataError
        If every length is.

    References
    ----------
    As for `branching_ratio`.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e8, 50_000)).astype(int)
    >>> float(branching_curve(times).x[-1])
    100.0
    """
    return _over_windows(arrivals, reference, _branching, "linear", "whole windows")


Factor = Callable[[WindowCounts, int], tuple[float, int]]


def _at(
    arrivals: WindowCounts | ArrayLike, window_seconds: float, factor: Factor, scale: Scale, counted: str
) -> Estimate:
    counts = WindowCounts.of(arrivals)
    place = np.flatnonzero(counts.windows == round(window_seconds * 1e9))
    if not len(place):
        listed = ", ".join(f"{window / 1e9:g}" for window in counts.windows)
        msg = f"`window_seconds` must be one of {listed}, got {window_seconds}."
        raise ValueError(msg)
    value, n = factor(counts, int(place[0]))
    basis = Basis("clock time", f"windows of {window_seconds:g} s", counted)
    return Estimate(value, n, "", {"window_seconds": window_seconds}, scale=scale, basis=basis)


def _over_windows(
    arrivals: WindowCounts | ArrayLike, reference: Reference | None, factor: Factor, scale: Scale, counted: str
) -> Curve:
    counts = WindowCounts.of(arrivals)
    usable = np.ones(len(counts.windows), dtype=bool)
    if reference is not None:
        usable = (counts.windows <= reference.horizon_ns) & (counts.windows >= 10 * reference.clock_ns)
    found, reason = {}, ""
    for place in np.flatnonzero(usable).tolist():
        try:
            found[place] = factor(counts, place)
        except InsufficientDataError as error:
            reason = reason or str(error)
    if not found:
        raise InsufficientDataError(reason or "no window length lies within the horizon.")
    return Curve(
        x=counts.windows[list(found)] / 1e9,
        value=np.array([value for value, _ in found.values()]),
        n=np.array([n for _, n in found.values()]),
        unit="",
        x_unit="s",
        scale=scale,
        basis=Basis("clock time", "windows of each length", counted),
    )


def _fano(counts: WindowCounts, place: int) -> tuple[float, int]:
    # Whole-number arithmetic: n sum N^2 - (sum N)^2 is exact, so equal counts give exactly zero.
    n, total, squares = (int(sums[place]) for sums in (counts.n, counts.total, counts.squares))
    _check(n, "whole windows", total, counts, place)
    return (n * squares - total * total) / (n * total), n


def _allan(counts: WindowCounts, place: int) -> tuple[float, int]:
    n, total, pairs, changes = (int(sums[place]) for sums in (counts.n, counts.total, counts.pairs, counts.changes))
    _check(pairs, "pairs of whole windows", total, counts, place)
    return changes * n / (2 * pairs * total), pairs


def _branching(counts: WindowCounts, place: int) -> tuple[float, int]:
    factor, n = _fano(counts, place)
    if factor <= 0:
        msg = f"every window of {counts.windows[place] / 1e9:g} s holds as many happenings as the next."
        raise InsufficientDataError(msg)
    return 1 - 1 / math.sqrt(factor), n


def _check(n: int, what: str, total: int, counts: WindowCounts, place: int) -> None:
    what = f"{n} {what} of {counts.windows[place] / 1e9:g} s"
    if n < _LEAST_WINDOWS:
        msg = f"{what}; {_LEAST_WINDOWS} are needed."
        raise InsufficientDataError(msg)
    if not total:
        msg = f"no happening in {what}."
        raise InsufficientDataError(msg)
