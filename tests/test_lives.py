"""How orders live, die and queue: recordings and random streams equal a plain twin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive_orders import naive_orders

from lobstats.book import NO_PRICE, replay
from lobstats.causes import actions
from lobstats.events.codec import assemble
from lobstats.events.formats import read
from lobstats.events.layout import PACKED, Kind
from lobstats.lives import NO_FILL, OUTCOMES, Orders, orders_of_sessions
from lobstats.sessions import find_sessions
from lobstats.simulate import Market, simulate

A, C, M, T, F, X = Kind.ADD, Kind.CANCEL, Kind.MODIFY, Kind.TRADE, Kind.FILL, Kind.CLEAR


def followed(events, tick_size=None, **options):
    book = replay(events, tick_size=tick_size)
    sessions = find_sessions(events, book, **options)
    return book, sessions, orders_of_sessions(events, book, sessions, actions(events, book))


def columns(parts, *path):
    found = []
    for part in parts:
        for name in path:
            part = getattr(part, name)
        found.extend(part.tolist())
    return found


def assert_equal_to_the_twin(events, tick_size=None, **options):
    book, sessions, parts = followed(events, tick_size, **options)
    twin = naive_orders(events, book, sessions)
    time = book.time.tolist()
    births = [time[life.born] for life in twin.lives]
    assert columns(parts, "lives", "time") == births
    assert columns(parts, "lives", "side") == [life.side for life in twin.lives]
    assert columns(parts, "lives", "size") == [life.size for life in twin.lives]
    assert columns(parts, "lives", "added") == pytest.approx([life.added for life in twin.lives], rel=1e-12)
    missing = [NO_PRICE if life.distance is None else life.distance for life in twin.lives]
    assert columns(parts, "lives", "distance") == missing
    assert [OUTCOMES[code] for code in columns(parts, "lives", "outcome")] == [life.outcome for life in twin.lives]
    ends = [
        to if life.ended is None else time[life.ended] for life, to in zip(twin.lives, twin.followed_to, strict=True)
    ]
    assert columns(parts, "lives", "duration") == [max(end - birth, 0) for end, birth in zip(ends, births, strict=True)]
    waits = [
        max(time[life.fills[0][0]] - birth, 0) if life.fills else NO_FILL
        for life, birth in zip(twin.lives, births, strict=True)
    ]
    assert columns(parts, "lives", "wait") == waits
    filled = [amount for part in parts for amount in part.lives.filled().tolist()]
    assert filled == pytest.approx([sum(amount for _, amount in life.fills) for life in twin.lives], rel=1e-12)
    assert columns(parts, "cancel_time") == [time[h] for h, _, _ in twin.cancels]
    assert columns(parts, "cancel_size") == [size for _, size, _ in twin.cancels]
    assert columns(parts, "cancel_distance") == [NO_PRICE if d is None else d for _, _, d in twin.cancels]
    for name in ("at_fill", "at_cancel"):
        spots = getattr(twin, name)
        assert columns(parts, name, "time") == [time[h] for h, _, _ in spots], name
        assert columns(parts, name, "ahead") == [ahead for _, ahead, _ in spots], name
        assert columns(parts, name, "position") == pytest.approx([share for *_, share in spots], abs=1e-9), name
    return parts


@pytest.mark.parametrize("recording", ["esh4", "clx5"])
def test_recordings_equal_the_twin(recording, request):
    parts = assert_equal_to_the_twin(request.getfixturevalue(recording)[:40_000])
    assert len(parts[0].at_fill.time) > 1_000


@pytest.mark.parametrize("recording", ["real", "trades", "cgan"])
def test_order_logs_equal_the_twin(recording, data):
    name = f"{recording}_TSLA_2015-01-29{'' if recording == 'real' else '_seed20'}.parquet"
    assert_equal_to_the_twin(read(data / "deepmarket" / name)[:30_000])


def test_a_simulated_market_equals_the_twin():
    events = simulate(Market(n_sessions=2, session_seconds=300.0), rng=np.random.default_rng(1))
    assert_equal_to_the_twin(events)


@st.composite
def random_streams(draw):
    """Draw records of few orders at few prices and times, with every kind and every misuse of them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, 80))
    kind = rng.choice([A, A, A, C, M, M, T, F, F, F, X], n, p=np.array([3, 3, 3, 2, 2, 2, 2, 3, 3, 3, 0.3]) / 26.3)
    side = rng.choice([-1, 1], n)
    side[kind == X] = 0
    return assemble(
        kind=kind,
        side=side,
        order_id=rng.integers(1, draw(st.sampled_from([3, 8, 30])), n),
        exch_ts=1_000 + np.cumsum(rng.integers(0, draw(st.sampled_from([2, 4])), n)),
        px=100.0 - side * rng.integers(-1, 4, n),
        qty=rng.choice(draw(st.sampled_from([[1, 2, 3], [0, 1, 4], [-1, 0.5, 2]])), n).astype(float),
    )


@given(random_streams(), st.sampled_from([(), ("crossed", "before_first_trade")]))
def test_random_streams_equal_the_twin(events, keep):
    assert_equal_to_the_twin(events, 1.0, keep=keep)


def test_wild_values_raise_no_warning_and_stay_bounded():
    rng = np.random.default_rng(5)
    n = 3_000
    kind = rng.choice([A, C, M, T, F], n)
    events = assemble(
        kind=kind,
        side=rng.choice([-1, 1], n),
        order_id=rng.integers(0, 2**32, n) // rng.choice([1, 2**31], n),
        exch_ts=np.abs(rng.integers(0, 2**62, n)),
        px=rng.choice([1e300, -1e300, 0.0, 5.0, 6.0], n),
        qty=rng.choice([1e300, -1e300, 0.0, 1e-300, 1.0], n),
    )
    for part in followed(events, 0.5, keep=["crossed", "before_first_trade"])[2]:
        assert ((part.at_cancel.position >= 0) & (part.at_cancel.position <= 1)).all()
        assert (part.lives.duration >= 0).all()


def one(kind, order_id, ts, qty=2.0, px=9.0, side=1):
    """Follow orders of a stream that trades from the start."""
    opening = assemble(kind=T, side=0, order_id=0, exch_ts=0, px=9.0, qty=1.0)
    own = assemble(kind=kind, side=side, order_id=order_id, exch_ts=ts, px=px, qty=qty)
    return followed(np.concatenate([opening, own]), 1.0)[2][0]


def told(orders):
    return [
        (OUTCOMES[how], duration, wait)
        for how, duration, wait in zip(
            orders.lives.outcome.tolist(), orders.lives.duration.tolist(), orders.lives.wait.tolist(), strict=True
        )
    ]


def test_an_order_is_filled_where_the_fills_of_its_last_happening_add_up_to_what_rested():
    assert told(one([A, F, C], 1, [1, 5, 5])) == [("filled", 4, 4)]
    assert told(one([A, F, C], 1, [1, 5, 6])) == [("cancelled", 5, 4)]
    assert told(one([A, F, C], 1, [1, 5, 5], qty=[2, 1, 2])) == [("cancelled", 4, 4)]
    assert told(one([A, F, M, F, C], 1, [1, 5, 5, 5, 5], qty=[3, 1, 2, 2, 2])) == [("filled", 4, 4)]
    assert told(one([A, F, M, F, C], 1, [1, 5, 5, 7, 7], qty=[3, 1, 2, 2, 2])) == [("filled", 6, 4)]
    assert told(one([A, F, M, A], [1, 1, 1, 2], [1, 5, 5, 9], qty=[3, 1, 2, 2])) == [
        ("censored", 8, 4),
        ("censored", 0, -1),
    ]


def test_an_id_that_comes_again_is_a_new_order_and_a_modify_keeps_a_life_going():
    assert told(one([A, C, A, M, C], 1, [1, 3, 4, 6, 9], px=[9, 9, 9, 8, 8])) == [
        ("cancelled", 2, -1),
        ("cancelled", 5, -1),
    ]


def test_a_clear_and_a_session_end_censor_and_a_snapshot_bears_nobody():
    cleared = one([A, A, X, A, A, C], [1, 2, 0, 1, 3, 1], [1, 5, 7, 7, 9, 9], side=[1, 1, 0, 1, 1, 1])
    assert told(cleared) == [("censored", 4, -1), ("censored", 0, -1), ("censored", 0, -1)]
    gap = 10**13
    opening = assemble(
        kind=[T, A, T, C, T], side=1, order_id=[0, 1, 0, 1, 0], exch_ts=[0, 1, 8, gap, gap + 1], px=9.0, qty=1.0
    )
    first, second = followed(opening, 1.0)[2][0], followed(opening, 1.0)[1]
    assert (told(first), second.n_sessions) == ([("censored", 7, -1)], 2)


def test_an_iceberg_that_shows_more_than_its_fills_left_goes_to_the_back():
    kept = one([A, A, F, M, F], [1, 2, 1, 1, 2], [1, 2, 5, 5, 6], qty=[4, 1, 3, 1, 1])
    refreshed = one([A, A, F, M, F], [1, 2, 1, 1, 2], [1, 2, 5, 5, 6], qty=[4, 1, 3, 4, 1])
    assert (kept.at_fill.ahead.tolist(), refreshed.at_fill.ahead.tolist()) == ([0, 1], [0, 0])
    assert kept.at_fill.position.tolist() == [0.0, 0.5]


def test_fills_of_one_happening_are_taken_off_together_and_an_aggressors_own_is_left_out():
    swept = one([A, A, T, F, F, C, C], [1, 2, 0, 2, 1, 1, 2], [1, 2, 5, 5, 5, 5, 5], side=[1, 1, -1, 1, 1, 1, 1])
    assert swept.at_fill.ahead.tolist() == [0, 0]
    back = one([A, A, T, F, C], [1, 2, 0, 2, 2], [1, 2, 5, 5, 5], side=[1, 1, -1, 1, 1])
    assert (back.at_fill.ahead.tolist(), back.at_fill.position.tolist()) == ([1], [0.5])
    own = one([A, A, T, F, C], [1, 2, 0, 2, 2], [1, 2, 5, 5, 5], side=1)
    assert own.at_fill.ahead.tolist() == []


def test_a_modify_between_two_fills_does_not_bring_back_what_the_second_takes():
    eaten = one([A, A, F, M, F, C], [1, 2, 1, 1, 1, 2], [1, 2, 5, 5, 5, 6], qty=[5, 1, 2, 3, 3, 1])
    assert eaten.at_fill.ahead.tolist() == [0, 0]
    assert eaten.at_cancel.ahead.tolist() == [0]


def test_esh4_fills_the_front_of_the_queue_but_where_an_order_is_cancelled_as_it_trades(esh4):
    # Self-match prevention cancels the order ahead at the time of the trade; nothing else comes before the first.
    (orders,) = followed(esh4)[2]
    alone = ~np.isin(orders.at_fill.time, orders.cancel_time)
    assert len(orders.at_fill.time) == 6_257
    assert np.count_nonzero(alone) > 5_500
    assert orders.at_fill.ahead[alone].max() == 0
    assert np.count_nonzero(orders.at_fill.ahead) == 344


def test_distance_is_signed_and_taken_to_the_touch_before():
    placed = one([A, A, A, A, A], range(1, 6), range(1, 6), px=[9, 9, 8, 10, 9])
    assert placed.lives.distance.tolist() == [NO_PRICE, 0, 1, -1, 1]


def test_nothing_and_depth_alone_have_no_orders():
    nothing = followed(np.empty(0, PACKED), 1.0)[2]
    assert nothing == []
    depth = assemble(kind=Kind.DEPTH, side=[1, -1, 1], order_id=0, exch_ts=[1, 2, 3], px=[9, 10, 9], qty=[1, 1, 2])
    assert [len(part.action) for part in followed(depth, 1.0)[2]] == [0]
    assert len(Orders.none().between(0, 5).lives.time) == 0


def test_a_cut_by_time_equals_what_is_followed_to_its_end(clx5):
    book, _, (whole,) = followed(clx5)
    start, end = int(book.time[9_000]), int(book.time[12_000])
    lives = whole.between(start, end).lives
    inside = (whole.lives.time >= start) & (whole.lives.time <= end)
    late = whole.lives.time[inside] + whole.lives.duration[inside] > end
    assert (lives.outcome[late] == OUTCOMES.index("censored")).all()
    assert (lives.time + lives.duration <= end).all()
    amounts = np.zeros(len(whole.lives.time))
    for life, time, size in zip(whole.lives.fill_life, whole.lives.fill_time, whole.lives.fill_size, strict=True):
        amounts[life] += size * (time <= end)
    assert lives.filled().tolist() == amounts[inside].tolist()
    assert ((lives.wait >= 0) == (amounts[inside] > 0)).all()
