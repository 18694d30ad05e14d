"""Prices: how often and how far they move, the spread, the sizes of orders and the prices that they choose."""

from lobstats.metrics.prices.moves import (
    mid_move_per_trade,
    mid_move_size,
    trade_move_size,
    weighted_move_size,
    zero_move_share,
    zero_trade_move_share,
)
from lobstats.metrics.prices.orders import (
    last_digit_clustering,
    last_digit_shares,
    mean_order_size,
    round_lot_share,
)
from lobstats.metrics.prices.spread import (
    mean_spread,
    time_weighted_spread,
    wide_spread_share,
    wide_spread_time_share,
)

__all__ = [
    "last_digit_clustering",
    "last_digit_shares",
    "mean_order_size",
    "mean_spread",
    "mid_move_per_trade",
    "mid_move_size",
    "round_lot_share",
    "time_weighted_spread",
    "trade_move_size",
    "weighted_move_size",
    "wide_spread_share",
    "wide_spread_time_share",
    "zero_move_share",
    "zero_trade_move_share",
]
