"""What people see: the product on standard output, progress on standard error."""

import io
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lobstats.progress import metered

if TYPE_CHECKING:
    from rich.progress import Progress, Task

__all__ = ["colour", "described", "progress", "rate_text", "show"]

_WIDEST = 40  # columns of what is being done; a file may have any name


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


def show(text: str) -> None:
    """Write to standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a sign, and a path may be no text
    sys.stdout.write(text)
    sys.stdout.flush()


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show what is done within: a bar with rate and time left, which is gone afterwards.

    What it yields is to be told what is about to be done. Where standard error is no terminal nothing is written.
    """
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: "Task") -> Text:
            return Text(rate_text(task.speed, task.fields["unit"]))

    class Left(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: "Task") -> Text:
            left = task.time_remaining
            if task.total is None or left is None:
                return Text(f"{_clock(task.elapsed or 0)} gone")
            return Text(f"{_clock(left)} left")

    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), Rate(), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = _Bar(bars)
        with metered(bar):
            yield bar.step


class _Bar:
    """The bar of the step that is being done; it only moves to and fro until somebody says how much there is to do."""

    def __init__(self, bars: "Progress") -> None:
        self._bars = bars
        self._text = "reading"
        self._task = bars.add_task(self._text, total=None, unit="")

    def step(self, text: str) -> None:
        plain = "".join(sign if sign.isprintable() else " " for sign in text)
        self._text = plain if len(plain) <= _WIDEST else f"{plain[: _WIDEST - 1]}…"
        self._begin(None, "")

    def expect(self, total: int, unit: str) -> None:
        self._begin(total or None, unit)

    def advance(self, n: int) -> None:
        self._bars.advance(self._task, n)

    def _begin(self, total: int | None, unit: str) -> None:
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(self._text, total=total, unit=unit)


def rate_text(speed: float | None, unit: str) -> str:
    """Return how much is done in a second.

    Examples
    --------
    >>> rate_text(2_345_678.0, "B"), rate_text(2_345_678.0, "events"), rate_text(3.2, "rows")
    ('2.3 MB/s', '2.3M events/s', '3.2 rows/s')
    """
    if not speed or not unit:
        return ""
    if unit == "B":
        return f"{speed / 1e6:,.1f} MB/s"
    for size, name in ((1e6, "M"), (1e3, "k")):
        if speed >= size:
            return f"{speed / size:,.1f}{name} {unit}/s"
    return f"{speed:.{0 if speed >= 10 else 1}f} {unit}/s"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
