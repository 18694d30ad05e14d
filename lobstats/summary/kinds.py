"""The arrivals of each kind of event by itself."""

from dataclasses import dataclass, fields

from lobstats.series import KINDS
from lobstats.summary.gaps import GapCounts
from lobstats.summary.trains import TrainCounts
from lobstats.summary.windows import WindowCounts

__all__ = ["KindArrivals", "Kinds"]


@dataclass(frozen=True)
class KindArrivals:
    """What `Summary` keeps of arrivals, for the happenings that hold one kind; ``+`` merges two."""

    gaps: GapCounts
    arrivals: WindowCounts
    trains: TrainCounts

    def __add__(self, other: "KindArrivals") -> "KindArrivals":
        return KindArrivals(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True)
class Kinds:
    """`KindArrivals` of each of `KINDS`, in their order; ``+`` merges two."""

    parts: tuple[KindArrivals, ...]

    def __add__(self, other: "Kinds") -> "Kinds":
        return Kinds(tuple(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    def __getitem__(self, kind: str) -> KindArrivals:
        return self.parts[list(KINDS).index(kind)]
