"""A conversion to packed events, and the record of how it was made."""

from pathlib import Path
from typing import Any

from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import encode
from lobstats.events.formats import describe_source
from lobstats.events.grid import infer_clock, infer_tick_size
from lobstats.report.render import iso_time
from lobstats.sessions import cut

__all__ = ["conversion_text", "convert_file"]

SCHEMA = "lobstats.conversion/1"


def convert_file(
    source: Path, *, instrument: str | None = None, start_ns: int | None = None, end_ns: int | None = None
) -> tuple[bytes, dict[str, Any]]:
    """Return a file's events as packed bytes, and what was done to them.

    Raises
    ------
    DecodeError
        If the file cannot be read, or no event is left between the cuts.
    """
    conversion = describe_source(source, instrument=instrument)
    events = cut(conversion.events, start_ns=start_ns, end_ns=end_ns)
    if not len(events):
        msg = f"{source}: no event lies between `--start` and `--end`; widen them."
        raise DecodeError(msg)
    try:
        tick_size: float | None = infer_tick_size(events)
    except InsufficientDataError:
        tick_size = None
    about = {
        "schema": SCHEMA,
        **conversion.about,
        "start": iso_time(start_ns),
        "end": iso_time(end_ns),
        "records_written": len(events),
        "first_time": iso_time(int(events["exch_ts"][0])),
        "last_time": iso_time(int(events["exch_ts"][-1])),
        "tick_size": tick_size,
        "clock_ns": infer_clock(events),
    }
    return encode(events), about


def conversion_text(about: dict[str, Any], target: Path) -> str:
    """Return in a few lines what a conversion did."""
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in about.get("dropped", {}).items() if count)
    tick = "unknown" if about["tick_size"] is None else f"{about['tick_size']:g}"
    lines = [
        f"{target}: {about['records_written']:,} records from {about['records_in']:,} of {about['source']}",
        f"  dropped   {dropped or 'nothing'}",
        f"  time      {about['first_time']} to {about['last_time']}",
        f"  grid      tick {tick} · clock {about['clock_ns']:,} ns",
    ]
    if about["format"] == "dbn":
        symbol = about["symbol"] or about["instrument_id"]
        lines[1:1] = [
            f"  source    {about['dataset']} {symbol}",
            f"  orders    {about['order_ids']['distinct']:,} ids, {about['order_ids']['rule']}",
            f"  snapshots {about['snapshot_records']:,} records, {about['clears_put_in']:,} clears put in front; "
            f"{about['partial_cancels_to_modifies']:,} partial cancels made modifies",
        ]
    return "\n".join(lines) + f"\n  details   {target}.json\n"
