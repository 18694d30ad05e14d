"""Errors of many points at once: draws with the dependence that the units show, and what they reach together."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["DRAWS", "deviations", "draws_for", "least_p", "shared_p", "student", "student_draws"]

DRAWS = 2000
_SEED = 2008
_BEYOND = 10  # draws that lie beyond a quantile, so that it is known
_LEAST_P = 1e-12

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def deviations(pseudo: Floats, error: Floats) -> Floats:
    """Return what each unit adds to the error of each point, shape (m, p): columns of length ``error``.

    Parameters
    ----------
    pseudo : ndarray, shape (m, p)
        Pseudo-values.
    error : ndarray, shape (p,)
        Standard errors, with whatever they were widened by.
    """
    centred = pseudo - pseudo.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    return np.asarray(np.divide(centred, length, out=np.zeros(pseudo.shape), where=length > 0) * error)


def draws_for(level: float) -> int:
    """Return how many draws it takes to know what a share ``level`` of them stays within: ten lie beyond.

    Examples
    --------
    >>> draws_for(0.95), draws_for(0.9996)
    (2000, 25000)
    """
    return max(DRAWS, round(_BEYOND / (1 - level)))


def student_draws(parts: Sequence[Floats], freedom: Ints, draws: int = DRAWS) -> Floats:
    """Draw studentised errors of p points under the dependence that units show.

    T_j = Z_j / s_j sqrt(k_j / chi2_j), where Z = sum over units of a standard normal times the unit's row, so that its
    covariance is that of the units, s_j^2 is its variance, and chi2_j is the same quantile of each point's chi-square
    with k_j degrees of freedom. With one k for all this is the multivariate t of Hothorn, Bretz and Westfall. The
    normals are the same in every call: equal input, equal draws.

    Parameters
    ----------
    parts : sequence of ndarray, shape (units, p) each
        `deviations` of each independent sample; their errors add.
    freedom : ndarray of int64, shape (p,)
    draws : int
        How many; more of them begin with the same.

    Returns
    -------
    ndarray of float64, shape (draws, p)
        0 at points without error.

    References
    ----------
    T. Hothorn, F. Bretz and P. Westfall, "Simultaneous inference in general parametric models", Biometrical Journal
    50 (2008) 346, doi:10.1002/bimj.200810425.
    """
    z = np.zeros((draws, len(freedom)))
    for place, part in enumerate(parts):
        z += _normals(len(part), place, draws) @ part
    error = np.sqrt(sum((part**2).sum(axis=0) for part in parts))
    kinds, which = np.unique(freedom, return_inverse=True)
    widening = np.column_stack([_widening(int(k), draws) for k in kinds])
    return np.asarray(np.divide(z, error, out=np.zeros(z.shape), where=error > 0) * widening[:, which])


def least_p(drawn: Floats, freedom: Ints) -> Floats:
    """Return the smallest two-sided p value over the points of each draw, shape (draws,)."""
    from scipy.special import stdtr

    size = np.abs(drawn)
    kinds = np.unique(freedom)
    largest = np.column_stack([size[:, freedom == k].max(axis=1) for k in kinds])
    return np.asarray(np.clip(2 * stdtr(kinds, -largest), _LEAST_P, 1.0).min(axis=1))


def shared_p(statistics: Sequence[Floats], level: float) -> float:
    """Return the p value at which several statistics of the same draws, large where far, are exceeded jointly.

    Each taken at this p value, a share 1 - level of draws exceeds one of them or more.
    """
    ranks = [len(one) - np.argsort(np.argsort(one, kind="stable"), kind="stable") for one in statistics]
    least = np.min(ranks, axis=0) / len(statistics[0])
    return float(np.quantile(least, 1 - level))


def student(level: float, freedom: Ints) -> Floats:
    """Return what Student's t stays within, both ways, with probability ``level``."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(freedom, (1 + level) / 2))


@lru_cache(maxsize=8)
def _normals(units: int, place: int, draws: int) -> Floats:
    return np.random.default_rng([_SEED, place, units]).standard_normal((draws, units))


@lru_cache(maxsize=64)
def _widening(freedom: int, draws: int) -> Floats:
    """Return sqrt(k / chi2), the same quantile of chi2 for every k in each draw."""
    from scipy.special import chdtri

    tail = np.random.default_rng(_SEED).uniform(size=draws)
    return np.asarray(np.sqrt(freedom / chdtri(freedom, tail)))
