"""How often a check of a fresh sample of the same market fails: `python benchmarks/check_alarms.py`.

Simulates pairs of small markets, makes a baseline of the first of each pair and checks the second against it, and
does the same with the planted defects of `fixtures/generated_bad.bin`; writes `benchmarks/check_alarms.md`.
"""

import argparse
import math
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import beta

import lobstats
from lobstats.baseline.checking import hold
from lobstats.compare.facts import FactComparison
from lobstats.simulate import Market, simulate

ROOT = Path(__file__).parent
FIRST_SEED = 20_000
LEVEL = 0.95
MARKETS = (Market(n_sessions=6, session_seconds=300.0), Market(n_sessions=10, session_seconds=300.0))


@dataclass(frozen=True)
class Found:
    """What one check found."""

    failed: tuple[str, ...]
    missing: tuple[str, ...]
    judged: int
    alone: int  # facts that would have failed at the level by themselves


def checked(cell: tuple[Market, Market, int]) -> Found:
    """Return what the check of a fresh sample of one market against a baseline of another finds."""
    market, other, seed = cell
    baseline = lobstats.freeze_baseline(simulate(market, rng=np.random.default_rng([FIRST_SEED, seed, 0])))
    held = hold(simulate(other, rng=np.random.default_rng([FIRST_SEED, seed, 1])), baseline)
    check = held.check(level=LEVEL)
    judged = [fact for fact in check.facts if fact.by is not None]
    rows = held.measured.compare(LEVEL, only=[fact.name for fact in judged])
    return Found(
        tuple(fact.name for fact in check.failures),
        tuple(fact.name for fact in check.failures if fact.standing == "missing"),
        len(judged),
        sum(isinstance(row, FactComparison) and row.verdict != "within noise" for row in rows.values()),
    )


def main() -> None:
    """Run the checks and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--out", type=Path, default=ROOT / "check_alarms.md")
    options = parser.parse_args()
    began = time.perf_counter()
    lines, named = [], []
    with ProcessPoolExecutor(2) as pool:
        for market in MARKETS:
            bad = replace(market, tail_index=math.inf, clustering=0.0, burst=0.0)
            for what, other, pairs in (
                ("the same", market, options.pairs),
                ("defects", bad, max(1, options.pairs // 4)),
            ):
                found = list(pool.map(checked, [(market, other, seed) for seed in range(pairs)]))
                lines.append(row(market, what, found))
                often = Counter(name for one in found for name in one.failed).most_common(6)
                told = ", ".join(f"{name} {count}" for name, count in often)
                named.append(f"- {sessions(market)}, {what}: {told or 'none'}")
                print(lines[-1], f"{time.perf_counter() - began:,.0f} s", flush=True)
    options.out.write_text(report(lines, named, options.pairs, time.perf_counter() - began))


def sessions(market: Market) -> str:
    """Return how long a market is in words."""
    return f"{market.n_sessions} sessions of {market.session_seconds:g} s"


def row(market: Market, what: str, found: Sequence[Found]) -> str:
    """Return the share of checks that failed as a line of the table."""
    n, failed = len(found), sum(bool(one.failed) for one in found)
    low = beta.ppf(0.025, failed, n - failed + 1) if failed else 0.0
    high = beta.ppf(0.975, failed + 1, n - failed) if failed < n else 1.0
    judged = np.mean([one.judged for one in found])
    alone = np.mean([one.alone > 0 for one in found])
    missing = sum(bool(one.missing) for one in found)
    facts = np.mean([len(one.failed) for one in found])
    return (
        f"| {sessions(market)} | {what} | {n} | {failed / n:.1%} [{low:.1%}, {high:.1%}] | {missing} | {facts:.1f} | "
        f"{judged:.0f} | {alone:.0%} |"
    )


def report(lines: list[str], named: list[str], pairs: int, seconds: float) -> str:
    """Return the page."""
    return "\n".join(
        [
            "# False alarms of a check",
            "",
            f"Made by `python benchmarks/check_alarms.py --pairs {pairs}` with lobstats {lobstats.__version__} in "
            f"{seconds:,.0f} s: pairs of simulated markets, both fresh, of which the second is checked against a "
            f"baseline of the first at the level of {LEVEL:.0%}: one check in twenty may fail. *The same* are "
            "two samples of one market; *defects* have Gaussian moves, constant volatility and Poisson arrivals. The "
            "interval is that of Clopper and Pearson; *missing* counts the checks that failed because the sample "
            f"lacks a fact; the last column is the share that would have failed if each fact were judged at {LEVEL:.0%}"
            " by itself.",
            "",
            "| market | sample | pairs | checks that fail | missing | facts that fail | facts judged | unadjusted |",
            "|---|---|---|---|---|---|---|---|",
            *lines,
            "",
            "Facts that failed most often, and in how many checks:",
            "",
            *named,
            "",
        ]
    )


if __name__ == "__main__":
    main()
