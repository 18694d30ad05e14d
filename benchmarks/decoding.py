"""Speed of decoding and replay on one core: `python benchmarks/decoding.py [RECORDING ...] [--runs N]`.

Each stream is laid end to end until it has some tens and hundreds of megabytes. A pass that decodes strictly, and one
that decodes leniently and counts everything in `VALIDITY`, is set against copying the same bytes in the same round; the
ratio is taken round by round. Replay is timed from the event array to the finished `Book`. Writes
`benchmarks/decoding.md`.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import lobstats
from lobstats.book import replay
from lobstats.events.codec import Events, decode, decode_lenient
from lobstats.events.formats import read
from lobstats.events.grid import infer_tick_size
from lobstats.events.validity import Tally, tally_records

OUT = Path(__file__).with_name("decoding.md")
FIXTURE = Path(__file__).parent.parent / "fixtures" / "reference.bin"
MEGABYTES = (30, 300)
REPLAYED = 2_000_000
TICK_SIZE = 0.25


def main() -> None:
    """Time the passes and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path, nargs="*")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    events = read(FIXTURE)
    names = " ".join(path.name for path in options.recordings)
    lines = [
        "# Decoding and replay",
        "",
        f"Made by `python benchmarks/decoding.py {names}` with lobstats {lobstats.__version__}, one shared core; "
        f"medians over {options.runs} rounds.",
        "",
        "| validity pass over `fixtures/reference.bin`, repeated | MB | copy, GB/s | pass, GB/s | pass / copy |",
        "|---|---|---|---|---|",
    ]
    for megabytes in MEGABYTES:
        tiled = laid_end_to_end(events, megabytes * 1_000_000 // events.nbytes)
        for name, check in (("`decode`", decode), ("`decode_lenient` and every count of validity", count_all)):
            lines.append(f"| {name} | {tiled.nbytes / 1e6:,.0f} | {against_copy(tiled, check, options.runs)} |")
    lines += ["", "| replay of | events | million events/s | least | most |", "|---|---|---|---|---|"]
    for path in (FIXTURE, *options.recordings):
        part = read(path)
        tick_size = infer_tick_size(part)
        tiled = laid_end_to_end(part, -(-REPLAYED // len(part)))
        again = partial(replay, tiled, tick_size=tick_size)
        again()  # compiles, or loads what was compiled
        speeds = [len(tiled) / 1e6 / taken(again) for _ in range(options.runs)]
        figures = " | ".join(f"{value:.1f}" for value in (statistics.median(speeds), min(speeds), max(speeds)))
        lines.append(f"| `{path.name}` | {len(tiled):,} | {figures} |")
    OUT.write_text("\n".join(lines) + "\n")
    print(OUT.read_text())


def laid_end_to_end(events: Events, times: int) -> Events:
    """Repeat a stream, each copy after the one before."""
    length = int(events["exch_ts"].max() - events["exch_ts"].min()) + 1
    tiled = np.tile(events, max(times, 1))
    tiled["exch_ts"] += np.repeat(np.arange(max(times, 1)), len(events)) * length
    return tiled


def count_all(data: NDArray[np.uint8]) -> dict[str, Tally]:
    """Decode whatever the bytes hold and count everything that can be wrong with a record."""
    return tally_records(decode_lenient(data), TICK_SIZE)


def against_copy(events: Events, check: Callable[[NDArray[np.uint8]], object], runs: int) -> str:
    """Return the speeds of copying and of a pass, and their ratio, as cells of a row."""
    data = events.view(np.uint8)
    out = np.empty_like(data)
    rounds = [(taken(lambda: np.copyto(out, data)), taken(lambda: check(data))) for _ in range(runs + 1)][1:]
    copying, checking = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = statistics.median(copy / pass_ for copy, pass_ in rounds)
    return f"{data.nbytes / copying / 1e9:.1f} | {data.nbytes / checking / 1e9:.1f} | {ratio:.2f}"


def taken(action: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
