"""Numbers of large moves in windows, row by row, and their Fano factor."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_stylised import WINDOWS, naive_fano, naive_large_counts
from naive_tails import LADDER

from lobstats.engine import choose_grid, observe, source_of_events
from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import intermittency, intermittency_curve
from lobstats.summary.counts import Counts
from lobstats.summary.exceedance_windows import (
    WINDOW_SECONDS,
    ExceedanceWindows,
    exceedance_window_rows,
)
from lobstats.summary.exceedances import THRESHOLDS
from lobstats.summary.reference import Reference
from lobstats.summary.summary import summarise_series

SECOND = 1_000_000_000
SIZES = st.integers(-9, 9) | st.sampled_from([0, 0, 64, -1000, 2**20, 2**50])


def reference_of(moves, seconds):
    return Reference(Counts.of(np.asarray(moves), step=0.5, unit="ticks"), int(seconds * SECOND))


@st.composite
def runs(draw):
    """Draw runs of (second, move) with pauses between them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    second, found = draw(st.integers(1, 130)), []
    for _ in range(draw(st.integers(1, 4))):
        length = draw(st.sampled_from([1, 9, 10, 11, 29, 30, 60, 61, 200, 700]))
        moves = rng.choice([0, 0, 0, 1, -2, 3, 5, -8, 70, 2**21], length)
        found.append(list(zip(range(second, second + length), moves.tolist(), strict=True)))
        second += length + draw(st.integers(0, 70))
    return found


def arrays(drawn):
    time = np.array([second for run in drawn for second, _ in run], dtype=np.int64) * SECOND
    moves = np.array([move for run in drawn for _, move in run], dtype=np.int64)
    return moves, time, np.repeat(np.arange(len(drawn)), [len(run) for run in drawn])


def assert_equals(found, drawn, begin, end):
    """Assert what the sums hold of the seconds from ``begin`` to before ``end``."""
    moves = [move for run in drawn for second, move in run if begin <= second < end]
    assert found.moves == len(moves)
    assert found.seconds.tolist() == list(WINDOWS)
    for place, threshold in enumerate(LADDER):
        assert found.exceedances[place] == sum(abs(move) >= threshold for move in moves)
        for column, length in enumerate(WINDOWS):
            counts = [n for at, n in naive_large_counts(drawn, threshold, length) if begin <= at < end]
            assert found.windows[column] == len(counts)
            assert found.total[place, column] == sum(counts)
            assert found.squares[place, column] == sum(n * n for n in counts)


# --- what a summary keeps ---------------------------------------------------------------------------------------


def test_twelve_moves_worked_out_by_hand():
    found = ExceedanceWindows.of([1, 0, 0, 2, 0, 0, 0, 0, -4, 0, 9, 9])
    assert (found.moves, found.exceedances[:4].tolist()) == (12, [5, 4, 3, 3])
    assert found.windows.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert (found.total[:4, 0].tolist(), found.squares[:4, 0].tolist()) == ([3, 2, 1, 1], [9, 4, 1, 1])


@given(runs(), st.lists(st.integers(0, 1200), max_size=4))
@settings(max_examples=25)
def test_rows_equal_the_twin_and_add_up_to_the_whole(drawn, inner):
    last = drawn[-1][-1][0] + 1
    edges = [0, *sorted(min(edge, last) for edge in inner), last]
    found = exceedance_window_rows(*arrays(drawn), np.array(edges) * SECOND)
    assert len(found) == len(edges) - 1
    for row, begin, end in zip(found, edges, edges[1:], strict=False):
        assert_equals(row, drawn, begin, end)
    assert_equals(reduce(add, found), drawn, 0, last)


def test_a_recording_equals_the_twin_in_rows_of_any_length(clx5):
    source = source_of_events("clx5", clx5[:400_000])
    (series,) = list(observe(source, choose_grid(source)).series)
    bars = series.bars()
    drawn, time, moves, stretch = [], *bars.moves()
    for number in np.unique(stretch):
        own = stretch == number
        drawn.append(list(zip((time[own] // SECOND).tolist(), moves[own].tolist(), strict=True)))
    for row_ns in (None, 300 * SECOND):
        rows = [summary.exceedance_windows for _, summary in summarise_series(series, row_ns)]
        whole = reduce(add, rows)
        assert whole.moves == len(moves) > 1000
        for place, threshold in enumerate(LADDER[:8]):
            for column, length in enumerate(WINDOWS):
                counts = [n for _, n in naive_large_counts(drawn, threshold, length)]
                assert (whole.windows[column], whole.total[place, column]) == (len(counts), sum(counts))
                assert whole.squares[place, column] == sum(n * n for n in counts)


def test_sums_of_other_sizes_or_windows_do_not_add_up():
    found = ExceedanceWindows.of([1, 2])
    none = np.zeros(2, dtype=np.int64)
    pairs = np.zeros((2, 8), dtype=np.int64)
    for other in (
        ExceedanceWindows(THRESHOLDS[:2], WINDOW_SECONDS, 1, none, np.zeros(8, dtype=np.int64), pairs, pairs),
        ExceedanceWindows(THRESHOLDS, WINDOW_SECONDS[:2], 1, none, none, pairs, pairs),
    ):
        with pytest.raises(ValueError, match=r"^numbers of moves of different sizes or in different windows do not "):
            found + other


def test_moves_that_are_no_whole_half_ticks_are_refused():
    with pytest.raises(ValueError, match=r"^`exceedance_windows` takes moves in whole half ticks; round them first\.$"):
        ExceedanceWindows.of([0.5])
    assert ExceedanceWindows.of([]).moves == 0
    found = ExceedanceWindows.of([1])
    assert ExceedanceWindows.of(found) is found


# --- the Fano factor --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10, 30, 60])
def test_the_estimate_equals_its_twin_and_is_a_point_of_the_curve(length):
    moves = np.rint(5 * np.random.default_rng(1).standard_t(3, 4_000)).astype(int)
    found = intermittency(moves, window_seconds=length, tail_fraction=0.05)
    threshold = 2 * found.params["threshold"]
    assert threshold in LADDER
    counts = [n for _, n in naive_large_counts([list(enumerate(moves.tolist(), 1))], threshold, length)]
    assert (found.value, found.n) == (pytest.approx(naive_fano(counts), rel=1e-12), len(counts))
    assert (found.unit, found.scale, found.params["window_seconds"]) == ("", "log", length)
    curve = intermittency_curve(moves, tail_fraction=0.05)
    assert curve.value[curve.x == length].tolist() == [found.value]
    assert (curve.x.tolist(), curve.unit, curve.x_unit, curve.scale) == ([10, 30, 60], "", "s", "log")


def test_independent_moves_have_the_fano_factor_of_a_binomial_count():
    # A share p of independent moves is large: F = 1 - p in every window. The variance of n counts is known to
    # sqrt(2 / n) of itself, so five errors of the mean of five samples.
    p, n = 0.02, 120_000
    found = []
    for seed in range(5):
        large = np.random.default_rng(seed).random(n) < p
        curve = intermittency_curve(np.where(large, 64, 0), reference=reference_of([64], 600))
        found.append(curve.value)
    error = np.sqrt(2 / curve.n / 5)
    assert curve.x.tolist() == [10, 30, 60, 120, 300, 600]
    assert (np.abs(np.mean(found, axis=0) - (1 - p)) < 5 * error).all()


def test_large_moves_at_poisson_times_have_the_factor_one():
    # A Poisson number of large moves of mean 0.01 a second, those of one second as one move: p = 1 - exp(-0.01).
    large = np.random.default_rng(7).poisson(0.01, 600_000) > 0
    assert intermittency(np.where(large, 8, 1)).value == pytest.approx(1.0, abs=5 * np.sqrt(2 / 10_000))


def test_spells_raise_the_factor_by_their_own_variance():
    # Windows of a minute lie in spells of 600 s, quiet or violent by chance: the share p of large moves is 0.04 in
    # violent ones and 0 in quiet ones. var N = E[60 p (1 - p)] + 60^2 var p.
    rng, spells = np.random.default_rng(3), 2_000
    violent = np.repeat(rng.random(spells) < 0.25, 600)
    moves = np.where(violent & (rng.random(600 * spells) < 0.04), 64, 0)
    mean, variance = 0.25 * 0.04, 0.25 * 0.75 * 0.04**2
    expected = (60 * (mean - 0.25 * 0.04**2) + 3600 * variance) / (60 * mean)
    assert expected > 2.5
    assert intermittency(moves).value == pytest.approx(expected, rel=0.06)


def test_a_large_move_at_every_tenth_second_has_the_factor_zero():
    moves = np.where(np.arange(3_000) % 10 == 0, 5, 0)
    assert intermittency(moves).value == 0.0


def test_a_reference_sets_the_threshold_and_the_longest_window():
    rng = np.random.default_rng(3)
    real, own = (np.rint(scale * rng.standard_t(3, 20_000)).astype(int) for scale in (40, 25))
    threshold = intermittency(real).params["threshold"]
    found = intermittency(own, reference=reference_of(real, 60))
    assert found.params["threshold"] == threshold > intermittency(own).params["threshold"]
    for seconds, longest in ((10, 10), (59, 30), (120, 120), (5_000, 600)):
        # Windows of half an hour and longer are too few in 20,000 seconds.
        curve = intermittency_curve(own, reference=reference_of(real, seconds))
        assert (curve.x[-1], curve.params["threshold"]) == (longest, threshold)


# --- what is refused --------------------------------------------------------------------------------------------


def test_what_is_too_little_is_refused():
    moves = np.tile([0, 4], 150)
    assert intermittency(moves, window_seconds=10).n == 30
    with pytest.raises(InsufficientDataError, match=r"^29 whole windows of 10 s; 30 are needed\.$"):
        intermittency(moves[:-1], window_seconds=10)
    with pytest.raises(InsufficientDataError, match=r"^29 whole windows of 10 s; 30 are needed\.$"):
        intermittency_curve(moves[:-1])
    with pytest.raises(InsufficientDataError, match=r"^the longest window, 9 s, is below 10 s\.$"):
        intermittency_curve(moves, reference=reference_of([4], 9))
    with pytest.raises(InsufficientDataError, match=r"^no move reaches any threshold\.$"):
        intermittency(np.zeros(600, dtype=int))
    with pytest.raises(InsufficientDataError, match=r"^no move of 3 ticks or more in 30 whole windows of 10 s\.$"):
        intermittency(moves, window_seconds=10, reference=reference_of([4] * 99 + [64], 60))


def test_windows_and_shares_that_are_not_offered_are_refused():
    with pytest.raises(ValueError, match=r"^`window_seconds` must be one of 10, 30, 60, 120, 300, 600, 1800, 3600, g"):
        intermittency([1, 2], window_seconds=20)
    with pytest.raises(ValueError, match=r"^`tail_fraction` must be in \(0, 0\.5\], got 0\.6\.$"):
        intermittency_curve([1, 2], tail_fraction=0.6)
