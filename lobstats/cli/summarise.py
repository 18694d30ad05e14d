"""``lobstats summarise``: keep what a comparison needs in one small file."""

import argparse
from pathlib import Path
from typing import Any

from lobstats.cli.arguments import UsageError, add_cut, add_grid, duration, output_path, pick_of, window_of
from lobstats.cli.display import described, progress

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    summarise = commands.add_parser("summarise", help="keep what a comparison needs of a sample in one small file")
    summarise.add_argument("paths", metavar="SRC", nargs="+", help="events or summaries, which are added up")
    summarise.add_argument("--out", metavar="FILE", required=True, help="the summary; ends in .lobs")
    summarise.add_argument("--json", metavar="FILE", help="write the description as JSON; - is standard output")
    summarise.add_argument(
        "--like",
        metavar="REAL",
        action="append",
        default=[],
        help="the real side that a generated sample is to be compared with: tick, clock, pattern of the day, rows and "
        "hours are taken from it, and SRC is read leniently; repeatable",
    )
    summarise.add_argument("--clock", metavar="TIME", type=duration, help="put times on a clock at least so coarse")
    summarise.add_argument(
        "--row-length",
        metavar="TIME",
        type=duration,
        help="of what blocks are made; follows from the data otherwise",
    )
    add_cut(summarise)
    add_grid(summarise)
    summarise.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from lobstats.compare.sides import summarise
    from lobstats.engine import open_source
    from lobstats.report.files import check_outputs
    from lobstats.report.summaries import describe_sample, sample_text
    from lobstats.sample_files import sample_bytes

    start_ns, end_ns = window_of(options)
    pick = pick_of(options)
    out = output_path(options.out)
    if out.suffix != ".lobs":
        msg = f"`--out` must end in .lobs, got {options.out}."
        raise UsageError(msg)
    with progress() as step:
        source = open_source(options.paths, "lenient" if options.like else "strict", pick=pick)
        like = open_source(options.like, "strict", pick=pick) if options.like else None
        outputs = [out, *(output_path(path) for path in (options.json,) if path not in (None, "-"))]
        check_outputs(outputs, [Path(path) for side in (source, like) if side is not None for path in side.paths])
        sample = summarise(
            source,
            like=like,
            tick_size=options.tick_size,
            clock_ns=options.clock,
            start_ns=start_ns,
            end_ns=end_ns,
            session_gap_ns=options.session_gap,
            session_length_ns=options.session_length,
            calendar=options.calendar,
            keep=options.keep,
            row_ns=options.row_length,
            step=step,
        )
        content = sample_bytes(sample)
    found = describe_sample(sample)
    return described(options, found, f"{out}: {len(content):,} bytes\n{sample_text(found)}", made=(out, content))
