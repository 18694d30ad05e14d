"""``lobstats convert``: from one format to another."""

import argparse
import json
from pathlib import Path
from typing import Any

from lobstats.cli.arguments import add_cut, add_pick, output_path, pick_of, window_of
from lobstats.cli.display import progress, show

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    convert = commands.add_parser("convert", help="convert a recording to packed events, or those to other formats")
    convert.add_argument("source", metavar="SRC", help="a file of any format that can be read")
    convert.add_argument(
        "target",
        metavar="DST",
        help="ends in .bin (packed), .npy, .npz (hftbacktest), .parquet, .arrow or .feather; "
        "DST.json says how it was made",
    )
    convert.add_argument("--json", metavar="-", choices=["-"], help="print the description as JSON")
    add_pick(convert)
    add_cut(convert)
    convert.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from lobstats.report.conversion import conversion_text, convert_file
    from lobstats.report.files import check_outputs, write_all

    start_ns, end_ns = window_of(options)
    source, target = Path(options.source), output_path(options.target)
    side = target.with_name(target.name + ".json")
    check_outputs([target, side], [source])
    with progress() as step:
        content, about = convert_file(
            source, target, pick=pick_of(options), start_ns=start_ns, end_ns=end_ns, step=step
        )
    text = json.dumps(about, indent=2, allow_nan=False) + "\n"
    write_all({target: content, side: text.encode()})
    show(text if options.json == "-" else conversion_text(about, target))
    return 0
