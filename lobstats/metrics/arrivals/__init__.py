"""Arrivals: how happenings crowd together in time."""

from lobstats.metrics.arrivals.happenings import mean_happening_size
from lobstats.metrics.arrivals.variation import burstiness, burstiness_finite, mean_gap, memory
from lobstats.metrics.arrivals.windows import fano_curve, fano_factor

__all__ = [
    "burstiness",
    "burstiness_finite",
    "fano_curve",
    "fano_factor",
    "mean_gap",
    "mean_happening_size",
    "memory",
]
