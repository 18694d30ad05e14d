"""Windows of one-second moves on an absolute clock grid."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS

__all__ = ["WINDOW", "one_path", "one_stretch", "row_of", "whole_windows"]

WINDOW = 600
"""Moves in a window in which something is fitted: ten minutes."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def whole_windows(time: Ints, stretch: Ints, length: int) -> Ints:
    """Return the first move of each window of ``length`` seconds that lies wholly in one stretch.

    Window k holds the moves that end after k ``length`` seconds since the epoch and no later than (k + 1) ``length``.

    Parameters
    ----------
    time, stretch : ndarray of int64, shape (n,)
        When each one-second move ends, in nanoseconds on whole seconds, and the stretch without a break it lies in.
    length : int

    Returns
    -------
    ndarray of int64, shape (windows,)
    """
    first = np.flatnonzero((time // BAR_NS - 1) % length == 0)
    first = first[first + length <= len(time)]
    # Within a stretch there is a move each second, so that the last of a window tells whether all are there.
    return np.asarray(first[stretch[first] == stretch[first + length - 1]])


def row_of(ends: Ints, edges: Ints) -> Ints:
    """Return the row ``edges[i]`` to ``edges[i + 1]`` of each time."""
    return np.searchsorted(edges, ends, side="right") - 1


def one_stretch(data: ArrayLike, name: str) -> tuple[Ints, Ints, Ints]:
    """Take an increasing array of whole nanoseconds, shape (n,), as one stretch and one row.

    Returns
    -------
    times, stretch : ndarray of int64, shape (n,)
    edges : ndarray of int64, shape (2,)
    """
    times = np.asarray(data).ravel()
    whole = times.dtype.kind in "iu"
    times = times.astype(np.int64) if whole or not len(times) else times
    if len(times) and (not whole or (np.diff(times) < 0).any()):
        msg = f"`{name}` must be increasing whole nanoseconds; sort them and convert them to integers first."
        raise ValueError(msg)
    edges = np.array([times[0], times[-1] + 1]) if len(times) else np.array([0, 1])
    return times, np.zeros(len(times), dtype=np.int64), edges


def one_path(data: ArrayLike) -> tuple[Floats, Ints, Ints, Ints]:
    """Take an array of moves, shape (n,), as one stretch of one row that begins with a window.

    Returns
    -------
    moves, time, stretch, edges : ndarray
    """
    moves = np.asarray(data, dtype=np.float64).ravel()
    if not np.isfinite(moves).all():
        msg = "the data must be finite; drop what is missing first."
        raise ValueError(msg)
    time = np.arange(1, len(moves) + 1, dtype=np.int64) * BAR_NS
    return moves, time, np.zeros(len(moves), dtype=np.int64), np.array([0, (len(moves) + 1) * BAR_NS])
