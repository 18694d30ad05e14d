"""Trains: `TrainCounts`, and how far their sizes are from those of independent gaps."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_arrivals import naive_train_distance, naive_trains
from naive_metrics import SECOND, naive_capped, naive_counts
from scipy import stats
from test_windows import arrays, stretches

from lobstats.errors import InsufficientDataError
from lobstats.metrics.arrivals import burst_trains, burst_trains_curve
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference
from lobstats.summary.trains import TRAINS_NS, TrainCounts, train_rows

MS = SECOND // 1000


def assert_equals(counts, times, segment, begin, end):
    for longest, sizes, within in zip(TRAINS_NS.tolist(), counts.sizes, counts.within, strict=True):
        trains, gaps = naive_trains(times, segment, longest)
        expected = naive_counts([naive_capped(size) for time, size in trains if begin <= time < end])
        assert (sizes.values.tolist(), sizes.counts.tolist()) == expected
        inside = [is_within for time, is_within in gaps if begin <= time < end]
        assert (counts.gaps, within) == (len(inside), sum(inside))


# --- what is kept -----------------------------------------------------------------------------------------------


def test_the_trains_of_a_few_happenings():
    counts = TrainCounts.of(np.array([0, 1, 1 + MS, 2 + 2 * MS, 500 * MS]))
    assert [(s.values.tolist(), s.counts.tolist()) for s in counts.sizes] == [
        ([1, 3], [2, 1]),
        ([1, 4], [1, 1]),
        ([1, 4], [1, 1]),
        ([5], [1]),
        ([5], [1]),
    ]
    assert (counts.gaps, counts.within.tolist()) == (4, [2, 3, 3, 4, 4])


@given(stretches())
def test_rows_equal_the_twin(drawn):
    times, segment, edges = drawn
    rows = train_rows(*arrays(times, segment, edges))
    assert len(rows) == len(edges) - 1
    for counts, begin, end in zip(rows, edges, edges[1:], strict=False):
        assert_equals(counts, times, segment, begin, end)
    assert_equals(reduce(add, rows), times, segment, edges[0], edges[-1])


def test_a_train_over_three_rows_belongs_to_that_of_its_last_happening():
    rows = train_rows(*arrays([0, 1, 2, 3], [0, 0, 0, 0], [0, 1, 2, 9]))
    assert [row.sizes[0].values.tolist() for row in rows] == [[], [], [4]]
    assert [row.gaps for row in rows] == [0, 1, 2]


def test_sizes_keep_twelve_digits_and_all_happenings_count():
    counts = TrainCounts.of(np.arange(5001))
    assert counts.sizes[0].values.tolist() == [naive_capped(5001)]
    assert counts.gaps == 5000


def test_trains_with_other_longest_gaps_do_not_add_up():
    counts = TrainCounts.of([1, 2])
    with pytest.raises(ValueError, match=r"^trains with different longest gaps do not add up\.$"):
        counts + TrainCounts(counts.windows[:2], counts.sizes[:2], 1, counts.within[:2])
    assert TrainCounts.of(counts) is counts


@pytest.mark.parametrize("data", [[1.0, 2.0], [3, 2], ["a"]])
def test_times_that_are_no_increasing_whole_nanoseconds_are_refused(data):
    with pytest.raises(ValueError, match=r"^`trains` must be increasing whole nanoseconds; sort them"):
        TrainCounts.of(data)


# --- the distance -----------------------------------------------------------------------------------------------


def trains_of(sizes, longer):
    """Return counts whose shortest window holds trains of these sizes, each but the last before a longer gap."""
    within = sum(sizes) - len(sizes)
    none = Counts.of(np.array([], dtype=np.int64), unit="happenings")
    sizes = Counts.of(np.array(sizes), unit="happenings")
    return TrainCounts(TRAINS_NS, (sizes, none, none, none, none), within + longer, np.full(5, within))


@settings(max_examples=25)
@given(st.lists(st.integers(1, 40) | st.integers(1, 600), min_size=30, max_size=60).filter(lambda s: max(s) > 1))
def test_the_distance_equals_the_twin_and_scipy(sizes):
    q = 1 - len(sizes) / sum(sizes)
    found = burst_trains(trains_of(sizes, len(sizes)), window_seconds=0.001).value
    # Beyond 256 the law is taken once in 1/128 of an octave: its slope there is at most 1/2 an octave.
    assert found == pytest.approx(naive_train_distance(sizes, q), abs=2e-5)
    grid = np.arange(1, 40_000)
    law = q ** (grid - 1) * (1 - q)
    theirs = stats.wasserstein_distance(np.log2(sizes), np.log2(grid), v_weights=law)
    assert found == pytest.approx(theirs, abs=1e-4)


def times_of(gaps):
    return np.cumsum(np.maximum(gaps, 1).astype(np.int64))


@pytest.mark.parametrize("shape", [0.3, 1, 3])
def test_independent_gaps_are_near_zero_however_bursty(shape):
    gaps = np.random.default_rng(1).gamma(shape, 1e8 / shape, 100_000)
    curve = burst_trains_curve(times_of(gaps))
    # The mean distance of n draws from their law is about 0.4 times its spread, about an octave, over sqrt(n).
    assert (curve.value < 2 / np.sqrt(curve.n)).all()
    assert len(curve.x) >= 2


def test_short_gaps_that_keep_company_are_seen_and_shuffled_ones_are_not():
    rng = np.random.default_rng(1)
    pace = np.repeat(np.exp(rng.normal(0, 1, 2000)), 50)
    gaps = rng.exponential(1e8, 100_000) * pace
    together, shuffled = (burst_trains(times_of(g)) for g in (gaps, rng.permutation(gaps)))
    assert together.value > 0.3
    assert shuffled.value < 0.02
    # The mean size tells neither from the other.
    assert together.n == pytest.approx(shuffled.n, rel=1e-3)


def test_stretches_of_one_train_each_are_measured_against_a_proper_law():
    parts = [TrainCounts.of(np.arange(10)) for _ in range(40)]
    estimate = burst_trains(reduce(add, parts), window_seconds=10)
    assert estimate.n == 40
    assert estimate.value > 3


# --- what is refused --------------------------------------------------------------------------------------------


def test_the_clock_and_the_horizon_limit_the_curve():
    times = times_of(np.random.default_rng(1).exponential(2e8, 20_000))
    reference = Reference(Counts.of([0]), SECOND, 200_000)
    assert burst_trains_curve(times).x.tolist() == [0.001, 0.01, 0.1, 1]
    assert burst_trains_curve(times, reference=reference).x.tolist() == [0.01, 0.1, 1]
    with pytest.raises(InsufficientDataError, match=r"^no window lies within the horizon\.$"):
        burst_trains_curve(times, reference=Reference(Counts.of([0]), 1))


def test_too_few_trains_or_none_of_two_are_refused():
    with pytest.raises(InsufficientDataError, match=r"^29 trains with gaps up to 0\.1 s; 30 are needed\.$"):
        burst_trains(np.arange(29) * SECOND)
    with pytest.raises(InsufficientDataError, match=r"^none of 29 gaps is within 0\.1 s\.$"):
        burst_trains(np.arange(30) * SECOND)
    with pytest.raises(InsufficientDataError, match=r"^29 trains with gaps up to 0\.001 s; 30 are needed\.$"):
        burst_trains_curve(np.arange(29) * 100 * SECOND)
    with pytest.raises(ValueError, match=r"^`window_seconds` must be one of 0\.001, 0\.01, 0\.1, 1, 10, got 2\.$"):
        burst_trains([1, 2], window_seconds=2)
