"""Arrivals: how happenings crowd together in time."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.gaps import GapCounts
from lobstats.summary.reference import Reference
from lobstats.summary.windows import WindowCounts

__all__ = [
    "burstiness",
    "burstiness_finite",
    "fano_curve",
    "fano_factor",
    "mean_gap",
    "mean_happening_size",
    "memory",
]

_LEAST_WINDOWS = 30
_LEAST_GAPS = 2


def mean_gap(gaps: GapCounts | ArrayLike) -> Estimate:
    """Mean time between happenings.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.

    Returns
    -------
    Estimate
        In seconds.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two gaps.

    Examples
    --------
    >>> float(mean_gap([1_000_000, 3_000_000]))
    0.002
    """
    counts = _some(GapCounts.of(gaps))
    return Estimate(counts.total / counts.n / 1e9, counts.n, "s", scale="log")


def burstiness(gaps: GapCounts | ArrayLike) -> Estimate:
    """Burstiness B of the gaps between happenings.

    B = (r - 1) / (r + 1) with r = sd / mean: -1 for a clock, 0 for a Poisson process, toward 1 for bursts. Shuffling
    the gaps leaves it as it is; `memory` and `fano_curve` see their order.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.

    Returns
    -------
    Estimate
        In [-1, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than two gaps.

    References
    ----------
    K.-I. Goh, A.-L. Barabási, "Burstiness and memory in complex systems", EPL 81 (2008) 48002,
    doi:10.1209/0295-5075/81/48002.

    Examples
    --------
    >>> float(burstiness([5, 5, 5]))
    -1.0
    """
    counts = _some(GapCounts.of(gaps))
    ratio = _coefficient_of_variation(counts)
    return Estimate((ratio - 1) / (ratio + 1), counts.n, "", scale="atanh")


def burstiness_finite(gaps: GapCounts | ArrayLike) -> Estimate:
    """Burstiness with the correction for a finite number of gaps.

    A = (sqrt(n + 1) r - sqrt(n - 1)) / ((sqrt(n + 1) - 2) r + sqrt(n - 1)) with r = sd / mean over n gaps, so that
    samples of different length compare. It differs from `burstiness` by about 2 r (r - 1) / ((r + 1)^2 sqrt(n)).

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.

    Returns
    -------
    Estimate
        In [-1, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than two gaps.

    References
    ----------
    E.-K. Kim, H.-H. Jo, "Measuring burstiness for finite event sequences", Physical Review E 94 (2016) 032311,
    doi:10.1103/PhysRevE.94.032311.

    Examples
    --------
    >>> float(burstiness_finite([5, 5, 5]))
    -1.0
    """
    counts = _some(GapCounts.of(gaps))
    ratio, n = _coefficient_of_variation(counts), counts.n
    above = math.sqrt(n + 1) * ratio - math.sqrt(n - 1)
    below = (math.sqrt(n + 1) - 2) * ratio + math.sqrt(n - 1)
    return Estimate(above / below, n, "", scale="atanh")


def memory(gaps: GapCounts | ArrayLike) -> Estimate:
    """Memory M: the correlation of neighbouring gaps, on their logarithms.

    Above zero, short gaps follow short ones. Logarithms keep a few long pauses from deciding alone.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.

    Returns
    -------
    Estimate
        In [-1, 1]; ``n`` counts pairs of neighbouring gaps.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two pairs or the gaps do not vary.

    References
    ----------
    K.-I. Goh, A.-L. Barabási, EPL 81 (2008) 48002, doi:10.1209/0295-5075/81/48002; taken here on ln gap.

    Examples
    --------
    >>> round(float(memory([1, 10, 1, 10, 1, 10])), 6)
    -1.0
    """
    n, x, y, xx, yy, xy = (float(term) for term in GapCounts.of(gaps).pairs)
    if n < 2:
        msg = f"{n:.0f} pairs of neighbouring gaps; a correlation needs two at least."
        raise InsufficientDataError(msg)
    spread = (xx - x * x / n) * (yy - y * y / n)
    if spread <= (1e-12 * max(xx, 1.0)) ** 2:
        msg = "the gaps do not vary."
        raise InsufficientDataError(msg)
    return Estimate(max(-1.0, min(1.0, (xy - x * y / n) / math.sqrt(spread))), int(n), "", scale="atanh")


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


def mean_happening_size(happening_size: Counts | ArrayLike) -> Estimate:
    """Mean number of records that share one exchange time.

    A trade, its fills and the cancels that follow share a time; a model that stamps each record anew shows 1 here.

    Parameters
    ----------
    happening_size : Counts or array_like of int, shape (n,)
        Records in each happening.

    Returns
    -------
    Estimate
        In records.

    Raises
    ------
    InsufficientDataError
        If there is no happening.

    Examples
    --------
    >>> float(mean_happening_size([1, 1, 4]))
    2.0
    """
    counts = Counts.of(happening_size)
    return Estimate(counts.mean(), counts.n, counts.unit, scale="log")


def _some(counts: GapCounts) -> GapCounts:
    if counts.n < _LEAST_GAPS:
        msg = f"{counts.n} gaps between happenings; {_LEAST_GAPS} are needed."
        raise InsufficientDataError(msg)
    return counts


def _coefficient_of_variation(counts: GapCounts) -> float:
    # Whole-number arithmetic: n sum g^2 - (sum g)^2 is exact, so equal gaps give exactly zero.
    return math.sqrt(counts.n * counts.total_squares - counts.total**2) / counts.total


def _fano(counts: WindowCounts) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    usable = (counts.n >= _LEAST_WINDOWS) & (counts.total > 0)
    n, total = np.where(usable, counts.n, 1), np.where(usable, counts.total, 1)
    mean = total / n
    return (counts.squares / n - mean**2) / mean, usable
