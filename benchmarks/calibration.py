"""Whether the verdict on a series keeps its promise: `python benchmarks/calibration.py`.

Draws two samples of one market, of three kinds and of known memory, compares them as a report does, and writes to
`benchmarks/calibration.md` how often they are called close or apart; then a market whose marks are larger, for the
power; then blocks of the real recordings against their neighbours.
"""

import argparse
import math
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from types import SimpleNamespace

# Each worker is one thread: more would wait for each other. Read when numpy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtri, stdtrit

import lobstats
from lobstats.compare.distances import Support, count_rows
from lobstats.compare.floor import SeriesComparison, compare_series, sides_of_nature
from lobstats.compare.units import (
    UnitPlan,
    choose_blocks,
    group,
    inflation,
    neighbour_correlation,
    plan_blocks,
    row_length,
)
from lobstats.engine import choose_grid, observe, open_source, summarise
from lobstats.inference import dependence
from lobstats.summary.counts import Counts

ROOT = Path(__file__).parent
DATA = Path(os.environ.get("LOBSTATS_DATA", ROOT.parent.parent / "shared" / "data"))
RECORDINGS = {
    "ESH4, an hour": "hftbacktest/ESH4_20231225_l3.npz",
    "CLX5, an hour and a half": "cme/clx5-glbx-mdp3-20250924.mbo.dbn.zst",
    "TSLA, two hours and a half": "deepmarket/real_TSLA_2015-01-29.parquet",
    "AMZN, a day": "lobster/LOBSTER_SampleFile_AMZN_2012-06-21_5.zip",
}
LEVEL = 0.95
SECOND = 1_000_000_000
HOUR, ROW = 3600, 30
LENGTHS = (30, 60, 120, 300)  # of blocks that may be chosen from an hour
SHARES = (1000, 300, 100, 60, 30, 10)  # the sample over its memory
SIZES = {"equal": 1.0, "a sixth": 1 / 6, "threefold": 3.0}
SHIFTS = (1.1, 1.2)
SESSIONS = 5
DAY = 0.3  # standard deviation of the logarithm of a session's rate, and of the size of its marks
RATE = 3.0  # happenings a second
MARK = 3.0  # mean of a mark
BURST, CLUSTERING = 0.8, 0.5  # standard deviations of the logarithms of rate and of marks
BRANCHING = 0.7
TICKS = 6.0

Floats = NDArray[np.float64]
Rows = dict[str, Floats]
Draw = Callable[..., Rows]


@dataclass(frozen=True)
class Found:
    """What one comparison of one series said."""

    close: bool
    apart: bool
    flag: bool
    length: float


# --- markets ----------------------------------------------------------------------------------------------------


def cox(seconds: int, memory: float, rng: np.random.Generator, day: float, curve: float, scale: float) -> Rows:
    """Draw happenings whose rate, and marks whose mean, follow an Ornstein-Uhlenbeck process."""
    cell = min(memory / 10, 5.0)
    x = _autoregression(math.ceil(seconds / cell), math.exp(-cell / memory), rng)
    start = np.arange(len(x)) * cell
    rate = RATE * np.exp(BURST * x - BURST**2 / 2 + day) * _of_day(start / seconds, curve)
    count = rng.poisson(rate * cell)
    time_s = np.sort(np.repeat(start, count) + cell * rng.random(count.sum()))
    mean = scale * MARK * np.exp(CLUSTERING * np.repeat(x, count) + day)
    kept = time_s < seconds
    return _rows(time_s[kept], time_s[kept], rng.geometric(1 / (1 + mean[kept])) - 1, seconds)


def hawkes(seconds: int, memory: float, rng: np.random.Generator, day: float, curve: float, scale: float) -> Rows:
    """Draw an exponential Hawkes process by its generations; a cluster's marks share their mean."""
    before = 20 * memory
    most = float(_of_day(np.ones(1), curve)[0])
    expected = RATE * math.exp(day) * (1 - BRANCHING) * (before + seconds) * most
    times = rng.uniform(-before, seconds, rng.poisson(expected))
    times = times[rng.random(len(times)) * most < _of_day(np.clip(times / seconds, 0, 1), curve)]
    means = scale * MARK * np.exp(CLUSTERING * rng.standard_normal(len(times)) + day)
    found = []
    while len(times):
        found.append((times, means))
        children = rng.poisson(BRANCHING, len(times))
        times = np.repeat(times, children) + rng.exponential(memory * (1 - BRANCHING), children.sum())
        means = np.repeat(means, children)[times < seconds]
        times = times[times < seconds]
    times, means = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.flatnonzero(times >= 0)[np.argsort(times[times >= 0])]
    return _rows(times[order], times[order], rng.geometric(1 / (1 + means[order])) - 1, seconds)


def garch(seconds: int, memory: float, rng: np.random.Generator, day: float, curve: float, scale: float) -> Rows:
    """Draw one-second moves of GARCH(1, 1) of kurtosis 6, and happenings at a rate as their volatility."""
    persistence = math.exp(-1 / memory)
    news = math.sqrt((1 - persistence**2) / 4)
    before = round(20 * memory)
    shocks = rng.standard_normal(before + seconds)
    volatility = _volatility(shocks, 1 - persistence, news, persistence - news)[before:]
    clock = np.arange(seconds)
    volatility = volatility * math.exp(day) * _of_day(clock / seconds, curve)
    count = rng.poisson(RATE * volatility)
    time_s = np.sort(np.repeat(clock, count) + rng.random(count.sum()))
    moves = np.clip(np.rint(scale * TICKS * volatility * shocks[before:]), -60, 60).astype(np.int64) + 60
    return _rows(time_s, clock, moves, seconds)


PROCESSES: dict[str, Draw] = {"Cox": cox, "Hawkes": hawkes, "GARCH": garch}


def _rows(time_s: Floats, when: Floats, marks: NDArray[np.int64], seconds: int) -> Rows:
    """Count gaps, in eighths of an octave, and marks in rows of half a minute."""
    gaps = np.clip((8 * np.log2(np.maximum(np.diff(time_s), 1e-9))).astype(np.int64) + 160, 0, 239)
    return {
        "gaps": _table(time_s[1:], gaps, 240, seconds),
        "marks": _table(when, np.minimum(marks, 127), 128, seconds),
    }


def _table(when: Floats, values: NDArray[np.int64], width: int, seconds: int) -> Floats:
    row = (when // ROW).astype(np.int64)
    rows = seconds // ROW
    return np.bincount(row * width + values, minlength=rows * width).reshape(rows, width).astype(np.float64)


def _of_day(part: Floats, curve: float) -> Floats:
    """Return the rate over the session, up by ``curve`` at both ends of what it is in the middle."""
    return np.asarray(1 + curve * (2 * part - 1) ** 2)


def _autoregression(n: int, fade: float, rng: np.random.Generator) -> Floats:
    shocks = rng.standard_normal(n)
    shocks[1:] *= math.sqrt(1 - fade**2)
    return np.asarray(lfilter([1.0], [1.0, -fade], shocks))


@njit(cache=True)
def _volatility(shocks: Floats, constant: float, news: float, decay: float) -> Floats:
    out = np.empty(len(shocks))
    variance = 1.0
    for i in range(len(shocks)):
        out[i] = math.sqrt(variance)
        variance = constant + news * variance * shocks[i] ** 2 + decay * variance
    return out


# --- the rule, and the one before it ----------------------------------------------------------------------------


def keys(rows: int, length_ns: int) -> NDArray[np.int64]:
    """Return the session and block of each row of one session, as `choose_blocks` wants them."""
    block = np.arange(rows) * ROW * SECOND // length_ns
    return np.stack([np.zeros(rows, dtype=np.int64), block], axis=1)


def plan_now(counts: Rows) -> UnitPlan:
    """Choose blocks as the package does."""
    rows = len(counts["gaps"])
    return choose_blocks(counts, partial(keys, rows), [length * SECOND for length in LENGTHS])


def plan_before(counts: Rows) -> UnitPlan:
    """Choose the shortest blocks whose neighbours are nearly uncorrelated, whatever lies farther apart."""
    for length in LENGTHS:
        blocks = {name: _blocks(own, length) for name, own in counts.items()}
        rho = {name: neighbour_correlation(own, np.zeros(len(own), dtype=int)) for name, own in blocks.items()}
        if max(rho.values()) < 0.25:
            break
    return UnitPlan("block", length * SECOND, rho)


def inflation_before(rho: float, units: int, kind: str, level: float) -> tuple[float, bool]:
    """Return the factor with m - 1 degrees of freedom, as if the dependence were known."""
    r = dependence(rho, units)
    factor = stdtrit(units - 1, (1 + level) / 2) / ndtri((1 + level) / 2) * math.sqrt(units / (units - 1))
    factor = min(3.0, float(factor) * math.sqrt((1 + r) / (1 - r)))
    return factor, rho >= 0.25 or factor == 3.0


RULES = {"now": (plan_now, inflation), "before": (plan_before, inflation_before)}


def judge(
    real: Floats,
    generated: Floats,
    support: Support,
    *,
    plan: UnitPlan,
    series: str,
    worth: float,
    sessions: NDArray[np.int64],
    factor_of: Callable[..., tuple[float, bool]],
    seed: int,
    rho: float | None = None,
) -> SeriesComparison:
    """Compare the counts of units as `lobstats.compare.samples` does."""
    rho = plan.rho.get(series, 0.0) if rho is None else rho
    factor, flagged = factor_of(rho, len(real), plan.kind, LEVEL)
    of_count = generated.sum() / real.sum() * len(real)
    return compare_series(
        real,
        generated,
        support,
        generated_units=max(1, min(round(worth), round(of_count))),
        factor=factor,
        rho=rho,
        flagged=flagged or plan.remembers(series),
        nature=[(real[a].sum(axis=0), real[b].sum(axis=0)) for a, b in sides_of_nature(sessions)],
        level=LEVEL,
        rng=np.random.default_rng(seed),
    )


def laid_out(real: Floats, generated: Floats) -> tuple[Floats, Floats, Support]:
    """Give counts of units the values and cells that a report gives them."""
    groups = [[SimpleNamespace(order_size=_counts(unit)) for unit in side] for side in (real, generated)]
    (own, other), support = count_rows("order_size", *groups)
    return own, other, support


def _counts(row: Floats) -> Counts:
    values = np.flatnonzero(row)
    return Counts(values, row[values].astype(np.int64), 1.0, "")


def _blocks(rows: Floats, length: int) -> Floats:
    return np.add.reduceat(rows, np.arange(0, len(rows), length // ROW), axis=0)


# --- trials -----------------------------------------------------------------------------------------------------


def one_session(
    process: str,
    share: int,
    curve: float,
    seed: int,
    rules: tuple[str, ...] = tuple(RULES),
    sizes: tuple[str, ...] = tuple(SIZES),
) -> dict[tuple[str, str, str], Found]:
    """Compare an hour with others of the same market, and with ones whose marks are larger."""
    rng = np.random.default_rng([seed, share, *process.encode(), int(curve)])
    draw = partial(PROCESSES[process], memory=HOUR / share, rng=rng, day=0.0, curve=curve)
    real = draw(HOUR, scale=1.0)
    others = {size: draw(round(HOUR * SIZES[size]), scale=1.0) for size in sizes}
    if share >= 60 and sizes == tuple(SIZES):
        others |= {f"marks x {shift}": {"marks": draw(HOUR, scale=shift)["marks"]} for shift in SHIFTS}
    found = {}
    for rule in rules:
        plan_of, factor_of = RULES[rule]
        plan = plan_of(real)
        length = plan.length_ns // SECOND
        for name, other in others.items():
            if rule == "before" and name in ("a sixth", "threefold"):
                continue
            for series, rows in other.items():
                sides = laid_out(_blocks(real[series], length), _blocks(rows, length))
                result = judge(
                    *sides,
                    plan=plan,
                    series=series,
                    worth=len(rows) * ROW / length,
                    sessions=np.zeros(len(sides[0]), dtype=np.int64),
                    factor_of=factor_of,
                    seed=seed,
                )
                found[rule, name, series] = _found(result, length)
    return found


def several_sessions(process: str, share: int, effect: str, seed: int) -> dict[tuple[str, str, str], Found]:
    """Compare five sessions, which are an hour together, with five and with one."""
    rng = np.random.default_rng([seed, share, *process.encode(), *effect.encode()])
    length = HOUR // SESSIONS
    day, curve = DAY * ("day" in effect), 2.0 * ("U" in effect)
    draw = partial(PROCESSES[process], length, HOUR / share, rng, curve=curve, scale=1.0)

    def side(sessions: int) -> Rows:
        drawn = [draw(day=float(day * rng.standard_normal())) for _ in range(sessions)]
        return {name: np.array([rows[name].sum(axis=0) for rows in drawn]) for name in drawn[0]}

    real, found = side(SESSIONS), {}
    plan = UnitPlan("session", length * SECOND, {})
    for name, sessions in {"five": SESSIONS, "one": 1}.items():
        for series, rows in side(sessions).items():
            result = judge(
                *laid_out(real[series], rows),
                plan=plan,
                series=series,
                worth=sessions,
                sessions=np.arange(SESSIONS),
                factor_of=inflation,
                seed=seed,
            )
            found["now", name, series] = _found(result, length)
    return found


def _found(result: SeriesComparison, length: float) -> Found:
    return Found(result.verdict == "close", result.verdict == "apart", result.flag is not None, length)


def recording(path: str, splits: int) -> dict[str, object]:
    """Split the blocks of a recording between two sides at random, one of each two neighbours to each."""
    source = open_source([str(DATA / path)], "strict")
    observed = observe(source, choose_grid(source))
    sample = summarise(observed, row_ns=row_length(observed))
    plan = plan_blocks(sample)
    units, sessions = group(sample, plan)
    pairs = len(units) // 2
    names = [name for name in plan.rho if sum(getattr(unit, name).n for unit in units)]
    rng = np.random.default_rng(0)
    sides = [np.arange(pairs) * 2 + rng.integers(2, size=pairs) for _ in range(splits)]
    taken = [(own, own + 1 - 2 * (own % 2)) for own in sides] + [
        (np.arange(pairs), np.arange(len(units) - pairs, len(units)))
    ]
    results = defaultdict(list)
    for name in names:
        for seed, (first, second) in enumerate(taken):
            (real, generated), support = count_rows(name, *([units[i] for i in part] for part in (first, second)))
            results[name].append(
                judge(
                    real,
                    generated,
                    support,
                    plan=plan,
                    series=name,
                    worth=pairs,
                    sessions=sessions[first],
                    factor_of=inflation,
                    seed=seed,
                    rho=neighbour_correlation(real, sessions[first]),
                )
            )
    return {"length": plan.length_ns / SECOND, "blocks": len(units), "results": dict(results), "plan": plan}


# --- tables -----------------------------------------------------------------------------------------------------


def main() -> None:
    """Run all trials and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=250)
    parser.add_argument("--splits", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "calibration.md")
    options = parser.parse_args()
    began = time.perf_counter()
    seeds = range(options.first_seed, options.first_seed + options.trials)
    with ProcessPoolExecutor(options.workers) as pool:
        real = {name: pool.submit(recording, path, options.splits) for name, path in RECORDINGS.items()}
        single = {
            (process, share): _all(pool, one_session, process, share, 0.0, seeds)
            for process, share in product(PROCESSES, SHARES)
        }
        alone = partial(one_session, rules=("now",), sizes=("equal",))
        curved = {process: _all(pool, alone, process, 300, 2.0, seeds) for process in PROCESSES}
        several = {
            (process, effect, share): _all(pool, several_sessions, process, share, effect, seeds)
            for process, effect, share in product(PROCESSES, ("none", "day", "day and U"), (300, 60, 10))
        }
        lines = [
            *_single_table({cell: list(runs) for cell, runs in single.items()}),
            *_curved_table({cell: list(runs) for cell, runs in curved.items()}),
            *_several_table({cell: list(runs) for cell, runs in several.items()}),
            *_recording_table({name: done.result() for name, done in real.items()}, options.splits),
        ]
    error = 100 * math.sqrt(0.05 * 0.95 / options.trials)
    command = f"python benchmarks/calibration.py --trials {options.trials} --splits {options.splits}"
    if options.first_seed:
        command += f" --first-seed {options.first_seed}"
    head = [
        "# Calibration of the verdict on a series",
        "",
        f"Made by `{command}` with lobstats {lobstats.__version__} in {time.perf_counter() - began:,.0f} s on "
        f"{options.workers} cores. {options.trials} trials a cell: at 5 % the Monte Carlo error is {error:.1f} points "
        f"(one standard error), so that a cell up to {5 + 2 * error:.1f} agrees with 5 %.",
        "",
    ]
    text = "\n".join([*head, *lines]) + "\n"
    options.out.write_text(text)
    print(text)


def _all(pool: ProcessPoolExecutor, trial: Callable[..., dict], *cell: object) -> Iterable[dict]:
    *fixed, seeds = cell
    return pool.map(partial(trial, *fixed), seeds, chunksize=10)


def _cell(runs: list[dict], *key: str) -> str:
    found = [run[key] for run in runs if key in run]
    if not found:
        return ""
    close, apart = (100 * np.mean([getattr(one, name) for one in found]) for name in ("close", "apart"))
    return f"{close + apart:.1f} ({apart:.1f})"


def _flag(runs: list[dict], *key: str) -> str:
    return f"{100 * np.mean([run[key].flag for run in runs]):.0f}"


def _length(runs: list[dict], rule: str) -> str:
    return f"{np.mean([run[rule, 'equal', 'gaps'].length for run in runs]):.0f}"


def _single_table(cells: dict[tuple[str, int], list[dict]]) -> list[str]:
    lines = [
        "## One session, blocks as units",
        "",
        "Two samples of one market, the real one of an hour, the other as long, a sixth, or threefold as long. Per "
        "cent of trials not called within noise, in brackets those called apart. Marks larger by a tenth or a fifth "
        "are another market: the more of them are found the better. Before: the shortest blocks whose neighbours are "
        "nearly uncorrelated, and m - 1 degrees of freedom. Gaps are of happenings, marks their sizes, for GARCH the "
        "moves.",
        "",
        "| market | memory | series | equal | a sixth | threefold | flag % | block s | marks x 1.1 | marks x 1.2 "
        "| before: equal | flag % | block s | marks x 1.1 | marks x 1.2 |",
        "|---|---|---|" + "---|" * 12,
    ]
    for (process, share), runs in cells.items():
        for series in ("gaps", "marks"):
            row = [process, f"T/{share}", series]
            row += [_cell(runs, "now", size, series) for size in SIZES]
            row += [_flag(runs, "now", "equal", series), _length(runs, "now")]
            row += [_cell(runs, "now", f"marks x {shift}", series) for shift in SHIFTS]
            row += [_cell(runs, "before", "equal", series)]
            row += [_flag(runs, "before", "equal", series), _length(runs, "before")]
            row += [_cell(runs, "before", f"marks x {shift}", series) for shift in SHIFTS]
            lines.append("| " + " | ".join(row) + " |")
    lines += ["", "Means over markets and series:", ""]
    lines += ["| memory | equal | a sixth | threefold | flag % | before: equal | flag % |", "|---|" + "---|" * 6]
    for share in SHARES:
        runs = [run for (_, own), found in cells.items() if own == share for run in found]
        both = ("gaps", "marks")
        row = [f"T/{share}", *(_pooled(runs, "now", size) for size in SIZES)]
        row += [f"{100 * np.mean([run['now', 'equal', s].flag for run in runs for s in both]):.0f}"]
        row += [_pooled(runs, "before", "equal")]
        row += [f"{100 * np.mean([run['before', 'equal', s].flag for run in runs for s in both]):.0f}"]
        lines.append("| " + " | ".join(row) + " |")
    return [*lines, ""]


def _pooled(runs: list[dict], rule: str, size: str) -> str:
    found = [run[rule, size, series] for run in runs for series in ("gaps", "marks")]
    return f"{100 * np.mean([one.close or one.apart for one in found]):.1f}"


def _curved_table(cells: dict[str, list[dict]]) -> list[str]:
    lines = [
        "## One session with a busy open and close",
        "",
        "The rate at both ends is three times that of the middle; equal sizes, memory T/300.",
        "",
        "| market | series | not within noise (apart) | flag % | block s |",
        "|---|---|---|---|---|",
    ]
    for process, runs in cells.items():
        for series in ("gaps", "marks"):
            values = _cell(runs, "now", "equal", series), _flag(runs, "now", "equal", series), _length(runs, "now")
            lines.append(f"| {process} | {series} | " + " | ".join(values) + " |")
    return [*lines, ""]


def _several_table(cells: dict[tuple[str, str, int], list[dict]]) -> list[str]:
    lines = [
        "## Five sessions, sessions as units",
        "",
        "Sessions of twelve minutes, an hour together; memory in parts of the hour. An effect of the day multiplies "
        f"the rate and the marks of each session by a lognormal of sd {DAY}; the U is a rate three times as high at "
        "both ends.",
        "",
        "| market | effect | memory | gaps: five | gaps: one | marks: five | marks: one |",
        "|---|---|---|---|---|---|---|",
    ]
    for (process, effect, share), runs in cells.items():
        values = [_cell(runs, "now", size, series) for series in ("gaps", "marks") for size in ("five", "one")]
        lines.append(f"| {process} | {effect} | T/{share} | " + " | ".join(values) + " |")
    return [*lines, ""]


def _recording_table(found: dict[str, dict], splits: int) -> list[str]:
    lines = [
        "## Real recordings",
        "",
        f"Of each two neighbouring blocks one goes to each side, {splits} times at random; halves are the first "
        "against the second. Sides that are interleaved share the market's slow drift, so that fewer than 5 % are "
        "expected.",
        "",
        "| recording | block s | blocks | rows | not within noise % | apart % | halves not within noise | flagged |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        split = [result.verdict for results in one["results"].values() for result in results[:-1]]
        outside = 100 * np.mean([verdict != "within noise" for verdict in split])
        apart = 100 * np.mean([verdict == "apart" for verdict in split])
        halves = [s for s, results in one["results"].items() if results[-1].verdict != "within noise"]
        flagged = [s for s in one["results"] if one["plan"].remembers(s) or one["plan"].rho[s] >= 0.25]
        lines.append(
            f"| {name} | {one['length']:.0f} | {one['blocks']} | {len(split):,} "
            f"| {outside:.1f} | {apart:.1f} | {len(halves)} of {len(one['results'])}: {', '.join(halves) or 'none'} "
            f"| {', '.join(flagged) or 'none'} |"
        )
    return [*lines, ""]


if __name__ == "__main__":
    main()
