"""Happenings over the hours of the day."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_arrivals import naive_day
from naive_metrics import DAY, SECOND
from test_windows import arrays

from lobstats.errors import InsufficientDataError
from lobstats.metrics.arrivals import intraday_rate
from lobstats.summary.days import BIN_NS, DayCounts, day_rows

HOUR = 3600 * SECOND


@st.composite
def days(draw):
    """Draw times over two days in stretches, the edges of rows around them and an offset of the local clock."""
    origin = draw(st.sampled_from([0, 1_731_335_400 * SECOND + 7]))
    steps = draw(st.lists(st.integers(1, HOUR) | st.sampled_from([BIN_NS, 2 * BIN_NS, DAY]), max_size=30))
    times = (origin + np.cumsum(np.array(steps, dtype=np.int64))).tolist()
    breaks = draw(st.sets(st.integers(0, 29), max_size=4))
    segment = [sum(b <= i for b in breaks) for i in range(len(times))]
    begin, end = (times[0], times[-1] + 1) if times else (origin, origin + 1)
    inner = draw(st.sets(st.integers(begin, end), max_size=4))
    edges = [begin, *sorted(edge for edge in inner if begin < edge < end), end]
    return times, segment, edges, draw(st.sampled_from([0, -6 * HOUR, 5 * HOUR + 1800 * SECOND, 20 * 60 * SECOND - 1]))


@given(days())
def test_rows_equal_the_twin_and_add_up(drawn):
    times, segment, edges, offset = drawn
    rows = day_rows(*arrays(times, segment, edges), offset)
    for row, begin, end in zip(rows, edges, edges[1:], strict=False):
        assert (row.counts.tolist(), row.covered.tolist()) == naive_day(times, segment, begin, end, offset)
    total = reduce(add, rows)
    assert (total.counts.tolist(), total.covered.tolist()) == naive_day(times, segment, edges[0], edges[-1], offset)


def test_any_time_that_a_clock_can_hold_is_counted():
    counts = DayCounts.of(np.array([0, 2**63 - 2]))
    assert (counts.counts.sum(), sum(counts.covered.tolist())) == (2, 2**63 - 2)


def test_a_rate_that_doubles_at_noon_is_seen():
    morning, afternoon = np.arange(11 * HOUR, 12 * HOUR, SECOND), np.arange(12 * HOUR, 13 * HOUR + 1, SECOND // 2)
    curve = intraday_rate(np.concatenate([morning, afternoon]))
    assert curve.x.tolist() == [11, 11.5, 12, 12.5]
    assert curve.value == pytest.approx([1, 1, 2, 2])
    assert curve.n.tolist() == [1800] * 4
    assert (curve.unit, curve.x_unit, curve.scale) == ("1/s", "hour of the day", "log")


def test_a_half_hour_seen_for_less_than_a_minute_is_left_out():
    minute = 60 * SECOND
    times = np.array([BIN_NS - minute, BIN_NS, BIN_NS + minute - 1])
    assert intraday_rate(times).x.tolist() == [0]
    with pytest.raises(InsufficientDataError, match=r"^no half-hour of the day was observed for 60 s\.$"):
        intraday_rate(times[1:])
    with pytest.raises(ValueError, match=r"^`day_rate` must be increasing whole nanoseconds; sort them"):
        intraday_rate([2, 1])
    counts = DayCounts.of(times)
    assert DayCounts.of(counts) is counts
