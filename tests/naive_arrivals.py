"""Slow, obvious twins of what is kept of arrivals and of its metrics, plain Python on lists of whole nanoseconds."""

import math
from bisect import bisect_right
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np
from naive_metrics import naive_windows
from scipy import optimize


def naive_local_variation(pairs, refractory=0):
    """Shinomoto's measure as it is printed, with 4 g h / (g + h)^2, in exact fractions."""
    terms = [(1 - Fraction(4 * g * h, (g + h) ** 2)) * (1 + Fraction(4 * refractory, g + h)) for g, h in pairs]
    return float(3 * sum(terms) / len(terms))


def naive_pair_sums(pairs):
    """Return what is kept of neighbouring gaps."""
    logs = [(math.log(g), math.log(h)) for g, h in pairs]
    varied = [(Fraction(g - h, g + h) ** 2, g + h) for g, h in pairs]
    return [
        len(pairs),
        *(math.fsum(term(x, y) for x, y in logs) for term in (_x, _y, _xx, _yy, _xy)),
        float(sum(v for v, _ in varied)),
        float(sum(v / both for v, both in varied)),
    ]


def _x(x, _):
    return x


def _y(_, y):
    return y


def _xx(x, _):
    return x * x


def _yy(_, y):
    return y * y


def _xy(x, y):
    return x * y


def naive_window_pairs(session, windows):
    """Return for each length the (end of the later, earlier count, later count) of neighbouring windows."""
    found = {window: [] for window in windows}
    for _, points in groupby(session.points, key=lambda p: p.segment):
        stretch = type(session)(session.start, session.end, list(points))
        for window, counts in naive_windows(stretch, windows).items():
            found[window] += [(end, before, count) for (_, before), (end, count) in pairwise(counts)]
    return found


def naive_allan(pairs, counts):
    """Return the Allan factor from neighbouring counts and all counts."""
    change = Fraction(sum((b - a) ** 2 for a, b in pairs), len(pairs))
    return float(change / (2 * Fraction(sum(counts), len(counts))))


def naive_trains(times, segment, longest):
    """Return the (end, size) of each train and the (end, is within) of each gap, one happening after another."""
    trains, gaps = [], []
    for i, (time, own) in enumerate(zip(times, segment, strict=True)):
        neighbour = i > 0 and segment[i - 1] == own
        if neighbour:
            gaps.append((time, time - times[i - 1] <= longest))
        if neighbour and time - times[i - 1] <= longest:
            trains[-1] = (time, trains[-1][1] + 1)
        else:
            trains.append((time, 1))
    return trains, gaps


def naive_train_distance(sizes, q):
    """Return the Wasserstein distance of log2 size from the geometric law, size by size."""
    total, size, ordered = 0.0, 1, sorted(sizes)
    while size <= ordered[-1] or q**size > 1e-9:
        own = bisect_right(ordered, size) / len(sizes)
        total += abs(own - (1 - q**size)) * math.log2((size + 1) / size)
        size += 1
    return total


def naive_cells(gaps, *, clock=1, per_octave=32):
    """Return (begin, end, count) of the cells that gaps lie in: exact below 256, one below ten steps of a clock."""
    found = {}
    for gap in gaps:
        width = 1 if gap < 256 else 2 ** (gap.bit_length() - 1) // per_octave
        begin = gap // width * width
        found[begin, begin + width] = found.get((begin, begin + width), 0) + 1
    short = [cell for cell in found if cell[0] < 10 * clock]
    if short:
        together = sum(found.pop(cell) for cell in short)
        found[0, max(10 * clock, *(end for _, end in short), 0)] = together
    return [(begin, end, count) for (begin, end), count in sorted(found.items())]


def naive_law(law, cells, start):
    """Return the least -ln likelihood a gap of a law of scipy with (shape, scale), by a search without slopes."""
    begin, end, count = np.array(cells, dtype=np.float64).T

    def loss(theta):
        fitted = law(*np.exp(theta))
        inside = np.where(
            fitted.cdf(begin) < 0.5, fitted.cdf(end) - fitted.cdf(begin), fitted.sf(begin) - fitted.sf(end)
        )
        return -(count @ np.log(np.maximum(inside, 1e-300))) / count.sum()

    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000}
    return optimize.minimize(loss, np.log(start), method="Nelder-Mead", options=options)


def naive_hawkes(times, end, mu, ratio, beta):
    """Return the log likelihood by its definition: every happening excites every later one."""
    value = -mu * end
    for i, time in enumerate(times):
        value += math.log(mu + sum(ratio * beta * math.exp(-beta * (time - earlier)) for earlier in times[:i]))
        value -= ratio * (1 - math.exp(-beta * (end - time)))
    return value


def naive_day(times, segment, begin, end, offset):
    """Return the happenings and the nanoseconds in each half-hour of the local day, walking from cut to cut."""
    half = 1800 * 10**9
    counts, covered = [0] * 48, [0] * 48
    for time in times:
        if begin <= time < end:
            counts[(time + offset) % (48 * half) // half] += 1
    for (earlier, own), (later, other) in pairwise(zip(times, segment, strict=True)):
        if own != other:
            continue
        at, stop = max(earlier, begin), min(later, end)
        while at < stop:
            there = min(stop, ((at + offset) // half + 1) * half - offset)
            covered[(at + offset) % (48 * half) // half] += there - at
            at = there
    return counts, covered
