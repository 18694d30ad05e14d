"""Units: whole sessions, or blocks of clock time whose length is chosen from the data."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import SERIES, count_rows
from lobstats.compare.memory import ENOUGH, memory_seconds
from lobstats.engine import Observations, Row, Sample
from lobstats.inference import UnitKind, dependence
from lobstats.summary.merging import merged
from lobstats.summary.summary import Summary, unmeasured

__all__ = [
    "UnitPlan",
    "choose_blocks",
    "group",
    "inflation",
    "leaning",
    "neighbour_correlation",
    "plan_blocks",
    "plan_sessions",
    "row_length",
]

_SECOND = 1_000_000_000
LEAST_SESSIONS = 5
_LADDER = tuple(_SECOND * s for s in (30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400))
_LEAST_BLOCKS = 12
_MOST_BLOCKS = 120
_SHORT_MEMORY = 0.25
_MOST_INFLATION = 3.0
_FEWEST_FREEDOM = 3.0
_ENOUGH_BLOCKS = 30
_LEANS, _SURELY_LEANS = 2.0, 3.0
_SHORTEST_SPAN, _SPANS = 60, (20, 10)  # of the sample: what is looked at for a memory that is too long

Floats = NDArray[np.float64]
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
    leaning : dict
        How surely rows far apart lean the same way (see `leaning`), by series; empty for sessions.
    """

    kind: UnitKind
    length_ns: int
    rho: dict[str, float]
    leaning: dict[str, float] = field(default_factory=dict)

    @property
    def horizon_ns(self) -> int:
        """The longest lag or window a fact may use: a tenth of a unit."""
        return self.length_ns // 10

    def remembers(self, series: str) -> bool:
        """Tell whether the sample is too short for the memory of a series: its own, or what another surely shows."""
        return self.leaning.get(series, 0.0) > _LEANS or max(self.leaning.values(), default=0.0) > _SURELY_LEANS


def plan_sessions(real: Observations, generated: Sequence[Observations]) -> UnitPlan | None:
    """Take whole sessions as units, or None where there are too few of them or a sample is shorter than half of one.

    A sample that never trades gets no verdict in any unit, and must not change those of the others.
    """
    if len(real.sessions) < LEAST_SESSIONS:
        return None
    length = real.duration_ns // len(real.sessions)
    if length <= 0 or any(0 < 2 * side.duration_ns < length for side in generated):
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
    """Choose the length of the blocks from the judged series of the real sample; see `choose_blocks`."""
    lengths = _lengths(real.observations)
    if not real.rows:
        return UnitPlan("block", lengths[0], {})
    # What reaches far on the clock is correlated by its construction, and gets no verdict in blocks that are too short.
    names = [name for name, series in SERIES.items() if series.judged and not series.horizon_ns]
    summaries = [row.summary for row in real.rows]
    counts = {name: count_rows(name, summaries)[0][0] for name in names}
    memory = max(memory_seconds(real.total, unmeasured(real.observations.sessions)).values())
    return choose_blocks(
        counts, lambda length: np.array([_key(real, row, length) for row in real.rows]), lengths, memory
    )


def choose_blocks(
    counts: Mapping[str, Floats], keys: Callable[[int], Ints], lengths: Sequence[int], memory: float = 0.0
) -> UnitPlan:
    """Choose the shortest block length at which neighbouring blocks of every series are nearly independent.

    Lengths go up while at least 12 blocks remain; at most some 120 are kept, since more of them tell little more. A
    longer one is taken in two cases: the longest where rows far apart surely lean the same way in any series, for a
    weak memory does not show in neighbours; and the first of 60 memory times where it leaves 30 blocks, for the
    intervals of facts then hold at next to no cost.

    Parameters
    ----------
    counts : mapping of str to ndarray, shape (rows, k)
        Counts of each row over sorted values, by series.
    keys : callable
        From a length in nanoseconds to the session and block of each row, shape (rows, 2).
    lengths : sequence of int
        In nanoseconds, increasing.
    memory : float
        The memory time of moves and arrivals, in seconds.
    """
    rows = keys(lengths[0])
    grams = {name: _gram(own) for name, own in counts.items()}
    leans = {name: _leaning(gram, rows[:, 0]) for name, gram in grams.items()}
    surely = max(leans.values(), default=0.0) > _SURELY_LEANS
    for length in lengths[-1:] if surely else lengths:
        rho, _ = _correlations(grams, keys(length))
        if max(rho.values(), default=0.0) < _SHORT_MEMORY:
            break
    longer = next((own for own in lengths if own >= ENOUGH * memory * _SECOND), 0)
    if longer > length:
        longer_rho, blocks = _correlations(grams, keys(longer))
        if blocks >= _ENOUGH_BLOCKS:
            length, rho = longer, longer_rho
    return UnitPlan("block", length, rho, leans)


def _correlations(grams: Mapping[str, Floats], keys: Ints) -> tuple[dict[str, float], int]:
    """Return the correlation of neighbouring blocks of each series, and how many blocks there are."""
    starts = np.flatnonzero((np.diff(keys, axis=0, prepend=-1) != 0).any(axis=1))
    rho = {}
    for name, gram in grams.items():
        blocks = np.add.reduceat(np.add.reduceat(gram, starts, axis=0), starts, axis=1)
        rho[name] = _neighbours(blocks, keys[starts, 0])
    return rho, len(starts)


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
    error; at most 3 for blocks. Student's t has m - 1 degrees of freedom for sessions. For blocks r is an estimate too,
    and the variance that both give together is known as well as one from (m - 1) (1 - r^2) / (3 + r^2) degrees, of
    which three at least are taken: of log s^2 it is 2 (1 + r^2) / (1 - r^2) / m, of log (1 + r) / (1 - r) twice
    2 / (1 - r^2) / m.
    """
    from scipy.special import ndtri, stdtrit

    quantile, freedom, r = (1 + level) / 2, units - 1.0, 0.0
    if kind != "session":
        r = dependence(rho, units)
        freedom = min(freedom, max(_FEWEST_FREEDOM, freedom * (1 - r**2) / (3 + r**2)))
    factor = float(stdtrit(freedom, quantile) / ndtri(quantile)) * math.sqrt(units / (units - 1))
    if kind == "session":
        return factor, False
    factor = min(_MOST_INFLATION, factor * math.sqrt((1 + r) / (1 - r)))
    return factor, rho >= _SHORT_MEMORY or factor == _MOST_INFLATION


def neighbour_correlation(counts: Floats, sessions: Ints) -> float:
    """Return how much neighbouring blocks' distributions lean the same way.

    rho = sum_x dF(x) sum_b Z_b(x) Z_b+1(x) / sum_x dF(x) sum_b Z_b(x)^2 m / pairs with Z_b(x) = cumulated count of
    block b minus n_b F(x); pairs lie in one session.

    Parameters
    ----------
    counts : ndarray, shape (m, k)
        Counts of each block over sorted values.
    sessions : ndarray of int64, shape (m,)
    """
    return _neighbours(_gram(counts), sessions)


def leaning(counts: Floats, sessions: Ints) -> float:
    """Return how surely a sample of m rows remembers for a thirtieth of its length or more, in standard errors.

    The sum of G_ij = sum_x dF(x) Z_i(x) Z_j(x), with Z as in `neighbour_correlation`, over the rows i and j of one
    session that lie m / 60 to m / 20 apart, two at least, in units of its standard deviation were the order of rows
    without meaning; or over those up to m / 10 apart, if that is more.

    Parameters
    ----------
    counts : ndarray, shape (m, k)
        Counts of each row over sorted values.
    sessions : ndarray of int64, shape (m,)
    """
    return _leaning(_gram(counts), sessions)


def _gram(counts: Floats) -> Floats:
    """Return the products sum_x dF(x) Z_i(x) Z_j(x) of all rows, shape (m, m); those of blocks are sums of them."""
    total = counts.sum(axis=0)
    mass = total / max(total.sum(), 1)
    z = np.cumsum(counts, axis=1) - counts.sum(axis=1, keepdims=True) * np.cumsum(mass)
    z *= np.sqrt(mass)
    return np.asarray(z @ z.T)


def _neighbours(gram: Floats, sessions: Ints) -> float:
    same = sessions[1:] == sessions[:-1]
    variance = float(np.trace(gram))
    if variance <= 0 or not same.any():
        return 0.0
    return float(np.diagonal(gram, 1)[same].sum()) / variance * len(gram) / int(same.sum())


def _leaning(gram: Floats, sessions: Ints) -> float:
    m = len(gram)
    if m < 3:
        return 0.0
    apart = np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    different = gram[apart > 0]
    mean, spread = float(different.mean()), float(different.std())
    if spread <= 0:
        return 0.0
    nearest = max(2, math.ceil(m / _SHORTEST_SPAN))
    found = []
    for part in _SPANS:
        chosen = (apart >= nearest) & (apart <= max(nearest, m // part)) & (sessions == sessions[:, None])
        pairs = int(np.count_nonzero(np.triu(chosen)))
        found.append(float((gram[chosen] - mean).sum()) / 2 / spread / math.sqrt(pairs) if pairs else 0.0)
    return max(found)


def _key(sample: Sample, row: Row, length_ns: int) -> tuple[int, int]:
    session = sample.observations.sessions[row.session]
    blocks = max(1, round((session.end - session.start) / length_ns))
    return row.session, min(row.block * (sample.row_ns or 0) // length_ns, blocks - 1)
