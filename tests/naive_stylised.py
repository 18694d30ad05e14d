"""Slow, obvious twins of the facts that have a usual name: skewness, intermittency, residuals, curvature."""

import math
from collections import Counter
from fractions import Fraction

WINDOWS = (10, 30, 60, 120, 300, 600, 1800, 3600)


def naive_skewness(values):
    mean = Fraction(sum(map(Fraction, values)), len(values))
    second, third = (sum((Fraction(v) - mean) ** power for v in values) / len(values) for power in (2, 3))
    return float(third) / float(second) ** 1.5


def naive_beyond_three(values):
    """Return the share of whole values farther than three standard deviations from their mean."""
    n, total = len(values), sum(values)
    squares = sum((n * v - total) ** 2 for v in values)
    return sum((n * v - total) ** 2 * n > 9 * squares for v in values) / n


def naive_large_counts(runs, threshold, length):
    """Return the number of moves of at least a size in each whole window, by the second in which it ends.

    ``runs`` hold (second, move), one a second without a break; window k holds the seconds from k length + 1 to
    (k + 1) length.
    """
    found = []
    for run in runs:
        held, large = Counter(), Counter()
        for second, move in run:
            window = (second - 1) // length
            held[window] += 1
            large[window] += abs(move) >= threshold
        found += [((window + 1) * length, large[window]) for window, n in sorted(held.items()) if n == length]
    return found


def naive_fano(numbers):
    mean = Fraction(sum(numbers), len(numbers))
    return float(sum((Fraction(n) - mean) ** 2 for n in numbers) / len(numbers) / mean)


def naive_residuals(x, omega, alpha, beta):
    """Return moves over the volatility that GARCH(1,1) expects, from moves of unit mean square."""
    variance, found = omega + alpha + beta, []
    for move in x:
        found.append(move / math.sqrt(variance))
        variance = omega + alpha * move**2 + beta * variance
    return found


def naive_curvature(rates):
    """Return the c of a + b u + c u^2 through the rates over their mean, by the normal equations.

    ``rates`` are (place, rate), where places run from the first to the last half-hour of the day.
    """
    mean, last = sum(rate for _, rate in rates) / len(rates), rates[-1][0]
    rows = [([1.0, u, u * u], rate / mean) for u, rate in ((2 * place / last - 1, rate) for place, rate in rates)]
    a = [[sum(x[i] * x[j] for x, _ in rows) for j in range(3)] for i in range(3)]
    b = [sum(x[i] * y for x, y in rows) for i in range(3)]

    def determinant(m):
        return sum(m[0][i] * (m[1][i - 2] * m[2][i - 1] - m[1][i - 1] * m[2][i - 2]) for i in range(3))

    return determinant([[a[i][0], a[i][1], b[i]] for i in range(3)]) / determinant(a)
