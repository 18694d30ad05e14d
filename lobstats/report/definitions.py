"""What a metric's documentation says of it, taken apart for those who read a report."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from lobstats.report.docstrings import sections

__all__ = ["Definition", "code_parts", "definition"]

_DOI = re.compile(r"doi:(10\.\d+/[^\s,;]+[^\s,;.])")
_CODE = re.compile(r"`+([^`]+)`+")


@dataclass(frozen=True)
class Definition:
    """The parts of a documentation string that say what is measured.

    Attributes
    ----------
    title : str
        Its first line, without the full stop; names stand in backticks.
    text : str
        The formula, and how to read the value.
    notes : str
        What can fool the reader, "" for nothing.
    references : str
        With DOI, or that the definition is our own.
    """

    title: str
    text: str
    notes: str
    references: str

    def html(self) -> Markup:
        """Return all but the title as paragraphs, with names as code and DOIs as links."""
        parts = [*self.text.split("\n\n"), *self.notes.split("\n\n"), *self.references.split("\n\n")]
        return Markup("").join(Markup("<p>{}</p>").format(_inline(part)) for part in parts if part.strip())


@cache
def definition(function: Callable[..., Any]) -> Definition:
    """Return what a function's documentation says of it.

    Examples
    --------
    >>> from lobstats import hill_index
    >>> definition(hill_index).title
    "Tail index by Hill's estimator"
    """
    found = sections(function)
    title, _, rest = found[""].partition("\n")
    return Definition(title.rstrip("."), rest.strip(), found.get("Notes", ""), found.get("References", ""))


def code_parts(text: str) -> list[str]:
    """Cut text at its backticks: every second part is code."""
    return re.split(r"`+", text)


def _inline(text: str) -> Markup:
    safe = str(escape(" ".join(text.split())))
    safe = _CODE.sub(r"<code>\1</code>", safe)
    return Markup(_DOI.sub(r'<a href="https://doi.org/\1" rel="noreferrer">doi:\1</a>', safe))
