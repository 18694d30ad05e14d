"""How prices respond to each class of event, as LOB-Bench publishes it and with an interval.

Z. Eisler, J.-P. Bouchaud, J. Kockelkoren, "The price impact of order book events: market orders, limit orders and
cancellations", Quantitative Finance 12 (2012) 1395, doi:10.1080/14697688.2010.528444.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.floor import Verdict
from lobstats.compare.lob_bench.sequences import Floats, Ints, LobsterSequence, Sequences
from lobstats.compare.units import inflation
from lobstats.inference import LEAST_UNITS
from lobstats.progress import advance, expect

__all__ = ["CLASSES", "PUBLISHED_LAGS", "ImpactCurve", "compare_impact", "touch_events"]

CLASSES = ("MO_0", "MO_1", "LO_0", "LO_1", "CA_0", "CA_1")
"""Executions, new orders and cancels that leave the best prices as they are (0) or change one of them (1)."""

PUBLISHED_LAGS = (1, 2, 3, 3, 5, 6, 7, 10, 12, 15, 19, 25, 31, 39, 50, 63, 79, 100, 125, 158, 199)
"""LOB-Bench's lags in events at the touch; 3 is among them twice."""

PUBLISHED_TICK = 100
"""The tick that it takes for granted, in 1e-4 of the currency."""

_DRAWS = 500
_TOGETHER_NS = 1000  # an execution so soon after an event of its price and side is one with it
_EXECUTION, _LIMIT, _KINDS = 4, 1, (1, 2, 3, 4)


@dataclass(frozen=True)
class TouchEvents:
    """The messages of a sequence that change the best prices or sizes.

    Attributes
    ----------
    mid : ndarray of float64, shape (e,)
        After each event.
    sign : ndarray of int64, shape (e,)
        1 where the event pushes the price up: a buyer's order, or what takes from the asks.
    kind : ndarray of int64, shape (e,)
        Its place in `CLASSES`.
    """

    mid: Floats
    sign: Ints
    kind: Ints


@dataclass(frozen=True)
class ImpactCurve:
    """The response to one class of event on both sides.

    Attributes
    ----------
    lags : tuple of int
        Distinct lags, in events at the touch; at lag 1 it is the event's own move.
    real, generated : tuple of float or None
        Mean signed move of the mid in ticks; None where no event has one so late.
    n_real, n_generated : int
        Events of the class.
    sum_abs_diff : float or None
        LOB-Bench's sum of absolute differences over its own lags, in units of its tick; None where a mean is missing.
    ratio : float or None
        The largest difference over its floor, in errors of whole sequences; None below five sequences.
    ratio_at : int or None
        The lag of that difference.
    verdict : {"within noise", "close", "apart"} or None
    """

    lags: tuple[int, ...]
    real: tuple[float | None, ...]
    generated: tuple[float | None, ...]
    n_real: int
    n_generated: int
    sum_abs_diff: float | None
    ratio: float | None
    ratio_at: int | None
    verdict: Verdict | None

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as plain numbers, ready for JSON."""
        return {
            "lags": list(self.lags),
            "real": list(self.real),
            "generated": list(self.generated),
            "n_real": self.n_real,
            "n_generated": self.n_generated,
            "sum_abs_diff": self.sum_abs_diff,
            "ratio": self.ratio,
            "ratio_at": self.ratio_at,
            "verdict": self.verdict,
        }


def touch_events(s: LobsterSequence) -> TouchEvents:
    """Return the events of a sequence as LOB-Bench takes them.

    The first message counts as a change of price. An execution no more than a microsecond after an event of its price
    and side, with nothing at the touch between, is one event with it, an execution that changes the price if either
    does. Executions of hidden orders are no events.
    """
    touch = s.book[:, :4]
    changes = np.append(True, (touch[1:] != touch[:-1]).any(axis=1))[: len(s)]
    at = np.flatnonzero(changes & s.is_kind(*_KINDS))
    best = touch[at][:, [0, 2]]
    moves = np.append(True, (best[1:] != best[:-1]).any(axis=1))[: len(at)]
    kind, side = s.kind[at], s.direction[at]
    same = (kind[1:] == _EXECUTION) & (side[1:] == side[:-1])
    same &= (s.price[at][1:] == s.price[at][:-1]) & (np.diff(s.time[at]) <= _TOGETHER_NS)
    last = np.append(~same, True)[: len(at)]
    group = np.cumsum(np.append(True, ~same)[: len(at)]) - 1
    moved = np.zeros(int(last.sum()), dtype=bool)
    np.logical_or.at(moved, group, moves)
    kind, side = kind[last], side[last]
    place = np.where(kind == _EXECUTION, 0, np.where(kind == _LIMIT, 2, 4)) + moved
    return TouchEvents(s.mid[at][last], np.where(kind == _LIMIT, side, -side), place)


def compare_impact(
    real: Sequences, generated: Sequences, *, tick: int | None = None, level: float = 0.95, seed: int = 0
) -> dict[str, ImpactCurve]:
    """Return the response to each of `CLASSES` on both sides.

    R(l) = mean of (m[t + l - 1] - m[t - 1]) sign[t] over the events t of a class, with m the mid after an event: l = 1
    is what the event itself does. The floor is what resampled sequences of both sides give for the largest difference
    in units of its error, over all lags together.

    Parameters
    ----------
    real, generated : sequence of LobsterSequence
    tick : int, optional
        In 1e-4 of the currency; otherwise the largest that divides the prices of the real side's new orders.
    level : float
    seed : int
    """
    tick = _tick(real) if tick is None else tick
    lags = tuple(dict.fromkeys(PUBLISHED_LAGS))
    sums = [_sums([touch_events(s) for s in side], lags) for side in (real, generated)]
    means = [_mean(total.sum(axis=0), n.sum(axis=0)) for total, n, _ in sums]
    out = {}
    expect(len(CLASSES), "classes")
    for number, name in enumerate(CLASSES):
        advance()
        first, second = (mean[number] for mean in means)
        at_their_lags = [lags.index(lag) for lag in PUBLISHED_LAGS]
        difference = np.abs(first - second)[at_their_lags].sum() / PUBLISHED_TICK
        ratio, place, verdict = _judged(
            [(total[:, number], n[:, number]) for total, n, _ in sums], level, np.random.default_rng([seed, number])
        )
        out[name] = ImpactCurve(
            lags,
            real=_in_ticks(first, tick),
            generated=_in_ticks(second, tick),
            n_real=int(sums[0][2][:, number].sum()),
            n_generated=int(sums[1][2][:, number].sum()),
            sum_abs_diff=None if math.isnan(difference) else float(difference),
            ratio=ratio,
            ratio_at=None if place is None else lags[place],
            verdict=verdict,
        )
    return out


def _in_ticks(mean: Floats, tick: int) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value / tick for value in mean.tolist())


def _tick(side: Sequences) -> int:
    prices = np.concatenate([s.price[s.kind == _LIMIT] for s in side])
    return max(1, int(np.gcd.reduce(prices))) if len(prices) else 1


def _sums(side: Sequence[TouchEvents], lags: Sequence[int]) -> tuple[Floats, Ints, Ints]:
    """Return, by sequence, class and lag, sums of responses and their numbers; by sequence and class, events."""
    total = np.zeros((len(side), len(CLASSES), len(lags)))
    n = np.zeros(total.shape, dtype=np.int64)
    events = np.zeros(total.shape[:2], dtype=np.int64)
    for row, one in enumerate(side):
        events[row] = np.bincount(one.kind, minlength=len(CLASSES))
        for column, lag in enumerate(lags):
            # From the second event on: the move of the first is not known.
            held = max(0, len(one.mid) - lag)
            move = (one.mid[lag : lag + held] - one.mid[:held]) * one.sign[1 : 1 + held]
            own = one.kind[1 : 1 + held]
            total[row, :, column] = np.bincount(own, move, minlength=len(CLASSES))
            n[row, :, column] = np.bincount(own, minlength=len(CLASSES))
    return total, n, events


def _mean(total: Floats, n: NDArray[Any]) -> Floats:
    return np.asarray(np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0))


def _judged(
    sides: list[tuple[Floats, Ints]], level: float, rng: np.random.Generator
) -> tuple[float | None, int | None, Verdict | None]:
    """Return the largest difference over its floor, at which lag, and what it means."""
    if min(np.count_nonzero(n.any(axis=1)) for _, n in sides) < LEAST_UNITS:
        return None, None, None
    means, noise = [], []
    for total, n in sides:
        m = len(total)
        drawn = rng.integers(m, size=(_DRAWS, m)) + m * np.arange(_DRAWS)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=_DRAWS * m).reshape(_DRAWS, m).astype(np.float64)
        means.append(_mean(total.sum(axis=0), n.sum(axis=0)))
        noise.append(_mean(weights @ total, weights @ n) - means[-1])
    difference, error = means[1] - means[0], noise[1] - noise[0]
    finite = np.isfinite(difference) & np.isfinite(error).all(axis=0)
    spread = np.where(finite, error, 0.0).std(axis=0)
    held = finite & (spread > 0)
    if not held.any():
        # Without any error, such as at lag 1 alone, equal is equal.
        return (0.0, None, "within noise") if not np.nansum(np.abs(difference)) else (None, None, "apart")
    factor, _ = inflation(0.0, min(len(total) for total, _ in sides), "session", level)
    quantile = factor * np.quantile((np.abs(error[:, held]) / spread[held]).max(axis=1), level)
    ratios = np.where(held, np.abs(difference) / np.where(held, spread, 1.0), 0.0) / quantile
    place = int(ratios.argmax())
    if ratios[place] <= 1:
        return float(ratios[place]), place, "within noise"
    total, n = sides[0]
    halves = [_mean(part[0].sum(axis=0), part[1].sum(axis=0)) for part in _halves(total, n)]
    natural = abs(halves[0][place] - halves[1][place])
    beyond = abs(difference[place]) - quantile * spread[place]
    return float(ratios[place]), place, "apart" if not beyond <= natural else "close"


def _halves(total: Floats, n: Ints) -> list[tuple[Floats, Ints]]:
    half = len(total) // 2
    return [(total[:half], n[:half]), (total[half:], n[half:])]
