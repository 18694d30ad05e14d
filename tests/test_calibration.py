"""The verdict on a series keeps its promise: the quick version of `benchmarks/calibration.md`, and its parts."""

import math

import numpy as np
import pytest
from calibration import PROCESSES, SESSIONS, keys, one_session, several_sessions
from naive_calibration import naive_choice, naive_leaning

from lobstats.compare.distances import Support
from lobstats.compare.floor import compare_series
from lobstats.compare.units import UnitPlan, choose_blocks, inflation, leaning, neighbour_correlation

SECOND = 1_000_000_000
LENGTHS = (30, 60, 120, 300)


def rows_of(memory, *, rows=120, seed=0, weight=1.0):
    """Return counts over three values, 60 a row, whose shares follow a process that remembers so many rows."""
    rng = np.random.default_rng(seed)
    fade = math.exp(-1 / memory) if memory else 0.0
    x = np.empty(rows)
    x[0] = rng.normal()
    for i in range(1, rows):
        x[i] = fade * x[i - 1] + math.sqrt(1 - fade**2) * rng.normal()
    first = 1 / (1 + np.exp(-weight * x))
    return np.array([rng.multinomial(60, [p / 2, p / 2, 1 - p]) for p in first], dtype=float)


def chosen(counts, memory=0.0, sessions=None):
    """Choose blocks for rows of half a minute, in one session or in equal ones."""
    rows = len(next(iter(counts.values())))

    def blocks_of(length):
        if sessions is None:
            return keys(rows, length)
        each = rows // sessions
        return np.stack([np.repeat(np.arange(sessions), each), np.tile(keys(each, length)[:, 1], sessions)], axis=1)

    plan = choose_blocks(counts, blocks_of, [length * SECOND for length in LENGTHS], memory)
    twin = naive_choice(
        {name: own.tolist() for name, own in counts.items()},
        lambda length: [tuple(key) for key in blocks_of(length * SECOND).tolist()],
        LENGTHS,
        memory,
    )
    assert plan.length_ns == twin * SECOND
    return plan


# --- memory in rows far apart -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("rows", "sessions"), [(5, 1), (24, 2), (78, 1), (120, 3)])
def test_the_leaning_of_rows_equals_its_twin(rows, sessions):
    counts = rows_of(4.0, rows=rows, seed=rows)
    session = np.arange(rows) * sessions // rows
    expected = naive_leaning(counts.tolist(), session.tolist())
    assert leaning(counts, session) == pytest.approx(expected, abs=1e-9)
    assert leaning(1e6 * counts, session) == pytest.approx(expected, abs=1e-9)


def test_independent_rows_seldom_lean():
    found = np.array([leaning(rows_of(0.0, seed=seed), np.zeros(120, dtype=int)) for seed in range(400)])
    assert np.mean(found > 2) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)
    assert np.mean(found > 3) <= 0.02


def test_a_weak_memory_that_neighbours_do_not_show_is_seen_in_rows_far_apart():
    """One tenth of the sample long, but most of a row's variance is noise."""
    one = np.zeros(120, dtype=int)
    samples = [rows_of(12.0, seed=seed, weight=0.15) for seed in range(100)]
    assert np.mean([leaning(rows, one) > 2 for rows in samples]) >= 0.6
    assert np.mean([neighbour_correlation(rows, one) >= 0.25 for rows in samples]) <= 0.15


def test_too_few_or_empty_rows_do_not_lean():
    assert leaning(np.ones((2, 3)), np.zeros(2, dtype=int)) == 0.0
    assert leaning(np.zeros((9, 3)), np.zeros(9, dtype=int)) == 0.0
    assert leaning(np.full((9, 1), 4.0), np.zeros(9, dtype=int)) == 0.0
    assert leaning(rows_of(0.0, rows=6), np.arange(6)) == 0.0


def test_what_one_series_surely_shows_flags_all():
    plan = UnitPlan("block", 30 * SECOND, {}, {"gaps": 3.1, "spread": 0.0})
    assert plan.remembers("gaps")
    assert plan.remembers("spread")
    plan = UnitPlan("block", 30 * SECOND, {}, {"gaps": 2.1, "spread": 0.0})
    assert plan.remembers("gaps")
    assert not plan.remembers("spread")
    assert not UnitPlan("session", 30 * SECOND, {}).remembers("gaps")


# --- the length of blocks ---------------------------------------------------------------------------------------


def test_blocks_are_short_without_memory_and_longest_with_a_long_one():
    assert chosen({"gaps": rows_of(0.0), "spread": rows_of(0.0, seed=1)}).length_ns == 30 * SECOND
    assert chosen({"gaps": rows_of(12.0), "spread": rows_of(0.0, seed=1)}).length_ns == 300 * SECOND


@pytest.mark.parametrize(("memory", "seconds"), [(0.5, 30), (0.6, 60), (1.0, 60), (2.0, 120), (2.1, 30), (60.0, 30)])
def test_blocks_hold_sixty_memory_times_where_thirty_of_them_remain(memory, seconds):
    assert chosen({"gaps": rows_of(0.0)}, memory).length_ns == seconds * SECOND


def test_pairs_and_blocks_lie_in_one_session():
    plan = chosen({"gaps": rows_of(2.0, seed=3)}, sessions=3)
    assert plan.length_ns >= 60 * SECOND


@pytest.mark.parametrize(("rho", "units"), [(0.0, 120), (0.2, 60), (0.2, 12)])
def test_a_dependence_that_is_estimated_costs_degrees_of_freedom(rho, units):
    """Not known as it would be, and less than if there were a third as many units."""
    from scipy.stats import t

    factor, _ = inflation(rho, units, "block", 0.95)
    r = min(0.8, rho + (1 + 3 * rho) / units)
    known = math.sqrt(units / (units - 1) * (1 + r) / (1 - r)) / 1.959964
    assert t.ppf(0.975, units - 1) * known < factor <= t.ppf(0.975, max(3, (units - 1) / 4)) * known


# --- values that the real side never shows ----------------------------------------------------------------------


def verdict_with_strays(strays, *, real_units=20, each=50.0):
    """Compare units of one value with ones of which some hold another as well."""
    generated = np.array([[each - stray, float(stray)] for stray in strays])
    found = compare_series(
        np.array([[each, 0.0]] * real_units),
        generated,
        Support(np.array([0.0, 1.0]), np.arange(2)),
        generated_units=len(generated),
        factor=1.2,
        rho=0.0,
        flagged=False,
        nature=[(np.array([each, 0.0]), np.array([each, 0.0]))],
        level=0.95,
        rng=np.random.default_rng(0),
    )
    assert found.joint is None
    return found.verdict, found.p


@pytest.mark.parametrize(
    ("strays", "events"),
    [
        ([1] + [0] * 19, 1),
        ([30] + [0] * 19, 1),  # one burst
        ([1] * 4 + [0] * 16, 4),
        ([1] * 5 + [0] * 15, 5),
        ([2] * 20, 40),  # in every unit: each counts
    ],
)
def test_a_few_values_that_the_real_side_never_shows_are_noise(strays, events):
    verdict, p = verdict_with_strays(strays)
    # Half of all observations are generated, and so is each event with chance one half.
    assert p == pytest.approx(max(0.5**events, 1 / 2001))
    assert verdict == ("within noise" if events <= 4 else "apart")


def test_two_samples_of_a_market_with_rare_values_are_seldom_apart():
    rng, n = np.random.default_rng(5), 150
    alarms = 0
    for _ in range(n):
        strays = rng.poisson(0.1, 20)  # two in a sample; the real side happens to have none
        alarms += strays.any() and verdict_with_strays(strays)[0] != "within noise"
    # The chance of more than four such units, were the real side's none of them chosen to be so, is 5 %.
    assert alarms <= n * 0.06 + 3 * math.sqrt(n * 0.06 * 0.94)


def test_one_generated_session_all_of_other_values_is_apart():
    assert verdict_with_strays([15], real_units=5)[0] == "apart"
    assert verdict_with_strays([1], real_units=5)[0] == "within noise"


# --- calibration ------------------------------------------------------------------------------------------------


def shares(process, share, trials, size="equal"):
    """Return the shares not within noise and flagged of both series of a market."""
    found = [one_session(process, share, 0.0, seed, rules=("now",), sizes=(size,)) for seed in range(trials)]
    verdicts = [one for run in found for one in run.values()]
    return np.mean([v.close or v.apart for v in verdicts]), np.mean([v.flag for v in verdicts])


@pytest.mark.parametrize("process", PROCESSES)
def test_at_most_5_percent_are_called_close_or_apart_where_memory_is_short(process):
    trials = 25
    alarms, flags = shares(process, 300, trials)
    # Both series of a trial come from one market and may err together.
    margin = 3 * math.sqrt(0.05 * 0.95 / trials)
    assert alarms <= 0.05 + margin
    assert flags <= 0.10 + margin


@pytest.mark.parametrize("process", PROCESSES)
def test_the_flag_is_raised_where_memory_is_a_tenth_of_the_sample(process):
    _, flags = shares(process, 10, 15)
    assert flags >= 0.6


def test_sessions_with_an_effect_of_the_day_are_within_noise():
    trials = 40
    found = [several_sessions("Cox", 60, "day and U", seed) for seed in range(trials)]
    for size in ("five", "one"):
        alarms = np.mean([run["now", size, "marks"].close or run["now", size, "marks"].apart for run in found])
        assert alarms <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert SESSIONS == 5
