"""How facts are compared, written a second time, point by point, in plain Python."""

import math
import statistics

import numpy as np
from scipy import stats


def naive_reaches(point, level, freedom):
    """Return how far an interval reaches down and up; ``point`` has error, pseudo, scale, value and n."""
    m = len(point["pseudo"])
    t = stats.t.ppf((1 + level) / 2, freedom)
    mean = statistics.fmean(point["pseudo"])
    spread = statistics.pstdev(point["pseudo"])
    third = statistics.fmean((v - mean) ** 3 for v in point["pseudo"])
    shift = (third / spread**3 if spread else 0.0) * (1 + 2 * t * t) / 6 / math.sqrt(m)
    down, up = (point["error"] * max(t, t + lean) for lean in (-shift, shift))
    if point["scale"] == "arcsine" and point["value"] in (0.0, math.pi / 2):
        # All of n trials alike: the share at which that has the chance (1 - level) / 2.
        end = math.asin(math.sqrt(stats.beta.ppf((1 + level) / 2, 1, point["n"])))
        down, up = (down, max(up, end)) if point["value"] == 0 else (max(down, end), up)
    return down, up


def naive_floors(real, generated, q, level):
    """Return the floor of a difference above zero and of one below."""
    m = len(real["pseudo"])
    freedom = real["told"] - 1
    down, up = naive_reaches(real, level, freedom)
    if generated["error"] is None:
        t = stats.t.ppf((1 + level) / 2, freedom)
        mean, spread = statistics.fmean(real["pseudo"]), statistics.pstdev(real["pseudo"])
        skewness = statistics.fmean((v - mean) ** 3 for v in real["pseudo"]) / spread**3 if spread else 0.0
        lean = skewness * (t * t - 1) / 6 / math.sqrt(q)
        own = [real["error"] * math.sqrt(m / q) * max(t, t + one) for one in (lean, -lean)]
        if real["error"] == 0:
            own = [down * math.sqrt(m / q), up * math.sqrt(m / q)]
    else:
        own = naive_reaches(generated, level, max(1, min(generated["told"], q) - 1))
        own = [min(reach, 1.5 * max(down, up) * math.sqrt(m / q)) for reach in own]
    return math.sqrt(down**2 + own[1] ** 2), math.sqrt(up**2 + own[0] ** 2)


def naive_verdict(gaps):
    """Return the verdict on differences with their floors and natural variations."""
    if all(difference <= floor for difference, floor, _ in gaps):
        return "within noise"
    far = [(difference, floor, own) for difference, floor, own in gaps if difference > floor]
    return "apart" if any(difference > floor + own for difference, floor, own in far) else "close"


def naive_shared_level(errors, freedom, level, draws, rng):
    """Return the two-sided p at which one of several points is exceeded, from errors of shape (draws, points)."""
    chi = stats.chi2.ppf(rng.uniform(size=(draws, 1)), freedom)
    t = errors / errors.std(axis=0) * np.sqrt(freedom / chi)
    least = [min(2 * stats.t.sf(abs(v), k) for v, k in zip(row, freedom, strict=True)) for row in t]
    return float(np.quantile(least, 1 - level)), t
