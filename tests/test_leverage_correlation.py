"""What a move says of the size of later ones: twins, closed forms, what is refused."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive_lags import naive_lagged_correlation

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import leverage_correlation, leverage_correlation_curve
from lobstats.summary.counts import Counts
from lobstats.summary.lags import LagSums, lag_rows
from lobstats.summary.reference import Reference


def of_runs(runs):
    moves = np.array([move for run in runs for move in run], dtype=np.float64)
    stretch = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    return lag_rows(moves, stretch, np.array([0, len(moves)]), later=np.abs(moves))[0]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 90), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_the_correlation_equals_its_twin_on_a_series_with_breaks(lengths, seed):
    rng = np.random.default_rng(seed)
    runs = [np.rint(3 * rng.standard_t(4, length)).astype(int).tolist() for length in lengths]
    assume(sum(max(length - 5, 0) for length in lengths) >= 30)
    sums, sizes = of_runs(runs), [[abs(move) for move in run] for run in runs]
    for lag in (1, 2, 5):
        value, pairs = naive_lagged_correlation(runs, sizes, lag)
        found = leverage_correlation(sums, lag=lag)
        assert (found.value, found.n) == (pytest.approx(np.clip(value, -1, 1), abs=1e-9), pairs)
        assert (found.unit, found.scale, found.params) == ("", "atanh", {"lag_seconds": lag})


@pytest.mark.parametrize("c", [-0.6, 0.3])
def test_a_process_whose_variance_hangs_on_the_last_sign_has_the_correlation_of_theory(c):
    # r = e sqrt(1 + c e'): with a and b half the sum and difference of sqrt(1 + c) and sqrt(1 - c), a^2 + b^2 = 1, the
    # covariance of r and the next size is a b, the variances are 1 and b^2.
    sign = np.random.default_rng(1).choice([-1.0, 1.0], 400_001)
    x = sign[1:] * np.sqrt(1 + c * sign[:-1])
    expected = math.copysign((math.sqrt(1 + c) + math.sqrt(1 - c)) / 2, c)
    assert leverage_correlation(x).value == pytest.approx(expected, abs=0.005)
    assert leverage_correlation_curve(x).value == pytest.approx([expected] + [0.0] * 29, abs=0.008)
    assert leverage_correlation(2 * x).value == pytest.approx(leverage_correlation(x).value, rel=1e-12)
    assert leverage_correlation(-x).value == pytest.approx(-leverage_correlation(x).value, abs=1e-9)


def test_moves_that_lean_have_none_of_it():
    moves = np.random.default_rng(1).exponential(size=200_000) - 1
    assert np.abs(leverage_correlation_curve(moves).value).max() < 5 / math.sqrt(200_000)


def test_one_move_of_a_model_among_noise_decides_nothing():
    x = np.rint(10 * np.random.default_rng(1).normal(size=2_000))
    x[1000] = 2.0**45
    assert np.abs(leverage_correlation_curve(x).value).max() < 0.01


def test_the_horizon_sets_the_longest_lag_and_too_little_is_refused():
    x = np.random.default_rng(1).normal(size=500)
    assert leverage_correlation_curve(x).x.tolist() == list(range(1, 31))
    twelve = Reference(Counts.of([0]), 12 * 10**9)
    assert leverage_correlation_curve(x, reference=twelve).x.tolist() == list(range(1, 13))
    for data, text in (
        (x[:30], r"^29 pairs at lag 1; 30 are needed\.$"),
        (np.zeros(500), r"^the moves do not vary\.$"),
        (np.tile([1.0, -1.0], 200), r"^the sizes of the moves do not vary\.$"),
        (x * 1e200, r"^the moves are too large to be squared\.$"),
    ):
        with pytest.raises(InsufficientDataError, match=text):
            leverage_correlation(data)
    with pytest.raises(ValueError, match=r"^`lag` must be one of 1 to 34, 36, \.\.\., 10,000 seconds"):
        leverage_correlation(x, lag=35)
    sums = LagSums.between(x, np.abs(x))
    assert leverage_correlation(sums).value == leverage_correlation(x).value
