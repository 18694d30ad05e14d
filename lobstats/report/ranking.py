"""A ranking as tables for a terminal, as part of a page, and as sentences that tables and figures bear out."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

from rich.table import Table

from lobstats.compare import Comparison
from lobstats.compare.ranking_results import PairedDifference, RankedModel, Ranking, Reason
from lobstats.compare.ranking_rows import FARTHEST, LACKING
from lobstats.report.figures import side_labels, side_styles
from lobstats.report.templates import rendered
from lobstats.result import Interval

__all__ = ["ranking_headline", "ranking_html", "ranking_lines", "reason_text"]

_NAMES = {"wasserstein": "Wasserstein", "ks": "KS", "jensen_shannon": "√ Jensen-Shannon"}
_MOST_PAIRS = 15
_WIDEST = 32  # columns of a name
_MINUS = "\N{MINUS SIGN}"
_MEANS = (
    "score: how far from the market in units of noise, 1 where nothing is beyond it; a geometric mean over families, "
    "in each over what its rows read of the stream, so that rows that say the same do not count twice; all models are "
    "held against the widest floor of any"
)


def ranking_lines(comparison: Comparison) -> list[Table | str]:
    """Return the ranking as tables and lines for a terminal of 100 columns; nothing with fewer than two models."""
    ranking = _whole(comparison)
    if ranking is None:
        return []
    labels = side_labels(comparison)[1:]
    return [
        _models(ranking, labels),
        "",
        _pairs(ranking, labels),
        "",
        _by_family(ranking, labels),
        "",
        *_remarks(ranking, labels),
        *(
            f"{labels[model.index]}: {'; '.join(map(reason_text, model.reasons)) or 'nothing beyond the widest floor'}."
            for model in ranking.models
        ),
        *(
            f"{labels[pair.worse]} against {labels[pair.better]}: {'; '.join(_separating(pair))}."
            for pair in _neighbours(ranking)
        ),
    ]


def ranking_headline(comparison: Comparison) -> str | None:
    """Say in one sentence what the ranking comes to; None with fewer than two models."""
    ranking = _whole(comparison)
    return None if ranking is None else _headline(ranking, side_labels(comparison)[1:])


def reason_text(reason: Reason) -> str:
    """Return a reason in words, with the numbers that the tables show.

    Examples
    --------
    >>> reason_text(Reason("mean_spread", "prices", "", "", 13.7, (51.6,), (2.1,), "ticks", 0.2))
    'mean_spread 51.6, real 13.7 ticks (2.1 floors)'
    """
    if all(ratio is None for ratio in reason.ratios):
        return f"{reason.name} missing"
    ratios = " and ".join(_ratio(ratio) for ratio in reason.ratios)
    values = " and ".join("missing" if value is None else _number(value) for value in reason.values)
    real = "" if reason.real is None else f", real {_number(reason.real)}"
    name = f"{reason.name}, {reason.quantity}" if reason.measure else f"{reason.name} {reason.quantity}".rstrip()
    distance = f"{_NAMES[reason.measure]} " if reason.measure else ""
    return f"{name} {values}{real} {reason.unit}".rstrip() + f" ({distance}{ratios} floors)"


def ranking_html(comparison: Comparison) -> str:
    """Return the ranking as a section of a page; an empty text with fewer than two models."""
    ranking = _whole(comparison)
    if ranking is None:
        return ""
    labels = side_labels(comparison)[1:]
    styles = side_styles(len(labels) + 1)[1:]
    scores = _Axis([1.0, *(end for model in ranking.models for end in (model.ci.low, model.ci.high))])
    shown = _shown_pairs(ranking)
    factors = _Axis([1.0, *(end for pair in shown for end in (pair.ci.low, pair.ci.high))])
    return rendered(
        "ranking.html",
        lead=_headline(ranking, labels),
        level=f"{100 * ranking.level:g} %",
        families=ranking.families,
        rows=ranking.rows,
        topics=ranking.topics,
        farthest=f"{FARTHEST:g}",
        lacking=f"{LACKING:g}",
        scores=scores,
        factors=factors,
        models=[_model_view(model, labels, styles, scores) for model in ranking.models],
        pairs=[_pair_view(pair, ranking, labels, styles, factors) for pair in shown],
        left_out=len(ranking.pairs) - len(shown),
        remarks=_remarks(ranking, labels),
    )


def _whole(comparison: Comparison) -> Ranking | None:
    """Return the ranking, None where the comparison no longer holds every sample that it is of."""
    ranking = comparison.ranking
    if ranking is None or len(ranking.models) + len(ranking.unranked) != len(comparison.generated):
        return None
    return ranking


def _models(ranking: Ranking, labels: Sequence[str]) -> Table:
    table = _table(("rank", "left"), ("model", "left"), ("score", "left"), ("apart", "right"), ("close", "right"))
    for model in ranking.models:
        counts = (str(model.counts[verdict]) for verdict in ("apart", "close"))
        table.add_row(_rank(model.rank), labels[model.index], _factor(model.score, model.ci), *counts)
    for index in ranking.unranked:
        table.add_row("-", labels[index], "not ranked", "-", "-")
    return table


def _pairs(ranking: Ranking, labels: Sequence[str]) -> Table:
    table = _table(("score of", "left"), ("over that of", "left"), ("ratio", "left"), ("so it is", "left"))
    for pair in _shown_pairs(ranking):
        ratio = _factor(pair.factor, pair.ci) + ("†" if pair.flag else "")
        table.add_row(labels[pair.worse], labels[pair.better], ratio, "farther" if pair.different else "alike")
    return table


def _by_family(ranking: Ranking, labels: Sequence[str]) -> Table:
    table = _table(("by family", "left"), *((family, "right") for family in ranking.families))
    for model in ranking.models:
        table.add_row(labels[model.index], *(f"{model.families[family]:.2f}" for family in ranking.families))
    for pair in _shown_pairs(ranking):
        factors = (_family_factor(*pair.families[family]) for family in ranking.families)
        table.add_row(f"{labels[pair.worse]} / {labels[pair.better]}", *factors)
    return table


def _table(*columns: tuple[str, Literal["left", "right"]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for number, (name, justify) in enumerate(columns):
        table.add_column(name, justify=justify, no_wrap=True, max_width=_WIDEST if number < 2 else None)
    return table


def _remarks(ranking: Ranking, labels: Sequence[str]) -> list[str]:
    """Return what a reader should know of how a ranking came about."""
    out = [_MEANS]
    if any(_beyond(ci) for pair in ranking.pairs for _, ci in pair.families.values()):
        out.append(f"* the interval of this family alone, at {100 * ranking.level:g} %, leaves 1 out")
    if any(pair.flag for pair in ranking.pairs):
        out.append("† dependence longer than the sample: false alarms may exceed the level")
    for model in ranking.models:
        label = labels[model.index]
        if model.lacking:
            few = ", ".join(name.split(".")[-1] for name in model.lacking[:3])
            more = f" and {len(model.lacking) - 3} more" if len(model.lacking) > 3 else ""
            out.append(
                f"{label} lacks {few}{more}: each counts as the worst of the others', and as {LACKING:g} at least"
            )
        if model.lent:
            out.append(f"{label} has fewer than five units: its own error is taken from the real side and not promised")
    out += [f"{labels[index]} is not ranked: {reason}" for index, reason in ranking.unranked.items()]
    if len(_shown_pairs(ranking)) < len(ranking.pairs):
        out.append("only neighbours in rank are shown; the JSON holds every pair")
    return out


def _headline(ranking: Ranking, labels: Sequence[str]) -> str:
    """Say in one sentence what the ranking comes to."""
    first = [labels[model.index] for model in ranking.models if model.rank[0] == 1]
    if len(first) == 1:
        best = f"{first[0]} is nearest to the market"
    else:
        best = f"{', '.join(first[:-1])} and {first[-1]} cannot be told apart at the top"
    best += f" (score {ranking.models[0].score:.2f}, where 1 is nothing beyond noise)"
    told = sum(pair.different for pair in ranking.pairs)
    pairs = len(ranking.pairs)
    doubt = "; the sample is short for its memory (†)" if any(pair.flag for pair in ranking.pairs) else ""
    if pairs == 1:
        return f"{best}{', and the difference means something' if told else ''}{doubt}."
    return f"{best}; {told} of {pairs} differences mean something{doubt}."


def _separating(pair: PairedDifference) -> list[str]:
    speaking = [reason_text(reason) for reason in pair.reasons if reason.share > 0]
    against = [reason_text(reason) for reason in pair.reasons if reason.share < 0]
    return [*speaking, *(f"but nearer in {text}" for text in against)] or ["no row sets them apart"]


def _shown_pairs(ranking: Ranking) -> Sequence[PairedDifference]:
    return ranking.pairs if len(ranking.pairs) <= _MOST_PAIRS else _neighbours(ranking)


def _neighbours(ranking: Ranking) -> list[PairedDifference]:
    beside = list(pairwise(model.index for model in ranking.models))
    return [pair for pair in ranking.pairs if (pair.better, pair.worse) in beside]


class _Axis:
    """A logarithmic axis from 0 to 100 per cent of a strip, with a few round ticks."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = (math.log(end) for end in (min(values), max(values)))
        margin = max(0.06 * (high - low), 0.02)
        self.low, self.high = low - margin, high + margin
        self.ticks = [(self.at(tick), f"{tick:g}") for tick in self._round()]

    def at(self, value: float) -> float:
        """Return the place of a value, in per cent."""
        return round(100 * (math.log(value) - self.low) / (self.high - self.low), 2)

    def _round(self) -> list[float]:
        for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)):
            ticks = [step * 10.0**power for power in range(-3, 5) for step in steps]
            inside = [tick for tick in ticks if self.low < math.log(tick) < self.high]
            if len(inside) >= 3:
                return inside[:6]
        tenths = [tick / 10 for tick in range(1, 60) if self.low < math.log(tick / 10) < self.high]
        if len(tenths) >= 3:
            return tenths[:: -(-len(tenths) // 5)]
        return [tick / 100 for tick in range(80, 130) if self.low < math.log(tick / 100) < self.high][::2][:6] or inside


def _strip(axis: _Axis, value: float, ci: Interval) -> dict[str, float]:
    low, high = axis.at(ci.low), axis.at(ci.high)
    return {"left": low, "width": round(high - low, 2), "dot": axis.at(value), "one": axis.at(1.0)}


def _model_view(model: RankedModel, labels: Sequence[str], styles: Sequence[Any], axis: _Axis) -> dict[str, Any]:
    return {
        "rank": _rank(model.rank),
        "label": labels[model.index],
        "key": styles[model.index],
        "strip": _strip(axis, model.score, model.ci),
        "score": f"{model.score:.2f}",
        "ci": f"[{model.ci.low:.2f}, {model.ci.high:.2f}]",
        "families": [
            (f"{value:.2f}", round(min(math.log(value) / math.log(8), 1.0), 3)) for value in model.families.values()
        ],
        "counts": model.counts,
        "reasons": [_reason_view(reason) for reason in model.reasons],
    }


def _pair_view(
    pair: PairedDifference, ranking: Ranking, labels: Sequence[str], styles: Sequence[Any], axis: _Axis
) -> dict[str, Any]:
    return {
        "better": labels[pair.better],
        "worse": labels[pair.worse],
        "swatches": (styles[pair.worse], styles[pair.better]),
        "strip": _strip(axis, pair.factor, pair.ci),
        "factor": f"{pair.factor:.2f}",
        "ci": f"[{pair.ci.low:.2f}, {pair.ci.high:.2f}]",
        "p": "< 0.001" if pair.p_holm < 0.001 else f"{pair.p_holm:.2g}",
        "different": pair.different,
        "flag": pair.flag,
        "families": [_family_factor(*pair.families[family]) for family in ranking.families],
        "reasons": [_reason_view(reason) for reason in pair.reasons if reason.share > 0],
        "against": [_reason_view(reason) for reason in pair.reasons if reason.share < 0],
    }


def _reason_view(reason: Reason) -> dict[str, Any]:
    row = reason.name if reason.measure else f"{reason.family}.{reason.name}"
    return {
        "text": reason_text(reason),
        "family": reason.family,
        "href": f"#row-{row}",
        "share": f"{100 * abs(reason.share):.0f} %",
    }


def _rank(rank: tuple[int, int]) -> str:
    return f"{rank[0]}" if rank[0] == rank[1] else f"{rank[0]}-{rank[1]}"


def _factor(value: float, ci: Interval) -> str:
    return f"{value:.2f} [{ci.low:.2f}, {ci.high:.2f}]"


def _family_factor(value: float, ci: Interval) -> str:
    return f"{value:.2f}{'*' if _beyond(ci) else ''}"


def _beyond(ci: Interval) -> bool:
    return not ci.low <= 1 <= ci.high


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return "missing"
    return f"{ratio:.1f}" if ratio < FARTHEST else f"over {FARTHEST:g}"


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", _MINUS)
