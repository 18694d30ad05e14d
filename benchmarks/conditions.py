"""False alarms and power by tenth and by state of the market: `python benchmarks/conditions.py`.

Simulates small markets, holds pairs of samples of one market against each other, and samples with a planted defect, and
writes `benchmarks/conditions.md`.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import lobstats
from lobstats.compare.conditions import Stacked, compare_regimes
from lobstats.compare.drift import Drift, compare_drift
from lobstats.compare.floor import SeriesComparison
from lobstats.compare.units import UnitPlan
from lobstats.engine import choose_grid, observe, source_of_events
from lobstats.series import Series
from lobstats.simulate import Market, simulate
from lobstats.summary.conditional import CONDITION_NS, Conditional, conditional_rows

OUT = Path(__file__).with_suffix(".md")
SECOND = 1_000_000_000
FIRST_SEED = 5000
LEVEL = 0.95
MARKET = Market(n_sessions=8, session_seconds=300.0, rate=2.0, memory_seconds=5.0)


def drawn(market: Market, seed: int) -> list[Series]:
    """Return the sessions of a market."""
    source = source_of_events("market", simulate(market, rng=np.random.default_rng(seed)))
    return list(observe(source, choose_grid(source, tick_size=market.tick_size)).series)


def widening(series: Series) -> Series:
    """Return a session whose spreads widen by up to a half as it goes on: drift."""
    grown = 1 + 0.5 * (series.time - series.start) / (series.end - series.start)
    return replace(series, spread=np.rint(series.spread * grown).astype(np.int64))


def wild(series: Series) -> Series:
    """Return a session whose mid moves up to twice as far as it goes on: drift."""
    grown = 1 + (series.time[1:] - series.start) / (series.end - series.start)
    moves = np.rint(np.diff(series.mid) * grown).astype(np.int64)
    return replace(series, mid=series.mid[0] + np.concatenate([[0], np.cumsum(moves)]))


def wide(series: Series) -> Series:
    """Return a session whose spreads are too wide by a half from the first: wrong, and no drift."""
    return replace(series, spread=np.rint(series.spread * 1.5).astype(np.int64))


def doubled_when_busy(series: Series) -> Series:
    """Return a session in which an order is twice as large in every window of 36 happenings or more."""
    window = (series.time - 1) // CONDITION_NS
    busy = np.isin(
        (series.order_time - 1) // CONDITION_NS, np.flatnonzero(np.bincount(window - window[0]) >= 36) + window[0]
    )
    return replace(series, order_size=np.where(busy, 2 * series.order_size, series.order_size))


@dataclass(frozen=True)
class Scenario:
    """Two samples: the market of the real one and of the generated one, what is planted, and the units."""

    title: str
    real: Market
    generated: Market
    plant: Callable[[Series], Series] = lambda series: series
    block_seconds: int | None = None
    trials: int = 40


SHORT = replace(MARKET, n_sessions=20, session_seconds=120.0)
SCENARIOS = {
    "sessions": Scenario("8 sessions of 300 s on both sides", MARKET, MARKET, trials=200),
    "few": Scenario("8 sessions of 300 s against 2", MARKET, replace(MARKET, n_sessions=2)),
    "rollouts": Scenario(
        "1 session of 40 min against 20 of 120 s, blocks of 60 s",
        replace(MARKET, n_sessions=1, session_seconds=2400.0),
        SHORT,
        block_seconds=60,
    ),
    "one": Scenario(
        "1 session of 40 min on both sides, blocks of 60 s",
        replace(MARKET, n_sessions=1, session_seconds=2400.0),
        replace(MARKET, n_sessions=1, session_seconds=2400.0),
        block_seconds=60,
    ),
    "short": Scenario(
        "8 sessions of 300 s against 40 of 60 s", MARKET, replace(MARKET, n_sessions=40, session_seconds=60.0)
    ),
    "bias": Scenario("the first, spreads wider by a half from the start", MARKET, MARKET, wide, trials=12),
    "widening": Scenario("the first, spreads wider by up to a half at the end", MARKET, MARKET, widening, trials=12),
    "wild": Scenario("the first, moves larger by up to twice at the end", MARKET, MARKET, wild, trials=12),
    "busy": Scenario("the first, orders doubled in busy windows", MARKET, MARKET, doubled_when_busy, trials=12),
}


def units_of(sessions: list[Series], block_seconds: int | None) -> Iterator[tuple[int, Conditional]]:
    """Yield each unit's session and joint counts."""
    for number, series in enumerate(sessions):
        length = series.end + 1 - series.start if block_seconds is None else block_seconds * SECOND
        blocks = max(1, round((series.end - series.start) / length))
        edges = series.start + np.arange(blocks + 1) * length
        edges[-1] = series.end + 1
        for unit in conditional_rows(series, series.bars(), edges):
            yield number, unit


def trial(name: str, seed: int) -> dict[str, str]:
    """Return the verdict of each row."""
    scenario = SCENARIOS[name]
    sides = [drawn(scenario.real, 2 * seed), [scenario.plant(s) for s in drawn(scenario.generated, 2 * seed + 1)]]
    numbers, units = zip(*(zip(*units_of(side, scenario.block_seconds), strict=True) for side in sides), strict=True)
    real, generated = (Stacked(own) for own in units)
    durations = [sum(series.end - series.start for series in side) for side in sides]
    mean = durations[0] // len(sides[0])
    block = scenario.block_seconds
    plan = UnitPlan("session", mean, {}) if block is None else UnitPlan("block", block * SECOND, {})
    worth = max(1, round(durations[1] / plan.length_ns))
    sessions = [np.array(own) for own in numbers]
    rows = {}
    found = compare_regimes(real, generated, sessions[0], plan=plan, worth=worth, level=LEVEL, seed=seed)
    for regime in found.regimes:
        for series, one in regime.series.items():
            judged = isinstance(one, SeriesComparison)
            rows[f"{regime.name}, window {regime.window}: {series}"] = one.verdict if judged else "missing"
    horizon = compare_drift(
        real,
        generated,
        *sessions,
        plan=plan,
        lengths=(durations[0] / len(sides[0]), durations[1] / len(sides[1])),
        duration_ns=durations[1],
        level=LEVEL,
        seed=seed,
    )
    alone = False
    for series, one in horizon.series.items():
        rows[f"drift: {series}"] = one.verdict if isinstance(one, Drift) else "missing"
        rows[f"drift, p below 5 %: {series}"] = "yes" if isinstance(one, Drift) and one.p <= 1 - LEVEL else "no"
        alone |= isinstance(one, Drift) and one.verdict == "drifts"
        if isinstance(one, Drift):
            over = sum(ratio is None or ratio > 1 for ratio in one.ratios)
            rows[f"tenths beyond their floor: {series}"] = str(over)
    rows["drift of any series"] = "drifts" if alone else "no drift found"
    return rows


def main() -> None:
    """Run the trials and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(SCENARIOS), help="scenarios")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    found = {}
    for name in options.only:
        trials = SCENARIOS[name].trials
        with ProcessPoolExecutor(options.workers) as pool:
            runs = list(pool.map(trial, [name] * trials, range(FIRST_SEED, FIRST_SEED + trials), chunksize=4))
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for run in runs:
            for row, verdict in run.items():
                counts[row][verdict] += 1
        found[name] = counts
    text = tables(found)
    options.out.write_text(text)
    print(text)


def tables(found: Mapping[str, Mapping[str, Counter[str]]]) -> str:
    """Return the verdicts as Markdown."""
    lines = [
        "# By tenth of the session and by state of the market",
        "",
        f"Made by `python benchmarks/conditions.py` with lobstats {lobstats.__version__} on markets simulated with "
        f"seeds from {2 * FIRST_SEED} (rate 2 a second, memory 5 s). A class is one of quiet, busy, narrow and wide, "
        "by the window of an observation or the one before; five series make 40 rows. The verdict on drift is that of "
        "the p value adjusted for five series (Holm).",
        "",
        "## What is wrong and what is not",
        "",
        "| samples | trials | class rows close | apart | tenths beyond their floor | drift of any series | "
        "unadjusted p of drift below 5 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, counts in found.items():
        classes = sum((own for row, own in counts.items() if ", window " in row), Counter())
        judged = classes.total() - classes["missing"]
        over = [(own, sum(own.values())) for row, own in counts.items() if row.startswith("tenths")]
        beyond = sum(int(k) * n for own, _ in over for k, n in own.items()) / max(10 * sum(n for _, n in over), 1)
        small = sum((own for row, own in counts.items() if row.startswith("drift, p")), Counter())
        any_drift, trials = counts["drift of any series"]["drifts"], counts["drift of any series"].total()
        lines.append(
            f"| {SCENARIOS[name].title} | {trials} | {classes['close'] / judged:.1%} | "
            f"{classes['apart'] / judged:.1%} | {beyond:.1%} | {any_drift} of {trials} | "
            f"{small['yes'] / small.total():.1%} |"
        )
    lines += ["", "## Rows of the planted defects", "", "| samples | row | verdicts |", "|---|---|---|"]
    for name, rows in PLANTED.items():
        for row in rows if name in found else ():
            verdicts = ", ".join(f"{verdict} {n}" for verdict, n in sorted(found[name][row].items()))
            lines.append(f"| {SCENARIOS[name].title} | {row} | {verdicts} |")
    return "\n".join(lines) + "\n"


PLANTED = {
    "bias": ("drift: spread",),
    "widening": ("drift: spread", "drift: gaps"),
    "wild": ("drift: moves", "drift: returns", "drift: gaps"),
    "busy": tuple(
        f"{name}, window {window}: order_size" for window in ("same", "before") for name in ("quiet", "busy")
    ),
}

if __name__ == "__main__":
    main()
