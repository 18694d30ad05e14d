"""Tell whether a generated limit order book stream behaves like the market.

The public names below are resolved when they are first used, so that importing the package loads nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lobstats._version import __version__

if TYPE_CHECKING:
    from lobstats.baseline.checking import check
    from lobstats.baseline.files import read_baseline, write_baseline
    from lobstats.baseline.freeze import freeze_baseline
    from lobstats.baseline.results import Baseline, Check, CheckedFact
    from lobstats.baseline.tolerance import Tolerance
    from lobstats.book import Book, replay
    from lobstats.calendars import CalendarError, time_zone, trading_hours
    from lobstats.compare import Comparison, compare
    from lobstats.compare.lob_bench import LobBench, LobsterSequence, lob_bench
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
        intraday_curvature,
        intraday_rate,
        local_variation,
        mean_gap,
        mean_happening_size,
        memory,
        revised_local_variation,
    )
    from lobstats.metrics.flow import (
        event_response,
        five_minute_trade_fano,
        five_minute_trade_shape,
        mean_minute_trades,
        mean_minute_volume,
        minute_trade_fano,
        minute_trade_shape,
        minute_volume_variation,
        order_flow_autocorrelation,
        order_flow_autocorrelation_curve,
        order_flow_correlation,
        order_flow_correlation_10s,
        order_flow_impact,
        order_flow_impact_10s,
        response_persistence,
        sign_autocorrelation,
        sign_autocorrelation_curve,
        sign_autocorrelation_integral,
        sign_memory_exponent,
        trade_response,
        trade_response_by_time,
        transition_information,
        transition_probabilities,
        unknown_sign_share,
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
        touch_depth_share,
    )
    from lobstats.metrics.orders import (
        all_cancel_share,
        cancel_front_share,
        cancel_incidence_curve,
        cancel_share,
        cancel_touch_share,
        cancelled_share,
        event_shares,
        ever_filled_share,
        fill_front_share,
        fill_incidence_curve,
        fill_record_share,
        filled_quantity_share,
        filled_share,
        fills_per_order,
        first_fill_curve,
        improving_share,
        mean_cancel_ahead,
        mean_cancel_distance,
        mean_cancel_position,
        mean_cancel_size,
        mean_fill_position,
        mean_lifetime,
        mean_order_distance,
        mean_time_to_fill,
        median_cancel_distance,
        median_lifetime,
        median_order_distance,
        median_time_to_fill,
        survival_curve,
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
        deviation_tail_curve,
        exceedance,
        extremal_index,
        extremal_index_curve,
        gain_loss_asymmetry,
        gpd_shape,
        hill_curve,
        hill_index,
        intermittency,
        intermittency_curve,
        ks_minimum_fraction,
        ks_minimum_index,
        kurtosis,
        kurtosis_curve,
        kurtosis_decay,
        moment_shape,
        pareto_curve,
        pareto_index,
        pickands_shape,
        skewness,
        skewness_curve,
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
        conditional_kurtosis,
        conditional_tail,
        conditional_tail_curve,
        dfa_curve,
        dfa_exponent,
        garch_gain,
        garch_half_life,
        garch_persistence,
        leverage,
        leverage_correlation,
        leverage_correlation_curve,
        leverage_curve,
        ljung_box,
        ljung_box_squared,
        realised_volatility,
        realised_volatility_bp,
        signature_plot,
        squared_autocorrelation,
        squared_autocorrelation_curve,
        volume_volatility_correlation,
        volume_volatility_curve,
        whittle_memory,
    )
    from lobstats.pattern import IntradayPattern
    from lobstats.report.checks import check_text
    from lobstats.report.html import to_html
    from lobstats.report.lob_bench import lob_bench_text
    from lobstats.report.markdown import to_markdown
    from lobstats.report.render import to_dict, to_json
    from lobstats.report.terminal import to_text
    from lobstats.result import Curve, Estimate, Interval, Missing
    from lobstats.sample import Sample
    from lobstats.sample_files import read_sample, write_sample
    from lobstats.sessions import cut, find_sessions
    from lobstats.summary.counts import Counts
    from lobstats.summary.days import DayCounts
    from lobstats.summary.exceedance_windows import ExceedanceWindows
    from lobstats.summary.exceedances import ExceedanceTimes
    from lobstats.summary.fluctuations import FluctuationSums
    from lobstats.summary.gaps import GapCounts
    from lobstats.summary.garch import GarchFits
    from lobstats.summary.gram import LagGram
    from lobstats.summary.hawkes import HawkesFits
    from lobstats.summary.horizons import HorizonReturns
    from lobstats.summary.lags import LAGS, LagSums
    from lobstats.summary.lives import LifeCounts, OrderQuantities
    from lobstats.summary.minutes import CoarseFine
    from lobstats.summary.periodogram import PeriodogramSums
    from lobstats.summary.profiles import ProfileSums
    from lobstats.summary.reference import Reference
    from lobstats.summary.relative import RelativeMoves
    from lobstats.summary.resilience import Resilience
    from lobstats.summary.responses import ResponseSums
    from lobstats.summary.signs import SignSums
    from lobstats.summary.summary import Summary
    from lobstats.summary.trains import TrainCounts
    from lobstats.summary.transitions import Transitions
    from lobstats.summary.windows import WindowCounts

_PUBLIC = {
    "baseline.checking": "check",
    "baseline.files": "read_baseline write_baseline",
    "baseline.freeze": "freeze_baseline",
    "baseline.results": "Baseline Check CheckedFact",
    "baseline.tolerance": "Tolerance",
    "book": "Book replay",
    "compare": "Comparison compare",
    "compare.lob_bench": "LobBench LobsterSequence lob_bench",
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
    "gap_shape hawkes_branching_ratio hawkes_decay_time intraday_curvature intraday_rate local_variation mean_gap "
    "mean_happening_size memory revised_local_variation",
    "metrics.orders": "all_cancel_share cancel_front_share cancel_incidence_curve cancel_share cancel_touch_share "
    "cancelled_share event_shares ever_filled_share fill_front_share fill_incidence_curve "
    "fill_record_share filled_quantity_share filled_share fills_per_order first_fill_curve "
    "improving_share mean_cancel_ahead mean_cancel_distance mean_cancel_position mean_cancel_size "
    "mean_fill_position mean_lifetime mean_order_distance mean_time_to_fill median_cancel_distance "
    "median_lifetime median_order_distance median_time_to_fill survival_curve touch_share",
    "metrics.flow": "event_response five_minute_trade_fano five_minute_trade_shape order_flow_autocorrelation "
    "order_flow_autocorrelation_curve order_flow_correlation order_flow_correlation_10s "
    "order_flow_impact order_flow_impact_10s mean_minute_trades mean_minute_volume "
    "minute_trade_fano minute_trade_shape minute_volume_variation response_persistence "
    "sign_autocorrelation sign_autocorrelation_curve sign_autocorrelation_integral "
    "sign_memory_exponent trade_response trade_response_by_time transition_information "
    "transition_probabilities unknown_sign_share",
    "metrics.liquidity": (
        "book_slope distance_profile imbalance_autocorrelation imbalance_response_correlation imbalance_size level_gap "
        "level_profile mean_depth mean_touch_size spread_recovery spread_resilience touch_depth_share"
    ),
    "metrics.prices": "last_digit_clustering last_digit_shares mean_order_size mean_spread mid_move_per_trade "
    "mid_move_size round_lot_share time_weighted_spread trade_move_size weighted_move_size "
    "wide_spread_share wide_spread_time_share zero_move_share zero_trade_move_share",
    "metrics.tails": "bias_reduced_hill_index deviation_tail_curve exceedance extremal_index extremal_index_curve "
    "gain_loss_asymmetry gpd_shape hill_curve hill_index intermittency intermittency_curve "
    "ks_minimum_fraction ks_minimum_index kurtosis kurtosis_curve kurtosis_decay moment_shape pareto_curve "
    "pareto_index pickands_shape skewness skewness_curve",
    "metrics.volatility": "absolute_autocorrelation absolute_autocorrelation_curve arch_lm autocorrelation "
    "autocorrelation_curve autocorrelation_decay autocorrelation_integral coarse_fine_asymmetry "
    "coarse_fine_asymmetry_curve conditional_kurtosis conditional_tail conditional_tail_curve dfa_curve "
    "dfa_exponent garch_gain garch_half_life garch_persistence leverage leverage_correlation "
    "leverage_correlation_curve leverage_curve ljung_box ljung_box_squared realised_volatility "
    "realised_volatility_bp signature_plot squared_autocorrelation squared_autocorrelation_curve "
    "volume_volatility_correlation volume_volatility_curve whittle_memory",
    "pattern": "IntradayPattern",
    "report.checks": "check_text",
    "report.html": "to_html",
    "report.lob_bench": "lob_bench_text",
    "report.markdown": "to_markdown",
    "report.render": "to_dict to_json",
    "report.terminal": "to_text",
    "result": "Curve Estimate Interval Missing",
    "sample": "Sample",
    "sample_files": "read_sample write_sample",
    "sessions": "cut find_sessions",
    "summary.counts": "Counts",
    "summary.fluctuations": "FluctuationSums",
    "summary.exceedance_windows": "ExceedanceWindows",
    "summary.exceedances": "ExceedanceTimes",
    "summary.gaps": "GapCounts",
    "summary.garch": "GarchFits",
    "summary.horizons": "HorizonReturns",
    "summary.periodogram": "PeriodogramSums",
    "summary.gram": "LagGram",
    "summary.lags": "LAGS LagSums",
    "summary.lives": "LifeCounts OrderQuantities",
    "summary.minutes": "CoarseFine",
    "summary.days": "DayCounts",
    "summary.hawkes": "HawkesFits",
    "summary.profiles": "ProfileSums",
    "summary.reference": "Reference",
    "summary.relative": "RelativeMoves",
    "summary.responses": "ResponseSums",
    "summary.signs": "SignSums",
    "summary.resilience": "Resilience",
    "summary.summary": "Summary",
    "summary.trains": "TrainCounts",
    "summary.transitions": "Transitions",
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
