"""Lagged sums of the number of happenings a second, which show how long a busy spell lasts."""

import numpy as np
from numpy.typing import NDArray

from lobstats.series import BAR_NS
from lobstats.summary.lags import LagSums, lag_rows

__all__ = ["rate_rows"]

Ints = NDArray[np.int64]


def rate_rows(times: Ints, segment: Ints, edges: Ints) -> list[LagSums]:
    """Return the lagged sums of happenings a second in each row of time ``edges[i]`` to ``edges[i + 1]``.

    As in `window_rows`, only whole seconds of the clock between the first and the last happening of one stretch are
    counted, and a second belongs to the row in which it ends.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Increasing times and the stretch of each.
    edges : ndarray of int64, shape (rows + 1,)
        Increasing, from the first time or before to the last time or after.
    """
    starts = np.flatnonzero(np.diff(segment, prepend=segment[:1] - 1))
    began, ended = times[starts], times[np.append(starts[1:], len(times)) - 1] if len(times) else times
    first = -(-began // BAR_NS)
    seconds = np.maximum(ended // BAR_NS - first, 0)
    before = np.cumsum(seconds) - seconds
    stretch = np.repeat(np.arange(len(starts)), seconds)
    ends = (np.arange(len(stretch)) - before[stretch] + first[stretch] + 1) * BAR_NS
    # Where among all seconds each happening falls, if it falls into one.
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(times))))
    second = times // BAR_NS - first[owner]
    inside = (second >= 0) & (second < seconds[owner])
    counts = np.bincount((before[owner] + second)[inside], minlength=len(stretch))
    return lag_rows(counts.astype(np.float64), stretch, np.searchsorted(ends, edges, side="right"))
