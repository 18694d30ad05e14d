"""Where the price goes, what it costs to trade, and in what sizes and steps."""

import numpy as np

from lobstats.compare import Described
from lobstats.errors import InsufficientDataError
from lobstats.report.plots.lines import Line, Plot, shares, survival_line
from lobstats.summary.summary import Summary

__all__ = ["MOVES", "ORDER_SIZE", "PATHS", "SPREAD"]

_MOST_PATHS = 6
_POINTS = 120


def _paths(side: Described, _: Summary) -> Line:
    """Return the mid of the first sessions in ticks from each one's open, over minutes from the open."""
    x, y = [], []
    for session in side.observations.series[:_MOST_PATHS]:
        if session.has_clock and len(session.time) > 1:
            # In whole numbers: nanoseconds since 1970 do not fit a float.
            grid = session.time[0] + (session.time[-1] - session.time[0]) * np.arange(_POINTS) // (_POINTS - 1)
            at = np.unique(np.searchsorted(session.time, grid, side="right") - 1)
            x += [(session.time[at] - session.time[0]) / 60e9, [np.nan]]
            y += [(session.mid[at] - session.mid[0]) / 2, [np.nan]]
    if not x:
        msg = "a summary keeps no path of the price" if side.observations.summarised else "its times are no clock"
        raise InsufficientDataError(msg)
    return Line(np.concatenate(x[:-1]), np.concatenate(y[:-1]))


PATHS = Plot(
    "paths",
    "Price paths",
    "minutes from the session's open",
    "mid relative to the open (ticks)",
    "value",
    "value",
    _paths,
    f"The mid of the first sessions of each side, {_MOST_PATHS} at most, each from its open. Look for paths that no "
    "market takes: staircases, straight runs, a pull back to the open, jumps without trades.",
    rows=("from_open",),
    definition="mid(t) − mid(open), read at 120 times evenly over each session.",
    style="paths",
)

MOVES = Plot(
    "moves",
    "Mid moves from happening to happening",
    "change of the mid (ticks)",
    "share of happenings",
    "count",
    "log share",
    lambda side, total: shares(total.moves),
    "The peak at zero is happenings that move nothing: a lower one is a mid that moves too often. The flanks are the "
    "tails of single moves.",
    rows=("moves", "prices.zero_move_share"),
    definition="Share of happenings after which the mid has changed by so many ticks.",
)

SPREAD = Plot(
    "spread",
    "Spread",
    "best ask minus best bid (ticks)",
    "share of happenings",
    "count",
    "share",
    lambda side, total: shares(total.spread),
    "How often each spread is found after a happening. Liquid markets stand at one tick most of the time.",
    rows=("spread", "prices.mean_spread"),
    definition="Share of happenings after which the spread is so many ticks.",
)

ORDER_SIZE = Plot(
    "order-size",
    "Size of new orders",
    "quantity (contracts)",
    "share of new orders at least as large",
    "log",
    "log share",
    lambda side, total: survival_line(total.order_size.x, total.order_size.counts),
    "Steps are sizes that traders like, round lots among them; a smooth line has lost them.",
    rows=("order_size", "prices.mean_order_size"),
    definition="P(size ≥ x) over x, of each new order as it comes.",
)
