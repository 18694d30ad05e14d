"""Why a model ranks where it does: single rows, in numbers that tables and figures show."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import SERIES, Support, count_rows
from lobstats.compare.facts import FactComparison
from lobstats.compare.ranking_results import Reason
from lobstats.compare.ranking_rows import Contender, Row
from lobstats.compare.results import Described
from lobstats.result import Curve, Estimate, Missing

__all__ = ["reason_of"]

Floats = NDArray[np.float64]


def reason_of(
    row: Row, contenders: Sequence[Contender], models: Sequence[int], real: Described, share: float
) -> Reason:
    """Describe a row by what a reader can look up: a fact's values, or what a distribution's distance comes from.

    Parameters
    ----------
    row : Row
    contenders : sequence of Contender
    models : sequence of int
        One model, or the better and the worse of two.
    real : Described
    share : float
        Of the logarithm of the score or of the difference.
    """
    ratios = tuple(row.ratios[model] for model in models)
    farthest = max(models, key=lambda model: -1.0 if (ratio := row.ratios[model]) is None else ratio)
    found = [contenders[model].found for model in models]
    if row.name in SERIES:
        own = [side if row.ratios[model] is not None else None for side, model in zip(found, models, strict=True)]
        measure = row.leading[farthest] or next(name for name in row.leading if name)
        if row.ratios[farthest] is None:
            return Reason(row.name, row.family, measure, "", None, (None,) * len(models), ratios, "", share)
        quantity, numbers, unit = _told(row.name, measure, [real, *own], 1 + list(models).index(farthest))
        return Reason(row.name, row.family, measure, quantity, numbers[0], numbers[1:], ratios, unit, share)
    compared = contenders[farthest].found.comparisons[row.name]
    at = compared.at if isinstance(compared, FactComparison) else None
    fact = real.facts[row.name]
    quantity = ""
    if isinstance(fact, Curve) and at is not None:
        quantity = f"at {fact.at(at)} {'' if fact.labels else fact.x_unit}".rstrip()
    values = tuple(_at(side.facts[row.name], at) for side in found)
    unit = "" if isinstance(fact, Missing) else fact.unit
    return Reason(row.name.split(".")[1], row.family, "", quantity, _at(fact, at), values, ratios, unit, share)


def _told(
    name: str, measure: str, sides: Sequence[Described | None], farthest: int
) -> tuple[str, tuple[float | None, ...], str]:
    """Return what a distance comes from, in words, and its value on each side, the real one first.

    Of Wasserstein that is the mean (of moves, the mean size), as long as the means differ by half the distance and in
    the same order; of Jensen-Shannon the shares of the value at which they differ most; else the shares up to where
    they do.
    """
    there = {i: side.total for i, side in enumerate(sides) if side is not None and side.total is not None}
    groups, support = count_rows(name, *([total] for total in there.values()))
    masses = dict(zip(there, (own[0] / own.sum() for own in groups), strict=True))
    info = SERIES[name]
    if measure == "wasserstein":
        signed = name != "gaps" and bool((support.x < 0).any())
        values = {i: float(mass @ (np.abs(support.x) if signed else support.x)) for i, mass in masses.items()}
        if _bears_out(values, {i: _wasserstein(masses[0], mass, support) for i, mass in masses.items()}):
            if name == "gaps":
                return "geometric mean", _of_all(sides, {i: float(np.exp(v)) for i, v in values.items()}), "s"
            return "mean size" if signed else "mean", _of_all(sides, values), info.unit
    if measure == "jensen_shannon" and name != "gaps":
        at = int(np.argmax(np.abs(masses[0] - masses[farthest])))
        shares = {i: float(mass[at]) for i, mass in masses.items()}
        return f"share of {_value(support, at)} {info.unit}".rstrip(), _of_all(sides, shares), ""
    at = int(np.argmax(np.abs(np.cumsum(masses[0] - masses[farthest]))))
    shares = {i: float(mass[: at + 1].sum()) for i, mass in masses.items()}
    limit = f"{float(f'{np.exp(support.x[at]):.2g}'):g} s" if name == "gaps" else f"{_value(support, at)} {info.unit}"
    return f"share up to {limit}", _of_all(sides, shares), ""


def _bears_out(values: dict[int, float], distance: dict[int, float]) -> bool:
    """Return whether differences from the real side, 0, explain half of each distance and order them alike."""
    apart = {i: abs(value - values[0]) for i, value in values.items()}
    return all(apart[i] >= distance[i] / 2 for i in values) and sorted(apart, key=apart.__getitem__) == sorted(
        distance, key=distance.__getitem__
    )


def _wasserstein(first: Floats, second: Floats, support: Support) -> float:
    return float(np.abs(np.cumsum(first - second))[:-1] @ np.diff(support.x))


def _of_all(sides: Sequence[Described | None], values: dict[int, float]) -> tuple[float | None, ...]:
    return tuple(values.get(i) for i in range(len(sides)))


def _value(support: Support, at: int) -> str:
    return f"{support.x[at]:g}".replace("-", "\N{MINUS SIGN}")


def _at(fact: Estimate | Curve | Missing, at: float | None) -> float | None:
    if isinstance(fact, Estimate):
        return fact.value
    if isinstance(fact, Missing) or at is None or at not in fact.x:
        return None
    return float(fact.value[fact.x == at][0])
