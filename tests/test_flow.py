"""Order flow: its metrics against other libraries, closed forms and markets with known answers."""

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from conftest import library
from flow_market import NOT_IN_SIMULATED, SECOND, START, Quotes, flow_market, split_signs
from scipy import stats
from scipy.special import zeta

from lobstats.book import replay
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import assemble
from lobstats.events.layout import Kind
from lobstats.metrics import collect, evaluate
from lobstats.metrics.flow import (
    event_response,
    five_minute_trade_fano,
    five_minute_trade_shape,
    mean_minute_trades,
    mean_minute_volume,
    minute_trade_fano,
    minute_trade_shape,
    minute_volume_variation,
    order_flow_autocorrelation,
    order_flow_autocorrelation_curve,
    order_flow_correlation,
    order_flow_correlation_10s,
    order_flow_impact,
    order_flow_impact_10s,
    response_persistence,
    sign_autocorrelation,
    sign_autocorrelation_curve,
    sign_autocorrelation_integral,
    sign_memory_exponent,
    trade_response,
    trade_response_by_time,
    transition_information,
    transition_probabilities,
    unknown_sign_share,
)
from lobstats.result import Curve
from lobstats.series import series_of_sessions
from lobstats.sessions import find_sessions
from lobstats.summary.responses import RESPONSE_LAGS, ResponseSums
from lobstats.summary.signs import SIGN_LAGS, SignSums
from lobstats.summary.summary import summarise_series, unmeasured
from lobstats.summary.touch_events import TOUCH_EVENTS, touch_events
from lobstats.summary.transitions import STEPS, Transitions

METRICS = collect()


def series_of(events):
    book = replay(events, tick_size=1.0)
    (series,) = series_of_sessions(events, book, find_sessions(events, book))
    return series


def summary_of(events):
    ((_, summary),) = summarise_series(series_of(events), None)
    return summary


@pytest.fixture(scope="module")
def market():
    return series_of(flow_market(rng=np.random.default_rng(10)))


# --- the laws of merging, for what the simulated market of the other tests does not show -------------------------


def test_rows_add_up_to_the_session(market):
    ((_, whole),) = summarise_series(market, None)
    for seconds in (30, 700):
        total = reduce(add, [summary for _, summary in summarise_series(market, seconds * SECOND)])
        for name in (*NOT_IN_SIMULATED, "flow.order_flow_impact", "flow.transition_information"):
            expected, found = evaluate(METRICS[name], whole), evaluate(METRICS[name], total)
            assert np.asarray(found.n).tolist() == np.asarray(expected.n).tolist()
            assert np.asarray(found.value) == pytest.approx(np.asarray(expected.value), rel=1e-12, abs=1e-12)
            if isinstance(expected, Curve):
                assert found.x.tolist() == expected.x.tolist()


def test_units_add_up_in_any_order():
    parts = [summary_of(flow_market(4_000, rng=np.random.default_rng(seed))) for seed in (1, 3, 5)]
    for name in NOT_IN_SIMULATED:
        forth, back = (evaluate(METRICS[name], reduce(add, order)) for order in (parts, parts[::-1]))
        assert np.asarray(forth.value) == pytest.approx(np.asarray(back.value), rel=1e-12, abs=1e-12)
        assert np.asarray(forth.n).tolist() == np.asarray(back.n).tolist()


# --- signs ------------------------------------------------------------------------------------------------------


def test_the_autocorrelation_of_signs_is_that_of_statsmodels():
    acf = library("statsmodels.tsa.stattools").acf
    signs = split_signs(3_000, 1.5, np.random.default_rng(1))
    curve = sign_autocorrelation_curve(signs)
    expected = acf(signs, nlags=1000, adjusted=True, fft=False)[SIGN_LAGS]
    assert curve.value == pytest.approx(np.clip(expected, -1, 1), abs=1e-12)
    assert curve.n.tolist() == (3_000 - SIGN_LAGS).tolist()
    assert sign_autocorrelation(signs, lag=5).value == curve.value[4]
    assert sign_autocorrelation_integral(signs).value == pytest.approx(
        np.trapezoid(expected[SIGN_LAGS <= 100], SIGN_LAGS[SIGN_LAGS <= 100]), abs=1e-10
    )


def test_split_orders_have_the_memory_that_lillo_mike_and_farmer_derive():
    # Two trades are of one order with probability sum_{x > l} x^-a / sum_{x >= 1} x^-a, and independent otherwise.
    for index, tolerance in ((1.5, 0.02), (1.8, 0.012)):
        curves = [
            sign_autocorrelation_curve(split_signs(200_000, index, np.random.default_rng(seed))) for seed in range(12)
        ]
        mean = np.mean([curve.value for curve in curves], axis=0)
        error = np.std([curve.value for curve in curves], axis=0, ddof=1) / math.sqrt(len(curves))
        expected = zeta(index, SIGN_LAGS + 1) / zeta(index)
        near = SIGN_LAGS <= 100
        assert (np.abs(mean - expected)[near] < 4.5 * error[near]).all()
        assert error[near].max() < tolerance
        signs = np.concatenate([split_signs(200_000, index, np.random.default_rng(seed)) for seed in range(12)])
        fitted = (SIGN_LAGS >= 5) & near
        exact = -np.polyfit(np.log(SIGN_LAGS[fitted]), np.log(expected[fitted]), 1)[0]
        assert exact == pytest.approx(index - 1, abs=0.05)
        assert sign_memory_exponent(signs).value == pytest.approx(exact, abs=0.1)


def test_independent_signs_have_no_memory():
    signs = np.random.default_rng(1).choice([-1, 1], 100_000)
    curve = sign_autocorrelation_curve(signs)
    assert np.abs(curve.value).max() < 4 / math.sqrt(100_000)
    with pytest.raises(InsufficientDataError, match=r"^signs \d+ trades apart are not positively correlated; "):
        sign_memory_exponent(signs)


def test_trades_without_a_side_are_left_out_and_counted():
    signs = split_signs(2_000, 1.5, np.random.default_rng(1))
    mixed = np.insert(signs, np.arange(0, 2_000, 4), 0)
    assert sign_autocorrelation_curve(mixed).value.tolist() == sign_autocorrelation_curve(signs).value.tolist()
    assert unknown_sign_share(mixed).value == pytest.approx(0.2)
    assert unknown_sign_share(mixed).n == 2_500


def test_too_few_signs_or_one_side_alone_have_no_memory():
    assert sign_autocorrelation([1, -1] * 15 + [1]).n == 30
    with pytest.raises(InsufficientDataError, match=r"^29 pairs of trades at lag 1; 30 are needed\.$"):
        sign_autocorrelation([1, -1] * 15)
    with pytest.raises(InsufficientDataError, match=r"^no lag has 30 pairs of trades\.$"):
        sign_autocorrelation_curve([1, -1] * 15)
    with pytest.raises(InsufficientDataError, match=r"^the signs do not vary\.$"):
        sign_autocorrelation([1] * 100)
    with pytest.raises(InsufficientDataError, match=r"^0 trades with a side; an autocorrelation needs two at least\.$"):
        sign_autocorrelation([0] * 100)
    for metric in (sign_memory_exponent, sign_autocorrelation_integral):
        with pytest.raises(InsufficientDataError, match=r"^lag 100 has fewer than 30 pairs of trades; "):
            metric([1, -1] * 50)
    with pytest.raises(InsufficientDataError, match=r"^there is no trade\.$"):
        unknown_sign_share([])
    with pytest.raises(ValueError, match=r"^`lag` must be one of "):
        sign_autocorrelation([1, -1] * 50, lag=8)
    with pytest.raises(ValueError, match=r"^signs must be 1, -1 or, where unknown, 0; "):
        SignSums.of([1, 2])


# --- imbalance --------------------------------------------------------------------------------------------------


def test_impact_and_correlation_are_those_of_statsmodels():
    ols, constant = (getattr(library("statsmodels.api"), name) for name in ("OLS", "add_constant"))
    rng = np.random.default_rng(1)
    flow = rng.normal(3, 40, 500)
    moves = 0.02 * flow + rng.normal(1, 0.7, 500)
    table = np.stack([flow, moves], axis=1)
    fit = ols(moves, constant(flow)).fit()
    for impact, correlation in (
        (order_flow_impact, order_flow_correlation),
        (order_flow_impact_10s, order_flow_correlation_10s),
    ):
        assert impact(table).value == pytest.approx(fit.params[1], rel=1e-10)
        assert correlation(table).value ** 2 == pytest.approx(fit.rsquared, rel=1e-10)
        assert impact(table).n == correlation(table).n == 500
    assert order_flow_impact(table).unit == "ticks per contract"


def test_the_autocorrelation_of_imbalance_is_that_of_statsmodels():
    acf = library("statsmodels.tsa.stattools").acf
    flow = np.random.default_rng(1).normal(size=600).cumsum()
    curve = order_flow_autocorrelation_curve(flow)
    expected = acf(flow, nlags=300, adjusted=True, fft=False)[curve.x.astype(int)]
    assert curve.value == pytest.approx(np.clip(expected, -1, 1), abs=1e-12)
    assert order_flow_autocorrelation(flow).value == curve.value[0]


def test_a_book_of_ten_a_side_that_moves_as_one_has_the_impact_of_its_depth():
    # Where both quotes rise by a tick, ten came to the bid and ten left the ask: 1 / (2 D) ticks a contract.
    quotes, steps = Quotes(), np.random.default_rng(1).choice([-1, 0, 1], 1_500).tolist()
    quotes.trade(START + 1, 1, ticks=0)
    quotes.resize(START + 2, -1, 1.0)
    for second, step in enumerate(steps, start=1):
        quotes.move(START + second * SECOND + 1, step)
    summary = summary_of(quotes.events())
    one, ten = summary.order_flow_moves, summary.order_flow_moves_10s
    for impact, correlation, n in (
        (order_flow_impact(one), order_flow_correlation(one), 1_499),
        (order_flow_impact_10s(ten), order_flow_correlation_10s(ten), 149),
    ):
        assert impact.value == pytest.approx(1 / 20, rel=1e-12)
        assert correlation.value == pytest.approx(1, abs=1e-12)
        assert impact.n == correlation.n == n
    assert summary.order_flow_imbalance.values.tolist() == [-20.0, 0.0, 20.0]


def test_imbalance_worked_out_by_hand():
    # Cont, Kukanov and Stoikov's e: an add of 3 to the bid, a better bid of 2, a worse ask of 10 where 10 stood before.
    rows = [
        (1, Kind.ADD, 1, 1, 99.0, 5.0),
        (1, Kind.ADD, -1, 2, 102.0, 10.0),
        (2, Kind.TRADE, 1, 0, 102.0, 1.0),
        (100, Kind.ADD, 1, 3, 99.0, 3.0),  # +3
        (101, Kind.ADD, 1, 4, 100.0, 2.0),  # +2
        (102, Kind.MODIFY, -1, 2, 103.0, 10.0),  # +10
        (103, Kind.CANCEL, 1, 4, 100.0, 2.0),  # -2
        (200, Kind.MODIFY, 1, 3, 99.0, 1.0),  # -2, in the next second
        (400, Kind.MODIFY, -1, 2, 103.0, 11.0),  # -1, after the last whole second
    ]
    time, kind, side, order, price, size = zip(*rows, strict=True)
    scale = SECOND // 100
    times = [START + (t - 50) * scale for t in time]
    events = assemble(kind=list(map(int, kind)), side=side, order_id=order, exch_ts=times, px=price, qty=size)
    summary = summary_of(events)
    flows = [0.0, 13.0, -2.0, 0.0]
    assert summary.order_flow_moves.n in (3, 4)
    assert set(summary.order_flow_imbalance.values.tolist()) <= set(flows)
    assert summary.order_flow_moves.total == 11.0
    assert summary.order_flow_moves.products[0] == 13 * 0.5


def test_too_few_or_too_large_imbalances_say_so():
    with pytest.raises(InsufficientDataError, match=r"^29 windows; 30 are needed\.$"):
        order_flow_impact(np.ones((29, 2)))
    with pytest.raises(InsufficientDataError, match=r"^the imbalances do not vary\.$"):
        order_flow_impact(np.ones((30, 2)))
    with pytest.raises(InsufficientDataError, match=r"^the imbalances are too large to be squared\.$"):
        order_flow_impact(np.outer(np.arange(30), [1e300, 1]))
    with pytest.raises(InsufficientDataError, match=r"^no lag has 30 pairs of seconds\.$"):
        order_flow_autocorrelation(np.arange(30.0))
    with pytest.raises(ValueError, match=r"^the data must be imbalances and moves, of shape \(n, 2\), got \(3,\)\.$"):
        order_flow_impact([1, 2, 3])


# --- transitions ------------------------------------------------------------------------------------------------


def test_a_markov_chain_of_kinds_gives_its_matrix_and_its_information():
    rng = np.random.default_rng(1)
    matrix = rng.dirichlet(np.full(6, 2.0), 6)
    uniform, chain = rng.random(60_000), [0]
    bounds = matrix.cumsum(axis=1)
    for u in uniform:
        chain.append(min(int(np.searchsorted(bounds[chain[-1]], u)), 5))
    curve = transition_probabilities(chain)
    assert [curve.at(x) for x in curve.x] == [f"{a} -> {b}" for a in STEPS for b in STEPS]
    error = np.sqrt(matrix.ravel() * (1 - matrix.ravel()) / curve.n)
    assert (np.abs(curve.value - matrix.ravel()) < 4 * error).all()
    values, vectors = np.linalg.eig(matrix.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary /= stationary.sum()
    joint = stationary[:, None] * matrix
    expected = stats.entropy(joint.ravel(), np.outer(stationary, joint.sum(axis=0)).ravel(), base=2)
    assert transition_information(chain).value == pytest.approx(expected, abs=0.01)
    assert transition_information(chain).n == 60_000


def test_independent_kinds_have_no_information_but_the_bias_that_the_notes_state():
    found = [transition_information(np.random.default_rng(seed).integers(0, 6, 10_001)).value for seed in range(40)]
    assert np.mean(found) == pytest.approx(25 / (2 * 10_000 * math.log(2)), rel=0.15)


def test_what_an_execution_brings_about_is_told_from_what_owners_do():
    quotes = Quotes()
    for k in range(1, 41):
        quotes.trade(START + k * SECOND, 1, ticks=0)
    curve = transition_probabilities(summary_of(quotes.events()).transitions)
    found = dict(zip((curve.at(x) for x in curve.x), curve.value.tolist(), strict=True))
    assert found == {"trade -> modify by fill": 1.0, "modify by fill -> trade": 1.0}


def test_too_few_transitions_or_kinds_say_so():
    assert transition_information([0, 1] * 15 + [0]).n == 30
    with pytest.raises(InsufficientDataError, match=r"^29 transitions; 30 are needed\.$"):
        transition_information([0, 1] * 15)
    with pytest.raises(InsufficientDataError, match=r"^all events are of one kind\.$"):
        transition_information([0] * 100)
    with pytest.raises(InsufficientDataError, match=r"^15 transitions from one kind; 30 are needed\.$"):
        transition_probabilities([0, 1] * 15)
    with pytest.raises(ValueError, match=r"^steps must be whole numbers from 0 to 5, places in `STEPS`\.$"):
        Transitions.of([0, 6])


# --- volume in time ---------------------------------------------------------------------------------------------


def test_the_gamma_shape_is_that_of_scipy():
    for shape in (0.6, 3.0, 40.0):
        counts = np.random.default_rng(1).gamma(shape, 200.0, 400).astype(np.int64)
        expected, _, _ = stats.gamma.fit(counts[counts > 0], floc=0)
        for metric in (minute_trade_shape, five_minute_trade_shape):
            assert metric(counts).value == pytest.approx(expected, rel=1e-6)
            assert metric(counts).n == (counts > 0).sum()


def test_moments_are_those_of_numpy():
    counts = np.random.default_rng(1).poisson(7, 300)
    assert mean_minute_trades(counts).value == pytest.approx(counts.mean())
    assert mean_minute_volume(counts * 1.5).value == pytest.approx(1.5 * counts.mean())
    assert minute_volume_variation(counts * 1.5).value == pytest.approx(counts.std() / counts.mean())
    for metric in (minute_trade_fano, five_minute_trade_fano):
        assert metric(counts).value == pytest.approx(counts.var() / counts.mean())
    assert minute_trade_fano(np.random.default_rng(2).poisson(7, 100_000)).value == pytest.approx(1, abs=0.02)


def test_empty_minutes_and_too_few_say_so():
    for metric in (minute_trade_fano, minute_volume_variation):
        with pytest.raises(InsufficientDataError, match=r"^29 whole windows; 30 are needed\.$"):
            metric([1] * 29)
        with pytest.raises(InsufficientDataError, match=r"^there is no trade in a whole window\.$"):
            metric([0] * 30)
        with pytest.raises(InsufficientDataError, match=r"^all windows hold as much\.$"):
            metric([2] * 30)
    for metric in (mean_minute_trades, mean_minute_volume):
        with pytest.raises(InsufficientDataError, match=r"^there is no trade in a whole minute\.$"):
            metric([0, 0])
    with pytest.raises(InsufficientDataError, match=r"^29 whole windows with a trade; 30 are needed\.$"):
        minute_trade_shape([0] * 10 + [1] * 29)
    with pytest.raises(InsufficientDataError, match=r"^all windows with a trade hold as many\.$"):
        minute_trade_shape([3] * 30)


# --- responses --------------------------------------------------------------------------------------------------


def test_trades_of_set_impact_and_decay_give_the_response_at_each_lag():
    # The mid before trade t is the sum of G(t - s) over the signs s before it; for independent signs R(l) is G(l).
    rng = np.random.default_rng(1)
    n, lags = 200_000, np.arange(300)
    decay = np.where(lags > 0, 1.0 / np.maximum(lags, 1) ** 0.5, 0.0)
    signs = rng.choice([-1.0, 1.0], n)
    mid = np.convolve(signs, decay)[:n]
    curve = trade_response(np.stack([mid, signs], axis=1))
    assert curve.x.tolist() == RESPONSE_LAGS.tolist()
    assert curve.n.tolist() == (n - RESPONSE_LAGS).tolist()
    assert curve.value == pytest.approx(decay[RESPONSE_LAGS], abs=0.04)
    assert response_persistence(np.stack([mid, signs], axis=1)).value == pytest.approx(0.1, abs=0.04)


def test_a_stream_of_set_impact_gives_it_back_in_trade_time_event_time_and_by_the_clock():
    # A trade moves both quotes by two ticks at once, and three seconds later they go back by one.
    rng = np.random.default_rng(1)
    quotes, signs = Quotes(), rng.choice([-1, 1], 3_000).tolist()
    for k, sign in enumerate(signs):
        time = START + (1 + 5 * k) * SECOND
        quotes.trade(time, sign, ticks=2 * sign)
        quotes.move(time + 3 * SECOND, -sign)
    summary = summary_of(quotes.events())
    found = trade_response(summary.trade_response)
    assert found.value[0] == 1.0
    assert found.value[1:10] == pytest.approx(np.ones(9), abs=0.2)
    by_time = trade_response_by_time(summary.clock_response)
    assert by_time.value[0] == 2.0
    assert by_time.value[1] == pytest.approx(1.0, abs=0.15)  # the trade ten seconds later is in its first instant
    moving = event_response(summary.event_response, event="market_moving")
    assert (moving.value[0], moving.n[0]) == (1.0, 2_998)


def test_split_orders_of_set_impact_respond_as_their_signs_remember(market):
    # With an impact g for good the response is g times one and the autocorrelation of signs up to the lag before.
    ((_, summary),) = summarise_series(market, None)
    curve = trade_response(summary.trade_response)
    known = summary.trade_signs.known
    rho = known.products / known.pairs
    assert curve.value[0] == pytest.approx(0.3, abs=0.02)
    assert curve.value[1] == pytest.approx(0.3 * (1 + rho[0]), abs=0.03)
    assert curve.value[3] == pytest.approx(0.3 * (1 + rho[:3].sum()), abs=0.05)
    assert response_persistence(summary.trade_response).value > 2


EVENTS_BY_HAND = [
    # what happens, its class and its sign, in a book of 5 at 99 and 3 beneath, and of 5 at 102 and 3 above
    ([(Kind.ADD, 1, 10, 99.0, 1.0)], "limit", 1),
    ([(Kind.ADD, -1, 10, 102.0, 1.0)], "limit", -1),
    ([(Kind.ADD, 1, 10, 100.0, 1.0)], "limit_moving", 1),
    ([(Kind.ADD, -1, 10, 101.0, 1.0)], "limit_moving", -1),
    ([(Kind.MODIFY, 1, 1, 99.0, 2.0)], "cancel", -1),
    ([(Kind.MODIFY, -1, 2, 102.0, 2.0)], "cancel", 1),
    ([(Kind.CANCEL, 1, 1, 99.0, 5.0)], "cancel_moving", -1),
    ([(Kind.CANCEL, -1, 2, 102.0, 5.0)], "cancel_moving", 1),
    ([(Kind.MODIFY, 1, 3, 99.0, 3.0)], "limit", 1),
    ([(Kind.MODIFY, -1, 2, 104.0, 5.0)], "cancel_moving", 1),
    ([(Kind.TRADE, 1, 0, 102.0, 2.0), (Kind.FILL, -1, 2, 102.0, 2.0), (Kind.MODIFY, -1, 2, 102.0, 3.0)], "market", 1),
    (
        [(Kind.TRADE, -1, 0, 99.0, 5.0), (Kind.FILL, 1, 1, 99.0, 5.0), (Kind.CANCEL, 1, 1, 99.0, 5.0)],
        "market_moving",
        -1,
    ),
    ([(Kind.TRADE, 0, 0, 99.0, 2.0), (Kind.MODIFY, 1, 1, 99.0, 3.0)], None, 0),
    ([(Kind.FILL, 1, 1, 99.0, 2.0), (Kind.MODIFY, 1, 1, 99.0, 3.0)], None, 0),
    ([(Kind.MODIFY, 1, 1, 99.0, 3.0), (Kind.MODIFY, -1, 2, 102.0, 3.0)], None, 0),
    ([(Kind.ADD, 1, 10, 98.0, 1.0)], None, 0),
    ([(Kind.TRADE, 1, 0, 102.0, 2.0)], None, 0),
]


@pytest.mark.parametrize(("records", "event", "sign"), EVENTS_BY_HAND)
def test_each_class_of_event_by_hand(records, event, sign):
    rows = [
        (START, Kind.ADD, 1, 1, 99.0, 5.0),
        (START, Kind.ADD, 1, 3, 98.0, 3.0),
        (START, Kind.ADD, -1, 2, 102.0, 5.0),
        (START, Kind.ADD, -1, 4, 103.0, 3.0),
        (START + 1, Kind.TRADE, 1, 0, 102.0, 1.0),
        *((START + 2, *record) for record in records),
    ]
    time, kind, side, order, price, size = zip(*rows, strict=True)
    events = assemble(kind=list(map(int, kind)), side=side, order_id=order, exch_ts=time, px=price, qty=size)
    at, kinds, signs = touch_events(series_of(events))
    assert [TOUCH_EVENTS[one] for one in kinds] == ([event] if event else [])
    assert signs.tolist() == [sign] * bool(event)
    assert at.tolist() == [1] * bool(event)


def test_the_larger_side_decides_a_happening_with_trades_of_both():
    quotes = Quotes()
    quotes.trade(START + 1, 1, ticks=0)
    quotes.trade(START + 2, 1, ticks=0, size=1.0)
    quotes.trade(START + 2, -1, ticks=0, size=3.0)
    quotes.trade(START + 3, 1, ticks=0, size=2.0)
    quotes.trade(START + 3, -1, ticks=0, size=2.0)
    _, _, signs = touch_events(series_of(quotes.events()))
    assert signs.tolist() == [-1.0]


def test_too_few_pairs_no_response_or_an_unknown_class_say_so():
    mid = np.arange(40.0)
    up = np.stack([mid, np.ones(40)], axis=1)
    assert trade_response(up).x.tolist() == [1, 2, 3, 4, 5, 6, 8, 10]
    with pytest.raises(InsufficientDataError, match=r"^no lag has 30 pairs\.$"):
        trade_response(up[:30])
    with pytest.raises(InsufficientDataError, match=r"^fewer than 30 pairs of trades at lag 100\.$"):
        response_persistence(up)
    with pytest.raises(InsufficientDataError, match=r"^the immediate response is -1 ticks; it must be positive\.$"):
        response_persistence(np.stack([np.arange(200.0), -np.ones(200)], axis=1))
    with pytest.raises(ValueError, match=r"^`event` must be one of market, market_moving, .*, got 'trade'\.$"):
        event_response(np.zeros((40, 3)), event="trade")
    with pytest.raises(ValueError, match=r"^the data must be finite, of shape \(n, 2\), got shape \(40, 3\)\.$"):
        ResponseSums.of(np.zeros((40, 3)))
    with pytest.raises(ValueError, match=r"^classes must be whole numbers from 0 to 5\.$"):
        ResponseSums.of(np.full((40, 3), 6.0), classes=6)
    with pytest.raises(ValueError, match=r"^responses over different lags do not add up\.$"):
        ResponseSums.of(up) + ResponseSums(np.array([1, 10]), np.zeros((1, 2), dtype=np.int64), np.zeros((1, 2)))


# --- streams of depth alone -------------------------------------------------------------------------------------


def test_depth_alone_has_an_imbalance_and_says_what_it_lacks():
    rng = np.random.default_rng(1)
    n = 400
    time = START + np.sort(rng.integers(0, 200 * SECOND, n))
    side = rng.choice([-1, 1], n)
    px = np.where(side == 1, 99.0, 101.0)
    events = assemble(
        kind=int(Kind.DEPTH), side=side, order_id=0, exch_ts=time, px=px, qty=rng.integers(1, 9, n).astype(float)
    )
    series = series_of(events)
    ((_, summary),) = summarise_series(series, None)
    assert summary.order_flow_imbalance.n > 150
    assert order_flow_autocorrelation(summary.order_flow_lags).n > 100
    reasons = unmeasured([series])
    for field in ("transitions", "event_response"):
        assert reasons[field] == "the stream holds a book without messages; this needs orders"
    assert not {"order_flow_imbalance", "order_flow_moves", "trade_signs"} & set(reasons)
    with pytest.raises(InsufficientDataError, match=r"^there is no trade\.$"):
        unknown_sign_share(summary.trade_signs)
