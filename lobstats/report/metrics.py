"""What each metric is: its series, unit, source and documentation, made from the functions themselves."""

import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lobstats.errors import LobstatsError, did_you_mean
from lobstats.metrics import FAMILIES, SHOWN, Function, collect
from lobstats.report.docstrings import attributes, dois, filled, reference, sections, signature, unit
from lobstats.summary.summary import Summary

__all__ = [
    "About",
    "UnknownMetricError",
    "abouts",
    "family_line",
    "find",
    "metrics_dict",
    "metrics_text",
    "series_line",
]

_WIDTH = 100
_NAMES = 36  # columns of the list, with the margin on either side
_OVER = {"side": "also by side", "kind": "also by kind", "event": "by event"}
_AS_FOR = re.compile(r"As for `(\w+)`")
_SCHEMA = "lobstats.metrics/1"


class UnknownMetricError(LobstatsError):
    """A name that no metric and no family has."""


@dataclass(frozen=True)
class About:
    """A metric's function, as a reader meets it.

    Attributes
    ----------
    family, name : str
        Its family, and the name of its function.
    function : callable
        The function.
    series : str
        The field of `Summary` that it reads.
    full_names : dict
        The full names under which a report has it, each with the field that it reads there and over what: "" for
        itself, else "side", "kind" or "event".
    """

    family: str
    name: str
    function: Function
    series: str
    full_names: dict[str, tuple[str, str]]

    @property
    def line(self) -> str:
        """What it is, in one line."""
        return sections(self.function)[""].split("\n")[0]

    @property
    def unit(self) -> str:
        """The unit of its value, "" for a pure number."""
        return unit(self.function)

    @property
    def source(self) -> str:
        """Where its definition comes from, that of another metric where it says "As for" it."""
        text = sections(self.function).get("References", "")
        other = _AS_FOR.match(text)
        return abouts()[other[1]].source if other else text

    def reason(self, full_name: str) -> str:
        """Return why it is shown and not judged under a full name, "" where it is judged."""
        return SHOWN.get(full_name, "")


@cache
def abouts() -> dict[str, About]:
    """Return every metric by the name of its function, in the order of a report.

    Examples
    --------
    >>> hill = abouts()["hill_index"]
    >>> hill.series, reference(hill.source), list(hill.full_names)
    ('returns', 'Hill 1975', ['tails.hill_index', 'tails.hill_index_by_side'])
    """
    found: dict[str, About] = {}
    for full_name, metric in collect().items():
        family, name = full_name.split(".")[0], metric.function.__name__
        series = next(iter(inspect.signature(metric.function).parameters))
        about = found.setdefault(name, About(family, name, metric.function, series, {}))
        about.full_names[full_name] = (metric.field, metric.over)
    return found


def family_line(family: str) -> str:
    """Return what a family asks, in one line."""
    return (inspect.getdoc(FAMILIES[family]) or "").split("\n")[0].partition(": ")[2]


def series_line(field: str) -> str:
    """Return what a field of `Summary` holds, in one line."""
    of_property = inspect.getdoc(getattr(Summary, field, None)) or ""
    return attributes(Summary).get(field) or of_property.split("\n")[0]


def find(name: str | None) -> list[About]:
    """Return the metrics that a name names: all of a family, or one by its short or full name; all of them for None.

    Raises
    ------
    UnknownMetricError
        If there is none.
    """
    if name is None:
        return list(abouts().values())
    if name in FAMILIES:
        return [about for about in abouts().values() if about.family == name]
    by_name = {known: about for about in abouts().values() for known in _names(about)}
    if name not in by_name:
        hint = did_you_mean(name, [*by_name, *FAMILIES], "`lobstats metrics` lists them all.")
        msg = f"{name!r} is no metric and no family; {hint}"
        raise UnknownMetricError(msg)
    return [by_name[name]]


def _names(about: About) -> Iterator[str]:
    """Short names before full ones, since of two that are as near the first is suggested."""
    yield about.name
    for full_name in about.full_names:
        yield full_name.partition(".")[2]
    yield f"{about.family}.{about.name}"
    yield from about.full_names


def metrics_dict(found: list[About]) -> dict[str, Any]:
    """Return metrics as plain data, one entry for each full name."""
    return {
        "schema": _SCHEMA,
        "families": {family: family_line(family) for family in dict.fromkeys(about.family for about in found)},
        "metrics": {
            full_name: {
                "family": about.family,
                "function": about.name,
                "series": series,
                "series_line": series_line(series),
                "over": over or None,
                "unit": about.unit,
                "line": about.line,
                "reference": reference(about.source),
                "doi": dois(about.source),
                "judged": not about.reason(full_name),
                "reason": about.reason(full_name) or None,
                "signature": signature(about.function),
                "documentation": inspect.getdoc(about.function),
            }
            for about in found
            for full_name, (series, over) in about.full_names.items()
        },
    }


def metrics_text(found: list[About]) -> str:
    """Return a list of metrics in lines of 100 columns, by family; the documentation of a single one."""
    if len(found) == 1:
        return _documentation(found[0])
    blocks = []
    for family in dict.fromkeys(about.family for about in found):
        blocks.append(textwrap.fill(f"{family}: {family_line(family)}", _WIDTH, subsequent_indent="  ") + "\n")
        blocks += [_entry(about) for about in found if about.family == family]
        blocks.append("\n")
    return "".join(blocks) + "`lobstats metrics NAME` shows what is known of a metric, or lists a family.\n"


def _entry(about: About) -> str:
    overs = dict.fromkeys(_OVER[over] for _, over in about.full_names.values() if over)
    words = [
        about.series,
        about.unit or "pure number",
        reference(about.source),
        *overs,
        *(["shown only"] if any(map(about.reason, about.full_names)) else []),
    ]
    lines = [line for text in (about.line, "; ".join(words)) for line in textwrap.wrap(text, _WIDTH - _NAMES)]
    return "".join(
        f"  {name:<{_NAMES - 2}}{line}\n" for name, line in zip([about.name, *[""] * 9], lines, strict=False)
    )


def _documentation(about: About) -> str:
    judged = {reason for name in about.full_names if (reason := about.reason(name))}
    others = [name for name in about.full_names if name != f"{about.family}.{about.name}"]
    found = dois(about.source)
    facts = {
        "series": f"{about.series}: {series_line(about.series)}",
        "unit": about.unit or "pure number",
        "reference": "; ".join([reference(about.source), *(f"doi:{doi}" for doi in found)]),
        "judged": f"no, shown only: {'; '.join(judged)}" if judged else "yes",
        **({"also as": ", ".join(others)} if others else {}),
    }
    lines = [f"{about.family}.{about.name}", *textwrap.wrap(about.line, _WIDTH), ""]
    for name, text in facts.items():
        lines += textwrap.wrap(f"{name:<11}{text}", _WIDTH, initial_indent="  ", subsequent_indent=" " * 13)
    lines += ["", signature(about.function)]
    for name, text in sections(about.function).items():
        body = text if name else text.partition("\n")[2].strip()
        if body:
            laid_out = body.split("\n") if name == "Examples" else filled(body)
            lines += ["", *([name] if name else []), *(textwrap.indent(line, "  " * bool(name)) for line in laid_out)]
    return "\n".join(lines) + "\n"
