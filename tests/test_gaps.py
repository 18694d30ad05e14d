"""`GapCounts`: logarithmic bins with exact moments beside them."""

import math
from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_arrivals import naive_pair_sums
from naive_metrics import DAY, naive_gap_bin

from lobstats.summary.gaps import GapCounts, bin_of, lower_edge

LARGEST = 2**63 - 1
GAP = st.integers(1, 600) | st.integers(1, DAY) | st.integers(1, LARGEST)
EDGES = st.integers(0, 62).flatmap(lambda octave: st.integers(-2, 2).map(lambda by: max(1, 2**octave + by)))


def ints(values):
    return np.array(values, dtype=np.int64)


def bin_of_one(gap):
    return int(bin_of(ints([gap]))[0])


def edge_of_one(number):
    return int(lower_edge(ints([number]))[0])


# --- the bins ---------------------------------------------------------------------------------------------------


@given(GAP | EDGES)
def test_every_gap_lies_in_its_bin(gap):
    number = bin_of_one(gap)
    assert edge_of_one(number) <= gap
    if gap < 2**62:
        assert gap < edge_of_one(number + 1)


@given(GAP | EDGES)
def test_a_bin_begins_where_the_twin_says(gap):
    assert edge_of_one(bin_of_one(gap)) == naive_gap_bin(gap)


@given(st.integers(0, 256 + 54 * 128 - 1))
def test_a_bin_is_its_lower_edges_own(number):
    assert bin_of_one(edge_of_one(number)) == number


@given(st.integers(1, 256 + 54 * 128 - 1))
def test_a_bin_is_at_most_a_128th_of_its_gaps_wide(number):
    width = edge_of_one(number + 1) - edge_of_one(number)
    assert width >= 1
    assert width == 1 or 128 * width <= edge_of_one(number)


@given(st.lists(GAP | EDGES, min_size=2, max_size=30))
def test_bins_grow_with_the_gap(gaps):
    numbers = bin_of(ints(sorted(gaps)))
    assert (np.diff(numbers) >= 0).all()


def test_gaps_below_256_have_a_bin_each():
    gaps = np.arange(256)
    assert bin_of(gaps).tolist() == lower_edge(gaps).tolist() == gaps.tolist()


def test_the_bins_of_a_few_gaps_worked_out_by_hand():
    # 256 to 511: steps of two; 1000 = 4 * 250 lies 122 steps of four above 512.
    assert bin_of(ints([255, 256, 257, 258, 511, 512, 1000])).tolist() == [255, 256, 256, 257, 383, 384, 506]
    assert lower_edge(ints([255, 256, 257, 383, 384, 506])).tolist() == [255, 256, 258, 510, 512, 1000]


def test_the_longest_gap_a_clock_can_hold_has_a_bin():
    assert bin_of_one(LARGEST) == 256 + 54 * 128 + 127
    assert edge_of_one(256 + 54 * 128 + 127) == 255 << 55


# --- what is kept -----------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 600) | st.integers(1, DAY), max_size=30))
def test_bins_counts_and_moments_are_those_of_the_gaps(gaps):
    counts = GapCounts.of(ints(gaps))
    edges = [naive_gap_bin(gap) for gap in gaps]
    assert lower_edge(counts.bins).tolist() == sorted(set(edges))
    assert counts.counts.tolist() == [edges.count(edge) for edge in sorted(set(edges))]
    assert (counts.n, counts.total, counts.total_squares) == (len(gaps), sum(gaps), sum(gap * gap for gap in gaps))
    sums = naive_pair_sums(list(pairwise(gaps)))
    assert counts.pairs == pytest.approx(sums, rel=1e-12, abs=1e-12)
    assert counts.pairs[7] == pytest.approx(sums[7], rel=1e-12)


def test_neighbours_whose_sum_leaves_63_bits_are_taken_as_numbers():
    counts = GapCounts.of(ints([LARGEST, LARGEST, 1]))
    assert counts.pairs[6:] == pytest.approx([1.0, 2.0**-63], rel=1e-12)


def test_squares_of_gaps_of_days_in_nanoseconds_are_summed_exactly():
    gaps = np.random.default_rng(1).integers(1, 7 * DAY, size=3_000)
    assert GapCounts.of(gaps).total_squares == sum(gap * gap for gap in gaps.tolist())


def test_squares_are_exact_beyond_one_chunk():
    # Two chunks of 2**20 gaps: the second moment takes 100 bits.
    gaps = np.full((1 << 20) + 3, DAY, dtype=np.int64)
    counts = GapCounts.of(gaps)
    assert counts.total_squares == len(gaps) * DAY * DAY
    assert counts.total_squares.bit_length() > 64


@given(st.integers(1, LARGEST))
def test_the_square_of_any_gap_is_exact(gap):
    assert GapCounts.of(ints([gap])).total_squares == gap * gap


def test_the_sum_of_any_gaps_is_exact():
    assert GapCounts.of(ints([2**62, 2**62])).total == 2**63


@given(st.integers(1, 2**62 - 1))
def test_x_is_the_logarithm_of_a_bins_middle_in_seconds(gap):
    counts = GapCounts.of(ints([gap]))
    assert abs(math.exp(counts.x[0]) / (gap / 1e9) - 1) <= 1 / 256 + 1e-9


# --- adding up --------------------------------------------------------------------------------------------------


def held(counts):
    return counts.bins.tolist(), counts.counts.tolist(), counts.total, counts.total_squares


@given(st.lists(st.lists(st.integers(1, DAY), max_size=8), min_size=3, max_size=3))
def test_gaps_add_up_in_any_grouping_and_order(parts):
    one, two, three = (GapCounts.of(ints(part)) for part in parts)
    assert held((one + two) + three) == held(one + (two + three)) == held(three + two + one)
    whole = GapCounts.of(ints([gap for part in parts for gap in part]))
    assert held(one + two + three) == held(whole)
    left, right = ((one + two) + three).pairs, (one + (two + three)).pairs
    assert left == pytest.approx(right, rel=1e-12)


@given(st.lists(st.integers(1, DAY), min_size=2, max_size=20), st.data())
def test_pairs_across_a_seam_are_the_rows_own_that_holds_the_later_gap(gaps, data):
    cut = data.draw(st.integers(0, len(gaps)))
    whole = GapCounts.of(ints(gaps))
    first = GapCounts.of(ints(gaps[:cut]))
    seam = max(cut, 1)
    second = GapCounts.of_pairs(ints(gaps[cut:]), ints(gaps[seam - 1 : -1]), ints(gaps[seam:]))
    assert held(first + second) == held(whole)
    assert (first + second).pairs == pytest.approx(whole.pairs, rel=1e-12)


def test_many_parts_add_up_to_the_whole():
    gaps = np.random.default_rng(2).integers(1, DAY, size=(50, 20))
    total = reduce(add, map(GapCounts.of, gaps))
    assert held(total) == held(GapCounts.of(gaps.ravel()))
    assert total.pairs[0] == 50 * 19


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [[1.5], [1.0], [0], [-3, 5], ["a"]])
def test_gaps_that_are_no_positive_whole_nanoseconds_are_refused(data):
    text = r"^`gaps` must be positive whole nanoseconds; convert times to integers first\.$"
    with pytest.raises(ValueError, match=text):
        GapCounts.of(data)


def test_no_gap_at_all_is_fine():
    counts = GapCounts.of(np.array([], dtype=np.int64))
    assert held(counts) == ([], [], 0, 0)
    assert counts.pairs.tolist() == [0] * 8


def test_gap_counts_are_returned_as_they_are():
    counts = GapCounts.of([1, 2])
    assert GapCounts.of(counts) is counts
