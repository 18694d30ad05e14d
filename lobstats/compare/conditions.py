"""Whether a sample holds in quiet and busy, narrow and wide markets: distances within classes of the real windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import Support, pooled
from lobstats.compare.floor import SeriesComparison, compare_series, sides_of_nature
from lobstats.compare.units import UnitPlan, inflation, neighbour_correlation
from lobstats.inference import LEAST_UNITS
from lobstats.progress import advance
from lobstats.result import Missing
from lobstats.summary.conditional import CONDITION_NS, GAP_BITS, OBSERVED, Conditional, key_of, level_of
from lobstats.summary.gaps import lower_edge

__all__ = ["Conditions", "Regime", "Stacked", "compare_regimes", "holm", "lay_out"]

_DRAWS = 500
_THIRD = 1 / 3
_MOST_VALUES = 1000
_KEPT_BITS = 7
_COARSE_PER_OCTAVE = 8
_CLASSES = {"activity": ("quiet", "busy"), "spread": ("narrow", "wide")}
_UNITS = {"activity": "happenings", "spread": "ticks"}
_STEPS = {"returns": 0.5, "moves": 0.5}

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Regime:
    """A class of the market's state, and how a sample compares within it.

    Attributes
    ----------
    condition : {"activity", "spread"}
        Happenings in a window of ten seconds, or the mean spread over it, weighted by time.
    name : {"quiet", "busy", "narrow", "wide"}
    window : {"same", "before"}
        Whether the window is the one that holds the observation or the one before it. What is judged is part of the
        former, and of the latter never.
    limit : float
        The class ends below it ("quiet", "narrow") or begins with it, in ``unit``.
    unit : str
    real_share, generated_share : float or None
        The share of each side's windows in the class; bins are whole, so that it is near a third where values allow it.
        None where a side has no window.
    series : mapping of str to SeriesComparison or Missing
    """

    condition: str
    name: str
    window: Literal["same", "before"]
    limit: float
    unit: str
    real_share: float | None
    generated_share: float | None
    series: Mapping[str, SeriesComparison | Missing]

    def to_dict(self) -> dict[str, Any]:
        """Return the class and its comparisons as plain numbers, ready for JSON."""
        return {
            "condition": self.condition,
            "name": self.name,
            "window": self.window,
            "window_seconds": CONDITION_NS / 1e9,
            "limit": self.limit,
            "unit": self.unit,
            "real_share": self.real_share,
            "generated_share": self.generated_share,
            "series": {name: found.to_dict() for name, found in self.series.items()},
        }


@dataclass(frozen=True)
class Conditions:
    """What a sample's verdicts rest on when they are asked of its parts.

    Attributes
    ----------
    regimes : tuple of Regime
        Quiet, busy, narrow, wide; each by the window of an observation and by the one before.
    without : mapping of str to str
        Why a condition has no classes.
    """

    regimes: tuple[Regime, ...]
    without: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the classes as plain numbers, ready for JSON."""
        return {"classes": [one.to_dict() for one in self.regimes], "missing": dict(self.without)}


class Stacked:
    """The joint counts of several units in one table, so that no class needs a loop over units.

    Attributes
    ----------
    size : int
        How many units there are.
    unit, keys, counts : ndarray of int64, shape (n,)
    values : ndarray of float64, shape (n,)
        Sorted by key.
    """

    def __init__(self, units: Sequence[Conditional]) -> None:
        self.size = len(units)
        unit = np.repeat(np.arange(len(units)), [len(own.keys) for own in units])
        keys, self._windows, self._window_keys = (
            np.concatenate([getattr(own, name) for own in units]) for name in ("keys", "windows", "window_keys")
        )
        order = np.argsort(keys, kind="stable")
        self.unit, self.keys = unit[order], keys[order]
        self.values = np.concatenate([own.values for own in units])[order]
        self.counts = np.concatenate([own.counts for own in units])[order]

    def windows(self, condition: str) -> tuple[Ints, Ints]:
        """Return the bins of a condition that occur and the number of windows in each."""
        low, high = key_of(condition, OBSERVED[0]), key_of(condition, OBSERVED[1])
        own = (self._window_keys >= low) & (self._window_keys < high)
        bins, place = np.unique(self._window_keys[own] - low, return_inverse=True)
        return bins, np.bincount(place, self._windows[own], len(bins)).astype(np.int64)

    def of(self, condition: str, series: str) -> tuple[Ints, Ints, Floats, Ints]:
        """Return unit, bin, value and count of a series under a condition."""
        base = int(key_of(condition, series))
        own = slice(*np.searchsorted(self.keys, (base, base + (1 << 32))))
        return self.unit[own], self.keys[own] - base, self.values[own], self.counts[own]


def lay_out(series: str, sides: Sequence[tuple[Ints, int, Floats, Ints]]) -> tuple[list[Floats], Support]:
    """Lay counts out over the values that occur on any side, the real one first.

    Parameters
    ----------
    series : str
    sides : sequence of (row, rows, values, counts)
        The row of each count, how many rows there are, and the counts.

    Returns
    -------
    list of ndarray, shape (rows, k) each
    Support
        Beyond a thousand values they are first rounded to seven binary digits, 1 part in 128, so that a model that
        writes any value cannot make the draws slow.
    """
    everything = np.concatenate([values for _, _, values, _ in sides])
    distinct, place = np.unique(everything, return_inverse=True)
    if len(distinct) > _MOST_VALUES:
        mantissa, exponent = np.frexp(distinct)
        kept = np.ldexp(np.rint(np.ldexp(mantissa, _KEPT_BITS)), exponent - _KEPT_BITS)
        distinct, again = np.unique(kept, return_inverse=True)
        place = again[place]
    matrices, at = [], 0
    for row, rows, values, counts in sides:
        own = place[at : at + len(values)]
        at += len(values)
        flat = np.bincount(row * len(distinct) + own, counts, rows * len(distinct))
        matrices.append(np.asarray(flat, dtype=np.float64).reshape(rows, len(distinct)))
    if series == "gaps":
        bins = distinct.astype(np.int64)
        low, beyond = lower_edge(bins, GAP_BITS), lower_edge(bins + 1, GAP_BITS)
        x = np.log((low + beyond - 1) / 2e9)
        fine = np.floor(_COARSE_PER_OCTAVE * np.log2(np.maximum(low, 1)))
    else:
        x, fine = distinct * _STEPS.get(series, 1.0), distinct
    return matrices, Support(x, pooled(fine, matrices[0].sum(axis=0)))


def compare_regimes(
    real: Stacked,
    generated: Stacked,
    sessions: Ints,
    *,
    plan: UnitPlan,
    worth: int,
    level: float,
    seed: int,
) -> Conditions:
    """Hold a sample against the real one within the classes of each condition.

    The lowest and the highest third of the real side's windows make the classes, once for both sides. Within a class
    the same rule decides as elsewhere: floors from resampled real units, those in which the class occurs, with the
    generated sample worth as many as it has windows and observations there.

    """
    found: list[Regime] = []
    without: dict[str, str] = {}
    for condition, names in _CLASSES.items():
        bins, windows = real.windows(condition)
        if len(bins) < 2:
            without[condition] = (
                f"every window of ten seconds has the same {condition} on the real side"
                if len(bins)
                else "no window of ten seconds lies wholly in a stretch of the real side"
            )
            continue
        low, high = _cuts(windows)
        own_bins, own_windows = generated.windows(condition)
        for window in ("same", "before"):
            for name, first, last in ((names[0], 0, low), (names[1], high, len(bins))):
                # Beyond what occurs on the real side, the outer classes go on.
                least = int(bins[first]) if first else -1
                beyond = int(bins[last]) if last < len(bins) else np.iinfo(np.int64).max
                inside = (own_bins >= least) & (own_bins < beyond)
                shares = [
                    float(own.sum() / total.sum()) if total.sum() else None
                    for own, total in ((windows[first:last], windows), (own_windows[inside], own_windows))
                ]
                time_worth = plan_worth(int(windows[first:last].sum()), int(own_windows[inside].sum()))
                key = condition if window == "same" else f"{condition}_before"
                series = {
                    one: _compared(
                        one, key, (least, beyond), real, generated, sessions, plan, worth, time_worth, level,
                        np.random.default_rng([seed, len(found), place]),
                    )
                    for place, one in enumerate(OBSERVED)
                }  # fmt: skip
                limit = level_of(condition, bins[[first or last]])[0]
                found.append(
                    Regime(condition, name, window, float(limit), _UNITS[condition], shares[0], shares[1], series)
                )
    return Conditions(_with_holm(found), without)


def plan_worth(real: int, generated: int) -> float:
    """Return how often a generated number of windows holds the real one."""
    return float(generated / real) if real else 0.0


def _cuts(windows: Ints) -> tuple[int, int]:
    """Return where the bins of the lowest third end and those of the highest begin, as near as whole bins allow."""
    up = np.cumsum(windows) / windows.sum()
    low = 1 + int(np.argmin(np.abs(up[:-1] - _THIRD)))
    high = low + int(np.argmin(np.abs(1 - up[low - 1 : -1] - _THIRD)))
    return low, high


def _compared(
    series: str,
    condition: str,
    bins: tuple[int, int],
    real: Stacked,
    generated: Stacked,
    sessions: Ints,
    plan: UnitPlan,
    worth: int,
    time_worth: float,
    level: float,
    rng: np.random.Generator,
) -> SeriesComparison | Missing:
    advance()
    parts = []
    for side in (real, generated):
        unit, own, values, counts = side.of(condition, series)
        inside = (own >= bins[0]) & (own < bins[1])
        parts.append((unit[inside], side.size, values[inside], counts[inside]))
    for (_, _, values, _), name in zip(parts, ("real", "generated"), strict=True):
        if not len(values):
            return Missing(f"no observation in this class in the {name} sample")
    (real_counts, own_counts), support = lay_out(series, parts)
    says = real_counts.any(axis=1)  # a unit in which the class never occurs says nothing of it
    real_counts, own_counts, sessions = real_counts[says], own_counts[own_counts.any(axis=1)], sessions[says]
    m = len(real_counts)
    if m < LEAST_UNITS:
        return Missing(f"the class occurs in {m} real {plan.kind}{'s' * (m != 1)}; a verdict needs {LEAST_UNITS}")
    held = min(float(worth), time_worth * m, own_counts.sum() / real_counts.sum() * m)
    if held < 0.5:
        return Missing(f"the generated sample is in this class for less than half of what a real {plan.kind} is")
    rho = neighbour_correlation(real_counts, sessions) if plan.kind == "block" else 0.0
    factor, flagged = inflation(rho, m, plan.kind, level)
    return compare_series(
        real_counts,
        own_counts,
        support,
        generated_units=max(1, round(held)),
        factor=factor,
        rho=rho,
        flagged=flagged,
        nature=[(real_counts[a].sum(axis=0), real_counts[b].sum(axis=0)) for a, b in sides_of_nature(sessions)],
        level=level,
        rng=rng,
        draws=_DRAWS,
    )


def _with_holm(regimes: Sequence[Regime]) -> tuple[Regime, ...]:
    rows = {(i, name): one for i, own in enumerate(regimes) for name, one in own.series.items()}
    adjusted = holm({row: one.p for row, one in rows.items() if isinstance(one, SeriesComparison)})

    def told(i: int, name: str, one: SeriesComparison | Missing) -> SeriesComparison | Missing:
        return replace(one, p_holm=adjusted[i, name]) if isinstance(one, SeriesComparison) else one

    return tuple(
        replace(own, series={name: told(i, name, one) for name, one in own.series.items()})
        for i, own in enumerate(regimes)
    )


def holm(p: Mapping[Any, float]) -> dict[Any, float]:
    """Return p values adjusted for their number, after Holm (1979)."""
    adjusted, largest = {}, 0.0
    for rank, row in enumerate(sorted(p, key=lambda row: p[row])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[row]))
        adjusted[row] = largest
    return adjusted
