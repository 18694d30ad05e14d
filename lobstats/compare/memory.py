"""How long a sample remembers, and whether its units are long enough for their intervals to be trusted."""

import math
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from lobstats.metrics import FAMILIES
from lobstats.summary.lags import LagSums
from lobstats.summary.summary import Summary

__all__ = ["ENOUGH", "memory_flags", "memory_seconds", "memory_time"]

ENOUGH = 60
"""Units of so many memory times have intervals that hold what they should; `benchmarks/coverage.md` shows it."""

_TOGETHER = 3
_SIGNIFICANT = 1.96
_SHORTEST, _LONGEST, _HALVINGS = 0.05, 3.0, 50

Floats = NDArray[np.float64]


def memory_time(sums: LagSums) -> float:
    """Return the memory time of a series, in its steps; 0 where its neighbours are not correlated.

    The autocorrelation rho counts up to the first lag l at which its mean over l, l + 1 and l + 2 is not significantly
    positive. The memory time is the tau of exp(-l / tau) that has, over the same lags, the same centroid
    sum l rho(l) / sum rho(l); each lag weighs as many steps as lie nearest to it. It is no more than three times the
    longest of these lags.

    Parameters
    ----------
    sums : LagSums
        Of a series at equal steps.
    """
    lags, rho = _correlated(sums)
    if not len(lags) or rho.sum() <= 0:
        return 0.0
    steps = np.diff(np.concatenate([[0.5], (lags[1:] + lags[:-1]) / 2, [lags[-1] + 0.5]]))
    centroid = _centroid(lags, steps * rho)
    if len(lags) == 1:
        return centroid
    low, high = math.log(_SHORTEST), math.log(_LONGEST * lags[-1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        shorter = _centroid(lags, steps * np.exp((1 - lags) / math.exp(middle))) < centroid
        low, high = (middle, high) if shorter else (low, middle)
    return math.exp(high)


def memory_seconds(total: Summary, blind: Collection[str] = ()) -> dict[str, float]:
    """Return the memory time of what each family of facts rests on: moves, arrivals, or the longer of both.

    Parameters
    ----------
    total : Summary
    blind : collection of str
        Fields that the side does not measure; they count as without memory.
    """
    moves, arrivals = (
        0.0 if name in blind else memory_time(getattr(total, name)) for name in ("abs_returns", "rate_lags")
    )
    own = {"tails": moves, "volatility": moves, "arrivals": arrivals, "orders": arrivals}
    return {family: own.get(family, max(moves, arrivals)) for family in FAMILIES}


def memory_flags(memory: Mapping[str, float], length_ns: int) -> dict[str, str]:
    """Return, for each family whose units are shorter than 60 memory times, what that means."""
    seconds = length_ns / 1e9
    return {
        family: f"units of {seconds:,.6g} s are shorter than {ENOUGH} memory times of {float(f'{time:.2g}'):,g} s: "
        "the interval may be too narrow"
        for family, time in memory.items()
        if seconds < ENOUGH * time
    }


def _correlated(sums: LagSums) -> tuple[Floats, Floats]:
    """Return the lags up to the first without a significantly positive autocorrelation, and the latter there."""
    n = max(sums.n, 1)
    with np.errstate(all="ignore"):
        mean = np.float64(sums.total) / n
        pairs = np.maximum(sums.pairs, 1)
        products = sums.products - mean * (sums.earlier + sums.later) + pairs * mean**2
        rho = products / pairs / (np.float64(sums.squares) / n - mean**2)
    rho = np.where((sums.pairs > 0) & np.isfinite(rho), rho, 0.0)
    near = (sums.lags >= sums.lags[:, None]) & (sums.lags < sums.lags[:, None] + _TOGETHER)
    together = (near @ rho) / near.sum(axis=1)
    error = np.sqrt(1 / pairs / near.sum(axis=1))
    fades = together <= _SIGNIFICANT * error
    end = int(np.argmax(fades)) if fades.any() else len(rho)
    return sums.lags[:end].astype(np.float64), np.maximum(rho[:end], 0.0)


def _centroid(lags: Floats, weights: Floats) -> float:
    return float(lags @ weights / weights.sum())
