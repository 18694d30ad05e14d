"""The packed 32-byte event record: its fields, its kinds and its flags."""

from enum import IntEnum

import numpy as np

__all__ = [
    "BUY_FLAG",
    "EXCHANGE_FLAG",
    "KIND_MASK",
    "LOCAL_FLAG",
    "PACKED",
    "ROW_NS",
    "SELL_FLAG",
    "Kind",
    "Side",
]

PACKED = np.dtype([("ev", "<u4"), ("order_id", "<u4"), ("exch_ts", "<i8"), ("px", "<f8"), ("qty", "<f8")])
"""One event: flags and kind, order id, exchange time in UTC nanoseconds, price, quantity."""

KIND_MASK = 0xFF
EXCHANGE_FLAG = 1 << 31
LOCAL_FLAG = 1 << 30
BUY_FLAG = 1 << 29
SELL_FLAG = 1 << 28


class Kind(IntEnum):
    """The low byte of ``ev``: what happened."""

    DEPTH = 1
    TRADE = 2
    CLEAR = 3
    SNAPSHOT = 4
    BBO = 5
    ADD = 10
    CANCEL = 11
    MODIFY = 12
    FILL = 13


class Side(IntEnum):
    """The resting order's side, or the aggressor's for a trade."""

    SELL = -1
    NONE = 0
    BUY = 1


ROW_NS = 1_000
"""How far apart the rows of a source without times are stamped: a microsecond."""
