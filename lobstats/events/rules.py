"""Compiled checks of packed records: which are malformed, and where the record boundary was lost."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lobstats.events.layout import Kind

__all__ = ["DISPLACED", "first_malformed", "is_well_formed", "mark_faults", "scan_records"]

DISPLACED = 255
"""The code of a record that reads well and is out of place, directly before a slip."""

_SIDED = (Kind.ADD, Kind.CANCEL, Kind.MODIFY)
# What is wrong with a kind and its two bits of side, as the first places of `MALFORMED` have it; 0 where nothing is.
_FLAGS = np.ones(1024, dtype=np.uint8)
for _kind in Kind:
    _FLAGS[int(_kind) | np.arange(4) << 8] = (3 if _kind in _SIDED else 0, 0, 0, 2)
# Which fields of a kind must say something.
_PRICED, _SIZED, _DEPTH, _NAMED, _GRIDDED = range(5)
_FIELDS = np.zeros(256, dtype=np.uint8)
for _bit, _kinds in (
    (_PRICED, (Kind.ADD, Kind.MODIFY, Kind.TRADE, Kind.FILL, Kind.DEPTH, Kind.SNAPSHOT)),
    (_SIZED, (Kind.ADD, Kind.MODIFY, Kind.TRADE, Kind.FILL)),
    (_DEPTH, (Kind.DEPTH, Kind.SNAPSHOT)),
    (_NAMED, (*_SIDED, Kind.FILL)),
    (_GRIDDED, (Kind.ADD, Kind.MODIFY, Kind.FILL, Kind.DEPTH, Kind.SNAPSHOT)),  # trades may print between ticks
):
    _FIELDS[list(_kinds)] |= 1 << _bit
_UNUSED_BITS = 0x0FFFFF00
_SLACK, _ROUNDING = 1e-6, 4 * float(np.finfo(float).eps)  # how far from a whole number of ticks floating point leads
_SIZE = 32
_WEEK_NS = 7 * 24 * 3600 * 1_000_000_000
_EXPONENT = 0x7FF
_NEAR = 3  # powers of two between neighbouring prices
_LEAST_QTY, _MOST_QTY = 1023 - 30, 1023 + 40  # exponents of 2**-30 and 2**40
_RUN = 6  # plausible records that make an alignment
_SHORT_RUN = 3  # the same at the end of the stream, and what shows that the old alignment goes on
_PATIENCE = 8  # well-formed records out of place before the idea of the place changes


@njit(cache=True)
def _flags_code(ev: int) -> int:
    code: int = _FLAGS[ev & 0xFF | ev >> 20 & 0x300]
    return code


@njit(cache=True)
def _code(ev: int, time: int, px: float, qty: float) -> int:
    """Return 0 for a record that is well-formed by itself, else 1 + its place in `MALFORMED`."""
    code = _flags_code(ev)
    if code != 0:
        return code
    if not (abs(px) < np.inf and abs(qty) < np.inf):  # false for NaN as well
        return 4
    return 5 if time < 0 else 0


# The next two run over whole streams: without branches the compiler takes several records at once.


@njit(cache=True)
def is_well_formed(events: NDArray[np.void], last: int) -> bool:
    """Tell whether no record is malformed, the first of them after the time ``last``."""
    right = True
    for i in range(len(events)):
        record = events[i]
        time = record["exch_ts"]
        right &= _flags_code(record["ev"]) == 0
        right &= (abs(record["px"]) < np.inf) & (abs(record["qty"]) < np.inf) & (time >= last)
        last = time
    return right


@njit(cache=True)
def mark_faults(events: NDArray[np.void], tick_size: float, faults: NDArray[np.uint8]) -> int:
    """Write for each record what no market would write, a bit each; return the bits that occur.

    The bits are, from the lowest: flags that nothing uses, a price not positive, a price off the grid (never of a
    trade, nor where ``tick_size`` is infinite), a quantity not positive, a quantity not whole, an id of zero where one
    is needed.
    """
    occur = 0
    for i in range(len(events)):
        record = events[i]
        ev, px, qty = record["ev"], record["px"], record["qty"]
        fields = _FIELDS[ev & 0xFF]
        priced, sized = fields >> _PRICED & 1, fields >> _SIZED & 1
        depth, named, gridded = fields >> _DEPTH & 1, fields >> _NAMED & 1, fields >> _GRIDDED & 1
        ticks = px / tick_size
        off = not (abs(ticks - np.rint(ticks)) <= _SLACK + _ROUNDING * abs(ticks))
        found = (
            ((ev & _UNUSED_BITS) != 0)
            | (priced & (px <= 0)) << 1
            | (gridded & off) << 2
            | ((sized & (qty <= 0)) | (depth & (qty < 0))) << 3
            | ((sized | depth) & (qty != np.floor(qty))) << 4
            | (named & (record["order_id"] == 0)) << 5
        )
        faults[i] = found
        occur |= found
    return occur


@njit(cache=True)
def first_malformed(events: NDArray[np.void], last: int) -> tuple[int, int]:
    """Return the first malformed record and 1 + the place of its reason in `MALFORMED`; there must be one."""
    for i in range(len(events)):
        record = events[i]
        time = record["exch_ts"]
        code = _code(int(record["ev"]), time, record["px"], record["qty"])
        if code != 0 or time < last:
            return i, code if code != 0 else 6
        last = time
    return -1, 0


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
    if _flags_code(ev) != 0 or ev & _UNUSED_BITS:
        return -1, -1
    if data[at + 15] & 0x80:
        return -1, -1
    time = _word(data, at + 8, 8)
    if last >= 0 and not 0 <= time - last <= _WEEK_NS:
        return -1, -1
    qty = _word(data, at + 30, 2) >> 4 & _EXPONENT
    # Below what a double holds in full there is nothing but zero: no market knows a quantity of 5e-312.
    if (qty == 0 and _word(data, at + 24, 7) != 0) or (qty != 0 and not _LEAST_QTY <= qty <= _MOST_QTY):
        return -1, -1
    # Sign and exponent; a price of zero, as a clear has it, says nothing.
    px = _word(data, at + 22, 2) >> 4
    if px & _EXPONENT == 0:
        return (time, exponent) if _word(data, at + 16, 7) == 0 else (-1, -1)
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
        Filled as far as records were checked; `DISPLACED` where one reads well and belongs to a slip all the same.
    state : ndarray of int64, shape (4,)
        Carried from call to call: the last otherwise well-formed time, the last plausible time, the last plausible
        price's exponent, and how many well-formed records in a row were not plausible.

    Returns
    -------
    tuple of int
        How many records were checked, the offset of the new alignment after them (0 at the end), and how many
        records directly before it were malformed or not plausible.
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
                for j in range(i - run, i):
                    codes[j] = codes[j] if codes[j] != 0 else DISPLACED
                state[0], state[3] = max(state[1], 0), 0
                return i, offset, run
        if code == 0 or code == 6:
            state[0] = time
        codes[i] = code
        run += 1
        if code != 0:
            continue
        seen, exponent = _plausible(data, i * _SIZE, state[1], state[2])
        state[3] = 0 if seen >= 0 else state[3] + 1
        if seen < 0 and state[3] >= _PATIENCE:
            seen, exponent = _plausible(data, i * _SIZE, -1, -1)
            state[3] = 0
        if seen >= 0:
            state[1], state[2] = seen, exponent
            run = 0
    return len(events), 0, run
