"""Facts of two samples held against each other: floors from both intervals, curves by two gaps."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from naive_facts import naive_floors, naive_reaches, naive_shared_level, naive_verdict
from scipy import stats

from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, jackknife
from lobstats.joint import DRAWS, deviations, least_p, shared_p, student, student_draws
from lobstats.result import Curve, Estimate, Missing

HALVES = sides_of_nature(np.zeros(9, dtype=int))


def fact(values, errors, m, seed, *, x=None, scale="linear", told=None, pseudo=None):
    """Return a jackknifed fact of one point, or a curve over x, with made-up skewed pseudo-values."""
    values = np.array(values, dtype=float)
    points = np.zeros(1) if x is None else np.array(x, dtype=float)
    if pseudo is None:
        pseudo = values + np.random.default_rng(seed).exponential(0.3, (m, len(points)))
    n = np.full(len(points), 10)
    if x is None:
        shown = Estimate(float(values[0]), 10, "", scale=scale)
    else:
        shown = Curve(points, values, n, "", "s", scale=scale)
    told = np.full(len(points), m) if told is None else np.array(told)
    return Jackknife(shown, points, values, errors and np.array(errors, dtype=float), pseudo, told)


def point(found, i=0):
    return {
        "value": float(found.value[i]),
        "error": None if found.error is None else float(found.error[i]),
        "pseudo": found.pseudo_values[:, i].tolist(),
        "told": int(found.telling[i]),
        "scale": found.fact.scale,
        "n": 10,
    }


def compared(real, generated, q=9, nature=HALVES):
    return compare_facts(real, generated, generated_units=q, nature=nature, level=0.95)


@pytest.mark.parametrize("q", [1, 4, 9, 20])
@pytest.mark.parametrize("own_error", [None, 0.05, 5.0])
@pytest.mark.parametrize("difference", [-0.4, 0.0, 0.4, 3.0])
@pytest.mark.parametrize("told", [5, 9])
def test_facts_equal_their_twin(q, own_error, difference, told):
    real = fact([1.0], [0.1], 9, 1, told=[told])
    generated = fact([1.0 - difference], own_error and [own_error], 6, 2)
    found = compared(real, generated, q)
    floor = naive_floors(point(real), point(generated), q, 0.95)[0 if difference > 0 else 1]
    halves = [np.mean(real.pseudo_values[:4]), np.mean(real.pseudo_values[4:])]
    variation = abs(halves[0] - halves[1])
    assert (found.difference, found.floor) == pytest.approx((abs(difference), floor))
    assert found.ratio == pytest.approx(abs(difference) / floor)
    assert found.natural_variation == pytest.approx(variation)
    assert found.verdict == naive_verdict([(abs(difference), floor, variation)])
    assert (found.at, found.scale, found.integrated) == (None, "linear", None)


def test_without_skewness_the_floor_is_that_of_two_equal_errors():
    pseudo = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0], [9.0]])
    real = fact([1.0], [0.1], 9, 1, pseudo=pseudo)
    assert compared(real, real).floor == pytest.approx(stats.t.ppf(0.975, 8) * 0.1 * math.sqrt(2))


def test_units_skewed_upwards_widen_the_floor_of_a_generated_value_above_the_real_one():
    real = fact([1.0], [0.1], 9, 1, pseudo=np.array([[0.0]] * 8 + [[9.0]]))
    above, below = (compared(real, fact([value], [0.01], 9, 2)).floor for value in (1.01, 0.99))
    assert above > 1.3 * below


def test_a_generated_reach_counts_for_one_and_a_half_of_the_real_one_at_most():
    real = fact([1.0], [0.1], 9, 1)
    wild = compared(real, fact([1.0], [50.0], 9, 2))
    down, up = naive_reaches(point(real), 0.95, 8)
    assert wild.floor == pytest.approx(math.hypot(up, 1.5 * max(down, up)))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_or_all_has_a_floor_above_zero(share):
    value = math.asin(math.sqrt(share))
    real = fact([value], [0.0], 9, 1, scale="arcsine", pseudo=np.full((9, 1), value))
    real = replace(real, fact=replace(real.fact, value=share))
    same = compared(real, real)
    assert (same.verdict, same.ratio) == ("within noise", 0.0)
    assert same.floor > 0
    # One observation in ten of the generated sample is no news, nine in ten are.
    near, far = (
        compared(real, fact([math.asin(math.sqrt(abs(share - moved)))], [0.05], 9, 2, scale="arcsine"))
        for moved in (0.1, 0.9)
    )
    assert (near.verdict, far.verdict) == ("within noise", "apart")
    assert near.floor == pytest.approx(
        naive_floors(point(real), {**point(fact([0.3], [0.05], 9, 2)), "scale": "arcsine"}, 9, 0.95)[share == 0.0]
    )


def test_facts_without_an_error_and_apart_have_no_ratio():
    still, moved = fact([1.0], [0.0], 9, 1, pseudo=np.ones((9, 1))), fact([1.5], [0.3], 9, 2)
    found = compared(still, moved)
    assert (found.floor, found.ratio, found.verdict) == (0.0, None, "apart")
    assert found.to_dict()["ratio_missing"] == "the floor is zero"
    same = compared(still, still)
    assert (same.difference, same.floor, same.ratio, same.verdict) == (0.0, 0.0, 0.0, "within noise")
    both = compared(still, fact([1.5], [0.0], 9, 1, pseudo=np.full((9, 1), 1.5)))
    assert (both.ratio, both.verdict) == (None, "apart")


def test_curves_without_a_common_point_are_refused():
    one, other = fact([1.0], [0.1], 9, 1, x=[1.0]), fact([1.0], [0.1], 9, 1, x=[2.0])
    with pytest.raises(InsufficientDataError, match=r"^the two curves share no point\.$"):
        compared(one, other)


def test_a_real_fact_without_an_interval_is_refused_with_its_reason():
    plain = fact([1.0], [0.1], 9, 1)
    real = Jackknife(plain.fact.with_interval(Missing("too thin")), plain.x, plain.value, None, None)
    with pytest.raises(InsufficientDataError, match=r"^the real sample gives no interval: too thin$"):
        compared(real, plain)


# --- curves -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lent", [False, True])
def test_curves_equal_a_twin_with_other_draws(lent):
    rng = np.random.default_rng(3)
    x = [1.0, 2.0, 4.0]
    real = fact([1.0, 1.1, 1.2], [0.1, 0.2, 0.15], 9, 1, x=x, told=[9, 9, 6])
    generated = fact([1.2, 0.7, 1.1], [0.12, 0.1, 0.2], 9, 2, x=x)
    if lent:
        generated = replace(generated, error=None, pseudo_values=None, telling=None)
    found = compared(real, generated)
    sides = [(real.pseudo_values, real.error)]
    sides.append(sides[0] if lent else (generated.pseudo_values, generated.error))
    covariance = sum(np.corrcoef(pseudo.T) * np.outer(error, error) for pseudo, error in sides)
    errors = rng.multivariate_normal(np.zeros(3), covariance, 4000)
    freedom = np.array([8, 8, 5])
    points = [point(real, i) for i in range(3)]
    others = [{"error": None}] * 3 if lent else [point(generated, i) for i in range(3)]
    _, t = naive_shared_level(errors, freedom, 0.95, len(errors), rng)
    scaled = []
    for i in range(3):
        above, below = naive_floors(points[i], others[i], 9, 0.95)
        scaled.append(np.where(t[:, i] > 0, above, below) * abs(t[:, i]) / stats.t.ppf(0.975, freedom[i]))
    means = np.mean(scaled, axis=0)
    least = (2 * stats.t.sf(abs(t), freedom)).min(axis=1)
    # The p at which either gap is exceeded in one draw of twenty, by halving.
    low, high = 0.02, 0.05
    for _ in range(30):
        p = (low + high) / 2
        either = (least < np.quantile(least, p)) | (means > np.quantile(means, 1 - p))
        low, high = (p, high) if either.mean() < 0.05 else (low, p)
    level = 1 - np.quantile(least, p)
    floors = [
        naive_floors(one, other, 9, level)[0 if real.value[i] > generated.value[i] else 1]
        for i, (one, other) in enumerate(zip(points, others, strict=True))
    ]
    gaps = np.abs(real.value - generated.value)
    worst = int(np.argmax(gaps / floors))
    assert found.largest_at == x[worst]
    assert found.largest.floor == pytest.approx(floors[worst], rel=0.06)
    assert found.largest.difference == pytest.approx(gaps[worst])
    assert found.integrated.difference == pytest.approx(gaps.mean())
    assert found.integrated.floor == pytest.approx(np.quantile(means, 1 - p), rel=0.06)


@pytest.mark.parametrize("freedom", [5, 30])
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.95])
def test_draws_reach_together_what_the_multivariate_t_of_scipy_does(freedom, rho):
    root = np.linalg.cholesky(np.full((3, 3), rho) + (1 - rho) * np.eye(3))
    told = np.full(3, freedom)
    p = np.quantile(least_p(student_draws([root.T], told), told), 0.05)
    limit = np.full(3, student(1 - p, told[:1])[0])
    law = stats.multivariate_t(np.zeros(3), root @ root.T, df=freedom, seed=1)
    within = law.cdf(limit, lower_limit=-limit, maxpts=20_000)
    assert within == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / DRAWS))


def test_points_that_say_the_same_need_no_wider_floor_than_one():
    pseudo = np.random.default_rng(1).normal(size=(9, 1))
    one = fact([1.0], [0.1], 9, 1, pseudo=pseudo, x=[1.0])
    many = fact([1.0] * 20, [0.1] * 20, 9, 1, pseudo=np.repeat(pseudo, 20, axis=1), x=range(20))
    single, wide = compared(one, one), compared(many, many)
    assert wide.largest.floor == pytest.approx(single.floor, rel=0.06)
    independent = fact([1.0] * 20, [0.1] * 20, 9, 2, x=range(20))
    assert compared(independent, independent).largest.floor > 1.3 * single.floor


def test_a_small_shift_of_the_whole_curve_is_told_by_the_integrated_gap():
    rng = np.random.default_rng(1)
    points, told = 30, 60
    real = fact([0.0] * points, [0.1] * points, told, 1, pseudo=rng.normal(size=(told, points)), x=range(points))
    moved = replace(real, value=real.value + 0.25, pseudo_values=rng.normal(size=(told, points)))
    nature = sides_of_nature(np.zeros(told, dtype=int))
    found = compared(real, moved, told, nature)
    assert (found.largest.ratio < 1, found.integrated.ratio > 1) == (True, True)
    assert (found.at, found.ratio, found.verdict != "within noise") == (None, found.integrated.ratio, True)
    out = found.to_dict()
    assert out["largest"]["at"] == found.largest_at
    assert out["integrated"]["ratio"] == found.ratio


def test_either_gap_is_exceeded_in_one_draw_of_twenty():
    drawn = student_draws([np.random.default_rng(1).normal(size=(40, 6))], np.full(6, 39))
    least, mean = least_p(drawn, np.full(6, 39)), np.abs(drawn).mean(axis=1)
    p = shared_p([-least, mean], 0.95)
    either = (least < np.quantile(least, p)) | (mean > np.quantile(mean, 1 - p))
    assert either.mean() == pytest.approx(0.05, abs=2 / DRAWS)
    assert 0.025 <= p <= 0.05


@dataclass
class Sums:
    """Sums of rows of correlated normal values, and how many."""

    total: np.ndarray
    n: int

    def __add__(self, other):
        return Sums(self.total + other.total, self.n + other.n)


def mean_curve(sums):
    x = np.arange(len(sums.total), dtype=float)
    return Curve(x, sums.total / sums.n, np.full(len(x), sums.n), "", "")


def test_the_band_holds_all_points_of_correlated_units_together():
    rng, held = np.random.default_rng(5), {"each": [], "all": []}
    for _ in range(300):
        walks = rng.normal(size=(15, 8)).cumsum(axis=1)
        band = jackknife(mean_curve, [Sums(w, 1) for w in walks], unit_kind="session", level=0.9).fact.ci
        held["each"].append((band.low <= 0) & (band.high >= 0))
        held["all"].append(((band.all_low <= 0) & (band.all_high >= 0)).all())
        assert (band.all_low <= band.low).all()
    error = math.sqrt(0.9 * 0.1 / 300)
    assert abs(np.mean(held["all"]) - 0.9) < 3 * error
    assert np.mean(np.all(held["each"], axis=1)) < 0.9 - 3 * error


def test_deviations_have_the_length_of_the_error():
    pseudo = np.random.default_rng(1).normal(size=(7, 3))
    pseudo[:, 2] = 1.0
    found = deviations(pseudo, np.array([0.1, 0.2, 0.3]))
    assert np.sqrt((found**2).sum(axis=0)) == pytest.approx([0.1, 0.2, 0.0])


def test_points_without_a_floor_leave_the_judgement_to_those_that_have_one():
    lags = [1.0, 2.0, 3.0]
    pseudo = np.column_stack([np.full(9, 0.5), *np.random.default_rng(1).normal(0.4, 0.3, (2, 9))])
    real = fact([0.5, 0.4, 0.4], [0.0, 0.1, 0.1], 9, 1, x=lags, pseudo=pseudo)
    generated = fact([0.497, 0.4, 0.41], [0.0, 0.1, 0.1], 9, 2, x=lags, pseudo=pseudo - [0.003, 0, 0])
    found = compared(real, generated)
    assert found.verdict == "within noise"
    assert found.largest_at == 3.0
    without = compared(*(fact(one.value[1:], [0.1, 0.1], 9, 1, x=lags[1:], pseudo=one.pseudo_values[:, 1:])
                         for one in (real, generated)))  # fmt: skip
    assert (found.difference, found.floor) == (without.difference, without.floor)
    # A curve of nothing else is apart, as an estimate is.
    alone = [fact([value], [0.0], 9, 1, x=[1.0], pseudo=np.full((9, 1), value)) for value in (0.5, 0.497)]
    assert (compared(*alone).verdict, compared(*alone).ratio) == ("apart", None)
