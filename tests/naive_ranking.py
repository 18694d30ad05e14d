"""A ranking the plain way: scores from what the comparison of each model alone reports, row by row."""

import math
from itertools import pairwise

from lobstats.compare import SERIES
from lobstats.compare.facts import FactComparison
from lobstats.compare.floor import SeriesComparison
from lobstats.metrics import collect


def naive_scores(comparison):
    """Return each model's score from reported ratios alone, for models that share their floors and lack no row."""
    scores = []
    for model in comparison.generated:
        families = {}
        for name, found in model.comparisons.items():
            if isinstance(found, FactComparison):
                family = name.split(".")[0]
                base = name.removesuffix("_by_kind")
                topic = name if family == "messages" else collect()[base].field
                families.setdefault(family, {}).setdefault(("fact", topic), []).append(found.ratio)
        for name, found in model.distances.items():
            if isinstance(found, SeriesComparison) and found.verdict is not None:
                families.setdefault(SERIES[name].family, {}).setdefault(("series", name), []).append(found.joint)
        means = []
        for topics in families.values():
            own = []
            for ratios in topics.values():
                logs = [math.log(min(max(100.0 if r is None else r, 1.0), 100.0)) for r in ratios]
                own.append(sum(logs) / len(logs))
            means.append(sum(own) / len(own))
        scores.append(math.exp(sum(means) / len(means)))
    return scores


def naive_spread(value, draws, groups):
    """Return the error, the degrees of freedom and the inflation of a value, from plain loops."""
    deviation = math.sqrt(sum((d - value) ** 2 for d in draws) / len(draws))
    variances, inflated = [], []
    for shifts, kind in groups:
        n = len(shifts)
        mean = sum(shifts) / n
        variance = (n - 1) / n * sum((s - mean) ** 2 for s in shifts)
        products = sum((a - mean) * (b - mean) for a, b in pairwise(shifts))
        rho = products / sum((s - mean) ** 2 for s in shifts)
        r = 0.0 if kind == "session" else min(0.8, max(0.0, rho + (1 + 3 * max(rho, 0.0)) / n))
        variances.append(variance)
        inflated.append(variance * (1 + r) / (1 - r))
    total, fewest = sum(variances), min(len(shifts) for shifts, _ in groups)
    inflation = min(3.0, math.sqrt(sum(inflated) / total))
    freedom = total**2 / sum(v**2 / (len(s) - 1) for v, (s, _) in zip(variances, groups, strict=True))
    return deviation * inflation * math.sqrt(fewest / (fewest - 1)), freedom, inflation
