"""Tails: Hill's estimator, its repair on a lattice, and the share beyond a threshold."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_metrics import naive_hill, naive_pareto, naive_share, naive_sizes, naive_threshold
from naive_tails import naive_asymmetry
from scipy import stats

from lobstats.errors import InsufficientDataError
from lobstats.metrics import collect
from lobstats.metrics.tails import (
    exceedance,
    gain_loss_asymmetry,
    gpd_shape,
    hill_curve,
    hill_index,
    ks_minimum_index,
    pareto_curve,
    pareto_index,
)
from lobstats.metrics.tails.lattice import _snapped, on_lattice
from lobstats.summary.counts import Counts
from lobstats.summary.reference import Reference

INDICES = [hill_index, pareto_index]
CURVES = [hill_curve, pareto_curve]
EVERY = [exceedance, *INDICES, *CURVES]
TAILS = ["both", "upper", "lower"]
MOVES = st.lists(st.integers(-80, 80) | st.integers(-3, 3), min_size=1, max_size=150)


def t3(scale, n=400_000, seed=1):
    return np.random.default_rng(seed).standard_t(3, n) * scale


def reference_of(moves):
    return Reference(Counts.of(moves), 10_000_000_000)


def in_tail(beyond, *, n=1000):
    """Return whole moves of which the given ones are the largest, the others zero and one."""
    rest = n - len(beyond)
    return np.array([*([0] * (rest - 1)), 1, *beyond])


# --- Hill: closed forms and another library ---------------------------------------------------------------------


def test_hill_of_a_geometric_tail_is_its_closed_form():
    # Beyond the threshold 1 lie exp(c), exp(2 c), ..., exp(20 c), whose logarithms have the mean 21 c / 2.
    sizes = np.concatenate([np.linspace(0.1, 1.0, 1980), np.exp(0.25 * np.arange(1, 21))])
    estimate = hill_index(sizes, tail_fraction=0.01)
    assert estimate.value == pytest.approx(2 / (0.25 * 21), rel=1e-12)
    assert (estimate.n, estimate.unit, estimate.scale) == (20, "", "log")
    assert estimate.params == {"tail_fraction": 0.01, "tail": "both", "threshold": 1.0}


def test_hill_of_a_pareto_law_has_the_gamma_distribution_of_theory():
    # With k sizes beyond the threshold, k times the mean of their logarithms is Gamma(k, 1 / alpha), exactly.
    rng = np.random.default_rng(1)
    sums = [30 / hill_index(rng.pareto(2.5, 3000) + 1, tail_fraction=0.01).value for _ in range(400)]
    assert stats.kstest(sums, stats.gamma(30, scale=1 / 2.5).cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("k", "expected"), [(25, 19.433851557516977), (50, 9.574900829013199), (100, 4.429282193614546)]
)
def test_hill_equals_heavytails(k, expected):
    # Recorded: 1 / heavytails.hill_estimator(sizes, k), heavytails 0.6.3.
    sizes = [(3.0 + (7919 * i) % 1009 / 13.0) ** 2 for i in range(500)]
    assert hill_index(sizes, tail_fraction=k / 500).value == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.floats(0.001, 1e6), min_size=20, max_size=150), st.sampled_from([0.1, 0.25, 0.5]))
def test_hill_equals_the_twin_on_continuous_data(sizes, fraction):
    ordered = naive_sizes(sizes, "both")
    threshold = naive_threshold(ordered, fraction)
    beyond = [size for size in ordered if size > threshold]
    if len(set(beyond)) < 10:
        with pytest.raises(InsufficientDataError):
            hill_index(sizes, tail_fraction=fraction)
        return
    estimate = hill_index(sizes, tail_fraction=fraction)
    assert estimate.value == pytest.approx(naive_hill(ordered, threshold), rel=1e-9)
    assert estimate.n == len(beyond)
    assert pareto_index(sizes, tail_fraction=fraction).value == estimate.value


# --- the grouped Pareto -----------------------------------------------------------------------------------------


@given(MOVES, st.sampled_from([0.2, 0.5]), st.sampled_from(TAILS))
def test_both_indices_equal_their_twins_on_a_lattice(moves, fraction, tail):
    sizes = naive_sizes(moves, tail)
    threshold = naive_threshold(sizes, fraction)
    beyond = [size for size in sizes if size > threshold]
    array = np.array(moves)
    if int(fraction * len(moves)) < 1 or len(set(beyond)) < 10:
        for index in INDICES:
            with pytest.raises(InsufficientDataError):
                index(array, tail_fraction=fraction, tail=tail)
        return
    grouped = pareto_index(array, tail_fraction=fraction, tail=tail)
    assert grouped.value == pytest.approx(naive_pareto(sizes, threshold), rel=1e-5)
    assert grouped.n == len(beyond)
    assert grouped.params["threshold"] == threshold
    if threshold > 0:
        assert hill_index(array, tail_fraction=fraction, tail=tail).value == pytest.approx(naive_hill(sizes, threshold))


def test_the_index_is_that_of_a_pareto_law_grouped_into_steps():
    # Each size j >= m holds exactly the mass of a Pareto law of index 3 between j - 1/2 and j + 1/2.
    edge, n = 10.5, 10**12
    sizes = np.arange(11, 3000)
    mass = ((sizes - 0.5) / edge) ** -3.0 - ((sizes + 0.5) / edge) ** -3.0
    counts = Counts.weighted([*range(11), *sizes], [9 * n, *[0] * 9, 90 * n, *np.rint(mass * n).astype(int)])
    assert pareto_index(counts, tail_fraction=0.015).value == pytest.approx(3.0, rel=1e-5)


@pytest.mark.parametrize("scale", [0.3, 1, 3, 10])
def test_the_grouped_index_of_rounded_moves_stays_within_5_percent_of_that_of_continuous_ones(scale):
    apart, apart_beyond_edge = [], []
    for seed in range(10):
        moves = t3(scale, seed=seed)
        rounded = pareto_index(np.rint(moves).astype(int))
        apart.append(rounded.value / hill_index(moves).value - 1)
        edge = rounded.params["threshold"] + 0.5
        beyond = np.abs(moves)[np.abs(moves) > edge]
        assert len(np.unique(np.rint(beyond))) >= 10
        apart_beyond_edge.append(rounded.value * np.log(beyond / edge).mean() - 1)
    assert abs(np.mean(apart)) < 0.05
    # The nearest half tick may leave a third of the tail: then each sample by itself differs by sampling error as well.
    reach = 0.05 if scale >= 1 else 0.05 + 1 / np.sqrt(rounded.n)
    assert max(map(abs, apart)) < reach
    # Beyond that half tick, rounding itself does little.
    assert max(map(abs, apart_beyond_edge)) < 0.03
    assert abs(np.mean(apart_beyond_edge)) < 0.01


def test_plain_hill_is_off_by_more_than_half_where_a_tick_is_wide():
    # The k largest moves, those as large as the threshold among them, give too much. Ours takes what is beyond it only,
    # and gives too little.
    for seed in range(6):
        moves = t3(0.3, seed=seed)
        exact, rounded = hill_index(moves).value, np.rint(moves).astype(int)
        ordered = np.sort(np.abs(rounded))[::-1]
        assert 1 / np.log(ordered[:4000] / ordered[4000]).mean() / exact - 1 > 0.5
        assert hill_index(rounded).value / exact - 1 < -0.35


@pytest.mark.parametrize("scale", [0.3, 1])
def test_the_grouped_index_does_not_depend_on_how_finely_the_lattice_is_written(scale):
    # With a spread of one tick throughout, the mid moves by whole ticks on a lattice of half ticks.
    moves = np.rint(t3(scale)).astype(int)
    in_half_ticks = Counts.of(2 * moves, step=0.5, unit="ticks")
    assert pareto_index(in_half_ticks).value == pytest.approx(pareto_index(moves).value, rel=0.05)


def test_a_gaussian_tail_gives_a_large_index_that_grows_with_the_threshold():
    moves = np.rint(10 * np.random.default_rng(1).normal(size=1_000_000)).astype(int)
    curve = pareto_curve(moves)
    assert curve.x.tolist() == [0.025, 0.01, 0.005, 0.001]
    assert (np.diff(curve.value) > 0).all()
    assert curve.value[1] > 8


# --- what they do not depend on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", EVERY)
def test_an_array_gives_the_same_as_its_counts(metric):
    moves = np.rint(t3(5, n=20_000)).astype(int)
    one, other = metric(moves), metric(Counts.of(moves, unit="ticks"))
    assert one.to_dict() == other.to_dict()


@pytest.mark.parametrize("index", INDICES)
def test_the_index_is_a_pure_number_and_the_threshold_is_in_units(index):
    moves = np.rint(t3(5, n=20_000)).astype(int)
    ticks, halves = index(Counts.of(moves)), index(Counts.of(moves, step=0.5))
    assert ticks.value == halves.value
    assert ticks.params["threshold"] == 2 * halves.params["threshold"]


@pytest.mark.parametrize("metric", [exceedance, *INDICES])
def test_losses_are_the_gains_of_the_mirrored_moves(metric):
    moves = np.rint(t3(5, n=40_000)).astype(int)
    upper, lower = metric(moves, tail="upper"), metric(-moves, tail="lower")
    assert (upper.value, upper.n) == (lower.value, lower.n)
    assert metric(np.abs(moves), tail="upper").value == metric(moves, tail="both").value


def test_moves_of_the_other_side_count_as_moves_that_are_not_in_the_tail():
    moves = np.array([-9] * 500 + list(range(1, 501)))
    assert exceedance(moves, tail="upper", tail_fraction=0.01).value == 0.01
    assert exceedance(moves, tail="upper", tail_fraction=0.01).params["threshold"] == 490


@given(MOVES)
def test_the_metrics_change_nothing(moves):
    array = np.array(moves)
    exceedance(array, tail_fraction=0.5) if len(moves) > 1 else None
    assert array.tolist() == moves


# --- the threshold ----------------------------------------------------------------------------------------------


@given(MOVES, st.sampled_from([0.01, 0.1, 0.5]), st.sampled_from(TAILS))
def test_the_threshold_is_the_largest_size_outside_the_tail(moves, fraction, tail):
    sizes = naive_sizes(moves, tail)
    if int(fraction * len(moves)) < 1:
        with pytest.raises(InsufficientDataError, match=rf"^{len(moves)} moves are too few for a tail of "):
            exceedance(np.array(moves), tail_fraction=fraction, tail=tail)
        return
    estimate = exceedance(np.array(moves), tail_fraction=fraction, tail=tail)
    threshold = naive_threshold(sizes, fraction)
    assert estimate.params["threshold"] == threshold
    assert estimate.value == naive_share(sizes, lambda size: size > threshold) <= fraction
    assert (estimate.n, estimate.scale) == (len(moves), "arcsine")


@given(MOVES, MOVES, st.sampled_from(TAILS))
def test_a_reference_sets_the_threshold_and_the_share_is_the_samples_own(moves, real, tail):
    if len(real) < 4:
        return
    threshold = naive_threshold(naive_sizes(real, tail), 0.25)
    estimate = exceedance(np.array(moves), tail_fraction=0.25, tail=tail, reference=reference_of(np.array(real)))
    assert estimate.params["threshold"] == threshold
    assert estimate.value == naive_share(naive_sizes(moves, tail), lambda size: size > threshold)


@pytest.mark.parametrize("index", INDICES)
def test_a_reference_sets_the_threshold_of_an_index(index):
    real, own = np.rint(t3(5, n=40_000)).astype(int), np.rint(t3(9, n=40_000, seed=2)).astype(int)
    estimate = index(own, reference=reference_of(real))
    threshold = naive_threshold(naive_sizes(real.tolist(), "both"), 0.01)
    sizes = naive_sizes(own.tolist(), "both")
    twin = naive_hill if index is hill_index else naive_pareto
    assert estimate.params["threshold"] == threshold
    assert estimate.value == pytest.approx(twin(sizes, threshold), rel=1e-6)
    assert estimate.n == sum(size > threshold for size in sizes) > 800


@pytest.mark.parametrize("metric", EVERY)
def test_a_reference_on_another_lattice_is_refused(metric):
    text = r"^the reference's moves have step None, these have 1\.0; both need one tick size\.$"
    with pytest.raises(ValueError, match=text):
        metric(np.arange(1000), reference=reference_of(np.arange(1000.0)))


# --- losses against gains ----------------------------------------------------------------------------------------


@given(MOVES, MOVES, st.sampled_from(["own", "fixed"]))
def test_the_asymmetry_equals_its_twin(moves, real, whose):
    reference = reference_of(np.array(real)) if whose == "fixed" else None
    chooses = moves if whose == "own" else real
    if len(chooses) < 2:
        return
    threshold = naive_threshold(naive_sizes(chooses, "both"), 0.5)
    beyond = sum(abs(move) > threshold for move in moves)
    if beyond < 10:
        with pytest.raises(
            InsufficientDataError, match=rf"^{beyond} moves beyond the 50 % tail; an asymmetry needs 10"
        ):
            gain_loss_asymmetry(np.array(moves), tail_fraction=0.5, reference=reference)
        return
    found = gain_loss_asymmetry(np.array(moves), tail_fraction=0.5, reference=reference)
    assert found.value == pytest.approx(naive_asymmetry(moves, threshold), abs=1e-15)
    assert (found.n, found.params) == (beyond, {"tail_fraction": 0.5, "threshold": threshold})
    mirrored = gain_loss_asymmetry(-np.array(moves), tail_fraction=0.5, reference=reference)
    assert mirrored.value == pytest.approx(-found.value, abs=1e-15)


def test_the_asymmetry_of_skewed_moves_is_the_one_of_their_law():
    # Of two exponential laws, losses with twice the scale: beyond u there are exp(-u / 2) losses for exp(-u) gains.
    rng = np.random.default_rng(1)
    moves = rng.exponential(size=200_000) * rng.choice([1.0, -2.0], 200_000)
    found = gain_loss_asymmetry(moves, tail_fraction=0.05)
    losses, gains = (math.exp(-found.params["threshold"] / scale) for scale in (2, 1))
    expected = (losses - gains) / (losses + gains)
    assert found.value == pytest.approx(expected, abs=4 * math.sqrt((1 - expected**2) / found.n))


# --- curves -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("curve", "index"), [(hill_curve, hill_index), (pareto_curve, pareto_index)])
@pytest.mark.parametrize("tail", TAILS)
def test_a_curve_is_its_index_at_each_fraction(curve, index, tail):
    moves = np.rint(t3(8, n=60_000)).astype(int)
    found = curve(moves, tail=tail)
    assert found.x.tolist() == [0.025, 0.01, 0.005, 0.001]
    points = [index(moves, tail_fraction=fraction, tail=tail) for fraction in found.x.tolist()]
    assert found.value.tolist() == [point.value for point in points]
    assert found.n.tolist() == [point.n for point in points]
    assert (found.x_unit, found.scale, found.params) == ("tail fraction", "log", {"tail": tail})


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_leaves_out_fractions_with_too_few_distinct_values(curve):
    moves = np.rint(t3(8, n=3_000)).astype(int)
    assert curve(moves).x.tolist() == [0.025, 0.01, 0.005]


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_without_a_point_says_why_the_first_one_is_missing(curve):
    with pytest.raises(InsufficientDataError, match=r"^3 distinct values beyond the 2\.5 % tail; an index needs 10 "):
        curve(in_tail([5, 5, 7]))


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", [exceedance, *INDICES])
@pytest.mark.parametrize("fraction", [0, -0.1, 0.51, 2, math.nan])
def test_a_tail_fraction_outside_its_range_is_refused(metric, fraction):
    with pytest.raises(ValueError, match=rf"^`tail_fraction` must be in \(0, 0\.5\], got {fraction}\.$"):
        metric(np.arange(100), tail_fraction=fraction)


@pytest.mark.parametrize("metric", EVERY)
def test_an_unknown_tail_is_refused(metric):
    with pytest.raises(ValueError, match=r"^`tail` must be 'both', 'upper' or 'lower', got 'left'\.$"):
        metric(np.arange(100), tail="left")


@pytest.mark.parametrize("metric", [exceedance, *INDICES])
def test_too_few_moves_for_a_fraction_are_refused(metric):
    with pytest.raises(InsufficientDataError, match=r"^99 moves are too few for a tail of 1 %\.$"):
        metric(np.arange(99), tail_fraction=0.01)


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("empty", [[], np.array([], dtype=int)])
def test_no_move_at_all_is_refused(metric, empty):
    with pytest.raises(InsufficientDataError, match=r"^0 moves are too few for a tail of "):
        metric(empty)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize(
    ("distinct", "noun"), [(0, "0 distinct values"), (1, "1 distinct value"), (9, "9 distinct values")]
)
def test_fewer_than_ten_distinct_values_are_refused(index, distinct, noun):
    text = rf"^{noun} beyond the 2\.5 % tail; an index needs 10 at least\.$"
    with pytest.raises(InsufficientDataError, match=text):
        index(in_tail([3 * i + 5 for i in range(distinct)] * 2) - 1, tail_fraction=0.025, tail="upper")


def test_ten_distinct_values_are_enough():
    beyond = [3 * i + 5 for i in range(10)]
    moves = np.concatenate([np.ones(990, dtype=int), beyond])
    assert pareto_index(moves).n == hill_index(moves).n == 10


def test_a_threshold_of_zero_is_fine_on_a_lattice_and_refused_by_hill():
    moves = np.concatenate([np.zeros(990, dtype=int), np.arange(1, 11)])
    assert pareto_index(moves).params["threshold"] == 0
    assert pareto_index(moves).value == pytest.approx(naive_pareto(naive_sizes(moves.tolist(), "both"), 0), rel=1e-6)
    with pytest.raises(
        InsufficientDataError, match=r"^the tail's threshold is zero; logarithms of sizes need a positiv"
    ):
        hill_index(moves)


def test_continuous_moves_with_a_threshold_of_zero_have_no_index_at_all():
    moves = np.concatenate([np.zeros(990), np.arange(1.0, 11.0)])
    for index in INDICES:
        with pytest.raises(InsufficientDataError, match="threshold is zero"):
            index(moves)


@pytest.mark.parametrize("metric", EVERY)
def test_moves_of_one_size_have_no_tail(metric):
    moves = np.full(5000, 7)
    if metric is exceedance:
        assert metric(moves).value == 0.0
        return
    with pytest.raises(InsufficientDataError, match=r"^0 distinct values beyond"):
        metric(moves)


def test_large_moves_keep_their_index():
    # On a lattice that is fine beside the moves, grouping changes nothing.
    moves = np.rint((np.random.default_rng(1).pareto(3.0, 100_000) + 1) * 1e9).astype(np.int64)
    assert pareto_index(moves).value == pytest.approx(hill_index(moves).value, rel=1e-6)


@pytest.mark.parametrize("largest", [2**49, 2**53])
def test_one_wild_move_of_a_model_still_gives_an_index(largest):
    moves = np.concatenate([np.zeros(990, dtype=int), np.arange(1, 10), [largest]])
    assert 0.1 < pareto_index(moves).value < 2


def test_a_tail_as_thin_as_a_wall_has_the_index_of_a_geometric_law():
    # Beyond the threshold lie the steps 1 to 10, 4.5 beyond the first in the mean: at each step 4.5 / 5.5 go on.
    estimate = pareto_index(np.arange(10**9, 10**9 + 1000))
    assert estimate.value == pytest.approx(1e9 * math.log(5.5 / 4.5), rel=1e-5)


def test_every_metric_of_the_family_says_what_it_rests_on():
    moves = np.rint(t3(40, n=30_000)).astype(int)
    data = {"exceedance_times": moves, "exceedance_windows": moves, "by_horizon": np.cumsum(moves), "returns": moves}
    metrics = {name: metric for name, metric in collect().items() if name.startswith("tails.") and not metric.over}
    assert len(metrics) == 22
    for name, metric in metrics.items():
        basis = metric(data[metric.field]).basis
        assert basis.clock == "clock time", name
        horizon = "0.01 s to 600 s" if metric.field == "by_horizon" else "1 s"
        assert basis.horizon.split(", windows of ")[0] == horizon, name
        counted = "pairs" if "extremal" in name else "in the tail" if name.endswith(("_index", "_shape")) else ""
        assert counted in basis.counted, name


# --- a few moves off a lattice of whole ticks --------------------------------------------------------------------


def whole_ticks(seed, n=200_000):
    """Return moves by whole ticks, in half ticks."""
    return 2 * np.rint(0.5 * np.random.default_rng(seed).standard_t(3, n)).astype(int)


@pytest.mark.parametrize("share", [1, 200, 2000])
def test_a_few_moves_by_half_a_tick_do_not_halve_the_intervals_of_all(share):
    moves = whole_ticks(1)
    odd = moves.copy()
    large = np.flatnonzero(np.abs(moves) >= 2)
    odd[np.random.default_rng(2).choice(large, min(share, len(large) // 40), replace=False)] += 1
    assert pareto_index(odd).value == pytest.approx(pareto_index(moves).value, rel=0.03)
    if share < 2000:  # more of them move the size at which the power is found to begin
        assert ks_minimum_index(odd).value == pytest.approx(ks_minimum_index(moves).value, rel=0.03)
    assert gpd_shape(odd).value == pytest.approx(gpd_shape(moves).value, abs=0.05)


def test_the_lattice_is_the_reference_sides():
    real, odd = whole_ticks(1), whole_ticks(2)
    odd[0] = 1
    reference = Reference(Counts.of(real), 10**9)
    for index in (pareto_index, gpd_shape, ks_minimum_index):
        plain = index(whole_ticks(2), reference=reference)
        assert index(odd, reference=reference).value == pytest.approx(plain.value, rel=1e-3), index


def test_half_of_the_moves_off_the_wider_lattice_keep_the_finer_one():
    moves = np.rint(np.random.default_rng(3).standard_t(3, 200_000)).astype(int)
    counts, _, lattice = on_lattice(moves, "both", None)
    assert (lattice, counts.values.tolist()) == (1, np.unique(moves).tolist())


@given(st.lists(st.integers(-60, 60), min_size=1, max_size=40), st.sampled_from([2, 3, 4]))
def test_moves_go_to_the_nearest_value_of_the_lattice_halfway_ones_to_an_even_one(moves, step):
    found = _snapped(Counts.of(np.array(moves)), step)
    expected = [step * round(Fraction(move, step)) for move in moves]
    assert dict(zip(found.values.tolist(), found.counts.tolist(), strict=True)) == Counter(expected)


def test_a_sample_without_a_move_has_no_share_beyond_the_real_threshold():
    reference = Reference(Counts.of(whole_ticks(1)), 10**9)
    with pytest.raises(InsufficientDataError, match=r"^there is no move\.$"):
        exceedance(np.array([], dtype=int), reference=reference)
