"""The tick size and the clock that a stream lies on."""

from contextlib import suppress
from fractions import Fraction

import databento_dbn as dbn
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import naive_snap

from lobstats.errors import InsufficientDataError
from lobstats.events.codec import assemble
from lobstats.events.grid import infer_clock, infer_tick_size, snap_time, to_ticks
from lobstats.events.layout import PACKED, Kind
from lobstats.sessions import cut

NOON = 1_703_505_600_000_000_000
"""Noon of 2023-12-25, UTC; a multiple of 512 ns, as every whole second is."""


def priced(prices, kind=Kind.ADD):
    return assemble(kind=kind, side=1, order_id=1, exch_ts=0, px=np.asarray(prices, dtype=float), qty=1)


def stamped(times):
    return assemble(kind=Kind.ADD, side=1, order_id=1, exch_ts=np.asarray(times, dtype=np.int64), px=1.0, qty=1)


# --- the tick size ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prices", "tick"),
    [
        ([4_799.0, 4_799.25, 4_801.5], 0.25),
        ([64.83, 64.84, 70.0], 0.01),
        ([93_000.0, 93_005.0, 93_040.0], 5.0),
        ([1.0721, 1.0722, 1.08], 1e-4),
        ([0.00001234, 0.00001235], 1e-8),
        ([2.5, 5.0], 2.5),
        ([110.015625, 110.03125], 1 / 64),
        ([-37.63, -37.62, 0.0, 10.0], 0.01),
        ([-10.0, 10.0], 10.0),
        ([0.0, 0.25], 0.25),
        ([1e12, 1e12 + 0.5], 0.5),
        ([123_456_789_012.01, 123_456_789_012.02], 0.01),
        ([4_799.0, 4_799.25, 1e9], 0.25),
    ],
)
def test_the_tick_is_the_largest_step_of_which_all_order_prices_are_multiples(prices, tick):
    assert infer_tick_size(priced(prices)) == tick


@given(
    st.sampled_from([Fraction(1, 4), Fraction(1, 100), Fraction(5), Fraction(1, 10_000), Fraction(1, 64)]),
    st.lists(st.integers(-(10**7), 10**7), min_size=2, max_size=30, unique=True),
)
def test_the_tick_is_found_from_any_prices_that_share_no_larger_step(tick, multiples):
    step = int(np.gcd.reduce(np.array(multiples)))
    prices = [float(tick * multiple) for multiple in multiples]
    assert infer_tick_size(priced(prices)) == float(tick * step)


def test_trades_may_print_between_ticks():
    events = np.concatenate([priced([10.0, 10.5]), priced([10.333], Kind.TRADE), priced([10.1], Kind.FILL)])
    assert infer_tick_size(events) == 0.5


def test_cancels_and_clears_name_no_price_to_trust():
    events = np.concatenate([priced([10.0, 10.5]), priced([0.01], Kind.CANCEL), priced([0.03], Kind.CLEAR)])
    assert infer_tick_size(events) == 0.5


@pytest.mark.parametrize("kind", [Kind.ADD, Kind.MODIFY, Kind.DEPTH, Kind.SNAPSHOT])
def test_adds_modifies_and_depth_name_prices(kind):
    assert infer_tick_size(priced([10.0, 10.5], kind)) == 0.5


def test_several_streams_share_one_tick():
    assert infer_tick_size(priced([10.0, 10.5]), priced([7.25]), np.empty(0, PACKED)) == 0.25


@pytest.mark.parametrize("prices", [[], [10.0], [10.0, 10.0, 10.0], [0.0, -0.0]])
def test_fewer_than_two_prices_have_no_tick(prices):
    with pytest.raises(InsufficientDataError) as caught:
        infer_tick_size(priced(prices))
    assert str(caught.value) == (
        f"the tick size needs two distinct order prices, got {len(set(prices))}; give it with `--tick-size`."
    )


def test_prices_beyond_what_a_double_resolves_have_no_tick():
    with pytest.raises(InsufficientDataError, match=r"^prices up to 1e\+300 show no tick size; give it"):
        infer_tick_size(priced([1.0, 1e300]))


def test_a_tick_is_never_zero():
    with suppress(InsufficientDataError):
        assert infer_tick_size(priced([1e-10, 2e-10])) > 0


def test_one_huge_price_does_not_change_the_tick_in_silence():
    with suppress(InsufficientDataError):
        assert infer_tick_size(priced([100.0, 100.25, 100.5, 1e14])) == 0.25


def test_the_ticks_of_real_contracts(esh4, clx5):
    assert infer_tick_size(esh4) == 0.25
    assert infer_tick_size(clx5) == 0.01


# --- prices on the grid ----------------------------------------------------------------------------------------


@given(st.sampled_from([0.25, 0.01, 5.0, 1e-4, 1 / 64]), st.lists(st.integers(-(10**9), 10**9), max_size=20))
def test_prices_on_the_grid_go_to_their_ticks_and_back(tick, multiples):
    exact = Fraction(tick).limit_denominator(10**6)
    prices = np.array([float(exact * multiple) for multiple in multiples])
    assert to_ticks(prices, tick).tolist() == multiples


def test_prices_off_the_grid_go_to_the_nearest_tick():
    assert to_ticks(np.array([0.62, 0.63, -0.62, -0.63]), 0.25).tolist() == [2, 3, -2, -3]


def test_huge_prices_stop_at_2_to_the_52():
    assert to_ticks(np.array([1e300, -1e300, 1.7e308]), 1e-4).tolist() == [1 << 52, -(1 << 52), 1 << 52]


# --- the clock -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", [1, 1_000, 1_000_000, 1_000_000_000])
def test_the_clock_is_the_coarsest_that_the_times_lie_on(clock):
    rng = np.random.default_rng(1)
    times = NOON + np.sort(rng.integers(0, 10**9, 1_000)) * clock
    assert infer_clock(stamped(times)) == clock


@pytest.mark.parametrize(("strays", "clock"), [(0, 1_000), (10, 1_000), (11, 1)])
def test_one_time_in_a_hundred_may_lie_off_the_clock(strays, clock):
    times = NOON + np.arange(1_000) * 7_000
    times[:strays] += 1
    assert infer_clock(stamped(times)) == clock


def test_a_time_counts_once_however_many_records_carry_it():
    times = np.concatenate([np.full(10_000, NOON), NOON + 1_234_567 * np.arange(1, 50)])
    assert infer_clock(stamped(times)) == 1


@pytest.mark.parametrize("times", [[], [NOON], [NOON, NOON]])
def test_fewer_than_two_times_have_the_finest_clock(times):
    assert infer_clock(stamped(times)) == 1


def test_several_streams_share_one_clock():
    coarse, fine = stamped(NOON + np.arange(100) * 1_000), stamped(NOON + np.arange(100) * 1_003)
    assert infer_clock(coarse) == 1_000
    assert infer_clock(coarse, fine) == 1


def through_float_seconds(times):
    """Do to nanoseconds what hftbacktest's converter does: ``int(datetime.timestamp() * 1e9)``."""
    return np.array([int((time // 1_000 / 1e6) * 1e9) for time in times.tolist()])


def test_times_that_passed_through_float_seconds_are_on_a_microsecond():
    rng = np.random.default_rng(2)
    true = NOON + np.sort(rng.integers(0, 3_600 * 10**9, 2_000))
    comb = through_float_seconds(true)
    assert (comb % 256 == 0).all()
    assert not (comb % 1_000 == 0).all()
    assert infer_clock(stamped(comb)) == 1_000
    assert snap_time(comb, 1_000).tolist() == (true // 1_000 * 1_000).tolist()


def test_the_real_file_of_hftbacktest_snaps_to_the_microseconds_of_its_source(data):
    source = data / "cme" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst"
    decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD)
    decoder.write(source.read_bytes())
    true = [message.ts_event for message in decoder.decode()[1:]]
    with np.load(data / "hftbacktest" / "ESH4_20231225_l3.npz") as archive:
        stamps = archive["data"]["exch_ts"]
    assert infer_clock(stamped(stamps)) == 1_000
    assert snap_time(stamps, 1_000).tolist() == [time // 1_000 * 1_000 for time in true]


def test_the_clocks_of_real_feeds_are_nanoseconds(esh4, clx5):
    assert infer_clock(esh4) == 1
    assert infer_clock(clx5) == 1


@given(
    st.lists(st.integers(0, (1 << 62)), min_size=1, max_size=20),
    st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]),
)
def test_snapping_goes_to_the_nearest_step(times, clock):
    snapped = snap_time(np.array(times), clock)
    assert snapped.dtype == np.int64
    assert snapped.tolist() == naive_snap(times, clock)
    assert snap_time(snapped, clock).tolist() == snapped.tolist()


def test_snapping_keeps_the_times_it_was_given():
    times = np.array([1_234_567, 2_345_678])
    snap_time(times, 1_000)
    assert times.tolist() == [1_234_567, 2_345_678]


def test_no_times_can_be_snapped():
    assert snap_time(np.empty(0, np.int64), 1_000).tolist() == []


def test_a_comb_goes_to_its_true_millisecond():
    true = NOON + np.arange(1_000) * 1_000_000
    assert snap_time(through_float_seconds(true), 1_000_000).tolist() == true.tolist()


def test_a_part_of_a_stream_snaps_as_the_whole_does():
    times = NOON + np.array([256 * 3, 1_701])
    whole = snap_time(times, 1_000)
    assert snap_time(times[:1], 1_000).tolist() == whole[:1].tolist()


def test_a_snapshot_at_a_time_of_its_own_does_not_make_the_clock_finer():
    quotes = assemble(kind=Kind.ADD, side=1, order_id=range(1, 31), exch_ts=7_000 * np.arange(1, 31), px=100.0, qty=1)
    assert infer_clock(quotes) == infer_clock(cut(quotes, start_ns=70_000)) == 1_000
