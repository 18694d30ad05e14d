"""LOBSTER files: every message type, exact times, the pair and the zip, against the files' own book."""

import gzip
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
import zstandard

from lobstats.book import NO_PRICE, replay
from lobstats.errors import DecodeError
from lobstats.events.codec import decode, kinds, sides
from lobstats.events.formats import expand, read, recognise
from lobstats.events.formats.lobster import convert, is_lobster
from lobstats.events.layout import Kind
from lobstats.sessions import find_sessions

NAME = "TEST_2012-06-21_34200000_57600000_{}_1.csv"
MIDNIGHT = pd.Timestamp("2012-06-21", tz="America/New_York").value
OPEN = MIDNIGHT + 34_200 * 10**9


def write(folder, messages, book=None):
    path = folder / NAME.format("message")
    path.write_text("".join(f"{line}\n" for line in messages))
    if book is not None:
        (folder / NAME.format("orderbook")).write_text("".join(f"{line}\n" for line in book))
    return path


def fields(events):
    """Return (kind, side, id, nanoseconds since the opening, price, quantity) of each event."""
    names = [Kind(kind).name for kind in kinds(events)]
    columns = (names, sides(events).tolist(), events["order_id"].tolist(), (events["exch_ts"] - OPEN).tolist())
    return list(zip(*columns, events["px"].tolist(), events["qty"].tolist(), strict=True))


# --- messages --------------------------------------------------------------------------------------------------


def test_each_type_of_message_becomes_what_it_stands_for(tmp_path):
    path = write(
        tmp_path,
        [
            "34200.000000001,1,77,10,1000000,1",
            "34200.000000002,2,77,3,1000000,1",
            "34200.000000003,4,77,5,1000000,1",
            "34200.000000004,5,0,50,1000050,-1",
            "34200.000000005,4,77,2,1000000,1",
            "34200.000000006,1,78,9,1000100,-1",
            "34200.000000007,3,78,9,1000100,-1",
        ],
    )
    assert recognise(path) == "lobster"
    conversion = convert(path)
    assert fields(conversion.events) == [
        ("ADD", 1, 1, 1, 100.0, 10.0),
        ("MODIFY", 1, 1, 2, 100.0, 7.0),
        ("TRADE", -1, 1, 3, 100.0, 5.0),
        ("FILL", 1, 1, 3, 100.0, 5.0),
        ("MODIFY", 1, 1, 3, 100.0, 2.0),
        ("TRADE", 1, 0, 4, 100.005, 50.0),
        ("TRADE", -1, 1, 5, 100.0, 2.0),
        ("FILL", 1, 1, 5, 100.0, 2.0),
        ("CANCEL", 1, 1, 5, 100.0, 2.0),
        ("ADD", -1, 2, 6, 100.01, 9.0),
        ("CANCEL", -1, 2, 7, 100.01, 9.0),
    ]
    about = conversion.about
    assert (about["format"], about["records_in"], about["records_out"]) == ("lobster message", 7, 11)
    assert (about["hidden_executions"], about["order_ids"]["distinct"]) == (1, 2)
    assert replay(decode(conversion.events), tick_size=0.005).counts["unknown_order"] == 0


def test_what_reduces_an_unknown_order_is_dropped_and_an_execution_of_one_is_a_trade(tmp_path):
    path = write(
        tmp_path,
        ["34200,2,5,1,1000000,1", "34201,3,6,1,1000000,1", "34202,4,7,1,1000000,1", "34203,1,8,1,1000000,1"],
    )
    conversion = convert(path)
    assert [row[0] for row in fields(conversion.events)] == ["TRADE", "FILL", "ADD"]
    assert conversion.about["dropped"]["reduction_of_unknown_order"] == 1
    assert conversion.about["dropped"]["deletion_of_unknown_order"] == 1
    assert conversion.about["executions_of_unknown_orders"] == 1


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("34200", 0),
        ("34200.5", 500_000_000),
        ("34200.000000001", 1),
        ("34200.123456789", 123_456_789),
        ("34200.123456789000", 123_456_789),
        ("34200.017459616999", 17_459_617),  # twelve decimals that have passed through floating point
        ("34200.017459617001", 17_459_617),
        ("34200.999999999999", 10**9),
    ],
)
def test_decimal_seconds_are_exact_nanoseconds(tmp_path, text, nanoseconds):
    events = convert(write(tmp_path, [f"{text},1,1,1,1000000,1"])).events
    assert events["exch_ts"].tolist() == [OPEN + nanoseconds]


def test_a_file_without_a_date_counts_from_1970_and_says_so(tmp_path):
    path = tmp_path / "messages.csv"
    path.write_text("1.5,1,1,1,1000000,1\n")
    conversion = convert(path)
    assert conversion.events["exch_ts"].tolist() == [1_500_000_000]
    assert "there is no date in the file's name; times count from 1970-01-01" in conversion.about["notes"]


def halted(*lines):
    before = ["34200.1,1,1,5,1000000,1", "34200.1,1,2,5,1000200,-1", "34200.2,5,0,1,1000100,1"]
    after = ["34260.1,1,3,5,1000100,1", "34260.2,5,0,1,1000100,1"]
    return [*before, *lines, *after]


@pytest.mark.parametrize(
    "lines",
    [
        ["34210,7,0,0,-1,-1", "34240,7,0,0,0,-1", "34250,7,0,0,1,-1"],
        ["34210,6,-1,100,1000100,1"],
        ["34210,6,-1,100,1000100,1", "34210,6,-1,50,1000100,1"],
    ],
)
def test_a_halt_or_an_auction_ends_a_session_and_the_book_goes_on(tmp_path, lines):
    events = decode(convert(write(tmp_path, halted(*lines))).events)
    book = replay(events, tick_size=0.01)
    found = find_sessions(events, book)
    assert found.n_sessions == 2
    assert (book.bid[-1], book.ask[-1], book.bid_size[-1]) == (10_001, 10_002, 5.0)
    assert book.counts["duplicate_add"] == book.counts["unknown_order"] == 0


# --- the book --------------------------------------------------------------------------------------------------


def test_the_paired_book_is_what_the_book_is_read_from(tmp_path):
    path = write(
        tmp_path,
        ["34200.1,1,1,5,1000000,1", "34200.2,1,2,5,1000100,1", "34200.3,3,2,5,1000100,1", "34200.3,5,0,1,1000100,1"],
        ["1000300,7,1000000,5", "1000300,7,1000100,5", "1000300,7,1000000,5", "1000300,7,1000000,5"],
    )
    conversion = convert(path)
    assert conversion.about["format"] == "lobster message and book"
    book = replay(decode(conversion.events), tick_size=0.01)
    assert (book.bid.tolist(), book.ask.tolist()) == ([10_000, 10_001, 10_000], [10_003] * 3)
    assert book.counts["depth_records"] == 4
    from_book = convert(path.with_name(NAME.format("orderbook")))
    assert from_book.events.tobytes() == conversion.events.tobytes()
    assert expand(str(tmp_path)) == [path]


def test_an_empty_side_of_the_book_is_no_price(tmp_path):
    path = write(
        tmp_path,
        ["34200.1,1,1,5,1000000,1", "34200.2,3,1,5,1000000,1"],
        ["9999999999,0,1000000,5", "9999999999,0,-9999999999,0"],
    )
    book = replay(convert(path).events, tick_size=0.01)
    assert (book.bid.tolist(), book.ask.tolist()) == ([10_000, NO_PRICE], [NO_PRICE, NO_PRICE])


def test_a_book_alone_has_rows_for_times_and_says_so(tmp_path):
    path = tmp_path / NAME.format("orderbook")
    path.write_text("1000300,7,1000000,5\n1000300,7,1000100,5\n1000200,1,1000100,5\n")
    assert recognise(path) == "lobster"
    conversion = convert(path)
    assert conversion.about["format"] == "lobster book"
    assert "numbers of rows stand in for them" in conversion.about["notes"][-1]
    book = replay(decode(conversion.events), tick_size=0.01)
    assert book.depth_only
    assert (book.time - OPEN).tolist() == [2_000, 3_000]
    assert (book.bid.tolist(), book.ask.tolist()) == ([10_001, 10_001], [10_003, 10_002])


# --- wrappings -------------------------------------------------------------------------------------------------


def test_wrappings_give_the_same_events(tmp_path):
    path = write(tmp_path, ["34200.1,1,1,5,1000000,1", "34200.2,3,1,5,1000000,1"], ["1000300,7,1000000,5"] * 2)
    plain = convert(path).events.tobytes()
    archive = tmp_path / "pair.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for part in ("message", "orderbook"):
            file.write(tmp_path / NAME.format(part), NAME.format(part))
        file.writestr("ReadMe.txt", "hello")
    assert recognise(archive) == "lobster"
    assert read(archive).tobytes() == plain
    alone = tmp_path / "alone"
    alone.mkdir()
    for ending, compress in ((".gz", gzip.compress), (".zst", zstandard.ZstdCompressor().compress)):
        compressed = alone / (path.name + ending)
        compressed.write_bytes(compress(path.read_bytes()))
        assert recognise(compressed) == "lobster"
        assert [row[0] for row in fields(read(compressed))] == ["ADD", "CANCEL"]


def test_an_archive_of_several_samples_is_refused(tmp_path):
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for day in ("21", "22"):
            file.writestr(f"A_2012-06-{day}_1_2_message_1.csv", "1,1,1,1,1,1\n")
    with pytest.raises(DecodeError, match="several LOBSTER samples"):
        read(archive)


@pytest.mark.parametrize(
    ("messages", "book", "text"),
    [
        (["34200,9,1,1,1,1"], None, "line 1: type 9 must be from 1 to 7"),
        (["34200,1,1,1,1,0"], None, "line 1: direction 0 must be 1 or -1"),
        (["34200,1,1,-4,1,1"], None, "line 1: size -4 must not be negative"),
        (["34201,1,1,1,1,1", "34200,1,1,1,1,1"], None, "line 2: time 34200 lies before the line before it"),
        (["34201,1,1,1,1,1", "x,1,1,1,1,1"], None, "line 2: time 'x' is no number of seconds"),
        (["34201,1,1,1,1,1", "34202,1,1,1.5,1,1"], None, r"line 2, column 4: '1.5' is no whole number"),
        (["34201,1,1,1,1,1", "34202,1,1"], None, "line 2"),
        (["34201,1,1,1,1,1"], ["1,1,1,1"] * 2, "1 messages, but 2 rows of the book"),
        (["34201,1,1,1,1,1"], ["1,1,1,x"], "line 1, column 4: 'x' is no whole number"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused(tmp_path, messages, book, text):
    with pytest.raises(DecodeError, match=text) as caught:
        convert(write(tmp_path, messages, book))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"34200.1,1,1,5,1000000,1\n", "message"),
        (b"34200.1,1,1,5,1000000,1,null\n", "message"),
        (b"1000300,7,1000000,5\n1000300,7,1000000", "book"),
        (b"time,type,id,size,price,direction\n", None),
        (b"1,2,3\n", None),
        (b"", None),
    ],
)
def test_files_are_known_by_their_lines(head, part):
    assert is_lobster(head) == part


# --- the real files --------------------------------------------------------------------------------------------


def test_amazon_has_the_best_prices_of_its_own_book_at_every_time(data):
    path = data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
    with zipfile.ZipFile(path) as archive:
        tables = {
            part: pd.read_csv(
                archive.open(f"AMZN_2012-06-21_34200000_57600000_{part}_5.csv"), header=None, dtype={0: str}
            )
            for part in ("message", "orderbook")
        }
    message, own = tables["message"], tables["orderbook"]
    conversion = convert(path)
    events = decode(conversion.events)
    book = replay(events, tick_size=0.01)
    whole, fraction = message[0].str.split(".").str[0].astype(int), message[0].str.split(".").str[1].fillna("")
    time = MIDNIGHT + whole * 10**9 + [round(int(digits.ljust(12, "0")) / 1_000) for digits in fraction]
    last = (~time.duplicated(keep="last")).to_numpy()
    wanted = own[last].set_index(time[last]).loc[book.time]
    # The rows without a happening delete orders from before the file: nothing but depth comes of them.
    assert last.sum() - len(book.time) == 7_347
    assert (book.bid * 100).tolist() == wanted[2].astype(int).tolist()
    assert (book.ask * 100).tolist() == wanted[0].astype(int).tolist()
    assert book.bid_size.tolist() == wanted[3].tolist()
    assert book.ask_size.tolist() == wanted[1].tolist()
    executed = message[message[1].isin([4, 5])]
    trades = events[kinds(events) == Kind.TRADE]
    assert trades["qty"].sum() == executed[3].sum()
    assert np.rint(trades["px"] * 10_000).astype(int).tolist() == executed[4].tolist()
    assert conversion.about["hidden_executions"] == (message[1] == 5).sum()
    assert (kinds(events) == Kind.ADD).sum() == (message[1] == 1).sum()


def test_the_sequences_of_lob_bench_are_read(data, tmp_path):
    source = data / "lobbench" / "pert500.tar.zst"
    with (
        source.open("rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as plain,
        tarfile.open(fileobj=plain, mode="r|") as archive,
    ):
        archive.extractall(tmp_path, filter="data")
    folder = next(tmp_path.rglob("data_real"))
    paths = expand(str(folder))
    assert len(paths) == 65
    for path in paths[::13]:
        own = pd.read_csv(path.with_name(path.name.replace("message", "orderbook")), header=None)
        book = replay(read(path), tick_size=0.01)
        assert (book.bid[-1] * 100, book.ask[-1] * 100) == (own[2].iloc[-1], own[0].iloc[-1])


def test_an_id_that_was_deleted_may_name_another_order(tmp_path):
    path = write(
        tmp_path,
        [
            "34200.1,1,7,10,1000000,1",
            "34200.2,3,7,10,1000000,1",
            "34200.3,1,7,4,1000100,1",
            "34200.4,2,7,1,1000100,1",
            "34200.5,3,7,3,1000100,1",
        ],
    )
    conversion = convert(path)
    assert [name for name, *_ in fields(conversion.events)] == ["ADD", "CANCEL", "ADD", "MODIFY", "CANCEL"]
    book = replay(conversion.events, tick_size=0.01)
    assert (book.bid[-1], book.counts["unknown_order"]) == (NO_PRICE, 0)


def test_orders_that_leave_during_a_halt_are_known(tmp_path):
    lines = [
        "34210,7,0,0,-1,-1",
        "34220,3,1,5,1000000,1",
        "34221,2,2,2,1000200,-1",
        "34240,7,0,0,0,-1",
        "34250,7,0,0,1,-1",
    ]
    book = replay(convert(write(tmp_path, halted(*lines))).events, tick_size=0.01)
    assert book.counts["unknown_order"] == 0
    assert (book.bid[-1], book.ask[-1], book.ask_size[-1]) == (10_001, 10_002, 3.0)


def test_what_shares_the_time_of_an_auction_belongs_before_the_end(tmp_path):
    messages = [
        "34200.000000001,1,7,10,1000000,1",
        "34200.000000005,6,-1,100,1000100,-1",
        "34200.000000005,1,8,4,990000,1",
        "34200.000000005,1,9,4,1030000,-1",
        "34200.000000005,4,9,1,1030000,-1",
        "34200.000000100,1,10,2,1000000,1",
    ]
    rows = [
        *["1010000,5,1000000,10,1030000,1,990000,1"] * 2,
        "1010000,5,1000000,10,1030000,1,990000,5",
        "1010000,5,1000000,10,1030000,5,990000,5",
        "1010000,5,1000000,10,1030000,4,990000,5",
        "1010000,5,1000000,12,1030000,4,990000,5",
    ]
    book = replay(convert(write(tmp_path, messages, rows)).events, tick_size=0.01)
    assert book.time.tolist() == [OPEN + 1, OPEN + 5, OPEN + 100]
    assert (book.bid.tolist(), book.ask.tolist()) == ([10_000] * 3, [10_100] * 3)
    assert book.bid_size.tolist() == [10.0, 10.0, 12.0]


def test_a_snapshot_after_a_halt_holds_the_latest_life_of_an_id(tmp_path):
    messages = [
        "34200.1,1,7,5,1000000,1",
        "34200.2,3,7,5,1000000,1",
        "34200.3,1,7,8,990000,1",
        "34210,7,0,0,-1,-1",
        "34250,7,0,0,1,-1",
        "34260,1,8,1,1020000,-1",
    ]
    book = replay(convert(write(tmp_path, messages)).events, tick_size=0.01)
    assert (book.bid[-1], book.bid_size[-1]) == (9_900, 8.0)
