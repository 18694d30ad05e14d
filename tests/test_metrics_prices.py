"""Prices: shares and means; at the end, what every metric must keep."""

import contextlib
import inspect
import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from flow_market import NOT_IN_SIMULATED
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_metrics import SECOND, naive_mean, naive_share, naive_time_weighted

from lobstats.book import NO_PRICE
from lobstats.compare.units import UnitPlan
from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import kinds
from lobstats.events.layout import Kind
from lobstats.metrics import FAMILIES, collect, evaluate
from lobstats.metrics.prices import (
    mean_order_size,
    mean_spread,
    time_weighted_spread,
    wide_spread_share,
    zero_move_share,
)
from lobstats.result import Curve, Estimate
from lobstats.series import KINDS, Profiles, Records, Series, Trades
from lobstats.simulate import Market, simulate
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference
from lobstats.summary.summary import FIELDS, summarise_series
from lobstats.summary.touch_events import TOUCH_EVENTS

MEANS = [mean_spread, time_weighted_spread, mean_order_size]
EVERY = [*MEANS, zero_move_share, wide_spread_share]
VALUES = st.lists(st.integers(-50, 50), min_size=1, max_size=60)
SPREADS = st.lists(st.integers(0, 9), min_size=1, max_size=60).filter(any)


# --- twins ------------------------------------------------------------------------------------------------------


@given(VALUES)
def test_the_share_of_moves_that_are_zero_equals_its_twin(moves):
    share = zero_move_share(np.array(moves))
    assert share.value == naive_share(moves, lambda move: move == 0)
    assert (share.n, share.scale) == (len(moves), "arcsine")


@given(SPREADS, st.integers(0, 10))
def test_means_and_shares_of_spreads_equal_their_twins(spreads, ticks):
    array = np.array(spreads)
    assert mean_spread(array).value == pytest.approx(naive_mean(spreads), rel=1e-12)
    share = wide_spread_share(array, ticks=ticks)
    assert share.value == naive_share(spreads, lambda spread: spread > ticks)
    assert share.params == {"ticks": ticks}


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 24 * 3600 * SECOND)), min_size=1, max_size=30))
def test_the_time_weighted_spread_equals_its_twin(held):
    counts = Counts.weighted([spread for spread, _ in held], [ns for _, ns in held], unit="ticks")
    estimate = time_weighted_spread(counts)
    assert estimate.value == pytest.approx(naive_time_weighted(held), rel=1e-12)
    assert (estimate.n, estimate.unit) == (sum(ns for _, ns in held), "ticks")


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=60))
def test_the_mean_size_of_fractional_orders_equals_its_twin(sizes):
    assert mean_order_size(sizes).value == pytest.approx(naive_mean(sizes), rel=1e-12)


# --- by hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", MEANS)
def test_values_come_in_units_of_the_lattice(metric):
    estimate = metric(Counts.of([2, 2], step=0.5, unit="ticks"))
    assert (estimate.value, estimate.unit) == (1.0, "ticks")


@pytest.mark.parametrize("metric", EVERY)
def test_an_array_gives_the_same_as_its_counts(metric):
    values = np.random.default_rng(1).poisson(2, 500)
    assert metric(values).to_dict() == metric(Counts.of(values)).to_dict()


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("empty", [[], np.array([], dtype=int)])
def test_nothing_is_refused(metric, empty):
    with pytest.raises(InsufficientDataError, match=r"^there is no observation\.$"):
        metric(empty)


@pytest.mark.parametrize("metric", EVERY)
def test_one_value_is_enough(metric):
    assert metric(np.array([2])).n == 1
    assert metric(np.array([2])).value in (0.0, 1.0, 2.0)


@pytest.mark.parametrize("ticks", [-1, -0.5])
def test_a_negative_width_is_refused(ticks):
    with pytest.raises(ValueError, match=rf"^`ticks` must be at least 0, got {ticks}\.$"):
        wide_spread_share([1, 2], ticks=ticks)


@pytest.mark.parametrize("metric", MEANS)
def test_wild_values_of_a_model_give_a_finite_answer(metric):
    assert metric(np.array([1, 1, 2**53])).value == pytest.approx(2**53 / 3)


def test_order_sizes_near_the_largest_number_have_a_mean():
    assert mean_order_size([1.7e308, 1.7e308]).value == pytest.approx(1.7e308)


@pytest.mark.parametrize("metric", [mean_spread, time_weighted_spread])
def test_a_mean_spread_that_is_not_positive_is_refused(metric):
    # Where crossed books are kept, -1 and -50 would be alike on a logarithmic scale.
    with pytest.raises(InsufficientDataError, match=r"^the mean spread is -1\.5; it must be positive\.$"):
        metric(np.array([-1, -2]))


def test_wide_is_meant_in_ticks_whatever_the_lattice():
    assert wide_spread_share(Counts.of([1, 2, 3, 4], step=0.5), ticks=1).value == 0.5


@pytest.mark.parametrize("sizes", [[0.0], [-1.0, 0.5]])
def test_a_mean_order_size_that_is_not_positive_is_refused(sizes):
    with pytest.raises(InsufficientDataError):
        mean_order_size(sizes)


# --- every metric: the shape ------------------------------------------------------------------------------------


METRICS = sorted(collect().items())
NAMES = [name for name, _ in METRICS]
EVERY_METRIC = [metric for _, metric in METRICS]
FUNCTIONS = {name: metric.function for name, metric in METRICS if not metric.over}
every_metric = pytest.mark.parametrize("metric", EVERY_METRIC, ids=NAMES)
# The others are held to the same laws in test_flow, and on a market of four hours in test_metric_laws.
NOT_IN_MARKET = (*NOT_IN_SIMULATED, "arrivals.intraday_curvature")
IN_MARKET = {name: metric for name, metric in METRICS if name not in NOT_IN_MARKET}
every_metric_of_the_market = pytest.mark.parametrize("metric", IN_MARKET.values(), ids=IN_MARKET)
every_function = pytest.mark.parametrize("metric", FUNCTIONS.values(), ids=FUNCTIONS)


def test_every_public_function_of_a_family_that_names_a_field_is_collected():
    assert {name.split(".")[0] for name in NAMES} == set(FAMILIES)
    assert len(NAMES) == len(set(NAMES)) >= 22
    for family, module in FAMILIES.items():
        functions = [name for name in module.__all__ if inspect.isfunction(getattr(module, name))]
        for name in functions:
            by_event = "event" in inspect.signature(getattr(module, name)).parameters
            expected = [f"{name}_{event}" for event in TOUCH_EVENTS] if by_event else [name]
            assert {f"{family}.{one}" for one in expected} <= set(NAMES)


@every_function
def test_all_but_the_first_parameter_are_keywords_with_defaults(metric):
    first, *others = inspect.signature(metric).parameters.values()
    assert first.name in FIELDS
    assert first.default is inspect.Parameter.empty
    for parameter in others:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not inspect.Parameter.empty


@every_function
def test_the_docstring_says_what_goes_in_what_comes_out_and_what_is_refused(metric):
    text = inspect.getdoc(metric)
    assert text.splitlines()[0].endswith(".")
    for heading in ("Parameters\n---", "Returns\n---", "Raises\n---", "Examples\n---"):
        assert heading in text, heading


# --- every metric: never anything but a number ------------------------------------------------------------------


@st.composite
def random_series(draw):
    """Draw the series of a session, with every degenerate shape that a model might write."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.sampled_from([0, 1, 2, 3, 40, 400]))
    pace = draw(st.sampled_from([1, 10**6, 10**8, 3 * SECOND]))
    steps = {
        "even": np.full(n, pace),
        "random": rng.exponential(pace, n).astype(np.int64) + 1,
        "bursts": (rng.pareto(0.7, n) * pace).clip(1, 10**12).astype(np.int64) + 1,
    }[draw(st.sampled_from(["even", "random", "bursts"]))]
    time = 1_731_335_400 * SECOND + np.cumsum(steps, dtype=np.int64)
    reach = draw(st.sampled_from([0, 1, 30, 2**30, 2**44]))
    mid = 10**6 + rng.integers(-reach, reach, n, endpoint=True)
    spread = rng.integers(0, draw(st.sampled_from([0, 1, 5, 2**40])), n, endpoint=True)
    empty = rng.random(n) < draw(st.sampled_from([0, 0.1, 1]))
    mid[empty] = spread[empty] = NO_PRICE
    orders = np.sort(rng.choice(time, n // 2)) if n else time
    return Series(
        start=int(time[0]) if n else 0,
        end=int(time[-1]) if n else 0,
        time=time,
        segment=np.cumsum(rng.random(n) < draw(st.sampled_from([0, 0.02, 0.5]))),
        n_records=rng.geometric(draw(st.sampled_from([1.0, 0.5, 0.001])), n),
        mid=mid,
        spread=spread,
        order_time=orders,
        order_size=rng.choice([1.0, 0.001, 5e7, 1e300], len(orders)) * rng.random(len(orders)) + 1e-9,
        order_price=10**6 + rng.integers(-reach, reach, len(orders), endpoint=True),
        weighted_mid=np.where(empty, NO_PRICE, mid * 50 + rng.integers(-99, 100, n)),
        **{
            name: np.where(empty, 0, rng.choice([1.0, 0.001, 1e300, np.inf, np.nan], n) * rng.random(n))
            for name in ("bid_size", "ask_size", "bid_depth", "ask_depth")
        },
        has_kind={kind: rng.random(n) < 0.4 for kind in KINDS},
        trades=Trades(
            np.arange(n // 3),
            rng.choice([-1, 0, 1], n // 3).astype(np.int8),
            rng.choice([1.0, 0.001, 5e7, 1e300], n // 3) * rng.random(n // 3) + 1e-9,
            10**6 + rng.integers(-reach, reach, n // 3, endpoint=True),
        ),
        records=Records(np.sort(rng.integers(0, n, 2 * n)), rng.integers(0, 7, 2 * n).astype(np.int8)),
        profiles=Profiles(
            np.arange(n // 4),
            10**6 + rng.integers(-reach, reach, (n // 4, 2, 10), endpoint=True),
            rng.choice([1.0, 0.001, 1e300, np.inf, np.nan], (n // 4, 2, 10)),
        ),
    )


def assert_sound(found):
    assert isinstance(found, Estimate | Curve)
    assert found.ci is None
    if isinstance(found, Estimate):
        assert math.isfinite(found.value)
        assert isinstance(found.n, int)
        assert found.n >= 1
        return
    assert len(found.x) == len(found.value) == len(found.n) >= 1
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.value).all()
    assert (found.n >= 1).all()


@settings(max_examples=60)
@given(random_series(), random_series(), st.sampled_from([None, 0, SECOND, 300 * SECOND]))
def test_every_metric_gives_finite_numbers_or_says_why_not(series, other, horizon):
    ((_, summary),), ((_, real),) = summarise_series(series, None), summarise_series(other, None)
    reference = None if horizon is None else Reference(real.returns, horizon)
    for metric in EVERY_METRIC:
        with contextlib.suppress(InsufficientDataError):
            assert_sound(evaluate(metric, summary, reference))


@every_metric
def test_a_summary_of_nothing_is_refused(metric):
    ((_, summary),) = summarise_series(Series.empty(), None)
    with pytest.raises(InsufficientDataError):
        evaluate(metric, summary)


# --- every metric: the law of merging ---------------------------------------------------------------------------


# Longer than twice ten minutes, so that each session holds a whole window of them.
MARKET = Market(n_sessions=6, session_seconds=1_260.0, rate=1.0, memory_seconds=10.0)


def summary_of(*events):
    """Return the total over streams, each of them a unit of its own, on one grid."""
    source = source_of_events("market", *events)
    return summarise(observe(source, choose_grid(source, tick_size=MARKET.tick_size))).total


@pytest.fixture(scope="module")
def market():
    return simulate(MARKET, rng=np.random.default_rng(11))


@pytest.fixture(scope="module")
def divided(market):
    """Return the summary of the market, and those of its parts under several cuts between sessions."""
    clears = np.flatnonzero(kinds(market) == Kind.CLEAR).tolist()
    assert len(clears) == MARKET.n_sessions
    rng = np.random.default_rng(5)
    inner = [sorted(rng.choice(clears[1:], size, replace=False).tolist()) for size in (1, 1, 2, 3, 5)]
    parts = [[summary_of(part) for part in np.split(market, cuts)] for cuts in inner]
    return summary_of(market), parts


@every_metric_of_the_market
@pytest.mark.parametrize("with_reference", ["own", "fixed"])
def test_a_metric_of_added_summaries_is_that_of_the_whole(metric, with_reference, divided):
    whole, parts = divided
    horizon = UnitPlan("session", 1_260 * SECOND, {}).horizon_ns
    reference = None if with_reference == "own" else Reference(whole.returns, horizon)
    expected = evaluate(metric, whole, reference)
    for summaries in parts:
        found = evaluate(metric, reduce(add, summaries), reference)
        assert np.asarray(found.n).tolist() == np.asarray(expected.n).tolist()
        if isinstance(expected, Curve):
            assert found.x.tolist() == expected.x.tolist()
        value, scale = np.asarray(expected.value), np.maximum(1.0, np.abs(expected.value))
        assert (np.abs(np.asarray(found.value) - value) <= 1e-12 * scale).all()
        assert (found.params, found.unit, found.scale) == (expected.params, expected.unit, expected.scale)


@every_metric_of_the_market
def test_a_metric_does_not_depend_on_the_order_of_the_parts(metric, divided):
    _, parts = divided
    summaries = parts[-1]
    forth, back = (evaluate(metric, reduce(add, order)) for order in (summaries, summaries[::-1]))
    assert np.asarray(forth.n).tolist() == np.asarray(back.n).tolist()
    assert np.asarray(forth.value) == pytest.approx(np.asarray(back.value), rel=1e-12, abs=1e-12)


def test_counts_of_the_parts_are_those_of_the_whole(divided):
    whole, parts = divided
    for summaries in parts:
        total = reduce(add, summaries)
        for name in ("moves", "returns", "spread", "spread_time", "order_size", "happening_size", "from_open"):
            assert getattr(total, name).counts.tolist() == getattr(whole, name).counts.tolist()
        assert total.gaps.counts.tolist() == whole.gaps.counts.tolist()
        assert total.gaps.total_squares == whole.gaps.total_squares
        assert total.arrivals.squares.tolist() == whole.arrivals.squares.tolist()
