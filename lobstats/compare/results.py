"""What a comparison holds: the real side, each generated sample, and what the verdicts rest on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from lobstats.compare.conditions import Conditions
from lobstats.compare.divergence import Divergence
from lobstats.compare.drift import Horizon
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison
from lobstats.compare.frames import distances_frame, rows_frame
from lobstats.compare.hours import Hours
from lobstats.compare.notebook import comparison_html, side_html
from lobstats.compare.ranking_results import Ranking
from lobstats.compare.units import UnitPlan
from lobstats.engine import Observations
from lobstats.pattern import IntradayPattern
from lobstats.result import Curve, Estimate, Missing
from lobstats.summary.summary import Summary

__all__ = ["Comparison", "Described", "Generated"]


@dataclass(frozen=True, repr=False)
class Described:
    """One side: what it holds and the facts about it.

    Attributes
    ----------
    observations : Observations
    total : Summary or None
        The sum of its units, None where there is no continuous trading.
    units : int
        How many units it has.
    facts : mapping of str to Estimate, Curve or Missing
        By full metric name.
    memory_seconds : mapping of str to float
        How long what each family rests on remembers.
    flags : mapping of str to str
        By family, where units are too short for that memory: what is not promised of its intervals and verdicts.
    """

    observations: Observations
    total: Summary | None
    units: int
    facts: Mapping[str, Estimate | Curve | Missing]
    memory_seconds: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        missing = sum(isinstance(fact, Missing) for fact in self.facts.values())
        return (
            f"<{type(self).__name__} {self.observations.name!r}: {self.observations.n_events:,} events, "
            f"{len(self.observations.sessions):,} sessions, {len(self.facts)} facts, {missing} missing>"
        )

    def _repr_html_(self) -> str:
        return side_html(self)


@dataclass(frozen=True, repr=False)
class Generated(Described):
    """A generated sample: a side, with what sets it apart from the real one.

    Attributes
    ----------
    worth : int
        How many real units of time the sample is worth.
    distances : mapping of str to SeriesComparison or Missing
        By the names of `SERIES`.
    comparisons : mapping of str to FactComparison or Missing
        By full metric name.
    conditions : Conditions or Missing
        How the sample compares in quiet and busy, in narrow and wide markets.
    horizon : Horizon or Missing
        Whether it drifts from reality as its sessions get longer.
    windows : int
        Over how many windows, as long as the shorter side, the facts of the longer one are read for ``comparisons``; 0
        where neither is twice as long as the other.
    divergence : Divergence or Missing
        Of its prices from the real ones.
    """

    worth: int = 0
    distances: Mapping[str, SeriesComparison | Missing] = field(default_factory=dict)
    comparisons: Mapping[str, FactComparison | Missing] = field(default_factory=dict)
    conditions: Conditions | Missing = field(default_factory=lambda: Missing("not compared"))
    horizon: Horizon | Missing = field(default_factory=lambda: Missing("not compared"))
    windows: int = 0
    divergence: Divergence | Missing = field(default_factory=lambda: Missing("not compared"))


@dataclass(frozen=True)
class Comparison:
    """The real side, each generated sample against it, and what the verdicts rest on.

    Attributes
    ----------
    real : Described
    generated : tuple of Generated
    plan : UnitPlan
    level : float
    pattern : IntradayPattern or Missing
        Of the real side's day, which the moves of the volatility family are divided by on every side; where there is
        none, why.
    hours : Hours or None
        Those that all sides were cut to; None where the real side has sessions enough to need none, or where the sides
        share too few.
    baseline : Described or None
        A second real sample, whose distance from the first is the floor.
    ranking : Ranking or None
        Of the models, where there are two or more that can be judged.
    seed : int or None
        Of the generator that the resampling drew from, where it was made from one number.
    """

    real: Described
    generated: tuple[Generated, ...]
    plan: UnitPlan
    level: float
    pattern: IntradayPattern | Missing
    hours: Hours | None = None
    baseline: Described | None = None
    ranking: Ranking | None = None
    seed: int | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the report as a frame: each fact and each series of each generated sample.

        Returns
        -------
        DataFrame
            ``sample``, ``family``, ``name``; ``kind``, "fact" or "series"; ``unit``; ``at``, the point of a curve
            that the row shows, or how many points it has where none is judged (`Curve.to_frame` holds them all);
            ``real`` and ``generated``, each with ``_low``, ``_high`` and ``_n``; ``difference``, ``floor`` and
            ``ratio``; ``p`` of a series; ``verdict``, an ordered category; ``reason``, why there is no verdict.

            A fact's difference and floor are on the scale on which it is compared. A series has no value of its own:
            its difference and floor are Wasserstein's, its ratio is the joint one, on which the verdict rests. A
            ratio over a floor of zero is infinite. Without a generated sample there are the facts of the real side.

        Examples
        --------
        >>> import numpy as np
        >>> from lobstats.compare import compare
        >>> from lobstats.simulate import Market, simulate
        >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
        >>> frame = compare(real=market, generated=market).to_frame()
        >>> frame.set_index("name").loc["mean_spread", ["family", "kind", "unit", "verdict"]].tolist()
        ['prices', 'fact', 'ticks', 'within noise']
        >>> bool((frame["verdict"] >= "close").any())
        False
        """
        return rows_frame(self)

    def distances_to_frame(self) -> pd.DataFrame:
        """Return every distance of every series as a frame.

        Returns
        -------
        DataFrame
            ``sample``, ``series``, ``distance`` (of `DISTANCES`); ``value`` with ``low`` and ``high``; ``floor``,
            ``ratio``, ``natural_variation`` and ``drift``; and of the series as a whole ``joint``, ``p``, ``p_holm``
            and ``verdict``. Series that are missing have no row.

        Examples
        --------
        >>> import numpy as np
        >>> from lobstats.compare import compare
        >>> from lobstats.simulate import Market, simulate
        >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
        >>> frame = compare(real=market, generated=market).distances_to_frame()
        >>> float(frame.pivot(index="series", columns="distance", values="ratio").loc["spread", "ks"])
        0.0
        """
        return distances_frame(self)

    def __repr__(self) -> str:
        return f"<Comparison of {self.real!r} with {list(self.generated)!r}>"

    def _repr_html_(self) -> str:
        return comparison_html(self)
