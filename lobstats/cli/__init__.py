"""The command line: parse, call one function, print."""

import argparse
import difflib
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from lobstats._version import __version__
from lobstats.cli import baseline, check, convert, inspect, lob_bench, report, summarise
from lobstats.errors import LobstatsError

__all__ = ["main"]

_PROGRAM = "lobstats"
_COMMANDS = (report, summarise, baseline, check, inspect, lob_bench, convert)


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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=_PROGRAM, description="Tell whether a generated limit order book stream behaves like the market."
    )
    parser.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for command in _COMMANDS:
        command.add(commands)
    return parser
