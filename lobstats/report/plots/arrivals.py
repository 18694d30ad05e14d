"""When things happen: gaps, bursts over every length of time, and the rate over the day."""

from dataclasses import replace

import numpy as np

from lobstats.calendars import time_zone
from lobstats.compare import Described
from lobstats.report.plots.lines import Line, Plot, curve_line, level_line, shares, survival_line

__all__ = ["FANO", "GAPS", "HAPPENING_SIZE", "rate_over_day"]


def _exponential(side: Described, _: Line) -> Line:
    """Return the survival of gaps of a Poisson process with the real side's mean gap."""
    if side.total is None or not side.total.gaps.n:
        return Line(np.empty(0), np.empty(0))
    mean = side.total.gaps.total / side.total.gaps.n / 1e9
    x = mean * np.geomspace(1e-4, 20, 120)
    return Line(x, np.exp(-x / mean))


GAPS = Plot(
    "gaps",
    "Time between happenings",
    "gap between happenings",
    "share of gaps at least as long",
    "log time",
    "log share",
    lambda side, total: survival_line(np.exp(total.gaps.x), total.gaps.counts),
    "The dotted line is what Poisson arrivals with the real mean gap would show. A sample below it at the left has "
    "more short gaps, one beyond it at the right longer pauses.",
    "Poisson at the real rate",
    _exponential,
    rows=("gaps", "arrivals.mean_gap"),
    definition="P(gap ≥ x) over x, gaps between neighbouring happenings, counted in narrow logarithmic bins.",
)

FANO = Plot(
    "fano",
    "Bursts at every time scale",
    "window",
    "Fano factor",
    "log time",
    "log",
    curve_line("arrivals.fano_curve"),
    "Variance over mean of the number of happenings in a window, with its {level} band. A Poisson process stays on 1; "
    "the steeper the rise, the longer bursts keep company.",
    "Poisson",
    level_line(1.0),
    rows=("arrivals.fano_curve", "arrivals.fano_factor"),
)


def rate_over_day(real: Described) -> Plot:
    """Return the plot of the rate by hours of the calendar's zone, of UTC without a calendar."""
    calendar = real.observations.grid.calendar
    zone = "UTC" if calendar is None else time_zone(calendar).key
    return replace(_INTRADAY, x_label=f"hour of the day ({zone})")


_INTRADAY = Plot(
    "intraday",
    "Rate over the day",
    "hour of the day",
    "happenings a second",
    "value",
    "value",
    curve_line("arrivals.intraday_rate"),
    "Mean rate by half hours, with its {level} interval. Most markets are busiest at the open "
    "and the close. Sessions shorter than a day show what part of it they have.",
    rows=("arrivals.intraday_rate", "arrivals.intraday_curvature"),
    style="points",
)

HAPPENING_SIZE = Plot(
    "happening-size",
    "Records that share one time",
    "records per happening",
    "share of happenings",
    "count",
    "log share",
    lambda side, total: shares(total.happening_size),
    "A trade, its fills and the cancels that follow share one exchange time. A model that stamps each record anew has "
    "everything at 1.",
    rows=("happening_size", "arrivals.mean_happening_size"),
    definition="Share of happenings with so many records; a happening is a run of records with one exchange time.",
)
