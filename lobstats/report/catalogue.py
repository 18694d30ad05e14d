"""The stylised facts by the names under which others know them, and what a comparison says of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from lobstats.compare import SERIES, Comparison, Described, FactComparison, Generated, SeriesComparison, Verdict
from lobstats.errors import InsufficientDataError
from lobstats.metrics import SHOWN
from lobstats.result import Curve, Estimate, Missing
from lobstats.summary.counts import Counts

__all__ = ["ENTRIES", "Entry", "Row", "catalogue_dict", "entries", "rows"]

_ORDER = {"within noise": 0, "close": 1, "apart": 2}


@dataclass(frozen=True)
class Entry:
    """A stylised fact under its usual name.

    Attributes
    ----------
    source : str
        Whose list it is in.
    number : int
        Its place there.
    name : str
        Its name there.
    metrics : tuple of str
        Full names of the metrics that measure it, the one that is shown where none is judged first.
    shows : str
        What a market shows.
    series : str
        A series of `SERIES` whose distribution is judged as well, "" for none.
    """

    source: str
    number: int
    name: str
    metrics: tuple[str, ...]
    shows: str
    series: str = ""

    def found(self, known: Collection[str]) -> list[str]:
        """Return those of its metrics that are among some full names."""
        return [name for name in self.metrics if name in known]


_CONT = (
    (
        "Absence of autocorrelations",
        ("volatility.autocorrelation", "volatility.autocorrelation_curve", "volatility.ljung_box"),
        "the next move cannot be foretold, but for a bounce over seconds",
    ),
    (
        "Heavy tails",
        ("tails.pareto_index", "tails.exceedance", "tails.kurtosis"),
        "large moves fall off as a power, with an index of 2 to 5",
    ),
    (
        "Gain/loss asymmetry",
        ("tails.gain_loss_asymmetry", "tails.skewness", "tails.skewness_curve"),
        "stocks and indices fall faster than they rise; over seconds hardly",
    ),
    (
        "Aggregational Gaussianity",
        ("tails.deviation_tail_curve", "tails.kurtosis_curve", "tails.kurtosis_decay"),
        "the longer the horizon, the nearer the law of the moves comes to a Gaussian",
    ),
    (
        "Intermittency",
        ("tails.intermittency", "tails.intermittency_curve"),
        "large moves come in spells: their number in a window varies more than that of a Poisson process",
    ),
    (
        "Volatility clustering",
        ("volatility.absolute_autocorrelation", "volatility.absolute_autocorrelation_curve"),
        "large moves follow large moves",
    ),
    (
        "Conditional heavy tails",
        ("volatility.conditional_tail", "volatility.conditional_tail_curve", "volatility.conditional_kurtosis"),
        "moves over the volatility of the moment still have heavy tails, though less so",
    ),
    (
        "Slow decay of |r| autocorrelation",
        ("volatility.autocorrelation_decay", "volatility.whittle_memory", "volatility.dfa_exponent"),
        "it falls as a power of the lag, with an exponent of 0.1 to 0.4",
    ),
    (
        "Leverage effect",
        (
            "volatility.leverage_correlation",
            "volatility.leverage_correlation_curve",
            "volatility.leverage",
            "volatility.leverage_curve",
        ),
        "falls raise the volatility that follows, most of all in stocks and indices over days",
    ),
    (
        "Volume/volatility correlation",
        ("volatility.volume_volatility_correlation", "volatility.volume_volatility_curve"),
        "busy minutes are volatile ones",
    ),
    (
        "Asymmetry in time scales",
        ("volatility.coarse_fine_asymmetry", "volatility.coarse_fine_asymmetry_curve"),
        "coarse volatility foretells fine volatility better than the other way round",
    ),
)
_ABIDES = (
    ("Moves over one minute", (), "a peak at zero and heavy tails", "returns_60s"),
    (
        "Aggregation normality",
        ("tails.deviation_tail_curve", "tails.kurtosis_curve"),
        "moves over ten minutes are nearer to a Gaussian than those over one",
        "",
    ),
    ("Autocorrelation of moves", ("volatility.autocorrelation",), "about zero at every lag", ""),
    (
        "Volatility clustering",
        ("volatility.absolute_autocorrelation_curve", "volatility.squared_autocorrelation_curve"),
        "the autocorrelation of sizes and squares falls slowly from a positive value",
        "",
    ),
    (
        "Kurtosis",
        ("tails.kurtosis", "tails.kurtosis_curve", "tails.deviation_tail_curve"),
        "far above 3, and less over longer horizons; judged by the share beyond three deviations",
        "",
    ),
    (
        "Volume/volatility correlation",
        ("volatility.volume_volatility_correlation", "volatility.volume_volatility_curve"),
        "positive",
        "",
    ),
    (
        "Returns/volatility correlation",
        ("volatility.leverage_correlation", "volatility.leverage_correlation_curve"),
        "negative or none",
        "",
    ),
    (
        "Inter-arrival times, Weibull law",
        ("arrivals.gap_shape",),
        "a shape below 1: many short gaps and some long ones",
        "gaps",
    ),
    (
        "Trades per minute, gamma law",
        (
            "flow.minute_trade_shape",
            "flow.five_minute_trade_shape",
            "flow.minute_trade_fano",
            "flow.mean_minute_trades",
        ),
        "more variable than Poisson counts: a gamma law of small shape",
        "",
    ),
    (
        "Intraday seasonality",
        ("arrivals.intraday_curvature", "arrivals.intraday_rate"),
        "a U over the day: busy after the opening and before the close",
        "",
    ),
    (
        "Market impact",
        ("flow.trade_response", "flow.trade_response_by_time", "flow.response_persistence"),
        "the price moves on the way of a trade, and stays there",
        "",
    ),
)

ENTRIES = (
    *(Entry("Cont 2001", number, *one) for number, one in enumerate(_CONT, start=1)),
    *(Entry("ABIDES", number, *one) for number, one in enumerate(_ABIDES, start=1)),
)
"""Cont's eleven facts, in the order in which MarS plots them, and those that ABIDES judges its markets by."""


def entries(known: Collection[str]) -> list[Entry]:
    """Return the entries that a series or one of the metrics of some full names measures."""
    return [entry for entry in ENTRIES if entry.series or entry.found(known)]


@dataclass(frozen=True)
class Row:
    """What a comparison says of an entry, by the row of it that lies farthest.

    Attributes
    ----------
    entry : Entry
    fact : str
        Full name of the metric, or name of the series, that decides: of those with the worst verdict the one with the
        largest ratio; where all that are judged are within noise, or none is, the first.
    values : tuple of Estimate, Curve or Missing
        Of the real side, and of the generated one where there is one. Of a series, the standard deviation, or the mean
        of gaps.
    at : float or None
        Where on a curve the two sides are held against each other.
    ratio : float or None
        None where nothing is judged, and where the floor is zero and the difference is not.
    verdict : str or None
        None where nothing is judged.
    reason : str
        Why there is no verdict, "" where there is.
    """

    entry: Entry
    fact: str
    values: tuple[Estimate | Curve | Missing, ...]
    at: float | None = None
    ratio: float | None = None
    verdict: Verdict | None = None
    reason: str = ""

    @property
    def shown(self) -> bool:
        """Whether the fact is shown by choice, not for want of data."""
        return self.fact in SHOWN

    def to_dict(self) -> dict[str, Any]:
        """Return what was found as plain numbers, ready for JSON; values are those of the sides' facts."""
        found: dict[str, Any] = {"fact": self.fact, "values": [_plain(value, self.at) for value in self.values]}
        if self.at is not None:
            found["at"] = self.at
        if self.verdict is not None:
            return {**found, "ratio": self.ratio, "verdict": self.verdict}
        return {**found, "verdict": None, "shown" if self.shown else "missing": self.reason}


def rows(real: Described, sample: Generated | None) -> list[Row]:
    """Return the row of each entry that something measures; without a sample, what the real side shows."""
    return [_row(entry, real, sample) for entry in entries(real.facts)]


def catalogue_dict(comparison: Comparison) -> list[dict[str, Any]]:
    """Return every entry with what each sample shows of it, in their order, as plain numbers, ready for JSON."""
    samples: Sequence[Generated | None] = comparison.generated or [None]
    known = comparison.real.facts
    columns = [rows(comparison.real, sample) for sample in samples]
    return [
        {
            "source": entry.source,
            "number": entry.number,
            "name": entry.name,
            "shows": entry.shows,
            "metrics": entry.found(known),
            "series": entry.series or None,
            "samples": [column[place].to_dict() for column in columns],
        }
        for place, entry in enumerate(entries(known))
    ]


def _row(entry: Entry, real: Described, sample: Generated | None) -> Row:
    every = [_fact(entry, name, real, sample) for name in entry.found(real.facts)]
    if entry.series:
        every.insert(0, _series(entry, real, sample))
    judged = [row for row in every if row.verdict is not None]
    if any(row.verdict != "within noise" for row in judged):
        return max(
            judged, key=lambda row: (_ORDER[row.verdict or ""], float("inf") if row.ratio is None else row.ratio)
        )
    # What both sides have says more than the reason why they have not.
    return (judged or sorted(every, key=lambda row: sum(isinstance(value, Missing) for value in row.values)))[0]


def _fact(entry: Entry, name: str, real: Described, sample: Generated | None) -> Row:
    values = tuple(side.facts[name] for side in (real, sample) if side is not None)
    if sample is None:
        return Row(entry, name, values)
    found = sample.comparisons[name]
    if isinstance(found, FactComparison):
        return Row(entry, name, values, found.where, found.ratio, found.verdict)
    return Row(entry, name, values, reason=found.reason)


def _series(entry: Entry, real: Described, sample: Generated | None) -> Row:
    values = tuple(_spread(entry.series, side) for side in (real, sample) if side is not None)
    if sample is None:
        return Row(entry, entry.series, values)
    found = sample.distances[entry.series]
    if isinstance(found, SeriesComparison) and found.verdict is not None:
        return Row(entry, entry.series, values, ratio=found.joint, verdict=found.verdict)
    reason = found.reason if isinstance(found, Missing) else found.missing or ""
    return Row(entry, entry.series, values, reason=reason)


def _spread(series: str, side: Described) -> Estimate | Missing:
    """Return one number of a series: the standard deviation, or the mean of gaps."""
    counts = None if side.total is None else getattr(side.total, series)
    if counts is None or not counts.n:
        return Missing("no observation")
    if isinstance(counts, Counts):
        try:
            return Estimate(counts.variance() ** 0.5, counts.n, f"{SERIES[series].unit} (deviation)")
        except InsufficientDataError as error:
            return Missing(str(error).rstrip("."))
    return Estimate(counts.total / counts.n / 1e9, counts.n, "s (mean)")


def _plain(value: Estimate | Curve | Missing, at: float | None) -> float | dict[str, str] | None:
    """Return the number that stands for a fact: of a curve, that at which it is judged, None where it is not."""
    if isinstance(value, Missing):
        return value.to_dict()
    if isinstance(value, Estimate):
        return value.value
    return None if at is None else float(value.value[value.x == at][0])
