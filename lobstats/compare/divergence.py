"""How far the prices of one sample diverge from another's, as papers on generated markets report it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.distances import count_rows
from lobstats.compare.floor import sides_of_nature
from lobstats.result import Missing
from lobstats.summary.summary import Summary

__all__ = ["PRICES", "Divergence", "kl_divergence", "price_divergence"]

PRICES = "from_open"
"""The series whose divergence is taken: the price as such is one path, and says where the market went that day."""

_BY_CHANCE = 0.5  # of an observation, added to each cell of the second sample

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Divergence:
    """A Kullback-Leibler divergence of a generated sample from the real one, in nats.

    Attributes
    ----------
    value : float
    natural_variation : float or None
        The median over pairs of real sessions, or that of the halves of one; None where there is no pair.
    cells : int
        Cells of the real side's making in which masses are compared.
    """

    value: float
    natural_variation: float | None
    cells: int

    def to_dict(self) -> dict[str, Any]:
        """Return the divergence as plain numbers, ready for JSON."""
        return {"value": self.value, "natural_variation": self.natural_variation, "cells": self.cells, "unit": "nats"}


def kl_divergence(first: Floats, second: Floats, cell: NDArray[np.int64]) -> float:
    """Return the Kullback-Leibler divergence of the second sample from the first, in nats.

    sum p ln(p / q) over cells, with p the first sample's mass and q = (c + 1/2) / (n + K/2) for c of n observations of
    the second in a cell, of K cells: so it is finite where the second has none.

    Parameters
    ----------
    first, second : ndarray, shape (k,)
        Counts of the same values.
    cell : ndarray of int64, shape (k,)
        The cell of each value, from 0.
    """
    p, q = (np.bincount(cell, counts) for counts in (first, second))
    p = p / p.sum()
    q = (q + _BY_CHANCE) / (q.sum() + _BY_CHANCE * len(q))
    held = p > 0
    return max(0.0, float(p[held] @ np.log(p[held] / q[held])))


def price_divergence(
    real: Sequence[Summary], generated: Sequence[Summary], sessions: NDArray[np.int64]
) -> Divergence | Missing:
    """Return how far the generated mid, relative to the session's open, diverges from the real one.

    Parameters
    ----------
    real, generated : sequence of Summary
        Their units.
    sessions : ndarray of int64, shape (units,)
        The session of each real unit.
    """
    (first, second), support = count_rows(PRICES, real, generated)
    for counts, side in ((first, "real"), (second, "generated")):
        if not counts.any():
            return Missing(f"no observation in the {side} sample")
    (alone,), own = count_rows(PRICES, real)  # what no generated sample has a part in
    parts = [(alone[a].sum(axis=0), alone[b].sum(axis=0)) for a, b in sides_of_nature(sessions)]
    pairs = [kl_divergence(a, b, own.cell) for a, b in parts if a.any() and b.any()]
    value = kl_divergence(first.sum(axis=0), second.sum(axis=0), support.cell)
    return Divergence(value, float(np.median(pairs)) if pairs else None, int(support.cell.max()) + 1)
