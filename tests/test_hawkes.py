"""Hawkes processes fitted to windows of the clock."""

import math
from functools import reduce
from operator import add

import numpy as np
import pytest
from conftest import library
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_arrivals import naive_hawkes
from naive_metrics import SECOND
from test_metrics_arrivals import hawkes_times

from lobstats.errors import InsufficientDataError
from lobstats.metrics.arrivals import hawkes_branching_ratio, hawkes_decay_time
from lobstats.summary import hawkes
from lobstats.summary.hawkes import FIT_NS, LEAST_FITTED, HawkesFits, fit_hawkes, hawkes_rows
from lobstats.summary.hawkes_kernel import log_likelihood

TRUTHS = [(0.5, 0.8, 2.0), (2.0, 0.5, 1000.0), (1.0, 0.9, 10.0), (5.0, 0.3, 1.0)]
WINDOW = FIT_NS // SECOND


def simulated(truth, *, end=600.0, seed=1):
    mu, ratio, beta = truth
    rng = np.random.default_rng(seed)
    # Begin a while before, so that the window holds the offspring of what came earlier, as windows of a day do.
    times = hawkes_times(rng, end + 100, background=mu, branching=ratio, decay=beta) - 100
    return np.unique((times[(times >= 0) & (times < end)] * 1e9).astype(np.int64))


# --- the likelihood ---------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.lists(st.floats(1e-6, 3), min_size=0, max_size=30),
    st.floats(0, 5),
    st.floats(0.01, 5),
    st.floats(0.01, 0.99),
    st.floats(0.01, 100),
)
def test_the_likelihood_equals_the_twin_and_its_slopes_are_those_of_the_twin(gaps, rest, mu, ratio, beta):
    times = np.cumsum(gaps)
    end = float(times[-1] + rest) if gaps else rest
    value, *slopes = log_likelihood(times, end, mu, ratio, beta)
    assert value == pytest.approx(naive_hawkes(times, end, mu, ratio, beta), rel=1e-9, abs=1e-9)
    for i, slope in enumerate(slopes):
        up, down = ([p * (1 + by * (i == j)) for j, p in enumerate((mu, ratio, beta))] for by in (1e-6, -1e-6))
        expected = (naive_hawkes(times, end, *up) - naive_hawkes(times, end, *down)) / (up[i] - down[i])
        assert slope == pytest.approx(expected, rel=1e-4, abs=1e-4 * (1 + abs(value)))


def test_the_likelihood_runs_uncompiled_to_the_same_numbers():
    times = np.cumsum(np.random.default_rng(1).exponential(1, 50))
    plain = getattr(log_likelihood, "py_func", log_likelihood)
    assert plain(times, 60.0, 0.5, 0.4, 2.0) == pytest.approx(log_likelihood(times, 60.0, 0.5, 0.4, 2.0), rel=1e-12)


def test_the_likelihood_equals_that_of_hawkesbook():
    theirs = library("hawkesbook")
    times = simulated(TRUTHS[0]) / 1e9
    value = log_likelihood(times, 600.0, 0.5, 0.8, 2.0)[0]
    # Its parameters are mu, the jump alpha = n beta, and beta.
    assert value == pytest.approx(theirs.exp_log_likelihood(times, 600.0, np.array([0.5, 1.6, 2.0])), rel=1e-10)


# --- fits -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", TRUTHS)
def test_fits_equal_those_of_hawkesbook(truth):
    theirs = library("hawkesbook")
    times = simulated(truth) / 1e9
    mu, ratio, beta = truth
    start = fit_hawkes(times, 600.0)
    found = theirs.exp_mle(times, 600.0, np.array([mu, ratio * beta, beta]))
    expected = found[0], found[1] / found[2], found[2]
    # Its search may stop early, ours not below what it reached.
    assert log_likelihood(times, 600.0, *start)[0] >= log_likelihood(times, 600.0, *expected)[0] - 1e-6
    if beta < 100:
        assert start == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_truth_is_found_within_the_spread_over_windows(truth):
    parts = [
        HawkesFits.of(np.concatenate([[0], 1 + simulated(truth, seed=seed), [600 * SECOND]])) for seed in range(20)
    ]
    total = reduce(add, parts)
    assert (total.fitted, total.skipped, total.failed, total.excited) == (20, 0, 0, 20)
    error = np.std([part.ratio for part in parts], ddof=1) / math.sqrt(20)
    assert hawkes_branching_ratio(total).value == pytest.approx(truth[1], abs=4 * error)
    assert error < 0.03
    error = np.std([part.log_decay for part in parts], ddof=1) / math.sqrt(20)
    assert math.log(hawkes_decay_time(total).value) == pytest.approx(-math.log(truth[2]), abs=4 * error)
    assert error < 0.1


def test_a_poisson_process_has_a_small_branching_ratio():
    times = np.cumsum(np.random.default_rng(1).exponential(0.5e9, 50_000)).astype(np.int64)
    estimate = hawkes_branching_ratio(times)
    assert estimate.n == 40
    assert estimate.value < 0.15
    assert (estimate.scale, estimate.unit, estimate.params) == ("arcsine", "", {"skipped": 0, "failed": 0})


def test_a_clock_too_coarse_for_its_happenings_drives_the_ratio_up_and_the_decay_down():
    times = simulated((20.0, 0.3, 5.0))
    pairs = np.unique(np.concatenate([times, times[::2] + 1, times[::2] + 2]))
    fine, coarse = (HawkesFits.of(np.concatenate([[0], 1 + t, [600 * SECOND]])) for t in (times, pairs))
    assert hawkes_branching_ratio(coarse).value > hawkes_branching_ratio(fine).value + 0.1
    assert hawkes_decay_time(coarse).value < 1e-7


# --- windows ----------------------------------------------------------------------------------------------------


def regular(start, stop, n):
    return np.linspace(start, stop, n, endpoint=False).astype(np.int64)


def test_windows_are_whole_within_a_stretch_and_belong_to_the_row_in_which_they_end():
    times = np.concatenate([regular(0, 3 * FIT_NS, 600), [3 * FIT_NS]])
    none = np.zeros(len(times), dtype=np.int64)
    rows = hawkes_rows(times, none, np.array([0, FIT_NS, FIT_NS + 1, 3 * FIT_NS + 1]))
    assert [row.fitted + row.failed for row in rows] == [1, 0, 2]
    broken = (times >= FIT_NS + 10).astype(np.int64)
    (row,) = hawkes_rows(times, broken, np.array([0, 3 * FIT_NS + 1]))
    assert row.fitted + row.failed == 2
    (row,) = hawkes_rows(times[1:], none[1:], np.array([0, 3 * FIT_NS + 1]))
    assert row.fitted + row.failed == 2


def test_rows_add_up_to_the_whole():
    times = np.concatenate([[0], 1 + simulated(TRUTHS[0], end=3000.0), [3000 * SECOND]])
    none = np.zeros(len(times), dtype=np.int64)
    edges = np.arange(0, 3001, 250) * SECOND
    edges[-1] += 1
    total, whole = reduce(add, hawkes_rows(times, none, edges)), HawkesFits.of(times)
    assert (total.fitted, total.excited) == (whole.fitted, whole.excited) == (5, 5)
    assert (total.ratio, total.log_decay) == pytest.approx((whole.ratio, whole.log_decay), rel=1e-12)


def test_few_happenings_are_skipped_and_empty_windows_are_not_counted():
    ends = np.array([0, 10 * FIT_NS])
    for n, fitted in ((LEAST_FITTED - 1, 0), (LEAST_FITTED, 1)):
        inside = 5 * FIT_NS + np.sort(np.random.default_rng(1).integers(1, FIT_NS, n))
        fits = HawkesFits.of(np.concatenate([ends[:1], inside, ends[1:]]))
        assert (fits.fitted, fits.skipped, fits.failed) == (fitted, 2 - fitted, 0)


def test_of_a_busy_window_the_first_happenings_are_fitted(monkeypatch):
    times = simulated(TRUTHS[3])
    monkeypatch.setattr(hawkes, "MOST_FITTED", 2000)
    fits = HawkesFits.of(np.concatenate([[0], times, [FIT_NS]]))
    used = np.concatenate([[0], times])[:2000] / 1e9
    assert fits.ratio == pytest.approx(fit_hawkes(used, used[-1])[1], rel=1e-9)


def test_a_search_that_comes_to_no_rest_is_counted_as_failed(monkeypatch):
    monkeypatch.setattr(hawkes, "minimum", lambda *_: (0.0, np.zeros(3), False))
    fits = HawkesFits.of(np.concatenate([[0], 1 + simulated(TRUTHS[0]), [FIT_NS]]))
    assert (fits.fitted, fits.skipped, fits.failed) == (0, 0, 1)


@pytest.mark.parametrize("step", [1, 10**6])
def test_wild_windows_have_finite_fits(step):
    rng = np.random.default_rng(1)
    heaps = (rng.integers(0, 5, (5, 1)) * 10**11 + np.arange(200) * step).ravel()
    even = regular(0, FIT_NS, 1000)
    for inside in (heaps, even, np.arange(150)):
        fits = HawkesFits.of(np.concatenate([[0], np.unique(inside[inside < FIT_NS]), [FIT_NS]]))
        assert fits.fitted + fits.failed == 1
        assert math.isfinite(fits.ratio)
        assert math.isfinite(fits.log_decay)


# --- what is refused --------------------------------------------------------------------------------------------


def test_no_fitted_window_is_refused():
    few = r"^no whole window of 600 s was fitted: 1 with fewer than 100 happenings, 0 without an estimate\.$"
    for metric in (hawkes_branching_ratio, hawkes_decay_time):
        with pytest.raises(InsufficientDataError, match=few):
            metric(np.array([0, FIT_NS]))
        with pytest.raises(ValueError, match=r"^`hawkes` must be increasing whole nanoseconds; sort them"):
            metric([1.5, 2.0])
    none = r"^none of 3 windows has a branching ratio of 0\.01 or more and a decay within 60 s; "
    with pytest.raises(InsufficientDataError, match=none):
        hawkes_decay_time(HawkesFits(3, 0, 0, 0.001, 0, 0.0))
    fits = HawkesFits.of([1, 2, 2])
    assert HawkesFits.of(fits) is fits
