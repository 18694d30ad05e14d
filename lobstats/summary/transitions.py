"""Which kind of event follows which."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.causes import ACTIONS
from lobstats.series import Series

__all__ = ["STEPS", "Transitions", "transition_rows"]

Ints = NDArray[np.int64]

STEPS = tuple(action for action in ACTIONS if action != "fill")
"""The kinds between which transitions are counted. A fill is the other half of a change by fill, and is left out."""

_NUMBER = np.array([STEPS.index(action) if action in STEPS else -1 for action in ACTIONS])


@dataclass(frozen=True)
class Transitions:
    """How often a record of one kind is followed by one of another within a stretch; ``+`` merges two.

    Attributes
    ----------
    counts : ndarray of int64, shape (6, 6)
        From the kind of the row, by `STEPS`, to that of the column.
    """

    counts: Ints

    @classmethod
    def of(cls, data: "Transitions | ArrayLike") -> "Transitions":
        """Count a sequence of places in `STEPS`, shape (n,), as one stretch."""
        if isinstance(data, Transitions):
            return data
        step = np.asarray(data).ravel()
        step = step.astype(np.int64) if not len(step) else step
        if step.dtype.kind not in "iu" or not ((step >= 0) & (step < len(STEPS))).all():
            msg = f"steps must be whole numbers from 0 to {len(STEPS) - 1}, places in `STEPS`."
            raise ValueError(msg)
        return cls(_counted(step[:-1], step[1:]))

    def __add__(self, other: "Transitions") -> "Transitions":
        return Transitions(self.counts + other.counts)


def transition_rows(series: Series, edges: Ints) -> list[Transitions]:
    """Return the transitions of each row of time ``edges[i]`` to ``edges[i + 1]``, by the later record."""
    step = _NUMBER[series.records.action]
    at, step = series.records.at[step >= 0], step[step >= 0]
    stretch = series.segment[at]
    starts = np.searchsorted(at, np.searchsorted(series.time, edges))
    rows = []
    for a, b in pairwise(starts):
        later = np.arange(max(a, 1), b)
        later = later[stretch[later - 1] == stretch[later]]
        rows.append(Transitions(_counted(step[later - 1], step[later])))
    return rows


def _counted(earlier: Ints, later: Ints) -> Ints:
    n = len(STEPS)
    return np.bincount(earlier.astype(np.int64) * n + later, minlength=n * n).reshape(n, n).astype(np.int64)
