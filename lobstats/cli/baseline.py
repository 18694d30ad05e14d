"""``lobstats baseline``: keep the facts of a sample, for later samples to be checked against."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from lobstats.cli.arguments import add_cut, add_grid, duration, level, output_path, pick_of, window_of
from lobstats.cli.display import progress, show

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    baseline = commands.add_parser("baseline", help="keep the facts of a sample, to check later samples against")
    baseline.add_argument("paths", metavar="SAMPLE", nargs="+", help="events or summaries, which are added up")
    baseline.add_argument("--out", metavar="FILE", required=True, help="the baseline, JSON")
    baseline.add_argument(
        "--tolerances",
        metavar="BASELINE",
        help="take over what this baseline states: tolerances, and facts to be ignored",
    )
    baseline.add_argument(
        "--row-length",
        metavar="TIME",
        type=duration,
        help="of what blocks are made; follows from the data otherwise; longer rows make a smaller file",
    )
    add_cut(baseline)
    add_grid(baseline)
    baseline.add_argument("--level", type=level, default=0.95, help="of the intervals in the file (default 0.95)")
    baseline.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from lobstats.baseline.files import baseline_bytes, read_baseline
    from lobstats.baseline.freeze import freeze_baseline
    from lobstats.engine import open_source
    from lobstats.report.checks import baseline_text
    from lobstats.report.files import check_outputs, write_all

    start_ns, end_ns = window_of(options)
    out = output_path(options.out)
    stated = None if options.tolerances is None else read_baseline(options.tolerances)
    source = open_source(options.paths, "strict", pick=pick_of(options))
    check_outputs([out], [Path(path) for path in source.paths])
    with progress() as step:
        made = freeze_baseline(
            source,
            tick_size=options.tick_size,
            start_ns=start_ns,
            end_ns=end_ns,
            session_gap_ns=options.session_gap,
            session_length_ns=options.session_length,
            calendar=options.calendar,
            keep=options.keep,
            row_ns=options.row_length,
            level=options.level,
            step=step,
        )
    if stated is not None:
        made = replace(made, tolerances=stated.tolerances, ignored=stated.ignored)
    content = baseline_bytes(made)
    write_all({out: content})
    show(f"{out}: {len(content):,} bytes\n{baseline_text(made)}")
    return 0
