"""The periodogram of absolute moves, averaged over windows of ten minutes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS
from lobstats.summary.clock_windows import WINDOW, one_path, row_of, whole_windows

__all__ = ["FREQUENCIES", "PeriodogramSums", "periodogram_rows"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FREQUENCIES: Floats = 2 * np.pi * np.arange(1, int(WINDOW**0.65) + 1) / WINDOW
"""The lowest 63 Fourier frequencies of a window, in radians a second."""


@dataclass(frozen=True)
class PeriodogramSums:
    """Sums of the periodogram over windows of 600 one-second absolute moves; ``+`` merges two.

    Windows are pooled as they are, so that one counts by its variance: a restless one more than a calm one.

    Attributes
    ----------
    windows : int
    ordinates : ndarray of float64, shape (63,)
        Sum over the windows of |sum_t (x[t] - mean) exp(-i lambda t)|^2 / (2 pi 600) at each of `FREQUENCIES`.
    """

    windows: int
    ordinates: Floats

    @classmethod
    def of(cls, data: "PeriodogramSums | ArrayLike") -> "PeriodogramSums":
        """Cut an array of absolute moves, shape (n,), into windows of 600."""
        return data if isinstance(data, PeriodogramSums) else periodogram_rows(*one_path(data))[0]

    def __add__(self, other: "PeriodogramSums") -> "PeriodogramSums":
        return PeriodogramSums(self.windows + other.windows, self.ordinates + other.ordinates)


def periodogram_rows(moves: Floats, time: Ints, stretch: Ints, edges: Ints) -> list[PeriodogramSums]:
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
    n, sums = np.zeros(len(edges) - 1, dtype=np.int64), np.zeros((len(edges) - 1, len(FREQUENCIES)))
    first = whole_windows(time, stretch, WINDOW)
    row = row_of(time[first] + (WINDOW - 1) * BAR_NS, edges)
    x = moves[first[:, None] + np.arange(WINDOW)]
    with np.errstate(over="ignore", invalid="ignore"):
        # The mean of equal numbers may be off by a rounding; what does not vary has no spectrum.
        x = np.where(np.ptp(x, axis=1, keepdims=True) > 0, x - x.mean(axis=1, keepdims=True), 0.0)
        transform = np.fft.rfft(x, axis=1)[:, 1 : len(FREQUENCIES) + 1]
        np.add.at(sums, row, np.abs(transform) ** 2 / (2 * np.pi * WINDOW))
    np.add.at(n, row, 1)
    return [PeriodogramSums(int(n[i]), sums[i]) for i in range(len(n))]
