"""Volume and trades in whole minutes of the clock."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lobstats.series import BAR_NS, Series
from lobstats.summary.counts import Counts, capped, rounded
from lobstats.summary.rates import whole_spans

__all__ = ["traded_columns"]

Ints = NDArray[np.int64]

_MINUTE_NS = 60 * BAR_NS


def traded_columns(series: Series, edges: Ints) -> dict[str, list[Counts]]:
    """Return the fields of `Summary` about whole minutes and five minutes, by the row of time in which each ends.

    As in `window_rows`, only those between the first and the last happening of one stretch are counted.
    """
    at = series.trades.at
    minute_ends, _, place = whole_spans(series.time, series.segment, _MINUTE_NS)
    five_ends, _, place_of_five = whole_spans(series.time, series.segment, 5 * _MINUTE_NS)
    inside = place[at] >= 0
    volume = np.zeros(len(minute_ends))
    with np.errstate(over="ignore"):
        np.add.at(volume, place[at][inside], series.trades.size[inside])
    volume = rounded(np.minimum(volume, np.finfo(np.float64).max))
    return {
        "minute_volume": _split(minute_ends, edges, volume, "contracts"),
        "minute_trades": _split(minute_ends, edges, _per_span(place[at], minute_ends), "trades"),
        "five_minute_trades": _split(five_ends, edges, _per_span(place_of_five[at], five_ends), "trades"),
    }


def _per_span(place: Ints, ends: Ints) -> Ints:
    return capped(np.bincount(place[place >= 0], minlength=len(ends)).astype(np.int64))


def _split(ends: Ints, edges: Ints, values: NDArray[np.float64] | Ints, unit: str) -> list[Counts]:
    at = np.searchsorted(ends, edges, side="right")
    return [Counts.of(values[a:b], unit=unit) for a, b in pairwise(at)]
