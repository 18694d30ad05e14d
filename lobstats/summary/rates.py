"""Lagged sums of the number of happenings a second, which show how long a busy spell lasts."""

import numpy as np
from numpy.typing import NDArray

from lobstats.series import BAR_NS
from lobstats.summary.lags import LagSums, lag_rows

__all__ = ["rate_rows", "whole_spans"]

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
    ends, stretch, place = whole_spans(times, segment, BAR_NS)
    counts = np.bincount(place[place >= 0], minlength=len(stretch))
    return lag_rows(counts.astype(np.float64), stretch, np.searchsorted(ends, edges, side="right"))


def whole_spans(times: Ints, segment: Ints, width: int) -> tuple[Ints, Ints, Ints]:
    """Return the whole spans of the clock, ``width`` nanoseconds each, between a stretch's first and last happening.

    Parameters
    ----------
    times, segment : ndarray of int64, shape (n,)
        Increasing times and the stretch of each.
    width : int

    Returns
    -------
    ends, stretch : ndarray of int64, shape (spans,)
        When each ends, and a number that is constant over each stretch.
    place : ndarray of int64, shape (n,)
        The span into which each time falls, -1 where into none; one that ends at a time does not hold it.
    """
    starts = np.flatnonzero(np.diff(segment, prepend=segment[:1] - 1))
    began, ended = times[starts], times[np.append(starts[1:], len(times)) - 1] if len(times) else times
    first = -(-began // width)
    spans = np.maximum(ended // width - first, 0)
    before = np.cumsum(spans) - spans
    stretch = np.repeat(np.arange(len(starts)), spans)
    ends = (np.arange(len(stretch)) - before[stretch] + first[stretch] + 1) * width
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(times))))
    span = times // width - first[owner]
    inside = (span >= 0) & (span < spans[owner])
    return ends, stretch, np.where(inside, before[owner] + span, -1)
