"""A conversion of events, and the record of how it was made."""

from pathlib import Path
from typing import Any

from lobstats.book import replay
from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import Events
from lobstats.events.formats import Pick, describe_source, writer
from lobstats.events.grid import infer_clock, infer_tick_size
from lobstats.report.inspection import NO_TICK
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
) -> tuple[bytes, dict[str, Any]]:
    """Return a file's events in the format of the target's ending, and what was done to them.

    Raises
    ------
    DecodeError
        If the file cannot be read, the ending names no format that can be written, or no event is left between
        the cuts.
    """
    encode = writer(target)
    conversion = describe_source(source, pick)
    events = cut(conversion.events, start_ns=start_ns, end_ns=end_ns)
    if not len(events):
        msg = f"{source}: no event lies between `--start` and `--end`; widen them."
        raise DecodeError(msg)
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
    tick = "unknown" if about["tick_size"] is None else f"{about['tick_size']:g}"
    rows = {
        "source": f"{about['format']}{_stream(about)}",
        "dropped": dropped or "nothing",
        "orders": _orders(about),
        "snapshots": _snapshots(about),
        "time": f"{about['first_time']} to {about['last_time']}",
        "grid": f"tick {tick} · clock {about['clock_ns']:,} ns",
        "sessions": f"{about['n_sessions']:,}",
        "details": f"{target}.json",
    }
    head = f"{target}: {about['records_written']:,} records from {about['records_in']:,} of {about['source']}\n"
    return head + "".join(f"  {name:<9} {text}\n" for name, text in rows.items() if text)


def _stream(about: dict[str, Any]) -> str:
    named = [str(about[name]) for name in ("dataset", "symbol") if about.get(name)]
    return " · " + " ".join(named) if named else ""


def _orders(about: dict[str, Any]) -> str:
    ids = about.get("order_ids")
    numbered = f"{ids['distinct']:,} ids, {ids['rule']}; " if ids else ""
    return f"{numbered}{about['reductions_of_unknown_orders']:,} reductions of orders never seen"


def _snapshots(about: dict[str, Any]) -> str:
    texts = {
        "snapshot_records": "records",
        "clears_put_in": "clears put in front",
        "partial_cancels_to_modifies": "partial cancels made modifies",
    }
    return ", ".join(f"{about[name]:,} {text}" for name, text in texts.items() if about.get(name))
