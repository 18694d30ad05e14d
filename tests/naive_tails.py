"""Slow, obvious twins of the metrics of tails and of what a summary keeps for them.

Plain Python on lists, one observation at a time; likelihoods are searched in other coordinates than the package's.
"""

import math
import statistics
from collections import Counter
from fractions import Fraction
from itertools import pairwise

from scipy import optimize

LADDER = [1]
while LADDER[-1] < 2**20:
    LADDER += [2 ** len(LADDER[::2]), 3 * 2 ** (len(LADDER[::2]) - 1)]
LADDER.pop()


def logs_beyond(sizes, threshold):
    return [math.log(size) - math.log(threshold) for size in sizes if size > threshold]


def naive_moment(sizes, threshold):
    logs = logs_beyond(sizes, threshold)
    first, second = statistics.fmean(logs), statistics.fmean(x * x for x in logs)
    return first + 1 - 0.5 / (1 - first**2 / second)


def naive_pickands(sizes, threshold):
    """Return the shape from sizes in falling order, None where two of the three sizes are equal."""
    k = sum(size > threshold for size in sizes)
    one, two, four = (Fraction(sizes[i * k - 1]) for i in (1, 2, 4))
    return math.log((one - two) / (two - four)) / math.log(2) if one > two > four else None


def naive_rho(sizes):
    """Return the second-order rate from sizes in falling order."""
    n = len(sizes)
    k = min(n - 1, int(2 * n / math.log(math.log(n))), sum(size > 0 for size in sizes) - 1)
    logs = [math.log(sizes[i]) - math.log(sizes[k]) for i in range(k)]
    one, two, three = (
        math.log(math.fsum(x**power for x in logs) / k / math.factorial(power)) / power for power in (1, 2, 3)
    )
    ratio = (one - two) / (two - three)
    return -abs(3 * (ratio - 1) / (ratio - 3))


def naive_bias_reduced(sizes, threshold):
    """Return the index from sizes in falling order, None where there is none."""
    beyond = [size for size in sizes if size > threshold]
    n, k, rho = len(sizes), len(beyond), naive_rho(sizes)
    follows = [*beyond[1:], threshold]
    spacings = [i * math.log(x / y) for i, (x, y) in enumerate(zip(beyond, follows, strict=True), start=1)]
    weights = [(i / k) ** -rho for i in range(1, k + 1)]
    plain = statistics.fmean(weights)
    none = statistics.fmean(spacings)
    once = statistics.fmean(w * u for w, u in zip(weights, spacings, strict=True))
    twice = statistics.fmean(w * w * u for w, u in zip(weights, spacings, strict=True))
    beta = (k / n) ** rho * (plain * none - once) / (plain * once - twice)
    # The mean of the scaled spacings is Hill's estimate.
    kept = 1 - beta / (1 - rho) * (n / k) ** rho
    return 1 / (none * kept) if kept > 0 else None


def gpd_survival(y, xi, beta):
    if abs(xi) < 1e-9:
        return math.exp(-y / beta)
    base = 1 + xi * y / beta
    return base ** (-1 / xi) if base > 0 else 0.0


def naive_gpd_minus_log(beyond, xi, beta, lattice=0):
    """Return minus the log-likelihood of what lies beyond the edge: points, or the lower ends of intervals."""
    total = 0.0
    for y, count in Counter(beyond).items():
        if lattice:
            mass = gpd_survival(y, xi, beta) - gpd_survival(y + lattice, xi, beta)
        else:
            mass = gpd_survival(y, xi, beta) ** (1 + xi) / beta
        if mass <= 0:
            return math.inf
        total -= count * math.log(mass)
    return total


def naive_gpd(beyond, lattice=0):
    """Return shape and scale by a simplex over shape and ln(scale)."""

    def minus_log(point):
        return naive_gpd_minus_log(beyond, point[0], math.exp(point[1]), lattice)

    start = [0.1, math.log(statistics.fmean(beyond) + lattice)]
    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000, "maxfev": 4000}
    found = optimize.minimize(minus_log, start, method="Nelder-Mead", options=options)
    found = optimize.minimize(minus_log, found.x, method="Nelder-Mead", options=options)
    return found.x[0], math.exp(found.x[1])


def naive_ks(sizes, start, lattice=0):
    """Return index and distance of the tail from a size on: a search over the logarithm of the index."""
    tail = sorted(size for size in sizes if size >= start)
    edge = start - lattice / 2
    counted = Counter(tail)

    def survival(size, index):
        return (size / edge) ** -index

    if lattice:

        def minus_log(log_index):
            index = math.exp(log_index)
            return -sum(
                count * math.log(survival(size - lattice / 2, index) - survival(size + lattice / 2, index))
                for size, count in counted.items()
            )

        options = {"xatol": 1e-10}
        index = math.exp(optimize.minimize_scalar(minus_log, bounds=(-4, 4), method="bounded", options=options).x)
    else:
        index = 1 / statistics.fmean(math.log(size / start) for size in tail)
    distance = max(
        abs(1 - survival(size - lattice / 2, index) - sum(other < size for other in tail) / len(tail))
        for size in counted
    )
    return index, distance


def naive_exceedance_times(runs, threshold):
    """Return the times between neighbouring moves of at least a size in runs of (time, move), by the later's time."""
    found = []
    for run in runs:
        large = [time for time, move in run if abs(move) >= threshold]
        found += [(b, b - a) for a, b in pairwise(large)]
    return found


def naive_theta(times):
    """Return the intervals estimate of times between exceedances."""
    shift = 1 if max(times) > 2 else 0
    left = [time - shift for time in times]
    right = [time - 2 * shift for time in times]
    moment = Fraction(sum(left), len(times)) ** 2 / Fraction(sum(x * y for x, y in zip(left, right, strict=True)))
    return float(2 * len(times) * moment)


def naive_kurtosis(values):
    mean = Fraction(sum(map(Fraction, values)), len(values))
    second, fourth = (sum((Fraction(v) - mean) ** power for v in values) for power in (2, 4))
    return float(len(values) * fourth / second**2)


def naive_asymmetry(moves, threshold):
    losses, gains = sum(move < -threshold for move in moves), sum(move > threshold for move in moves)
    return (losses - gains) / (losses + gains)
