"""A check against a baseline as text of 100 columns, and as JSON."""

import json
import math
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from lobstats.baseline.results import Baseline, Check, CheckedFact
from lobstats.baseline.unbanded import UNBANDED
from lobstats.metrics import FAMILIES
from lobstats.result import Missing

__all__ = [
    "baseline_text",
    "check_headline",
    "check_json",
    "check_text",
    "fact_table",
    "footnotes",
    "nearest",
    "summary_lines",
]

_WIDTH = 100
_NEAREST = 5
_MOST_NAMED = 5
_COLUMNS = ("fact", "baseline", "sample", "band", "verdict", "unit")
_RED, _GREEN, _PLAIN = "\x1b[1;31m", "\x1b[32m", "\x1b[0m"


def baseline_text(baseline: Baseline) -> str:
    """Return what a baseline holds as text."""
    seen, facts = baseline.sample.observations, baseline.facts
    missing = [name for name, fact in facts.items() if isinstance(fact, Missing)]
    judged = sum(
        name not in UNBANDED and not isinstance(fact, Missing) and not isinstance(fact.ci, Missing)
        for name, fact in facts.items()
    )
    lines = [
        *(f"made of   {one.name} ({one.n_bytes:,} bytes, SHA-256 {one.sha256[:12]}...)" for one in baseline.inputs),
        f"grid      tick {seen.grid.tick_size:g} · clock {seen.grid.clock_ns:,} ns",
        f"sessions  {len(seen.sessions):,}, {seen.n_events:,} events",
        f"facts     {len(facts)}, of which {judged} have an interval to be judged by and {len(missing)} are missing",
        *(f"tolerance of {name}: {json.dumps(own.to_dict())}" for name, own in baseline.tolerances.items()),
        *(f"ignored   {name}" for name in sorted(baseline.ignored)),
    ]
    return "".join(f"  {line}\n" for line in lines)


def check_json(check: Check) -> str:
    """Return a check as JSON, in the form of ``report/schemas/check-1.json``."""
    return json.dumps(check.to_dict(), indent=2, allow_nan=False) + "\n"


def check_text(check: Check, *, colour: Literal["ansi", "none"] = "none") -> str:
    """Return a check as text: the verdict, which facts left their band and by how much, and what is not judged.

    Parameters
    ----------
    check : Check
    colour : {"ansi", "none"}
        Whether the verdict is coloured with terminal escapes.
    """
    verdict = "\n".join(_wrapped(check_headline(check)))
    if colour == "ansi":
        verdict = f"{_GREEN if check.passed else _RED}{verdict}{_PLAIN}"
    lines = [verdict, ""]
    near = nearest(check.facts, _NEAREST)
    if check.failures:
        lines += fact_table(check.failures)
    elif near:
        lines += ["nearest to the edges of their bands:", "", *fact_table(near)]
    shown = check.failures or near
    told = [*footnotes(shown), *_unjudged(check), *(f"note: {note}" for note in check.notes), _level(check)]
    return "\n".join([*lines, "", *(part for line in told for part in _wrapped(line))]) + "\n"


def check_headline(check: Check) -> str:
    """Return in one line whether a check has passed, and in which families it has not."""
    counts = check.counts()
    judged = counts["in band"] + counts["out of band"] + counts["missing"]
    against = f"{check.sample} against {check.baseline}"
    if not judged:
        return f"{against}: no fact is judged"
    if check.passed:
        return f"{against}: passed, {judged} of {judged} facts in band"
    families = Counter(fact.name.split(".")[0] for fact in check.failures)
    where = ", ".join(f"{family} {families[family]}" for family in (*FAMILIES, "messages") if families[family])
    what = [f"{counts[name]} {name}" for name in ("out of band", "missing") if counts[name]]
    return f"{against}: FAILED, {' and '.join(what)} of {judged} facts ({where})"


def nearest(facts: Iterable[CheckedFact], most: int) -> list[CheckedFact]:
    """Return the judged facts nearest to the edges of their bands, or beyond them, the farthest first."""
    judged = [fact for fact in facts if fact.standing in ("in band", "out of band")]
    return sorted(judged, key=lambda fact: -math.inf if fact.ratio is None else -fact.ratio)[:most]


def fact_table(facts: Iterable[CheckedFact], width: int = _WIDTH) -> list[str]:
    """Return facts as the lines of a table: both values, the band, and by how much it was left."""
    rows = [(fact, _cells(fact)) for fact in facts]
    if not rows:
        return []
    heads = _COLUMNS if any(own[-1] for _, own in rows) else (*_COLUMNS[:-1], "")
    others = [max(len(cells[i]) for cells in (heads, *(own for _, own in rows))) for i in range(1, len(_COLUMNS))]
    first = min(max(len(own[0]) for _, own in rows), max(20, width - sum(others) - 2 * len(others)))
    lines, family = [_line(heads, first, others)], ""
    for fact, cells in rows:
        if (own := fact.name.split(".")[0]) != family:
            family = own
            lines.append(family)
        lines.append(_line((_shortened(cells[0], first), *cells[1:]), first, others))
        if fact.standing == "missing":
            lines += textwrap.wrap(fact.reason, width, initial_indent="    missing: ", subsequent_indent="    ")
    return lines


def footnotes(facts: Iterable[CheckedFact]) -> list[str]:
    """Return what the marks in a table of facts mean."""
    facts = list(facts)
    lines = [f"* {flag}" for flag in dict.fromkeys(fact.flag for fact in facts if fact.flag)]
    if any(fact.at == "mean gap" for fact in facts):
        lines.append("mean gap: how far two curves lie apart on average over their points, on the scale of the fact")
    return lines


def _line(cells: Sequence[str], first: int, others: Sequence[int]) -> str:
    aligns: tuple[Callable[[str, int], str], ...] = (str.rjust, str.rjust, str.ljust, str.ljust, str.ljust)
    rest = (align(cell, w) for align, cell, w in zip(aligns, cells[1:], others, strict=True))
    return "  ".join([cells[0].ljust(first), *rest]).rstrip()


def _shortened(name: str, width: int) -> str:
    """Return a name with its middle left out where it is too long: where on a curve it is told stays."""
    if len(name) <= width:
        return name
    head, at, place = name.partition(" at ")
    return f"{head[: max(4, width - len(at + place) - 3)]}...{at}{place}"


def _cells(fact: CheckedFact) -> tuple[str, ...]:
    name = fact.name.split(".", 1)[-1] + ("*" if fact.flag else "")
    if fact.at:
        name += ", mean gap" if fact.at == "mean gap" else f" at {fact.at}"
    unit = "" if fact.at == "mean gap" else fact.unit
    return (f"  {name}", _number(fact.expected), _number(fact.got), _band(fact), _verdict(fact), unit)


def _band(fact: CheckedFact) -> str:
    if fact.band is None:
        return "-"
    low, high = fact.band.low, fact.band.high
    if math.isinf(low):
        return f"up to {high:.3g}"
    return f"from {low:.3g}" if math.isinf(high) else f"{low:.3g} to {high:.3g}"


def _verdict(fact: CheckedFact) -> str:
    if fact.standing != "out of band" or fact.band is None or fact.got is None:
        return fact.standing
    return f"out by {'+' if fact.got > fact.band.high else '-'}{fact.beyond:.3g}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _unjudged(check: Check) -> list[str]:
    skipped = [fact for fact in check.facts if fact.standing == "skipped"]
    lines = [f"skipped: {fact.name}: {fact.reason}" for fact in skipped[:_MOST_NAMED]]
    if len(skipped) > _MOST_NAMED:
        lines.append(f"skipped: {len(skipped) - _MOST_NAMED} more, which the JSON names")
    if shown := check.counts()["shown"]:
        lines.append(f"shown and not judged: {shown} facts whose intervals do not hold")
    return lines


def _level(check: Check) -> str:
    by_interval = sum(fact.by == "interval" for fact in check.facts)
    by_tolerance = sum(fact.by == "tolerance" for fact in check.facts)
    stated = f"{by_tolerance} by the baseline's tolerances" if by_tolerance else ""
    if not by_interval:
        return stated
    each = "each holds" if by_interval > 1 else "which holds"
    return (
        f"{by_interval} facts judged by their intervals, {each} at {check.band_level:.4%}, so that a fresh sample of "
        f"the same market passes with probability {check.level:.3g}{'; ' if stated else ''}{stated}"
    )


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, subsequent_indent="  ")


def summary_lines(checked: Mapping[tuple[str, str], Sequence[CheckedFact]], most: int = 30) -> list[str]:
    """Return the facts of several checks in a few lines: those that failed first, then those nearest to their edges.

    Parameters
    ----------
    checked : mapping of pairs of str to sequence of CheckedFact
        By the names of the sample and of the baseline.
    most : int
        How many lines, where no more facts failed.
    """
    lines: list[str] = []
    for place, ((sample, baseline), facts) in enumerate(checked.items()):
        failed = [fact for fact in facts if fact.failed]
        judged = len(failed) + sum(fact.standing == "in band" for fact in facts)
        lines.append(f"{sample} against {baseline}: {judged - len(failed)} of {judged} facts in band")
        room = max(0, (most - len(lines)) // (len(checked) - place) - 8)
        told = [*failed, *nearest((fact for fact in facts if not fact.failed), max(0, room - len(failed)))]
        told = told[: max(room, _NEAREST)]
        lines += [*fact_table(told), *(part for note in footnotes(told) for part in _wrapped(note))]
        if left := judged - len(told):
            lines.append(f"and {left} more, {max(0, len(failed) - len(told))} of them failed")
    return lines
