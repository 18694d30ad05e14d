"""Facts of sides of different lengths are compared at the length of the shorter one."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from lobstats import Counts, compare
from lobstats.compare.facts import FactComparison
from lobstats.compare.lengths import at_length, windows_of
from lobstats.compare.ranking_rows import Contender, Weights, _fact_row
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, jackknife
from lobstats.metrics import collect
from lobstats.report.terminal import to_text
from lobstats.result import Curve, Estimate
from lobstats.simulate import Market, simulate


class Units(list):
    """Units that add up to a longer list."""

    def __add__(self, other):
        return Units([*self, *other])


def units(m):
    return [Units([i]) for i in range(m)]


@pytest.mark.parametrize(
    ("m", "share", "expected"),
    [
        (12, 1.0, []),
        (12, 0.7, []),
        (12, 0.5, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]),
        (4, 0.25, [[0], [1], [2], [3]]),
        (7, 0.3, [[0, 1], [2, 3], [5, 6]]),  # 2.5 rounds to even
        (5, 0.01, [[0], [1], [2], [3], [4]]),
    ],
)
def test_windows_are_contiguous_of_equal_length_and_spread_evenly(m, share, expected):
    assert windows_of(units(m), share) == expected


def test_there_are_at_most_eight_windows_from_the_first_unit_to_the_last():
    found = windows_of(units(120), 1 / 60)
    assert len(found) == 8
    assert (found[0][0], found[-1][-1]) == (0, 119)
    assert {len(window) for window in found} == {2}


def variance(values):
    counts = Counts.of(values) if not isinstance(values, Counts) else values
    x = np.repeat(counts.x, counts.counts)
    if len(x) < 2:
        msg = "two values at least."
        raise InsufficientDataError(msg)
    return Estimate(float(np.var(x)), len(x), "", scale="log")


def test_what_leans_with_length_is_read_at_the_length_of_the_windows():
    """The variance around a sample's own mean is too small by 1 / n."""
    rng = np.random.default_rng(2)
    blocks = [Counts.of(rng.normal(size=3)) for _ in range(400)]
    whole = jackknife(variance, blocks, unit_kind="session", level=0.95)
    windows = [blocks[i] for i in range(400)]
    found = at_length(whole, variance, windows)
    expected = np.mean([np.log(np.var(np.repeat(block.x, block.counts))) for block in blocks])
    assert found.value[0] == pytest.approx(expected)
    assert found.value[0] < whole.value[0] - 0.3
    assert (found.error, found.fact) == (whole.error, whole.fact)


def test_a_fact_that_a_window_does_not_allow_keeps_its_value():
    blocks = [Counts.of([float(i), float(i) + 1]) for i in range(6)]
    whole = jackknife(variance, blocks, unit_kind="session", level=0.95)
    assert at_length(whole, variance, [blocks[0], Counts.of([1.0])]) is whole


def test_points_of_a_curve_that_a_window_lacks_keep_theirs():
    def curve(counts):
        n = len(counts.x)
        x = np.arange(1.0, 3.0 if n > 2 else 2.0)
        return Curve(x, np.full(len(x), float(n)), np.full(len(x), n), "", "s")

    blocks = [Counts.of([3.0 * i, 3.0 * i + 1, 3.0 * i + 2]) for i in range(6)]
    whole = jackknife(curve, blocks, unit_kind="session", level=0.95)
    found = at_length(whole, curve, [Counts.of([1.0, 2.0]), blocks[0]])
    assert whole.value.tolist() == [18, 18]
    assert found.value.tolist() == [2.5, 18]


@pytest.fixture(scope="module")
def market():
    return [
        simulate(Market(n_sessions=n, session_seconds=60.0, memory_seconds=2.0, rate=4.0), rng=np.random.default_rng(n))
        for n in (8, 2)
    ]


def test_a_short_sample_is_held_against_means_over_real_sessions(market):
    result = compare(real=market[0], generated=market[1])
    found = result.generated[0]
    assert found.windows == 4
    assert "is shorter: its facts are held against means over 4 windows of real" in " ".join(to_text(result).split())
    metric = collect()["arrivals.burstiness"]
    real = lobstats_units(market[0])
    whole = jackknife(metric, [unit.gaps for unit in real], unit_kind="session", level=0.95)
    means = at_length(whole, partial(metric), [unit.gaps for unit in windows_of(real, 2 / 8)])
    own = np.arctanh(found.facts["arrivals.burstiness"].value)
    assert found.comparisons["arrivals.burstiness"].difference == pytest.approx(abs(means.value[0] - own))


def test_a_long_sample_is_read_over_windows_as_long_as_the_real_one(market):
    real = simulate(
        Market(n_sessions=5, session_seconds=60.0, memory_seconds=2.0, rate=4.0), rng=np.random.default_rng(5)
    )
    long = simulate(
        Market(n_sessions=10, session_seconds=60.0, memory_seconds=2.0, rate=4.0), rng=np.random.default_rng(6)
    )
    result = compare(real=real, generated=long)
    assert result.generated[0].windows == 2
    assert "means over 2 windows of generated 1" in " ".join(to_text(result).split())


def lobstats_units(events):
    from lobstats.engine import choose_grid, observe, source_of_events, summarise

    source = source_of_events("market", events)
    return [row.summary for row in summarise(observe(source, choose_grid(source))).rows]


def test_a_ranking_holds_a_model_against_the_real_facts_at_its_length():
    """A model equal to the real side's mean over windows of its length is at no distance, whatever the whole says."""
    rng, name = np.random.default_rng(1), "volatility.ljung_box"
    pseudo = rng.normal(size=(8, 1))

    def fact(value):
        at = np.array([value])
        return Jackknife(Estimate(value, 8, ""), np.zeros(1), at, np.full(1, 0.1), pseudo, np.full(1, 8))

    def contender(value, usual):
        gap = abs(value - usual)
        row = FactComparison(gap, 0.3, gap / 0.3, "apart", 0.0, "linear", None)
        found = SimpleNamespace(comparisons={name: row}, worth=8)
        return Contender(found, [None] * 8, "session", {name: fact(value)}, {name: fact(usual)})

    models = [contender(2.0, 2.0), contender(3.0, 2.0)]
    weights = [Weights(np.ones((1, 8)), np.ones((1, 8)), 0, (0, 0))] * 2
    row = _fact_row(name, fact(1.0), models, weights)
    assert row.ratios[0] == 0
    assert row.ratios[1] == pytest.approx(1 / 0.3)
