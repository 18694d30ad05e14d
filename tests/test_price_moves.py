"""Moves of three prices on three clocks, wide spreads by the clock, round lots and last digits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_fits import naive_realised_volatility
from naive_metrics import naive_share
from scipy import stats

from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.metrics.prices import (
    last_digit_clustering,
    last_digit_shares,
    mid_move_per_trade,
    mid_move_size,
    round_lot_share,
    trade_move_size,
    weighted_move_size,
    wide_spread_time_share,
    zero_trade_move_share,
)
from lobstats.simulate import Market, simulate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

SIZES = [mid_move_size, weighted_move_size, trade_move_size, mid_move_per_trade]
MOVES = st.lists(st.integers(-50, 50), min_size=1, max_size=60)


@pytest.mark.parametrize("metric", SIZES)
@given(moves=MOVES)
def test_sizes_of_moves_equal_the_twin(metric, moves):
    if not any(moves):
        with pytest.raises(InsufficientDataError, match=rf"^none of {len(moves)} moves differs from zero\.$"):
            metric(np.array(moves))
        return
    found = metric(np.array(moves))
    assert found.value == pytest.approx(naive_realised_volatility(moves), rel=1e-12)
    assert (found.n, found.scale) == (len(moves), "log")


@given(MOVES)
def test_the_share_of_trades_at_the_price_before_equals_the_twin(moves):
    assert zero_trade_move_share(np.array(moves)).value == naive_share(moves, lambda move: move == 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10**12)), min_size=1, max_size=30), st.integers(0, 10))
def test_the_time_share_of_wide_spreads_equals_the_twin(held, ticks):
    counts = Counts.weighted([spread for spread, _ in held], [ns for _, ns in held])
    share = sum(ns for spread, ns in held if spread > ticks) / sum(ns for _, ns in held)
    assert wide_spread_time_share(counts, ticks=ticks).value == pytest.approx(share, rel=1e-12)


def test_a_trade_price_that_bounces_between_bid_and_ask_moves_by_rolls_formula():
    # Independent sides at a spread of one tick around a mid that moves by s: E dp^2 = s^2 + 2 (1/2)^2, half ticks.
    rng = np.random.default_rng(4)
    mid = np.cumsum(rng.choice([-2, 0, 2], 200_000))
    price = mid + rng.choice([-1, 1], len(mid))
    size = trade_move_size(Counts.of(np.diff(price), step=0.5)).value
    assert size**2 == pytest.approx(mid_move_per_trade(Counts.of(np.diff(mid), step=0.5)).value ** 2 + 0.5, rel=0.01)


def test_moves_of_a_simulated_market_in_trade_time_keep_the_total_variance():
    market = Market(n_sessions=1, session_seconds=1800.0, memory_seconds=5.0)
    source = source_of_events("market", simulate(market, rng=np.random.default_rng(2)))
    total = summarise(observe(source, choose_grid(source))).total
    per_trade = mid_move_per_trade(total.mid_moves_by_trade)
    variance = per_trade.value**2 * per_trade.n / market.session_seconds
    # Trades come when the price moves, and the mid's noise of a tick adds to the ten ticks a second of the market.
    assert math.sqrt(variance) == pytest.approx(market.volatility, rel=0.25)


# --- round lots -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.sampled_from([5, 10, 100]))
def test_round_lots_equal_the_twin(sizes, lot):
    found = round_lot_share(np.array(sizes, dtype=float), lot=lot)
    assert found.value == naive_share(sizes, lambda size: size > 0 and size % lot == 0)
    assert found.params == {"lot": lot}


def test_the_lot_is_a_hundred_in_shares_and_ten_in_contracts():
    assert round_lot_share([100.0, 250.0, 300.0, 1.0]).params == {"lot": 100.0}
    assert round_lot_share([1.0, 2.0, 10.0, 300.0]).params == {"lot": 10.0}


def test_the_lot_comes_from_the_real_side_where_there_is_one():
    shares = Counts.of([100.0, 200.0], unit="contracts")
    reference = Reference(Counts.of([1]), 10**9, order_size=shares)
    assert round_lot_share([10.0, 20.0, 100.0, 1.0], reference=reference).value == 0.25


@pytest.mark.parametrize("lot", [0, -1, math.inf, math.nan])
def test_a_lot_that_is_none_is_refused(lot):
    with pytest.raises(ValueError, match=r"^`lot` must be positive, got "):
        round_lot_share([1.0], lot=lot)


def test_the_share_of_round_lots_of_the_simulated_market_is_the_one_it_draws():
    # A tenth of all sizes are 10, 20 or 50; a geometric size is a multiple of ten with 0.4 * 0.6^9 / (1 - 0.6^10).
    source = source_of_events("market", simulate(Market(n_sessions=1), rng=np.random.default_rng(3)))
    total = summarise(observe(source, choose_grid(source))).total
    found = round_lot_share(total.order_size)
    expected = 0.1 + 0.9 * 0.4 * 0.6**9 / (1 - 0.6**10)
    assert stats.binomtest(round(found.value * found.n), found.n, expected).pvalue > 0.001


# --- last digits ------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-200, 200), min_size=1, max_size=60))
def test_clustering_of_last_digits_equals_the_twin(prices):
    shares = [naive_share(prices, lambda price, digit=digit: price % 10 == digit) for digit in range(10)]
    assert last_digit_shares(np.array(prices)).value.tolist() == pytest.approx(shares)
    expected = sum(abs(share - 0.1) for share in shares) / 2
    assert last_digit_clustering(np.array(prices)).value == pytest.approx(expected, abs=1e-12)


def test_even_digits_show_no_clustering_and_one_digit_shows_all():
    assert last_digit_clustering(np.arange(1000)).value == 0
    assert last_digit_clustering([20, 30]).value == pytest.approx(0.9)
    curve = last_digit_shares([20, 30])
    assert (curve.at(0.0), curve.to_dict()["labels"]) == ("0", list("0123456789"))


def test_no_order_has_no_digit():
    for metric in (last_digit_clustering, last_digit_shares):
        with pytest.raises(InsufficientDataError, match=r"^there is no new order\.$"):
            metric(np.array([], dtype=int))


def test_round_prices_stand_out_in_crude_oil(clx5):
    source = source_of_events("CLX5", clx5)
    total = summarise(observe(source, choose_grid(source))).total
    shares = last_digit_shares(total.order_digit).value
    assert shares.sum() == pytest.approx(1)
    assert shares[[0, 5]].mean() > np.delete(shares, [0, 5]).mean()
