"""Compiled checks of packed records: which are malformed, and where the record boundary was lost."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.events.layout import BUY_FLAG, SELL_FLAG, Kind

__all__ = ["check_records", "scan_records"]

_KNOWN = np.isin(np.arange(256), [int(kind) for kind in Kind])
_SIDED = np.isin(np.arange(256), [int(kind) for kind in (Kind.ADD, Kind.CANCEL, Kind.MODIFY)])
_BUY, _SELL, _BOTH = int(BUY_FLAG), int(SELL_FLAG), int(BUY_FLAG | SELL_FLAG)
_UNUSED_BITS = 0x0FFFFF00
_SIZE = 32
_WEEK_NS = 7 * 24 * 3600 * 1_000_000_000
_EXPONENT = 0x7FF
_NEAR = 3  # powers of two between neighbouring prices
_LEAST_QTY, _MOST_QTY = 1023 - 30, 1023 + 40  # exponents of 2**-30 and 2**40
_RUN = 6  # plausible records that make an alignment
_SHORT_RUN = 3  # the same at the end of the stream, and what shows that the old alignment goes on
_PATIENCE = 8  # well-formed records out of place before the idea of the place changes


@njit(cache=True)
def _code(ev: int, time: int, px: float, qty: float) -> int:
    """Return 0 for a record that is well-formed by itself, else 1 + its place in `MALFORMED`."""
    kind = ev & 0xFF
    sides = ev & _BOTH
    if not _KNOWN[kind]:
        return 1
    if sides == _BOTH:
        return 2
    if _SIDED[kind] and sides == 0:
        return 3
    if not (abs(px) < np.inf and abs(qty) < np.inf):  # false for NaN as well
        return 4
    return 5 if time < 0 else 0


@njit(cache=True)
def check_records(events: NDArray[np.void], codes: NDArray[np.uint8], last: int) -> tuple[int, int]:
    """Write a code for each record; return the last otherwise well-formed time and how many are malformed."""
    wrong = 0
    for i in range(len(events)):
        record = events[i]
        time = record["exch_ts"]
        code = _code(int(record["ev"]), time, record["px"], record["qty"])
        if code == 0:
            if time < last:
                code = 6
            last = time
        codes[i] = code
        wrong += code != 0
    return last, wrong


@njit(cache=True)
def _word(data: NDArray[np.uint8], at: int, n: int) -> int:
    value = 0
    for i in range(n):
        value |= int(data[at + i]) << (8 * i)
    return value


@njit(cache=True)
def _plausible(data: NDArray[np.uint8], at: int, last: int, exponent: int) -> tuple[int, int]:
    """Return time and price exponent of the record at a byte if it may follow what was seen last, else -1."""
    ev = _word(data, at, 4)
    kind, sides = ev & 0xFF, ev & _BOTH
    if not _KNOWN[kind] or ev & _UNUSED_BITS or sides == _BOTH or (_SIDED[kind] and sides == 0):
        return -1, -1
    if data[at + 15] & 0x80:
        return -1, -1
    time = _word(data, at + 8, 8)
    if last >= 0 and not 0 <= time - last <= _WEEK_NS:
        return -1, -1
    qty = _word(data, at + 30, 2) >> 4 & _EXPONENT
    if qty != 0 and not _LEAST_QTY <= qty <= _MOST_QTY:
        return -1, -1
    # Sign and exponent; a price of zero, as a clear has it, says nothing.
    px = _word(data, at + 22, 2) >> 4
    if px == 0:
        return time, exponent
    if px & _EXPONENT == _EXPONENT or (exponent >= 0 and abs(px - exponent) > _NEAR):
        return -1, -1
    return time, px


@njit(cache=True)
def _runs(data: NDArray[np.uint8], at: int, need: int, last: int, exponent: int) -> bool:
    """Tell whether ``need`` plausible records follow each other from a byte on."""
    for k in range(need):
        last, exponent = _plausible(data, at + k * _SIZE, last, exponent)
        if last < 0:
            return False
    return True


@njit(cache=True)
def _shift(data: NDArray[np.uint8], at: int, last: int, exponent: int) -> int:
    """Return how many bytes after ``at`` an alignment begins that goes on, 0 if there is none or the old one does."""
    left = (len(data) - at) // _SIZE - 1
    if left >= 1 and _runs(data, at + _SIZE, min(_SHORT_RUN, left), last, exponent):
        return 0
    for offset in range(1, _SIZE):
        need = min(_RUN, (len(data) - at - offset) // _SIZE)
        if need >= _SHORT_RUN and _runs(data, at + offset, need, last, exponent):
            return offset
    return 0


@njit(cache=True)
def scan_records(
    events: NDArray[np.void],
    data: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    state: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Check records until one is met where the boundary was lost.

    Parameters
    ----------
    events : ndarray of dtype PACKED, shape (n,)
        ``data`` as records.
    data : ndarray of uint8
        From the first record to the end of the stream.
    codes : ndarray of uint8, shape (n,)
        Filled as far as records were checked.
    state : ndarray of int64, shape (4,)
        Carried from call to call: the last otherwise well-formed time, the last plausible time, the last plausible
        price's exponent, and how many well-formed records in a row were not plausible.

    Returns
    -------
    tuple of int
        How many records were checked, the offset of the new alignment after them (0 at the end), and how many
        malformed records stand directly before it.
    """
    run = 0
    for i in range(len(events)):
        record = events[i]
        time = record["exch_ts"]
        code = _code(int(record["ev"]), time, record["px"], record["qty"])
        if code == 0 and time < state[0]:
            code = 6
        if code != 0:
            offset = _shift(data, i * _SIZE, state[1], state[2])
            if offset != 0:
                return i, offset, run
        if code == 0 or code == 6:
            state[0] = time
        codes[i] = code
        run = run + 1 if code != 0 else 0
        if code != 0:
            continue
        seen, exponent = _plausible(data, i * _SIZE, state[1], state[2])
        state[3] = 0 if seen >= 0 else state[3] + 1
        if seen < 0 and state[3] >= _PATIENCE:
            seen, exponent = _plausible(data, i * _SIZE, -1, -1)
            state[3] = 0
        if seen >= 0:
            state[1], state[2] = seen, exponent
    return len(events), 0, run
