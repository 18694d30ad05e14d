"""What a ranking holds: models in order, paired differences, and the rows behind both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lobstats.compare.notebook import ranking_html
from lobstats.result import Interval

__all__ = ["PairedDifference", "RankedModel", "Ranking", "Reason"]


@dataclass(frozen=True)
class Reason:
    """A row that weighs in a score or separates two models.

    Attributes
    ----------
    name, family : str
        As in the tables of the report; a fact without its family.
    measure : str
        Of a distribution, the distance with the largest ratio; "" for a fact.
    quantity : str
        What is told of a distribution, or where on a curve; "" for an estimate.
    real : float or None
        The real side's value.
    values : tuple of float or None
        The model's value; the better model's first where two are separated. None where it lacks the row.
    ratios : tuple of float or None
        How many common floors each lies from the real side.
    unit : str
    share : float
        Of the logarithm of the score, or of the difference; below zero where it speaks against it.
    """

    name: str
    family: str
    measure: str
    quantity: str
    real: float | None
    values: tuple[float | None, ...]
    ratios: tuple[float | None, ...]
    unit: str
    share: float

    def to_dict(self) -> dict[str, Any]:
        """Return the reason as plain numbers, ready for JSON."""
        return {
            "name": self.name,
            "family": self.family,
            "measure": self.measure,
            "quantity": self.quantity,
            "real": self.real,
            "values": list(self.values),
            "ratios": list(self.ratios),
            "unit": self.unit,
            "share": self.share,
        }


@dataclass(frozen=True)
class RankedModel:
    """A model in a ranking.

    Attributes
    ----------
    index : int
        Its place among the generated samples of the comparison.
    name : str
    rank : tuple of int
        The best and the worst rank that it may have: models whose differences mean nothing share ranks.
    score : float
        From 1, nothing beyond noise.
    ci : Interval
        Over the score without the rows that it lacks as well.
    families : mapping of str to float
        The score by family.
    counts : mapping of str to int
        How many of its rows have each verdict.
    lacking : tuple of str
        Rows that it cannot give although the real side can.
    lent : bool
        Whether its own error is lent from the real side, since it has fewer than five units.
    reasons : tuple of Reason
        What weighs most in its score.
    """

    index: int
    name: str
    rank: tuple[int, int]
    score: float
    ci: Interval
    families: Mapping[str, float]
    counts: Mapping[str, int]
    lacking: tuple[str, ...]
    lent: bool
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the model as plain numbers, ready for JSON."""
        return {
            "index": self.index,
            "name": self.name,
            "rank": list(self.rank),
            "score": self.score,
            "ci": self.ci.to_dict(),
            "families": dict(self.families),
            "counts": dict(self.counts),
            "lacking": list(self.lacking),
            "error_lent": self.lent,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


@dataclass(frozen=True)
class PairedDifference:
    """How much farther from the market one model is than another, as the ratio of their scores.

    Attributes
    ----------
    better, worse : int
        Places among the generated samples of the comparison; the better one's score is lower.
    factor : float
        The worse score over the better one.
    ci : Interval
        At the level that Holm's procedure gives this pair, so that ``different`` is whether it excludes 1.
    p, p_holm : float
    different : bool
        Whether the difference means something.
    families : mapping of str to tuple of float and Interval
        The same ratio by family, each interval at the level of the report and for itself.
    flag : str or None
        Why the error rate is not promised.
    reasons : tuple of Reason
        The rows that separate the two most, and the one that speaks most against it.
    """

    better: int
    worse: int
    factor: float
    ci: Interval
    p: float
    p_holm: float
    different: bool
    families: Mapping[str, tuple[float, Interval]]
    flag: str | None
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as plain numbers, ready for JSON."""
        return {
            "better": self.better,
            "worse": self.worse,
            "factor": self.factor,
            "ci": self.ci.to_dict(),
            "p": self.p,
            "p_holm": self.p_holm,
            "different": self.different,
            "families": {name: {"factor": factor, "ci": ci.to_dict()} for name, (factor, ci) in self.families.items()},
            "flag": self.flag,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


@dataclass(frozen=True)
class Ranking:
    """Models in the order of their scores.

    Attributes
    ----------
    models : tuple of RankedModel
        The best first.
    pairs : tuple of PairedDifference
        Each pair, in the order of ``models``.
    unranked : mapping of int to str
        Models that could not be held against the real side, with the reason.
    families : tuple of str
    rows, topics : int
        How many rows are judged, and how many topics they are about.
    level : float
    """

    models: tuple[RankedModel, ...]
    pairs: tuple[PairedDifference, ...]
    unranked: Mapping[int, str]
    families: tuple[str, ...]
    rows: int
    topics: int
    level: float

    def to_frame(self) -> pd.DataFrame:
        """Return the models as a frame, the best first.

        Returns
        -------
        DataFrame
            ``model``; ``rank`` and ``worst_rank``, the best and the worst that it may have; ``score`` with ``low`` and
            ``high``; ``apart``, ``close`` and ``within_noise``, how many of its rows are; ``lacking``, how many it
            cannot give; and the score in each family, under the family's name. Models that are not ranked are not in
            it.

        Examples
        --------
        >>> import numpy as np
        >>> from lobstats.compare import compare
        >>> from lobstats.simulate import Market, simulate
        >>> dials = Market(n_sessions=6, session_seconds=120)
        >>> real, one, other = (simulate(dials, rng=np.random.default_rng(seed)) for seed in range(3))
        >>> frame = compare(real=real, generated=[one, other]).ranking.to_frame()
        >>> frame.columns[:4].tolist(), len(frame)
        (['model', 'rank', 'worst_rank', 'score'], 2)
        """
        own = ["model", "rank", "worst_rank", "score", "low", "high", "apart", "close", "within_noise", "lacking"]
        rows = [
            {
                "model": model.name,
                "rank": model.rank[0],
                "worst_rank": model.rank[1],
                "score": model.score,
                "low": model.ci.low,
                "high": model.ci.high,
                **{verdict.replace(" ", "_"): count for verdict, count in model.counts.items()},
                "lacking": len(model.lacking),
                **model.families,
            }
            for model in self.models
        ]
        return pd.DataFrame(rows, columns=[*own, *self.families])

    def to_dict(self) -> dict[str, Any]:
        """Return the ranking as plain numbers, ready for JSON."""
        return {
            "families": list(self.families),
            "rows": self.rows,
            "topics": self.topics,
            "level": self.level,
            "models": [model.to_dict() for model in self.models],
            "pairs": [pair.to_dict() for pair in self.pairs],
            "unranked": [{"index": index, "missing": reason} for index, reason in self.unranked.items()],
        }

    def _repr_html_(self) -> str:
        return ranking_html(self)
