"""Replay: what the book is after each happening, and what did not fit."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from naive import naive_replay
from naive_liquidity import naive_profiles

from lobstats.book import FAULTS, NO_PRICE, REPLAY_COUNTS, replay
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import assemble, decode, encode
from lobstats.events.formats import read
from lobstats.events.layout import PACKED, Kind

BUY, SELL, NONE = 1, -1, 0
ELEVEN_PM = 1_703_545_200_000_000_000
"""2023-12-25 23:00:00 UTC, when ESH4 opened."""


def stream(*rows):
    """Return events from rows of (time, kind, side, id, price, quantity)."""
    if not rows:
        return np.empty(0, PACKED)
    time, kind, side, order_id, px, qty = zip(*rows, strict=True)
    return assemble(
        kind=[Kind[name.upper()] for name in kind],
        side=side,
        order_id=np.array(order_id, dtype=np.int64),
        exch_ts=np.array(time, dtype=np.int64),
        px=px,
        qty=qty,
    )


def states(book):
    """Return (time, bid, bid size, ask, ask size) of each happening, None for an empty side's price."""

    def prices(side):
        return [None if price == NO_PRICE else price for price in side.tolist()]

    columns = (book.time.tolist(), prices(book.bid), book.bid_size.tolist(), prices(book.ask), book.ask_size.tolist())
    return list(zip(*columns, strict=True))


def counted(book):
    return {name: count for name, count in book.counts.items() if count}


def assert_equals_twin(events, tick_size, clock_ns=1):
    before = encode(events)
    book, twin = replay(events, tick_size=tick_size, clock_ns=clock_ns), naive_replay(events, tick_size, clock_ns)
    happenings = twin.happenings
    assert encode(events) == before
    assert book.counts == twin.counts
    assert book.time.tolist() == [one.time for one in happenings]
    assert book.n_records.tolist() == [one.n_records for one in happenings]
    assert states(book) == [(one.time, one.bid, one.bid_size, one.ask, one.ask_size) for one in happenings]
    for side, depth in ((BUY, book.bid_depth), (SELL, book.ask_depth)):
        assert depth.tolist() == [math.fsum(size for _, size in one.best_levels[side]) for one in happenings]
    profiles = naive_profiles(happenings)
    assert book.profile_at.tolist() == [number for number, _, _ in profiles]
    assert book.profile_price.tolist() == [
        [[NO_PRICE if price is None else price for price in side] for side in prices] for _, prices, _ in profiles
    ]
    assert book.profile_size.tolist() == [sizes for _, _, sizes in profiles]
    assert book.after_break.tolist() == [one.after_break for one in happenings]
    assert book.after_empty.tolist() == [one.after_empty for one in happenings]
    expected = [-1] * len(events)
    for number, one in enumerate(happenings):
        for record in one.records:
            expected[record] = number
    assert book.happening.tolist() == expected
    left = zip(
        events["order_id"][book.resting].tolist(), book.resting.tolist(), book.resting_side.tolist(), strict=True
    )
    assert sorted(left) == sorted((order_id, row, side) for order_id, (row, side) in twin.resting.items())
    assert sorted(book.depth.tolist()) == sorted(twin.depth)
    return book


# --- real streams ----------------------------------------------------------------------------------------------


def test_esh4_equals_the_twin_in_every_happening(esh4):
    book = assert_equals_twin(esh4, 0.25)
    assert len(book.time) == 47_022


def test_clx5_equals_the_twin_in_every_happening(clx5):
    assert_equals_twin(clx5, 0.01)


def test_esh4_equals_the_twin_on_a_coarser_clock(esh4):
    book = assert_equals_twin(esh4, 0.25, 1_000_000)
    assert len(book.time) < 47_022
    assert (book.time % 1_000_000 == 0).all()


def test_every_record_of_esh4_fits(esh4):
    book = replay(esh4)
    assert book.tick_size == 0.25
    assert counted(book) == {
        "fill_larger_than_order": 28,  # icebergs, see below
        "crossed_book": 891,  # all before the opening
        "clears": 1,
        "snapshot_records": 8_726,
    }
    assert tuple(book.counts) == REPLAY_COUNTS


def test_esh4_is_never_crossed_or_locked_once_it_trades_and_its_median_spread_is_one_tick(esh4):
    book = replay(esh4)
    trading = book.time > ELEVEN_PM + 1_000_000_000
    assert trading.sum() > 30_000
    assert book.crossed[~trading].any()
    assert book.two_sided[trading].all()
    spread = (book.ask - book.bid)[trading]
    assert spread.min() >= 1
    assert np.median(spread) == 1
    assert (book.bid_size[trading] > 0).all()
    assert (book.ask_size[trading] > 0).all()


def test_the_orders_of_esh4_at_the_end_are_those_added_less_those_cancelled(esh4):
    book = replay(esh4)
    assert len(book.resting) == 29_216 - 17_999
    live = set(esh4["order_id"][book.resting].tolist())
    assert len(live) == len(book.resting)
    best = esh4["px"][book.resting][book.resting_side == BUY].max()
    assert best == book.bid[-1] * 0.25


def test_clx5_names_orders_that_it_never_added(clx5):
    book = replay(clx5)
    assert book.counts["unknown_order"] == 1_440
    added = set(clx5["order_id"][(clx5["ev"] & 0xFF) == Kind.ADD].tolist())
    moved = clx5["order_id"][np.isin(clx5["ev"] & 0xFF, [Kind.CANCEL, Kind.MODIFY])].tolist()
    assert sum(order_id in added for order_id in moved) / len(moved) == pytest.approx(0.87, abs=0.01)


def test_a_cut_of_the_book_into_a_snapshot_replays_like_the_whole(esh4):
    """Orders alive at a moment, written as a clear and adds, stand for everything that came before."""
    cut = 40_000
    while esh4["exch_ts"][cut] == esh4["exch_ts"][cut - 1]:
        cut += 1
    whole, head = replay(esh4), replay(esh4[:cut])
    alive = esh4[np.sort(head.resting)].copy()
    alive["ev"] = (alive["ev"] & 0xFFFFFF00) | Kind.ADD
    alive["exch_ts"] = esh4["exch_ts"][cut] - 1
    clear = assemble(kind=Kind.CLEAR, side=NONE, order_id=0, exch_ts=alive["exch_ts"][:1], px=0, qty=0)
    tail = replay(np.concatenate([clear, alive, esh4[cut:]]), tick_size=0.25)
    assert states(tail) == states(whole)[len(head.time) :]
    assert tail.counts["unknown_order"] == 0


# --- messy streams ---------------------------------------------------------------------------------------------

ORDER_KINDS = ["add"] * 6 + ["cancel"] * 3 + ["modify"] * 3 + ["trade", "fill", "clear", "bbo"]
ANY_KINDS = [*ORDER_KINDS, "depth", "depth", "depth", "snapshot"]
IDS = [0, 1, 2, 3, 3, 4, (1 << 32) - 1]
PRICES = [99.0, 99.5, 99.75, 100.0, 100.0, 100.5, 101.0, 0.0, -3.5]
HUGE = [*PRICES, 1e300, -1e300, 2.0**52, 1e15, 5e-324]
QUANTITIES = [1.0, 2.0, 2.0, 5.0, 0.5, 0.0, -1.0]
STEPS = [0, 0, 0, 0, 1, 256, 300, 1_000, 1_700]


@st.composite
def messy(draw, kinds=tuple(ORDER_KINDS), prices=tuple(PRICES), steps=tuple(STEPS)):
    """Draw well-formed streams of few ids, prices and times, in which everything that can go wrong does."""
    fields = (steps, kinds, (BUY, SELL, NONE), (BUY, SELL), IDS, prices, QUANTITIES)
    time, rows = draw(st.sampled_from([0, 512, 10**18])), []
    drawn = draw(st.lists(st.tuples(*map(st.sampled_from, fields)), max_size=50))
    for step, kind, any_side, own_side, order_id, px, qty in drawn:
        time += step
        side = own_side if kind in ("add", "cancel", "modify") else any_side
        rows.append((time, kind, side, order_id, px, qty))
    return stream(*rows)


@given(messy(), st.sampled_from([0.5, 0.25, 1.0]))
@settings(max_examples=200)
def test_messy_streams_of_orders_equal_the_twin(events, tick_size):
    assert_equals_twin(events, tick_size)


@given(messy(kinds=tuple(ANY_KINDS)))
@settings(max_examples=200)
def test_messy_streams_of_orders_and_depth_equal_the_twin(events):
    assert_equals_twin(events, 0.5)


@given(messy(kinds=("depth", "depth", "snapshot", "clear", "trade")))
def test_messy_streams_of_depth_equal_the_twin(events):
    assert_equals_twin(events, 0.5)


@given(messy(kinds=tuple(ANY_KINDS)), st.sampled_from([1_000, 1_000_000, 1_000_000_000]))
@example(stream((512, "add", BUY, 1, 99.5, 1), (1_536, "add", BUY, 2, 99.5, 1)), 1_000)
def test_messy_streams_on_coarse_clocks_equal_the_twin(events, clock_ns):
    assert_equals_twin(events, 0.5, clock_ns)


@given(messy(prices=tuple(HUGE)))
def test_messy_streams_of_huge_prices_equal_the_twin(events):
    assert_equals_twin(events, 0.5)


@given(messy(steps=(0, 0, 0, 0, 0, 0, 0, 1), kinds=("add", "add", "add", "clear", "cancel", "depth", "bbo")))
def test_messy_snapshots_equal_the_twin(events):
    assert_equals_twin(events, 0.5)


@pytest.mark.parametrize("kinds", [ORDER_KINDS, ANY_KINDS], ids=["orders", "orders and depth"])
def test_a_long_messy_stream_shows_every_fault_and_equals_the_twin(kinds):
    rng, n = np.random.default_rng(4), 8_000
    kind = rng.choice(kinds, n)
    side = np.where(np.isin(kind, ["add", "cancel", "modify"]), rng.choice([BUY, SELL], n), rng.choice([1, 0, -1], n))
    columns = (np.cumsum(rng.choice(STEPS, n)), kind, side, *(rng.choice(v, n) for v in (IDS, PRICES, QUANTITIES)))
    book = assert_equals_twin(stream(*zip(*columns, strict=True)), 0.5)
    never = {name for name, count in book.counts.items() if not count}
    assert never == (set() if kinds is ANY_KINDS else {"depth_records"})
    assert book.after_empty.any()
    assert (book.after_break & ~book.after_empty).any()


@given(messy())
def test_read_only_events_from_any_buffer_replay_alike(events):
    data = encode(events)
    odd = decode(memoryview(b"x" + data)[1:])
    assert states(replay(odd, tick_size=0.5)) == states(replay(events, tick_size=0.5))


# --- growth ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [0, 1 << 31, (1 << 32) - 40_000], ids=["small ids", "wide ids", "last ids"])
def test_tables_grow_with_many_thousands_of_orders_and_levels(base):
    """Twenty thousand orders on as many levels a side, half of them cancelled in another order."""
    rng = np.random.default_rng(3)
    n = 40_000
    side = np.where(np.arange(n) % 2 == 0, BUY, SELL)
    price = 50_000 - side * (1 + rng.permutation(n) // 2)
    adds = assemble(kind=Kind.ADD, side=side, order_id=base + np.arange(n), exch_ts=np.arange(n), px=price, qty=1.0)
    gone = rng.permutation(n)[: n // 2]
    cancels = adds[gone]
    cancels["ev"] = (cancels["ev"] & 0xFFFFFF00) | Kind.CANCEL
    cancels["exch_ts"] = n + np.arange(len(gone))
    book = assert_equals_twin(np.concatenate([adds, cancels]), 1.0)
    assert len(book.resting) == n - len(gone)
    assert counted(book) == {}


@given(st.lists(st.integers(0, 255), min_size=1, max_size=300), st.integers(0, 24))
def test_orders_are_found_again_wherever_their_ids_collide(low_bytes, shift):
    """Add or cancel, in turns, orders whose ids differ in one byte only."""
    rows, alive = [], set()
    for time, byte in enumerate(low_bytes):
        order_id = byte << shift
        if order_id in alive:
            alive.remove(order_id)
            rows.append((time, "cancel", BUY, order_id, 1.0, 1.0))
        else:
            alive.add(order_id)
            rows.append((time, "add", BUY, order_id, 1.0, 1.0))
    events = stream(*rows)
    book = replay(events, tick_size=1.0)
    assert counted(book) == {}
    assert set(events["order_id"][book.resting].tolist()) == alive
    assert book.bid_size[-1] == len(alive)


def test_a_level_that_empties_and_fills_again_and_again_is_found_each_time():
    rows = []
    for i in range(3_000):
        rows += [(2 * i, "add", SELL, 1, 100.0 + i % 7, 1.0), (2 * i + 1, "cancel", SELL, 1, 100.0 + i % 7, 1.0)]
    book = replay(stream(*rows), tick_size=1.0)
    assert book.ask[::2].tolist() == [100 + i % 7 for i in range(3_000)]
    assert (book.ask[1::2] == NO_PRICE).all()


def test_fractional_quantities_leave_no_dust_behind():
    book = replay(
        stream(
            (1, "add", BUY, 1, 99.0, 0.1),
            (1, "add", BUY, 2, 99.0, 0.2),
            (2, "cancel", BUY, 1, 99.0, 0.1),
            (2, "cancel", BUY, 2, 99.0, 0.2),
            (3, "add", BUY, 3, 99.0, 0.3),
        ),
        tick_size=1.0,
    )
    assert [state[1:3] for state in states(book)] == [(99, 0.1 + 0.2), (None, 0.0), (99, 0.3)]


# --- single rules ----------------------------------------------------------------------------------------------


def test_no_events_have_no_happening():
    book = replay(np.empty(0, PACKED), tick_size=0.25)
    assert len(book.time) == len(book.bid) == len(book.happening) == len(book.resting) == len(book.depth) == 0
    assert set(book.counts) == set(REPLAY_COUNTS)
    assert counted(book) == {}


def test_no_events_have_no_tick_either():
    with pytest.raises(InsufficientDataError, match=r"^the tick size needs two distinct order prices, got 0;"):
        replay(np.empty(0, PACKED))


@pytest.mark.parametrize("events", [decode(b""), decode(encode(stream((0, "add", BUY, 1, 99.0, 1))))])
def test_the_shortest_streams_may_be_read_only(events):
    assert len(replay(events, tick_size=1.0).time) == len(events)


def test_arrays_have_the_shapes_and_types_that_are_promised():
    book = replay(stream((0, "add", BUY, 1, 99.0, 2), (0, "add", SELL, 2, 100.0, 3)), tick_size=1.0)
    promised = {
        **dict.fromkeys(("time", "n_records", "bid", "ask"), ("int64", 1)),
        **dict.fromkeys(("bid_size", "ask_size"), ("float64", 1)),
        **dict.fromkeys(("after_break", "after_empty", "two_sided", "crossed"), ("bool", 1)),
        "happening": ("int64", 2),
        "resting": ("int64", 2),
        "depth": ("int64", 0),
    }
    arrays = {name: getattr(book, name) for name in promised}
    assert {name: (str(array.dtype), len(array)) for name, array in arrays.items()} == promised


def test_the_sides_of_resting_orders_are_int8():
    book = replay(stream((0, "add", BUY, 1, 99.0, 2)), tick_size=1.0)
    assert book.resting_side.dtype == np.int8


@pytest.mark.parametrize("order_id", [0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1])
def test_every_id_of_32_bits_names_an_order(order_id):
    book = replay(
        stream(
            (1, "add", BUY, order_id, 99.0, 2),
            (2, "add", BUY, (order_id + 1) % (1 << 32), 98.0, 3),
            (3, "modify", BUY, order_id, 97.0, 4),
            (4, "cancel", BUY, order_id, 97.0, 4),
        ),
        tick_size=1.0,
    )
    assert [state[1:3] for state in states(book)] == [(99, 2.0), (99, 2.0), (98, 3.0), (98, 3.0)]
    assert counted(book) == {}
    assert book.resting.tolist() == [1]


def test_prices_of_zero_and_below_are_prices():
    book = replay(
        stream((1, "add", BUY, 1, -37.63, 1), (2, "add", SELL, 2, 0.0, 2), (3, "add", SELL, 3, -37.62, 3)),
        tick_size=0.01,
    )
    assert states(book)[-1] == (3, -3_763, 1.0, -3_762, 3.0)


def test_huge_prices_rest_at_the_edge_of_the_grid():
    book = replay(stream((1, "add", SELL, 1, 1.7e308, 1), (2, "add", BUY, 2, -1.7e308, 2)), tick_size=1e-4)
    assert states(book)[-1] == (2, -(1 << 52), 2.0, 1 << 52, 1.0)


def test_records_of_one_time_are_one_happening_and_the_book_is_read_after_the_last():
    book = replay(
        stream(
            (1, "add", BUY, 1, 99.0, 2),
            (1, "add", BUY, 2, 99.5, 1),
            (1, "cancel", BUY, 2, 99.5, 1),
            (2, "trade", SELL, 0, 99.0, 1),
            (2, "fill", BUY, 1, 99.0, 1),
            (2, "modify", BUY, 1, 99.0, 1),
        ),
        tick_size=0.5,
    )
    assert states(book) == [(1, 198, 2.0, None, 0.0), (2, 198, 1.0, None, 0.0)]
    assert book.n_records.tolist() == [3, 3]
    assert book.happening.tolist() == [0, 0, 0, 1, 1, 1]


def test_trades_and_fills_do_not_move_the_book():
    book = replay(
        stream((1, "add", BUY, 1, 99.0, 2), (2, "trade", SELL, 0, 99.0, 2), (3, "fill", BUY, 1, 99.0, 2)), tick_size=1.0
    )
    assert [state[1:3] for state in states(book)] == [(99, 2.0)] * 3


def test_a_cancel_takes_the_whole_order_and_another_quantity_is_counted():
    book = replay(stream((1, "add", BUY, 1, 99.0, 5), (2, "cancel", BUY, 1, 99.0, 2)), tick_size=1.0)
    assert states(book)[-1] == (2, None, 0.0, None, 0.0)
    assert counted(book) == {"quantity_mismatch": 1}


def test_a_modify_of_an_unknown_order_is_counted_and_rests():
    book = replay(stream((1, "modify", SELL, 9, 101.0, 3)), tick_size=1.0)
    assert states(book) == [(1, None, 0.0, 101, 3.0)]
    assert counted(book) == {"unknown_order": 1}


def test_a_cancel_of_an_unknown_order_is_counted_and_changes_nothing():
    book = replay(stream((1, "add", BUY, 1, 99.0, 5), (2, "cancel", BUY, 7, 99.0, 5)), tick_size=1.0)
    assert states(book)[-1][1:3] == (99, 5.0)
    assert counted(book) == {"unknown_order": 1}


def test_a_duplicate_add_is_counted_and_ignored():
    book = replay(stream((1, "add", BUY, 1, 99.0, 5), (2, "add", SELL, 1, 100.0, 3)), tick_size=1.0)
    assert states(book)[-1] == (2, 99, 5.0, None, 0.0)
    assert counted(book) == {"duplicate_add": 1}


def test_an_order_keeps_the_side_of_its_first_record():
    book = replay(
        stream((1, "add", BUY, 1, 99.0, 5), (2, "modify", SELL, 1, 98.0, 4), (3, "cancel", SELL, 1, 98.0, 4)),
        tick_size=1.0,
    )
    assert [state[1:] for state in states(book)] == [
        (99, 5.0, None, 0.0),
        (98, 4.0, None, 0.0),
        (None, 0.0, None, 0.0),
    ]
    assert counted(book) == {"side_mismatch": 2}


@pytest.mark.parametrize("quantity", [0.0, -1.0])
def test_orders_of_no_quantity_do_not_rest(quantity):
    book = replay(
        stream((1, "add", BUY, 1, 99.0, quantity), (2, "add", BUY, 2, 98.0, 1), (3, "modify", BUY, 2, 98.0, quantity)),
        tick_size=1.0,
    )
    assert [state[1] for state in states(book)] == [None, 98, None]
    assert counted(book) == {"nonpositive_quantity": 2}
    assert len(book.resting) == 0


def test_crossed_and_locked_books_are_counted_in_happenings():
    book = replay(
        stream(
            (1, "add", BUY, 1, 100.0, 1),
            (2, "add", SELL, 2, 100.0, 1),
            (3, "trade", NONE, 0, 100.0, 1),
            (4, "add", SELL, 3, 99.0, 1),
            (4, "add", SELL, 4, 98.0, 1),
        ),
        tick_size=1.0,
    )
    assert counted(book) == {"locked_book": 2, "crossed_book": 1}
    assert book.crossed.tolist() == [False, False, False, True]


def test_a_snapshot_seeds_the_book_and_enters_no_happening():
    book = replay(
        stream(
            (5, "clear", NONE, 0, 0.0, 0),
            (5, "add", BUY, 1, 99.0, 1),
            (5, "add", SELL, 2, 101.0, 2),
            (9, "add", BUY, 3, 100.0, 3),
        ),
        tick_size=1.0,
    )
    assert states(book) == [(9, 100, 3.0, 101, 2.0)]
    assert book.happening.tolist() == [-1, -1, -1, 0]
    assert (book.after_break.tolist(), book.after_empty.tolist()) == ([True], [False])
    assert counted(book) == {"clears": 1, "snapshot_records": 3}


@pytest.mark.parametrize("ending", ["modify", "cancel", "trade", "fill", "bbo"])
def test_another_kind_ends_a_snapshot_at_its_own_time(ending):
    book = replay(
        stream(
            (5, "clear", NONE, 0, 0.0, 0),
            (5, "add", BUY, 1, 99.0, 1),
            (5, ending, BUY, 1, 99.0, 1),
            (5, "add", BUY, 2, 98.0, 1),
        ),
        tick_size=1.0,
    )
    assert book.counts["snapshot_records"] == 2
    assert book.happening.tolist() == [-1, -1, -1 if ending == "bbo" else 0, 0]


def test_a_clear_in_the_middle_of_one_time_ends_the_happening_before_it():
    """Adds of the clear's own time are its snapshot; what follows them opens a second happening of that time."""
    book = replay(
        stream(
            (5, "add", BUY, 1, 99.0, 1),
            (5, "add", SELL, 2, 101.0, 2),
            (5, "clear", NONE, 0, 0.0, 0),
            (5, "add", BUY, 1, 90.0, 7),
            (5, "trade", BUY, 0, 101.0, 1),
            (5, "add", BUY, 3, 91.0, 8),
        ),
        tick_size=1.0,
    )
    assert states(book) == [(5, 99, 1.0, 101, 2.0), (5, 91, 8.0, None, 0.0)]
    assert book.happening.tolist() == [0, 0, -1, -1, 1, 1]
    assert book.after_break.tolist() == [False, True]
    assert counted(book) == {"clears": 1, "snapshot_records": 2}


def test_a_snapshot_ends_with_the_raw_time_even_where_the_clock_is_coarse():
    events = stream((1_000, "clear", NONE, 0, 0.0, 0), (1_000, "add", BUY, 1, 99.0, 1), (1_001, "add", BUY, 2, 98.0, 1))
    book = replay(events, tick_size=1.0, clock_ns=1_000)
    assert book.happening.tolist() == [-1, -1, 0]
    assert book.time.tolist() == [1_000]


def test_a_clear_that_leaves_the_book_empty_is_told_from_one_that_refills_it():
    book = replay(
        stream(
            (1, "add", BUY, 1, 99.0, 1),
            (2, "clear", NONE, 0, 0.0, 0),
            (3, "add", BUY, 1, 99.0, 1),
            (4, "clear", NONE, 0, 0.0, 0),
            (4, "add", BUY, 2, 98.0, 1),
            (5, "trade", SELL, 0, 98.0, 1),
            (6, "trade", SELL, 0, 98.0, 1),
        ),
        tick_size=1.0,
    )
    assert book.time.tolist() == [1, 3, 5, 6]
    assert book.after_break.tolist() == [False, True, True, False]
    assert book.after_empty.tolist() == [False, True, False, False]


def test_a_clear_takes_every_order_and_its_id_is_free_again():
    book = replay(
        stream(
            (1, "add", BUY, 1, 99.0, 1),
            (2, "clear", NONE, 0, 0.0, 0),
            (3, "cancel", BUY, 1, 99.0, 1),
            (4, "add", SELL, 1, 98.0, 6),
        ),
        tick_size=1.0,
    )
    assert states(book)[-1] == (4, None, 0.0, 98, 6.0)
    assert counted(book) == {"unknown_order": 1, "clears": 1, "snapshot_records": 1}


def test_where_there_is_depth_the_book_is_read_from_it_alone():
    book = replay(
        stream(
            (1, "add", BUY, 1, 150.0, 9),
            (1, "depth", BUY, 0, 99.0, 4),
            (1, "depth", SELL, 0, 100.0, 5),
            (2, "trade", SELL, 0, 99.0, 3),
            (2, "depth", BUY, 0, 99.0, 1),
            (3, "cancel", BUY, 1, 150.0, 9),
            (3, "depth", BUY, 0, 99.0, 0),
            (3, "snapshot", BUY, 0, 98.0, 7),
        ),
        tick_size=1.0,
    )
    assert states(book) == [(1, 99, 4.0, 100, 5.0), (2, 99, 1.0, 100, 5.0), (3, 98, 7.0, 100, 5.0)]
    assert book.n_records.tolist() == [1, 1, 1]
    assert book.happening.tolist() == [0, -1, -1, 1, -1, 2, -1, -1]
    assert counted(book) == {"depth_records": 5}
    assert sorted(book.depth.tolist()) == [2, 7]


def test_depth_of_another_time_belongs_to_no_happening_before_it():
    book = replay(
        stream(
            (1, "depth", BUY, 0, 99.0, 4),
            (2, "add", SELL, 7, 105.0, 4),
            (3, "depth", BUY, 0, 99.0, 1),
            (4, "trade", SELL, 0, 99.0, 1),
        ),
        tick_size=1.0,
    )
    assert states(book) == [(2, 99, 4.0, None, 0.0), (4, 99, 1.0, None, 0.0)]


def test_depth_without_orders_makes_happenings_without_records():
    book = replay(
        stream(
            (1, "depth", BUY, 0, 99.0, 4),
            (2, "depth", SELL, 0, 101.0, 3),
            (2, "depth", SELL, 0, 100.0, 1),
            (3, "trade", BUY, 0, 100.0, 1),
            (3, "depth", SELL, 0, 100.0, 0),
        ),
        tick_size=1.0,
    )
    assert book.depth_only
    assert book.n_records.tolist() == [0, 0, 1]
    assert states(book) == [(1, 99, 4.0, None, 0.0), (2, 99, 4.0, 100, 1.0), (3, 99, 4.0, 101, 3.0)]
    assert counted(book) == {"depth_records": 4}


def test_a_fill_of_more_than_rests_is_counted_where_it_stands():
    book = replay(
        stream((1, "add", BUY, 1, 99.0, 3), (2, "fill", BUY, 1, 99.0, 3), (3, "fill", BUY, 1, 99.0, 4)), tick_size=1.0
    )
    assert counted(book) == {"fill_larger_than_order": 1}
    assert book.faults.tolist() == [0, 0, 1 << FAULTS.index("fill_larger_than_order")]


@pytest.mark.parametrize(
    ("prints", "off"),
    [
        ([(BUY, 101)], 0),
        ([(SELL, 99)], 0),
        ([(BUY, 100)], 1),
        ([(BUY, 102)], 1),
        ([(BUY, 101), (BUY, 102)], 0),  # a sweep walks the book
        ([(BUY, 101), (BUY, 100)], 1),
        ([(SELL, 98), (SELL, 97)], 1),
        ([(NONE, 100)], 0),
        ([(BUY, 101), (SELL, 99)], 0),
        ([(BUY, 101), (SELL, 98)], 1),
    ],
)
def test_a_trade_is_at_the_touch_or_walks_away_from_it(prints, off):
    book = replay(
        stream(
            (1, "add", BUY, 1, 99.0, 3),
            (1, "add", SELL, 2, 101.0, 3),
            *((2, "trade", side, 0, float(price), 1) for side, price in prints),
        ),
        tick_size=1.0,
    )
    assert counted(book).get("trade_off_touch", 0) == off


def test_a_trade_may_meet_an_order_that_came_in_its_own_happening():
    book = replay(
        stream(
            (1, "add", BUY, 1, 99.0, 3),
            (1, "add", SELL, 2, 103.0, 3),
            (2, "trade", SELL, 0, 99.0, 1),
            (2, "add", SELL, 3, 101.0, 1),
            (2, "trade", BUY, 0, 101.0, 1),
            (2, "trade", BUY, 0, 102.0, 1),
        ),
        tick_size=1.0,
    )
    assert book.faults.tolist() == [0] * 5 + [1 << FAULTS.index("trade_off_touch")]


def test_every_trade_of_the_simulated_market_is_at_the_touch():
    for name in ("reference", "generated"):
        assert replay(read(f"fixtures/{name}.bin"), tick_size=0.25).counts["trade_off_touch"] == 0


def test_the_larger_fills_of_esh4_are_icebergs(esh4):
    """Each is followed at its own time by a modify or cancel of its order: more stood behind it than was shown."""
    book = replay(esh4, tick_size=0.25)
    larger = np.flatnonzero(book.faults & (1 << FAULTS.index("fill_larger_than_order")))
    assert len(larger) == 28
    for row in larger:
        later = esh4[row + 1 : row + 60]
        same = later[(later["order_id"] == esh4["order_id"][row]) & (later["exch_ts"] == esh4["exch_ts"][row])]
        assert {Kind.MODIFY, Kind.CANCEL} & set((same["ev"] & 0xFF).tolist())


@pytest.mark.parametrize("name", ["esh4", "clx5"])
def test_the_marks_add_up_to_the_counts(name, request):
    book = replay(request.getfixturevalue(name), tick_size=0.01)
    for bit, fault in enumerate(FAULTS):
        assert int(((book.faults >> bit) & 1).sum()) == book.counts[fault]


def test_best_bid_offer_records_are_counted_and_part_nothing():
    book = replay(
        stream((1, "add", BUY, 1, 99.0, 1), (1, "bbo", BUY, 0, 150.0, 1), (1, "add", BUY, 2, 98.0, 1)), tick_size=1.0
    )
    assert book.n_records.tolist() == [2]
    assert book.happening.tolist() == [0, -1, 0]
    assert counted(book) == {"bbo_records": 1}
