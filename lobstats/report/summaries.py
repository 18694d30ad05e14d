"""What summary files hold, in words and as plain numbers."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lobstats.errors import DecodeError
from lobstats.report.inspection import SCHEMA, counted, listed, rate_lines, row, span
from lobstats.report.render import describe_observations, describe_pattern, iso_time
from lobstats.sample import Sample, added
from lobstats.sample_files import read_sample

__all__ = ["describe_sample", "inspect_summaries", "sample_text"]

_MOST_LISTED = 10_000


def describe_sample(sample: Sample) -> dict[str, Any]:
    """Return what a sample holds and how it was made, ready for JSON."""
    seen, grid = sample.observations, sample.observations.grid
    rates = {name: rate for name, tally in seen.tallies.items() if (rate := tally.rate()) is not None}
    return {
        "schema": SCHEMA,
        **describe_observations(seen),
        "n_rows": len(sample.rows),
        "row_seconds": None if sample.row_ns is None else sample.row_ns / 1e9,
        "pattern": None if sample.pattern is None else describe_pattern(sample.pattern),
        "session_gap_seconds": grid.session_gap_ns / 1e9,
        "session_length_seconds": None if grid.session_length_ns is None else grid.session_length_ns / 1e9,
        "calendar": grid.calendar,
        "keep": list(grid.keep),
        "rates": {name: {**asdict(rate), "by_tenth": list(rate.by_tenth)} for name, rate in rates.items()},
        "sessions": [{"start": iso_time(s.start), "end": iso_time(s.end)} for s in seen.sessions[:_MOST_LISTED]],
    }


def sample_text(found: dict[str, Any]) -> str:
    """Return a description of a sample as text."""
    rows = "whole sessions" if found["row_seconds"] is None else f"{found['row_seconds']:,.6g} s"
    lines = [
        *row("made of", ", ".join(found["paths"])),
        *row("records", f"{found['n_records']:,} read, {found['n_events']:,} outside snapshots"),
        *row("time", f"{found['start'] or '-'} to {found['end'] or '-'}"),
        *row("grid", f"tick {found['tick_size']:g} · clock {found['clock_ns']:,} ns"),
        *row("rows", f"{found['n_rows']:,} of {rows}"),
        *row("pattern", found["pattern"] or "not removed"),
        *row("validity", counted(found["validity"]) or "nothing malformed"),
        *row("replay", counted(found["replay"]) or "nothing to count"),
        *rate_lines(found["rates"]),
        *row("left out", counted(found["not_continuous"]) or "nothing"),
        *(line for note in found["notes"] for line in row("note", note)),
        *row("sessions", f"{found['n_sessions']:,}"),
        *listed([span(session) for session in found["sessions"]], found["n_sessions"]),
    ]
    return "\n".join(lines) + "\n"


def inspect_summaries(paths: list[Path]) -> tuple[dict[str, Any], str]:
    """Describe summary files as one sample, as plain numbers and as text; a damaged file is named with what is wrong.

    Raises
    ------
    DecodeError
        If they do not add up.
    """
    files: list[dict[str, Any]] = []
    samples = []
    for path in paths:
        about: dict[str, Any] = {"path": str(path), "n_bytes": path.stat().st_size, "format": "summary"}
        try:
            samples.append(read_sample(path))
        except DecodeError as error:
            about["problem"] = str(error).removeprefix(f"{path}: ")
        files.append(about)
    heads = [
        f"{file['path']}: a summary · {file['n_bytes']:,} bytes{' · ' + file['problem'] if 'problem' in file else ''}\n"
        for file in files
    ]
    if not samples:
        return {"schema": SCHEMA, "files": files}, "".join(heads)
    try:
        # A name says nothing of whether files belong together.
        sample = added([replace(one, observations=replace(one.observations, name=paths[0].stem)) for one in samples])
    except ValueError as error:
        msg = f"{paths[0]} and {len(paths) - 1} more: {error} Look at them one by one."
        raise DecodeError(msg) from error
    found = describe_sample(sample) | {"files": files}
    return found, "".join(heads) + sample_text(found)
