"""Slow, obvious twins of what chooses blocks and judges rare values."""

import math
import statistics
from itertools import permutations

from naive_metrics import naive_neighbour_correlation


def naive_leaning(rows, sessions):
    """Return how surely rows a sixtieth to a twentieth, or to a tenth, of the sample apart lean the same way."""
    m = len(rows)
    n = [sum(row) for row in rows]
    everything = sum(n)
    share = [sum(column) / everything for column in zip(*rows, strict=True)]
    below = [sum(share[: i + 1]) for i in range(len(share))]
    z = [[sum(row[: i + 1]) - own * f for i, f in enumerate(below)] for row, own in zip(rows, n, strict=True)]

    def product(i, j):
        return sum(w * a * b for w, a, b in zip(share, z[i], z[j], strict=True))

    all_pairs = [product(i, j) for i, j in permutations(range(m), 2)]
    mean, spread = statistics.fmean(all_pairs), statistics.pstdev(all_pairs)
    found = []
    for part in (20, 10):
        nearest = max(2, math.ceil(m / 60))
        farthest = max(nearest, m // part)
        pairs = [
            product(i, j)
            for i in range(m)
            for j in range(i + nearest, min(m, i + farthest + 1))
            if sessions[i] == sessions[j]
        ]
        found.append(sum(p - mean for p in pairs) / spread / math.sqrt(len(pairs)) if pairs else 0.0)
    return max(found)


def naive_choice(counts, blocks_of, lengths, memory):
    """Return the length of the blocks in seconds, given the (session, block) of each row at each length."""
    sessions = [session for session, _ in blocks_of(lengths[0])]
    surely = max(naive_leaning(rows, sessions) for rows in counts.values()) > 3

    def merged(length, rows):
        out = {}
        for key, row in zip(blocks_of(length), rows, strict=True):
            out[key] = [a + b for a, b in zip(out[key], row, strict=True)] if key in out else row
        return out

    def rho(length):
        found = []
        for rows in counts.values():
            blocks = merged(length, rows)
            found.append(naive_neighbour_correlation(list(blocks.values()), [session for session, _ in blocks]))
        return max(found)

    if surely:
        return lengths[-1]
    chosen = next((length for length in lengths if rho(length) < 0.25), lengths[-1])
    long_enough = [length for length in lengths if length >= 60 * memory]
    if long_enough and long_enough[0] > chosen and len(set(blocks_of(long_enough[0]))) >= 30:
        return long_enough[0]
    return chosen
