"""The replay against the book of ``hftbacktest``, which keeps orders by id and levels by price in code of its own.

Each kind of disagreement is named here:

- *A crossed book is hidden.* Where an order crosses, hftbacktest moves the best price opposite past it and leaves the
  levels as they are. It comes back to a level that it has passed over only when a record touches that level, so that
  the disagreement can outlast the crossing. Its own levels still hold what we call the best price.
- *An order that was never seen stops it.* We count the reduction; a modify then is taken as an add.
"""

import numpy as np
import pytest
from conftest import library

from lobstats.book import FAULTS, NO_PRICE, replay
from lobstats.events.codec import kinds
from lobstats.events.formats import read
from lobstats.events.layout import KIND_MASK, Kind

FLAGS = 0xC0000000
STEP = 1_000
INVALID_MIN, INVALID_MAX = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@pytest.fixture(scope="module")
def their_book():
    """Return a function that gives hftbacktest's best prices and sizes, and its quantities at ours, by happening."""
    hftbacktest = library("hftbacktest")
    numba = library("numba")

    @numba.njit
    def walk(hbt, bid, ask, touch, levels):
        for i in range(len(bid)):
            code = hbt.elapse(STEP)
            depth = hbt.depth(0)
            touch[0, i], touch[1, i] = depth.best_bid_tick, depth.best_ask_tick
            levels[0, i], levels[1, i] = depth.best_bid_qty, depth.best_ask_qty
            levels[2, i], levels[3, i] = depth.bid_qty_at_tick(bid[i]), depth.ask_qty_at_tick(ask[i])
            if code != 0:
                return code, i
        return 0, len(bid)

    def run(events, book):
        records = np.zeros(len(events) + 1, dtype=hftbacktest.types.event_dtype)
        for name in ("ev", "order_id", "px", "qty"):
            records[name][1:] = events[name]
        # A first record starts its clock; from there on a step of it is a happening, and what stands outside one
        # comes half a step before the next.
        records[0]["ev"], records[0]["px"], records[0]["qty"] = FLAGS | Kind.TRADE, 1.0, 1.0
        reached = np.maximum.accumulate(book.happening) + 1
        records["exch_ts"][1:] = np.where(book.happening >= 0, reached * STEP, reached * STEP + STEP // 2)
        records["local_ts"] = records["exch_ts"]
        asset = (
            hftbacktest.BacktestAsset()
            .data(records)
            .linear_asset(1.0)
            .constant_order_latency(0, 0)
            .l3_fifo_queue_model()
            .no_partial_fill_exchange()
            .trading_value_fee_model(0, 0)
            .tick_size(book.tick_size)
            .lot_size(1)
        )
        touch, levels = np.zeros((2, len(book.time)), dtype=np.int64), np.zeros((4, len(book.time)))
        code, at = walk(hftbacktest.HashMapMarketDepthBacktest([asset]), book.bid, book.ask, touch, levels)
        touch[0][touch[0] == INVALID_MIN] = NO_PRICE
        touch[1][touch[1] == INVALID_MAX] = NO_PRICE
        return code, at, touch, levels

    return run


def whole(events, book, run):
    code, at, touch, levels = run(events, book)
    assert (code, at) == (1, len(book.time) - 1)  # 1 is the end of the data, met at the last happening
    return touch, levels


@pytest.mark.parametrize("name", ["reference", "generated"])
def test_the_fixtures_give_the_same_book_after_every_happening(name, their_book):
    events = read(f"fixtures/{name}.bin")
    book = replay(events, tick_size=0.25)
    touch, levels = whole(events, book, their_book)
    assert len(book.time) > 35_000
    assert (touch[0] == book.bid).all()
    assert (touch[1] == book.ask).all()
    assert (levels[0] == book.bid_size).all()
    assert (levels[1] == book.ask_size).all()


def disagreements(book, touch, levels):
    """Check that every disagreement hides a crossing and return where they are; sizes must agree everywhere."""
    differs = (touch[0] != book.bid) | (touch[1] != book.ask)
    begins = np.flatnonzero(differs & ~np.concatenate([[False], differs[:-1]]))
    assert book.crossed[begins].all()
    assert not (book.crossed & ~differs).any()
    # Its best prices are those that ours pass, never better ones, and its own levels hold our quantities at ours.
    both = book.two_sided & (touch[0] != NO_PRICE) & (touch[1] != NO_PRICE)
    assert (touch[0][both] <= book.bid[both]).all()
    assert (touch[1][both] >= book.ask[both]).all()
    assert (levels[2] == book.bid_size)[book.bid != NO_PRICE].all()
    assert (levels[3] == book.ask_size)[book.ask != NO_PRICE].all()
    assert (levels[:2] == levels[2:])[touch == np.stack([book.bid, book.ask])].all()
    return differs


def test_esh4_differs_only_where_hftbacktest_hides_the_crossed_book_before_the_open(esh4, their_book):
    book = replay(esh4, tick_size=0.25)
    touch, levels = whole(esh4, book, their_book)
    differs = disagreements(book, touch, levels)
    assert len(book.time) == 47_022
    assert differs.sum() == 917
    assert book.crossed.sum() == 891
    # 26 happenings after the auction it still passes over the bid of 19,200 that the crossing hid.
    stale = np.flatnonzero(differs & ~book.crossed)
    assert stale.tolist() == list(range(925, 951))
    assert set(book.bid[stale]) == {19_200}
    assert set(touch[0][stale]) == {19_199}
    assert differs[:951].sum() == differs.sum()


def test_clx5_agrees_once_orders_never_seen_are_put_in(clx5, their_book):
    """The recording begins in mid-session, without a snapshot: most of the first reductions are of unknown orders."""
    book = replay(clx5, tick_size=0.01)
    code, at, _, _ = their_book(clx5, book)
    unknown = (book.faults & (1 << FAULTS.index("unknown_order"))) != 0
    first = int(book.happening[np.flatnonzero(unknown)[0]])
    assert (code, at) == (12, first)  # 12 says that an order was not found
    assert unknown.sum() == 1_440

    kind = kinds(clx5)
    known = clx5.copy()
    # What has nothing to act on becomes a trade, which moves no book, so that no happening is lost. It looks the orders
    # of fills up as well, though they move no book either.
    for rows, becomes in (
        (unknown & (kind == Kind.MODIFY), Kind.ADD),
        (unknown & (kind == Kind.CANCEL), Kind.TRADE),
        (kind == Kind.FILL, Kind.TRADE),
    ):
        known["ev"][rows] = known["ev"][rows] & np.uint32(~KIND_MASK & 0xFFFFFFFF) | np.uint32(becomes)
    touch, levels = whole(known, book, their_book)
    differs = disagreements(book, touch, levels)
    assert book.crossed.sum() == 172
    assert differs.sum() >= 172
