"""Slow, obvious twins of lagged sums, of what is made of them, of whole minutes and of the pattern of the day.

Plain Python on lists. A *run* is a stretch without a break: a list of moves, or of (second, move) in whole seconds.
"""

import math
import statistics
from fractions import Fraction

import numpy as np
from naive_metrics import naive_autocorrelation
from scipy import stats

DAY, BIN = 86_400, 300


def naive_pairs(x, y, stretch, begin, end, lag):
    """Return the pairs (earlier, later) at a lag whose later one lies in a row."""
    return [(x[t - lag], y[t]) for t in range(begin, end) if t >= lag and stretch[t] == stretch[t - lag]]


def naive_row(x, y, stretch, begin, end, lags):
    """Return a row's length and moments, and for each lag the number of pairs and their three sums."""
    a, b = x[begin:end], y[begin:end]
    moments = (len(a), sum(a), sum(v * v for v in a), sum(b), sum(v * v for v in b))
    columns = []
    for lag in lags:
        pairs = naive_pairs(x, y, stretch, begin, end, lag)
        columns.append((len(pairs), sum(p * q for p, q in pairs), sum(p for p, _ in pairs), sum(q for _, q in pairs)))
    return moments, columns


def naive_lagged_correlation(x_runs, y_runs, lag):
    """Return the correlation of x with y a lag later, and the number of pairs, in exact arithmetic to the last root."""
    x, y = ([Fraction(v) for run in runs for v in run] for runs in (x_runs, y_runs))
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    products = [
        (Fraction(one[i - lag]) - mean_x) * (Fraction(other[i]) - mean_y)
        for one, other in zip(x_runs, y_runs, strict=True)
        for i in range(lag, len(one))
    ]
    if not products:
        return None, 0
    variances = statistics.pvariance(x), statistics.pvariance(y)
    return float(statistics.mean(products)) / math.sqrt(variances[0]) / math.sqrt(variances[1]), len(products)


def naive_ljung_box(runs, lags):
    """Return n (n + 2) sum r^2 / (n - l) with r the share of the variance, the pairs at l standing for n - l."""
    n = sum(map(len, runs))
    total = 0.0
    for lag in range(1, lags + 1):
        rho, pairs = naive_autocorrelation(runs, lag)
        biased = rho * pairs / n
        total += biased**2 / pairs
    return n * (n + 2) * total


def naive_arch(runs, lags=10):
    """Return R^2 of least squares of squares on those before them, from the residuals, and the number of rows."""
    rows = [
        [run[i] ** 2, 1.0, *(run[i - lag] ** 2 for lag in range(1, lags + 1))]
        for run in runs
        for i in range(lags, len(run))
    ]
    table = np.array(rows, dtype=np.float64)
    target, regressors = table[:, 0], table[:, 1:]
    fitted = regressors @ np.linalg.lstsq(regressors, target, rcond=None)[0]
    return 1 - ((target - fitted) ** 2).sum() / ((target - target.mean()) ** 2).sum(), len(rows)


def naive_leverage(runs, lag):
    squares = [Fraction(v) ** 2 for run in runs for v in run]
    products = [Fraction(run[i - lag]) * Fraction(run[i]) ** 2 for run in runs for i in range(lag, len(run))]
    return float(statistics.mean(products) / statistics.mean(squares) ** 2), len(products)


def naive_minutes(run):
    """Return (end, coarse, fine, squares) of each whole minute of a run of (second at which it ends, move)."""
    moves = dict(run)
    found = []
    for end in range(60, max(moves, default=0) + 1, 60):
        seconds = range(end - 59, end + 1)
        if all(second in moves for second in seconds):
            tens = [sum(moves[second] for second in seconds[i : i + 10]) for i in range(0, 60, 10)]
            coarse, fine = abs(sum(tens)), sum(map(abs, tens))
            found.append((end, coarse, fine, sum(moves[second] ** 2 for second in seconds)))
    return found


def naive_pattern(sessions):
    """Return the 288 values from sessions, each a list of (local second, absolute move)."""
    profiles = []
    for session in sessions:
        bins = {}
        for second, size in session:
            bins.setdefault((second - 1) % DAY // BIN, []).append(size)
        mean = statistics.fmean(size for _, size in session)
        profiles.append({b: statistics.fmean(own) / mean for b, own in bins.items() if len(own) >= 30})
    seen = {}
    for b in range(288):
        own = [profile[b] for profile in profiles if b in profile]
        if len(own) >= 3:
            seen[b] = own
    values = [1.0] * 288
    if not seen:
        return values
    means = {b: statistics.fmean(own) for b, own in seen.items()}
    level = statistics.fmean(means.values())
    noise = statistics.fmean(statistics.variance(own) / len(own) / level**2 for own in seen.values())
    spread = statistics.pvariance([mean / level for mean in means.values()])
    bins, n = len(seen), sum(map(len, seen.values()))
    weight = 0.0
    if bins > 1 and noise == 0 and spread > 0:
        weight = 1.0
    elif bins > 1 and noise > 0 and stats.f.sf(spread * bins / (bins - 1) / noise, bins - 1, n - bins) < 0.01:
        weight = 1 - noise / spread
    for b, mean in means.items():
        values[b] = max(0.1, 1 + weight * (mean / level - 1))
    return values
