"""Distances between the distributions of a series, from counts over common values.

All shrink as 1 / sqrt(n): Wasserstein, Kolmogorov-Smirnov, the square roots of the Jensen-Shannon divergence and of the
energy distance, and total variation. Cells and scale come from the real side alone, so that nothing a model writes
changes what it is measured by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.series import BAR_NS, WEIGHTED_STEPS
from lobstats.summary.gaps import GapCounts, lower_edge
from lobstats.summary.summary import Summary

__all__ = [
    "DISTANCES",
    "JOINT",
    "SERIES",
    "SeriesInfo",
    "Support",
    "count_rows",
    "distances",
    "error_norms",
    "pooled",
    "spread",
]

DISTANCES = ("wasserstein", "ks", "jensen_shannon", "energy", "total_variation")
"""The distances, in the order of every array of them."""

JOINT = 3
"""How many of them, from the first, make the joint verdict; the others say the same again."""

Floats = NDArray[np.float64]

_COARSE_PER_OCTAVE = 8
_LEAST_SHARE = 1 / 200


@dataclass(frozen=True)
class SeriesInfo:
    """How a series is named and judged.

    Attributes
    ----------
    family, title, unit : str
    judged : bool
        Whether one session suffices for a verdict.
    horizon_ns : int
        How far an observation reaches on the clock; blocks shorter than ten times as much give no verdict.
    cell_steps : int
        Lattice steps in a cell in which masses are compared.
    """

    family: str
    title: str
    unit: str
    judged: bool = True
    horizon_ns: int = 0
    cell_steps: int = 1


SERIES = {
    "returns": SeriesInfo("tails", "mid move over one second", "ticks"),
    "returns_10s": SeriesInfo("tails", "mid move over ten seconds", "ticks", horizon_ns=10 * BAR_NS),
    "returns_60s": SeriesInfo("tails", "mid move over one minute", "ticks", horizon_ns=60 * BAR_NS),
    "moves": SeriesInfo("prices", "mid move per happening", "ticks"),
    "weighted_moves": SeriesInfo("prices", "weighted mid move per happening", "ticks", cell_steps=WEIGHTED_STEPS // 10),
    "trade_moves": SeriesInfo("prices", "trade price move per trade", "ticks"),
    "mid_moves_by_trade": SeriesInfo("prices", "mid move from trade to trade", "ticks"),
    "spread": SeriesInfo("prices", "spread after a happening", "ticks"),
    "order_size": SeriesInfo("prices", "size of a new order", "contracts"),
    "order_digit": SeriesInfo("prices", "last digit of a new order's price", "", judged=False),
    "from_open": SeriesInfo("prices", "mid relative to the session's open", "ticks", judged=False),
    "touch_size": SeriesInfo("liquidity", "quantity at the touch, both sides", "contracts", judged=False),
    "depth": SeriesInfo("liquidity", "quantity over ten levels, both sides", "contracts", judged=False),
    "imbalance": SeriesInfo("liquidity", "imbalance at the touch", "", judged=False, cell_steps=10),
    "gaps": SeriesInfo("arrivals", "gap between happenings", "ln s"),
    "happening_size": SeriesInfo("arrivals", "records per happening", "records"),
    "order_distance": SeriesInfo("orders", "new order behind the touch", "ticks"),
    "cancel_distance": SeriesInfo("orders", "cancelled order behind the touch", "ticks"),
    "cancel_size": SeriesInfo("orders", "size of a cancelled order", "contracts"),
    "fill_position": SeriesInfo("orders", "place in the queue at a fill", ""),
    "cancel_position": SeriesInfo("orders", "place in the queue at a cancel", ""),
    "order_flow_imbalance": SeriesInfo("flow", "order-flow imbalance over one second", "contracts"),
}
"""The series whose distributions are compared, each an attribute of `Summary`."""


@dataclass(frozen=True)
class Support:
    """The values that k count columns stand for.

    Attributes
    ----------
    x : ndarray of float64, shape (k,)
        Increasing, in units of measure.
    cell : ndarray of int64, shape (k,)
        The cell of each value in which masses are compared. A value that holds half a per cent of the real
        observations is a cell of its own; rarer neighbours share one of about that much. For gaps an eighth of an
        octave counts as one value, for moves of the weighted mid a tenth of a tick.
    """

    x: Floats
    cell: NDArray[np.int64]


def count_rows(series: str, *groups: Sequence[Summary]) -> tuple[list[Floats], Support]:
    """Lay out a series' counts over the values that occur in any of several groups of units, the real one first.

    Returns
    -------
    list of ndarray, shape (units, k)
        One for each group.
    Support
    """
    fields = [[getattr(summary, series) for summary in group] for group in groups]
    everything = [field for group in fields for field in group]
    keys = [field.bins if isinstance(field, GapCounts) else field.values for field in everything]
    values = np.unique(np.concatenate(keys))
    matrices = []
    for group in fields:
        matrix = np.zeros((len(group), len(values)))
        for row, field in zip(matrix, group, strict=True):
            own = field.bins if isinstance(field, GapCounts) else field.values
            row[np.searchsorted(values, own)] = field.counts
        matrices.append(matrix)
    first, steps = everything[0], SERIES[series].cell_steps
    if isinstance(first, GapCounts):
        x = GapCounts(values, values, 0, 0, np.zeros(0)).x
        fine = np.floor(_COARSE_PER_OCTAVE * np.log2(np.maximum(lower_edge(values), 1)))
    else:
        x = values * (1.0 if first.step is None else first.step)
        fine = (values + steps // 2) // steps if steps > 1 else values
    return matrices, Support(np.asarray(x, dtype=np.float64), pooled(fine, matrices[0].sum(axis=0)))


def pooled(fine: NDArray[Any], real: Floats) -> NDArray[np.int64]:
    """Return the cell of each value: those alike in ``fine``, pooled where the real side holds too few of them.

    Masses of values seen once or never are no estimate of how often they occur: two samples of one continuous law would
    share none, and two resampled ones most.
    """
    cell = np.cumsum(np.diff(fine, prepend=fine[:1]) != 0)
    share = np.bincount(cell, real) / max(real.sum(), 1.0)
    heavy = share >= _LEAST_SHARE
    level = np.floor((np.cumsum(share) - share) / _LEAST_SHARE)
    begins = heavy | (np.diff(level, prepend=0) != 0)
    begins[1:] |= heavy[:-1]
    begins[:1] = False
    return np.asarray(np.cumsum(begins)[cell], dtype=np.int64)


def spread(counts: Floats, support: Support) -> float:
    """Return the mean distance of a sample's observations from their median, in units of x.

    That is its Wasserstein distance from a sample with nothing but that median; zero where all values are one.
    """
    mass = counts / counts.sum()
    median = support.x[np.searchsorted(np.cumsum(mass), 0.5 - 1e-12)]
    return float(mass @ np.abs(support.x - median))


def distances(first: Floats, second: Floats, support: Support) -> Floats:
    """Return the distances between counts, row by row.

    Parameters
    ----------
    first, second : ndarray, shape (..., k)
        Counts over the same support, each row with a positive sum; leading axes broadcast.

    Returns
    -------
    ndarray of float64, shape (..., 5)
        In the order of `DISTANCES`: Wasserstein in units of x; KS, and root Jensen-Shannon (base 2) in [0, 1]; the root
        of the energy distance, sqrt(2 int (F - G)^2 dx), in roots of units of x; total variation, half the sum of
        differences of masses, in [0, 1].

    References
    ----------
    D. M. Endres, J. E. Schindelin, "A new metric for probability distributions", IEEE Transactions on Information
    Theory 49 (2003) 1858, doi:10.1109/TIT.2003.813506. G. J. Szekely, M. L. Rizzo, "Energy statistics: a class of
    statistics based on distances", Journal of Statistical Planning and Inference 143 (2013) 1249,
    doi:10.1016/j.jspi.2013.03.018.
    """
    first, second = np.broadcast_arrays(first, second)
    totals = first.sum(axis=-1, keepdims=True), second.sum(axis=-1, keepdims=True)
    wasserstein, ks, energy = _cdf_norms(first / totals[0] - second / totals[1], support)
    p, q = (_cells(counts, support) / total for counts, total in zip((first, second), totals, strict=True))
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    variation = np.abs(p - q).sum(axis=-1) / 2
    return np.stack([wasserstein, ks, np.sqrt(np.clip(divergence, 0, 1)), energy, variation], axis=-1)


def error_norms(error: Floats, middle: Floats, support: Support) -> Floats:
    """Return the norms of differences of masses, in the order of `DISTANCES`.

    For root Jensen-Shannon this is the norm to which it tends for near distributions,
    sqrt(sum error^2 / (8 ln 2 middle)).

    Parameters
    ----------
    error : ndarray, shape (..., k)
        Differences of masses, each row of sum zero.
    middle : ndarray, shape (k,)
        The mean of the two masses around which the error is taken.
    """
    wasserstein, ks, energy = _cdf_norms(error, support)
    error, middle = _cells(error, support), _cells(middle, support)
    terms = np.divide(error**2, middle, out=np.zeros_like(error), where=np.broadcast_to(middle > 0, error.shape))
    jensen_shannon = np.sqrt(terms.sum(axis=-1) / (8 * np.log(2)))
    return np.stack([wasserstein, ks, jensen_shannon, energy, np.abs(error).sum(axis=-1) / 2], axis=-1)


def _cdf_norms(difference: Floats, support: Support) -> tuple[Floats, Floats, Floats]:
    cumulated, steps = np.abs(np.cumsum(difference, axis=-1)), np.diff(support.x)
    inner = cumulated[..., :-1]
    return inner @ steps, cumulated.max(axis=-1), np.sqrt(2 * (inner**2 @ steps))


def _cells(mass: Floats, support: Support) -> Floats:
    if support.cell[-1] == len(support.cell) - 1:
        return mass
    starts = np.flatnonzero(np.diff(support.cell, prepend=-1))
    return np.add.reduceat(mass, starts, axis=-1)


def _relative_entropy(p: Floats, q: Floats) -> Floats:
    """Sum of p log2(p / q), with 0 log 0 = 0."""
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return np.asarray((p * np.log2(ratio)).sum(axis=-1))
