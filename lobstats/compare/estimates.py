"""The facts of one side: what each metric finds in its units, each with its interval."""

from collections.abc import Mapping, Sequence
from functools import partial

from lobstats.compare.lengths import at_length
from lobstats.engine import Observations
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, LeaveOneOut, UnitKind, jackknife
from lobstats.metrics import SHOWN, collect
from lobstats.progress import advance, expect
from lobstats.result import Curve, Estimate, Missing
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary, unmeasured

__all__ = ["estimate_facts", "facts_at_length", "shown_facts"]


def estimate_facts(
    side: Observations, units: Sequence[Summary], kind: UnitKind, reference: Reference | None, level: float
) -> dict[str, Jackknife | Missing]:
    """Return every metric's jackknife over the units of a side by full name, or why there is none."""
    if not units:
        none = Missing("no continuous trading: it begins with a trade, and there is none")
        return dict.fromkeys(collect(), none)
    blind, metrics = unmeasured(side.sessions), collect()
    expect(len(metrics), "facts")
    found: dict[str, Jackknife | Missing] = {}
    # Facts of one field share its sums, which go before the next field's are made.
    for own in dict.fromkeys(metric.field for metric in metrics.values()):
        sums = LeaveOneOut([getattr(unit, own) for unit in units])
        for name, metric in metrics.items():
            if metric.field != own:
                continue
            advance()
            if own in blind:
                found[name] = Missing(blind[own])
                continue
            try:
                found[name] = jackknife(partial(metric, reference=reference), sums, unit_kind=kind, level=level)
            except InsufficientDataError as error:
                found[name] = Missing(str(error).rstrip("."))
    return {name: found[name] for name in metrics}


def facts_at_length(
    facts: Mapping[str, Jackknife | Missing], windows: Sequence[Summary], reference: Reference | None
) -> dict[str, Jackknife | Missing]:
    """Return the facts as means over windows, which are as long as another sample; as they are without windows."""
    if not windows:
        return dict(facts)
    metrics = collect()
    fields = {name: [getattr(window, metrics[name].field) for window in windows] for name in facts}
    return {
        name: found
        if isinstance(found, Missing) or name in SHOWN
        else at_length(found, partial(metrics[name], reference=reference), fields[name])
        for name, found in facts.items()
    }


def shown_facts(facts: Mapping[str, Jackknife | Missing]) -> dict[str, Estimate | Curve | Missing]:
    """Return the facts as a report shows them."""
    return {name: found.fact if isinstance(found, Jackknife) else found for name, found in facts.items()}
