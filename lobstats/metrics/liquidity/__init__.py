"""Liquidity: what the book looks like, and how it recovers from trades."""

from lobstats.metrics.liquidity.imbalance import (
    imbalance_autocorrelation,
    imbalance_response_correlation,
    imbalance_size,
)
from lobstats.metrics.liquidity.profile import book_slope, distance_profile, level_gap, level_profile, touch_depth_share
from lobstats.metrics.liquidity.resilience import spread_recovery, spread_resilience
from lobstats.metrics.liquidity.size import mean_depth, mean_touch_size

__all__ = [
    "book_slope",
    "distance_profile",
    "imbalance_autocorrelation",
    "imbalance_response_correlation",
    "imbalance_size",
    "level_gap",
    "level_profile",
    "mean_depth",
    "mean_touch_size",
    "spread_recovery",
    "spread_resilience",
    "touch_depth_share",
]
