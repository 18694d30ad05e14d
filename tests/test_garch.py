"""GARCH(1,1) in windows: the fit itself, the sums over windows, and the metrics."""

import math
import warnings
from functools import reduce
from operator import add
from types import SimpleNamespace

import numpy as np
import pytest
from naive_fits import SECOND, faded_square, garch_likelihood, naive_row, naive_windows, simulated_garch

from lobstats.engine import choose_grid, observe, source_of_events
from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import garch_gain, garch_half_life, garch_persistence
from lobstats.simulate import Market, simulate
from lobstats.summary.clock_windows import WINDOW, whole_windows
from lobstats.summary.garch import GarchFits, fit_garch, garch_rows
from lobstats.summary.summary import summarise_series

CONSTANT = -0.5 * (math.log(2 * math.pi) + 1)


def noise(n=WINDOW, seed=1):
    return np.random.default_rng(seed).standard_normal(n)


def scaled(x):
    return x / math.sqrt(np.mean(x * x))


# --- one fit ----------------------------------------------------------------------------------------------------


def test_the_fit_to_the_sp500_is_the_published_one():
    """Published is that with a mean of 0.05635; with this mean taken out, ours finds the same.

    Its likelihood begins with a faded mean of the first squares about the sample mean, ours with the mean square.
    """
    from arch.data import sp500

    moves = 100 * sp500.load()["Adj Close"].pct_change().dropna().to_numpy()
    x, published = moves - 0.05635, (0.01751, 0.10215, 0.88521)
    assert garch_likelihood(x, *published, faded_square(moves - moves.mean())) == pytest.approx(-6936.7185, abs=1e-3)
    fit, size = fit_garch(x), math.sqrt(np.mean(x * x))
    assert fit.omega * size**2 == pytest.approx(0.01751, abs=1e-3)
    assert (fit.alpha, fit.beta) == pytest.approx((0.10215, 0.88521), abs=1e-3)
    likelihood = fit.log_likelihood - len(x) * math.log(size)
    assert -1e-6 < likelihood - garch_likelihood(x, *published) < 1e-3
    persistence = fit.alpha + fit.beta
    assert persistence == pytest.approx(0.987356, abs=1e-3)
    assert math.log(0.5) / math.log(persistence) == pytest.approx(54.471, rel=0.01)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_likelihood_of_a_fit_is_that_of_the_twin_and_no_neighbour_has_more(seed):
    x = scaled(simulated_garch(WINDOW, 0.05, 0.1, 0.85, seed))
    fit = fit_garch(x)
    own = garch_likelihood(x, fit.omega, fit.alpha, fit.beta)
    assert fit.log_likelihood == pytest.approx(own, abs=1e-8)
    assert fit.gain == pytest.approx(own - WINDOW * CONSTANT, abs=1e-8)
    for step in ((0.01, 0, 0), (0, 0.01, 0), (0, 0, 0.01), (0, 0.01, -0.01)):
        for sign in (1, -1):
            near = [p + sign * s for p, s in zip((fit.omega, fit.alpha, fit.beta), step, strict=True)]
            assert garch_likelihood(x, *near) < own + 1e-6


@pytest.mark.parametrize(
    ("n", "alpha", "beta"), [(10_000, 0.1, 0.85), (10_000, 0.2, 0.5), (30_000, 0.05, 0.94), (100_000, 0.08, 0.9)]
)
def test_a_fit_is_likelier_than_the_truth_and_near_it(n, alpha, beta):
    omega = 1 - alpha - beta
    x = simulated_garch(n, omega, alpha, beta, seed=n)
    fit, square = fit_garch(x), np.mean(x * x)
    assert garch_likelihood(x, fit.omega * square, fit.alpha, fit.beta) >= garch_likelihood(x, omega, alpha, beta)
    assert (fit.alpha, fit.beta) == pytest.approx((alpha, beta), abs=8 / math.sqrt(n))


def test_more_moves_than_the_library_can_be_trusted_with_are_refused():
    with pytest.raises(
        ValueError,
        match=r"^1,000,001 moves are too many for one fit: above 1,000,000 the optimiser may stop at its starting "
        r"values and report success; fit windows\.$",
    ):
        fit_garch(np.ones(1_000_001))


@pytest.mark.parametrize("flag", [4, 8, 9])
def test_an_optimiser_that_did_not_succeed_gives_no_fit(flag, monkeypatch):
    found = SimpleNamespace(params=[0.1, 0.1, 0.8], loglikelihood=-1.0, convergence_flag=flag)
    monkeypatch.setattr("arch.univariate.ZeroMean.fit", lambda *_, **__: found)
    assert fit_garch(noise()) is None


@pytest.mark.parametrize("found", [[math.nan, 0.1, 0.8], [0.1, 0.1, math.inf]])
def test_parameters_that_are_no_numbers_are_no_fit(found, monkeypatch):
    result = SimpleNamespace(params=found, loglikelihood=-1.0, convergence_flag=0)
    monkeypatch.setattr("arch.univariate.ZeroMean.fit", lambda *_, **__: result)
    assert fit_garch(noise()) is None


def test_an_error_of_the_library_is_no_fit(monkeypatch):
    def fails(*_, **__):
        raise np.linalg.LinAlgError

    monkeypatch.setattr("arch.univariate.ZeroMean.fit", fails)
    assert GarchFits.of(noise()) == GarchFits(failed=1)


# --- windows ----------------------------------------------------------------------------------------------------


def test_a_window_is_skipped_or_fitted_by_stated_rules():
    few, rng = np.zeros(WINDOW), np.random.default_rng(1)
    few[:49] = rng.choice([-1, 1], 49)
    some = np.where(np.arange(WINDOW) % 12 == 0, rng.normal(size=WINDOW), 0)
    assert np.count_nonzero(some) == 50
    one = np.zeros(WINDOW)
    one[7] = 2.0**44
    assert GarchFits.of(few) == GarchFits.of(one) == GarchFits.of(np.zeros(WINDOW)) == GarchFits(still=1)
    assert GarchFits.of(np.full(WINDOW, -3.0)) == GarchFits(constant=1)
    assert GarchFits.of(some).fitted == 1
    assert GarchFits.of(noise()[:-1]) == GarchFits.of([]) == GarchFits()


def test_a_window_in_which_nothing_clusters_counts_as_zero():
    independent = GarchFits.of(noise(seed=3))
    assert fit_garch(noise(seed=3)).gain < 2.9955 < fit_garch(simulated_garch(WINDOW, 0.05, 0.1, 0.85, 1)).gain
    assert (independent.fitted, independent.clustered, independent.alpha, independent.beta) == (1, 0, 0.0, 0.0)
    assert GarchFits.of(simulated_garch(WINDOW, 0.05, 0.1, 0.85, 1)).clustered == 1


@pytest.mark.parametrize(
    "x",
    [
        np.where(np.arange(WINDOW) < 50, 1.0, 0) * noise(),
        np.random.default_rng(1).choice([-1.0, 1.0], WINDOW),
        np.concatenate([np.full(300, 1.0), [2.0**44], np.full(299, -1.0)]),
        np.concatenate([np.zeros(500), [2.0**44], np.full(99, -1.0)]),
        noise() * 2.0**44,
        noise() * 1e-300,
        noise() * 1e300,
        1e9 + np.arange(WINDOW) * 1e-7,
    ],
)
def test_wild_and_nearly_constant_windows_are_counted_without_a_warning(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = GarchFits.of(x)
    assert fits.fitted + fits.still + fits.constant + fits.failed == 1
    assert np.isfinite([fits.alpha, fits.beta, fits.gain]).all()
    assert 0 <= fits.alpha + fits.beta <= 1 + 1e-9


def broken_series(seed=1):
    """Return moves with their times and stretches, broken now and then, and edges of rows."""
    rng = np.random.default_rng(seed)
    second, number, times, stretches = 10_037, 0, [], []
    for length in (2_500, 3, 700, 1_900, 650, 1_300):
        second += int(rng.integers(1, 40))
        times += range(second, second + length)
        stretches += [number] * length
        second, number = second + length, number + 1
    time = np.array(times) * SECOND
    inner = np.sort(rng.choice(time, 4, replace=False)) - rng.integers(0, SECOND, 4)
    return rng.standard_t(5, len(time)), time, np.array(stretches), np.array([time[0], *inner, time[-1] + 1])


@pytest.mark.parametrize("length", [8, 91, 600, 1024, 4096])
def test_whole_windows_are_those_of_the_twin(length):
    _, time, stretch, _ = broken_series()
    expected = [window[0] for window in naive_windows(time.tolist(), stretch.tolist(), length)]
    assert whole_windows(time, stretch, length).tolist() == expected
    assert bool(expected) == (length < 4096)


def test_rows_hold_the_fits_of_the_windows_that_end_in_them():
    moves, time, stretch, edges = broken_series()
    rows = garch_rows(moves, time, stretch, edges)
    expected = [GarchFits()] * (len(edges) - 1)
    for window in naive_windows(time.tolist(), stretch.tolist(), WINDOW):
        expected[naive_row(window, time, edges)] += GarchFits.of(moves[window])
    assert rows == expected
    assert sum(row.fitted for row in rows) == len(naive_windows(time.tolist(), stretch.tolist(), WINDOW)) == 6


def test_a_window_that_ends_on_an_edge_belongs_to_the_row_that_begins_there():
    edges = np.array([0, 600 * SECOND, 700 * SECOND])
    time = np.arange(1, 601) * SECOND
    rows = garch_rows(noise(), time, np.zeros(600, dtype=int), edges)
    assert [row.fitted for row in rows] == [0, 1]


# --- metrics ----------------------------------------------------------------------------------------------------


def test_persistence_is_a_mean_over_windows_that_cluster_and_gain_one_over_all():
    x = np.concatenate([simulated_garch(3 * WINDOW, 0.05, 0.1, 0.85, 4), noise(2 * WINDOW, seed=3), np.zeros(WINDOW)])
    fits = [fit_garch(x[a : a + WINDOW]) for a in range(0, 5 * WINDOW, WINDOW)]
    own = [fit.alpha + fit.beta for fit in fits if 2 * fit.gain > 5.991 and fit.alpha > 1e-6]
    persistence, gain = garch_persistence(x), garch_gain(x)
    assert persistence.value == pytest.approx(sum(own) / len(own), rel=1e-12)
    assert gain.value == pytest.approx(sum(fit.gain for fit in fits) / 5 / WINDOW, rel=1e-12)
    assert (persistence.n, gain.n) == (len(own), 5)
    left_out = {"still": 1, "constant": 0, "failed": 0}
    assert persistence.params == {"window_seconds": 600, "fitted": 5, "clustered": len(own), **left_out}
    assert len(own) == 3


def test_clustering_and_its_absence_are_told_apart():
    clustered, independent = simulated_garch(40 * WINDOW, 0.05, 0.1, 0.85, 5), noise(40 * WINDOW, seed=5)
    assert garch_persistence(clustered).value == pytest.approx(0.92, abs=0.04)  # of windows; 0.95 of the process
    with pytest.raises(InsufficientDataError, match=r"^moves cluster in \d of 40 windows of 600 s; "):
        garch_persistence(independent)
    # By chance one window in forty passes the mark; 7 of 40 is the 99.9 % point even at one in twenty.
    assert garch_gain(independent).params["clustered"] <= 7
    assert garch_gain(clustered).value > 0.02
    assert garch_gain(independent).value < 0.003


@pytest.mark.parametrize("place", [0, 1, 5])
def test_one_large_move_among_the_first_is_no_clustering(place):
    # Begun from the library's mean of the first squares, it gains some 80 as a path that decays, without any alpha.
    x = noise(seed=4)
    x[place] = 15.0
    assert fit_garch(x).gain < 40
    assert GarchFits.of(x).clustered == (fit_garch(x).alpha > 1e-6)


@pytest.mark.parametrize(("alpha", "beta", "half_life"), [(0.1, 0.85, 13.513), (0.08, 0.9, 34.310)])
def test_the_half_life_of_known_parameters(alpha, beta, half_life):
    fits = GarchFits(fitted=4, clustered=4, alpha=4 * alpha, beta=4 * beta)
    assert garch_half_life(fits).value == pytest.approx(half_life, abs=5e-4)
    assert garch_half_life(fits).unit == "s"


def test_the_size_of_moves_does_not_matter():
    x = simulated_garch(2 * WINDOW, 0.05, 0.1, 0.85, 6)
    assert garch_persistence(1e6 * x).value == pytest.approx(garch_persistence(x).value, rel=1e-6)


def test_windows_add_up():
    x = simulated_garch(4 * WINDOW, 0.05, 0.1, 0.85, 7)
    whole, parts = GarchFits.of(x), GarchFits.of(x[:WINDOW]) + GarchFits.of(x[WINDOW:])
    assert (whole.fitted, whole.clustered) == (parts.fitted, parts.clustered) == (4, 4)
    for metric in (garch_persistence, garch_half_life, garch_gain):
        assert metric(parts).value == pytest.approx(metric(whole).value, rel=1e-12)


@pytest.mark.parametrize("metric", [garch_persistence, garch_half_life, garch_gain])
def test_without_a_fit_the_reason_is_counted(metric):
    fits = GarchFits(still=3, constant=1, failed=2)
    with pytest.raises(
        InsufficientDataError,
        match=r"^no window of 600 s has a GARCH fit: 3 have fewer than 50 moves that are not zero, 1 do not vary, "
        r"2 fits failed\.$",
    ):
        metric(fits)


def test_a_half_life_needs_clustering_that_ends():
    with pytest.raises(InsufficientDataError, match=r"^moves cluster in 0 of 2 windows of 600 s; a pers"):
        garch_half_life(GarchFits(fitted=2))
    with pytest.raises(InsufficientDataError, match=r"^the persistence is 1: a shock to the variance never halves\.$"):
        garch_half_life(GarchFits(fitted=2, clustered=2, alpha=0.4, beta=1.6))


@pytest.mark.parametrize("missing", [math.nan, math.inf])
def test_moves_that_are_not_finite_are_refused(missing):
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        GarchFits.of([1.0, missing])


# --- in a summary -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row_seconds", [30, 47])
def test_rows_of_a_session_add_up_to_the_session(row_seconds):
    market = Market(n_sessions=1, session_seconds=2_400.0)
    source = source_of_events("market", simulate(market, rng=np.random.default_rng(3)))
    (series,) = observe(source, choose_grid(source, tick_size=market.tick_size)).series
    ((_, whole),) = summarise_series(series, None)
    total = reduce(add, [row for _, row in summarise_series(series, row_seconds * SECOND)])
    assert total.garch.fitted == whole.garch.fitted == 3
    assert total.relative_moves.n == whole.relative_moves.n > 2_000
    for field in ("garch", "periodogram", "fluctuations", "relative_moves"):
        for found, expected in zip(*(vars(getattr(one, field)).values() for one in (total, whole)), strict=True):
            assert np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-12)
