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
        mean_order_size,
        mean_spread,
        realised_volatility,
        time_weighted_spread,
        wide_spread_share,
        zero_move_share,
    )
    from lobstats.metrics.tails import (
        bias_reduced_hill_index,
        exceedance,
        extremal_index,
        extremal_index_curve,
        gain_loss_asymmetry,
        gpd_shape,
        hill_curve,
        hill_index,
        ks_minimum_fraction,
        ks_minimum_index,
        kurtosis,
        kurtosis_curve,
        kurtosis_decay,
        moment_shape,
        pareto_curve,
        pareto_index,
        pickands_shape,
    )
    from lobstats.metrics.volatility import (
        absolute_autocorrelation,
        absolute_autocorrelation_curve,
        autocorrelation_decay,
        autocorrelation_integral,
    )
    from lobstats.report.html import to_html
    from lobstats.report.render import to_dict, to_json
    from lobstats.report.terminal import to_text
    from lobstats.result import Curve, Estimate, Interval, Missing
    from lobstats.sessions import cut, find_sessions
    from lobstats.summary.counts import Counts
    from lobstats.summary.exceedances import ExceedanceTimes
    from lobstats.summary.gaps import GapCounts
    from lobstats.summary.lags import LagSums
    from lobstats.summary.reference import Reference
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
    "metrics.prices": "mean_order_size mean_spread realised_volatility time_weighted_spread wide_spread_share "
    "zero_move_share",
    "metrics.tails": "bias_reduced_hill_index exceedance extremal_index extremal_index_curve gain_loss_asymmetry "
    "gpd_shape hill_curve hill_index ks_minimum_fraction ks_minimum_index kurtosis kurtosis_curve kurtosis_decay "
    "moment_shape pareto_curve pareto_index pickands_shape",
    "metrics.volatility": "absolute_autocorrelation absolute_autocorrelation_curve autocorrelation_decay "
    "autocorrelation_integral",
    "report.html": "to_html",
    "report.render": "to_dict to_json",
    "report.terminal": "to_text",
    "result": "Curve Estimate Interval Missing",
    "sessions": "cut find_sessions",
    "summary.counts": "Counts",
    "summary.exceedances": "ExceedanceTimes",
    "summary.gaps": "GapCounts",
    "summary.lags": "LagSums",
    "summary.reference": "Reference",
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
