"""How often facts of the volatility family differ on one market: `python benchmarks/clustering.py`.

Draws two samples of ten sessions of one-second moves whose volatility wanders, and writes the share of verdicts by fact
to `benchmarks/clustering.md`. What is shown and not scored rests on it.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

import lobstats
from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.inference import jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.summary.counts import Counts
from lobstats.summary.gram import LagGram
from lobstats.summary.lags import LagSums
from lobstats.summary.minutes import CoarseFine
from lobstats.summary.reference import Reference

SESSIONS, SECONDS, MEMORY, CLUSTERING, SCALE = 10, 1800, 30.0, 0.65, 20.0


def main() -> None:
    """Run the comparisons and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "clustering.md")
    options = parser.parse_args()
    began = time.perf_counter()
    laws = {"t of 4": 4.0, "Gaussian": np.inf}
    shares = {law: verdicts(freedom, options.trials) for law, freedom in laws.items()}
    lines = [
        "# Facts of clustering on one market",
        "",
        f"Made by `python benchmarks/clustering.py --trials {options.trials}` with lobstats {lobstats.__version__} in "
        f"{time.perf_counter() - began:.0f} s: two samples of {SESSIONS} sessions of {SECONDS:,} one-second moves, "
        "their volatility a logarithmic Ornstein-Uhlenbeck process; per cent of trials, at a level of 95 %.",
        "",
        "| fact | scored | " + " | ".join(f"{law}: not within noise | {law}: apart" for law in laws) + " |",
        "|---|---|" + "---|" * 2 * len(laws),
    ]
    for name in shares["Gaussian"]:
        cells = [f"{100 * share:.0f}" for law in laws for share in shares[law][name]]
        lines.append(f"| {name} | {'no' if name in SHOWN else 'yes'} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    options.out.write_text(text)
    print(text)


def verdicts(freedom: float, trials: int) -> dict[str, tuple[float, float]]:
    """Return, by fact, the share of trials with a verdict other than within noise, and with apart."""
    rng = np.random.default_rng(3)
    reference = Reference(Counts.of([0]), SECONDS // 10 * 10**9)
    nature = sides_of_nature(np.arange(SESSIONS))
    known = fields(rng, freedom)
    metrics = {name: m for name, m in collect().items() if name.startswith("volatility.") and m.field in known}
    counts = {name: [0, 0] for name in metrics}
    for _ in range(trials):
        sides = [[fields(rng, freedom) for _ in range(SESSIONS)] for _ in range(2)]
        for name, metric in metrics.items():
            real, generated = (
                jackknife(
                    partial(metric, reference=reference),
                    [unit[metric.field] for unit in units],
                    unit_kind="session",
                    level=0.95,
                )
                for units in sides
            )
            found = compare_facts(real, generated, generated_units=SESSIONS, nature=nature, level=0.95)
            counts[name][0] += found.verdict != "within noise"
            counts[name][1] += found.verdict == "apart"
    return {name: (differ / trials, apart / trials) for name, (differ, apart) in counts.items()}


def fields(rng: np.random.Generator, freedom: float) -> dict[str, LagSums | LagGram | CoarseFine]:
    """Return the fields of a session."""
    phi = np.exp(-1 / MEMORY)
    shocks = rng.normal(size=SECONDS)
    shocks[0] /= np.sqrt(1 - phi**2)
    x = lfilter([np.sqrt(1 - phi**2)], [1, -phi], shocks)
    law = rng.normal(size=SECONDS) if np.isinf(freedom) else rng.standard_t(freedom, SECONDS) * (1 - 2 / freedom) ** 0.5
    moves = np.rint(SCALE * np.exp(CLUSTERING * x - CLUSTERING**2) * law)
    return {
        "returns_lags": LagSums.of(moves),
        "abs_returns": LagSums.of(np.abs(moves)),
        "squared_returns": LagSums.of(moves**2),
        "leverage": LagSums.between(moves, moves**2),
        "lag_gram": LagGram.of(moves),
        "coarse_fine": CoarseFine.of(moves),
    }


if __name__ == "__main__":
    main()
