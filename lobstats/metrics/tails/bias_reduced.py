"""Hill's index with its largest bias taken off."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.threshold import TAIL_MOVES, Tail, TailPart, hill_of, log_excesses, tail_of
from lobstats.result import Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["bias_reduced_hill_index"]

_LEAST_MOVES = 16


def bias_reduced_hill_index(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Tail index by Hill's estimator with its second-order bias taken off.

    1 / alpha = H (1 - beta (n / k)^rho / (1 - rho)) with H Hill's estimate of 1 / alpha from the k moves beyond the
    threshold. The rate rho < 0, at which the tail becomes a power, is estimated from the min(n - 1, 2 n / ln ln n)
    largest moves that are not zero, the weight beta from the tail. Where it is far from `hill_index` the tail is not
    yet a power at this threshold.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves.
    tail_fraction : float
        The share of all moves that makes the tail, in (0, 0.5].
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        The index alpha; ``n`` counts the moves in the tail, ``params`` hold rho and beta.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie in the tail, the threshold is zero, rho or beta cannot be had, or the
        correction leaves no positive index.

    Notes
    -----
    The estimate of rho is unstable: a small change of the moves may change it a lot, and the index with it.

    References
    ----------
    F. Caeiro, M. I. Gomes, D. Pestana, "Direct reduction of bias of the classical Hill estimator", REVSTAT 3 (2005)
    113; rho by M. I. Fraga Alves, M. I. Gomes, L. de Haan, Portugaliae Mathematica 60 (2003) 193; beta by M. I. Gomes,
    M. J. Martins, Extremes 5 (2002) 5.

    Examples
    --------
    >>> sizes = np.abs(np.random.default_rng(1).standard_t(3, 100_000))
    >>> round(float(bias_reduced_hill_index(sizes, tail_fraction=0.05)), 1)
    3.0
    """
    part = tail_of(returns, tail_fraction, tail, reference).at_least_ten()
    index = hill_of(part)
    rho = _rho(part.sizes)
    beta = _beta(part, rho)
    kept = 1 - beta / (1 - rho) * (part.sizes.n / part.n) ** rho
    if not (math.isfinite(kept) and kept > 0):
        msg = "the bias correction leaves no positive index."
        raise InsufficientDataError(msg)
    return Estimate(index / kept, part.n, "", part.params | {"rho": rho, "beta": beta}, scale="log", basis=TAIL_MOVES)


def _rho(sizes: Counts) -> float:
    """Return the second-order rate by Fraga Alves, Gomes and de Haan (2003), in its logarithmic form (tau = 0)."""
    n, positive = sizes.n, sizes.values > 0
    if n < _LEAST_MOVES:
        msg = f"{n} moves; the second-order rate of a tail needs {_LEAST_MOVES} at least."
        raise InsufficientDataError(msg)
    k = min(n - 1, int(2 * n / math.log(math.log(n))), int(sizes.counts[positive].sum()) - 1)
    threshold = sizes.values[np.searchsorted(np.cumsum(sizes.counts), n - k)]
    # Moves as large as the threshold add nothing to the sums, but are among the k.
    beyond = sizes.values > threshold
    logs, weights = np.log(sizes.values[beyond] / threshold), sizes.counts[beyond] / k
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two, three = (np.log(weights @ logs**power / math.factorial(power)) / power for power in (1, 2, 3))
        ratio = (one - two) / (two - three)
        rho = -float(np.abs(3 * (ratio - 1) / (ratio - 3)))
    if not -math.inf < rho < 0:
        msg = "the second-order rate of the tail cannot be told."
        raise InsufficientDataError(msg)
    return rho


def _beta(part: TailPart, rho: float) -> float:
    """Return the second-order weight by Gomes and Martins (2002).

    It needs means over the i-th largest moves of U_i = i ln(X_i / X_(i + 1)) times powers of i / k. Among equal moves
    all spacings but the last are zero.
    """
    k = part.n
    places = np.cumsum(part.counts[::-1])
    spacings = places * -np.diff(log_excesses(part)[::-1], append=0.0)

    def mean(power: float, terms: NDArray[np.float64] | float, at: NDArray[np.int64]) -> float:
        return float(np.sum((at / k) ** power * terms) / k)

    plain = mean(-rho, 1.0, np.arange(1, k + 1))
    none, once, twice = (mean(-power * rho, spacings, places) for power in (0, 1, 2))
    below = plain * once - twice
    if not below:
        msg = "the second-order weight of the tail cannot be told."
        raise InsufficientDataError(msg)
    return float((k / part.sizes.n) ** rho * (plain * none - once) / below)
