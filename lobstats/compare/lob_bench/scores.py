"""LOB-Bench's scores: what it takes from each sequence, and the form of each that says what its name does.

P. Nagy et al., "LOB-Bench: Benchmarking Generative AI for Finance", ICML 2025, arXiv:2502.09172. Definitions are those
of its code at commit 276baf3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lobstats.compare.lob_bench import corrected as right
from lobstats.compare.lob_bench.sequences import Floats, LobsterSequence

__all__ = ["CONDITIONAL", "SCORES", "ConditionalScore", "Score", "volatility"]

Values = Callable[[LobsterSequence], Floats]
Bins = Literal["discrete", "fd"]

_NEVER = 1e-9  # milliseconds or seconds, what stands for no time at all
_WINDOW = 100  # messages over which order flow imbalance is averaged
_NS, _MS, _TENTH = 1_000_000_000, 1_000_000, 100_000_000
_LATEST, _LEAST = 0.9, 0.1  # of a second: when a first second is kept, and a last one


@dataclass(frozen=True)
class Score:
    """One of LOB-Bench's scores.

    Attributes
    ----------
    values : callable
        What LOB-Bench takes from a sequence.
    bins : {"discrete", "fd"}
        Whether each value is a bin, or Freedman and Diaconis choose them.
    corrected : callable
        What the corrected form takes.
    unit : str
        Of the corrected form.
    differs : str
        What it does otherwise, and why.
    topic : str
        What it tells of the market; scores of one topic count as one.
    """

    values: Values
    bins: Bins
    corrected: Values
    unit: str
    differs: str
    topic: str


@dataclass(frozen=True)
class ConditionalScore:
    """A score within classes of another quantity.

    Attributes
    ----------
    values, given : callable
        What is scored and on what it is conditioned, one value a message each.
    bins : {"discrete", "deciles"}
        Of the score, anew in each class.
    classes : {"discrete", "deciles"} or tuple of float
        How LOB-Bench makes classes.
    corrected_classes : {"thirds", "hours"}
        How the corrected form does, from the real side alone.
    differs : str
    """

    values: Values
    given: Values
    bins: Literal["discrete", "deciles"]
    classes: Literal["discrete", "deciles"] | tuple[float, ...]
    corrected_classes: Literal["thirds", "hours"]
    differs: str


def _spread(s: LobsterSequence) -> Floats:
    return np.asarray(s.ask - s.bid, dtype=np.float64)


def _imbalance(s: LobsterSequence) -> Floats:
    with np.errstate(all="ignore"):
        return np.asarray((s.book[:, 3] - s.book[:, 1]) / (s.book[:, 3] + s.book[:, 1]))


def _log_gap(s: LobsterSequence) -> Floats:
    return _log(np.diff(s.time) / _MS)


def _log(time: Floats) -> Floats:
    """Return the logarithm, of 1e-9 for no time at all and no number for less, which is counted."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.log(np.where(time == 0, _NEVER, time)))


def _log_time_to_cancel(s: LobsterSequence) -> Floats:
    """Seconds from an order's first message to its first cancel or reduction, of orders that have both."""
    came, left = (_first(s, kinds) for kinds in ((1,), (2, 3)))
    ids = [order for order in came if order in left]
    seconds = np.array([s.time[left[order]] - s.time[came[order]] for order in ids], dtype=np.float64) / _NS
    return _log(seconds)


def _first(s: LobsterSequence, kinds: tuple[int, ...]) -> dict[int, int]:
    at = np.flatnonzero(s.is_kind(*kinds))
    ids, place = np.unique(s.order_id[at], return_index=True)
    return dict(zip(ids.tolist(), at[place].tolist(), strict=True))


def _volume(column: int) -> Values:
    return lambda s: s.book[:, column].astype(np.float64)


def _total_volume(column: int) -> Values:
    return lambda s: s.book[:, column:40:4].sum(axis=1).astype(np.float64)


def _depth(kinds: tuple[int, ...], sign: int) -> Values:
    def values(s: LobsterSequence) -> Floats:
        depth = sign * (s.price - s.mid)[s.is_kind(*kinds)]
        return depth[depth > 0]

    return values


def _levels(kinds: tuple[int, ...], column: int) -> Values:
    """Return the level whose price an order has: in the book after a new order, in that before a cancel."""

    def values(s: LobsterSequence) -> Floats:
        after = kinds == (1,)
        own = s.is_kind(*kinds)
        book, price, own = (s.book, s.price, own) if after else (s.book[:-1], s.price[1:], own[1:])
        return np.asarray(np.nonzero(book[own, column:40:4] == price[own, None])[1] + 1.0)

    return values


def _volume_per_minute(s: LobsterSequence) -> Floats:
    """Return the volume executed in each clock second that has any, times 60; the first and last are rescaled.

    The first is kept only where its first trade comes after nine tenths of it, and divided by what is left of it; the
    last is divided by where its last trade lies, or dropped before a tenth.
    """
    own = s.kind == 4
    time, size = s.time[own], s.size[own]
    if not len(time):
        return np.empty(0)
    seconds, place = np.unique(time // _NS, return_inverse=True)
    volume = np.asarray(np.bincount(place, size) * 60, dtype=np.float64)
    first, last = (time[[0, -1]] % _NS // 1000 / 1e6).tolist()  # whole microseconds
    if len(seconds) == 1:
        if time[0] == time[-1]:
            return volume
        return np.empty(0) if last - first < _LEAST else volume / (last - first)
    keep = np.ones(len(volume), dtype=bool)
    keep[0], keep[-1] = first >= _LATEST, last >= _LEAST
    volume[0] /= 1 - first
    volume[-1] = volume[-1] / last if last > 0 else volume[-1]
    return volume[keep]


def _flow(s: LobsterSequence) -> Floats:
    """Return the mean order flow imbalance over the last 100 messages, from the hundredth on."""
    if len(s.flow) < _WINDOW:
        return np.empty(0)
    return np.asarray(np.convolve(s.flow, np.full(_WINDOW, 1.0), "valid") / _WINDOW)


def _flow_before(sign: int) -> Values:
    """Return the mean flow up to a message after which the mid moves as told."""

    def values(s: LobsterSequence) -> Floats:
        flow, move = _flow(s), np.diff(s.mid)[_WINDOW:]
        return np.asarray(flow[: len(move)][np.sign(move) == sign])

    return values


def _time_of_day(s: LobsterSequence) -> Floats:
    return np.asarray(s.time / _NS)


def volatility(s: LobsterSequence) -> float:
    """Return the standard deviation of log moves of the mid between tenths of a second in which there is a message.

    The mid of a tenth is its last; a move from or to a tenth without a message is left out.
    """
    tenth = s.time // _TENTH
    last = np.flatnonzero(np.diff(tenth, append=-1) != 0)
    with np.errstate(all="ignore"):
        moves = np.diff(np.log(s.mid[last]))[np.diff(tenth[last]) == 1]
    return float(np.std(moves, ddof=1)) if len(moves) > 1 and np.isfinite(moves).all() else 0.0


def _volatility(s: LobsterSequence) -> Floats:
    return np.full(len(s), volatility(s))


_SIDES = "empty sides of the book are left out, in place of a price of 9999999999"
_OWN_SIDE = "the side is the order's own, the book that before the message, and what improves on the touch counts too"
_ALL_LEVELS = "levels are counted on the order's own side of the book before the message; beyond the ten is a class"
_FLOW = "the same values; the four count as one topic"

SCORES: dict[str, Score] = {
    "spread": Score(_spread, "discrete", right.spread, "1e-4", _SIDES, "spread"),
    "orderbook_imbalance": Score(_imbalance, "fd", right.imbalance, "", _SIDES, "imbalance"),
    "log_inter_arrival_time": Score(
        _log_gap,
        "fd",
        right.log_gap,
        "ln ms",
        "equal times are left out and their share given, in place of 1e-9 ms",
        "gaps",
    ),
    "log_time_to_cancel": Score(
        _log_time_to_cancel,
        "fd",
        right.log_time_to_cancel,
        "ln s",
        "orders that are not cancelled count: all that are followed for a second, at a second where they still rest "
        "or were filled",
        "cancels",
    ),
    "ask_volume_touch": Score(_volume(1), "fd", right.touch(1), "shares", _SIDES, "touch"),
    "bid_volume_touch": Score(_volume(3), "fd", right.touch(3), "shares", _SIDES, "touch"),
    "ask_volume": Score(_total_volume(1), "fd", right.total(1), "shares", _SIDES, "depth"),
    "bid_volume": Score(_total_volume(3), "fd", right.total(3), "shares", _SIDES, "depth"),
    "limit_ask_order_depth": Score(_depth((1,), 1), "fd", right.depth((1,), -1), "1e-4", _OWN_SIDE, "order prices"),
    "limit_bid_order_depth": Score(_depth((1,), -1), "fd", right.depth((1,), 1), "1e-4", _OWN_SIDE, "order prices"),
    "ask_cancellation_depth": Score(
        _depth((2, 3), 1), "fd", right.depth((2, 3), -1), "1e-4", _OWN_SIDE, "cancel prices"
    ),
    "bid_cancellation_depth": Score(
        _depth((2, 3), -1), "fd", right.depth((2, 3), 1), "1e-4", _OWN_SIDE, "cancel prices"
    ),
    "limit_ask_order_levels": Score(
        _levels((1,), 0), "discrete", right.level((1,), -1), "levels", _ALL_LEVELS, "order prices"
    ),
    "limit_bid_order_levels": Score(
        _levels((1,), 2), "discrete", right.level((1,), 1), "levels", _ALL_LEVELS, "order prices"
    ),
    "ask_cancellation_levels": Score(
        _levels((2, 3), 0), "discrete", right.level((2, 3), -1), "levels", _ALL_LEVELS, "cancel prices"
    ),
    "bid_cancellation_levels": Score(
        _levels((2, 3), 2), "discrete", right.level((2, 3), 1), "levels", _ALL_LEVELS, "cancel prices"
    ),
    "vol_per_min": Score(
        _volume_per_minute,
        "fd",
        right.volume_per_second,
        "shares",
        "volume per whole second of the clock, seconds without a trade among them, and none rescaled",
        "volume",
    ),
    "ofi": Score(_flow, "fd", _flow, "shares", _FLOW, "flow"),
    "ofi_up": Score(_flow_before(1), "fd", _flow_before(1), "shares", _FLOW, "flow"),
    "ofi_stay": Score(_flow_before(0), "fd", _flow_before(0), "shares", _FLOW, "flow"),
    "ofi_down": Score(_flow_before(-1), "fd", _flow_before(-1), "shares", _FLOW, "flow"),
}
"""LOB-Bench's 21 scores, in its order."""

_THIRDS = "classes are thirds of the real side, each judged by itself; a class without one side is missing, not zero"

CONDITIONAL: dict[str, ConditionalScore] = {
    "ask_volume | spread": ConditionalScore(_volume(1), _spread, "deciles", "discrete", "thirds", _THIRDS),
    "spread | time": ConditionalScore(
        _spread,
        _time_of_day,
        "deciles",
        tuple(np.linspace(0, 86_400, 24).tolist()),
        "hours",
        "classes are hours of the day; 24 edges make 23 classes of 3,756.5 s",
    ),
    "spread | volatility": ConditionalScore(_spread, _volatility, "discrete", "deciles", "thirds", _THIRDS),
}
"""Its three conditional scores."""
