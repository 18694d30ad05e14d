"""How often a sample of the very same market is called close or apart: `python benchmarks/false_alarms.py`.

Simulates the market of `fixtures/reference.bin` with many other seeds, compares each with the fixture, and writes the
share of each verdict by row to `benchmarks/false_alarms.md`.
"""

import argparse
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import lobstats
from lobstats.compare import FactComparison, SeriesComparison
from lobstats.simulate import Market, simulate

ROOT = Path(__file__).parent
REFERENCE = ROOT.parent / "fixtures" / "reference.bin"
FIRST_SEED = 1000


def main() -> None:
    """Run the comparisons and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--out", type=Path, default=ROOT / "false_alarms.md")
    options = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        runs = list(pool.map(verdicts, range(FIRST_SEED, FIRST_SEED + options.seeds)))
    text = table(runs, time.perf_counter() - began)
    options.out.write_text(text)
    print(text)


def verdicts(seed: int) -> dict[str, str]:
    """Return the verdict of each row for the market simulated with one seed."""
    events = simulate(Market(), rng=np.random.default_rng(seed))
    result = lobstats.compare(real=lobstats.read(REFERENCE), generated=events, rng=np.random.default_rng(seed))
    sample = result.generated[0]
    rows = {}
    for name, found in sample.comparisons.items():
        rows[name] = found.verdict if isinstance(found, FactComparison) else "missing"
    for name, found in sample.distances.items():
        judged = isinstance(found, SeriesComparison) and found.verdict
        rows[f"series {name}"] = found.verdict if judged else "missing"
    return rows


def table(runs: list[dict[str, str]], seconds: float) -> str:
    """Return the verdicts as a Markdown table."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for run in runs:
        for row, verdict in run.items():
            counts[row][verdict] += 1
    total = sum(counts.values(), Counter())
    judged = total["within noise"] + total["close"] + total["apart"]
    lines = [
        "# False alarms on one market",
        "",
        f"Made by `python benchmarks/false_alarms.py --seeds {len(runs)}` with lobstats {lobstats.__version__} in "
        f"{seconds:,.0f} s: the market of `fixtures/reference.bin` simulated with {len(runs)} other seeds from "
        f"{FIRST_SEED}, each compared with the fixture.",
        "",
        f"Apart: {total['apart']:,} of {judged:,} rows judged ({total['apart'] / judged:.2%}). "
        f"Not within noise (close or apart): {1 - total['within noise'] / judged:.2%}.",
        "",
        "All are held against one fixture: a row in which it is an unusual draw of its market is not within noise far "
        "more often than one in twenty, as others are less often. Pairs of fresh samples are in `fact_alarms.py`.",
        "",
        "| row | within noise | close | apart | missing |",
        "|---|---|---|---|---|",
    ]
    for row, found in counts.items():
        lines.append(f"| {row} | " + " | ".join(str(found[v]) for v in VERDICTS) + " |")
    return "\n".join(lines) + "\n"


VERDICTS = ("within noise", "close", "apart", "missing")

if __name__ == "__main__":
    main()
