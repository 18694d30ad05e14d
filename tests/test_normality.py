"""Shares beyond three standard deviations, over the horizon."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from naive_stylised import naive_beyond_three
from scipy import stats

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import deviation_tail_curve
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns

SECOND = 1_000_000_000


def over_a_second(values):
    return HorizonReturns(np.array([SECOND]), (Counts.of(np.asarray(values), step=0.5, unit="ticks"),))


@given(st.lists(st.integers(-9, 9) | st.sampled_from([0] * 9 + [40, -70, 2**30]), min_size=30, max_size=80))
def test_the_share_equals_its_twin(moves):
    n, total = len(moves), sum(moves)
    squares = sum((n * move - total) ** 2 for move in moves)
    assume(squares and all((n * move - total) ** 2 * n != 9 * squares for move in moves))
    curve = deviation_tail_curve(over_a_second(moves))
    assert curve.value == pytest.approx([naive_beyond_three(moves)], rel=1e-12)
    assert (curve.n.tolist(), curve.scale, curve.params) == ([n], "arcsine", {"deviations": 3.0})


@pytest.mark.parametrize("law", [stats.norm, stats.laplace, stats.t(5), stats.expon])
def test_the_share_of_laws_with_a_known_one(law):
    quantiles = law.ppf((np.arange(1_000_000) + 0.5) / 1_000_000)
    mean, deviation = law.mean(), law.std()
    known = law.cdf(mean - 3 * deviation) + law.sf(mean + 3 * deviation)
    assert deviation_tail_curve(over_a_second(quantiles)).value[0] == pytest.approx(known, rel=0.01)


def test_sums_of_independent_moves_come_to_the_share_of_a_gaussian():
    # Laplace moves: exp(-3 sqrt 2) = 1.44 % over one second; that of the sum of thirty is its characteristic function
    # turned round. A Gaussian has 0.27 %.
    found = [
        deviation_tail_curve(np.cumsum(np.random.default_rng(seed).laplace(size=40_000))).value for seed in range(10)
    ]
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(10)
    u = np.linspace(1e-6, 40, 200_001)
    of_sum = (1 + u**2 / 60) ** -30.0  # of thirty moves, in their standard deviation
    beyond = 1 - 2 / np.pi * np.trapezoid(np.sin(3 * u) / u * of_sum, u)
    assert beyond == pytest.approx(0.0036, abs=0.0005)
    assert mean[0] == pytest.approx(np.exp(-3 * np.sqrt(2)), abs=5 * error[0])
    assert mean[-1] == pytest.approx(beyond, abs=5 * error[-1])
    assert (error < 0.001).all()


def test_no_lattice_has_more_than_one_in_nine():
    moves = np.array([0] * 90 + [1] * 5 + [-1] * 4)
    assert deviation_tail_curve(over_a_second(moves)).value == pytest.approx([9 / 99])
    assert deviation_tail_curve(over_a_second([*moves, 1, 1, -1, -1, -1])).value == pytest.approx([0])


def test_a_curve_without_a_point_says_why():
    with pytest.raises(InsufficientDataError, match=r"^1 s: 9 moves; a standard deviation needs 30 at least\.$"):
        deviation_tail_curve(np.arange(10))
