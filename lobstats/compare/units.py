"""Units: whole sessions, or blocks of clock time whose length is chosen from the data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import SERIES, count_rows
from lobstats.engine import Observations, Row, Sample
from lobstats.inference import UnitKind, dependence
from lobstats.summary.merging import merged
from lobstats.summary.summary import Summary

__all__ = ["UnitPlan", "group", "inflation", "neighbour_correlation", "plan_blocks", "plan_sessions", "row_length"]

_SECOND = 1_000_000_000
LEAST_SESSIONS = 5
_LADDER = tuple(_SECOND * s for s in (30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400))
_LEAST_BLOCKS = 12
_MOST_BLOCKS = 120
_SHORT_MEMORY = 0.25
_MOST_INFLATION = 3.0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class UnitPlan:
    """What is resampled.

    Attributes
    ----------
    kind : {"session", "block"}
    length_ns : int
        Length of a block, or the mean length of the real sessions.
    rho : dict
        Correlation of neighbouring blocks, by series; empty for sessions, which are taken as independent.
    """

    kind: UnitKind
    length_ns: int
    rho: dict[str, float]

    @property
    def horizon_ns(self) -> int:
        """The longest lag or window a fact may use: a tenth of a unit."""
        return self.length_ns // 10


def plan_sessions(real: Observations, generated: Sequence[Observations]) -> UnitPlan | None:
    """Take whole sessions as units, or None where there are too few of them or a sample is shorter than one."""
    if len(real.sessions) < LEAST_SESSIONS:
        return None
    length = real.duration_ns // len(real.sessions)
    if length <= 0 or any(2 * side.duration_ns < length for side in generated):
        return None
    return UnitPlan("session", length, {})


def row_length(real: Observations) -> int:
    """Return the length of the rows of which every block that may be chosen is made, in nanoseconds."""
    return int(np.gcd.reduce(_lengths(real)))


def _lengths(real: Observations) -> list[int]:
    duration = real.duration_ns
    lengths = [length for length in _LADDER if round(duration / length) >= _LEAST_BLOCKS] or [_LADDER[0]]
    return [length for length in lengths if duration <= _MOST_BLOCKS * length] or lengths[-1:]


def plan_blocks(real: Sample) -> UnitPlan:
    """Choose the shortest block length at which neighbouring blocks of every series are nearly independent.

    Lengths go up from 30 seconds while at least 12 blocks remain; at most some 120 are kept, since longer blocks are
    only safer and more of them tell little more.
    """
    lengths = _lengths(real.observations)
    if not real.rows:
        return UnitPlan("block", lengths[0], {})
    # What reaches far on the clock is correlated by its construction, and gets no verdict in blocks that are too short.
    names = [name for name, series in SERIES.items() if series.judged and not series.horizon_ns]
    summaries = [row.summary for row in real.rows]
    counts = {name: count_rows(name, summaries)[0][0] for name in names}
    for length in lengths:
        keys = np.array([_key(real, row, length) for row in real.rows])
        starts = np.flatnonzero((np.diff(keys, axis=0, prepend=-1) != 0).any(axis=1))
        blocks = {name: np.add.reduceat(rows, starts, axis=0) for name, rows in counts.items()}
        rho = {name: neighbour_correlation(own, keys[starts, 0]) for name, own in blocks.items()}
        if max(rho.values(), default=0.0) < _SHORT_MEMORY:
            break
    return UnitPlan("block", length, rho)


def group(sample: Sample, plan: UnitPlan) -> tuple[list[Summary], Ints]:
    """Return the summaries of a sample's units, in order, and the session of each.

    The last block of a session takes what is left where that is less than half a block.
    """
    if plan.kind == "session":
        rows = sample.in_rows(None).rows
        return [row.summary for row in rows], np.array([row.session for row in rows], dtype=np.int64)
    units: dict[tuple[int, int], list[Summary]] = {}
    for row in sample.rows:
        units.setdefault(_key(sample, row, plan.length_ns), []).append(row.summary)
    return [merged(parts) for parts in units.values()], np.array([key[0] for key in units], dtype=np.int64)


def inflation(rho: float, units: int, kind: UnitKind, level: float) -> tuple[float, bool]:
    """Return the factor a on resampled quantiles, and whether the sample is too short for its own memory.

    a = t / z sqrt(m / (m - 1)) sqrt((1 + r) / (1 - r)), with r the correlation of neighbouring blocks and its own
    error; at most 3 for blocks.
    """
    from scipy.special import ndtri, stdtrit

    quantile = (1 + level) / 2
    factor = float(stdtrit(units - 1, quantile) / ndtri(quantile)) * math.sqrt(units / (units - 1))
    if kind == "session":
        return factor, False
    r = dependence(rho, units)
    factor = min(_MOST_INFLATION, factor * math.sqrt((1 + r) / (1 - r)))
    return factor, rho >= _SHORT_MEMORY or factor == _MOST_INFLATION


def neighbour_correlation(counts: NDArray[np.float64], sessions: Ints) -> float:
    """Return how much neighbouring blocks' distributions lean the same way.

    rho = sum_x dF(x) sum_b Z_b(x) Z_b+1(x) / sum_x dF(x) sum_b Z_b(x)^2 m / pairs with Z_b(x) = cumulated count of
    block b minus n_b F(x); pairs lie in one session.

    Parameters
    ----------
    counts : ndarray, shape (m, k)
        Counts of each block over sorted values.
    sessions : ndarray of int64, shape (m,)
    """
    total = counts.sum(axis=0)
    if total.sum() == 0:
        return 0.0
    mass = total / total.sum()
    z = np.cumsum(counts, axis=1) - counts.sum(axis=1, keepdims=True) * np.cumsum(mass)
    same = sessions[1:] == sessions[:-1]
    variance = float(mass @ (z**2).sum(axis=0))
    if variance <= 0 or not same.any():
        return 0.0
    covariance = float(mass @ (z[1:][same] * z[:-1][same]).sum(axis=0))
    return covariance / variance * len(counts) / int(same.sum())


def _key(sample: Sample, row: Row, length_ns: int) -> tuple[int, int]:
    session = sample.observations.sessions[row.session]
    blocks = max(1, round((session.end - session.start) / length_ns))
    return row.session, min(row.block * (sample.row_ns or 0) // length_ns, blocks - 1)
