"""Order logs, against a plain reconstruction of the same rules."""

import numpy as np
import pandas as pd
import pytest

from lobstats.book import NO_PRICE, replay
from lobstats.errors import DecodeError
from lobstats.events.codec import decode, kinds
from lobstats.events.formats import read, recognise
from lobstats.events.formats.order_log import convert
from lobstats.events.layout import Kind

FILES = ["real_TSLA_2015-01-29", "trades_TSLA_2015-01-29_seed20", "cgan_TSLA_2015-01-29_seed20"]


def log(tmp_path, *rows):
    """Write rows of (time, event, id, is buy, quantity, price) and return the file."""
    frame = pd.DataFrame(rows, columns=["ts_ns", "event", "order_id", "is_buy", "qty", "px"])
    frame["fill_px"] = np.where(frame["event"] == "ORDER_EXECUTED", frame["px"], np.nan)
    path = tmp_path / "log.parquet"
    frame.to_parquet(path)
    return path


def fields(events):
    names = [Kind(kind).name for kind in kinds(events)]
    return list(zip(names, events["order_id"].tolist(), events["px"].tolist(), events["qty"].tolist(), strict=True))


@pytest.mark.parametrize("name", FILES)
def test_no_book_is_ever_crossed_and_every_record_fits(data, name):
    path = data / "deepmarket" / f"{name}.parquet"
    assert recognise(path) == "order log"
    events = read(path)
    assert decode(events) is not None
    faults = {k: v for k, v in replay(events).counts.items() if v and k != "trade_off_touch"}
    assert faults == {}


@pytest.mark.parametrize("name", FILES)
def test_the_best_prices_equal_those_of_a_plain_reconstruction(data, name):
    path = data / "deepmarket" / f"{name}.parquet"
    frame = pd.read_parquet(path)
    events = read(path)
    book = replay(events, tick_size=0.01)
    rows = frame[frame["event"].isin(["ORDER_ACCEPTED", "ORDER_EXECUTED", "ORDER_CANCELLED"])]
    later = {}  # what is still to be seen of each order: the rest of one that was modified
    for row in rows.iloc[::-1].itertuples():
        if row.event != "ORDER_ACCEPTED":
            later[row.order_id] = (later.get(row.order_id, 0) if row.event == "ORDER_EXECUTED" else 0) + row.qty
    modified = dict(frame.loc[frame["event"] == "MODIFY_ORDER", ["order_id", "ts_ns"]].itertuples(index=False))
    resting, best = {}, {}
    for row in rows.itertuples():
        if row.event == "ORDER_ACCEPTED":
            resting[row.order_id] = [row.is_buy, row.px, row.qty]
        elif row.event == "ORDER_CANCELLED":
            del resting[row.order_id]
        else:
            left = resting[row.order_id]
            left[2] -= row.qty
            if row.order_id in modified:
                left[2] = later[row.order_id] = later[row.order_id] - row.qty
            if left[2] <= 0:
                del resting[row.order_id]
        best[row.ts_ns] = None
        if len(best) % 97 == 0:  # every happening would take minutes
            bids = [px for buy, px, _ in resting.values() if buy]
            asks = [px for buy, px, _ in resting.values() if not buy]
            best[row.ts_ns] = (max(bids, default=None), min(asks, default=None))
    checked = {time: pair for time, pair in best.items() if pair is not None}
    assert len(checked) > 200
    last = dict(zip(rows["ts_ns"], rows.index, strict=True))
    place = {int(time): i for i, time in enumerate(book.time)}
    wrong = 0
    for time, (bid, ask) in checked.items():
        if time in modified.values() or last[time] is None:
            continue
        i = place[time]
        ours = tuple(None if price == NO_PRICE else price * 100.0 for price in (int(book.bid[i]), int(book.ask[i])))
        wrong += ours != (bid, ask)
    assert wrong == 0


@pytest.mark.parametrize("name", FILES)
def test_the_volume_is_that_of_the_executions(data, name):
    path = data / "deepmarket" / f"{name}.parquet"
    frame = pd.read_parquet(path)
    events = read(path)
    executed = frame[frame["event"] == "ORDER_EXECUTED"]
    trades = events[kinds(events) == Kind.TRADE]
    assert trades["qty"].sum() == executed["qty"].sum()
    assert trades["px"].tolist() == (executed["fill_px"] / 10_000).tolist()
    assert ((trades["ev"] & (1 << 29)) != 0).tolist() == (~executed["is_buy"]).tolist()


def test_an_execution_is_a_trade_a_fill_and_what_is_left(tmp_path):
    path = log(
        tmp_path,
        (1, "LIMIT_ORDER", 9, True, 10.0, 20_000.0),
        (1, "ORDER_ACCEPTED", 9, True, 8.0, 20_000.0),
        (2, "ORDER_EXECUTED", 9, True, 3.0, 20_000.0),
        (3, "ORDER_EXECUTED", 9, True, 5.0, 20_000.0),
    )
    conversion = convert(path)
    assert fields(conversion.events) == [
        ("ADD", 1, 2.0, 8.0),
        ("TRADE", 1, 2.0, 3.0),
        ("FILL", 1, 2.0, 3.0),
        ("MODIFY", 1, 2.0, 5.0),
        ("TRADE", 1, 2.0, 5.0),
        ("FILL", 1, 2.0, 5.0),
        ("CANCEL", 1, 2.0, 5.0),
    ]
    assert conversion.about["dropped"] == {"limit_order": 1, "market_order": 0, "cancel_order": 0} or conversion.about[
        "dropped"
    ] == {"limit_order": 1}


def test_a_modification_leaves_what_is_later_filled_and_cancelled(tmp_path):
    path = log(
        tmp_path,
        (1, "ORDER_ACCEPTED", 9, False, 100.0, 20_000.0),
        (2, "MODIFY_ORDER", 9, False, 100.0, 20_000.0),
        (3, "ORDER_EXECUTED", 9, False, 10.0, 20_000.0),
        (4, "ORDER_CANCELLED", 9, False, 30.0, 20_000.0),
    )
    assert [row for row in fields(convert(path).events) if row[0] != "TRADE"] == [
        ("ADD", 1, 2.0, 100.0),
        ("MODIFY", 1, 2.0, 40.0),
        ("FILL", 1, 2.0, 10.0),
        ("MODIFY", 1, 2.0, 30.0),
        ("CANCEL", 1, 2.0, 30.0),
    ]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ([(1, "ORDER_LOST", 9, True, 1.0, 1.0)], "row 0: event 'ORDER_LOST' is not known"),
        ([(1, "ORDER_CANCELLED", 9, True, 1.0, 1.0)], "row 0: ORDER_CANCELLED of order 9, which does not rest"),
        ([(1, "ORDER_ACCEPTED", 9, True, 1.0, 1.0)] * 2, "row 1: ORDER_ACCEPTED of order 9, which is accepted twice"),
        (
            [(1, "ORDER_ACCEPTED", 9, True, 1.0, 1.0), (1, "ORDER_EXECUTED", 9, True, 2.0, 1.0)],
            "row 1: order 9 is executed for more than rests of it",
        ),
        (
            [(2, "ORDER_ACCEPTED", 9, True, 1.0, 1.0), (1, "ORDER_CANCELLED", 9, True, 1.0, 1.0)],
            "row 1: its time 1 lies before the row before it",
        ),
        ([(1, "ORDER_ACCEPTED", 9, True, np.nan, 1.0)], "row 0: `qty` is missing"),
    ],
)
def test_a_log_that_does_not_hold_together_is_refused(tmp_path, rows, text):
    with pytest.raises(DecodeError, match=text):
        convert(log(tmp_path, *rows))


def test_a_log_cut_off_is_refused(tmp_path):
    path = log(tmp_path, (1, "ORDER_ACCEPTED", 9, True, 1.0, 1.0))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DecodeError, match="damaged or cut off"):
        convert(path)


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("qty", ["5", "5"], "column `qty` is of type large_string; an order log has numbers there."),
        ("is_buy", ["BUY", "SELL"], "column `is_buy` is of type large_string; an order log has true or false there."),
        ("order_id", [1.0, 2.0], "column `order_id` is of type double; an order log has whole numbers there."),
        ("order_id", [1, -2], "row 1: order id -2 is negative; an order log counts from 0."),
        ("ts_ns", [1.5, 2.5], "column `ts_ns` is of type double; an order log has whole nanoseconds there."),
    ],
)
def test_a_column_of_another_type_is_refused(tmp_path, column, values, says):
    path = log(tmp_path, (1, "ORDER_ACCEPTED", 1, True, 5, 10_000), (2, "ORDER_ACCEPTED", 2, False, 5, 20_000))
    pd.read_parquet(path).assign(**{column: values}).to_parquet(path)
    with pytest.raises(DecodeError) as caught:
        read(path)
    assert str(caught.value).replace("large_string", "string") == f"{path}: {says}".replace("large_string", "string")


@pytest.mark.parametrize(
    "late",
    [
        (4, "ORDER_EXECUTED", 1, True, 4, 10_000),
        (4, "ORDER_CANCELLED", 1, True, 10, 10_000),
        (4, "MODIFY_ORDER", 1, True, 10, 10_000),
    ],
)
@pytest.mark.parametrize("end", ["ORDER_CANCELLED", "ORDER_EXECUTED"])
def test_what_is_gone_does_not_come_back(tmp_path, end, late):
    path = log(tmp_path, (1, "ORDER_ACCEPTED", 1, True, 10, 10_000), (2, end, 1, True, 10, 10_000), late)
    with pytest.raises(
        DecodeError, match=rf"row 2: {late[1]} of order 1, which is gone; mend the log.|more than rests"
    ):
        read(path)
