"""What a baseline holds, and what a check finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lobstats._version import __version__
from lobstats.baseline.tolerance import Tolerance
from lobstats.result import Curve, Estimate, Interval, Missing
from lobstats.sample import Sample

__all__ = ["CHECK_SCHEMA", "Baseline", "Check", "CheckedFact", "InputFile", "Standing"]

CHECK_SCHEMA = "lobstats.check/1"

Standing = Literal["in band", "out of band", "missing", "shown", "skipped"]
"""What a check says of a fact: the second and the third fail it, the last two are not judged."""


@dataclass(frozen=True)
class InputFile:
    """A file from which a baseline was made.

    Attributes
    ----------
    name : str
        Without its folder; "events" for an array.
    sha256 : str
        Of its bytes, as hexadecimal digits.
    n_bytes : int
    """

    name: str
    sha256: str
    n_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """Return the three as a baseline file has them."""
        return {"name": self.name, "sha256": self.sha256, "bytes": self.n_bytes}


@dataclass(frozen=True, repr=False)
class Baseline:
    """The facts of a sample, with all that it takes to measure and to judge another one alike.

    Attributes
    ----------
    name : str
    inputs : tuple of InputFile
    level : float
        Of the intervals of the facts.
    facts : mapping of str to Estimate, Curve or Missing
        By full name.
    sample : Sample
        The summaries of its rows: tick, clock, sessions, pattern of the day and thresholds come from them.
    tolerances : mapping of str to Tolerance
        Of facts that are not judged by their intervals.
    ignored : frozenset of str
        Facts that are not judged.
    """

    name: str
    inputs: tuple[InputFile, ...]
    level: float
    facts: Mapping[str, Estimate | Curve | Missing]
    sample: Sample
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        missing = sum(isinstance(fact, Missing) for fact in self.facts.values())
        return (
            f"<Baseline {self.name!r}: {len(self.facts)} facts, {missing} missing, {len(self.tolerances)} tolerances>"
        )


@dataclass(frozen=True)
class CheckedFact:
    """One fact of a sample against its baseline.

    Attributes
    ----------
    name : str
        Its full name.
    standing : {"in band", "out of band", "missing", "shown", "skipped"}
    by : {"interval", "tolerance"} or None
        Where the band comes from; None where the fact is not judged.
    at : str
        Of a curve, at which point it is told, or "mean gap" where the mean gap between the curves is.
    unit : str
    expected, got : float or None
        The value of the baseline and of the sample; for a mean gap 0 and the gap, on the scale of the fact.
    band : Interval or None
        What the sample's value has to stay within; an end without bound is infinite.
    beyond : float
        By how much it lies outside, 0 within.
    ratio : float or None
        The difference over what is allowed, on the scale of the fact: 1 is the edge of the band. None where nothing
        is allowed.
    reason : str
        Why it is missing, shown or skipped.
    flag : str
        Why the band may be too narrow, "" where nothing is known against it.
    """

    name: str
    standing: Standing
    by: Literal["interval", "tolerance"] | None = None
    at: str = ""
    unit: str = ""
    expected: float | None = None
    got: float | None = None
    band: Interval | None = None
    beyond: float = 0.0
    ratio: float | None = None
    reason: str = ""
    flag: str = ""

    @property
    def failed(self) -> bool:
        """Whether it fails the check."""
        return self.standing in ("out of band", "missing")

    def to_dict(self) -> dict[str, Any]:
        """Return the fact as plain numbers, ready for JSON; an open end of a band is null."""
        band = None
        if self.band is not None:
            low, high = (None if abs(end) == float("inf") else end for end in (self.band.low, self.band.high))
            band = {"low": low, "high": high}
        return {
            "standing": self.standing,
            "by": self.by,
            "at": self.at,
            "unit": self.unit,
            "baseline": self.expected,
            "sample": self.got,
            "band": band,
            "beyond": self.beyond,
            "ratio": self.ratio,
            "reason": self.reason,
            "flag": self.flag,
        }


@dataclass(frozen=True, repr=False)
class Check:
    """A sample against a baseline.

    Attributes
    ----------
    sample, baseline : str
        Their names.
    level : float
        With which a fresh sample of the same market passes the check as a whole.
    band_level : float
        Of each band by an interval: 1 - (1 - level) / how many there are.
    facts : tuple of CheckedFact
        In the order of a report.
    notes : tuple of str
        What a reader should know of how the sample was measured.
    """

    sample: str
    baseline: str
    level: float
    band_level: float
    facts: tuple[CheckedFact, ...]
    notes: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[CheckedFact, ...]:
        """The facts that fail the check."""
        return tuple(fact for fact in self.facts if fact.failed)

    @property
    def passed(self) -> bool:
        """Whether none does."""
        return not self.failures

    def counts(self) -> dict[str, int]:
        """Return how many facts have each standing."""
        standings: tuple[Standing, ...] = ("in band", "out of band", "missing", "shown", "skipped")
        return {one: sum(fact.standing == one for fact in self.facts) for one in standings}

    def to_dict(self) -> dict[str, Any]:
        """Return the check as plain numbers, ready for JSON."""
        return {
            "schema": CHECK_SCHEMA,
            "lobstats": __version__,
            "passed": self.passed,
            "sample": self.sample,
            "baseline": self.baseline,
            "level": self.level,
            "band_level": self.band_level,
            "counts": self.counts(),
            "facts": {fact.name: fact.to_dict() for fact in self.facts},
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        counts = self.counts()
        judged = counts["in band"] + counts["out of band"] + counts["missing"]
        said = "passed" if self.passed else f"failed in {len(self.failures)}"
        return f"<Check of {self.sample!r} against {self.baseline!r}: {said} of {judged} facts>"
