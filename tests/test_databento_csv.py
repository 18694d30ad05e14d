"""Databento's CSV files, against its own ten-level book for the same events."""

import csv
import gzip

import numpy as np
import pandas as pd
import pytest
from conftest import Mbo

from lobstats.book import NO_PRICE, replay
from lobstats.errors import DecodeError
from lobstats.events.codec import decode, kinds
from lobstats.events.formats import read, recognise
from lobstats.events.formats.conversion import Pick
from lobstats.events.formats.databento_csv import convert
from lobstats.events.layout import Kind

HEADER = "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size,channel_id,order_id,flags,symbol"
UNDEFINED = 2**63 - 1


def write(tmp_path, *rows, header=HEADER, name="mbo.csv"):
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in (header, *rows)))
    return path


def line(record, *, pretty):
    time, price = record.ts_event, record.price
    if pretty:
        time = pd.Timestamp(time).isoformat(timespec="nanoseconds") + "Z"
        price = "" if price == UNDEFINED else f"{price // 10**9}.{price % 10**9:09}"
    cells = (time, time, 160, 1, record.instrument_id, record.action, record.side, price, record.size, 0)
    return ",".join(map(str, (*cells, record.order_id, record.flags, "TEST")))


RECORDS = [
    Mbo(ts_event=1_752_735_909_035_627_674, action="R", side="N", order_id=0, price=UNDEFINED, size=0),
    Mbo(ts_event=1_752_739_503_360_677_248, order_id=2**60, price=5_510_000_000),
    Mbo(ts_event=1_752_739_503_360_683_462, side="A", order_id=5, price=21_330_000_001, size=7),
    Mbo(ts_event=1_752_739_503_360_683_463, action="C", side="A", order_id=5, price=21_330_000_001, size=3),
    Mbo(ts_event=1_752_739_503_360_683_463, action="T", side="A", order_id=0, price=5_510_000_000, size=1),
]


@pytest.mark.parametrize("pretty", [True, False])
def test_a_csv_gives_what_the_dbn_file_of_the_same_records_gives(tmp_path, write_dbn, pretty):
    path = write(tmp_path, *(line(record, pretty=pretty) for record in RECORDS))
    assert recognise(path) == "databento csv"
    dbn = read(write_dbn(RECORDS))
    assert read(path).tobytes() == dbn.tobytes()
    packed = tmp_path / "mbo.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed).tobytes() == dbn.tobytes()


@pytest.mark.parametrize(
    ("place", "cell", "text"),
    [
        (1, "noon", r"line 2, column `ts_event`: 'noon' must be an ISO 8601 time in UTC or whole nanoseconds"),
        (7, "1.2.3", r"line 2, column `price`: '1.2.3' must be a price"),
        (8, "-1", r"line 2, column `size`: '-1' must be a whole number up to 4294967295"),
        (8, "4294967296", r"line 2, column `size`: '4294967296' must be a whole number"),
        (5, "AA", r"line 2, column `action`: 'AA' must be one letter"),
        (5, "X", r"action 'X' is not one of"),
        (11, "64", r"record 0: it tells the top of the book"),
    ],
)
def test_a_cell_that_does_not_hold_what_it_should_is_named(tmp_path, place, cell, text):
    cells = line(RECORDS[1], pretty=True).split(",")
    cells[place] = cell
    with pytest.raises(DecodeError, match=text):
        convert(write(tmp_path, ",".join(cells)))


def test_a_column_that_is_absent_is_named(tmp_path):
    with pytest.raises(DecodeError, match="there is no column order_id"):
        convert(write(tmp_path, "1,A,B,1,1", header="ts_event,action,side,price,size"))


def test_an_instrument_is_picked(tmp_path):
    rows = [line(Mbo(ts_event=5, instrument_id=number), pretty=False) for number in (1, 2)]
    path = write(tmp_path, *rows)
    with pytest.raises(DecodeError, match="holds 2 instruments"):
        convert(path)
    assert convert(path, Pick(instrument="2")).about["dropped"]["other_instruments"] == 1


# --- the real day ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_book(data):
    """Databento's book after the last row of each exchange time: prices in 1e-2, none where a side is empty."""
    with (data / "itch" / "mbp.csv").open() as file:
        rows = list(csv.DictReader(file))
    book = {}
    for row in rows:
        levels = {
            side: {
                round(float(row[f"{side}_px_{i:02}"]) * 100): int(row[f"{side}_sz_{i:02}"])
                for i in range(10)
                if row[f"{side}_px_{i:02}"]
            }
            for side in ("bid", "ask")
        }
        book[pd.Timestamp(row["ts_event"]).value] = levels
    return book


def test_the_replay_of_orders_has_the_best_prices_and_sizes_of_databentos_book(data, own_book):
    events = decode(read(data / "itch" / "mbo.csv"))
    book = replay(events, tick_size=0.01)
    counts = {name: n for name, n in book.counts.items() if n and name not in ("clears", "snapshot_records")}
    place = {int(time): i for i, time in enumerate(book.time)}
    compared = 0
    for time, levels in own_book.items():
        if time not in place:
            continue  # the clear at the start, which is no happening
        i = place[time]
        for side, price, size in (("bid", book.bid[i], book.bid_size[i]), ("ask", book.ask[i], book.ask_size[i])):
            best = (max if side == "bid" else min)(levels[side], default=None)
            assert (None if price == NO_PRICE else int(price)) == best
            assert size == (levels[side][best] if best is not None else 0)
        compared += 1
    assert compared == len(own_book) - 1 > 3_000
    # Trades against hidden orders print inside the spread; nothing else disagrees with the grammar.
    assert set(counts) <= {"trade_off_touch", "locked_book", "crossed_book"}


def test_depth_has_the_ten_levels_of_databentos_book(data, own_book):
    events = decode(read(data / "itch" / "mbp.csv"))
    assert recognise(data / "itch" / "mbp.csv") == "databento csv"
    levels = {1: {}, -1: {}}
    at = None
    compared = 0
    live = events[kinds(events) != Kind.TRADE]
    signs = np.where(live["ev"] & (1 << 29), 1, -1)
    times = list(own_book)
    for event, sign, kind in zip(live, signs.tolist(), kinds(live).tolist(), strict=True):
        if at is not None and event["exch_ts"] != at and at in own_book:
            assert levels[1] == own_book[at]["bid"]
            assert levels[-1] == own_book[at]["ask"]
            compared += 1
        at = int(event["exch_ts"])
        if kind == Kind.CLEAR:
            levels = {1: {}, -1: {}}
            continue
        price = round(event["px"] * 100)
        if event["qty"]:
            levels[sign][price] = event["qty"]
        else:
            del levels[sign][price]
    assert compared > 0.8 * len(times)


def test_depth_gives_the_same_best_prices_by_replay(data, own_book):
    book = replay(read(data / "itch" / "mbp.csv"), tick_size=0.01)
    assert book.depth_only
    for i, time in enumerate(book.time):
        levels = own_book[int(time)]
        assert (book.bid[i] if book.bid[i] != NO_PRICE else None) == max(levels["bid"], default=None)
        assert (book.ask[i] if book.ask[i] != NO_PRICE else None) == min(levels["ask"], default=None)


def test_the_trades_of_depth_are_those_of_the_file(data):
    with (data / "itch" / "mbp.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["action"] == "T"]
    events = read(data / "itch" / "mbp.csv")
    trades = events[kinds(events) == Kind.TRADE]
    assert trades["px"].tolist() == [float(row["price"]) for row in rows]
    assert trades["qty"].tolist() == [float(row["size"]) for row in rows]


@pytest.mark.parametrize(
    ("prices", "read_as"),
    [(("213", "213.5"), [213.0, 213.5]), (("213000000000", "213500000000"), [213.0, 213.5])],
)
def test_prices_are_decimals_or_whole_for_the_whole_column(tmp_path, prices, read_as):
    rows = [line(Mbo(order_id=i + 1), pretty=False).replace("100000000000", price) for i, price in enumerate(prices)]
    assert read(write(tmp_path, *rows))["px"].tolist() == read_as


def test_prices_that_are_neither_are_refused(tmp_path):
    path = write(tmp_path, line(Mbo(), pretty=False).replace("100000000000", "213"))
    with pytest.raises(DecodeError, match="prices up to 213 are neither decimals nor whole 1e-9"):
        read(path)


def test_without_numbers_symbols_tell_instruments_apart(tmp_path):
    header = "ts_event,action,side,price,size,order_id,symbol"
    path = write(tmp_path, "1,A,B,100.5,1,1,ESH4", "2,A,A,50.5,1,2,CLX5", header=header)
    with pytest.raises(DecodeError, match=r"the file holds 2 instruments: 1 \(ESH4\), 2 \(CLX5\)"):
        read(path)
    assert read(path, instrument="CLX5")["px"].tolist() == [50.5]


LEVELS = [f"{side}_{what}_{i:02}" for i in range(10) for side in ("bid", "ask") for what in ("px", "sz")]


def depth(tmp_path, *rows, columns=()):
    """Write rows of (time, action, side, price, size, flags, ...) with one level a side, 10.0 against 11.0."""
    header = ",".join(["ts_event,action,side,price,size,flags", *columns, *LEVELS])
    levels = "10.0,5,11.0,6" + ",,0,,0" * 9
    return write(tmp_path, *(f"{','.join(map(str, row))},{levels}" for row in rows), header=header, name="mbp.csv")


def test_every_trade_of_depth_is_written_or_counted(tmp_path):
    path = depth(tmp_path, (100, "T", "B", "11.0", 2, 0), (200, "T", "B", "", 2, 0), (300, "T", "A", "10.0", 3, 32))
    conversion = convert(path)
    trades = conversion.events[kinds(conversion.events) == Kind.TRADE]
    assert list(zip(trades["exch_ts"].tolist(), trades["px"].tolist(), trades["qty"].tolist(), strict=True)) == [
        (100, 11.0, 2.0),
        (300, 10.0, 3.0),
    ]
    assert conversion.about["dropped"] == {"other_streams": 0, "undefined_price": 1}
    decode(conversion.events)


def test_depth_of_two_symbols_is_not_added_up(tmp_path):
    rows = [(100, "A", "B", "10.0", 1, 0, "ESH4"), (200, "A", "B", "10.0", 1, 0, "CLX5")]
    path = depth(tmp_path, *rows, columns=["symbol"])
    with pytest.raises(DecodeError, match="the file holds 2 of `symbol`: ESH4, CLX5; pick one with `--instrument`"):
        read(path)
    assert len(read(path, instrument="ESH4")) == 3
