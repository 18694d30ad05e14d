"""The compiled likelihood of a Hawkes process with an exponential kernel."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["log_likelihood"]


@njit(cache=True)
def log_likelihood(times: NDArray[np.float64], end: float, mu: float, ratio: float, beta: float) -> NDArray[np.float64]:
    """Return the log likelihood of times in [0, end], and its slopes in mu, ratio and beta, in one pass.

    The intensity is mu + ratio beta A(t), where A(t) sums exp(-beta (t - s)) over earlier happenings s; its slope in
    beta needs B(t), the slope of A, which has a recursion as A does (Ozaki, 1979).

    Parameters
    ----------
    times : ndarray of float64, shape (n,)
        Increasing, within [0, end].
    end : float
    mu, ratio, beta : float
        Background rate, branching ratio and decay rate, positive.

    Returns
    -------
    ndarray of float64, shape (4,)
    """
    value, in_mu, in_ratio, in_beta = 0.0, 0.0, 0.0, 0.0
    a, b, before = 0.0, 0.0, 0.0
    for i in range(len(times)):
        gap = times[i] - before
        before = times[i]
        fall = math.exp(-beta * gap)
        # ``a`` and ``b`` hold A and B just after the last happening.
        b = fall * (b - gap * a)
        a = fall * a
        rate = mu + ratio * beta * a
        value += math.log(rate)
        in_mu += 1 / rate
        in_ratio += beta * a / rate
        in_beta += ratio * (a + beta * b) / rate
        a += 1.0
    gap = end - before
    fall = math.exp(-beta * gap)
    b = fall * (b - gap * a)
    a = fall * a
    # Each happening has brought about ratio (1 - exp(-beta (end - s))) others by the end; the sum is n - A(end).
    count = len(times)
    return np.array([value - mu * end - ratio * (count - a), in_mu - end, in_ratio - (count - a), in_beta + ratio * b])
