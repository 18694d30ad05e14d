"""By tenth of the session and by the state of the market: counts, classes, drift, and what a reader sees of them."""

import json
from dataclasses import fields, replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from conditions import MARKET, doubled_when_busy, drawn, units_of, wide, widening
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_conditions import (
    CONDITIONS,
    OBSERVED,
    naive_bin,
    naive_conditional,
    naive_observations,
    naive_thirds,
    naive_windows,
)
from statsmodels.stats.multitest import multipletests

from lobstats.book import NO_PRICE
from lobstats.compare import SeriesComparison, compare
from lobstats.compare.conditions import Stacked, _cuts, compare_regimes, holm, lay_out
from lobstats.compare.drift import Drift, compare_drift
from lobstats.compare.units import UnitPlan
from lobstats.report.html import to_html
from lobstats.report.render import to_dict
from lobstats.report.terminal import to_text
from lobstats.result import Missing
from lobstats.series import Series
from lobstats.simulate import Market, simulate
from lobstats.summary.conditional import conditional_rows, key_of, level_of
from lobstats.summary.gaps import bin_of, lower_edge
from lobstats.summary.summary import unmeasured

SECOND = 1_000_000_000


def session(seed, n=120, seconds=70):
    """Return a session with breaks, times on the edges of windows, empty sides and spreads that vary."""
    rng = np.random.default_rng(seed)
    start = int(rng.integers(0, 40)) * SECOND + int(rng.integers(0, 2)) * int(rng.integers(1, SECOND))
    time = start + np.unique(np.concatenate([rng.integers(0, seconds * SECOND, n), np.arange(0, seconds, 5) * SECOND]))
    n = len(time)
    spread = rng.integers(0, 6, n)
    mid = 2 * (1000 + np.cumsum(rng.integers(-2, 3, n))) + spread % 2
    empty = rng.random(n) < 0.1
    orders = np.sort(rng.choice(time, n // 2))
    return replace(
        Series.empty(),
        start=int(time[0]),
        end=int(time[-1]),
        time=time,
        segment=np.cumsum(rng.random(n) < 0.02),
        n_records=np.ones(n, dtype=np.int64),
        mid=np.where(empty, NO_PRICE, mid),
        spread=np.where(empty, NO_PRICE, spread),
        bid_size=np.zeros(n),
        ask_size=np.zeros(n),
        bid_depth=np.zeros(n),
        ask_depth=np.zeros(n),
        order_time=orders,
        order_size=rng.integers(1, 5, len(orders)).astype(float),
        order_price=np.zeros(len(orders), dtype=np.int64),
    )


def edges_of(series, step):
    return np.array([*range(series.start, series.end + 1, step), series.end + 1])


def whole(series):
    (found,) = conditional_rows(series, series.bars(), np.array([series.start, series.end + 1]))
    return found


def same(one, other):
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


# --- counts -----------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([7, 30, 100]))
def test_joint_counts_of_every_row_equal_the_twin(seed, seconds):
    series = session(seed)
    edges = edges_of(series, seconds * SECOND)
    found = conditional_rows(series, series.bars(), edges)
    expected = naive_conditional(series, edges.tolist())
    assert len(found) == len(expected)
    for own, (counts, windows, left) in zip(found, expected, strict=True):
        keys = {(condition, name): int(key_of(condition, name)) for condition in CONDITIONS for name in OBSERVED}
        laid = {(keys[c, n] + b, v): count for (c, n, b, v), count in counts.items()}
        assert (
            dict(zip(zip(own.keys.tolist(), own.values.tolist(), strict=True), own.counts.tolist(), strict=True))
            == laid
        )
        assert sorted(laid) == list(zip(own.keys.tolist(), own.values.tolist(), strict=True))
        expected_windows = {keys[c, "returns"] + b: count for (c, b), count in windows.items()}
        assert dict(zip(own.window_keys.tolist(), own.windows.tolist(), strict=True)) == expected_windows
        assert own.left_out.tolist() == [[left[c, n] for n in OBSERVED] for c in CONDITIONS]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 90))
def test_rows_add_up_to_the_session_and_sessions_in_any_order(seed, seconds):
    series, other = session(seed), session(seed + 1)
    rows = conditional_rows(series, series.bars(), edges_of(series, seconds * SECOND))
    assert same(reduce(add, rows), whole(series))
    assert same(whole(series) + whole(other), whole(other) + whole(series))
    both = type(rows[0]).merged([whole(series), whole(other)])
    assert both.counts.sum() + both.left_out.sum() == sum(
        5 * len(observed) for own in (series, other) for observed in naive_observations(own).values()
    )


def test_a_session_of_nothing_or_of_one_happening_has_no_window():
    for series in (Series.empty(), session(1).between(session(1).start, session(1).start)):
        found = whole(series)
        assert len(found.windows) == 0
        assert set((found.keys >> 32) // len(OBSERVED)) <= {0}
        assert same(found + found, found + found)


def test_no_size_depends_on_a_value():
    series = session(3)
    moved = replace(
        series,
        mid=np.where(series.mid == NO_PRICE, NO_PRICE, series.mid + 2**44),
        spread=np.where(series.spread == NO_PRICE, NO_PRICE, 2**44),
        order_size=np.full(len(series.order_size), 1e300),
    )
    found = whole(moved)
    assert len(found.keys) <= len(whole(series).keys)
    spreads = found.window_keys - key_of("spread", "returns")
    assert level_of("spread", spreads[spreads >= 0]).tolist() == [
        float(lower_edge(bin_of(np.array([16 * 0xFFFF]), 4), 4)[0] / 16)
    ]


@given(st.integers(0, 2**62), st.sampled_from([3, 4, 7]))
def test_bins_hold_numbers_exactly_and_then_so_many_an_octave(number, bits):
    (own,) = bin_of(np.array([number]), bits).tolist()
    assert own == naive_bin(number, bits)
    low, beyond = lower_edge(np.array([own, own + 1]), bits).astype(float)
    assert low <= number
    assert number < beyond or beyond < 0  # the last octave ends where 63 bits do
    assert lower_edge(np.array([own]), bits)[0] >= number - number / 2**bits


def test_levels_of_bins_are_in_units():
    assert level_of("activity", bin_of(np.array([5, 20, 160]), 3)).tolist() == [5, 20, 160]
    assert level_of("spread_before", bin_of(np.array([16, 24, 64]), 4)).tolist() == [1, 1.5, 4]
    assert level_of("tenth", np.arange(10)).tolist() == list(range(10))


def test_a_happening_at_the_edge_of_two_windows_belongs_to_the_earlier_one():
    time = np.array([0, 4, 10, 13, 20, 21]) * SECOND
    series = replace(session(5), start=0, end=21 * SECOND, time=time, segment=np.zeros(6, dtype=np.int64))
    series = replace(series, mid=np.full(6, 200), spread=np.full(6, 2), order_time=time[:0], order_size=np.empty(0))
    found = whole(series)
    activity = found.window_keys < key_of("activity", "moves")
    # (0, 10] holds 4 and 10, (10, 20] holds 13 and 20.
    assert (found.window_keys - key_of("activity", "returns"))[activity].tolist() == [2]
    assert found.windows[activity].tolist() == [2]
    # The gap that ends at 21 has no whole window of its own, but one before it; that at 4 and at 10 have none before.
    place = [list(CONDITIONS).index(name) for name in ("activity", "activity_before")]
    assert found.left_out[place, list(OBSERVED).index("gaps")].tolist() == [1, 2]


# --- classes ----------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 50), min_size=2, max_size=12))
def test_classes_are_as_near_to_thirds_as_whole_bins_allow(windows):
    low, high = _cuts(np.array(windows))
    expected = naive_thirds(windows)
    thirds = [abs(sum(windows[: own[0]]) / sum(windows) - 1 / 3) for own in ((low, high), expected)]
    assert thirds[0] == pytest.approx(thirds[1])
    thirds = [abs(sum(windows[own[1] :]) / sum(windows) - 1 / 3) for own in ((low, high), (low, expected[1]))]
    assert low <= high < len(windows)
    assert thirds[0] <= thirds[1] + 1e-12 or low != expected[0]


@pytest.fixture(scope="module")
def sides():
    """Return two samples of one market."""
    return drawn(MARKET, 1), drawn(MARKET, 2)


def held_against(real, generated, seed=0):
    (numbers, units), (own_numbers, own_units) = (zip(*units_of(side, None), strict=True) for side in (real, generated))
    one, other = Stacked(units), Stacked(own_units)
    length = sum(s.end - s.start for s in real) // len(real)
    plan = UnitPlan("session", length, {})
    duration = sum(s.end - s.start for s in generated)
    options = {"plan": plan, "level": 0.95, "seed": seed}
    regimes = compare_regimes(one, other, np.array(numbers), worth=max(1, round(duration / length)), **options)
    horizon = compare_drift(
        one,
        other,
        np.array(numbers),
        np.array(own_numbers),
        lengths=(length, duration / len(generated)),
        duration_ns=duration,
        **options,
    )
    return regimes, horizon


def test_what_is_counted_in_a_class_is_what_the_twin_counts_there(sides):
    real, generated = ([s.between(s.start, s.start + 80 * SECOND) for s in side] for side in sides)
    found, _ = held_against(real, generated)
    windows = [own for s in real for own in naive_windows(s).values()]
    for regime in found.regimes:
        bits, steps = (3, 1) if regime.condition == "activity" else (4, 16)
        place = 1 if regime.condition == "activity" else 2
        limit = naive_bin(round(regime.limit * steps), bits)

        def inside(own, limit=limit, place=place, name=regime.name):
            return own is not None and (own[place] >= limit if name in ("busy", "wide") else own[place] < limit)

        share = sum(map(inside, windows)) / len(windows)
        assert regime.real_share == pytest.approx(share)
        key = regime.condition if regime.window == "same" else f"{regime.condition}_before"
        counts = [
            sum(
                count
                for (condition, name, own, _), count in row[0].items()
                if condition == key and name == "spread" and inside((0, own, own))
            )
            for s in real
            for row in naive_conditional(s, [s.start, s.end + 1])
        ]
        assert regime.series["spread"].units == sum(count > 0 for count in counts)


def test_a_defect_of_busy_markets_is_found_there_and_not_in_quiet_ones(sides):
    real, generated = sides
    found, horizon = held_against(real, [doubled_when_busy(s) for s in generated])
    verdicts = {(one.name, one.window): one.series["order_size"].verdict for one in found.regimes}
    assert verdicts["busy", "same"] == "apart"
    assert verdicts["quiet", "same"] == "within noise"
    others = [one.series[name].verdict for one in found.regimes for name in ("returns", "moves", "gaps")]
    assert others.count("apart") == 0
    assert horizon.series["order_size"].verdict == "no drift found"


def test_a_copy_is_at_distance_zero_in_every_class_and_tenth(sides):
    real, _ = sides
    found, horizon = held_against(real, real)
    for one in found.regimes:
        assert one.real_share == one.generated_share
        for row in one.series.values():
            assert (row.joint, row.verdict, row.p) == (0.0, "within noise", 1.0)
    for row in horizon.series.values():
        assert row.ratios == (0.0,) * 10
        assert (row.verdict, row.ratio) == ("no drift found", 0.0)
        assert row.p > 0.3  # chance alone lets the end lie farther than the beginning in half of the draws


def test_a_market_that_is_never_narrow_has_nothing_to_judge_there_and_says_so(sides):
    real, generated = sides
    found, _ = held_against(real, [wide(s) for s in generated])
    narrow = next(one for one in found.regimes if (one.name, one.window) == ("narrow", "same"))
    assert narrow.generated_share == 0.0
    assert narrow.series["gaps"] == Missing("no observation in this class in the generated sample")


def test_a_spread_that_never_changes_makes_no_class(sides):
    real, generated = ([replace(s, spread=np.where(s.spread == NO_PRICE, NO_PRICE, 1)) for s in side] for side in sides)
    found, _ = held_against(real, generated)
    assert {one.condition for one in found.regimes} == {"activity"}
    assert found.without == {"spread": "every window of ten seconds has the same spread on the real side"}


def test_sessions_without_a_whole_window_make_no_class(sides):
    short = [s.between(s.start, s.start + 8 * SECOND) for s in sides[0]]
    found, _ = held_against(short, short)
    assert found.regimes == ()
    assert set(found.without) == {"activity", "spread"}
    assert "no window of ten seconds lies wholly" in found.without["spread"]


@settings(max_examples=20)
@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p):
    found = holm(dict(enumerate(p)))
    assert [found[i] for i in range(len(p))] == pytest.approx(multipletests(p, method="holm")[1])


def test_many_values_are_rounded_to_seven_binary_digits_and_few_are_not():
    values = np.linspace(1000, 2000, 5001)
    rows = np.zeros(5001, dtype=np.int64)
    counts = np.ones(5001, dtype=np.int64)
    (many,), support = lay_out("order_size", [(rows, 1, values, counts)])
    assert len(support.x) <= 140
    assert many.sum() == 5001
    assert np.abs(np.sort(np.repeat(support.x, many[0].astype(int))) - values).max() <= 2000 / 128
    (few,), support = lay_out("order_size", [(rows[:900], 1, values[:900], counts[:900])])
    assert support.x.tolist() == values[:900].tolist()
    assert few.tolist() == [[1.0] * 900]


# --- drift ------------------------------------------------------------------------------------------------------


def test_a_spread_that_grows_over_the_session_drifts_and_one_wrong_from_the_start_does_not(sides):
    real, generated = sides
    _, drifting = held_against(real, [widening(s) for s in generated])
    assert drifting.reference == "the same tenth of the real sessions"
    assert {name for name, one in drifting.series.items() if one.verdict == "drifts"} == {"spread"}
    found = drifting.series["spread"]
    assert found.ratio > 1
    assert found.late["wasserstein"] > found.early["wasserstein"]
    assert found.ratios[-1] > 3 > found.ratios[0]
    _, wrong = held_against(real, [wide(s) for s in generated])
    assert min(wrong.series["spread"].ratios) > 1
    assert wrong.series["spread"].verdict == "no drift found"


def test_distances_by_tenth_are_those_between_the_observations_of_each(sides):
    real, generated = sides
    _, horizon = held_against(real, generated)
    found = horizon.series["spread"]
    tenths = []
    for side in sides:
        own = [[] for _ in range(10)]
        for s in side:
            for time, value in naive_observations(s)["spread"]:
                own[(time - s.start) * 10 // (s.end - s.start + 1)].append(value)
        tenths.append(own)
    for k in range(10):
        one, other = tenths[0][k], tenths[1][k]
        values = np.unique(np.concatenate([one, other]))
        rows = [np.array([part.count(v) for v in values], dtype=float) for part in (one, other)]
        cumulated = np.cumsum(rows[0] / rows[0].sum() - rows[1] / rows[1].sum())
        assert found.values["ks"][k] == pytest.approx(np.abs(cumulated).max(), abs=0.004)  # tenths are cut to the ns
        assert found.values["wasserstein"][k] == pytest.approx(np.abs(cumulated[:-1]) @ np.diff(values), abs=0.02)


def test_short_sessions_are_held_against_the_whole_real_sample(sides):
    real, generated = sides
    pieces = [
        s.between(s.start + k * 60 * SECOND, s.start + (k + 1) * 60 * SECOND) for s in generated for k in range(5)
    ]
    _, horizon = held_against(real, pieces)
    assert horizon.reference == "the whole real sample"
    assert {one.verdict for one in horizon.series.values()} == {"no drift found"}
    _, horizon = held_against(real, [widening(s) for s in pieces])
    assert horizon.series["spread"].verdict == "drifts"
    _, horizon = held_against(real, pieces[:3])
    assert horizon.series["gaps"].reason.startswith(
        "three tenths of the sessions are worth 1.7 tenths of a real session"
    )


# --- the report -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def comparison():
    market = Market(n_sessions=6, session_seconds=60.0, rate=3.0, memory_seconds=2.0)
    real, other = (simulate(market, rng=np.random.default_rng(seed)) for seed in (1, 2))
    return compare(real=real, generated=[other])


def test_the_comparison_holds_both_and_the_json_says_the_same(comparison):
    sample = comparison.generated[0]
    out = to_dict(comparison)["generated"][0]
    json.dumps(out, allow_nan=False)
    assert len(out["conditions"]["classes"]) == len(sample.conditions.regimes) == 8
    assert out["conditions"]["classes"][0]["series"]["gaps"]["verdict"] in ("within noise", "close", "apart")
    assert list(out["horizon"]["series"]) == list(OBSERVED)
    assert isinstance(sample.horizon.series["gaps"], Drift)
    assert len(out["horizon"]["series"]["gaps"]["tenths"]["ks"]["floor"]) == 10
    judged = [isinstance(one.series["gaps"], SeriesComparison) for one in sample.conditions.regimes]
    assert sum(judged) >= 4
    reasons = [
        one.series["gaps"].reason for one, found in zip(sample.conditions.regimes, judged, strict=True) if not found
    ]
    assert all(reason.startswith("the class occurs in") for reason in reasons)


def test_the_terminal_shows_tenths_and_states_in_a_hundred_columns(comparison):
    text = to_text(comparison)
    assert max(map(len, text.splitlines())) <= 100
    by_tenth = text[text.index("by tenth") :]
    assert "no drift found" in by_tenth
    assert "windows, generated" in by_tenth
    assert "busy: happenings in 10 s at least" in by_tenth


def test_the_page_shows_a_figure_and_two_tables(comparison):
    page = to_html(comparison)
    assert 'aria-label="By tenth"' in page
    assert 'aria-label="By state of the market"' in page
    assert "Distance from reality as a session gets longer" in page
    assert 'id="horizon-1-' in page


def test_what_cannot_be_compared_says_why_everywhere(comparison):
    sample = replace(comparison.generated[0], conditions=Missing("too short"), horizon=Missing("too short"))
    without = replace(comparison, generated=(sample,))
    assert to_dict(without)["generated"][0]["horizon"] == {"missing": "too short"}
    assert "too short" in to_text(without)
    assert '<p class="missing">too short.</p>' in to_html(without)


def test_books_without_messages_and_times_are_not_counted_by_condition():
    series = session(1)
    assert "needs orders" in unmeasured([replace(series, has_orders=False)])["conditional"]
    assert "numbers of rows" in unmeasured([replace(series, has_clock=False)])["conditional"]
