"""How often a fact of two samples of one process is not within noise: `python benchmarks/fact_alarms.py`.

Simulates samples of the processes of known memory and of a simulated market, compares each with the next, so that both
sides are drawn anew, and writes the share of pairs called close or apart by fact to `benchmarks/fact_alarms.md`.
"""

import argparse
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from processes import PROCESSES, SECOND

import lobstats
from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.compare.memory import memory_flags, memory_seconds
from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.inference import LEAST_UNITS, Jackknife, LeaveOneOut, UnitKind, jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.simulate import Market, simulate
from lobstats.summary.merging import merged
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, summarise_series

ROOT = Path(__file__).parent
LEVEL = 0.95
MEMORIES = 60  # memory times in a unit
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
    units: list[Summary], families: Iterable[str], kind: UnitKind, reference: Reference
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
    return {name: (first[name], second[name]) for name in first if name in second}


def verdict(pair: Pair, design: Design) -> str:
    """Return the verdict on a fact of two samples."""
    sessions = np.arange(design.real) if design.kind == "session" else np.zeros(design.real, dtype=np.int64)
    try:
        found = compare_facts(*pair, generated_units=design.generated, nature=sides_of_nature(sessions), level=LEVEL)
    except InsufficientDataError:
        return "missing"
    return found.verdict
