"""Tell whether a generated limit order book stream behaves like the market.

The public names below are resolved when they are first used, so that importing the package loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lobstats._version import __version__

if TYPE_CHECKING:
    from lobstats.book import Book, replay
    from lobstats.calendars import CalendarError, time_zone, trading_hours
    from lobstats.compare import Comparison, compare
    from lobstats.compare.sides import summarise
    from lobstats.engine import choose_grid, observe, open_source
    from lobstats.errors import DecodeError, InsufficientDataError, LobstatsError
    from lobstats.events.codec import Decoded, Slip, assemble, decode, decode_lenient, encode, iter_chunks
    from lobstats.events.formats import read, write
    from lobstats.events.frame import from_frame, to_frame
    from lobstats.events.grid import infer_clock, infer_tick_size
    from lobstats.events.layout import PACKED, Kind, Side
    from lobstats.metrics import collect
    from lobstats.metrics.arrivals import (
        allan_curve,
        allan_factor,
        branching_curve,
        branching_ratio,
        burst_trains,
        burst_trains_curve,
        burstiness,
        burstiness_finite,
        coefficient_of_variation,
        fano_curve,
        fano_factor,
        gap_law,
        gap_shape,
        hawkes_branching_ratio,
        hawkes_decay_time,
        intraday_rate,
        local_variation,
        mean_gap,
        mean_happening_size,
        memory,
        revised_local_variation,
    )
    from lobstats.metrics.liquidity import (
        book_slope,
        distance_profile,
        imbalance_autocorrelation,
        imbalance_response_correlation,
        imbalance_size,
        level_gap,
        level_profile,
        mean_depth,
        mean_touch_size,
        spread_recovery,
        spread_resilience,
        touch_share,
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
        arch_lm,
        autocorrelation,
        autocorrelation_curve,
        autocorrelation_decay,
        autocorrelation_integral,
        coarse_fine_asymmetry,
        coarse_fine_asymmetry_curve,
        dfa_curve,
        dfa_exponent,
        garch_gain,
        garch_half_life,
        garch_persistence,
        leverage,
        leverage_curve,
        ljung_box,
        ljung_box_squared,
        realised_volatility,
        realised_volatility_bp,
        signature_plot,
        squared_autocorrelation,
        squared_autocorrelation_curve,
        volume_volatility_correlation,
        whittle_memory,
    )
    from lobstats.pattern import IntradayPattern
    from lobstats.report.html import to_html
    from lobstats.report.render import to_dict, to_json
    from lobstats.report.terminal import to_text
    from lobstats.result import Curve, Estimate, Interval, Missing
    from lobstats.sample import Sample
    from lobstats.sample_files import read_sample, write_sample
    from lobstats.sessions import cut, find_sessions
    from lobstats.summary.counts import Counts
    from lobstats.summary.days import DayCounts
    from lobstats.summary.exceedances import ExceedanceTimes
    from lobstats.summary.fluctuations import FluctuationSums
    from lobstats.summary.gaps import GapCounts
    from lobstats.summary.garch import GarchFits
    from lobstats.summary.gram import LagGram
    from lobstats.summary.hawkes import HawkesFits
    from lobstats.summary.horizons import HorizonReturns
    from lobstats.summary.lags import LAGS, LagSums
    from lobstats.summary.minutes import CoarseFine
    from lobstats.summary.periodogram import PeriodogramSums
    from lobstats.summary.profiles import ProfileSums
    from lobstats.summary.reference import Reference
    from lobstats.summary.relative import RelativeMoves
    from lobstats.summary.resilience import Resilience
    from lobstats.summary.summary import Summary
    from lobstats.summary.trains import TrainCounts
    from lobstats.summary.windows import WindowCounts

_PUBLIC = {
    "book": "Book replay",
    "compare": "Comparison compare",
    "compare.sides": "summarise",
    "engine": "choose_grid observe open_source",
    "errors": "DecodeError InsufficientDataError LobstatsError",
    "events.codec": "Decoded Slip assemble decode decode_lenient encode iter_chunks",
    "calendars": "CalendarError time_zone trading_hours",
    "events.formats": "read write",
    "events.frame": "from_frame to_frame",
    "events.grid": "infer_clock infer_tick_size",
    "events.layout": "PACKED Kind Side",
    "metrics": "collect",
    "metrics.arrivals": "allan_curve allan_factor branching_curve branching_ratio burst_trains burst_trains_curve "
    "burstiness burstiness_finite coefficient_of_variation fano_curve fano_factor gap_law "
    "gap_shape hawkes_branching_ratio hawkes_decay_time intraday_rate local_variation mean_gap "
    "mean_happening_size memory revised_local_variation",
    "metrics.liquidity": (
        "book_slope distance_profile imbalance_autocorrelation imbalance_response_correlation imbalance_size level_gap "
        "level_profile mean_depth mean_touch_size spread_recovery spread_resilience touch_share"
    ),
    "metrics.prices": "last_digit_clustering last_digit_shares mean_order_size mean_spread mid_move_per_trade "
    "mid_move_size round_lot_share time_weighted_spread trade_move_size weighted_move_size "
    "wide_spread_share wide_spread_time_share zero_move_share zero_trade_move_share",
    "metrics.tails": "bias_reduced_hill_index exceedance extremal_index extremal_index_curve gain_loss_asymmetry "
    "gpd_shape hill_curve hill_index ks_minimum_fraction ks_minimum_index kurtosis kurtosis_curve "
    "kurtosis_decay moment_shape pareto_curve pareto_index pickands_shape",
    "metrics.volatility": "absolute_autocorrelation absolute_autocorrelation_curve arch_lm autocorrelation "
    "autocorrelation_curve autocorrelation_decay autocorrelation_integral coarse_fine_asymmetry "
    "coarse_fine_asymmetry_curve dfa_curve dfa_exponent garch_gain garch_half_life "
    "garch_persistence leverage leverage_curve ljung_box ljung_box_squared realised_volatility "
    "realised_volatility_bp signature_plot squared_autocorrelation squared_autocorrelation_curve "
    "volume_volatility_correlation whittle_memory",
    "pattern": "IntradayPattern",
    "report.html": "to_html",
    "report.render": "to_dict to_json",
    "report.terminal": "to_text",
    "result": "Curve Estimate Interval Missing",
    "sample": "Sample",
    "sample_files": "read_sample write_sample",
    "sessions": "cut find_sessions",
    "summary.counts": "Counts",
    "summary.fluctuations": "FluctuationSums",
    "summary.exceedances": "ExceedanceTimes",
    "summary.gaps": "GapCounts",
    "summary.garch": "GarchFits",
    "summary.horizons": "HorizonReturns",
    "summary.periodogram": "PeriodogramSums",
    "summary.gram": "LagGram",
    "summary.lags": "LAGS LagSums",
    "summary.minutes": "CoarseFine",
    "summary.days": "DayCounts",
    "summary.hawkes": "HawkesFits",
    "summary.profiles": "ProfileSums",
    "summary.reference": "Reference",
    "summary.relative": "RelativeMoves",
    "summary.resilience": "Resilience",
    "summary.summary": "Summary",
    "summary.trains": "TrainCounts",
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
