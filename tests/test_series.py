"""The series of a session, and the rows that they are folded into."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_arrivals import naive_pair_sums
from naive_flow import naive_names
from naive_metrics import (
    HORIZONS,
    LAGS,
    SECOND,
    WINDOWS,
    naive_bars,
    naive_capped,
    naive_counts,
    naive_from_open,
    naive_gap_bin,
    naive_gaps,
    naive_held_spreads,
    naive_moves,
    naive_moves_at,
    naive_returns,
    naive_rows,
    naive_sessions,
    naive_trade_moves,
    stream,
    streams,
)

from lobstats.book import NO_PRICE, replay
from lobstats.causes import ACTIONS
from lobstats.engine import choose_grid, observe, source_of_events
from lobstats.series import BAR_NS, KINDS, series_of_sessions
from lobstats.sessions import find_sessions
from lobstats.simulate import Market, simulate
from lobstats.summary.gaps import lower_edge
from lobstats.summary.summary import Summary, summarise_series
from lobstats.summary.windows import WINDOWS_NS

BUY, SELL, NONE = 1, -1, 0
MS = SECOND // 1000


def series_of(events, *, tick_size=0.25, clock_ns=1):
    book = replay(events, tick_size=tick_size, clock_ns=clock_ns)
    return list(series_of_sessions(events, book, find_sessions(events, book)))


def one(events):
    (series,) = series_of(events)
    return series


def listed(columns):
    return list(zip(*(column.tolist() for column in columns), strict=True))


def gaps(series):
    return [(time, gap) for time, gap, _ in listed(series.gaps())]


def bars(series):
    """Return (second, mid) in runs, as the twin does."""
    runs = {}
    found = series.bars()
    for time, mid, stretch in listed((found.time, found.mid, found.stretch)):
        runs.setdefault(stretch, []).append((time, mid))
    return list(runs.values())


def opened(time=1000, *rows, bid=99.75, ask=100.25):
    """Return a stream that opens with a bid at 399 ticks, an ask at 401 and a trade, all at one time, then rows."""
    return stream(
        (time, "add", BUY, 1, bid, 5),
        (time, "add", SELL, 2, ask, 5),
        (time, "trade", BUY, 0, ask, 1),
        *rows,
    )


# --- gaps, moves and spreads, worked out by hand ----------------------------------------------------------------


def test_each_series_of_a_few_happenings():
    series = one(
        opened(
            1000,
            (1010, "add", BUY, 3, 100.0, 2),
            (1010, "fill", SELL, 2, 100.25, 1),
            (1050, "cancel", BUY, 3, 100.0, 2),
            (1051, "add", SELL, 4, 100.5, 7),
        )
    )
    assert (series.start, series.end) == (1000, 1051)
    assert series.time.tolist() == [1000, 1010, 1050, 1051]
    assert series.n_records.tolist() == [3, 2, 1, 1]
    assert series.mid.tolist() == [800, 801, 800, 800]
    assert series.spread.tolist() == [2, 1, 2, 2]
    assert gaps(series) == [(1010, 10), (1050, 40), (1051, 1)]
    assert listed(series.moves()) == [(1010, 1), (1050, -1), (1051, 0)]
    assert listed(series.held_spreads()) == [(1010, 2, 10), (1050, 1, 40), (1051, 2, 1)]
    assert listed((series.order_time, series.order_size)) == [(1000, 5.0), (1000, 5.0), (1010, 2.0), (1051, 7.0)]


def test_nothing_crosses_a_snapshot():
    snapshot = [
        (1020, "clear", NONE, 0, 0, 0),
        (1020, "add", BUY, 7, 100.0, 5),
        (1020, "add", SELL, 8, 100.25, 5),
    ]
    series = one(opened(1000, (1010, "add", BUY, 3, 99.5, 2), *snapshot, (1030, "add", BUY, 9, 99.0, 1)))
    assert series.time.tolist() == [1000, 1010, 1030]
    assert gaps(series) == [(1010, 10)]
    assert listed(series.moves()) == [(1010, 0)]
    assert listed(series.held_spreads()) == [(1010, 2, 10)]
    assert series.order_size.tolist() == [5.0, 5.0, 2.0, 1.0]


def test_nothing_enters_while_the_book_is_crossed_and_nothing_is_paired_across_it():
    series = one(
        opened(
            1000,
            (1010, "add", BUY, 3, 100.5, 2),
            (1020, "add", SELL, 4, 101.0, 9),
            (1030, "cancel", BUY, 3, 100.5, 2),
            (1045, "add", SELL, 5, 101.0, 1),
        )
    )
    assert series.time.tolist() == [1000, 1030, 1045]
    assert gaps(series) == [(1045, 15)]
    assert listed(series.moves()) == [(1045, 0)]
    assert listed(series.held_spreads()) == [(1045, 2, 15)]
    assert series.order_size.tolist() == [5.0, 5.0, 1.0]


def test_a_locked_book_has_a_spread_of_zero():
    series = one(opened(1000, (1010, "add", BUY, 3, 100.25, 2), (1020, "cancel", BUY, 3, 100.25, 2)))
    assert series.spread.tolist() == [2, 0, 2]
    assert listed(series.held_spreads()) == [(1010, 2, 10), (1020, 0, 10)]


def test_an_empty_side_has_no_mid_and_no_spread_but_its_gaps_count():
    series = one(
        opened(
            1000,
            (1010, "cancel", SELL, 2, 100.25, 5),
            (1030, "add", SELL, 4, 100.5, 9),
            (1035, "add", BUY, 5, 99.0, 1),
        )
    )
    assert series.mid.tolist() == [800, NO_PRICE, 801, 801]
    assert series.spread.tolist() == [2, NO_PRICE, 3, 3]
    assert gaps(series) == [(1010, 10), (1030, 20), (1035, 5)]
    assert listed(series.moves()) == [(1035, 0)]
    assert listed(series.held_spreads()) == [(1010, 2, 10), (1035, 3, 5)]


def test_two_sessions_share_nothing():
    later = 1000 + 31 * 60 * SECOND
    first, second = series_of(
        opened(1000, (1010, "add", BUY, 3, 99.5, 2), (later, "trade", BUY, 0, 100, 1), (later + 7, "fill", 1, 1, 0, 1))
    )
    assert gaps(first) == [(1010, 10)]
    assert gaps(second) == [(later + 7, 7)]
    assert second.order_size.tolist() == []
    assert (second.start, second.end) == (later, later + 7)


def test_adds_before_the_first_trade_and_of_no_quantity_are_no_new_orders():
    series = one(
        stream(
            (5, "add", BUY, 1, 99.75, 5),
            (6, "add", SELL, 2, 100.25, 5),
            (7, "trade", BUY, 0, 100.25, 1),
            (8, "add", BUY, 3, 99.5, 0),
            (9, "add", BUY, 4, 99.5, 0.125),
        )
    )
    assert series.order_size.tolist() == [0.125]


def test_a_coarse_clock_makes_one_happening_of_two():
    fills = [(time, "fill", SELL, 2, 100.25, 1) for time in (5600, 6499, 6500)]
    (series,) = series_of(opened(5000, *fills), clock_ns=1000)
    assert series.time.tolist() == [5000, 6000, 7000]
    assert series.n_records.tolist() == [3, 2, 1]


# --- bars, worked out by hand -----------------------------------------------------------------------------------


def test_a_bar_is_the_last_mid_at_or_before_each_whole_second():
    assert BAR_NS == SECOND
    series = one(
        opened(
            SECOND // 2,
            (SECOND, "add", BUY, 3, 100.0, 2),
            (SECOND + 1, "cancel", BUY, 3, 100.0, 2),
            (4 * SECOND - 1, "add", SELL, 4, 100.0, 1),
            (4 * SECOND, "cancel", SELL, 2, 100.25, 5),
            (5 * SECOND - 1, "cancel", SELL, 4, 100.0, 1),
        )
    )
    # The last event leaves no ask, so what is priced ends with second 4.
    assert bars(series) == [[(SECOND, 801), (2 * SECOND, 800), (3 * SECOND, 800), (4 * SECOND, 799)]]


def test_bars_begin_anew_after_a_break_and_no_return_crosses_it():
    snapshot = [
        (2 * SECOND + 5, "clear", NONE, 0, 0, 0),
        (2 * SECOND + 5, "add", BUY, 7, 100.0, 5),
        (2 * SECOND + 5, "add", SELL, 8, 100.25, 5),
    ]
    rows = [
        (2 * SECOND + 1, "add", BUY, 3, 99.5, 2),
        *snapshot,
        (3 * SECOND, "fill", BUY, 7, 0, 1),
        (4 * SECOND, "fill", BUY, 7, 0, 1),
    ]
    series = one(opened(SECOND, *rows))
    assert bars(series) == [[(SECOND, 800), (2 * SECOND, 800)], [(3 * SECOND, 801), (4 * SECOND, 801)]]
    ((_, summary),) = summarise_series(series, None)
    assert (summary.returns.values.tolist(), summary.returns.counts.tolist()) == ([0], [2])
    assert (summary.from_open.values.tolist(), summary.from_open.counts.tolist()) == ([0, 1], [2, 2])


def test_a_stretch_without_a_whole_second_has_no_bar():
    series = one(opened(SECOND + 1, (2 * SECOND - 1, "add", BUY, 3, 100.0, 2)))
    assert bars(series) == []
    ((_, summary),) = summarise_series(series, None)
    assert summary.returns.n == summary.from_open.n == summary.abs_returns.n == 0


def test_a_session_that_is_crossed_throughout_has_series_without_an_observation():
    series = one(opened(SECOND, (3 * SECOND, "fill", BUY, 1, 0, 1), bid=100.5))
    assert len(series.time) == len(series.order_size) == 0
    assert bars(series) == []
    for row_ns in (None, SECOND):
        ((number, summary),) = summarise_series(series, row_ns)
        assert number == 0
        assert summary.gaps.n == summary.moves.n == summary.spread.n == summary.arrivals.n.sum() == 0


def test_a_session_that_opens_without_a_price_is_measured_from_its_first_mid():
    rows = [
        (SECOND, "trade", BUY, 0, 100.25, 1),
        (2 * SECOND, "add", BUY, 1, 99.75, 5),
        (3 * SECOND - 1, "add", SELL, 2, 100.25, 5),
        (3 * SECOND + 1, "add", BUY, 3, 100.0, 5),
        (5 * SECOND, "fill", BUY, 3, 0, 1),
    ]
    ((_, summary),) = summarise_series(one(stream(*rows)), None)
    assert (summary.from_open.values.tolist(), summary.from_open.counts.tolist()) == ([0, 1], [1, 2])


# --- against the twin -------------------------------------------------------------------------------------------


def assert_series_equal(series, session):
    assert (series.start, series.end) == (session.start, session.end)
    points = [
        (p.time, p.segment, p.n_records, NO_PRICE if p.mid is None else p.mid, NO_PRICE if p.mid is None else p.spread)
        for p in session.points
    ]
    assert listed((series.time, series.segment, series.n_records, series.mid, series.spread)) == points
    assert listed((series.order_time, series.order_size)) == session.orders
    assert gaps(series) == [gap for run in naive_gaps(session) for gap in run]
    assert listed(series.moves()) == naive_moves(session)
    assert listed(series.held_spreads()) == naive_held_spreads(session)
    assert bars(series) == [run for run in naive_bars(session) if run]
    assert series.order_price.tolist() == session.order_prices
    for kind, code in KINDS.items():
        assert series.has_kind[kind].tolist() == [code in p.kinds for p in session.points]
    weighted = [NO_PRICE if p.weighted_mid is None else p.weighted_mid for p in session.points]
    assert series.weighted_mid.tolist() == weighted
    assert series.bid_size.tolist() == [p.bid_size for p in session.points]
    assert series.ask_size.tolist() == [p.ask_size for p in session.points]
    names = [(i, name) for i, p in enumerate(session.points) for name in naive_names(p)]
    assert listed((series.records.at, np.array(ACTIONS, dtype=object)[series.records.action])) == names
    trades = [(i, *trade) for i, p in enumerate(session.points) for trade in p.trades]
    assert listed((series.trades.at, series.trades.side, series.trades.size, series.trades.price)) == trades
    assert listed(series.trade_moves()) == naive_trade_moves(session)
    assert listed(series.weighted_moves()) == naive_moves_at(session.points, lambda p: p.weighted_mid)
    traded = [p for p in session.points if p.trades]
    assert listed(series.mid_moves_by_trade()) == naive_moves_at(traded, lambda p: p.mid)


def assert_counts(counts, values, *, step=1.0, unit="ticks"):
    assert (counts.values.tolist(), counts.counts.tolist()) == naive_counts([naive_capped(value) for value in values])
    assert (counts.step, counts.unit) == (step, unit)


def assert_rows_equal(series, session, row_ns):
    found, expected = dict(summarise_series(series, row_ns)), naive_rows(session, row_ns)
    assert list(found) == list(expected)
    for number, row in expected.items():
        summary = found[number]
        assert_counts(summary.moves, row.moves, step=0.5)
        assert_counts(summary.returns, row.returns, step=0.5)
        assert_counts(summary.from_open, row.from_open, step=0.5)
        for horizon, counts in zip(HORIZONS, summary.by_horizon.counts, strict=True):
            assert_counts(counts, row.by_horizon.get(horizon, []), step=0.5)
        assert_counts(summary.weighted_moves, row.weighted_moves, step=0.01)
        assert_counts(summary.trade_moves, row.trade_moves, step=0.5)
        assert_counts(summary.mid_moves_by_trade, row.mid_moves_by_trade, step=0.5)
        assert_counts(summary.order_digit, row.order_digit, unit="")
        assert_counts(summary.spread, row.spread)
        assert_counts(summary.order_size, row.order_size, step=None, unit="contracts")
        assert_counts(summary.happening_size, row.happening_size, unit="records")
        held = {}
        for spread, ns in row.spread_time:
            held[naive_capped(spread)] = held.get(naive_capped(spread), 0) + ns
        assert dict(listed((summary.spread_time.values, summary.spread_time.counts))) == held
        edges, counts = naive_counts(map(naive_gap_bin, row.gaps))
        assert (lower_edge(summary.gaps.bins).tolist(), summary.gaps.counts.tolist()) == (edges, counts)
        assert (summary.gaps.total, summary.gaps.total_squares) == (sum(row.gaps), sum(gap * gap for gap in row.gaps))
        sums = naive_pair_sums(row.gap_pairs)
        assert summary.gaps.pairs == pytest.approx(np.array(sums), rel=1e-12, abs=1e-12)
        for window in WINDOWS:
            column = WINDOWS_NS.tolist().index(window)
            counts = row.windows.get(window, [])
            n, total, squares = (getattr(summary.arrivals, name)[column] for name in ("n", "total", "squares"))
            assert (n, total, squares) == (len(counts), sum(counts), sum(count * count for count in counts))
        assert_lagged(summary.returns_lags, row, int, int)
        assert_lagged(summary.abs_returns, row, abs, abs)
        assert_lagged(summary.squared_returns, row, square, square)
        assert_lagged(summary.leverage, row, int, square)
        assert_lagged(summary.leverage_sizes, row, int, abs)
        assert_rates(summary.rate_lags, row)
        for column, size in enumerate((1, 2, 3, 4)):
            times, sums = row.times_between.get(size, []), summary.exceedance_times
            assert (sums.moves, sums.thresholds[column]) == (len(row.returns), size)
            assert sums.exceedances[column] == sum(abs(change) >= size for change in row.returns)
            found_sums = [getattr(sums, name)[column] for name in ("pairs", "total", "squares", "longest")]
            assert found_sums == [len(times), sum(times), sum(t * t for t in times), max(times, default=0)]


def square(move):
    return move * move


def assert_lagged(sums, row, earlier, later):
    """Assert what lagged sums hold of the moves, of which ``earlier`` and ``later`` make the two series."""
    first, second = list(map(earlier, row.returns)), list(map(later, row.returns))
    assert (sums.n, sums.total, sums.squares) == (len(first), sum(first), sum(map(square, first)))
    assert (sums.later_total, sums.later_squares) == (sum(second), sum(map(square, second)))
    for column, lag in enumerate(LAGS):
        pairs = [(earlier(a), later(b)) for a, b in row.lagged.get(lag, [])]
        found = [getattr(sums, name)[column] for name in ("pairs", "products", "earlier", "later")]
        assert found == [len(pairs), sum(a * b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)]


def assert_rates(rates, row):
    counts = row.windows.get(SECOND, [])
    assert (rates.n, rates.total, rates.squares) == (len(counts), sum(counts), sum(map(square, counts)))
    for column, lag in enumerate(LAGS):
        pairs = row.rate_lagged.get(lag, [])
        found = [getattr(rates, name)[column] for name in ("pairs", "products", "earlier", "later")]
        assert found == [len(pairs), sum(a * b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)]


@settings(max_examples=60)
@given(streams())
def test_series_equal_the_twin(events):
    sessions, _ = naive_sessions(events, 0.25)
    for series, session in zip(series_of(events), sessions, strict=True):
        assert_series_equal(series, session)


@settings(max_examples=60)
@given(streams(depth=True))
def test_series_of_a_stream_with_depth_equal_the_twin(events):
    sessions, _ = naive_sessions(events, 0.25)
    for series, session in zip(series_of(events), sessions, strict=True):
        assert_series_equal(series, session)


@settings(max_examples=60)
@given(streams(), st.sampled_from([None, 250 * MS, SECOND, 2_500 * MS, 30 * SECOND]))
def test_rows_equal_the_twin(events, row_ns):
    sessions, _ = naive_sessions(events, 0.25)
    for series, session in zip(series_of(events), sessions, strict=True):
        assert_rows_equal(series, session, row_ns)


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_a_simulated_market_equals_the_twin(seed):
    market = Market(n_sessions=2, session_seconds=90.0, rate=4.0)
    events = simulate(market, rng=np.random.default_rng(seed))
    sessions, _ = naive_sessions(events, 0.25)
    assert len(sessions) == 2
    for series, session in zip(series_of(events), sessions, strict=True):
        assert_series_equal(series, session)
        assert_rows_equal(series, session, 20 * SECOND)


def test_esh4_equals_the_twin(esh4):
    (session,), _ = naive_sessions(esh4, 0.25)
    series = one(esh4)
    assert_series_equal(series, session)
    assert_rows_equal(series, session, 30 * SECOND)
    assert sum(map(len, naive_returns(session))) == len(naive_from_open(session)) - len(naive_bars(session))


# --- rows add up ------------------------------------------------------------------------------------------------


def assert_summaries_equal(one, other):
    """Assert that counts are equal and sums are to 1e-12."""
    for name in ("moves", "returns", "spread", "spread_time", "order_size", "happening_size", "from_open"):
        mine, its = getattr(one, name), getattr(other, name)
        assert mine.values.tolist() == its.values.tolist(), name
        assert mine.counts.tolist() == its.counts.tolist(), name
        assert (mine.step, mine.unit) == (its.step, its.unit)
    assert one.gaps.bins.tolist() == other.gaps.bins.tolist()
    assert one.gaps.counts.tolist() == other.gaps.counts.tolist()
    assert (one.gaps.total, one.gaps.total_squares) == (other.gaps.total, other.gaps.total_squares)
    assert one.gaps.pairs == pytest.approx(other.gaps.pairs, rel=1e-12)
    for name in ("n", "total", "squares", "pairs", "changes"):
        assert getattr(one.arrivals, name).tolist() == getattr(other.arrivals, name).tolist()
    assert (one.trains.gaps, one.trains.within.tolist()) == (other.trains.gaps, other.trains.within.tolist())
    for mine, its in zip(one.trains.sizes, other.trains.sizes, strict=True):
        assert (mine.values.tolist(), mine.counts.tolist()) == (its.values.tolist(), its.counts.tolist())
    for name in ("counts", "covered"):
        assert getattr(one.day_rate, name).tolist() == getattr(other.day_rate, name).tolist()
    for name in ("fitted", "skipped", "failed", "excited"):
        assert getattr(one.hawkes, name) == getattr(other.hawkes, name)
    assert (one.hawkes.ratio, one.hawkes.log_decay) == pytest.approx((other.hawkes.ratio, other.hawkes.log_decay))
    for name in ("returns_lags", "abs_returns", "squared_returns", "leverage", "rate_lags", "volume_volatility"):
        assert_sums_equal(getattr(one, name), getattr(other, name))
    assert_sums_equal(one.coarse_fine.coarse_first, other.coarse_fine.coarse_first)
    assert_sums_equal(one.coarse_fine.fine_first, other.coarse_fine.fine_first)
    assert one.lag_gram.products == pytest.approx(other.lag_gram.products, rel=1e-12)


def assert_sums_equal(one, other):
    assert one.n == other.n
    assert one.pairs.tolist() == other.pairs.tolist()
    for name in ("total", "squares", "later_total", "later_squares", "products", "earlier", "later"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, err_msg=name)


@settings(max_examples=60)
@given(streams(), st.sampled_from([1, 250 * MS, SECOND, 30 * SECOND]))
def test_rows_of_any_length_add_up_to_the_session(events, row_ns):
    for series in series_of(events):
        ((_, whole),) = summarise_series(series, None)
        parts = [summary for _, summary in summarise_series(series, row_ns)]
        assert_summaries_equal(reduce(add, parts), whole)


@pytest.mark.parametrize("row_seconds", [7, 30, 300])
def test_rows_of_esh4_add_up_to_the_session(esh4, row_seconds):
    series = one(esh4)
    ((_, whole),) = summarise_series(series, None)
    rows = summarise_series(series, row_seconds * SECOND)
    assert all(isinstance(summary, Summary) for _, summary in rows)
    assert [number for number, _ in rows] == sorted({number for number, _ in rows})
    assert_summaries_equal(reduce(add, (summary for _, summary in rows)), whole)


# --- a clock of its own, and cuts -------------------------------------------------------------------------------


def test_a_stream_on_a_comb_of_256_ns_keeps_its_times_through_a_cut_to_the_nearest_microsecond():
    market = simulate(Market(n_sessions=1, session_seconds=60.0), rng=np.random.default_rng(1))
    combed = market.copy()
    combed["exch_ts"] = np.rint(market["exch_ts"] // 1000 * 1000 / 256).astype(np.int64) * 256
    source = source_of_events("combed", combed)
    assert choose_grid(source).clock_ns == 1000
    (whole,) = observe(source, choose_grid(source)).series
    assert (whole.time % 1000 == 0).all()
    assert np.isin(whole.time, market["exch_ts"] // 1000 * 1000).all()


def test_a_cut_leaves_the_times_of_a_stream_on_a_comb_of_256_ns_alone():
    market = simulate(Market(n_sessions=1, session_seconds=60.0), rng=np.random.default_rng(1))
    combed = market.copy()
    combed["exch_ts"] = np.rint(market["exch_ts"] // 1000 * 1000 / 256).astype(np.int64) * 256
    source = source_of_events("combed", combed)
    (whole,) = observe(source, choose_grid(source)).series
    start = int(whole.start + 30 * SECOND)
    (part,) = observe(source, choose_grid(source, start_ns=start)).series
    assert part.time.tolist() == whole.time[whole.time >= part.start].tolist()
