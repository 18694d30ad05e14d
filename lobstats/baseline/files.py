"""Baseline files: JSON with the facts for people to read, and the sample itself to measure alike."""

import base64
import binascii
import json
import os
from pathlib import Path
from typing import Any

from lobstats._version import __version__
from lobstats.baseline.described import MEASURED, described, digest, fact_of
from lobstats.baseline.results import Baseline, InputFile
from lobstats.baseline.tolerance import BaselineError, refuse_unknown, tolerance_of
from lobstats.errors import DecodeError
from lobstats.sample_files import sample_bytes, sample_of_bytes

__all__ = ["SCHEMA", "baseline_bytes", "read_baseline", "write_baseline"]

SCHEMA = "lobstats.baseline/1"

_KEYS = ("schema", "lobstats", "name", "inputs", "level", "facts_sha256", "facts", "sample")
_STATED = ("tolerance", "ignore")
_WIDTH = 100  # characters in a line of the packed sample


def baseline_bytes(baseline: Baseline) -> bytes:
    """Return a baseline as the bytes of its file; the same baseline gives the same bytes."""
    measured = {name: described(name, fact) for name, fact in baseline.facts.items()}
    head = {
        "schema": SCHEMA,
        "lobstats": __version__,
        "name": baseline.name,
        "inputs": [one.to_dict() for one in baseline.inputs],
        "level": baseline.level,
        "facts_sha256": digest(measured),
    }
    packed = base64.b64encode(sample_bytes(baseline.sample)).decode()
    # One fact a line, so that a tolerance is easily added and a change easily seen.
    facts = [f"    {json.dumps(name)}: {_line(_stated(baseline, name) | own)}" for name, own in measured.items()]
    packed_lines = [f'    "{packed[i : i + _WIDTH]}"' for i in range(0, len(packed), _WIDTH)]
    parts = [
        *(f"  {json.dumps(key)}: {_line(value)}" for key, value in head.items()),
        '  "facts": {\n' + ",\n".join(facts) + "\n  }",
        '  "sample": [\n' + ",\n".join(packed_lines) + "\n  ]",
    ]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def write_baseline(baseline: Baseline, path: str | os.PathLike[str]) -> None:
    """Write a baseline as a file."""
    Path(path).write_bytes(baseline_bytes(baseline))


def read_baseline(path: str | os.PathLike[str]) -> Baseline:
    """Read a baseline file, with the tolerances that were written into it.

    Parameters
    ----------
    path : path

    Returns
    -------
    Baseline

    Raises
    ------
    BaselineError
        If the file is missing or damaged, has another version or keys that are not known, states a tolerance that is
        none, or if its facts were edited.

    Examples
    --------
    >>> read_baseline("fixtures/baseline.json").name
    'reference'
    """
    try:
        return _baseline(_loaded(Path(path).read_bytes()))
    except OSError as error:
        msg = f"{path}: cannot be read ({(error.strerror or str(error)).lower()}); check the path."
        raise BaselineError(msg) from error
    except (BaselineError, DecodeError) as error:
        msg = f"{path}: {error}"
        raise BaselineError(msg) from error


def _loaded(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        msg = f"is no JSON ({' '.join(str(error).split())[:80]}); make the baseline anew with `lobstats baseline`."
        raise BaselineError(msg) from error
    if not isinstance(found, dict) or not str(found.get("schema")).startswith("lobstats.baseline/"):
        msg = "is no baseline; make one with `lobstats baseline`."
        raise BaselineError(msg)
    if found["schema"] != SCHEMA:
        made = str(found.get("lobstats"))[:20]
        msg = (
            f"has schema {str(found['schema'])[:40]} (lobstats {made}), and this lobstats reads {SCHEMA}; make it anew."
        )
        raise BaselineError(msg)
    refuse_unknown(found, _KEYS, "of a baseline")
    lacking = [key for key in _KEYS if key not in found]
    if lacking:
        msg = f"lacks `{lacking[0]}`; make the baseline anew."
        raise BaselineError(msg)
    return found


def _baseline(found: dict[str, Any]) -> Baseline:
    facts, level = found["facts"], found["level"]
    sound = (
        isinstance(facts, dict)
        and all(isinstance(fact, dict) for fact in facts.values())
        and isinstance(found["name"], str)
        and isinstance(level, float)
        and 0 < level < 1
        and isinstance(found["inputs"], list)
        and all(isinstance(one, dict) and one.keys() == {"name", "sha256", "bytes"} for one in found["inputs"])
    )
    if not sound:
        msg = "is damaged: its keys do not hold what they should; make the baseline anew."
        raise BaselineError(msg)
    tolerances, ignored, measured = {}, set(), {}
    for name, fact in facts.items():
        stated = {key: fact[key] for key in _STATED if key in fact}
        measured[name] = {key: value for key, value in fact.items() if key not in _STATED}
        refuse_unknown(fact, (*_STATED, *MEASURED), f"of the fact `{name}`")
        if "tolerance" in stated:
            tolerances[name] = tolerance_of(stated["tolerance"], name)
        if not isinstance(stated.get("ignore", False), bool):
            msg = f"`ignore` of `{name}` must be true or false, got {str(stated['ignore'])[:40]!r}."
            raise BaselineError(msg)
        if stated.get("ignore", False):
            ignored.add(name)
        if name in tolerances and "missing" in fact and tolerances[name].needs_baseline:
            msg = f'`{name}` has no value in the baseline to lie near; give its tolerance as {{"low": a, "high": b}}.'
            raise BaselineError(msg)
    if digest(measured) != found["facts_sha256"]:
        msg = (
            "its facts are not those that were measured; only `tolerance` and `ignore` may be added to a fact. Make "
            "the baseline anew where another value is meant."
        )
        raise BaselineError(msg)
    try:
        packed = base64.b64decode("".join(found["sample"]), validate=True)
    except (TypeError, ValueError, binascii.Error) as error:
        msg = "its `sample` is damaged; make the baseline anew."
        raise BaselineError(msg) from error
    inputs = tuple(InputFile(str(one["name"]), str(one["sha256"]), int(one["bytes"])) for one in found["inputs"])
    shown = {name: fact_of(fact, level) for name, fact in measured.items()}
    return Baseline(found["name"], inputs, level, shown, sample_of_bytes(packed), tolerances, frozenset(ignored))


def _stated(baseline: Baseline, name: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if name in baseline.tolerances:
        out["tolerance"] = baseline.tolerances[name].to_dict()
    if name in baseline.ignored:
        out["ignore"] = True
    return out


def _line(value: Any) -> str:
    return json.dumps(value, allow_nan=False)
