"""GARCH(1,1) fitted once to each window of ten minutes, and the sums of its estimates."""

import math
import warnings
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS
from lobstats.summary.clock_windows import WINDOW, one_path, row_of, whole_windows

__all__ = ["LEAST_MOVED", "LEVELS", "GarchFit", "GarchFits", "fit_garch", "garch_rows"]

LEAST_MOVED = 50
"""A window with fewer moves that are not zero is skipped."""

LEVELS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0)
"""Sizes beyond which residuals are counted, in standard deviations."""

_MOST_MOVES = 1_000_000
_LEAST_ALPHA = 1e-6
_LEAST_GAIN = 5.991 / 2
"""Half the 95 % point of chi-square with two degrees of freedom: what alpha and beta gain by chance."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GarchFit:
    """h[t] = omega + alpha x[t-1]^2 + beta h[t-1] of moves scaled to unit mean square.

    ``log_likelihood`` is that of the scaled moves, ``gain`` what it is above that of a constant variance, ``residuals``
    are the scaled moves over sqrt(h), shape (n,).
    """

    omega: float
    alpha: float
    beta: float
    log_likelihood: float
    gain: float
    residuals: Floats = field(compare=False)


@dataclass(frozen=True)
class GarchFits:
    """Sums over windows of 600 one-second moves of what GARCH(1,1) finds in each; ``+`` merges two.

    A mean over windows needs sums alone, so that the size is fixed however long the sample. A window in which
    GARCH gains less than 2.996 of log-likelihood over a constant variance, or finds alpha = 0, adds nothing to
    ``alpha`` and ``beta``: near alpha = 0 any beta fits, and the optimiser often returns one near 1, so that moves
    without clustering would look persistent. Its residuals are the moves over their root mean square.

    Attributes
    ----------
    fitted : int
        Windows with a fit.
    clustered : int
        Those in which GARCH gains more than chance gives.
    alpha, beta : float
        Sums of the estimates over the clustered windows.
    gain : float
        Sum over all fitted windows of the log-likelihood per move above that of a constant variance.
    still : int
        Windows skipped for having fewer than 50 moves that are not zero.
    constant : int
        Windows skipped because their moves do not vary.
    failed : int
        Windows in which the optimiser did not succeed.
    residual_squares, residual_fourths : float
        Sums over the moves of all fitted windows, 600 in each, of the second and the fourth power of the residuals.
    residual_tail : ndarray of int64, one for each of `LEVELS`
        How many residuals are larger, up or down.
    """

    fitted: int = 0
    clustered: int = 0
    alpha: float = 0.0
    beta: float = 0.0
    gain: float = 0.0
    still: int = 0
    constant: int = 0
    failed: int = 0
    residual_squares: float = 0.0
    residual_fourths: float = 0.0
    residual_tail: Ints = field(default_factory=lambda: np.zeros(len(LEVELS), dtype=np.int64), compare=False)

    @classmethod
    def of(cls, data: "GarchFits | ArrayLike") -> "GarchFits":
        """Cut an array of moves, shape (n,), into windows of 600 and fit each."""
        return data if isinstance(data, GarchFits) else garch_rows(*one_path(data))[0]

    def __add__(self, other: "GarchFits") -> "GarchFits":
        return GarchFits(*(getattr(self, own.name) + getattr(other, own.name) for own in fields(self)))


def fit_garch(x: Floats) -> GarchFit | None:
    """Fit a Gaussian GARCH(1,1) without a mean, by quasi-maximum likelihood.

    The recursion starts from the mean square of the moves, which is the constant variance that the gain is held
    against. The library's own start weighs the first moves most: one that is large then gains as a path that decays
    from it, without any clustering.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        Finite moves, some of them not zero.

    Returns
    -------
    GarchFit or None
        None where the optimiser did not succeed.

    Raises
    ------
    ValueError
        If there are more than 1,000,000 moves: beyond some two million the library may return wrong ones and call
        them converged (`benchmarks/garch_limit.md`).
    """
    if len(x) > _MOST_MOVES:
        msg = (
            f"{len(x):,} moves are too many for one fit: above {_MOST_MOVES:,} the optimiser may stop at its starting "
            "values and report success; fit windows."
        )
        raise ValueError(msg)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        from arch.univariate import GARCH, ZeroMean

        scaled = x / np.abs(x).max()  # squares of the moves themselves may overflow, or vanish
        scaled /= math.sqrt(np.mean(scaled * scaled))
        model = ZeroMean(scaled, volatility=GARCH(1, 0, 1), rescale=False)
        try:
            result = model.fit(disp="off", show_warning=False, backcast=1.0)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):
            return None
        omega, alpha, beta = (float(p) for p in np.asarray(result.params))
        log_likelihood = float(result.loglikelihood)
    if result.convergence_flag != 0 or not np.isfinite([omega, alpha, beta, log_likelihood]).all():
        return None
    constant = -0.5 * len(x) * (math.log(2 * math.pi) + 1)
    residuals = np.asarray(scaled / result.conditional_volatility, dtype=np.float64)
    return GarchFit(omega, alpha, beta, log_likelihood, log_likelihood - constant, residuals)


def garch_rows(moves: Floats, time: Ints, stretch: Ints, edges: Ints) -> list[GarchFits]:
    """Return the fits of each row of time ``edges[i]`` to ``edges[i + 1]``.

    A window belongs to the row in which it ends.

    Parameters
    ----------
    moves : ndarray of float64, shape (n,)
        One-second moves.
    time, stretch : ndarray of int64, shape (n,)
        When each ends, in nanoseconds, and the stretch without a break that it lies in.
    edges : ndarray of int64, shape (rows + 1,)
    """
    rows = [GarchFits()] * (len(edges) - 1)
    first = whole_windows(time, stretch, WINDOW)
    for begin, row in zip(first, row_of(time[first] + (WINDOW - 1) * BAR_NS, edges), strict=True):
        rows[row] += _of_window(moves[begin : begin + WINDOW])
    return rows


def _of_window(x: Floats) -> GarchFits:
    if np.count_nonzero(x) < LEAST_MOVED:
        return GarchFits(still=1)
    if x.max() == x.min():
        return GarchFits(constant=1)
    fit = fit_garch(x)
    if fit is None:
        return GarchFits(failed=1)
    gain = fit.gain / len(x)
    if fit.gain < _LEAST_GAIN or fit.alpha < _LEAST_ALPHA:
        scaled = x / np.abs(x).max()
        return GarchFits(fitted=1, gain=gain, **_tail(scaled / math.sqrt(np.mean(scaled * scaled))))
    return GarchFits(fitted=1, clustered=1, alpha=fit.alpha, beta=fit.beta, gain=gain, **_tail(fit.residuals))


def _tail(residuals: Floats) -> dict[str, Any]:
    squares = residuals * residuals
    return {
        "residual_squares": float(squares.sum()),
        "residual_fourths": float(squares @ squares),
        "residual_tail": (np.abs(residuals)[:, None] > LEVELS).sum(axis=0),
    }
