"""What a metric returns: frozen results that never hold NaN."""

import html
import math
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobstats.notebook import interval_text, number_text, table

__all__ = ["Basis", "Curve", "Estimate", "Interval", "Missing", "Scale"]

Scale = Literal["linear", "log", "atanh", "arcsine"]
"""On which scale a fact is compared and its interval made."""

_MOST_POINTS = 12  # of a curve are shown in a notebook; `to_frame` holds all


@dataclass(frozen=True)
class Interval:
    """A confidence interval, ``low`` to ``high``, at ``level``."""

    low: float
    high: float
    level: float

    def to_dict(self) -> dict[str, float]:
        """Return the interval as plain numbers."""
        return {"low": self.low, "high": self.high, "level": self.level}


@dataclass(frozen=True)
class Missing:
    """Why there is no number."""

    reason: str

    def to_dict(self) -> dict[str, str]:
        """Return ``{"missing": reason}``."""
        return {"missing": self.reason}


@dataclass(frozen=True)
class Basis:
    """What an estimate in a report rests on.

    Attributes
    ----------
    clock : str
        Which steps its observations take: "event time", "trade time", "order time" or "clock time".
    horizon : str
        How far each observation reaches: "1 s", "one happening", "windows of 10 s".
    counted : str
        What ``n`` counts.
    """

    clock: str
    horizon: str
    counted: str

    def to_dict(self) -> dict[str, str]:
        """Return the three as text."""
        return {"clock": self.clock, "horizon": self.horizon, "counted": self.counted}


@dataclass(frozen=True)
class Estimate:
    """One number with what it rests on.

    Parameters
    ----------
    value : float
        The estimate; finite.
    n : int
        How many observations entered it.
    unit : str
        The unit of ``value``; "" for a pure number.
    params : dict
        The settings that produced it.
    scale : {"linear", "log", "atanh", "arcsine"}
        The scale on which intervals are made and differences taken.
    ci : Interval or Missing, optional
        The interval, once `lobstats.inference` has added it.
    basis : Basis, optional
        Clock, horizon and sample; every metric of the package states them.

    Examples
    --------
    >>> float(Estimate(value=0.25, n=100, unit=""))
    0.25
    """

    value: float
    n: int
    unit: str
    params: dict[str, Any] = field(default_factory=dict)
    scale: Scale = "linear"
    ci: Interval | Missing | None = None
    basis: Basis | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            msg = f"`value` must be finite, got {self.value}; raise InsufficientDataError instead."
            raise ValueError(msg)

    def __float__(self) -> float:
        return self.value

    def with_interval(self, ci: Interval | Missing) -> "Estimate":
        """Return the same estimate with its interval."""
        return replace(self, ci=ci)

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain numbers, ready for JSON."""
        return {
            "value": self.value,
            "n": self.n,
            "ci": None if self.ci is None else self.ci.to_dict(),
            "unit": self.unit,
            "params": self.params,
            **({} if self.basis is None else self.basis.to_dict()),
        }

    def _repr_html_(self) -> str:
        text = number_text(self.value)
        if isinstance(self.ci, Interval):
            text = interval_text(self.value, self.ci.low, self.ci.high)
        counted = "" if self.basis is None else f" {self.basis.counted}"
        return (
            f"<span>{html.escape(f'{text} {self.unit}'.rstrip())} "
            f"<small>n = {self.n:,}{html.escape(counted)}</small></span>"
        )


@dataclass(frozen=True)
class Curve:
    """A function of a horizon, a lag or a fraction, point by point.

    Parameters
    ----------
    x, value : ndarray of float64, shape (points,)
        Where and what; finite.
    n : ndarray of int64, shape (points,)
        How many observations entered each point.
    unit, x_unit : str
        The units of ``value`` and ``x``.
    ci : Band or Missing, optional
        Pointwise interval, once `lobstats.inference` has added it.
    basis : Basis, optional
        Clock, horizon and sample; every metric of the package states them.
    labels : tuple of str
        Where points stand for kinds or sides and not for numbers: point x is ``labels[x]``.
    """

    x: NDArray[np.float64]
    value: NDArray[np.float64]
    n: NDArray[np.int64]
    unit: str
    x_unit: str
    params: dict[str, Any] = field(default_factory=dict)
    scale: Scale = "linear"
    ci: "Band | Missing | None" = None
    basis: Basis | None = None
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (np.isfinite(self.x).all() and np.isfinite(self.value).all()):
            msg = "`x` and `value` must be finite; raise InsufficientDataError instead."
            raise ValueError(msg)

    def at(self, x: float) -> str:
        """Return what a point stands for, as text."""
        return self.labels[int(x)] if self.labels else f"{x:g}"

    def with_interval(self, ci: "Band | Missing") -> "Curve":
        """Return the same curve with its pointwise interval."""
        return replace(self, ci=ci)

    def to_frame(self) -> pd.DataFrame:
        """Return the curve as a frame of its points.

        Returns
        -------
        DataFrame, one row for each point
            ``value``, ``low``, ``high`` and ``n``, indexed by ``x`` under the name of its unit, or by labels where
            points stand for kinds or sides. Without an interval ``low`` and ``high`` are missing.

        Examples
        --------
        >>> Curve(np.array([1.0, 2.0]), np.array([0.5, 0.25]), np.array([9, 8]), "", "s").to_frame()
             value  low  high  n
        s
        1.0   0.50  NaN   NaN  9
        2.0   0.25  NaN   NaN  8
        """
        labels = [self.at(x) for x in self.x] if self.labels else self.x
        none = np.full(len(self.x), np.nan)
        low, high = (self.ci.low, self.ci.high) if isinstance(self.ci, Band) else (none, none)
        return pd.DataFrame(
            {"value": self.value, "low": low, "high": high, "n": self.n}, index=pd.Index(labels, name=self.x_unit)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the curve as plain lists, ready for JSON."""
        return {
            **({"labels": [self.at(x) for x in self.x]} if self.labels else {}),
            "x": self.x.tolist(),
            "value": self.value.tolist(),
            "n": self.n.tolist(),
            "ci": None if self.ci is None else self.ci.to_dict(),
            "unit": self.unit,
            "x_unit": self.x_unit,
            "params": self.params,
            **({} if self.basis is None else self.basis.to_dict()),
        }

    def _repr_html_(self) -> str:
        band = self.ci if isinstance(self.ci, Band) else None
        head = [self.x_unit or "x", f"value ({self.unit})" if self.unit else "value", "n"]
        rows = [[self.at(x), number_text(v), f"{n:,}"] for x, v, n in zip(self.x, self.value, self.n, strict=True)]
        if band is not None:
            head[1] += f" and {100 * band.level:g} % interval"
            for row, ends in zip(rows, zip(self.value, band.low, band.high, strict=True), strict=True):
                row[1] = interval_text(*ends)
        return table(head, rows, "lrr", most=_MOST_POINTS)


@dataclass(frozen=True)
class Band:
    """The interval of a curve, each array of shape (points,).

    ``low`` to ``high`` holds each point at ``level``, ``all_low`` to ``all_high`` all of them together, where known.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    level: float
    all_low: NDArray[np.float64] | None = None
    all_high: NDArray[np.float64] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the band as plain lists, ready for JSON."""
        together = {"all_low": self.all_low, "all_high": self.all_high}
        return {
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "level": self.level,
            **{name: ends.tolist() for name, ends in together.items() if ends is not None},
        }
