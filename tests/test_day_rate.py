"""Happenings over the hours of the day."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_arrivals import naive_day
from naive_metrics import DAY, SECOND
from naive_stylised import naive_curvature
from test_windows import arrays

from lobstats.errors import InsufficientDataError
from lobstats.metrics.arrivals import intraday_curvature, intraday_rate
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


def of_rates(rates, covered=BIN_NS):
    """Return days that hold a rate an hour, exactly, in some half-hours."""
    counts, seen = np.zeros((2, 48), dtype=np.int64)
    for half_hour, rate in rates.items():
        counts[half_hour % 48], seen[half_hour % 48] = rate, covered
    return DayCounts(counts, seen)


@pytest.mark.parametrize("first", [0, 19, 34, 46])
@given(st.lists(st.integers(0, 1000), min_size=7, max_size=47))
def test_the_curvature_equals_its_twin_wherever_the_day_begins(first, rates):
    days = of_rates({first + i: rate for i, rate in enumerate(rates)})
    if not any(rates):
        with pytest.raises(InsufficientDataError, match=r"^nothing happens in the half-hours that were observed\.$"):
            intraday_curvature(days)
        return
    found = intraday_curvature(days)
    assert found.value == pytest.approx(naive_curvature(list(enumerate(rates))), rel=1e-9, abs=1e-9)
    assert (found.n, found.unit, found.scale) == (len(rates), "", "linear")


def test_a_parabola_has_its_own_curvature_though_a_lunch_break_is_missing():
    u = np.linspace(-1, 1, 13)
    rates = {19 + i: round(1e9 * (1 + 0.6 * x**2 - 0.1 * x)) for i, x in enumerate(u)}
    mean = np.mean(list(rates.values())) / 1e9
    assert intraday_curvature(of_rates(rates)).value == pytest.approx(0.6 / mean, rel=1e-6)
    del rates[24], rates[25]
    mean = np.mean(list(rates.values())) / 1e9
    assert intraday_curvature(of_rates(rates)).value == pytest.approx(0.6 / mean, rel=1e-6)


def test_a_market_that_never_closes_has_a_day_from_midnight():
    rates = {i: 100 + (i - 23.5) ** 2 for i in range(48)}
    expected = naive_curvature([(i, int(rate)) for i, rate in rates.items()])
    assert intraday_curvature(of_rates(rates)).value == pytest.approx(expected, rel=1e-9)
    assert expected > 1
    assert intraday_curvature(of_rates(dict.fromkeys(range(48), 5))).value == pytest.approx(0, abs=1e-12)


def test_too_few_half_hours_are_refused():
    assert intraday_curvature(of_rates(dict.fromkeys(range(7), 3))).n == 7
    with pytest.raises(
        InsufficientDataError, match=r"^6 of 48 half-hours of the day were observed; a parabola needs 7\.$"
    ):
        intraday_curvature(of_rates(dict.fromkeys(range(6), 3)))
    with pytest.raises(InsufficientDataError, match=r"^0 of 48 half-hours of the day were observed; "):
        intraday_curvature(of_rates(dict.fromkeys(range(7), 3), covered=59 * SECOND))
