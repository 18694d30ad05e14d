"""Realised volatility in ticks and in basis points, and the signature plot."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_fits import SECOND, naive_realised_volatility, naive_relative_volatility, naive_signature

from lobstats.errors import InsufficientDataError
from lobstats.metrics.volatility import realised_volatility, realised_volatility_bp, signature_plot
from lobstats.series import Bars
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HORIZONS_NS, HorizonReturns
from lobstats.summary.reference import Reference
from lobstats.summary.relative import RelativeMoves, relative_rows

VALUES = st.lists(st.integers(-50, 50), min_size=1, max_size=60)


# --- ticks ------------------------------------------------------------------------------------------------------


@given(VALUES)
def test_the_volatility_equals_its_twin(moves):
    volatility = realised_volatility(np.array(moves))
    assert volatility.value == pytest.approx(naive_realised_volatility(moves), rel=1e-12)
    assert (volatility.n, volatility.scale) == (len(moves), "log")


def test_the_volatility_is_not_centred():
    assert realised_volatility([3, 3, 3, 3]).value == 3.0


def test_the_volatility_comes_in_units_of_the_lattice():
    counts = Counts.of([2, 2], step=0.5, unit="ticks")
    estimate = realised_volatility(counts)
    assert (estimate.value, estimate.unit) == (1.0, "ticks")
    assert realised_volatility([1.0, 1.0]).to_dict() == realised_volatility(Counts.of([1.0, 1.0])).to_dict()


def test_no_move_is_refused_and_a_wild_one_is_not():
    with pytest.raises(InsufficientDataError, match=r"^there is no observation\.$"):
        realised_volatility([])
    assert realised_volatility(np.array([1, 1, 2**53])).value == pytest.approx(2**53 / math.sqrt(3))


# --- basis points -----------------------------------------------------------------------------------------------


def bars(mids, stretch=None):
    n = len(mids)
    stretch = np.zeros(n, dtype=np.int64) if stretch is None else np.array(stretch)
    return Bars(np.arange(n) * SECOND, np.array(mids, dtype=np.int64), stretch, np.arange(n))


@given(st.lists(st.integers(-20, 2**44), min_size=2, max_size=40), st.integers(1, 40))
def test_basis_points_equal_their_twin_and_rows_add_up(mids, cut):
    edges = np.array([0, cut * SECOND, max(cut + 1, len(mids)) * SECOND])
    one, two = relative_rows(bars(mids), edges)
    total = one + two
    if not any(mid > 0 for mid in mids[:-1]):
        assert (total.n, total.squares) == (0, 0.0)
        return
    value, left_out = naive_relative_volatility(mids)
    found = realised_volatility_bp(total)
    assert found.value == pytest.approx(value, rel=1e-12)
    assert (found.n, found.params) == (len(mids) - 1 - left_out, {"left_out": left_out})
    assert one.n + one.left_out == min(cut, len(mids)) - 1


def test_no_move_crosses_a_break():
    (row,) = relative_rows(bars([100, 101, 500, 505], [0, 0, 1, 1]), np.array([0, 9 * SECOND]))
    assert (row.n, row.left_out) == (2, 0)
    assert row.squares == pytest.approx(0.01**2 + 0.01**2)


def test_a_price_below_zero_leaves_moves_out_and_none_left_is_refused():
    """Crude oil on 2020-04-20, in half ticks: the mid falls through zero."""
    (row,) = relative_rows(bars([200, 100, -100, -300, 100, 110]), np.array([0, 9 * SECOND]))
    assert (row.n, row.left_out) == (3, 2)
    assert realised_volatility_bp(row).value == pytest.approx(1e4 * math.sqrt((0.25 + 4 + 0.01) / 3))
    (row,) = relative_rows(bars([0, -1, -1]), np.array([0, 9 * SECOND]))
    with pytest.raises(
        InsufficientDataError, match=r"^no one-second move begins at a positive mid; 2 begin at zero or less\.$"
    ):
        realised_volatility_bp(row)


def test_relative_moves_in_an_array():
    assert realised_volatility_bp([1e-4, -1e-4]).value == pytest.approx(1.0)
    assert (realised_volatility_bp([1e-4]).unit, RelativeMoves.of([1.0]) + RelativeMoves()) == (
        "bp",
        RelativeMoves(1, 1.0, 0),
    )
    with pytest.raises(InsufficientDataError, match=r"^the moves are too large to be squared\.$"):
        realised_volatility_bp([1e200])
    with pytest.raises(ValueError, match=r"^the data must be finite; drop what is missing first\.$"):
        RelativeMoves.of([math.nan])


# --- the signature plot -----------------------------------------------------------------------------------------


def walk(n, seed=1):
    return np.cumsum(np.random.default_rng(seed).integers(-4, 5, n))


def test_each_point_equals_its_twin():
    path = walk(900)
    curve = signature_plot(path)
    assert curve.x.tolist() == [1, 2, 5, 10, 30, 120, 300, 600]
    expected = [naive_signature(path.tolist(), int(h), 60) for h in curve.x]
    assert curve.value == pytest.approx(expected, rel=1e-12)
    assert curve.n.tolist() == [900 - h for h in curve.x]


def test_a_bounce_makes_it_rise_as_its_closed_form_says():
    """Roll's mid, an efficient walk with a bounce of c either way: RV(h) / h = sigma^2 + 2 c^2 / h."""
    n, c, variance = 400_000, 5, 60 / 9  # whole steps from -4 to 4
    path = walk(n) + c * np.random.default_rng(2).choice([-1, 1], n)
    curve = signature_plot(path)
    expected = (variance + 2 * c**2 / curve.x) / (variance + 2 * c**2 / 60)
    assert curve.value[curve.x < 60] == pytest.approx(expected[curve.x < 60], rel=0.05)
    assert curve.value[0] > 7
    assert (np.diff(curve.value[curve.x < 60]) < 0).all()


def test_a_walk_is_flat():
    curve = signature_plot(walk(400_000))
    assert curve.value[curve.x < 60] == pytest.approx(1.0, abs=0.06)


def test_horizons_end_at_the_references_or_at_the_base():
    path = walk(3_000)

    def horizons(seconds):
        return signature_plot(path, reference=Reference(Counts.of([0]), seconds * SECOND)).x.tolist()

    assert horizons(10) == [1, 2, 5, 10, 30]
    assert horizons(300) == [1, 2, 5, 10, 30, 120, 300]


def test_the_base_can_be_another_horizon():
    curve = signature_plot(walk(900), base_seconds=2.0)
    assert curve.x.tolist() == [1, 5, 10, 30, 60, 120, 300, 600]
    assert curve.params == {"base_seconds": 2.0}
    with pytest.raises(ValueError, match=r"^`base_seconds` must be one of \[1\.0, 2\.0, .*600\.0\], got 3\.$"):
        signature_plot(walk(900), base_seconds=3)


def test_a_base_without_changes_enough_or_without_moves_is_refused():
    with pytest.raises(InsufficientDataError, match=r"^29 changes over 60 s; 30 are needed\.$"):
        signature_plot(walk(89))
    with pytest.raises(InsufficientDataError, match=r"^no change over 60 s moves the mid\.$"):
        signature_plot(np.full(200, 7))
    moved = Counts.weighted([1], [40], step=0.5, unit="ticks")
    none = Counts.weighted([], [], step=0.5, unit="ticks")
    alone = HorizonReturns(HORIZONS_NS, tuple(moved if h == 60 * SECOND else none for h in HORIZONS_NS))
    with pytest.raises(InsufficientDataError, match=r"^no horizon but 60 s has 30 changes\.$"):
        signature_plot(alone)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint32, np.uint64])
def test_narrow_and_unsigned_paths_do_not_wrap(kind):
    path = 100 + np.cumsum(np.random.default_rng(1).choice([-1, 1], 2_000)).clip(-90, 90)
    expected = signature_plot(path.astype(np.int64), base_seconds=10)
    assert signature_plot(path.astype(kind), base_seconds=10).value.tolist() == expected.value.tolist()
