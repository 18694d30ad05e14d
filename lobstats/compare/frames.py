"""A comparison as pandas frames: one row for each row of the report."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from lobstats.compare.distances import SERIES
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison, Verdict
from lobstats.result import Band, Curve, Estimate, Interval, Missing

if TYPE_CHECKING:
    from lobstats.compare.results import Comparison, Described, Generated

__all__ = ["distances_frame", "rows_frame"]

_VERDICTS = pd.CategoricalDtype(list(get_args(Verdict)), ordered=True)
_COUNTED = ("real_n", "generated_n")
_ROW = ("sample", "family", "name", "kind", "unit", "at")
_REAL = ("real", "real_low", "real_high", "real_n")
_GENERATED = ("generated", "generated_low", "generated_high", "generated_n")
_JUDGED = ("difference", "floor", "ratio", "p", "verdict")

Row = dict[str, Any]


def rows_frame(comparison: "Comparison") -> pd.DataFrame:
    """Return one row for each fact and series of each generated sample, or for each fact of the real side alone."""
    real = comparison.real
    if not comparison.generated:
        columns = (*_ROW[1:], *_REAL, "reason")
        return _frame([_described(name, real) for name in real.facts], columns)
    rows = [
        {"sample": sample.observations.name, **row} for sample in comparison.generated for row in _rows(real, sample)
    ]
    return _frame(rows, (*_ROW, *_REAL, *_GENERATED, *_JUDGED, "reason"))


def distances_frame(comparison: "Comparison") -> pd.DataFrame:
    """Return one row for each distance of each series of each generated sample."""
    parts = [
        found.to_frame()
        .reset_index()
        .assign(
            sample=sample.observations.name,
            series=name,
            joint=_plain(found.joint),
            p=found.p,
            p_holm=math.nan if found.p_holm is None else found.p_holm,
            verdict=found.verdict,
        )
        for sample in comparison.generated
        for name, found in sample.distances.items()
        if isinstance(found, SeriesComparison)
    ]
    own = ["distance", "value", "low", "high", "floor", "ratio", "natural_variation", "drift"]
    columns = ["sample", "series", *own, "joint", "p", "p_holm", "verdict"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return frame[columns].astype({"verdict": _VERDICTS})


def _frame(rows: list[Row], columns: tuple[str, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(columns))
    dtypes: dict[str, Any] = {name: "Int64" for name in _COUNTED if name in columns}
    dtypes |= {name: np.float64 for name in (*_REAL, *_GENERATED, *_JUDGED) if name in columns and name not in dtypes}
    if "verdict" in columns:
        dtypes["verdict"] = _VERDICTS
    return frame.astype(dtypes)


def _rows(real: "Described", sample: "Generated") -> Iterator[Row]:
    for name in real.facts:
        yield _fact(name, real, sample)
    for name, found in sample.distances.items():
        yield _series(name, found, real, sample)


def _described(name: str, real: "Described") -> Row:
    family, own = name.split(".")
    fact = real.facts[name]
    return {
        "family": family,
        "name": own,
        "kind": "fact",
        "unit": "" if isinstance(fact, Missing) else fact.unit,
        **_at(fact, None),
        **_side("real", fact, None),
        "reason": fact.reason if isinstance(fact, Missing) else "",
    }


def _fact(name: str, real: "Described", sample: "Generated") -> Row:
    found = sample.comparisons[name]
    # The mean gap of a curve is of no single point, and neither side has one value for it.
    by_mean = isinstance(found, FactComparison) and found.by_mean
    where = found.where if isinstance(found, FactComparison) and not by_mean else None
    own = sample.facts[name]
    row = _described(name, real)
    row |= {**_at(real.facts[name], where), **_side("real", real.facts[name], where)}
    row |= {"at": "mean gap"} if by_mean else {}
    row |= _side("generated", own, where)
    if isinstance(found, Missing):
        # The fact's own unit is that of either side which has it.
        return row | {"unit": row["unit"] or ("" if isinstance(own, Missing) else own.unit), "reason": found.reason}
    judged = {"difference": found.difference, "floor": found.floor, "ratio": _plain(found.ratio)}
    return row | judged | {"verdict": found.verdict, "reason": ""}


def _series(name: str, found: SeriesComparison | Missing, real: "Described", sample: "Generated") -> Row:
    info = SERIES[name]
    row: Row = {"family": info.family, "name": name, "kind": "series", "unit": info.unit, "at": ""}
    for role, side in (("real", real), ("generated", sample)):
        row[f"{role}_n"] = pd.NA if side.total is None else int(getattr(side.total, name).counts.sum())
    if isinstance(found, Missing):
        return row | {"reason": found.reason}
    distance = found.distances["wasserstein"]
    judged = {"difference": distance.value, "floor": distance.floor, "ratio": _plain(found.joint), "p": found.p}
    return row | judged | {"verdict": found.verdict, "reason": found.missing or ""}


def _at(fact: Estimate | Curve | Missing, where: float | None) -> Row:
    if not isinstance(fact, Curve):
        return {"at": ""}
    if where is None:
        return {"at": f"{len(fact.x)} points"}
    return {"at": f"{fact.at(where)} {'' if fact.labels else fact.x_unit}".rstrip()}


def _side(role: str, fact: Estimate | Curve | Missing, where: float | None) -> Row:
    """Return a side's value with its interval; of a curve at one of its points, of no point nothing."""
    if isinstance(fact, Estimate):
        ends = (fact.ci.low, fact.ci.high) if isinstance(fact.ci, Interval) else (math.nan, math.nan)
        return dict(zip(_columns(role), (fact.value, *ends, fact.n), strict=True))
    if isinstance(fact, Missing) or where is None:
        return dict.fromkeys(_columns(role))
    place = int(np.flatnonzero(fact.x == where)[0])
    band = fact.ci
    ends = (float(band.low[place]), float(band.high[place])) if isinstance(band, Band) else (math.nan, math.nan)
    return dict(zip(_columns(role), (float(fact.value[place]), *ends, int(fact.n[place])), strict=True))


def _columns(role: str) -> tuple[str, ...]:
    return (role, f"{role}_low", f"{role}_high", f"{role}_n")


def _plain(ratio: float | None) -> float:
    """Return a ratio as a number: a difference over a floor of zero is infinite."""
    return math.inf if ratio is None else ratio
