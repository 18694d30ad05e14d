"""Whole minutes of the clock: moves on a coarse and a fine grid, and volume against volatility."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import BAR_NS, Series
from lobstats.summary.lags import LagSums, lag_rows

__all__ = ["MINUTE_LAGS", "VOLUME_LAGS", "CoarseFine", "Minutes", "coarse_fine_rows", "volume_rows", "whole_minutes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MINUTE_LAGS = np.arange(1, 11)
"""The lags between coarse and fine volatility, in minutes."""

VOLUME_LAGS = np.arange(11)
"""The lags between volume and the volatility of a later minute, in minutes."""

_MINUTE, _PART = 60, 10
_MINUTE_NS = _MINUTE * BAR_NS


@dataclass(frozen=True)
class Minutes:
    """The whole minutes of the clock grid that lie within one stretch.

    Attributes
    ----------
    end : ndarray of int64, shape (m,)
        When each ends, UTC nanoseconds.
    stretch : ndarray of int64, shape (m,)
    coarse : ndarray of float64, shape (m,)
        Absolute move over the minute.
    fine : ndarray of float64, shape (m,)
        Sum of the absolute moves over its six parts of ten seconds.
    squares : ndarray of float64, shape (m,)
        Sum of the squared moves over its seconds.
    """

    end: Ints
    stretch: Ints
    coarse: Floats
    fine: Floats
    squares: Floats


@dataclass(frozen=True)
class CoarseFine:
    """Lagged sums of coarse and fine volatility of minutes; ``+`` merges two.

    Attributes
    ----------
    coarse_first : LagSums
        Of coarse volatility and the fine one of a later minute, over `MINUTE_LAGS`.
    fine_first : LagSums
        Of fine volatility and the coarse one of a later minute.
    """

    coarse_first: LagSums
    fine_first: LagSums

    @classmethod
    def of(cls, data: "CoarseFine | ArrayLike") -> "CoarseFine":
        """Take one-second moves, shape (n,), as one stretch that begins on a whole minute."""
        if isinstance(data, CoarseFine):
            return data
        moves = np.asarray(data, dtype=np.float64).ravel()
        if not np.isfinite(moves).all():
            msg = "the data must be finite; drop what is missing first."
            raise ValueError(msg)
        time = np.arange(1, len(moves) + 1) * BAR_NS
        minutes = whole_minutes(time, moves, np.zeros(len(moves), dtype=np.int64))
        return coarse_fine_rows(minutes, np.array([0, len(time) * BAR_NS + 1]))[0]

    def __add__(self, other: "CoarseFine") -> "CoarseFine":
        return CoarseFine(self.coarse_first + other.coarse_first, self.fine_first + other.fine_first)


def whole_minutes(time: Ints, moves: Floats, stretch: Ints) -> Minutes:
    """Gather one-second moves, each with the time at which it ends, into whole minutes."""
    minute = (time - 1) // _MINUTE_NS
    new = (np.diff(minute, prepend=-1) != 0) | (np.diff(stretch, prepend=-1) != 0)
    begins = np.flatnonzero(new)
    begins = begins[np.diff(begins, append=len(time)) == _MINUTE]
    seconds = moves[begins[:, None] + np.arange(_MINUTE)]
    parts = seconds.reshape(-1, _MINUTE // _PART, _PART).sum(axis=2)
    with np.errstate(over="ignore"):
        squares = (seconds**2).sum(axis=1)
    return Minutes(
        time[begins] + (_MINUTE - 1) * BAR_NS,
        stretch[begins],
        np.abs(parts.sum(axis=1)),
        np.abs(parts).sum(axis=1),
        squares,
    )


def coarse_fine_rows(minutes: Minutes, edges: Ints) -> list[CoarseFine]:
    """Return the sums of each row of time; a pair belongs to the row in which its later minute ends."""
    at = np.searchsorted(minutes.end, edges)
    forth, back = (
        lag_rows(earlier, minutes.stretch, at, later=later, lags=MINUTE_LAGS)
        for earlier, later in ((minutes.coarse, minutes.fine), (minutes.fine, minutes.coarse))
    )
    return [CoarseFine(*both) for both in zip(forth, back, strict=True)]


def volume_rows(minutes: Minutes, series: Series, edges: Ints) -> list[LagSums]:
    """Return, for each row of time, the lagged sums of the roots of volume and of a later minute's squared moves.

    The minutes are of moves as they are: volume has the pattern of the day too, and to divide one by it alone would
    make noise of the other's.
    """
    time = series.time[series.trades.at]
    volume = np.zeros(len(minutes.end))
    place = np.searchsorted(minutes.end, time)
    inside = place < len(minutes.end)
    inside[inside] = time[inside] > minutes.end[place[inside]] - _MINUTE_NS
    with np.errstate(over="ignore"):
        np.add.at(volume, place[inside], series.trades.size[inside])
    volume = np.minimum(volume, np.finfo(np.float64).max)
    at = np.searchsorted(minutes.end, edges)
    return lag_rows(np.sqrt(volume), minutes.stretch, at, later=np.sqrt(minutes.squares), lags=VOLUME_LAGS)
