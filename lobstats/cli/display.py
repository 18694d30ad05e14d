"""What people see: the product on standard output, progress on standard error."""

import io
import json
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal

__all__ = ["colour", "described", "progress", "show"]

_PROGRAM = "lobstats"


def colour() -> Literal["ansi", "none"]:
    """Return whether standard output is a terminal that shows colours."""
    return "ansi" if sys.stdout.isatty() else "none"


def described(options: Namespace, found: dict[str, Any], words: str, *, made: tuple[Path, bytes] | None = None) -> int:
    """Write a description as JSON where it is wanted, with a file that was made, and print it."""
    from lobstats.report.files import write_all

    text = json.dumps(found, indent=2, allow_nan=False) + "\n"
    contents = {} if made is None else {made[0]: made[1]}
    if options.json not in (None, "-"):
        contents[Path(options.json)] = text.encode()
    write_all(contents)
    show(text if options.json == "-" else words)
    return 0


def progress() -> AbstractContextManager[Callable[[str], None]]:
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


def show(text: str) -> None:
    """Write to standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a sign, and a path may be no text
    sys.stdout.write(text)
    sys.stdout.flush()
