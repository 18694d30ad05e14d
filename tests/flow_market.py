"""A market of split orders with a set impact, written record by record, for tests of order flow."""

import numpy as np

from lobstats.events.codec import assemble
from lobstats.events.layout import Kind

SECOND = 1_000_000_000
START = 1_731_335_400 * SECOND
NOT_IN_SIMULATED = (
    "flow.event_response_cancel",
    "flow.event_response_market",
    "flow.five_minute_trade_fano",
    "flow.five_minute_trade_shape",
    "flow.sign_memory_exponent",
)
"""Metrics that need more of the simulated market than its few minutes in tests, or cancels at an unchanged touch."""


def split_signs(n, index, rng):
    """Return n signs of orders cut into lengths L with P(L >= l) = l ** -index, sent one after another."""
    lengths = np.floor((1 - rng.random(n)) ** (-1 / index)).astype(np.int64)
    return np.repeat(rng.choice([-1, 1], n), np.minimum(lengths, n))[:n]


class Quotes:
    """One order a side, a tick apart; what is done to it is written as records."""

    def __init__(self, mid=40_000, size=10.0):
        self.rows, self.ids, self.next_id, self.bid, self.size = [], {}, 1, mid, {1: size, -1: size}
        for side in (1, -1):
            self.add(START, side)

    def price(self, side):
        return self.bid if side == 1 else self.bid + 1

    def write(self, time, kind, side, order, price, size):
        self.rows.append((time, kind, side, order, float(price), size))

    def add(self, time, side):
        self.ids[side] = self.next_id
        self.next_id += 1
        self.write(time, Kind.ADD, side, self.ids[side], self.price(side), self.size[side])

    def resize(self, time, side, change):
        """Change the quantity at the touch by its owner's modify."""
        self.size[side] += change
        self.write(time, Kind.MODIFY, side, self.ids[side], self.price(side), self.size[side])

    def trade(self, time, sign, *, ticks, size=1.0):
        """Let an aggressor take one contract, after which both quotes move by so many ticks at the same time."""
        side = -sign
        self.write(time, Kind.TRADE, sign, 0, self.price(side), size)
        self.write(time, Kind.FILL, side, self.ids[side], self.price(side), size)
        self.size[side] += -size if self.size[side] > size else 10.0
        self.write(time, Kind.MODIFY, side, self.ids[side], self.price(side), self.size[side])
        if ticks:
            self.move(time, ticks)

    def move(self, time, ticks):
        self.bid += ticks
        for side in (1, -1) if ticks < 0 else (-1, 1):
            self.write(time, Kind.MODIFY, side, self.ids[side], self.price(side), self.size[side])

    def events(self):
        time, kind, side, order, price, size = zip(*self.rows, strict=True)
        return assemble(kind=list(map(int, kind)), side=side, order_id=order, exch_ts=time, px=price, qty=size)


def flow_market(n=6_000, *, seconds=2.0, rng):
    """Return n split trades, some of which move the price by a tick; modifies keep some ten at the touch."""
    quotes, time = Quotes(), START + SECOND
    for sign in split_signs(n, 1.5, rng).tolist():
        quotes.trade(time, sign, ticks=sign if rng.random() < 0.3 else 0)
        for _ in range(rng.poisson(1.0)):
            time += int(rng.exponential(seconds / 3) * SECOND) + 1
            side = int(rng.choice([-1, 1]))
            shrinks = quotes.size[side] > 2 and rng.random() < quotes.size[side] / (quotes.size[side] + 10)
            quotes.resize(time, side, -1.0 if shrinks else 1.0)
        time += int(rng.exponential(seconds) * SECOND) + 1
    return quotes.events()
