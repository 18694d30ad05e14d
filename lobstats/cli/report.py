"""``lobstats report``: describe real data, and compare generated samples with it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobstats.cli.arguments import UsageError, add_cut, add_grid, level, output_path, pick_of, whole, window_of
from lobstats.cli.display import colour, progress, show

if TYPE_CHECKING:
    from lobstats.compare import Comparison

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add the command and its options."""
    report = commands.add_parser("report", help="describe real data, and compare generated samples with it")
    report.add_argument("path", metavar="REAL", help="the real side: a file, a folder or a quoted glob")
    report.add_argument(
        "generated",
        metavar="GENERATED",
        nargs="*",
        default=[],
        help="a generated sample each: a file, a folder or a quoted glob; two or more are ranked",
    )
    report.add_argument("--real", metavar="PATH", action="append", default=[], help="add to the real side; repeatable")
    report.add_argument(
        "--baseline",
        metavar="REAL2",
        action="append",
        default=[],
        help="a second real sample: floors are what lies between it and the real side; repeatable for several files",
    )
    report.add_argument("--out", metavar="FILE", help="write the report as one HTML page")
    report.add_argument("--figures", metavar="DIR", help="write each figure as SVG and PDF into a folder")
    report.add_argument("--json", metavar="FILE", help="write the report as JSON; - is standard output")
    report.add_argument(
        "--markdown", metavar="FILE", help="write the report as the comment of a pull request; - is standard output"
    )
    add_cut(report)
    add_grid(report)
    report.add_argument("--seed", type=whole, default=0, help="of the resampling (default 0)")
    report.add_argument("--level", type=level, default=0.95, help="of intervals and floors (default 0.95)")
    report.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    import numpy as np

    from lobstats.compare import compare
    from lobstats.engine import open_source
    from lobstats.report.files import check_folder, check_outputs, write_all
    from lobstats.report.markdown import to_markdown
    from lobstats.report.render import to_json
    from lobstats.report.terminal import to_text

    start_ns, end_ns = window_of(options)
    pick = pick_of(options)
    if options.baseline and not options.generated:
        msg = "`--baseline` gives the floor for generated samples; name one or more after the real side."
        raise UsageError(msg)
    if options.json == options.markdown == "-":
        msg = "`--json` and `--markdown` both name standard output; write one of them to a file."
        raise UsageError(msg)
    with progress() as step:
        real = open_source([options.path, *options.real], "strict", pick=pick)
        generated = [open_source([path], "lenient", pick=pick) for path in options.generated]
        baseline = open_source(options.baseline, "strict", pick=pick) if options.baseline else None
        written = (options.out, options.json, options.markdown)
        outputs = [output_path(path) for path in written if path not in (None, "-")]
        sources = [source for source in (real, *generated, baseline) if source is not None]
        check_outputs(outputs, [Path(path) for source in sources for path in source.paths])
        if options.figures is not None:
            check_folder(Path(options.figures))
        comparison = compare(
            real=real,
            generated=generated,
            baseline=baseline,
            tick_size=options.tick_size,
            start_ns=start_ns,
            end_ns=end_ns,
            session_gap_ns=options.session_gap,
            session_length_ns=options.session_length,
            calendar=options.calendar,
            keep=options.keep,
            level=options.level,
            rng=np.random.default_rng(options.seed),
            step=step,
        )
        write_all(_contents(options, comparison, step))
    if options.json == "-":
        show(to_json(comparison))
    elif options.markdown == "-":
        show(to_markdown(comparison))
    else:
        show(to_text(comparison, colour=colour()))
    return 0


def _contents(options: argparse.Namespace, comparison: "Comparison", step: Callable[[str], None]) -> dict[Path, bytes]:
    """Return what is to be written, by path."""
    from lobstats.report.markdown import to_markdown
    from lobstats.report.render import to_json

    contents = {}
    if options.out is not None:
        from lobstats.report.html import to_html

        step("drawing the figures")
        contents[Path(options.out)] = to_html(comparison, command=options.command_line).encode(errors="replace")
    if options.figures is not None:
        from lobstats.report.figures import figure_files

        step("drawing the figures for a paper")
        folder = Path(options.figures)
        contents |= {folder / name: content for name, content in figure_files(comparison).items()}
        folder.mkdir(exist_ok=True)
    if options.json not in (None, "-"):
        contents[Path(options.json)] = to_json(comparison).encode()
    if options.markdown not in (None, "-"):
        contents[Path(options.markdown)] = to_markdown(comparison).encode(errors="replace")
    return contents
