"""A comparison as Markdown for the comment on a pull request: what stands out, and all rows behind a fold."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from lobstats._version import __version__
from lobstats.compare import (
    DISTANCES,
    SERIES,
    Comparison,
    Described,
    FactComparison,
    Generated,
    SeriesComparison,
    Verdict,
)
from lobstats.compare.distances import JOINT
from lobstats.compare.headline import VERDICTS, Judged, headline, judged_rows, tally
from lobstats.metrics import SHOWN
from lobstats.report.cells import DASH, missing_text, ratio_text, value_text
from lobstats.report.conditions import MARKS
from lobstats.report.numbers import some
from lobstats.report.ranking import ranking_headline
from lobstats.report.render import describe_pattern
from lobstats.report.terminal import notes
from lobstats.result import Curve, Estimate, Missing

__all__ = ["LONGEST", "to_markdown"]

LONGEST = 60_000
"""Characters at most: a comment on GitHub holds 65,536."""

_STANDING_OUT = 20  # rows of a sample before the fold
_LONGEST_NAME = 40
_HEAD = 10_000  # characters for the verdicts on all samples, and for their ranking
_LEAST = 5_000  # characters in which the rows of a sample are worth beginning
_MARKUP = re.compile(r"[&<>|*`\\\[\]{}~#@$^!]|:(?! )|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.")
_JOINER = "&#8288;"  # no mention, issue or emoji begins before it
_SHORT = {"wasserstein": "W1", "ks": "KS", "jensen_shannon": "√JSD"}
_DISTRIBUTIONS = (
    "Of a distribution, the distance of the sample with the largest ratio, and under the name of the real side the "
    "same between parts of it.<br>"
)

Footnotes = dict[str, int]


def to_markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown for a pull request's comment.

    A verdict in words for each sample, the ranking of several, the rows that are apart or close with the farthest
    first, counts by family, and all rows behind a fold. Names are escaped: a file's name can be no markup, no link and
    no mention of anybody.

    Parameters
    ----------
    comparison : Comparison
        With no generated sample, the facts of the real side.

    Returns
    -------
    str
        60,000 characters at most, whatever the comparison holds; what is left out for it is said.

    Examples
    --------
    >>> import numpy as np
    >>> from lobstats.compare import compare
    >>> from lobstats.simulate import Market, simulate
    >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
    >>> to_markdown(compare(real=market, generated=market)).split("** ")[0]
    '**<code>generated 1</code> cannot be told from <code>real</code>.'
    """
    foot = _foot(comparison)
    if not comparison.generated:
        return _alone(comparison, LONGEST - len(foot)) + foot
    head = _verdicts(comparison) + _ranking(comparison)
    room = LONGEST - len(head) - len(foot) - 100
    shown = comparison.generated[: room // _LEAST]
    sections = []
    for place, sample in enumerate(shown):
        # What one sample does not need goes to those after it.
        sections.append(_section(comparison, sample, room // (len(shown) - place)))
        room -= len(sections[-1])
    if left_out := len(comparison.generated) - len(shown):
        sections.append(f"The rows of {left_out:,} more samples have no room here.\n\n")
    return f"{head}{''.join(sections)}{foot}"


def _verdicts(comparison: Comparison) -> str:
    real, lines = comparison.real, []
    for sample in comparison.generated:
        told = headline(real, sample)
        lines.append(f"**{_name(sample)} {told.words(_name(real))}.** {told.counted}\n")
    return _fitting(lines, _HEAD, "and {} more samples\n") + "\n"


def _ranking(comparison: Comparison) -> str:
    ranking = comparison.ranking
    # A comparison that no longer holds all of its models has no ranking of those that it holds.
    if ranking is None or ranking_headline(comparison) is None:
        return ""
    lines = []
    for model in ranking.models:
        rank = "-".join(dict.fromkeys(map(str, model.rank)))
        score = f"{model.score:.2f} [{model.ci.low:.2f}, {model.ci.high:.2f}]"
        name = _name(comparison.generated[model.index])
        lines.append(_cells(rank, name, score, str(model.counts["apart"]), str(model.counts["close"])))
    head = [_cells("rank", "model", "score", "apart", "close"), "|--:|:--|:--|--:|--:|"]
    table = "\n".join([*head, _fitting(lines, _HEAD, _cells("", "and {} more models"))])
    return f"{table}\n\nThe score is the distance from the market in units of noise; 1 is nothing beyond it.\n\n"


def _section(comparison: Comparison, sample: Generated, room: int) -> str:
    """Return what stands out in a sample, its counts by family, and all its rows behind a fold."""
    real, footnotes = comparison.real, Footnotes()
    rows = judged_rows(real, sample)
    head = [_cells("fact", _name(real), _name(sample), "ratio", "verdict"), "|:--|:--|:--|--:|:--|"]
    beyond = sorted((row for row in rows if row.verdict in ("apart", "close")), key=lambda row: row.order)
    out = f"#### {_name(sample)}\n\n"
    if beyond:
        few = [_row(row, real, sample, footnotes) for row in beyond]
        more = _cells("and {} more, behind the fold")
        out += "\n".join([*head, _fitting(few, room // 3, more, _STANDING_OUT)]) + "\n\n"
    out += _counts(tally(real, sample))
    every = [_row(row, real, sample, footnotes) for row in rows]
    told = _told(comparison, sample, footnotes)
    below = _fitting(told, room // 4, "and {} more notes") + "\n\n</details>\n\n"
    out += "\n".join([f"<details><summary>All {len(rows)} rows</summary>", "", *head, ""])
    return out + _fitting(every, room - len(out) - len(below) - 2, _cells("and {} more rows")) + "\n\n" + below


def _counts(counts: dict[str, Counter[Verdict | None]]) -> str:
    """Return how many rows of each family have each verdict."""
    total = sum(counts.values(), Counter[Verdict | None]())
    lines = [_cells("family", *VERDICTS, "not judged"), "|:--|--:|--:|--:|--:|"]
    for family, own in [*counts.items(), ("**all**", total)]:
        lines.append(_cells(family, *(str(own[verdict]) for verdict in (*VERDICTS, None))))
    return "\n".join(lines) + "\n\n"


def _row(row: Judged, real: Described, sample: Generated, footnotes: Footnotes) -> str:
    sides = _series(row.name, sample) if row.kind == "series" else _fact(row.name, real, sample, footnotes)
    unit = SERIES[row.name].unit if row.kind == "series" else _unit(row.name, real, sample)
    name = f"`{row.name}`{', distribution' if row.kind == 'series' else ''}{f' ({_text(unit)})' if unit else ''}"
    if row.verdict is not None:
        return _cells(name, *sides, ratio_text(row.ratio), f"{MARKS[row.verdict]} {row.verdict}".strip())
    what = "shown" if row.name in SHOWN else "missing" if row.kind == "fact" else "not judged"
    if row.kind == "fact" and any(isinstance(side.facts[row.name], Missing) for side in (real, sample)):
        return _cells(name, *sides, DASH, what)  # the reason stands in that side's own cell
    return _cells(name, *sides, DASH, missing_text(Missing(row.reason), footnotes, what))


def _fact(name: str, real: Described, sample: Generated, footnotes: Footnotes) -> list[str]:
    found = sample.comparisons[name]
    at = found.where if isinstance(found, FactComparison) else None
    return [_value(side.facts[name], at, footnotes) for side in (real, sample)]


def _value(fact: Estimate | Curve | Missing, at: float | None, footnotes: Footnotes) -> str:
    """Return numbers as they are; the labels of a curve may hold what would end a cell."""
    return value_text(fact, at, footnotes).replace("|", "&#124;").replace("<", "&#60;")


def _told(comparison: Comparison, sample: Generated | None, footnotes: Footnotes) -> list[str]:
    """Return why rows are missing, and what else should be known of them, a line each."""
    reasons = [f"[{number}] {_text(reason)}<br>" for reason, number in footnotes.items()]
    return [
        *([] if sample is None else [_DISTRIBUTIONS]),
        *reasons,
        *(f"{_text(note)}<br>" for note in notes(comparison, sample, {})),
    ]


def _unit(name: str, real: Described, sample: Generated) -> str:
    facts = (side.facts[name] for side in (real, sample))
    return next((fact.unit for fact in facts if not isinstance(fact, Missing)), "")


def _series(name: str, sample: Generated) -> list[str]:
    """Return by its leading distance how far parts of the real side lie from each other, and the sample from it."""
    found = sample.distances[name]
    if not isinstance(found, SeriesComparison):
        return [DASH, DASH]
    ratios = {one: found.distances[one].ratio for one in DISTANCES[:JOINT]}
    leading = max(ratios, key=lambda one: float("inf") if (ratio := ratios[one]) is None else ratio)
    distance = found.distances[leading]
    return [f"{_SHORT[leading]} {value:.3g}" for value in (distance.natural_variation, distance.value)]


def _alone(comparison: Comparison, room: int) -> str:
    """Return the facts of the real side, with nothing to be held against them."""
    real, footnotes = comparison.real, Footnotes()
    seen = real.observations
    out = f"**{_name(real)}** has {seen.n_records:,} records in {some(len(seen.sessions), 'session')}.\n"
    lines = []
    for name, fact in real.facts.items():
        unit = "" if isinstance(fact, Missing) or not fact.unit else f" ({_text(fact.unit)})"
        lines.append(_cells(f"`{name}`{unit}", _value(fact, None, footnotes)))
    told = _told(comparison, None, footnotes)
    below = _fitting(told, room // 4, "and {} more notes") + "\n\n</details>\n\n"
    out += f"\n<details><summary>All {len(lines)} facts</summary>\n\n{_cells('fact', _name(real))}\n|:--|:--|\n"
    return out + _fitting(lines, room - len(out) - len(below) - 2, _cells("and {} more facts")) + "\n\n" + below


def _foot(comparison: Comparison) -> str:
    """Return what the verdicts rest on."""
    plan, real, seen = comparison.plan, comparison.real, comparison.real.observations
    kind = plan.kind if real.units == 1 else f"{plan.kind}s"
    parts = [f"{_name(real)}: {seen.n_events:,} events, {real.units:,} {kind} of {plan.length_ns / 1e9:,.6g} s"]
    if comparison.baseline is not None:
        parts.append(f"floors: what lies between it and {_name(comparison.baseline)}")
    parts += [
        f"tick {seen.grid.tick_size:g}, clock {seen.grid.clock_ns:,} ns, level {comparison.level:g}",
        f"intraday pattern {_text(describe_pattern(comparison.pattern))}",
        f"lobstats {__version__}",
    ]
    return f"<sub>{' · '.join(parts)}</sub>\n"


def _cells(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


def _fitting(lines: Sequence[str], room: int, more: str, most: int | None = None) -> str:
    """Return as many lines as there is room for, and say how many are left out."""
    kept: list[str] = []
    room -= len(more) + 8
    for line in lines[:most]:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    return "\n".join([*kept, *([more.format(f"{left:,}")] if left else [])])


def _name(side: Described) -> str:
    """Return a side's name as code, in which nothing becomes a link or a mention; a long one without its middle."""
    name = side.observations.name
    if len(name) > _LONGEST_NAME:
        half = _LONGEST_NAME // 2
        name = f"{name[: half - 1]}…{name[-half:]}"
    return f"<code>{_text(name)}</code>"


def _text(text: str) -> str:
    """Return text that stands for itself: what could be markup as its number, what is no sign as a space."""
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};{_JOINER if found[0] in '@#:' else ''}", plain)
