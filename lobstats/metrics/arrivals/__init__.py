"""Arrivals: how happenings crowd together in time."""

from lobstats.metrics.arrivals.day import intraday_curvature, intraday_rate
from lobstats.metrics.arrivals.happenings import mean_happening_size
from lobstats.metrics.arrivals.hawkes import hawkes_branching_ratio, hawkes_decay_time
from lobstats.metrics.arrivals.laws import gap_law, gap_shape
from lobstats.metrics.arrivals.trains import burst_trains, burst_trains_curve
from lobstats.metrics.arrivals.variation import (
    burstiness,
    burstiness_finite,
    coefficient_of_variation,
    local_variation,
    mean_gap,
    memory,
    revised_local_variation,
)
from lobstats.metrics.arrivals.windows import (
    allan_curve,
    allan_factor,
    branching_curve,
    branching_ratio,
    fano_curve,
    fano_factor,
)

__all__ = [
    "allan_curve",
    "allan_factor",
    "branching_curve",
    "branching_ratio",
    "burst_trains",
    "burst_trains_curve",
    "burstiness",
    "burstiness_finite",
    "coefficient_of_variation",
    "fano_curve",
    "fano_factor",
    "gap_law",
    "gap_shape",
    "hawkes_branching_ratio",
    "hawkes_decay_time",
    "intraday_curvature",
    "intraday_rate",
    "local_variation",
    "mean_gap",
    "mean_happening_size",
    "memory",
    "revised_local_variation",
]
