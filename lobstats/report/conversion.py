"""A conversion of events, and the record of how it was made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lobstats.book import replay
from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import Events
from lobstats.events.formats import Pick, describe_source, writer
from lobstats.events.grid import infer_clock, infer_tick_size
from lobstats.progress import expect, share
from lobstats.report.inspection import NO_TICK, row
from lobstats.report.render import iso_time
from lobstats.sessions import cut, find_sessions

__all__ = ["conversion_text", "convert_file"]

SCHEMA = "lobstats.conversion/1"

_LISTED = 1_000


def convert_file(
    source: Path,
    target: Path,
    *,
    pick: Pick = Pick(),  # noqa: B008 - a frozen value
    start_ns: int | None = None,
    end_ns: int | None = None,
    step: Callable[[str], None] = lambda text: None,
) -> tuple[bytes, dict[str, Any]]:
    """Return a file's events in the format of the target's ending, and what was done to them.

    Raises
    ------
    DecodeError
        If the file cannot be read, the ending names no format that can be written, or no event is left between
        the cuts.
    """
    encode = writer(target)
    if source.is_dir():
        msg = f"{source}: is a folder; `convert` takes one file."
        raise DecodeError(msg)
    step(f"reading {source.name}")
    size = source.stat().st_size if source.is_file() else 0
    expect(size, "B")
    with share(size):
        conversion = describe_source(source, pick)
    events = cut(conversion.events, start_ns=start_ns, end_ns=end_ns)
    if not len(conversion.events):
        msg = f"{source}: the file holds no events; there is nothing to convert."
        raise DecodeError(msg)
    if not len(events):
        msg = f"{source}: no event lies between `--start` and `--end`; widen them."
        raise DecodeError(msg)
    step("replaying what was read")
    about = {
        "schema": SCHEMA,
        **conversion.about,
        "start": iso_time(start_ns),
        "end": iso_time(end_ns),
        "records_written": len(events),
        "first_time": iso_time(int(events["exch_ts"][0])),
        "last_time": iso_time(int(events["exch_ts"][-1])),
        **_described(events),
    }
    # Some formats drop what reduces an order that they cannot know; the replay counts what is left.
    about["reductions_of_unknown_orders"] += sum(n for why, n in about["dropped"].items() if "unknown_order" in why)
    step(f"writing {target.name}")
    return encode(events), about


def _described(events: Events) -> dict[str, Any]:
    try:
        tick_size: float | None = infer_tick_size(events)
    except InsufficientDataError:
        tick_size = None
    clock_ns = infer_clock(events)
    book = replay(events, tick_size=tick_size or NO_TICK, clock_ns=clock_ns)
    sessions = find_sessions(events, book)
    return {
        "tick_size": tick_size,
        "clock_ns": clock_ns,
        "reductions_of_unknown_orders": book.counts["unknown_order"],
        "n_sessions": sessions.n_sessions,
        "sessions": [
            {"start": iso_time(int(times.min())), "end": iso_time(int(times.max()))}
            for times in (book.time[sessions.session == number] for number in range(min(sessions.n_sessions, _LISTED)))
        ],
    }


def conversion_text(about: dict[str, Any], target: Path) -> str:
    """Return in a few lines what a conversion did."""
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in about["dropped"].items() if count)
    ids = about.get("order_ids")
    tick = "unknown" if about["tick_size"] is None else f"{about['tick_size']:g}"
    rows = {
        "source": f"{about['format']}{_stream(about)}",
        "dropped": dropped or "nothing",
        "orders": f"{ids['distinct']:,} ids, {ids['rule']}" if ids else "",
        "unknown": f"{about['reductions_of_unknown_orders']:,} reductions of orders never seen",
        "snapshots": _noted(about, ("snapshot_records", "records"), ("clears_put_in", "clears put in front")),
        "changed": _noted(about, ("partial_cancels_to_modifies", "partial cancels made modifies")),
        "time": f"{about['first_time']} to {about['last_time']}",
        "grid": f"tick {tick} · clock {about['clock_ns']:,} ns",
        "sessions": f"{about['n_sessions']:,}",
        "note": "; ".join(about.get("notes", ())),
        "details": f"{target}.json",
    }
    head = f"{target}: {about['records_written']:,} records from {about['records_in']:,} of {about['source']}"
    return "\n".join([head, *(line for name, text in rows.items() if text for line in row(name, text))]) + "\n"


def _stream(about: dict[str, Any]) -> str:
    named = [str(about[name]) for name in ("dataset", "symbol") if about.get(name)]
    return " · " + " ".join(named) if named else ""


def _noted(about: dict[str, Any], *notes: tuple[str, str]) -> str:
    return ", ".join(f"{text}: {about[name]:,}" for name, text in notes if about.get(name))
