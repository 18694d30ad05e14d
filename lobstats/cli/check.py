"""``lobstats check``: whether the facts of a sample are still those of a baseline."""

import argparse
from pathlib import Path
from typing import Any

from lobstats.cli.arguments import add_pick, level, output_path, pick_of
from lobstats.cli.display import colour, progress, show

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    check = commands.add_parser(
        "check", help="hold a sample against a baseline; exits 1 where a fact has left its band"
    )
    check.add_argument("paths", metavar="SAMPLE", nargs="+", help="events or summaries of one sample")
    check.add_argument("--against", metavar="BASELINE", required=True, help="made by `lobstats baseline`")
    check.add_argument(
        "--fact",
        metavar="NAME",
        action="append",
        help="judge this fact alone, by short or full name; repeatable; all otherwise",
    )
    check.add_argument("--json", metavar="FILE", help="write the check as JSON; - is standard output")
    check.add_argument(
        "--level", type=level, default=0.95, help="with which a fresh sample of the same market passes (default 0.95)"
    )
    add_pick(check)
    check.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code: 1 where the check fails."""
    from lobstats.baseline.checking import check
    from lobstats.baseline.files import read_baseline
    from lobstats.engine import open_source
    from lobstats.report.checks import check_json, check_text
    from lobstats.report.files import check_outputs, write_all

    baseline = read_baseline(options.against)
    source = open_source(options.paths, "lenient", pick=pick_of(options))
    outputs = [output_path(path) for path in (options.json,) if path not in (None, "-")]
    check_outputs(outputs, [Path(path) for path in (*source.paths, options.against)])
    with progress() as step:
        found = check(source, against=baseline, facts=options.fact, level=options.level, step=step)
    write_all({path: check_json(found).encode() for path in outputs})
    show(check_json(found) if options.json == "-" else check_text(found, colour=colour()))
    return 0 if found.passed else 1
