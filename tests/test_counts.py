"""`Counts`: sorted distinct values and how often each occurs."""

import math
import sys
from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_metrics import naive_capped, naive_counts

from lobstats.errors import InsufficientDataError
from lobstats.summary.counts import Counts, capped, merge_keyed, rounded
from lobstats.summary.lags import LagSums
from lobstats.summary.merging import merged

INTEGERS = st.lists(st.integers(-(2**60), 2**60) | st.integers(-3, 3), max_size=40)
NUMBERS = st.lists(st.floats(-1e12, 1e12) | st.sampled_from([0.0, -0.0, 0.1, 0.5, 1.0]), max_size=40)


def held(counts):
    return counts.values.tolist(), counts.counts.tolist()


# --- counting ---------------------------------------------------------------------------------------------------


@given(INTEGERS)
def test_whole_numbers_are_counted_on_a_lattice(values):
    counts = Counts.of(np.array(values, dtype=np.int64), step=0.5, unit="ticks")
    assert held(counts) == naive_counts(values)
    assert (counts.step, counts.unit, counts.n) == (0.5, "ticks", len(values))
    assert counts.values.dtype == counts.counts.dtype == np.int64


@given(NUMBERS)
def test_other_numbers_are_counted_off_a_lattice_and_keep_every_bit(values):
    counts = Counts.of(np.array(values, dtype=np.float64), step=0.5)
    assert held(counts) == naive_counts(values)
    assert counts.step is None
    assert counts.x.tolist() == counts.values.tolist()


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint32, bool])
def test_any_kind_of_whole_number_is_a_lattice(dtype):
    counts = Counts.of(np.array([1, 0, 1], dtype=dtype))
    assert held(counts) == ([0, 1], [1, 2])
    assert counts.values.dtype == np.int64


def test_an_array_of_any_shape_is_counted_flat_and_left_as_it_is():
    array = np.array([[3, 1], [1, 1]])
    assert held(Counts.of(array)) == ([1, 3], [3, 1])
    assert array.tolist() == [[3, 1], [1, 1]]


def test_counts_are_returned_as_they_are():
    counts = Counts.of([1, 2])
    assert Counts.of(counts, step=7.0, unit="other") is counts


@pytest.mark.parametrize("missing", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(missing):
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        Counts.of([1.0, missing])


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 10**15)), max_size=30))
def test_weighted_values_are_counted_as_often_as_their_weights_say(pairs):
    counts = Counts.weighted([v for v, _ in pairs], [w for _, w in pairs], step=2.0, unit="s")
    expected = {value: sum(w for v, w in pairs if v == value) for value, _ in pairs}
    assert dict(zip(*held(counts), strict=True)) == expected
    assert held(counts)[0] == sorted(expected)
    assert (counts.step, counts.unit) == (2.0, "s")


# --- adding up --------------------------------------------------------------------------------------------------


@given(INTEGERS, INTEGERS, INTEGERS)
def test_counts_add_up_to_the_counts_of_the_whole_in_any_grouping_and_order(a, b, c):
    one, two, three = (Counts.of(np.array(part, dtype=np.int64)) for part in (a, b, c))
    whole = naive_counts(a + b + c)
    assert held((one + two) + three) == held(one + (two + three)) == held(three + one + two) == whole


@given(NUMBERS, NUMBERS)
def test_counts_off_a_lattice_add_up_too(a, b):
    parts = Counts.of(np.array(a)) + Counts.of(np.array(b))
    assert held(parts) == naive_counts(a + b)
    assert parts.step is None


def test_adding_changes_neither_side():
    one, two = Counts.of([1, 1]), Counts.of([1, 5])
    one + two
    assert held(one) == ([1], [2])
    assert held(two) == ([1, 5], [1, 1])


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (Counts.of([1], step=0.5, unit="ticks"), r"^counts of step 1.0 'ticks' and 0.5 'ticks' do not add up\.$"),
        (Counts.of([1], unit="lots"), r"^counts of step 1.0 'ticks' and 1.0 'lots' do not add up\.$"),
        (Counts.of([1.5], unit="ticks"), r"^counts of step 1.0 'ticks' and None 'ticks' do not add up\.$"),
    ],
)
def test_counts_of_different_lattices_or_units_do_not_add_up(other, text):
    with pytest.raises(ValueError, match=text):
        Counts.of([1], unit="ticks") + other


def test_counts_beyond_32_bits_are_exact():
    half = Counts.weighted([7], [2**61])
    assert (half + half).n == 2**62


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2**50)), max_size=30))
def test_merge_keyed_sums_the_counts_of_each_key(pairs):
    keys, counts = merge_keyed(np.array([k for k, _ in pairs], dtype=np.int64), np.array([c for _, c in pairs], int))
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == {
        key: sum(c for k, c in pairs if k == key) for key, _ in pairs
    }
    assert (np.diff(keys) > 0).all()


# --- moments ----------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=40), st.sampled_from([0.5, 1.0, 0.25]))
def test_mean_variance_and_share_are_those_of_the_values(values, step):
    counts = Counts.of(np.array(values), step=step)
    exact = [Fraction(value) * Fraction(step) for value in values]
    mean = sum(exact) / len(exact)
    assert counts.mean() == pytest.approx(float(mean), rel=1e-12, abs=1e-12)
    variance = sum((value - mean) ** 2 for value in exact) / len(exact)
    assert counts.variance() == pytest.approx(float(variance), rel=1e-12, abs=1e-12)
    assert counts.share(counts.values > 0) == sum(value > 0 for value in values) / len(values)


@given(INTEGERS)
def test_magnitudes_are_the_counts_of_the_absolute_values(values):
    magnitudes = Counts.of(np.array(values, dtype=np.int64), step=0.5, unit="ticks").magnitudes()
    assert held(magnitudes) == naive_counts([abs(value) for value in values])
    assert (magnitudes.step, magnitudes.unit) == (0.5, "ticks")


@pytest.mark.parametrize("question", [Counts.mean, Counts.variance, lambda counts: counts.share(counts.values > 0)])
@pytest.mark.parametrize("empty", [[], np.array([], dtype=int)])
def test_of_nothing_there_is_no_mean_variance_or_share(question, empty):
    with pytest.raises(InsufficientDataError, match=r"^there is no observation\.$"):
        question(Counts.of(empty))


# --- capping ----------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-(2**62), 2**62) | st.integers(-5000, 5000), max_size=30))
def test_capping_keeps_the_12_leading_binary_digits_of_a_whole_number(values):
    # Beyond 2**53 a number first goes to the nearest double, which can decide a tie.
    values = [int(float(value)) for value in values]
    kept = capped(np.array(values, dtype=np.int64))
    assert kept.dtype == np.int64
    assert kept.tolist() == [naive_capped(value) for value in values]


@given(st.lists(st.floats(-1e300, 1e300), max_size=30))
def test_capping_keeps_the_12_leading_binary_digits_of_any_number(values):
    assert capped(np.array(values)).tolist() == [naive_capped(value) for value in values]


@given(st.integers(-4096, 4096))
def test_whole_numbers_up_to_4096_stay_exact(value):
    assert capped(np.array([value])).tolist() == [value]


@given(st.integers(1, 2**62) | st.floats(1e-300, 1e300))
def test_capping_moves_a_value_by_at_most_one_part_in_4096(value):
    kept = capped(np.array([value])).tolist()[0]
    assert abs(Fraction(kept) - Fraction(float(value))) <= Fraction(float(value)) / 4096


@given(st.lists(st.integers(0, 2**62), min_size=2, max_size=30))
def test_capping_keeps_the_order_and_the_sign(values):
    kept = capped(np.array(sorted(values)))
    assert (np.diff(kept) >= 0).all()
    assert (capped(-np.array(sorted(values))) == -kept).all()


def test_a_model_that_writes_any_value_cannot_make_the_distinct_values_grow_without_bound():
    values = np.random.default_rng(1).integers(0, 2**53, size=200_000)
    assert len(np.unique(values)) > 199_000
    assert len(np.unique(capped(values))) < 2049 * 20


def test_capping_does_not_change_its_argument():
    values = np.array([5000, 100_001])
    capped(values)
    assert values.tolist() == [5000, 100_001]


def test_capping_keeps_the_largest_number_finite():
    assert np.isfinite(capped(np.array([sys.float_info.max]))).all()


def test_adding_many_at_once_is_adding_them_one_by_one():
    rng = np.random.default_rng(3)
    parts = [Counts.of(rng.integers(-9, 9, size), step=0.5, unit="ticks") for size in (0, 1, 30, 4, 0, 200)]
    assert held(merged(parts)) == held(reduce(add, parts))
    assert (merged(parts).step, merged(parts).unit) == (0.5, "ticks")
    with pytest.raises(ValueError, match="do not add up"):
        merged([*parts, Counts.of([1], step=1.0, unit="ticks")])


def test_what_cannot_add_many_at_once_is_added_one_by_one():
    parts = [LagSums.of(np.arange(float(n))) for n in (5, 400)]
    assert merged(parts).products.tolist() == (parts[0] + parts[1]).products.tolist()
    assert merged(parts[:1]) is parts[0]


@given(st.floats(1e-12, 1e12) | st.integers(1, 10**12).map(float) | st.just(0.0))
def test_five_decimal_digits_of_a_size_are_kept(size):
    (found,) = rounded(np.array([size]))
    assert found == pytest.approx(float(f"{size:.4e}"), rel=1e-15)
    assert found == pytest.approx(size, rel=5e-5)


@pytest.mark.parametrize("size", [1.0, 99_999.0, 250_000.0, 25_300.0, 1_000_000.0, 0.001, 1e300, 5e-324, 1.7e308])
def test_sizes_that_people_like_stay_as_they_are(size):
    assert rounded(np.array([size, -size])).tolist() == pytest.approx([size, -size], rel=1e-15, abs=0)
    if 1 <= size < 1e15:
        assert rounded(np.array([size]))[0] == size


def test_whole_numbers_beyond_63_bits_are_refused():
    with pytest.raises(ValueError, match=r"^whole numbers must fit 63 bits, got 9223372036854775813\.$"):
        Counts.of(np.array([2**63 + 5], dtype=np.uint64))
