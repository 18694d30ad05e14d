"""Skewness, over the horizon as well."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_stylised import naive_skewness
from scipy import stats

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import skewness, skewness_curve
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

MOVES = st.lists(st.integers(-9, 9) | st.sampled_from([0, 0, 2**30, -(2**44)]), min_size=1, max_size=80)


@given(MOVES)
def test_the_skewness_equals_its_twin(moves):
    if len(moves) < 30:
        with pytest.raises(InsufficientDataError, match=rf"^{len(moves)} moves; a skewness needs 30 at least\.$"):
            skewness(np.array(moves))
    elif len(set(moves)) < 2:
        with pytest.raises(InsufficientDataError, match=r"^the moves do not vary\.$"):
            skewness(np.array(moves))
    else:
        found = skewness(np.array(moves))
        assert found.value == pytest.approx(naive_skewness(moves), rel=1e-9, abs=1e-9)
        assert (found.n, found.unit, found.scale) == (len(moves), "", "linear")


@pytest.mark.parametrize("law", [stats.norm, stats.laplace, stats.expon, stats.gumbel_l, stats.t(9)])
def test_the_skewness_is_scipys(law):
    moves = law.rvs(size=5_000, random_state=3)
    assert skewness(moves).value == pytest.approx(stats.skew(moves), rel=1e-9)
    assert skewness(-moves).value == pytest.approx(-stats.skew(moves), rel=1e-9)


def test_the_skewness_of_laws_with_a_known_one():
    for law, known in ((stats.norm, 0.0), (stats.expon, 2.0), (stats.gamma(4), 1.0)):
        quantiles = law.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
        assert skewness(quantiles).value == pytest.approx(known, abs=2e-3)


def test_sums_of_independent_exponential_moves_lean_by_two_over_the_root_of_their_number():
    # The skewness of a gamma law of shape h. Five errors, from the spread over ten samples.
    found = []
    for seed in range(10):
        path = np.cumsum(np.random.default_rng(seed).exponential(size=40_000))
        curve = skewness_curve(path)
        found.append(curve.value)
    assert curve.x.tolist() == [1, 2, 5, 10, 30]
    error = np.std(found, axis=0, ddof=1) / np.sqrt(10)
    assert (error < 0.03).all()
    assert (np.abs(np.mean(found, axis=0) - 2 / np.sqrt(curve.x)) < 5 * error).all()


def test_the_curve_is_the_skewness_of_the_changes_at_each_horizon():
    path = np.cumsum(np.random.default_rng(1).integers(-5, 9, 2_000))
    curve = skewness_curve(path)
    for seconds, value, n in zip((1, 2, 5, 10, 30), curve.value, curve.n, strict=True):
        assert (value, n) == (pytest.approx(stats.skew(path[seconds:] - path[:-seconds]), rel=1e-9), 2_000 - seconds)
    assert (curve.unit, curve.x_unit, curve.scale) == ("", "s", "linear")
    longer = skewness_curve(path, reference=Reference(Counts.of([1]), 60_000_000_000))
    assert longer.x[-1] == 60


@pytest.mark.parametrize("moves", [[1e300, *range(40)], [-1.7e308, *range(40)], [5e-324, *np.zeros(40)]])
def test_numbers_at_the_end_of_the_range_have_a_skewness(moves):
    # One value among n equal ones: (n - 2) / sqrt(n - 1), towards that value.
    n = len(moves)
    expected = (n - 2) / np.sqrt(n - 1) * np.sign(moves[0])
    assert skewness(np.array(moves)).value == pytest.approx(expected, rel=1e-9)


def test_a_curve_without_a_point_says_why_the_first_is_missing():
    with pytest.raises(InsufficientDataError, match=r"^1 s: 9 moves; a skewness needs 30 at least\.$"):
        skewness_curve(np.arange(10))
