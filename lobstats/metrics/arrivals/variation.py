"""How much the gaps between happenings vary, and how neighbouring ones hang together."""

import math

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.gaps import GapCounts

__all__ = [
    "burstiness",
    "burstiness_finite",
    "coefficient_of_variation",
    "local_variation",
    "mean_gap",
    "memory",
    "revised_local_variation",
]

_LEAST_GAPS = 2
_REFRACTORY_SECONDS = 1e-6

_GAPS = Basis("event time", "one gap", "gaps between happenings")
_PAIRS = Basis("event time", "two gaps", "pairs of neighbouring gaps")


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

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_gap([1_000_000, 3_000_000]))
    0.002
    """
    counts = _some(GapCounts.of(gaps))
    return Estimate(counts.total / counts.n / 1e9, counts.n, "s", scale="log", basis=_GAPS)


def coefficient_of_variation(gaps: GapCounts | ArrayLike) -> Estimate:
    """Coefficient of variation of the gaps between happenings.

    CV = sd / mean: 0 for a clock, 1 for a Poisson process, 1 / sqrt(k) for independent gaps of the gamma law with shape
    k, above 1 for bursts. A rate that drifts over the day raises it too; `local_variation` hardly sees that.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.

    Returns
    -------
    Estimate
        A pure number, at least 0.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two gaps.

    References
    ----------
    D. R. Cox, P. A. W. Lewis, "The Statistical Analysis of Series of Events", Methuen, 1966,
    doi:10.1007/978-94-011-7801-3.

    Examples
    --------
    >>> float(coefficient_of_variation([1, 3]))
    0.5
    """
    counts = _some(GapCounts.of(gaps))
    return Estimate(_coefficient_of_variation(counts), counts.n, "", scale="log", basis=_GAPS)


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
    return Estimate((ratio - 1) / (ratio + 1), counts.n, "", scale="atanh", basis=_GAPS)


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
    return Estimate(above / below, n, "", scale="atanh", basis=_GAPS)


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
    n, x, y, xx, yy, xy = (float(term) for term in GapCounts.of(gaps).pairs[:6])
    if n < 2:
        msg = f"{n:.0f} pairs of neighbouring gaps; a correlation needs two at least."
        raise InsufficientDataError(msg)
    spread = (xx - x * x / n) * (yy - y * y / n)
    if spread <= (1e-12 * max(xx, 1.0)) ** 2:
        msg = "the gaps do not vary."
        raise InsufficientDataError(msg)
    value = max(-1.0, min(1.0, (xy - x * y / n) / math.sqrt(spread)))
    return Estimate(value, int(n), "", scale="atanh", basis=_PAIRS)


def local_variation(gaps: GapCounts | ArrayLike) -> Estimate:
    """Local variation Lv: how much each gap differs from the next.

    Lv = 3 <((g - h) / (g + h))^2> over neighbouring gaps g, h: 0 for a clock, 1 for a Poisson process, 3 / (2 k + 1)
    for independent gaps of the gamma law with shape k, 3 at most. Only neighbours are compared, so that a rate that
    drifts over the day hardly enters.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.

    Returns
    -------
    Estimate
        In [0, 3]; ``n`` counts pairs of neighbouring gaps.

    Raises
    ------
    InsufficientDataError
        If there is no pair of neighbouring gaps.

    References
    ----------
    S. Shinomoto, K. Shima, J. Tanji, "Differences in spiking patterns among cortical neurons", Neural Computation 15
    (2003) 2823, doi:10.1162/089976603322518759.

    Examples
    --------
    >>> float(local_variation([1, 3, 1]))
    0.75
    """
    n, varied, _ = _local(gaps)
    return Estimate(3 * varied / n, n, "", scale="log", basis=_PAIRS)


def revised_local_variation(
    gaps: GapCounts | ArrayLike, *, refractory_seconds: float = _REFRACTORY_SECONDS
) -> Estimate:
    """Local variation LvR, with an allowance for a dead time after each happening.

    LvR = 3 <((g - h) / (g + h))^2 (1 + 4 R / (g + h))> over neighbouring gaps g, h: `local_variation` for R = 0. A
    dead time makes short gaps more alike than they would be, and the second factor makes up for it. The default, a
    microsecond, is about what a matching engine takes for a message and the step of the coarser of the usual
    clocks; neurons have 5 ms. An R far above the shortest gaps lets these decide alone.

    Parameters
    ----------
    gaps : GapCounts or array_like of int, shape (n,)
        Nanoseconds between neighbouring happenings.
    refractory_seconds : float
        The dead time R, any value from 0 on.

    Returns
    -------
    Estimate
        A pure number, at least that of `local_variation`; ``n`` counts pairs of neighbouring gaps.

    Raises
    ------
    InsufficientDataError
        If there is no pair of neighbouring gaps.

    References
    ----------
    S. Shinomoto et al., "Relating neuronal firing patterns to functional differentiation of cerebral cortex", PLoS
    Computational Biology 5 (2009) e1000433, doi:10.1371/journal.pcbi.1000433.

    Examples
    --------
    >>> float(revised_local_variation([1, 3, 1], refractory_seconds=1e-9))
    1.5
    """
    if not 0 <= refractory_seconds < math.inf:
        msg = f"`refractory_seconds` must be zero or more and finite, got {refractory_seconds}."
        raise ValueError(msg)
    n, varied, per_ns = _local(gaps)
    value = 3 * (varied + 4 * refractory_seconds * 1e9 * per_ns) / n
    return Estimate(value, n, "", {"refractory_seconds": refractory_seconds}, scale="log", basis=_PAIRS)


def _some(counts: GapCounts) -> GapCounts:
    if counts.n < _LEAST_GAPS:
        msg = f"{counts.n} gaps between happenings; {_LEAST_GAPS} are needed."
        raise InsufficientDataError(msg)
    return counts


def _coefficient_of_variation(counts: GapCounts) -> float:
    # Whole-number arithmetic: n sum g^2 - (sum g)^2 is exact, so equal gaps give exactly zero.
    return math.sqrt(counts.n * counts.total_squares - counts.total**2) / counts.total


def _local(gaps: GapCounts | ArrayLike) -> tuple[int, float, float]:
    n, *_, varied, per_ns = (float(term) for term in GapCounts.of(gaps).pairs)
    if n < 1:
        msg = "no pair of neighbouring gaps."
        raise InsufficientDataError(msg)
    return int(n), varied, per_ns
