"""How much the gaps between happenings vary, and how neighbouring ones hang together."""

import math

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Estimate
from lobstats.summary.gaps import GapCounts

__all__ = ["burstiness", "burstiness_finite", "mean_gap", "memory"]

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


def _some(counts: GapCounts) -> GapCounts:
    if counts.n < _LEAST_GAPS:
        msg = f"{counts.n} gaps between happenings; {_LEAST_GAPS} are needed."
        raise InsufficientDataError(msg)
    return counts


def _coefficient_of_variation(counts: GapCounts) -> float:
    # Whole-number arithmetic: n sum g^2 - (sum g)^2 is exact, so equal gaps give exactly zero.
    return math.sqrt(counts.n * counts.total_squares - counts.total**2) / counts.total
