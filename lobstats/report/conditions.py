"""A sample by tenth of its sessions and by the state of the market: tables for a terminal, rows for a page."""

from collections.abc import Callable
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from lobstats.compare import SERIES, Generated, SeriesComparison
from lobstats.compare.conditions import Regime
from lobstats.report.plots.lines import Line, Plot
from lobstats.report.theme import SIGNS, STYLES
from lobstats.result import Missing
from lobstats.summary.conditional import OBSERVED, TENTHS

__all__ = ["MARKS", "horizon_lines", "horizon_rows", "horizon_table", "regime_columns", "regime_rows", "regime_table"]

MARKS = SIGNS | {"within noise": " "}
"""Of verdicts in narrow cells, where what is within noise needs no sign."""

_STYLES = {"close": STYLES["close"], "apart": STYLES["apart"], "drifts": STYLES["apart"]}
_WINDOWS = {"same": "", "before": "10 s ago"}
_DASH = "-"

Footnotes = dict[str, int]


def horizon_table(sample: Generated, footnotes: Footnotes) -> Table:
    """Return joint distance over floor for each tenth of the generated sessions, and whether it grows."""
    table = _table("by tenth", 15)
    for tenth in range(1, TENTHS + 1):
        table.add_column(str(tenth), justify="right", width=5)
    table.add_column("growth", justify="right", width=6)
    table.add_column("verdict", width=14, no_wrap=True)
    if isinstance(sample.horizon, Missing):
        table.add_row(" all", *[_DASH] * (TENTHS + 1), _note(sample.horizon.reason, footnotes))
        return table
    for name, found in sample.horizon.series.items():
        if isinstance(found, Missing):
            table.add_row(f" {name}", *[_DASH] * (TENTHS + 1), _note(found.reason, footnotes))
            continue
        cells = [Text(_ratio(one), style="" if _within(one) else "yellow") for one in found.ratios]
        verdict = Text(found.verdict, style=_STYLES.get(found.verdict, "green"))
        table.add_row(f" {name}", *cells, _ratio(found.ratio), verdict)
    return table


def regime_table(sample: Generated, footnotes: Footnotes) -> Table:
    """Return joint distance over floor for each class of the market's state."""
    table = _table("by state", 19)
    conditions = sample.conditions
    if isinstance(conditions, Missing):
        table.add_column("", width=20)
        table.add_row(" all", _note(conditions.reason, footnotes))
        return table
    for regime in conditions.regimes:
        table.add_column(f"{regime.name}\n{_WINDOWS[regime.window]}", justify="right", width=8)
    for series in OBSERVED:
        table.add_row(f" {series}", *(_class_cell(regime.series[series], footnotes) for regime in conditions.regimes))
    for role, shares in (
        ("real", [regime.real_share for regime in conditions.regimes]),
        ("generated", [regime.generated_share for regime in conditions.regimes]),
    ):
        table.add_row(f" windows, {role}", *(_DASH if s is None else f"{100 * s:.0f} % " for s in shares), style="dim")
    table.caption_justify, table.caption_style = "left", ""
    table.caption = "\n".join(
        [
            *(f"{one.name}: {describe(one)}" for one in conditions.regimes if one.window == "same"),
            *(f"{condition}: {reason}" for condition, reason in conditions.without.items()),
        ]
    )
    return table


def describe(regime: Regime) -> str:
    """Return in words what makes a class."""
    what = "mean spread over 10 s" if regime.condition == "spread" else "happenings in 10 s"
    side = "at least" if regime.name in ("busy", "wide") else "below"
    return f"{what} {side} {regime.limit:.4g}{' ticks' if regime.condition == 'spread' else ''}"


def horizon_lines(sample: Generated) -> dict[int, Line]:
    """Return the ratio by tenth of each series, by its place among `OBSERVED`."""
    if isinstance(sample.horizon, Missing):
        return {}
    lines = {}
    for place, name in enumerate(OBSERVED):
        found = sample.horizon.series[name]
        if isinstance(found, Missing) or all(ratio is None for ratio in found.ratios):
            continue
        at = np.array([i for i, ratio in enumerate(found.ratios) if ratio is not None])
        lines[place] = Line(at + 1.0, np.array([ratio for ratio in found.ratios if ratio is not None], dtype=float))
    return lines


def horizon_rows(sample: Generated, ratio: Callable[[float | None], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a page shows of each series' drift; ``ratio`` writes one."""
    if isinstance(sample.horizon, Missing):
        return []
    rows: list[dict[str, Any]] = []
    for name, found in sample.horizon.series.items():
        row: dict[str, Any] = {"name": name, "title": _title(name)}
        if isinstance(found, Missing):
            rows.append(row | {"reason": found.reason, "verdict": None})
            continue
        tenths = [{**ratio(one), "over": not _within(one)} for one in found.ratios]
        ends = (_percent(end["ks"]) for end in (found.early, found.late))
        p = f"{found.p_holm:.2g}" if found.p_holm >= 0.001 else "< 0.001"
        rows.append(
            row | {"tenths": tenths, "ends": list(ends), "holm": p, "verdict": found.verdict} | ratio(found.ratio)
        )
    return rows


def _percent(share: float) -> str:
    return f"{float(f'{100 * share:.2g}'):g}"


def regime_columns(sample: Generated) -> list[dict[str, Any]]:
    """Return the head of each class's column."""
    if isinstance(sample.conditions, Missing):
        return []
    return [
        {
            "name": one.name,
            "window": _WINDOWS[one.window],
            "rule": describe(one),
            "limit": f"{'≥' if one.name in ('busy', 'wide') else '<'} {one.limit:.4g} {one.unit}",
            "shares": [
                "none" if s is None else f"{100 * s:.0f} %" if s >= 0.005 else "< 1 %"
                for s in (one.real_share, one.generated_share)
            ],
        }
        for one in sample.conditions.regimes
    ]


def regime_rows(sample: Generated, ratio: Callable[[float | None], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a page shows of each series by class."""
    if isinstance(sample.conditions, Missing):
        return []
    return [
        {
            "name": series,
            "title": _title(series),
            "cells": [_page_cell(one.series[series], ratio) for one in sample.conditions.regimes],
        }
        for series in OBSERVED
    ]


def _page_cell(found: SeriesComparison | Missing, ratio: Callable[[float | None], dict[str, Any]]) -> dict[str, Any]:
    if isinstance(found, Missing):
        return {"missing": found.reason}
    holm = "" if found.p_holm is None else f"{found.p_holm:.2g}" if found.p_holm >= 0.001 else "< 0.001"
    return {**ratio(found.joint), "verdict": found.verdict, "holm": holm, "units": found.units, "flag": found.flag}


def horizon_plot() -> Plot:
    """Return the axes and words of the figure of ratios by tenth."""
    return Plot(
        name="horizon",
        title="Distance from reality as a session gets longer",
        x_label="tenth of a session",
        y_label="joint distance over floor",
        x_axis="value",
        y_axis="value",
        line=_nothing,
        caption="Up to 1 a tenth cannot be told from the real market; of fifty tenths chance puts some beyond. A line "
        "that rises shows a model that drifts.",
        guide_label="floor",
    )


def _nothing(*_: object) -> Line:
    return Line(np.empty(0), np.empty(0))


def _title(series: str) -> str:
    title = SERIES[series].title
    return title[:1].upper() + title[1:]


def _table(first: str, width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column(first, width=width, no_wrap=True)
    return table


def _class_cell(found: SeriesComparison | Missing, footnotes: Footnotes) -> Text:
    if isinstance(found, Missing):
        return Text(_note(found.reason, footnotes))
    verdict = found.verdict or "within noise"
    mark = MARKS[verdict]
    return Text(f"{_ratio(found.joint)}{mark}", style=_STYLES.get(verdict, ""))


def _note(reason: str, footnotes: Footnotes) -> str:
    return f"[{footnotes.setdefault(reason, len(footnotes) + 1)}]"


def _within(ratio: float | None) -> bool:
    return ratio is not None and ratio <= 1


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return "inf"
    return f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0f}" if ratio < 10_000 else ">9999"
