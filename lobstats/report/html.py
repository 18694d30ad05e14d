"""A comparison as one HTML page that needs nothing else: no network, no script."""

import inspect
import math
import re
from collections import Counter
from importlib.resources import files
from typing import Any

from lobstats._version import __version__
from lobstats.compare import SERIES, Comparison, Described, FactComparison, Generated, SeriesComparison
from lobstats.compare.distances import DISTANCES
from lobstats.events.codec import MALFORMED
from lobstats.metrics import FAMILIES, collect
from lobstats.report.figures import figures, side_labels, side_styles
from lobstats.report.render import iso_time
from lobstats.result import Band, Curve, Estimate, Interval, Missing

__all__ = ["to_html"]

VERDICTS = ("apart", "close", "within noise")
"""From bad to good."""

_FARTHEST = 4
_FULL_BAR = 4.0  # the ratio that fills a bar; its mark at 1 stands at a quarter
_MINUS = "\N{MINUS SIGN}"
_NO_FAULT = ("clears", "snapshot_records", "depth_records", "bbo_records", "before_first_trade")
_REASONS = {
    "not_finite": "price or quantity not finite",
    "time_backwards": "time before that of the record before it",
    "price_not_positive": "price zero or negative",
    "price_off_grid": "price off the tick grid",
    "unknown_order": "change of an unknown order",
    "duplicate_add": "order added twice",
    "quantity_mismatch": "cancel of another quantity than rests",
    "side_mismatch": "change on the other side than the order's",
    "nonpositive_quantity": "quantity zero or negative",
    "crossed_book": "happenings that leave the book crossed",
    "locked_book": "happenings that leave the book locked",
    "bbo_records": "best bid and offer records, ignored",
    "before_first_trade": "records before a session's first trade",
    "crossed": "records while the book is crossed",
}
_SCALES = {"linear": "", "log": " ln", "atanh": " atanh", "arcsine": " arcsine"}


def to_html(comparison: Comparison, *, command: str | None = None) -> str:
    """Return a comparison as one self-contained HTML page.

    The headline in words, what it rests on, each row's score, the figures, and what was left out.

    Parameters
    ----------
    comparison : Comparison
        With no generated sample, the page describes the real side.
    command : str, optional
        The command that made it, shown as it is.

    Returns
    -------
    str
        The same for the same input, byte for byte once encoded as UTF-8.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    # Names of files may hold anything: all of it is escaped, and only the drawings, which hold no names, are not.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("lobstats.report").joinpath("page.html").read_text(encoding="utf-8"))
    labels = side_labels(comparison)
    real = comparison.real
    sides = [real, *comparison.generated]
    tables = [_families(real, sample) for sample in comparison.generated]
    page = template.render(
        version=__version__,
        command=command,
        level=f"{100 * comparison.level:g} %",
        labels=labels,
        keys=side_styles(len(sides)),
        cards=[_card(*each, labels[0]) for each in zip(comparison.generated, tables, labels[1:], strict=True)],
        described=None if comparison.generated else _description(comparison),
        basis=_basis(comparison, labels),
        sides=[_side(side) for side in sides],
        tables=tables or [_families(real, None)],
        figures=[(figure, Markup(figure.svg)) for figure in figures(comparison)],
        counts=_counts(sides),
        verdicts=VERDICTS,
    )
    # A name that is no valid text, as file systems allow, would not encode.
    return page.encode("utf-8", "replace").decode()


def _card(sample: Generated, parts: list[dict[str, Any]], label: str, real: str) -> dict[str, Any]:
    """Say in words how good a sample is."""
    rows = [row for part in parts for row in (*part["facts"], *part["series"])]
    judged = [row for row in rows if row["verdict"]]
    counts = Counter(row["verdict"] for row in judged)
    families = []
    for part in parts:
        own = Counter(row["verdict"] for row in (*part["facts"], *part["series"]))
        families.append((part["name"], [(verdict, own[verdict]) for verdict in VERDICTS], own[None]))
    if not judged:
        reasons = Counter(row["reason"] for row in rows)
        tone, sentence = "", f"cannot be held against {real}: {reasons.most_common(1)[0][0]}."
    elif counts["apart"]:
        where = ", ".join(f"{name} {own[0][1]}" for name, own, _ in families if own[0][1])
        tone, sentence = "apart", f"is apart from {real} in {counts['apart']} of {len(judged)} rows: {where}."
    else:
        close = (
            f", {counts['close']} of {len(judged)} close" if counts["close"] else f", all {len(judged)} within noise"
        )
        # A perfect model is close here and there: at 95 % in one row of twenty.
        tone = "close" if counts["close"] > counts["within noise"] else "within noise"
        sentence = f"has no row apart from {real}{close}."
    worst = sorted((row for row in judged if row["verdict"] != "within noise"), key=lambda row: -row["order"])
    return {
        "label": label,
        "tone": tone,
        "sentence": sentence,
        "families": families,
        "farthest": worst[:_FARTHEST],
        "notes": _notes(sample, len(rows) - len(judged), len(rows)),
    }


def _notes(sample: Generated, unjudged: int, rows: int) -> list[str]:
    seen, notes = sample.observations, []
    if malformed := sum(seen.validity.get(reason, 0) for reason in MALFORMED):
        share = _number(100 * malformed / max(seen.n_records, 1), 2)
        notes.append(f"{malformed:,} of its {seen.n_records:,} records ({share} %) are malformed and left out")
    if misfits := sum(count for reason, count in seen.replay.items() if reason not in _NO_FAULT):
        notes.append(f"{misfits:,} times its events do not fit the book")
    if 0 < unjudged < rows:
        notes.append(f"{_some(unjudged, 'row')} could not be judged")
    if any(isinstance(found, SeriesComparison) and found.flag for found in sample.distances.values()):
        notes.append("dependence is longer than the sample in rows marked *: false alarms may exceed the level there")
    return notes


def _description(comparison: Comparison) -> str:
    side, plan = comparison.real, comparison.plan
    missing = sum(isinstance(fact, Missing) for fact in side.facts.values())
    text = f"{_some(side.observations.n_events, 'event')} in {_some(len(side.observations.series), 'session')}, "
    text += (
        f"{_duration(side.observations.duration_ns)} of continuous trading, taken as {_some(side.units, plan.kind)}. "
    )
    return text + f"{len(side.facts) - missing} of {len(side.facts)} facts could be estimated."


def _basis(comparison: Comparison, labels: list[str]) -> list[tuple[str, str]]:
    plan, real, grid = comparison.plan, comparison.real, comparison.real.observations.grid
    mean = " on average" if plan.kind == "session" else " of clock time"
    units = f"{_some(real.units, plan.kind)} of {_duration(plan.length_ns)}{mean}"
    worth = [f"{label} is worth {g.worth}" for label, g in zip(labels[1:], comparison.generated, strict=True)]
    out = [
        ("Units", "; ".join([units, *worth])),
        ("Level", f"{100 * comparison.level:g} % for intervals and floors"),
        ("Tick", f"{grid.tick_size:g}"),
        ("Clock", f"{_duration(grid.clock_ns)}, the coarsest of all sides"),
        ("Longest lag or window", f"{_duration(plan.horizon_ns)}, a tenth of a unit"),
    ]
    if plan.rho:
        series, rho = max(plan.rho.items(), key=lambda item: item[1])
        out.append(
            ("Dependence", f"neighbouring blocks correlate by {_number(rho, 2)} at most ({SERIES[series].title})")
        )
    flagged = {
        series: found.flag
        for sample in comparison.generated
        for series, found in sample.distances.items()
        if isinstance(found, SeriesComparison) and found.flag
    }
    for flag in sorted(set(flagged.values())):
        which = ", ".join(SERIES[series].title for series in flagged if flagged[series] == flag)
        why = "the real sample is too short for its own memory, so more false alarms than the level says may occur"
        out.append((f"* {flag[:1].upper()}{flag[1:]}", f"{which}: {why}"))
    return out


def _side(side: Described) -> dict[str, Any]:
    seen = side.observations
    start, end = ((iso_time(time) or "none")[:19].replace("T", " ") for time in (seen.start, seen.end))
    return {
        "paths": seen.paths,
        "numbers": [seen.n_records, seen.n_events, len(seen.series)],
        "trading": _duration(seen.duration_ns),
        "start": start,
        "end": end,
        "clock": _duration(seen.own_clock_ns),
    }


def _families(real: Described, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the rows of each family; without a sample, what the real side shows."""
    facts = [_fact_row(name, real, sample) for name in real.facts]
    series = [] if sample is None else [_series_row(name, found) for name, found in sample.distances.items()]
    return [
        {"name": name, "facts": own_facts, "series": own_series}
        for name in dict.fromkeys([*FAMILIES, *(row["family"] for row in (*facts, *series))])
        if (own_facts := [row for row in facts if row["family"] == name])
        + (own_series := [row for row in series if row["family"] == name])
    ]


def _fact_row(name: str, real: Described, sample: Generated | None) -> dict[str, Any]:
    sides = [side.facts[name] for side in (real, sample) if side is not None]
    found = None if sample is None else sample.comparisons[name]
    at = found.at if isinstance(found, FactComparison) else None
    params = next((fact.params for fact in sides if not isinstance(fact, Missing)), {})
    metric = collect().get(name)
    doc = (inspect.getdoc(metric) or name).splitlines()[0].rstrip(".")
    row = {
        "name": name,
        "family": name.split(".")[0],
        "title": re.split(r"`+", doc),  # every second part is code
        "params": [f"{key.replace('_', ' ')} {_param(value)}" for key, value in params.items()],
        "cells": [_cell(fact, at) for fact in sides],
        "verdict": None,
        "flag": None,
        "order": 0.0,
        "reason": found.reason if isinstance(found, Missing) else "",
    }
    if isinstance(found, FactComparison):
        difference, floor = _number(found.difference, 2), _number(found.floor, 2)
        row |= {
            "verdict": found.verdict,
            **_ratio(found.ratio),
            "detail": f"{difference} / {floor}{_SCALES[found.scale]}",
        }
    return row


def _cell(fact: Estimate | Curve | Missing, at: float | None) -> dict[str, Any]:
    if isinstance(fact, Missing):
        return {"missing": fact.reason}
    if isinstance(fact, Curve):
        return _curve_cell(fact, at)
    value, low, high = fact.value, None, None
    if isinstance(fact.ci, Interval):
        low, high = fact.ci.low, fact.ci.high
    reason = fact.ci.reason if isinstance(fact.ci, Missing) else ""
    return {**_quantity(value, low, high, fact.unit, fact.scale), "n": fact.n, "note": reason}


def _curve_cell(fact: Curve, at: float | None) -> dict[str, Any]:
    """Show a curve at the point where it was judged, else by its ends."""
    short = fact.x_unit if len(fact.x_unit) < 3 else ""
    if at is None or at not in fact.x:
        first, last = (_quantity(float(value), None, None, fact.unit, fact.scale) for value in fact.value[[0, -1]])
        x = (
            f"{fact.x_unit} {fact.x[0]:g} to {fact.x[-1]:g}"
            if not short
            else f"{fact.x[0]:g} to {fact.x[-1]:g} {short}"
        )
        return {**first, "value": f"{first['value']} … {last['value']}", "n": int(fact.n.max()), "note": f"over {x}"}
    i = list(fact.x).index(at)
    low, high = (float(fact.ci.low[i]), float(fact.ci.high[i])) if isinstance(fact.ci, Band) else (None, None)
    where = f"at {at:g} {short}" if short else f"at {fact.x_unit} {at:g}"
    note = f"{where}; {fact.ci.reason}" if isinstance(fact.ci, Missing) else where
    return {**_quantity(float(fact.value[i]), low, high, fact.unit, fact.scale), "n": int(fact.n[i]), "note": note}


def _series_row(name: str, found: SeriesComparison | Missing) -> dict[str, Any]:
    info = SERIES[name]
    row: dict[str, Any] = {"name": name, "family": info.family, "title": [info.title[:1].upper() + info.title[1:]]}
    row |= {"params": [f"in {info.unit}"], "verdict": None, "flag": None, "order": 0.0, "cells": []}
    if isinstance(found, Missing):
        return row | {"reason": found.reason}
    for distance in DISTANCES:
        one = found.distances[distance]
        row["cells"].append({"value": _number(one.value), **_ratio(one.ratio)})
    p, holm = (None if p is None else _number(p, 2) if p >= 0.001 else "< 0.001" for p in (found.p, found.p_holm))
    row |= {"verdict": found.verdict, "flag": found.flag, **_ratio(found.joint), "p": p, "holm": holm}
    return row | {"reason": found.missing or ""}


def _counts(sides: list[Described]) -> list[dict[str, Any]]:
    """Return what was counted on each side: reasons that occur, and those that nowhere do."""
    out = []
    for title, name in (("Records", "validity"), ("Book", "replay"), ("Outside continuous trading", "not_continuous")):
        groups = [getattr(side.observations, name) for side in sides]
        reasons = dict.fromkeys(reason for group in groups for reason in group)
        rows, zero = [], []
        for reason in reasons:
            text = _REASONS.get(reason, reason.replace("_", " "))
            counts = [group.get(reason, 0) for group in groups]
            if any(counts):
                rows.append((text, counts, reason not in _NO_FAULT))
            else:
                zero.append(text)
        out.append({"title": title, "rows": rows, "zero": zero})
    return out


def _ratio(ratio: float | None) -> dict[str, Any]:
    """Return a ratio as text, as the width of a bar in per cent and for sorting; None is a floor of zero."""
    if ratio is None:
        return {"ratio": "∞", "width": 100, "order": math.inf}
    text = f"{ratio:.2f}" if ratio < 100 else f"{ratio:,.0f}"
    return {"ratio": text, "width": round(100 * min(ratio / _FULL_BAR, 1)), "order": ratio}


def _quantity(value: float, low: float | None, high: float | None, unit: str, scale: str) -> dict[str, str]:
    factor = 1.0
    if scale == "arcsine" and not unit:
        factor, unit = 100.0, "%"
    elif unit == "s" and 0 < abs(value) < 0.1:
        factor, unit = (1e3, "ms") if abs(value) >= 1e-4 else (1e6, "µs")
    value, low, high = value * factor, *(None if end is None else end * factor for end in (low, high))
    decimals = _decimals(max(abs(value), abs(high or 0.0)))
    interval = "" if low is None or high is None else f"[{_fixed(low, decimals)}, {_fixed(high, decimals)}]"
    return {"value": _fixed(value, decimals), "interval": interval, "unit": unit}


def _number(value: float, digits: int = 3) -> str:
    return _fixed(value, _decimals(value, digits))


def _decimals(value: float, digits: int = 3) -> int:
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0


def _fixed(value: float, decimals: int) -> str:
    wide = decimals > 6 or abs(value) >= 1e9
    return (f"{value:.2e}" if wide and value else f"{value:,.{decimals}f}").replace("-", _MINUS)


def _param(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _duration(ns: int) -> str:
    for unit, size, most in (
        ("ns", 1, 1000),
        ("µs", 1e3, 1000),
        ("ms", 1e6, 1000),
        ("s", 1e9, 120),
        ("min", 6e10, 120),
    ):
        if ns < most * size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns / 3.6e12:,.3g} h"
