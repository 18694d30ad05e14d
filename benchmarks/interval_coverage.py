"""How often intervals hold what they should: `python benchmarks/interval_coverage.py`.

Simulates dependent samples, takes the intervals of facts about them by leaving out one unit at a time, and writes to
`benchmarks/coverage.md` which share of them holds the mean estimate over all samples of that size.
"""

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from processes import PROCESSES, SECOND, Process

from lobstats.errors import InsufficientDataError
from lobstats.inference import LeaveOneOut, UnitKind, from_scale, jackknife
from lobstats.metrics import Metric, collect
from lobstats.result import Band, Interval, Scale
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, summarise_series

ROOT = Path(__file__).parent
LEVEL = 0.95
MEMORY = 5.0  # seconds


@dataclass(frozen=True)
class Design:
    """A number of units of a length in memory times: blocks of one session, or sessions."""

    kind: UnitKind
    units: int
    memories: int

    def __str__(self) -> str:
        return f"{self.units} {self.kind}s of {self.memories}"


DESIGNS = (
    Design("block", 10, 6),
    Design("block", 60, 6),
    Design("block", 10, 60),
    Design("block", 20, 60),
    Design("block", 60, 60),
    Design("session", 5, 60),
    Design("session", 10, 60),
    Design("session", 20, 60),
)


@dataclass(frozen=True)
class Found:
    """What one sample says of one fact: where its points lie, their values on the scale, and the interval's ends."""

    x: NDArray[np.float64]
    value: NDArray[np.float64]
    ends: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    scale: Scale


def draw_units(process: Process, design: Design, rng: np.random.Generator, memory: float = MEMORY) -> list[Summary]:
    """Return the summaries of the units of one sample."""
    length = round(design.memories * memory)
    if design.kind == "session":
        sessions = (process.draw(length, memory, rng) for _ in range(design.units))
        return [summary for session in sessions for _, summary in summarise_series(session, None)]
    path = process.draw(length * design.units, memory, rng)
    return [summary for _, summary in summarise_series(path, length * SECOND)]


def intervals(
    units: Sequence[Summary], design: Design, metrics: Mapping[str, Metric], memory: float = MEMORY
) -> dict[str, Found]:
    """Return what a sample says of each metric that it allows."""
    reference = Reference(reduce(add, units).returns, round(design.memories * memory * SECOND) // 10)
    sums: dict[str, LeaveOneOut[Any]] = {}
    found = {}
    for name, metric in metrics.items():
        own = sums.setdefault(metric.field, LeaveOneOut([getattr(unit, metric.field) for unit in units]))
        try:
            result = jackknife(partial(metric, reference=reference), own, unit_kind=design.kind, level=LEVEL)
        except InsufficientDataError:
            continue
        ci = result.fact.ci
        ends = None
        if isinstance(ci, Interval | Band):
            ends = np.atleast_1d(ci.low), np.atleast_1d(ci.high)
        found[name] = Found(result.x, result.value, ends, result.fact.scale)
    return found


@dataclass(frozen=True)
class Coverage:
    """How many intervals held the mean estimate, of how many; curves count their points."""

    held: int
    made: int
    missing: int


def coverage(samples: Iterable[dict[str, Found]]) -> dict[str, Coverage]:
    """Return for each fact how many of the samples' intervals hold the mean estimate over all samples."""
    out = {}
    samples = list(samples)
    for name in dict.fromkeys(name for sample in samples for name in sample):
        points: dict[float, list[tuple[float, tuple[float, float] | None]]] = {}
        missing = 0
        for sample in samples:
            one = sample.get(name)
            missing += one is None or one.ends is None
            for i, x in enumerate([] if one is None else one.x.tolist()):
                ends = None if one.ends is None else (float(one.ends[0][i]), float(one.ends[1][i]))
                points.setdefault(x, []).append((float(one.value[i]), ends))
        scale = next(sample[name].scale for sample in samples if name in sample)
        held = made = 0
        for seen in points.values():
            truth = float(from_scale(np.array([np.mean([value for value, _ in seen])]), scale)[0])
            made += sum(ends is not None for _, ends in seen)
            slack = 1e-9 * abs(truth)  # a value that never varies has an interval without width
            held += sum(ends is not None and ends[0] - slack <= truth <= ends[1] + slack for _, ends in seen)
        out[name] = Coverage(held, made, missing)
    return out


def one_sample(process: str, design: Design, seed: int) -> dict[str, Found]:
    """Return what one simulated sample says."""
    rng = np.random.default_rng([seed, list(PROCESSES).index(process), DESIGNS.index(design)])
    metrics = {
        name: metric
        for name, metric in collect().items()
        if name.split(".")[0] in PROCESSES[process].families and metric.over == ""
    }
    return intervals(draw_units(PROCESSES[process], design, rng), design, metrics)


def main() -> None:
    """Run the simulations and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--process", choices=[*PROCESSES])
    parser.add_argument("--out", type=Path, default=ROOT / "coverage.md")
    options = parser.parse_args()
    began = time.perf_counter()
    rows: dict[tuple[str, str], dict[Design, Coverage]] = {}
    with ProcessPoolExecutor(2) as pool:
        for process in PROCESSES if options.process is None else [options.process]:
            for design in DESIGNS:
                draw = partial(one_sample, process, design)
                for name, found in coverage(pool.map(draw, range(options.samples), chunksize=10)).items():
                    rows.setdefault((name, process), {})[design] = found
                print(process, design, f"{time.perf_counter() - began:.0f} s", flush=True)
    text = table(rows, options.samples, time.perf_counter() - began)
    options.out.write_text(text)
    print(text)


def table(rows: dict[tuple[str, str], dict[Design, Coverage]], samples: int, seconds: float) -> str:
    """Return the shares as a Markdown table."""
    lines = ["| fact | process | " + " | ".join(str(design) for design in DESIGNS) + " |"]
    lines.append("|" + "---|" * (len(DESIGNS) + 2))
    for (name, process), found in rows.items():
        cells = []
        for design in DESIGNS:
            c = found.get(design)
            cells.append(
                "-"
                if c is None or not c.made
                else f"{100 * c.held / c.made:.1f}" + (f" ({c.missing})" if c.missing else "")
            )
        lines.append(f"| {name} | {process} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + f"\n{seconds:.0f} s\n"


if __name__ == "__main__":
    main()
