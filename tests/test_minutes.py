"""Whole minutes: coarse against fine volatility, and volume against volatility."""

import math
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_lags import naive_lagged_correlation, naive_minutes

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import (
    coarse_fine_asymmetry,
    coarse_fine_asymmetry_curve,
    volume_volatility_correlation,
    volume_volatility_curve,
)
from lobstats.result import Basis
from lobstats.series import Series, Trades
from lobstats.summary.counts import Counts
from lobstats.summary.lags import LagSums
from lobstats.summary.minutes import VOLUME_LAGS, CoarseFine, coarse_fine_rows, volume_rows, whole_minutes
from lobstats.summary.reference import Reference

SECOND = 1_000_000_000
MINUTE = 60 * SECOND


def arrays(runs):
    """Return time, move and stretch of runs of (second, move)."""
    time = np.array([second for run in runs for second, _ in run], dtype=np.int64) * SECOND
    moves = np.array([move for run in runs for _, move in run], dtype=np.float64)
    return time, moves, np.repeat(np.arange(len(runs)), [len(run) for run in runs])


@st.composite
def runs(draw):
    """Draw runs of seconds with pauses between them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    second, found = draw(st.integers(1, 130)), []
    for _ in range(draw(st.integers(1, 4))):
        length = draw(st.sampled_from([1, 30, 59, 60, 61, 120, 200, 700]))
        found.append(list(zip(range(second, second + length), rng.integers(-9, 10, length).tolist(), strict=True)))
        second += length + draw(st.integers(0, 70))
    return found


def naive_series(drawn):
    """Return the coarse and the fine series, one list a run."""
    minutes = [naive_minutes(run) for run in drawn]
    return [[m[1] for m in run] for run in minutes], [[m[2] for m in run] for run in minutes]


# --- minutes ----------------------------------------------------------------------------------------------------


@given(runs())
def test_minutes_equal_the_twin(drawn):
    found = whole_minutes(*arrays(drawn))
    expected = [minute for run in drawn for minute in naive_minutes(run)]
    columns = (found.end // SECOND, found.coarse, found.fine, found.squares)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected
    assert len(set(zip(found.stretch.tolist(), found.end.tolist(), strict=True))) == len(expected)


def test_a_minute_across_a_break_or_cut_short_is_none():
    whole = [(second, 1) for second in range(61, 181)]
    assert len(whole_minutes(*arrays([whole])).end) == 2
    assert len(whole_minutes(*arrays([whole[:119]])).end) == 1
    assert len(whole_minutes(*arrays([whole[:90], whole[90:]])).end) == 1
    assert len(whole_minutes(*arrays([whole[:30], whole[30:90], whole[90:]])).end) == 0


@settings(max_examples=40)
@given(runs(), st.lists(st.integers(0, 3_500), max_size=5))
def test_rows_add_up_and_a_pair_belongs_to_the_row_of_its_later_minute(drawn, inner):
    minutes = whole_minutes(*arrays(drawn))
    edges = np.array([0, *sorted(inner), 4_000]) * SECOND
    rows = coarse_fine_rows(minutes, edges)
    total = reduce(add, rows)
    coarse, fine = naive_series(drawn)
    for lag in (1, 2, 10):
        for sums, (x, y) in ((total.coarse_first, (coarse, fine)), (total.fine_first, (fine, coarse))):
            pairs = [(a[i - lag], b[i]) for a, b in zip(x, y, strict=True) for i in range(lag, len(a))]
            at = sums.at(lag)
            assert (sums.pairs[at], sums.products[at]) == (len(pairs), sum(a * b for a, b in pairs))
    for row, begin, end in zip(rows, edges[:-1], edges[1:], strict=True):
        ends = [minute[0] * SECOND for run in drawn for minute in naive_minutes(run)]
        later = [minute[0] * SECOND for run in drawn for minute in naive_minutes(run)[1:]]
        assert row.coarse_first.n == sum(begin <= time < end for time in ends)
        assert row.fine_first.pairs[0] == sum(begin <= time < end for time in later)


# --- coarse and fine --------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_the_asymmetry_equals_its_twin_on_a_series_with_breaks(seed):
    rng = np.random.default_rng(seed)
    lengths = [60 * int(minutes) for minutes in rng.integers(3, 60, 4)] + [60 * 60]
    starts = np.cumsum([0, *(length + 60 for length in lengths)])
    drawn = [
        list(zip(range(start + 1, start + length + 1), rng.integers(-9, 10, length).tolist(), strict=True))
        for start, length in zip(starts.tolist(), lengths, strict=False)
    ]
    sums = coarse_fine_rows(whole_minutes(*arrays(drawn)), np.array([0, 1 << 60]))[0]
    coarse, fine = naive_series(drawn)
    curve = coarse_fine_asymmetry_curve(sums)
    for lag in curve.x.astype(int).tolist():
        forth, pairs = naive_lagged_correlation(coarse, fine, lag)
        back, _ = naive_lagged_correlation(fine, coarse, lag)
        assert curve.value[lag - 1] == pytest.approx(forth - back, abs=1e-11)
        assert curve.n[lag - 1] == pairs
    assert coarse_fine_asymmetry(sums).value == curve.value[0]


def test_a_market_whose_fine_volatility_follows_the_coarse_one_is_asymmetric():
    # Each minute's noise has the size of the move over the minute before; its own drift is as large as ever.
    rng = np.random.default_rng(1)
    drift = rng.exponential(1, 20_000) * rng.choice([-1, 1], 20_000)
    noise = rng.normal(size=(20_000, 60)) * np.abs(np.roll(drift, 1))[:, None]
    noise -= noise.mean(axis=1, keepdims=True)
    moves = (drift[:, None] / 60 + noise).ravel()
    assert coarse_fine_asymmetry(moves).value > 0.8
    assert coarse_fine_asymmetry(moves[::-1]).value < -0.8
    assert np.abs(coarse_fine_asymmetry_curve(moves).value[1:]).max() < 0.05


def test_the_curve_goes_up_to_the_horizon_and_one_minute_at_least():
    moves = np.random.default_rng(1).normal(size=6_000)
    for seconds, longest in ((10, 1), (150, 2), (10_000, 10)):
        curve = coarse_fine_asymmetry_curve(moves, reference=Reference(Counts.of([0]), seconds * SECOND))
        assert curve.x.tolist() == list(range(1, longest + 1))
        assert (curve.x_unit, curve.basis.horizon) == ("minutes", "windows of 60 s")


def test_too_few_minutes_or_no_movement_have_no_asymmetry():
    moves = np.random.default_rng(1).normal(size=31 * 60)
    assert coarse_fine_asymmetry(moves).n == 30
    with pytest.raises(InsufficientDataError, match=r"^29 pairs at lag 1 minute; 30 are needed\.$"):
        coarse_fine_asymmetry(moves[:-60])
    with pytest.raises(InsufficientDataError, match=r"^no lag of whole minutes has 30 pairs\.$"):
        coarse_fine_asymmetry_curve(moves[:-60])
    with pytest.raises(InsufficientDataError, match=r"^the one-minute moves do not vary\.$"):
        coarse_fine_asymmetry(np.ones(6_000))
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        CoarseFine.of([math.nan])


# --- volume -----------------------------------------------------------------------------------------------------


def traded(times, sizes):
    """Return a session in which each happening is a trade."""
    time = np.array(times, dtype=np.int64)
    n = len(time)
    none = np.zeros(n, dtype=np.int64)
    trades = Trades(np.arange(n), none.astype(np.int8), np.array(sizes, dtype=np.float64), none)
    return replace(Series.empty(), time=time, segment=none, trades=trades)


@settings(max_examples=40)
@given(runs(), st.integers(0, 2**32 - 1), st.lists(st.integers(0, 3_500), max_size=4))
def test_rows_of_volume_and_volatility_equal_the_twin(drawn, seed, inner):
    rng = np.random.default_rng(seed)
    minutes = whole_minutes(*arrays(drawn))
    times = np.sort(np.concatenate([rng.integers(0, 3_500 * SECOND, 50), rng.choice(60, 10) * MINUTE]))
    sizes = rng.integers(1, 9, 60)
    edges = np.array([0, *sorted(inner), 4_000]) * SECOND
    found = volume_rows(minutes, traded(times, sizes), edges)
    for sums, begin, end in zip(found, edges[:-1], edges[1:], strict=True):
        pairs = []
        for last, _, _, squares in (minute for run in drawn for minute in naive_minutes(run)):
            if begin <= last * SECOND < end:
                inside = (times > (last - 60) * SECOND) & (times <= last * SECOND)
                pairs.append((math.sqrt(sizes[inside].sum()), math.sqrt(squares)))
        assert sums.n == sums.pairs[0] == len(pairs)
        expected = [sum(x for x, _ in pairs), sum(y for _, y in pairs), sum(x * y for x, y in pairs)]
        assert [sums.total, sums.later_total, sums.products[0]] == pytest.approx(expected, rel=1e-12)


def test_the_correlation_is_numpys_of_the_roots():
    rng = np.random.default_rng(1)
    flow = rng.gamma(2, size=300)
    table = np.stack([rng.poisson(20 * flow), flow * rng.gamma(30, size=300)], axis=1)
    found = volume_volatility_correlation(table)
    assert found.value == pytest.approx(np.corrcoef(np.sqrt(table).T)[0, 1], abs=1e-12)
    assert found.value > 0.8
    assert (found.n, found.scale, found.params) == (300, "atanh", {"window_seconds": 60})
    assert found.basis == Basis("clock time", "windows of 60 s", "whole minutes")
    parts = [LagSums.between(*np.sqrt(half).T, lags=VOLUME_LAGS) for half in (table[:100], table[100:])]
    assert volume_volatility_correlation(parts[0] + parts[1]).value == pytest.approx(found.value, abs=1e-12)


@settings(max_examples=20)
@given(runs(), st.integers(0, 2**32 - 1))
def test_volume_and_later_volatility_are_correlated_as_the_twin_says(drawn, seed):
    rng = np.random.default_rng(seed)
    times, sizes = np.sort(rng.integers(0, 3_500 * SECOND, 900)), rng.integers(1, 9, 900)
    sums = volume_rows(whole_minutes(*arrays(drawn)), traded(times, sizes), np.array([0, 4_000 * SECOND]))[0]
    volumes, squares = [], []
    for run in drawn:
        minutes = naive_minutes(run)
        inside = [(times > (last - 60) * SECOND) & (times <= last * SECOND) for last, *_ in minutes]
        volumes.append([math.sqrt(sizes[own].sum()) for own in inside])
        squares.append([math.sqrt(square) for *_, square in minutes])
    for lag in range(11):
        assert sums.lags[lag] == lag
        pairs = [(x, y) for xs, ys in zip(volumes, squares, strict=True) for x, y in zip(xs, ys[lag:], strict=False)]
        assert sums.pairs[lag] == len(pairs)
        assert sums.products[lag] == pytest.approx(sum(x * y for x, y in pairs), rel=1e-12)


def test_the_curve_over_lags_is_the_twins_and_begins_with_the_correlation():
    rng = np.random.default_rng(1)
    flow = np.exp(np.convolve(rng.normal(size=420), np.full(4, 0.4), "valid"))
    table = np.stack([rng.poisson(20 * flow), flow * rng.gamma(30, size=len(flow))], axis=1)
    curve = volume_volatility_curve(table)
    roots = np.sqrt(table).tolist()
    volumes, moves = ([row[i] for row in roots] for i in (0, 1))
    for lag, value, n in zip(range(11), curve.value, curve.n, strict=True):
        expected, pairs = naive_lagged_correlation([volumes], [moves], lag)
        assert (value, n) == (pytest.approx(expected, abs=1e-9), pairs)
    assert curve.value[0] == volume_volatility_correlation(table).value > curve.value[2] > np.abs(curve.value[5:]).max()
    assert (curve.x_unit, curve.scale) == ("minutes", "atanh")
    for seconds, longest in ((1, 1), (180, 3), (9_000, 10)):
        reference = Reference(Counts.of([1]), seconds * SECOND)
        assert volume_volatility_curve(table, reference=reference).x[-1] == longest


def test_sizes_up_to_1e300_give_an_answer_or_say_why():
    seconds = np.arange(1, 61 * 60)
    moves = np.random.default_rng(1).integers(-5, 6, len(seconds)).astype(np.float64)
    minutes = whole_minutes(seconds * SECOND, moves, np.zeros(len(seconds), dtype=np.int64))
    times = np.arange(1, 59) * MINUTE
    for size, count in ((1e300, 1), (1.7e308, 3)):
        series = traded(np.repeat(times, count), [size] * (58 * count))
        sums = volume_rows(minutes, series, np.array([0, 1 << 60]))[0]
        if math.isfinite(sums.squares):
            assert abs(volume_volatility_correlation(sums).value) <= 1
        else:
            with pytest.raises(InsufficientDataError, match=r"^the volumes are too large to be squared\.$"):
                volume_volatility_correlation(sums)


def test_too_few_minutes_or_no_trade_have_no_correlation():
    with pytest.raises(InsufficientDataError, match=r"^29 whole minutes; 30 are needed\.$"):
        volume_volatility_correlation(np.ones((29, 2)))
    with pytest.raises(InsufficientDataError, match=r"^29 whole minutes; 30 are needed\.$"):
        volume_volatility_curve(np.ones((29, 2)))
    with pytest.raises(InsufficientDataError, match=r"^the volumes do not vary\.$"):
        volume_volatility_correlation(np.stack([np.zeros(40), np.arange(40)], axis=1))
