"""`LagSums`: what an autocorrelation is made of, row by row."""

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobstats.summary.lags import LAGS, LagSums, lag_rows

VALUES = st.integers(0, 1000)


@st.composite
def rows(draw, longest=80):
    """Draw a series, the stretch of each value and the edges of rows, some of them empty."""
    x = draw(st.lists(VALUES, max_size=longest))
    breaks = draw(st.sets(st.integers(0, max(len(x) - 1, 0)), max_size=4))
    stretch = [sum(b <= t for b in breaks) for t in range(len(x))]
    inner = draw(st.lists(st.integers(0, len(x)), max_size=6))
    return x, stretch, [0, *sorted(inner), len(x)]


def arrays(x, stretch, edges):
    return np.array(x, dtype=np.float64), np.array(stretch, dtype=np.int64), np.array(edges, dtype=np.int64)


def naive_row(x, stretch, begin, end):
    """Return n, total and squares of a row, and for each lag its pairs (earlier, later)."""
    own = x[begin:end]
    pairs = {
        lag: [(x[t - lag], x[t]) for t in range(begin, end) if t >= lag and stretch[t] == stretch[t - lag]]
        for lag in LAGS.tolist()
    }
    return len(own), sum(own), sum(value * value for value in own), pairs


def assert_equals(sums, expected):
    n, total, squares, pairs = expected
    assert (sums.n, sums.total, sums.squares) == (n, total, squares)
    assert sums.pairs.tolist() == [len(pairs[lag]) for lag in LAGS.tolist()]
    for column, lag in enumerate(LAGS.tolist()):
        products = sum(a * b for a, b in pairs[lag])
        earlier, later = sum(a for a, _ in pairs[lag]), sum(b for _, b in pairs[lag])
        assert (sums.products[column], sums.earlier[column], sums.later[column]) == (products, earlier, later)


# --- rows -------------------------------------------------------------------------------------------------------


def test_the_lags_are_one_to_thirty_then_wider_ones_to_five_minutes():
    assert LAGS.tolist() == [*range(1, 31), 35, 40, 45, 50, 60, 70, 80, 90, 100, 120, 140, 170, 200, 240, 300]


def test_three_values_worked_out_by_hand():
    sums = LagSums.of([1.0, 2.0, 5.0])
    assert (sums.n, sums.total, sums.squares) == (3, 8.0, 30.0)
    assert sums.pairs[:3].tolist() == [2, 1, 0]
    assert sums.products[:3].tolist() == [12.0, 5.0, 0.0]
    assert sums.earlier[:3].tolist() == [3.0, 1.0, 0.0]
    assert sums.later[:3].tolist() == [7.0, 5.0, 0.0]


def test_a_pair_across_a_break_is_not_counted():
    sums = lag_rows(*arrays([1, 2, 5, 7], [0, 0, 1, 1], [0, 4]))[0]
    assert sums.pairs[:3].tolist() == [2, 0, 0]
    assert sums.products[0] == 1 * 2 + 5 * 7


def test_a_pair_across_a_rows_edge_belongs_to_the_later_row():
    first, second = lag_rows(*arrays([1, 2, 5, 7], [0, 0, 0, 0], [0, 2, 4]))
    assert first.pairs[:3].tolist() == [1, 0, 0]
    assert second.pairs[:4].tolist() == [2, 2, 1, 0]
    assert second.products[:3].tolist() == [2 * 5 + 5 * 7, 1 * 5 + 2 * 7, 7]


@given(rows())
def test_rows_equal_the_twin(drawn):
    x, stretch, edges = drawn
    found = lag_rows(*arrays(*drawn))
    assert len(found) == len(edges) - 1
    for sums, begin, end in zip(found, edges, edges[1:], strict=False):
        assert_equals(sums, naive_row(x, stretch, begin, end))


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_rows_of_a_long_series_reach_every_lag(seed):
    rng = np.random.default_rng(seed)
    n = 700
    x = rng.integers(0, 50, n).tolist()
    stretch = np.cumsum(rng.random(n) < 0.003).tolist()
    edges = [0, *sorted(rng.integers(0, n + 1, 5).tolist()), n]
    for sums, begin, end in zip(lag_rows(*arrays(x, stretch, edges)), edges, edges[1:], strict=False):
        assert_equals(sums, naive_row(x, stretch, begin, end))


@given(rows())
def test_rows_add_up_to_the_whole(drawn):
    x, stretch, _ = drawn
    total = reduce(add, lag_rows(*arrays(*drawn)))
    assert_equals(total, naive_row(x, stretch, 0, len(x)))


# --- adding up --------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(VALUES, max_size=40), min_size=3, max_size=3))
def test_sums_add_up_in_any_grouping_and_never_pair_across_a_seam(parts):
    one, two, three = map(LagSums.of, parts)
    stretch = [number for number, part in enumerate(parts) for _ in part]
    x = [value for part in parts for value in part]
    expected = naive_row(x, stretch, 0, len(x))
    assert_equals((one + two) + three, expected)
    assert_equals(one + (two + three), expected)


def test_sums_of_large_values_keep_their_relative_precision():
    x = np.random.default_rng(1).integers(0, 2**40, 2_000)
    exact = sum(int(value) ** 2 for value in x)
    assert LagSums.of(x).squares == pytest.approx(exact, rel=1e-14)
    assert LagSums.of(x).products[4] == pytest.approx(sum(int(a) * int(b) for a, b in zip(x, x[5:], strict=False)))


def test_sums_over_different_lags_do_not_add_up():
    sums = LagSums.of([1.0, 2.0])
    none, zeros = np.array([1, 2]), np.zeros(2)
    other = LagSums(none, 1, 0.0, 0.0, none, zeros, zeros, zeros)
    with pytest.raises(ValueError, match=r"^lagged sums over different lags do not add up\.$"):
        sums + other


# --- arrays -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(missing):
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        LagSums.of([1.0, missing])


@pytest.mark.parametrize("data", [[], [3.0]])
def test_nothing_or_one_value_gives_no_pair(data):
    sums = LagSums.of(data)
    assert (sums.n, sums.total, sums.pairs.sum()) == (len(data), sum(data), 0)


def test_sums_are_returned_as_they_are():
    sums = LagSums.of([1.0])
    assert LagSums.of(sums) is sums
