"""The grids that prices and times lie on: the tick size and the clock."""

import math

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import InsufficientDataError
from lobstats.events.codec import Events, kinds
from lobstats.events.layout import Kind

__all__ = ["CLOCKS", "infer_clock", "infer_tick_size", "snap_time", "to_ticks"]

CLOCKS = (1_000_000_000, 1_000_000, 1_000, 1)
"""The clocks that are told apart, in nanoseconds, coarsest first."""

MAX_TICKS = 1 << 52
_PRICED = np.isin(np.arange(256), [Kind.ADD, Kind.MODIFY, Kind.DEPTH, Kind.SNAPSHOT])
_COMB = 256
_ON_CLOCK = 0.99
_ROUNDING = 0.25  # of the last decimal that a double of this size still holds


def infer_tick_size(*events: Events) -> float:
    """Return the largest price step of which every order price is a multiple.

    Parameters
    ----------
    *events : ndarray of dtype PACKED, shape (n,)
        One array or several. Prices are read from adds, modifies and depth, not from trades,
        which may print between ticks.

    Returns
    -------
    float
        The tick size in units of price.

    Raises
    ------
    InsufficientDataError
        If there are fewer than two distinct order prices.

    Examples
    --------
    >>> from lobstats.events.codec import assemble
    >>> quotes = assemble(kind=10, side=1, order_id=[1, 2], exch_ts=0, px=[100.25, 101.0], qty=1)
    >>> infer_tick_size(quotes)
    0.25
    """
    prices = np.unique(np.concatenate([np.empty(0), *(np.unique(part["px"][_PRICED[kinds(part)]]) for part in events)]))
    prices = prices[np.isfinite(prices)]
    if len(prices) < 2:
        msg = f"the tick size needs two distinct order prices, got {len(prices)}; give it with `--tick-size`."
        raise InsufficientDataError(msg)
    largest = float(np.abs(prices).max())
    decimals = min(9, 15 - math.ceil(math.log10(largest)))
    scaled = prices * 10.0 ** max(decimals, 0)
    step = int(np.gcd.reduce(np.rint(scaled).astype(np.int64))) if decimals >= 0 else 0
    if step == 0 or (np.abs(scaled - np.rint(scaled)) > _ROUNDING).any():
        msg = f"prices up to {largest:g} show no tick size; give it with `--tick-size`."
        raise InsufficientDataError(msg)
    return float(step / 10**decimals)


def infer_clock(*events: Events) -> int:
    """Return the step of the clock that stamped the events, in nanoseconds: 1, 1,000, 1,000,000 or 1,000,000,000.

    At least 99 % of the distinct times must lie on a coarser clock, those of clears and snapshots aside, which are
    stamped apart from the events around them. Times that are multiples of 256 have
    passed through floating-point seconds, as in the converter of ``hftbacktest``; their clock is a microsecond.

    Examples
    --------
    >>> from lobstats.events.codec import assemble
    >>> infer_clock(assemble(kind=2, side=1, order_id=0, exch_ts=[3_000_000, 5_000_000], px=1.0, qty=1))
    1000000
    """
    times = np.unique(np.concatenate([np.empty(0, np.int64), *(_stamps(part) for part in events)]))
    if len(times) < 2:
        return 1
    for clock in CLOCKS:
        if (times % clock == 0).mean() >= _ON_CLOCK:
            break
    if clock == 1 and (times % _COMB == 0).mean() >= _ON_CLOCK:
        return 1_000
    return clock


def _stamps(events: Events) -> NDArray[np.int64]:
    times = np.unique(events["exch_ts"])
    clears = np.unique(events["exch_ts"][kinds(events) == Kind.CLEAR])
    return np.setdiff1d(times, clears, assume_unique=True)


def snap_time(times: NDArray[np.int64], clock_ns: int) -> NDArray[np.int64]:
    """Put times on a clock: the nearest step.

    Nearest, not last, since times that have passed through floating-point seconds lie on either side of their step.

    Parameters
    ----------
    times : ndarray of int64, shape (n,)
    clock_ns : int
        Step of the clock, at least 1.
    """
    if clock_ns < 1:
        msg = f"`clock_ns` must be at least 1, got {clock_ns}."
        raise ValueError(msg)
    if clock_ns == 1:
        return times
    rest = times % clock_ns
    up = (2 * rest >= clock_ns) & (times <= np.iinfo(np.int64).max - clock_ns)
    return np.asarray(times - rest + np.where(up, clock_ns, 0))


def to_ticks(prices: NDArray[np.float64], tick_size: float) -> NDArray[np.int64]:
    """Return the nearest whole number of ticks, kept within 2**52 either way."""
    with np.errstate(over="ignore"):
        return np.clip(np.rint(prices / tick_size), -MAX_TICKS, MAX_TICKS).astype(np.int64)
