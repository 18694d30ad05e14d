"""Two samples held against each other: distances, floors, units, verdicts."""

import inspect
import math
import re
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_metrics import (
    SECOND,
    naive_compare_series,
    naive_distances,
    naive_error_norms,
    naive_inflation,
    naive_nature,
    naive_neighbour_correlation,
    stream,
)
from scipy import spatial, stats
from statsmodels.stats.multitest import multipletests

import lobstats
from lobstats.book import replay
from lobstats.compare import SERIES, compare
from lobstats.compare.distances import DISTANCES, Support, count_rows, distances, error_norms, spread
from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import compare_series, sides_of_nature
from lobstats.compare.units import (
    UnitPlan,
    group,
    inflation,
    neighbour_correlation,
    plan_blocks,
    plan_sessions,
    row_length,
)
from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.events.layout import Kind
from lobstats.inference import jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.result import Missing
from lobstats.sessions import find_sessions
from lobstats.simulate import Market, simulate
from lobstats.summary.counts import Counts, rounded
from lobstats.summary.gaps import GapCounts, lower_edge

FIXTURES = Path(__file__).parent.parent / "fixtures"
BUY, SELL = 1, -1
FAMILIES = ("tails", "volatility", "arrivals")


def lattice(k):
    return Support(np.arange(float(k)), np.arange(k))


def seeded(seed=0):
    return np.random.default_rng(seed)


# --- distances: other libraries ---------------------------------------------------------------------------------


SAMPLE = st.lists(st.integers(-20, 20), min_size=1, max_size=60)


def laid_out(first, second):
    """Return two samples' counts over their common values, and the support."""
    values = np.unique(first + second)
    rows = [np.array([part.count(value) for value in values], dtype=float) for part in (first, second)]
    return *rows, Support(values.astype(float), np.arange(len(values)))


@given(SAMPLE, SAMPLE)
def test_distances_equal_those_of_scipy_on_the_samples_themselves(first, second):
    one, other, support = laid_out(first, second)
    wasserstein, ks, jensen_shannon, energy, variation = distances(one, other, support)
    assert wasserstein == pytest.approx(stats.wasserstein_distance(first, second), abs=1e-12)
    with np.errstate(all="ignore"):  # its p value, which is not asked for
        expected = stats.ks_2samp(first, second, method="asymp").statistic
    assert ks == pytest.approx(expected, abs=1e-12)
    expected = spatial.distance.jensenshannon(one, other, base=2)
    assert jensen_shannon == pytest.approx(expected if math.isfinite(expected) else 0.0, abs=1e-7)
    assert energy == pytest.approx(stats.energy_distance(first, second), abs=1e-7)
    p, q = one / one.sum(), other / other.sum()
    assert variation == pytest.approx(spatial.distance.cityblock(p, q) / 2, abs=1e-12)


@given(SAMPLE, SAMPLE, SAMPLE)
def test_distances_are_symmetric_and_obey_the_triangle(first, second, third):
    values = np.unique(first + second + third)
    a, b, c = (np.array([part.count(v) for v in values], dtype=float) for part in (first, second, third))
    support = Support(values.astype(float), np.arange(len(values)))
    assert distances(a, b, support) == pytest.approx(distances(b, a, support), abs=1e-12)
    assert (distances(a, c, support) <= distances(a, b, support) + distances(b, c, support) + 1e-7).all()


@given(SAMPLE, st.integers(2, 1000))
def test_a_sample_repeated_is_at_a_distance_of_exactly_zero(sample, times):
    one, _, support = laid_out(sample, sample)
    assert distances(one, times * one, support).tolist() == [0, 0, 0, 0, 0]


def test_samples_without_a_common_value_are_as_far_apart_as_can_be():
    found = distances(np.array([3.0, 0, 0]), np.array([0, 0, 9.0]), lattice(3))
    assert found.tolist() == [2, 1, 1, 2, 1]


def test_distances_go_row_by_row():
    rng = seeded(1)
    one, other = rng.integers(1, 9, (2, 4, 6)).astype(float)
    found = distances(one, other, lattice(6))
    assert found.shape == (4, 5)
    for a, b, expected in zip(one, other, found, strict=True):
        assert distances(a, b, lattice(6)) == pytest.approx(expected)


def test_distances_broadcast():
    rows, one = seeded(1).integers(1, 9, (4, 6)).astype(float), np.ones(6)
    found = distances(rows, one, lattice(6))
    for row, expected in zip(rows, found, strict=True):
        assert distances(row, one, lattice(6)) == pytest.approx(expected)


def test_masses_that_all_lie_in_one_cell_are_at_a_jensen_shannon_distance_of_exactly_zero():
    rng = seeded(1)
    support = Support(np.arange(8.0), np.zeros(8, dtype=int))
    one, other = rng.integers(1, 1000, (2, 200, 8)).astype(float)
    assert distances(one, other, support)[:, 2].tolist() == [0.0] * 200
    assert distances(one, other, support)[:, 4] == pytest.approx(0.0, abs=1e-15)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_distances_and_error_norms_equal_their_twins_in_cells_too(seed, coarse):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(2, 12))
    x = np.cumsum(rng.exponential(1, k))
    cell = np.cumsum(rng.random(k) < 0.4) if coarse else np.arange(k)
    cell = np.unique(cell, return_inverse=True)[1]
    support = Support(x, cell)
    one, other = rng.integers(0, 9, k) + 1.0, rng.integers(0, 9, k) + 2.0
    assert distances(one, other, support) == pytest.approx(
        naive_distances(one.tolist(), other.tolist(), x.tolist(), cell.tolist()), abs=1e-7
    )
    p, q = one / one.sum(), other / other.sum()
    expected = naive_error_norms((p - q).tolist(), ((p + q) / 2).tolist(), x.tolist(), cell.tolist())
    assert error_norms(p - q, (p + q) / 2, support) == pytest.approx(expected, abs=1e-12)


def test_for_near_distributions_the_error_norms_are_the_distances():
    p = np.array([0.2, 0.3, 0.1, 0.4])
    shift = 1e-4 * np.array([1, -2, 3, -2])
    found, norms = distances(p, p + shift, lattice(4)), error_norms(shift, p + shift / 2, lattice(4))
    assert found == pytest.approx(norms, rel=1e-3)


# --- laying counts out ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def market():
    return simulate(Market(n_sessions=6, session_seconds=120.0, rate=3.0, memory_seconds=5.0), rng=seeded(3))


@pytest.fixture(scope="module")
def tiny():
    """Return three samples of one small market."""
    market = Market(n_sessions=6, session_seconds=40.0, memory_seconds=5.0)
    return [simulate(market, rng=seeded(seed)) for seed in (3, 4, 5)]


@pytest.fixture(scope="module")
def sample(market):
    source = source_of_events("market", market)
    return summarise(observe(source, choose_grid(source)), row_ns=30 * SECOND)


@pytest.mark.parametrize("series", SERIES)
def test_each_unit_is_a_row_of_counts_over_the_values_of_all(series, sample):
    units = [row.summary for row in sample.rows]
    (first, second), support = count_rows(series, units[:5], units[5:])
    assert (first.shape, second.shape) == ((5, len(support.x)), (len(units) - 5, len(support.x)))
    assert (np.diff(support.x) > 0).all()
    total = getattr(reduce(add, units), series)
    assert (first.sum(axis=0) + second.sum(axis=0)).tolist() == total.counts.tolist()
    for row, unit in zip(np.vstack([first, second]), units, strict=True):
        field = getattr(unit, series)
        assert dict(zip(support.x[row > 0].tolist(), row[row > 0].tolist(), strict=True)) == pytest.approx(
            dict(zip(field.x.tolist(), field.counts.tolist(), strict=True))
        )
    alone = first.sum(axis=0) / first.sum() >= 1 / 200
    assert (np.bincount(support.cell)[support.cell[alone]] == 1).all() or series in (
        "gaps",
        "weighted_moves",
        "imbalance",
    )


def sizes(*values):
    return SimpleNamespace(order_size=Counts.of(rounded(np.array(values, dtype=float)), unit="contracts"))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=80), st.lists(st.integers(-9, 60), min_size=1, max_size=80))
def test_cells_come_from_the_real_side_alone(real, generated):
    """Whatever a model writes, real values fall into the cells that they have without it."""
    (_,), own = count_rows("order_size", [sizes(*real)])
    _, both = count_rows("order_size", [sizes(*real)], [sizes(*generated)])
    shared = both.cell[np.isin(both.x, own.x)]
    assert np.unique(shared, return_inverse=True)[1].tolist() == np.unique(own.cell, return_inverse=True)[1].tolist()
    assert both.cell[0] == 0
    assert set(np.diff(both.cell)) <= {0, 1}


def test_common_values_are_cells_of_their_own_and_rare_neighbours_share_one():
    values = np.concatenate([np.full(500, 100), np.full(300, 200), np.arange(1001, 1201), np.full(7, 1100)])
    (_,), support = count_rows("order_size", [sizes(*values)])
    cells = [support.x[support.cell == cell] for cell in np.unique(support.cell)]
    assert [cells[0].tolist(), cells[1].tolist()] == [[100], [200]]
    assert [1100] in [cell.tolist() for cell in cells]
    rest = [len(cell) for cell in cells[2:] if 1100 not in cell]
    assert max(rest) <= 7
    assert sum(size >= 3 for size in rest) >= len(rest) - 2


def test_two_halves_of_a_continuous_sample_are_near_although_they_share_no_value():
    values = seeded(3).lognormal(0, 1, 20_000)
    (one, other), support = count_rows("order_size", [sizes(*values[::2])], [sizes(*values[1::2])])
    found = dict(zip(DISTANCES, distances(one[0], other[0], support), strict=True))
    assert found["jensen_shannon"] < 0.12
    assert found["total_variation"] < 0.1


def test_the_scale_is_the_mean_distance_from_the_median():
    values = [1, 2, 2, 5, 40]
    (rows,), support = count_rows("order_size", [sizes(*values)])
    assert spread(rows[0], support) == pytest.approx(np.mean(np.abs(np.array(values) - np.median(values))))
    (rows,), support = count_rows("order_size", [sizes(3, 3)])
    assert spread(rows[0], support) == 0


def test_gaps_lie_in_bins_for_wasserstein_and_in_eight_cells_an_octave_for_jensen_shannon(sample):
    gaps = np.array([260, 290, 300, 301, 302, 320, 1000, 2000, 2001, 10**6])
    summary = replace(sample.rows[0].summary, gaps=GapCounts.of(gaps))
    (rows,), support = count_rows("gaps", [summary])
    edges = lower_edge(np.unique(GapCounts.of(gaps).bins))
    octaves = np.floor(8 * np.log2(edges)).tolist()
    assert [support.cell.tolist().index(c) for c in support.cell] == [octaves.index(o) for o in octaves]
    assert support.cell[0] == 0
    assert set(np.diff(support.cell)) <= {0, 1}
    assert np.exp(support.x) * 1e9 == pytest.approx(
        np.unique([260.5, 290.5, 300.5, 302.5, 320.5, 1001.5, 2003.5, 10**6]), rel=0.01
    )
    assert rows.sum() == len(gaps)


# --- units ------------------------------------------------------------------------------------------------------


def observed(events, **options):
    source = source_of_events("sample", events)
    return observe(source, choose_grid(source, **options))


def test_five_sessions_or_more_are_the_units(market):
    five = observed(market)
    plan = plan_sessions(five, [five])
    assert plan.kind == "session"
    assert plan.length_ns == five.duration_ns // 6
    assert plan.horizon_ns == plan.length_ns // 10
    assert plan.rho == {}
    clears = np.flatnonzero((market["ev"] & 255) == 3)
    assert plan_sessions(observed(market[: clears[5]]), [five]).kind == "session"
    assert plan_sessions(observed(market[: clears[4]]), [five]) is None


def test_a_generated_sample_shorter_than_half_a_session_needs_blocks(market):
    five = observed(market)
    first = int(market["exch_ts"][0])
    assert plan_sessions(five, [observed(market, end_ns=first + 75 * SECOND)]) is not None
    assert plan_sessions(five, [observed(market, end_ns=first + 65 * SECOND)]) is None


def test_the_blocks_of_a_session_are_groups_of_rows_and_the_last_takes_what_is_left(sample):
    # Sessions of 120 s: rows 0 to 3 (and a last happening), in blocks of 60 s twice, of 90 s once and 30 s left over.
    numbers = [row.block for row in sample.rows if row.session == 0]
    for length, expected in ((30, 4), (60, 2), (90, 1), (300, 1)):
        units, sessions = group(sample, UnitPlan("block", length * SECOND, {}))
        assert sessions.tolist() == [number for number in range(6) for _ in range(expected)]
        total = reduce(add, units)
        assert total.gaps.total == sample.total.gaps.total
        first = [row.summary for row in sample.rows if row.session == 0]
        blocks = [min(number * 30 // length, expected - 1) for number in numbers]
        for place in range(expected):
            own = reduce(add, [s for s, block in zip(first, blocks, strict=True) if block == place])
            assert units[place].gaps.counts.tolist() == own.gaps.counts.tolist()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_the_correlation_of_neighbours_equals_its_twin(seed):
    rng = np.random.default_rng(seed)
    m, k = int(rng.integers(2, 20)), int(rng.integers(2, 6))
    counts = rng.poisson(3, (m, k)).astype(float) + np.eye(m, k)
    sessions = np.cumsum(rng.random(m) < 0.15)
    if not (sessions[1:] == sessions[:-1]).any():
        return
    found = neighbour_correlation(counts, sessions)
    assert found == pytest.approx(naive_neighbour_correlation(counts.tolist(), sessions.tolist()), abs=1e-9)


def test_the_correlation_of_neighbours_that_alternate_or_stay_is_near_one_either_way():
    low, high = np.array([9.0, 1.0]), np.array([1.0, 9.0])
    alternating = np.array([low, high] * 20)
    staying = np.array([low] * 20 + [high] * 20)
    assert neighbour_correlation(alternating, np.zeros(40, dtype=int)) == pytest.approx(-1.0)
    assert neighbour_correlation(staying, np.zeros(40, dtype=int)) == pytest.approx(37 / 39)


@pytest.mark.parametrize("counts", [np.zeros((4, 3)), np.full((4, 3), 2.0), np.zeros((4, 0))])
def test_blocks_that_do_not_differ_are_uncorrelated(counts):
    assert neighbour_correlation(counts, np.zeros(4, dtype=int)) == 0.0


def test_blocks_of_different_sessions_are_no_neighbours():
    assert neighbour_correlation(np.array([[9.0, 1], [1, 9], [9, 1]]), np.array([0, 1, 2])) == 0.0


def one_session(seconds, *, memory=5.0, seed=3, rate=2.0):
    market = Market(n_sessions=1, session_seconds=seconds, rate=rate, memory_seconds=memory, burst=1.2)
    events = simulate(market, rng=seeded(seed))
    source = source_of_events("session", events)
    return summarise(observe(source, choose_grid(source)), row_ns=30 * SECOND)


def naive_plan(sample):
    """Walk up the ladder with the twin of rho and lists of rows."""
    series = sample.observations.series
    duration = sum(s.end - s.start for s in series)
    ladder = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400]
    fit = [s for s in ladder if round(duration / SECOND / s) >= 12] or [30]
    fit = [s for s in fit if duration / SECOND / s <= 120] or fit[-1:]
    for seconds in fit:
        blocks = {}
        for row in sample.rows:
            own = series[row.session]
            last = max(1, round((own.end - own.start) / SECOND / seconds)) - 1
            key = row.session, min(row.block * 30 // seconds, last)
            blocks[key] = blocks[key] + row.summary if key in blocks else row.summary
        rho = {}
        for name, info in SERIES.items():
            if info.judged and not info.horizon_ns:
                (rows,), _ = count_rows(name, list(blocks.values()))
                rho[name] = naive_neighbour_correlation(rows.tolist(), [session for session, _ in blocks])
        if max(rho.values()) < 0.25:
            break
    return seconds, rho


@pytest.mark.parametrize(("seconds", "memory"), [(100.0, 5.0), (380.0, 2.0), (1260.0, 200.0), (1500.0, 200.0)])
def test_the_block_length_is_the_shortest_of_the_ladder_with_little_correlation(seconds, memory):
    sample = one_session(seconds, memory=memory, rate=1.0)
    plan = plan_blocks(sample)
    length, rho = naive_plan(sample)
    assert (plan.kind, plan.length_ns) == ("block", length * SECOND)
    assert plan.rho == pytest.approx(rho, abs=1e-9)


def test_the_block_length_grows_with_the_memory_and_leaves_twelve_blocks():
    short, long = plan_blocks(one_session(3600.0, memory=1.0)), plan_blocks(one_session(3600.0, memory=300.0))
    assert short.length_ns < long.length_ns <= 300 * SECOND


def test_no_more_than_some_120_blocks_are_kept():
    sample = one_session(3_900.0, memory=0.5, rate=0.2)
    assert plan_blocks(sample).length_ns >= 60 * SECOND


@pytest.mark.parametrize(("seconds", "row"), [(200, 30), (3600, 30), (9000, 60), (23_400, 300), (82_800, 600)])
def test_rows_are_no_finer_than_the_blocks_need(seconds, row):
    assert row_length(SimpleNamespace(duration_ns=seconds * SECOND)) == row * SECOND


@given(st.floats(-1, 1), st.integers(2, 400), st.sampled_from(["session", "block"]), st.sampled_from([0.9, 0.95]))
def test_the_inflation_equals_its_twin(rho, units, kind, level):
    factor, flagged = inflation(rho, units, kind, level)
    expected, expected_flag = naive_inflation(rho, units, kind, level)
    assert factor == pytest.approx(expected)
    assert flagged == expected_flag


def test_five_sessions_inflate_the_floor_by_1_58():
    assert inflation(0.0, 5, "session", 0.95)[0] == pytest.approx(1.58, abs=0.005)


@pytest.mark.parametrize(("rho", "units", "flagged"), [(0.24, 60, False), (0.25, 60, True), (0.0, 5, False)])
def test_dependence_as_long_as_the_sample_is_flagged(rho, units, flagged):
    factor, found = inflation(rho, units, "block", 0.95)
    assert factor <= 3.0
    assert found == flagged


# --- the floor --------------------------------------------------------------------------------------------------


def pair_of_samples(seed, *, m=8, g=6, k=4, shift=0.0):
    rng = np.random.default_rng(seed)
    mass = np.array([0.4, 0.3, 0.2, 0.1])[:k]
    other = mass + shift * np.array([-1, 0, 0, 1])[:k]
    real = np.array([rng.multinomial(rng.integers(50, 90), mass) for _ in range(m)], dtype=float)
    return real, np.array([rng.multinomial(rng.integers(50, 90), other) for _ in range(g)], dtype=float)


def compared(real, generated, support, *, q, factor=1.2, nature=None, seed=9, level=0.95):
    halves = [(real[: len(real) // 2].sum(axis=0), real[len(real) // 2 :].sum(axis=0))]
    return compare_series(
        real,
        generated,
        support,
        generated_units=q,
        factor=factor,
        rho=0.1,
        flagged=False,
        nature=halves if nature is None else nature,
        level=level,
        rng=np.random.default_rng(seed),
    )


@pytest.mark.parametrize(
    ("q", "shift", "level", "cells"),
    [(6, 0.0, 0.95, False), (9, 0.04, 0.95, True), (9, 0.25, 0.9, False), (3, 0.1, 0.95, True)],
)
def test_floors_ratios_and_verdicts_equal_a_twin_with_the_same_draws(q, shift, level, cells):
    real, generated = pair_of_samples(5, shift=shift)
    support = Support(np.array([0.0, 1.0, 2.5, 3.0]), np.array([0, 1, 1, 2]) if cells else np.arange(4))
    found = compared(real, generated, support, q=q, level=level)
    weights = naive_nature([0] * len(real))
    twin = naive_compare_series(
        real.tolist(),
        generated.tolist(),
        support.x.tolist(),
        support.cell.tolist(),
        q=q,
        factor=1.2,
        nature=weights,
        level=level,
        rng=np.random.default_rng(9),
    )
    named = [found.distances[name] for name in DISTANCES]
    assert [d.value for d in named] == pytest.approx(twin["observed"], abs=1e-9)
    assert [d.floor for d in named] == pytest.approx(twin["floor"], rel=1e-9)
    assert [d.ratio for d in named] == pytest.approx([d.value / d.floor for d in named], rel=1e-12)
    assert [d.natural_variation for d in named] == pytest.approx(twin["variation"], abs=1e-9)
    for d in named:
        assert (d.ci.low, d.ci.high) == (max(0.0, d.value - d.floor), d.value + d.floor)
        assert d.ci.level == level
    assert found.joint == pytest.approx(twin["joint"], rel=1e-9)
    assert found.p == twin["p"]
    assert found.verdict == twin["verdict"]


def test_a_generated_sample_worth_fewer_than_five_units_cannot_widen_the_floor():
    real, _ = pair_of_samples(5)
    wandering = np.array([[200.0, 0, 0, 0], [0, 0, 0, 200.0]] * 3)
    at_four = compared(real, wandering, lattice(4), q=4)
    at_five = compared(real, wandering, lattice(4), q=5)
    assert at_five.distances["ks"].floor > 1.2 * at_four.distances["ks"].floor


def test_a_wandering_generator_buys_at_most_half_a_floor():
    real, steady = pair_of_samples(5, g=10)
    wandering = np.array([[2000.0, 0, 0, 0], [0, 0, 0, 2000.0]] * 5)
    narrow, wide = (compared(real, part, lattice(4), q=10) for part in (steady, wandering))
    for name in DISTANCES:
        assert wide.distances[name].floor <= 1.5 * narrow.distances[name].floor * (1 + 1e-12)
    assert wide.verdict == "apart"


def test_a_shorter_generated_sample_has_a_wider_floor():
    real, generated = pair_of_samples(5)
    floors = [compared(real, generated, lattice(4), q=q).distances["ks"].floor for q in (1, 3, 7)]
    assert floors == sorted(floors, reverse=True)


def test_apart_asks_for_more_than_what_sets_parts_of_the_real_sample_apart():
    real, generated = pair_of_samples(5, m=40, g=40, shift=0.06)
    beyond_noise = compared(real, generated, lattice(4), q=40)
    assert beyond_noise.joint > 1
    assert beyond_noise.verdict == "apart"
    far = [(np.array([1.0, 0, 0, 0]), np.array([0, 0, 0, 1.0]))]
    assert compared(real, generated, lattice(4), q=40, nature=far).verdict == "close"


def test_natural_variation_is_the_median_over_pairs_of_sessions():
    real, generated = pair_of_samples(5, m=6)
    sessions = np.array([0, 0, 1, 1, 2, 2])
    sides = sides_of_nature(sessions)
    assert [(a.tolist(), b.tolist()) for a, b in sides] == [
        ([bool(x) for x in a], [bool(x) for x in b]) for a, b in naive_nature(sessions.tolist())
    ]
    nature = [(real[a].sum(axis=0), real[b].sum(axis=0)) for a, b in sides]
    found = compared(real, generated, lattice(4), q=6, nature=nature)
    for place, name in enumerate(DISTANCES):
        expected = np.median([distances(a, b, lattice(4))[place] for a, b in nature])
        assert found.distances[name].natural_variation == pytest.approx(expected)


def test_one_sessions_natural_variation_is_its_first_half_against_its_second():
    ((first, second),) = sides_of_nature(np.zeros(5, dtype=int))
    assert first.tolist() == [True, True, False, False, False]
    assert (first ^ second).all()


# --- degenerate series ------------------------------------------------------------------------------------------


def test_a_sample_against_itself_is_within_noise_at_zero():
    real, _ = pair_of_samples(5)
    found = compared(real, real, lattice(4), q=8)
    assert [d.value for d in found.distances.values()] == [0] * 5
    assert [d.ratio for d in found.distances.values()] == [0] * 5
    assert (found.joint, found.p, found.verdict) == (0.0, 1.0, "within noise")


def test_a_series_with_one_value_on_both_sides_is_within_noise():
    real = np.full((6, 1), 10.0)
    found = compared(real, 7 * real, lattice(1), q=6)
    for distance in found.distances.values():
        assert (distance.value, distance.floor, distance.ratio, distance.natural_variation) == (0, 0, 0, 0)
    assert (found.joint, found.p, found.verdict) == (0.0, 1.0, "within noise")


def test_where_the_floor_is_zero_and_the_distance_is_not_the_verdict_is_apart_without_a_ratio():
    real = np.array([[10.0, 0.0]] * 6)
    found = compared(real, np.array([[9.0, 1.0]] * 6), lattice(2), q=6)
    for distance in found.distances.values():
        assert distance.value > 0
        assert (distance.floor, distance.ratio) == (0.0, None)
        assert distance.to_dict()["missing"] == "the floor is zero"
        assert (distance.ci.low, distance.ci.high) == (distance.value, distance.value)
    assert (found.joint, found.verdict) == (None, "apart")
    assert found.p == 0.5**6


def test_units_without_an_observation_do_no_harm():
    real, generated = pair_of_samples(5)
    real[2:5] = 0
    generated[0] = 0
    found = compared(real, generated, lattice(4), q=6)
    for d in found.distances.values():
        assert all(map(math.isfinite, (d.value, d.floor, d.ratio, d.ci.low, d.ci.high, d.natural_variation)))


def test_a_part_of_the_real_sample_without_an_observation_does_no_harm_to_natural_variation():
    real, generated = pair_of_samples(5)
    real[:4] = 0
    found = compared(real, generated, lattice(4), q=6)
    assert all(math.isfinite(d.natural_variation) for d in found.distances.values())


# --- false alarms -----------------------------------------------------------------------------------------------


def cox_blocks(rng, *, memory, blocks=60, block=60, rate=2.0):
    """Return counts over values 0 to 9 of marks whose law follows an Ornstein-Uhlenbeck process, block by block."""
    seconds = blocks * block
    fade = math.exp(-1 / memory)
    state, shocks = rng.normal(), rng.normal(size=seconds) * math.sqrt(1 - fade**2)
    x = np.empty(seconds)
    for i, shock in enumerate(shocks):
        state = fade * state + shock
        x[i] = state
    n = rng.poisson(rate * np.exp(0.5 * x - 0.125))
    chance = np.repeat(np.clip(0.5 * np.exp(-0.4 * x), 0.05, 0.95), n)
    marks = np.minimum(rng.geometric(chance) - 1, 9)
    where = np.repeat(np.arange(seconds) // block, n)
    return np.array([np.bincount(marks[where == b], minlength=10) for b in range(blocks)], dtype=float)


def test_at_most_5_percent_of_pairs_of_samples_of_one_market_are_not_within_noise():
    # An hour in blocks of a minute, with a memory of a minute.
    n, alarms, apart, memory = 100, 0, 0, 60
    for seed in range(n):
        rng = np.random.default_rng([memory, seed])
        real, generated = (cox_blocks(rng, memory=memory) for _ in range(2))
        rho = neighbour_correlation(real, np.zeros(len(real), dtype=int))
        factor, _ = inflation(rho, len(real), "block", 0.95)
        found = compared(real, generated, lattice(10), q=len(generated), factor=factor, seed=seed)
        alarms += found.verdict != "within noise"
        apart += found.verdict == "apart"
    assert alarms <= n * 0.05 + 3 * math.sqrt(n * 0.05 * 0.95)
    assert apart <= alarms


def test_samples_of_two_markets_are_told_apart():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        real, generated = cox_blocks(rng, memory=3), cox_blocks(rng, memory=3)
        generated[:, 0], generated[:, 5] = generated[:, 0] * 0.7, generated[:, 5] + generated[:, 0] * 0.3
        assert compared(real, generated, lattice(10), q=60).verdict == "apart"


# --- the whole comparison ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pairs():
    # Longer than twice ten minutes, so that each session holds a whole window of them.
    market = Market(n_sessions=6, session_seconds=1_260.0, rate=0.5, memory_seconds=5.0)
    return [simulate(market, rng=seeded(seed)) for seed in (1, 2)]


@pytest.fixture(scope="module")
def result(pairs):
    real, generated = pairs
    return compare(real=real, generated=[generated, real])


# What two hours of a slow simulated market have too few of, or no reason for.
TOO_FEW = [
    "arrivals.intraday_curvature",
    "flow.event_response_market",
    "flow.event_response_limit",
    "flow.event_response_limit_moving",
    "flow.event_response_cancel",
    "flow.five_minute_trade_fano",
    "flow.five_minute_trade_shape",
    "flow.response_persistence",
    "flow.sign_autocorrelation_integral",
    "flow.sign_memory_exponent",
]


def rows(generated):
    """Return all rows but those of facts that are shown and not scored."""
    return {**generated.distances, **scored(generated)}


def scored(generated):
    return {name: row for name, row in generated.comparisons.items() if name not in SHOWN}


def numbers(value):
    """Return every number in nested results."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in numbers(part)]
    if isinstance(value, list):
        return [number for part in value for number in numbers(part)]
    return [value] if isinstance(value, float | int) and not isinstance(value, bool) else []


def test_every_series_and_every_metric_has_a_row(result):
    for generated in result.generated:
        assert list(generated.distances) == list(SERIES)
        assert list(generated.comparisons) == list(collect())
        assert set(generated.facts) == set(result.real.facts) == set(collect())
        missing = [name for name, row in rows(generated).items() if isinstance(row, Missing)]
        assert missing == TOO_FEW
        assert {name: generated.comparisons[name].reason for name in SHOWN} == SHOWN


def test_no_number_of_a_comparison_is_nan_or_infinite(result):
    for generated in result.generated:
        found = numbers([row.to_dict() for row in (*rows(generated).values(), *generated.facts.values())])
        assert len(found) > 100
        assert all(map(math.isfinite, found))


def test_a_stream_against_itself_is_within_noise_in_every_row(result):
    for name, row in rows(result.generated[1]).items():
        assert name in TOO_FEW or row.verdict == "within noise"
    for row in result.generated[1].distances.values():
        assert [d.value for d in row.distances.values()] == [0] * 5
        assert [d.ci.low for d in row.distances.values()] == [0] * 5
    facts = [row for row in scored(result.generated[1]).values() if not isinstance(row, Missing)]
    assert all(row.difference == 0 for row in facts)


def test_what_is_shown_and_not_scored_has_facts_and_says_why(result):
    assert set(SHOWN) < set(collect())
    for name, reason in SHOWN.items():
        assert result.generated[0].comparisons[name] == Missing(reason)
        assert not isinstance(result.real.facts[name], Missing)


def test_p_values_are_adjusted_as_statsmodels_adjusts_them(result):
    found = [row for row in result.generated[0].distances.values() if row.verdict is not None]
    expected = multipletests([row.p for row in found], method="holm")[1]
    assert [row.p_holm for row in found] == pytest.approx(expected.tolist())


def test_p_values_of_a_sample_apart_are_adjusted_too(tiny):
    real, _, _ = tiny
    bad = simulate(Market(n_sessions=6, session_seconds=40.0, memory_seconds=5.0, volatility=5.0), rng=seeded(4))
    rows_of_bad = compare(real=real, generated=bad).generated[0].distances
    # Sessions of 40 s hold no move over a minute.
    assert [name for name, row in rows_of_bad.items() if isinstance(row, Missing)] == ["returns_60s"]
    found = [row for row in rows_of_bad.values() if not isinstance(row, Missing)]
    p = [row.p for row in found]
    assert len(set(p)) > 2
    assert [row.p_holm for row in found] == pytest.approx(multipletests(p, method="holm")[1].tolist())


def test_each_series_floor_is_that_of_its_units(result, pairs):
    real, generated = pairs
    sources = [source_of_events(name, events) for name, events in (("real", real), ("generated", generated))]
    grid = choose_grid(*sources[:1], sources[1:])
    units, own = ([row.summary for row in summarise(observe(source, grid)).rows] for source in sources)
    factor, _ = inflation(0.0, 6, "session", 0.95)
    seeds = np.random.default_rng(0).integers(1 << 62, size=len(SERIES)).tolist()
    for (name, found), seed in zip(result.generated[0].distances.items(), seeds, strict=True):
        (one, other), support = count_rows(name, units, own)
        q = max(1, min(6, round(other.sum() / one.sum() * 6)))
        nature = [(one[a].sum(axis=0), one[b].sum(axis=0)) for a, b in sides_of_nature(np.arange(6))]
        expected = compare_series(
            one,
            other,
            support,
            generated_units=q,
            factor=factor,
            rho=0.0,
            flagged=False,
            nature=nature,
            level=0.95,
            rng=np.random.default_rng(seed),
        )
        assert replace(found, p_holm=None) == expected


def test_a_sample_is_worth_no_more_units_than_its_observations_are(tiny):
    slow = simulate(Market(n_sessions=6, session_seconds=40.0, rate=0.7, memory_seconds=5.0), rng=seeded(9))
    result = compare(real=tiny[0], generated=slow)
    real, generated = result.real.total, result.generated[0].total
    assert result.generated[0].worth == 6
    for name, row in result.generated[0].distances.items():
        if name == "returns_60s":  # sessions of 40 s hold none
            continue
        share = getattr(generated, name).n / getattr(real, name).n
        assert row.generated_units == max(1, min(6, round(6 * share))), name
    assert result.generated[0].distances["gaps"].generated_units < 4


def test_each_facts_comparison_is_that_of_the_jackknife_of_its_units(result, pairs):
    reference = [source_of_events(name, events) for name, events in zip(("a", "b"), pairs, strict=True)]
    grid = choose_grid(reference[0], reference[1:])
    seen = [observe(source, grid) for source in reference]
    row_ns = row_length(seen[0])
    units, own = ([row.summary for row in summarise(side, row_ns=row_ns).in_rows(None).rows] for side in seen)
    for name in ("arrivals.memory", "prices.zero_move_share", "volatility.absolute_autocorrelation"):
        field = {"arrivals.memory": "gaps", "prices.zero_move_share": "moves"}.get(name, "abs_returns")
        metric = collect()[name]
        real, generated = (
            jackknife(metric, [getattr(unit, field) for unit in side], unit_kind="session", level=0.95)
            for side in (units, own)
        )
        expected = compare_facts(real, generated, generated_units=6, nature=sides_of_nature(np.arange(6)), level=0.95)
        assert result.generated[0].comparisons[name] == expected


def everything(result):
    return [[row.to_dict() for row in rows(generated).values()] for generated in result.generated]


def test_the_same_seed_gives_the_same_comparison_and_another_seed_other_floors(tiny):
    real, generated, _ = tiny
    base = everything(compare(real=real, generated=generated))
    assert everything(compare(real=real, generated=generated, rng=np.random.default_rng(0))) == base
    assert everything(compare(real=real, generated=generated, rng=np.random.default_rng(1))) != base


def test_a_sample_added_behind_changes_nothing(tiny):
    real, generated, other = tiny
    alone, beside = compare(real=real, generated=generated), compare(real=real, generated=[generated, other])
    assert everything(beside)[0] == everything(alone)[0]


def test_the_order_of_the_generated_samples_does_not_matter(tiny):
    real, generated, other = tiny
    forth, back = (compare(real=real, generated=order) for order in ([generated, other], [other, generated]))
    assert everything(forth) == everything(back)[::-1]


def test_a_sample_shorter_than_half_a_session_makes_blocks_the_units_of_all(tiny):
    real, generated, other = tiny
    short = other[: np.searchsorted(other["exch_ts"], other["exch_ts"][0] + 20 * SECOND)]
    alone, beside = compare(real=real, generated=generated), compare(real=real, generated=[generated, short])
    assert (alone.plan.kind, beside.plan.kind) == ("session", "block")


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
def test_a_level_outside_its_range_is_refused(level, pairs):
    with pytest.raises(ValueError, match=rf"^`level` must be in \(0, 1\), got {level}\.$"):
        compare(real=pairs[0], level=level)


def test_the_real_side_alone_is_described(pairs, result):
    alone = compare(real=pairs[0])
    assert alone.generated == ()
    assert alone.real.units == 6
    assert [fact.to_dict() for fact in alone.real.facts.values()] == [f.to_dict() for f in result.real.facts.values()]


# --- too little to compare --------------------------------------------------------------------------------------


def test_too_few_units_give_no_verdict_and_say_so():
    short = simulate(Market(n_sessions=1, session_seconds=100.0), rng=seeded(1))
    found = compare(real=short, generated=short)
    assert found.plan.kind == "block"
    reason = f"the real sample has {found.real.units} blocks; a verdict needs 5"
    assert found.real.units < 5
    for row in found.generated[0].distances.values():
        assert row == Missing(reason)
    for name, row in scored(found.generated[0]).items():
        assert row == Missing(reason) or row.reason.startswith("real: "), name


def test_a_sample_shorter_than_half_a_block_gets_no_verdict(tiny):
    real, _, other = tiny
    short = other[: np.searchsorted(other["exch_ts"], other["exch_ts"][0] + 20 * SECOND)]
    found = compare(real=real, generated=short)
    seconds = found.plan.length_ns // SECOND
    for row in found.generated[0].distances.values():
        assert row == Missing(f"the generated sample is shorter than half a block of {seconds} s")


QUIET = stream((10, "add", BUY, 1, 100.0, 1), (20, "add", SELL, 2, 101.0, 1))


def test_streams_without_a_trade_are_described_as_such(tiny):
    for found in (compare(real=QUIET).real, compare(real=tiny[0], generated=QUIET).generated[0]):
        assert (found.total, found.units) == (None, 0)
        for row in found.facts.values():
            assert row == Missing("no continuous trading: it begins with a trade, and there is none")


def test_one_session_shows_the_path_of_its_mid_without_a_verdict():
    market = simulate(Market(n_sessions=1, session_seconds=600.0, memory_seconds=2.0), rng=seeded(1))
    found = compare(real=market, generated=market).generated[0].distances
    assert found["from_open"].verdict is None
    assert found["from_open"].missing == "it follows the one path of each session; a verdict needs five"
    assert found["from_open"].p_holm is None
    assert found["spread"].verdict == "within noise"


def test_a_session_without_a_new_order_does_not_hide_that_order_sizes_are_apart():
    def session(day, scale, *, adds):
        start, first = day * 86_400 * SECOND, day * 1000
        out = [
            (start, "clear", 0, 0, 0, 0),
            (start, "add", BUY, first + 1, 100.0, 5),
            (start, "add", SELL, first + 2, 100.25, 5),
            (start + SECOND, "trade", BUY, 0, 100.25, 1),
        ]
        for i in range(100):
            time = start + (2 + i) * SECOND // 2 + 7 * i * i * day
            size = scale * (1 + (i * 7 + day) % 5)
            new = (time, "add", BUY, first + 10 + i, 99.5, size)
            out.append(new if adds else (time, "modify", BUY, first + 1, 100.0, 5 + i % 3))
        return out

    real = stream(*(row for day in range(1, 8) for row in session(day, 1, adds=day != 3)))
    generated = stream(*(row for day in range(1, 8) for row in session(day, 10, adds=day != 3)))
    found = compare(real=real, generated=generated).generated[0].distances["order_size"]
    assert found.verdict == "apart"


@pytest.mark.parametrize("size", [1.7e308, 1.7976931348623157e308])
def test_huge_order_sizes_of_a_model_are_no_traceback(size, tiny):
    real, generated, _ = tiny
    wild = generated.copy()
    wild["qty"][np.flatnonzero((wild["ev"] & 255) == 10)[-3:]] = size
    compare(real=real, generated=wild)


# --- real and simulated streams ---------------------------------------------------------------------------------


def shuffled_gaps(events, seed=0):
    """Permute the gaps between happenings of each stretch; the order of events and the book stay."""
    book = replay(events, tick_size=0.25)
    segment = find_sessions(events, book).segment
    time, rng = book.time.copy(), np.random.default_rng(seed)
    for number in np.unique(segment[segment >= 0]):
        at = np.flatnonzero(segment == number)
        time[at[1:]] = time[at[0]] + np.cumsum(rng.permutation(np.diff(book.time[at])))
    out, live = events.copy(), book.happening >= 0
    out["exch_ts"][live] = time[book.happening[live]]
    return out


@pytest.fixture(scope="module")
def of_esh4(esh4):
    return compare(real=esh4, generated=[esh4, shuffled_gaps(esh4)])


def test_esh4_against_itself_is_within_noise_in_every_row(of_esh4):
    found = of_esh4.generated[0]
    for name, row in rows(found).items():
        if re.match(r"tails\..*(hill|pareto|shape|ks_)", name):
            assert re.search("[68] distinct values (beyond|above) ", row.reason), name
        elif name == "tails.gain_loss_asymmetry":
            assert "without it, 8 moves beyond the 1 % tail" in row.reason
        elif name.startswith(("volatility.garch", "volatility.conditional")):
            assert "3 of 12 blocks say anything of it; an interval needs 5 at least" in row.reason
        elif name in SERIES and (not SERIES[name].judged or name == "returns_60s"):
            assert row.verdict is None
        elif name == "arrivals.intraday_curvature":
            assert "2 of 48 half-hours of the day were observed" in row.reason
        elif name.startswith(("flow.five_minute", "flow.sign_memory_exponent")):
            assert re.search("11 whole windows|signs 29 trades apart are not positively correlated", row.reason), name
        else:
            assert row.verdict == "within noise", name
    assert all(d.value == 0 for row in found.distances.values() for d in row.distances.values())
    assert all(row.difference == 0 for row in found.comparisons.values() if not isinstance(row, Missing))


def test_tails_of_esh4_are_missing_with_the_number_of_distinct_values(of_esh4):
    for name in ("hill_index", "pareto_index"):
        assert of_esh4.real.facts[f"tails.{name}"] == Missing(
            "6 distinct values beyond the 1 % tail; an index needs 10 at least"
        )
    for name in ("hill_curve", "pareto_curve"):
        assert of_esh4.real.facts[f"tails.{name}"] == Missing(
            "6 distinct values beyond the 2.5 % tail; an index needs 10 at least"
        )


def test_shuffled_gaps_of_esh4_are_found_by_facts_alone(of_esh4):
    found = of_esh4.generated[1]
    assert [d.value for d in found.distances["gaps"].distances.values()] == [0] * 5
    assert found.distances["gaps"].verdict == "within noise"
    for name in ("arrivals.memory", "arrivals.fano_factor", "arrivals.fano_curve"):
        assert found.comparisons[name].verdict == "apart", name
    for name in ("arrivals.burstiness", "arrivals.mean_gap", "prices.zero_move_share", "prices.mean_spread"):
        assert found.comparisons[name].difference == 0, name


@pytest.fixture(scope="module")
def of_fixtures():
    paths = [FIXTURES / name for name in ("reference.bin", "generated.bin", "generated_bad.bin")]
    return compare(real=paths[0], generated=paths[1:])


def test_the_good_fixture_is_apart_in_no_row(of_fixtures):
    found = {name: getattr(row, "verdict", None) for name, row in rows(of_fixtures.generated[0]).items()}
    unjudged = [name for name, verdict in found.items() if verdict is None]
    # Half an hour a day has no curvature, orders here leave no touch unmoved, and trades are not split.
    assert unjudged == ["arrivals.intraday_curvature", "flow.event_response_cancel", "flow.sign_memory_exponent"]
    assert not [name for name, verdict in found.items() if verdict == "apart"]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_bad_fixture_is_apart_in_each_family(family, of_fixtures):
    bad = of_fixtures.generated[1]
    judged = {name: row for name, row in scored(bad).items() if not isinstance(row, Missing)}
    facts = [row.verdict for name, row in judged.items() if name.startswith(family)]
    series = [row.verdict for name, row in bad.distances.items() if SERIES[name].family == family]
    assert "apart" in facts
    assert family == "volatility" or "apart" in series


def test_the_bad_fixture_keeps_what_was_not_changed(of_fixtures):
    bad = of_fixtures.generated[1]
    for name in ("arrivals.mean_gap", "volatility.realised_volatility", "prices.mean_order_size"):
        assert bad.comparisons[name].verdict == "within noise", name
    assert bad.distances["order_size"].verdict == "within noise"


def test_natural_variation_of_many_sessions_rests_on_some_of_them():
    pairs = sides_of_nature(np.arange(1000))
    assert len(pairs) == 45 * 44 // 2
    assert all(a.sum() == b.sum() == 1 for a, b in pairs)


def test_the_package_is_called_as_the_function_is():
    assert inspect.signature(lobstats.compare) == inspect.signature(lobstats.compare.compare)
    with pytest.raises(TypeError, match=r"compare\(\) takes 0 positional arguments but 2 were given"):
        lobstats.compare("a", "b")
    with pytest.raises(ValueError, match="`real` is empty"):
        lobstats.compare(real=[])


def test_a_kind_that_a_sample_never_writes_is_missing_and_not_passed_over(tiny):
    bad = tiny[1].copy()
    modify = (bad["ev"] & 0xFF) == Kind.MODIFY
    bad["ev"][modify] = (bad["ev"][modify] & ~np.uint32(0xFF)) | np.uint32(Kind.BBO)
    row = compare(real=tiny[0], generated=bad).generated[0].comparisons["arrivals.burstiness_by_kind"]
    assert isinstance(row, Missing)
    assert row.reason.startswith("the generated sample tells nothing of modify")


# --- one session -----------------------------------------------------------------------------------------------


def test_one_generated_session_says_what_its_level_rests_on(tiny):
    from lobstats.report.terminal import to_text

    first = tiny[1]["exch_ts"] < tiny[1]["exch_ts"][0] + 100 * SECOND
    text = to_text(compare(real=tiny[0], generated=[tiny[1][first], tiny[2]]))
    assert "generated 1 is worth one session: its rank among 6 real ones" in " ".join(text.split())
    assert "generated 2 is worth one session" not in text


def test_a_series_that_one_session_holds_alone_has_no_verdict():
    events = [simulate(Market(n_sessions=5, session_seconds=60.0), rng=seeded(seed)) for seed in (1, 2)]
    for number, own in enumerate(events):
        day = np.cumsum(np.diff(own["exch_ts"], prepend=own["exch_ts"][0]) > 1800 * 10**9)
        trade = np.flatnonzero((own["ev"] & 0xFF) == Kind.TRADE)
        first = trade[np.unique(day[trade], return_index=True)[1]]
        later = np.setdiff1d(trade[day[trade] > 0], first)
        events[number] = np.delete(own, later)
    found = compare(real=events[0], generated=events[1]).generated[0].distances["trade_moves"]
    assert found.verdict is None
    assert found.p_holm is None
    assert found.missing == "1 of 5 real sessions hold an observation; a verdict needs 5"
