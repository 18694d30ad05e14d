"""Comparisons, sides and rankings as a notebook shows them: the verdict in words and the rows that stand out."""

import html
import math
from typing import TYPE_CHECKING, Any

from lobstats.compare.headline import headline
from lobstats.notebook import Cell, interval_text, number_text, table
from lobstats.result import Curve, Estimate, Interval, Missing

if TYPE_CHECKING:
    from lobstats.compare.ranking_results import Ranking
    from lobstats.compare.results import Comparison, Described, Generated

__all__ = ["comparison_html", "ranking_html", "side_html"]

_MOST, _LEAST = 12, 3  # rows for all samples together, and for each where there are many
_CSS = {"apart": "color: #c2410c; font-weight: bold", "close": "color: #a16207", "within noise": "color: #15803d"}


def comparison_html(comparison: "Comparison") -> str:
    """Return the ranking of several samples, then of each what is said of it and the rows farthest beyond noise."""
    if not comparison.generated:
        return side_html(comparison.real)
    frame = comparison.to_frame().sort_values(["verdict", "ratio"], ascending=False)
    beyond = frame[frame["verdict"] > "within noise"]
    parts = [] if comparison.ranking is None else [ranking_html(comparison.ranking)]
    for sample in comparison.generated:
        rows = beyond[beyond["sample"] == sample.observations.name].to_dict("records")
        parts.append(_sample(comparison, sample, rows))
    return "".join(parts)


def side_html(side: "Described") -> str:
    """Return what a side holds, and its facts by family behind folds."""
    seen = side.observations
    parts = [
        f"<p><b>{html.escape(seen.name)}</b>: {seen.n_events:,} events, {_some(len(seen.sessions), 'session')}, "
        f"{_some(len(side.facts), 'fact')}.</p>"
    ]
    for family in dict.fromkeys(name.split(".")[0] for name in side.facts):
        facts = {name.split(".")[1]: fact for name, fact in side.facts.items() if name.split(".")[0] == family}
        missing = sum(isinstance(fact, Missing) for fact in facts.values())
        told = f"{family}: {_some(len(facts), 'fact')}{f', {missing} missing' if missing else ''}"
        rows = [_fact(name, fact) for name, fact in facts.items()]
        body = table(["fact", "value", "unit", "n"], rows, "llll")
        parts.append(f"<details><summary>{html.escape(told)}</summary>{body}</details>")
    return "".join(parts)


def ranking_html(ranking: "Ranking") -> str:
    """Return the models in the order of their scores."""
    rows = [
        [
            "-".join(dict.fromkeys(map(str, model.rank))),
            model.name,
            f"{model.score:.2f} [{model.ci.low:.2f}, {model.ci.high:.2f}]",
            str(model.counts["apart"]),
            str(model.counts["close"]),
        ]
        for model in ranking.models
    ]
    left_out = f"<p>{_some(len(ranking.unranked), 'model')} not ranked.</p>" if ranking.unranked else ""
    return table(["rank", "model", "score", "apart", "close"], rows, "rllrr") + left_out


def _sample(comparison: "Comparison", sample: "Generated", rows: list[dict[Any, Any]]) -> str:
    real, name = comparison.real.observations.name, sample.observations.name
    verdict = headline(comparison.real, sample)
    told = f"<p><b>{html.escape(f'{name} {verdict.words(real)}')}.</b> {html.escape(verdict.counted)}</p>"
    if not rows:
        return told
    most = max(_LEAST, _MOST // len(comparison.generated))
    told += table(["row", real, name, "ratio", "verdict"], [_row(row) for row in rows[:most]], "lllrl")
    if len(rows) > most:
        told += f"<p>and {_some(len(rows) - most, 'row')} more; <code>to_frame()</code> holds all.</p>"
    return told


def _row(row: dict[Any, Any]) -> list[Cell]:
    name = f"{row['family']}.{row['name']}" + (", distribution" if row["kind"] == "series" else "")
    ratio = "∞" if math.isinf(row["ratio"]) else f"{row['ratio']:,.2f}"
    return [
        f"{name} at {row['at']}" if row["at"] else name,
        *(_value(row, side) for side in ("real", "generated")),
        ratio,
        (row["verdict"], _CSS[row["verdict"]]),
    ]


def _value(row: dict[Any, Any], side: str) -> str:
    value, low, high = row[side], row[f"{side}_low"], row[f"{side}_high"]
    if math.isnan(value):
        return ""
    text = number_text(value) if math.isnan(low) else interval_text(value, low, high)
    return f"{text} {row['unit']}".rstrip()


def _fact(name: str, fact: Estimate | Curve | Missing) -> list[Cell]:
    if isinstance(fact, Missing):
        return [name, f"missing: {fact.reason}", "", ""]
    if isinstance(fact, Curve):
        return [name, _some(len(fact.x), "point"), fact.unit, f"{int(fact.n.max()):,}"]
    ends = (fact.ci.low, fact.ci.high) if isinstance(fact.ci, Interval) else None
    value = number_text(fact.value) if ends is None else interval_text(fact.value, *ends)
    return [name, value, fact.unit, f"{fact.n:,}"]


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
