"""How long volatility lasts, and what it keeps at longer horizons."""

from lobstats.report.plots.lines import Plot, curve_line, level_line

__all__ = ["CLUSTERING", "CLUSTERING_FROM_ZERO", "SIGNATURE", "VOLUME"]

_SIZES = "volatility.absolute_autocorrelation_curve"

CLUSTERING = Plot(
    "clustering",
    "Memory of volatility",
    "lag (s)",
    "autocorrelation of |move|",
    "log",
    "log",
    curve_line(_SIZES),
    "Autocorrelation of absolute one-second moves, with its {level} band, on logarithmic axes: a straight line is a "
    "decay by a power, and markets show one with an exponent of 0.1 to 0.4. A line that bends down forgets too soon; "
    "lags with no positive value are not drawn.",
    rows=(_SIZES, "volatility.autocorrelation_decay"),
)

CLUSTERING_FROM_ZERO = Plot(
    "clustering-linear",
    "Volatility clustering",
    "lag (s)",
    "autocorrelation of |move|",
    "log",
    "value",
    curve_line(_SIZES),
    "The same from zero, with what is below it. A line on zero is a sample whose large moves come at random.",
    "no clustering",
    level_line(0.0),
    rows=("volatility.absolute_autocorrelation",),
)

SIGNATURE = Plot(
    "signature",
    "Signature plot",
    "sampled every (s)",
    "variance per second, over that of one minute",
    "log",
    "value",
    curve_line("volatility.signature_plot"),
    "Realised variance by how often the mid is read, with its {level} band. A walk without memory stays on 1; a mid "
    "that bounces lies above it at the left, one that trends below.",
    "no memory of moves",
    level_line(1.0),
    rows=("volatility.signature_plot",),
)

VOLUME = Plot(
    "volume-volatility",
    "Volume and volatility",
    "lag (minutes)",
    "correlation",
    "value",
    "value",
    curve_line("volatility.volume_volatility_curve"),
    "Correlation of a minute's volume with the volatility of the same and of later minutes, with its {level} band. "
    "Busy minutes are volatile ones in every market.",
    "no relation",
    level_line(0.0),
    rows=("volatility.volume_volatility_curve", "volatility.volume_volatility_correlation"),
)
