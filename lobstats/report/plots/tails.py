"""How large moves fall off, how steep that is at each size, and how two laws of moves differ quantile by quantile."""

from dataclasses import replace

import numpy as np

from lobstats.compare import Described
from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails import pareto_index
from lobstats.report.plots.lines import Floats, Line, Plot, curve_line, survival_line
from lobstats.result import Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.summary import Summary

__all__ = ["HILL", "MOVES_TAIL", "quantiles_against"]

_INDEX = "tails.pareto_index"
_FRACTIONS = np.geomspace(0.1, 0.0005, 28)
_ODDS = np.linspace(-9.2, 9.2, 61)  # logits of the probabilities, down to one in ten thousand
_LEAST_BEYOND = 5


def _tail(_: Described, total: Summary) -> Line:
    sizes = total.returns.magnitudes()
    return survival_line(sizes.x, sizes.counts)


def _power_law(side: Described, line: Line) -> Line:
    """Return the fitted power, from the threshold on."""
    fact, sizes = side.facts[_INDEX], None if side.total is None else side.total.returns.magnitudes()
    if not isinstance(fact, Estimate) or sizes is None:
        return Line(np.empty(0), np.empty(0))
    threshold = max(fact.params["threshold"], 1e-300)  # in ticks, as the moves
    x = np.geomspace(threshold, max(float(line.x[-1]), 2 * threshold), 40)
    return Line(x, sizes.share(sizes.x > threshold) * (x / threshold) ** -fact.value)


def _hill(side: Described, total: Summary) -> Line:
    found = {}
    for fraction in _FRACTIONS:
        try:
            found[fraction] = float(pareto_index(total.returns, tail_fraction=float(fraction)))
        except InsufficientDataError as error:
            reason = str(error)
    if not found:
        raise InsufficientDataError(reason)
    try:
        judged = curve_line("tails.pareto_curve")(side, total)
    except InsufficientDataError:
        judged = None
    if judged is not None:
        # The real side sets the thresholds that are judged; beyond them another side has another share.
        curve = side.facts["tails.pareto_curve"]
        assert isinstance(curve, Curve)
        judged = replace(judged, x=curve.n / total.returns.n)
    return Line(np.array(list(found)), np.array(list(found.values())), marks=judged)


def quantiles_against(real: Described) -> Plot:
    """Return the plot of each side's quantiles of one-second moves against those of the real side."""

    def line(side: Described, total: Summary) -> Line:
        if real.total is None:
            msg = "no continuous trading on the real side"
            raise InsufficientDataError(msg)
        smaller = min(real.total.returns.n, total.returns.n)
        inside = 1 / (1 + np.exp(np.abs(_ODDS))) * smaller >= _LEAST_BEYOND
        p = 1 / (1 + np.exp(-_ODDS[inside]))
        if len(p) < 3:
            msg = f"{smaller} moves have too few quantiles"
            raise InsufficientDataError(msg)
        return Line(_quantiles(real.total.returns, p), _quantiles(total.returns, p))

    return Plot(
        "quantiles",
        "Quantiles of one-second moves",
        "quantile of the real side (ticks)",
        "quantile of each side (ticks)",
        "value",
        "value",
        line,
        "Quantile against quantile, evenly in the logarithm of the odds. A sample of the same law lies on the real "
        "line; steeper at the ends are heavier tails, steeper throughout is more volatility, shifted is a drift.",
        rows=("returns",),
        definition="(Q_real(p), Q_side(p)), Q(p) the smallest move m with a share of moves up to m of at least p; p "
        "with five observations beyond it at least, on both sides.",
    )


def _quantiles(counts: Counts, p: Floats) -> Floats:
    cumulated = np.cumsum(counts.counts) / counts.n
    return np.asarray(counts.x[np.minimum(np.searchsorted(cumulated, p - 1e-12), len(counts.x) - 1)])


MOVES_TAIL = Plot(
    "moves-tail",
    "Tail of one-second moves",
    "move of the mid over one second, up or down (ticks)",
    "share of moves at least as large",
    "log",
    "log share",
    _tail,
    "Both directions together. A straight line is a power law: the flatter, the heavier the tail. A thin tail, as of "
    "a Gaussian, bends down and stops early.",
    "power law fitted to the real side",
    _power_law,
    rows=("returns", _INDEX),
    definition="P(|r| ≥ x) over x, r = mid(t + 1 s) − mid(t). Dotted: P(|r| > u) (x / u)^−α from the threshold u on, "
    "with α the grouped Pareto index of the real side.",
)

HILL = Plot(
    "hill",
    "Hill curve",
    "share of moves taken as the tail",
    "tail index",
    "log share",
    "value",
    _hill,
    "The index at each threshold, largest moves to the left; points with intervals are judged, at {level} "
    "and at the thresholds of the real side. Where it is level, the tail is a power with that index: 3 is usual for "
    "returns. One that climbs to the left is thinner than any power.",
    rows=("tails.pareto_curve", "tails.hill_curve"),
)
