"""Databento files of market by order: what becomes of each record."""

import re
from collections import Counter
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import databento_dbn as dbn
import numpy as np
import pytest
import zstandard
from conftest import Mbo, dbn_header
from hypothesis import given
from hypothesis import strategies as st

from lobstats.book import replay
from lobstats.errors import DecodeError
from lobstats.events.codec import decode, encode, kinds, sides
from lobstats.events.formats import read
from lobstats.events.formats.conversion import Pick
from lobstats.events.formats.databento import convert, is_dbn, read_header
from lobstats.events.formats.streams import open_stream
from lobstats.events.layout import Kind

SNAPSHOT = 0x28
"""The flags of a record that a snapshot holds: 32, and 8 for its receive time."""

UNDEFINED = (1 << 63) - 1
KIND_OF = {
    "A": Kind.ADD,
    "C": Kind.CANCEL,
    "M": Kind.MODIFY,
    "R": Kind.CLEAR,
    "T": Kind.TRADE,
    "F": Kind.FILL,
}


def rows(events, *names):
    """Return (kind, ...fields) of each event, to compare with what was meant."""
    columns = [[Kind(kind).name for kind in kinds(events)], *(events[name].tolist() for name in names)]
    return list(zip(*columns, strict=True))


def fails(path: Path, pick: Pick = Pick()) -> str:  # noqa: B008 - a frozen value
    with pytest.raises(DecodeError) as caught:
        convert(path, pick)
    return str(caught.value)


# --- the real files --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def esh4_path(data):
    return data / "cme" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst"


@pytest.fixture(scope="module")
def clx5_path(data):
    return data / "cme" / "clx5-glbx-mdp3-20250924.mbo.dbn.zst"


def messages(path: Path):
    """Return a file's records as Databento's own decoder reads them."""
    decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD)
    decoder.write(path.read_bytes())
    return decoder.decode()[1:]


@pytest.fixture(scope="module")
def esh4_messages(esh4_path):
    return messages(esh4_path)


def test_esh4_has_a_clear_and_8725_orders_and_then_60067_live_events(esh4):
    assert len(esh4) == 68_793
    kind, live = kinds(esh4), esh4["exch_ts"] > esh4["exch_ts"][0]
    assert live.sum() == 60_067
    assert not live[:8_726].any()
    assert kind[0] == Kind.CLEAR
    assert (kind[1:8_726] == Kind.ADD).all()


def test_esh4_has_the_recorded_number_of_live_events_of_each_kind(esh4):
    live = kinds(esh4)[8_726:].tolist()
    assert Counter(Kind(kind).name for kind in live) == {
        "ADD": 29_216 - 8_725,
        "CANCEL": 17_999,
        "MODIFY": 12_233,
        "FILL": 6_371,
        "TRADE": 2_973,
    }


def test_clx5_has_the_recorded_number_of_events_of_each_kind(clx5):
    assert Counter(Kind(kind).name for kind in kinds(clx5).tolist()) == {
        "CANCEL": 16_252,
        "ADD": 14_959,
        "MODIFY": 2_701,
        "FILL": 2_701,
        "TRADE": 1_599,
    }


def test_the_esh4_snapshot_lies_before_everything_live_at_a_time_of_its_own(esh4):
    snapshot, first = set(esh4["exch_ts"][:8_726].tolist()), int(esh4["exch_ts"][8_726])
    assert len(snapshot) == 1
    assert 0 <= snapshot.pop() < first


def test_every_live_time_is_the_exchange_time_to_the_nanosecond(esh4, esh4_messages):
    live = [message.ts_event for message in esh4_messages if not message.flags & 0x20]
    assert esh4["exch_ts"][8_726:].tolist() == live


def test_every_price_is_the_double_nearest_to_its_integer(esh4, esh4_messages):
    exact = {message.price: float(Fraction(message.price, 10**9)) for message in esh4_messages}
    assert esh4["px"][1:].tolist() == [exact[message.price] for message in esh4_messages]
    assert (np.rint(esh4["px"] * 1e9) == [0, *(message.price for message in esh4_messages)]).all()


def test_every_size_kind_and_side_is_that_of_its_record(esh4, esh4_messages):
    assert esh4["qty"][1:].tolist() == [message.size for message in esh4_messages]
    assert kinds(esh4)[1:].tolist() == [KIND_OF[str(message.action)] for message in esh4_messages]
    sign = {"B": 1, "A": -1, "N": 0}
    assert sides(esh4)[1:].tolist() == [sign[str(message.side)] for message in esh4_messages]


@pytest.mark.parametrize("contract", ["esh4", "clx5"])
def test_ids_are_numbered_from_1_in_order_of_first_appearance(contract, request):
    events = request.getfixturevalue(contract)
    numbers: dict[int, int] = {0: 0}
    expected = []
    for message in messages(request.getfixturevalue(f"{contract}_path")):
        numbers.setdefault(message.order_id, len(numbers))
        expected.append(numbers[message.order_id])
    assert events["order_id"][len(events) - len(expected) :].tolist() == expected


def test_clx5_keeps_every_record_as_it_is(clx5, clx5_path):
    source = messages(clx5_path)
    assert clx5["exch_ts"].tolist() == [message.ts_event for message in source]
    assert clx5["px"].tolist() == [float(Fraction(message.price, 10**9)) for message in source]
    assert clx5["qty"].tolist() == [message.size for message in source]


def test_the_conversion_says_what_it_did(esh4_path, clx5_path):
    assert convert(esh4_path).about == {
        "format": "dbn",
        "dbn_version": 1,
        "dataset": "GLBX.MDP3",
        "dbn_schema": "mbo",
        "instrument_id": 17_077,
        "symbol": "ESH4",
        "records_in": 68_792,
        "records_out": 68_793,
        "publishers": [1],
        "dropped": {"other_instruments": 0, "other_publishers": 0, "no_action": 0, "undefined_price": 0},
        "sorted": 0,
        "snapshot_records": 8_725,
        "clears_put_in": 1,
        "clears_to_cancels": 0,
        "cancels_put_in": 0,
        "snapshot_adds_put_in": 0,
        "partial_cancels_to_modifies": 0,
        "order_ids": {"distinct": 31_974, "rule": "numbered from 1 in order of first appearance; 0 stays 0"},
    }
    about = convert(clx5_path).about
    assert (about["symbol"], about["instrument_id"], about["dbn_version"]) == ("CLX5", 432_669, 3)
    assert (about["records_in"], about["records_out"], about["clears_put_in"]) == (38_212, 38_212, 0)


def test_a_file_that_is_a_snapshot_alone_has_a_clear_and_its_orders(data):
    events = read(data / "cme" / "esh4-glbx-mdp3-20231224.mbo.dbn.zst")
    assert len(events) == 8_726
    assert kinds(events)[0] == Kind.CLEAR
    assert (kinds(events)[1:] == Kind.ADD).all()
    assert len(np.unique(events["exch_ts"])) == 1


def test_the_real_files_are_made_of_several_zstd_frames_and_read_the_same_plain(esh4, esh4_path, tmp_path):
    first = zstandard.ZstdDecompressor().decompressobj()
    first.decompress(esh4_path.read_bytes())
    assert first.unused_data, "the file no longer shows the pitfall that this test is about"
    with esh4_path.open("rb") as file:
        plain = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    path = tmp_path / "esh4.dbn"
    path.write_bytes(plain)
    assert encode(read(path)) == encode(esh4)


# --- the file --------------------------------------------------------------------------------------------------

FIVE = [Mbo(ts_event=1_000 * i, order_id=i, price=i * 10**9, size=i, side="BA"[i % 2]) for i in range(1, 6)]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_of_the_header_is_read(write_dbn, version):
    conversion = convert(write_dbn(FIVE, version=version))
    assert conversion.about["dbn_version"] == version
    assert conversion.about["symbol"] == "TEST"
    assert rows(conversion.events, "order_id", "exch_ts", "px", "qty") == [
        ("ADD", i, 1_000 * i, float(i), float(i)) for i in range(1, 6)
    ]
    assert sides(conversion.events).tolist() == [-1, 1, -1, 1, -1]


def test_a_header_alone_holds_no_events(write_dbn):
    conversion = convert(write_dbn([]))
    assert len(conversion.events) == 0
    assert conversion.about["records_in"] == conversion.about["records_out"] == 0
    assert conversion.about["instrument_id"] is None


@given(st.lists(st.integers(0, 480), max_size=4), st.integers(1, 19))
def test_frames_may_end_anywhere(tmp_path_factory, cuts, level):
    plain = dbn_header() + b"".join(map(bytes, FIVE))
    edges = [0, *sorted(min(cut, len(plain)) for cut in cuts), len(plain)]
    compressor = zstandard.ZstdCompressor(level=level)
    frames = [compressor.compress(plain[a:b]) for a, b in pairwise(edges)]
    path = tmp_path_factory.mktemp("frames") / "test.dbn.zst"
    path.write_bytes(b"".join(frames))
    assert convert(path).events["order_id"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("left", [1, 55])
def test_a_file_cut_inside_a_record_is_refused(write_dbn, left):
    path = write_dbn(FIVE)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 56 + left])
    assert fails(path) == (
        f"byte {len(whole) - 56:,}: {left} bytes are left after 4 records of 56; the file is cut off. Fetch it again."
    )


@pytest.mark.parametrize("length", [4, 7, 8, 20, 100])
def test_a_file_cut_inside_its_header_is_refused(write_dbn, length):
    path = write_dbn(FIVE)
    path.write_bytes(path.read_bytes()[:length])
    text = fails(path)
    assert re.fullmatch(
        rf"byte {length}: the file is cut off inside its DBN header of [\d,]+ bytes. Fetch it again.", text
    )


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_header_is_what_databentos_own_reader_finds(version):
    symbols = {"ESH4": 17077, "ES FUT WITH A LONG": (5, 8), "NONE": 42}
    raw = dbn_header(symbols=symbols, version=version)
    theirs = dbn.Metadata.decode(raw)
    ours = read_header(raw)
    assert (ours.version, ours.dataset, ours.schema) == (version, theirs.dataset, str(theirs.schema))
    assert ours.has_send_time == theirs.ts_out
    assert ours.n_bytes == len(raw)
    assert ours.symbols == {
        int(interval["symbol"]): symbol for symbol, intervals in theirs.mappings.items() for interval in intervals
    }
    assert len(ours.symbols) == 4


@pytest.mark.parametrize("name", ["esh4-glbx-mdp3-20231225", "clx5-glbx-mdp3-20250924"])
def test_the_header_of_a_recording_is_what_databentos_own_reader_finds(data, name):
    with open_stream(data / "cme" / f"{name}.mbo.dbn.zst") as stream:
        raw = stream.read()
    ours = read_header(raw)
    theirs = dbn.Metadata.decode(raw[: ours.n_bytes])
    assert (ours.dataset, ours.schema) == (theirs.dataset, "mbo")
    assert set(ours.symbols.values()) == set(theirs.mappings)


@pytest.mark.parametrize("schema", list(dbn.Schema.variants()))
def test_every_schema_is_called_by_its_name(schema):
    assert read_header(dbn_header(schema=schema)).schema == str(schema)


# The counts of a header with one symbol of 71 bytes: of a definition, of four lists, and of a symbol's intervals.
@pytest.mark.parametrize("at", [108, 112, 187, 191, 195, 270])
def test_a_count_in_the_header_takes_no_memory(write_dbn, at):
    path = write_dbn(FIVE)
    raw = bytearray(path.read_bytes())
    assert int.from_bytes(raw[at : at + 4], "little") <= 1
    raw[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    text = r"byte [\d,]+: [\d,]+ bytes of the DBN header should follow and [\d,]+ do; the file is damaged"
    assert re.match(text, fails(path))


def test_a_later_version_is_refused_by_its_number(write_dbn):
    path = write_dbn(FIVE)
    raw = bytearray(path.read_bytes())
    raw[3] = 4
    path.write_bytes(raw)
    assert fails(path) == "the DBN version is 4; versions 1 to 3 can be read. Fetch the file in one of these."


def test_zstd_cut_inside_a_frame_is_refused(write_dbn):
    path = write_dbn(FIVE)
    packed = zstandard.ZstdCompressor().compress(path.read_bytes())
    for length in (len(packed) - 1, len(packed) // 2, 5):
        path.write_bytes(packed[:length])
        assert fails(path) == "the zstd data end inside a frame; the file is cut off. Fetch it again."


def test_zstd_cut_inside_its_second_frame_is_refused(write_dbn):
    path = write_dbn(FIVE)
    plain = path.read_bytes()
    frames = [zstandard.ZstdCompressor().compress(part) for part in (plain[:300], plain[300:])]
    for length in (1, 4, len(frames[1]) - 1):
        path.write_bytes(frames[0] + frames[1][:length])
        assert fails(path) == "the zstd data end inside a frame; the file is cut off. Fetch it again."


def test_zstd_with_a_damaged_frame_is_refused(write_dbn):
    path = write_dbn(FIVE)
    packed = zstandard.ZstdCompressor().compress(path.read_bytes())
    path.write_bytes(packed + b"no frame")
    text = fails(path)
    assert text.startswith("the zstd data cannot be decompressed (")
    assert text.endswith("); the file is damaged. Fetch it again.")


def test_another_schema_is_refused(write_dbn):
    path = write_dbn([], schema=dbn.Schema.TRADES)
    assert fails(path) == "the DBN schema is trades; only mbo (market by order) can be read."


def test_a_file_of_mixed_schemas_is_refused(write_dbn):
    path = write_dbn([], schema=None)
    assert fails(path) == "the DBN schema is mixed; only mbo (market by order) can be read."


def test_a_record_of_another_type_is_refused(write_dbn):
    path = write_dbn([FIVE[0], Mbo(rtype=0x17)])
    assert fails(path) == "record 1 is of type 0x17, not mbo; keep mbo records only."


def test_a_file_that_is_no_dbn_is_refused(tmp_path):
    path = tmp_path / "test.dbn"
    path.write_bytes(b"DBZ\x01" + bytes(100))
    assert fails(path) == "this is not a DBN file: it does not begin with 'DBN' and a version."


@pytest.mark.parametrize(
    ("head", "yes"),
    [
        (b"DBN\x01", True),
        (b"DBN\x03rest", True),
        (b"DBN\x04", True),
        (b"DBN files", False),
        (b"DBN", False),
        (b"", False),
        (b"dbn\x01", False),
    ],
)
def test_dbn_is_known_by_its_first_four_bytes(head, yes):
    assert is_dbn(head) == yes


@pytest.mark.parametrize("count", [5, 7])
def test_records_with_a_send_time_are_read_or_named(write_dbn, count):
    path = write_dbn([])
    path.write_bytes(path.read_bytes() + count * (bytes(Mbo(length=16)) + bytes(8)))
    with pytest.raises(DecodeError, match="ts_out"):
        convert(path)


# --- instruments -----------------------------------------------------------------------------------------------

TWO = {"ESH4": 100, "ESM4": 200}


def two_instruments():
    return [
        Mbo(ts_event=1_000, instrument_id=100, order_id=71, price=4_800 * 10**9),
        Mbo(ts_event=2_000, instrument_id=200, order_id=72, price=4_850 * 10**9),
        Mbo(ts_event=3_000, instrument_id=100, order_id=73, price=4_801 * 10**9),
    ]


def test_two_instruments_are_listed_with_the_option_that_picks_one(write_dbn):
    path = write_dbn(two_instruments(), symbols=TWO)
    assert fails(path) == "the file holds 2 instruments: 100 (ESH4), 200 (ESM4); pick one with `--instrument`."


def test_an_instrument_without_a_symbol_is_listed_by_its_id(write_dbn):
    path = write_dbn(two_instruments(), symbols={"ESH4": 100})
    assert fails(path) == "the file holds 2 instruments: 100 (ESH4), 200; pick one with `--instrument`."


@pytest.mark.parametrize(
    ("instrument", "prices", "number", "symbol"),
    [
        ("100", [4_800.0, 4_801.0], 100, "ESH4"),
        ("ESH4", [4_800.0, 4_801.0], 100, "ESH4"),
        ("200", [4_850.0], 200, "ESM4"),
        ("ESM4", [4_850.0], 200, "ESM4"),
    ],
)
def test_an_instrument_is_picked_by_id_or_symbol(write_dbn, instrument, prices, number, symbol):
    path = write_dbn(two_instruments(), symbols=TWO)
    conversion = convert(path, Pick(instrument=instrument))
    assert conversion.events["px"].tolist() == prices
    assert conversion.events["order_id"].tolist() == list(range(1, len(prices) + 1))
    assert conversion.about["instrument_id"] == number
    assert conversion.about["symbol"] == symbol
    assert conversion.about["dropped"]["other_instruments"] == 3 - len(prices)
    assert (conversion.about["records_in"], conversion.about["records_out"]) == (3, len(prices))


def test_an_instrument_that_the_file_does_not_hold_is_refused(write_dbn):
    path = write_dbn(two_instruments(), symbols=TWO)
    assert fails(path, Pick(instrument="ESZ4")) == (
        "the file holds no instrument 'ESZ4'; `--instrument` takes one of 100 (ESH4), 200 (ESM4)."
    )


def test_the_only_instrument_must_be_the_one_that_was_asked_for(write_dbn):
    path = write_dbn(FIVE)
    assert len(convert(path, Pick(instrument="TEST")).events) == 5
    assert fails(path, Pick(instrument="ESH4")) == (
        "the file holds no instrument 'ESH4'; `--instrument` takes one of 100 (TEST)."
    )


def test_a_symbol_that_names_two_instruments_does_not_mix_them(write_dbn):
    path = write_dbn(two_instruments(), symbols={"ES.c.0": (100, 200)})
    assert "2 instruments" in fails(path, Pick(instrument="ES.c.0"))


# --- times -----------------------------------------------------------------------------------------------------


def test_times_that_go_backwards_are_refused(write_dbn):
    path = write_dbn([Mbo(ts_event=time, order_id=i + 1) for i, time in enumerate((5, 9, 8, 20))])
    assert fails(path) == (
        "record 2: its exchange time 1970-01-01T00:00:00.000000008Z lies before 1970-01-01T00:00:00.000000009Z, "
        "that of the live record before it; pick one venue with `--publisher` or one "
        "instrument, or sort them by exchange time with `--allow-unordered`."
    )


def test_times_that_go_backwards_can_be_sorted(write_dbn):
    path = write_dbn([Mbo(ts_event=time, order_id=i + 1) for i, time in enumerate((5, 9, 8, 20, 9))])
    conversion = convert(path, Pick(unordered="sort"))
    assert conversion.events["exch_ts"].tolist() == [5, 8, 9, 9, 20]
    assert conversion.about["sorted"] == 4


# --- venues ----------------------------------------------------------------------------------------------------


def two_venues():
    """Two venues use one order id; one of them clears its own orders."""
    return [
        Mbo(ts_event=1, publisher_id=1, order_id=7, price=10**9),
        Mbo(ts_event=2, publisher_id=2, order_id=7, price=2 * 10**9),
        Mbo(ts_event=3, publisher_id=1, order_id=8, price=3 * 10**9),
        Mbo(ts_event=4, publisher_id=1, action="R", side="N", order_id=0),
        Mbo(ts_event=5, publisher_id=2, action="C", order_id=7, price=2 * 10**9),
    ]


def test_venues_keep_their_order_ids_apart_and_clear_only_their_own(write_dbn):
    conversion = convert(write_dbn(two_venues()))
    assert rows(conversion.events, "exch_ts", "order_id") == [
        ("ADD", 1, 1),
        ("ADD", 2, 2),
        ("ADD", 3, 3),
        ("CANCEL", 4, 1),
        ("CANCEL", 4, 3),
        ("CANCEL", 5, 2),
    ]
    assert (conversion.about["publishers"], conversion.about["clears_to_cancels"]) == ([1, 2], 1)


def test_a_venue_is_picked_by_its_number(write_dbn):
    conversion = convert(write_dbn(two_venues()), Pick(publisher="1"))
    assert rows(conversion.events, "order_id") == [("ADD", 1), ("ADD", 2), ("CLEAR", 0)]
    assert conversion.about["dropped"]["other_publishers"] == 2


def test_a_venue_that_the_file_does_not_hold_is_refused(write_dbn):
    assert fails(write_dbn(two_venues()), Pick(publisher="3")) == (
        "the file holds no publisher '3'; `--publisher` takes one of 1, 2."
    )


def test_the_top_of_a_book_is_no_order(write_dbn):
    text = fails(write_dbn([Mbo(), Mbo(ts_event=2_000, flags=0x80 | 0x40, order_id=2)]))
    assert text.startswith("record 1: it tells the top of the book (flag 64), not an order; 1 records do.")


def test_a_time_that_is_undefined_is_shown_as_it_is(write_dbn):
    text = fails(write_dbn([Mbo(ts_event=2**64 - 1), Mbo(ts_event=5)]))
    assert "lies before 18,446,744,073,709,551,615 ns, that of the live record before it" in text


def test_instruments_need_no_common_order_of_time(write_dbn):
    path = write_dbn(
        [Mbo(ts_event=9, instrument_id=100), Mbo(ts_event=5, instrument_id=200), Mbo(ts_event=10, instrument_id=100)]
    )
    assert convert(path, Pick(instrument="100")).events["exch_ts"].tolist() == [9, 10]


def test_a_time_needs_all_of_its_64_bits(write_dbn):
    times = [1_703_458_800_000_000_001, 1_703_458_800_000_000_002, (1 << 63) - 2]
    path = write_dbn([Mbo(ts_event=time, order_id=i + 1) for i, time in enumerate(times)])
    assert convert(path).events["exch_ts"].tolist() == times


# --- prices, sizes and what is left out ------------------------------------------------------------------------


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20))
def test_a_price_is_the_double_nearest_to_its_billionths(tmp_path_factory, prices):
    path = tmp_path_factory.mktemp("prices") / "test.dbn"
    path.write_bytes(dbn_header() + b"".join(bytes(Mbo(order_id=i + 1, price=p)) for i, p in enumerate(prices)))
    assert convert(path).events["px"].tolist() == [float(Fraction(price, 10**9)) for price in prices]


def test_the_largest_size_fits(write_dbn):
    assert convert(write_dbn([Mbo(size=(1 << 32) - 1)])).events["qty"].tolist() == [4_294_967_295.0]


def test_records_of_no_action_are_dropped_and_counted(write_dbn):
    path = write_dbn([Mbo(order_id=1), Mbo(action="N", order_id=0), Mbo(order_id=2), Mbo(action="N", price=UNDEFINED)])
    conversion = convert(path)
    assert rows(conversion.events, "order_id") == [("ADD", 1), ("ADD", 2)]
    assert conversion.about["dropped"] == {
        "other_instruments": 0,
        "other_publishers": 0,
        "no_action": 2,
        "undefined_price": 0,
    }


@pytest.mark.parametrize("action", ["A", "M", "T", "F"])
def test_records_that_need_a_price_and_have_none_are_dropped_and_counted(write_dbn, action):
    path = write_dbn([Mbo(order_id=1), Mbo(action=action, order_id=2, price=UNDEFINED), Mbo(order_id=3)])
    conversion = convert(path)
    assert conversion.events["px"].tolist() == [100.0, 100.0]
    assert conversion.about["dropped"]["undefined_price"] == 1


def test_a_cancel_needs_no_price(write_dbn):
    conversion = convert(write_dbn([Mbo(), Mbo(ts_event=2_000, action="C", price=UNDEFINED)]))
    assert rows(conversion.events, "px", "order_id") == [("ADD", 100.0, 1), ("CANCEL", 0.0, 1)]
    assert conversion.about["dropped"]["undefined_price"] == 0
    assert len(decode(encode(conversion.events))) == 2


def test_a_clear_reads_neither_price_nor_size_nor_side_nor_id(write_dbn):
    path = write_dbn([Mbo(), Mbo(ts_event=2_000, action="R", side="B", price=UNDEFINED, size=77, order_id=9)])
    events = convert(path).events
    assert rows(events, "px", "qty", "order_id")[1] == ("CLEAR", 0.0, 0.0, 0)
    assert sides(events)[1] == 0


def test_a_trade_without_an_aggressor_has_no_side_and_no_id(write_dbn):
    events = convert(write_dbn([Mbo(action="T", side="N", order_id=0), Mbo(action="T", side="A", order_id=0)])).events
    assert sides(events).tolist() == [0, -1]
    assert events["order_id"].tolist() == [0, 0]


def test_the_exchange_and_local_bits_are_set_and_no_others(write_dbn):
    events = convert(write_dbn([Mbo(side="B"), Mbo(action="T", side="N"), Mbo(action="R", side="N")])).events
    assert events["ev"].tolist() == [0xE000000A, 0xC0000002, 0xC0000003]


def test_an_action_that_nobody_knows_is_refused(write_dbn):
    assert fails(write_dbn([Mbo(), Mbo(action="X")])) == ("record 1: action 'X' is not one of A, C, M, R, T, F, N.")


def test_an_action_that_nobody_knows_is_named_by_its_place_in_the_file(write_dbn):
    path = write_dbn([Mbo(), Mbo(action="N"), Mbo(action="N"), Mbo(action="X")])
    assert fails(path).startswith("record 3: ")


# --- order ids -------------------------------------------------------------------------------------------------


def test_ids_that_share_their_low_32_bits_stay_apart(write_dbn):
    low = 6_412_777_162_812
    path = write_dbn([Mbo(order_id=low), Mbo(order_id=low + (1 << 32)), Mbo(ts_event=2_000, order_id=low, action="C")])
    conversion = convert(path)
    assert conversion.events["order_id"].tolist() == [1, 2, 1]
    assert conversion.about["order_ids"]["distinct"] == 2


@given(st.lists(st.sampled_from([0, 1, 7, 2**32, 2**32 + 7, 2**63, 2**64 - 1]), max_size=20))
def test_ids_are_numbered_in_order_of_first_appearance_and_0_stays_0(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("ids") / "test.dbn"
    path.write_bytes(dbn_header() + b"".join(bytes(Mbo(action="T", order_id=order_id)) for order_id in ids))
    order = list(dict.fromkeys(order_id for order_id in ids if order_id))
    conversion = convert(path)
    assert conversion.events["order_id"].tolist() == [order.index(i) + 1 if i else 0 for i in ids]
    assert conversion.about["order_ids"]["distinct"] == len(order)


def test_the_id_of_a_clear_is_no_order(write_dbn):
    path = write_dbn([Mbo(action="R", order_id=55), Mbo(ts_event=2_000, order_id=9)])
    assert convert(path).events["order_id"].tolist() == [0, 1]


# --- partial cancels -------------------------------------------------------------------------------------------


def orders(*steps, order_id=7):
    """Return records of one order, one microsecond apart: (action, size, price in units)."""
    return [
        Mbo(ts_event=1_000 * (i + 1), action=action, size=size, price=price * 10**9, order_id=order_id)
        for i, (action, size, price) in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("steps", "expected", "changed"),
    [
        ([("A", 10, 5), ("C", 10, 5)], [("ADD", 10, 5), ("CANCEL", 10, 5)], 0),
        ([("A", 10, 5), ("C", 4, 5)], [("ADD", 10, 5), ("MODIFY", 6, 5)], 1),
        ([("A", 10, 5), ("C", 4, 9)], [("ADD", 10, 5), ("MODIFY", 6, 5)], 1),
        (
            [("A", 10, 5), ("C", 3, 5), ("C", 3, 5), ("C", 4, 5)],
            [("ADD", 10, 5), ("MODIFY", 7, 5), ("MODIFY", 4, 5), ("CANCEL", 4, 5)],
            2,
        ),
        (
            [("A", 10, 5), ("C", 3, 5), ("M", 8, 6), ("C", 2, 6), ("C", 6, 6)],
            [("ADD", 10, 5), ("MODIFY", 7, 5), ("MODIFY", 8, 6), ("MODIFY", 6, 6), ("CANCEL", 6, 6)],
            2,
        ),
        ([("A", 10, 5), ("M", 4, 5), ("C", 4, 5)], [("ADD", 10, 5), ("MODIFY", 4, 5), ("CANCEL", 4, 5)], 0),
        ([("A", 4, 5), ("C", 10, 5)], [("ADD", 4, 5), ("CANCEL", 10, 5)], 0),
        ([("M", 10, 5), ("C", 4, 5)], [("MODIFY", 10, 5), ("MODIFY", 6, 5)], 1),
        ([("C", 4, 5)], [("CANCEL", 4, 5)], 0),
        (
            [("A", 10, 5), ("C", 10, 5), ("C", 4, 5)],
            [("ADD", 10, 5), ("CANCEL", 10, 5), ("CANCEL", 4, 5)],
            0,
        ),
        (
            [("A", 10, 5), ("T", 3, 5), ("F", 3, 5), ("C", 3, 5)],
            [("ADD", 10, 5), ("TRADE", 3, 5), ("FILL", 3, 5), ("MODIFY", 7, 5)],
            1,
        ),
    ],
    ids=[
        "whole",
        "partial",
        "its price is the order's",
        "several in a row",
        "after a modify",
        "what a modify left",
        "more than there is",
        "order known by its modify",
        "unknown order",
        "after it left",
        "a fill does not move the book",
    ],
)
def test_a_partial_cancel_becomes_a_modify_to_what_is_left(write_dbn, steps, expected, changed):
    conversion = convert(write_dbn(orders(*steps)))
    assert rows(conversion.events, "qty", "px") == expected
    assert conversion.about["partial_cancels_to_modifies"] == changed


def test_partial_cancels_of_several_orders_do_not_meet(write_dbn):
    one = orders(("A", 10, 5), ("C", 4, 5), ("C", 6, 5), order_id=1)
    two = orders(("A", 7, 6), ("C", 7, 6), ("A", 3, 6), order_id=2)
    three = orders(("A", 9, 7), ("C", 1, 7), ("C", 1, 7), order_id=3)
    records = [record for three_of_a_time in zip(one, two, three, strict=True) for record in three_of_a_time]
    conversion = convert(write_dbn(records))
    assert rows(conversion.events, "order_id", "qty") == [
        *[("ADD", 1, 10.0), ("ADD", 2, 7.0), ("ADD", 3, 9.0)],
        *[("MODIFY", 1, 6.0), ("CANCEL", 2, 7.0), ("MODIFY", 3, 8.0)],
        *[("CANCEL", 1, 6.0), ("ADD", 2, 3.0), ("MODIFY", 3, 7.0)],
    ]
    assert conversion.about["partial_cancels_to_modifies"] == 3


def test_the_book_after_partial_cancels_holds_what_is_left(write_dbn):
    book = replay(convert(write_dbn(orders(("A", 10, 5), ("C", 3, 5), ("C", 3, 5)))).events, tick_size=1.0)
    assert book.bid_size.tolist() == [10.0, 7.0, 4.0]
    assert book.counts["quantity_mismatch"] == 0


def test_a_clear_takes_orders_with_it_before_their_cancels_are_read(write_dbn):
    records = [Mbo(order_id=7, size=10), Mbo(ts_event=2_000, action="R"), Mbo(ts_event=3_000, action="C", order_id=7)]
    events = convert(write_dbn(records)).events
    assert rows(events, "qty") == [("ADD", 10.0), ("CLEAR", 0.0), ("CANCEL", 5.0)]


def test_a_cancel_that_names_no_size_takes_the_order_away(write_dbn):
    events = convert(write_dbn(orders(("A", 10, 5), ("C", 0, 5)))).events
    assert rows(events)[1] == ("CANCEL",)


# --- snapshots -------------------------------------------------------------------------------------------------


def snapshot(*ids, old=10, action="A"):
    """Return a snapshot's adds, with exchange times long past."""
    return [
        Mbo(ts_event=old + i, action=action, order_id=order_id, flags=SNAPSHOT, ts_recv=1_500)
        for i, order_id in enumerate(ids)
    ]


RESET = Mbo(ts_event=0, action="R", side="N", order_id=0, price=UNDEFINED, size=0, flags=SNAPSHOT, ts_recv=1_500)


@pytest.mark.parametrize("reset", [[], [RESET]], ids=["without a clear", "with its own clear"])
@pytest.mark.parametrize(
    ("before", "after"),
    [([], [2_000]), ([1_000], [2_000]), ([1_000], []), ([1_000, 1_500], [1_502]), ([], [])],
    ids=["first", "in the middle", "last", "in a narrow gap", "alone"],
)
def test_a_snapshot_starts_with_one_clear_and_lies_strictly_between_the_live_records(write_dbn, reset, before, after):
    records = [Mbo(ts_event=time, order_id=time) for time in before]
    records += [*reset, *snapshot(31, 32, 33)]
    records += [Mbo(ts_event=time, order_id=time) for time in after]
    conversion = convert(write_dbn(records))
    events, n = conversion.events, len(before)
    assert [row[0] for row in rows(events)] == [*["ADD"] * n, "CLEAR", *["ADD"] * (3 + len(after))]
    inside = set(events["exch_ts"][n : n + 4].tolist())
    assert len(inside) == 1
    assert all(time < min(inside) for time in before)
    assert all(time > max(inside) for time in after)
    assert min(inside) >= 0
    assert conversion.about["clears_put_in"] == (0 if reset else 1)
    assert conversion.about["snapshot_records"] == 3 + len(reset)
    assert len(decode(encode(events))) == len(events)


def test_a_snapshot_in_the_middle_replaces_the_book_and_breaks_the_stream(write_dbn):
    records = [Mbo(ts_event=1_000, order_id=1, price=10**9), *snapshot(31, 32), Mbo(ts_event=2_000, order_id=2)]
    book = replay(convert(write_dbn(records)).events, tick_size=1.0)
    assert book.time.tolist() == [1_000, 2_000]
    assert book.after_break.tolist() == [False, True]
    assert book.after_empty.tolist() == [False, False]
    assert (book.bid.tolist(), book.bid_size.tolist()) == ([1, 100], [5.0, 15.0])
    assert (book.counts["clears"], book.counts["snapshot_records"], book.counts["duplicate_add"]) == (1, 3, 0)


def test_two_snapshots_have_times_of_their_own(write_dbn):
    records = [*snapshot(1, 2), Mbo(ts_event=1_000, order_id=3), RESET, *snapshot(1), Mbo(ts_event=3_000, order_id=4)]
    conversion = convert(write_dbn(records))
    assert [row[0] for row in rows(conversion.events)] == ["CLEAR", "ADD", "ADD", "ADD", "CLEAR", "ADD", "ADD"]
    assert (np.diff(conversion.events["exch_ts"]) >= 0).all()
    assert conversion.about["clears_put_in"] == 1


def test_orders_of_a_snapshot_keep_the_numbers_they_have(write_dbn):
    records = [Mbo(ts_event=1_000, order_id=900), *snapshot(900, 800), Mbo(ts_event=2_000, order_id=800, action="C")]
    assert convert(write_dbn(records)).events["order_id"].tolist() == [1, 0, 1, 2, 2]


def test_a_snapshot_without_a_time_of_its_own_is_refused(write_dbn):
    records = [Mbo(ts_event=1_000, order_id=1), *snapshot(31), Mbo(ts_event=1_000, order_id=2)]
    assert fails(write_dbn(records)) == (
        "record 1: this snapshot stands between live records of one time and has none of its own."
    )


def test_a_snapshot_between_neighbouring_nanoseconds_is_refused(write_dbn):
    records = [Mbo(ts_event=1_000, order_id=1), *snapshot(31), Mbo(ts_event=1_001, order_id=2)]
    assert "has none of its own" in fails(write_dbn(records))


def test_a_live_clear_stays_at_its_time(write_dbn):
    records = [Mbo(ts_event=1_000), Mbo(ts_event=2_000, action="R", side="N"), Mbo(ts_event=2_500, order_id=2)]
    conversion = convert(write_dbn(records))
    assert rows(conversion.events, "exch_ts") == [("ADD", 1_000), ("CLEAR", 2_000), ("ADD", 2_500)]
    assert conversion.about["clears_put_in"] == 0
    assert conversion.about["snapshot_records"] == 0


def test_a_snapshot_of_one_venue_keeps_the_orders_of_the_others(write_dbn):
    ten = 10**9
    records = [
        Mbo(ts_event=1_000, publisher_id=1, order_id=1, side="B", price=10 * ten, size=5),
        Mbo(ts_event=1_001, publisher_id=1, order_id=2, side="A", price=11 * ten, size=5),
        Mbo(ts_event=1_002, publisher_id=2, order_id=1, side="B", price=8 * ten, size=7),
        Mbo(ts_event=1_003, publisher_id=1, order_id=1, side="B", price=10 * ten, size=2, action="C"),
        Mbo(publisher_id=2, action="R", side="N", order_id=0, price=UNDEFINED, size=0, flags=SNAPSHOT),
        Mbo(publisher_id=2, order_id=3, side="B", price=9 * ten, flags=SNAPSHOT),
        Mbo(publisher_id=2, order_id=4, side="A", price=12 * ten, flags=SNAPSHOT),
        Mbo(ts_event=2_000, publisher_id=1, action="T", side="B", order_id=0, price=11 * ten, size=1),
        Mbo(ts_event=2_001, publisher_id=2, order_id=3, side="B", price=9 * ten, action="C"),
    ]
    conversion = convert(write_dbn(records))
    about = conversion.about
    assert [about[name] for name in ("clears_to_cancels", "cancels_put_in", "snapshot_adds_put_in")] == [0, 0, 2]
    assert about["records_in"] + 2 == about["records_out"] == len(conversion.events)
    book = replay(conversion.events, tick_size=1.0)
    assert (book.bid[-1], book.bid_size[-1], book.ask[-1], book.ask_size[-1]) == (10, 3.0, 11, 5.0)
    assert book.n_records.sum() == 6
    assert {name: n for name, n in book.counts.items() if n} == {"clears": 1, "snapshot_records": 5}


@pytest.mark.parametrize("heads", [(1, 2), (1,), (2,), ()])
def test_snapshots_of_two_venues_in_a_row_hold_each_its_own(write_dbn, heads):
    ten = 10**9

    def snapshot(venue, price):
        clear = Mbo(publisher_id=venue, action="R", side="N", order_id=0, price=UNDEFINED, size=0, flags=SNAPSHOT)
        add = Mbo(publisher_id=venue, order_id=1, side="B", price=price * ten, size=venue, flags=SNAPSHOT)
        return [clear, add] if venue in heads else [add]

    before = [Mbo(ts_event=1_000 + venue, publisher_id=venue, order_id=1, price=(20 + venue) * ten) for venue in (1, 2)]
    live = Mbo(ts_event=2_000, publisher_id=1, order_id=9, side="A", price=40 * ten)
    conversion = convert(write_dbn([*before, *snapshot(1, 10), *snapshot(2, 9), live]))
    book = replay(conversion.events, tick_size=1.0)
    assert (book.bid[-1], book.bid_size[-1], book.ask[-1]) == (10, 1.0, 40)
    assert book.counts["duplicate_add"] == 0
