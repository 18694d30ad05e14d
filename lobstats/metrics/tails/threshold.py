"""What every index of a tail begins with: the sizes of one side, a threshold, and what lies beyond it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.counts import Counts, Values
from lobstats.summary.reference import Reference

__all__ = [
    "ALL_MOVES",
    "TAIL_MOVES",
    "Tail",
    "TailPart",
    "hill_of",
    "log_excesses",
    "over_fractions",
    "require_distinct",
    "require_one_step",
    "sizes_of",
    "tail_of",
]

Tail = Literal["both", "upper", "lower"]

ALL_MOVES = Basis("clock time", "1 s", "one-second moves of the mid")
TAIL_MOVES = Basis("clock time", "1 s", "one-second moves of the mid in the tail")

TAIL_FRACTIONS = (0.025, 0.01, 0.005, 0.001)
"""The fixed tail fractions of the curves, the same for both sides."""

_LEAST_DISTINCT = 10

_ROUNDING = 1 + 2.0**-50
"""A fraction k / n stands for k moves, though its product with n may come out just below."""


@dataclass(frozen=True)
class TailPart:
    """The tail of a sample.

    Attributes
    ----------
    sizes : Counts
        All moves: their sizes on the chosen side, 0 for those of the other.
    threshold : float
        In the units of ``sizes.values``; the tail lies beyond it.
    values, counts : ndarray, shape (k,)
        The distinct sizes in the tail and how often each occurs.
    fraction : float
        The share of all moves that was asked for.
    tail : {"both", "upper", "lower"}
    """

    sizes: Counts
    threshold: float
    values: Values
    counts: NDArray[np.int64]
    fraction: float
    tail: Tail

    @property
    def n(self) -> int:
        """Moves in the tail."""
        return int(self.counts.sum())

    @property
    def step(self) -> float | None:
        """The size of a lattice step, None off a lattice."""
        return self.sizes.step

    @property
    def params(self) -> dict[str, object]:
        """What an estimate says of its tail, the threshold in units of measure."""
        step = 1.0 if self.step is None else self.step
        return {"tail_fraction": self.fraction, "tail": self.tail, "threshold": self.threshold * step}

    def at_least_ten(self) -> "TailPart":
        """Return the tail itself, or refuse one of fewer than ten distinct values: it tells nothing about an index."""
        require_distinct(len(self.values), f"beyond the {100 * self.fraction:g} % tail")
        return self


def require_distinct(distinct: int, where: str) -> None:
    """Refuse a tail of fewer than ten distinct values."""
    if distinct < _LEAST_DISTINCT:
        noun = "value" if distinct == 1 else "values"
        msg = f"{distinct} distinct {noun} {where}; an index needs {_LEAST_DISTINCT} at least."
        raise InsufficientDataError(msg)


def require_one_step(counts: Counts, reference: Reference | None) -> None:
    """Refuse moves on another lattice than the reference's."""
    if reference is not None and reference.returns.step != counts.step:
        msg = (
            f"the reference's moves have step {reference.returns.step}, these have {counts.step}; "
            "both need one tick size."
        )
        raise ValueError(msg)


def tail_of(returns: Counts | ArrayLike, tail_fraction: float, tail: Tail, reference: Reference | None) -> TailPart:
    """Return the tail beyond the threshold that the reference sets, or else the sample itself."""
    if not 0 < tail_fraction <= 0.5:
        msg = f"`tail_fraction` must be in (0, 0.5], got {tail_fraction}."
        raise ValueError(msg)
    sizes = sizes_of(Counts.of(returns), tail)
    threshold = _threshold(sizes, tail_fraction, tail, reference)
    beyond = sizes.values > threshold
    return TailPart(sizes, threshold, sizes.values[beyond], sizes.counts[beyond], tail_fraction, tail)


def sizes_of(counts: Counts, tail: Tail) -> Counts:
    """Return the sizes of the moves of one side or both, moves of the other side counted as zero."""
    if tail not in ("both", "upper", "lower"):
        msg = f"`tail` must be 'both', 'upper' or 'lower', got {tail!r}."
        raise ValueError(msg)
    if tail == "both":
        return counts.magnitudes()
    sign = 1 if tail == "upper" else -1
    return Counts(np.maximum(sign * counts.values, 0), counts.counts, counts.step, counts.unit) + Counts(
        counts.values[:0], counts.counts[:0], counts.step, counts.unit
    )


def _threshold(counts: Counts, tail_fraction: float, tail: Tail, reference: Reference | None) -> float:
    """Return the (k + 1)-th largest size, with k the tail's share of all moves."""
    require_one_step(counts, reference)
    if reference is not None:
        counts = sizes_of(reference.returns, tail)
    k = math.floor(tail_fraction * counts.n * _ROUNDING)
    if k < 1:
        msg = f"{counts.n:,} moves are too few for a tail of {100 * tail_fraction:g} %."
        raise InsufficientDataError(msg)
    larger = counts.n - np.cumsum(counts.counts)  # moves beyond each value
    return float(counts.values[int(np.argmax(larger <= k))])


def log_excesses(part: TailPart) -> NDArray[np.float64]:
    """Return ln(X / u) of each distinct size X beyond the threshold u, shape (k,)."""
    if part.threshold <= 0:
        msg = "the tail's threshold is zero; logarithms of sizes need a positive one."
        raise InsufficientDataError(msg)
    return np.asarray(np.log(part.values / part.threshold), dtype=np.float64)


def hill_of(part: TailPart) -> float:
    """Return Hill's index of a tail; Hill (1975), eq. 2.3, written over distinct values."""
    return float(part.n / (part.counts @ log_excesses(part)))


def over_fractions(
    index: Callable[..., Estimate],
    returns: Counts | ArrayLike,
    tail: Tail,
    reference: Reference | None,
) -> Curve:
    """Return an index at each of `TAIL_FRACTIONS` that has enough values."""
    counts = Counts.of(returns)
    found, reason = [], ""
    for fraction in TAIL_FRACTIONS:
        try:
            found.append((fraction, index(counts, tail_fraction=fraction, tail=tail, reference=reference)))
        except InsufficientDataError as error:
            reason = reason or str(error)
    if not found:
        raise InsufficientDataError(reason)
    return Curve(
        x=np.array([fraction for fraction, _ in found]),
        value=np.array([estimate.value for _, estimate in found]),
        n=np.array([estimate.n for _, estimate in found]),
        unit="",
        x_unit="tail fraction",
        params={"tail": tail},
        scale="log",
        basis=TAIL_MOVES,
    )
