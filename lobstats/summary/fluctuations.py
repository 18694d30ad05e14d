"""Fluctuations of cumulated absolute moves about straight lines, for detrended fluctuation analysis."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS
from lobstats.summary.clock_windows import one_path, row_of, whole_windows

__all__ = ["SIZES", "FluctuationSums", "fluctuation_rows"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SIZES: Ints = np.array([8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 2048, 4096], dtype=np.int64)
"""The window sizes, in seconds."""


@dataclass(frozen=True)
class FluctuationSums:
    """For each window size, sums of squared fluctuations; ``+`` merges two.

    The squared fluctuation F^2 of a window is the mean squared residual of the straight line through its cumulated
    moves. A mean that is taken out beforehand would only tilt that line, so that none needs to be known.

    Attributes
    ----------
    sizes : ndarray of int64, shape (s,)
        In seconds. Window k of size T runs from k T to (k + 1) T since the epoch.
    n : ndarray of int64, shape (s,)
        Whole windows within a stretch.
    squares : ndarray of float64, shape (s,)
        Sum of F^2 over them.
    """

    sizes: Ints
    n: Ints
    squares: Floats

    @classmethod
    def of(cls, data: "FluctuationSums | ArrayLike") -> "FluctuationSums":
        """Take an array of absolute moves, shape (n,), as one stretch."""
        return data if isinstance(data, FluctuationSums) else fluctuation_rows(*one_path(data))[0]

    def __add__(self, other: "FluctuationSums") -> "FluctuationSums":
        if not np.array_equal(self.sizes, other.sizes):
            msg = "fluctuations in windows of different sizes do not add up."
            raise ValueError(msg)
        return FluctuationSums(self.sizes, self.n + other.n, self.squares + other.squares)


def fluctuation_rows(moves: Floats, time: Ints, stretch: Ints, edges: Ints) -> list[FluctuationSums]:
    """Return the sums of each row of time ``edges[i]`` to ``edges[i + 1]``.

    A window belongs to the row in which it ends.

    Parameters
    ----------
    moves : ndarray of float64, shape (n,)
        Absolute one-second moves.
    time, stretch : ndarray of int64, shape (n,)
        When each ends, in nanoseconds, and the stretch without a break that it lies in.
    edges : ndarray of int64, shape (rows + 1,)
    """
    rows = len(edges) - 1
    n, squares = np.zeros((rows, len(SIZES)), dtype=np.int64), np.zeros((rows, len(SIZES)))
    for column, size in enumerate(SIZES.tolist()):
        first = whole_windows(time, stretch, size)
        row = row_of(time[first] + (size - 1) * BAR_NS, edges)
        np.add.at(n[:, column], row, 1)
        with np.errstate(over="ignore", invalid="ignore"):
            np.add.at(squares[:, column], row, squared_fluctuations(moves[first[:, None] + np.arange(size)]))
    return [FluctuationSums(SIZES, n[i], squares[i]) for i in range(rows)]


def squared_fluctuations(x: Floats) -> Floats:
    """Return F^2 of each window.

    With y the cumulated moves and t the time, both centred, the residuals of the line have the sum of squares
    y.y - (t.y)^2 / t.t, and t.t = s (s^2 - 1) / 12.

    Parameters
    ----------
    x : ndarray of float64, shape (windows, s)

    Returns
    -------
    ndarray of float64, shape (windows,)
    """
    size = x.shape[1]
    t = np.arange(size) - (size - 1) / 2
    # Taking out the mean does not change F, and keeps the sums small beside what is looked for.
    y = np.cumsum(x - x.mean(axis=1, keepdims=True), axis=1)
    y -= y.mean(axis=1, keepdims=True)
    y -= np.outer(y @ t, t) / (size * (size**2 - 1) / 12)
    found = np.einsum("ws,ws->w", y, y) / size
    # The mean of equal numbers may be off by a rounding; what does not vary does not fluctuate.
    return np.where(np.ptp(x, axis=1) > 0, found, 0.0)
