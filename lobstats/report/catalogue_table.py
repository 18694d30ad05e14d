"""The stylised facts by their usual names as a table for a terminal of 100 columns."""

from rich.table import Table
from rich.text import Text

from lobstats.compare import Described, Generated
from lobstats.report.catalogue import Row, rows
from lobstats.report.cells import DASH, missing_text, ratio_text, verdict_text
from lobstats.result import Curve, Estimate, Missing

__all__ = ["catalogue_table"]


def catalogue_table(real: Described, sample: Generated | None, footnotes: dict[str, int]) -> Table:
    """Return one line for each usual name: both sides, ratio and verdict of what lies farthest, and what that is."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("stylised fact", no_wrap=True, width=37)
    table.add_column("real", justify="right", width=9 if sample is not None else 20, no_wrap=True)
    if sample is not None:
        table.add_column("generated", justify="right", width=9, no_wrap=True)
        table.add_column("ratio", justify="right", width=5)
        table.add_column("verdict", width=12, no_wrap=True)
    table.add_column(
        "by" if sample is not None else "measured by", no_wrap=True, width=23 if sample is not None else 40
    )
    source = ""
    for row in rows(real, sample):
        if row.entry.source != source:
            source = row.entry.source
            table.add_row(source, style="bold")
        table.add_row(f"{row.entry.number:>3} {row.entry.name}", *_cells(row, footnotes), _by(row))
    return table


def _cells(row: Row, footnotes: dict[str, int]) -> list[str | Text]:
    if len(row.values) == 1:
        return [_range(row.values[0])]
    values = [_value(value, row.at) for value in row.values]
    if row.verdict is not None:
        return [*values, ratio_text(row.ratio), verdict_text(row.verdict)]
    # What either side lacks has the same footnote as in the table of facts.
    lacking = next((value for value in row.values if isinstance(value, Missing)), Missing(row.reason))
    return [*values, DASH, missing_text(lacking, footnotes, "shown" if row.shown else "missing")]


def _value(fact: Estimate | Curve | Missing, at: float | None) -> str:
    if isinstance(fact, Missing) or (isinstance(fact, Curve) and at is None):
        return DASH
    return f"{fact.value if isinstance(fact, Estimate) else fact.value[fact.x == at][0]:.3g}"


def _range(fact: Estimate | Curve | Missing) -> str:
    """Return a fact that nothing is held against; a curve by its ends."""
    if isinstance(fact, Curve) and len(fact.x) > 1:
        return f"{fact.value[0]:.3g} to {fact.value[-1]:.3g}"
    return _value(fact, float(fact.x[0]) if isinstance(fact, Curve) else None)


def _by(row: Row) -> str:
    real, name = row.values[0], row.fact.split(".")[-1]
    if isinstance(real, Curve) and row.at is not None:
        return f"{name.removesuffix('_curve')} at {real.at(row.at)}"
    return name
