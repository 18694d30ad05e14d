"""The least value of a smooth function of two or three parameters, to the last digits.

A fact is judged by what leaving out one unit changes in it, so that a fit must end in the same place every time.
Newton's steps do, in fewer evaluations than a general routine takes.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["minimum"]

Floats = NDArray[np.float64]

_STEPS, _HALVINGS = 100, 40
_LONGEST_STEP, _SHORTEST_STEP = 2.0, 1e-7  # what is left after a step is some 1e-5 of it
_PROBE = 1e-6
_LEAST_CURVATURE = 1e-8


def minimum(
    loss: Callable[[Floats], tuple[float, Floats]], start: ArrayLike, low: ArrayLike, high: ArrayLike
) -> tuple[float, Floats, bool]:
    """Return the least value found, where it is, and whether the search came to rest there.

    Newton's steps with the curvature from differences of slopes, its sign made positive; a step is at most 2 long in
    each parameter and halved until the loss does not rise.

    Parameters
    ----------
    loss : callable
        From p parameters, shape (p,), to a value and its slopes, shape (p,); finite between the bounds.
    start, low, high : array_like, shape (p,)
        Where to begin and the bounds of each parameter.
    """
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    theta = np.clip(np.asarray(start, dtype=np.float64), low, high)
    value, slope = loss(theta)
    for _ in range(_STEPS):
        # A parameter that leans on its bound stays there.
        free = ~(((theta <= low) & (slope > 0)) | ((theta >= high) & (slope < 0)))
        step = np.zeros(len(theta))
        if free.any():
            step[free] = np.clip(_newton_step(loss, theta, slope, free), -_LONGEST_STEP, _LONGEST_STEP)
        for _ in range(_HALVINGS):
            to = np.clip(theta + step, low, high)
            next_value, next_slope = loss(to)
            if next_value <= value:
                break
            step /= 2
        else:
            return value, theta, True  # no lower value can be told from this one
        moved = float(np.abs(to - theta).max())
        theta, value, slope = to, next_value, next_slope
        if moved < _SHORTEST_STEP:
            return value, theta, True
    return value, theta, False


def _newton_step(
    loss: Callable[[Floats], tuple[float, Floats]], theta: Floats, slope: Floats, free: NDArray[np.bool_]
) -> Floats:
    probes = theta + _PROBE * np.eye(len(theta))[free]
    curvature = np.array([loss(probe)[1] - slope for probe in probes])[:, free] / _PROBE
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    along = vectors.T @ slope[free] / np.maximum(np.abs(values), _LEAST_CURVATURE)
    return np.asarray(-vectors @ along)
