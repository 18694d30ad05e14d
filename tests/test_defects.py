"""Planted defects: what is planted is what it says, and nothing else changes."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from defects import (
    DEFECTS,
    doubled_sizes,
    lost_round_lots,
    missing_cancels,
    reversed_signs,
    shuffled_gaps,
    wrong_flags,
)

from lobstats.book import replay
from lobstats.events.codec import decode, encode, kinds, sides
from lobstats.events.layout import Kind
from lobstats.simulate import Market, simulate

MARKET = Market(n_sessions=2, session_seconds=300.0, memory_seconds=5.0)
FIELDS = ("ev", "order_id", "exch_ts", "px", "qty")
PLANTED = (doubled_sizes, lost_round_lots, missing_cancels, reversed_signs, shuffled_gaps, wrong_flags)
STRENGTHS = (0.3, 1.0)


def rng(seed=7):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def events():
    return simulate(MARKET, rng=rng(1))


def of_kind(events, *wanted):
    return np.isin(kinds(events), wanted)


def differing(one, other):
    """Return the fields in which streams of one length differ."""
    return {name for name in FIELDS if not np.array_equal(one[name], other[name])}


def trades_and_their_fills(events):
    kind = kinds(events)
    fills = np.bincount(np.cumsum(kind == Kind.TRADE), weights=events["qty"] * (kind == Kind.FILL))
    return events["qty"][kind == Kind.TRADE], fills[1:]


def resting_is_what_cancels_and_fills_say(events):
    """Follow each order in plain Python: a cancel names what rests, a fill no more than that, nothing rests at zero."""
    resting = {}
    for kind, order, qty in zip(
        kinds(events).tolist(), events["order_id"].tolist(), events["qty"].tolist(), strict=True
    ):
        if kind == Kind.CLEAR:
            resting.clear()
        elif kind in (Kind.ADD, Kind.MODIFY):
            assert qty > 0
            resting[order] = qty
        elif kind == Kind.FILL:
            assert 0 < qty <= resting[order]
        elif kind == Kind.CANCEL:
            assert qty == resting.pop(order)
    return True


@pytest.mark.parametrize("name", DEFECTS)
def test_strength_zero_is_the_market_itself_and_each_grade_is_more(name):
    defect = DEFECTS[name]
    none = defect.draw(MARKET, 0.0, rng())
    assert encode(none) == encode(simulate(MARKET, rng=rng().spawn(2)[0]))
    assert encode(defect.draw(MARKET, defect.strengths[-1], rng())) != encode(none)
    assert list(defect.strengths) == sorted(defect.strengths)
    assert defect.strengths[0] > 0


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("plant", PLANTED)
def test_the_stream_stays_valid_and_the_input_is_left_alone(events, plant, strength):
    before = encode(events)
    out = plant(events, strength, rng=rng())
    assert encode(events) == before
    decode(encode(out))  # strict: times in order, every record well-formed
    if plant is not wrong_flags:
        counts = replay(out).counts
        # Trades off the touch are what a reversed aggressor and an order that stayed too long look like.
        faults = {name for name, count in counts.items() if count} - {"clears", "snapshot_records"}
        assert faults <= {"trade_off_touch"}
        assert resting_is_what_cancels_and_fills_say(out)


@pytest.mark.parametrize("plant", [doubled_sizes, lost_round_lots, reversed_signs, wrong_flags])
def test_what_is_chosen_weakly_is_chosen_strongly_too(events, plant):
    weak, strong = (plant(events, strength, rng=rng()) for strength in STRENGTHS)
    changed = weak != events
    assert 0 < changed.sum() < (strong != events).sum()
    # A trade is as large as its fills, of which some may be changed and some not.
    changed &= ~of_kind(events, Kind.TRADE) | (weak["qty"] == events["qty"])
    assert np.array_equal(weak[changed], strong[changed])


def session_gaps(events):
    """Return each session's gaps between happenings from its first trade on, in plain Python."""
    out, last = [], None
    for kind, time in zip(kinds(events).tolist(), events["exch_ts"].tolist(), strict=True):
        if kind == Kind.CLEAR:
            out.append([])
            last = None
        elif last is not None and time > last:
            out[-1].append(time - last)
            last = time
        elif last is None and kind == Kind.TRADE:
            last = time
    return out


@pytest.mark.parametrize("share", STRENGTHS)
def test_shuffled_gaps_are_the_same_gaps_in_another_order(events, share):
    out = shuffled_gaps(events, share, rng=rng())
    assert differing(events, out) == {"exch_ts"}
    moved = []
    for before, after in zip(session_gaps(events), session_gaps(out), strict=True):
        assert sorted(before) == sorted(after)
        moved += (np.array(before) != np.array(after)).tolist()
    assert np.mean(moved) == pytest.approx(share, abs=0.05)
    first_trades = np.searchsorted(np.cumsum(of_kind(events, Kind.CLEAR)), [1, 2])
    for start in first_trades:
        opening = start + np.argmax(of_kind(events[start:], Kind.TRADE))
        assert np.array_equal(out["exch_ts"][start : opening + 1], events["exch_ts"][start : opening + 1])


@pytest.mark.parametrize("share", STRENGTHS)
def test_reversed_signs_touch_the_side_of_trades_alone(events, share):
    out = reversed_signs(events, share, rng=rng())
    assert differing(events, out) == {"ev"}
    assert np.array_equal(kinds(events), kinds(out))
    changed = sides(out) != sides(events)
    assert np.array_equal(sides(out)[changed], -sides(events)[changed])
    assert not changed[~of_kind(events, Kind.TRADE)].any()
    assert changed[of_kind(events, Kind.TRADE)].mean() == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize("share", STRENGTHS)
def test_doubled_sizes_double_whole_orders(events, share):
    out = doubled_sizes(events, share, rng=rng())
    assert differing(events, out) == {"qty"}
    own = of_kind(events, Kind.ADD, Kind.MODIFY, Kind.CANCEL, Kind.FILL)
    factor = out["qty"][own] / events["qty"][own]
    order = events["order_id"][own]
    assert set(factor.tolist()) <= {1.0, 2.0}
    assert all(len(np.unique(factor[order == one])) == 1 for one in np.unique(order)[:200])
    added = of_kind(events, Kind.ADD)
    assert (out["qty"][added] != events["qty"][added]).mean() == pytest.approx(share, abs=0.05)
    assert np.array_equal(*trades_and_their_fills(out))


@pytest.mark.parametrize("share", STRENGTHS)
def test_lost_round_lots_move_only_orders_of_round_lots(events, share):
    out = lost_round_lots(events, share, rng=rng())
    assert differing(events, out) == {"qty"}
    added = of_kind(events, Kind.ADD)
    shift = out["qty"][added] - events["qty"][added]
    lots = events["qty"][added] % 10 == 0
    assert not shift[~lots].any()
    assert set(np.abs(shift[lots]).tolist()) <= {0.0, 1.0, 2.0, 3.0}
    assert (shift[lots] != 0).mean() == pytest.approx(share, abs=0.1)
    assert np.array_equal(*trades_and_their_fills(out))
    partial = of_kind(events, Kind.FILL) & (out["qty"] == events["qty"])
    assert partial.any()


def test_missing_cancels_come_when_the_market_reaches_the_order_or_never(events):
    out = missing_cancels(events, 1.0, rng=rng())
    gone = len(events) - len(out)
    assert gone > 0
    for one in (events, out):
        assert np.array_equal(one[of_kind(one, Kind.ADD)], events[of_kind(events, Kind.ADD)])
    kept = ~of_kind(events, Kind.CANCEL)
    assert np.array_equal(events[kept], out[~of_kind(out, Kind.CANCEL)])
    cancels, later = ({row["order_id"]: row for row in one[of_kind(one, Kind.CANCEL)]} for one in (events, out))
    assert set(later) < set(cancels)
    assert all(later[order]["exch_ts"] >= cancels[order]["exch_ts"] for order in later)
    assert sum(later[order]["exch_ts"] > cancels[order]["exch_ts"] for order in later) > 0
    filled = set(events["order_id"][of_kind(events, Kind.FILL)].tolist())
    whole = {o for o in filled & set(cancels) if cancels[o]["exch_ts"] in events["exch_ts"][of_kind(events, Kind.FILL)]}
    assert all(later[order]["exch_ts"] == cancels[order]["exch_ts"] for order in whole)


def test_a_cancel_comes_in_the_first_happening_that_would_cross_the_book():
    """The dropped cancel of a bid at 99.5 comes with the ask at 99.5."""
    from lobstats.events.codec import assemble

    a, c, t = Kind.ADD, Kind.CANCEL, Kind.TRADE
    stream = assemble(
        kind=[Kind.CLEAR, a, a, a, t, c, a, a, c],
        side=[0, 1, 1, -1, 1, 1, -1, -1, 1],
        order_id=[0, 1, 2, 3, 0, 2, 4, 5, 1],
        exch_ts=[10, 20, 20, 20, 30, 40, 50, 60, 70],
        px=[0, 99, 99.5, 101, 101, 99.5, 100, 99.5, 99],
        qty=[0, 1, 1, 1, 1, 1, 1, 1, 1],
    )
    out = missing_cancels(stream, 1.0, rng=rng())
    at = np.flatnonzero(of_kind(out, Kind.CANCEL))
    assert out["order_id"][at].tolist() == [2]
    assert out["exch_ts"][at].tolist() == [60]
    assert replay(out, tick_size=0.5).counts["crossed_book"] == 0


def test_wrong_flags_are_wrong_in_kind_or_side_half_each(events):
    out = wrong_flags(events, 0.2, rng=rng())
    assert differing(events, out) == {"ev"}
    live = replay(events).happening >= 0
    changed = out["ev"] != events["ev"]
    assert not changed[~live].any()
    assert changed[live].mean() == pytest.approx(0.2, abs=0.03)
    turned, renamed = sides(out) != sides(events), kinds(out) != kinds(events)
    assert not (turned & renamed).any()
    assert turned.sum() / changed.sum() == pytest.approx(0.5, abs=0.05)


def test_gaussian_moves_lose_the_tail_and_keep_the_variance():
    calm = Market(n_sessions=1, session_seconds=4000.0, burst=0.0, clustering=0.0)
    path = runpy.run_path(str(Path(simulate.__code__.co_filename)))["_path"]
    kurtosis, spread = [], []
    for share in (0.0, 0.5, 1.0):
        moves = path(replace(calm, gaussian_share=share), rng(5))[1]
        kurtosis.append(np.mean(moves**4) / np.mean(moves**2) ** 2)
        spread.append(moves.std())
    assert kurtosis[0] > kurtosis[1] > kurtosis[2]
    assert kurtosis[2] == pytest.approx(3, abs=0.25)
    assert spread[2] == pytest.approx(spread[0], rel=0.05)


def test_slower_decay_is_a_longer_memory_of_the_rate():
    market = replace(MARKET, n_sessions=1, session_seconds=3000.0, rate=20.0)

    def correlation(strength):
        time = replay(DEFECTS["slower decay"].draw(market, strength, rng(2))).time
        count = np.bincount(((time - time[-1]) // 10**9 + 3000).clip(0))
        return np.corrcoef(count[:-10], count[10:])[0, 1]

    # exp(-10 s / memory) for memories of 5 and 15 s, in the rate and so, diluted by chance, in the counts.
    assert correlation(0.0) < 0.25 < correlation(2.0)
