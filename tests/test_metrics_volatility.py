"""Volatility clustering: the autocorrelation of absolute moves, its decay and its integral."""

import contextlib

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive_metrics import LAGS, SECOND, naive_autocorrelation, naive_decay, naive_integral
from statsmodels.tsa.stattools import acf

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import (
    absolute_autocorrelation,
    absolute_autocorrelation_curve,
    autocorrelation_decay,
    autocorrelation_integral,
    ljung_box_squared,
    squared_autocorrelation,
    squared_autocorrelation_curve,
    volume_volatility_correlation,
)
from lobstats.summary.counts import Counts
from lobstats.summary.lags import LagSums, lag_rows
from lobstats.summary.reference import Reference

OF_CURVES = [absolute_autocorrelation_curve, autocorrelation_decay, autocorrelation_integral]
EVERY = [absolute_autocorrelation, *OF_CURVES]


def noise(n=2_000, seed=1):
    return np.abs(np.random.default_rng(seed).standard_t(4, n))


def clustered(n=4_000, seed=1):
    """Return absolute moves whose scale wanders."""
    rng = np.random.default_rng(seed)
    scale = np.convolve(rng.normal(size=n + 199), 0.97 ** np.arange(200), mode="valid") * 0.2
    return np.abs(np.exp(scale) * rng.normal(size=n))


def up_to(seconds):
    return Reference(Counts.of([0]), int(seconds * SECOND))


def with_rho(rho, *, pairs=1000):
    """Return lagged sums of a centred series of unit variance with given autocorrelations at the lags from 1."""
    products = np.zeros(len(LAGS))
    products[: len(rho)] = np.asarray(rho) * pairs
    enough = np.where(np.arange(len(LAGS)) < len(rho), pairs, 0)
    zeros = np.zeros(len(LAGS))
    moments = (0.0, float(pairs))
    return LagSums(np.array(LAGS), pairs, *moments, *moments, enough, products, zeros, zeros)


# --- other libraries and closed forms ---------------------------------------------------------------------------


@pytest.mark.parametrize("x", [noise(), clustered(), noise(40), np.arange(400.0)])
def test_the_curve_of_one_stretch_is_statsmodels_adjusted_autocorrelation(x):
    curve = absolute_autocorrelation_curve(x, reference=up_to(300))
    expected = np.clip(acf(x, adjusted=True, nlags=min(300, len(x) - 1), fft=False), -1, 1)
    lags = curve.x.astype(int)
    assert lags.tolist() == [lag for lag in LAGS if lag <= 300 and len(x) - lag >= 30]
    assert curve.value == pytest.approx(expected[lags], abs=1e-12)
    assert curve.n.tolist() == (len(x) - lags).tolist()


@pytest.mark.parametrize("lag", [1, 2, 30, 36, 300])
def test_one_lag_is_statsmodels_adjusted_autocorrelation(lag):
    x = clustered()
    estimate = absolute_autocorrelation(x, lag=lag)
    assert estimate.value == pytest.approx(acf(x, adjusted=True, nlags=lag, fft=False)[lag], abs=1e-12)
    assert (estimate.n, estimate.params, estimate.scale) == (len(x) - lag, {"lag_seconds": lag}, "atanh")


def test_a_moving_average_has_the_autocorrelation_of_theory():
    shocks = np.random.default_rng(1).exponential(size=200_001)
    curve = absolute_autocorrelation_curve(shocks[1:] + 0.5 * shocks[:-1])
    assert curve.value[0] == pytest.approx(0.5 / 1.25, abs=0.01)
    assert curve.value[1:] == pytest.approx(np.zeros(29), abs=0.01)


@pytest.mark.parametrize("exponent", [0.2, 0.4, 1.0])
def test_the_decay_of_a_power_law_is_its_exponent(exponent):
    sums = with_rho(0.5 * np.arange(1, 31.0) ** -exponent)
    estimate = autocorrelation_decay(sums)
    assert estimate.value == pytest.approx(exponent, rel=1e-9)
    assert (estimate.n, estimate.unit, estimate.params) == (30, "", {"longest_lag_seconds": 30})


def test_the_integral_of_a_straight_line_is_its_trapezoid():
    # From 0.6 at a second down to 0.02 at 30: mean 0.31 over 29 seconds.
    estimate = autocorrelation_integral(with_rho(0.62 - 0.02 * np.arange(1, 31)))
    assert estimate.value == pytest.approx(0.31 * 29, rel=1e-9)
    assert (estimate.n, estimate.unit, estimate.params) == (30, "s", {"longest_lag_seconds": 30})


def test_the_integral_gives_each_lag_the_width_to_its_neighbours():
    rho = np.full(len(LAGS), 0.25)
    assert autocorrelation_integral(with_rho(rho), reference=up_to(300)).value == pytest.approx(0.25 * 299)


# --- the twin ---------------------------------------------------------------------------------------------------


def in_runs(lengths, seed):
    rng = np.random.default_rng(seed)
    return [(rng.pareto(2.5, length) * 10).astype(int).tolist() for length in lengths]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 120), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_every_metric_equals_its_twin_on_a_series_with_breaks(lengths, seed):
    runs = in_runs(lengths, seed)
    x = np.array([value for run in runs for value in run], dtype=np.float64)
    assume(len(x) > 1 and x.var() > 0)
    stretch = np.repeat(np.arange(len(runs)), lengths)
    sums = lag_rows(x, stretch, np.array([0, len(x)]))[0]
    twins = {lag: naive_autocorrelation(runs, lag) for lag in LAGS if lag <= 30}
    usable = {lag: max(-1.0, min(1.0, rho)) for lag, (rho, pairs) in twins.items() if pairs >= 30}
    if not usable:
        for metric in EVERY:
            with pytest.raises(InsufficientDataError):
                metric(sums)
        return
    curve = absolute_autocorrelation_curve(sums)
    assert curve.x.tolist() == list(usable)
    assert curve.value == pytest.approx(list(usable.values()), abs=1e-10)
    assert curve.n.tolist() == [twins[lag][1] for lag in usable]
    if 1 in usable:
        assert absolute_autocorrelation(sums).value == curve.value[0]
    if len(usable) > 1:
        expected = naive_integral(usable, usable.values())
        assert autocorrelation_integral(sums).value == pytest.approx(expected, abs=1e-9)
    positive = sum(rho > 1e-9 for rho in usable.values())
    if positive >= 5 and all(abs(rho) > 1e-9 for rho in usable.values()):
        decay = autocorrelation_decay(sums)
        assert decay.value == pytest.approx(naive_decay(usable, usable.values()), rel=1e-6, abs=1e-6)
        assert decay.n == positive


# --- what they do not depend on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", EVERY)
def test_an_array_gives_the_same_as_its_sums(metric):
    assert metric(clustered()).to_dict() == metric(LagSums.of(clustered())).to_dict()


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("factor", [1e-6, 0.5, 1e6])
def test_the_unit_of_the_moves_does_not_matter(metric, factor):
    one, other = metric(clustered()), metric(factor * clustered())
    assert np.asarray(one.value) == pytest.approx(np.asarray(other.value), rel=1e-9)


def test_a_constant_added_to_every_move_does_not_matter():
    one, other = absolute_autocorrelation(clustered()), absolute_autocorrelation(clustered() + 100)
    assert one.value == pytest.approx(other.value, abs=1e-9)


def test_shuffled_moves_do_not_cluster():
    shuffled = np.random.default_rng(3).permutation(clustered(40_000))
    assert absolute_autocorrelation(clustered(40_000)).value > 0.2
    assert abs(absolute_autocorrelation(shuffled).value) < 0.02
    assert abs(autocorrelation_integral(shuffled).value) < 0.5


# --- the horizon ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "longest"), [(12, 12), (12.9, 12), (39.5, 38), (1000, 1000), (0.5, 1)])
def test_lags_go_up_to_the_references_horizon_and_one_second_at_least(seconds, longest):
    curve = absolute_autocorrelation_curve(noise(), reference=up_to(seconds))
    assert curve.x.tolist() == [lag for lag in LAGS if lag <= longest]
    assert (curve.unit, curve.x_unit, curve.scale) == ("", "s", "atanh")


def test_without_a_reference_lags_go_up_to_30_seconds():
    assert absolute_autocorrelation_curve(noise()).x.tolist() == list(range(1, 31))


def test_lags_with_fewer_than_30_pairs_are_left_out():
    assert absolute_autocorrelation_curve(noise(33)).x.tolist() == [1, 2, 3]


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0, -1, 35, 10_001, 1.5])
def test_a_lag_that_is_not_kept_is_refused(lag):
    with pytest.raises(
        ValueError, match=rf"^`lag` must be one of 1 to 34, 36, \.\.\., 10,000 seconds \(`LAGS`\), got {lag}\.$"
    ):
        absolute_autocorrelation(noise(), lag=lag)


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_moves_are_refused(metric, n):
    text = rf"^{n} one-second moves; an autocorrelation needs two at least\.$"
    with pytest.raises(InsufficientDataError, match=text):
        metric(np.ones(n))


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e-9, 1e9])
def test_moves_that_do_not_vary_are_refused(metric, value):
    with pytest.raises(InsufficientDataError, match=r"^the moves do not vary\.$"):
        metric(np.full(100, value))


@pytest.mark.parametrize("metric", EVERY)
def test_moves_that_vary_less_than_rounding_can_tell_are_refused(metric):
    with pytest.raises(InsufficientDataError, match=r"^the moves do not vary\.$"):
        metric(2.0**40 + noise())


def test_moves_far_from_zero_keep_their_autocorrelation():
    near, far = clustered(), 1e4 + clustered()
    assert absolute_autocorrelation(far).value == pytest.approx(absolute_autocorrelation(near).value, abs=1e-6)


def test_thirty_pairs_are_enough_and_29_are_not():
    assert absolute_autocorrelation(noise(31)).n == 30
    with pytest.raises(InsufficientDataError, match=r"^29 pairs at lag 1; 30 are needed\.$"):
        absolute_autocorrelation(noise(30))


@pytest.mark.parametrize("metric", OF_CURVES)
def test_a_series_too_short_for_any_lag_is_refused(metric):
    with pytest.raises(InsufficientDataError, match=r"^no lag up to 30 s has 30 pairs\.$"):
        metric(noise(30))
    with pytest.raises(InsufficientDataError, match=r"^no lag up to 12 s has 30 pairs\.$"):
        metric(noise(30), reference=up_to(12))


def test_fewer_than_five_positive_lags_have_no_decay():
    with pytest.raises(InsufficientDataError, match=r"^4 lags with a positive autocorrelation; a decay needs 5\.$"):
        autocorrelation_decay(with_rho([0.5, 0.4, 0.3, 0.2] + [-0.1] * 20))
    assert autocorrelation_decay(with_rho([0.5, 0.4, 0.3, 0.2, 0.1] + [-0.1] * 20)).n == 5


def test_one_lag_has_no_integral():
    with pytest.raises(InsufficientDataError, match=r"^1 lag with 30 pairs; an integral needs two\.$"):
        autocorrelation_integral(noise(31))


@pytest.mark.parametrize("metric", EVERY)
def test_one_wild_move_of_a_model_gives_a_finite_answer(metric):
    x = np.rint(10 * noise(2_000))
    x[1000] = 2.0**54
    value = np.asarray(metric(x).value) if metric is not autocorrelation_decay else np.zeros(1)
    assert np.isfinite(value).all()
    assert np.abs(absolute_autocorrelation_curve(x).value).max() < 0.01


def test_moves_whose_squares_leave_the_range_of_doubles_give_an_answer_or_say_why():
    with contextlib.suppress(InsufficientDataError):
        absolute_autocorrelation(noise(100) * 1e200)


# --- arrays that are something else ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (absolute_autocorrelation, "abs_returns"),
        (absolute_autocorrelation_curve, "abs_returns"),
        (autocorrelation_decay, "abs_returns"),
        (autocorrelation_integral, "abs_returns"),
        (squared_autocorrelation, "squared_returns"),
        (squared_autocorrelation_curve, "squared_returns"),
        (ljung_box_squared, "squared_returns"),
    ],
)
def test_signed_moves_are_refused_where_their_sizes_are_meant(metric, name):
    with pytest.raises(
        ValueError, match=rf"^`{name}` must not be negative, got -1; take the absolute values or squares"
    ):
        metric([1.0, -1.0] * 50)


@pytest.mark.parametrize("wrong", [np.ones((2, 40)), np.ones(80), np.ones((40, 3)), -np.ones((40, 2))])
def test_volume_and_squares_come_side_by_side(wrong):
    with pytest.raises(ValueError, match=r"^`volume_volatility` must hold volume and summed squares, shape \(n, 2\)"):
        volume_volatility_correlation(wrong)
