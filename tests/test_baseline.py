"""A second real sample gives the floor."""

import numpy as np
import pytest

from lobstats.compare import FactComparison, compare
from lobstats.compare.distances import Support, distances
from lobstats.compare.floor import compare_series
from lobstats.events.layout import Kind
from lobstats.inference import to_scale
from lobstats.result import Missing
from lobstats.simulate import Market, simulate

SECOND = 10**9


def seeded(seed=0):
    return np.random.default_rng(seed)


def lattice(k):
    return Support(np.arange(float(k)), np.arange(k))


def pair_of_samples(seed, *, m=8, g=6):
    rng, mass = np.random.default_rng(seed), np.array([0.4, 0.3, 0.2, 0.1])
    return [
        np.array([rng.multinomial(rng.integers(50, 90), mass) for _ in range(units)], dtype=float) for units in (m, g)
    ]


@pytest.fixture(scope="module")
def tiny():
    """Return three samples of one small market."""
    market = Market(n_sessions=6, session_seconds=40.0, memory_seconds=5.0)
    return [simulate(market, rng=seeded(seed)) for seed in (3, 4, 5)]


@pytest.fixture(scope="module")
def results(tiny):
    """Return comparisons without a baseline and with one."""
    return [compare(real=tiny[0], generated=tiny[1], baseline=second) for second in (None, tiny[2])]


def test_a_baseline_from_the_same_market_gives_nearly_the_same_floors_and_one_apart_wider_ones(tiny):
    wide = simulate(Market(n_sessions=6, session_seconds=40.0, memory_seconds=5.0, rate=30.0), rng=seeded(9))
    alone, same, other = (compare(real=tiny[0], generated=tiny[1], baseline=b) for b in (None, tiny[2], wide))
    floors = [result.generated[0].distances["gaps"].distances["ks"].floor for result in (alone, same, other)]
    assert floors[1] == pytest.approx(floors[0], rel=0.6)
    assert floors[2] > 1.5 * max(floors[:2])
    assert other.baseline.observations.name == "baseline"
    assert alone.baseline is None


def test_the_floor_of_a_baseline_is_the_quantile_of_distances_between_both_real_samples():
    real, generated = pair_of_samples(5)
    second, _ = pair_of_samples(6, m=7)
    second[:, 3] += 30
    found = compare_series(
        real, generated, lattice(4), generated_units=6, factor=1.0, rho=0.0, flagged=False,
        nature=[(real[:4].sum(axis=0), real[4:].sum(axis=0))], level=0.95, rng=seeded(9), baseline=second,
    )  # fmt: skip
    rng, draws = seeded(77), []
    for _ in range(4000):
        one, other = rng.integers(len(real), size=len(real)), rng.integers(len(second), size=6)
        draws.append(distances(real[one].sum(axis=0), second[other].sum(axis=0), lattice(4)))
    expected = np.quantile(draws, 0.95, axis=0)
    assert [d.floor for d in found.distances.values()] == pytest.approx(expected, rel=0.05)


def test_a_generated_sample_as_far_as_the_baseline_is_within_noise(tiny):
    wide = [
        simulate(Market(n_sessions=6, session_seconds=40.0, memory_seconds=5.0, rate=30.0), rng=seeded(s))
        for s in (9, 8)
    ]
    alone = compare(real=tiny[0], generated=wide[0]).generated[0]
    held = compare(real=tiny[0], generated=wide[0], baseline=wide[1]).generated[0]
    assert alone.distances["gaps"].verdict == "apart"
    assert held.distances["gaps"].verdict == "within noise"


def test_a_baseline_too_short_for_a_floor_gives_no_verdict(tiny):
    first = tiny[1]["exch_ts"] < tiny[1]["exch_ts"][0] + 100 * SECOND
    found = compare(real=tiny[0], generated=tiny[2], baseline=tiny[1][first]).generated[0]
    assert found.distances["gaps"] == Missing("the baseline has 1 session; a floor needs 5")


def test_what_lies_between_two_real_samples_is_added_to_the_floor_of_a_fact(results):
    alone, held = results
    checked = 0
    for name, found in alone.generated[0].comparisons.items():
        if isinstance(found, Missing) or found.integrated is not None:
            continue
        fact, other = alone.real.facts[name], held.baseline.facts[name]
        one, two = (to_scale(np.array(value), fact.scale) for value in (fact.value, other.value))
        row = held.generated[0].comparisons[name]
        assert row.floor == pytest.approx(found.floor + abs(one - two), rel=1e-9, abs=1e-12)
        assert row.difference == found.difference
        checked += 1
    assert checked > 20


def test_no_curve_has_a_lower_floor_with_a_baseline(results):
    alone, held = results
    pairs = [
        (found, held.generated[0].comparisons[name])
        for name, found in alone.generated[0].comparisons.items()
        if isinstance(found, FactComparison) and found.integrated is not None
    ]
    assert pairs
    assert all(two.integrated.floor > one.integrated.floor for one, two in pairs)


def with_unknown_orders(events, share):
    events = events.copy()
    cancels = np.flatnonzero((events["ev"] & 0xFF) == Kind.CANCEL)
    chosen = cancels[:: max(1, round(len(cancels) / share / len(events)))]
    events["order_id"][chosen] = 10**9 + chosen
    return events


def test_faults_that_the_baseline_has_too_set_no_sample_apart(tiny):
    faulty = [with_unknown_orders(events, 0.02) for events in tiny[1:]]
    rows = [
        compare(real=tiny[0], generated=faulty[0], baseline=second).generated[0].comparisons["messages.unknown_order"]
        for second in (None, faulty[1])
    ]
    assert [row.verdict for row in rows] == ["apart", "within noise"]


def test_a_series_that_few_sessions_of_the_baseline_hold_has_no_verdict(tiny):
    second = tiny[2]
    kind, day = second["ev"] & 0xFF, (second["exch_ts"] // (86_400 * SECOND)).astype(np.int64)
    trades = np.flatnonzero(kind == Kind.TRADE)
    opening = trades[np.unique(day[trades], return_index=True)[1]]
    # From the third day on, nothing but the trade that opens the session.
    left = (kind == Kind.TRADE) & (day >= np.unique(day)[2])
    left[opening] = False
    found = compare(real=tiny[0], generated=tiny[1], baseline=second[~left]).generated[0].distances["trade_moves"]
    assert found.verdict is None
    assert found.missing == "2 of 6 baseline sessions hold an observation; a verdict needs 5"
