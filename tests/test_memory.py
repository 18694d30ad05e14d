"""Long memory in windows: the averaged periodogram and local Whittle, fluctuations and their exponent."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_fits import (
    SECOND,
    arfima_covariance,
    expected_fluctuation,
    expected_ordinates,
    naive_fluctuation,
    naive_ordinate,
    naive_row,
    naive_whittle,
    naive_windows,
    simulated_arfima,
)
from test_garch import broken_series

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import dfa_curve, dfa_exponent, whittle_memory
from lobstats.summary.counts import Counts
from lobstats.summary.fluctuations import SIZES, FluctuationSums, fluctuation_rows, squared_fluctuations
from lobstats.summary.periodogram import FREQUENCIES, PeriodogramSums, periodogram_rows
from lobstats.summary.reference import Reference

EVERY = [whittle_memory, dfa_exponent, dfa_curve]
CLASSES = [PeriodogramSums, FluctuationSums]


def noise(n, seed=1):
    return np.random.default_rng(seed).standard_normal(n)


def up_to(seconds):
    return Reference(Counts.of([0]), int(seconds * SECOND))


# --- the periodogram --------------------------------------------------------------------------------------------


def test_the_frequencies_are_the_lowest_63_of_a_window():
    assert pytest.approx([2 * math.pi * j / 600 for j in range(1, math.floor(600**0.65) + 1)]) == FREQUENCIES
    assert len(FREQUENCIES) == 63


def test_the_ordinates_of_windows_add_up_to_the_twins():
    x = np.abs(noise(1_300))
    sums = PeriodogramSums.of(x)
    assert sums.windows == 2
    for j in (1, 2, 30, 63):
        expected = naive_ordinate(x[:600].tolist(), j) + naive_ordinate(x[600:1200].tolist(), j)
        assert sums.ordinates[j - 1] == pytest.approx(expected, rel=1e-10)


def test_a_cosine_lies_in_one_ordinate():
    x = 3 + 2 * np.cos(2 * np.pi * 5 * np.arange(600) / 600)
    expected = np.zeros(63)
    expected[4] = 600 / (2 * np.pi)  # (n a / 2)^2 / (2 pi n) with amplitude a = 2
    assert PeriodogramSums.of(x).ordinates == pytest.approx(expected, abs=1e-9)


def test_rows_of_the_periodogram_hold_the_windows_that_end_in_them():
    moves, time, stretch, edges = broken_series()
    rows = periodogram_rows(moves, time, stretch, edges)
    windows = naive_windows(time.tolist(), stretch.tolist(), 600)
    for number, row in enumerate(rows):
        own = [window for window in windows if naive_row(window, time, edges) == number]
        assert row.windows == len(own)
        assert row.ordinates[11] == pytest.approx(sum(naive_ordinate(moves[w].tolist(), 12) for w in own), rel=1e-9)


# --- local Whittle ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [-0.2, 0.0, 0.1, 0.3, 0.4])
def test_memory_is_that_of_a_fractional_process(d):
    """Against d itself within the bias of 63 frequencies, and of a simulation within four standard errors."""
    exact = whittle_memory(PeriodogramSums(1, expected_ordinates(arfima_covariance(d, 600), 63))).value
    assert exact == pytest.approx(d, abs=0.006)
    simulated = whittle_memory(simulated_arfima(60_000, d, seed=2))
    assert simulated.n == 100
    assert simulated.value == pytest.approx(exact, abs=4 / (2 * math.sqrt(63 * 100)))


@given(st.integers(0, 2**32 - 1))
def test_memory_is_the_least_of_a_grid(seed):
    rng = np.random.default_rng(seed)
    ordinates = rng.exponential(size=63) * FREQUENCIES ** rng.uniform(-3, 2)
    found = whittle_memory(PeriodogramSums(1, ordinates)).value
    assert found == pytest.approx(naive_whittle(ordinates.tolist(), 600), abs=1.01e-4)


@pytest.mark.parametrize(("where", "d"), [(0, 1.0), (62, -0.5)])
def test_memory_stays_within_its_bounds(where, d):
    ordinates = np.zeros(63)
    ordinates[where] = 1.0
    assert whittle_memory(PeriodogramSums(1, ordinates)).value == d


def test_a_level_that_shifts_between_windows_is_no_memory():
    x = noise(30_000) + np.repeat(np.arange(50) ** 2, 600)
    assert abs(whittle_memory(x).value) < 4 / (2 * math.sqrt(63 * 50))


# --- fluctuations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "value"), [(5, 0.28), (10, 0.64), (50, 3.328), (200, 13.332)])
def test_the_mean_fluctuation_of_white_noise_is_its_closed_form(size, value):
    """F^2 is quadratic, so that its mean under unit noise is the sum of F^2 over unit impulses."""
    assert squared_fluctuations(np.eye(size)).sum() == pytest.approx((size**2 - 4) / (15 * size), rel=1e-12)
    assert squared_fluctuations(np.eye(size)).sum() == pytest.approx(value, abs=1e-4)
    assert expected_fluctuation(np.eye(1, size)[0]) == pytest.approx(value, abs=1e-4)


def test_fluctuations_of_simulated_white_noise_follow_the_closed_form():
    curve = dfa_curve(3 * noise(100_000))
    expected = 3 * np.sqrt((curve.x**2 - 4) / (15 * curve.x))
    # F^2 of a window varies by less than its mean; so does F by less than half of that over root n.
    assert (np.abs(curve.value / expected - 1) < 2 / np.sqrt(curve.n)).all()
    assert curve.n.tolist() == [100_000 // size for size in SIZES if 100_000 // size >= 30]


@pytest.mark.parametrize("size", [8, 11, 128, 4096])
def test_a_windows_fluctuation_is_that_of_polyfit(size):
    x = np.abs(np.random.default_rng(size).standard_t(3, (5, size)))
    expected = [naive_fluctuation(window) for window in x]
    assert squared_fluctuations(x) == pytest.approx(expected, rel=1e-10)
    assert squared_fluctuations(x + 1_000) == pytest.approx(expected, rel=1e-9)  # a mean is not seen


@pytest.mark.parametrize("d", [0.1, 0.3, 0.4])
def test_the_exponent_of_a_fractional_process_is_d_and_a_half(d):
    sizes = [size for size in SIZES.tolist() if size <= 512]
    squares = [expected_fluctuation(arfima_covariance(d, size)) for size in sizes]
    exact = np.polyfit(np.log(sizes), 0.5 * np.log(squares), 1)[0]
    assert exact == pytest.approx(d + 0.5, abs=0.008)
    found = dfa_exponent(simulated_arfima(60_000, d, seed=3), reference=up_to(512))
    assert found.value == pytest.approx(exact, abs=0.02)
    assert (found.n, found.params) == (13, {"least_seconds": 8, "most_seconds": 512})


def test_rows_of_fluctuations_hold_the_windows_that_end_in_them():
    moves, time, stretch, edges = broken_series()
    rows = fluctuation_rows(moves, time, stretch, edges)
    for column, size in ((0, 8), (5, 45), (9, 181), (14, 1024)):
        windows = naive_windows(time.tolist(), stretch.tolist(), size)
        for number, row in enumerate(rows):
            own = [window for window in windows if naive_row(window, time, edges) == number]
            assert (row.sizes[column], row.n[column]) == (size, len(own))
            assert row.squares[column] == pytest.approx(sum(naive_fluctuation(moves[w]) for w in own), rel=1e-9)


def test_sizes_end_at_the_horizon_yet_three_are_always_used():
    x = np.abs(noise(20_000))
    assert dfa_curve(x).x.tolist() == [size for size in SIZES if 20_000 // size >= 30]
    assert dfa_curve(x, reference=up_to(60)).x.tolist() == [8, 11, 16, 23, 32, 45]
    assert dfa_curve(x, reference=up_to(1)).x.tolist() == [8, 11, 16]
    assert dfa_exponent(x, reference=up_to(1)).n == 3


# --- both: merging, refusals, wild values -----------------------------------------------------------------------


def test_windows_add_up_in_any_grouping():
    one, two, three = np.split(np.abs(noise(3 * 8192 * 600 // 600)), 3)  # 8192 is whole in windows of powers of two
    for cls in CLASSES:
        a, b, c = map(cls.of, (one, two, three))
        for left, right in zip(vars((a + b) + c).values(), vars(a + (b + c)).values(), strict=True):
            assert np.asarray(left) == pytest.approx(np.asarray(right), rel=1e-12)
    whole, parts = FluctuationSums.of(np.concatenate([one, two])), FluctuationSums.of(one) + FluctuationSums.of(two)
    powers = np.isin(SIZES, 2 ** np.arange(3, 13))
    assert whole.n[powers].tolist() == parts.n[powers].tolist()
    assert whole.squares[powers] == pytest.approx(parts.squares[powers], rel=1e-12)
    x = np.abs(noise(1_200))
    assert (PeriodogramSums.of(x[:600]) + PeriodogramSums.of(x[600:])).ordinates == pytest.approx(
        PeriodogramSums.of(x).ordinates, rel=1e-12
    )


def test_fluctuations_of_other_sizes_do_not_add_up():
    sums = FluctuationSums.of([])
    with pytest.raises(ValueError, match=r"^fluctuations in windows of different sizes do not add up\.$"):
        sums + FluctuationSums(SIZES[:2], sums.n[:2], sums.squares[:2])


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("value", [0.0, 0.1, 2.0**44 / 3])
def test_moves_that_do_not_vary_are_refused(metric, value):
    with pytest.raises(InsufficientDataError, match=r"^the moves do not vary\.$"):
        metric(np.full(6_000, value))


@pytest.mark.parametrize("metric", EVERY)
def test_moves_too_large_to_be_squared_are_refused(metric):
    with pytest.raises(InsufficientDataError, match=r"^the moves are too large to be squared\.$"):
        metric(np.abs(noise(6_000)) * 1e300)


@pytest.mark.parametrize("metric", EVERY)
def test_wild_moves_and_a_single_one_give_a_finite_answer(metric):
    one = np.zeros(6_000)
    one[3_003] = 2.0**44
    for x in (one, np.abs(noise(6_000)) * 2.0**44, np.where(noise(6_000) > 2, 2.0**44, 1.0)):
        assert np.isfinite(metric(x).value).all()


def test_too_short_a_series_is_refused():
    with pytest.raises(InsufficientDataError, match=r"^no whole window of 600 s without a break\.$"):
        whittle_memory(noise(599))
    for metric in (dfa_curve, dfa_exponent):
        with pytest.raises(InsufficientDataError, match=r"^no size has 30 whole windows without a break\.$"):
            metric(noise(239))
    with pytest.raises(InsufficientDataError, match=r"^2 sizes have 30 windows; an exponent needs 3\.$"):
        dfa_exponent(noise(30 * 16 - 1))


@pytest.mark.parametrize("cls", CLASSES)
def test_arrays_must_be_finite_and_sums_are_returned_as_they_are(cls):
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        cls.of([1.0, math.nan])
    sums = cls.of([1.0])
    assert cls.of(sums) is sums
