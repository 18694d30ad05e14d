"""``lobstats metrics``: what is measured, and how."""

import argparse
from typing import Any

from lobstats.cli.arguments import output_path
from lobstats.cli.display import described

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    metrics = commands.add_parser("metrics", help="list the metrics, or show the documentation of one")
    metrics.add_argument(
        "name", metavar="NAME", nargs="?", help="a metric, by its short or full name, or a family; all if left out"
    )
    metrics.add_argument("--json", metavar="FILE", help="write the same as JSON; - is standard output")
    metrics.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from lobstats.report.files import check_outputs
    from lobstats.report.metrics import find, metrics_dict, metrics_text

    found = find(options.name)
    if options.json not in (None, "-"):
        check_outputs([output_path(options.json)], [])
    return described(options, metrics_dict(found), metrics_text(found))
