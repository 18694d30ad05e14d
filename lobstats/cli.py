"""The command line: parse, call one function, print."""

import argparse
import difflib
import io
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from lobstats._version import __version__
from lobstats.errors import LobstatsError

if TYPE_CHECKING:
    from typing import TypeAlias

    from lobstats.events.formats import Pick

    Made: TypeAlias = tuple[Path, bytes]

__all__ = ["main"]

_PROGRAM = "lobstats"
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}")
_NANOSECONDS = 1_000_000_000


class UsageError(LobstatsError):
    """An option that cannot be taken as it is."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if wrong:
            known = re.findall(r"[\w-]+", wrong[2])
            near = difflib.get_close_matches(wrong[1], known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it must be one of {', '.join(known)}."
            option = re.search(r"argument (--[\w-]+)", message)
            message = f"'{wrong[1]}' is no {f'value of {option[1]}' if option else 'command'}; {hint}"
        end = "" if message.endswith("?") else "."
        self.exit(2, f"{self.prog}: {message.rstrip('.')}{end} See `{self.prog} --help`.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 a check failed, 2 bad input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    options.command_line = shlex.join([_PROGRAM, *arguments])
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except LobstatsError as error:
        print(f"{_PROGRAM}: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201 - the message for people
        return 2
    except BrokenPipeError:
        # The reader has seen enough; Python must not complain again while it closes standard output.
        sys.stdout = None
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{_PROGRAM}: {where}{(error.strerror or str(error)).lower()}; check the path.", file=sys.stderr)  # noqa: T201 - likewise
        return 2
    except KeyboardInterrupt:
        return 130


def _report(options: argparse.Namespace) -> int:
    import numpy as np

    from lobstats.compare import compare
    from lobstats.engine import open_source
    from lobstats.report.files import check_outputs, write_all
    from lobstats.report.render import to_json
    from lobstats.report.terminal import to_text

    start_ns, end_ns = _window(options)
    pick = _pick(options)
    real = open_source([options.path, *options.real], "strict", pick=pick)
    generated = [open_source([path], "lenient", pick=pick) for path in options.generated]
    if options.baseline and not options.generated:
        msg = "`--baseline` gives the floor for generated samples; name one or more after the real side."
        raise UsageError(msg)
    baseline = open_source(options.baseline, "strict", pick=pick) if options.baseline else None
    outputs = [_output(path) for path in (options.out, options.json) if path not in (None, "-")]
    check_outputs(outputs, [Path(path) for source in (real, *generated, baseline) if source for path in source.paths])
    with _progress() as step:
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
        contents = {}
        if options.out is not None:
            from lobstats.report.html import to_html

            step("drawing the figures")
            contents[Path(options.out)] = to_html(comparison, command=options.command_line).encode(errors="replace")
        if options.json not in (None, "-"):
            contents[Path(options.json)] = to_json(comparison).encode()
        write_all(contents)
    if options.json == "-":
        _print(to_json(comparison))
    else:
        _print(to_text(comparison, colour="ansi" if sys.stdout.isatty() else "none"))
    return 0


def _inspect(options: argparse.Namespace) -> int:
    from lobstats.events.formats import expand, is_summary
    from lobstats.report.files import check_outputs
    from lobstats.report.inspection import inspect_paths, inspection_text
    from lobstats.report.summaries import inspect_summaries

    paths = expand(options.path)
    if options.json not in (None, "-"):
        check_outputs([_output(options.json)], paths)
    if all(map(is_summary, paths)):
        return _described(options, *inspect_summaries(paths))
    found = inspect_paths(
        paths,
        pick=_pick(options),
        tick_size=options.tick_size,
        session_gap_ns=options.session_gap,
        session_length_ns=options.session_length,
        calendar=options.calendar,
        keep=options.keep,
    )
    return _described(options, found, inspection_text(found))


def _described(options: argparse.Namespace, found: dict[str, Any], words: str, *, made: "Made | None" = None) -> int:
    """Write a description as JSON where it is wanted, with a file that was made, and print it."""
    from lobstats.report.files import write_all

    text = json.dumps(found, indent=2, allow_nan=False) + "\n"
    contents = {} if made is None else {made[0]: made[1]}
    if options.json not in (None, "-"):
        contents[Path(options.json)] = text.encode()
    write_all(contents)
    _print(text if options.json == "-" else words)
    return 0


def _summarise(options: argparse.Namespace) -> int:
    from lobstats.compare.sides import summarise
    from lobstats.engine import open_source
    from lobstats.report.files import check_outputs
    from lobstats.report.summaries import describe_sample, sample_text
    from lobstats.sample_files import sample_bytes

    start_ns, end_ns = _window(options)
    pick = _pick(options)
    out = _output(options.out)
    if out.suffix != ".lobs":
        msg = f"`--out` must end in .lobs, got {options.out}."
        raise UsageError(msg)
    source = open_source(options.paths, "lenient" if options.like else "strict", pick=pick)
    like = open_source(options.like, "strict", pick=pick) if options.like else None
    outputs = [out, *(_output(path) for path in (options.json,) if path not in (None, "-"))]
    check_outputs(outputs, [Path(path) for side in (source, like) if side is not None for path in side.paths])
    with _progress() as step:
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
    return _described(options, found, f"{out}: {len(content):,} bytes\n{sample_text(found)}", made=(out, content))


def _lob_bench(options: argparse.Namespace) -> int:
    from lobstats.compare.lob_bench import lob_bench
    from lobstats.report.files import check_outputs
    from lobstats.report.lob_bench import lob_bench_text

    if options.json not in (None, "-"):
        check_outputs([_output(options.json)], [Path(options.real), Path(options.generated or options.real)])
    found = lob_bench(
        real=options.real,
        generated=options.generated or options.real,
        horizon=options.divergence_horizon,
        level=options.level,
        seed=options.seed,
    )
    words = lob_bench_text(found, colour="ansi" if sys.stdout.isatty() else "none")
    return _described(options, found.to_dict(), words)


def _convert(options: argparse.Namespace) -> int:
    from lobstats.report.conversion import conversion_text, convert_file
    from lobstats.report.files import check_outputs, write_all

    start_ns, end_ns = _window(options)
    source, target = Path(options.source), _output(options.target)
    side = target.with_name(target.name + ".json")
    check_outputs([target, side], [source])
    content, about = convert_file(source, target, pick=_pick(options), start_ns=start_ns, end_ns=end_ns)
    text = json.dumps(about, indent=2, allow_nan=False) + "\n"
    write_all({target: content, side: text.encode()})
    _print(text if options.json == "-" else conversion_text(about, target))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=_PROGRAM, description="Tell whether a generated limit order book stream behaves like the market."
    )
    parser.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

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
    report.add_argument("--json", metavar="FILE", help="write the report as JSON; - is standard output")
    _add_cut(report)
    _add_grid(report)
    report.add_argument("--seed", type=_whole, default=0, help="of the resampling (default 0)")
    report.add_argument("--level", type=_level, default=0.95, help="of intervals and floors (default 0.95)")
    report.set_defaults(run=_report)

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
    summarise.add_argument("--clock", metavar="TIME", type=_duration, help="put times on a clock at least so coarse")
    summarise.add_argument(
        "--row-length",
        metavar="TIME",
        type=_duration,
        help="of what blocks are made; follows from the data otherwise",
    )
    _add_cut(summarise)
    _add_grid(summarise)
    summarise.set_defaults(run=_summarise)

    inspect = commands.add_parser("inspect", help="describe whatever a file holds")
    inspect.add_argument("path", metavar="PATH", help="a file, a folder or a quoted glob")
    inspect.add_argument("--json", metavar="FILE", help="write the description as JSON; - is standard output")
    _add_grid(inspect)
    inspect.set_defaults(run=_inspect)

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
        "--divergence-horizon", metavar="N", type=_count, default=100, help="messages in a block (default 100)"
    )
    bench.add_argument("--seed", type=_whole, default=0, help="of the resampling (default 0)")
    bench.add_argument("--level", type=_level, default=0.95, help="of floors (default 0.95)")
    bench.set_defaults(run=_lob_bench)

    convert = commands.add_parser("convert", help="convert a recording to packed events, or those to other formats")
    convert.add_argument("source", metavar="SRC", help="a file of any format that can be read")
    convert.add_argument(
        "target",
        metavar="DST",
        help="ends in .bin (packed), .npy, .npz (hftbacktest), .parquet, .arrow or .feather; "
        "DST.json says how it was made",
    )
    convert.add_argument("--json", metavar="-", choices=["-"], help="print the description as JSON")
    _add_pick(convert)
    _add_cut(convert)
    convert.set_defaults(run=_convert)
    return parser


def _add_cut(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--start", metavar="TIME", help="first time to keep, ISO 8601, UTC unless it says otherwise")
    parser.add_argument("--end", metavar="TIME", help="first time to leave out")


def _add_pick(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instrument", metavar="ID", help="symbol or id to take from a file that holds several")
    parser.add_argument("--publisher", metavar="ID", help="venue to take from a file that holds several")
    parser.add_argument(
        "--allow-unordered",
        action="store_true",
        help="sort events by exchange time where the times of several venues go backwards",
    )


def _pick(options: argparse.Namespace) -> "Pick":
    from lobstats.events.formats import Pick

    return Pick(options.instrument, options.publisher, "sort" if options.allow_unordered else "refuse")


def _add_grid(parser: argparse.ArgumentParser) -> None:
    _add_pick(parser)
    parser.add_argument(
        "--session-gap",
        metavar="TIME",
        type=_duration,
        default=1800 * _NANOSECONDS,
        help="a longer pause ends a session (default 30min)",
    )
    parser.add_argument(
        "--session-length", metavar="TIME", type=_duration, help="cut sessions into parts of this length"
    )
    parser.add_argument(
        "--calendar",
        metavar="NAME",
        help="sessions of an exchange: cme-crypto, cme-equity, cme-energy, cme-fx, us-equity, "
        "or a name of pandas_market_calendars",
    )
    parser.add_argument(
        "--keep",
        metavar="REASON",
        action="append",
        default=[],
        choices=["outside_hours", "before_first_trade", "crossed"],
        help="keep what is left out otherwise: outside_hours, before_first_trade or crossed; repeatable",
    )
    parser.add_argument("--tick-size", metavar="PRICE", type=_positive, help="inferred from the real orders otherwise")


def _window(options: argparse.Namespace) -> tuple[int | None, int | None]:
    start, end = (_time(name, getattr(options, name)) for name in ("start", "end"))
    if start is not None and end is not None and start >= end:
        msg = f"`--start` must lie before `--end`, got {options.start} and {options.end}."
        raise UsageError(msg)
    return start, end


def _output(text: str) -> Path:
    path = Path(text)
    if not path.name or text.endswith(os.sep):
        msg = f"{text or '.'}: is a folder; name a file in it."
        raise UsageError(msg)
    return path


def _time(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    import pandas as pd

    try:
        if not _TIME.match(text):
            raise ValueError(text)
        time = pd.Timestamp(text)
        return int((time.tz_localize("UTC") if time.tzinfo is None else time).as_unit("ns").value)
    except ValueError as error:
        msg = f"`--{name}` must be an ISO 8601 time such as 2023-12-25T23:00, got {text!r}."
        raise UsageError(msg) from error


def _duration(text: str) -> int:
    import pandas as pd

    try:
        seconds = float(text) if re.fullmatch(r"[\d.]+", text) else None
        length = pd.Timedelta(seconds=seconds) if seconds is not None else pd.Timedelta(text)
        if not length.value > 0:
            raise ValueError(text)
    except (ValueError, OverflowError) as error:
        msg = f"must be a duration such as 30min or 2h (or seconds), got {text!r}"
        raise argparse.ArgumentTypeError(msg) from error
    return int(length.as_unit("ns").value)


def _positive(text: str) -> float:
    return _number(text, lambda value: 0 < value < float("inf"), "a positive number")


def _level(text: str) -> float:
    return _number(text, lambda value: 0 < value < 1, "between 0 and 1")


def _number(text: str, accepts: Callable[[float], bool], rule: str) -> float:
    try:
        value = float(text)
        if not accepts(value):
            raise ValueError(text)
    except ValueError as error:
        msg = f"must be {rule}, got {text!r}"
        raise argparse.ArgumentTypeError(msg) from error
    return value


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d+", text):
        msg = f"must be a whole number from 0, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"0*[1-9]\d*", text):
        msg = f"must be a whole number from 1, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _progress() -> AbstractContextManager[Callable[[str], None]]:
    """Return a display of the step being done: a line that changes on a terminal, a line each elsewhere."""
    if not sys.stderr.isatty():
        return nullcontext(lambda text: print(f"{_PROGRAM}: {text}", file=sys.stderr, flush=True))  # noqa: T201 - likewise
    from rich.console import Console

    status = Console(stderr=True).status("reading")

    class Display(AbstractContextManager[Callable[[str], None]]):
        def __enter__(self) -> Callable[[str], None]:
            status.start()
            return status.update

        def __exit__(self, *_: Any) -> None:
            status.stop()

    return Display()


def _print(text: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a sign, and a path may be no text
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
