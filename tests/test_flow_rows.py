"""What a summary keeps of order flow, against the twin."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_flow import EVENTS, STEPS, naive_flow_rows
from naive_metrics import naive_counts, naive_sessions, streams

from lobstats.book import replay
from lobstats.events.formats import read
from lobstats.series import series_of_sessions
from lobstats.sessions import find_sessions
from lobstats.summary import imbalance, responses, touch_events, transitions
from lobstats.summary.counts import rounded
from lobstats.summary.imbalance import IMBALANCE_LAGS
from lobstats.summary.responses import RESPONSE_LAGS
from lobstats.summary.signs import SIGN_LAGS
from lobstats.summary.summary import summarise_series
from lobstats.summary.touch_events import TOUCH_EVENTS

SECOND = 1_000_000_000


def series_of(events, tick_size):
    book = replay(events, tick_size=tick_size)
    return list(series_of_sessions(events, book, find_sessions(events, book)))


def assert_rows_equal(series, session, row_ns):
    found = dict(summarise_series(series, row_ns))
    expected = naive_flow_rows(
        session,
        row_ns,
        sign_lags=SIGN_LAGS.tolist(),
        flow_lags=IMBALANCE_LAGS.tolist(),
        response_lags=RESPONSE_LAGS.tolist(),
    )
    assert list(found) == list(expected)
    for number, row in expected.items():
        assert_row_equals(found[number], row)


def assert_row_equals(summary, row):
    assert (summary.trade_signs.n, summary.trade_signs.known.n) == (row.trades, len(row.signs))
    assert summary.trade_signs.known.total == sum(row.signs)
    assert_pairs(summary.trade_signs.known, row.sign_pairs)
    assert_counts(summary.order_flow_imbalance, rounded(np.array(row.flows)).tolist())
    assert_pairs(summary.order_flow_lags, row.flow_pairs)
    for sums, pairs in ((summary.order_flow_moves, row.flow_moves), (summary.order_flow_moves_10s, row.flow_moves_10s)):
        x, y = (list(column) for column in zip(*pairs, strict=True)) if pairs else ([], [])
        assert sums.n == sums.pairs[0] == len(pairs)
        expected = [
            sum(x),
            sum(y),
            *(sum(a * b for a, b in zip(p, q, strict=True)) for p, q in ((x, x), (x, y), (y, y))),
        ]
        assert [sums.total, sums.later_total, sums.squares, sums.products[0], sums.later_squares] == expected
    counts = summary.transitions.counts
    assert {(STEPS[i], STEPS[j]): counts[i, j] for i, j in zip(*np.nonzero(counts), strict=True)} == row.transitions
    assert_counts(summary.minute_volume, row.minute_volume)
    assert_counts(summary.minute_trades, row.minute_trades)
    assert_counts(summary.five_minute_trades, row.five_minute_trades)
    for k, lag in enumerate(RESPONSE_LAGS.tolist()):
        assert_response(summary.trade_response, 0, k, row.trade_response[lag])
        for event in range(len(EVENTS)):
            assert_response(summary.event_response, event, k, row.event_response[event, lag])
    for k, seconds in enumerate((1, 10)):
        assert_response(summary.clock_response, 0, k, row.clock_response[seconds])


def assert_pairs(sums, by_lag):
    for k, lag in enumerate(sums.lags.tolist()):
        pairs = by_lag[lag]
        assert sums.pairs[k] == len(pairs)
        expected = sum(x * y for x, y in pairs), sum(x for x, _ in pairs), sum(y for _, y in pairs)
        assert (sums.products[k], sums.earlier[k], sums.later[k]) == expected


def assert_counts(counts, values):
    assert (counts.values.tolist(), counts.counts.tolist()) == naive_counts(values)


def assert_response(sums, kind, k, values):
    assert (sums.pairs[kind, k], sums.total[kind, k]) == (len(values), sum(values))


@settings(max_examples=150)
@given(streams(most=80), st.sampled_from([None, SECOND, 70 * SECOND]))
def test_random_streams_equal_the_twin(events, row_ns):
    sessions, _ = naive_sessions(events, 0.25)
    for series, session in zip(series_of(events, 0.25), sessions, strict=True):
        assert_rows_equal(series, session, row_ns)


@settings(max_examples=30)
@given(streams(depth=True, backwards=True))
def test_streams_with_depth_and_times_that_go_back_equal_the_twin(events):
    sessions, _ = naive_sessions(events, 0.25)
    for series, session in zip(series_of(events, 0.25), sessions, strict=True):
        assert_rows_equal(series, session, None)


@pytest.mark.parametrize(("recording", "tick_size"), [("esh4", 0.25), ("clx5", 0.01), ("tsla", 0.01)])
def test_recordings_equal_the_twin_in_rows_of_ten_minutes(recording, tick_size, request, data):
    if recording == "tsla":
        events = read(data / "deepmarket" / "real_TSLA_2015-01-29.parquet")
    else:
        events = request.getfixturevalue(recording)
    sessions, _ = naive_sessions(events, tick_size)
    for series, session in zip(series_of(events, tick_size), sessions, strict=True):
        assert_rows_equal(series, session, 600 * SECOND)


@pytest.mark.parametrize("row_seconds", [1, 7, 300])
def test_rows_of_a_recording_add_up_to_the_session(esh4, row_seconds):
    (series,) = series_of(esh4, 0.25)
    ((_, whole),) = summarise_series(series, None)
    total = reduce(add, [summary for _, summary in summarise_series(series, row_seconds * SECOND)])
    for name in ("trade_response", "clock_response", "event_response"):
        assert getattr(total, name).pairs.tolist() == getattr(whole, name).pairs.tolist()
        assert getattr(total, name).total.tolist() == getattr(whole, name).total.tolist()
    assert total.transitions.counts.tolist() == whole.transitions.counts.tolist()
    for name in ("order_flow_imbalance", "minute_volume", "minute_trades", "five_minute_trades"):
        assert getattr(total, name).counts.tolist() == getattr(whole, name).counts.tolist()
    for name in ("order_flow_lags", "order_flow_moves", "order_flow_moves_10s"):
        assert getattr(total, name).products.tolist() == getattr(whole, name).products.tolist()


def test_kernels_do_the_same_uncompiled(clx5, monkeypatch):
    (series,) = series_of(clx5[:6_000], 0.01)
    ((_, compiled),) = summarise_series(series, None)
    monkeypatch.setattr(imbalance, "_sum_windows", imbalance._sum_windows.py_func)
    monkeypatch.setattr(responses, "_add_up", responses._add_up.py_func)
    monkeypatch.setattr(touch_events, "_classify", touch_events._classify.py_func)
    monkeypatch.setattr(touch_events, "_sign", touch_events._sign.py_func)
    ((_, plain),) = summarise_series(series, None)
    assert plain.order_flow_moves.products.tolist() == compiled.order_flow_moves.products.tolist()
    assert plain.event_response.total.tolist() == compiled.event_response.total.tolist()


def test_names_are_those_of_the_twin():
    assert transitions.STEPS == STEPS
    assert TOUCH_EVENTS == EVENTS
