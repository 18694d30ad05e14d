"""What a page shows of each fact and each series: every side's value, every sample's verdict, and what it rests on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lobstats.compare import DISTANCES, SERIES, Comparison, Described, FactComparison, Generated, SeriesComparison
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.metrics import FAMILIES, Metric, collect
from lobstats.report.definitions import code_parts, definition
from lobstats.report.numbers import number, param, quantity, ratio
from lobstats.result import Band, Curve, Estimate, Interval, Missing

__all__ = ["REASONS", "Family", "cell", "families"]

REASONS = {
    "time_backwards": "time before that of the record before it",
    "price_not_positive": "price zero or negative",
    "unknown_order": "change of an unknown order",
    "quantity_mismatch": "cancel of another quantity than rests",
    "crossed_book": "happenings that leave the book crossed",
    "locked_book": "happenings that leave the book locked",
    "bbo_records": "best bid and offer records, ignored",
    "before_first_trade": "records before a session's first trade",
    "crossed": "records while the book is crossed",
}
_SCALES = {"linear": "", "log": " ln", "atanh": " atanh", "arcsine": " arcsine"}
_OVER = {"": "", "side": ", losses and gains apart", "kind": ", by kind of event", "event": ": "}


@dataclass(frozen=True)
class Family:
    """The rows of a family; each holds one entry of ``samples`` for each generated sample."""

    name: str
    facts: list[dict[str, Any]]
    series: list[dict[str, Any]]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """All of them, series first."""
        return [*self.series, *self.facts]


def families(comparison: Comparison) -> list[Family]:
    """Return the rows of each family; without a generated sample, what the real side shows."""
    metrics = collect()
    real, generated = comparison.real, comparison.generated
    facts = [_fact_row(name, metrics.get(name), real, generated) for name in real.facts]
    series = [_series_row(name, generated) for name in (generated[0].distances if generated else ())]
    out = []
    for name in dict.fromkeys([*FAMILIES, *(info.family for info in SERIES.values()), MESSAGES]):
        own_facts, own_series = ([row for row in rows if row["family"] == name] for rows in (facts, series))
        if own_facts or own_series:
            out.append(Family(name, own_facts, own_series))
    return out


def cell(fact: Estimate | Curve | Missing, at: float | None) -> dict[str, Any]:
    """Show a fact; a curve at the point where it was judged, else at its ends."""
    if isinstance(fact, Missing):
        return {"missing": fact.reason}
    notes = [fact.ci.reason] if isinstance(fact.ci, Missing) else []
    counted = "" if fact.basis is None else fact.basis.counted
    if isinstance(fact, Estimate):
        ends = (fact.ci.low, fact.ci.high) if isinstance(fact.ci, Interval) else None
        parts = [quantity(fact.value, ends, fact.unit, fact.scale)]
        return {"parts": parts, "n": fact.n, "counted": counted, "notes": notes}
    chosen = sorted({0, len(fact.x) - 1}) if at is None else np.flatnonzero(fact.x == at).tolist()
    parts = []
    for i in chosen:
        ends = (float(fact.ci.low[i]), float(fact.ci.high[i])) if isinstance(fact.ci, Band) else None
        parts.append(quantity(float(fact.value[i]), ends, fact.unit, fact.scale))
    x, unit = " and ".join(fact.at(fact.x[i]) for i in chosen), fact.x_unit
    where = f"at {x} {unit}".rstrip() if len(unit) < 3 else f"at {unit} {x}"
    return {"parts": parts, "n": int(fact.n[chosen].max()), "counted": counted, "notes": [where, *notes]}


def _fact_row(name: str, metric: Metric | None, real: Described, generated: tuple[Generated, ...]) -> dict[str, Any]:
    family, own = name.split(".")
    sides = [real.facts[name], *(sample.facts[name] for sample in generated)]
    found = [sample.comparisons[name] for sample in generated]
    shown = next((fact for fact in sides if not isinstance(fact, Missing)), None)
    basis = None if shown is None else shown.basis
    title, about = f"Share of records: {REASONS.get(own, own.replace('_', ' '))}", None
    if metric is not None:
        about = definition(metric.function)
        title = about.title + _OVER[metric.over] + metric.event.replace("_", ", ")
    at = next((one.where for one in found if isinstance(one, FactComparison)), None)
    settings = [f"{key.replace('_', ' ')} {param(value)}" for key, value in _settings(sides).items()]
    return {
        "name": name,
        "family": family,
        "short": own.replace("_", " "),
        "title": code_parts(title),
        "definition": None if about is None or metric is None or metric.over not in ("", "event") else about.html(),
        "params": [*([] if basis is None else [f"{basis.clock}, {basis.horizon}"]), *settings],
        "real": cell(real.facts[name], at),
        "flag": real.flags.get(family),
        "samples": [_judged(real, sample, name, one) for sample, one in zip(generated, found, strict=True)],
    }


def _judged(real: Described, sample: Generated, name: str, found: FactComparison | Missing) -> dict[str, Any]:
    """Show a sample's fact, its verdict and what that rests on."""
    fact, usual = sample.facts[name], real.facts[name]
    at = found.where if isinstance(found, FactComparison) else None
    out: dict[str, Any] = {
        "cell": cell(fact, at),
        "verdict": None,
        "mark": "~",
        "flag": sample.flags.get(name.split(".")[0]),
        "reason": found.reason if isinstance(found, Missing) else "",
        "told": isinstance(fact, Missing),  # the reason stands in the sample's own cell
    }
    if isinstance(found, FactComparison):
        scale = _SCALES[found.scale]
        what = "mean gap" if found.by_mean else "difference"
        rests = f"{what} {number(found.difference, 2)}, floor {number(found.floor, 2)}{scale}"
        rests += f", natural variation {number(found.natural_variation, 2)}"
        if at is not None and isinstance(usual, Curve):
            # Each sample is judged at its own point; the real side's column shows one of them.
            part = cell(usual, at)["parts"][0]
            there = f"real {part['value']} {part['unit']}".rstrip() + " there"
            rests = f"{there}{', where the gap is largest' if found.by_mean else ''}; {rests}"
        out |= {"verdict": found.verdict, "rests": rests, **ratio(found.ratio)}
    return out


def _settings(sides: list[Estimate | Curve | Missing]) -> dict[str, object]:
    """Return the parameters that all sides have alike; those that differ are results of a fit."""
    params = [fact.params for fact in sides if not isinstance(fact, Missing)]
    return {key: value for key, value in (params[0] if params else {}).items() if all(p[key] == value for p in params)}


def _series_row(name: str, generated: tuple[Generated, ...]) -> dict[str, Any]:
    info = SERIES[name]
    return {
        "name": name,
        "family": info.family,
        "short": f"{name.replace('_', ' ')} (distribution)",
        "title": [info.title[:1].upper() + info.title[1:]],
        "params": [f"in {info.unit}"] if info.unit else [],
        "samples": [_distances(sample.distances[name]) for sample in generated],
    }


def _distances(found: SeriesComparison | Missing) -> dict[str, Any]:
    """Show a sample's distances of one series, its verdict and what that rests on."""
    out: dict[str, Any] = {"verdict": None, "mark": "*", "flag": None, "distances": [], "told": False}
    if isinstance(found, Missing):
        return out | {"reason": found.reason}
    for distance in DISTANCES:
        one = found.distances[distance]
        relative = found.wasserstein_relative if distance == "wasserstein" else None
        shown = {"value": number(one.value), "relative": None if relative is None else number(relative, 2)}
        out["distances"].append({**shown, **ratio(one.ratio)})
    p, holm = (None if p is None else number(p, 2) if p >= 0.001 else "< 0.001" for p in (found.p, found.p_holm))
    first = found.distances["wasserstein"]
    rests = (
        f"{found.units} against {found.generated_units} units; W1 floor {number(first.floor, 2)}, natural variation "
    )
    rests += number(first.natural_variation, 2)
    if first.drift is not None:
        rests += f", drift {number(first.drift, 2)}"
    out |= {"verdict": found.verdict, "flag": found.flag, **ratio(found.joint), "p": p, "holm": holm, "rests": rests}
    return out | {"reason": found.missing or ""}
