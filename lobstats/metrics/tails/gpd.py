"""The shape of a tail by the likelihood of a generalised Pareto distribution."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.metrics.tails.lattice import offsets, on_lattice, rate_of
from lobstats.metrics.tails.threshold import TAIL_MOVES, Tail, tail_of
from lobstats.result import Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

__all__ = ["gpd_shape"]

Floats = NDArray[np.float64]

_LEAST, _BEYOND, _SPACING = -20.0, 5.0, 2.0


def gpd_shape(
    returns: Counts | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    tail: Tail = "both",
    reference: Reference | None = None,
) -> Estimate:
    """Shape of a tail by the likelihood of a generalised Pareto distribution of what lies beyond a threshold.

    P(Y > y) = (1 + xi y / beta)^(-1 / xi) for the part Y of a move beyond the threshold, which nearly every tail comes
    to; xi is 1 / alpha for a power, 0 for an exponential tail and negative for one with an end. On a lattice each move
    stands for the interval of half a step to either side and the threshold lies between two steps; off a lattice moves
    are exact. The shape is -1 (a uniform tail) at least, below which the likelihood has no maximum.

    Parameters
    ----------
    returns : Counts or array_like, shape (n,)
        Moves; integers are taken as lattice steps.
    tail_fraction : float
        The share of all moves that makes the tail, in (0, 0.5].
    tail : {"both", "upper", "lower"}
        Both sides together, gains or losses.
    reference : Reference, optional
        Where given, its moves set the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        The shape xi; ``n`` counts the moves in the tail, ``params`` hold the scale beta in the unit of the moves.

    Raises
    ------
    InsufficientDataError
        If fewer than ten distinct values lie in the tail.

    References
    ----------
    J. Pickands, Annals of Statistics 3 (1975) 119, doi:10.1214/aos/1176343003; the search over one number after
    S. D. Grimshaw, "Computing maximum likelihood estimates for the generalized Pareto distribution", Technometrics 35
    (1993) 185, doi:10.1080/00401706.1993.10485040.

    Examples
    --------
    >>> moves = np.rint(np.random.default_rng(1).exponential(20, 100_000)).astype(int)
    >>> abs(float(gpd_shape(moves))) < 0.1
    True
    """
    moves, reference, lattice = on_lattice(returns, tail, reference)
    part = tail_of(moves, tail_fraction, tail, reference).at_least_ten()
    beyond, _ = offsets(part, lattice)
    shape, scale = _fit(beyond, float(lattice), part.counts)
    step = 1.0 if part.step is None else part.step
    return Estimate(shape, part.n, "", part.params | {"scale": scale * step}, basis=TAIL_MOVES)


def _fit(beyond: Floats, lattice: float, weights: NDArray[np.int64]) -> tuple[float, float]:
    """Return shape and scale, from what lies ``beyond`` the edge: points, or where intervals of one length begin.

    For a given theta = xi / beta, s = ln(1 + theta y) / theta is exponential with rate 1 / beta, whose best value is
    known; so the search is over t = ln(1 + theta max(y)) alone, which may be any number.
    """
    from scipy.optimize import minimize_scalar

    longest, n = float(beyond.max()), int(weights.sum())
    shortest = lattice or float(beyond.min())

    def at(t: float) -> tuple[float, float, float]:
        theta = float(np.expm1(t)) / longest
        rate, minus_log = _profile(beyond, lattice, weights / n, theta)
        return minus_log, theta / rate, 1 / rate

    grid = np.arange(_LEAST, np.log1p(longest / shortest) + _BEYOND + _SPACING, _SPACING)
    best = int(np.argmin([at(t)[0] for t in grid]))
    around = (grid[best] - _SPACING, grid[best] + _SPACING)
    found = minimize_scalar(lambda t: at(t)[0], bounds=around, method="bounded", options={"xatol": 1e-10})
    _, shape, scale = at(float(found.x))
    return shape, scale


def _profile(beyond: Floats, lattice: float, weights: Floats, theta: float) -> tuple[float, float]:
    """Return the best rate for a given theta, and the mean of minus the log-likelihood there."""
    low = np.log1p(theta * beyond) / theta if theta else beyond
    if not lattice:
        mean = float(weights @ low)
        rate = max(1 / mean, -theta)
        return rate, (rate + theta) * mean - float(np.log(rate))
    left = 1 + theta * beyond  # how much of the way to the tail's end is left, where it has one
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.log1p(np.maximum(theta * lattice / left, -1.0)) / theta if theta else np.full(len(low), lattice)
    rate = max(rate_of(low, width, weights), -theta)
    return rate, rate * float(weights @ low) - float(weights @ np.log(-np.expm1(-rate * width)))
