"""Volatility clustering: how long large moves keep company."""

from lobstats.metrics.volatility.autocorrelation import (
    absolute_autocorrelation,
    absolute_autocorrelation_curve,
    autocorrelation_decay,
    autocorrelation_integral,
)
from lobstats.metrics.volatility.garch import garch_gain, garch_half_life, garch_persistence
from lobstats.metrics.volatility.memory import dfa_curve, dfa_exponent, whittle_memory
from lobstats.metrics.volatility.realised import realised_volatility, realised_volatility_bp, signature_plot

__all__ = [
    "absolute_autocorrelation",
    "absolute_autocorrelation_curve",
    "autocorrelation_decay",
    "autocorrelation_integral",
    "dfa_curve",
    "dfa_exponent",
    "garch_gain",
    "garch_half_life",
    "garch_persistence",
    "realised_volatility",
    "realised_volatility_bp",
    "signature_plot",
    "whittle_memory",
]
