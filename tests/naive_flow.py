"""Slow, obvious twins of order flow: signs, imbalance, transitions, volume in time and the response of prices.

Plain Python on the happenings of `naive_metrics`, one observation at a time, written from the definitions in words.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import groupby, pairwise

from naive_metrics import DAY, SECOND, naive_returns

NAMES = {10: "add", 11: "cancel", 12: "modify", 2: "trade", 13: "fill"}
STEPS = ("add", "cancel", "modify", "trade", "cancel by fill", "modify by fill")
EVENTS = ("market", "market_moving", "limit", "limit_moving", "cancel", "cancel_moving")


class FlowRow:
    """One row's observations, uncounted; pairs by lag, responses by class and lag."""

    def __init__(self):
        self.trades = 0
        self.signs, self.flows, self.flow_moves, self.flow_moves_10s = [], [], [], []
        self.sign_pairs, self.flow_pairs = defaultdict(list), defaultdict(list)
        self.transitions = Counter()
        self.minute_volume, self.minute_trades, self.five_minute_trades = [], [], []
        self.trade_response, self.clock_response, self.event_response = (defaultdict(list) for _ in range(3))


def naive_names(point):
    """Return what each record of a happening does, with the changes that a fill brings about told apart."""
    filled = {order for kind, order in point.records if kind == 13}
    found = []
    for kind, order in point.records:
        if kind in NAMES:
            by_fill = kind in (11, 12) and order in filled
            found.append(NAMES[kind] + " by fill" * by_fill)
    return found


def runs_of(points):
    """Return the runs of happenings without a break or an empty side."""
    grouped = groupby(points, key=lambda p: (p.segment, p.mid is not None))
    return [list(group) for (_, priced), group in grouped if priced]


def naive_flow_rows(session, row_ns, *, sign_lags, flow_lags, response_lags):
    """Return the rows by number; what happens in a row without a happening belongs to the next that has one."""
    length = row_ns or DAY * 1000
    occupied = sorted({(p.time - session.start) // length for p in session.points}) or [0]
    rows = {number: FlowRow() for number in occupied}

    def row(time):
        number = (time - session.start) // length
        return rows[occupied[min(bisect_left(occupied, number), len(occupied) - 1)]]

    _signs(session, row, sign_lags)
    _flows(session, row, flow_lags)
    records = [(p, name) for p in session.points for name in naive_names(p) if name != "fill"]
    for (p, earlier), (q, later) in pairwise(records):
        if p.segment == q.segment:
            row(q.time).transitions[earlier, later] += 1
    for minutes in (1, 5):
        _volumes(session, row, minutes)
    for run in runs_of(session.points):
        _responses(run, row, response_lags)
    return rows


def _signs(session, row, lags):
    known = []
    for p in session.points:
        for side, _, _ in p.trades:
            row(p.time).trades += 1
            if side:
                known.append((p, side))
                row(p.time).signs.append(side)
    for lag in lags:
        for (p, x), (q, y) in zip(known, known[lag:], strict=False):
            if p.segment == q.segment:
                row(q.time).sign_pairs[lag].append((x, y))


def naive_pressure(p, q):
    """Return what was added to the bid or taken from the ask, less the contrary, from one happening to the next."""

    def gained(before, after, better):
        (price, size), (new_price, new_size) = before, after
        if new_price == price:
            return Fraction(new_size) - Fraction(size)
        return Fraction(new_size) if better(new_price, price) else -Fraction(size)

    bid = gained((p.bid, p.bid_size), (q.bid, q.bid_size), lambda a, b: a > b)
    ask = gained((p.ask, p.ask_size), (q.ask, q.ask_size), lambda a, b: a < b)
    return bid - ask


def _flows(session, row, lags):
    pressures = [(q.time, naive_pressure(p, q)) for run in runs_of(session.points) for p, q in pairwise(run)]
    by_second = defaultdict(Fraction)  # by the whole second at or after
    for time, pressure in pressures:
        by_second[-(-time // SECOND) * SECOND] += pressure
    runs = []
    for moves in naive_returns(session):
        run = []
        for end, move in moves:
            flow = by_second[end]
            run.append((end, float(flow), move / 2))
        runs.append(run)
    for run in runs:
        for i, (end, flow, move) in enumerate(run):
            row(end).flows.append(flow)
            row(end).flow_moves.append((flow, move))
            for lag in lags:
                if lag <= i:
                    row(end).flow_pairs[lag].append((run[i - lag][1], flow))
            ten = run[i - 9 : i + 1] if i >= 9 else []
            if ten and end % (10 * SECOND) == 0:
                row(end).flow_moves_10s.append((sum(f for _, f, _ in ten), sum(m for _, _, m in ten)))


def _volumes(session, row, minutes):
    width = 60 * minutes * SECOND
    for _, group in groupby(session.points, key=lambda p: p.segment):
        points = list(group)
        by_window = defaultdict(list)
        for p in points:
            by_window[p.time // width].extend(p.trades)
        for number in range(-(-points[0].time // width), points[-1].time // width):
            trades = by_window[number]
            # A window ends just before the first instant that it does not hold.
            here = row((number + 1) * width - 1)
            if minutes == 1:
                here.minute_volume.append(sum(size for _, size, _ in trades))
                here.minute_trades.append(len(trades))
            else:
                here.five_minute_trades.append(len(trades))


def naive_event(p, q):
    """Return the class and the sign of what a happening does to the touch, None where it has none."""
    moving = (p.bid, p.ask) != (q.bid, q.ask)
    if not moving and (p.bid_size, p.ask_size) == (q.bid_size, q.ask_size):
        return None
    if q.trades:
        volume = sum(side * Fraction(size) for side, size, _ in q.trades)
        return ("market" + "_moving" * moving, 1 if volume > 0 else -1) if volume else None
    if "fill" in naive_names(q):
        return None
    bid = _change((p.bid, p.bid_size), (q.bid, q.bid_size))
    ask = _change((-p.ask, p.ask_size), (-q.ask, q.ask_size))
    if bid and ask:
        return None
    return ("limit" if bid + ask > 0 else "cancel") + "_moving" * moving, bid - ask


def _change(before, after):
    return (after > before) - (after < before)


def _responses(run, row, lags):
    """Each mid is that before an event; the one after it reaches the next by way of what comes between."""
    trades = [(p.mid, side, q) for p, q in pairwise(run) for side, _, _ in q.trades if side]
    events = [(p.mid, naive_event(p, q), q) for p, q in pairwise(run) if naive_event(p, q)]
    for lag in lags:
        for (mid, side, _), (later, _, q) in zip(trades, trades[lag:], strict=False):
            row(q.time).trade_response[lag].append((later - mid) * side)
        for (mid, (name, sign), _), (later, _, q) in zip(events, events[lag:], strict=False):
            row(q.time).event_response[EVENTS.index(name), lag].append((later - mid) * sign)
    times = [p.time for p in run]
    for seconds in (1, 10):
        for mid, side, q in trades:
            when = q.time + seconds * SECOND
            if when <= run[-1].time:
                later = run[bisect_right(times, when) - 1]
                row(when).clock_response[seconds].append((later.mid - mid) * side)
