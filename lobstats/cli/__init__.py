"""The command line: parse, call one function, print."""

import argparse
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lobstats._version import __version__
from lobstats.cli import baseline, check, convert, inspect, lob_bench, metrics, report, summarise
from lobstats.errors import LobstatsError, did_you_mean

__all__ = ["COMMANDS", "main", "parser"]

_PROGRAM = "lobstats"
COMMANDS = (report, summarise, baseline, check, inspect, lob_bench, convert, metrics)
"""The modules of the commands, in the order in which they are listed."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that says what to do."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if wrong:
            known = re.findall(r"[\w-]+", wrong[2])
            hint = did_you_mean(wrong[1], known, f"it must be one of {', '.join(known)}.")
            option = re.search(r"argument (--[\w-]+)", message)
            message = f"'{wrong[1]}' is no {f'value of {option[1]}' if option else 'command'}; {hint}"
        end = "" if message.endswith("?") else "."
        self.exit(2, f"{self.prog}: {message.rstrip('.')}{end} See `{self.prog} --help`.\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        found, rest = super().parse_known_args(args, namespace)
        # A command tells of its own unknown options, since only it knows which one is near.
        unknown = [] if self._subparsers else [one.partition("=")[0] for one in rest if one.startswith("-")]
        if unknown:
            known = [name for name in self._option_string_actions if name.startswith("--")]
            self.error(f"`{unknown[0]}` is no option; {did_you_mean(unknown[0], known, 'leave it out.')}")
        return found, rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 a check failed, 2 bad input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = parser().parse_args(arguments)
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


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    lobstats = _Parser(
        prog=_PROGRAM, description="Tell whether a generated limit order book stream behaves like the market."
    )
    lobstats.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    commands = lobstats.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
    for command in COMMANDS:
        command.add(commands)
    return lobstats
