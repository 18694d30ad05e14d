"""The divergence of prices, as papers on generated markets report it."""

import math

import numpy as np
import pytest
from scipy.stats import entropy

import lobstats
from lobstats.compare.divergence import Divergence, kl_divergence
from lobstats.result import Missing
from lobstats.simulate import Market, simulate

CELLS = np.arange(4)


def test_it_is_the_entropy_of_scipy_with_half_an_observation_in_each_cell():
    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = rng.integers(0, 50, size=(2, 4)) + np.array([[1], [0]])
        assert kl_divergence(first, second, CELLS) == pytest.approx(entropy(first, second + 0.5), rel=1e-12)


def test_values_of_one_cell_count_together_and_a_cell_that_the_second_lacks_stays_finite():
    cell = np.array([0, 0, 1])
    assert kl_divergence(np.array([3.0, 1.0, 4.0]), np.array([4.0, 0.0, 4.0]), cell) == 0
    found = kl_divergence(np.array([0.0, 5.0, 5.0]), np.array([0.0, 9.0, 0.0]), cell)
    assert found == pytest.approx(0.5 * math.log(0.5 / 0.95) + 0.5 * math.log(0.5 / 0.05))


def test_a_gaussian_shifted_by_its_deviation_diverges_by_half_a_nat():
    x = np.arange(-60, 61)
    density = [np.exp(-((x - shift) ** 2) / 200) for shift in (0, 10)]
    assert kl_divergence(density[0] * 1e9, density[1] * 1e9, np.arange(len(x))) == pytest.approx(0.5, abs=1e-3)


def test_a_comparison_holds_it_with_what_lies_between_real_sessions():
    market = Market(n_sessions=6, session_seconds=300.0)
    real, other = (simulate(market, rng=np.random.default_rng(seed)) for seed in (1, 2))
    sample, copy = lobstats.compare(real=real, generated=[other, real]).generated
    assert isinstance(sample.divergence, Divergence)
    assert sample.divergence.value > copy.divergence.value
    assert copy.divergence.value < 0.01 < copy.divergence.natural_variation
    assert sample.divergence.natural_variation == copy.divergence.natural_variation


def test_a_sample_without_trading_has_none():
    real = simulate(Market(n_sessions=1, session_seconds=300.0), rng=np.random.default_rng(1))
    found = lobstats.compare(real=real, generated=[real[:60]]).generated[0].divergence
    assert found == Missing("no continuous trading in the generated sample")
