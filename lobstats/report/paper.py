"""The table by which the ByteGen paper compares a generated stream with a real one, each statistic with its definition.

Y. Li, Z. Chen, "ByteGen: A Tokenizer-Free Generative Model for Orderbook Events in Byte Space", arXiv:2508.02247. The
paper defines neither its fill rate nor its lifetime nor its volatility; what stands here is said beside each.
"""

from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from lobstats.compare import SERIES, Comparison, FactComparison, Generated, SeriesComparison
from lobstats.compare.divergence import PRICES
from lobstats.report.cells import DASH, missing_text, ratio_text, value_text, verdict_text
from lobstats.result import Curve, Estimate, Missing

__all__ = ["ROWS", "PaperRow", "paper_dict", "paper_lines", "paper_rows"]

Footnotes = dict[str, int]


@dataclass(frozen=True)
class PaperRow:
    """A statistic of the paper's table: its name there, the fact that stands for it here, and what that is."""

    title: str
    fact: str
    definition: str


_DIVERGENCE = PaperRow(
    "divergence of prices",
    PRICES,
    "Kullback-Leibler, in nats, of the generated mid relative to the session's open from the real one, each at whole "
    "seconds; on the real side the median between two of its sessions, or between the halves of its only one; ratio "
    "and verdict are those of the distances between the two distributions",
)

ROWS = (
    PaperRow(
        "price volatility",
        "volatility.realised_volatility_bp",
        "root mean square move of the mid over one second, over the mid before it",
    ),
    PaperRow(
        "fill rate",
        "orders.ever_filled_share",
        "share of new orders that are filled at least in part by the horizon that all sides have in common",
    ),
    PaperRow(
        "order lifetime",
        "orders.mean_lifetime",
        "mean time from an order's coming to its leaving, up to that horizon (Kaplan-Meier, whose orders may outlive "
        "the sample)",
    ),
    PaperRow(
        "share of cancels",
        "orders.all_cancel_share",
        "cancels over all records, those that fills bring about among them",
    ),
    _DIVERGENCE,
    PaperRow(
        "time between events",
        "arrivals.mean_gap",
        "mean time from one happening to the next; records of one time count once",
    ),
)
"""The rows, in the paper's order."""


def paper_rows(comparison: Comparison, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the table as plain values: title, fact, definition, each side's value, ratio and verdict or why not."""
    return [_row(row, comparison, sample) for row in ROWS if row is not _DIVERGENCE or sample is not None]


def paper_lines(comparison: Comparison, sample: Generated | None, footnotes: Footnotes) -> list[Table | Text]:
    """Return the table for a terminal of 100 columns and the definitions below it."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("as ByteGen reports", no_wrap=True, width=31)
    table.add_column(comparison.real.observations.name, width=24)
    if sample is not None:
        table.add_column(sample.observations.name, width=24)
        table.add_column("ratio", justify="right", width=5)
        table.add_column("verdict", width=12, no_wrap=True)
    rows = paper_rows(comparison, sample)
    for row in rows:
        cells: list[Any] = [_text(value, row["unit"], footnotes) for value in row["sides"]]
        if sample is not None:
            cells += (
                [ratio_text(row["ratio"]), verdict_text(row["verdict"])]
                if row["verdict"]
                else [DASH, missing_text(Missing(row["reason"]), footnotes, "shown")]
            )
        table.add_row(f" {row['title']}", *cells)
    return [table, *(Text(f" {row['title']}: {row['definition']}", style="dim") for row in rows)]


def paper_dict(comparison: Comparison, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the table as plain numbers and text, ready for JSON."""
    out = []
    for row in paper_rows(comparison, sample):
        sides = dict(zip(("real", "generated"), map(_plain, row.pop("sides")), strict=False))
        reason = row.pop("reason")
        out.append(row | sides | ({"missing": reason} if reason else {}))
    return out


def _plain(value: Estimate | Curve | Missing | float | None) -> Any:
    return value if value is None or isinstance(value, float) else value.to_dict()


def _text(value: Estimate | Curve | Missing | float | None, unit: str, footnotes: Footnotes) -> str:
    if value is None:
        return DASH
    text = f"{value:.3g}" if isinstance(value, float) else value_text(value, None, footnotes)
    return text if isinstance(value, Missing) else f"{text} {unit}".rstrip()


def _row(row: PaperRow, comparison: Comparison, sample: Generated | None) -> dict[str, Any]:
    out: dict[str, Any] = {"title": row.title, "fact": row.fact, "definition": row.definition, "reason": ""}
    out |= {"ratio": None, "verdict": None, "unit": ""}
    if row is _DIVERGENCE:
        assert sample is not None
        return out | _divergence(sample)
    absent = Missing("not evaluated")
    sides = [side.facts.get(row.fact, absent) for side in (comparison.real, sample) if side is not None]
    out |= {"sides": sides, "unit": next((fact.unit for fact in sides if not isinstance(fact, Missing)), "")}
    if sample is None:
        return out
    found = sample.comparisons.get(row.fact, absent)
    if isinstance(found, FactComparison):
        return out | {"ratio": found.ratio, "verdict": found.verdict}
    return out | {"reason": found.reason}


def _divergence(sample: Generated) -> dict[str, Any]:
    own, found = sample.divergence, sample.distances[PRICES]
    if isinstance(own, Missing):
        return {"sides": [None, own], "reason": own.reason}
    out: dict[str, Any] = {"sides": [own.natural_variation, own.value], "unit": "nats"}
    if isinstance(found, Missing):
        return out | {"reason": found.reason}
    assert isinstance(found, SeriesComparison)
    if found.verdict is None:
        return out | {"reason": found.missing or f"{SERIES[PRICES].title} is not judged"}
    return out | {"ratio": found.joint, "verdict": found.verdict}
