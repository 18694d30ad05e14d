"""The replay against the book of ``hftbacktest``, which keeps orders by id and levels by price in code of its own.

Each kind of disagreement is named here:

- *A crossed book is hidden.* Where an order crosses, hftbacktest moves the best price opposite past it and leaves the
  levels as they are. It comes back to a level that it has passed over only when a record touches that level, so that
  the disagreement can outlast the crossing. Its own levels still hold what we call the best price.
- *An order that was never seen stops it.* We count the reduction; a modify then is taken as an add.
- *After a clear of depth down to a price it passes over the level next to that price.* Its levels still hold it.
"""

import numpy as np
import pytest
from conftest import library

from lobstats.book import FAULTS, NO_PRICE, replay
from lobstats.events.codec import kinds
from lobstats.events.formats import read
from lobstats.events.formats.hftbacktest import HFTBACKTEST, convert
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

    def walked(records, bid, ask, tick_size, queue):
        asset = (
            hftbacktest.BacktestAsset()
            .data(records)
            .linear_asset(1.0)
            .constant_order_latency(0, 0)
            .no_partial_fill_exchange()
            .trading_value_fee_model(0, 0)
            .tick_size(tick_size)
            .lot_size(1)
        )
        asset = asset.l3_fifo_queue_model() if queue == "orders" else asset.risk_adverse_queue_model()
        touch, levels = np.zeros((2, len(bid)), dtype=np.int64), np.zeros((4, len(bid)))
        code, at = walk(hftbacktest.HashMapMarketDepthBacktest([asset]), bid, ask, touch, levels)
        touch[0][touch[0] == INVALID_MIN] = NO_PRICE
        touch[1][touch[1] == INVALID_MAX] = NO_PRICE
        return code, at, touch, levels

    def empty(n):
        # A first record starts its clock; from there on a step of it is a happening.
        records = np.zeros(n + 1, dtype=hftbacktest.types.event_dtype)
        records[0]["ev"], records[0]["px"], records[0]["qty"] = FLAGS | Kind.TRADE, 1.0, 1.0
        return records

    def run(events, book):
        records = empty(len(events))
        for name in ("ev", "order_id", "px", "qty"):
            records[name][1:] = events[name]
        # What stands outside a happening comes half a step before the next.
        reached = np.maximum.accumulate(book.happening) + 1
        records["exch_ts"][1:] = np.where(book.happening >= 0, reached * STEP, reached * STEP + STEP // 2)
        records["local_ts"] = records["exch_ts"]
        return walked(records, book.bid, book.ask, book.tick_size, "orders")

    def run_depth(theirs, bid, ask):
        records = empty(len(theirs))
        for name in theirs.dtype.names:
            records[name][1:] = theirs[name]
        return walked(records, bid, ask, 1.0, "depth")[2:]

    run.depth = run_depth
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


BID, ASK = 0x20000000, 0x10000000


def depth_of_the_market(rng, limits):
    """Return random depth in hftbacktest's layout, a record for each step of the clock, with clears of one side."""
    rows = []
    for step in range(1, 61):
        side = int(rng.choice([BID, ASK]))
        if rng.random() < 0.85:
            kind, price = Kind.DEPTH, 100.0 - rng.integers(0, 8) if side == BID else 101.0 + rng.integers(0, 8)
        else:
            kind, price = Kind.CLEAR, rng.choice(limits)
        rows.append((FLAGS | side | kind, step * STEP, step * STEP, price, float(rng.integers(0, 3)), 0, 0, 0.0))
    return np.array(rows, dtype=HFTBACKTEST)


def stepped(records, path):
    """Return our best prices after each record of a file in hftbacktest's layout."""
    np.savez(path, data=records)
    book = replay(convert(path).events, tick_size=1.0)
    at = np.searchsorted(book.time, records["exch_ts"], side="right") - 1
    return (np.where(at >= 0, prices[np.maximum(at, 0)], NO_PRICE) for prices in (book.bid, book.ask))


@pytest.mark.parametrize("seed", range(30))
def test_depth_with_clears_of_one_side_gives_the_same_book(seed, their_book, tmp_path):
    records = depth_of_the_market(np.random.default_rng(seed), [np.nan])
    bid, ask = stepped(records, tmp_path / "depth.npz")
    touch, _ = their_book.depth(records, bid, ask)
    assert (touch[0][:-1] == bid[:-1]).all()
    assert (touch[1][:-1] == ask[:-1]).all()


def test_after_a_clear_down_to_a_price_hftbacktest_passes_over_the_next_level(their_book, tmp_path):
    row = (FLAGS | BID | Kind.DEPTH, 0, 0, 0.0, 5.0, 0, 0, 0.0)
    records = np.array([row] * 6, dtype=HFTBACKTEST)
    records["exch_ts"] = records["local_ts"] = np.arange(1, 7) * STEP
    records["px"] = [95, 96, 97, 98, 97, 90]
    records["ev"][4] = FLAGS | BID | Kind.CLEAR
    bid, ask = stepped(records, tmp_path / "depth.npz")
    touch, levels = their_book.depth(records, bid, ask)
    assert bid.tolist() == [95, 96, 97, 98, 96, 96]
    assert touch[0][:5].tolist() == [95, 96, 97, 98, 95]
    assert levels[2][4] == 5.0  # its quantity at 96
