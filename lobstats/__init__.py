"""Tell whether a generated limit order book stream behaves like the market.

The public names below are resolved when they are first used, so that importing the package loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lobstats._version import __version__

if TYPE_CHECKING:
    from lobstats.book import Book, replay
    from lobstats.calendars import CalendarError, trading_hours
    from lobstats.compare import Comparison, compare
    from lobstats.engine import Sample, choose_grid, observe, open_source, summarise
    from lobstats.errors import DecodeError, InsufficientDataError, LobstatsError
    from lobstats.events.codec import Decoded, Slip, assemble, decode, decode_lenient, encode, iter_chunks
    from lobstats.events.formats import read, write
    from lobstats.events.frame import from_frame, to_frame
    from lobstats.events.grid import infer_clock, infer_tick_size
    from lobstats.events.layout import PACKED, Kind, Side
    from lobstats.metrics import collect
    from lobstats.metrics.arrivals import (
        burstiness,
        burstiness_finite,
        fano_curve,
        fano_factor,
        mean_gap,
        mean_happening_size,
        memory,
    )
    from lobstats.metrics.prices import (
        last_digit_clustering,
        last_digit_shares,
        mean_order_size,
        mean_spread,
        mid_move_per_trade,
        mid_move_size,
        round_lot_share,
        time_weighted_spread,
        trade_move_size,
        weighted_move_size,
        wide_spread_share,
        wide_spread_time_share,
        zero_move_share,
        zero_trade_move_share,
    )
    from lobstats.metrics.tails import (
        exceedance,
        hill_curve,
        hill_index,
        pareto_curve,
        pareto_index,
    )
    from lobstats.metrics.volatility import (
        absolute_autocorrelation,
        absolute_autocorrelation_curve,
        autocorrelation_decay,
        autocorrelation_integral,
        dfa_curve,
        dfa_exponent,
        garch_gain,
        garch_half_life,
        garch_persistence,
        realised_volatility,
        realised_volatility_bp,
        signature_plot,
        whittle_memory,
    )
    from lobstats.report.html import to_html
    from lobstats.report.render import to_dict, to_json
    from lobstats.report.terminal import to_text
    from lobstats.result import Curve, Estimate, Interval, Missing
    from lobstats.sessions import cut, find_sessions
    from lobstats.summary.counts import Counts
    from lobstats.summary.fluctuations import FluctuationSums
    from lobstats.summary.gaps import GapCounts
    from lobstats.summary.garch import GarchFits
    from lobstats.summary.horizons import HorizonReturns
    from lobstats.summary.lags import LagSums
    from lobstats.summary.periodogram import PeriodogramSums
    from lobstats.summary.reference import Reference
    from lobstats.summary.relative import RelativeMoves
    from lobstats.summary.summary import Summary
    from lobstats.summary.windows import WindowCounts

_PUBLIC = {
    "book": "Book replay",
    "compare": "Comparison compare",
    "engine": "Sample choose_grid observe open_source summarise",
    "errors": "DecodeError InsufficientDataError LobstatsError",
    "events.codec": "Decoded Slip assemble decode decode_lenient encode iter_chunks",
    "calendars": "CalendarError trading_hours",
    "events.formats": "read write",
    "events.frame": "from_frame to_frame",
    "events.grid": "infer_clock infer_tick_size",
    "events.layout": "PACKED Kind Side",
    "metrics": "collect",
    "metrics.arrivals": "burstiness burstiness_finite fano_curve fano_factor mean_gap mean_happening_size memory",
    "metrics.prices": "last_digit_clustering last_digit_shares mean_order_size mean_spread mid_move_per_trade "
    "mid_move_size round_lot_share time_weighted_spread trade_move_size weighted_move_size "
    "wide_spread_share wide_spread_time_share zero_move_share zero_trade_move_share",
    "metrics.tails": "exceedance hill_curve hill_index pareto_curve pareto_index",
    "metrics.volatility": "absolute_autocorrelation absolute_autocorrelation_curve autocorrelation_decay "
    "autocorrelation_integral dfa_curve dfa_exponent garch_gain garch_half_life garch_persistence "
    "realised_volatility realised_volatility_bp signature_plot whittle_memory",
    "report.html": "to_html",
    "report.render": "to_dict to_json",
    "report.terminal": "to_text",
    "result": "Curve Estimate Interval Missing",
    "sessions": "cut find_sessions",
    "summary.counts": "Counts",
    "summary.fluctuations": "FluctuationSums",
    "summary.gaps": "GapCounts",
    "summary.garch": "GarchFits",
    "summary.horizons": "HorizonReturns",
    "summary.lags": "LagSums",
    "summary.periodogram": "PeriodogramSums",
    "summary.reference": "Reference",
    "summary.relative": "RelativeMoves",
    "summary.summary": "Summary",
    "summary.windows": "WindowCounts",
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        msg = f"module 'lobstats' has no attribute {name!r}"
        raise AttributeError(msg)
    module = import_module(f"lobstats.{_HOME[name]}")
    # `lobstats.compare` is a package as well as a function; the package can be called.
    return module if name == _HOME[name] else getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
