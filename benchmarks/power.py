"""How small a defect a comparison finds: `python benchmarks/power.py`.

In each trial a fresh market is compared with other fresh ones, in which a defect of `defects.py` is planted at growing
strength, in sessions and in blocks of one session. Writes to `benchmarks/power.md` how the largest ratio among the rows
that should see the defect grows, how often one of them is apart, and the smallest strength found in 95 % of trials.
Trials are kept in `--cache` as they come, so that a run that was stopped goes on: remove it when the package changes.
"""

import argparse
import json
import math
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from defects import DEFECTS, Defect

import lobstats
from lobstats.compare import SERIES, FactComparison, Generated, SeriesComparison
from lobstats.simulate import Market, simulate

ROOT = Path(__file__).parent
FOUND = 0.95

# The memory is far shorter than a session, and than a block.
MARKET = Market(memory_seconds=5.0)
LAYOUTS = {
    "eight sessions": replace(MARKET, n_sessions=8, session_seconds=600.0),
    "one session in blocks": replace(MARKET, n_sessions=1, session_seconds=900.0),
}


def main() -> None:
    """Run the trials that are not there yet and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=list(DEFECTS), choices=list(DEFECTS), metavar="DEFECT")
    parser.add_argument("--cache", type=Path, default=ROOT / "power.jsonl")
    parser.add_argument("--out", type=Path, default=ROOT / "power.md")
    options = parser.parse_args()
    began = time.perf_counter()
    done = read(options.cache)
    wanted = [(trial, name, layout) for trial in range(options.trials) for name in options.only for layout in LAYOUTS]
    with ProcessPoolExecutor(options.processes) as pool, options.cache.open("a") as cache:
        jobs = {pool.submit(run, *key): key for key in wanted if key not in done}
        for job in as_completed(jobs):
            done[jobs[job]] = job.result()
            cache.write(json.dumps([*jobs[job], job.result()]) + "\n")
            cache.flush()
    text = report({key: done[key] for key in wanted}, options.trials, time.perf_counter() - began)
    options.out.write_text(text)
    print(text)


Rows = dict[str, list[Any]]
Key = tuple[int, str, str]


def run(trial: int, name: str, layout: str) -> list[Rows]:
    """Compare one fresh market with others of growing defect; return the rows of each, strength 0 first.

    A row is [ratio or None where the floor is zero, verdict].
    """
    defect, market = DEFECTS[name], LAYOUTS[layout]
    real = simulate(market, rng=np.random.default_rng([trial, 0]))
    # One state of the generator for all strengths: what differs between them is the defect.
    seed = [trial, 1 + list(DEFECTS).index(name)]
    samples = [defect.draw(market, strength, np.random.default_rng(seed)) for strength in (0.0, *defect.strengths)]
    return [judged(sample, defect) for sample in lobstats.compare(real=real, generated=samples).generated]


def judged(sample: Generated, defect: Defect) -> Rows:
    """Return ratio and verdict of each judged row that should see the defect."""
    facts = {
        name: (name.split(".")[0], found.ratio, found.verdict)
        for name, found in sample.comparisons.items()
        if isinstance(found, FactComparison)
    }
    series = {
        name: (SERIES[name].family, found.joint, found.verdict)
        for name, found in sample.distances.items()
        if isinstance(found, SeriesComparison) and found.verdict is not None
    }
    return {
        name: [ratio, verdict]
        for name, (family, ratio, verdict) in (facts | series).items()
        if family in defect.families and (not defect.rows or name.startswith(defect.rows))
    }


def read(path: Path) -> dict[Key, list[Rows]]:
    """Return the trials that are there."""
    if not path.exists():
        return {}
    return {(trial, name, layout): rows for trial, name, layout, rows in map(json.loads, path.read_text().splitlines())}


def report(done: dict[Key, list[Rows]], trials: int, seconds: float) -> str:
    """Return the tables in Markdown."""
    names = list(dict.fromkeys(name for _, name, _ in done))
    tables = {
        (name, layout): graded([done[trial, name, layout] for trial in range(trials)], DEFECTS[name])
        for name in names
        for layout in LAYOUTS
    }
    lines = [
        "# How small a defect is found",
        "",
        f"Made by `python benchmarks/power.py --trials {trials}` with lobstats {lobstats.__version__}; what was not in "
        f"the cache took {seconds:.0f} s. In each trial a fresh market is compared with other fresh ones in which one "
        "defect is planted: eight sessions of 600 s, or one of 900 s in blocks of 30 s, with a memory of 5 s. "
        "Strength 0 is the control: among many rows the largest is sometimes not within noise.",
        "",
        "The smallest strength from which on some row that should see it is apart, or not within noise, in "
        f"{FOUND:.0%} of trials:",
        "",
        "| defect | strength | " + " | ".join(f"{layout}: apart | not within noise" for layout in LAYOUTS) + " |",
        "|---|---|" + "---|---|" * len(LAYOUTS),
    ]
    for name in names:
        cells = [smallest(tables[name, layout], column) for layout in LAYOUTS for column in ("apart", "seen")]
        lines.append(f"| {name} | {DEFECTS[name].strength} | " + " | ".join(cells) + " |")
    lines += ["", "Where the median response does not grow with the strength: " + (falls(tables) or "nowhere") + "."]
    for (name, layout), table in tables.items():
        lines += ["", *section(name, layout, table)]
    return "\n".join(lines) + "\n"


Grade = dict[str, Any]


def graded(trials: list[list[Rows]], defect: Defect) -> list[Grade]:
    """Return, for each strength, what its trials say."""
    out = []
    for place, strength in enumerate((0.0, *defect.strengths)):
        rows = [trial[place] for trial in trials]
        largest = [max((ratio_of(row) for row in own.values()), default=0.0) for own in rows]
        apart = [sum(verdict == "apart" for _, verdict in own.values()) for own in rows]
        seen = [sum(verdict != "within noise" for _, verdict in own.values()) for own in rows]
        shares: defaultdict[str, float] = defaultdict(float)
        for own in rows:
            for row, (_, verdict) in own.items():
                shares[row] += (verdict == "apart") / len(trials)
        out.append(
            {
                "strength": strength,
                "ratio": float(np.median(largest)),
                "largest": largest,
                "rows": float(np.mean(apart)),
                "judged": float(np.mean([len(own) for own in rows])),
                "apart": float(np.mean(np.array(apart) > 0)),
                "seen": float(np.mean(np.array(seen) > 0)),
                "best": sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])),
            }
        )
    return out


def ratio_of(row: list[Any]) -> float:
    """Return a row's ratio; where the floor is zero it has none, and is beyond all or at zero."""
    return float(row[0]) if row[0] is not None else math.inf if row[1] != "within noise" else 0.0


def smallest(table: list[Grade], column: str) -> str:
    """Return the smallest strength from which on the defect is found as often as wanted."""
    if not any(grade["judged"] for grade in table):
        return "no row"
    found = "not found"
    for grade in reversed(table[1:]):
        if grade[column] < FOUND:
            break
        found = f"{grade['strength']:g}"
    return found


def falls(tables: dict[tuple[str, str], list[Grade]]) -> str:
    """Say where the median ratio of a strength lies below that of the one before."""
    return "; ".join(
        f"{name} ({layout}) from {one['strength']:g} to {other['strength']:g}: "
        f"{one['ratio']:.2f} to {other['ratio']:.2f}, in {np.sum(np.less(other['largest'], one['largest']))} of "
        f"{len(one['largest'])} trials"
        for (name, layout), table in tables.items()
        for one, other in pairwise(table)
        if other["ratio"] < one["ratio"]
    )


def section(name: str, layout: str, table: list[Grade]) -> list[str]:
    """Return a defect's table in one layout."""
    defect = DEFECTS[name]
    rows = ", ".join(defect.rows) if defect.rows else f"all of {' and '.join(defect.families)}"
    lines = [
        f"## {name}, {layout}",
        "",
        f"{defect.title}; a strength of 1 is: {defect.strength}. Rows that should see it: {rows}.",
        "",
        "| strength | largest ratio (median) | rows apart (mean) | of rows judged | some row apart | "
        "some row not within noise | rows most often apart |",
        "|---|---|---|---|---|---|---|",
    ]
    for grade in table:
        best = ", ".join(f"{row} {share:.0%}" for row, share in grade["best"][:3] if share)
        lines.append(
            f"| {grade['strength']:g} | {grade['ratio']:.2f} | {grade['rows']:.1f} | {grade['judged']:.0f} | "
            f"{grade['apart']:.0%} | {grade['seen']:.0%} | {best} |"
        )
    return lines


if __name__ == "__main__":
    main()
