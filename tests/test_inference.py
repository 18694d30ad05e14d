"""Intervals by leaving out one unit at a time."""

import math
from dataclasses import dataclass
from functools import partial, reduce
from operator import add

import numpy as np
import pytest
from flow_market import NOT_IN_SIMULATED
from hypothesis import given
from hypothesis import strategies as st
from naive_metrics import SECOND, naive_dependence, naive_jackknife
from scipy import stats

from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.inference import dependence, from_scale, jackknife, to_scale
from lobstats.metrics import collect, evaluate
from lobstats.result import Band, Curve, Estimate, Interval, Missing
from lobstats.simulate import Market, simulate
from lobstats.summary.reference import Reference

METRICS = collect()
KINDS = ["session", "block"]
SCALES = {
    "linear": (lambda g: g, lambda g: g),
    "log": (math.log, math.exp),
    "atanh": (math.atanh, math.tanh),
    "arcsine": (lambda g: math.asin(math.sqrt(g)), lambda g: math.sin(g) ** 2),
}


@dataclass(frozen=True)
class Unit:
    """Stands for a summary: a sum and a number of values."""

    total: float
    n: int = 1

    def __add__(self, other):
        return Unit(self.total + other.total, self.n + other.n)


def mean(unit, scale="linear"):
    return Estimate(unit.total / unit.n, unit.n, "", scale=scale)


def units_of(values):
    return [Unit(float(value)) for value in values]


def interval(values, *, unit_kind="session", level=0.95, fact=mean):
    return jackknife(fact, units_of(values), unit_kind=unit_kind, level=level)


# --- against the textbook ---------------------------------------------------------------------------------------


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=30), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_interval_of_a_mean_of_sessions_is_the_textbooks_where_they_are_not_skewed(values, level):
    values = [*values, *(-value for value in values)]
    found = interval(values, level=level)
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    reach = stats.t.ppf((1 + level) / 2, len(values) - 1) * error
    assert found.error[0] == pytest.approx(error, abs=1e-9)
    assert found.fact.value == pytest.approx(np.mean(values), abs=1e-9)
    assert found.fact.ci.low == pytest.approx(np.mean(values) - reach, abs=1e-8)
    assert found.fact.ci.high == pytest.approx(np.mean(values) + reach, abs=1e-8)
    assert found.fact.ci.level == level
    assert found.pseudo_values[:, 0] == pytest.approx(values, abs=1e-8)


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=30))
def test_the_interval_of_a_mean_reaches_farther_to_the_side_to_which_values_are_skewed(values):
    found = interval(values)
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    t = stats.t.ppf(0.975, len(values) - 1)
    down, up = found.fact.value - found.fact.ci.low, found.fact.ci.high - found.fact.value
    assert min(down, up) == pytest.approx(t * error, abs=1e-8)
    if np.ptp(values) > 1e-3:
        # Johnson (1978): (mean - mu + m3 / (6 s^2 n) + m3 (mean - mu)^2 / (3 s^4)) / (s / sqrt(n)) is nearly Student's.
        n, m3 = len(values), stats.moment(values, 3)
        variance = np.var(values)
        shift = m3 / (6 * variance * n) + m3 / (3 * variance**2) * (t * math.sqrt(variance / n)) ** 2
        assert (up - down) * math.sqrt((n - 1) / n) == pytest.approx(shift, rel=1e-6, abs=1e-6)


def test_a_ratio_of_sums_has_the_standard_error_of_the_delta_method():
    rng = np.random.default_rng(1)
    n = rng.integers(50, 150, 200)
    units = [Unit(rng.normal(3.0, 1.0, k).sum(), int(k)) for k in n]
    found = jackknife(mean, units, unit_kind="session", level=0.95)
    total, size = np.array([unit.total for unit in units]), n
    residual = total - size * total.sum() / size.sum()
    expected = residual.std(ddof=1) / math.sqrt(200) / size.mean()
    assert found.error[0] == pytest.approx(expected, rel=0.03)


def test_units_that_agree_leave_an_interval_of_no_width():
    for unit_kind in KINDS:
        found = interval([2.5] * 6, unit_kind=unit_kind)
        assert (found.fact.ci.low, found.fact.ci.high) == (2.5, 2.5)
        assert found.error.tolist() == [0.0]


def test_a_higher_level_is_wider():
    values = np.random.default_rng(1).normal(size=12)
    narrow, wide = interval(values, level=0.5).fact.ci, interval(values, level=0.99).fact.ci
    assert wide.low < narrow.low < narrow.high < wide.high


NOT_HERE = (*NOT_IN_SIMULATED, "arrivals.intraday_curvature")
"""What sessions of twenty minutes cannot tell."""

# --- against explicit loops -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sessions():
    market = simulate(
        Market(n_sessions=7, session_seconds=1_260.0, rate=1.0, memory_seconds=10.0), rng=np.random.default_rng(2)
    )
    source = source_of_events("market", market)
    return [row.summary for row in summarise(observe(source, choose_grid(source))).rows]


def counted(fact):
    return dict(zip(fact.x.tolist(), fact.n.tolist(), strict=True)) if isinstance(fact, Curve) else {0.0: fact.n}


def points(fact):
    return (
        dict(zip(fact.x.tolist(), fact.value.tolist(), strict=True)) if isinstance(fact, Curve) else {0.0: fact.value}
    )


@pytest.mark.parametrize("name", [name for name in METRICS if name not in NOT_HERE])
@pytest.mark.parametrize("unit_kind", KINDS)
def test_every_metrics_interval_equals_explicit_loops(name, unit_kind, sessions):
    reference = Reference(reduce(add, sessions).returns, 126 * SECOND)
    fact = partial(evaluate, METRICS[name], reference=reference)
    found = jackknife(fact, sessions, unit_kind=unit_kind, level=0.9)
    whole = fact(reduce(add, sessions))
    forth, back = SCALES[whole.scale]
    facts = [fact(reduce(add, sessions[:i] + sessions[i + 1 :])) for i in range(len(sessions))]
    left_out, numbers = [points(one) for one in facts], [counted(one) for one in facts]
    shared = [x for x in points(whole) if all(x in others for others in left_out)]
    assert found.x.tolist() == shared
    low, high = (
        (found.fact.ci.low, found.fact.ci.high)
        if isinstance(found.fact, Curve)
        else ([found.fact.ci.low], [found.fact.ci.high])
    )
    assert isinstance(found.fact.ci, Band if isinstance(found.fact, Curve) else Interval)
    n = counted(whole)
    for i, x in enumerate(shared):
        value, others = points(whole)[x], [forth(other[x]) for other in left_out]
        # A session says something where the value or its number of observations is another without it.
        told = sum(
            abs(other - forth(value)) > 1e-12 or without[x] != n[x]
            for other, without in zip(others, numbers, strict=True)
        )
        error, lower, upper, pseudo = naive_jackknife(
            forth(value), others, blocks=unit_kind == "block", told=told, level=0.9
        )
        if whole.scale == "arcsine":
            # A share of nothing or all: as likely as 5 % that independent observations show none of so many.
            most = forth(1 - 0.05 ** (1 / n[x]))
            upper = max(upper, most) if value <= 0 else upper
            lower = min(lower, math.pi / 2 - most) if value >= 1 else lower
        assert points(found.fact)[x] == points(whole)[x]
        assert found.value[i] == pytest.approx(forth(points(whole)[x]), rel=1e-12)
        assert found.error[i] == pytest.approx(error, rel=1e-7, abs=1e-10)
        assert found.pseudo_values[:, i] == pytest.approx(pseudo, rel=1e-7, abs=1e-9)
        if whole.scale == "arcsine":
            lower, upper = max(lower, 0.0), min(upper, math.pi / 2)
        assert low[i] == pytest.approx(back(lower), rel=1e-6, abs=1e-9)
        assert high[i] == pytest.approx(back(upper), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("m", [5, 6, 13])
def test_each_unit_is_left_out_once_and_in_order(m):
    left_out = []

    def remember(unit):
        left_out.append(unit.total)
        return mean(unit)

    values = [10.0**i for i in range(m)]
    jackknife(remember, units_of(values), unit_kind="session", level=0.95)
    assert left_out[0] == sum(values)
    assert left_out[-m:] == [sum(values) - value for value in values]


# --- dependence of blocks ---------------------------------------------------------------------------------------


@given(st.floats(-1, 1), st.integers(2, 500))
def test_the_correlation_allowed_for_equals_its_twin(rho, units):
    assert dependence(rho, units) == pytest.approx(naive_dependence(rho, units))


def test_the_correlation_allowed_for_by_hand():
    assert dependence(0.0, 10) == pytest.approx(0.1)
    assert dependence(0.2, 16) == pytest.approx(0.2 + 1.6 / 16)
    assert dependence(-0.5, 10) == 0.0
    assert dependence(0.7, 5) == 0.8


def test_blocks_that_follow_each_other_are_wider_than_the_same_values_shuffled():
    values = np.sort(np.random.default_rng(1).normal(size=40))
    shuffled = np.random.default_rng(1).permutation(values)
    assert interval(values).error[0] == pytest.approx(interval(shuffled).error[0])
    assert interval(shuffled, unit_kind="block").error[0] >= interval(shuffled).error[0]
    assert interval(values, unit_kind="block").error[0] > 2 * interval(shuffled, unit_kind="block").error[0]


def coverage(draw, *, unit_kind, n, truth=0.0):
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(n):
        ci = interval(draw(rng), unit_kind=unit_kind).fact.ci
        hits += ci.low <= truth <= ci.high
    return hits / n


def test_95_percent_intervals_of_independent_sessions_cover_95_percent():
    found = coverage(lambda rng: rng.normal(size=8), unit_kind="session", n=1500)
    assert found == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 1500))


def blocks(rng, rho, m=30):
    """Return neighbours of correlation rho."""
    x = [rng.normal()]
    for shock in rng.normal(size=m - 1):
        x.append(rho * x[-1] + math.sqrt(1 - rho**2) * shock)
    return x


def test_95_percent_intervals_of_independent_blocks_cover_95_percent_at_least():
    found = coverage(partial(blocks, rho=0.0), unit_kind="block", n=1000)
    assert found > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 1000)


def test_95_percent_intervals_of_blocks_as_dependent_as_a_plan_may_choose_cover_nearly_95_percent():
    # Truly some 93 %: an estimate of rho from 30 blocks is itself too low, and its allowance makes up for most of it.
    found = coverage(partial(blocks, rho=0.2), unit_kind="block", n=1000)
    assert found > 0.93 - 3 * math.sqrt(0.93 * 0.07 / 1000)
    assert found > coverage(partial(blocks, rho=0.2), unit_kind="session", n=1000) + 0.02


# --- scales -----------------------------------------------------------------------------------------------------


RANGES = {
    "linear": st.floats(-1e9, 1e9),
    "log": st.floats(1e-11, 1e9),
    "atanh": st.floats(-0.999999, 0.999999),
    "arcsine": st.floats(0, 1),
}


@given(st.sampled_from(sorted(RANGES)).flatmap(lambda scale: st.tuples(st.just(scale), RANGES[scale])))
def test_scales_invert(drawn):
    scale, value = drawn
    there = to_scale(np.array([value]), scale)
    assert from_scale(there, scale)[0] == pytest.approx(value, rel=1e-9, abs=1e-9)
    if scale != "arcsine" or value > 0:
        assert there[0] == pytest.approx(SCALES[scale][0](value), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("scale", "values"), [("log", [0.0, -1.0]), ("atanh", [-1.0, 1.0]), ("arcsine", [-1e-18, 1 + 1e-15])]
)
def test_the_ends_of_a_scale_stay_finite(scale, values):
    assert np.isfinite(to_scale(np.array(values), scale)).all()


@pytest.mark.parametrize("scale", sorted(RANGES))
def test_no_interval_leaves_the_values_range(scale):
    far = from_scale(np.array([-1e6, 1e6]), scale)
    assert np.isfinite(far).all()
    lowest, highest = {"linear": (-1e6, 1e6), "log": (0, 1e305), "atanh": (-1, 1), "arcsine": (0, 1)}[scale]
    assert lowest <= far[0] <= far[1] <= highest


def leave_out_logs(values):
    return [math.log(np.mean(values[:i] + values[i + 1 :])) for i in range(len(values))]


@pytest.mark.parametrize(("scale", "values"), [("log", [1, 2, 9, 4, 5]), ("arcsine", [0, 0, 0.5, 0, 0.1])])
def test_an_interval_is_made_on_the_scale_of_the_fact(scale, values):
    found = interval(values, fact=partial(mean, scale=scale))
    ci = to_scale(np.array([found.fact.ci.low, found.fact.ci.high]), scale)
    if scale == "log":
        _, low, high, _ = naive_jackknife(found.value[0], leave_out_logs(values), blocks=False)
        assert ci == pytest.approx([low, high])
    assert 0 <= found.fact.ci.low < found.fact.value < found.fact.ci.high


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_or_all_has_the_interval_of_independent_observations(share):
    units = [Unit(100.0 * share, 100) for _ in range(6)]
    ci = jackknife(partial(mean, scale="arcsine"), units, unit_kind="session", level=0.95).fact.ci
    expected = stats.binomtest(round(600 * share), 600).proportion_ci(0.95, "exact")
    assert (ci.low, ci.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


# --- too little to say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("m", "unit_kind", "counted"), [(1, "block", "1 block"), (2, "session", "2 sessions"), (4, "block", "4 blocks")]
)
def test_fewer_than_five_units_give_an_estimate_without_an_interval(m, unit_kind, counted):
    found = interval(range(m), unit_kind=unit_kind)
    assert found.fact.value == np.mean(range(m))
    assert found.fact.ci == Missing(f"{counted}; an interval needs 5 at least")
    assert (found.error, found.pseudo_values) == (None, None)
    assert found.value.tolist() == [found.fact.value]


NOTHING = Unit(0.0, 0)


@pytest.mark.parametrize("unit_kind", KINDS)
def test_units_that_say_nothing_of_a_fact_lend_it_no_degree_of_freedom(unit_kind):
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    units = [unit for value in values for unit in (Unit(value), *[NOTHING] * 9)]
    found = jackknife(mean, units, unit_kind=unit_kind, level=0.95)
    without = [np.mean([other for j, other in enumerate(values) if j != i]) for i in range(6)]
    left_out = [estimate for mean_of_others in without for estimate in (mean_of_others, *[np.mean(values)] * 9)]
    _, low, high, _ = naive_jackknife(np.mean(values), left_out, blocks=unit_kind == "block", told=6)
    assert found.telling.tolist() == [6]
    assert (found.fact.ci.low, found.fact.ci.high) == pytest.approx((low, high))
    # The error is that of the six, up to the factor 6 / 5 in the variance that a jackknife of so many units brings.
    if unit_kind == "session":
        assert found.error[0] == pytest.approx(np.std(values, ddof=1) / math.sqrt(5), rel=0.02)


def test_a_fact_of_which_fewer_than_five_units_say_anything_has_no_interval():
    units = [unit for value in (3.0, 1.0, 4.0, 2.0) for unit in (Unit(value), *[NOTHING] * 9)]
    for unit_kind in KINDS:
        found = jackknife(mean, units, unit_kind=unit_kind, level=0.95)
        assert found.fact.value == 2.5
        assert found.fact.ci == Missing(f"4 of 40 {unit_kind}s say anything of it; an interval needs 5 at least")
        assert (found.error, found.pseudo_values, found.telling) == (None, None, None)


def test_a_unit_that_happens_to_equal_the_estimate_says_something():
    assert interval([1, 2, 3, 4, 5]).telling.tolist() == [5]
    assert interval([7, 7, 7, 7, 7]).telling.tolist() == [5]


def test_a_curves_points_of_which_fewer_than_five_units_say_anything_are_left_out():
    def both(unit):
        # Two units alone hold hundreds; the other point counts what every unit holds.
        hundreds = unit.total // 100
        return Curve(
            np.array([1.0, 2.0]), np.array([unit.total % 100, hundreds]), np.array([unit.n, hundreds]), "", "s"
        )

    found = interval([1, 202, 3, 304, 5, 6], fact=both)
    assert found.x.tolist() == found.fact.x.tolist() == [1.0]
    assert found.telling.tolist() == [6]
    assert found.pseudo_values.shape == (6, 1)


def needs(total, unit):
    if unit.total < total:
        msg = f"the sum must be {total} at least."
        raise InsufficientDataError(msg)
    return mean(unit)


def test_an_estimate_that_hangs_on_one_unit_has_no_interval():
    for unit_kind in KINDS:
        found = interval([1, 1, 7, 1, 1, 1], fact=partial(needs, 8), unit_kind=unit_kind)
        assert found.fact.value == 2.0
        assert found.fact.ci == Missing(
            f"the estimate hangs on one {unit_kind}: without it, the sum must be 8 at least"
        )
        assert (found.error, found.pseudo_values) == (None, None)


def test_an_estimate_that_all_units_together_cannot_give_is_refused():
    with pytest.raises(InsufficientDataError, match=r"^the sum must be 100 at least\.$"):
        interval([1, 1, 7, 1, 1, 1], fact=partial(needs, 100))


def curve_of(unit, thresholds):
    """Return a curve whose point x is there only where the units' sum is x at least."""
    x = np.array([float(threshold) for threshold in thresholds if unit.total >= threshold])
    if not len(x):
        msg = "no point."
        raise InsufficientDataError(msg)
    return Curve(x, unit.total / unit.n + x, np.full(len(x), unit.n), "ticks", "s", {"a": 1})


def test_a_curves_points_that_are_not_there_without_each_unit_are_left_out():
    # The sum is 12 and at least 5 without one unit: the points at 6 and 12 hang on one unit.
    found = interval([1, 1, 7, 1, 1, 1], fact=partial(curve_of, thresholds=[12, 1, 6, 4]))
    assert found.x.tolist() == found.fact.x.tolist() == [1, 4]
    assert found.fact.value.tolist() == [3, 6]
    assert found.fact.n.tolist() == [6, 6]
    assert (found.fact.unit, found.fact.x_unit, found.fact.params) == ("ticks", "s", {"a": 1})
    assert found.pseudo_values == pytest.approx(np.add.outer([1, 1, 7, 1, 1, 1], [1, 4]))
    error = np.std([1, 1, 7, 1, 1, 1], ddof=1) / math.sqrt(6)
    assert found.error == pytest.approx([error, error])
    assert len(found.fact.ci.low) == 2


def test_a_curve_of_which_no_point_is_there_without_each_unit_has_no_interval():
    found = interval([1, 1, 7, 1, 1, 1], fact=partial(curve_of, thresholds=[11.5, 12]))
    assert found.fact.ci == Missing("the estimate hangs on one session: without it, no point")

    def other_points(unit):
        x = np.array([unit.total])
        return Curve(x, x, np.array([1]), "", "s")

    found = interval([1, 2, 3, 4, 5], fact=other_points)
    assert found.fact.ci == Missing("no point of the curve is there without each session")
    assert found.fact.x.tolist() == [15]
    assert (found.error, found.pseudo_values) == (None, None)
