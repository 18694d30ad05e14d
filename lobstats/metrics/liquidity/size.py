"""How much rests at the touch and near it."""

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = ["mean_depth", "mean_touch_size"]

_EVENT = Basis("event time", "one happening", "happenings with two sides")


def mean_touch_size(touch_size: Counts | ArrayLike) -> Estimate:
    """Mean quantity at the best bid and the best ask together, after a happening.

    Parameters
    ----------
    touch_size : Counts or array_like, shape (n,)
        Quantity at the best prices, both sides together.

    Returns
    -------
    Estimate
        In contracts.

    Raises
    ------
    InsufficientDataError
        If there is no happening with two sides, or the mean is not positive.

    Notes
    -----
    Each happening counts once, so busy moments weigh more than calm ones.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_touch_size([4.0, 6.0, 5.0]))
    5.0
    """
    return _mean(Counts.of(touch_size))


def mean_depth(depth: Counts | ArrayLike) -> Estimate:
    """Mean quantity over the ten best levels of both sides together, after a happening.

    Parameters
    ----------
    depth : Counts or array_like, shape (n,)
        Quantity over ten levels, both sides together.

    Returns
    -------
    Estimate
        In contracts.

    Raises
    ------
    InsufficientDataError
        If there is no happening with two sides, or the mean is not positive.

    Notes
    -----
    A recording that shows fewer than ten levels has less of it, whatever the market.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_depth([40.0, 60.0]))
    50.0
    """
    return _mean(Counts.of(depth))


def _mean(counts: Counts) -> Estimate:
    mean = counts.mean()
    if mean <= 0:
        msg = f"the mean quantity is {mean:g}; it must be positive."
        raise InsufficientDataError(msg)
    return Estimate(mean, counts.n, counts.unit, scale="log", basis=_EVENT)
