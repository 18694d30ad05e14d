"""A comparison as one HTML page that needs nothing else: no network, no script."""

import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from markupsafe import Markup

from lobstats._version import __version__
from lobstats.compare import Comparison, Described, Generated
from lobstats.compare.headline import VERDICTS, opening
from lobstats.report.cards import NO_FAULT, basis, card
from lobstats.report.catalogue import Row, rows
from lobstats.report.catalogue_figures import catalogue_figures
from lobstats.report.conditions import horizon_rows, regime_columns, regime_rows
from lobstats.report.figures import Figure, figures, horizon_figure, side_labels, side_styles
from lobstats.report.numbers import number, ratio
from lobstats.report.paper import paper_rows
from lobstats.report.ranking import ranking_html
from lobstats.report.rows import REASONS, Family, cell, families
from lobstats.report.templates import rendered
from lobstats.report.theme import DARK, FONT, LIGHT, MONO, SIGNS, css_variables
from lobstats.result import Curve, Estimate, Missing

__all__ = ["to_html"]

_ASKS = {
    "tails": "How often does the price move far, and how far?",
    "volatility": "Do large moves follow large moves, and for how long?",
    "arrivals": "When do things happen: evenly, or in bursts?",
    "prices": "Where does the price go, and in what steps, spreads and sizes?",
    "orders": "What do orders do, and how long do they live?",
    "flow": "Who follows whom, and how does the price respond?",
    "liquidity": "What rests in the book, and how does it recover?",
    "messages": "Are the records well formed, and do they fit the book?",
}
_PACKAGES = ("numpy", "scipy", "pandas", "numba", "arch", "statsmodels", "seaborn", "matplotlib")


def to_html(comparison: Comparison, *, command: str | None = None) -> str:
    """Return a comparison as one self-contained HTML page.

    A verdict in words, a score card, a section for each family with its figures and rows, what was left out, and how
    the page was made.

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
    labels = side_labels(comparison)
    real, generated = comparison.real, comparison.generated
    sides = [real, *generated]
    parts = families(comparison)
    cards = [card(real, sample, i, parts, labels) for i, sample in enumerate(generated)]
    drawn = figures(comparison)
    page = rendered(
        "page.html",
        version=__version__,
        versions=_versions(),
        seed=comparison.seed,
        command=command,
        level=f"{100 * comparison.level:g} %",
        styles=Markup(f":root {{ {css_variables(LIGHT)} --sans: {FONT}; --mono: {MONO}; }}"),
        dark=Markup(f":root {{ {css_variables(DARK)} }}"),
        signs=SIGNS,
        labels=labels,
        keys=side_styles(len(sides)),
        opening=opening([(one["label"], one["tone"]) for one in cards], labels[0]) if cards else labels[0],
        cards=cards,
        ranking=Markup(ranking_html(comparison)),
        basis=basis(comparison, labels),
        sides=sides,
        kind=comparison.plan.kind,
        families=[_family(part, drawn.get(part.name, []), sides, labels) for part in parts],
        parts=[_parts(sample, i) for i, sample in enumerate(generated, start=1)],
        papers=[_paper(comparison, sample) for sample in generated or [None]],
        catalogues=[_catalogue(real, sample) for sample in generated or [None]],
        # What cannot be drawn is said in the table above them.
        fact_figures=[(entry, one, Markup(one.svg)) for entry, one in catalogue_figures(comparison) if one.svg],
        counts=_counts(sides),
    )
    # A name that is no valid text, as file systems allow, would not encode.
    return page.encode("utf-8", "replace").decode()


def _family(part: Family, drawn: Sequence[Figure], sides: Sequence[Described], labels: Sequence[str]) -> dict[str, Any]:
    """Show a family: what it asks, how each sample stands in it, its figures, its rows."""
    by_name = {row["name"]: row for row in part.rows}
    tallies = []
    for i in range(len(sides) - 1):
        own = Counter(row["samples"][i]["verdict"] for row in part.rows)
        tallies.append([(verdict, own[verdict]) for verdict in VERDICTS if own[verdict]])
    return {
        "name": part.name,
        "asks": _ASKS.get(part.name, ""),
        "facts": part.facts,
        "series": part.series,
        "rows": part.rows,
        "tallies": tallies,
        "figures": [_figure(figure, by_name, sides, labels) for figure in drawn],
    }


def _figure(figure: Figure, known: dict[str, Any], sides: Sequence[Described], labels: Sequence[str]) -> dict[str, Any]:
    """Show a figure with the verdicts of the row that it draws, its definition and what it rests on."""
    shown = [known[name] for name in figure.rows if name in known]
    judged = {} if not shown else dict(zip(labels[1:], shown[0]["samples"], strict=True))
    verdicts = {label: own for label, own in judged.items() if own["verdict"]}
    about = [(row["name"], row["definition"]) for row in shown if row.get("definition")]
    rests = []
    for row in shown:
        cells = [row["real"], *(own["cell"] for own in row["samples"])] if "real" in row else []
        told = [f"{label} {one['n']:,}" for label, one in zip(labels, cells, strict=False) if "n" in one]
        if told:
            counted = next(one["counted"] for one in cells if "n" in one)
            rests.append(f"{row['short']}: {', '.join(told)} {counted}")
    return {
        "figure": figure,
        "svg": None if figure.svg is None else Markup(figure.svg),
        "legend": [(key, verdicts.get(key.label)) for key in figure.legend],
        "row": shown[0]["name"] if shown else "",
        "about": about,
        "rests": rests,
    }


def _parts(sample: Generated, number_of: int) -> dict[str, Any]:
    """Show a sample by tenth of its sessions and by the state of the market."""
    figure, conditions, horizon = horizon_figure(sample, f"horizon-{number_of}"), sample.conditions, sample.horizon
    return {
        "figure": figure,
        "svg": None if figure.svg is None else Markup(figure.svg),
        "reference": "" if isinstance(horizon, Missing) else horizon.reference,
        "horizon": horizon_rows(sample, ratio),
        "columns": regime_columns(sample),
        "regimes": regime_rows(sample, ratio),
        "missing": conditions.reason if isinstance(conditions, Missing) else "",
        "without": [] if isinstance(conditions, Missing) else list(conditions.without.items()),
    }


def _paper(comparison: Comparison, sample: Generated | None) -> list[dict[str, Any]]:
    """Return the rows of the paper's table."""
    out = []
    for row in paper_rows(comparison, sample):
        cells = []
        for value in row["sides"]:
            if isinstance(value, Estimate | Curve | Missing):
                cells.append(cell(value, None))
            else:
                part = {"value": "-" if value is None else number(value), "interval": "", "unit": row["unit"]}
                cells.append({"parts": [part], "n": 0, "counted": "", "notes": []})
        judged = ratio(row["ratio"]) if row["verdict"] else {}
        out.append({**row, **judged, "cells": cells, "mark": "", "flag": None, "told": False})
    return out


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
        "cells": [cell(value, row.at) for value in row.values],
        "verdict": row.verdict,
        "state": "shown" if row.shown else "not judged",
        "reason": row.reason,
        "told": any(isinstance(value, Missing) for value in row.values),
    }
    return out if row.verdict is None else out | ratio(row.ratio)


def _counts(sides: Sequence[Described]) -> list[dict[str, Any]]:
    """Return what was counted on each side: reasons that occur, and those that nowhere do."""
    out = []
    for title, name in (("Records", "validity"), ("Book", "replay"), ("Outside continuous trading", "not_continuous")):
        groups = [getattr(side.observations, name) for side in sides]
        found, zero = [], []
        for reason in dict.fromkeys(reason for group in groups for reason in group):
            text = REASONS.get(reason, reason.replace("_", " "))
            counts = [group.get(reason, 0) for group in groups]
            if any(counts):
                found.append((text, counts, reason not in NO_FAULT))
            else:
                zero.append(text)
        out.append({"title": title, "rows": found, "zero": zero})
    return out


def _versions() -> str:
    own = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in _PACKAGES)]
    return ", ".join(own)
