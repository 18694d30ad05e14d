"""`Summary`: what is kept of a unit's series, small and mergeable with ``+``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lobstats.book import NO_PRICE
from lobstats.pattern import IntradayPattern
from lobstats.series import BAR_NS, IMBALANCE_STEPS, KINDS, WEIGHTED_STEPS, Bars, Series
from lobstats.summary.conditional import Conditional, conditional_rows
from lobstats.summary.counts import Counts, capped, rounded
from lobstats.summary.days import DayCounts, day_rows
from lobstats.summary.exceedance_windows import ExceedanceWindows, exceedance_window_rows
from lobstats.summary.exceedances import ExceedanceTimes, exceedance_rows
from lobstats.summary.fluctuations import FluctuationSums, fluctuation_rows
from lobstats.summary.gaps import GapCounts
from lobstats.summary.garch import GarchFits, garch_rows
from lobstats.summary.gram import LagGram, gram_rows
from lobstats.summary.hawkes import HawkesFits, hawkes_rows
from lobstats.summary.horizons import HorizonReturns, horizon_rows
from lobstats.summary.imbalance import imbalance_columns
from lobstats.summary.kinds import KindArrivals, Kinds
from lobstats.summary.lags import LagSums, lag_rows
from lobstats.summary.lives import LifeCounts, OrderQuantities
from lobstats.summary.merging import merged
from lobstats.summary.minutes import CoarseFine, coarse_fine_rows, volume_rows, whole_minutes
from lobstats.summary.orders import order_rows
from lobstats.summary.periodogram import PeriodogramSums, periodogram_rows
from lobstats.summary.profiles import ProfileSums, profile_rows
from lobstats.summary.rates import rate_rows
from lobstats.summary.relative import RelativeMoves, relative_rows
from lobstats.summary.resilience import Resilience, resilience_rows
from lobstats.summary.responses import ResponseSums, clock_response_rows, trade_response_rows
from lobstats.summary.signs import SignSums, sign_rows
from lobstats.summary.touch_events import event_response_rows
from lobstats.summary.traded import traded_columns
from lobstats.summary.trains import TrainCounts, train_rows
from lobstats.summary.transitions import Transitions, transition_rows
from lobstats.summary.windows import WindowCounts, window_rows

__all__ = ["FIELDS", "Summary", "summarise_series", "unmeasured"]

Ints = NDArray[np.int64]

_ARRIVALS = ("gaps", "arrivals", "rate_lags", "trains", "hawkes", "day_rate", "kinds")
_LIVES = ("order_lives", "first_fills", "order_quantities")
_PLACES = ("order_distance", "cancel_distance", "cancel_size")
_QUEUES = ("fill_position", "fill_ahead", "cancel_position", "cancel_ahead")
_NEEDS_ORDERS = (
    *("order_size", "order_digit", "happening_size", *_ARRIVALS, "conditional"),
    *("event_kinds", *_LIVES, *_PLACES, *_QUEUES, "transitions", "event_response"),
)
_DIVIDED = (
    "returns_lags",
    "abs_returns",
    "squared_returns",
    "leverage",
    "leverage_sizes",
    "lag_gram",
    "coarse_fine",
    "garch",
    "periodogram",
    "fluctuations",
)
_NEEDS_CLOCK = (
    *(
        "by_horizon",
        "returns",
        "returns_10s",
        "returns_60s",
        *_DIVIDED,
        "volume_volatility",
        "exceedance_times",
        "exceedance_windows",
    ),
    *("relative_moves", "spread_time", *_ARRIVALS, "from_open", "conditional", *_LIVES),
    *("order_flow_imbalance", "order_flow_lags", "order_flow_moves", "order_flow_moves_10s"),
    *("minute_volume", "minute_trades", "five_minute_trades", "clock_response"),
    *("profile", "imbalance_lags", "imbalance_response", "resilience"),
)

_NO_LAG = np.array([0])
_LAST_NS = int(np.iinfo(np.int64).max) - 1


@dataclass(frozen=True)
class Summary:
    """The mergeable statistics of a unit; metrics name their first parameter after one of these fields.

    Attributes
    ----------
    moves : Counts
        Change of the mid from one happening to the next, in ticks on a half-tick lattice.
    weighted_moves : Counts
        Change of the mid weighted by the sizes at the touch from one happening to the next, in ticks on a lattice of a
        hundredth.
    trade_moves : Counts
        Change of the trade price from one trade to the next, in ticks on a half-tick lattice.
    mid_moves_by_trade : Counts
        Change of the mid from after one trade to after the next, in ticks on a half-tick lattice.
    by_horizon : HorizonReturns
        Change of the mid over horizons of the clock, in ticks on a half-tick lattice.
    returns_lags : LagSums
        Lagged sums of the one-second change of the mid, in half ticks, divided by the pattern of the day where there is
        one.
    abs_returns : LagSums
        Lagged sums of the absolute one-second change, in half ticks, divided by the pattern of the day.
    squared_returns : LagSums
        Lagged sums of the square of the one-second change, divided by the pattern of the day.
    leverage : LagSums
        Lagged sums of an earlier one-second change and a later square, divided by the pattern of the day.
    leverage_sizes : LagSums
        Lagged sums of an earlier one-second change and a later absolute one, divided by the pattern of the day.
    lag_gram : LagGram
        Sums of products of squared one-second changes and those before them, divided by the pattern of the day.
    coarse_fine : CoarseFine
        Lagged sums of volatility on a coarse and a fine grid in whole minutes, in half ticks, divided by the pattern of
        the day.
    volume_volatility : LagSums
        Lagged sums of the roots of volume and of the summed squared one-second changes in whole minutes.
    exceedance_times : ExceedanceTimes
        Sums over the seconds between one-second changes of at least a size, for a ladder of sizes in half ticks.
    exceedance_windows : ExceedanceWindows
        How many one-second changes of at least a size windows of the clock hold, for a ladder of sizes in half ticks.
    spread : Counts
        Best ask minus best bid after each happening, in ticks.
    spread_time : Counts
        Best ask minus best bid in ticks, counted in nanoseconds for which it stood.
    order_size : Counts
        Quantity of each new order.
    order_digit : Counts
        Last digit of each new order's price in ticks.
    happening_size : Counts
        Records in each happening.
    gaps : GapCounts
        Nanoseconds between happenings.
    arrivals : WindowCounts
        Happenings in windows of the clock.
    rate_lags : LagSums
        Lagged sums of the number of happenings in each whole second.
    trains : TrainCounts
        Runs of happenings that follow each other within a fixed time.
    hawkes : HawkesFits
        Hawkes processes fitted to windows of the clock.
    day_rate : DayCounts
        Happenings and time observed in each half-hour of the local day.
    kinds : Kinds
        Gaps, window counts and trains of the happenings that hold each kind of event.
    from_open : Counts
        Mid at each whole second relative to the session's first, in ticks on a half-tick lattice.
    garch : GarchFits
        What GARCH(1,1) finds in windows of ten minutes of one-second changes, divided by the pattern of the day.
    periodogram : PeriodogramSums
        Periodogram of the absolute one-second change in windows of ten minutes, in half ticks, divided by the pattern
        of the day.
    fluctuations : FluctuationSums
        Fluctuations of the cumulated absolute one-second change, in half ticks, divided by the pattern of the day.
    relative_moves : RelativeMoves
        One-second changes of the mid over the mid before.
    conditional : Conditional
        Values of some series by tenth of the session, and by how busy and how wide the market is.
    event_kinds : Counts
        What each record does, by its place in `lobstats.causes.ACTIONS`.
    order_lives : LifeCounts
        How long new orders live and how they end, each in the row of its birth.
    first_fills : LifeCounts
        How long new orders wait for their first fill or live without one, each in the row of its birth.
    order_quantities : OrderQuantities
        How much new orders bring and how much of it is filled, each in the row of its birth.
    order_distance, cancel_distance : Counts
        Ticks of new orders, and of those that their owners cancel, behind the best price of their side before.
    cancel_size : Counts
        What is left of orders that their owners cancel.
    fill_position, cancel_position : Counts
        Quantity ahead over that of the level where an order is filled, or cancelled by its owner.
    fill_ahead, cancel_ahead : Counts
        Orders ahead in the queue where an order is filled, or cancelled by its owner.
    trade_signs : SignSums
        Lagged sums of the aggressors' signs in trade time.
    order_flow_imbalance : Counts
        Order-flow imbalance at the touch over one second of the clock, in contracts, to five digits.
    order_flow_lags : LagSums
        Lagged sums of order-flow imbalance over one second.
    order_flow_moves : LagSums
        Sums of order-flow imbalance and the change of the mid in ticks over the same second, at lag 0.
    order_flow_moves_10s : LagSums
        Sums of order-flow imbalance and the change of the mid in ticks over the same ten seconds, at lag 0.
    transitions : Transitions
        Which kind of record follows which.
    minute_volume : Counts
        Quantity traded in each whole minute, in contracts, to five digits.
    minute_trades : Counts
        Trades in each whole minute.
    five_minute_trades : Counts
        Trades in each whole five minutes.
    trade_response : ResponseSums
        Change of the mid after a trade times its sign, in trade time.
    clock_response : ResponseSums
        Change of the mid one and ten seconds after a trade times its sign.
    event_response : ResponseSums
        Change of the mid after each class of event at the touch times its sign, in such events.
    touch_size : Counts
        Quantity at the best prices of both sides together after each happening with both.
    depth : Counts
        Quantity over the ten best levels of both sides together after each happening.
    imbalance : Counts
        Quantity at the best bid less that at the best ask, over their sum, on a lattice of a hundredth.
    profile : ProfileSums
        Sums of the ten best levels of each side at whole seconds.
    imbalance_lags : LagSums
        Lagged sums of the imbalance at each whole second.
    imbalance_response : LagSums
        Sums of the imbalance at a whole second and the change of the mid over the next, in half ticks, at lag 0.
    resilience : Resilience
        Sums of the spread after trades that widened it.
    """

    moves: Counts
    weighted_moves: Counts
    trade_moves: Counts
    mid_moves_by_trade: Counts
    by_horizon: HorizonReturns
    returns_lags: LagSums
    abs_returns: LagSums
    squared_returns: LagSums
    leverage: LagSums
    leverage_sizes: LagSums
    lag_gram: LagGram
    coarse_fine: CoarseFine
    volume_volatility: LagSums
    exceedance_times: ExceedanceTimes
    exceedance_windows: ExceedanceWindows
    spread: Counts
    spread_time: Counts
    order_size: Counts
    order_digit: Counts
    happening_size: Counts
    gaps: GapCounts
    arrivals: WindowCounts
    rate_lags: LagSums
    trains: TrainCounts
    hawkes: HawkesFits
    day_rate: DayCounts
    kinds: Kinds
    from_open: Counts
    garch: GarchFits
    periodogram: PeriodogramSums
    fluctuations: FluctuationSums
    relative_moves: RelativeMoves
    conditional: Conditional
    event_kinds: Counts
    order_lives: LifeCounts
    first_fills: LifeCounts
    order_quantities: OrderQuantities
    order_distance: Counts
    cancel_distance: Counts
    cancel_size: Counts
    fill_position: Counts
    fill_ahead: Counts
    cancel_position: Counts
    cancel_ahead: Counts
    trade_signs: SignSums
    order_flow_imbalance: Counts
    order_flow_lags: LagSums
    order_flow_moves: LagSums
    order_flow_moves_10s: LagSums
    transitions: Transitions
    minute_volume: Counts
    minute_trades: Counts
    five_minute_trades: Counts
    trade_response: ResponseSums
    clock_response: ResponseSums
    event_response: ResponseSums
    touch_size: Counts
    depth: Counts
    imbalance: Counts
    profile: ProfileSums
    imbalance_lags: LagSums
    imbalance_response: LagSums
    resilience: Resilience

    @property
    def returns(self) -> Counts:
        """Change of the mid over one second of the clock, in ticks on a half-tick lattice."""
        return self.by_horizon.at(BAR_NS)

    @property
    def returns_10s(self) -> Counts:
        """Change of the mid over ten seconds, one ending at each second, likewise."""
        return self.by_horizon.at(10 * BAR_NS)

    @property
    def returns_60s(self) -> Counts:
        """Change of the mid over a minute, one ending at each second, likewise."""
        return self.by_horizon.at(60 * BAR_NS)

    def __add__(self, other: "Summary") -> "Summary":
        return self.merged([self, other])

    @classmethod
    def merged(cls, parts: "Sequence[Summary]") -> "Summary":
        """Return the sum of one part or more."""
        return cls(*(merged([getattr(part, field.name) for part in parts]) for field in fields(cls)))


FIELDS = (*(field.name for field in fields(Summary)), "returns")
"""What a metric's first parameter may be named after."""


class _Session(Protocol):
    @property
    def has_clock(self) -> bool: ...
    @property
    def has_orders(self) -> bool: ...


def unmeasured(sessions: Iterable[_Session]) -> dict[str, str]:
    """Return which fields of `Summary` a side does not measure, with the reason; sessions may be their series."""
    sessions = list(sessions)
    found: dict[str, str] = {}
    if not all(one.has_clock for one in sessions):
        found |= dict.fromkeys(_NEEDS_CLOCK, "the stream holds numbers of rows in place of times")
    if not all(one.has_orders for one in sessions):
        found |= dict.fromkeys(_NEEDS_ORDERS, "the stream holds a book without messages; this needs orders")
    return found


def summarise_series(
    series: Series, row_ns: int | None, pattern: IntradayPattern | None = None
) -> list[tuple[int, Summary]]:
    """Fold one session's series into rows of ``row_ns`` nanoseconds, or into one row if that is None.

    Parameters
    ----------
    series : Series
    row_ns : int or None
        Rows begin with the session and are numbered from 0; an observation belongs to the row of its later event.
        Rows in which nothing happened are left out.
    pattern : IntradayPattern, optional
        What the moves that show how volatility clusters are divided by.

    Returns
    -------
    list of (int, Summary)
        Each row's number and summary.
    """
    if row_ns is None:
        numbers, edges = np.array([0]), np.array([series.start, min(series.end, _LAST_NS) + 1])
    else:
        occupied = np.unique((series.time - series.start) // row_ns)
        # A row that follows a pause takes the empty rows before it, so that the edges have no holes.
        numbers = occupied if len(occupied) else np.array([0])
        ends = series.start + np.minimum((numbers + 1) * row_ns, _LAST_NS - series.start)
        ends[-1] = max(int(ends[-1]), min(series.end, _LAST_NS) + 1)
        edges = np.append(series.start, ends)
    columns = _columns(series, edges, pattern)
    rows = [Summary(**{name: column[row] for name, column in columns.items()}) for row in range(len(numbers))]
    return [(int(number), summary) for number, summary in zip(numbers, rows, strict=True)]


def _columns(series: Series, edges: Ints, pattern: IntradayPattern | None) -> dict[str, list[Any]]:
    """Return, for each field of `Summary`, its rows."""
    bars = series.bars()
    moved_time, moves, moved_stretch = bars.moves()
    moved_edges = np.searchsorted(moved_time, edges)
    # Moves over the pattern of the day, for every field that shows how volatility clusters.
    scaled = moves.astype(np.float64) if pattern is None else moves / pattern.at(moved_time, series.clock_offset_ns)
    squared = scaled**2
    minutes = whole_minutes(moved_time, scaled, moved_stretch)
    held_time, held, held_ns = series.held_spreads()
    priced = series.mid != NO_PRICE
    first_mid = series.mid[priced][0] if priced.any() else np.int64(0)
    arrived, arrived_segment, arrived_records = series.arrivals()

    def lattice(times: Ints, values: Ints, step: float, unit: str) -> list[Counts]:
        return [Counts.of(capped(part), step=step, unit=unit) for part in _split(times, edges, values)]

    return {
        "moves": lattice(*series.moves(), 0.5, "ticks"),
        "weighted_moves": lattice(*series.weighted_moves(), 1 / WEIGHTED_STEPS, "ticks"),
        "trade_moves": lattice(*series.trade_moves(), 0.5, "ticks"),
        "mid_moves_by_trade": lattice(*series.mid_moves_by_trade(), 0.5, "ticks"),
        "by_horizon": horizon_rows(series, bars, edges),
        "returns_lags": lag_rows(scaled, moved_stretch, moved_edges),
        "abs_returns": lag_rows(np.abs(scaled), moved_stretch, moved_edges),
        "squared_returns": lag_rows(squared, moved_stretch, moved_edges),
        "leverage": lag_rows(scaled, moved_stretch, moved_edges, later=squared),
        "leverage_sizes": lag_rows(scaled, moved_stretch, moved_edges, later=np.abs(scaled)),
        "lag_gram": gram_rows(scaled, moved_stretch, moved_edges),
        "coarse_fine": coarse_fine_rows(minutes, edges),
        "volume_volatility": volume_rows(
            whole_minutes(moved_time, moves.astype(np.float64), moved_stretch), series, edges
        ),
        "exceedance_times": exceedance_rows(moves, moved_stretch, moved_edges),
        "exceedance_windows": exceedance_window_rows(moves, moved_time, moved_stretch, edges),
        "spread": lattice(series.time[priced], series.spread[priced], 1.0, "ticks"),
        "spread_time": [
            Counts.weighted(capped(value), weight, unit="ticks")
            for value, weight in zip(_split(held_time, edges, held), _split(held_time, edges, held_ns), strict=True)
        ],
        "order_size": [_sizes(part) for part in _split(series.order_time, edges, series.order_size)],
        "order_digit": lattice(series.order_time, series.order_price % 10, 1.0, ""),
        "happening_size": lattice(arrived, arrived_records, 1.0, "records"),
        "gaps": _gap_rows(series, edges),
        "arrivals": window_rows(arrived, arrived_segment, edges),
        "rate_lags": rate_rows(arrived, arrived_segment, edges),
        "trains": train_rows(arrived, arrived_segment, edges),
        "hawkes": hawkes_rows(arrived, arrived_segment, edges),
        "day_rate": day_rows(arrived, arrived_segment, edges, series.clock_offset_ns),
        "kinds": _kind_rows(series, edges),
        "from_open": lattice(bars.time, bars.mid - first_mid, 0.5, "ticks"),
        "garch": garch_rows(scaled, moved_time, moved_stretch, edges),
        "periodogram": periodogram_rows(np.abs(scaled), moved_time, moved_stretch, edges),
        "fluctuations": fluctuation_rows(np.abs(scaled), moved_time, moved_stretch, edges),
        "relative_moves": relative_rows(bars, edges),
        "conditional": conditional_rows(series, bars, edges),
        **order_rows(series.orders, edges),
        "trade_signs": sign_rows(series, edges),
        **imbalance_columns(series, bars, edges),
        "transitions": transition_rows(series, edges),
        **traded_columns(series, edges),
        "trade_response": trade_response_rows(series, edges),
        "clock_response": clock_response_rows(series, edges),
        "event_response": event_response_rows(series, edges),
        **_liquidity_rows(series, bars, edges),
    }


def _liquidity_rows(series: Series, bars: Bars, edges: Ints) -> dict[str, list[Any]]:
    """Return the rows of what the book looks like."""
    both = series.mid != NO_PRICE
    time, imbalance = series.time[both], series.imbalances()
    columns: dict[str, list[Any]] = {
        "touch_size": [_sizes(part) for part in _split(time, edges, _together(series.bid_size, series.ask_size)[both])],
        "depth": [_sizes(part) for part in _split(time, edges, _together(series.bid_depth, series.ask_depth)[both])],
        "imbalance": [Counts.of(part, step=1 / IMBALANCE_STEPS) for part in _split(time, edges, imbalance[both])],
        "profile": profile_rows(
            series.profiles.price, series.profiles.size, np.searchsorted(series.time[series.profiles.at], edges)
        ),
        "resilience": resilience_rows(series, edges),
    }
    at_second = imbalance[bars.at] / IMBALANCE_STEPS
    moved_time, moves, moved_stretch = bars.moves()
    before = at_second[:-1][bars.stretch[1:] == bars.stretch[:-1]]
    columns["imbalance_lags"] = lag_rows(at_second, bars.stretch, np.searchsorted(bars.time, edges))
    columns["imbalance_response"] = lag_rows(
        before, moved_stretch, np.searchsorted(moved_time, edges), later=moves.astype(np.float64), lags=_NO_LAG
    )
    return columns


def _together(bid: NDArray[np.float64], ask: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of two sides' quantities, 0 where it is no number."""
    with np.errstate(all="ignore"):
        total = bid + ask
    return np.where(np.isfinite(total), total, 0.0)


def _split(times: Ints, edges: Ints, values: Any) -> list[Any]:
    return [values[a:b] for a, b in pairwise(np.searchsorted(times, edges))]


def _sizes(sizes: NDArray[np.float64]) -> Counts:
    # Fractional sizes are normal in some markets, so sizes stay numbers off any lattice; decimal digits are kept, not
    # binary ones as elsewhere, so that round lots stay round.
    return Counts.of(rounded(sizes), unit="contracts")


def _gap_rows(series: Series, edges: Ints, kind: str | None = None) -> list[GapCounts]:
    time, gaps, stretch = series.gaps(kind)
    follows = (stretch[1:] == stretch[:-1]).astype(bool)
    rows = []
    for a, b in pairwise(np.searchsorted(time, edges)):
        second = np.arange(max(a, 1), b)
        second = second[follows[second - 1]]
        rows.append(GapCounts.of_pairs(gaps[a:b], gaps[second - 1], gaps[second]))
    return rows


def _kind_rows(series: Series, edges: Ints) -> list[Kinds]:
    columns = []
    for kind in KINDS:
        time, segment, _ = series.arrivals(kind)
        rows = _gap_rows(series, edges, kind), window_rows(time, segment, edges), train_rows(time, segment, edges)
        parts = zip(*rows, strict=True)
        columns.append([KindArrivals(*part) for part in parts])
    return [Kinds(row) for row in zip(*columns, strict=True)]
