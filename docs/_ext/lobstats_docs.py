"""What the pages take from the code: metrics by family, public names, the help of commands, and formulas as MathML."""

import inspect
import io
import re
from contextlib import redirect_stdout, suppress

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from docutils.utils.math.latex2mathml import tex2mathml

import lobstats
from lobstats.cli import main
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
                yield from [f".. autodata:: {name}", "   :no-value:", ""]


class Command(Generated):
    """The help of a command."""

    def lines(self, command):
        out = io.StringIO()
        with redirect_stdout(out), suppress(SystemExit):
            main([*command.split()[1:], "--help"])
        yield from [".. code-block:: text", "", *(f"   {line}" for line in out.getvalue().splitlines()), ""]


def _row(*cells):
    return [f"   {'*' if not i else ' '} - {cell}" for i, cell in enumerate(cells)]


def _stands(about):
    """Say how a metric stands in a report."""
    reasons = dict.fromkeys(filter(None, map(about.reason, about.full_names)))
    names = ", ".join(f"``{name}``" for name in about.full_names)
    shown = "".join(f" Shown only: {reason}." for reason in reasons)
    return [f"   In a report: {names}.{shown}", ""]


def _literal(app, what, name, obj, options, lines):
    """Keep what a formula in plain text means by ``*`` and ``|``, outside of examples."""
    examples = next((i for i, line in enumerate(lines) if line.startswith("Examples")), len(lines))
    lines[:examples] = [re.sub(r"(?<!`)([*|])", r"\\\1", line) for line in lines[:examples]]


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
    for name, directive in (("family", Family), ("public", Public), ("command", Command)):
        app.add_directive(name, directive)
    app.connect("autodoc-process-docstring", _literal, priority=1)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True}
