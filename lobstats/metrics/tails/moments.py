"""What moments of the moves share: deviations that no power overflows, and the horizons at which they are taken."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns
from lobstats.summary.reference import Reference

__all__ = ["CHANGES", "deviations", "over_horizons"]

CHANGES = Basis("clock time", "0.01 s to 600 s", "changes of the mid over each horizon")

_ROUNDING = 1e-12
_LEAST_CHANGES = 30
_SECOND_NS = 1_000_000_000
_HORIZON_NS = 30 * _SECOND_NS

Floats = NDArray[np.float64]


def deviations(counts: Counts, what: str) -> tuple[Floats, Floats]:
    """Return the deviations from the mean, with the largest for their unit, and the share of each, shape (k,) each.

    Parameters
    ----------
    counts : Counts
    what : str
        The moment, for the error.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 moves or they do not vary.
    """
    n = counts.n
    if n < _LEAST_CHANGES:
        msg = f"{n} moves; a {what} needs {_LEAST_CHANGES} at least."
        raise InsufficientDataError(msg)
    if len(counts.values) < 2:
        msg = "the moves do not vary."
        raise InsufficientDataError(msg)
    # The unit cancels; with the largest deviation for one, no power overflows.
    share = counts.counts / n
    deviation = counts.x / np.abs(counts.x).max()
    deviation = deviation - share @ deviation
    reach = np.abs(deviation).max()
    if reach <= _ROUNDING:
        msg = "the moves do not vary beyond rounding."
        raise InsufficientDataError(msg)
    return deviation / reach, share


def over_horizons(
    by_horizon: HorizonReturns | ArrayLike, reference: Reference | None, moment: Callable[[Counts], float]
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return the horizons in seconds, the moment and the number of changes at each, shape (h,) each.

    The longest horizon is a tenth of the reference's unit, 30 seconds without one; horizons at which the moment cannot
    be had are left out.

    Raises
    ------
    InsufficientDataError
        If every horizon is.
    """
    horizons = HorizonReturns.of(by_horizon)
    longest = _HORIZON_NS if reference is None else max(reference.horizon_ns, _SECOND_NS)
    found, reason = [], ""
    for horizon, counts in zip(horizons.horizons.tolist(), horizons.counts, strict=True):
        if horizon > longest:
            break
        try:
            found.append((horizon / 1e9, moment(counts), counts.n))
        except InsufficientDataError as error:
            reason = reason or f"{horizon / 1e9:g} s: {error}"
    if not found:
        raise InsufficientDataError(reason)
    x, value, n = zip(*found, strict=True)
    return np.array(x), np.array(value), np.array(n)
