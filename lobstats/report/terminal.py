"""A comparison as tables for a terminal of 100 columns."""

import io
from collections import Counter
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lobstats.compare import (
    DISTANCES,
    Comparison,
    Described,
    FactComparison,
    Generated,
    SeriesComparison,
    Verdict,
)
from lobstats.compare.headline import VERDICTS, headline, tally
from lobstats.metrics import SHOWN
from lobstats.report.catalogue_table import catalogue_table
from lobstats.report.cells import DASH, missing_text, ratio_text, value_text, verdict_text
from lobstats.report.conditions import horizon_table, regime_table
from lobstats.report.orders import orders_table
from lobstats.report.paper import paper_lines
from lobstats.report.ranking import ranking_headline, ranking_lines
from lobstats.report.render import describe_pattern, iso_time
from lobstats.report.theme import STYLES
from lobstats.result import Missing

__all__ = ["assumption", "equal_lengths", "flagged_families", "notes", "to_text"]

Colour = Literal["ansi", "none"]

_CARD_NAME = 24  # columns of a name beside eight families


def to_text(comparison: Comparison, *, width: int = 100, colour: Colour = "none") -> str:
    """Return a comparison as text: the verdicts in words, what each side holds, then every row of each sample.

    The verdicts stand at both ends, since a terminal shows the last lines and a pager the first.

    Parameters
    ----------
    comparison : Comparison
    width : int
        Columns.
    colour : {"ansi", "none"}
        Whether verdicts are coloured with terminal escapes.
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
    for line in _verdicts(comparison):
        console.print(line)
    if comparison.generated:
        console.print()
        console.print(_score_card(comparison))
        console.print()
    console.print(_sides(comparison))
    console.print(f"intraday pattern: {describe_pattern(comparison.pattern)}")
    if comparison.baseline is not None:
        console.print(f"floors: what lies between the real side and {comparison.baseline.observations.name}")
    if (orders := orders_table(comparison)) is not None:
        console.print()
        console.print(orders)
    if comparison.ranking is not None:
        console.print()
        for part in ranking_lines(comparison):
            console.print(part)
    for sample in comparison.generated or [None]:
        footnotes: dict[str, int] = {}
        console.print()
        console.print(_facts(comparison, sample, footnotes))
        console.print()
        for paper in paper_lines(comparison, sample, footnotes):
            console.print(paper)
        if sample is not None:
            console.print()
            console.print(_series(sample, footnotes))
            console.print()
            console.print(horizon_table(sample, footnotes))
            console.print()
            console.print(regime_table(sample, footnotes))
        console.print()
        console.print(catalogue_table(comparison.real, sample, footnotes))
        console.print()
        for note in notes(comparison, sample, footnotes):
            console.print(note)
    if comparison.generated:
        console.print()
        for line in _verdicts(comparison):
            console.print(line)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _verdicts(comparison: Comparison) -> list[Text]:
    """Say in words how good each sample is, and what the ranking comes to."""
    real, lines = comparison.real, []
    for sample in comparison.generated:
        told = headline(real, sample)
        style = STYLES[told.tone] if told.tone else ""
        words = f" {told.words(real.observations.name)}"
        lines.append(Text.assemble((f"{sample.observations.name}{words}.", style), f" {told.counted}"))
    ranked = ranking_headline(comparison)
    return [*lines, *([] if ranked is None else [Text(ranked)])]


def _score_card(comparison: Comparison) -> Table:
    """Return for each sample and family how many rows are apart and how many close, of those that are judged."""
    counts = [tally(comparison.real, sample) for sample in comparison.generated]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("apart+close/judged", no_wrap=True, max_width=_CARD_NAME)
    families = list(dict.fromkeys(family for own in counts for family in own))
    for family in families:
        table.add_column(family, justify="right", no_wrap=True)
    for sample, own in zip(comparison.generated, counts, strict=True):
        table.add_row(sample.observations.name, *(_card_cell(own.get(family, Counter())) for family in families))
    return table


def _card_cell(own: Counter[Verdict | None]) -> Text:
    judged = [own[verdict] for verdict in VERDICTS]
    if not any(judged):
        return Text(DASH)
    worst = next(verdict for verdict in VERDICTS if own[verdict])
    return Text(f"{own['apart']}+{own['close']}/{sum(judged)}", style=STYLES[worst] if worst != "within noise" else "")


def _sides(comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    for column in ("", "name", "records", "events", "sessions", "from", "to"):
        table.add_column(column, justify="right" if column in ("records", "events", "sessions") else "left")
    sides = [("real", comparison.real), *(("generated", sample) for sample in comparison.generated)]
    if comparison.baseline is not None:
        sides.insert(1, ("baseline", comparison.baseline))
    for role, side in sides:
        seen = side.observations
        table.add_row(
            role,
            seen.name,
            f"{seen.n_records:,}",
            f"{seen.n_events:,}",
            f"{len(seen.sessions):,}",
            (iso_time(seen.start) or DASH)[:19],
            (iso_time(seen.end) or DASH)[:19],
        )
    plan, grid = comparison.plan, comparison.real.observations.grid
    kind = plan.kind if comparison.real.units == 1 else f"{plan.kind}s"
    table.caption_justify = "left"
    table.caption_style = ""
    table.caption = (
        f"units: {comparison.real.units} real {kind} of {plan.length_ns / 1e9:,.6g} s"
        + "".join(f", {sample.observations.name} is worth {sample.worth}" for sample in comparison.generated)
        + f"\ntick {grid.tick_size:g} · clock {grid.clock_ns:,} ns · level {comparison.level:g}"
    )
    return table


def _facts(comparison: Comparison, sample: Generated | None, footnotes: dict[str, int]) -> Table:
    real = comparison.real
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("fact", no_wrap=True, width=31)
    table.add_column(real.observations.name, width=24)
    if sample is not None:
        table.add_column(sample.observations.name, width=24)
        table.add_column("ratio", justify="right", width=5)
        table.add_column("verdict", width=12, no_wrap=True)
    family = ""
    for name in real.facts:
        own, metric = name.split(".")
        if own != family:
            family = own
            table.add_row(family, style="bold")
        mark = "~" if any(own in side.flags for side in (real, sample) if side is not None) else " "
        table.add_row(f"{mark}{metric}", *_fact_cells(name, real, sample, footnotes))
    return table


def _fact_cells(name: str, real: Described, sample: Generated | None, footnotes: dict[str, int]) -> list[str | Text]:
    if sample is None:
        return [value_text(real.facts[name], None, footnotes)]
    found = sample.comparisons[name]
    at = found.where if isinstance(found, FactComparison) else None
    cells: list[str | Text] = [value_text(side.facts[name], at, footnotes) for side in (real, sample)]
    if isinstance(found, FactComparison):
        return [*cells, ratio_text(found.ratio), verdict_text(found.verdict)]
    # A fact that either side lacks has its reason in that side's cell already.
    both = isinstance(real.facts[name], Missing) or isinstance(sample.facts[name], Missing)
    what = "shown" if name in SHOWN else "missing"
    return [*cells, DASH, what if both else missing_text(found, footnotes, what)]


def _series(sample: Generated, footnotes: dict[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("distance over floor", width=20, no_wrap=True)
    for column in ("W1", "KS", "√JSD", "√E", "TV", "joint"):
        table.add_column(column, justify="right", width=6)
    table.add_column("p (Holm)", justify="right", width=8)
    table.add_column("verdict", width=21)
    for name, found in sample.distances.items():
        if isinstance(found, Missing):
            table.add_row(f" {name}", *[DASH] * 7, missing_text(found, footnotes))
            continue
        ratios = [ratio_text(found.distances[distance].ratio) for distance in DISTANCES]
        mark = " *" if found.flag else ""
        shown = Missing(found.missing or "")
        verdict = verdict_text(found.verdict, mark) if found.verdict else missing_text(shown, footnotes, "not judged")
        p = DASH if found.p_holm is None else f"{found.p_holm:.2g}"
        table.add_row(f" {name}", *ratios, ratio_text(found.joint), p, verdict)
    return table


def notes(comparison: Comparison, sample: Generated | None, footnotes: dict[str, int]) -> list[str]:
    """Return what a reader should know of a sample's rows: why some are missing, flags, lengths, faults that occur."""
    told = [f"[{number}] {reason}" for reason, number in footnotes.items()]
    if sample is not None and any(isinstance(d, SeriesComparison) and d.flag for d in sample.distances.values()):
        told.append("* dependence longer than the sample: false alarms may exceed the level")
    if sample is not None:
        told += [said for say in (assumption, equal_lengths) if (said := say(comparison, sample))]
    for side in [comparison.real] if sample is None else [comparison.real, sample]:
        told += [f"~ {side.observations.name}, {families}: {flag}" for flag, families in flagged_families(side).items()]
        seen = side.observations
        faults = {**seen.validity, **{fault: seen.replay[fault] for fault in _FAULTS}}
        told += seen.notes
        counted = ", ".join(f"{count:,} {reason}" for reason, count in faults.items() if count)
        if counted:
            told.append(f"{seen.name}: {counted}")
    return told


def assumption(comparison: Comparison, sample: Generated) -> str | None:
    """Say what the level rests on where ranks among real units cannot reach it, None where they can."""
    m = comparison.real.units
    if comparison.plan.kind != "session" or sample.worth > 1 or 1 / (m + 1) <= 1 - comparison.level:
        return None
    return (
        f"{sample.observations.name} is worth one session: its rank among {m} real ones can tell it apart at "
        f"1 in {m + 1} at best; the level of {comparison.level:g} rests on Student's t, "
        "which takes sessions for nearly Gaussian"
    )


def equal_lengths(comparison: Comparison, sample: Generated) -> str | None:
    """Say how facts of sides of different lengths were compared, None where neither is twice as long."""
    if not sample.windows:
        return None
    real, name = comparison.real.observations.name, sample.observations.name
    longer, shorter = (real, name) if sample.worth < comparison.real.units else (name, real)
    return (
        f"{shorter} is shorter: its facts are held against means over {sample.windows} windows of {longer} "
        "that are as long, since some lean with length"
    )


def flagged_families(side: Described) -> dict[str, str]:
    """Return for each flag of a side's facts the families that carry it, as text."""
    return {
        flag: ", ".join(family for family, own in side.flags.items() if own == flag)
        for flag in dict.fromkeys(side.flags.values())
    }


_FAULTS = (
    "unknown_order",
    "duplicate_add",
    "quantity_mismatch",
    "side_mismatch",
    "nonpositive_quantity",
    "crossed_book",
    "locked_book",
)
