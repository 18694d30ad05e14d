"""Order-level logs in Parquet, as market simulators of the ABIDES family write them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import assemble
from lobstats.events.formats.arrow import readable
from lobstats.events.formats.conversion import IDS_RULE, Conversion, Pick, renumber
from lobstats.events.layout import Kind, Side

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["convert", "is_order_log"]

_COLUMNS = ("ts_ns", "event", "order_id", "is_buy", "qty", "px")
_PRICE_SCALE = 10_000
_ACCEPTED, _EXECUTED, _CANCELLED = "ORDER_ACCEPTED", "ORDER_EXECUTED", "ORDER_CANCELLED"
_MODIFY = "MODIFY_ORDER"
_EFFECTS = (_ACCEPTED, _EXECUTED, _CANCELLED, _MODIFY)
_REQUESTS = ("LIMIT_ORDER", "MARKET_ORDER", "CANCEL_ORDER")


def is_order_log(names: Sequence[str]) -> bool:
    """Tell whether a Parquet file with columns of these names is an order log."""
    return set(_COLUMNS) <= set(names)


def convert(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - one signature for every format
    """Read an order log as events.

    An order rests once it is accepted, with the quantity accepted. An execution is a fill of the resting order: a
    trade with the other side as aggressor, the fill, and the cancel or the modify to what is left. A modification shows
    the old quantity; the new one is what is later filled and cancelled of the order, and the old one where nothing is.
    Requests are dropped and counted. Prices are in 1/10,000.

    Raises
    ------
    DecodeError
        If the file is damaged, a value is missing or not known, an order is executed or cancelled that does not rest,
        or times go backwards; the text names the row.
    """
    log = _load(path)
    requests = log["event"].isin(_REQUESTS)
    effects = log[~requests]
    accepted, executed = (effects["event"] == name for name in (_ACCEPTED, _EXECUTED))
    _check_orders(effects, accepted)
    change = np.where(accepted, effects["qty"], np.where(executed, -effects["qty"], 0.0))
    _modify(effects, change)
    left = pd.Series(change, index=effects.index).groupby(effects["order_id"]).cumsum()
    short = np.flatnonzero(left < 0)
    if len(short):
        row = effects.index[short[0]]
        msg = f"row {row:,}: order {effects['order_id'][row]} is executed for more than rests of it; mend the log."
        raise DecodeError(msg)
    _check_rests(effects, accepted, (left - change).to_numpy(np.float64))
    events = _events(effects, executed.to_numpy(), left.to_numpy(np.float64))
    ids, distinct = renumber(events["order_id"], events["order_id"] >= 0)
    dropped = {name.lower(): int(n) for name in _REQUESTS if (n := (log["event"] == name).sum())}
    about = {
        "format": "order log",
        "records_in": len(log),
        "records_out": len(ids),
        "dropped": dropped,
        "executions": int(executed.sum()),
        "modifications": int((effects["event"] == _MODIFY).sum()),
        "order_ids": {"distinct": distinct, "rule": IDS_RULE},
    }
    return Conversion(assemble(**{**events, "order_id": ids}), about)


def _check_types(table: "pa.Table") -> None:
    from pyarrow import types

    def is_number(type_: "pa.DataType") -> bool:
        return bool(types.is_integer(type_) or types.is_floating(type_))

    rules: dict[str, tuple[Callable[[pa.DataType], bool], str]] = {
        "ts_ns": (types.is_integer, "whole nanoseconds"),
        "order_id": (types.is_integer, "whole numbers"),
        "is_buy": (types.is_boolean, "true or false"),
        "qty": (is_number, "numbers"),
        "px": (is_number, "numbers"),
    }
    for name, (accepts, rule) in rules.items():
        type_ = table.schema.field(name).type
        if not accepts(type_):
            msg = f"column `{name}` is of type {type_}; an order log has {rule} there."
            raise DecodeError(msg)


def _load(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    with readable("Parquet"), pq.ParquetFile(path, page_checksum_verification=True) as file:
        columns = [name for name in (*_COLUMNS, "fill_px") if name in file.schema_arrow.names]
        table = file.read(columns=columns).replace_schema_metadata(None)
        table.validate(full=True)
    _check_types(table)
    log = table.to_pandas()
    unknown = np.flatnonzero(~log["event"].isin([*_EFFECTS, *_REQUESTS]))
    if len(unknown):
        msg = f"row {unknown[0]:,}: event {log['event'].iloc[unknown[0]]!r} is not known; it must be one of "
        raise DecodeError(msg + f"{', '.join((*_EFFECTS, *_REQUESTS))}.")
    for name in _COLUMNS:
        needed = log["event"].isin(_EFFECTS) if name != "ts_ns" else np.ones(len(log), dtype=bool)
        absent = np.flatnonzero(log[name].isna() & needed)
        if len(absent):
            msg = f"row {absent[0]:,}: `{name}` is missing; an order log needs it."
            raise DecodeError(msg)
    negative = np.flatnonzero((log["order_id"] < 0) & log["event"].isin(_EFFECTS))
    if len(negative):
        number = log["order_id"].iloc[negative[0]]
        msg = f"row {negative[0]:,}: order id {number} is negative; an order log counts from 0."
        raise DecodeError(msg)
    back = np.flatnonzero(np.diff(log["ts_ns"]) < 0)
    if len(back):
        late = log["ts_ns"].iloc[back[0] + 1]
        msg = f"row {back[0] + 1:,}: its time {late} lies before the row before it; sort the log."
        raise DecodeError(msg)
    return pd.DataFrame(log).reset_index(drop=True)


def _check_orders(effects: pd.DataFrame, accepted: "pd.Series[bool]") -> None:
    resting = accepted.groupby(effects["order_id"]).cumsum()
    strange = np.flatnonzero(resting != 1)
    if len(strange):
        row = effects.index[strange[0]]
        what = "is accepted twice" if resting[row] > 1 else "does not rest"
        msg = f"row {row:,}: {effects['event'][row]} of order {effects['order_id'][row]}, which {what}; mend the log."
        raise DecodeError(msg)


def _check_rests(effects: pd.DataFrame, accepted: "pd.Series[bool]", before: NDArray[Any]) -> None:
    cancelled = (effects["event"] == _CANCELLED).astype(np.int64)
    gone = (cancelled.groupby(effects["order_id"]).cumsum() - cancelled).to_numpy() > 0
    strange = np.flatnonzero(~accepted.to_numpy() & (gone | (before <= 0)))
    if len(strange):
        row = effects.index[strange[0]]
        event, order_id = effects["event"][row], effects["order_id"][row]
        msg = f"row {row:,}: {event} of order {order_id}, which is gone; mend the log."
        raise DecodeError(msg)


def _modify(effects: pd.DataFrame, change: NDArray[np.float64]) -> None:
    """Write beside each modification by how much it changes what rests of its order."""
    names, order_ids, quantities = (effects[name].to_numpy() for name in ("event", "order_id", "qty"))
    for order_id in np.unique(order_ids[names == _MODIFY]):
        rows = np.flatnonzero(order_ids == order_id)
        later: float | None = None  # what is seen of the order after this row
        for row in rows[::-1]:
            if names[row] == _EXECUTED:
                later = (later or 0.0) + quantities[row]
            elif names[row] == _CANCELLED:
                later = quantities[row]
            elif names[row] == _MODIFY:
                change[row] = 0.0 if later is None else later - quantities[row]
                later = quantities[row]


def _events(effects: pd.DataFrame, executed: NDArray[np.bool_], left: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the fields of the events: one for each acceptance and cancellation, three for each execution."""
    rows = np.repeat(np.arange(len(effects)), np.where(executed, 3, 1))
    first = np.concatenate([[True], rows[1:] != rows[:-1]]) if len(rows) else np.empty(0, dtype=bool)
    step = np.arange(len(rows)) - np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    run = executed[rows]
    accepted, modified = ((effects["event"] == name).to_numpy()[rows] for name in (_ACCEPTED, _MODIFY))
    side = np.where(effects["is_buy"].to_numpy(dtype=bool)[rows], Side.BUY, Side.SELL)
    quantity, price = (effects[name].to_numpy(np.float64)[rows] for name in ("qty", "px"))
    fill_price = effects["fill_px"].to_numpy(np.float64)[rows] if "fill_px" in effects else price
    rest = left[rows]
    ends = run & (step == 2)
    return {
        "kind": np.select(
            [run & (step == 0), run & (step == 1), (ends & (rest > 0)) | modified, ~run & accepted],
            [Kind.TRADE, Kind.FILL, Kind.MODIFY, Kind.ADD],
            Kind.CANCEL,
        ),
        "side": np.where(run & (step == 0), -side, side),
        "order_id": effects["order_id"].to_numpy(np.int64)[rows],
        "exch_ts": effects["ts_ns"].to_numpy(np.int64)[rows],
        "px": np.where(run & (step < 2) & np.isfinite(fill_price), fill_price, price) / _PRICE_SCALE,
        # A cancel names what it takes away: the rest before it.
        "qty": np.where(ends & (rest > 0), rest, np.where(~run & ~accepted, rest, quantity)),
    }
