"""What the small figure of each stylised fact draws of a side, before anything is drawn."""

import math
from dataclasses import replace

import numpy as np

from lobstats.compare import Described
from lobstats.errors import InsufficientDataError
from lobstats.report.catalogue import Entry
from lobstats.report.plots.arrivals import GAPS
from lobstats.report.plots.lines import Axis, Line, Plot, curve_line, level_line, survival_line
from lobstats.summary.summary import Summary

__all__ = ["plot_of"]

_GAUSSIAN = 100 * math.erfc(3 / math.sqrt(2))  # the share beyond three deviations, in per cent
_MOST_POINTS = 90


def _gaussian(side: Described, line: Line) -> Line:
    x = np.linspace(1, 4.5, 60)
    return Line(x, np.array([100 * math.erfc(one / math.sqrt(2)) for one in x]))


def _over(
    metric: str,
    x_label: str,
    y_label: str,
    x_axis: Axis,
    y_axis: Axis,
    *,
    level: float | None = 0.0,
    guide: str = "",
    factor: float = 1.0,
) -> Plot:
    """Return the plot of a curve times a factor, with a level that means nothing of the kind."""
    whole = curve_line(metric)

    def line(side: Described, total: Summary) -> Line:
        found = whole(side, total)
        if len(found.x) < 2:
            msg = "one point makes no curve"
            raise InsufficientDataError(msg)
        at = np.unique(np.rint(np.linspace(0, len(found.x) - 1, min(len(found.x), _MOST_POINTS))).astype(int))
        found = found.where(at)
        low, high = (None if band is None else factor * band for band in (found.low, found.high))
        return Line(found.x, factor * found.y, low, high)

    own = None if level is None else level_line(level)
    return Plot(metric, "", x_label, y_label, x_axis, y_axis, line, "", guide, own)


def _tail(name: str, field: str, over: str) -> Plot:
    def line(side: Described, total: Summary) -> Line:
        sizes = getattr(total, field).magnitudes()
        return survival_line(sizes.x, sizes.counts)

    return Plot(name, "", f"|move| over {over} (ticks)", "share at least as large", "log", "log share", line, "")


def _minute_trades() -> Plot:
    def line(side: Described, total: Summary) -> Line:
        return survival_line(total.minute_trades.x, total.minute_trades.counts)

    return Plot(
        "minute-trades", "", "trades in a minute", "share with at least as many", "value", "log share", line, ""
    )


_FACTS: dict[str, dict[int, Plot]] = {
    "Cont 2001": {
        1: _over("volatility.autocorrelation_curve", "lag (s)", "autocorrelation", "log", "value"),
        2: _tail("tail-1s", "returns", "one second"),
        3: _over("tails.skewness_curve", "horizon (s)", "skewness", "log", "value"),
        4: _over(
            "tails.deviation_tail_curve",
            "horizon (s)",
            "beyond three deviations (%)",
            "log",
            "log",
            level=_GAUSSIAN,
            guide="Gaussian",
            factor=100,
        ),
        5: _over(
            "tails.intermittency_curve",
            "window (s)",
            "Fano factor of large moves",
            "log",
            "log",
            level=1.0,
            guide="Poisson",
        ),
        6: _over("volatility.absolute_autocorrelation_curve", "lag (s)", "autocorrelation of |r|", "value", "value"),
        7: replace(
            _over(
                "volatility.conditional_tail_curve",
                "deviations of the moment",
                "moves beyond (%)",
                "value",
                "log",
                guide="Gaussian",
                factor=100,
            ),
            guide=_gaussian,
        ),
        8: _over(
            "volatility.absolute_autocorrelation_curve", "lag (s)", "autocorrelation of |r|", "log", "log", level=None
        ),
        9: _over("volatility.leverage_correlation_curve", "lag (s)", "correlation of r and later |r|", "log", "value"),
        10: _over("volatility.volume_volatility_curve", "lag (min)", "correlation", "value", "value"),
        11: _over("volatility.coarse_fine_asymmetry_curve", "lag (min)", "asymmetry", "value", "value"),
    },
    "ABIDES": {
        1: _tail("tail-60s", "returns_60s", "one minute"),
        8: GAPS,
        9: _minute_trades(),
        10: _over("arrivals.intraday_rate", "hour of the day", "happenings a second", "value", "value", level=None),
        11: _over("flow.trade_response", "lag (trades)", "response of the mid (ticks)", "log", "value"),
    },
}


def plot_of(entry: Entry) -> Plot | None:
    """Return the plot of a fact, None where another entry's shows the same."""
    return _FACTS[entry.source].get(entry.number)
