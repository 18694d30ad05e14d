"""Slow, obvious twins of the series, of what a summary keeps, of the metrics and of the comparison.

Plain Python on lists, one observation at a time, written from the definitions in words; where a formula is unavoidable
it is another one than the package's. Prices are as in `naive.Happening`, mids in half ticks, times in nanoseconds.
"""

import math
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import combinations, groupby, pairwise

import numpy as np
from hypothesis import strategies as st
from naive import RECORD, naive_replay
from scipy import optimize, spatial, stats

from lobstats.events.codec import assemble
from lobstats.events.layout import Kind

SECOND = 1_000_000_000
DAY = 24 * 3600 * SECOND
LAGS = sorted({round(10 ** (step / 67)) for step in range(4 * 67 + 1)})
WINDOWS = [m * SECOND // 100 for m in (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000)]
HORIZONS = [m * SECOND // 100 for m in (1, 10, 20, 50, 100, 200, 500, 1000, 3000, 6000, 12_000, 30_000, 60_000)]
EVERY_WINDOW = [SECOND // 1000, 3 * SECOND // 1000, *WINDOWS, 1000 * SECOND]
"""The twin visits every window: the two shortest are left to tests of a few seconds."""
TRADE, ADD = 2, 10


# --- streams to try them on -------------------------------------------------------------------------------------


def stream(*rows):
    """Return events from rows of (time, kind, side, id, price, quantity)."""
    time, kind, side, order_id, px, qty = zip(*rows, strict=True) if rows else [[]] * 6
    return assemble(
        kind=np.array([Kind[name.upper()] for name in kind], dtype=np.int64),
        side=np.array(side, dtype=np.int64),
        order_id=np.array(order_id, dtype=np.int64),
        exch_ts=np.array(time, dtype=np.int64),
        px=np.array(px, dtype=np.float64),
        qty=np.array(qty, dtype=np.float64),
    )


@st.composite
def streams(draw, *, most=40, depth=False, backwards=False):
    """Draw a stream on a tick of 0.25 in which the book crosses, empties, is cleared and filled, and trading pauses."""
    kinds = ["add"] * 6 + ["trade"] * 4 + ["cancel"] * 2 + ["modify"] * 4 + ["fill"] * 4
    kinds += ["clear", "bbo", "fresh", "fresh", "cross", "uncross", "uncross"]
    if depth:
        kinds += ["depth"] * 25 + ["snapshot"]
    lengths = [0, 1, 1, 10_000_000, 300_000_000, 300_000_000, SECOND, 2_500_000_000, 31 * 60 * SECOND]
    steps = st.sampled_from(lengths + [-1, -300_000_000, -SECOND, -31 * 60 * SECOND] * backwards)
    away = st.sampled_from([0, 1, 1, 2, 3])
    rows = draw(
        st.lists(
            st.tuples(
                steps, st.sampled_from(kinds), st.sampled_from([1, -1]), st.integers(1, 9), away, st.integers(0, 4)
            ),
            min_size=draw(st.sampled_from([0, most // 2])),
            max_size=most,
        )
    )

    def quotes():
        return [(time, "add", 1, 20, 99.75, 5.0), (time, "add", -1, 21, 100.25, 5.0)]

    time = draw(st.sampled_from([SECOND + 3, 1_731_335_400 * SECOND + 5])) + 400_000 * SECOND * backwards
    out = [*quotes(), (time + 1, "trade", 1, 0, 100.25, 1.0)]
    time += 1
    for step, kind, side, order_id, ticks, qty in rows:
        time += step
        price = 100.0 - side * 0.25 * (ticks - (qty == 4))
        if kind in ("clear", "fresh"):
            out.append((time, "clear", 0, 0, 0.0, 0.0))
            out.extend(quotes() if kind == "fresh" else [])
        elif kind == "cross":
            out.append((time, "add", 1, 30, 102.0, 1.0))
        elif kind == "uncross":
            out.append((time, "cancel", 1, 30, 102.0, 1.0))
        else:
            out.append((time, kind, side, order_id, price, qty))
    return stream(*out)


# --- sessions and series ----------------------------------------------------------------------------------------


@dataclass
class Point:
    """A happening that enters facts."""

    time: int
    segment: int
    n_records: int
    bid: int | None
    ask: int | None
    bid_size: float = 0.0
    ask_size: float = 0.0
    kinds: set = field(default_factory=set)
    trades: list = field(default_factory=list)
    """(side, size, price in half ticks) of each trade, in the order of their first prints."""
    records: list = field(default_factory=list)
    """(kind, order) of each record."""

    @property
    def weighted_mid(self):
        """The weighted mid in hundredths of a tick."""
        if self.mid is None:
            return None
        bid_size, ask_size = Fraction(self.bid_size), Fraction(self.ask_size)
        if bid_size + ask_size == 0:
            return round(Fraction(self.mid, 2) * 100)
        return round(100 * (self.bid * ask_size + self.ask * bid_size) / (bid_size + ask_size))

    @property
    def mid(self):
        return None if self.bid is None or self.ask is None else self.bid + self.ask

    @property
    def spread(self):
        return None if self.bid is None or self.ask is None else self.ask - self.bid


@dataclass
class Session:
    start: int
    end: int
    points: list[Point] = field(default_factory=list)
    orders: list[tuple[int, float]] = field(default_factory=list)
    order_prices: list[int] = field(default_factory=list)


def naive_sessions(events, tick_size, *, clock_ns=1, session_gap_ns=1800 * SECOND):
    """Return the sessions, and the records left out by reason."""
    rows = list(RECORD.iter_unpack(events.tobytes()))
    sessions, left_out = [], {"outside_hours": 0, "before_first_trade": 0, "crossed": 0, "late": 0}
    began = day = previous = latest = None
    trading = unbroken = False
    segment = -1
    for one in naive_replay(events, tick_size, clock_ns).happenings:
        if previous is None or one.after_empty or abs(one.time - previous) > session_gap_ns:
            began, latest, day, trading = one.time, one.time, 0, False
        elif (max(latest, one.time) - began) // DAY != day:
            latest, day, trading = one.time, (one.time - began) // DAY, False
        previous, latest = one.time, max(latest, one.time)
        if not trading:
            if not any(rows[i][0] % 256 == TRADE for i in one.records):
                left_out["before_first_trade"] += one.n_records
                continue
            sessions.append(Session(one.time, one.time))
            trading, unbroken = True, False
        session = sessions[-1]
        session.end = max(session.end, one.time)
        crossed = one.bid is not None and one.ask is not None and one.bid > one.ask
        if crossed or one.time < latest:
            left_out["crossed" if crossed else "late"] += one.n_records
            unbroken = False
            continue
        if one.time < latest:
            left_out["late"] += one.n_records
            unbroken = False
            continue
        if one.after_break or not unbroken:
            segment += 1
        unbroken = True
        session.points.append(
            Point(
                one.time,
                segment,
                one.n_records,
                one.bid,
                one.ask,
                one.bid_size,
                one.ask_size,
                {rows[i][0] % 256 for i in one.records},
                naive_trades([rows[i] for i in one.records], tick_size),
                [(rows[i][0] % 256, rows[i][1]) for i in one.records],
            )
        )
        adds = [rows[i] for i in one.records if rows[i][0] % 256 == ADD and rows[i][4] > 0]
        session.order_prices.extend(round(Fraction(px) / Fraction(tick_size)) for _, _, _, px, _ in adds)
        session.orders.extend((one.time, rows[i][4]) for i in one.records if rows[i][0] % 256 == ADD and rows[i][4] > 0)
    return sessions, left_out


def naive_trades(records, tick_size):
    """Return the trades of a happening: the prints of one side together, at the price of the last."""
    found = {}
    for ev, _, _, px, qty in records:
        if ev % 256 == TRADE and qty > 0:
            side = (ev >> 29 & 1) - (ev >> 28 & 1)
            size, _ = found.get(side, (0.0, 0))
            found[side] = size + qty, round(2 * Fraction(px) / Fraction(tick_size))
    return [(side, size, price) for side, (size, price) in found.items()]


def naive_moves_at(points, value):
    """Return (time, change) of a value from one of some points to the next, within a stretch."""
    return [
        (q.time, value(q) - value(p))
        for p, q in pairwise(points)
        if p.segment == q.segment and value(p) is not None and value(q) is not None
    ]


def naive_trade_moves(session):
    prints = [(p, price) for p in session.points for _, _, price in p.trades]
    return [(q.time, y - x) for (p, x), (q, y) in pairwise(prints) if p.segment == q.segment]


def naive_horizon_moves(session, horizon):
    """Return (time, change of the mid) over a horizon: below a second side by side, else one at every second."""
    step = min(horizon, SECOND)
    out: list = []
    for (_, priced), group in groupby(session.points, key=lambda p: (p.segment, p.mid is not None)):
        points = list(group)
        if not priced:
            continue
        times = [p.time for p in points]

        def at(time, points=points, times=times):
            return points[bisect_right(times, time) - 1].mid

        first, last = -(-points[0].time // step), points[-1].time // step
        ends = [k * step for k in range(first + horizon // step, last + 1)]
        out.extend((end, at(end) - at(end - horizon)) for end in ends)
    return out


def neighbours(session):
    """Return the pairs of happenings that follow each other without a break."""
    return [(p, q) for p, q in pairwise(session.points) if p.segment == q.segment]


def naive_gaps(session):
    """Return (time of the later, gap) in runs without a break."""
    runs = {}
    for p, q in neighbours(session):
        runs.setdefault(q.segment, []).append((q.time, q.time - p.time))
    return list(runs.values())


def naive_moves(session):
    return [(q.time, q.mid - p.mid) for p, q in neighbours(session) if p.mid is not None and q.mid is not None]


def naive_held_spreads(session):
    return [(q.time, p.spread, q.time - p.time) for p, q in neighbours(session) if p.spread is not None]


def naive_bars(session):
    """Return (second, mid) in runs without a break or an empty side."""
    runs = []
    for (_, priced), group in groupby(session.points, key=lambda p: (p.segment, p.mid is not None)):
        points = list(group)
        if not priced:
            continue
        run, last = [], 0
        second = -(-points[0].time // SECOND) * SECOND
        while second <= points[-1].time:
            while last + 1 < len(points) and points[last + 1].time <= second:
                last += 1
            run.append((second, points[last].mid))
            second += SECOND
        runs.append(run)
    return runs


def naive_returns(session):
    """Return (second, change of the mid since the second before) in runs."""
    return [[(t, y - x) for (_, x), (t, y) in pairwise(run)] for run in naive_bars(session)]


def naive_from_open(session):
    first = next((p.mid for p in session.points if p.mid is not None), 0)
    return [(t, mid - first) for run in naive_bars(session) for t, mid in run]


# --- what a summary keeps ---------------------------------------------------------------------------------------


@dataclass
class Row:
    """One row's observations, uncounted."""

    moves: list = field(default_factory=list)
    returns: list = field(default_factory=list)
    lagged: dict = field(default_factory=dict)
    """Lag -> pairs (earlier, later) of returns."""
    times_between: dict = field(default_factory=dict)
    """Size in half ticks -> seconds since the last return at least as large, at each that is."""
    spread: list = field(default_factory=list)
    spread_time: list = field(default_factory=list)
    """Pairs (spread, nanoseconds)."""
    order_size: list = field(default_factory=list)
    happening_size: list = field(default_factory=list)
    gaps: list = field(default_factory=list)
    gap_pairs: list = field(default_factory=list)
    windows: dict = field(default_factory=dict)
    """Length -> counts of the whole windows that end in the row."""
    rate_lagged: dict = field(default_factory=dict)
    """Lag -> pairs (earlier, later) of the counts of whole seconds, the later of which ends in the row."""
    from_open: list = field(default_factory=list)
    by_horizon: dict = field(default_factory=dict)
    weighted_moves: list = field(default_factory=list)
    trade_moves: list = field(default_factory=list)
    mid_moves_by_trade: list = field(default_factory=list)
    order_digit: list = field(default_factory=list)


def naive_rows(session, row_ns=None):
    """Return the rows by number; what happens in a row without a happening belongs to the next that has one."""
    length = row_ns or DAY * 1000
    occupied = sorted({(p.time - session.start) // length for p in session.points}) or [0]
    rows = {number: Row() for number in occupied}

    def row(time):
        number = (time - session.start) // length
        return rows[occupied[min(bisect_left(occupied, number), len(occupied) - 1)]]

    for time, move in naive_moves(session):
        row(time).moves.append(move)
    for run in naive_returns(session):
        for i, (time, change) in enumerate(run):
            here = row(time)
            here.returns.append(change)
            for lag in LAGS:
                if lag > i:
                    break
                here.lagged.setdefault(lag, []).append((run[i - lag][1], change))
        for size in (1, 2, 3, 4):
            for (before, _), (time, _) in pairwise([one for one in run if abs(one[1]) >= size]):
                row(time).times_between.setdefault(size, []).append((time - before) // SECOND)
    for point in session.points:
        here = row(point.time)
        here.happening_size.append(point.n_records)
        if point.spread is not None:
            here.spread.append(point.spread)
    for time, spread, length_ns in naive_held_spreads(session):
        row(time).spread_time.append((spread, length_ns))
    for time, size in session.orders:
        row(time).order_size.append(size)
    for run in naive_gaps(session):
        for i, (time, gap) in enumerate(run):
            here = row(time)
            here.gaps.append(gap)
            if i:
                here.gap_pairs.append((run[i - 1][1], gap))
    for window, counts in naive_windows(session).items():
        for end, count in counts:
            row(end - 1).windows.setdefault(window, []).append(count)
    for run in naive_rates(session):
        for i, (end, count) in enumerate(run):
            for lag in LAGS:
                if lag <= i:
                    row(end - 1).rate_lagged.setdefault(lag, []).append((run[i - lag][1], count))
    for time, level in naive_from_open(session):
        row(time).from_open.append(level)
    for horizon in HORIZONS:
        for time, move in naive_horizon_moves(session, horizon):
            row(time).by_horizon.setdefault(horizon, []).append(move)
    for time, move in naive_moves_at(session.points, lambda p: p.weighted_mid):
        row(time).weighted_moves.append(move)
    for time, move in naive_trade_moves(session):
        row(time).trade_moves.append(move)
    for time, move in naive_moves_at([p for p in session.points if p.trades], lambda p: p.mid):
        row(time).mid_moves_by_trade.append(move)
    for (time, _), price in zip(session.orders, session.order_prices, strict=True):
        row(time).order_digit.append(price % 10)
    return rows


def naive_windows(session, windows=WINDOWS):
    """Return for each window length the (end, count) of each window that lies between two happenings of a stretch."""
    found = {window: [] for window in windows}
    for _, group in groupby(session.points, key=lambda p: p.segment):
        times = [p.time for p in group]
        for window in windows:
            inside = Counter(time // window for time in times)
            number = -(-times[0] // window)
            while (number + 1) * window <= times[-1]:
                found[window].append(((number + 1) * window, inside[number]))
                number += 1
    return found


def naive_rates(session):
    """Return (end, count) of the whole seconds in runs without a break."""
    runs = []
    for _, group in groupby(session.points, key=lambda p: p.segment):
        run = Session(0, 0, list(group))
        runs.append(naive_windows(run, [SECOND])[SECOND])
    return runs


@cache
def naive_capped(value, bits=12):
    """Round a number to its leading binary digits, half to even."""
    exact = Fraction(value)
    if not exact:
        return value
    unit = Fraction(1)
    while abs(exact) / unit >= 2**bits:
        unit *= 2
    while abs(exact) / unit < 2 ** (bits - 1):
        unit /= 2
    return type(value)(round(exact / unit) * unit)


def naive_counts(values):
    """Return the sorted distinct values and how often each occurs."""
    counted = sorted(Counter(values).items())
    return [value for value, _ in counted], [count for _, count in counted]


def naive_gap_bin(gap):
    """Return a key that orders gaps as their bins do: the bin's least gap."""
    shift = max(gap.bit_length() - 8, 0)
    return gap >> shift << shift


# --- prices -----------------------------------------------------------------------------------------------------


def naive_mean(values):
    return float(sum(map(Fraction, values)) / len(values))


def naive_share(values, rule):
    return sum(1 for value in values if rule(value)) / len(values)


def naive_time_weighted(pairs):
    return float(Fraction(sum(spread * ns for spread, ns in pairs), sum(ns for _, ns in pairs)))


# --- tails ------------------------------------------------------------------------------------------------------


def naive_sizes(moves, tail):
    """Return the sizes of the moves of a tail, largest first; moves of the other side count as zero."""
    sign = {"both": None, "upper": 1, "lower": -1}[tail]
    return sorted((abs(move) if sign is None else max(sign * move, 0) for move in moves), reverse=True)


def naive_threshold(sizes, fraction):
    """Return the largest size outside the tail; a fraction means the simplest one near it."""
    return sizes[int(Fraction(fraction).limit_denominator(10**9) * len(sizes))]


def naive_hill(sizes, threshold):
    logs = [math.log(size) - math.log(threshold) for size in sizes if size > threshold]
    return 1 / statistics.fmean(logs)


def naive_pareto(sizes, threshold):
    """Return the index that makes lattice sizes beyond the threshold likeliest, by search over its logarithm."""
    counted = Counter(size for size in sizes if size > threshold)
    edge = threshold + 0.5

    def minus_log_likelihood(log_index):
        index = math.exp(log_index)
        return -sum(
            count * math.log(((size - 0.5) / edge) ** -index - ((size + 0.5) / edge) ** -index)
            for size, count in counted.items()
        )

    found = optimize.minimize_scalar(minus_log_likelihood, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10})
    return math.exp(found.x)


# --- volatility -------------------------------------------------------------------------------------------------


def naive_autocorrelation(runs, lag):
    """Return the autocorrelation of a series in runs at a lag, centred on its mean, and the number of pairs."""
    values = [value for run in runs for value in run]
    mean = statistics.fmean(values)
    products = [(run[i - lag] - mean) * (run[i] - mean) for run in runs for i in range(lag, len(run))]
    if not products:
        return None, 0
    return statistics.fmean(products) / statistics.fmean((value - mean) ** 2 for value in values), len(products)


def naive_decay(lags, rhos):
    points = [(math.log(lag), math.log(rho)) for lag, rho in zip(lags, rhos, strict=True) if rho > 0]
    return -statistics.linear_regression(*zip(*points, strict=True)).slope


def naive_integral(lags, rhos):
    points = list(zip(lags, rhos, strict=True))
    return sum((b - a) * (x + y) / 2 for (a, x), (b, y) in pairwise(points))


# --- arrivals ---------------------------------------------------------------------------------------------------


def naive_variation(gaps):
    """Return the coefficient of variation, by the statistics of whole numbers."""
    return math.sqrt(statistics.pvariance(map(Fraction, gaps))) / statistics.fmean(gaps)


def naive_burstiness(gaps):
    ratio = naive_variation(gaps)
    return (ratio - 1) / (ratio + 1)


def naive_burstiness_finite(gaps):
    """Kim and Jo's measure, from its three fixed points: -1 at r = 0, 0 for random times, 1 for all but one gap zero.

    It is the one ratio of two linear functions of r that passes through these.
    """
    n, ratio = len(gaps), naive_variation(gaps)
    if n == 1:
        return -1.0
    random, largest = math.sqrt((n - 1) / (n + 1)), math.sqrt(n - 1)
    # A(r) = (r - random) / (c r + random) with A(0) = -1, A(random) = 0 and A(largest) = 1.
    slope = (largest - 2 * random) / largest
    return (ratio - random) / (slope * ratio + random)


def naive_memory(pairs):
    return statistics.correlation([math.log(g) for g, _ in pairs], [math.log(h) for _, h in pairs])


def naive_fano(counts):
    return float(statistics.pvariance(map(Fraction, counts)) / (Fraction(sum(counts), len(counts))))


# --- distances --------------------------------------------------------------------------------------------------


def naive_distances(first, second, x, cell):
    """Return the five distances between two lists of counts over the values x."""
    p, q = ([count / sum(counts) for count in counts] for counts in (first, second))
    wasserstein = stats.wasserstein_distance(x, x, p, q)
    difference, ks = 0.0, 0.0
    for a, b in zip(p, q, strict=True):
        difference += a - b
        ks = max(ks, abs(difference))
    in_cells = []
    for mass in (p, q):
        cells = dict.fromkeys(cell, 0.0)
        for place, part in zip(cell, mass, strict=True):
            cells[place] += part
        in_cells.append(list(cells.values()))
    variation = sum(abs(a - b) for a, b in zip(*in_cells, strict=True)) / 2
    energy = stats.energy_distance(x, x, p, q)
    return [wasserstein, ks, float(spatial.distance.jensenshannon(*in_cells, base=2)), energy, variation]


def naive_error_norms(error, middle, x, cell):
    """Return the same norms of a difference of masses."""
    total, ks, wasserstein, energy = 0.0, 0.0, 0.0, 0.0
    for i, part in enumerate(error):
        total += part
        ks = max(ks, abs(total))
        if i + 1 < len(x):
            wasserstein += abs(total) * (x[i + 1] - x[i])
            energy += 2 * total**2 * (x[i + 1] - x[i])
    cells, middles = Counter(), Counter()
    for place, part, mass in zip(cell, error, middle, strict=True):
        cells[place] += part
        middles[place] += mass
    squares = sum(cells[place] ** 2 / middles[place] for place in cells if middles[place] > 0)
    variation = sum(abs(part) for part in cells.values()) / 2
    return [wasserstein, ks, math.sqrt(squares / (8 * math.log(2))), math.sqrt(energy), variation]


# --- intervals --------------------------------------------------------------------------------------------------


def naive_dependence(rho, units):
    return min(0.8, max(0.0, rho + (1 + 3 * max(rho, 0.0)) / units))


def naive_jackknife(whole, left_out, *, blocks, told=None, level=0.95):
    """Return (standard error, low, high, pseudo-values) of an estimate on its scale and those without each unit.

    ``told`` says how many units say anything of it, all by default.
    """
    m = len(left_out)
    pseudo = [m * whole - (m - 1) * other for other in left_out]
    error = statistics.stdev(pseudo) / math.sqrt(m)
    if blocks:
        mean = statistics.fmean(pseudo)
        squares = sum((value - mean) ** 2 for value in pseudo)
        rho = sum((a - mean) * (b - mean) for a, b in pairwise(pseudo)) / squares if squares else 0.0
        r = naive_dependence(rho, m)
        error *= math.sqrt((1 + r) / (1 - r))
    t = stats.t.ppf((1 + level) / 2, (m if told is None else told) - 1)
    skewness = stats.skew(pseudo) if statistics.pvariance(pseudo) > 0 else 0.0
    shift = skewness * (1 + 2 * t * t) / 6 / math.sqrt(m)
    low, high = whole - t * error, whole + t * error
    return error, min(low, low + shift * error), max(high, high + shift * error), pseudo


# --- units and floors -------------------------------------------------------------------------------------------


def naive_neighbour_correlation(blocks, sessions):
    """Return rho of statistics.md from blocks of counts over sorted values and the session of each block."""
    total = [sum(column) for column in zip(*blocks, strict=True)]
    everything = sum(total)
    cumulated, z = 0.0, []
    share = []
    for count in total:
        cumulated += count / everything
        share.append(cumulated)
    for block in blocks:
        row, running = [], 0.0
        for count, f in zip(block, share, strict=True):
            running += count
            row.append(running - sum(block) * f)
        z.append(row)
    products = squares = 0.0
    pairs = 0
    for b in range(len(blocks) - 1):
        pairs += sessions[b] == sessions[b + 1]
    for x, count in enumerate(total):
        weight = count / everything
        squares += weight * sum(row[x] ** 2 for row in z)
        products += weight * sum(
            z[b][x] * z[b + 1][x] for b in range(len(blocks) - 1) if sessions[b] == sessions[b + 1]
        )
    # All values alike, such as fills at the front of the queue, lean nowhere.
    return products / squares * len(blocks) / pairs if squares else 0.0


def naive_inflation(rho, units, kind, level=0.95):
    """Return the factor on resampled quantiles and whether the error rate is not promised."""
    quantile, widening = (1 + level) / 2, math.sqrt(units / (units - 1))
    if kind == "session":
        return stats.t.ppf(quantile, units - 1) / stats.norm.ppf(quantile) * widening, False
    r = naive_dependence(rho, units)
    # The variance of the logarithm of s^2 and of that of (1 + r) / (1 - r), as one of so many degrees of freedom.
    of_variance, of_dependence = 2 * (1 + r * r) / (1 - r * r), 4 / (1 - r * r)
    freedom = 2 * (units - 1) / (of_variance + of_dependence)
    freedom = min(units - 1, max(3, freedom))
    factor = stats.t.ppf(quantile, freedom) / stats.norm.ppf(quantile) * widening * math.sqrt((1 + r) / (1 - r))
    return min(factor, 3.0), rho >= 0.25 or factor >= 3.0


def naive_compare_series(real, generated, x, cell, *, q, factor, nature, level, rng, draws=2000, chunk=100):
    """Return floor, joint, p and verdict of statistics.md, with the draws taken as the package takes them."""
    m, g = len(real), len(generated)

    def total(blocks, weights):
        return [sum(w * block[i] for w, block in zip(weights, blocks, strict=True)) for i in range(len(x))]

    def masses(counts):
        return [count / sum(counts) for count in counts]

    all_real, all_generated = total(real, [1] * m), total(generated, [1] * g)
    p_real, p_generated = masses(all_real), masses(all_generated)
    middle = [(a + b) / 2 for a, b in zip(p_real, p_generated, strict=True)]
    observed = naive_distances(all_real, all_generated, x, cell)
    null, errors = [], []
    for _ in range(draws // chunk):
        drawn = [rng.integers(n, size=(chunk, size)).tolist() for size, n in ((m, m), (q, m), (g, g))]
        weights = [
            [[row.count(unit) for unit in range(n)] for row in rows] for rows, n in zip(drawn, (m, m, g), strict=True)
        ]
        for w_real, w_like, w_own in zip(*weights, strict=True):
            star, like, own = total(real, w_real), total(real, w_like), total(generated, w_own)
            null.append(naive_distances(star, like, x, cell))
            parts = zip(masses(star), p_real, masses(own), p_generated, strict=True)
            errors.append(naive_error_norms([(a - b) - (c - d) for a, b, c, d in parts], middle, x, cell))

    def quantile(values):
        return float(np.quantile(values, level))

    def bounded(f, e):
        return min(max(f, e), 1.5 * f) if q >= 5 else f

    columns = list(zip(*null, strict=True))
    units = [quantile(column) for column in columns]
    error_columns = list(zip(*errors, strict=True))
    floor = [bounded(factor * u, factor * quantile(c)) for u, c in zip(units, error_columns, strict=True)]

    def joined(row):  # Wasserstein, KS and root Jensen-Shannon alone make the verdict
        return max(d / u for d, u in zip(row[:3], units[:3], strict=True))

    joint_null, joint_error = [joined(row) for row in null], [joined(row) for row in errors]
    joint_floor = bounded(factor * quantile(joint_null), factor * quantile(joint_error))
    joint_observed = joined(observed)
    joint = joint_observed / joint_floor
    p = (1 + sum(1 for j in joint_null if factor * j >= joint_observed)) / (draws + 1)
    apart = [naive_distances(total(real, a), total(real, b), x, cell) for a, b in nature]
    variation = [statistics.median(column) for column in zip(*apart, strict=True)]
    if joint <= 1:
        verdict = "within noise"
    elif any(d - f > v for d, f, v in zip(observed[:3], floor[:3], variation[:3], strict=True)):
        verdict = "apart"
    else:
        verdict = "close"
    return {"observed": observed, "floor": floor, "joint": joint, "p": p, "variation": variation, "verdict": verdict}


def naive_nature(sessions):
    """Return pairs of 0-1 weights: every two sessions, or the halves of the only one."""
    numbers = sorted(set(sessions))
    if len(numbers) == 1:
        half = len(sessions) // 2
        return [([1] * half + [0] * (len(sessions) - half), [0] * half + [1] * (len(sessions) - half))]
    return [([int(s == a) for s in sessions], [int(s == b) for s in sessions]) for a, b in combinations(numbers, 2)]
