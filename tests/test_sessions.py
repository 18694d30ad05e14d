"""Sessions of continuous trading, and cuts that keep the book."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from naive_metrics import DAY, SECOND, naive_sessions, stream, streams

from lobstats.book import replay
from lobstats.events.codec import assemble, decode, encode, kinds
from lobstats.events.layout import PACKED, Kind
from lobstats.sessions import LONGEST_SESSION_NS, SESSION_GAP_NS, cut, find_sessions

BUY, SELL, NONE = 1, -1, 0
MINUTE = 60 * SECOND
ELEVEN_PM = 1_703_545_200 * SECOND
"""2023-12-25 23:00:00 UTC, when ESH4 opened."""


def sessions_of(events, **options):
    return find_sessions(events, replay(events, tick_size=0.25), **options)


def quotes(time, *, bid=99.75, ask=100.25, first_id=1):
    return [(time, "add", BUY, first_id, bid, 5), (time, "add", SELL, first_id + 1, ask, 5)]


def trade(time):
    return (time, "trade", BUY, 0, 100.25, 1)


def touch(time):
    """Return a record that changes nothing."""
    return (time, "fill", SELL, 2, 100.25, 1)


# --- where a session begins -------------------------------------------------------------------------------------


def test_a_session_begins_with_the_first_trade():
    found = sessions_of(stream(*quotes(10), touch(20), trade(30), touch(40)))
    assert found.session.tolist() == [-1, -1, 0, 0]
    assert found.segment.tolist() == [-1, -1, 0, 0]
    assert found.n_sessions == 1


def test_the_whole_happening_of_the_first_trade_is_inside():
    found = sessions_of(stream(*quotes(10), (30, "add", BUY, 3, 99.5, 1), trade(30), touch(30), touch(40)))
    assert found.session.tolist() == [-1, 0, 0]


def test_a_fill_opens_no_session():
    found = sessions_of(stream(*quotes(10), touch(20), touch(30)))
    assert found.n_sessions == 0
    assert found.session.tolist() == [-1, -1, -1]


def test_a_pause_ends_a_session_and_the_next_begins_with_a_trade():
    after = 10 + SESSION_GAP_NS + 1
    found = sessions_of(stream(*quotes(10), trade(10), touch(after), trade(after + 5), touch(after + 6)))
    assert found.session.tolist() == [0, -1, 1, 1]
    assert found.segment.tolist() == [0, -1, 1, 1]


def test_a_pause_of_exactly_the_session_gap_does_not_end_a_session():
    assert SESSION_GAP_NS == 30 * MINUTE
    found = sessions_of(stream(*quotes(10), trade(10), touch(10 + SESSION_GAP_NS)))
    assert found.session.tolist() == [0, 0]


def test_the_session_gap_can_be_set():
    events = stream(*quotes(10), trade(10), touch(12), trade(13))
    assert sessions_of(events, session_gap_ns=1).session.tolist() == [0, -1, 1]
    assert sessions_of(events, session_gap_ns=2).session.tolist() == [0, 0, 0]


@pytest.mark.parametrize("gap", [0, -1])
def test_a_session_gap_below_one_nanosecond_is_refused(gap):
    with pytest.raises(ValueError, match=rf"^`session_gap_ns` must be at least 1, got {gap}\.$"):
        sessions_of(stream(*quotes(10)), session_gap_ns=gap)


def test_a_clear_that_empties_the_book_ends_a_session():
    cleared = (20, "clear", NONE, 0, 0, 0)
    found = sessions_of(stream(*quotes(10), trade(10), cleared, *quotes(30, first_id=5), trade(40), touch(50)))
    assert found.session.tolist() == [0, -1, 1, 1]


def test_a_snapshot_does_not_end_a_session_but_breaks_it():
    snapshot = [(20, "clear", NONE, 0, 0, 0), *quotes(20, first_id=5)]
    found = sessions_of(stream(*quotes(10), trade(10), touch(15), *snapshot, touch(30), touch(40)))
    assert found.session.tolist() == [0, 0, 0, 0]
    assert found.segment.tolist() == [0, 0, 1, 1]


def test_a_step_back_in_time_by_more_than_the_session_gap_ends_a_session():
    back = 20 + SESSION_GAP_NS
    found = sessions_of(stream(*quotes(10), trade(back), trade(back + 20), touch(19), trade(21)))
    assert found.session.tolist() == [-1, 0, 0, -1, 1]
    assert found.segment.tolist() == [-1, 0, 0, -1, 1]


def test_after_a_smaller_step_back_nothing_enters_until_time_has_caught_up():
    found = sessions_of(stream(*quotes(10), trade(10), touch(20), touch(15), touch(19), touch(20), touch(21)))
    assert found.session.tolist() == [0, 0, 0, 0, 0, 0]
    assert found.segment.tolist() == [0, 0, -1, -1, 1, 1]
    assert found.not_continuous == {"outside_hours": 0, "before_first_trade": 0, "crossed": 0, "late": 2}


def test_a_small_step_back_behind_the_first_happening_does_not_end_a_session():
    found = sessions_of(stream(*quotes(10), trade(10), touch(9), touch(20), touch(30)))
    assert found.session.tolist() == [0, 0, 0, 0]
    assert found.segment.tolist() == [0, -1, 1, 1]


def test_a_market_that_never_closes_is_cut_after_24_hours():
    assert LONGEST_SESSION_NS == DAY
    times = range(100, 2 * DAY + 100, 20 * MINUTE)
    found = sessions_of(stream(*quotes(100), *(trade(time) for time in times)))
    each = DAY // (20 * MINUTE)
    assert found.session.tolist() == [0] * each + [1] * each
    assert found.segment.tolist() == found.session.tolist()


def test_the_24_hours_count_from_the_first_happening_and_the_next_session_waits_for_a_trade():
    quiet = range(0, DAY + 60 * MINUTE, 20 * MINUTE)
    rows = [trade(time) if time == 20 * MINUTE else touch(time) for time in quiet]
    found = sessions_of(stream(*quotes(0), *rows, trade(DAY + 61 * MINUTE)))
    assert found.session.tolist() == [-1, *[0] * 71, *[-1] * 3, 1]


# --- what is left out -------------------------------------------------------------------------------------------


def test_what_is_left_out_is_counted_in_records_by_reason():
    events = stream(
        *quotes(10),
        touch(10),
        trade(20),
        (30, "add", BUY, 3, 100.5, 1),
        (30, "fill", BUY, 3, 100.5, 1),
        touch(40),
        (50, "cancel", BUY, 3, 100.5, 1),
        touch(60),
    )
    found = sessions_of(events)
    assert found.not_continuous == {"outside_hours": 0, "before_first_trade": 3, "crossed": 3, "late": 0}
    assert found.segment.tolist() == [-1, 0, -1, -1, 1, 1]


def test_a_crossed_book_before_the_first_trade_is_counted_once():
    found = sessions_of(stream(*quotes(10, bid=100.5), touch(20)))
    assert found.not_continuous == {"outside_hours": 0, "before_first_trade": 3, "crossed": 0, "late": 0}


def test_a_locked_book_is_not_crossed():
    found = sessions_of(stream(*quotes(10, bid=100.25), trade(20), touch(30)))
    assert found.segment.tolist() == [-1, 0, 0]
    assert found.not_continuous["crossed"] == 0


def test_a_session_that_opens_crossed_starts_with_its_trade_all_the_same():
    found = sessions_of(stream(*quotes(10, bid=100.5), trade(20), (30, "cancel", BUY, 1, 100.5, 5), touch(40)))
    assert found.session.tolist() == [-1, 0, 0, 0]
    assert found.segment.tolist() == [-1, -1, 0, 0]


def test_an_empty_stream_has_no_session():
    found = sessions_of(stream())
    assert (found.n_sessions, found.session.tolist()) == (0, [])
    assert found.not_continuous == {"outside_hours": 0, "before_first_trade": 0, "crossed": 0, "late": 0}


def test_a_snapshot_alone_has_no_session():
    found = sessions_of(stream((10, "clear", NONE, 0, 0, 0), *quotes(10)))
    assert (found.n_sessions, found.session.tolist()) == (0, [])


def assert_sessions_equal(events, gap):
    book = replay(events, tick_size=0.25)
    found = find_sessions(events, book, session_gap_ns=gap)
    sessions, left_out = naive_sessions(events, 0.25, session_gap_ns=gap)
    assert found.n_sessions == len(sessions)
    assert found.not_continuous == left_out
    for number, session in enumerate(sessions):
        inside = found.session == number
        assert (book.time[inside][0], book.time[inside].max()) == (session.start, session.end)
        used = inside & (found.segment >= 0)
        assert book.time[used].tolist() == [point.time for point in session.points]
        assert found.segment[used].tolist() == [point.segment for point in session.points]
    assert ((found.segment >= 0) <= (found.session >= 0)).all()


@given(streams(), st.sampled_from([SECOND, SESSION_GAP_NS]))
def test_sessions_and_segments_equal_the_twin(events, gap):
    assert_sessions_equal(events, gap)


@settings(phases=[Phase.generate])  # an error that is expected is not worth shrinking
@given(streams(backwards=True), st.sampled_from([SECOND, SESSION_GAP_NS]))
def test_sessions_and_segments_equal_the_twin_where_time_steps_back(events, gap):
    assert_sessions_equal(events, gap)


# --- cuts -------------------------------------------------------------------------------------------------------


def states(events, *, since=0):
    """Return (time, bid, its size, ask, its size) of the happenings from a time on."""
    book = replay(events, tick_size=0.25)
    columns = (book.time, book.bid, book.bid_size, book.ask, book.ask_size)
    return [row for row in zip(*(column.tolist() for column in columns), strict=True) if row[0] >= since]


def live(events, order):
    """Return the resting orders of a book: id -> (side, price, quantity, place in line)."""
    book = replay(events, tick_size=0.25)
    rows = events[book.resting]
    return {
        int(row["order_id"]): (int(side), float(row["px"]), float(row["qty"]))
        for row, side in zip(rows, book.resting_side, strict=True)
    } | ({"line": [int(i) for i in events["order_id"][np.sort(book.resting)]]} if order else {})


@given(streams(), st.data())
def test_a_cut_keeps_the_book(events, data):
    start = data.draw(st.sampled_from(sorted(set(events["exch_ts"].tolist()))))
    whole, part = events[events["exch_ts"] < start], cut(events, start_ns=start)
    assert states(part) == states(events, since=start)
    front = part[: len(part) - int((events["exch_ts"] >= start).sum())]
    assert live(front, order=True) == live(whole, order=True)
    assert live(part, order=False) == live(events, order=False)


@given(streams(), st.data())
def test_a_cut_keeps_every_event_of_its_span_as_it_is(events, data):
    times = st.sampled_from(sorted(set(events["exch_ts"].tolist()))).flatmap(
        lambda t: st.integers(-1, 1).map(lambda by: t + by)
    )
    start, end = data.draw(times), data.draw(times)
    if start >= end:
        return
    before = encode(events)
    part = cut(events, start_ns=start, end_ns=end)
    inside = events[(events["exch_ts"] >= start) & (events["exch_ts"] < end)]
    assert encode(part[len(part) - len(inside) :]) == encode(inside)
    assert encode(events) == before
    assert encode(decode(encode(part))) == encode(part)


def test_the_book_at_the_cut_is_a_clear_and_adds_stamped_a_nanosecond_before_the_first_event():
    events = stream(
        *quotes(10),
        (20, "add", BUY, 3, 99.5, 2),
        (30, "modify", BUY, 1, 99.25, 4),
        (35, "cancel", SELL, 2, 100.25, 5),
        (36, "add", SELL, 4, 100.5, 7),
        trade(100),
    )
    part = cut(events, start_ns=50)
    assert kinds(part).tolist() == [Kind.CLEAR, Kind.ADD, Kind.ADD, Kind.ADD, Kind.TRADE]
    assert part["exch_ts"].tolist() == [99, 99, 99, 99, 100]
    assert part["order_id"].tolist() == [0, 3, 1, 4, 0]
    assert part["px"].tolist() == [0.0, 99.5, 99.25, 100.5, 100.25]
    assert part["qty"].tolist() == [0.0, 2.0, 4.0, 7.0, 1.0]
    assert part.dtype == PACKED


def test_an_order_keeps_its_first_side_through_a_cut():
    events = stream(*quotes(10), (20, "modify", SELL, 1, 99.5, 4), trade(100))
    part = cut(events, start_ns=50)
    assert states(part) == states(events, since=100)


def test_a_cut_where_the_book_is_empty_puts_a_clear_alone():
    part = cut(stream((10, "trade", BUY, 0, 100, 1), *quotes(100)), start_ns=50)
    assert kinds(part).tolist() == [Kind.CLEAR, Kind.ADD, Kind.ADD]
    assert part["exch_ts"].tolist() == [99, 100, 100]


def test_open_ends_keep_everything():
    events = stream(*quotes(10), trade(20))
    assert encode(cut(events)) == encode(events)
    assert encode(cut(events, start_ns=10)) == encode(events)
    assert encode(cut(events, end_ns=21)) == encode(events)


def test_the_end_is_left_out_and_the_start_is_not():
    events = stream(*quotes(10), trade(20), trade(30))
    assert cut(events, end_ns=20)["exch_ts"].tolist() == [10, 10]
    assert cut(events, start_ns=20, end_ns=30)["exch_ts"].tolist() == [19, 19, 19, 20]


@pytest.mark.parametrize("span", [{"start_ns": 100}, {"end_ns": 10}, {"start_ns": 12, "end_ns": 20}])
def test_a_cut_without_an_event_is_empty(span):
    assert len(cut(stream(*quotes(10), trade(20)), **span)) == 0


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5)])
def test_a_cut_that_ends_before_it_starts_is_refused(start, end):
    with pytest.raises(ValueError, match=rf"^`start_ns` must lie before `end_ns`, got {start} and {end}\.$"):
        cut(stream(), start_ns=start, end_ns=end)


def test_a_cut_opens_its_first_session_with_its_first_trade():
    part = cut(stream(*quotes(10), trade(20), touch(30), trade(40), touch(50)), start_ns=30)
    assert sessions_of(part).session.tolist() == [-1, 0, 0]


def test_one_wild_time_before_the_cut_does_not_cost_the_orders_after_it():
    # As `decode_lenient` keeps it: a wild time costs itself and the record after it, and no other.
    events = stream(
        *quotes(10),
        (2**60, "trade", NONE, 0, 100.0, 1),
        (20, "add", BUY, 3, 100.0, 7),
        trade(60),
        (70, "cancel", BUY, 3, 100.0, 7),
    )
    part = cut(events, start_ns=50, end_ns=100)
    assert replay(part, tick_size=0.25).counts["unknown_order"] == 0
    assert states(part)[-1] == states(events)[-1]


# --- cuts of a stream with depth --------------------------------------------------------------------------------


def test_a_cut_of_depth_keeps_levels_that_lie_a_tick_or_more_apart():
    events = stream(
        (10, "depth", BUY, 0, 98.0, 5), (20, "depth", BUY, 0, 97.0, 7), (30, "depth", SELL, 0, 101.0, 2), trade(100)
    )
    part = cut(events, start_ns=50)
    assert kinds(part).tolist() == [Kind.CLEAR, *[Kind.SNAPSHOT] * 3, Kind.TRADE]
    assert states(part) == states(events, since=100)


def test_a_cut_of_depth_keeps_levels_that_lie_less_than_one_apart():
    events = stream(
        (10, "depth", BUY, 0, 100.25, 5),
        (20, "depth", BUY, 0, 100.0, 7),
        (30, "depth", SELL, 0, 100.5, 2),
        trade(100),
    )
    assert states(cut(events, start_ns=50)) == states(events, since=100)


@given(streams(depth=True), st.data())
def test_a_cut_of_depth_keeps_the_book(events, data):
    start = data.draw(st.sampled_from(sorted(set(events["exch_ts"].tolist()))))
    part = cut(events, start_ns=start)
    if np.isin(kinds(part), (Kind.DEPTH, Kind.SNAPSHOT)).any():
        assert states(part) == states(events, since=start)


# --- a real stream ----------------------------------------------------------------------------------------------


def test_esh4_trades_in_one_session_from_eleven(esh4):
    book = replay(esh4, tick_size=0.25)
    found = find_sessions(esh4, book)
    assert found.n_sessions == 1
    assert book.time[found.session == 0][0] - ELEVEN_PM < SECOND // 1000
    assert found.not_continuous["before_first_trade"] == int(book.n_records[found.session < 0].sum()) > 0


def test_esh4_cut_at_eleven_keeps_the_book_and_its_session(esh4):
    part = cut(esh4, start_ns=ELEVEN_PM)
    assert states(part) == states(esh4, since=ELEVEN_PM)
    whole, own = replay(esh4, tick_size=0.25), replay(part, tick_size=0.25)
    assert own.counts["unknown_order"] == own.counts["duplicate_add"] == own.counts["quantity_mismatch"] == 0
    in_whole, in_part = find_sessions(esh4, whole), find_sessions(part, own)
    assert own.time[in_part.session == 0].tolist() == whole.time[in_whole.session == 0].tolist()


def test_esh4_cut_in_two_replays_as_one(esh4):
    middle = ELEVEN_PM + 1234 * SECOND + 5
    first, second = cut(esh4, end_ns=middle), cut(esh4, start_ns=middle)
    assert states(first) + states(second) == states(esh4)
    resting = len(replay(first, tick_size=0.25).resting)
    assert len(first) + len(second) == len(esh4) + 1 + resting


def test_a_cut_keeps_reading_the_book_from_depth_where_none_is_left():
    events = assemble(
        kind=[Kind.DEPTH, Kind.DEPTH, Kind.ADD, Kind.ADD, Kind.DEPTH, Kind.TRADE, Kind.TRADE],
        side=[1, -1, 1, -1, 1, 1, 1],
        order_id=[0, 0, 1, 2, 0, 0, 0],
        exch_ts=[1, 1, 2, 3, 4, 5, 9],
        px=[100, 102, 90, 110, 100, 101, 101],
        qty=[5.0, 0, 1, 1, 0, 1, 1],
    )
    whole = replay(events, tick_size=1.0)
    part = replay(cut(events, start_ns=5), tick_size=1.0)
    assert (part.bid.tolist(), part.ask.tolist()) == (whole.bid[-2:].tolist(), whole.ask[-2:].tolist())


def test_a_cut_takes_prices_that_floating_point_tells_apart_for_one():
    events = assemble(
        kind=Kind.DEPTH, side=[1, 1, -1, 1, 1], order_id=0, exch_ts=[1, 2, 3, 4, 9],
        px=[0.3, 0.1, 0.5, 0.1 + 0.2, 0.1], qty=[5.0, 5, 5, 0, 6],
    )  # fmt: skip
    assert replay(cut(events, start_ns=5), tick_size=0.1).bid[-1] == replay(events, tick_size=0.1).bid[-1] == 1
