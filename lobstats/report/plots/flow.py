"""Who follows whom, and how the price responds."""

from lobstats.report.plots.lines import Plot, curve_line, level_line

__all__ = ["IMBALANCE_MEMORY", "RESPONSE", "SIGNS"]

RESPONSE = Plot(
    "response",
    "Response to trades",
    "lag (trades)",
    "response of the mid (ticks)",
    "log",
    "value",
    curve_line("flow.trade_response"),
    "Mean move of the mid in a trade's direction, from just before it to so many trades later, with its {level} band. "
    "Markets rise over tens of trades to a plateau; a line on zero is trades that nobody heeds.",
    "no response",
    level_line(0.0),
    rows=("flow.trade_response", "flow.response_persistence"),
)

SIGNS = Plot(
    "signs",
    "Memory of trade signs",
    "lag (trades)",
    "autocorrelation of signs",
    "log",
    "log",
    curve_line("flow.sign_autocorrelation_curve"),
    "Autocorrelation of buyer or seller from trade to trade, with its {level} band. Markets decay by a power, from "
    "orders that are split: a straight line over decades. Lags with no positive value are not drawn.",
    rows=("flow.sign_autocorrelation_curve", "flow.sign_memory_exponent"),
)

IMBALANCE_MEMORY = Plot(
    "imbalance-memory",
    "Memory of order-flow imbalance",
    "lag (s)",
    "autocorrelation",
    "log",
    "value",
    curve_line("flow.order_flow_autocorrelation_curve"),
    "Autocorrelation of the order-flow imbalance over one second, with its {level} band. Markets keep leaning one way "
    "for some seconds; zero is flow without memory.",
    "no memory",
    level_line(0.0),
    rows=("flow.order_flow_autocorrelation_curve", "flow.order_flow_autocorrelation"),
)
