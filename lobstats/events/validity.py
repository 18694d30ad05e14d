"""What no market would write: faults of single records, and how often they occur along a stream."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobstats.events.codec import MALFORMED, Decoded

__all__ = ["VALIDITY", "Rate", "Tally", "tally_records"]

_IMPLAUSIBLE = (
    "unknown_flags",
    "price_not_positive",
    "price_off_grid",
    "quantity_not_positive",
    "quantity_not_whole",
    "id_zero",
)

VALIDITY = (*MALFORMED, *_IMPLAUSIBLE, "slips")
"""What `tally_records` counts; a record is malformed for one reason at most, the others can meet in one record."""

_BLOCKS = 20
_LEAST_PER_BLOCK = 10
_NOWHERE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Rate:
    """How often something occurs in a record: a share with its interval, and the share in each tenth of the stream.

    A tenth without records is None.
    """

    count: int
    n: int
    rate: float
    low: float
    high: float
    by_tenth: tuple[float | None, ...]


@dataclass(frozen=True)
class Tally:
    """How often something occurs in each twentieth of a stream; ``+`` lays streams side by side.

    Attributes
    ----------
    counts, n : ndarray of int64, shape (20,)
        Occurrences, and records in which it could have occurred.
    """

    counts: NDArray[np.int64]
    n: NDArray[np.int64]

    @classmethod
    def of(cls, positions: NDArray[np.int64], n: int) -> "Tally":
        """Count occurrences at ``positions`` among ``n`` records."""
        edges = np.arange(_BLOCKS + 1) * n // _BLOCKS
        counts = np.diff(np.searchsorted(positions, edges))
        return cls(counts.astype(np.int64), np.diff(edges))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.counts + other.counts, self.n + other.n)

    @property
    def total(self) -> int:
        """All occurrences."""
        return int(self.counts.sum())

    def rate(self, level: float = 0.95) -> Rate | None:
        """Return the share of records with its interval at a level, None without any record.

        Faults come in bursts, so that records are no independent trials. The interval takes twentieths of the stream
        as units, with a t quantile on the logit scale, and is never narrower than the exact one for independent
        records of Clopper and Pearson (1934), doi:10.1093/biomet/26.4.404, which alone serves below ten records a
        twentieth or where nothing, or everything, is counted.
        """
        from scipy.special import stdtrit

        count, n = self.total, int(self.n.sum())
        if n == 0:
            return None
        low, high = _clopper_pearson(count, n, level)
        share = count / n
        if 0 < count < n and self.n.min() >= _LEAST_PER_BLOCK:
            # Delta method: the variance of a ratio of block sums, then of its logit.
            spread = self.counts - share * self.n
            error = np.sqrt(_BLOCKS / (_BLOCKS - 1) * (spread**2).sum()) / n / (share * (1 - share))
            logit = np.log(share / (1 - share))
            reach = float(stdtrit(_BLOCKS - 1, (1 + level) / 2)) * error
            low = min(low, float(1 / (1 + np.exp(reach - logit))))
            high = max(high, float(1 / (1 + np.exp(-reach - logit))))
        tenths = (array.reshape(10, -1).sum(axis=1) for array in (self.counts, self.n))
        by_tenth = tuple(float(c / m) if m else None for c, m in zip(*tenths, strict=True))
        return Rate(count, n, share, low, high, by_tenth)


def tally_records(decoded: Decoded, tick_size: float | None) -> dict[str, Tally]:
    """Count, by position in the stream, what is malformed and what a market would not write.

    Parameters
    ----------
    decoded : Decoded
        Malformed records and slips are counted among all, the rest among those that were kept.
    tick_size : float, optional
        Without it no price is off the grid.

    Returns
    -------
    dict of str to Tally
        By the names of `VALIDITY`.
    """
    from lobstats.events.rules import mark_faults

    found = {}
    for code, reason in enumerate(MALFORMED, start=1):
        at = np.flatnonzero(decoded.codes == code) if decoded.malformed[reason] else _NOWHERE
        found[reason] = Tally.of(at, decoded.n_records)
    n = len(decoded.events)
    marks = np.empty(n, dtype=np.uint8)
    occur = mark_faults(decoded.events, np.inf if tick_size is None else tick_size, marks)
    for bit, name in enumerate(_IMPLAUSIBLE):
        found[name] = Tally.of(np.flatnonzero(marks & (1 << bit)) if occur >> bit & 1 else _NOWHERE, n)
    slipped = np.array([slip.record for slip in decoded.slips], dtype=np.int64)
    return found | {"slips": Tally.of(slipped, decoded.n_records)}


def _clopper_pearson(count: int, n: int, level: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(count, n - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, n - count, 1 - tail)) if count < n else 1.0
    return low, high
