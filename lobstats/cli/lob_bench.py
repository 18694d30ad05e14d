"""``lobstats lob-bench``: LOB-Bench's scores, as published and corrected."""

import argparse
from pathlib import Path
from typing import Any

from lobstats.cli.arguments import count, level, output_path, whole
from lobstats.cli.display import colour, described, progress

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    bench = commands.add_parser(
        "lob-bench", help="score LOBSTER sequences as LOB-Bench does, and as they should be read"
    )
    bench.add_argument(
        "real", metavar="REAL", help="a folder of message and book files, or one with data_real below it"
    )
    bench.add_argument(
        "generated",
        metavar="GENERATED",
        nargs="?",
        help="likewise, or one above data_gen; REAL if left out",
    )
    bench.add_argument("--json", metavar="FILE", help="write the scores as JSON; - is standard output")
    bench.add_argument(
        "--divergence-horizon", metavar="N", type=count, default=100, help="messages in a block (default 100)"
    )
    bench.add_argument("--seed", type=whole, default=0, help="of the resampling (default 0)")
    bench.add_argument("--level", type=level, default=0.95, help="of floors (default 0.95)")
    bench.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from lobstats.compare.lob_bench import lob_bench
    from lobstats.report.files import check_outputs
    from lobstats.report.lob_bench import lob_bench_text

    if options.json not in (None, "-"):
        check_outputs([output_path(options.json)], [Path(options.real), Path(options.generated or options.real)])
    with progress() as step:
        found = lob_bench(
            real=options.real,
            generated=options.generated or options.real,
            horizon=options.divergence_horizon,
            level=options.level,
            seed=options.seed,
            step=step,
        )
    words = lob_bench_text(found, colour=colour())
    return described(options, found.to_dict(), words)
