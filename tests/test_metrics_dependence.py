"""Tests of dependence, squares and leverage: other libraries, closed forms, twins."""

import math
import sys

import numpy as np
import pytest
from conftest import library
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from naive_lags import naive_arch, naive_leverage, naive_ljung_box
from statsmodels.stats.diagnostic import acorr_ljungbox, het_arch
from statsmodels.tsa import stattools

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import (
    absolute_autocorrelation,
    arch_lm,
    autocorrelation,
    autocorrelation_curve,
    leverage,
    leverage_curve,
    ljung_box,
    ljung_box_squared,
    squared_autocorrelation,
    squared_autocorrelation_curve,
)
from lobstats.result import Basis
from lobstats.summary.counts import Counts
from lobstats.summary.gram import LagGram, gram_rows
from lobstats.summary.lags import LAGS, LagSums, lag_rows
from lobstats.summary.reference import Reference

EVERY = [
    autocorrelation,
    autocorrelation_curve,
    squared_autocorrelation,
    squared_autocorrelation_curve,
    ljung_box,
    ljung_box_squared,
    arch_lm,
    leverage,
    leverage_curve,
]


def moves(n=500, seed=1):
    return np.random.default_rng(seed).standard_t(4, n)


@pytest.fixture(scope="module")
def sp500():
    """Return daily returns of an index in per cent, less their mean."""
    prices = library("arch.data.sp500").load()["Adj Close"]
    returns = 100 * prices.pct_change().dropna().to_numpy()
    assert len(returns) == 5030
    return returns - returns.mean()


def in_runs(runs):
    """Return the arrays that the row functions take, all runs as one row."""
    x = np.array([value for run in runs for value in run], dtype=np.float64)
    stretch = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
    return x, stretch, np.array([0, len(x)])


def of_runs(runs):
    """Return the four fields of a series with breaks."""
    x, stretch, edges = in_runs(runs)
    one, squares = lag_rows(x, stretch, edges)[0], lag_rows(x * x, stretch, edges)[0]
    return one, squares, lag_rows(x, stretch, edges, later=x * x)[0], gram_rows(x, stretch, edges)[0]


# --- other libraries --------------------------------------------------------------------------------------------


def test_the_index_has_the_published_autocorrelations_and_statistics(sp500):
    sums = LagSums.of(np.abs(sp500))
    n = len(sp500)
    # statsmodels divides by n where we divide by the pairs.
    biased = [absolute_autocorrelation(sums, lag=lag).value * (n - lag) / n for lag in (1, 10, 50, 100)]
    centred = np.abs(sp500)
    assert biased == pytest.approx(stattools.acf(centred, nlags=100)[[1, 10, 50, 100]].tolist(), abs=1e-9)
    assert biased == pytest.approx([0.244473, 0.289702, 0.168641, 0.120517], abs=5e-7)
    squared = ljung_box_squared(sp500**2)
    assert squared.params["statistic"] == pytest.approx(3900.65540, abs=5e-6)
    assert squared.value * n == pytest.approx(squared.params["statistic"], rel=1e-12)
    engle = arch_lm(sp500)
    assert engle.params["statistic"] == pytest.approx(1278.50875, abs=5e-6)
    assert engle.n == n - 10


@pytest.mark.parametrize("lags", [1, 10, 30])
@pytest.mark.parametrize("n", [61, 500])
def test_on_one_stretch_ljung_box_is_that_of_statsmodels(n, lags):
    x = moves(n)
    for metric, data in ((ljung_box, x), (ljung_box_squared, x**2)):
        expected = acorr_ljungbox(data, lags=[lags]).iloc[0]
        found = metric(data, lags=lags)
        assert found.params["statistic"] == pytest.approx(expected["lb_stat"], rel=1e-9)
        assert found.params["p_value"] == pytest.approx(expected["lb_pvalue"], rel=1e-9)
        assert (found.n, found.value) == (n, pytest.approx(expected["lb_stat"] / n, rel=1e-9))


@pytest.mark.filterwarnings("ignore:acorr_lm currently returns a plain tuple:FutureWarning")
@pytest.mark.parametrize("n", [60, 500])
def test_on_one_stretch_the_arch_test_is_that_of_statsmodels(n):
    x = moves(n)
    statistic, p_value, *_ = het_arch(x, nlags=10)
    found = arch_lm(x)
    # Both multiply R^2 with the rows of the regression, n - 10, not with the length of the series.
    assert found.params["statistic"] == pytest.approx(statistic, rel=1e-9)
    assert found.params["p_value"] == pytest.approx(p_value, rel=1e-9)
    assert found.value == pytest.approx(statistic / (n - 10), rel=1e-9)


def test_statsmodels_ljung_box_computes_every_lag_for_the_sake_of_ten(monkeypatch):
    """Say why it is not called: each of the n lags costs up to n products, a million moves 10^12 of them."""
    computed = []
    module = sys.modules[stattools.acf.__module__]
    full = module.acovf

    def counted(*arguments, **options):
        found = full(*arguments, **options)
        computed.append((options.get("fft"), len(found)))
        return found

    monkeypatch.setattr(module, "acovf", counted)
    acorr_ljungbox(moves(5_000), lags=10)
    assert computed == [(False, 5_000)]


# --- closed forms -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def garch():
    """Return 2,000 paths of 600 moves of GARCH(1, 1), for each (a, b)."""
    found = {}
    for a, b in ((0.1, 0.85), (0.08, 0.9)):
        rng = np.random.default_rng(5)
        h, path = np.ones(2_000), []
        for step in range(1_100):
            x = np.sqrt(h) * rng.normal(size=len(h))
            h = (1 - a - b) + a * x * x + b * h
            if step >= 500:
                path.append(x)
        found[a, b] = np.array(path).T
    return found


@pytest.mark.parametrize(("a", "b", "rho"), [(0.1, 0.85, 0.17907), (0.08, 0.9, 0.20522)])
def test_squares_of_garch_have_the_autocorrelation_of_theory(garch, a, b, rho):
    x = garch[a, b]
    stretch, edges = np.repeat(np.arange(len(x)), x.shape[1]), np.array([0, x.size])
    sums = lag_rows(x.ravel() ** 2, stretch, edges, lags=LAGS[:12])[0]
    assert sums.pairs.tolist() == [len(x) * (x.shape[1] - lag) for lag in range(1, 13)]
    first = a * (1 - a * b - b * b) / (1 - 2 * a * b - b * b)
    assert first == pytest.approx(rho, abs=5e-6)
    curve = squared_autocorrelation_curve(sums)
    assert curve.value == pytest.approx(first * (a + b) ** np.arange(12), abs=0.015)


def test_signs_of_garch_cannot_be_foretold(garch):
    x = garch[0.1, 0.85]
    stretch = np.repeat(np.arange(len(x)), x.shape[1])
    sums = lag_rows(x.ravel(), stretch, np.array([0, x.size]), lags=LAGS[:12])[0]
    assert np.abs(autocorrelation_curve(sums).value).max() < 5 / math.sqrt(x.size)


@pytest.mark.parametrize("c", [-0.6, 0.3])
def test_a_process_whose_variance_hangs_on_the_last_sign_has_the_leverage_of_theory(c):
    # r = e sqrt(1 + c e') with e = -1, 1 and e' the one before: E r^2 = 1, L(1) = c E sqrt(1 + c e'), L(l > 1) = 0.
    sign = np.random.default_rng(1).choice([-1.0, 1.0], 400_001)
    x = sign[1:] * np.sqrt(1 + c * sign[:-1])
    expected = c * (math.sqrt(1 + c) + math.sqrt(1 - c)) / 2
    assert leverage(x).value == pytest.approx(expected, abs=0.006)
    assert leverage_curve(x).value == pytest.approx([expected] + [0.0] * 29, abs=0.008)
    # In another unit it is one over that unit.
    assert leverage(2 * x).value == pytest.approx(leverage(x).value / 2, rel=1e-12)


def test_leverage_worked_out_by_hand():
    # r = 1, -1, 2, 1, -1, 2, ...: of a period's three pairs (1, 1), (-1, 4), (2, 1) the products are 1, -4, 2.
    x = np.array([1.0, -1.0, 2.0] * 100)
    found = leverage(x)
    assert found.value == pytest.approx((100 * 1 - 100 * 4 + 99 * 2) / 299 / 2**2)
    assert (found.n, found.unit, found.scale) == (299, "1/half tick", "linear")


def test_a_square_told_by_those_before_it_has_a_share_of_one_and_noise_ten_over_n():
    x = np.tile([1.0, 3.0, 2.0, 2.0, 5.0], 60)
    assert arch_lm(x).value == pytest.approx(1.0, abs=1e-9)
    noise = np.random.default_rng(1).normal(size=100_000)
    found = arch_lm(noise)
    assert found.params["statistic"] == pytest.approx(10, abs=4 * math.sqrt(20))
    assert found.value < 5e-4


def test_effect_sizes_do_not_grow_with_the_sample():
    rng = np.random.default_rng(1)
    shocks = rng.normal(size=200_001)
    series = shocks[1:] + 0.5 * shocks[:-1]
    short, long = ljung_box(series[:20_000]), ljung_box(series)
    assert long.params["statistic"] > 9 * short.params["statistic"]
    assert [short.value, long.value] == pytest.approx([0.16, 0.16], abs=0.015)  # rho(1)^2 = 0.4^2


# --- the twin ---------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.lists(st.integers(0, 90), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_every_metric_equals_its_twin_on_a_series_with_breaks(lengths, seed):
    rng = np.random.default_rng(seed)
    runs = [np.rint(3 * rng.standard_t(4, length)).astype(int).tolist() for length in lengths]
    one, squares, mixed, gram = of_runs(runs)
    assume(sum(max(length - 10, 0) for length in lengths) >= 30)
    squared_runs = [[value * value for value in run] for run in runs]
    for metric, sums, twin_runs in ((ljung_box, one, runs), (ljung_box_squared, squares, squared_runs)):
        found = metric(sums)
        assert found.params["statistic"] == pytest.approx(naive_ljung_box(twin_runs, 10), rel=1e-9)
    share, rows = naive_arch(runs)
    assert (arch_lm(gram).value, arch_lm(gram).n) == (pytest.approx(share, abs=1e-9), rows)
    for lag in (1, 2, 10):
        value, pairs = naive_leverage(runs, lag)
        found = leverage(mixed, lag=lag)
        assert (found.value, found.n) == (pytest.approx(value, rel=1e-12, abs=1e-15), pairs)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=5), st.lists(st.integers(0, 200), max_size=5))
def test_rows_of_a_gram_matrix_are_those_of_runs_of_eleven_within_a_stretch(lengths, inner):
    runs = [list(range(1, length + 1)) for length in lengths]
    x, stretch, (_, n) = in_runs(runs)
    edges = np.array([0, *sorted(min(edge, n) for edge in inner), n])
    for sums, begin, end in zip(gram_rows(x, stretch, edges), edges[:-1], edges[1:], strict=True):
        expected = np.zeros((12, 12))
        for t in range(max(begin, 10), end):
            if stretch[t] == stretch[t - 10]:
                z = np.array([1.0, *(x[t - lag] ** 2 for lag in range(11))])
                expected += np.outer(z, z)
        assert sums.products.tolist() == expected.tolist()
    total = sum(gram_rows(x, stretch, edges), LagGram(np.zeros((12, 12))))
    assert total.products.tolist() == gram_rows(x, stretch, np.array([0, n]))[0].products.tolist()


# --- what they state, and what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize("metric", EVERY)
def test_each_says_what_it_rests_on(metric):
    basis = metric(moves() ** 2).basis
    assert isinstance(basis, Basis)
    assert basis.clock == "clock time"
    assert basis.horizon in ("1 s", "11 s")


def test_curves_go_up_to_the_horizon():
    squares = moves() ** 2
    for curve, data in (
        (autocorrelation_curve, moves()),
        (squared_autocorrelation_curve, squares),
        (leverage_curve, moves()),
    ):
        assert curve(data).x.tolist() == list(range(1, 31))
        assert curve(data, reference=Reference(Counts.of([0]), 12 * 10**9)).x.tolist() == list(range(1, 13))


@pytest.mark.parametrize("lags", [0, 31, 1.5])
def test_lags_that_are_not_kept_are_refused(lags):
    with pytest.raises(ValueError, match=rf"^`lags` must be a whole number from 1 to 30, got {lags}\.$"):
        ljung_box(moves(), lags=lags)
    with pytest.raises(ValueError, match=r"^`lag` must be one of 1 to 34, 36, \.\.\., 10,000 seconds"):
        leverage(moves(), lag=35)


def test_too_few_or_constant_moves_are_refused():
    for data, text in (
        (moves(39), r"^29 pairs at lag 10; 30 are needed\.$"),
        (np.ones(500), r"^the moves do not vary\.$"),
    ):
        with pytest.raises(InsufficientDataError, match=text):
            ljung_box(data)
    for data, text in (
        (moves(39), r"^29 runs of 11 moves; 30 are needed\.$"),
        (np.ones(500), r"^the squared moves do not vary\.$"),
        (moves() * 1e200, r"^the moves are too large to be squared twice\.$"),
    ):
        with pytest.raises(InsufficientDataError, match=text):
            arch_lm(data)
    for data, text in (
        (moves(30), r"^29 pairs at lag 1; 30 are needed\.$"),
        (np.zeros(500), r"^no move differs from zero\.$"),
        (moves() * 1e200, r"^the moves are too large to be squared twice\.$"),
    ):
        with pytest.raises(InsufficientDataError, match=text):
            leverage(data)


@pytest.mark.parametrize("missing", [math.nan, math.inf])
def test_values_that_are_not_finite_are_refused(missing):
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        LagGram.of([1.0, missing])


@pytest.mark.parametrize("metric", EVERY)
def test_one_wild_move_of_a_model_gives_a_finite_answer(metric):
    x = np.rint(10 * moves(2_000))
    x[1000] = 2.0**45
    value = np.asarray(metric(x if metric in (arch_lm, leverage, leverage_curve) else x**2).value)
    assert np.isfinite(value).all()
    assert np.abs(value).max() < 0.01
