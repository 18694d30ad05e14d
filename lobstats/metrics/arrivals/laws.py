"""Laws of the gaps between happenings, fitted by maximum likelihood to binned gaps.

Each law is written by its cumulative hazard H(t) = -ln P(gap > t) and the slopes of H in its parameters: a gap between
a and b then has the log likelihood -H(a) + ln(1 - exp(H(a) - H(b))), without loss of digits in either tail.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.gaps import GapCounts, lower_edge
from lobstats.summary.newton import minimum
from lobstats.summary.reference import Reference

__all__ = ["LAWS", "gap_law", "gap_shape"]

LAWS = ("exponential", "weibull", "lognormal", "q-exponential")
"""The laws, in the order of the points of `gap_law`."""

Floats = NDArray[np.float64]
Hazard = Callable[[Floats, Floats], tuple[Floats, Floats]]

_LEAST_CELLS = 10
_EXACT, _BINS_PER_CELL = 256, 4
_CLOCK_STEPS = 10
_TINY = 1e-100
_BASIS = Basis("event time", "one gap", "gaps between happenings")


@dataclass(frozen=True)
class _Cells:
    """Gaps known to lie between two edges, in units of their mean.

    Attributes
    ----------
    edges : ndarray of float64, shape (2, k)
        Where each cell begins and ends.
    share : ndarray of float64, shape (k,)
        The share of the gaps in each.
    n : int
    unit : float
        The mean gap in seconds.
    """

    edges: Floats
    share: Floats
    n: int
    unit: float

    @property
    def log_moments(self) -> tuple[float, float]:
        """Mean and standard deviation of the logarithm of the gap."""
        x = np.log(self.edges.mean(axis=0))
        mean = float(self.share @ x)
        return mean, math.sqrt(float(self.share @ (x - mean) ** 2))


def gap_law(gaps: GapCounts | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Which of four laws the gaps follow, by Akaike's criterion.

    Each point is (AIC - AIC of the exponential law) / (2 n) in nats a gap: what a law gains on the exponential in mean
    log likelihood, with the sign turned, and 1 / n for its second parameter. The lowest is the best. In units of t:

    - exponential, P(gap > t) = exp(-t / s), the law of a Poisson process;
    - weibull, exp(-(t / s)^k); lognormal;
    - q-exponential, (1 + (q - 1) t / s)^(-1 / (q - 1)) with q >= 1, the generalised Pareto law of index q - 1.

    Gaps enter by bins, 32 to the octave, and those below ten steps of the clock as one: what the bins leave out
    changes a point by some 0.001, and by 0.005 where pauses of a thousand mean gaps are among them. Neighbouring gaps
    are taken as independent.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.
    reference : Reference, optional
        Says what clock the gaps were taken on; a nanosecond otherwise.

    Returns
    -------
    Curve
        In nats a gap, over the laws; ``params`` hold the fitted parameters, times in seconds.

    Raises
    ------
    InsufficientDataError
        If the gaps lie in fewer than ten bins.

    References
    ----------
    P. C. Ivanov, A. Yuen, B. Podobnik, Y. Lee, "Common scaling patterns in intertrade times of U. S. stocks", Physical
    Review E 69 (2004) 056107, doi:10.1103/PhysRevE.69.056107; Z.-Q. Jiang, W. Chen, W.-X. Zhou, "Scaling in the
    distribution of intertrade durations of Chinese stocks", Physica A 387 (2008) 5818, arXiv:0804.3431.

    Examples
    --------
    >>> curve = gap_law((np.random.default_rng(1).weibull(0.5, 20_000) * 1e9).astype(int) + 1)
    >>> curve.at(curve.x[curve.value.argmin()])
    'weibull'
    """
    cells = _cells(gaps, reference)
    exponential, weibull, lognormal, pareto = (fit(cells) for fit in (_exponential, _weibull, _lognormal, _pareto))
    fits = (exponential, weibull, lognormal, pareto)
    value = [fit[0] - exponential[0] + (len(fit[1]) - 1) / cells.n for fit in fits]
    return Curve(
        x=np.arange(4.0),
        value=np.array(value),
        n=np.full(4, cells.n),
        unit="nats a gap",
        x_unit="",
        params={
            "exponential_scale": cells.unit * math.exp(exponential[1][0]),
            "weibull_scale": cells.unit * math.exp(weibull[1][0]),
            "weibull_shape": math.exp(weibull[1][1]),
            "lognormal_median": cells.unit * math.exp(lognormal[1][0]),
            "lognormal_sigma": math.exp(lognormal[1][1]),
            "q_exponential_scale": cells.unit * math.exp(pareto[1][0]),
            "q_exponential_q": 1 + math.exp(pareto[1][1]),
        },
        basis=_BASIS,
        labels=LAWS,
    )


def gap_shape(gaps: GapCounts | ArrayLike, *, reference: Reference | None = None) -> Estimate:
    """Shape k of the Weibull law fitted to the gaps.

    P(gap > t) = exp(-(t / s)^k): 1 for a Poisson process, below 1 where short gaps and long pauses are more frequent
    than chance, as in stocks, above 1 toward a clock. It rests on short gaps most; whether the law fits is what
    `gap_law` says.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.
    reference : Reference, optional
        Says what clock the gaps were taken on; a nanosecond otherwise.

    Returns
    -------
    Estimate
        A pure number above 0.

    Raises
    ------
    InsufficientDataError
        If the gaps lie in fewer than ten bins.

    References
    ----------
    P. C. Ivanov, A. Yuen, B. Podobnik, Y. Lee, "Common scaling patterns in intertrade times of U. S. stocks", Physical
    Review E 69 (2004) 056107, doi:10.1103/PhysRevE.69.056107.

    Examples
    --------
    >>> gaps = (np.random.default_rng(1).weibull(0.7, 20_000) * 1e9).astype(int) + 1
    >>> round(float(gap_shape(gaps)), 1)
    0.7
    """
    cells = _cells(gaps, reference)
    _, (log_scale, log_shape) = _weibull(cells)
    params = {"scale_seconds": cells.unit * math.exp(log_scale)}
    return Estimate(math.exp(log_shape), cells.n, "", params, scale="log", basis=_BASIS)


def _cells(gaps: GapCounts | ArrayLike, reference: Reference | None) -> _Cells:
    counts = GapCounts.of(gaps)
    clock = 1 if reference is None else reference.clock_ns
    first = np.where(counts.bins < _EXACT, counts.bins, counts.bins - counts.bins % _BINS_PER_CELL)
    last = np.where(counts.bins < _EXACT, counts.bins, first + _BINS_PER_CELL - 1)
    low, high = lower_edge(first).astype(np.float64), lower_edge(last + 1).astype(np.float64)
    # On a clock, a gap stands for those that are rounded to it; below ten steps that is too coarse for a cell.
    short = low < _CLOCK_STEPS * clock
    low, high = np.where(short, 0.0, low), np.where(short, max(float(_CLOCK_STEPS * clock), *high[short], 0.0), high)
    edges, cell = np.unique(np.stack([low, high]), axis=1, return_inverse=True)
    if edges.shape[1] < _LEAST_CELLS:
        msg = f"the gaps lie in {edges.shape[1]} bins; a law needs {_LEAST_CELLS} at least."
        raise InsufficientDataError(msg)
    held = np.bincount(cell.ravel(), counts.counts)
    mean = counts.total / counts.n
    return _Cells(edges / mean, held / counts.n, counts.n, mean / 1e9)


def _exponential(cells: _Cells) -> tuple[float, Floats]:
    """H = t / s, in ln s."""

    def hazard(theta: Floats, t: Floats) -> tuple[Floats, Floats]:
        h = t * np.exp(-theta[0])
        return h, -h[np.newaxis]

    return _fit(cells, hazard, [0.0], [(-7.0, 7.0)])


def _weibull(cells: _Cells) -> tuple[float, Floats]:
    """H = (t / s)^k, in ln s and ln k."""
    mean, sd = cells.log_moments

    def hazard(theta: Floats, t: Floats) -> tuple[Floats, Floats]:
        shape = np.exp(theta[1])
        z = shape * (np.log(np.maximum(t, _TINY)) - theta[0])
        h = np.exp(np.minimum(z, 300.0))
        return h, np.stack([-shape * h, z * h])

    # Of the logarithm of a Weibull variable, the standard deviation is pi / (sqrt(6) k) and the mean ln s - 0.577 / k.
    shape = math.pi / (math.sqrt(6) * max(sd, 1e-3))
    return _fit(cells, hazard, [mean + np.euler_gamma / shape, math.log(shape)], [(-60.0, 60.0), (-5.0, 7.0)])


def _lognormal(cells: _Cells) -> tuple[float, Floats]:
    """P(gap > t) = Phi(-(ln t - m) / s), in m and ln s."""
    from scipy.special import log_ndtr

    mean, sd = cells.log_moments

    def hazard(theta: Floats, t: Floats) -> tuple[Floats, Floats]:
        sigma = np.exp(theta[1])
        z = np.clip((np.log(np.maximum(t, _TINY)) - theta[0]) / sigma, -1e4, 1e4)
        h = -log_ndtr(-z)
        slope = np.exp(h - z * z / 2) / math.sqrt(2 * math.pi)
        return h, np.stack([-slope / sigma, -z * slope])

    return _fit(cells, hazard, [mean, math.log(max(sd, 1e-3))], [(-60.0, 60.0), (-7.0, 5.0)])


def _pareto(cells: _Cells) -> tuple[float, Floats]:
    """H = ln(1 + x t / s) / x with x = q - 1, in ln s and ln x."""
    order = np.argsort(cells.edges[1])
    median = float(cells.edges[1][order][np.searchsorted(np.cumsum(cells.share[order]), 0.5)])

    def hazard(theta: Floats, t: Floats) -> tuple[Floats, Floats]:
        index = np.exp(theta[1])
        u = t * np.exp(-theta[0])
        h = np.log1p(index * u) / index
        slope = u / (1 + index * u)
        return h, np.stack([-slope, slope - h])

    # With x = 1/2 half of the gaps are longer than 2 (sqrt 2 - 1) s.
    return _fit(cells, hazard, [math.log(median / 0.828), math.log(0.5)], [(-60.0, 60.0), (-12.0, 5.0)])


def _fit(cells: _Cells, hazard: Hazard, start: list[float], bounds: list[tuple[float, float]]) -> tuple[float, Floats]:
    """Return the least mean of -ln likelihood, and the parameters."""

    def loss(theta: Floats) -> tuple[float, Floats]:
        (low, slope_low), (high, slope_high) = (hazard(theta, t) for t in cells.edges)
        between = np.maximum(high - low, _TINY)
        inside = -np.expm1(-between)
        value = float(cells.share @ (low - np.log(inside)))
        slopes = slope_low - (slope_high - slope_low) * (np.exp(-between) / inside)
        return value, slopes @ cells.share

    value, theta, _ = minimum(loss, start, *np.transpose(bounds))
    return value, theta
