"""A limit-order market whose statistics are set by dials.

An efficient price moves from happening to happening, and a book of some forty orders a side follows it. The
pace of happenings and the volatility of the price follow one stationary Ornstein-Uhlenbeck process x, of
unit variance and correlation ``exp(-lag / memory_seconds)``, as activity and volatility rise together:

    rate(t) = rate * exp(burst * x - burst**2 / 2)
    variance(t) = volatility**2 * exp(2 * clustering * x - 2 * clustering**2)

so that neither dial changes the mean rate or the mean variance, both per second. Given x, happenings are a
Poisson process, and the efficient price moves at each of them, independently and with the variance
``variance(t) / rate(t)``: by a Student-t variable, or a Gaussian one where ``tail_index`` is infinite and for
``gaussian_share`` of the moves. The book's middle stays within a few ticks of the efficient price, hence shares
its moves over a second and more.
"""

import math
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.events.codec import Events, assemble
from lobstats.events.layout import Kind, Side

__all__ = ["Market", "simulate"]

_SECOND = 1_000_000_000
_FIRST_DAY = np.datetime64("2024-11-11")
_OPENING = (14 * 60 + 30) * 60 * _SECOND
_PRE_OPEN = 10 * _SECOND
_PRE_OPEN_ADDS = 6
_LONGEST = 23 * 3600.0

_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_ADD, _CANCEL, _MODIFY = int(Kind.ADD), int(Kind.CANCEL), int(Kind.MODIFY)
_TRADE, _FILL, _CLEAR = int(Kind.TRADE), int(Kind.FILL), int(Kind.CLEAR)

_FLOOR = 1000  # ticks: the efficient price is reflected here, far enough from zero for the deepest order
_DEEPEST = 500  # ticks behind the best price
_ORDERS = 40  # live orders a side, about which the book hovers
_REACH = 2  # ticks by which a best price may lag behind its place next to the efficient price
_PICKED_OFF = 0.06  # chance that an aggressor reaches an overtaken quote before its owner does
_TAKEN = 0.06  # chance of a trade that has nothing to do with the price


@dataclass(frozen=True)
class Market:
    """The dials of a simulated market.

    Attributes
    ----------
    n_sessions : int
        Sessions, on consecutive weekdays from 2024-11-11, each opening at 14:30 UTC.
    session_seconds : float
        Seconds of continuous trading in a session, at most 82,800.
    rate : float
        Mean happenings per second.
    burst : float
        Standard deviation of the logarithm of the rate; 0 makes the happenings a Poisson process.
    clustering : float
        Standard deviation of the logarithm of the volatility; 0 makes it constant.
    memory_seconds : float
        Relaxation time of the process behind both, in seconds.
    tail_index : float
        Degrees of freedom of the efficient price's moves, more than 2; ``math.inf`` is Gaussian.
    gaussian_share : float
        Share of moves, drawn at random, that are Gaussian in place of Student-t, of the same variance.
    volatility : float
        Root mean square of the efficient price's move over a second, in ticks.
    tick_size : float
        The grid of prices, in units of price.
    start_price : float
        The first efficient price, in units of price, at least 1,000 ticks, where it is reflected.
    """

    n_sessions: int = 10
    session_seconds: float = 1800.0
    rate: float = 2.0
    burst: float = 0.8
    clustering: float = 0.65
    memory_seconds: float = 30.0
    tail_index: float = 4.0
    gaussian_share: float = 0.0
    volatility: float = 10.0
    tick_size: float = 0.25
    start_price: float = 6000.0

    def __post_init__(self) -> None:
        lowest = _FLOOR * self.tick_size
        rules = (
            ("n_sessions", self.n_sessions >= 1, "at least 1"),
            ("session_seconds", 0 < self.session_seconds <= _LONGEST, f"in (0, {_LONGEST:,.0f}]"),
            ("rate", 0 < self.rate < math.inf, "positive and finite"),
            ("burst", 0 <= self.burst < math.inf, "zero or more and finite"),
            ("clustering", 0 <= self.clustering < math.inf, "zero or more and finite"),
            ("memory_seconds", 0 < self.memory_seconds < math.inf, "positive and finite"),
            ("tail_index", self.tail_index > 2, "more than 2, so that moves have a variance"),
            ("gaussian_share", 0 <= self.gaussian_share <= 1, "in [0, 1]"),
            ("volatility", 0 <= self.volatility < math.inf, "zero or more and finite"),
            ("tick_size", 0 < self.tick_size < math.inf, "positive and finite"),
            ("start_price", lowest <= self.start_price < math.inf, f"at least {_FLOOR:,} ticks and finite"),
        )
        for name, holds, rule in rules:
            if not holds:
                msg = f"`{name}` must be {rule}, got {getattr(self, name)}."
                raise ValueError(msg)


def simulate(market: Market = Market(), *, rng: np.random.Generator | int) -> Events:
    """Simulate a market, order by order.

    Each session starts with a clear and a snapshot ten seconds before it opens, then come a few adds, and a
    trade that opens it. Its orders end with it; the efficient price and the numbering of orders go on.

    Parameters
    ----------
    market : Market
        The dials.
    rng : numpy.random.Generator or int
        The source of chance, or the seed of a fresh one; the same state gives the same bytes.

    Returns
    -------
    ndarray of dtype PACKED, shape (n,)
        Well-formed events: every cancel, modify and fill names a live order, a cancel names the quantity that
        rests, no happening leaves the book crossed or a side of it empty.

    Notes
    -----
    Where x hardly changes from one happening to the next, the gaps between happenings have the squared
    coefficient of variation ``2 * exp(burst**2) - 1``, and the logarithms of successive gaps the correlation
    ``burst**2 / (burst**2 + pi**2 / 6)``. Without clustering, burst and heavy tails, moves of the price over
    disjoint seconds are independent, and their kurtosis is ``3 + 3 / rate``, as few happenings fall into one.
    The book adds noise of about a tick, which shows in them where ``volatility`` is below a few ticks.

    Examples
    --------
    >>> events = simulate(Market(n_sessions=1, session_seconds=5.0), rng=0)
    >>> [Kind(ev & 0xFF).name for ev in events["ev"][:3]], events["px"][:3].tolist()
    (['CLEAR', 'ADD', 'ADD'], [0.0, 5999.75, 5999.5])
    """
    rng = np.random.default_rng(rng)
    book = _Book(rng)
    price = market.start_price / market.tick_size
    days = np.busday_offset(_FIRST_DAY, np.arange(market.n_sessions))
    for day in days.astype("datetime64[ns]").astype(np.int64).tolist():
        opening = day + _OPENING
        book.open(opening, price, rng)
        elapsed, moves = _path(market, rng)
        prices = _FLOOR + np.abs(np.concatenate([[price], moves]).cumsum() - _FLOOR)
        for now, at in zip((opening + elapsed).tolist(), prices[1:].tolist(), strict=True):
            book.happen(now, at)
        price = float(prices[-1])
    kind, side, order_id, exch_ts, tick, qty = np.array(book.records, dtype=np.int64).T
    return assemble(kind=kind, side=side, order_id=order_id, exch_ts=exch_ts, px=tick * market.tick_size, qty=qty)


def _path(market: Market, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw a session's happenings: nanoseconds since the opening, and the price's moves in ticks."""
    n_cells = math.ceil(50 * market.session_seconds / market.memory_seconds)
    cell = market.session_seconds / n_cells
    fade = round(math.exp(-cell / market.memory_seconds), 9)
    shocks = _settled(rng.standard_normal(n_cells))
    shocks[1:] *= math.sqrt(1 - fade**2)
    x = np.array(list(accumulate(shocks.tolist(), lambda state, shock: fade * state + shock)))

    pace = _settled(market.rate * np.exp(market.burst * x - market.burst**2 / 2))
    expected = np.concatenate([[0.0], np.cumsum(pace * cell)])
    targets = np.sort(rng.random(rng.poisson(expected[-1]))) * expected[-1]
    at = np.searchsorted(expected, targets, side="right") - 1
    seconds = at * cell + (targets - expected[at]) / pace[at]
    order = np.arange(1, len(seconds) + 1)
    elapsed = np.maximum.accumulate(np.maximum((seconds * _SECOND).astype(np.int64) - order, 0)) + order

    variance = market.volatility**2 * np.exp(2 * market.clustering * (x - market.clustering))
    scale = _settled(np.sqrt(variance[at] / pace[at]))
    if math.isinf(market.tail_index):
        return elapsed, scale * _settled(rng.standard_normal(len(scale)))
    unit = math.sqrt(1 - 2 / market.tail_index)
    moves = scale * unit * _settled(rng.standard_t(market.tail_index, len(scale)))
    if market.gaussian_share > 0:
        gaussian = rng.random(len(scale)) < market.gaussian_share
        moves = np.where(gaussian, scale * _settled(rng.standard_normal(len(scale))), moves)
    return elapsed, moves


def _settled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to 1e-6: the last bit of an exponential differs between processors, and a tape must not."""
    return np.round(values, 6)


class _Book:
    """The live orders, and the records of all that happens to them.

    A price is kept as a key, ``-side * tick``, which grows away from the best price on both sides. A side is
    a sorted list of (key, when it came, order), so its first entries are first in line.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.records: list[tuple[int, int, int, int, int, int]] = []
        self._last_id = 0
        self._now = 0
        self._price = 0.0
        self._queues: dict[int, list[tuple[int, int, int]]] = {_BUY: [], _SELL: []}
        self._resting: dict[int, int] = {}
        self._chance: Iterator[float] = _stream(rng.random)
        self._sizes: Iterator[int] = _stream(lambda n: _draw_sizes(rng, n))
        self._lags: Iterator[int] = _stream(lambda n: rng.geometric(0.7, size=n) - 1)
        self._depths: Iterator[int] = _stream(lambda n: _draw_depths(rng, n))

    def open(self, opening: int, price: float, rng: np.random.Generator) -> None:
        """Clear the book, fill it, and open with a trade."""
        self._now, self._price = opening - _PRE_OPEN, price
        self._queues[_BUY].clear()
        self._queues[_SELL].clear()
        self._resting.clear()
        self._write(_CLEAR, 0, 0, 0, 0)
        for side in (_BUY, _SELL):
            self._add(side, self._edge(side))
            for _ in range(_ORDERS - _PRE_OPEN_ADDS // 2):
                self._add(side, self._edge(side) + next(self._depths))
        waits = rng.integers(1, _PRE_OPEN // (_PRE_OPEN_ADDS + 1), size=_PRE_OPEN_ADDS)
        for wait in waits.tolist():
            self._now += wait
            side = self._either()
            self._add(side, self._edge(side) + next(self._depths))
        self._now = opening
        side = self._either()
        self._trade(side, next(self._sizes))
        self._follow(side)

    def happen(self, now: int, price: float) -> None:
        """Bring the book to a new time and efficient price, with at least one record."""
        self._now, self._price = now, price
        written = len(self.records)
        for side in (_BUY, _SELL):
            self._retreat(side)
        for side in (_BUY, _SELL):
            self._follow(side)
        if next(self._chance) < _TAKEN:
            side = self._either()
            self._trade(side, next(self._sizes))
            self._follow(side)
        if len(self.records) == written:
            self._idle(self._either())

    def _retreat(self, side: int) -> None:
        """Take the orders that the price has overtaken out of its way: hit, cancelled or re-priced."""
        queue, edge = self._queues[side], self._edge(side)
        if queue[0][0] < edge and next(self._chance) < _PICKED_OFF:
            self._trade(side, self._resting[queue[0][2]])
        key = edge + next(self._lags)
        while queue and queue[0][0] < edge:
            if next(self._chance) < self._crowding(side):
                self._cancel(side, 0)
            else:
                self._modify(side, 0, key)
                key = edge + next(self._depths)

    def _follow(self, side: int) -> None:
        """Bring the best price near the efficient price, by a new order or by the best one."""
        queue, edge = self._queues[side], self._edge(side)
        if queue and queue[0][0] <= edge + _REACH:
            return
        if next(self._chance) < self._crowding(side):
            self._modify(side, 0, edge + next(self._lags))
        else:
            self._add(side, edge + next(self._lags))

    def _idle(self, side: int) -> None:
        """Add, cancel, re-price or reduce an order anywhere in the book."""
        queue, chance = self._queues[side], next(self._chance)
        index = int(next(self._chance) * len(queue))
        key, _, order = queue[index]
        if chance < 0.3:
            self._modify(side, index, self._edge(side) + next(self._depths))
        elif chance < 0.4 and self._resting[order] > 1:
            self._resting[order] = 1 + int(next(self._chance) * (self._resting[order] - 1))
            self._write(_MODIFY, side, order, key, self._resting[order])
        elif next(self._chance) < self._crowding(side):
            self._cancel(side, index)
        else:
            self._add(side, self._edge(side) + next(self._depths))

    def _trade(self, side: int, volume: int) -> None:
        """Let an aggressor meet the best price of ``side``: the print, the fills, what becomes of them."""
        queue, key = self._queues[side], self._queues[side][0][0]
        line = [order for at, _, order in queue if at == key]
        volume = min(volume, sum(self._resting[order] for order in line))
        self._write(_TRADE, -side, 0, -key, volume)
        left = volume
        filled = []
        for order in line:
            if left > 0:
                part = min(left, self._resting[order])
                self._write(_FILL, side, order, key, part)
                filled.append((order, part))
                left -= part
        for order, part in filled:
            if part == self._resting[order]:
                self._cancel(side, 0)
            else:
                self._resting[order] -= part
                self._write(_MODIFY, side, order, key, self._resting[order])

    def _add(self, side: int, key: int) -> None:
        self._last_id += 1
        self._resting[self._last_id] = next(self._sizes)
        insort(self._queues[side], (key, len(self.records), self._last_id))
        self._write(_ADD, side, self._last_id, key, self._resting[self._last_id])

    def _cancel(self, side: int, index: int) -> None:
        key, _, order = self._queues[side].pop(index)
        self._write(_CANCEL, side, order, key, self._resting.pop(order))

    def _modify(self, side: int, index: int, key: int) -> None:
        order = self._queues[side].pop(index)[2]
        insort(self._queues[side], (key, len(self.records), order))
        self._write(_MODIFY, side, order, key, self._resting[order])

    def _write(self, kind: int, side: int, order_id: int, key: int, qty: int) -> None:
        self.records.append((kind, side, order_id, self._now, -side * key, qty))

    def _edge(self, side: int) -> int:
        """Return the key of the tick next to the efficient price, strictly on ``side``'s side of it."""
        return math.floor(-side * self._price) + 1

    def _crowding(self, side: int) -> float:
        """Return the chance that an order leaves rather than comes, half in a book of the usual size."""
        return len(self._queues[side]) / _ORDERS - 0.5

    def _either(self) -> int:
        return _BUY if next(self._chance) < 0.5 else _SELL


def _stream(draw: Callable[[int], NDArray[Any]]) -> Iterator[Any]:
    while True:
        yield from draw(4096).tolist()


def _draw_sizes(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Draw order sizes: small ones, and a tenth of them in round lots."""
    return np.where(rng.random(n) < 0.1, rng.choice([10, 20, 50], size=n), rng.geometric(0.4, size=n))


def _draw_depths(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Draw ticks behind the best place: a Pareto law, cut."""
    return np.minimum(20.0 * (rng.random(n) ** -0.5 - 1), _DEEPEST).astype(np.int64)
