"""Faults of single records and their rates, against scipy and simulated bursts."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import RECORD, naive_faults
from scipy.stats import binomtest

from lobstats.events.codec import MALFORMED, assemble, decode_lenient
from lobstats.events.layout import Kind
from lobstats.events.validity import VALIDITY, Tally, tally_records


def counted(events, tick_size=0.5):
    tallies = tally_records(decode_lenient(events.tobytes()), tick_size)
    assert tuple(tallies) == VALIDITY
    return {name: tally.total for name, tally in tallies.items() if tally.total}


def one(**fields):
    whole = {"kind": Kind.ADD, "side": 1, "order_id": 1, "exch_ts": 0, "px": 100.5, "qty": 2.0}
    return assemble(**{**whole, **fields})


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({}, {}),
        ({"px": 0.0}, {"price_not_positive": 1}),
        ({"px": -1.0}, {"price_not_positive": 1}),
        ({"px": 100.3}, {"price_off_grid": 1}),
        ({"px": -0.3}, {"price_not_positive": 1, "price_off_grid": 1}),
        ({"qty": 0.0}, {"quantity_not_positive": 1}),
        ({"qty": -2.0}, {"quantity_not_positive": 1}),
        ({"qty": 1.5}, {"quantity_not_whole": 1}),
        ({"order_id": 0}, {"id_zero": 1}),
        ({"kind": Kind.TRADE, "order_id": 0}, {}),
        ({"kind": Kind.TRADE, "px": 100.3}, {}),
        ({"kind": Kind.FILL, "px": 100.3}, {"price_off_grid": 1}),
        ({"kind": Kind.FILL, "order_id": 0}, {"id_zero": 1}),
        ({"kind": Kind.CANCEL, "qty": 0.0, "px": 0.0}, {}),
        ({"kind": Kind.CLEAR, "side": 0, "order_id": 0, "px": 0.0, "qty": 0.0}, {}),
        ({"kind": Kind.DEPTH, "order_id": 0, "qty": 0.0}, {}),
        ({"kind": Kind.DEPTH, "order_id": 0, "qty": -1.0}, {"quantity_not_positive": 1}),
    ],
)
def test_a_record_is_counted_for_what_is_wrong_with_it(fields, faults):
    assert counted(one(**fields)) == faults


@pytest.mark.parametrize("bit", [*range(8, 28)])
def test_every_bit_that_has_no_meaning_is_an_unknown_flag(bit):
    events = one()
    events["ev"] |= np.uint32(1 << bit)
    assert counted(events) == {"unknown_flags": 1}


@pytest.mark.parametrize(
    ("price", "off"),
    [
        (100.01, False),
        (100.0100001, True),
        (100.005, True),
        (0.29, False),
        (37.63, False),
        (37.635, True),
        (1_234_567.89, False),
        (1_234_567.891, True),
        (1e300, False),
    ],
)
def test_the_grid_forgives_floating_point_and_nothing_more(price, off):
    assert counted(one(px=price), tick_size=0.01) == ({"price_off_grid": 1} if off else {})


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 3, 4, 5, 10, 11, 12, 13]),
            st.sampled_from([0, 0x20000000, 0xC0000100]),
            st.integers(0, 2),
            st.sampled_from([0.0, -1.0, 100.5, 100.3, 0.1]) | st.floats(-1e9, 1e9),
            st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e20]) | st.floats(-1e9, 1e9),
        ),
        max_size=30,
    ),
    st.sampled_from([None, 0.5, 0.01, 1e-4]),
)
def test_the_faults_are_those_of_the_plain_twin(rows, tick_size):
    data = b"".join(RECORD.pack(kind | 0x20000000 | flags, number, 7, px, qty) for kind, flags, number, px, qty in rows)
    tallies = tally_records(decode_lenient(data), tick_size)
    twins = [naive_faults(data[at : at + 32], tick_size) for at in range(0, len(data), 32)]
    for name in VALIDITY[len(MALFORMED) : -1]:
        assert tallies[name].total == sum(name in twin for twin in twins), name


def test_real_order_prices_are_on_their_grid(esh4, clx5):
    for events, tick_size in ((esh4, 0.25), (clx5, 0.01)):
        assert tally_records(decode_lenient(events), tick_size)["price_off_grid"].total == 0


def test_without_a_tick_no_price_is_off_the_grid():
    assert counted(one(px=100.123), tick_size=None) == {}


def test_malformed_records_are_among_all_and_the_rest_among_the_kept():
    events = np.concatenate([one(), one(), one(qty=1.5)])
    events["ev"][0] = 77
    tallies = tally_records(decode_lenient(events.tobytes()), 0.5)
    assert (tallies["unknown_kind"].total, int(tallies["unknown_kind"].n.sum())) == (1, 3)
    assert (tallies["quantity_not_whole"].total, int(tallies["quantity_not_whole"].n.sum())) == (1, 2)


@pytest.mark.parametrize(("count", "n"), [(0, 50), (50, 50), (3, 50), (0, 100_000), (100_000, 100_000)])
def test_the_interval_of_few_records_or_none_is_the_exact_one(count, n):
    rate = Tally.of(np.arange(count), n).rate()
    exact = binomtest(count, n).proportion_ci(0.95, method="exact")
    assert (rate.low, rate.high) == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert (rate.count, rate.n, rate.rate) == (count, n, count / n)


def test_the_rate_of_nothing_is_none():
    assert Tally.of(np.empty(0, dtype=np.int64), 0).rate() is None


def test_tenths_follow_the_stream():
    rate = Tally.of(np.arange(900, 1_000), 1_000).rate()
    assert rate.by_tenth == (0.0,) * 9 + (1.0,)
    assert Tally.of(np.array([0]), 3).rate().by_tenth.count(None) == 7


def test_streams_lie_side_by_side():
    rotting = Tally.of(np.arange(90, 100), 100)
    rate = (rotting + rotting).rate()
    assert (rate.count, rate.n, rate.by_tenth[-1]) == (20, 200, 1.0)


def bursts(rng, n, share, length):
    """Return the positions of faults that come in runs of a mean length: a Markov chain of two states."""
    leave = 1 / length
    enter = leave * share / (1 - share)
    state, positions = rng.random() < share, []
    at = 0
    while at < n:
        stay = rng.geometric(leave if state else enter)
        if state:
            positions.append(np.arange(at, min(at + stay, n)))
        at, state = at + stay, not state
    return np.concatenate(positions) if positions else np.empty(0, dtype=np.int64)


@pytest.mark.parametrize("length", [1.02, 20])
def test_the_interval_holds_the_rate_of_faults_in_bursts(length):
    rng, share, n = np.random.default_rng(5), 0.02, 40_000
    rates = [Tally.of(bursts(rng, n, share, length), n).rate() for _ in range(400)]
    held = np.mean([rate.low <= share <= rate.high for rate in rates])
    assert 0.92 <= held <= 0.995  # 400 trials: two standard errors around 0.95, and the exact one is conservative


def test_the_exact_interval_alone_would_not_hold_it():
    rng, share, n = np.random.default_rng(5), 0.02, 40_000
    counts = [len(bursts(rng, n, share, 20)) for _ in range(200)]
    exact = [binomtest(count, n).proportion_ci(0.95, method="exact") for count in counts]
    assert np.mean([ci.low <= share <= ci.high for ci in exact]) < 0.6


def test_slips_are_counted_where_they_happened():
    data = Path("fixtures/reference.bin").read_bytes()[: 32 * 4_000]
    cuts = [32 * 1_000, 32 * 1_010, 32 * 3_990]
    slipped = b"".join(data[a + 7 if a else 0 : b] for a, b in pairwise([0, *cuts, len(data)]))
    tally = tally_records(decode_lenient(slipped), 0.25)["slips"]
    assert tally.total == 3
    assert tally.counts.tolist() == [0] * 5 + [2] + [0] * 13 + [1]
