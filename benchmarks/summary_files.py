"""Size and speed of summary files: `python benchmarks/summary_files.py RECORDING... [--runs N]`.

Each RECORDING is a Databento file. Seconds are of processor time, which other work on the machine changes little:
medians over fresh processes for commands, and over calls for writing and reading. Writes `benchmarks/summary_files.md`.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from speed import command, lobstats_command, timed

import lobstats
from lobstats.sample_files import sample_bytes, sample_of_bytes

OUT = Path(__file__).with_name("summary_files.md")


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    lines = [
        "# Summary files",
        "",
        f"Made by `python benchmarks/summary_files.py {' '.join(path.name for path in options.recordings)} --runs "
        f"{options.runs}` with lobstats {lobstats.__version__} on {os.cpu_count()} shared cores; medians of processor "
        "time in seconds. A report compares the recording with itself, and writes JSON.",
        "",
        "| recording | events | packed (bytes) | .lobs (bytes) | share | rows | write | read | summarise | report from "
        "events | report from .lobs | share |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for recording in options.recordings:
        lines.append(measured(recording, options.runs))
        print(lines[-1], flush=True)
    OUT.write_text("\n".join(lines) + "\n")


def measured(recording: Path, runs: int) -> str:
    """Return a row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        events, summary, numbers = (Path(folder) / name for name in ("r.bin", "r.lobs", "r.json"))
        lobstats_command("convert", recording, events)
        summarise = [processor_time("summarise", events, "--out", summary) for _ in range(runs)]
        reports = [
            [processor_time("report", path, path, "--json", numbers) for path in (events, summary)] for _ in range(runs)
        ]
        sample = lobstats.read_sample(summary)
        content = summary.read_bytes()
        write, read = (
            statistics.median(called(work) for _ in range(5))
            for work in (lambda: sample_bytes(sample), lambda: sample_of_bytes(content))
        )
        of_events, of_summary = (statistics.median(column) for column in zip(*reports, strict=True))
        size = events.stat().st_size
        cells = (
            recording.name.split("-")[0].upper(),
            f"{sample.observations.n_events:,}",
            f"{size:,}",
            f"{len(content):,}",
            f"{len(content) / size:.1%}",
            f"{len(sample.rows)}",
            *(f"{seconds:.2f}" for seconds in (write, read, statistics.median(summarise), of_events, of_summary)),
            f"{of_summary / of_events:.0%}",
        )
        return f"| {' | '.join(cells)} |"


def processor_time(*arguments: object) -> float:
    """Return the processor time of a lobstats command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    timed(command(*arguments))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def called(work: Callable[[], object]) -> float:
    """Return the processor time of a call."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
