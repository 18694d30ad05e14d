"""How often a fact of two samples of one process is not within noise: `python benchmarks/fact_alarms.py`.

Simulates samples of the processes of known memory and of a simulated market, compares each with the next, so that both
sides are drawn anew, and writes the share of pairs called close or apart by fact to `benchmarks/fact_alarms.md`.
"""

import argparse
import time
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from processes import PROCESSES, SECOND

import lobstats
from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.compare.lengths import at_length, windows_of
from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, LeaveOneOut, UnitKind, jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.result import Curve
from lobstats.simulate import Market, simulate
from lobstats.summary.merging import merged
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, summarise_series

ROOT = Path(__file__).parent
LEVEL = 0.95
MEMORIES = 60  # memory times in a unit
LEANS = 0.2  # floors
MARKET = Market(n_sessions=10, session_seconds=600.0, memory_seconds=10.0)

Pair = tuple[Jackknife, Jackknife]


@dataclass(frozen=True)
class Design:
    """How many units of what kind each side has."""

    kind: UnitKind
    real: int
    generated: int

    def __str__(self) -> str:
        return f"{self.real} {self.kind}s against {self.generated}"


DESIGNS = (Design("block", 12, 12), Design("block", 12, 2), Design("block", 40, 40), Design("session", 10, 10))


def draw(process: str, design: Design, seed: int) -> list[Summary]:
    """Return the units of one sample as large as the real side."""
    if process == "market":
        return draw_market(seed)[: design.real]
    own = PROCESSES[process]
    length = round(MEMORIES * own.memory)
    rng = np.random.default_rng([seed, [*PROCESSES].index(process), design.real])
    if design.kind == "session":
        sessions = (own.draw(length, rng) for _ in range(design.real))
        return [summary for session in sessions for _, summary in summarise_series(session, None)]
    return [s for _, s in summarise_series(own.draw(length * design.real, rng), length * SECOND)]


def draw_market(seed: int) -> list[Summary]:
    """Return the sessions of a simulated market."""
    source = source_of_events(f"market {seed}", simulate(MARKET, rng=np.random.default_rng(seed)))
    return [row.summary for row in summarise(observe(source, choose_grid(source))).rows]


def facts_of(
    units: list[Summary], families: Collection[str], kind: UnitKind, reference: Reference
) -> dict[str, Jackknife]:
    """Return the judged facts of a sample's units."""
    sums: dict[str, LeaveOneOut[Any]] = {}
    found = {}
    for name, metric in collect().items():
        if name.split(".")[0] not in families or name in SHOWN:
            continue
        if metric.field not in sums:
            sums[metric.field] = LeaveOneOut([getattr(unit, metric.field) for unit in units])
        try:
            evaluate = partial(metric, reference=reference)
            found[name] = jackknife(evaluate, sums[metric.field], unit_kind=kind, level=LEVEL)
        except InsufficientDataError:
            continue
    return found


def pair_of(process: str, design: Design, seed: int) -> dict[str, Pair]:
    """Return what two samples, each drawn anew, say of each fact that both allow."""
    real, generated = draw(process, design, 2 * seed), draw(process, design, 2 * seed + 1)[: design.generated]
    families = ("tails", "volatility", "arrivals", "prices") if process == "market" else PROCESSES[process].families
    seconds = MARKET.session_seconds if process == "market" else MEMORIES * PROCESSES[process].memory
    total = merged(real)
    reference = Reference(total.returns, round(seconds) * SECOND // 10, 1, total.order_size)
    first, second = (facts_of(units, families, design.kind, reference) for units in (real, generated))
    windows = windows_of(real, min(1.0, design.generated / design.real))
    pairs = {}
    for name in (name for name in first if name in second):
        metric = collect()[name]
        alike = [getattr(window, metric.field) for window in windows]
        pairs[name] = at_length(first[name], partial(metric, reference=reference), alike), second[name]
    return pairs


def verdicts(cell: tuple[str, Design, int]) -> dict[str, tuple[str, float]]:
    """Return the verdict on each fact of one pair of samples, and the generated value less the real one over the floor.

    The latter is 0 for a curve.
    """
    process, design, seed = cell
    sessions = np.arange(design.real) if design.kind == "session" else np.zeros(design.real, dtype=np.int64)
    nature = sides_of_nature(sessions)
    out = {}
    for name, (real, generated) in pair_of(process, design, seed).items():
        try:
            found = compare_facts(real, generated, generated_units=design.generated, nature=nature, level=LEVEL)
        except InsufficientDataError:
            continue
        sign = 0.0 if isinstance(real.fact, Curve) else float(np.sign(generated.value[0] - real.value[0]))
        out[name] = (found.verdict, sign * (found.ratio or 0.0))
    return out


def main() -> None:
    """Compare the pairs and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=ROOT / "fact_alarms.md")
    options = parser.parse_args()
    began = time.perf_counter()
    cells = [(process, design) for process, own in PROCESSES.items() if not own.fits_alone for design in DESIGNS]
    cells.append(("market", DESIGNS[-1]))
    found: dict[tuple[str, Design], dict[str, Counter[str]]] = {}
    leaning: list[str] = []
    with ProcessPoolExecutor(2) as pool:
        for process, design in cells:
            counts: dict[str, Counter[str]] = {}
            leans: dict[str, list[float]] = {}
            for pair in pool.map(verdicts, [(process, design, seed) for seed in range(options.pairs)], chunksize=5):
                for name, (verdict, lean) in pair.items():
                    counts.setdefault(name, Counter())[verdict] += 1
                    leans.setdefault(name, []).append(lean)
            found[process, design] = counts
            if design.generated < design.real:
                leaning += [
                    f"- {name}, {process}: {np.mean(own):+.2f}"
                    for name, own in leans.items()
                    if abs(np.mean(own)) > LEANS + 2 * np.std(own) / len(own) ** 0.5
                ]
            print(f"{process}, {design}: {time.perf_counter() - began:,.0f} s", flush=True)
            options.out.write_text(report(found, leaning, options.pairs, time.perf_counter() - began))


def alarms(counts: Mapping[str, int]) -> tuple[int, int]:
    """Return how many pairs are close or apart, of how many that are judged."""
    far = counts.get("close", 0) + counts.get("apart", 0)
    return far, far + counts.get("within noise", 0)


def report(
    found: Mapping[tuple[str, Design], Mapping[str, Counter[str]]], leaning: list[str], pairs: int, seconds: float
) -> str:
    """Return the page."""
    names = [name for name in collect() if any(name in counts for counts in found.values())]
    total = Counter[str]()
    over = []
    for (process, design), counts in found.items():
        for name, own in counts.items():
            total += own
            far, judged = alarms(own)
            # More than the level says by two Monte Carlo errors.
            if judged and far / judged > 0.05 + 2 * (0.05 * 0.95 / judged) ** 0.5:
                over.append((name, process, design, 100 * far / judged, judged))
    far, judged = alarms(total)
    return "\n".join(
        [
            "# False alarms of facts, both sides drawn anew",
            "",
            f"Made by `python benchmarks/fact_alarms.py --pairs {pairs}` with lobstats {lobstats.__version__} in "
            f"{seconds:,.0f} s: the share of {pairs} pairs of samples of one process, in per cent, that are called "
            f"close or apart at the level of {LEVEL:.0%}, and in brackets of how many where fewer pairs are judged. "
            f"Units are {MEMORIES} memory times long.",
            "",
            f"All: {100 * far / max(judged, 1):.2f} % of {judged:,} rows judged, {total['apart']:,} of them apart. "
            "Above 5 % by more than two Monte Carlo errors:",
            "",
            *(f"- {name}, {process}, {design}: {share:.1f} % of {n}" for name, process, design, share, n in over),
            "",
            f"Where the generated sample is shorter, estimates that lean by more than {LEANS} floors on average,"
            " beyond two errors of the mean:",
            "",
            *leaning,
            "",
            "| fact | " + " | ".join(f"{process}, {design}" for process, design in found) + " |",
            "|---|" + "---|" * len(found),
            *(
                f"| {name} | " + " | ".join(_cell(counts.get(name, {}), pairs) for counts in found.values()) + " |"
                for name in names
            ),
            "",
        ]
    )


def _cell(counts: Mapping[str, int], pairs: int) -> str:
    far, judged = alarms(counts)
    if not judged:
        return "-"
    return f"{100 * far / judged:.1f}" + (f" ({judged})" if judged < pairs else "")


if __name__ == "__main__":
    main()
