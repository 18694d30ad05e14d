"""Facts as a baseline file has them: what was measured, rounded for people to read, and a fingerprint of it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lobstats.baseline.tolerance import BaselineError
from lobstats.baseline.unbanded import UNBANDED
from lobstats.result import Band, Curve, Estimate, Interval, Missing

__all__ = ["MEASURED", "described", "digest", "fact_of"]

MEASURED = ("value", "low", "high", "n", "unit", "x", "x_unit", "labels", "missing", "no_interval", "shown")
"""The keys of what was measured."""

_DIGITS = 9


def described(name: str, fact: Estimate | Curve | Missing) -> dict[str, Any]:
    """Return what was measured of a fact."""
    if isinstance(fact, Missing):
        return {"missing": fact.reason}
    ci = fact.ci
    ends = {"low": ci.low, "high": ci.high} if isinstance(ci, Interval | Band) else {}
    out: dict[str, Any] = {"value": fact.value, **ends, "n": fact.n, "unit": fact.unit}
    if isinstance(fact, Curve):
        places = {"labels": [fact.at(x) for x in fact.x.tolist()]} if fact.labels else {"x": fact.x}
        out |= {**places, "x_unit": fact.x_unit}
    if isinstance(ci, Missing):
        out["no_interval"] = ci.reason
    if name in UNBANDED:
        out["shown"] = UNBANDED[name]
    return {key: _plain(value) for key, value in out.items()}


def fact_of(found: Mapping[str, Any], level: float) -> Estimate | Curve | Missing:
    """Return the fact that `described` described, as far as a reader of results needs it."""
    try:
        if "missing" in found:
            return Missing(str(found["missing"]))
        reason, several = found.get("no_interval"), isinstance(found["value"], list)
        if not several:
            low, high = (float(found.get(key, 0)) for key in ("low", "high"))
            ci = Interval(low, high, level) if reason is None else Missing(str(reason))
            return Estimate(float(found["value"]), int(found["n"]), str(found["unit"]), ci=ci)
        labels = tuple(map(str, found.get("labels", ())))
        x, value, *ends = (
            np.array(part, dtype=np.float64)
            for part in (
                found.get("x", range(len(labels))),
                found["value"],
                *(found.get(e, ()) for e in ("low", "high")),
            )
        )
        band = Band(ends[0], ends[1], level) if reason is None else Missing(str(reason))
        n = np.array(found["n"], dtype=np.int64)
        return Curve(x, value, n, str(found["unit"]), str(found["x_unit"]), ci=band, labels=labels)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        msg = "is damaged: a fact does not hold what it should; make the baseline anew."
        raise BaselineError(msg) from error


def digest(measured: Mapping[str, Any]) -> str:
    """Return a fingerprint of what was measured, whatever order and spelling of numbers a tool gave it."""
    return hashlib.sha256(json.dumps(_as_numbers(measured), sort_keys=True).encode()).hexdigest()


def _as_numbers(value: Any) -> Any:
    """Return the same with every number a float: a tool that writes 3.0 as 3 has changed nothing."""
    if isinstance(value, Mapping):
        return {key: _as_numbers(own) for key, own in value.items()}
    if isinstance(value, list):
        return [_as_numbers(own) for own in value]
    return float(value) if isinstance(value, int) else value


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value.tolist()]
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
