"""Slow, obvious twins of LOB-Bench's scores, from its definitions in words, one message at a time."""

import math
from collections import Counter
from itertools import pairwise
from statistics import mean, stdev


def rows_of(s):
    """Return a sequence as a list of (time, kind, order, size, price, direction, book row)."""
    return [
        (*values, book.tolist())
        for *values, book in zip(
            *(column.tolist() for column in (s.time, s.kind, s.order_id, s.size, s.price, s.direction)),
            s.book,
            strict=True,
        )
    ]


def naive_scores(s):
    """Return the values of each of the 21 scores in one sequence."""
    rows = rows_of(s)
    out = {name: [] for name in (
        "spread", "orderbook_imbalance", "log_inter_arrival_time", "log_time_to_cancel", "ask_volume_touch",
        "bid_volume_touch", "ask_volume", "bid_volume", "limit_ask_order_depth", "limit_bid_order_depth",
        "ask_cancellation_depth", "bid_cancellation_depth", "limit_ask_order_levels", "limit_bid_order_levels",
        "ask_cancellation_levels", "bid_cancellation_levels",
    )}  # fmt: skip
    born, cancelled, before = {}, {}, None
    for row in rows:
        time, kind, order, _, price, _, book = row
        out["spread"].append(book[0] - book[2])
        out["orderbook_imbalance"].append((book[3] - book[1]) / (book[3] + book[1]))
        out["ask_volume_touch"].append(book[1])
        out["bid_volume_touch"].append(book[3])
        out["ask_volume"].append(sum(book[1::4][:10]))
        out["bid_volume"].append(sum(book[3::4][:10]))
        if before is not None:
            gap = (time - before[0]) / 1e6
            out["log_inter_arrival_time"].append(math.log(gap if gap else 1e-9))
        depth = price - (book[0] + book[2]) / 2
        if kind == 1:
            born.setdefault(order, time)
            which, levels = "limit_{}_order_", book
        elif kind in (2, 3):
            cancelled.setdefault(order, time)
            which, levels = "{}_cancellation_", None if before is None else before[-1]
        else:
            before = row
            continue
        if depth:
            out[which.format("ask" if depth > 0 else "bid") + "depth"].append(abs(depth))
        for side, first in (("ask", 0), ("bid", 2)):
            if levels is not None and price in levels[first::4][:10]:
                out[which.format(side) + "levels"].append(levels[first::4].index(price) + 1)
        before = row
    for order, time in born.items():
        if order in cancelled:
            seconds = (cancelled[order] - time) / 1e9
            out["log_time_to_cancel"].append(math.log(seconds if seconds else 1e-9))
    return out | {"vol_per_min": naive_volume(rows)} | naive_flow(rows)


def naive_volume(rows):
    trades = [(time, size) for time, kind, _, size, *_ in rows if kind == 4]
    volume = Counter()
    for time, size in trades:
        volume[time // 10**9] += size
    if not volume:
        return []
    micro = [time % 10**9 // 1000 for time, _ in trades]
    seconds = sorted(volume)
    if len(seconds) == 1:
        if trades[0][0] == trades[-1][0]:
            return [60 * volume[seconds[0]]]
        period = micro[-1] - micro[0]
        return [60 * volume[seconds[0]] * 1e6 / period] if period >= 100_000 else []
    values = [60 * volume[second] for second in seconds]
    values[0] = None if micro[0] < 900_000 else values[0] / (1 - micro[0] / 1e6)
    values[-1] = None if micro[-1] < 100_000 else values[-1] * 1e6 / micro[-1]
    return [value for value in values if value is not None]


def naive_flow(rows):
    flow = []
    for (*_, old), (*_, new) in pairwise(rows):
        change = 0
        change += new[3] if new[2] >= old[2] else 0
        change -= old[3] if new[2] <= old[2] else 0
        change -= new[1] if new[0] <= old[0] else 0
        change += old[1] if new[0] >= old[0] else 0
        flow.append(change)
    out = {"ofi": [], "ofi_up": [], "ofi_stay": [], "ofi_down": []}
    mids = [(book[0] + book[2]) / 2 for *_, book in rows]
    for last in range(99, len(flow)):
        value = sum(flow[last - 99 : last + 1]) / 100
        out["ofi"].append(value)
        if last + 2 < len(mids):
            move = mids[last + 2] - mids[last + 1]
            out["ofi_up" if move > 0 else "ofi_down" if move < 0 else "ofi_stay"].append(value)
    return out


def naive_l1(real, generated, edges):
    def shares(values):
        groups = Counter(sum(value >= edge for edge in edges) for value in values)
        return {group: count / len(values) for group, count in groups.items()}

    p, q = shares(real), shares(generated)
    return sum(abs(p.get(group, 0) - q.get(group, 0)) for group in {*p, *q}) / 2


def naive_wasserstein(real, generated):
    """Return the mean distance of sorted standardised values, for samples of one size."""
    both = [*real, *generated]
    centre, scale = mean(both), stdev(both)
    pairs = zip(sorted(real), sorted(generated), strict=True)
    return mean(abs((a - centre) / scale - (b - centre) / scale) for a, b in pairs)


def naive_touch_events(s):
    """Return (mid after, sign, class) of each event at the touch."""
    kept, before = [], None
    for row in rows_of(s):
        time, kind, _, _, price, side, book = row
        if (before is None or book[:4] != before[:4]) and kind in (1, 2, 3, 4):
            kept.append((time, kind, price, side, book))
        before = book
    events, best, last = [], None, None
    for time, kind, price, side, book in kept:
        moved = best is None or (book[0], book[2]) != best
        best = (book[0], book[2])
        again = last is not None and kind == 4 and (price, side) == last[2:4] and time - last[0] <= 1000
        if again:
            moved = events.pop()[3] or moved
        name = ("MO" if kind == 4 else "LO" if kind == 1 else "CA") + f"_{int(moved)}"
        events.append(((book[0] + book[2]) / 2, side if kind == 1 else -side, name, moved))
        last = (time, kind, price, side)
    return [event[:3] for event in events]


def naive_response(sequences, name, lag):
    values = []
    for s in sequences:
        events = naive_touch_events(s)
        values += [
            (events[t + lag - 1][0] - events[t - 1][0]) * events[t][1]
            for t in range(1, len(events))
            if events[t][2] == name and t + lag - 1 < len(events)
        ]
    return mean(values) if values else None
