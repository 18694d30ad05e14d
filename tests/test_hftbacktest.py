"""hftbacktest's event records to events, and back."""

import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from test_packed_files import events_of, npy_of, well_formed, zip_of

from lobstats.book import NO_PRICE, replay
from lobstats.errors import DecodeError
from lobstats.events.codec import decode, kinds
from lobstats.events.formats import read
from lobstats.events.formats.hftbacktest import HFTBACKTEST, convert, is_hftbacktest, to_bytes
from lobstats.events.layout import Kind

BOTH, EXCHANGE, LOCAL = 0xC0000000, 0x80000000, 0x40000000
BUY, SELL = 0x20000000, 0x10000000
ADD, CANCEL, CLEAR, TRADE = 10, 11, 3, 2
SNAPSHOT = 0x28
DAY = 1_703_548_800_000_000_000


def row(*, ev=BOTH | BUY | ADD, exch_ts=DAY, local_ts=None, px=100.25, qty=2.0, order_id=7, ival=0):
    return (ev, exch_ts, exch_ts if local_ts is None else local_ts, px, qty, order_id, ival, 0.0)


def rows(*these):
    return np.array(list(these), dtype=HFTBACKTEST)


def seconds(microseconds):
    """Return nanoseconds as they come out of floating-point seconds, the way the converter takes them."""
    return [int(int(time) / 1e6 * 1e9) for time in microseconds]


@pytest.fixture
def converted(tmp_path):
    """Return a function that writes records as an archive and converts it."""

    def run(records):
        path = tmp_path / "events.npz"
        np.savez_compressed(path, data=records)
        assert is_hftbacktest(path)
        return convert(path)

    return run


# --- what a file of hftbacktest holds -----------------------------------------------------------------------------


def test_the_records_are_64_bytes_laid_out_as_hftbacktest_has_them():
    assert HFTBACKTEST.itemsize == 64
    assert [HFTBACKTEST.fields[name][1] for name in HFTBACKTEST.names] == list(range(0, 64, 8))
    assert HFTBACKTEST.names == ("ev", "exch_ts", "local_ts", "px", "qty", "order_id", "ival", "fval")


def test_the_recording_gives_what_the_databento_file_of_the_same_day_gives(data, esh4):
    path = data / "hftbacktest" / "ESH4_20231225_l3.npz"
    conversion = convert(path)
    events, about = conversion.events, conversion.about
    assert len(events) == len(esh4) == 68_793
    for name in ("ev", "order_id", "px", "qty"):
        assert (events[name] == esh4[name]).all(), name
    # The snapshot and its clear stand just before the first live record on either clock.
    live = slice(about["snapshot_records"] + 1, None)
    assert (events["exch_ts"][live] == esh4["exch_ts"][live] // 1000 * 1000).all()
    assert (events["exch_ts"][: live.start] == events["exch_ts"][live.start] - 1).all()
    assert about == {
        "format": "hftbacktest",
        "records_in": 68_792,
        "records_out": 68_793,
        "dropped": {"local_only": 0},
        "times": "floating-point seconds, restored to the microsecond",
        "snapshot_records": 8_725,
        "clears_put_in": 1,
        "sided_clears_joined": 0,
        "sided_clears_spelled_out": 0,
        "records_put_in": 0,
        "partial_cancels_to_modifies": 0,
        "order_ids": {"distinct": 31_974, "rule": "numbered from 1 in order of first appearance; 0 stays 0"},
    }
    assert (read(path) == events).all()


def test_the_recordings_book_is_the_databento_files_on_the_same_clock(data, esh4):
    events = read(data / "hftbacktest" / "ESH4_20231225_l3.npz")
    same_clock = esh4.copy()
    same_clock["exch_ts"] = esh4["exch_ts"] // 1000 * 1000
    same_clock["exch_ts"][: np.argmax(events["exch_ts"] > events["exch_ts"][0])] = events["exch_ts"][0]
    ours, theirs = replay(events, tick_size=0.25), replay(same_clock, tick_size=0.25)
    assert (ours.time == theirs.time).all()
    assert (ours.bid == theirs.bid).all()
    assert (ours.ask == theirs.ask).all()
    assert ours.counts == theirs.counts


# --- one clock ---------------------------------------------------------------------------------------------------


def test_rows_of_the_local_clock_are_dropped_where_each_event_stands_twice(converted):
    events = [
        row(order_id=1),
        row(ev=EXCHANGE | BUY | ADD, order_id=2, exch_ts=DAY + 1),
        row(ev=EXCHANGE | SELL | ADD, order_id=3, exch_ts=DAY + 2),
        row(ev=LOCAL | SELL | ADD, order_id=3, exch_ts=DAY + 2),
        row(ev=LOCAL | BUY | ADD, order_id=2, exch_ts=DAY + 1),
        row(order_id=4, exch_ts=DAY + 3),
    ]
    conversion = converted(rows(*events))
    assert conversion.events["order_id"].tolist() == [1, 2, 3, 4]
    assert conversion.events["exch_ts"].tolist() == [DAY, DAY + 1, DAY + 2, DAY + 3]
    assert (conversion.events["ev"] & BOTH == BOTH).all()
    assert conversion.about["dropped"] == {"local_only": 2}
    assert (conversion.about["records_in"], conversion.about["records_out"]) == (6, 4)


def test_rows_of_one_clock_alone_stay_where_no_event_stands_twice(converted):
    conversion = converted(rows(row(order_id=1), row(ev=LOCAL | BUY | ADD, order_id=2)))
    assert len(conversion.events) == 2
    assert conversion.about["dropped"] == {"local_only": 0}


def test_an_event_word_of_more_than_32_bits_is_refused(converted):
    with pytest.raises(DecodeError, match=r"^record 1: the event word 0x1c000000a is wider than 32 bits"):
        converted(rows(row(), row(ev=0x1C000000A)))


# --- times -------------------------------------------------------------------------------------------------------


def test_times_through_floating_point_seconds_come_back_to_the_microsecond(converted):
    rng = np.random.default_rng(5)
    truth = np.sort(DAY // 1000 + rng.integers(0, 86_400_000_000, 5_000))
    conversion = converted(rows(*(row(exch_ts=time) for time in seconds(truth))))
    assert (conversion.events["exch_ts"] == truth * 1000).all()
    assert conversion.about["times"] == "floating-point seconds, restored to the microsecond"


@pytest.mark.parametrize(
    ("times", "what"),
    [
        ([DAY + 256 * i for i in range(9)], "too few times to tell"),
        ([DAY + 256 * i + (i == 5) for i in range(50)], "one that is no multiple of 256"),
        ([DAY + 32_000 * i for i in range(50)], "whole microseconds"),
    ],
)
def test_other_times_stay_as_they_are(times, what, converted):
    conversion = converted(rows(*(row(exch_ts=time) for time in times)))
    assert conversion.events["exch_ts"].tolist() == times, what
    assert conversion.about["times"] == "as they are"


# --- snapshots ---------------------------------------------------------------------------------------------------


def test_a_snapshot_without_a_clear_gets_one_and_a_time_before_the_live_records(converted):
    stale = [row(order_id=i, exch_ts=DAY - 500 + i, local_ts=DAY, ival=SNAPSHOT) for i in (11, 12)]
    conversion = converted(rows(*stale, row(order_id=13, exch_ts=DAY + 10)))
    assert kinds(conversion.events).tolist() == [CLEAR, ADD, ADD, ADD]
    assert conversion.events["exch_ts"].tolist() == [DAY + 9, DAY + 9, DAY + 9, DAY + 10]
    assert conversion.events["order_id"].tolist() == [0, 1, 2, 3]
    assert (conversion.about["snapshot_records"], conversion.about["clears_put_in"]) == (2, 1)


def test_a_snapshot_that_the_converter_gave_a_time_of_its_own_stays_as_it_is(converted):
    clear = row(ev=BOTH | CLEAR, order_id=0, px=np.nan, qty=0.0, exch_ts=DAY, ival=SNAPSHOT)
    conversion = converted(rows(clear, row(exch_ts=DAY, ival=SNAPSHOT), row(order_id=9, exch_ts=DAY + 10)))
    assert conversion.events["exch_ts"].tolist() == [DAY, DAY, DAY + 10]
    assert conversion.about["clears_put_in"] == 0
    assert conversion.events["px"].tolist() == [0.0, 100.25, 100.25]


def test_a_snapshot_that_shares_a_live_records_time_is_put_before_it(converted):
    clear = row(ev=BOTH | CLEAR, order_id=0, px=np.nan, qty=0.0, exch_ts=DAY, ival=SNAPSHOT)
    conversion = converted(rows(clear, row(exch_ts=DAY, ival=SNAPSHOT), row(order_id=9, exch_ts=DAY)))
    assert conversion.events["exch_ts"].tolist() == [DAY - 1, DAY - 1, DAY]


def test_a_clear_has_neither_price_nor_order(converted):
    conversion = converted(rows(row(), row(ev=BOTH | CLEAR, order_id=99, px=np.nan, qty=np.nan, exch_ts=DAY + 1)))
    assert conversion.events[1].tolist() == (BOTH | CLEAR, 0, DAY + 1, 0.0, 0.0)


def test_a_cancel_of_a_part_becomes_a_modify_to_what_is_left(converted):
    conversion = converted(rows(row(qty=5.0), row(ev=BOTH | BUY | CANCEL, qty=2.0, exch_ts=DAY + 1)))
    assert kinds(conversion.events).tolist() == [ADD, Kind.MODIFY]
    assert conversion.events["qty"].tolist() == [5.0, 3.0]
    assert conversion.about["partial_cancels_to_modifies"] == 1


def test_the_itch_recording_as_hftbacktest_would_have_it_gives_the_same_book(data, converted):
    """A venue that cancels parts: each record of the CSV put into hftbacktest's layout, field by field."""
    frame = pd.read_csv(data / "itch" / "mbo.csv")
    kind = frame["action"].map({"A": ADD, "C": CANCEL, "M": Kind.MODIFY, "R": CLEAR, "T": TRADE, "F": Kind.FILL})
    side = frame["side"].map({"B": BUY, "A": SELL, "N": 0})
    records = np.zeros(len(frame), dtype=HFTBACKTEST)
    records["ev"] = BOTH | kind | side
    records["exch_ts"] = records["local_ts"] = pd.DatetimeIndex(frame["ts_event"]).as_unit("ns").asi8
    for name, column in (("px", "price"), ("qty", "size"), ("order_id", "order_id"), ("ival", "flags")):
        records[name] = frame[column]
    ours, theirs = (replay(e, tick_size=0.01) for e in (converted(records).events, read(data / "itch" / "mbo.csv")))
    assert (ours.bid[-4_000:] == theirs.bid[-4_000:]).all()
    assert (ours.ask[-4_000:] == theirs.ask[-4_000:]).all()
    assert ours.counts["quantity_mismatch"] == ours.counts["unknown_order"] == 0


# --- clears of one side ------------------------------------------------------------------------------------------

DEPTH, LEVEL = 1, 4


def depth(side, price, quantity, time, kind=DEPTH):
    return row(ev=BOTH | side | kind, exch_ts=DAY + time, px=price, qty=quantity, order_id=0)


def test_a_snapshot_cleared_side_by_side_is_one_snapshot(converted):
    conversion = converted(
        rows(
            depth(BUY, 90.0, 1.0, 0),
            depth(BUY, 98.0, 0.0, 10, CLEAR),
            *(depth(BUY, 100.0 - i, 5.0, 10, LEVEL) for i in range(3)),
            depth(SELL, 103.0, 0.0, 10, CLEAR),
            *(depth(SELL, 101.0 + i, 7.0, 10, LEVEL) for i in range(3)),
            depth(SELL, 102.0, 9.0, 20),
        )
    )
    # The bid of 90 lies beyond what the snapshot covers, and stays.
    assert kinds(conversion.events).tolist() == [DEPTH, CLEAR, *[LEVEL] * 7, DEPTH]
    assert conversion.events["px"][2] == 90.0
    about = conversion.about
    assert (about["sided_clears_joined"], about["sided_clears_spelled_out"], about["records_put_in"]) == (1, 0, 1)
    book = replay(conversion.events, tick_size=1.0)
    assert (book.bid[-1], book.ask[-1], book.bid_size[-1], book.counts["clears"]) == (100, 101, 5.0, 1)
    assert about["records_in"] + about["records_put_in"] == about["records_out"] + about["sided_clears_joined"]


def test_two_snapshots_of_one_time_are_two(converted):
    def snapshot(bid, ask):
        sides = ((BUY, bid), (SELL, ask))
        return [
            record
            for side, price in sides
            for record in (depth(side, np.nan, 0.0, 10, CLEAR), depth(side, price, 5.0, 10, LEVEL))
        ]

    conversion = converted(rows(*snapshot(100.0, 103.0), *snapshot(98.0, 104.0), depth(SELL, 110.0, 1.0, 20)))
    book = replay(conversion.events, tick_size=1.0)
    assert (book.bid[-1], book.ask[-1]) == (98, 104)
    assert conversion.about["sided_clears_joined"] == 2


def test_an_order_cancelled_in_part_goes_with_its_side(converted):
    clear = row(ev=BOTH | BUY | CLEAR, exch_ts=DAY + 3, order_id=0, px=np.nan, qty=0.0)
    events = converted(rows(row(qty=10.0), row(ev=BOTH | BUY | CANCEL, qty=3.0), clear)).events
    assert kinds(events).tolist() == [ADD, Kind.MODIFY, CANCEL]
    assert events["qty"].tolist() == [10.0, 7.0, 7.0]
    counts = replay(events, tick_size=0.25).counts
    assert counts["quantity_mismatch"] == counts["unknown_order"] == 0


def test_fractions_cancelled_in_parts_leave_nothing(converted):
    parts = [row(ev=BOTH | BUY | CANCEL, qty=part, exch_ts=DAY + i) for i, part in enumerate((0.7, 0.1), start=1)]
    events = converted(rows(row(qty=0.8), *parts)).events
    assert kinds(events).tolist() == [ADD, Kind.MODIFY, CANCEL]
    book = replay(events, tick_size=0.25)
    assert book.bid[-1] == NO_PRICE
    assert book.counts["quantity_mismatch"] == 0


def test_a_clear_of_one_side_takes_its_levels_down_to_its_price(converted):
    conversion = converted(
        rows(
            *(depth(BUY, 100.0 - i, 5.0, i) for i in range(4)),
            depth(SELL, 101.0, 7.0, 4),
            depth(BUY, 99.0, 0.0, 5, CLEAR),
            depth(SELL, np.nan, 0.0, 6, CLEAR),
        )
    )
    events = conversion.events
    assert kinds(events).tolist() == [DEPTH] * 8
    assert list(zip(events["px"][5:].tolist(), events["qty"][5:].tolist(), strict=True)) == [
        (100.0, 0.0), (99.0, 0.0), (101.0, 0.0),
    ]  # fmt: skip
    assert (events["exch_ts"][5:] - DAY).tolist() == [5, 5, 6]
    book = replay(events, tick_size=1.0)
    assert (book.bid[-1], book.ask[-1]) == (98, NO_PRICE)
    about = conversion.about
    assert (about["sided_clears_joined"], about["sided_clears_spelled_out"], about["records_put_in"]) == (0, 2, 3)


def test_a_clear_of_one_side_cancels_the_orders_that_it_has_then(converted):
    before = [row(order_id=9), row(ev=BOTH | CLEAR, order_id=0, px=np.nan, qty=0.0)]
    orders = [row(order_id=1), row(order_id=2), row(ev=BOTH | SELL | ADD, order_id=3, px=101.0), row(order_id=4)]
    gone = row(ev=BOTH | BUY | CANCEL, order_id=4)
    clear = row(ev=BOTH | BUY | CLEAR, exch_ts=DAY + 3, order_id=0, px=np.nan, qty=0.0)
    events = converted(rows(*before, *orders, gone, clear)).events
    assert kinds(events).tolist() == [ADD, CLEAR, ADD, ADD, ADD, ADD, CANCEL, CANCEL, CANCEL]
    assert events["order_id"].tolist() == [1, 0, 2, 3, 4, 5, 5, 2, 3]
    book = replay(events, tick_size=0.25)
    assert (book.bid[-1], book.ask[-1]) == (NO_PRICE, 404)
    assert book.counts["quantity_mismatch"] == 0


def test_order_ids_of_64_bits_are_numbered_from_1(converted):
    ids = [2**63 + 5, 6_412_777_162_812, 0, 2**63 + 5]
    conversion = converted(rows(*(row(ev=BOTH | BUY | TRADE, order_id=number) for number in ids)))
    assert conversion.events["order_id"].tolist() == [1, 2, 0, 1]
    assert conversion.about["order_ids"]["distinct"] == 2


# --- what lobstats writes ----------------------------------------------------------------------------------------


@given(events=well_formed())
def test_events_written_and_read_again_are_the_same_bytes(events, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "round_trip.npz"
    path.write_bytes(to_bytes(events))
    assert is_hftbacktest(path)
    conversion = convert(path)
    assert conversion.events.tobytes() == events.tobytes()
    assert conversion.about["times"] == "as lobstats wrote them"
    assert decode(conversion.events).tobytes() == events.tobytes()


def test_the_recording_written_and_read_again_is_the_same(esh4, tmp_path):
    path = tmp_path / "esh4.npz"
    path.write_bytes(to_bytes(esh4))
    assert convert(path).events.tobytes() == esh4.tobytes()


def test_what_is_written_is_hftbacktests_array_and_a_note(tmp_path):
    path = tmp_path / "events.npz"
    path.write_bytes(to_bytes(events_of()))
    assert path.read_bytes() == to_bytes(events_of())
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["data.npy", "lobstats.txt"]
        # hftbacktest casts the file's bytes to records, which must begin at a multiple of 64.
        assert archive.getinfo("data.npy").file_size % 64 == 0
        assert archive.read("data.npy")[:8] == b"\x93NUMPY\x01\x00"
    records = np.load(path, allow_pickle=False)["data"]
    assert records.dtype == HFTBACKTEST
    for name in ("ev", "order_id", "exch_ts", "px", "qty"):
        assert (records[name] == events_of()[name]).all()
    assert (records["local_ts"] == records["exch_ts"]).all()
    assert not records["ival"].any()
    assert not records["fval"].any()


def test_a_copy_saved_by_numpy_is_converted_like_any_other_file(tmp_path):
    path = tmp_path / "events.npz"
    path.write_bytes(to_bytes(events_of()))
    np.savez(tmp_path / "copy.npz", data=np.load(path)["data"])
    assert convert(tmp_path / "copy.npz").about["times"] == "as they are"


def test_a_file_of_ours_whose_ids_are_too_wide_was_changed_by_others(tmp_path):
    out = io.BytesIO()
    np.save(out, rows(row(order_id=2**32)))
    path = tmp_path / "changed.npz"
    note = zipfile.ZipFile(io.BytesIO(to_bytes(events_of()))).read("lobstats.txt")
    path.write_bytes(zip_of(("data.npy", out.getvalue()), ("lobstats.txt", note)))
    with pytest.raises(DecodeError, match=r"^record 0: the order id 0x100000000 is wider than 32 bits"):
        convert(path)


# --- files that are not what they seem ---------------------------------------------------------------------------


def npy_bytes_of(array) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def test_a_plain_numpy_file_is_read_as_well(tmp_path):
    path = tmp_path / "events.npy"
    np.save(path, rows(row(), row(order_id=8)))
    assert is_hftbacktest(path)
    assert convert(path).events["order_id"].tolist() == [1, 2]


def test_an_array_without_a_name_is_read_as_well(tmp_path):
    np.savez(tmp_path / "events.npz", rows(row()))
    assert is_hftbacktest(tmp_path / "events.npz")
    assert len(convert(tmp_path / "events.npz").events) == 1


def test_an_array_of_no_records_gives_no_events(converted):
    conversion = converted(rows())
    assert len(conversion.events) == 0
    assert conversion.about["clears_put_in"] == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\x03\x04 but no archive",
        npy_bytes_of(np.arange(3)),
        zip_of(("data.npy", npy_bytes_of(np.arange(3)))),
        zip_of(("data.txt", b"text")),
        zip_of(("data.npy", b"\x93NUMPY")),
        events_of().tobytes(),
    ],
)
def test_other_files_are_not_taken_for_hftbacktests(content, tmp_path):
    path = tmp_path / "events"
    path.write_bytes(content)
    assert not is_hftbacktest(path)


DESCR = repr(HFTBACKTEST.descr)
GOOD = npy_bytes_of(rows(*(row(exch_ts=DAY + i) for i in range(300))))
OBJECTS = npy_of("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"cos\nsystem\n")
PROMISE = npy_of(f"{{'descr': {DESCR}, 'fortran_order': False, 'shape': (10000000000000,)}}", bytes(64))
DAMAGED = {
    "a header that lies": (
        zip_of(("data.npy", PROMISE)),
        "the header says 10,000,000,000,000 records of 64 bytes, but 64 bytes follow it",
    ),
    "a plain file whose header lies": (PROMISE, "the header says 10,000,000,000,000 records of 64 bytes"),
    "objects": (zip_of(("data.npy", OBJECTS)), "the numpy file holds an array of shape (1,) and object"),
    "an array that is cut off": (
        zip_of(("data.npy", GOOD[:-30])),
        "the header says 300 records of 64 bytes, but 19,170 bytes follow it",
    ),
    "another array": (zip_of(("data.npy", npy_bytes_of(np.arange(3)))), "the array is of dtype int64"),
    "no array": (zip_of(("data.txt", b"")), "the archive holds no numpy array"),
    "an archive that is cut off": (zip_of(("data.npy", GOOD))[:-40], "the zip archive cannot be read ("),
    "a damaged member": (
        zip_of(("data.npy", GOOD))[:300] + bytes(30) + zip_of(("data.npy", GOOD))[330:],
        "the zip archive cannot be read (",
    ),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_file_is_refused_in_one_line(what, tmp_path):
    content, text = DAMAGED[what]
    path = tmp_path / "events.npz"
    path.write_bytes(content)
    with pytest.raises(DecodeError, match="^" + re.escape(text)) as caught:
        convert(path)
    assert "\n" not in str(caught.value)


def test_the_size_that_an_archive_promises_is_checked_against_the_array(tmp_path):
    content = bytearray(zip_of(("data.npy", GOOD)))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (2**32 - 2).to_bytes(4, "little")
    path = tmp_path / "events.npz"
    path.write_bytes(content)
    promised = 2**32 - 2 - (len(GOOD) - 300 * HFTBACKTEST.itemsize)
    with pytest.raises(DecodeError, match=rf"^the header says 300 records of 64 bytes, but {promised:,} bytes follow"):
        convert(path)


def test_the_kinds_are_those_of_the_event_word(converted):
    kinds_in = [int(kind) for kind in Kind]
    words = [BOTH | kind | (0 if kind == CLEAR else SELL) for kind in kinds_in]
    assert kinds(converted(rows(*(row(ev=word) for word in words))).events).tolist() == kinds_in
