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
