"""How many records share one exchange time."""

from numpy.typing import ArrayLike

from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = ["mean_happening_size"]

_BASIS = Basis("event time", "one happening", "happenings")


def mean_happening_size(happening_size: Counts | ArrayLike) -> Estimate:
    """Mean number of records per happening, which are those that share one exchange time.

    A trade, its fills and the cancels that follow share a time; a model that stamps each record anew shows 1 here.

    Parameters
    ----------
    happening_size : Counts or array_like of int, shape (n,)
        Records in each happening.

    Returns
    -------
    Estimate
        In records.

    Raises
    ------
    InsufficientDataError
        If there is no happening.

    References
    ----------
    Own definition: a plain mean.

    Examples
    --------
    >>> float(mean_happening_size([1, 1, 4]))
    2.0
    """
    counts = Counts.of(happening_size)
    return Estimate(counts.mean(), counts.n, counts.unit, scale="log", basis=_BASIS)
