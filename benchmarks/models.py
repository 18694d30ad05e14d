"""Two generative models ranked against their real day: `python benchmarks/models.py`.

Ranks the TRADES and CGAN samples of the recordings' folder ``deepmarket`` (found by LOBSTATS_DATA, else at
../shared/data), computes what the reasons tell a second time from the raw order logs, in plain Python and pandas, and
writes both to `benchmarks/models.md`.
"""

import argparse
import heapq
import os
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

import lobstats
from lobstats.compare import Comparison
from lobstats.report.figures import side_labels
from lobstats.report.ranking import reason_text
from lobstats.result import Interval

ROOT = Path(__file__).parent
START = pd.Timestamp("2015-01-29T09:45").value
NAMES = {
    "real": "real_TSLA_2015-01-29",
    "TRADES": "trades_TSLA_2015-01-29_seed20",
    "CGAN": "cgan_TSLA_2015-01-29_seed20",
}
TICK = 100  # of 1e-4 dollars
SECOND = 1_000_000_000
ROWS = (
    "trade moves, mean size (ticks)",
    "spread, mean (ticks)",
    "gaps, share up to 0.031 s",
    "records per happening, mean",
    "one-second moves, share up to 0 ticks",
    "one-second moves, share up to -0.5 ticks",
    "ten-second moves, share up to 0 ticks",
    "one-second moves of 8 ticks or more, either way (share)",
    "quantity at the touch, both sides, mean",
)


def main() -> None:
    """Compare, compute by hand, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "models.md")
    options = parser.parse_args()
    folder = Path(os.environ.get("LOBSTATS_DATA", ROOT.parent.parent / "shared" / "data")) / "deepmarket"
    paths = {side: folder / f"{name}.parquet" for side, name in NAMES.items()}
    began = time.perf_counter()
    comparison = compare(paths)
    seconds = time.perf_counter() - began
    text = report(comparison, {side: by_hand(pd.read_parquet(path)) for side, path in paths.items()}, seconds)
    options.out.write_text(text)
    print(text)


def compare(paths: dict[str, Path]) -> Comparison:
    """Return the comparison of both models with the real day, after the quarter hour that they copy."""
    real, *models = paths.values()
    return lobstats.compare(real=real, generated=models, start_ns=START)


def by_hand(log: pd.DataFrame) -> dict[str, float]:
    """Return what the reasons tell, from an order log alone: the book replayed level by level with two heaps."""
    time_of, mids, spreads, touch, records = _replayed(log)
    fills = log[(log["event"] == "ORDER_EXECUTED") & (log["ts_ns"] >= START)]
    trades = fills.groupby(["ts_ns", "is_buy"], sort=False)["fill_px"].last()
    gaps = np.diff(time_of)
    whole = np.arange(-(-time_of[0] // SECOND), time_of[-1] // SECOND + 1) * SECOND
    at = mids[np.searchsorted(time_of, whole, side="right") - 1]
    # A move reaches from one whole second to the next one or to the tenth.
    one, ten = (moves[np.isfinite(moves)] for moves in (np.diff(at), at[10:] - at[:-10]))
    values = (
        float(np.abs(np.diff(trades)).mean() / TICK),
        float(np.nanmean(spreads)),
        float((gaps <= 0.031 * SECOND).mean()),
        float(records / len(time_of)),
        float((one <= 0).mean()),
        float((one <= -0.5).mean()),
        float((ten <= 0).mean()),
        float((np.abs(one) >= 8).mean()),
        float(touch[np.isfinite(mids)].mean()),
    )
    return dict(zip(ROWS, values, strict=True))


def _replayed(log: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the time of each happening from the first trade on, mid, spread and size at the touch, and records."""
    resting: dict[int, list] = {}
    depth: dict[tuple[bool, int], float] = defaultdict(float)
    heaps: dict[bool, list[int]] = {True: [], False: []}
    times, mids, spreads, touch, records, trading = [], [], [], [], 0, False
    kept = log[log["event"].isin(["ORDER_ACCEPTED", "ORDER_CANCELLED", "ORDER_EXECUTED", "MODIFY_ORDER"])]
    columns = (kept[name].tolist() for name in ("ts_ns", "event", "order_id", "is_buy", "qty", "px"))
    rows = list(zip(*columns, strict=True))
    for i, (now, event, order, buy, quantity, price) in enumerate(rows):
        if event == "ORDER_ACCEPTED":
            level = int(price)
            resting[order] = [buy, level, quantity]
            if depth[buy, level] <= 0:
                heapq.heappush(heaps[buy], -level if buy else level)
            depth[buy, level] += quantity
        elif event == "MODIFY_ORDER":
            # The log shows the old quantity; the new one is what is later filled and cancelled of the order.
            after = kept.iloc[i + 1 :]
            left = float(after.loc[after["order_id"] == order, "qty"].sum()) or quantity
            side, level, before = resting[order]
            depth[side, level] += left - before
            resting[order][2] = left
        elif order in resting:
            side, level, left = resting[order]
            gone = left if event == "ORDER_CANCELLED" else min(left, quantity)
            depth[side, level] -= gone
            resting[order][2] = left - gone
            if left <= gone:
                del resting[order]
        trading = trading or (now >= START and event == "ORDER_EXECUTED")
        if not trading:
            continue
        records += 3 if event == "ORDER_EXECUTED" else 1  # a trade, a fill, and what happens to the order
        if i + 1 < len(rows) and rows[i + 1][0] == now:
            continue
        bid, ask = (_best(heaps[own], depth, own) for own in (True, False))
        times.append(now)
        mids.append((bid + ask) / 2 / TICK)
        spreads.append((ask - bid) / TICK)
        touch.append(depth.get((True, bid), 0.0) + depth.get((False, ask), 0.0))
    return np.array(times), np.array(mids), np.array(spreads), np.array(touch), records


def _best(heap: list[int], depth: dict[tuple[bool, int], float], buy: bool) -> float:  # noqa: FBT001 - a side
    while heap:
        level = -heap[0] if buy else heap[0]
        if depth[buy, level] > 0:
            return float(level)
        heapq.heappop(heap)
    return float("nan")


def report(comparison: Comparison, hand: dict[str, dict[str, float]], seconds: float) -> str:
    """Return the ranking and the numbers by hand as Markdown."""
    ranking, labels = comparison.ranking, side_labels(comparison)[1:]
    families = ranking.families
    lines = [
        "# Two generative models against their real day",
        "",
        f"Made by `python benchmarks/models.py` with lobstats {lobstats.__version__} in {seconds:.0f} s: TSLA, "
        "2015-01-29, 09:45 to 12:00, a diffusion model (TRADES) and a conditional GAN (CGAN). The quarter hour before "
        "is a copy of the real day in both samples, and is cut. The same from the command line, in the data's folder:",
        "",
        "```sh",
        f"lobstats report {' '.join(f'{name}.parquet' for name in NAMES.values())} --start 2015-01-29T09:45",
        "```",
        "",
        f"{ranking.rows} rows about {ranking.topics} topics. The score is a geometric mean of ratios to the widest "
        "floor: 1 where nothing is beyond noise.",
        "",
        f"| rank | model | score | {' | '.join(families)} | rows apart | close | lacking |",
        f"|---|---|---|{'---|' * len(families)}---|---|---|",
    ]
    for model in ranking.models:
        own = " | ".join(f"{model.families[family]:.2f}" for family in families)
        rank = "-".join(map(str, dict.fromkeys(model.rank)))
        lines.append(
            f"| {rank} | {labels[model.index]} | {_factor(model.score, model.ci)} | {own} | {model.counts['apart']} | "
            f"{model.counts['close']} | {len(model.lacking)} |"
        )
    lines += ["", "## Paired difference", ""]
    lines += [
        f"| score of | over that of | ratio | {' | '.join(families)} | p |",
        f"|---|---|---|{'---|' * len(families)}---|",
    ]
    for pair in ranking.pairs:
        own = " | ".join(_factor(*pair.families[family]) for family in families)
        p = "< 0.001" if pair.p_holm < 0.001 else f"{pair.p_holm:.2g}"
        lines.append(
            f"| {labels[pair.worse]} | {labels[pair.better]} | {_factor(pair.factor, pair.ci)} | {own} | {p} |"
        )
        flag = f" Flag: {pair.flag}, so that the error rate is not promised." if pair.flag else ""
        means = "The difference means something." if pair.different else "The difference means nothing."
        lines += ["", means + flag]
    lines += ["", "## Reasons", ""]
    for model in ranking.models:
        lines += [f"What weighs most in the score of {labels[model.index]}:", ""]
        lines += [f"- {reason.family}: {reason_text(reason)}" for reason in model.reasons]
        lines.append("")
    for pair in ranking.pairs:
        lines += [
            f"What sets {labels[pair.worse]} farther than {labels[pair.better]} (the better one's number first):",
            "",
        ]
        lines += [
            f"- {'but nearer in ' if reason.share < 0 else ''}{reason.family}: {reason_text(reason)}"
            for reason in pair.reasons
        ]
        lines.append("")
    lines += [
        "## The same numbers by hand",
        "",
        "From the raw logs in plain Python and pandas, without lobstats:",
        "",
        f"| number | {' | '.join(hand)} |",
        f"|---|{'---|' * len(hand)}",
    ]
    lines += [f"| {row} | {' | '.join(f'{own[row]:.4g}' for own in hand.values())} |" for row in ROWS]
    return "\n".join(lines) + "\n"


def _factor(value: float, ci: Interval) -> str:
    return f"{value:.2f} [{ci.low:.2f}, {ci.high:.2f}]"


if __name__ == "__main__":
    main()
