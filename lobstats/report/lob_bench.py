"""LOB-Bench's scores as tables for a terminal of 100 columns."""

import io
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lobstats.compare.floor import SeriesComparison
from lobstats.compare.lob_bench import CONDITIONAL, SCORES, LobBench
from lobstats.compare.lob_bench.judged import Judged
from lobstats.report.cells import DASH, missing_text, ratio_text, verdict_text

__all__ = ["lob_bench_text"]

Footnotes = dict[str, int]

_READ = (
    "L1 and W1 are LOB-Bench's: bins and scale from both samples pooled, which no other model shares. Beside them the "
    "corrected form: W1 over the real side's spread, the joint distance over its noise floor with whole sequences as "
    "units, and what it means."
)
_ALWAYS = (
    "every score: bins and scale of the real side; sequences, not messages, as units; a side without a value is missing"
)
_DIVERGENCE = (
    "mean L1 over the scores of each block of messages against all of the real side; the real side's own blocks show "
    "what a perfect model would"
)


def lob_bench_text(found: LobBench, *, width: int = 100, colour: str = "none") -> str:
    """Return the scores, the conditional scores, divergence and responses as text.

    Parameters
    ----------
    found : LobBench
    width : int
        Columns.
    colour : {"ansi", "none"}
        Whether verdicts are coloured with terminal escapes.

    Examples
    --------
    >>> from lobstats.compare.lob_bench import LobsterSequence, lob_bench
    >>> messages = [[34200.1, 1, 7, 100, 5000100, 1], [34200.2, 3, 7, 100, 5000100, 1]]
    >>> book = [[5000300, 100, 5000100, 200], [5000300, 100, 5000000, 300]]
    >>> day = LobsterSequence.of(messages, book)
    >>> " spread " in lob_bench_text(lob_bench(real=[day] * 6, generated=[day] * 6))
    True
    """
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour == "ansi",
        color_system="standard" if colour == "ansi" else None,
        highlight=False,
        emoji=False,
        markup=False,
    )
    footnotes: Footnotes = {}
    (real, generated), (n_real, n_generated) = found.sequences, found.messages
    parts: list[Table | Text | str] = [
        f"real: {real:,} sequences, {n_real:,} messages; generated: {generated:,} sequences, {n_generated:,} messages",
        _READ,
        "",
        _scores(found, footnotes),
        "",
        _conditional(found, footnotes),
        "",
        _divergence(found),
        _DIVERGENCE,
        "",
        _impact(found),
        _impact_line(found),
        "",
        *(f"[{number}] {reason}" for reason, number in footnotes.items()),
        *_flags(found),
        *_kept_apart(found),
        "",
        "what the corrected form does otherwise",
        *_differs(),
    ]
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _table(first: str, columns: Sequence[tuple[str, int]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True, width=26)
    for name, size in columns:
        table.add_column(name, justify="right", width=size)
    return table


def _scores(found: LobBench, footnotes: Footnotes) -> Table:
    table = _table("score", (("L1", 7), ("W1", 7), ("W1 rel.", 8), ("ratio", 7), ("p (Holm)", 9)))
    table.add_column("verdict", width=18)
    for name in SCORES:
        published = found.published[name]
        cells = [_number(published.l1), _number(published.wasserstein)]
        table.add_row(f" {name}", *cells, *_corrected(found.judged[name], footnotes))
    summary = found.summary()
    for of in ("mean", "median"):
        table.add_row(f" {of} of 21", *(_number(summary[d][of]) for d in ("l1", "wasserstein")), style="dim")
    table.add_row(" score over topics", "", "", "", _number(found.score), style="dim")
    return table


def _conditional(found: LobBench, footnotes: Footnotes) -> Table:
    table = _table("conditional score", (("L1", 7), ("W1", 7), ("W1 rel.", 8), ("ratio", 7), ("p (Holm)", 9)))
    table.add_column("verdict", width=18)
    for name in CONDITIONAL:
        published = found.published[name]
        table.add_row(f" {name}", _number(published.l1), _number(published.wasserstein), *[""] * 4)
        for label, one in found.conditional[name].items():
            table.add_row(f"   {label}", "", "", *_corrected(one, footnotes))
    return table


def _corrected(one: Judged, footnotes: Footnotes) -> list[str | Text]:
    if not isinstance(one, SeriesComparison):
        return [DASH, DASH, DASH, missing_text(one, footnotes)]
    p = DASH if one.p_holm is None else f"{one.p_holm:.2g}"
    verdict = DASH if one.verdict is None else verdict_text(one.verdict, " *" if one.flag else "")
    return [_number(one.wasserstein_relative), ratio_text(one.joint), p, verdict]


def _divergence(found: LobBench) -> Table:
    blocks = max((len(curves["generated"]) for curves in found.divergence.values()), default=0)
    shown = min(blocks, 8)
    table = _table(f"L1 by {found.horizon} messages", [(str(block + 1), 7) for block in range(shown)])
    for side in ("real", "generated"):
        curves = [found.divergence[name][side] for name in SCORES]
        means = []
        for block in range(shown):
            values = [curve[block] for curve in curves if len(curve) > block]
            held = [value for value in values if value is not None]
            means.append(_number(float(np.mean(held))) if held else DASH)
        table.add_row(f" {side}", *means)
    return table


def _impact(found: LobBench) -> Table:
    table = _table("response in ticks at lag", (("real 1", 7), ("gen. 1", 7), ("real 50", 8), ("gen. 50", 8)))
    table.add_column("sum |diff|", justify="right", width=10)
    table.add_column("ratio", justify="right", width=6)
    table.add_column("verdict", width=13)
    for name, curve in found.impact.items():
        at = [curve.lags.index(lag) for lag in (1, 50)]
        values = [_number(side[place]) for place in at for side in (curve.real, curve.generated)]
        verdict = DASH if curve.verdict is None else verdict_text(curve.verdict)
        ratio = DASH if curve.ratio is None else ratio_text(curve.ratio)
        table.add_row(f" {name}", *values, _number(curve.sum_abs_diff), ratio, verdict)
    return table


def _impact_line(found: LobBench) -> str:
    mean = found.mean_impact_difference
    total = "missing, since a class has no event at some lag" if mean is None else f"{mean:.4g}"
    return (
        f"LOB-Bench's mean over the classes: {total}. MO executions, LO new orders, CA cancels; _1 changes a best "
        "price, _0 none. The ratio is that of the largest difference over all lags to its floor."
    )


def _flags(found: LobBench) -> list[str]:
    judged = [*found.judged.values(), *(one for classes in found.conditional.values() for one in classes.values())]
    if not any(isinstance(one, SeriesComparison) and one.flag for one in judged):
        return []
    return ["* dependence longer than a sequence: false alarms may exceed the level"]


def _kept_apart(found: LobBench) -> list[str]:
    real, generated = found.kept_apart
    words = {
        "equal_times": "messages at the time of the one before",
        "times_backwards": "messages before the one before",
        "one_sided": "messages with an empty side of the book",
        "not_cancelled": "orders not cancelled within a second",
    }
    return [f"{words[name]}: real {_percent(real[name])}, generated {_percent(generated[name])}" for name in words]


def _differs() -> list[Text]:
    reasons: dict[str, list[str]] = {}
    told = [(name, one.differs) for name, one in SCORES.items()]
    for name, reason in [*told, *((name, one.differs) for name, one in CONDITIONAL.items())]:
        reasons.setdefault(reason, []).append(name)
    return [
        Text(_ALWAYS),
        *(Text(f"{', '.join(names)}: {reason}") for reason, names in reasons.items()),
        Text("responses: distinct lags, the real side's tick, intervals from whole sequences"),
    ]


def _number(value: float | None) -> str:
    return DASH if value is None else f"{value:.4f}" if abs(value) < 10 else f"{value:.4g}"


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{float(f'{100 * share:.2g}'):g} %"
