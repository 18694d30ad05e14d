"""Flow: how orders and trades follow each other, and how they push the price."""

from lobstats.metrics.flow.imbalance import (
    order_flow_autocorrelation,
    order_flow_autocorrelation_curve,
    order_flow_correlation,
    order_flow_correlation_10s,
    order_flow_impact,
    order_flow_impact_10s,
)
from lobstats.metrics.flow.responses import (
    event_response,
    response_persistence,
    trade_response,
    trade_response_by_time,
)
from lobstats.metrics.flow.signs import (
    sign_autocorrelation,
    sign_autocorrelation_curve,
    sign_autocorrelation_integral,
    sign_memory_exponent,
    unknown_sign_share,
)
from lobstats.metrics.flow.transitions import transition_information, transition_probabilities
from lobstats.metrics.flow.volume import (
    five_minute_trade_fano,
    five_minute_trade_shape,
    mean_minute_trades,
    mean_minute_volume,
    minute_trade_fano,
    minute_trade_shape,
    minute_volume_variation,
)

__all__ = [
    "event_response",
    "five_minute_trade_fano",
    "five_minute_trade_shape",
    "mean_minute_trades",
    "mean_minute_volume",
    "minute_trade_fano",
    "minute_trade_shape",
    "minute_volume_variation",
    "order_flow_autocorrelation",
    "order_flow_autocorrelation_curve",
    "order_flow_correlation",
    "order_flow_correlation_10s",
    "order_flow_impact",
    "order_flow_impact_10s",
    "response_persistence",
    "sign_autocorrelation",
    "sign_autocorrelation_curve",
    "sign_autocorrelation_integral",
    "sign_memory_exponent",
    "trade_response",
    "trade_response_by_time",
    "transition_information",
    "transition_probabilities",
    "unknown_sign_share",
]
