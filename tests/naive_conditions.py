"""Plain twins of the counts by condition: loops over observations, windows looked at one by one."""

import math
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise

from naive_metrics import naive_capped

from lobstats.book import NO_PRICE

WINDOW = 10_000_000_000
CONDITIONS = ("tenth", "activity", "spread", "activity_before", "spread_before")
OBSERVED = ("returns", "moves", "spread", "order_size", "gaps")


def naive_bin(number, bits):
    """Number the bins one after the other: exact below 2^(bits + 1), then 2^bits an octave."""
    if number < 2 ** (bits + 1):
        return number
    octave = math.floor(math.log2(number))
    while 2**octave > number:
        octave -= 1
    while 2 ** (octave + 1) <= number:
        octave += 1
    width = 2 ** (octave - bits)
    return 2 ** (bits + 1) + (octave - bits - 1) * 2**bits + (number - 2**octave) // width


def naive_observations(series):
    """Return (time, value) of each series, from the happenings."""
    mids, out = series.mid.tolist(), {name: [] for name in OBSERVED}
    times, segments = series.time.tolist(), series.segment.tolist()
    for i in range(1, len(times)):
        if segments[i] != segments[i - 1]:
            continue
        out["gaps"].append((times[i], naive_bin(times[i] - times[i - 1], 4)))
        if mids[i] != NO_PRICE and mids[i - 1] != NO_PRICE:
            out["moves"].append((times[i], naive_capped(mids[i] - mids[i - 1])))
    out["spread"] = [
        (t, naive_capped(s)) for t, s, m in zip(times, series.spread.tolist(), mids, strict=True) if m != NO_PRICE
    ]
    out["order_size"] = list(zip(series.order_time.tolist(), series.order_size.tolist(), strict=True))
    bars = series.bars()
    moved, moves, _ = bars.moves()
    out["returns"] = [(t, naive_capped(m)) for t, m in zip(moved.tolist(), moves.tolist(), strict=True)]
    return out


def naive_windows(series):
    """Return {(stretch, number): (end, activity bin, spread bin or None)} of whole windows."""
    stretches = defaultdict(list)
    for i, segment in enumerate(series.segment.tolist()):
        stretches[segment].append(i)
    times, spreads = series.time.tolist(), series.spread.tolist()
    found = {}
    for segment, members in stretches.items():
        first, last = times[members[0]], times[members[-1]]
        for number in range(first // WINDOW, last // WINDOW + 1):
            start, end = number * WINDOW, (number + 1) * WINDOW
            if not first <= start or not end <= last:
                continue
            happened = sum(start < times[i] <= end for i in members)
            area = covered = 0
            for i, following in pairwise(members):
                overlap = min(times[following], end) - max(times[i], start)
                if overlap > 0 and spreads[i] != NO_PRICE:
                    area += overlap * min(max(spreads[i], 0), 0xFFFF)
                    covered += overlap
            spread = naive_bin(math.floor(Fraction(16 * area, covered)), 4) if covered else None
            found[segment, number] = (end, naive_bin(happened, 3), spread)
    return found


def naive_conditional(series, edges):
    """Return for each row: counts by (condition, series, bin, value), windows by (condition, bin), and what is left."""
    rows = [(Counter(), Counter(), Counter()) for _ in edges[:-1]]
    windows = naive_windows(series)
    times, segments = series.time.tolist(), series.segment.tolist()
    tenth_ns = max(1, math.ceil(Fraction(series.end - series.start + 1, 10)))

    def row_of(time):
        return max(i for i, edge in enumerate(edges[:-1]) if edge <= time)

    for end, activity, spread in windows.values():
        rows[row_of(end)][1]["activity", activity] += 1
        if spread is not None:
            rows[row_of(end)][1]["spread", spread] += 1
    for name, observations in naive_observations(series).items():
        for time, value in observations:
            segment = segments[max(i for i, t in enumerate(times) if t <= time)]
            number = (time - 1) // WINDOW
            own, before = windows.get((segment, number)), windows.get((segment, number - 1))
            bins = {
                "tenth": (time - series.start) // tenth_ns,
                "activity": own and own[1],
                "spread": own and own[2],
                "activity_before": before and before[1],
                "spread_before": before and before[2],
            }
            counts, _, left = rows[row_of(time)]
            for condition, found in bins.items():
                if found is None:
                    left[condition, name] += 1
                else:
                    counts[condition, name, found, float(value)] += 1
    return rows


def naive_thirds(windows):
    """Return where the lowest third ends and the highest begins, by trying every pair."""
    total = sum(windows)
    low = min(range(1, len(windows)), key=lambda i: abs(Fraction(sum(windows[:i]), total) - Fraction(1, 3)))
    high = min(range(low, len(windows)), key=lambda i: abs(Fraction(sum(windows[i:]), total) - Fraction(1, 3)))
    return low, high
