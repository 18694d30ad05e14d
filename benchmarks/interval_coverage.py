"""How often intervals hold what they should: `python benchmarks/interval_coverage.py`.

Simulates dependent samples, takes the intervals of facts about them by leaving out one unit at a time, and writes to
`benchmarks/coverage.md` which share of them holds the mean estimate over all samples of that size.
"""

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from processes import PROCESSES, SECOND, Process

import lobstats
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.errors import InsufficientDataError
from lobstats.inference import LeaveOneOut, UnitKind, from_scale, jackknife
from lobstats.metrics import SHOWN, Metric, collect
from lobstats.result import Band, Interval, Scale
from lobstats.summary.counts import Counts
from lobstats.summary.merging import merged
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, summarise_series

ROOT = Path(__file__).parent
LEVEL = 0.95
LOWEST, HIGHEST = 92.0, 98.0
ENOUGH = 60
FACTS = (
    *("arrivals.mean_gap", "arrivals.burstiness", "arrivals.memory", "arrivals.local_variation"),
    *("arrivals.fano_factor", "arrivals.fano_curve", "arrivals.allan_factor", "arrivals.branching_ratio"),
    *("arrivals.burst_trains", "arrivals.burst_trains_curve", "arrivals.gap_shape"),
    *("arrivals.hawkes_branching_ratio", "arrivals.hawkes_decay_time"),
    *("tails.exceedance", "tails.pareto_index", "tails.pareto_curve", "tails.hill_index", "tails.moment_shape"),
    *("tails.gpd_shape", "tails.ks_minimum_index", "tails.bias_reduced_hill_index", "tails.extremal_index"),
    *("tails.gain_loss_asymmetry", "tails.kurtosis", "tails.kurtosis_decay"),
    *("volatility.realised_volatility", "volatility.signature_plot", "volatility.absolute_autocorrelation"),
    *("volatility.absolute_autocorrelation_curve", "volatility.squared_autocorrelation"),
    *("volatility.autocorrelation", "volatility.autocorrelation_integral", "volatility.autocorrelation_decay"),
    *("volatility.ljung_box", "volatility.ljung_box_squared", "volatility.arch_lm", "volatility.leverage"),
    *("volatility.coarse_fine_asymmetry", "volatility.volume_volatility_correlation"),
    *("volatility.garch_persistence", "volatility.garch_gain", "volatility.garch_half_life"),
    *("volatility.whittle_memory", "volatility.dfa_exponent", "volatility.dfa_curve"),
    *("prices.zero_move_share", "prices.mid_move_size"),
)
"""The facts that are tried: one of those that hold the same information, and none that does not vary here."""

THRESHOLD_OF_ANOTHER = ("tails.exceedance", "tails.gain_loss_asymmetry", "tails.ks_minimum_index")
"""At a sample's own threshold these say nothing, or hold a choice of theirs fixed; taken at that of another sample."""

REASONS = {
    "arrivals.burst_trains_curve": "a distance is never below zero, so where trains are as independent gaps would have "
    "them it is as large as its own noise",
    "volatility.volume_volatility_correlation": "a session of five minutes holds three pairs of whole minutes",
    **{name: f"shown and not scored, since {reason}" for name, reason in SHOWN.items()},
}

FITTED = ("garch", "periodogram", "fluctuations", "hawkes")
"""Fields of `Summary` that hold fits to windows of ten minutes."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Design:
    """A number of units of a length in memory times: blocks of one session, or sessions."""

    kind: UnitKind
    units: int
    memories: int

    def __str__(self) -> str:
        return f"{self.units} {self.kind}s of {self.memories}"

    def seconds(self, process: Process) -> int:
        """Return the length of a unit."""
        return round(self.memories * process.memory)


DESIGNS = tuple(
    Design(kind, units, memories)
    for kind, memories, numbers in (("block", 6, (10, 60)), ("block", 60, (10, 20, 40)), ("session", 60, (5, 10, 20)))
    for units in numbers
)
"""Those of one kind and length share their simulated units: the fewer are the first of the more."""


@dataclass(frozen=True)
class Found:
    """What one sample says of one fact: where its points lie, their values on the scale, and the interval's ends."""

    x: Floats
    value: Floats
    ends: tuple[Floats, Floats] | None
    scale: Scale


@dataclass(frozen=True)
class Coverage:
    """How many intervals hold the mean estimate, of how many, and how many samples give none; curves count points."""

    held: int
    made: int
    missing: int

    @property
    def share(self) -> float:
        """In per cent."""
        return 100 * self.held / self.made


@dataclass(frozen=True)
class Sampled:
    """One sample: the facts, the measured memory in seconds, and whether the family is flagged."""

    facts: dict[str, Found]
    memory: float
    flagged: bool


def draw_units(process: Process, design: Design, rng: np.random.Generator) -> list[Summary]:
    """Return the summaries of the units of one sample."""
    length = design.seconds(process)
    if design.kind == "session":
        sessions = (process.draw(length, rng) for _ in range(design.units))
        return [summary for session in sessions for _, summary in summarise_series(session, None)]
    path = process.draw(length * design.units, rng)
    return [summary for _, summary in summarise_series(path, length * SECOND)]


def intervals(
    units: Sequence[Summary],
    metrics: Mapping[str, Metric],
    *,
    unit_kind: UnitKind,
    length_ns: int,
    another: Counts,
) -> dict[str, Found]:
    """Return what a sample says of each metric that it allows; ``another`` holds moves of another sample."""
    own = merged(units).returns
    sums: dict[str, LeaveOneOut[Any]] = {}
    found = {}
    for name, metric in metrics.items():
        if metric.field not in sums:
            sums[metric.field] = LeaveOneOut([getattr(unit, metric.field) for unit in units])
        reference = Reference(another if name in THRESHOLD_OF_ANOTHER else own, length_ns // 10)
        try:
            evaluate = partial(metric, reference=reference)
            result = jackknife(evaluate, sums[metric.field], unit_kind=unit_kind, level=LEVEL)
        except InsufficientDataError:
            continue
        ci = result.fact.ci
        ends = (np.atleast_1d(ci.low), np.atleast_1d(ci.high)) if isinstance(ci, Interval | Band) else None
        found[name] = Found(result.x, result.value, ends, result.fact.scale)
    return found


@cache
def moves_of_another(process: Process) -> Counts:
    """Return the one-second moves of a long sample, for thresholds."""
    ((_, summary),) = summarise_series(process.draw(20_000, np.random.default_rng(0)), None)
    return summary.returns


def coverage(samples: Iterable[Mapping[str, Found]]) -> dict[str, Coverage]:
    """Return for each fact how many of the samples' intervals hold the mean estimate over all samples, on its scale."""
    samples = list(samples)
    out = {}
    for name in dict.fromkeys(name for sample in samples for name in sample):
        own = [sample[name] for sample in samples if name in sample]
        held = made = 0
        for x in sorted({x for one in own for x in one.x.tolist()}):
            at = [(one, int(np.flatnonzero(one.x == x)[0])) for one in own if x in one.x]
            mean = np.array([np.mean([one.value[i] for one, i in at])])
            truth = float(from_scale(mean, own[0].scale)[0])
            slack = 1e-9 * abs(truth)  # what never varies has an interval without width
            ends = [(one.ends[0][i], one.ends[1][i]) for one, i in at if one.ends is not None]
            made += len(ends)
            held += sum(low - slack <= truth <= high + slack for low, high in ends)
        out[name] = Coverage(held, made, len(samples) - sum(one.ends is not None for one in own))
    return out


def metrics_of(process: Process) -> dict[str, Metric]:
    """Return the metrics of `FACTS` that a process is for."""
    metrics = collect()
    own = {name: metrics[name] for name in FACTS if name in metrics and name.split(".")[0] in process.families}
    return {name: metric for name, metric in own.items() if metric.field in FITTED or not process.fits_alone}


def draw_samples(name: str, seed: int) -> dict[Design, Sampled]:
    """Return what one simulated sample of each design says."""
    process, family = PROCESSES[name], PROCESSES[name].families[0]
    out: dict[Design, Sampled] = {}
    drawn: dict[tuple[UnitKind, int], list[Summary]] = {}
    for design in reversed(designs_of(process)):
        length, key = design.seconds(process) * SECOND, (design.kind, design.memories)
        if key not in drawn:
            rng = np.random.default_rng([seed, [*PROCESSES].index(name), DESIGNS.index(design)])
            drawn[key] = draw_units(process, design, rng)
        units = drawn[key][: design.units]
        memory = memory_seconds(merged(units))
        facts = intervals(
            units, metrics_of(process), unit_kind=design.kind, length_ns=length, another=moves_of_another(process)
        )
        out[design] = Sampled(facts, memory[family], family in memory_flags(memory, length))
    return out


def designs_of(process: Process) -> list[Design]:
    """Return the designs of a process; fits of ten minutes take long, and short blocks hold none."""
    return [d for d in DESIGNS if not process.fits_alone or (d.memories >= ENOUGH and d.units <= 20)]


def main() -> None:
    """Run the simulations and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--out", type=Path, default=ROOT / "coverage.md")
    options = parser.parse_args()
    began = time.perf_counter()
    rows: dict[tuple[str, str], dict[Design, Coverage]] = {}
    memory: dict[str, dict[Design, str]] = {}
    with ProcessPoolExecutor(2) as pool:
        for process in PROCESSES:
            drawn = list(pool.map(partial(draw_samples, process), range(options.samples), chunksize=5))
            for design in designs_of(PROCESSES[process]):
                samples = [sample[design] for sample in drawn]
                memory.setdefault(process, {})[design] = memory_cell(samples, PROCESSES[process].memory)
                for name, found in coverage(sample.facts for sample in samples).items():
                    rows.setdefault((name, process), {})[design] = found
            print(f"{process}: {time.perf_counter() - began:,.0f} s", flush=True)
    text = report(rows, memory, options.samples, time.perf_counter() - began)
    options.out.write_text(text)
    print(text)


def memory_cell(samples: Sequence[Sampled], memory: float) -> str:
    """Return the median of the measured memory, the share near the true one, and the share that is flagged."""
    measured = np.array([sample.memory for sample in samples]) / memory
    near = np.mean((measured > 1 / 1.5) & (measured < 1.5))
    flagged = np.mean([sample.flagged for sample in samples])
    return f"{np.median(measured):.2f}, {near:.0%}, {flagged:.0%}"


def report(
    rows: Mapping[tuple[str, str], Mapping[Design, Coverage]],
    memory: Mapping[str, Mapping[Design, str]],
    samples: int,
    seconds: float,
) -> str:
    """Return the page."""
    long = [
        (name, process, design, cell)
        for (name, process), found in rows.items()
        for design, cell in found.items()
        if design.memories >= ENOUGH and cell.made >= samples / 2 and cell.held < cell.made
    ]
    low, high = ([row for row in long if beyond(row[3].share)] for beyond in (LOWEST.__gt__, HIGHEST.__lt__))
    surely = [row for row in low if row[3].share < LOWEST - 2 * _error(LOWEST, samples)]
    lines = [
        "# Coverage of intervals",
        "",
        f"Made by `python benchmarks/interval_coverage.py --samples {samples}` with lobstats {lobstats.__version__} in "
        f"{seconds:,.0f} s. Each cell is the share of {samples} simulated samples, in per cent, whose 95 % interval"
        " holds the mean estimate over all samples of that size, taken on the scale of the fact; the error of a share is"
        f" {_error(100 * LEVEL, samples):.1f} points. Units are so many memory times long. In brackets stands how many"
        " samples give no interval. A curve counts its points.",
        "",
        f"Of {len(long)} cells in which units are {ENOUGH} memory times long, half of the samples give an interval and the"
        f" fact varies, {len(long) - len(low) - len(high)} are within {LOWEST:.0f} to {HIGHEST:.0f} %, {len(high)} above and"
        f" {len(low)} below, of which {len(low) - len(surely)} by less than two errors. By more are:",
        "",
        *_listed(surely),
        "",
        "By less are:",
        "",
        *_listed([row for row in low if row not in surely]),
        "",
        *_table(
            ("fact", "process"),
            {key: {design: _cell(cell) for design, cell in found.items()} for key, found in rows.items()},
        ),
        "",
        "## Memory",
        "",
        "The measured memory time over the true one, at the median; the share of samples within a factor of 1.5; and "
        f"the share flagged as having units shorter than {ENOUGH} memory times, which at {ENOUGH} is half by design.",
        "",
        *_table(("process",), {(process,): found for process, found in memory.items()}),
    ]
    return "\n".join(lines) + "\n"


def _error(share: float, samples: int) -> float:
    """Return the standard error of a share in per cent."""
    return float(np.sqrt(share * (100 - share) / samples))


def _listed(rows: Iterable[tuple[str, str, Design, Coverage]]) -> list[str]:
    """Return a line for each fact and process, with the reason where it is known."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, process, design, cell in rows:
        found.setdefault((name, process), []).append(f"{cell.share:.1f} in {design}")
    return [
        f"- {name}, {process}: {', '.join(cells)}" + (f"; {REASONS[name]}" if name in REASONS else "") + "."
        for (name, process), cells in found.items()
    ]


def _cell(found: Coverage) -> str:
    if not found.made:
        return "-"
    return f"{found.share:.1f}" + (f" ({found.missing})" if found.missing else "")


def _table(head: tuple[str, ...], rows: Mapping[tuple[str, ...], Mapping[Design, str]]) -> list[str]:
    return [
        "| " + " | ".join([*head, *map(str, DESIGNS)]) + " |",
        "|" + "---|" * (len(head) + len(DESIGNS)),
        *(
            "| " + " | ".join([*key, *(cells.get(design, "-") for design in DESIGNS)]) + " |"
            for key, cells in rows.items()
        ),
    ]


if __name__ == "__main__":
    main()
