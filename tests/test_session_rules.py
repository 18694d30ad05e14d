"""Calendars, fixed lengths, and what is left out or kept, on streams whose answer is written down."""

import numpy as np
import pytest

from lobstats.book import replay
from lobstats.events.codec import assemble
from lobstats.events.layout import Kind
from lobstats.sessions import LeftOut, find_sessions

SECOND = 10**9


def stream(*rows):
    """Return events from rows of (kind, side, id, seconds, price, quantity)."""
    kind, side, order_id, seconds, px, qty = zip(*rows, strict=True)
    return assemble(
        kind=kind, side=side, order_id=order_id, exch_ts=np.array(seconds, dtype=np.int64) * SECOND, px=px, qty=qty
    )


def quotes_then_trades(*trades):
    book = [(Kind.ADD, 1, 1, 0, 99.0, 5), (Kind.ADD, -1, 2, 1, 101.0, 5)]
    return stream(*book, *((Kind.TRADE, 1, 0, t, 101.0, 1) for t in trades))


def find(events, **options):
    return find_sessions(events, replay(events, tick_size=1.0), **options)


def test_before_the_first_trade_is_left_out_and_listed():
    found = find(quotes_then_trades(10, 20))
    assert found.session.tolist() == [-1, -1, 0, 0]
    assert found.not_continuous["before_first_trade"] == 2
    assert found.left_out == (LeftOut("before_first_trade", 0, SECOND, 2),)


def test_before_the_first_trade_can_be_kept():
    found = find(quotes_then_trades(10, 20), keep=["before_first_trade"])
    assert found.session.tolist() == [0, 0, 0, 0]
    assert sum(found.not_continuous.values()) == 0
    assert found.left_out == ()


def test_a_pause_is_listed():
    found = find(quotes_then_trades(10, 4000, 4010))
    assert found.n_sessions == 2
    assert LeftOut("break", 10 * SECOND, 4000 * SECOND, 0) in found.left_out


def test_fixed_lengths_cut_a_session_where_it_has_reached_them():
    found = find(quotes_then_trades(10, 12, 19, 20, 35, 39, 41), session_length_ns=10 * SECOND)
    assert found.session.tolist() == [-1, -1, 0, 0, 0, 1, 2, 2, 3]
    assert found.n_sessions == 4
    assert len(set(found.segment[2:])) == 4


def test_fixed_lengths_start_anew_with_each_session():
    found = find(quotes_then_trades(10, 25, 4007, 4016, 4018), session_length_ns=10 * SECOND)
    assert found.session.tolist() == [-1, -1, 0, 1, 2, 2, 3]


def test_hours_leave_out_what_lies_outside_and_part_sessions():
    hours = np.array([[10, 20], [30, 40]]) * SECOND
    found = find(quotes_then_trades(5, 10, 19, 20, 25, 30, 39, 40), hours=hours)
    assert found.session.tolist() == [-1, -1, -1, 0, 0, -1, -1, 1, 1, -1]
    assert found.not_continuous["outside_hours"] == 6
    assert [stretch.reason for stretch in found.left_out] == ["outside_hours"] * 3


def test_inside_the_hours_a_session_still_waits_for_its_first_trade():
    hours = np.array([[1, 20]]) * SECOND
    found = find(quotes_then_trades(10, 11), hours=hours)
    assert found.session.tolist() == [-1, -1, 0, 0]
    assert (found.not_continuous["outside_hours"], found.not_continuous["before_first_trade"]) == (1, 1)


def test_what_lies_outside_the_hours_can_be_kept():
    hours = np.array([[10, 20]]) * SECOND
    found = find(quotes_then_trades(5, 15, 25), hours=hours, keep=["outside_hours"])
    assert found.session.tolist() == [-1, -1, 0, 1, 2]


def test_without_any_hours_nothing_is_inside():
    found = find(quotes_then_trades(5, 15), hours=np.empty((0, 2), dtype=np.int64))
    assert found.n_sessions == 0
    assert found.not_continuous["outside_hours"] == 4


def test_a_crossed_stretch_is_left_out_or_kept():
    events = stream(
        (Kind.ADD, 1, 1, 0, 99.0, 5),
        (Kind.ADD, -1, 2, 1, 101.0, 5),
        (Kind.TRADE, 1, 0, 2, 101.0, 1),
        (Kind.ADD, 1, 3, 3, 102.0, 5),
        (Kind.CANCEL, 1, 3, 4, 102.0, 5),
    )
    found = find(events)
    assert found.segment.tolist() == [-1, -1, 0, -1, 1]
    assert LeftOut("crossed", 3 * SECOND, 3 * SECOND, 1) in found.left_out
    kept = find(events, keep=["crossed"])
    assert kept.segment.tolist() == [-1, -1, 0, 0, 0]


def test_depth_alone_begins_with_both_sides():
    events = stream(
        (Kind.DEPTH, 1, 0, 0, 99.0, 5),
        (Kind.DEPTH, -1, 0, 5, 101.0, 5),
        (Kind.DEPTH, -1, 0, 9, 100.0, 5),
    )
    found = find(events)
    assert found.session.tolist() == [-1, 0, 0]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"session_gap_ns": 0}, "`session_gap_ns` must be at least 1, got 0"),
        ({"session_length_ns": 0}, "`session_length_ns` must be at least 1, got 0"),
        ({"keep": ["late"]}, "`keep` takes outside_hours, before_first_trade, crossed; got 'late'"),
    ],
)
def test_options_out_of_range(options, text):
    with pytest.raises(ValueError, match=text):
        find(quotes_then_trades(1), **options)
