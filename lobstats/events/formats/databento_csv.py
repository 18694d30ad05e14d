"""Databento CSV files of schemas ``mbo`` (orders) and ``mbp-10`` (ten levels of depth)."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, assemble
from lobstats.events.formats.conversion import Conversion, Pick, PickError, place_snapshots
from lobstats.events.formats.mbo import MBO, PRICE_SCALE, SNAPSHOT_FLAG, UNDEFINED_PRICE, convert_mbo
from lobstats.events.formats.streams import open_stream
from lobstats.events.layout import Kind, Side

__all__ = ["convert", "is_databento_csv"]

_NEEDED = ("ts_event", "action", "side", "price", "size")
_ORDERS = (*_NEEDED, "order_id")
_LEVELS = 10
_LEAST_RAW = 1_000_000  # a thousandth; no market quotes less in whole 1e-9
_PRETTY_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:00)?")
_WHOLE = re.compile(r"-?\d{1,20}")
_PRETTY_PRICE = re.compile(r"(-?)(\d{1,9})\.(\d{1,9})")
_NO_PRICE = ("", "nan", "NaN", str(UNDEFINED_PRICE))
_DEPTH_COLUMNS = [
    (f"{side}_px_{level:02}", f"{side}_sz_{level:02}", sign)
    for level in range(_LEVELS)
    for side, sign in (("bid", Side.BUY), ("ask", Side.SELL))
]


def is_databento_csv(head: bytes) -> bool:
    """Tell by its header line whether a CSV file is Databento's."""
    names = head.split(b"\n", 1)[0].decode(errors="replace").strip().split(",")
    return set(_NEEDED) <= set(names)


def convert(path: Path, pick: Pick = Pick()) -> Conversion:  # noqa: B008 - a frozen value
    """Read a Databento CSV file as events: orders from ``mbo``, depth and trades from ``mbp-10``.

    Times and prices may be pretty (ISO 8601, decimals) or raw (nanoseconds, 1e-9), and become exact integers. Of
    ``mbp-10``, a level is written where its total changes; one that is no longer among the ten has a total of zero.

    Raises
    ------
    DecodeError
        If a column is absent or a cell does not hold what it should; the text names the line. Otherwise as for DBN.
    """
    with open_stream(path) as stream:
        try:
            table = pd.read_csv(stream, dtype=str, keep_default_na=False)
        except (ValueError, UnicodeDecodeError) as error:
            msg = f"the table cannot be read ({str(error).strip()}); it is damaged or cut off."
            raise DecodeError(msg) from error
    if _DEPTH_COLUMNS[0][0] in table.columns:
        return _convert_depth(table, pick)
    absent = [name for name in _ORDERS if name not in table.columns]
    if absent:
        msg = f"line 1: there is no column {', '.join(absent)}; this is neither schema mbo nor mbp-10."
        raise DecodeError(msg)
    conversion = convert_mbo(_records(table), pick, _symbols(table))
    return Conversion(conversion.events, {"format": "databento csv mbo", "dbn_schema": "mbo", **conversion.about})


def _records(table: pd.DataFrame) -> NDArray[np.void]:
    records = np.zeros(len(table), dtype=MBO)
    records["length"], records["rtype"] = MBO.itemsize // 4, 0xA0
    records["ts_event"] = _times(table, "ts_event")
    records["ts_recv"] = _times(table, "ts_recv") if "ts_recv" in table.columns else records["ts_event"]
    records["price"] = _prices(table, "price", decimal=_is_decimal(table, ["price"]))
    if "instrument_id" not in table.columns and "symbol" in table.columns:
        records["instrument_id"] = pd.factorize(table["symbol"])[0] + 1
    for name in ("publisher_id", "instrument_id", "order_id", "size", "flags"):
        if name in table.columns:
            records[name] = _wholes(table, name, int(np.iinfo(MBO[name]).max))
    for name in ("action", "side"):
        letters = table[name].to_numpy()
        wrong = np.flatnonzero(np.array([len(letter) != 1 for letter in letters], dtype=bool))
        if len(wrong):
            raise _cell(int(wrong[0]), name, letters[wrong[0]], "one letter")
        records[name] = np.array([ord(letter) & 0xFF for letter in letters], dtype=np.uint8)
    return records


def _symbols(table: pd.DataFrame) -> dict[int, str]:
    if "symbol" not in table.columns:
        return {}
    if "instrument_id" not in table.columns:
        return dict(enumerate(pd.factorize(table["symbol"])[1], start=1))
    pairs = table[["instrument_id", "symbol"]].drop_duplicates()
    return {
        int(number): symbol for number, symbol in zip(pairs["instrument_id"], pairs["symbol"], strict=True) if symbol
    }


def _times(table: pd.DataFrame, name: str) -> NDArray[np.uint64]:
    """Return times as nanoseconds, exactly."""
    text = table[name].astype(object).to_numpy()
    if all(cell.isdigit() for cell in text):
        return _wholes(table, name, int(np.iinfo(np.int64).max)).astype(np.uint64)
    found = [_PRETTY_TIME.fullmatch(cell) for cell in text]
    for row, match in enumerate(found):
        if match is None:
            raise _cell(row, name, text[row], "an ISO 8601 time in UTC or whole nanoseconds")
    try:
        seconds = np.array([match[1] for match in found if match], dtype="datetime64[s]").astype(np.int64)
    except ValueError as error:
        msg = f"column `{name}` holds a time that is none ({error}); mend it."
        raise DecodeError(msg) from error
    fraction = np.array([int((match[2] or "").ljust(9, "0")) for match in found if match], dtype=np.int64)
    return (seconds * 1_000_000_000 + fraction).astype(np.uint64)


def _is_decimal(table: pd.DataFrame, names: list[str]) -> bool:
    """Tell whether prices are decimals rather than whole 1e-9; a spreadsheet leaves some of them without a point."""
    distinct = {cell for name in names for cell in pd.unique(table[name].astype(object))}
    if any("." in cell for cell in distinct):
        return True
    wholes = [abs(int(cell)) for cell in distinct if _WHOLE.fullmatch(cell) and cell not in _NO_PRICE]
    if wholes and 0 < max(wholes) < _LEAST_RAW:
        msg = (
            f"column `{names[0]}`: prices up to {max(wholes)} are neither decimals nor whole 1e-9; give them with a "
            "decimal point."
        )
        raise DecodeError(msg)
    return False


def _prices(table: pd.DataFrame, name: str, *, decimal: bool) -> NDArray[np.int64]:
    """Return prices as whole 1e-9, exactly."""
    codes, distinct = pd.factorize(table[name].astype(object))
    values = np.empty(len(distinct), dtype=np.int64)
    for i, cell in enumerate(distinct):
        pretty = _PRETTY_PRICE.fullmatch(cell)
        if cell in _NO_PRICE:
            values[i] = UNDEFINED_PRICE
        elif pretty:
            value = int(pretty[2]) * PRICE_SCALE + int(pretty[3].ljust(9, "0"))
            values[i] = -value if pretty[1] else value
        elif _WHOLE.fullmatch(cell) and abs(int(cell)) * (scale := PRICE_SCALE if decimal else 1) < UNDEFINED_PRICE:
            values[i] = int(cell) * scale
        else:
            row = int(np.flatnonzero(codes == i)[0])
            raise _cell(row, name, cell, "a price, as a decimal or in whole 1e-9")
    return np.asarray(values[codes])


def _wholes(table: pd.DataFrame, name: str, largest: int) -> NDArray[np.uint64]:
    codes, distinct = pd.factorize(table[name].astype(object))
    values = np.empty(len(distinct), dtype=np.uint64)
    for i, cell in enumerate(distinct):
        if not (cell.isascii() and cell.isdigit() and int(cell) <= largest):
            row = int(np.flatnonzero(codes == i)[0])
            raise _cell(row, name, cell, f"a whole number up to {largest}")
        values[i] = int(cell)
    return np.asarray(values[codes])


def _cell(row: int, name: str, value: object, rule: str) -> DecodeError:
    return DecodeError(f"line {row + 2:,}, column `{name}`: {value!r} must be {rule}; mend the line.")


def _convert_depth(table: pd.DataFrame, pick: Pick) -> Conversion:
    absent = [name for pair in _DEPTH_COLUMNS for name in pair[:2] if name not in table.columns]
    if absent:
        msg = f"line 1: there is no column {absent[0]}; schema mbp-10 has ten levels a side."
        raise DecodeError(msg)
    n_source = len(table)
    table = _one_stream(table, pick)
    time = _times(table, "ts_event").astype(np.int64)
    backwards = np.flatnonzero(np.diff(time) < 0)
    moved = 0
    if len(backwards):
        if pick.unordered == "refuse":
            msg = f"line {backwards[0] + 3:,}: its time lies before the line before it; sort with `--allow-unordered`."
            raise DecodeError(msg)
        order = np.argsort(time, kind="stable")
        moved = int((order != np.arange(len(order))).sum())
        table, time = table.iloc[order].reset_index(drop=True), time[order]
    events, counted = _depth_events(table, time)
    about: dict[str, Any] = {
        "format": "databento csv mbp-10",
        "dbn_schema": "mbp-10",
        "levels": _LEVELS,
        "records_in": n_source,
        "records_out": len(events),
        "dropped": {"other_streams": n_source - len(table), "undefined_price": counted.pop("trades_without_price")},
        "sorted": moved,
        **counted,
    }
    return Conversion(events, about)


def _one_stream(table: pd.DataFrame, pick: Pick) -> pd.DataFrame:
    """Keep one instrument of one venue: depth of two cannot be added up."""
    for column, wanted, option in (
        ("instrument_id" if "instrument_id" in table.columns else "symbol", pick.instrument, "--instrument"),
        ("publisher_id", pick.publisher, "--publisher"),
    ):
        if column not in table.columns:
            continue
        which = table[column] == wanted
        if column == "instrument_id" and "symbol" in table.columns:
            which |= table["symbol"] == wanted
        present = list(dict.fromkeys(table[column]))
        if wanted is None and len(present) > 1:
            msg = f"the file holds {len(present)} of `{column}`: {', '.join(present[:10])}; pick one with `{option}`."
            raise DecodeError(msg)
        if wanted is not None and not which.any():
            msg = f"the file holds no {wanted!r}; `{option}` takes one of {', '.join(present[:10])}."
            raise PickError(msg)
        if wanted is not None:
            table = table[which].reset_index(drop=True)
    return table


def _depth_events(table: pd.DataFrame, time: NDArray[np.int64]) -> tuple[Events, dict[str, int]]:
    action, side = table["action"].to_numpy(), table["side"].to_numpy()
    decimal = _is_decimal(table, ["price", *(px for px, _, _ in _DEPTH_COLUMNS)])
    price = _prices(table, "price", decimal=decimal)
    size = _wholes(table, "size", int(np.iinfo(np.uint32).max))
    flags = _wholes(table, "flags", 255) if "flags" in table.columns else np.zeros(len(table), dtype=np.uint64)
    levels = [
        (_prices(table, px, decimal=decimal), _wholes(table, sz, int(np.iinfo(np.uint32).max)), int(sign))
        for px, sz, sign in _DEPTH_COLUMNS
    ]
    begins = (action == "R") | ((flags & SNAPSHOT_FLAG) != 0)
    rows: list[tuple[int, int, int, int, int]] = []  # row, kind, side, price, quantity
    snapshots: list[bool] = []
    before: dict[tuple[int, int], int] = {}
    unpriced = 0
    for row in range(len(table)):
        now = {
            (sign, int(px[row])): int(sz[row]) for px, sz, sign in levels if px[row] != UNDEFINED_PRICE and sz[row] > 0
        }
        fresh = row == 0 or bool(begins[row])
        if fresh:
            rows.append((row, Kind.CLEAR, 0, 0, 0))
            rows += [(row, Kind.SNAPSHOT, sign, px, total) for (sign, px), total in now.items()]
        snapshots += [fresh] * (len(rows) - len(snapshots))
        if action[row] == "T" and price[row] == UNDEFINED_PRICE:
            unpriced += 1
        elif action[row] == "T":
            aggressor = {"B": Side.BUY, "A": Side.SELL}.get(side[row], Side.NONE)
            rows.append((row, Kind.TRADE, aggressor, int(price[row]), int(size[row])))
        if not fresh:
            changed = {key: now.get(key, 0) for key in {**before, **now} if before.get(key, 0) != now.get(key, 0)}
            rows += [(row, Kind.DEPTH, sign, px, total) for (sign, px), total in changed.items()]
        snapshots += [False] * (len(rows) - len(snapshots))
        before = now
    if not rows:
        return assemble(kind=[], side=[], order_id=[], exch_ts=np.empty(0, np.int64), px=[], qty=[]), {
            "trades_without_price": 0
        }
    at, kind, sides, prices, totals = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    in_snapshot = np.array(snapshots)
    stamped, _ = place_snapshots(time[at], in_snapshot, kind == Kind.CLEAR, time[at])
    events = assemble(
        kind=kind, side=sides, order_id=0, exch_ts=stamped, px=prices / PRICE_SCALE, qty=totals.astype(np.float64)
    )
    return events, {
        "trades": int((kind == Kind.TRADE).sum()),
        "trades_without_price": unpriced,
        "snapshot_records": int(in_snapshot.sum()),
    }
