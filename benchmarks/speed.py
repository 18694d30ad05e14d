"""Wall time of whole commands: `python benchmarks/speed.py RECORDING [--runs N]`.

RECORDING is a Databento file, such as `esh4-glbx-mdp3-20231225.mbo.dbn.zst`. Each figure is the median over fresh
processes; "first" runs compile the replay anew, "warm" runs find it in numba's cache. Writes `benchmarks/speed.md`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lobstats

OUT = Path(__file__).with_name("speed.md")


def main() -> None:
    """Time the commands and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "es.bin"
        lobstats_command("convert", options.recording, packed)
        report = ("report", packed, packed, "--out", Path(folder) / "r.html", "--json", Path(folder) / "r.json")
        rows.append(("report RECORDING RECORDING --out --json, first", [first(report) for _ in range(options.runs)]))
        rows.append(("report RECORDING RECORDING --out --json, warm", [warm(report) for _ in range(options.runs)]))
        rows.append(("inspect RECORDING, warm", [warm(("inspect", packed)) for _ in range(options.runs)]))
        rows.append(
            ("python -c 'import lobstats'", [timed([sys.executable, "-c", "import lobstats"]) for _ in range(9)])
        )
        rows.append(("python -c pass", [timed([sys.executable, "-c", "pass"]) for _ in range(9)]))
    lines = [
        "# Speed",
        "",
        f"Made by `python benchmarks/speed.py {options.recording.name}` with lobstats {lobstats.__version__} on "
        f"{os.cpu_count()} shared cores; seconds of wall time, whole processes.",
        "",
        "| command | median | least | most | runs |",
        "|---|---|---|---|---|",
    ]
    for name, seconds in rows:
        figures = (statistics.median(seconds), min(seconds), max(seconds))
        lines.append(f"| `{name}` | " + " | ".join(f"{figure:.2f}" for figure in figures) + f" | {len(seconds)} |")
    OUT.write_text("\n".join(lines) + "\n")
    print(OUT.read_text())


def first(arguments: tuple[object, ...]) -> float:
    """Time a command with an empty cache of compiled code."""
    with tempfile.TemporaryDirectory() as cache:
        return timed(command(*arguments), NUMBA_CACHE_DIR=cache)


def warm(arguments: tuple[object, ...]) -> float:
    """Time a command that finds its compiled code."""
    return timed(command(*arguments))


def timed(arguments: list[str], **environment: str) -> float:
    """Return the wall time of a process."""
    began = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - began


def lobstats_command(*arguments: object) -> None:
    """Run a command and wait for it."""
    subprocess.run(command(*arguments), check=True, capture_output=True)


def command(*arguments: object) -> list[str]:
    """Return a lobstats command line."""
    return [sys.executable, "-m", "lobstats.cli", *map(str, arguments)]


if __name__ == "__main__":
    main()
