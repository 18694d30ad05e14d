"""Volatility clustering: how long large moves keep company."""

from lobstats.metrics.volatility.asymmetry import (
    coarse_fine_asymmetry,
    coarse_fine_asymmetry_curve,
    volume_volatility_correlation,
    volume_volatility_curve,
)
from lobstats.metrics.volatility.autocorrelation import (
    absolute_autocorrelation,
    absolute_autocorrelation_curve,
    autocorrelation,
    autocorrelation_curve,
    squared_autocorrelation,
    squared_autocorrelation_curve,
)
from lobstats.metrics.volatility.decay import autocorrelation_decay, autocorrelation_integral
from lobstats.metrics.volatility.dependence import arch_lm, ljung_box, ljung_box_squared
from lobstats.metrics.volatility.garch import garch_gain, garch_half_life, garch_persistence
from lobstats.metrics.volatility.leverage_effect import (
    leverage,
    leverage_correlation,
    leverage_correlation_curve,
    leverage_curve,
)
from lobstats.metrics.volatility.memory import dfa_curve, dfa_exponent, whittle_memory
from lobstats.metrics.volatility.realised import realised_volatility, realised_volatility_bp, signature_plot
from lobstats.metrics.volatility.residuals import conditional_kurtosis, conditional_tail, conditional_tail_curve

__all__ = [
    "absolute_autocorrelation",
    "absolute_autocorrelation_curve",
    "arch_lm",
    "autocorrelation",
    "autocorrelation_curve",
    "autocorrelation_decay",
    "autocorrelation_integral",
    "coarse_fine_asymmetry",
    "coarse_fine_asymmetry_curve",
    "conditional_kurtosis",
    "conditional_tail",
    "conditional_tail_curve",
    "dfa_curve",
    "dfa_exponent",
    "garch_gain",
    "garch_half_life",
    "garch_persistence",
    "leverage",
    "leverage_correlation",
    "leverage_correlation_curve",
    "leverage_curve",
    "ljung_box",
    "ljung_box_squared",
    "realised_volatility",
    "realised_volatility_bp",
    "signature_plot",
    "squared_autocorrelation",
    "squared_autocorrelation_curve",
    "volume_volatility_correlation",
    "volume_volatility_curve",
    "whittle_memory",
]
