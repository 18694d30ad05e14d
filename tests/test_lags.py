"""`LagSums`: what an autocorrelation is made of, row by row."""

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_lags import naive_row
from naive_metrics import LAGS as NAIVE_LAGS

from lobstats.summary import lags as lags_module
from lobstats.summary.lags import LAGS, LagSums, lag_rows

kernel = lags_module._sum_pairs
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


def twin(x, stretch, begin, end, later=None, lags=LAGS):
    return naive_row(x, x if later is None else later, stretch, begin, end, lags.tolist())


def assert_equals(sums, expected):
    moments, columns = expected
    assert (sums.n, sums.total, sums.squares, sums.later_total, sums.later_squares) == moments
    assert listed(sums.pairs, sums.products, sums.earlier, sums.later) == columns


def listed(*columns):
    return list(zip(*(column.tolist() for column in columns), strict=True))


# --- rows -------------------------------------------------------------------------------------------------------


def test_the_lags_are_each_up_to_34_seconds_then_even_on_a_logarithmic_scale_to_10_000():
    assert LAGS[:34].tolist() == list(range(1, 35))
    assert (len(LAGS), LAGS[-1]) == (199, 10_000)
    assert {50, 60, 100, 300, 1000} <= set(LAGS.tolist())
    steps = np.diff(np.log(LAGS[LAGS > 300]))
    assert steps == pytest.approx(np.full(len(steps), math.log(10) / 67), abs=2 / 300)
    assert LAGS.tolist() == NAIVE_LAGS


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
        assert_equals(sums, twin(x, stretch, begin, end))


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_rows_of_a_long_series_equal_the_twin(seed):
    rng = np.random.default_rng(seed)
    n = 700
    x = rng.integers(0, 50, n).tolist()
    stretch = np.cumsum(rng.random(n) < 0.003).tolist()
    edges = [0, *sorted(rng.integers(0, n + 1, 5).tolist()), n]
    for sums, begin, end in zip(lag_rows(*arrays(x, stretch, edges)), edges, edges[1:], strict=False):
        assert_equals(sums, twin(x, stretch, begin, end))


def test_rows_of_a_series_of_three_hours_reach_every_lag():
    rng = np.random.default_rng(1)
    x, y = rng.integers(-50, 50, (2, 10_900)).astype(np.float64)
    stretch = np.repeat([0, 1], [300, 10_600])
    (sums,) = lag_rows(x, stretch, np.array([0, len(x)]), later=y)
    assert (sums.pairs > 0).all()
    for column, lag in enumerate(LAGS.tolist()):
        same = stretch[lag:] == stretch[:-lag]
        early, late = x[:-lag][same], y[lag:][same]
        found = [getattr(sums, name)[column] for name in ("pairs", "products", "earlier", "later")]
        assert found == [same.sum(), early @ late, early.sum(), late.sum()]


@given(rows(), st.integers(0, 2**32 - 1), st.sampled_from([[0], [0, 1], [1, 2, 5], [79]]))
def test_sums_of_two_series_at_chosen_lags_equal_the_twin(drawn, seed, lags):
    x, stretch, edges = drawn
    y, lags = np.random.default_rng(seed).integers(-9, 9, len(x)), np.array(lags)
    found = lag_rows(*arrays(*drawn), later=y.astype(np.float64), lags=lags)
    for sums, begin, end in zip(found, edges, edges[1:], strict=False):
        assert_equals(sums, twin(x, stretch, begin, end, y.tolist(), lags))


@given(rows(longest=30))
def test_the_compiled_sums_are_those_of_the_plain_function(drawn):
    x, stretch, edges = arrays(*drawn)
    begins = np.array([np.flatnonzero(stretch == own)[0] for own in stretch], dtype=np.int64)
    results = []
    for function in (kernel, getattr(kernel, "py_func", kernel)):
        pairs, sums = np.zeros((len(edges) - 1, len(LAGS)), dtype=np.int64), np.zeros((3, len(edges) - 1, len(LAGS)))
        function(x, x, begins, edges, LAGS, pairs, sums)
        results.append((pairs.tolist(), sums.tolist()))
    assert results[0] == results[1]


@given(rows())
def test_rows_add_up_to_the_whole(drawn):
    x, stretch, _ = drawn
    total = reduce(add, lag_rows(*arrays(*drawn)))
    assert_equals(total, twin(x, stretch, 0, len(x)))


# --- adding up --------------------------------------------------------------------------------------------------


@given(st.lists(st.lists(VALUES, max_size=40), min_size=3, max_size=3))
def test_sums_add_up_in_any_grouping_and_never_pair_across_a_seam(parts):
    one, two, three = map(LagSums.of, parts)
    stretch = [number for number, part in enumerate(parts) for _ in part]
    x = [value for part in parts for value in part]
    expected = twin(x, stretch, 0, len(x))
    assert_equals((one + two) + three, expected)
    assert_equals(one + (two + three), expected)


def test_sums_of_large_values_keep_their_relative_precision():
    x = np.random.default_rng(1).integers(0, 2**40, 2_000)
    exact = sum(int(value) ** 2 for value in x)
    assert LagSums.of(x).squares == pytest.approx(exact, rel=1e-14)
    assert LagSums.of(x).products[4] == pytest.approx(sum(int(a) * int(b) for a, b in zip(x, x[5:], strict=False)))


def test_sums_over_different_lags_do_not_add_up():
    sums = LagSums.of([1.0, 2.0])
    other = LagSums.between([1.0, 2.0], [1.0, 2.0], lags=np.array([1, 2]))
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
