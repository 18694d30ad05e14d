"""Hawkes processes fitted to fixed windows of the clock."""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.summary.clock_windows import one_stretch
from lobstats.summary.newton import minimum

__all__ = ["EXCITED", "FIT_NS", "LEAST_FITTED", "LONGEST_S", "MOST_FITTED", "HawkesFits", "fit_hawkes", "hawkes_rows"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIT_NS = 600 * 10**9
"""The length of a window that is fitted: ten minutes."""

LEAST_FITTED, MOST_FITTED = 100, 50_000
"""A window with fewer happenings is skipped; of one with more, the first are fitted, which bounds the time it takes."""

EXCITED = 0.01
"""Below this branching ratio a decay time means nothing."""

LONGEST_S = FIT_NS / 10e9
"""A longer decay time cannot be told from a drift of the rate within the window."""

# Of ln mu, logit n and ln beta, in units of the mean gap.
_LOW, _HIGH = (-14.0, -10.0, -14.0), (2.0, 10.0, 25.0)
_FASTER = (1.0, 0.05)


@dataclass(frozen=True)
class HawkesFits:
    """Sums over fits of a Hawkes process with an exponential kernel to windows of the clock; ``+`` merges two.

    The intensity of happenings is mu + n beta sum exp(-beta (t - s)) over earlier happenings s of the window. Windows
    of ten minutes, whole within a stretch and with a happening, are fitted, skipped or failed.

    Attributes
    ----------
    fitted, skipped, failed : int
        Windows with an estimate, with too few happenings, and those whose search for one came to no rest.
    ratio : float
        The sum of n over fitted windows.
    excited : int
        Fitted windows with n of 0.01 at least.
    log_decay : float
        The sum over these of ln (1 / beta), 1 / beta in seconds.
    """

    fitted: int
    skipped: int
    failed: int
    ratio: float
    excited: int
    log_decay: float

    @classmethod
    def of(cls, data: "HawkesFits | ArrayLike") -> "HawkesFits":
        """Fit an increasing array of whole nanoseconds, shape (n,), as one stretch; of equal times one counts."""
        if isinstance(data, HawkesFits):
            return data
        times, stretch, edges = one_stretch(data, "hawkes")
        times = np.unique(times)
        return hawkes_rows(times, stretch[: len(times)], edges)[0]

    def __add__(self, other: "HawkesFits") -> "HawkesFits":
        return HawkesFits(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def hawkes_rows(times: Ints, segment: Ints, edges: Ints) -> list[HawkesFits]:
    """Return the fits of each row of time ``edges[i]`` to ``edges[i + 1]``, in which the window ends.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Strictly increasing times and the stretch of each.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the first time or before to the last time or after.
    """
    rows = [HawkesFits(0, 0, 0, 0.0, 0, 0.0)] * (len(edges) - 1)
    if not len(times):
        return rows
    begins = np.diff(segment, prepend=segment[0] - 1) != 0
    window = times // FIT_NS
    new = np.flatnonzero(begins | (np.diff(window, prepend=window[0]) != 0))
    stops = np.append(new[1:], len(times))
    starts = np.flatnonzero(begins)
    began, ended = times[starts], times[np.append(starts[1:], len(times)) - 1]
    owner = np.cumsum(begins)[new] - 1
    whole = (window[new] * FIT_NS >= began[owner]) & (window[new] < ended[owner] // FIT_NS)
    for start, stop in zip(new[whole], stops[whole], strict=True):
        opened = window[start] * FIT_NS
        row = int(np.searchsorted(edges, opened + FIT_NS, side="left")) - 1
        rows[row] = rows[row] + _fit_window(times[start:stop] - opened)
    return rows


def _fit_window(since: Ints) -> HawkesFits:
    if len(since) < LEAST_FITTED:
        return HawkesFits(0, 1, 0, 0.0, 0, 0.0)
    used = since[:MOST_FITTED] / 1e9
    found = fit_hawkes(used, FIT_NS / 1e9 if len(since) <= MOST_FITTED else float(used[-1]))
    if found is None:
        return HawkesFits(0, 0, 1, 0.0, 0, 0.0)
    _, ratio, beta = found
    excited = ratio >= EXCITED and beta * LONGEST_S >= 1
    return HawkesFits(1, 0, 0, ratio, int(excited), -math.log(beta) if excited else 0.0)


def fit_hawkes(times: Floats, end: float) -> tuple[float, float, float] | None:
    """Return the background rate, branching ratio and decay rate of the greatest likelihood, None without one.

    The better of two searches, from a decay as short as the median gap and from one twenty times as long.

    Parameters
    ----------
    times : ndarray of float64, shape (n,)
        Strictly increasing, in seconds within [0, end].
    end : float
    """
    from lobstats.summary.hawkes_kernel import log_likelihood

    unit = end / len(times)
    scaled = times / unit

    def loss(theta: Floats) -> tuple[float, Floats]:
        mu, beta = np.exp(theta[0]), np.exp(theta[2])
        ratio = 1 / (1 + np.exp(-theta[1]))
        value, *slopes = log_likelihood(scaled, end / unit, mu, ratio, beta) / -len(times)
        return float(value), np.array(slopes) * (mu, ratio * (1 - ratio), beta)

    pace = float(np.median(np.diff(scaled)))
    searches = [minimum(loss, (math.log(0.5), 0.0, math.log(faster / pace)), _LOW, _HIGH) for faster in _FASTER]
    best = min((search for search in searches if search[2]), key=lambda search: search[0], default=None)
    if best is None:
        return None
    log_mu, logit, log_beta = best[1].tolist()
    return math.exp(log_mu) / unit, 1 / (1 + math.exp(-logit)), math.exp(log_beta) / unit
