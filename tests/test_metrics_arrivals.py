"""Arrivals: how gaps vary, and how the counts in windows do."""

import math
from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest
from conftest import library
from hypothesis import assume, given
from hypothesis import strategies as st
from naive_arrivals import naive_allan, naive_local_variation, naive_window_pairs
from naive_metrics import (
    EVERY_WINDOW,
    SECOND,
    Point,
    Session,
    naive_burstiness,
    naive_burstiness_finite,
    naive_fano,
    naive_mean,
    naive_memory,
    naive_variation,
    naive_windows,
)

from lobstats.errors import InsufficientDataError
from lobstats.metrics.arrivals import (
    allan_curve,
    allan_factor,
    branching_curve,
    branching_ratio,
    burstiness,
    burstiness_finite,
    coefficient_of_variation,
    fano_curve,
    fano_factor,
    local_variation,
    mean_gap,
    mean_happening_size,
    memory,
    revised_local_variation,
)
from lobstats.summary.counts import Counts
from lobstats.summary.gaps import GapCounts
from lobstats.summary.reference import Reference
from lobstats.summary.windows import WindowCounts, window_rows

OF_PAIRS = [memory, local_variation, revised_local_variation]
OF_GAPS = [mean_gap, coefficient_of_variation, burstiness, burstiness_finite, *OF_PAIRS]
OF_TIMES = [fano_factor, fano_curve, allan_factor, allan_curve, branching_curve]
EVERY = [*OF_GAPS, *OF_TIMES]
GAPS = st.lists(st.integers(1, 10**13) | st.integers(1, 9), min_size=2, max_size=60)


def gamma_gaps(shape, *, n=200_000, mean=10_000_000, seed=1):
    """Return the gaps of a renewal process in nanoseconds."""
    return np.random.default_rng(seed).gamma(shape, mean / shape, n).astype(np.int64) + 1


def reference(horizon_seconds, *, clock_ns=1):
    return Reference(Counts.of([0]), int(horizon_seconds * SECOND), clock_ns)


def text(counted):
    return rf"^{counted}$"


# --- burstiness: closed forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.5, 1, 2, 4])
def test_a_gamma_renewal_process_has_the_variation_of_theory_and_no_memory(shape):
    gaps = gamma_gaps(shape)
    ratio = 1 / math.sqrt(shape)
    assert coefficient_of_variation(gaps).value == pytest.approx(ratio, rel=0.01)
    # A term of Lv lies in [0, 3] and has a variance below 1, so that four standard errors are 0.009 at most.
    assert local_variation(gaps).value == pytest.approx(3 / (2 * shape + 1), abs=0.009)
    assert burstiness(gaps).value == pytest.approx((ratio - 1) / (ratio + 1), abs=0.005)
    assert memory(gaps).value == pytest.approx(0, abs=0.01)
    assert mean_gap(gaps).value == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("gap", [1, 7, 1_000_003, 24 * 3600 * SECOND])
@pytest.mark.parametrize("n", [2, 3, 1000])
def test_a_clock_has_a_burstiness_of_exactly_minus_one(gap, n):
    assert burstiness([gap] * n).value == -1.0
    assert burstiness_finite([gap] * n).value == -1.0
    assert coefficient_of_variation([gap] * n).value == 0.0
    assert local_variation([gap] * n).value == revised_local_variation([gap] * n).value == 0.0


@pytest.mark.parametrize(("one", "other"), [(1, 3), (10, 1_000_000), (1, 10**15)])
def test_two_gaps_in_turn_have_their_closed_form(one, other):
    ratio = (other - one) / (other + one)
    assert burstiness([one, other] * 50).value == pytest.approx((ratio - 1) / (ratio + 1), rel=1e-12)
    assert memory([one, other] * 50).value == pytest.approx(-1.0)


@pytest.mark.parametrize("n", [2, 3, 10, 500])
def test_one_long_gap_among_many_short_ones_is_as_bursty_as_can_be(n):
    # r is sqrt(n - 1), the largest that n gaps can have, and the corrected measure 1.
    gaps = [10**18] + [1] * (n - 1)
    largest = math.sqrt(n - 1)
    assert burstiness_finite(gaps).value == pytest.approx(1.0, abs=1e-9)
    assert burstiness(gaps).value == pytest.approx((largest - 1) / (largest + 1), abs=1e-9)


@pytest.mark.parametrize("n", [8, 17])
def test_gaps_as_variable_as_those_of_random_times_have_a_corrected_burstiness_of_zero(n):
    # Half of the gaps at 1 - r and half at 1 + r times their mean, with r = sqrt((n - 1) / (n + 1)).
    n = 2 * (n // 2)
    ratio, mean = math.sqrt((n - 1) / (n + 1)), 10**15
    gaps = [round(mean * (1 - ratio)), round(mean * (1 + ratio))] * (n // 2)
    assert burstiness_finite(gaps).value == pytest.approx(0, abs=1e-9)
    assert burstiness(gaps).value < -0.02


@pytest.mark.parametrize("n", [10_000, 1_000_000])
@pytest.mark.parametrize("shape", [0.5, 4])
def test_the_corrected_burstiness_nears_the_plain_one_as_one_over_the_root_of_n(n, shape):
    gaps = gamma_gaps(shape, n=n)
    plain, corrected = burstiness(gaps).value, burstiness_finite(gaps).value
    ratio = (1 + plain) / (1 - plain)
    assert corrected - plain == pytest.approx(2 * ratio * (ratio - 1) / (ratio + 1) ** 2 / math.sqrt(n), rel=0.05)


def test_burstiness_of_a_few_gaps_equals_bursty_dynamics():
    # Recorded: bursty_dynamics 0.1.7, burstiness_parameter with n = 9, memory_coefficient of the logarithms.
    gaps = [3, 1, 1, 4, 21, 1, 2, 37, 1]
    assert burstiness_finite(gaps).value == pytest.approx(0.42668843139088364, rel=1e-12)
    assert memory(gaps).value == pytest.approx(-0.27705070710846397, rel=1e-12)


def test_logarithms_that_follow_each_other_have_the_memory_they_were_given():
    rng = np.random.default_rng(1)
    x = [0.0]
    for shock in rng.normal(size=100_000):
        x.append(0.4 * x[-1] + shock)
    gaps = np.exp(14 + np.array(x)).astype(np.int64)
    assert memory(gaps).value == pytest.approx(0.4, abs=0.01)
    assert memory(rng.permutation(gaps)).value == pytest.approx(0, abs=0.01)


def test_shuffled_gaps_have_the_same_burstiness_to_the_last_bit():
    gaps = gamma_gaps(0.5, n=5_000)
    shuffled = np.random.default_rng(2).permutation(gaps)
    for metric in (mean_gap, coefficient_of_variation, burstiness, burstiness_finite):
        assert metric(gaps).value == metric(shuffled).value


def test_a_rate_that_drifts_raises_the_coefficient_of_variation_and_not_the_local_one():
    slow = np.exp(np.sin(np.linspace(0, 20, 200_000)))
    gaps = (gamma_gaps(1) * slow).astype(np.int64) + 1
    assert coefficient_of_variation(gaps).value > 1.3
    assert local_variation(gaps).value == pytest.approx(1, abs=0.009)


def test_a_dead_time_lowers_the_local_variation_and_its_allowance_brings_it_back():
    # Exponential gaps of mean m after a dead time R: Lv falls, LvR returns to 1 up to terms of order (R / m)^2.
    gaps = gamma_gaps(1, mean=10_000_000) + 300_000
    assert local_variation(gaps).value < 0.95
    assert revised_local_variation(gaps, refractory_seconds=3e-4).value == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("refractory_ms", [0.0, 0.5, 5.0])
def test_local_variations_equal_elephant(refractory_ms):
    statistics, quantities = library("elephant.statistics"), library("quantities")
    gaps = gamma_gaps(0.7, n=3_000)
    times = gaps / 1e6 * quantities.ms
    assert local_variation(gaps).value == pytest.approx(float(statistics.lv(times)), rel=1e-12)
    expected = float(statistics.lvr(times, R=refractory_ms * quantities.ms))
    found = revised_local_variation(gaps, refractory_seconds=refractory_ms / 1e3)
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert found.params == {"refractory_seconds": refractory_ms / 1e3}


def test_burstiness_and_memory_equal_bursty_dynamics_with_its_count_and_its_gaps():
    theirs = library("bursty_dynamics.shared_function")
    gaps = gamma_gaps(0.5, n=40)
    times = np.concatenate([[0], np.cumsum(gaps)])
    # Its n counts events, ours gaps; leaving out one event gives the same formula.
    expected = theirs.burstiness_parameter(times[:-1], lambda _: gaps)
    assert burstiness_finite(gaps).value == pytest.approx(expected, rel=1e-12)
    # It takes raw gaps, we their logarithms: give it these.
    assert memory(gaps).value == pytest.approx(theirs.memory_coefficient(times, lambda _: np.log(gaps)), rel=1e-9)


# --- twins ------------------------------------------------------------------------------------------------------


@given(GAPS)
def test_metrics_of_gaps_equal_their_twins(gaps):
    array = np.array(gaps)
    assert mean_gap(array).value == pytest.approx(naive_mean(gaps) / 1e9, rel=1e-12)
    assert burstiness(array).value == pytest.approx(naive_burstiness(gaps), abs=1e-9)
    assert burstiness_finite(array).value == pytest.approx(naive_burstiness_finite(gaps), abs=1e-8)
    assert coefficient_of_variation(array).value == pytest.approx(naive_variation(gaps), rel=1e-9, abs=1e-9)
    for metric in (mean_gap, coefficient_of_variation, burstiness, burstiness_finite):
        assert metric(array).n == len(gaps)


@given(GAPS, st.sampled_from([0, 1, 1000, 5_000_000]))
def test_local_variations_equal_their_twins(gaps, refractory):
    array, pairs = np.array(gaps), list(pairwise(gaps))
    assert local_variation(array).value == pytest.approx(naive_local_variation(pairs), rel=1e-12)
    found = revised_local_variation(array, refractory_seconds=refractory / 1e9)
    assert found.value == pytest.approx(naive_local_variation(pairs, refractory), rel=1e-12)
    assert (found.n, found.scale) == (len(pairs), "log")
    assert -1 <= burstiness(array).value < 1


@given(GAPS)
def test_memory_equals_its_twin(gaps):
    pairs = list(pairwise(gaps))
    first, second = ([math.log(pair[side]) for pair in pairs] for side in (0, 1))
    assume(len(pairs) > 1 and min(np.var(first), np.var(second)) > 1e-6)
    estimate = memory(np.array(gaps))
    assert estimate.value == pytest.approx(naive_memory(pairs), abs=1e-6)
    assert (estimate.n, estimate.scale) == (len(pairs), "atanh")


@given(st.lists(st.lists(st.integers(1, 10**10), min_size=1, max_size=15), min_size=2, max_size=5))
def test_memory_pairs_no_gaps_across_a_seam(parts):
    pairs = [pair for part in parts for pair in pairwise(part)]
    first, second = ([math.log(pair[side]) for pair in pairs] for side in (0, 1))
    assume(len(pairs) > 1 and min(np.var(first), np.var(second)) > 1e-6)
    total = GapCounts.of(parts[0])
    for part in parts[1:]:
        total = total + GapCounts.of(part)
    assert memory(total).value == pytest.approx(naive_memory(pairs), abs=1e-6)


@given(st.lists(st.integers(1, 30_000_000), min_size=2, max_size=400), st.sets(st.integers(1, 399), max_size=4))
def test_the_curves_over_windows_equal_their_twins(gaps, breaks):
    times = (1_731_335_400 * SECOND + np.cumsum(gaps)).tolist()
    segment = [sum(place <= i for place in breaks) for i in range(len(times))]
    (counts,) = window_rows(np.array(times), np.array(segment), np.array([times[0], times[-1] + 1]))
    points = [Point(time, number, 1, None, None) for time, number in zip(times, segment, strict=True)]
    session = Session(0, 0, points)
    found = {length: [n for _, n in ends] for length, ends in naive_windows(session, EVERY_WINDOW).items()}
    expected = {length: inside for length, inside in found.items() if len(inside) >= 30 and sum(inside)}
    if not expected:
        with pytest.raises(InsufficientDataError):
            fano_curve(counts)
        return
    curve = fano_curve(counts)
    assert curve.x.tolist() == [length / 1e9 for length in expected]
    assert curve.value == pytest.approx([naive_fano(inside) for inside in expected.values()], rel=1e-9, abs=1e-9)
    assert curve.n.tolist() == [len(inside) for inside in expected.values()]
    for seconds, value in zip(curve.x.tolist(), curve.value.tolist(), strict=True):
        assert fano_factor(counts, window_seconds=seconds).value == value

    varied = {s: f for s, f in zip(curve.x.tolist(), curve.value.tolist(), strict=True) if f > 0}
    if varied:
        branching = branching_curve(counts)
        assert branching.x.tolist() == list(varied)
        assert branching.value == pytest.approx([1 - f**-0.5 for f in varied.values()], rel=1e-9, abs=1e-12)

    pairs = naive_window_pairs(session, EVERY_WINDOW)
    pairs = {length: [(a, b) for _, a, b in pairs[length]] for length in found}
    expected = {length / 1e9: naive_allan(pairs[length], found[length]) for length in pairs if len(pairs[length]) >= 30}
    if expected:
        curve = allan_curve(counts)
        assert dict(zip(curve.x.tolist(), curve.value.tolist(), strict=True)) == pytest.approx(expected, rel=1e-12)
        assert curve.n.tolist() == [len(pairs[round(s * 1e9)]) for s in expected]


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=60))
def test_the_mean_size_of_a_happening_equals_its_twin(sizes):
    estimate = mean_happening_size(np.array(sizes))
    assert estimate.value == pytest.approx(naive_mean(sizes), rel=1e-12)
    assert estimate.n == len(sizes)


# --- Fano: closed forms -----------------------------------------------------------------------------------------


def test_a_poisson_process_has_fano_and_allan_factors_of_one_at_every_window():
    counts = WindowCounts.of(np.cumsum(gamma_gaps(1, n=400_000)))
    curve, allan, branching = fano_curve(counts), allan_curve(counts), branching_curve(counts)
    assert curve.x.tolist() == [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]
    # The factor of n windows has the relative standard error sqrt(2 / n), and more where windows are nearly empty.
    assert (np.abs(curve.value - 1) < 4 * np.sqrt(2 / curve.n) + 0.01).all()
    # Neighbouring squared changes are correlated by a quarter, so that the error is sqrt(3 / n).
    assert (np.abs(allan.value - 1) < 4 * np.sqrt(3 / allan.n) + 0.01).all()
    assert (np.abs(branching.value) < 2 * np.sqrt(2 / branching.n) / (1 - 4 * np.sqrt(2 / branching.n)) + 0.01).all()


@pytest.mark.parametrize("shape", [0.5, 4])
def test_over_long_windows_a_renewal_process_has_the_fano_factor_of_its_gaps(shape):
    estimate = fano_factor(np.cumsum(gamma_gaps(shape, n=400_000)), window_seconds=3)
    assert estimate.value == pytest.approx(1 / shape, rel=5 * math.sqrt(2 / estimate.n))


def test_a_clock_has_a_fano_factor_of_zero():
    times = np.arange(0, 100 * SECOND, SECOND // 1000)
    assert fano_curve(times).value.tolist() == [0.0] * len(fano_curve(times).x)
    assert allan_curve(times).value.tolist() == [0.0] * len(allan_curve(times).x)
    same = text(r"every window of 1 s holds as many happenings as the next\.")
    with pytest.raises(InsufficientDataError, match=same):
        branching_ratio(times, window_seconds=1)


def hawkes_times(rng, end, *, background=0.5, branching=0.8, decay=2.0):
    """Return times in seconds: each happening has Poisson(branching) offspring, each after an exponential time."""
    generation = rng.uniform(0, end, rng.poisson(background * end))
    times = [generation]
    while len(generation):
        children = rng.poisson(branching, len(generation))
        generation = np.repeat(generation, children) + rng.exponential(1 / decay, children.sum())
        times.append(generation)
    return np.sort(np.concatenate(times))


def hawkes_fano(seconds, branching=0.8, decay=2.0):
    """Hawkes (1971): F(T) = 1 / (1 - n)^2 + (1 - 1 / (1 - n)^2) (1 - exp(-k T)) / (k T), k = decay (1 - n)."""
    limit, steps = 1 / (1 - branching) ** 2, decay * (1 - branching) * seconds
    return limit + (1 - limit) * (1 - np.exp(-steps)) / steps


@pytest.fixture(scope="module")
def hawkes():
    """Return window counts of 30 stretches of a Hawkes process."""
    rng = np.random.default_rng(1)
    return [WindowCounts.of((hawkes_times(rng, 10_000.0) * 1e9).astype(np.int64)) for _ in range(30)]


def assert_near(metric, parts, seconds, expected):
    """Assert that a metric of all parts is within four standard errors, told from the parts, of the expected value."""
    alone = [metric(part, window_seconds=seconds).value for part in parts]
    error = np.std(alone, ddof=1) / math.sqrt(len(parts))
    assert abs(metric(reduce(add, parts), window_seconds=seconds).value - expected) < 4 * error
    assert error < 0.03 * max(1, expected)


@pytest.mark.parametrize("seconds", [0.01, 0.1, 1, 10, 100])
def test_a_hawkes_process_has_the_factors_and_the_branching_ratio_of_theory(seconds, hawkes):
    fano = hawkes_fano(seconds)
    assert_near(fano_factor, hawkes, seconds, fano)
    assert_near(branching_ratio, hawkes, seconds, 1 - fano**-0.5)
    # var N(2 T) = 2 var N(T) + 2 cov, and <(N' - N)^2> = 2 var N(T) - 2 cov, so that A(T) = 2 F(T) - F(2 T).
    assert_near(allan_factor, hawkes, seconds, 2 * fano - hawkes_fano(2 * seconds))


def test_the_theory_of_a_hawkes_process_has_the_values_that_were_worked_out():
    assert hawkes_fano(10) == pytest.approx(19.1099, abs=1e-4)
    assert [1 - hawkes_fano(t) ** -0.5 for t in (10, 50, 100)] == pytest.approx([0.7712, 0.7950, 0.7976], abs=6e-5)


def test_a_change_of_regime_looks_like_self_excitation():
    slow, fast = gamma_gaps(1, n=20_000, mean=200_000_000), gamma_gaps(1, n=200_000, mean=20_000_000)
    times = np.cumsum(np.concatenate([slow, fast]))
    assert branching_ratio(times).value > 0.9
    assert branching_ratio(np.cumsum(fast)).value == pytest.approx(0, abs=0.15)
    # But for one, neighbouring windows lie in one regime, so that the Allan factor hardly sees it.
    assert fano_factor(times, window_seconds=10).value > 100
    assert allan_factor(times, window_seconds=10).value < 2


def test_bursts_raise_the_fano_factor_and_shuffled_gaps_lose_what_company_they_keep():
    gaps = np.where(np.arange(200_000) // 1000 % 2, 2_000_000, 18_000_000) + gamma_gaps(1, mean=1_000_000)
    together = fano_factor(np.cumsum(gaps)).value
    shuffled = fano_factor(np.cumsum(np.random.default_rng(1).permutation(gaps))).value
    assert together > 50
    assert shuffled < 2


# --- horizons ---------------------------------------------------------------------------------------------------


def test_the_curve_goes_from_ten_steps_of_the_clock_to_the_horizon():
    times = np.cumsum(gamma_gaps(1, n=400_000))
    assert fano_curve(times, reference=reference(3)).x.tolist() == [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]
    assert fano_curve(times, reference=reference(2.99)).x.tolist() == [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]
    assert fano_curve(times, reference=reference(3, clock_ns=1_000_000)).x.tolist() == [0.01, 0.03, 0.1, 0.3, 1, 3]
    assert fano_curve(times, reference=reference(3, clock_ns=1_000_001)).x.tolist() == [0.03, 0.1, 0.3, 1, 3]
    assert fano_curve(times, reference=reference(300, clock_ns=SECOND)).x.tolist() == [10, 30, 100]


def test_the_curve_is_log_scaled_and_in_seconds():
    curve = fano_curve(np.cumsum(gamma_gaps(1, n=10_000)))
    assert (curve.unit, curve.x_unit, curve.scale) == ("", "s", "log")


@pytest.mark.parametrize("window", EVERY_WINDOW[:11])
def test_every_kept_window_can_be_asked_for_in_seconds(window):
    counts = WindowCounts.of(np.array([0, 5000 * SECOND]))
    estimate = fano_factor(counts, window_seconds=window / 1e9)
    assert estimate.n == 5000 * SECOND // window
    assert estimate.params == {"window_seconds": window / 1e9}


# --- what they do not depend on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", OF_GAPS)
def test_an_array_of_gaps_gives_the_same_as_its_counts(metric):
    gaps = gamma_gaps(0.7, n=2_000)
    assert metric(gaps).to_dict() == metric(GapCounts.of(gaps)).to_dict()


@pytest.mark.parametrize("metric", OF_TIMES)
def test_an_array_of_times_gives_the_same_as_its_counts(metric):
    times = np.cumsum(gamma_gaps(0.7, n=20_000))
    assert metric(times).to_dict() == metric(WindowCounts.of(times)).to_dict()


@pytest.mark.parametrize("factor", [3, 1000])
def test_the_unit_of_time_does_not_matter_to_burstiness_and_memory(factor):
    gaps = gamma_gaps(0.7, n=2_000)
    assert burstiness(gaps).value == pytest.approx(burstiness(factor * gaps).value, abs=1e-12)
    assert memory(gaps).value == pytest.approx(memory(factor * gaps).value, abs=1e-9)


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", [mean_gap, coefficient_of_variation, burstiness, burstiness_finite])
@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_gaps_are_refused(metric, n):
    with pytest.raises(InsufficientDataError, match=text(rf"{n} gaps between happenings; 2 are needed\.")):
        metric(np.ones(n, dtype=int))
    assert metric([1, 2]).n == 2


@pytest.mark.parametrize("metric", [local_variation, revised_local_variation])
@pytest.mark.parametrize("n", [0, 1])
def test_a_local_variation_needs_a_pair(metric, n):
    with pytest.raises(InsufficientDataError, match=text(r"no pair of neighbouring gaps\.")):
        metric(np.ones(n, dtype=int))
    assert metric([1, 2]).n == 1


@pytest.mark.parametrize("refractory", [-1e-9, math.inf, math.nan])
def test_a_dead_time_below_zero_is_refused(refractory):
    with pytest.raises(
        ValueError, match=text(rf"`refractory_seconds` must be zero or more and finite, got {refractory}\.")
    ):
        revised_local_variation([1, 2], refractory_seconds=refractory)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_two_pairs_have_no_memory(n):
    pairs = max(n - 1, 0)
    with pytest.raises(
        InsufficientDataError, match=text(rf"{pairs} pairs of neighbouring gaps; a correlation needs two at least\.")
    ):
        memory(np.arange(1, n + 1))
    assert memory([1, 5, 2]).n == 2


@pytest.mark.parametrize("gap", [1, 7, 1_000_003, 24 * 3600 * SECOND])
@pytest.mark.parametrize("n", [3, 10, 100_000])
def test_equal_gaps_have_no_memory(gap, n):
    with pytest.raises(InsufficientDataError, match=text(r"the gaps do not vary\.")):
        memory(np.full(n, gap))


def test_a_window_that_is_not_kept_is_refused():
    listed = r"0\.001, 0\.003, 0\.01, 0\.03, 0\.1, 0\.3, 1, 3, 10, 30, 100, 300, 1000"
    with pytest.raises(ValueError, match=text(rf"`window_seconds` must be one of {listed}, got 2\.")):
        fano_factor([0, 1], window_seconds=2)


def test_thirty_windows_are_enough_and_29_are_not():
    assert fano_factor(np.array([0, 30 * SECOND])).n == 30
    with pytest.raises(InsufficientDataError, match=text(r"29 whole windows of 1 s; 30 are needed\.")):
        fano_factor(np.array([0, 30 * SECOND - 1]))
    assert fano_curve(np.array([0, 30 * SECOND // 1000])).x.tolist() == [0.001]
    with pytest.raises(InsufficientDataError, match=text(r"29 whole windows of 0\.001 s; 30 are needed\.")):
        fano_curve(np.array([0, 30 * SECOND // 1000 - 1]))
    with pytest.raises(InsufficientDataError, match=text(r"29 pairs of whole windows of 1 s; 30 are needed\.")):
        allan_factor(np.array([0, 30 * SECOND]))
    assert allan_factor(np.array([0, 31 * SECOND])).n == 30


def test_windows_without_a_happening_are_refused_for_that_reason():
    # The first happening lies within a window that is not whole, the last one ends the last whole window.
    times = np.array([1, 32 * SECOND])
    with pytest.raises(InsufficientDataError) as caught:
        fano_factor(times)
    assert "31 whole windows of 1 s; 30 are needed" not in str(caught.value)


@pytest.mark.parametrize("metric", OF_TIMES)
@pytest.mark.parametrize("times", [np.array([], dtype=int), np.array([5]), np.array([5, 5, 5])])
def test_times_without_a_whole_window_are_refused(metric, times):
    with pytest.raises(InsufficientDataError):
        metric(times)


def test_a_horizon_below_the_shortest_window_is_refused():
    with pytest.raises(InsufficientDataError, match="within the horizon"):
        fano_curve(np.cumsum(gamma_gaps(1, n=10_000)), reference=reference(0.0009))


def test_no_happening_has_no_mean_size():
    with pytest.raises(InsufficientDataError, match=text(r"there is no observation\.")):
        mean_happening_size(np.array([], dtype=int))


@pytest.mark.parametrize("metric", OF_GAPS)
@pytest.mark.parametrize("gaps", [[0, 1], [-1, 5], [1.5, 2.5]])
def test_gaps_that_are_no_positive_whole_nanoseconds_are_refused(metric, gaps):
    with pytest.raises(ValueError, match=r"^`gaps` must be positive whole nanoseconds"):
        metric(gaps)


@pytest.mark.parametrize("metric", OF_TIMES)
@pytest.mark.parametrize("times", [[2, 1], [1.5, 2.5]])
def test_times_that_are_no_increasing_whole_nanoseconds_are_refused(metric, times):
    with pytest.raises(ValueError, match=r"^`arrivals` must be increasing whole nanoseconds"):
        metric(times)


@pytest.mark.parametrize("metric", EVERY)
def test_an_empty_list_is_refused_as_too_little(metric):
    with pytest.raises(InsufficientDataError):
        metric([])
