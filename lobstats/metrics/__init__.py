"""The metrics: functions from a field of `Summary`, or a plain array, to an estimate or a curve."""

import inspect
from collections.abc import Callable
from dataclasses import fields

from lobstats.metrics import arrivals, prices, tails, volatility
from lobstats.result import Curve, Estimate
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary

__all__ = ["FAMILIES", "Metric", "collect", "evaluate"]

Metric = Callable[..., Estimate | Curve]

FAMILIES = {"tails": tails, "volatility": volatility, "arrivals": arrivals, "prices": prices}
"""The families, in the order of a report."""


def collect() -> dict[str, Metric]:
    """Return every metric by its full name, ``family.metric``: the public functions whose first parameter is a field.

    Examples
    --------
    >>> "tails.hill_index" in collect()
    True
    """
    names = {field.name for field in fields(Summary)}
    found: dict[str, Metric] = {}
    for family, module in FAMILIES.items():
        for name in module.__all__:
            member = getattr(module, name)
            if inspect.isfunction(member) and next(iter(inspect.signature(member).parameters)) in names:
                found[f"{family}.{name}"] = member
    return found


def evaluate(metric: Metric, summary: Summary, reference: Reference | None = None) -> Estimate | Curve:
    """Apply a metric to its field of a summary, with the reference where it takes one."""
    parameters = inspect.signature(metric).parameters
    data = getattr(summary, next(iter(parameters)))
    return metric(data, reference=reference) if "reference" in parameters else metric(data)
