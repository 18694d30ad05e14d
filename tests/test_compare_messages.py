"""Faults of messages as facts of a comparison."""

import math

import numpy as np
import pytest
from scipy import stats

from lobstats import compare
from lobstats.compare.messages import compare_messages
from lobstats.engine import choose_grid, observe, source_of_events
from lobstats.events.layout import BUY_FLAG, SELL_FLAG, Kind
from lobstats.events.validity import Tally
from lobstats.simulate import Market, simulate


@pytest.fixture(scope="module")
def markets():
    market = Market(n_sessions=5, session_seconds=120.0, rate=3.0, memory_seconds=2.0)
    return [simulate(market, rng=np.random.default_rng(seed)) for seed in (1, 2)]


def with_unknown_orders(events, share, seed=0):
    """Let a share of the cancels name an order that is nowhere."""
    rng, events = np.random.default_rng(seed), events.copy()
    cancels = np.flatnonzero((events["ev"] & 0xFF) == Kind.CANCEL)
    chosen = rng.choice(cancels, round(share * len(events)), replace=False)
    events["order_id"][chosen] = 10**9 + chosen
    return events


def test_streams_without_a_fault_have_no_row(markets):
    real, generated = markets
    found = compare(real=real, generated=generated).generated[0]
    assert not [name for name in found.comparisons if name.startswith("messages.")]


def test_one_unknown_order_in_a_thousand_records_sets_a_sample_apart(markets):
    real, generated = markets
    found = compare(real=real, generated=with_unknown_orders(generated, 0.001)).generated[0]
    row, fact = found.comparisons["messages.unknown_order"], found.facts["messages.unknown_order"]
    assert row.verdict == "apart"
    assert fact.value == pytest.approx(0.001, rel=0.1)
    assert fact.ci.low < fact.value < fact.ci.high


def test_fewer_faults_than_the_recording_has_set_no_sample_apart(markets):
    real, generated = markets
    found = compare(real=with_unknown_orders(real, 0.01), generated=generated).generated[0]
    row = found.comparisons["messages.unknown_order"]
    assert (row.difference, row.ratio, row.verdict) == (0.0, 0.0, "within noise")


def observed_with(events, tally):
    source = source_of_events("some", events)
    seen = observe(source, choose_grid(source))
    seen.tallies["unknown_order"] = tally
    return seen


def verdicts(markets, real, generated):
    one, other = (observed_with(events, tally) for events, tally in zip(markets, (real, generated), strict=True))
    from lobstats.compare.messages import message_facts

    _, facts = message_facts([one, other], 0.95)
    return compare_messages(one, other, facts, 0.95)["messages.unknown_order"]


def test_the_floor_is_that_of_two_independent_binomials(markets):
    """With nothing counted on the real side the reaches are those of Clopper and Pearson."""
    real, generated = Tally.of(np.empty(0, dtype=int), 60_000), Tally.of(np.array([7, 30_000, 59_000]), 60_000)
    found = verdicts(markets, real, generated)
    up = math.asin(math.sqrt(1 - 0.025 ** (1 / 60_000)))
    share = math.asin(math.sqrt(3 / 60_000))
    down = share - math.asin(math.sqrt(stats.binomtest(3, 60_000).proportion_ci(method="exact").low))
    assert found.floor == pytest.approx(math.hypot(up, down))
    assert found.difference == pytest.approx(share)
    assert found.verdict == "within noise"


def test_two_streams_of_one_rate_are_seldom_told_apart(markets):
    rng, n, alarms = np.random.default_rng(5), 20_000, 0
    for _ in range(200):
        one, other = (np.flatnonzero(rng.random(n) < 0.001) for _ in range(2))
        alarms += verdicts(markets, Tally.of(one, n), Tally.of(other, n)).verdict != "within noise"
    assert alarms <= 200 * 0.05


def test_faults_that_come_in_bursts_are_told_apart_only_beyond_their_own_spread(markets):
    n = 20_000
    burst, even = np.arange(9_000, 9_060), np.arange(0, n, n // 60)
    real = Tally.of(np.empty(0, dtype=int), n)
    assert verdicts(markets, real, Tally.of(even, n)).ratio > 1.5 * verdicts(markets, real, Tally.of(burst, n)).ratio


def test_trades_with_the_wrong_side_are_told_by_prints_off_the_touch(markets):
    real, generated = markets
    swapped = generated.copy()
    swapped["ev"][(swapped["ev"] & 0xFF) == Kind.TRADE] ^= np.uint32(BUY_FLAG | SELL_FLAG)
    found = compare(real=real, generated=swapped).generated[0].comparisons
    assert found["messages.trade_off_touch"].verdict == "apart"
