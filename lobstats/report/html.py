"""A comparison as one HTML page that needs nothing else: no network, no script."""

import inspect
import math
import re
from collections import Counter
from importlib.resources import files
from typing import Any

import numpy as np

from lobstats._version import __version__
from lobstats.compare import SERIES, Comparison, Described, FactComparison, Generated, SeriesComparison
from lobstats.compare.distances import DISTANCES
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.events.codec import MALFORMED
from lobstats.metrics import FAMILIES, Metric, collect
from lobstats.report.catalogue import Row, rows
from lobstats.report.catalogue_figures import catalogue_figures
from lobstats.report.conditions import horizon_rows, regime_columns, regime_rows
from lobstats.report.figures import figures, horizon_figure, side_labels, side_styles
from lobstats.report.paper import paper_rows
from lobstats.report.ranking import ranking_html
from lobstats.report.render import describe_pattern, iso_time
from lobstats.report.terminal import assumption, equal_lengths, flagged_families
from lobstats.result import Band, Curve, Estimate, Interval, Missing

__all__ = ["to_html"]

_VERDICTS = ("apart", "close", "within noise")
_FARTHEST = 4
_FULL_BAR = 4.0  # the ratio that fills a bar; its mark at 1 stands at a quarter
_MINUS = "\N{MINUS SIGN}"
_NO_FAULT = (
    "clears",
    "snapshot_records",
    "depth_records",
    "bbo_records",
    "before_first_trade",
    "outside_hours",
    "fill_larger_than_order",  # icebergs have them
    "trade_off_touch",  # executions of hidden quantity are
)
_REASONS = {
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
_DURATIONS = {"ns": (1, 1e3), "µs": (1e3, 1e6), "ms": (1e6, 1e9), "s": (1e9, 120e9), "min": (60e9, 7200e9)}


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
    environment.filters |= {"duration": _duration, "iso_time": iso_time, "some": _some}
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
        cards=[_card(real, *each, labels[0]) for each in zip(comparison.generated, tables, labels[1:], strict=True)],
        ranking=Markup(ranking_html(comparison)),
        basis=_basis(comparison, labels),
        sides=sides,
        kind=comparison.plan.kind,
        parts=[_parts(sample, number) for number, sample in enumerate(comparison.generated, start=1)],
        papers=[_paper(comparison, sample) for sample in comparison.generated or [None]],
        tables=tables or [_families(real, None)],
        catalogues=[_catalogue(real, sample) for sample in comparison.generated or [None]],
        # What cannot be drawn is said in the table above them.
        fact_figures=[(entry, one, Markup(one.svg)) for entry, one in catalogue_figures(comparison) if one.svg],
        figures=[(figure, Markup(figure.svg)) for figure in figures(comparison)],
        counts=_counts(sides),
    )
    # A name that is no valid text, as file systems allow, would not encode.
    return page.encode("utf-8", "replace").decode()


def _parts(sample: Generated, number: int) -> dict[str, Any]:
    """Show a sample by tenth of its sessions and by the state of the market."""
    from markupsafe import Markup

    figure, conditions, horizon = horizon_figure(sample, f"horizon-{number}"), sample.conditions, sample.horizon
    return {
        "figure": figure,
        "svg": None if figure.svg is None else Markup(figure.svg),
        "reference": "" if isinstance(horizon, Missing) else horizon.reference,
        "horizon": horizon_rows(sample, _ratio),
        "columns": regime_columns(sample),
        "regimes": regime_rows(sample, _ratio),
        "missing": conditions.reason if isinstance(conditions, Missing) else "",
        "without": [] if isinstance(conditions, Missing) else list(conditions.without.items()),
    }


def _card(real: Described, sample: Generated, parts: list[dict[str, Any]], label: str, against: str) -> dict[str, Any]:
    """Say in words how good a sample is."""
    rows = [row for part in parts for row in (*part["facts"], *part["series"])]
    judged = [row for row in rows if row["verdict"]]
    counts = Counter(row["verdict"] for row in judged)
    families = []
    for part in parts:
        own = Counter(row["verdict"] for row in (*part["facts"], *part["series"]))
        families.append((part["name"], [(verdict, own[verdict]) for verdict in _VERDICTS], own[None]))
    apart, close, of = counts["apart"], counts["close"], f"of {len(judged)}"
    if not apart and all(row["family"] == MESSAGES for row in judged):
        # Faultless messages do not make a sample good that shows nothing else.
        reasons = Counter(row["reason"] for row in rows if not row["verdict"])
        tone, sentence = (
            "",
            f"cannot be held against {against}: {reasons.most_common(1)[0][0].removeprefix('generated: ')}.",
        )
    elif apart:
        where = ", ".join(f"{name} {own[0][1]}" for name, own, _ in families if own[0][1])
        tone, sentence = "apart", f"is apart from {against} in {apart} {of} rows: {where}."
    else:
        # A perfect model is close here and there: at 95 % in one row of twenty.
        tone = "close" if close > counts["within noise"] else "within noise"
        rest = f"{close} {of} close" if close else f"all {len(judged)} within noise"
        sentence = f"has no row apart from {against}, {rest}."
    beyond = sorted((row for row in judged if row["verdict"] != "within noise"), key=lambda row: -row["order"])
    notes = _notes(real, sample, len(rows) - len(judged), len(rows))
    shown = {"farthest": beyond[:_FARTHEST], "families": families, "notes": notes}
    return {"label": label, "tone": tone, "sentence": sentence, **shown}


def _notes(real: Described, sample: Generated, unjudged: int, rows: int) -> list[str]:
    seen = sample.observations
    notes = [*real.observations.notes, *seen.notes]
    if malformed := sum(seen.validity.get(reason, 0) for reason in MALFORMED):
        share = _number(100 * malformed / max(seen.n_records, 1), 2)
        notes.append(f"{malformed:,} of its {seen.n_records:,} records ({share} %) are malformed and left out")
    misfits, usual = (
        (
            sum(n for reason, n in side.observations.replay.items() if reason not in _NO_FAULT),
            side.observations.n_events,
        )
        for side in (sample, real)
    )
    if misfits[0]:
        each, other = (_number(100 * faults / max(events, 1), 2) for faults, events in (misfits, usual))
        notes.append(f"{misfits[0]:,} faults in the book, {each} for 100 events; on the real side {other}")
    if 0 < unjudged < rows:
        notes.append(f"{_some(unjudged, 'row')} could not be judged")
    if any(isinstance(found, SeriesComparison) and found.flag for found in sample.distances.values()):
        notes.append("dependence is longer than the sample in rows marked *: false alarms may exceed the level there")
    return notes


def _basis(comparison: Comparison, labels: list[str]) -> list[tuple[str, str]]:
    plan, real, grid = comparison.plan, comparison.real, comparison.real.observations.grid
    mean = " on average" if plan.kind == "session" else " of clock time"
    units = f"{_some(real.units, plan.kind)} of {_duration(plan.length_ns)}{mean}"
    worth = [f"{label} is worth {g.worth}" for label, g in zip(labels[1:], comparison.generated, strict=True)]
    out = [
        ("Units", "; ".join([units, *worth])),
        *_baseline(comparison),
        ("Level", f"{100 * comparison.level:g} % for intervals and floors"),
        ("Tick", f"{grid.tick_size:g}"),
        ("Clock", f"{_duration(grid.clock_ns)}, the coarsest of all sides"),
        ("Longest lag or window", f"{_duration(plan.horizon_ns)}, a tenth of a unit"),
        ("Intraday pattern", describe_pattern(comparison.pattern)),
    ]
    if plan.rho:
        series, rho = max(plan.rho.items(), key=lambda item: item[1])
        most = f"{_number(max(rho, 0.0), 2)} at most ({SERIES[series].title})"
        out.append(("Dependence", f"neighbouring blocks correlate by {most}"))
    found = [(series, each) for sample in comparison.generated for series, each in sample.distances.items()]
    flags = {SERIES[series].title: each.flag for series, each in found if isinstance(each, SeriesComparison)}
    for flag in sorted({flag for flag in flags.values() if flag}):
        which = ", ".join(title for title, own in flags.items() if own == flag)
        why = "the real sample is too short for its own memory, so more false alarms than the level says may occur"
        out.append((f"* {flag.capitalize()}", f"{which}: {why}"))
    out += [("One session", told) for sample in comparison.generated if (told := assumption(comparison, sample))]
    out += [("Equal lengths", told) for sample in comparison.generated if (told := equal_lengths(comparison, sample))]
    for label, side in zip(labels, [real, *comparison.generated], strict=True):
        out += [("~ Long memory", f"{label}, {which}: {flag}") for flag, which in flagged_families(side).items()]
    return out


def _baseline(comparison: Comparison) -> list[tuple[str, str]]:
    if comparison.baseline is None:
        return []
    name, units = comparison.baseline.observations.name, _some(comparison.baseline.units, comparison.plan.kind)
    return [("Floors", f"what lies between the real side and {name}, a second real sample of {units}")]


def _families(real: Described, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the rows of each family; without a sample, what the real side shows."""
    metrics = collect()
    facts = [_fact_row(name, metrics.get(name), real, sample) for name in real.facts]
    series = [] if sample is None else [_series_row(name, found) for name, found in sample.distances.items()]
    parts = []
    for name in dict.fromkeys([*FAMILIES, *(info.family for info in SERIES.values()), MESSAGES]):
        own_facts, own_series = ([row for row in rows if row["family"] == name] for rows in (facts, series))
        if own_facts or own_series:
            parts.append({"name": name, "facts": own_facts, "series": own_series})
    return parts


def _fact_row(name: str, metric: Metric | None, real: Described, sample: Generated | None) -> dict[str, Any]:
    sides = [side.facts[name] for side in (real, sample) if side is not None]
    found = None if sample is None else sample.comparisons[name]
    shown = next((fact for fact in sides if not isinstance(fact, Missing)), None)
    basis = None if shown is None else shown.basis
    family, own = name.split(".")
    if metric is None:
        title = f"Share of records: {_REASONS.get(own, own.replace('_', ' '))}"
    else:
        title = (inspect.getdoc(metric.function) or name).splitlines()[0].rstrip(".") + _OVER[metric.over]
        title += metric.event.replace("_", ", ")
    row: dict[str, Any] = {
        "name": name,
        "family": family,
        "title": re.split(r"`+", title),  # every second part is code
        "params": [] if basis is None else [f"{basis.clock}, {basis.horizon}"],
        "cells": [_cell(fact, found.where if isinstance(found, FactComparison) else None) for fact in sides],
        "verdict": None,
        "mark": "~",
        "flag": next(
            (side.flags[family] for side in (real, sample) if side is not None and family in side.flags), None
        ),
        "reason": found.reason if isinstance(found, Missing) else "",
        "told": any(isinstance(fact, Missing) for fact in sides),  # the reason stands in a side's own cell
    }
    row["params"] += [f"{key.replace('_', ' ')} {_param(value)}" for key, value in _settings(sides).items()]
    if isinstance(found, FactComparison):
        detail = f"{_number(found.difference, 2)} / {_number(found.floor, 2)}{_SCALES[found.scale]}"
        row |= {"verdict": found.verdict, "detail": detail, **_ratio(found.ratio)}
    return row


def _paper(comparison: Comparison, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the rows of the paper's table."""
    out = []
    for row in paper_rows(comparison, sample):
        cells = []
        for value in row["sides"]:
            if isinstance(value, Estimate | Curve | Missing):
                cells.append(_cell(value, None))
            else:
                part = {"value": "-" if value is None else _number(value), "interval": "", "unit": row["unit"]}
                cells.append({"parts": [part], "n": 0, "counted": "", "notes": []})
        judged = _ratio(row["ratio"]) if row["verdict"] else {}
        out.append({**row, **judged, "cells": cells, "mark": "", "flag": None, "told": False})
    return out


def _settings(sides: list[Estimate | Curve | Missing]) -> dict[str, object]:
    """Return the parameters that all sides have alike; those that differ are results of a fit."""
    params = [fact.params for fact in sides if not isinstance(fact, Missing)]
    return {key: value for key, value in (params[0] if params else {}).items() if all(p[key] == value for p in params)}


def _cell(fact: Estimate | Curve | Missing, at: float | None) -> dict[str, Any]:
    """Show a fact; a curve at the point where it was judged, else at its ends."""
    if isinstance(fact, Missing):
        return {"missing": fact.reason}
    notes = [fact.ci.reason] if isinstance(fact.ci, Missing) else []
    counted = "" if fact.basis is None else fact.basis.counted
    if isinstance(fact, Estimate):
        ends = (fact.ci.low, fact.ci.high) if isinstance(fact.ci, Interval) else None
        return {
            "parts": [_quantity(fact.value, ends, fact.unit, fact.scale)],
            "n": fact.n,
            "counted": counted,
            "notes": notes,
        }
    chosen = sorted({0, len(fact.x) - 1}) if at is None else np.flatnonzero(fact.x == at).tolist()
    parts = []
    for i in chosen:
        ends = (float(fact.ci.low[i]), float(fact.ci.high[i])) if isinstance(fact.ci, Band) else None
        parts.append(_quantity(float(fact.value[i]), ends, fact.unit, fact.scale))
    x, unit = " and ".join(fact.at(fact.x[i]) for i in chosen), fact.x_unit
    where = f"at {x} {unit}".rstrip() if len(unit) < 3 else f"at {unit} {x}"
    return {"parts": parts, "n": int(fact.n[chosen].max()), "counted": counted, "notes": [where, *notes]}


def _catalogue(real: Described, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the stylised facts by their usual names."""
    return [_catalogue_row(row) for row in rows(real, sample)]


def _catalogue_row(row: Row) -> dict[str, Any]:
    out: dict[str, Any] = {
        "source": row.entry.source,
        "number": row.entry.number,
        "name": row.entry.name,
        "shows": row.entry.shows,
        "fact": row.fact,
        "cells": [_cell(value, row.at) for value in row.values],
        "verdict": row.verdict,
        "state": "shown" if row.shown else "not judged",
        "reason": row.reason,
        "told": any(isinstance(value, Missing) for value in row.values),
    }
    return out if row.verdict is None else out | _ratio(row.ratio)


def _series_row(name: str, found: SeriesComparison | Missing) -> dict[str, Any]:
    info = SERIES[name]
    row: dict[str, Any] = {"name": name, "family": info.family, "title": [info.title[:1].upper() + info.title[1:]]}
    row |= {"params": [f"in {info.unit}"], "verdict": None, "mark": "*", "flag": None, "cells": [], "told": False}
    if isinstance(found, Missing):
        return row | {"reason": found.reason}
    for distance in DISTANCES:
        one = found.distances[distance]
        relative = found.wasserstein_relative if distance == "wasserstein" else None
        cell = {"value": _number(one.value), "relative": None if relative is None else _number(relative, 2)}
        row["cells"].append({**cell, **_ratio(one.ratio)})
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


def _quantity(value: float, ends: tuple[float, float] | None, unit: str, scale: str) -> dict[str, str]:
    """Return a value, its unit and its interval as text, to two digits of the interval's half width."""
    factor = 1.0
    if scale == "arcsine" and not unit:
        factor, unit = 100.0, "%"
    elif unit == "s" and 0 < abs(value) < 0.1:
        factor, unit = (1e3, "ms") if abs(value) >= 1e-4 else (1e6, "µs")
    value, interval, decimals = value * factor, "", _decimals(value * factor)
    if ends is not None:
        low, high = (end * factor for end in ends)
        decimals = _decimals((high - low) / 2, 2) if high > low else decimals
        interval = f"[{_fixed(low, decimals)}, {_fixed(high, decimals)}]"
    return {"value": _fixed(value, decimals), "interval": interval, "unit": unit}


def _number(value: float, digits: int = 3) -> str:
    return _fixed(value, _decimals(value, digits))


def _decimals(value: float, digits: int = 3) -> int:
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value and math.isfinite(value) else 0


def _fixed(value: float, decimals: int) -> str:
    wide = decimals > 6 or abs(value) >= 1e9
    return (f"{value:.2e}" if wide and value else f"{value:,.{decimals}f}").replace("-", _MINUS)


def _param(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _duration(ns: int) -> str:
    for unit, (size, most) in _DURATIONS.items():
        if 0 < ns < most:
            return f"{ns / size:.3g} {unit}"
    return f"{ns / 3600e9:,.3g} h" if ns else "none"
