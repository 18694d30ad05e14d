"""What commands have in common on the command line: options, and the values that they take."""

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lobstats.errors import LobstatsError

if TYPE_CHECKING:
    from lobstats.events.formats import Pick

__all__ = [
    "UsageError",
    "add_cut",
    "add_grid",
    "add_pick",
    "count",
    "duration",
    "level",
    "output_path",
    "pick_of",
    "positive",
    "whole",
    "window_of",
]

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}")
_NANOSECONDS = 1_000_000_000


class UsageError(LobstatsError):
    """An option that cannot be taken as it is."""


def add_cut(parser: argparse.ArgumentParser) -> None:
    """Add the options that cut a stream by time."""
    parser.add_argument("--start", metavar="TIME", help="first time to keep, ISO 8601, UTC unless it says otherwise")
    parser.add_argument("--end", metavar="TIME", help="first time to leave out")


def add_pick(parser: argparse.ArgumentParser) -> None:
    """Add the options that pick one stream of a file."""
    parser.add_argument("--instrument", metavar="ID", help="symbol or id to take from a file that holds several")
    parser.add_argument("--publisher", metavar="ID", help="venue to take from a file that holds several")
    parser.add_argument(
        "--allow-unordered",
        action="store_true",
        help="sort events by exchange time where the times of several venues go backwards",
    )


def add_grid(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what a session and a tick are."""
    add_pick(parser)
    parser.add_argument(
        "--session-gap",
        metavar="TIME",
        type=duration,
        default=1800 * _NANOSECONDS,
        help="a longer pause ends a session (default 30min)",
    )
    parser.add_argument(
        "--session-length", metavar="TIME", type=duration, help="cut sessions into parts of this length"
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
    parser.add_argument("--tick-size", metavar="PRICE", type=positive, help="inferred from the real orders otherwise")


def pick_of(options: argparse.Namespace) -> "Pick":
    """Return what to pick from a file."""
    from lobstats.events.formats import Pick

    return Pick(options.instrument, options.publisher, "sort" if options.allow_unordered else "refuse")


def window_of(options: argparse.Namespace) -> tuple[int | None, int | None]:
    """Return the times of a cut, UTC nanoseconds."""
    start, end = (_time(name, getattr(options, name)) for name in ("start", "end"))
    if start is not None and end is not None and start >= end:
        msg = f"`--start` must lie before `--end`, got {options.start} and {options.end}."
        raise UsageError(msg)
    return start, end


def output_path(text: str) -> Path:
    """Return the path of a file to be written."""
    path = Path(text)
    if not path.name or text.endswith(os.sep):
        msg = f"{text or '.'}: is a folder; name a file in it."
        raise UsageError(msg)
    return path


def duration(text: str) -> int:
    """Return a duration in nanoseconds."""
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


def positive(text: str) -> float:
    """Return a positive number."""
    return _number(text, lambda value: 0 < value < float("inf"), "a positive number")


def level(text: str) -> float:
    """Return a level between 0 and 1."""
    return _number(text, lambda value: 0 < value < 1, "between 0 and 1")


def whole(text: str) -> int:
    """Return a whole number from 0."""
    if not re.fullmatch(r"\d+", text):
        msg = f"must be a whole number from 0, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def count(text: str) -> int:
    """Return a whole number from 1."""
    if not re.fullmatch(r"0*[1-9]\d*", text):
        msg = f"must be a whole number from 1, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _number(text: str, accepts: Callable[[float], bool], rule: str) -> float:
    try:
        value = float(text)
        if not accepts(value):
            raise ValueError(text)
    except ValueError as error:
        msg = f"must be {rule}, got {text!r}"
        raise argparse.ArgumentTypeError(msg) from error
    return value


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
