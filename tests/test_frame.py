"""Events to a pandas frame and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from naive import RECORD

from lobstats.errors import DecodeError
from lobstats.events.codec import assemble, decode
from lobstats.events.frame import from_frame, to_frame
from lobstats.events.layout import PACKED, Kind, Side

KINDS = ["depth", "trade", "clear", "snapshot", "bbo", "add", "cancel", "modify", "fill"]
SIDES = ["sell", "none", "buy"]
BUY, SELL = 0x20000000, 0x10000000


def three_events():
    return assemble(
        kind=[Kind.ADD, Kind.TRADE, Kind.CLEAR],
        side=[Side.BUY, Side.SELL, Side.NONE],
        order_id=[1, (1 << 32) - 1, 0],
        exch_ts=[0, 1_703_458_800_000_000_123, (1 << 63) - 1],
        px=[4_799.25, -37.63, 0.0],
        qty=[2, 0.5, 0],
    )


# --- the frame -------------------------------------------------------------------------------------------------


def test_a_frame_has_one_row_for_each_event_and_typed_columns():
    frame = to_frame(three_events())
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "exch_ts": "datetime64[ns, UTC]",
        "kind": "category",
        "side": "category",
        "order_id": "uint32",
        "px": "float64",
        "qty": "float64",
        "flags": "uint32",
    }
    assert frame["kind"].tolist() == ["add", "trade", "clear"]
    assert frame["side"].tolist() == ["buy", "sell", "none"]
    assert frame["order_id"].tolist() == [1, 4_294_967_295, 0]
    assert frame["px"].tolist() == [4_799.25, -37.63, 0.0]
    assert frame["qty"].tolist() == [2.0, 0.5, 0.0]
    assert frame["flags"].tolist() == [0xC0000000] * 3
    assert frame.index.tolist() == [0, 1, 2]


def test_the_categories_are_all_kinds_and_all_sides_whatever_occurs():
    frame = to_frame(three_events()[:1])
    assert list(frame["kind"].cat.categories) == KINDS
    assert list(frame["side"].cat.categories) == SIDES


def test_nanoseconds_survive_where_a_float_would_lose_them():
    frame = to_frame(three_events())
    assert frame["exch_ts"][1] == pd.Timestamp("2023-12-24 23:00:00.000000123", tz="UTC")
    assert [stamp.value for stamp in frame["exch_ts"]] == [0, 1_703_458_800_000_000_123, (1 << 63) - 1]


def test_no_events_make_an_empty_frame_of_the_same_columns():
    frame = to_frame(np.empty(0, PACKED))
    assert len(frame) == 0
    assert dict(frame.dtypes) == dict(to_frame(three_events()).dtypes)
    events = from_frame(frame)
    assert events.dtype == PACKED
    assert len(events) == 0


def test_the_frame_shares_no_memory_with_the_events():
    events = three_events()
    before = events.tobytes()
    frame = to_frame(events)
    frame.loc[0, "px"] = 1.0
    frame.loc[0, "order_id"] = 5
    assert events.tobytes() == before


def test_read_only_events_make_a_frame():
    assert len(to_frame(decode(three_events().tobytes()))) == 3


# --- round trips -----------------------------------------------------------------------------------------------


@st.composite
def packed(draw):
    """Draw well-formed events with any of the bits that neither kind nor side uses."""
    row = st.tuples(
        st.sampled_from([1, 2, 3, 4, 5, 10, 11, 12, 13]),
        st.sampled_from([BUY, SELL]),
        st.integers(0, 0xCFFFFF),
        st.integers(0, (1 << 32) - 1),
        st.integers(0, (1 << 63) - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        st.floats(allow_nan=False, allow_infinity=False),
    )
    data = b""
    for kind, side, other, order_id, exch_ts, px, qty in draw(st.lists(row, max_size=20)):
        bits = (other << 8) & 0xCFFFFF00
        if kind not in (10, 11, 12) and draw(st.booleans()):
            side = 0
        data += RECORD.pack(kind | side | bits, order_id, exch_ts, px, qty)
    return np.frombuffer(data, PACKED)


@given(packed())
def test_events_come_back_from_a_frame_byte_for_byte(events):
    assert from_frame(to_frame(events)).tobytes() == events.tobytes()


@given(packed())
def test_a_frame_without_flags_makes_events_that_are_valid_at_both_clocks(events):
    back = from_frame(to_frame(events).drop(columns="flags"))
    assert (back["ev"] >> 30 == 3).all()
    pd.testing.assert_frame_equal(to_frame(back).drop(columns="flags"), to_frame(events).drop(columns="flags"))


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame[["qty", "flags", "px", "order_id", "side", "kind", "exch_ts"]],
        lambda frame: frame.set_index(pd.Index([30, 20, 20])),
        lambda frame: frame.astype({"kind": object, "side": "string"}),
        lambda frame: frame.astype({"order_id": np.int64}),
        lambda frame: frame.assign(note="x"),
    ],
    ids=["columns in another order", "another index", "text columns", "wide ids", "one more column"],
)
def test_what_does_not_matter_does_not_matter(change):
    events = three_events()
    assert from_frame(change(to_frame(events))).tobytes() == events.tobytes()


def test_the_frame_is_not_changed():
    frame = to_frame(three_events())
    before = frame.copy(deep=True)
    from_frame(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_real_events_come_back_byte_for_byte(esh4):
    assert from_frame(to_frame(esh4)).tobytes() == esh4.tobytes()


# --- times -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Tokyo", "UTC", "+05:30"])
def test_other_time_zones_name_the_same_instant(zone):
    events = three_events()[:2]
    frame = to_frame(events)
    frame["exch_ts"] = frame["exch_ts"].dt.tz_convert(zone)
    assert from_frame(frame)["exch_ts"].tolist() == events["exch_ts"].tolist()


def test_times_without_a_zone_are_utc():
    events = three_events()
    frame = to_frame(events)
    frame["exch_ts"] = frame["exch_ts"].dt.tz_localize(None)
    assert from_frame(frame)["exch_ts"].tolist() == events["exch_ts"].tolist()


@pytest.mark.parametrize(("unit", "step"), [("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)])
def test_coarser_frames_keep_their_times(unit, step):
    frame = to_frame(three_events()[:2])
    frame["exch_ts"] = frame["exch_ts"].dt.as_unit(unit)
    assert from_frame(frame)["exch_ts"].tolist() == [0, 1_703_458_800_000_000_123 // step * step]


# --- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda frame: frame.drop(columns=["px", "side"]),
            "the frame has no column 'side', 'px'; it needs exch_ts, kind, side, order_id, px, qty.",
        ),
        (
            lambda frame: frame.assign(kind=["add", "trade", "Clear"]),
            "row 2: 'Clear' is not a kind; it must be one of "
            "depth, trade, clear, snapshot, bbo, add, cancel, modify, fill.",
        ),
        (
            lambda frame: frame.assign(side=["bid", "sell", "none"]),
            "row 0: 'bid' is not a side; it must be one of sell, none, buy.",
        ),
        (
            lambda frame: frame.assign(side=pd.Series(["buy", None, "none"], dtype=object)),
            "row 1: None is not a side; it must be one of sell, none, buy.",
        ),
        (
            lambda frame: frame.assign(order_id=[1, 1 << 32, 0]),
            "`order_id` must fit 32 bits without a sign; renumber the ids from 1.",
        ),
        (
            lambda frame: frame.assign(order_id=[1, 6_412_777_162_812, 0]),
            "`order_id` must fit 32 bits without a sign; renumber the ids from 1.",
        ),
        (
            lambda frame: frame.assign(order_id=[1, 2, -1]),
            "`order_id` must fit 32 bits without a sign; renumber the ids from 1.",
        ),
        (
            lambda frame: frame.assign(exch_ts=frame["exch_ts"].where([True, False, True])),
            "row 1: `exch_ts` is missing; every event needs a time.",
        ),
    ],
)
def test_a_frame_that_is_no_event_frame_is_refused(change, text):
    with pytest.raises(DecodeError) as caught:
        from_frame(change(to_frame(three_events())))
    assert str(caught.value) == text


def test_rows_are_counted_by_place_not_by_label():
    frame = to_frame(three_events()).set_index(pd.Index([7, 8, 9]))
    frame = frame.assign(kind=["add", "nonsense", "clear"])
    with pytest.raises(DecodeError, match=r"^row 1: 'nonsense' is not a kind;"):
        from_frame(frame)


@pytest.mark.parametrize("ids", [[1.0, float("nan"), 3.0], [1.0, 2.5, 3.0]], ids=["missing", "broken"])
def test_ids_that_are_no_whole_numbers_are_refused(ids):
    frame = to_frame(three_events()).assign(order_id=ids)
    with pytest.raises(DecodeError, match="order_id"):
        from_frame(frame)


def test_times_in_floating_point_are_refused():
    frame = to_frame(three_events()).assign(exch_ts=[1.7e18, 1.7e18, 1.7e18])
    with pytest.raises(DecodeError, match="`exch_ts` holds floating-point numbers, which cannot tell nanoseconds"):
        from_frame(frame)
