"""Faults of messages as facts: how often records break the grammar or do not fit the book, on both sides."""

import math
from collections.abc import Mapping

import numpy as np

from lobstats.book import FAULTS
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import Verdict
from lobstats.engine import Observations
from lobstats.events.validity import VALIDITY, Rate, Tally
from lobstats.inference import to_scale
from lobstats.result import Basis, Estimate, Interval, Missing

__all__ = ["FAMILY", "compare_messages", "message_facts"]

FAMILY = "messages"
"""The family of these rows, beside those of the metrics."""

# Icebergs fill beyond what they show.
_OF_A_MARKET = ("fill_larger_than_order",)
_BASIS = Basis("record order", "one record", "records in which it could occur")


def message_facts(sides: list[Observations], level: float) -> list[dict[str, Estimate | Missing]]:
    """Return, for each side, the share of records with each fault that occurs on any of them, by full name."""
    names = [name for name in (*VALIDITY, *FAULTS) if name not in _OF_A_MARKET]
    found = [name for name in names if any(name in side.tallies and side.tallies[name].total for side in sides)]
    return [{f"{FAMILY}.{name}": _fact(side.tallies.get(name), level) for name in found} for side in sides]


def compare_messages(
    real: Observations,
    generated: Observations,
    facts: Mapping[str, Estimate | Missing],
    level: float,
    baseline: Observations | None = None,
) -> dict[str, FactComparison | Missing]:
    """Hold a generated sample's shares of faults against the real one's.

    On the arcsine scale, against the root of the summed squares of how far the real interval reaches up and the
    generated one down (Zou and Donner). Fewer faults than the recording has set no sample apart: those are of the feed
    and of where it was cut, not of the market. Natural variation is that of the real stream's halves. What a
    second real sample has beyond the first is added to the floor.

    References
    ----------
    G. Y. Zou, A. Donner, "Construction of confidence limits about effect measures: a general approach", Statistics in
    Medicine 27 (2008) 1693, doi:10.1002/sim.3095.
    """
    out: dict[str, FactComparison | Missing] = {}
    for full, fact in facts.items():
        if isinstance(fact, Missing):
            out[full] = fact
            continue
        name = full.removeprefix(f"{FAMILY}.")
        one, other = real.tallies[name], generated.tallies[name]
        usual, share = one.rate(level), other.rate(level)
        if usual is None or share is None:
            out[full] = Missing("no record in which it could occur on one of the sides")
        else:
            second = None if baseline is None else baseline.tallies[name].rate(level)
            beyond = 0.0 if second is None else max(0.0, _angle(second.rate) - _angle(usual.rate))
            out[full] = _compared(one, usual, share, beyond)
    return out


def _compared(tally: Tally, real: Rate, generated: Rate, beyond: float) -> FactComparison:
    usual, share = _angle(real.rate), _angle(generated.rate)
    difference = max(0.0, share - usual)
    floor = beyond + math.hypot(_angle(real.high) - usual, share - _angle(generated.low))
    counts, n = (array.reshape(2, -1).sum(axis=1) for array in (tally.counts, tally.n))
    first, second = (_angle(c / max(m, 1)) for c, m in zip(counts, n, strict=True))
    variation = abs(first - second)
    verdict: Verdict = "within noise"
    if difference > floor:
        verdict = "apart" if difference - floor > variation else "close"
    return FactComparison(
        difference=difference,
        floor=floor,
        ratio=difference / floor if floor > 0 else 0.0,
        verdict=verdict,
        natural_variation=variation,
        scale="arcsine",
        at=None,
    )


def _fact(tally: Tally | None, level: float) -> Estimate | Missing:
    rate = None if tally is None else tally.rate(level)
    if rate is None:
        return Missing("no record in which it could occur")
    interval = Interval(rate.low, rate.high, level)
    return Estimate(rate.rate, rate.n, "", scale="arcsine", ci=interval, basis=_BASIS)


def _angle(share: float) -> float:
    return float(to_scale(np.array(share), "arcsine"))
