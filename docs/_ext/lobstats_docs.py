"""What the pages take from the code: metrics by family, public names, the help of commands, and formulas as MathML."""

import inspect
import io
import json
import os
import re
from contextlib import redirect_stdout, suppress
from importlib import resources

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.addnodes import pending_xref
from sphinx.pycode import ModuleAnalyzer

import lobstats
from lobstats.cli import COMMANDS, main
from lobstats.metrics import FAMILIES
from lobstats.report.docstrings import reference
from lobstats.report.metrics import abouts


class Generated(Directive):
    """A directive that stands for lines of reStructuredText."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        lines = StringList(list(self.lines(self.arguments[0])), source="generated")
        node = nodes.container()
        self.state.nested_parse(lines, self.content_offset, node, match_titles=True)
        return node.children


class Family(Generated):
    """The metrics of a family: a table of all, then each with its documentation."""

    def lines(self, family):
        found = [about for about in abouts().values() if about.family == family]
        yield from [".. list-table::", "   :header-rows: 1", "   :widths: auto", "   :class: metrics", ""]
        yield from _row("metric", "series", "unit", "source", "judged")
        for about in found:
            judged = "shown only" if any(map(about.reason, about.full_names)) else "yes"
            unit = about.unit or "pure number"
            yield from _row(f"`~lobstats.{about.name}`", f"``{about.series}``", unit, reference(about.source), judged)
        yield ""
        yield ".. py:currentmodule:: lobstats"
        yield ""
        for about in found:
            yield from [f".. autofunction:: {about.name}", "", *_stands(about)]


class Public(Generated):
    """Public names, each with its documentation."""

    def lines(self, names):
        yield ".. py:currentmodule:: lobstats"
        yield ""
        for name in names.split():
            thing = getattr(lobstats, name)
            if inspect.isclass(thing):
                yield from [f".. autoclass:: {name}", "   :members:", ""]
            elif callable(thing):
                yield from [f".. autofunction:: {name}", ""]
            else:
                yield from [f".. py:data:: {name}", "", *(f"   {line}" for line in _said_of(name))]


class Families(Generated):
    """The names of all metrics by family, each a link."""

    def lines(self, _):
        for family in FAMILIES:
            names = ", ".join(f"`~lobstats.{about.name}`" for about in abouts().values() if about.family == family)
            yield from [f":doc:`{family}`", f"   {names}", ""]


class Commands(Generated):
    """Every command with its help."""

    def lines(self, _):
        for command in COMMANDS:
            name = command.__name__.rpartition(".")[2].replace("_", "-")
            yield from [f"lobstats {name}", "-" * 40, "", ".. code-block:: text", ""]
            yield from [*(f"   {line}" for line in _help(name).splitlines()), ""]


class Schemas(Generated):
    """The keys of each JSON Schema in the package."""

    def lines(self, _):
        for path in sorted(resources.files("lobstats.report").joinpath("schemas").glob("*.json")):
            schema = json.loads(path.read_text())
            yield from [schema["title"], "-" * 80, "", _code(schema.get("description", "")), ""]
            yield from [f"The JSON Schema is ``lobstats/report/schemas/{path.name}``, in the package.", ""]
            yield from _keys(schema, f"keys of ``{schema['properties']['schema']['const']}``")
            for name, part in schema.get("$defs", {}).items():
                yield from _keys(part, f"keys of *{name}*")


def _keys(schema, title):
    """Return a table of what an object holds, nothing for what is no object."""
    properties = {**schema.get("properties", {}), **schema.get("patternProperties", {})}
    if not properties:
        return []
    lines = [f".. list-table:: {title}", "   :header-rows: 1", "   :widths: auto", "   :class: metrics", ""]
    lines += _row("key", "type", "what")
    for key, part in properties.items():
        lines += _row(f"``{key}``", _type(part), _code(part.get("description", "")))
    return [*lines, ""]


def _type(part):
    """Return what a value is, in a word or a few."""
    if "$ref" in part:
        return f"*{part['$ref'].rpartition('/')[2]}*"
    if "const" in part or "enum" in part:
        return ", ".join(f"``{json.dumps(value)}``" for value in part.get("enum", [part.get("const")]))
    choices = part.get("oneOf", part.get("anyOf"))
    if choices:
        return " or ".join(dict.fromkeys(map(_type, choices)))
    kinds = part.get("type", "any")
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{kind} of {_type(part['items'])}" if "items" in part else kind


def _code(text):
    return re.sub(r"`([^`]+)`", r"``\1``", " ".join(text.split()).replace("*", r"\*").replace("|", r"\|"))


def _said_of(name):
    """Return the text that follows a constant where it is defined."""
    home = ModuleAnalyzer.for_module(f"lobstats.{lobstats._HOME[name]}")
    return home.find_attr_docs()["", name]


def _help(command):
    out = io.StringIO()
    with redirect_stdout(out), suppress(SystemExit):
        main([command, "--help"])
    return out.getvalue()


def _row(*cells):
    return [f"   {'*' if not i else ' '} - {cell}" for i, cell in enumerate(cells)]


def _stands(about):
    """Say how a metric stands in a report."""
    reasons = dict.fromkeys(filter(None, map(about.reason, about.full_names)))
    names = ", ".join(f"``{name}``" for name in about.full_names)
    shown = "".join(f" Shown only: {reason}." for reason in reasons)
    return [f"   In a report: {names}.{shown}", ""]


def _literal(app, what, name, obj, options, lines):
    """Keep what a formula in plain text means by ``*`` and ``|``, and what a shape is, outside of code and examples."""
    examples = next((i for i, line in enumerate(lines) if line.startswith("Examples")), len(lines))
    for i, line in enumerate(lines[:examples]):
        parts = re.split(r"(``.*?``)", re.sub(r"shape (\([^)]*\))", r"shape ``\1``", line))
        parts[::2] = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
        lines[i] = "".join(parts)


def _link(app, doctree):
    """Make a link of every public name in code font; those in tables are fields, which may share a metric's name."""
    in_tables = {id(node) for table in doctree.findall(nodes.table) for node in table.findall(nodes.literal)}
    for node in [node for node in doctree.findall(nodes.literal) if id(node) not in in_tables]:
        text = node.astext().removeprefix("lobstats.")
        if text in lobstats.__all__ and not isinstance(node.parent, nodes.reference | pending_xref):
            link = pending_xref("", refdomain="py", reftype="obj", reftarget=f"lobstats.{text}", refwarn=False)
            link["refdoc"] = app.env.current_document.docname
            node.replace_self(link)
            link += node


def _inline(self, node):
    self.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def _block(self, node):
    self.body.append(_mathml(node, as_block=True))
    raise nodes.SkipNode


def _mathml(node, *, as_block):
    return tex2mathml(" ".join(node.astext().split()), as_block=as_block)


def setup(app):
    """Register what the pages use."""
    os.environ["COLUMNS"] = "88"  # of the help of commands, as wide as a page
    for directive in (Commands, Families, Family, Public, Schemas):
        app.add_directive(directive.__name__.lower(), directive)
    app.connect("autodoc-process-docstring", _literal, priority=1)
    app.connect("doctree-read", _link)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True}
