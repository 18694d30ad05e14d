"""What a file holds, whatever it is."""

import textwrap
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from lobstats.engine import Source, choose_grid, observe
from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import decode_lenient, kinds
from lobstats.events.formats import FORMATS, Pick, PickError, load, recognise, stem
from lobstats.events.layout import Kind
from lobstats.progress import expect, share
from lobstats.report.render import describe_observations, iso_time

__all__ = ["NO_TICK", "SCHEMA", "counted", "inspect_paths", "inspection_text", "listed", "rate_lines", "row", "span"]

SCHEMA = "lobstats.inspect/1"

NO_TICK = 1e-6
"""What prices are put on where no tick shows."""

_LISTED = 10
_WIDTH = 100
_INDENT = " " * 12
_MOST_LISTED = 10_000


def inspect_paths(
    paths: list[Path],
    *,
    pick: Pick = Pick(),  # noqa: B008 - a frozen value
    tick_size: float | None = None,
    step: Callable[[str], None] = lambda text: None,
    **sessions: Any,
) -> dict[str, Any]:
    """Describe files as one side: formats, records, what is malformed, what does not fit the book, sessions.

    Files without events are named with their format. Nothing a file may hold is an error.

    Parameters
    ----------
    paths : list of Path
        Files that exist.
    pick : Pick
        What to take from files that hold several streams.
    tick_size : float, optional
        Inferred otherwise.
    step : callable
        Told what is about to be done.
    **sessions
        What makes a session, as `lobstats.engine.choose_grid` takes it.
    """
    files: list[dict[str, Any]] = []
    decoded = []
    sizes = [path.stat().st_size for path in paths]
    expect(sum(sizes), "B")
    for path, size in zip(paths, sizes, strict=True):
        about: dict[str, Any] = {"path": str(path), "n_bytes": size, "slips": []}
        try:
            with share(size):
                about["format"] = recognise(path)
                if about["format"] not in ("text", "empty", "unknown"):
                    data, made = load(path, pick)
                    about |= {name: made[name] for name in ("records_in", "dropped", "notes") if name in made}
                    found = decode_lenient(data)
                    about["slips"] = [asdict(slip) for slip in found.slips]
                    decoded.append(found)
        except PickError:
            raise
        except DecodeError as error:
            about.setdefault("format", "unknown")
            about["problem"] = str(error).removeprefix(f"{path}: ")
        files.append(about)
    source = Source(stem(paths[0]), tuple(str(path) for path in paths), tuple(decoded))
    step(f"replaying {source.name}")
    try:
        grid = choose_grid(source, tick_size=tick_size, **sessions)
    except InsufficientDataError:
        grid = replace(choose_grid(source, tick_size=NO_TICK, **sessions), has_tick=False)
    seen = observe(source, grid)
    described = describe_observations(seen)
    if not grid.has_tick:
        described["tick_size"] = None
    counts = np.sum([np.bincount(kinds(file.events), minlength=256) for file in decoded], axis=0, initial=0)
    slips = [{"path": file["path"], **slip} for file in files for slip in file.pop("slips")]
    rates = {name: rate for name, tally in seen.tallies.items() if (rate := tally.rate()) is not None}
    return {
        "schema": SCHEMA,
        **described,
        "rates": {name: {**asdict(rate), "by_tenth": list(rate.by_tenth)} for name, rate in rates.items()},
        "slips": slips[:_MOST_LISTED],
        "n_slips": len(slips),
        "files": files,
        "kinds": {kind.name.lower(): int(counts[kind]) if len(decoded) else 0 for kind in Kind},
        "sessions": [{"start": iso_time(s.start), "end": iso_time(s.end)} for s in seen.sessions[:_MOST_LISTED]],
        "left_out": [
            {**asdict(stretch), "start": iso_time(stretch.start), "end": iso_time(stretch.end)}
            for stretch in seen.left_out[:_MOST_LISTED]
        ],
        "n_left_out": len(seen.left_out),
    }


def inspection_text(found: dict[str, Any]) -> str:
    """Return an inspection as text, a line for each thing that is there."""
    lines = []
    for file in found["files"]:
        problem = f" · {file['problem']}" if "problem" in file else ""
        lines.append(f"{file['path']}: {FORMATS[file['format']]} · {file['n_bytes']:,} bytes{problem}")
        lines += [line for note in file.get("notes", ()) for line in row("note", note)]
    tick = "unknown" if found["tick_size"] is None else f"{found['tick_size']:g}"
    if not found["n_records"]:
        return "\n".join(lines) + "\n"
    lines += [
        *row("records", f"{found['n_records']:,}{_made(found['files'])}, {found['n_events']:,} outside snapshots"),
        *row("time", f"{found['start'] or '-'} to {found['end'] or '-'}"),
        *row("grid", f"tick {tick} · clock {found['clock_ns']:,} ns"),
        *row("kinds", counted(found["kinds"]) or "none: these may be no packed events"),
        *row("validity", counted(found["validity"]) or "nothing malformed"),
        *row("replay", counted(found["replay"]) or "nothing to count"),
        *rate_lines(found["rates"]),
        *(row("slips", f"{found['n_slips']:,}") if found["n_slips"] else []),
        *listed([_slip(slip) for slip in found["slips"]], found["n_slips"]),
        *row("left out", counted(found["not_continuous"]) or "nothing"),
        *listed([f"{span(s)}  {_reason(s)}" for s in found["left_out"]], found["n_left_out"]),
        *row("sessions", f"{found['n_sessions']:,}"),
        *listed([span(s) for s in found["sessions"]], found["n_sessions"]),
    ]
    return "\n".join(lines) + "\n"


def row(name: str, text: str) -> list[str]:
    """Return a name and its text, wrapped to the width of a terminal."""
    return textwrap.wrap(
        f"{name:<9} {text}",
        _WIDTH,
        break_long_words=False,
        break_on_hyphens=False,
        initial_indent="  ",
        subsequent_indent=_INDENT,
    )


def _made(files: list[dict[str, Any]]) -> str:
    """Say of how many records of another format the events were made, and what was dropped."""
    if not any("records_in" in file for file in files):
        return " in the file" if len(files) == 1 else " in the files"
    dropped: Counter[str] = Counter()
    for file in files:
        dropped.update(file.get("dropped", {}))
    without = f" (dropped: {counted(dropped)})" if any(dropped.values()) else ""
    return f" made of {sum(file.get('records_in', 0) for file in files):,} in the file{without}"


def _slip(slip: dict[str, Any]) -> str:
    lost = f"{slip['records_lost']:,} record{'s' if slip['records_lost'] > 1 else ''}"
    return f"byte {slip['byte']:,}: the boundary moves on by {slip['offset']} bytes, {lost} lost"


def span(stretch: dict[str, Any]) -> str:
    """Return from when to when a stretch lasts."""
    start, end = stretch["start"], stretch["end"]
    return f"{start} to {end[11:] if end[:11] == start[:11] else end}"


def _reason(stretch: dict[str, Any]) -> str:
    records = f", {stretch['n_records']:,} records" if stretch["n_records"] else ""
    return f"{stretch['reason']}{records}"


def rate_lines(rates: dict[str, dict[str, Any]]) -> list[str]:
    """Return a table of what occurs: how often, between what bounds, and in each tenth of the stream."""
    shown = {name: rate for name, rate in rates.items() if rate["count"]}
    if not shown:
        return []
    lines = [f"  {'rates':<9} {'per million records':<37}{'in each tenth of the stream':>50}"]
    for name, rate in shown.items():
        tenths = " ".join(f"{_per_million(part):>4}" for part in rate["by_tenth"])
        bounds = f"{_per_million(rate['low'])} to {_per_million(rate['high'])}"
        lines.append(f"    {name:<22} {_per_million(rate['rate']):>5}  {bounds:<14}  {tenths}")
    return lines


def _per_million(share: float | None) -> str:
    """Return a share in four signs at most."""
    if share is None:
        return "-"
    value = share * 1e6
    if value >= 999_500:
        return "1M"
    if value >= 9_999.5:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value >= 9.95 or value == 0 else f"{value:.1f}"


def listed(texts: list[str], n: int) -> list[str]:
    """Return the first of n texts, indented."""
    more = [f"and {n - _LISTED:,} more"] if n > _LISTED else []
    return [f"    {text}" for text in texts[:_LISTED] + more]


def counted(counts: Mapping[str, int]) -> str:
    """Return what was counted, without what was not."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
