"""What a page says first: in words how good each sample is, and on what the verdicts rest."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lobstats.compare import SERIES, Comparison, Described, Generated, SeriesComparison
from lobstats.compare.headline import VERDICTS, headline
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.compare.ranking_rows import topic_of
from lobstats.events.codec import MALFORMED
from lobstats.report.numbers import duration, number, some
from lobstats.report.render import describe_pattern
from lobstats.report.rows import Family
from lobstats.report.terminal import assumption, equal_lengths, flagged_families

__all__ = ["NO_FAULT", "basis", "card"]

NO_FAULT = (
    "clears",
    "snapshot_records",
    "depth_records",
    "bbo_records",
    "before_first_trade",
    "outside_hours",
    "fill_larger_than_order",  # icebergs have them
    "trade_off_touch",  # executions of hidden quantity are
)
_FARTHEST = 5


def card(
    real: Described, sample: Generated, number_of: int, parts: Sequence[Family], names: Sequence[str]
) -> dict[str, Any]:
    """Say in words how good a sample is, and show what lies farthest."""
    rows = [(row, row["samples"][number_of]) for part in parts for row in part.rows]
    judged = [(row, own) for row, own in rows if own["verdict"]]
    tallies = []
    for part in parts:
        own = Counter(row["samples"][number_of]["verdict"] for row in part.rows)
        tallies.append((part.name, [(verdict, own[verdict]) for verdict in VERDICTS], own[None]))
    told = headline(real, sample)
    beyond = sorted(
        (pair for pair in judged if pair[1]["verdict"] != "within noise"), key=lambda pair: -pair[1]["order"]
    )
    farthest = {_topic(row["name"]): (row, own) for row, own in reversed(beyond)}
    notes = _notes(real, sample, len(rows) - len(judged), len(rows))
    shown = {
        "farthest": sorted(farthest.values(), key=lambda pair: -pair[1]["order"])[:_FARTHEST],
        "families": tallies,
        "notes": notes,
    }
    return {"label": names[number_of + 1], "tone": told.tone, "sentence": told.counted, **shown}


def _topic(name: str) -> str:
    """Return what a row reads of the stream: five rows that read the same tell one thing."""
    return "" if name.startswith(MESSAGES) else name if name in SERIES else topic_of(name)


def _notes(real: Described, sample: Generated, unjudged: int, rows: int) -> list[str]:
    seen = sample.observations
    notes = [*real.observations.notes, *seen.notes]
    if malformed := sum(seen.validity.get(reason, 0) for reason in MALFORMED):
        share = number(100 * malformed / max(seen.n_records, 1), 2)
        notes.append(f"{malformed:,} of its {seen.n_records:,} records ({share} %) are malformed and left out")
    misfits, usual = (
        (sum(n for reason, n in side.observations.replay.items() if reason not in NO_FAULT), side.observations.n_events)
        for side in (sample, real)
    )
    if misfits[0]:
        each, other = (number(100 * faults / max(events, 1), 2) for faults, events in (misfits, usual))
        notes.append(f"{misfits[0]:,} faults in the book, {each} for 100 events; on the real side {other}")
    if 0 < unjudged < rows:
        notes.append(f"{some(unjudged, 'row')} could not be judged or are shown only")
    if any(isinstance(found, SeriesComparison) and found.flag for found in sample.distances.values()):
        notes.append("dependence is longer than the sample in rows marked *: false alarms may exceed the level there")
    return notes


def basis(comparison: Comparison, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Return what every verdict rests on: units, level, tick, clock, dependence, flags."""
    plan, real, grid = comparison.plan, comparison.real, comparison.real.observations.grid
    mean = " on average" if plan.kind == "session" else " of clock time"
    units = f"{some(real.units, plan.kind)} of {duration(plan.length_ns)}{mean}"
    worth = [f"{label} is worth {g.worth}" for label, g in zip(labels[1:], comparison.generated, strict=True)]
    out = [
        ("Units", "; ".join([units, *worth])),
        *_baseline(comparison),
        ("Level", f"{100 * comparison.level:g} % for intervals and floors"),
        ("Natural variation", _nature(comparison)),
        ("Tick", f"{grid.tick_size:g}"),
        ("Clock", f"{duration(grid.clock_ns)}, the coarsest of all sides"),
        ("Longest lag or window", f"{duration(plan.horizon_ns)}, a tenth of a unit"),
        ("Intraday pattern", describe_pattern(comparison.pattern)),
    ]
    if plan.rho:
        series, rho = max(plan.rho.items(), key=lambda item: item[1])
        most = f"{number(max(rho, 0.0), 2)} at most ({SERIES[series].title})"
        out.append(("Dependence", f"neighbouring blocks correlate by {most}"))
    return out + _drift(comparison) + _flags(comparison, labels)


def _nature(comparison: Comparison) -> str:
    sessions = len(comparison.real.observations.sessions)
    if sessions >= 2:
        return f"how far single sessions of the {sessions} real ones lie from each other"
    return "how far the two halves of the only real session lie from each other; one day cannot show how days differ"


def _drift(comparison: Comparison) -> list[tuple[str, str]]:
    """Say where the real side itself drifts: its parts lie farther apart than its floor."""
    if comparison.plan.kind == "session":
        return []  # single sessions lie farther apart than a floor of several, drift or none
    drifting: dict[str, float] = {}
    for sample in comparison.generated:
        for name, found in sample.distances.items():
            if isinstance(found, SeriesComparison):
                drift = found.distances["wasserstein"].drift
                if drift is not None and drift > 1.5:
                    drifting[SERIES[name].title] = max(drift, drifting.get(SERIES[name].title, 0.0))
    if not drifting:
        return []
    worst = sorted(drifting.items(), key=lambda item: -item[1])
    told = ", ".join(f"{title} {number(drift, 2)}" for title, drift in worst[:6])
    more = f" and {len(worst) - 6} more" if len(worst) > 6 else ""
    return [
        ("Drift of the real side", f"its own parts differ by more than its floor in {told}{more} (times the floor)")
    ]


def _flags(comparison: Comparison, labels: Sequence[str]) -> list[tuple[str, str]]:
    found = [(series, each) for sample in comparison.generated for series, each in sample.distances.items()]
    flags = {SERIES[series].title: each.flag for series, each in found if isinstance(each, SeriesComparison)}
    out = []
    for flag in sorted({flag for flag in flags.values() if flag}):
        which = ", ".join(title for title, own in flags.items() if own == flag)
        why = "the real sample is too short for its own memory, so more false alarms than the level says may occur"
        out.append((f"* {flag.capitalize()}", f"{which}: {why}"))
    out += [("One session", told) for sample in comparison.generated if (told := assumption(comparison, sample))]
    out += [("Equal lengths", told) for sample in comparison.generated if (told := equal_lengths(comparison, sample))]
    for label, side in zip(labels, [comparison.real, *comparison.generated], strict=True):
        out += [("~ Long memory", f"{label}, {which}: {flag}") for flag, which in flagged_families(side).items()]
    return out


def _baseline(comparison: Comparison) -> list[tuple[str, str]]:
    if comparison.baseline is None:
        return []
    name, units = comparison.baseline.observations.name, some(comparison.baseline.units, comparison.plan.kind)
    return [("Floors", f"what lies between the real side and {name}, a second real sample of {units}")]
