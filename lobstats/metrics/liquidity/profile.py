"""The shape of the book: its quantity by level and by distance from the touch, at whole seconds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.profiles import ProfileSums

__all__ = ["book_slope", "distance_profile", "level_gap", "level_profile", "touch_depth_share"]

_SIDES = Basis("clock time", "whole seconds", "sides of the book")
_GAPS = Basis("clock time", "whole seconds", "gaps between levels")
_LEVELS = 10

Data = ProfileSums | tuple[ArrayLike, ArrayLike]


def level_profile(profile: Data) -> Curve:
    """Mean quantity at each of the ten best levels of a side.

    In most books it grows from the touch outwards before it falls.

    Parameters
    ----------
    profile : ProfileSums or two array_like, shape (p, 2, 10)
        Prices in ticks, `NO_PRICE` where there is no level, and quantities, bids first, the best first.

    Returns
    -------
    Curve
        In contracts over the levels 1 to 10; a level that never occurs is left out.

    Raises
    ------
    InsufficientDataError
        If there is no level, or a quantity that is not finite or not positive.

    Notes
    -----
    A level that a side lacks does not count as empty: the mean is over the sides that have it.

    References
    ----------
    J.-P. Bouchaud, M. Mézard, M. Potters, "Statistical properties of stock order books: empirical results and models",
    Quantitative Finance 2 (2002) 251, doi:10.1088/1469-7688/2/4/301.

    Examples
    --------
    >>> price = [[[99, 98], [100, 101]]]
    >>> level_profile((price, [[[1.0, 4.0], [3.0, 6.0]]])).value
    array([2., 5.])
    """
    sums = _some(profile)
    at = np.flatnonzero(sums.levels)
    value = np.asarray(sums.size[at] / sums.levels[at], dtype=np.float64)
    _check(value)
    return Curve(
        np.array(at + 1.0, dtype=np.float64), value, sums.levels[at], "contracts", "level", scale="log", basis=_SIDES
    )


def distance_profile(profile: Data) -> Curve:
    """Mean quantity at each of the ten prices from the best one of a side outwards.

    As `level_profile`, but a price without orders counts as an empty one.

    Parameters
    ----------
    profile : ProfileSums or two array_like, shape (p, 2, 10)
        As for `level_profile`.

    Returns
    -------
    Curve
        In contracts over 0 to 9 ticks from the best price of the side. Ten levels always reach so far; the fewer of
        some recordings may not.

    Raises
    ------
    InsufficientDataError
        If there is no level, or a quantity that is not finite.

    References
    ----------
    As for `level_profile`.

    Examples
    --------
    >>> price = [[[99, 97], [100, 101]]]
    >>> distance_profile((price, [[[1.0, 4.0], [3.0, 6.0]]])).value[:3]
    array([2., 3., 2.])
    """
    sums = _some(profile)
    value = sums.by_distance / sums.sides
    if not np.isfinite(value).all():
        _refuse()
    n = np.full(_LEVELS, sums.sides)
    return Curve(np.arange(float(_LEVELS)), value, n, "contracts", "ticks", scale="linear", basis=_SIDES)


def level_gap(profile: Data) -> Estimate:
    """Mean number of ticks between neighbouring levels of a side, among the ten best.

    1 where every price holds orders; more in a sparse book, as of a stock with a small tick.

    Parameters
    ----------
    profile : ProfileSums or two array_like, shape (p, 2, 10)
        As for `level_profile`.

    Returns
    -------
    Estimate
        In ticks.

    Raises
    ------
    InsufficientDataError
        If no side has two levels.

    References
    ----------
    J. D. Farmer, L. Gillemot, F. Lillo, S. Mike, A. Sen, "What really causes large price changes?", Quantitative
    Finance 4 (2004) 383, doi:10.1080/14697680400008627, on gaps in the book.

    Examples
    --------
    >>> price = [[[99, 97], [100, 101]]]
    >>> float(level_gap((price, [[[1.0, 4.0], [3.0, 6.0]]])))
    1.5
    """
    sums = _some(profile)
    n = int(sums.levels[1:].sum())
    if not n or sums.gaps <= 0:
        msg = "no side has two levels."
        raise InsufficientDataError(msg)
    return Estimate(sums.gaps / n, n, "ticks", scale="log", basis=_GAPS)


def touch_depth_share(profile: Data) -> Estimate:
    """Share of the quantity over the ten best levels that rests at the best one.

    sum q_1 / sum (q_1 + ... + q_10) over the sides of the book at whole seconds; 1/10 where all ten hold the same.

    Parameters
    ----------
    profile : ProfileSums or two array_like, shape (p, 2, 10)
        As for `level_profile`.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no level, or a quantity that is not finite.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> price = [[[99, 98], [100, 101]]]
    >>> round(float(touch_depth_share((price, [[[1.0, 4.0], [3.0, 6.0]]]))), 4)
    0.2857
    """
    sums = _some(profile)
    with np.errstate(over="ignore"):
        total = float(sums.size.sum())
    _check(np.array([total]))
    share = float(np.clip(sums.size[0] / total, 0, 1))
    return Estimate(share, sums.sides, "", scale="arcsine", basis=_SIDES)


def book_slope(profile: Data) -> Estimate:
    """Quantity per tick of distance from the mid, over the ten best levels of a side.

    sum Q / sum d over the sides at whole seconds, with Q the quantity over the levels that a side has, ten at most, and
    d the distance from the mid to the outermost of them: how much has to be traded to push the price by a tick. A steep
    book is a liquid one.

    Parameters
    ----------
    profile : ProfileSums or two array_like, shape (p, 2, 10)
        As for `level_profile`.

    Returns
    -------
    Estimate
        In contracts per tick.

    Raises
    ------
    InsufficientDataError
        If the book never has two sides, or a quantity that is not finite or not positive.

    References
    ----------
    Own definition: a ratio of means.

    Examples
    --------
    >>> price = [[[99, 98], [100, 101]]]
    >>> round(float(book_slope((price, [[[1.0, 4.0], [3.0, 6.0]]]))), 4)
    4.6667
    """
    sums = _some(profile)
    if not sums.two_sided or sums.reach <= 0:
        msg = "the book never has two sides."
        raise InsufficientDataError(msg)
    slope = 2 * sums.reached / sums.reach
    _check(np.array([slope]))
    return Estimate(slope, sums.two_sided, "contracts per tick", scale="log", basis=_SIDES)


def _some(profile: Data) -> ProfileSums:
    sums = ProfileSums.of(profile)
    if not sums.sides:
        msg = "there is no level at any whole second."
        raise InsufficientDataError(msg)
    return sums


def _check(value: NDArray[np.float64]) -> None:
    if not (np.isfinite(value).all() and (value > 0).all()):
        _refuse()


def _refuse() -> None:
    msg = "a quantity is not positive, or too large to be summed."
    raise InsufficientDataError(msg)
