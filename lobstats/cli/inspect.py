"""``lobstats inspect``: describe whatever a file holds."""

import argparse
from typing import Any

from lobstats.cli.arguments import add_grid, output_path, pick_of
from lobstats.cli.display import described, progress

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    inspect = commands.add_parser("inspect", help="describe whatever a file holds")
    inspect.add_argument("path", metavar="PATH", help="a file, a folder or a quoted glob")
    inspect.add_argument("--json", metavar="FILE", help="write the description as JSON; - is standard output")
    add_grid(inspect)
    inspect.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from lobstats.events.formats import expand, is_summary
    from lobstats.report.files import check_outputs
    from lobstats.report.inspection import inspect_paths, inspection_text
    from lobstats.report.summaries import inspect_summaries

    paths = expand(options.path)
    if options.json not in (None, "-"):
        check_outputs([output_path(options.json)], paths)
    if all(map(is_summary, paths)):
        return described(options, *inspect_summaries(paths))
    with progress() as step:
        found = inspect_paths(
            paths,
            pick=pick_of(options),
            tick_size=options.tick_size,
            session_gap_ns=options.session_gap,
            session_length_ns=options.session_length,
            calendar=options.calendar,
            keep=options.keep,
            step=step,
        )
    return described(options, found, inspection_text(found))
