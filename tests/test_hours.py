"""Where fewer than five sessions tell no pattern of the day, samples are compared over the hours they share."""

from dataclasses import replace

import numpy as np
import pytest

from lobstats.compare import compare
from lobstats.compare.hours import Hours, shared_hours, within_hours
from lobstats.engine import Grid, Observations
from lobstats.series import KINDS, Series
from lobstats.sessions import cut
from lobstats.simulate import Market, simulate

SECOND = 1_000_000_000
HOUR = 3600 * SECOND


def market(seconds=1800.0, sessions=1, seed=1):
    return simulate(
        Market(n_sessions=sessions, session_seconds=seconds, memory_seconds=2.0), rng=np.random.default_rng(seed)
    )


@pytest.fixture(scope="module")
def real():
    return market()


@pytest.fixture(scope="module")
def opening(real):
    """Return 14:30 of the real side's day."""
    return int(real["exch_ts"][-1]) // (HOUR // 2) * (HOUR // 2)


def moved(events, ns):
    """Return the same events at another time."""
    later = events.copy()
    later["exch_ts"] += ns
    return later


def spans(side):
    return [(one.start % (24 * HOUR), one.end % (24 * HOUR)) for one in side.observations.series]


def test_the_real_side_is_cut_to_the_hours_of_the_sample(real, opening):
    part = cut(market(seed=2), start_ns=opening + 600 * SECOND, end_ns=opening + 1500 * SECOND)
    result = compare(real=real, generated=part)
    (span,), (own,) = spans(result.real), spans(result.generated[0])
    assert span == (result.hours.start_ns, result.hours.end_ns)
    assert abs(span[0] - own[0]) < SECOND
    assert abs(span[1] - own[1]) < SECOND
    (note,) = result.real.observations.notes
    assert note.startswith("real: cut to 14:40:")
    assert "the hours that all sides share" in note
    assert not result.generated[0].observations.notes


def test_what_is_cut_away_enters_nothing(real, opening):
    part = cut(real, end_ns=opening + 900 * SECOND)
    result = compare(real=real, generated=part)
    for name, fact in result.real.facts.items():
        assert fact.to_dict() == result.generated[0].facts[name].to_dict(), name
    assert all(row.ratio == 0 for row in result.generated[0].comparisons.values() if hasattr(row, "ratio"))


def test_equal_hours_of_another_day_are_left_alone(real):
    result = compare(real=real, generated=moved(market(seed=3), 7 * 24 * HOUR))
    assert result.hours is not None
    assert not result.real.observations.notes
    assert result.real.observations.duration_ns > 1780 * SECOND


@pytest.mark.parametrize("shift", [3 * HOUR, -9 * HOUR, 12 * HOUR])
def test_a_sample_of_other_hours_is_compared_as_it_is(real, shift):
    result = compare(real=real, generated=moved(market(seed=3), shift))
    assert result.hours is None
    assert result.real.observations.duration_ns > 1780 * SECOND


def test_hours_across_midnight_are_found(real, opening):
    night = 9 * HOUR + 600 * SECOND  # the market opens at 14:30 and now trades from 23:40 to 00:10
    part = cut(moved(market(seed=2), night), start_ns=opening + night + 600 * SECOND)
    result = compare(real=moved(real, night), generated=part)
    assert str(result.hours).startswith("23:50:")
    assert str(result.hours).endswith(" to 00:09:58 UTC")
    assert result.real.observations.duration_ns == pytest.approx(1200 * SECOND, abs=30 * SECOND)


def test_several_samples_share_one_stretch_of_hours(real):
    last = int(real["exch_ts"][-1])
    early, late = cut(market(seed=2), end_ns=last - 400 * SECOND), cut(market(seed=3), start_ns=last - 1400 * SECOND)
    result = compare(real=real, generated=[early, late])
    lengths = [side.observations.duration_ns for side in (result.real, *result.generated)]
    assert max(lengths) - min(lengths) < 5 * SECOND
    assert lengths[0] == pytest.approx(1000 * SECOND, abs=10 * SECOND)


def test_five_real_sessions_need_no_equal_hours():
    real, part = market(300.0, sessions=5), market(200.0, sessions=5, seed=2)
    assert compare(real=real, generated=part).hours is None


def test_a_real_side_alone_keeps_all_its_hours(real):
    assert compare(real=real).hours is None


def test_hours_are_told_as_times_of_the_day():
    assert Hours(23 * HOUR, 25 * HOUR).to_dict() == {"start": "23:00:00", "end": "01:00:00"}


# --- hours by themselves ----------------------------------------------------------------------------------------


def side(*sessions):
    """Return a side of sessions (opening, close) in hours after midnight, with a happening each minute."""
    series = []
    for opening, close in sessions:
        time = np.arange(int(opening * 3600), int(close * 3600) + 1, 60) * SECOND
        flat = np.zeros(len(time), dtype=np.int64)
        none = Series.empty()
        series.append(
            replace(
                none,
                **{"start": int(time[0]), "end": int(time[-1]), "time": time},
                **dict.fromkeys(("segment", "n_records", "mid", "spread", "weighted_mid"), flat),
                **dict.fromkeys(("bid_size", "ask_size", "bid_depth", "ask_depth"), flat.astype(np.float64)),
                has_kind=dict.fromkeys(KINDS, flat == 1),
            )
        )
    grid = Grid(1.0)
    return Observations("side", (), tuple(series), 0, 0, grid, 1, None, None, {}, {}, {"outside_hours": 0})


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([(23, 45.9)], [(14.5, 21)], (14.5, 21)),
        ([(14.5, 21)], [(23, 45.9)], (14.5, 21)),
        ([(0, 22.9)], [(13, 22)], (13, 22)),
        ([(0, 22.9)], [(20, 26)], None),  # 2.9 of 6 hours
        ([(0, 22.9)], [(20, 25.5)], (20, 22.9)),
        ([(10, 11), (18, 19)], [(14, 15)], None),  # nobody trades from 11 to 18
        ([(10, 11), (13, 16)], [(12, 16)], (13, 16)),
        ([(22, 26)], [(23, 25)], (23, 25)),
        ([(0, 24)], [(5, 7)], (5, 7)),
        ([(0, 24)], [(12, 36)], (0, 24)),
    ],
)
def test_shared_hours_are_those_that_every_side_covers(first, second, expected):
    sides = [side(*first), side(*second)]
    found = shared_hours(sides)
    if expected is None:
        assert found is None
        return
    assert (found.start_ns / HOUR, found.end_ns / HOUR) == pytest.approx(expected, abs=2e-3)
    for own in within_hours(sides, found):
        assert own.series
        for one in own.series:
            assert one.end - one.start <= found.end_ns - found.start_ns
            assert len(one.time) > 1


def test_a_day_and_its_parts_are_cut_to_the_same_length():
    sides = [side((0, 22.9)), side((13, 22))]
    lengths = [own.duration_ns for own in within_hours(sides, shared_hours(sides))]
    assert lengths[0] == lengths[1] == pytest.approx(9 * HOUR, abs=SECOND)
