"""What a file holds, whatever it is."""

from pathlib import Path
from typing import Any

import numpy as np

from lobstats.engine import Grid, Source, choose_grid, observe
from lobstats.errors import DecodeError, InsufficientDataError
from lobstats.events.codec import decode_lenient, kinds
from lobstats.events.formats import load, recognise, stem
from lobstats.events.layout import Kind
from lobstats.report.render import describe_observations, iso_time

__all__ = ["inspect_paths", "inspection_text"]

SCHEMA = "lobstats.inspect/1"

_NO_TICK = 1e-6
_LISTED_SESSIONS = 10


def inspect_paths(
    paths: list[Path], *, instrument: str | None = None, session_gap_ns: int, tick_size: float | None = None
) -> dict[str, Any]:
    """Describe files as one side: formats, records, what is malformed, what does not fit the book, sessions.

    Files without events are named with their format. Nothing a file may hold is an error.

    Parameters
    ----------
    paths : list of Path
        Files that exist.
    instrument : str, optional
        Which instrument to take from files that hold several.
    session_gap_ns : int
    tick_size : float, optional
        Inferred otherwise.
    """
    files: list[dict[str, Any]] = []
    decoded = []
    for path in paths:
        about: dict[str, Any] = {"path": str(path), "format": recognise(path), "n_bytes": path.stat().st_size}
        try:
            if about["format"] in ("packed", "dbn"):
                decoded.append(decode_lenient(load(path, instrument=instrument)))
        except DecodeError as error:
            about["problem"] = str(error).removeprefix(f"{path}: ")
        files.append(about)
    source = Source(stem(paths[0]), tuple(str(path) for path in paths), tuple(decoded))
    try:
        grid = choose_grid(source, tick_size=tick_size, session_gap_ns=session_gap_ns)
    except InsufficientDataError:
        grid = Grid(_NO_TICK, session_gap_ns=session_gap_ns)
    seen = observe(source, grid)
    described = describe_observations(seen)
    if grid.tick_size == _NO_TICK:
        described["tick_size"] = None
        described["validity"]["price_off_grid"] = 0
    counts = np.sum([np.bincount(kinds(file.events), minlength=256) for file in decoded], axis=0, initial=0)
    return {
        "schema": SCHEMA,
        **described,
        "files": files,
        "kinds": {kind.name.lower(): int(counts[kind]) if len(decoded) else 0 for kind in Kind},
        "sessions": [{"start": iso_time(s.start), "end": iso_time(s.end)} for s in seen.series],
    }


def inspection_text(found: dict[str, Any]) -> str:
    """Return an inspection as text, a line for each thing that is there."""
    lines = []
    for file in found["files"]:
        problem = f" · {file['problem']}" if "problem" in file else ""
        what = {"packed": "packed events", "dbn": "Databento DBN", "unknown": "of no known format"}
        lines.append(f"{file['path']}: {what.get(file['format'], file['format'])} · {file['n_bytes']:,} bytes{problem}")
    tick = "unknown" if found["tick_size"] is None else f"{found['tick_size']:g}"
    rows = {
        "records": f"{found['n_records']:,} in the file, {found['n_events']:,} outside snapshots",
        "time": f"{found['start'] or '-'} to {found['end'] or '-'}",
        "grid": f"tick {tick} · clock {found['clock_ns']:,} ns",
        "kinds": _counted(found["kinds"]),
        "validity": _counted(found["validity"]) or "nothing malformed",
        "replay": _counted(found["replay"]) or "nothing to count",
        "left out": _counted(found["not_continuous"]) or "nothing",
        "sessions": f"{found['n_sessions']:,}",
    }
    if found["n_records"]:
        lines += [f"  {name:<9} {text}" for name, text in rows.items()]
        lines += [f"            {s['start']} to {s['end']}" for s in found["sessions"][:_LISTED_SESSIONS]]
        if found["n_sessions"] > _LISTED_SESSIONS:
            lines.append(f"            and {found['n_sessions'] - _LISTED_SESSIONS:,} more")
    return "\n".join(lines) + "\n"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
