"""What a docstring tells: its sections, the unit of what is returned, and where the definition comes from."""

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

__all__ = ["attributes", "dois", "filled", "reference", "sections", "signature", "unit"]

_HEADING = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.M)
_UNIT = re.compile(r"In (?:(?:one over )?the unit of [\w ]+, (.+?) in a report|(?![\[(])(.+?))(?= over |[,;.]|$)")
_SYMBOLS = {"seconds": "s", "basis points": "bp", "happenings per second": "1/s"}
_INITIALS = r"(?:[A-Z][a-z]?\.[- ]?)+ ?"
_AUTHOR = re.compile(rf"{_INITIALS}((?:(?:de|van|von) )*[A-Z][\w-]+)( et al\.)?")
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b(?=\)|,|$)")
_DOI = re.compile(r"doi:(\S+?)[.,;]?(?=\s|$)")
_BEGINS = re.compile(r" *- |\w[\w, ]* : ")
_WIDTH = 100


def sections(function: Callable[..., Any]) -> dict[str, str]:
    """Return a docstring by section, in order; "" holds what stands before the first.

    Examples
    --------
    >>> list(sections(sections))
    ['', 'Examples']
    """
    head, *rest = _HEADING.split(inspect.getdoc(function) or "")
    return {"": head.strip(), **{name: text.strip() for name, text in zip(rest[::2], rest[1::2], strict=True)}}


def attributes(thing: type) -> dict[str, str]:
    """Return what the ``Attributes`` of a class's docstring say of each.

    Examples
    --------
    >>> from lobstats.summary.summary import Summary
    >>> attributes(Summary)["gaps"]
    'Nanoseconds between happenings.'
    """
    _, *pieces = re.split(r"^(\w[\w, ]*) : .*\n", sections(thing)["Attributes"], flags=re.M)
    told = zip(pieces[::2], pieces[1::2], strict=True)
    return {name: " ".join(text.split()) for names, text in told for name in names.split(", ")}


def unit(function: Callable[..., Any]) -> str:
    """Return the unit of what is returned, "" for a pure number: what ``Returns`` begins with, as "In seconds"."""
    text = " ".join(sections(function).get("Returns", "").split()[1:])
    found = _UNIT.match(text)
    words = "" if found is None else found[1] or found[2]
    return _SYMBOLS.get(words, words)


def reference(text: str) -> str:
    """Return the first reference in short: the authors' names and the year.

    Examples
    --------
    >>> reference('K.-I. Goh, A.-L. Barabási, "Burstiness and memory", EPL 81 (2008) 48002.')
    'Goh and Barabási 2008'
    >>> reference("Own definition: a plain mean.")
    'own definition'
    """
    text = " ".join(text.split())
    if text.startswith("Own definition"):
        return "own definition"
    first = _AUTHOR.search(text)
    year = _YEAR.search(text)
    if first is None or year is None:
        return ""
    names, more, at = [first[1]], bool(first[2]), first.end()
    while found := re.compile(rf", (?={_INITIALS})").match(text, at):
        author = _AUTHOR.match(text, found.end())
        if author is None:
            break
        names.append(author[1])
        more, at = more or bool(author[2]), author.end()
    if len(names) > 2 or more:
        return f"{names[0]} et al. {year[0]}"
    return f"{' and '.join(names)} {year[0]}"


def dois(text: str) -> list[str]:
    """Return the identifiers of what is referred to."""
    return _DOI.findall(" ".join(text.split()))


def signature(function: Callable[..., Any]) -> str:
    """Return how a function is called, with types as they are written, in lines of 100 columns."""
    import ast

    (found,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(found, ast.FunctionDef)
    returned = "" if found.returns is None else f" -> {ast.unparse(found.returns)}"
    parts = re.split(r", (?![^\[]*\])", ast.unparse(found.args))
    parts = [part.replace("=", " = ", 1) if ":" in part else part for part in parts]
    line = f"{found.name}({', '.join(parts)}){returned}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{found.name}(", *(f"    {part}," for part in parts), f"){returned}"])


def filled(text: str) -> list[str]:
    """Return text in lines of 98 columns; an empty line, a bullet or another indentation begins a paragraph."""
    paragraphs: list[list[str]] = []
    for line in text.replace("``", "`").split("\n"):
        last = paragraphs[-1][0] if paragraphs else ""
        inside = _indent(last) + 2 * last.lstrip().startswith("- ")
        if last.strip() and line.strip() and not _BEGINS.match(line) and _indent(line) == inside:
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return [line for paragraph in paragraphs for line in _filled(paragraph)]


def _filled(paragraph: list[str]) -> list[str]:
    words = " ".join(map(str.strip, paragraph))
    margin = " " * _indent(paragraph[0])
    hanging = margin + "  " * words.startswith("- ")
    wrapped = textwrap.wrap(words, _WIDTH - 2, initial_indent=margin, subsequent_indent=hanging, break_on_hyphens=False)
    return wrapped or [""]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
