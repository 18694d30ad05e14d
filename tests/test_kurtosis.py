"""Kurtosis, over the horizon as well."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_tails import naive_kurtosis
from scipy import stats

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import kurtosis, kurtosis_curve, kurtosis_decay
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HORIZONS_NS, HorizonReturns
from lobstats.summary.reference import Reference

SECOND = 1_000_000_000
MOVES = st.lists(st.integers(-9, 9) | st.sampled_from([0, 0, 2**30, -(2**44)]), min_size=1, max_size=80)


def reference_of(seconds):
    return Reference(Counts.of(np.arange(5)), int(seconds * SECOND))


def three_point(excess, n=10**12):
    """Return moves of -1, 0 and 1 of which a share 1 / (3 + excess) is not zero: their kurtosis is its inverse."""
    moved = round(n / (3 + excess) / 2)
    return Counts.weighted([-1, 0, 1], [moved, n - 2 * moved, moved], step=0.5, unit="ticks")


def of_excess(*points):
    """Return the changes at some horizons, given as (seconds, excess kurtosis)."""
    return HorizonReturns(
        np.array([int(seconds * SECOND) for seconds, _ in points]), tuple(three_point(excess) for _, excess in points)
    )


@given(MOVES)
def test_the_kurtosis_equals_its_twin(moves):
    if len(moves) < 30:
        with pytest.raises(InsufficientDataError, match=rf"^{len(moves)} moves; a kurtosis needs 30 at least\.$"):
            kurtosis(np.array(moves))
    elif len(set(moves)) < 2:
        with pytest.raises(InsufficientDataError, match=r"^the moves do not vary\.$"):
            kurtosis(np.array(moves))
    else:
        found = kurtosis(np.array(moves))
        assert found.value == pytest.approx(naive_kurtosis(moves), rel=1e-9)
        assert (found.n, found.unit, found.scale) == (len(moves), "", "log")


@pytest.mark.parametrize("law", [stats.norm, stats.laplace, stats.uniform, stats.expon, stats.t(9)])
def test_the_kurtosis_is_three_more_than_scipys(law):
    moves = law.rvs(size=5_000, random_state=3)
    assert kurtosis(moves).value == pytest.approx(3 + stats.kurtosis(moves), rel=1e-12)


def test_the_kurtosis_of_laws_with_a_known_one():
    for law, known in ((stats.norm, 3.0), (stats.laplace, 6.0), (stats.uniform, 1.8)):
        quantiles = law.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
        assert kurtosis(quantiles).value == pytest.approx(known, rel=1e-3)
    assert kurtosis(three_point(4.0)).value == pytest.approx(7.0, rel=1e-9)


@pytest.mark.parametrize("moves", [[1e300, *range(40)], [-1.7e308, 1.7e308, *range(40)], [5e-324, *np.zeros(40)]])
def test_numbers_at_the_end_of_the_range_have_a_kurtosis(moves):
    # One value among n equal ones has the kurtosis n - 2 + 1 / (n - 1), two opposite ones n / 2.
    n = len(moves)
    expected = n / 2 if moves[0] < 0 else n - 2 + 1 / (n - 1)
    assert kurtosis(np.array(moves)).value == pytest.approx(expected, rel=1e-9)


def test_the_curve_is_the_kurtosis_of_the_changes_at_each_horizon():
    path = np.cumsum(np.random.default_rng(1).integers(-5, 6, 2_000))
    curve = kurtosis_curve(path)
    assert curve.x.tolist() == [1, 2, 5, 10, 30]
    for seconds, value, n in zip((1, 2, 5, 10, 30), curve.value, curve.n, strict=True):
        changes = path[seconds:] - path[:-seconds]
        assert (value, n) == (pytest.approx(3 + stats.kurtosis(changes), rel=1e-12), 2_000 - seconds)
    assert (curve.unit, curve.x_unit, curve.scale) == ("", "s", "log")


def test_the_reference_sets_the_longest_horizon():
    path = np.cumsum(np.random.default_rng(1).integers(-5, 6, 2_000))
    for seconds, longest in ((0, 1), (1, 1), (4.9, 2), (5, 5), (1000, 600)):
        assert kurtosis_curve(path, reference=reference_of(seconds)).x[-1] == longest


def test_horizons_with_too_few_changes_or_still_ones_are_left_out():
    path = np.cumsum(np.random.default_rng(1).integers(-5, 6, 38))
    assert kurtosis_curve(path).x.tolist() == [1, 2, 5]
    alternating = np.tile([0, 1], 100)
    assert kurtosis_curve(alternating).x.tolist() == [1, 5]


def test_a_curve_without_a_point_says_why_the_first_is_missing():
    with pytest.raises(InsufficientDataError, match=r"^1 s: 9 moves; a kurtosis needs 30 at least\.$"):
        kurtosis_curve(np.arange(10))
    with pytest.raises(InsufficientDataError, match=r"^1 s: the moves do not vary\.$"):
        kurtosis_decay(np.arange(100))


@pytest.mark.parametrize("exponent", [0.3, 1.0, 1.5])
def test_the_decay_of_a_power_is_its_exponent(exponent):
    points = [(seconds, 8 * seconds**-exponent) for seconds in (1, 2, 5, 10, 30)]
    found = kurtosis_decay(of_excess(*points))
    assert found.value == pytest.approx(exponent, rel=1e-6)
    assert (found.n, found.params, found.scale) == (5, {"longest_horizon_seconds": 30.0}, "linear")


def test_horizons_without_excess_are_left_out_of_the_decay():
    found = kurtosis_decay(of_excess((1, 8), (2, 4), (5, -0.5), (10, 0.8)))
    assert (found.n, found.value) == (3, pytest.approx(1.0, rel=1e-6))
    with pytest.raises(InsufficientDataError, match=r"^2 horizons with a positive excess kurtosis; a decay needs 3\.$"):
        kurtosis_decay(of_excess((1, 8), (2, 4), (5, -0.5)))


def test_independent_moves_become_gaussian_with_the_exponent_one_and_clustered_ones_slower():
    # The excess of a sum of h independent moves is that of one over h; 3e5 moves know it to 0.3 at 30 s.
    rng = np.random.default_rng(2)
    moves = rng.choice([-8, 8], 300_000) * (rng.random(300_000) < 0.02)
    assert kurtosis_decay(np.cumsum(moves)).value == pytest.approx(1.0, abs=0.1)
    loud = np.repeat(rng.random(1_000) < 0.1, 300)
    clustered = np.rint(rng.normal(size=300_000) * np.where(loud, 30, 3)).astype(int)
    # States that last ten times as long as the longest horizon hardly let the excess fall at all.
    assert abs(kurtosis_decay(np.cumsum(clustered)).value) < 0.1


def test_the_horizons_are_those_of_the_summary():
    assert (HORIZONS_NS / SECOND).tolist() == [0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600]
    assert math.isclose(kurtosis(three_point(1)).value, kurtosis_curve(of_excess((1, 1))).value[0])
