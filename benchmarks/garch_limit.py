"""Up to how many moves `arch` can be trusted with a GARCH(1,1): `python benchmarks/garch_limit.py`.

Fits paths of known parameters and holds each fit's log-likelihood against that of the truth, both by an own likelihood.
A fit below the truth is wrong. Writes `benchmarks/garch_limit.md`. Takes some minutes and 2 GB.
"""

import argparse
import math
import time
from pathlib import Path

import arch
import numba
import numpy as np
from arch.univariate import GARCH, ZeroMean
from numpy.typing import NDArray
from scipy.signal import lfilter

ROOT = Path(__file__).parent
TRUTH = (0.05, 0.08, 0.90)  # omega, alpha, beta
RUNS = {300_000: 3, 1_000_000: 3, 2_000_000: 3, 3_000_000: 4, 4_000_000: 3, 5_000_000: 2}


def main() -> None:
    """Run the fits and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "garch_limit.md")
    options = parser.parse_args()
    lines = [
        "# GARCH fits of long series",
        "",
        f"Made by `python benchmarks/garch_limit.py` with arch {arch.__version__}: paths of a Gaussian GARCH(1,1) with "
        f"omega, alpha, beta = {', '.join(map(str, TRUTH))}, fitted without a mean, `rescale=False`. A fit less likely "
        "than the truth is wrong, and `arch` calls it converged (flag 0). `fit_garch` takes 1,000,000 moves at most.",
        "",
        "| moves | seed | omega | alpha | beta | log-likelihood above the truth's | flag | wrong | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for n, seeds in RUNS.items():
        for seed in range(seeds):
            lines.append(row(n, seed))
            print(lines[-1], flush=True)
            options.out.write_text("\n".join(lines) + "\n")


def row(n: int, seed: int) -> str:
    """Return one fit as a row of the table."""
    x = simulated(np.random.default_rng(seed).standard_normal(n), *TRUTH)
    began = time.perf_counter()
    fit = ZeroMean(x, volatility=GARCH(1, 0, 1), rescale=False).fit(disp="off", show_warning=False)
    seconds = time.perf_counter() - began
    found = [float(p) for p in fit.params]
    gain = likelihood(x, *found) - likelihood(x, *TRUTH)
    parameters = " | ".join(f"{p:.4f}" for p in found)
    wrong = "yes" if gain < 0 else ""
    return f"| {n:,} | {seed} | {parameters} | {gain:,.1f} | {fit.convergence_flag} | {wrong} | {seconds:.1f} |"


@numba.njit
def simulated(noise: NDArray[np.float64], omega: float, alpha: float, beta: float) -> NDArray[np.float64]:
    """Turn independent Gaussian numbers into a GARCH(1,1), shape (n,)."""
    variance = omega / (1 - alpha - beta)
    square = variance
    path = np.empty_like(noise)
    for t in range(len(noise)):
        variance = omega + alpha * square + beta * variance
        path[t] = math.sqrt(variance) * noise[t]
        square = path[t] ** 2
    return path


def likelihood(x: NDArray[np.float64], omega: float, alpha: float, beta: float) -> float:
    """Return the Gaussian log-likelihood, h[t] = omega + alpha x[t-1]^2 + beta h[t-1] being a linear filter of x^2."""
    square = x * x
    begin = square.mean()
    driven = omega + alpha * np.concatenate([[begin], square[:-1]])
    variance, _ = lfilter([1.0], [1.0, -beta], driven, zi=[beta * begin])
    return float(-0.5 * np.sum(math.log(2 * math.pi) + np.log(variance) + square / variance))


if __name__ == "__main__":
    main()
