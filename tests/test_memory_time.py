"""How long a sample remembers, and the flags of facts whose units are too short for that."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_metrics import SECOND
from processes import PROCESSES
from scipy.signal import lfilter

from lobstats.compare import FactComparison, compare
from lobstats.compare.memory import memory_flags, memory_seconds, memory_time
from lobstats.compare.units import UnitPlan
from lobstats.report.html import to_html
from lobstats.report.render import to_dict
from lobstats.report.terminal import to_text
from lobstats.simulate import Market, simulate
from lobstats.summary.lags import LAGS, LagSums
from lobstats.summary.summary import summarise_series


def sums_of(rho, pairs=10**9):
    """Return lagged sums of a centred series whose autocorrelation is known without error."""
    many, zeros = np.full(len(LAGS), pairs), np.zeros(len(LAGS))
    return LagSums(
        LAGS, pairs, 0.0, float(pairs), 0.0, float(pairs), many, pairs * np.asarray(rho, dtype=float), zeros, zeros
    )


# --- memory times -----------------------------------------------------------------------------------------------


@given(st.floats(0.7, 4.0), st.floats(0.2, 1.0), st.integers(300, 100_000))
def test_an_exponential_has_its_own_memory_time_wherever_it_sinks_below_the_noise(tau, height, pairs):
    rho = height * np.exp((1 - LAGS) / tau)
    found = memory_time(sums_of(rho, pairs))
    together = (rho + np.roll(rho, -1) + np.roll(rho, -2)) / 3
    lags = int(np.argmax(together < 1.96 / np.sqrt(3 * pairs)))
    assert found == (pytest.approx(tau, rel=1e-4) if lags > 1 else lags)


def test_a_correlation_that_does_not_fall_has_three_times_the_longest_lag():
    assert memory_time(sums_of(np.full(len(LAGS), 0.5))) == pytest.approx(3 * LAGS[-1])


def test_neighbours_that_are_not_correlated_leave_no_memory():
    assert memory_time(sums_of(np.zeros(len(LAGS)))) == 0
    assert memory_time(sums_of(-0.5 * np.exp(-LAGS / 5))) == 0
    # Three lags that together are within two errors, 2 / sqrt(3 pairs).
    assert memory_time(sums_of(0.9 * 1.96 / np.sqrt(300) * np.ones(len(LAGS)), pairs=100)) == 0
    assert memory_time(sums_of(1.1 * 1.96 / np.sqrt(300) * np.ones(len(LAGS)), pairs=100)) > 0


@pytest.mark.parametrize("data", [[], [1.0], [2.0] * 50, [0.0, 1e300] * 30, [1e300] * 40])
def test_a_series_that_says_nothing_has_no_memory(data):
    assert memory_time(LagSums.of(data)) == 0


def test_white_noise_seldom_has_a_memory():
    found = [memory_time(LagSums.of(rng.standard_t(4, 2000))) for rng in map(np.random.default_rng, range(200))]
    assert sum(time > 0 for time in found) <= 14  # 2.5 % of 200 by chance, and four errors


@pytest.mark.parametrize("tau", [2.0, 8.0, 40.0])
def test_an_autoregression_has_the_memory_of_its_coefficient(tau):
    fade = np.exp(-1 / tau)
    found = []
    for seed in range(20):
        shocks = np.random.default_rng(seed).normal(size=round(1200 * tau))
        found.append(memory_time(LagSums.of(lfilter([1.0], [1.0, -fade], shocks))))
    assert np.median(found) == pytest.approx(tau, rel=0.15)


@pytest.mark.parametrize("name", [name for name, process in PROCESSES.items() if not process.fits_alone])
def test_each_process_of_the_benchmark_has_the_memory_it_was_made_with(name):
    family = PROCESSES[name].families[0]
    found = []
    for seed in range(20):
        session = PROCESSES[name].draw(round(60 * 60 * PROCESSES[name].memory), np.random.default_rng(seed))
        ((_, total),) = summarise_series(session, None)
        found.append(memory_seconds(total)[family])
    memory = PROCESSES[name].memory
    assert np.median(found) == pytest.approx(memory, rel=0.25)
    assert memory / 1.5 < np.quantile(found, 0.2) < np.quantile(found, 0.8) < memory * 1.5


def test_each_family_has_the_memory_of_what_it_rests_on():
    moves, arrivals = (sums_of(np.exp(-LAGS / tau)) for tau in (3.0, 20.0))
    ((_, total),) = summarise_series(PROCESSES["Cox"].draw(60, np.random.default_rng(1)), None)
    found = memory_seconds(replace(total, abs_returns=moves, rate_lags=arrivals))
    assert [round(found[name]) for name in ("tails", "volatility", "arrivals", "prices")] == [3, 3, 20, 20]
    found = memory_seconds(replace(total, abs_returns=moves, rate_lags=arrivals), ("rate_lags",))
    assert [round(found[name]) for name in ("tails", "volatility", "arrivals", "prices")] == [3, 3, 0, 3]


# --- flags ------------------------------------------------------------------------------------------------------


def test_units_shorter_than_sixty_memory_times_are_flagged():
    found = memory_flags({"tails": 1.0, "arrivals": 1.01, "prices": 0.0}, 60 * SECOND)
    assert found == {
        "arrivals": "units of 60 s are shorter than 60 memory times of 1 s: the interval may be too narrow"
    }
    assert "1,200 s" in memory_flags({"tails": 25.0}, 1200 * SECOND)["tails"]


def compared(memory, block_seconds, *, session_seconds):
    """Compare a market with itself in blocks of a given length."""
    market = Market(n_sessions=1, session_seconds=session_seconds, memory_seconds=memory)
    events = simulate(market, rng=np.random.default_rng(1))
    with pytest.MonkeyPatch.context() as patch:
        plan = UnitPlan("block", block_seconds * SECOND, {})
        patch.setattr("lobstats.compare.plan_blocks", lambda real: plan)
        return compare(real=events, generated=events)


@pytest.fixture(scope="module")
def long_memory():
    return compared(30.0, 60, session_seconds=1200.0)


def test_a_market_with_a_memory_of_30_s_is_flagged_in_blocks_of_60_s(long_memory):
    real, (sample,) = long_memory.real, long_memory.generated
    assert set(real.flags) == set(sample.flags) == {name.split(".")[0] for name in real.facts}
    for family, flag in real.flags.items():
        assert 30 / 4 < real.memory_seconds[family] < 30 * 2
        assert flag == memory_flags(real.memory_seconds, 60 * SECOND)[family]
    judged = {name: found for name, found in sample.comparisons.items() if isinstance(found, FactComparison)}
    assert len(judged) > 10
    assert all(found.flag == real.flags[name.split(".")[0]] for name, found in judged.items())


def test_a_market_with_a_memory_of_1_s_is_not_flagged_in_blocks_of_300_s():
    result = compared(1.0, 300, session_seconds=3600.0)
    assert result.real.units == 12
    assert max(result.real.memory_seconds.values()) < 5
    assert result.real.flags == result.generated[0].flags == {}
    assert all(getattr(found, "flag", None) is None for found in result.generated[0].comparisons.values())
    assert "~" not in to_text(result)


def test_a_sample_of_nothing_has_neither_memory_nor_flags(long_memory):
    market = simulate(Market(n_sessions=1, session_seconds=60.0), rng=np.random.default_rng(1))
    quiet = market[(market["ev"] & 255) != 2]  # without a trade nothing is continuous
    result = compare(real=market, generated=quiet, tick_size=0.25)
    assert result.generated[0].memory_seconds == result.generated[0].flags == {}


def test_the_flag_is_in_the_json_the_terminal_and_the_page(long_memory):
    found = to_dict(long_memory)
    for side in (found["real"], found["generated"][0]):
        assert side["memory_seconds"].keys() == side["flags"].keys()
        assert all(name.split(".")[0] in side["flags"] for name in side["facts"])
    comparisons = found["generated"][0]["comparisons"]
    assert comparisons["arrivals.burstiness"]["flag"] == found["real"]["flags"]["arrivals"]
    text = to_text(long_memory)
    assert "\n~burstiness " in text
    assert "\n~ real, " in text
    alone = replace(long_memory, generated=())
    assert "\n~burstiness " in to_text(alone)
    for page in map(to_html, (long_memory, alone)):
        assert "~ Long memory" in page
        assert f'title="{found["real"]["flags"]["arrivals"]}">~</a>' in page
