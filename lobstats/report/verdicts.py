"""Verdicts of a comparison on some rows, as a small table for a failed test."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lobstats.compare import DISTANCES, Described, FactComparison, Generated
from lobstats.compare.distances import JOINT
from lobstats.report.cells import ratio_text
from lobstats.result import Curve, Estimate, Missing

__all__ = ["VerdictRow", "verdict_rows", "verdict_table"]

_HEAD = ("row", "real", "generated", "difference", "floor", "ratio", "verdict")


@dataclass(frozen=True)
class VerdictRow:
    """One row of a comparison.

    Attributes
    ----------
    name : str
    cells : tuple of str
        Both values, the difference, its floor, and their ratio.
    verdict : str
        "missing" where there is none.
    reason : str
        Why.
    """

    name: str
    cells: tuple[str, str, str, str, str]
    verdict: str
    reason: str = ""


def verdict_rows(real: Described, sample: Generated, names: Iterable[str]) -> list[VerdictRow]:
    """Return rows of a comparison by the full names of facts and the names of series."""
    return [
        _fact_row(name, real, sample) if name in sample.comparisons else _series_row(name, sample) for name in names
    ]


def verdict_table(real: str, failed: Sequence[tuple[str, Sequence[VerdictRow]]], worst: str) -> str:
    """Return rows as text, by the name of the generated sample."""
    lines = []
    for sample, rows in failed:
        lines.append(f"{sample} against {real}: {len(rows)} worse than {worst}")
        cells = [_HEAD, *((row.name, *row.cells, row.verdict) for row in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for i, line in enumerate(cells):
            first, *middle, last = line
            inner = [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
            lines.append("  ".join([first.ljust(widths[0]), *inner, last]))
            if i and rows[i - 1].reason:
                lines.append(f"    missing: {rows[i - 1].reason}")
    return "\n".join(lines)


def _fact_row(name: str, real: Described, sample: Generated) -> VerdictRow:
    found = sample.comparisons[name]
    if isinstance(found, Missing):
        values = (_value(real.facts[name], None), _value(sample.facts[name], None))
        return VerdictRow(name, (*values, "-", "-", "-"), "missing", found.reason)
    where = None if found.by_mean else found.where
    values = (_value(real.facts[name], where), _value(sample.facts[name], where))
    return VerdictRow(_placed(name, real.facts[name], found), (*values, *_numbers(found)), found.verdict)


def _series_row(name: str, sample: Generated) -> VerdictRow:
    found = sample.distances[name]
    if isinstance(found, Missing):
        return VerdictRow(name, ("-",) * 5, "missing", found.reason)
    # The verdict rests on the leading distances together.
    leading = {kind: found.distances[kind] for kind in DISTANCES[:JOINT]}
    kind = max(leading, key=lambda one: float("inf") if (ratio := leading[one].ratio) is None else ratio)
    cells = ("-", "-", f"{leading[kind].value:.3g}", f"{leading[kind].floor:.3g}", ratio_text(found.joint))
    if found.verdict is None:
        return VerdictRow(f"{name} ({kind})", cells, "missing", found.missing or "")
    return VerdictRow(f"{name} ({kind})", cells, found.verdict)


def _placed(name: str, fact: Estimate | Curve | Missing, found: FactComparison) -> str:
    if not isinstance(fact, Curve) or found.where is None:
        return name
    if found.by_mean:
        return f"{name}, mean gap"
    return f"{name} at {fact.at(found.where)}"


def _value(fact: Estimate | Curve | Missing, where: float | None) -> str:
    if isinstance(fact, Estimate):
        return f"{fact.value:.4g}"
    if isinstance(fact, Missing) or where is None:
        return "-"
    at = fact.value[fact.x == where]
    return f"{at[0]:.4g}" if len(at) else "-"


def _numbers(found: FactComparison) -> tuple[str, str, str]:
    return f"{found.difference:.3g}", f"{found.floor:.3g}", ratio_text(found.ratio)
