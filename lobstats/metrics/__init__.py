"""The metrics: functions from a field of `Summary`, or a plain array, to an estimate or a curve."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any

from lobstats.metrics import arrivals, prices, tails, volatility
from lobstats.result import Curve, Estimate
from lobstats.summary.reference import Reference
from lobstats.summary.summary import Summary

__all__ = ["FAMILIES", "Metric", "bind", "collect", "evaluate", "field_of"]

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
            if inspect.isfunction(member) and field_of(member) in names:
                found[f"{family}.{name}"] = member
    return found


def field_of(metric: Metric) -> str:
    """Return the name of the field of `Summary` that a metric reads."""
    return next(iter(inspect.signature(metric).parameters))


def bind(metric: Metric, reference: Reference | None) -> Callable[[Any], Estimate | Curve]:
    """Return a metric as a function of its field alone, with the reference where it takes one."""
    return partial(metric, reference=reference) if "reference" in inspect.signature(metric).parameters else metric


def evaluate(metric: Metric, summary: Summary, reference: Reference | None = None) -> Estimate | Curve:
    """Apply a metric to its field of a summary, with the reference where it takes one."""
    return bind(metric, reference)(getattr(summary, field_of(metric)))
