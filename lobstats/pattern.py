"""The pattern of the day: how much larger moves are at some hours than at others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import InsufficientDataError
from lobstats.series import Series

__all__ = ["BIN_NS", "LEAST_SESSIONS", "IntradayPattern", "check_sessions"]

BIN_NS = 300 * 1_000_000_000
"""Length of a bin: five minutes."""

LEAST_SESSIONS = 5
"""Fewer sessions do not tell the hour of the day from the day."""

_BINS = 24 * 3600 * 1_000_000_000 // BIN_NS
_LEAST_SEEN = 3  # sessions
_LEAST_MOVES = 30  # a session shows a bin
_SURE = 0.99  # level of the test that there is a pattern at all
_LEAST = 0.1  # so that no move grows more than tenfold

Floats = NDArray[np.float64]


class _Timed(Protocol):
    @property
    def has_clock(self) -> bool: ...


@dataclass(frozen=True, eq=False)
class IntradayPattern:
    """A step function over the local day by which one-second moves are divided.

    Attributes
    ----------
    values : ndarray of float64, shape (288,)
        One for each five minutes from midnight; positive, and one on average where the pattern was seen.
    """

    values: Floats

    @classmethod
    def of(cls, series: Sequence[Series]) -> "IntradayPattern":
        """Estimate the pattern from sessions.

        In each session, a bin's mean absolute one-second move over the session's own; then p_b, the mean over the
        sessions that have the bin. The pattern is 1 + w (p_b - 1) with w = 1 - mean squared standard error of p_b /
        variance of p_b over the bins, where an F test at 1 % finds that the two variances differ; else all is one. A
        bin has 30 moves in a session, and is one where fewer than three sessions have it. No value is below a tenth.

        Parameters
        ----------
        series : sequence of Series
            Of sessions that have a clock.

        Raises
        ------
        InsufficientDataError
            If there are fewer than five sessions, or they have no clock.

        References
        ----------
        The shrinkage is the positive-part estimator of B. Efron, C. Morris, "Stein's estimation rule and its
        competitors", Journal of the American Statistical Association 68 (1973) 117, doi:10.1080/01621459.1973.10481350.
        """
        check_sessions(series)
        profiles = np.array([_profile(session) for session in series])
        seen = ~np.isnan(profiles)
        n = seen.sum(axis=0)
        kept = n >= _LEAST_SEEN
        values = np.ones(_BINS)
        if kept.any():
            values[kept] = _shrunk(profiles[:, kept], n[kept])
        return cls(values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntradayPattern) and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash(self.values.tobytes())

    def at(self, time: NDArray[np.int64], clock_offset_ns: int = 0) -> Floats:
        """Return the pattern for moves that end at some times, shape (n,), UTC nanoseconds."""
        return self.values[_bin(time, clock_offset_ns)]


def check_sessions(sessions: Sequence[_Timed]) -> None:
    """Make sure that sessions can show a pattern of the day.

    Raises
    ------
    InsufficientDataError
        If there are fewer than five, or they have no clock.
    """
    if len(sessions) < LEAST_SESSIONS:
        some = f"{len(sessions)} session{'s' if len(sessions) != 1 else ''}"
        msg = f"{some} of the real side; a pattern of the day needs {LEAST_SESSIONS}."
        raise InsufficientDataError(msg)
    if not all(session.has_clock for session in sessions):
        msg = "the stream holds numbers of rows in place of times."
        raise InsufficientDataError(msg)


def _bin(time: NDArray[np.int64], clock_offset_ns: int) -> NDArray[np.int64]:
    # A move that ends on the edge of a bin has happened before it.
    return (time - 1 + clock_offset_ns) // BIN_NS % _BINS


def _profile(series: Series) -> Floats:
    """Return each bin's mean absolute move over the session's, shape (288,); NaN where it has too few."""
    time, moves, _ = series.bars().moves()
    sizes, place = np.abs(moves).astype(np.float64), _bin(time, series.clock_offset_ns)
    count = np.bincount(place, minlength=_BINS)
    profile = np.full(_BINS, np.nan)
    if sizes.any():
        enough = count >= _LEAST_MOVES
        profile[enough] = np.bincount(place, sizes, _BINS)[enough] / count[enough] / sizes.mean()
    return profile


def _shrunk(profiles: Floats, n: NDArray[np.int64]) -> Floats:
    """Return the mean over sessions of bins, shape (sessions, bins), shrunk towards one."""
    mean = np.nanmean(profiles, axis=0)
    mean, error = mean / mean.mean(), np.nanvar(profiles, axis=0, ddof=1) / n / mean.mean() ** 2
    between, noise = float(mean.var()), float(error.mean())
    weight = 1 - noise / between if _is_pattern(between, noise, len(n), int(n.sum())) else 0.0
    return np.asarray(np.maximum(1 + weight * (mean - 1), _LEAST))


def _is_pattern(between: float, noise: float, bins: int, n: int) -> bool:
    """Tell by an F test whether bins differ by more than sessions do."""
    from scipy.special import fdtri

    if bins < 2:
        return False
    return between * bins / (bins - 1) > noise * float(fdtri(bins - 1, n - bins, _SURE))
