"""Volatility clustering: how long large moves keep company."""

from lobstats.metrics.volatility.autocorrelation import (
    absolute_autocorrelation,
    absolute_autocorrelation_curve,
    autocorrelation_decay,
    autocorrelation_integral,
)

__all__ = [
    "absolute_autocorrelation",
    "absolute_autocorrelation_curve",
    "autocorrelation_decay",
    "autocorrelation_integral",
]
