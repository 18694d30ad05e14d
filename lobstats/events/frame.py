"""Events as a pandas frame, and back."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.errors import DecodeError
from lobstats.events.codec import Events, assemble, kinds, sides
from lobstats.events.layout import BUY_FLAG, EXCHANGE_FLAG, KIND_MASK, LOCAL_FLAG, SELL_FLAG, Kind, Side

__all__ = ["FRAME_KINDS", "FRAME_SIDES", "UNNAMED_BITS", "from_frame", "to_frame"]

FRAME_KINDS = {int(kind): kind.name.lower() for kind in Kind}
FRAME_SIDES = {int(side): side.name.lower() for side in Side}
_COLUMNS = ("exch_ts", "kind", "side", "order_id", "px", "qty")
_NAMED_BITS = KIND_MASK | BUY_FLAG | SELL_FLAG

UNNAMED_BITS = ~_NAMED_BITS & 0xFFFFFFFF
"""The bits of ``ev`` that neither kind nor side uses."""


def to_frame(events: Events) -> pd.DataFrame:
    """Return events as a frame, one row each.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
        Well-formed events, as `decode` returns them.

    Returns
    -------
    DataFrame, n rows
        ``exch_ts`` (UTC, nanoseconds), ``kind`` and ``side`` (categories), ``order_id``, ``px``, ``qty`` and
        ``flags`` (the bits of ``ev`` that neither kind nor side uses).

    Examples
    --------
    >>> event = assemble(kind=Kind.TRADE, side=Side.SELL, order_id=7, exch_ts=1, px=99.5, qty=3)
    >>> to_frame(event)[["kind", "side", "px"]]
        kind  side    px
    0  trade  sell  99.5
    """
    time = pd.DatetimeIndex(events["exch_ts"].astype(np.int64).view("datetime64[ns]")).tz_localize("UTC")
    return pd.DataFrame(
        {
            "exch_ts": time,
            "kind": _categorical(kinds(events), FRAME_KINDS),
            "side": _categorical(sides(events), FRAME_SIDES),
            "order_id": events["order_id"].astype(np.uint32),
            "px": events["px"].astype(np.float64),
            "qty": events["qty"].astype(np.float64),
            "flags": (events["ev"] & np.uint32(UNNAMED_BITS)).astype(np.uint32),
        }
    )


def from_frame(frame: pd.DataFrame) -> Events:
    """Return the events of a frame laid out as `to_frame` does.

    Parameters
    ----------
    frame : DataFrame
        Columns as in `to_frame`; ``flags`` may be absent. Times without a zone are taken as UTC.

    Returns
    -------
    ndarray of dtype PACKED, shape (n,)

    Raises
    ------
    DecodeError
        If a column is absent, a kind or side is not known, an id does not fit 32 bits or a time is missing.

    Examples
    --------
    >>> event = assemble(kind=Kind.ADD, side=Side.BUY, order_id=1, exch_ts=1, px=99.5, qty=3)
    >>> bool((from_frame(to_frame(event)) == event).all())
    True
    """
    absent = [name for name in _COLUMNS if name not in frame.columns]
    if absent:
        msg = f"the frame has no column {', '.join(map(repr, absent))}; it needs {', '.join(_COLUMNS)}."
        raise DecodeError(msg)
    if frame["exch_ts"].isna().any():
        row = int(np.flatnonzero(frame["exch_ts"].isna())[0])
        msg = f"row {row:,}: `exch_ts` is missing; every event needs a time."
        raise DecodeError(msg)
    events = assemble(
        kind=_codes(frame["kind"], FRAME_KINDS),
        side=_codes(frame["side"], FRAME_SIDES),
        order_id=_whole(frame["order_id"], "renumber the ids from 1"),
        exch_ts=_nanoseconds(frame["exch_ts"]),
        px=_numbers(frame["px"]),
        qty=_numbers(frame["qty"]),
    )
    if "flags" in frame.columns:
        flags = _whole(frame["flags"], "leave the column out if there are none")
        if (flags & _NAMED_BITS).any():
            msg = "`flags` must leave the bits of kind and side alone; give those in their own columns."
            raise DecodeError(msg)
        events["ev"] &= np.uint32(~(EXCHANGE_FLAG | LOCAL_FLAG) & 0xFFFFFFFF)
        events["ev"] |= flags.astype(np.uint32)
    return events


def _nanoseconds(column: "pd.Series[Any]") -> NDArray[np.int64]:
    if pd.api.types.is_float_dtype(column.dtype):
        msg = "`exch_ts` holds floating-point numbers, which cannot tell nanoseconds; give times or whole nanoseconds."
        raise DecodeError(msg)
    try:
        return np.asarray(pd.DatetimeIndex(column).as_unit("ns").asi8)
    except (ValueError, TypeError, OverflowError) as error:
        msg = f"`exch_ts` must hold times from 1970 to 2262: {error}."
        raise DecodeError(msg) from error


def _numbers(column: "pd.Series[Any]") -> NDArray[np.float64]:
    try:
        return np.asarray(column.to_numpy(np.float64))
    except (ValueError, TypeError) as error:
        msg = f"`{column.name}` must hold numbers: {error}."
        raise DecodeError(msg) from error


def _whole(column: "pd.Series[Any]", advice: str) -> NDArray[np.int64]:
    values = _numbers(column)
    # Written so that NaN, which is in no interval, is caught too.
    if not ((values >= 0) & (values < 1 << 32) & (values == np.floor(values))).all():
        msg = f"`{column.name}` must fit 32 bits without a sign; {advice}."
        raise DecodeError(msg)
    return values.astype(np.int64)


def _categorical(codes: NDArray[Any], names: dict[int, str]) -> "pd.Categorical[str]":
    place = np.full(256, -1, dtype=np.int64)  # a kind that is not known is missing
    place[np.array(list(names)) & 0xFF] = np.arange(len(names))
    return pd.Categorical.from_codes(place[codes.astype(np.int64) & 0xFF], categories=pd.Index(list(names.values())))


def _codes(column: "pd.Series[str]", names: dict[int, str]) -> NDArray[np.int64]:
    codes = column.astype(object).map({name: code for code, name in names.items()})
    if codes.isna().any():
        row = int(np.flatnonzero(codes.isna())[0])
        listed = ", ".join(names.values())
        shown = getattr(column.iloc[row], "item", lambda: column.iloc[row])()
        msg = f"row {row:,}: {shown!r} is not a {column.name}; it must be one of {listed}."
        raise DecodeError(msg)
    return np.asarray(codes, dtype=np.int64)
