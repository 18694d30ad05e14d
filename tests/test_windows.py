"""`WindowCounts`: happenings in windows of the clock."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_arrivals import naive_window_pairs
from naive_metrics import DAY, EVERY_WINDOW, SECOND, WINDOWS, Point, Session, naive_windows

from lobstats.summary.windows import WINDOWS_NS, WindowCounts, window_rows

MS = SECOND // 1000
TEN_MS = EVERY_WINDOW.index(10 * MS)
LONG = EVERY_WINDOW[TEN_MS:]


@st.composite
def stretches(draw):
    """Draw increasing times in stretches, and the edges of rows of time around them."""
    origin = draw(st.sampled_from([0, 7, 1_731_335_400 * SECOND, 1_731_335_400 * SECOND + 123_456_789]))
    steps = draw(st.lists(st.integers(1, 30 * MS) | st.integers(0, 3).map(lambda k: k * 10 * MS), max_size=60))
    times = (origin + np.cumsum(np.array(steps, dtype=np.int64))).tolist()
    breaks = draw(st.sets(st.integers(0, max(len(times) - 1, 0)), max_size=4))
    segment = [sum(b <= i for b in breaks) for i in range(len(times))]
    begin, end = (times[0], times[-1]) if times else (origin, origin)
    begin -= draw(st.integers(0, 40 * MS))
    end += 1 + draw(st.integers(0, 40 * MS))
    on_grid = st.integers(begin // (10 * MS) + 1, max(end // (10 * MS), begin // (10 * MS) + 1)).map(
        lambda k: k * 10 * MS
    )
    inner = draw(st.lists(st.integers(begin + 1, end - 1) | on_grid, max_size=6)) if end - begin > 2 else []
    return times, segment, [begin, *sorted(edge for edge in set(inner) if begin < edge < end), end]


def arrays(*lists):
    return [np.array(part, dtype=np.int64) for part in lists]


def naive_row(times, segment, begin, end, windows=EVERY_WINDOW):
    """Return for each length the counts and the pairs of the windows that end after ``begin``, by ``end``."""
    points = [Point(time, number, 1, None, None) for time, number in zip(times, segment, strict=True)]
    session = Session(begin, end, points)
    whole, pairs = naive_windows(session, windows), naive_window_pairs(session, windows)
    return [
        (
            [count for stop, count in whole[length] if begin < stop <= end],
            [(before, count) for stop, before, count in pairs[length] if begin < stop <= end],
        )
        for length in windows
    ]


def assert_equals(counts, expected):
    last = len(expected)
    inside, pairs = zip(*expected, strict=True)
    assert counts.n[-last:].tolist() == list(map(len, inside))
    assert counts.total[-last:].tolist() == list(map(sum, inside))
    assert counts.squares[-last:].tolist() == [sum(count * count for count in one) for one in inside]
    assert counts.pairs[-last:].tolist() == list(map(len, pairs))
    assert counts.changes[-last:].tolist() == [sum((b - a) ** 2 for a, b in one) for one in pairs]


# --- by hand ----------------------------------------------------------------------------------------------------


def test_the_windows_are_a_thousandth_of_a_second_to_a_thousand_seconds():
    assert WINDOWS_NS.tolist() == EVERY_WINDOW
    assert set(WINDOWS) <= set(EVERY_WINDOW)
    assert WINDOWS_NS.dtype == np.int64


def test_only_windows_between_the_first_and_the_last_happening_are_counted():
    # 5 ms to 45 ms: the windows from 10 to 40 ms of ten, and the one of thirty that would begin at 0 is not whole.
    counts = WindowCounts.of([5 * MS, 12 * MS, 13 * MS, 31 * MS, 45 * MS])
    assert (counts.n[TEN_MS], counts.total[TEN_MS], counts.squares[TEN_MS]) == (3, 3, 2**2 + 0 + 1)
    assert (counts.pairs[TEN_MS], counts.changes[TEN_MS]) == (2, 2**2 + 1)
    assert counts.n[TEN_MS + 1 :].tolist() == [0] * 10


def test_a_happening_at_a_windows_edge_belongs_to_the_window_that_begins_there():
    counts = WindowCounts.of([0, 10 * MS, 20 * MS])
    assert (counts.n[TEN_MS], counts.total[TEN_MS], counts.squares[TEN_MS]) == (2, 2, 2)


def test_the_last_happening_ends_the_last_window_and_is_not_in_it():
    counts = WindowCounts.of([0, 0, 0, 10 * MS])
    assert (counts.n[TEN_MS], counts.total[TEN_MS], counts.squares[TEN_MS]) == (1, 3, 9)


def test_windows_do_not_cross_a_break():
    together = window_rows(*arrays([0, 15 * MS, 25 * MS, 40 * MS], [0, 0, 0, 0], [0, 41 * MS]))[0]
    broken = window_rows(*arrays([0, 15 * MS, 25 * MS, 40 * MS], [0, 0, 1, 1], [0, 41 * MS]))[0]
    assert (together.n[TEN_MS], broken.n[TEN_MS]) == (4, 2)
    assert (together.pairs[TEN_MS], broken.pairs[TEN_MS]) == (3, 0)
    assert (together.n[TEN_MS + 1], broken.n[TEN_MS + 1]) == (1, 0)


def test_a_window_belongs_to_the_row_in_which_it_ends():
    rows = window_rows(*arrays([0, 5 * MS, 20 * MS], [0, 0, 0], [0, 10 * MS, 20 * MS + 1]))
    assert [row.n[TEN_MS] for row in rows] == [1, 1]
    assert [row.total[TEN_MS] for row in rows] == [2, 0]
    rows = window_rows(*arrays([0, 5 * MS, 20 * MS], [0, 0, 0], [0, 10 * MS - 1, 20 * MS + 1]))
    assert [row.n[TEN_MS] for row in rows] == [0, 2]
    assert [row.total[TEN_MS] for row in rows] == [0, 2]


def test_a_pause_of_a_day_costs_nothing_and_its_empty_windows_count():
    counts = WindowCounts.of([0, DAY])
    assert counts.n.tolist() == [DAY // length for length in EVERY_WINDOW]
    assert counts.pairs.tolist() == [DAY // length - 1 for length in EVERY_WINDOW]
    assert counts.total.tolist() == counts.squares.tolist() == counts.changes.tolist() == [1] * 13


# --- against the twin -------------------------------------------------------------------------------------------


@given(stretches())
def test_rows_equal_the_twin(drawn):
    times, segment, edges = drawn
    found = window_rows(*arrays(times, segment, edges))
    assert len(found) == len(edges) - 1
    for counts, begin, end in zip(found, edges, edges[1:], strict=False):
        assert_equals(counts, naive_row(times, segment, begin, end))


@given(stretches())
def test_rows_add_up_to_the_whole(drawn):
    times, segment, edges = drawn
    total = reduce(add, window_rows(*arrays(times, segment, edges)))
    assert_equals(total, naive_row(times, segment, edges[0], edges[-1]))


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_rows_of_a_long_bursty_series_equal_the_twin_at_every_length(seed):
    rng = np.random.default_rng(seed)
    times = (1_731_335_400 * SECOND + np.cumsum(rng.pareto(1.2, 1500) * SECOND / 20).astype(np.int64)).tolist()
    times = times[: int(np.searchsorted(times, times[0] + 1200 * SECOND))]
    segment = np.cumsum(rng.random(len(times)) < 0.004).tolist()
    edges = [times[0], *sorted(set(rng.integers(times[0] + 1, times[-1], 6).tolist())), times[-1] + 1]
    for counts, begin, end in zip(window_rows(*arrays(times, segment, edges)), edges, edges[1:], strict=False):
        assert_equals(counts, naive_row(times, segment, begin, end, LONG))


@given(st.lists(stretches(), min_size=3, max_size=3))
def test_counts_add_up_in_any_grouping(parts):
    one, two, three = (reduce(add, window_rows(*arrays(*part))) for part in parts)
    left, right = (one + two) + three, one + (two + three)
    for name in ("n", "total", "squares", "pairs", "changes"):
        assert getattr(left, name).tolist() == getattr(right, name).tolist()


def test_counts_over_different_windows_do_not_add_up():
    counts = WindowCounts.of([0, SECOND])
    with pytest.raises(ValueError, match=r"^counts over different windows do not add up\.$"):
        counts + WindowCounts(counts.windows[:2], *np.zeros((5, 2), dtype=np.int64))


# --- arrays -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [[1.0, 2.0], [3, 2], ["a"]])
def test_times_that_are_no_increasing_whole_nanoseconds_are_refused(data):
    text = r"^`arrivals` must be increasing whole nanoseconds; sort them and convert them to integers first\.$"
    with pytest.raises(ValueError, match=text):
        WindowCounts.of(data)


@pytest.mark.parametrize("data", [np.array([], dtype=np.int64), np.array([5]), np.array([5, 5])])
def test_no_time_or_a_single_one_has_no_whole_window(data):
    assert WindowCounts.of(data).n.tolist() == [0] * 13


def test_window_counts_are_returned_as_they_are():
    counts = WindowCounts.of([1, 2])
    assert WindowCounts.of(counts) is counts


def test_unsigned_times_that_are_not_sorted_are_refused():
    with pytest.raises(ValueError, match=r"^`arrivals` must be increasing whole nanoseconds"):
        WindowCounts.of(np.array([5, 3, 9], dtype=np.uint64))
