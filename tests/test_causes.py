"""What each record does: cancels and modifies of filled orders are told apart from their owners'."""

import numpy as np
import pytest
from naive import naive_actions

from lobstats.book import replay
from lobstats.causes import ACTIONS, actions
from lobstats.events.codec import assemble
from lobstats.events.layout import PACKED, Kind
from lobstats.simulate import Market, simulate


def named(events, tick_size=None):
    codes = actions(events, replay(events, tick_size=tick_size))
    return [None if code < 0 else ACTIONS[code] for code in codes.tolist()]


@pytest.mark.parametrize("recording", ["esh4", "clx5"])
def test_recordings_equal_the_twin(recording, request):
    events = request.getfixturevalue(recording)
    book = replay(events)
    found = [None if code < 0 else ACTIONS[code] for code in actions(events, book).tolist()]
    assert found == naive_actions(events, book.happening.tolist())


def test_esh4_has_nearly_as_many_changes_by_fill_as_fills(esh4):
    found = named(esh4)
    by_fill = found.count("cancel by fill") + found.count("modify by fill")
    assert found.count("fill") == 6_371
    assert by_fill == 6_307


def test_a_simulated_market_equals_the_twin_and_follows_its_fills_with_changes():
    events = simulate(Market(n_sessions=1, session_seconds=300.0), rng=np.random.default_rng(1))
    found = named(events)
    assert found.count("cancel by fill") + found.count("modify by fill") >= found.count("fill") > 0
    assert found == naive_actions(events, replay(events).happening.tolist())


def test_an_owner_may_cancel_at_another_time_or_another_order():
    kind = [Kind.ADD, Kind.ADD, Kind.FILL, Kind.CANCEL, Kind.MODIFY, Kind.CANCEL]
    events = assemble(kind=kind, side=1, order_id=[1, 2, 1, 2, 1, 1], exch_ts=[1, 1, 5, 5, 5, 6], px=9.0, qty=2)
    assert named(events, 1.0) == ["add", "add", "fill", "cancel", "modify by fill", "cancel"]


def test_snapshots_and_depth_do_nothing_and_no_event_gives_nothing():
    kind = [Kind.CLEAR, Kind.ADD, Kind.ADD, Kind.DEPTH]
    events = assemble(kind=kind, side=[0, 1, 1, 1], order_id=[0, 1, 2, 0], exch_ts=[5, 5, 6, 7], px=9.0, qty=2)
    assert named(events, 1.0) == [None, None, "add", None]
    assert actions(np.empty(0, PACKED), replay(np.empty(0, PACKED), tick_size=1.0)).shape == (0,)
