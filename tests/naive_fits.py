"""Slow, plain second versions of what is fitted in windows of the clock, and series with known truth."""

import cmath
import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
from scipy.linalg import toeplitz

SECOND = 10**9


def naive_windows(time, stretch, length):
    """Return the moves of each whole window, as lists of their numbers, in order."""
    places = {t // SECOND: i for i, t in enumerate(time)}
    found = []
    for number in sorted({(t // SECOND - 1) // length for t in time}):
        inside = [places.get(second) for second in range(number * length + 1, (number + 1) * length + 1)]
        if None not in inside and len({stretch[i] for i in inside}) == 1:
            found.append(inside)
    return found


def naive_row(window, time, edges):
    """Return the number of the row in which a window's last move ends."""
    (row,) = [i for i, (a, b) in enumerate(pairwise(edges)) if a <= time[window[-1]] < b]
    return row


# --- GARCH ------------------------------------------------------------------------------------------------------


def garch_likelihood(x, omega, alpha, beta, before=None):
    """Return the Gaussian log-likelihood of GARCH(1,1), its variance begun from the mean square or ``before``."""
    before = sum(value**2 for value in x) / len(x) if before is None else before
    total, square, variance = 0.0, before, before
    for value in x:
        variance = omega + alpha * square + beta * variance
        square = value * value
        total -= 0.5 * (math.log(2 * math.pi) + math.log(variance) + square / variance)
    return total


def faded_square(x):
    """Return the mean of the first 75 squares with weights that fall by 0.94, from which `arch` begins by itself."""
    weights = [0.94**i for i in range(min(75, len(x)))]
    return sum(w * value**2 for w, value in zip(weights, x, strict=False)) / sum(weights)


def simulated_garch(n, omega, alpha, beta, seed):
    """Return a path of GARCH(1,1) from its stationary state."""
    noise = np.random.default_rng(seed).standard_normal(n + 500)
    path, square, variance = [], omega / (1 - alpha - beta), omega / (1 - alpha - beta)
    for z in noise.tolist():
        variance = omega + alpha * square + beta * variance
        square = variance * z * z
        path.append(math.sqrt(variance) * z)
    return np.array(path[500:])


# --- memory -----------------------------------------------------------------------------------------------------


def arfima_covariance(d, n):
    """Return the first n autocovariances of ARFIMA(0, d, 0) with innovations of unit variance."""
    found = [math.gamma(1 - 2 * d) / math.gamma(1 - d) ** 2]
    for lag in range(1, n):
        found.append(found[-1] * (lag - 1 + d) / (lag - d))
    return np.array(found)


def simulated_arfima(n, d, seed):
    """Return a Gaussian ARFIMA(0, d, 0), exact in distribution, by embedding its covariance in a circle."""
    covariance = arfima_covariance(d, n + 1)
    variances = np.fft.fft(np.concatenate([covariance, covariance[-2:0:-1]])).real
    assert variances.min() > -1e-9
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(2 * n) + 1j * rng.standard_normal(2 * n)
    return np.fft.fft(np.sqrt(np.maximum(variances, 0) / (2 * n)) * noise).real[:n]


def naive_ordinate(x, j):
    """Return one ordinate of the periodogram of the demeaned series, as a sum of complex numbers."""
    mean, n = sum(x) / len(x), len(x)
    transform = sum((value - mean) * cmath.exp(-2j * math.pi * j * t / n) for t, value in enumerate(x))
    return abs(transform) ** 2 / (2 * math.pi * n)


def expected_ordinates(covariance, count):
    """Return the mean periodogram of a window of a process with these autocovariances, exactly."""
    n = len(covariance)
    lags = np.arange(1, n)
    # (1 / 2 pi n) sum over s, t of gamma(s - t) exp(-i lambda (s - t)); a Fourier frequency does not see the mean.
    return np.array(
        [
            (n * covariance[0] + 2 * ((n - lags) * covariance[1:]) @ np.cos(2 * np.pi * j * lags / n)) / (2 * np.pi * n)
            for j in range(1, count + 1)
        ]
    )


def naive_whittle(ordinates, n):
    """Return the d of a fine grid that minimises Robinson's objective."""
    frequencies = [2 * math.pi * (j + 1) / n for j in range(len(ordinates))]

    def objective(d):
        terms = [f ** (2 * d) * value for f, value in zip(frequencies, ordinates, strict=True)]
        return math.log(sum(terms) / len(terms)) - 2 * d * sum(map(math.log, frequencies)) / len(terms)

    coarse = min((i / 100 for i in range(-50, 101)), key=objective)
    fine = [coarse + i / 10_000 for i in range(-100, 101)]
    return min((d for d in fine if -0.5 <= d <= 1), key=objective)


def naive_fluctuation(x):
    """Return the mean squared residual of the line that numpy fits to the cumulated values."""
    y, t = np.cumsum(x), np.arange(len(x))
    return float(np.mean((y - np.polyval(np.polyfit(t, y, 1), t)) ** 2))


def expected_fluctuation(covariance):
    """Return the mean F^2 of a window of a process with these autocovariances, as the trace of two matrices."""
    size = len(covariance)
    cumulate = np.tril(np.ones((size, size)))
    line = np.linalg.qr(np.column_stack([np.ones(size), np.arange(size)]))[0]
    residual = cumulate - line @ (line.T @ cumulate)
    return float(np.sum((residual @ toeplitz(covariance)) * residual) / size)


# --- realised volatility ----------------------------------------------------------------------------------------


def naive_realised_volatility(values):
    return math.sqrt(sum(Fraction(value) ** 2 for value in values) / len(values))


def naive_relative_volatility(mids):
    """Return basis points of volatility from the mids of one stretch, and how many moves were left out."""
    pairs = [(a, b) for a, b in pairwise(mids) if a > 0]
    squares = sum(Fraction(b - a, a) ** 2 for a, b in pairs)
    return 1e4 * math.sqrt(squares / len(pairs)), len(mids) - 1 - len(pairs)


def naive_signature(path, horizon, base):
    """Return the ratio of two variances per second, from the path of a mid at whole seconds."""

    def per_second(steps):
        changes = [path[i] - path[i - steps] for i in range(steps, len(path))]
        return Fraction(sum(c * c for c in changes), len(changes) * steps)

    return float(per_second(horizon) / per_second(base))
