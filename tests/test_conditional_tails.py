"""What is left of heavy tails once moves are divided by the volatility of the moment."""

import numpy as np
import pytest
from naive_fits import simulated_garch
from naive_stylised import naive_residuals
from scipy import stats

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import kurtosis
from lobstats.metrics.volatility import conditional_kurtosis, conditional_tail, conditional_tail_curve
from lobstats.summary.clock_windows import WINDOW
from lobstats.summary.garch import LEVELS, GarchFits, fit_garch


def heavy_garch(n, seed, degrees):
    """Return a GARCH(1,1) path whose shocks are Student-t of unit variance."""
    rng, x, h = np.random.default_rng(seed), np.zeros(n), 1.0
    shocks = rng.standard_t(degrees, n) * np.sqrt((degrees - 2) / degrees)
    for t in range(n):
        x[t] = np.sqrt(h) * shocks[t]
        h = 0.05 + 0.15 * x[t] ** 2 + 0.8 * h
    return x


def twin(moves):
    """Return the residuals of each window, by the parameters that were fitted to it."""
    found = []
    for begin in range(0, len(moves) - WINDOW + 1, WINDOW):
        x = moves[begin : begin + WINDOW]
        scaled = x / np.sqrt(np.mean(x * x))
        fit = fit_garch(x)
        clusters = fit.gain >= 2.9957 and fit.alpha > 1e-6
        found += naive_residuals(scaled, fit.omega, fit.alpha, fit.beta) if clusters else scaled.tolist()
    return np.array(found)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_residuals_are_those_of_the_twin(seed):
    moves = np.concatenate(
        [simulated_garch(1_200, 0.05, 0.1, 0.85, seed), np.random.default_rng(seed).normal(size=700)]
    )
    z = twin(moves)
    assert len(z) == 3 * WINDOW
    fits = GarchFits.of(moves)
    assert 0 < fits.clustered < fits.fitted == 3
    assert fits.residual_squares == pytest.approx(np.sum(z**2), rel=1e-6)
    assert fits.residual_fourths == pytest.approx(np.sum(z**4), rel=1e-6)
    assert fits.residual_tail.tolist() == [int(np.sum(np.abs(z) > level)) for level in LEVELS]
    assert conditional_kurtosis(moves).value == pytest.approx(len(z) * np.sum(z**4) / np.sum(z**2) ** 2, rel=1e-6)
    assert conditional_tail(moves).value == np.mean(np.abs(z) > 3)
    assert conditional_tail_curve(moves).value.tolist() == [np.mean(np.abs(z) > level) for level in LEVELS]


def test_sums_of_windows_add_up():
    moves = simulated_garch(1_800, 0.05, 0.1, 0.85, 5)
    parts = [GarchFits.of(moves[begin : begin + 600]) for begin in (0, 600, 1200)]
    whole, added = GarchFits.of(moves), parts[0] + parts[1] + parts[2]
    assert added.residual_fourths == pytest.approx(whole.residual_fourths, rel=1e-12)
    assert added.residual_tail.tolist() == whole.residual_tail.tolist()
    assert (added + GarchFits()).residual_tail.tolist() == whole.residual_tail.tolist()


def test_gaussian_shocks_leave_the_shares_of_a_gaussian_and_the_kurtosis_three():
    # 100 windows: the kurtosis of n Gaussian values is known to sqrt(24 / n), a share to sqrt(p / n); fits to 600 moves
    # take up a little of the largest, which is less than 0.05 and a tenth of the shares.
    n, moves = 60_000, simulated_garch(60_000, 0.05, 0.1, 0.85, 9)
    assert kurtosis(moves).value > 3.5
    assert conditional_kurtosis(moves).value == pytest.approx(3, abs=0.05 + 3 * np.sqrt(24 / n))
    curve = conditional_tail_curve(moves)
    expected = 2 * stats.norm.sf(curve.x)
    assert (np.abs(curve.value - expected) < 0.1 * expected + 4 * np.sqrt(expected / n)).all()
    assert (curve.n.tolist(), curve.x_unit, curve.scale) == ([n] * len(LEVELS), "deviations", "arcsine")
    found = conditional_tail(moves)
    assert (found.value, found.n, found.params) == (curve.value[4], n, {"deviations": 3.0, "windows": 100})


def test_student_shocks_keep_their_kurtosis_and_shares_after_division_by_their_scale():
    # t of ten degrees of freedom: kurtosis 3 + 6 / 6 = 4, and a share of its own beyond three deviations. The mean of
    # ten paths, each 40 windows, within four of its errors and what a fit to 600 moves takes up.
    runs = [heavy_garch(24_000, seed, 10) for seed in range(10)]
    left = np.array([conditional_kurtosis(x).value for x in runs])
    assert np.mean([kurtosis(x).value for x in runs]) > 5
    assert left.mean() == pytest.approx(4.0, abs=0.1 + 4 * left.std(ddof=1) / np.sqrt(10))
    assert left.mean() > 3.5
    beyond = np.array([conditional_tail(x).value for x in runs])
    expected = 2 * stats.t.sf(3 * np.sqrt(10 / 8), 10)
    assert expected > 2 * 2 * stats.norm.sf(3)
    assert beyond.mean() == pytest.approx(expected, rel=0.1)


def test_constant_volatility_is_divided_by_the_root_mean_square():
    moves = np.random.default_rng(3).choice([-1.0, 1.0, 0.0], WINDOW)
    fits = GarchFits.of(moves)
    assert (fits.fitted, fits.clustered) == (1, 0)
    share = np.count_nonzero(moves) / WINDOW
    assert fits.residual_squares == pytest.approx(WINDOW, rel=1e-12)
    assert conditional_kurtosis(moves).value == pytest.approx(1 / share, rel=1e-12)
    assert fits.residual_tail[0] == np.count_nonzero(moves)  # 1 / sqrt(2 / 3) deviations each
    assert fits.residual_tail[1] == 0


@pytest.mark.parametrize("size", [1e-300, 1e300, 2.0**44])
def test_the_unit_cancels_at_any_size(size):
    moves = simulated_garch(600, 0.05, 0.1, 0.85, 1)
    assert conditional_kurtosis(moves * size).value == pytest.approx(conditional_kurtosis(moves).value, rel=1e-4)


def test_one_huge_move_is_held_by_the_scale_of_its_window():
    moves = np.random.default_rng(1).normal(size=600)
    moves[300] = 1e12
    assert conditional_kurtosis(moves).value <= 600 * (1 + 1e-6)
    assert conditional_tail(moves, deviations=8.0).value == pytest.approx(1 / 600)


def test_what_is_too_little_or_not_offered_is_refused():
    message = (
        r"^no window of 600 s has a GARCH fit: 1 have fewer than 50 moves that are not zero, 0 do not vary, 0 fits"
    )
    for metric in (conditional_kurtosis, conditional_tail, conditional_tail_curve):
        with pytest.raises(InsufficientDataError, match=message):
            metric(np.zeros(600))
    with pytest.raises(ValueError, match=r"^`deviations` must be one of 1, 1\.5, 2, .*, 6, 8, got 7\.$"):
        conditional_tail(np.ones(600), deviations=7)
