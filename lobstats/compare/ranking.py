"""Several models ranked: a score for each, paired differences between them, and which of these mean something."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison
from lobstats.compare.messages import FAMILY as MESSAGES
from lobstats.compare.ranking_errors import Hull, Spread, holm
from lobstats.compare.ranking_reasons import reason_of
from lobstats.compare.ranking_results import PairedDifference, RankedModel, Ranking, Reason
from lobstats.compare.ranking_rows import LACKING, Contender, Row, Weights, draw_weights, make_rows
from lobstats.compare.results import Described
from lobstats.compare.units import UnitPlan
from lobstats.inference import Jackknife
from lobstats.metrics import FAMILIES
from lobstats.result import Missing
from lobstats.summary.summary import Summary

__all__ = ["rank_models"]

_REASONS = 6
_SEPARATING = 4

Floats = NDArray[np.float64]


def rank_models(
    *,
    real: Described,
    real_units: Sequence[Summary],
    real_facts: Mapping[str, Jackknife | Missing],
    contenders: Sequence[Contender],
    plan: UnitPlan,
    level: float,
    seed: int,
) -> Ranking | None:
    """Rank models by how far they lie from the market in units of noise.

    Each judged row counts ln max(1, D / F), with F the largest floor of all models: a short sample has a wider floor,
    and must not rank better by it. What is within noise counts nothing, more than a hundred floors as a hundred. Rows
    that read the same thing of the stream make one topic; the score is exp of the mean over families of the mean over
    topics of the mean over rows, so that no family counts more for having more rows. A row that a model lacks counts
    for it as the worst of the others', and as two floors at least.

    A paired difference is that of two models' logarithms of scores. Its error is the root mean square deviation of
    the same difference under joint draws: of real units, the same for both models, and of each model's own; facts
    through their pseudo-values, which makes them means over units. It is widened for the dependence of neighbouring
    blocks, found from what leaving out each unit changes, and taken with Student's t of as many degrees of freedom as
    the units give (Welch and Satterthwaite). Where one of the two lacks a row, the interval reaches over that
    without such rows as well. Holm's procedure over all pairs decides which differences mean something.

    Parameters
    ----------
    real : Described
        With its facts.
    real_units : sequence, length m
    real_facts : mapping
        Under the jackknife.
    contenders : sequence
        In the order of the comparison's generated samples.
    plan : UnitPlan
    level : float
    seed : int
        Of the draws.

    Returns
    -------
    Ranking or None
        None with fewer than two models that can be judged.

    References
    ----------
    B. Efron, R. J. Tibshirani, "An introduction to the bootstrap", Chapman and Hall (1993), chapter 8.
    """
    unranked = {i: reason for i, one in enumerate(contenders) if (reason := _unrankable(one)) is not None}
    index = [i for i in range(len(contenders)) if i not in unranked]
    if len(index) < 2:
        return None
    ranked = [contenders[i] for i in index]
    weights = [draw_weights(len(real_units), one, seed) for one in ranked]
    rows = make_rows(real.observations, real_units, real_facts, ranked, weights, level)
    order = (*FAMILIES, MESSAGES)
    families = tuple(sorted({row.family for row in rows}, key=order.index))
    table = _Table(rows, families, ranked, weights, real, plan, level)
    pairs = table.pairs()
    models = [table.model(i) for i in range(len(ranked))]
    place = sorted(range(len(ranked)), key=lambda i: (models[i].score, models[i].name, i))
    ranks = {
        i: (
            1 + sum(pair.different and pair.worse == i for pair in pairs),
            len(ranked) - sum(pair.different and pair.better == i for pair in pairs),
        )
        for i in place
    }
    pairs.sort(key=lambda pair: sorted((place.index(pair.better), place.index(pair.worse))))
    return Ranking(
        models=tuple(replace(models[i], index=index[i], rank=ranks[i]) for i in place),
        pairs=tuple(replace(pair, better=index[pair.better], worse=index[pair.worse]) for pair in pairs),
        unranked=unranked,
        families=families,
        rows=len(rows),
        topics=len({(row.family, row.topic) for row in rows}),
        level=level,
    )


def _unrankable(one: Contender) -> str | None:
    """Return why a model cannot be held against the real side at all, None where it can."""
    if not one.units:
        return "no continuous trading: it begins with a trade, and there is none"
    # How often messages are at fault can be told of any stream; that alone makes no rank.
    facts = (row for name, row in one.found.comparisons.items() if not name.startswith(f"{MESSAGES}."))
    series = one.found.distances.values()
    if any(isinstance(row, FactComparison) for row in facts):
        return None
    if any(isinstance(row, SeriesComparison) and row.verdict for row in series):
        return None
    return next((row.reason for row in series if isinstance(row, Missing)), "no row is judged")


class _Table:
    """All rows of all models, and what is read from them."""

    def __init__(
        self,
        rows: Sequence[Row],
        families: Sequence[str],
        contenders: Sequence[Contender],
        weights: Sequence[Weights],
        real: Described,
        plan: UnitPlan,
        level: float,
    ) -> None:
        self.rows, self.families, self.contenders, self.weights = rows, families, contenders, weights
        self.real, self.plan, self.level = real, plan, level
        self.logs = [self._filled(model) for model in range(len(contenders))]
        self.shares = _shares(rows, families)

    def _filled(self, model: int) -> Floats:
        """Return ln of ratios, shape (rows, evaluations), with what a model lacks as the worst of the others."""
        out = np.empty((len(self.rows), len(self.weights[model].real)))
        for values, row in zip(out, self.rows, strict=True):
            own = row.logs[model]
            worst = max((float(other[0]) for other in row.logs if other is not None), default=0.0)
            values[:] = max(worst, math.log(LACKING)) if own is None else own
        return out

    def model(self, model: int) -> RankedModel:
        """Score a model; its place and rank are filled in later."""
        one, logs = self.contenders[model], self.logs[model]
        total = self.shares.sum(axis=0)
        own = [row.logs[model] is not None for row in self.rows]
        # What it lacks counts, but nobody knows how far it is: the interval reaches over the score without it as well.
        versions = [total] if all(own) else [total, _shares(self.rows, self.families, own).sum(axis=0)]
        hull = Hull([self._spread({model: shares @ logs}) for shares in versions if shares.any()])
        ci = hull.factor(self.level)
        judged = [row.verdict for row in one.found.comparisons.values() if isinstance(row, FactComparison)]
        judged += [
            row.verdict for row in one.found.distances.values() if isinstance(row, SeriesComparison) and row.verdict
        ]
        families = self.shares @ logs[:, 0] / self.shares.sum(axis=1)
        return RankedModel(
            index=model,
            name=one.found.observations.name,
            rank=(1, len(self.contenders)),
            score=math.exp(hull.value),
            ci=replace(ci, low=max(1.0, ci.low)),
            families=dict(zip(self.families, np.exp(families).tolist(), strict=True)),
            counts={verdict: judged.count(verdict) for verdict in ("apart", "close", "within noise")},
            lacking=tuple(row.name for row in self.rows if row.logs[model] is None),
            lent=one.lent,
            reasons=self._reasons(total * logs[:, 0], (model,), _REASONS),
        )

    def pairs(self) -> list[PairedDifference]:
        """Compare every two models."""
        scores = self.shares.sum(axis=0)
        both = [
            (a, b) if scores @ self.logs[a][:, 0] <= scores @ self.logs[b][:, 0] else (b, a)
            for a, b in combinations(range(len(self.contenders)), 2)
        ]
        hulls = [self._difference(*pair, slice(None)) for pair in both]
        adjusted = holm([hull.p for hull in hulls], self.level)
        out = []
        for (better, worse), hull, (p_holm, level) in zip(both, hulls, adjusted, strict=True):
            own = {name: self._difference(better, worse, slice(k, k + 1)) for k, name in enumerate(self.families)}
            out.append(
                PairedDifference(
                    better=better,
                    worse=worse,
                    factor=math.exp(hull.value),
                    ci=hull.factor(level),
                    p=hull.p,
                    p_holm=p_holm,
                    different=p_holm <= 1 - self.level,
                    families={name: (math.exp(each.value), each.factor(self.level)) for name, each in own.items()},
                    flag="dependence longer than the sample" if hull.flagged else None,
                    reasons=self._separating(better, worse),
                )
            )
        return out

    def _difference(self, better: int, worse: int, families: slice) -> Hull:
        """Return the difference of logarithms of scores, over all rows and over those that both models have."""
        shared = [row.logs[better] is not None and row.logs[worse] is not None for row in self.rows]
        versions = [self.shares] if all(shared) else [self.shares, _shares(self.rows, self.families, shared)]
        found = []
        for shares in versions:
            own = shares[families].sum(axis=0)
            if own.any():
                own = own / own.sum()
                found.append(self._spread({worse: own @ self.logs[worse], better: -own @ self.logs[better]}))
        return Hull(found)

    def _spread(self, parts: Mapping[int, Floats]) -> Spread:
        """Return the sum of evaluations of some models with its error; own units of each are left out in turn."""
        first = next(iter(parts))
        draws, m = self.weights[first].draws, self.weights[first].real.shape[1]
        together = np.sum([values[: 1 + draws + m] for values in parts.values()], axis=0)
        value = float(together[0])
        groups = [(value - together[1 + draws :], self.plan.kind)]
        for model, values in parts.items():
            if not self.contenders[model].lent:
                groups.append((values[0] - values[1 + draws + m :], self.contenders[model].kind))
        deviation = float(np.sqrt(np.mean((together[1 : 1 + draws] - value) ** 2)))
        return Spread(value, deviation, groups)

    def _separating(self, better: int, worse: int) -> tuple[Reason, ...]:
        """Return the rows that separate two models most, and the one that speaks most against it."""
        weighted = self.shares.sum(axis=0) * (self.logs[worse][:, 0] - self.logs[better][:, 0])
        against = self._reasons(-weighted, (better, worse), 1)
        return (
            *self._reasons(weighted, (better, worse), _SEPARATING),
            *(replace(reason, share=-reason.share) for reason in against),
        )

    def _reasons(self, weighted: Floats, models: tuple[int, ...], most: int) -> tuple[Reason, ...]:
        """Return the rows with the largest weights, at most one of each topic."""
        total = abs(float(weighted.sum())) or 1.0
        found: list[Reason] = []
        topics: set[tuple[str, str]] = set()
        for at in np.argsort(-weighted, kind="stable"):
            row = self.rows[at]
            if weighted[at] <= 0 or len(found) == most:
                break
            if (row.family, row.topic) not in topics:
                topics.add((row.family, row.topic))
                found.append(reason_of(row, self.contenders, models, self.real, float(weighted[at]) / total))
        return tuple(found)


def _shares(rows: Sequence[Row], families: Sequence[str], kept: Sequence[bool] | None = None) -> Floats:
    """Return what each row weighs, shape (families, rows): families alike, in each its topics, in each its rows."""
    kept = [True] * len(rows) if kept is None else kept
    out = np.zeros((len(families), len(rows)))
    for k, family in enumerate(families):
        own = [i for i, row in enumerate(rows) if kept[i] and row.family == family]
        topics = [rows[i].topic for i in own]
        for i in own:
            out[k, i] = 1 / (len(set(topics)) * topics.count(rows[i].topic))
    return out / max(1, int(np.count_nonzero(out.any(axis=1))))
