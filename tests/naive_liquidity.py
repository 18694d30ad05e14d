"""Slow, obvious twins of what is measured of the book's depth: dictionaries and loops."""

from naive import BUY, SELL

SECOND = 1_000_000_000


def naive_profiles(happenings):
    """Return number, prices and sizes (bids, asks; ten each) of the last happening up to each whole second."""
    last = {}
    for number, one in enumerate(happenings):
        last[(one.time + SECOND - 1) // SECOND] = number
    profiles = []
    for number in last.values():
        sides = [happenings[number].best_levels[side] for side in (BUY, SELL)]
        lengthened = [levels + [(None, 0.0)] * (10 - len(levels)) for levels in sides]
        profiles.append(
            (
                number,
                [[price for price, _ in side] for side in lengthened],
                [[s for _, s in side] for side in lengthened],
            )
        )
    return profiles


def naive_profile_sums(profiles):
    """Return sides, levels and size by level, size by distance, gaps, and slope of (prices, sizes) of both sides."""
    sides, levels, size, near, gaps, reach, reached = 0, [0] * 10, [0.0] * 10, [0.0] * 10, 0, 0, 0.0
    for prices, sizes in profiles:
        for own in range(2):
            known = [(p, s) for p, s in zip(prices[own], sizes[own], strict=True) if p is not None]
            sides += bool(known)
            for k, (price, quantity) in enumerate(known):
                levels[k] += 1
                size[k] += quantity
                distance = abs(price - known[0][0])
                if distance < 10:
                    near[distance] += quantity
                if k:
                    gaps += abs(price - known[k - 1][0])
            if prices[0][0] is not None and prices[1][0] is not None:
                reach += abs(2 * known[-1][0] - prices[0][0] - prices[1][0])
                reached += sum(quantity for _, quantity in known)
    return sides, levels, size, near, gaps, reach, reached


def naive_imbalance(bid_size, ask_size):
    """Return the imbalance in whole hundredths."""
    return round(100 * (bid_size - ask_size) / (bid_size + ask_size)) if bid_size + ask_size else 0


def naive_resilience(time, segment, spread, traded, lags_ns):
    """Return, for each lag, trades, their widening and the excess after it; a spread is None where a side is empty."""
    found = {lag: [0, 0, 0] for lag in lags_ns}
    for i in sorted(set(traded)):
        if i == 0 or segment[i - 1] != segment[i] or None in (spread[i], spread[i - 1]) or spread[i] <= spread[i - 1]:
            continue
        for lag in lags_ns:
            k = i
            while k + 1 < len(time) and segment[k + 1] == segment[i] and time[k + 1] <= time[i] + lag:
                k += 1
            lasts = k + 1 < len(time) and segment[k + 1] == segment[i]
            if (lasts or time[k] == time[i] + lag) and spread[k] is not None:
                found[lag][0] += 1
                found[lag][1] += spread[i] - spread[i - 1]
                found[lag][2] += spread[k] - spread[i - 1]
    return [found[lag] for lag in lags_ns]


def naive_imbalance_pairs(time, segment, mid, imbalance):
    """Return (imbalance at a second, at the next, change of the mid between them) inside stretches with two sides."""
    pairs, i = [], 0
    while i < len(time):
        if mid[i] is None:
            i += 1
            continue
        end = i
        while end + 1 < len(time) and segment[end + 1] == segment[i] and mid[end + 1] is not None:
            end += 1
        at, place, before = -(-time[i] // SECOND) * SECOND, i, None
        while at <= time[end]:
            while place < end and time[place + 1] <= at:
                place += 1
            if before is not None:
                pairs.append((imbalance[before], imbalance[place], mid[place] - mid[before]))
            before, at = place, at + SECOND
        i = end + 1
    return pairs
