"""The imbalance at the touch: how lopsided it is, how long it stays so and what it foretells."""

import math

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.lags import LAGS, LagSums

__all__ = ["imbalance_autocorrelation", "imbalance_response_correlation", "imbalance_size"]

_EVENT = Basis("event time", "one happening", "happenings with two sides")
_SECONDS = Basis("clock time", "1 s", "pairs of whole seconds")
_LEAST_PAIRS = 30
_LEAST_VARIANCE = 1e-12


def imbalance_size(imbalance: Counts | ArrayLike) -> Estimate:
    """Root mean square of the imbalance at the touch after a happening.

    I = (q_bid - q_ask) / (q_bid + q_ask): 0 where both sides always hold the same, 1/sqrt(3) where it is uniform.

    Parameters
    ----------
    imbalance : Counts or array_like, shape (n,)
        Imbalance, in [-1, 1].

    Returns
    -------
    Estimate
        In [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no happening with two sides.

    References
    ----------
    Own definition: a root mean square.

    Examples
    --------
    >>> float(imbalance_size([0.5, -0.5]))
    0.5
    """
    counts = Counts.of(imbalance)
    size = math.sqrt(counts.variance() + counts.mean() ** 2)
    return Estimate(min(size, 1.0), counts.n, "", scale="arcsine", basis=_EVENT)


def imbalance_autocorrelation(imbalance_lags: LagSums | ArrayLike, *, lag: int = 1) -> Estimate:
    """Autocorrelation of the imbalance at the touch at whole seconds.

    Parameters
    ----------
    imbalance_lags : LagSums or array_like, shape (n,)
        Imbalance at each whole second.
    lag : int
        In seconds, one of `LAGS`.

    Returns
    -------
    Estimate
        In [-1, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs, or the imbalance does not vary.

    References
    ----------
    Own definition: a plain autocorrelation.

    Examples
    --------
    >>> round(float(imbalance_autocorrelation([0.5, 0.5, -0.5, -0.5] * 50)), 3)
    0.005
    """
    if lag not in LAGS:
        msg = f"`lag` must be one of 1 to 34, 36, ..., 10,000 seconds (`LAGS`), got {lag}."
        raise ValueError(msg)
    sums = LagSums.of(imbalance_lags)
    return _correlation(sums, sums.at(lag), {"lag_seconds": lag})


def imbalance_response_correlation(imbalance_response: LagSums) -> Estimate:
    """Correlation of the imbalance at a whole second with the move of the mid over the next second.

    Positive in every liquid market: the price moves towards the shorter queue.

    Parameters
    ----------
    imbalance_response : LagSums
        Of the imbalance and the move after it at lag 0, as by `LagSums.between`.

    Returns
    -------
    Estimate
        In [-1, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 pairs, or either of them does not vary.

    References
    ----------
    M. D. Gould, J. Bonart, "Queue imbalance as a one-tick-ahead price predictor in a limit order book", Market
    Microstructure and Liquidity 2 (2016) 1650006, doi:10.1142/S2382626616500064.

    Examples
    --------
    >>> import numpy as np
    >>> imbalance, move = [0.5, -0.5] * 30, [1, -1] * 30
    >>> float(imbalance_response_correlation(LagSums.between(imbalance, move, lags=np.array([0]))))
    1.0
    """
    return _correlation(imbalance_response, 0, {})


def _correlation(sums: LagSums, place: int, params: dict[str, int]) -> Estimate:
    pairs = int(sums.pairs[place])
    if pairs < _LEAST_PAIRS:
        msg = f"{pairs} pairs; {_LEAST_PAIRS} are needed."
        raise InsufficientDataError(msg)
    mean, deviation = _moments(sums.n, sums.total, sums.squares)
    later_mean, later_deviation = _moments(sums.n, sums.later_total, sums.later_squares)
    products = sums.products[place] - later_mean * sums.earlier[place] - mean * sums.later[place]
    value = (products / pairs + mean * later_mean) / (deviation * later_deviation)
    if not math.isfinite(value):
        msg = "the moves are too large to be multiplied."
        raise InsufficientDataError(msg)
    return Estimate(float(np.clip(value, -1, 1)), pairs, "", dict(params), scale="atanh", basis=_SECONDS)


def _moments(n: int, total: float, squares: float) -> tuple[float, float]:
    variance = squares / n - (total / n) ** 2
    if not math.isfinite(squares) or variance <= _LEAST_VARIANCE * squares / n:
        msg = "the imbalance or the moves do not vary, or are too large to be squared."
        raise InsufficientDataError(msg)
    return total / n, math.sqrt(variance)
