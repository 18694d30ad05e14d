"""A comparison as JSON: plain numbers, byte for byte the same for the same input."""

import json
from typing import Any

import pandas as pd

from lobstats._version import __version__
from lobstats.compare import Comparison, Described, Generated
from lobstats.engine import Observations
from lobstats.pattern import BIN_NS, IntradayPattern
from lobstats.report.catalogue import catalogue_dict
from lobstats.report.paper import paper_dict
from lobstats.result import Missing

__all__ = ["SCHEMA", "describe_observations", "describe_pattern", "iso_time", "to_dict", "to_json"]

SCHEMA = "lobstats.report/1"
"""Name and version of the JSON's schema, which is ``schemas/report-1.json`` beside this module.

What renames, removes or redefines a key raises the version; what adds one does not.
"""


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain dictionaries, lists, numbers and text.

    ``real`` and each entry of ``generated`` describe a side and its facts; an entry of ``generated`` also holds
    ``distances`` by series and ``comparisons`` by fact. ``stylised_facts`` tells the same by the usual names of facts,
    each with one of ``samples`` for a generated sample; with none, for the real side. ``pattern`` is that of the real
    side's local day, by which moves of the volatility family are divided. ``baseline`` is a side too, where there is
    one; ``ranking`` is there with two or more models. What is missing says why under ``missing``. Every key is
    described, with its type and unit, in the JSON Schema ``lobstats/report/schemas/report-1.json``.
    """
    plan = comparison.plan
    return {
        "schema": SCHEMA,
        "version": __version__,
        "level": comparison.level,
        "unit": {
            "kind": plan.kind,
            "length_seconds": plan.length_ns / 1e9,
            "horizon_seconds": plan.horizon_ns / 1e9,
            "rho": plan.rho,
        },
        "hours": None if comparison.hours is None else comparison.hours.to_dict(),
        "pattern": _pattern(comparison.pattern),
        "real": _side(comparison.real),
        "baseline": None if comparison.baseline is None else _side(comparison.baseline),
        "generated": [_generated(comparison, sample) for sample in comparison.generated],
        "stylised_facts": catalogue_dict(comparison),
        "ranking": None if comparison.ranking is None else comparison.ranking.to_dict(),
    }


def to_json(comparison: Comparison) -> str:
    """Return `to_dict` as JSON text that ends with a line break."""
    return json.dumps(to_dict(comparison), indent=2, allow_nan=False) + "\n"


def describe_pattern(pattern: IntradayPattern | Missing) -> str:
    """Return in words whether the pattern of the day was removed."""
    if isinstance(pattern, Missing):
        return f"not removed: {pattern.reason}"
    low, high = pattern.values.min(), pattern.values.max()
    if low == high:
        return "none found"
    return f"removed from volatility facts: {low:.2f} to {high:.2f} by five minutes of the local day"


def iso_time(time_ns: int | None) -> str | None:
    """Return UTC nanoseconds in ISO 8601 with all nine digits."""
    return None if time_ns is None else pd.Timestamp(time_ns).isoformat(timespec="nanoseconds") + "Z"


def _pattern(pattern: IntradayPattern | Missing) -> dict[str, Any]:
    if isinstance(pattern, Missing):
        return {"bin_seconds": BIN_NS // 10**9, "values": None, **pattern.to_dict()}
    return {"bin_seconds": BIN_NS // 10**9, "values": pattern.values.tolist()}


def _side(side: Described) -> dict[str, Any]:
    return {
        **describe_observations(side.observations),
        "units": side.units,
        "memory_seconds": dict(side.memory_seconds),
        "flags": dict(side.flags),
        "facts": {name: fact.to_dict() for name, fact in side.facts.items()},
    }


def _generated(comparison: Comparison, sample: Generated) -> dict[str, Any]:
    return {
        **_side(sample),
        "worth_units": sample.worth,
        "equal_length_windows": sample.windows,
        "distances": {name: found.to_dict() for name, found in sample.distances.items()},
        "comparisons": {name: found.to_dict() for name, found in sample.comparisons.items()},
        "conditions": sample.conditions.to_dict(),
        "horizon": sample.horizon.to_dict(),
        "price_divergence": sample.divergence.to_dict(),
        "bytegen_table": paper_dict(comparison, sample),
    }


def describe_observations(seen: Observations) -> dict[str, Any]:
    """Return what a side holds, before any fact about it."""
    return {
        "name": seen.name,
        "paths": list(seen.paths),
        "n_records": seen.n_records,
        "n_events": seen.n_events,
        "n_sessions": len(seen.sessions),
        "session_seconds": [(session.end - session.start) / 1e9 for session in seen.sessions],
        "tick_size": seen.grid.tick_size,
        "clock_ns": seen.grid.clock_ns,
        "own_clock_ns": seen.own_clock_ns,
        "start": iso_time(seen.start),
        "end": iso_time(seen.end),
        "notes": list(seen.notes),
        "validity": seen.validity,
        "replay": seen.replay,
        "not_continuous": seen.not_continuous,
    }
