"""Slow, obvious twins of the fast code, which do almost everything differently: dictionaries and loops.

They are written from the grammar in words, not from the code, and read one record at a time.
"""

import math
import struct
from bisect import bisect_left, insort
from dataclasses import dataclass, field
from fractions import Fraction

RECORD = struct.Struct("<IIqdd")
"""``ev``, ``order_id``, ``exch_ts``, ``px``, ``qty``."""

BUY, SELL = 1, -1


@dataclass
class Happening:
    """One happening as `naive_replay` sees it; a best price is None where the side is empty."""

    time: int
    n_records: int
    after_break: bool
    after_empty: bool
    records: list[int]
    bid: int | None = None
    bid_size: float = 0.0
    ask: int | None = None
    ask_size: float = 0.0
    best_levels: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    """Side -> price and quantity of the ten best levels, the best first."""


@dataclass
class Replayed:
    happenings: list[Happening]
    counts: dict[str, int]
    resting: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Order id -> (the record that last set it, side)."""
    depth: set[int] = field(default_factory=set)
    """The records that set the levels that are left."""


def naive_malformed(data: bytes) -> list[str | None]:
    """Return for each whole record why it is malformed, None where it is not."""
    reasons: list[str | None] = []
    latest = 0
    for start in range(0, len(data) - len(data) % 32, 32):
        ev, _, exch_ts, px, qty = RECORD.unpack_from(data, start)
        buy, sell = bool(ev & 0x20000000), bool(ev & 0x10000000)
        reason = None
        if ev % 256 not in (1, 2, 3, 4, 5, 10, 11, 12, 13):
            reason = "unknown_kind"
        elif buy and sell:
            reason = "both_sides"
        elif ev % 256 in (10, 11, 12) and not buy and not sell:
            reason = "missing_side"
        elif not math.isfinite(px) or not math.isfinite(qty):
            reason = "not_finite"
        elif exch_ts < 0:
            reason = "negative_time"
        elif exch_ts < latest:
            reason = "time_backwards"
        # A time that went back is the one that the next record is compared with; other malformed records are not.
        if reason in (None, "time_backwards"):
            latest = exch_ts
        reasons.append(reason)
    return reasons


def naive_faults(record: bytes, tick_size: float | None) -> set[str]:
    """Return what no market would write of a well-formed record."""
    ev, order_id, _, px, qty = RECORD.unpack(record)
    kind, found = ev % 256, set()
    if ev & ~(0xFF | 0xF0000000):
        found.add("unknown_flags")
    if kind in (1, 2, 4, 10, 12, 13):
        if px <= 0:
            found.add("price_not_positive")
        if tick_size is not None and kind != 2:
            ticks = Fraction(px) / Fraction(tick_size)
            if abs(ticks - round(ticks)) > Fraction(1, 10**6) + abs(ticks) * Fraction(2) ** -50:
                found.add("price_off_grid")
        if qty < 0 or (qty == 0 and kind not in (1, 4)):
            found.add("quantity_not_positive")
        if qty != math.floor(qty):
            found.add("quantity_not_whole")
    if kind in (10, 11, 12, 13) and order_id == 0:
        found.add("id_zero")
    return found


@dataclass
class Rescued:
    """What `naive_lenient` makes of bytes: a reason or None for each record looked at, and where it begins."""

    at: list[int]
    reasons: list[str | None]
    slips: list[tuple[int, int, int, int]]
    """Byte and number of the first record lost, offset of the new boundary, records lost."""
    discarded: int
    trailing: int


def naive_lenient(data: bytes) -> Rescued:
    """Read record by record; at a malformed one, look for another boundary that goes on."""
    found = Rescued([], [], [], 0, 0)
    fine: list[bool] = []  # which of the records are plausible
    at, latest, before, strangers = 0, 0, None, 0
    while at + 32 <= len(data):
        reason, latest_after = _one_malformed(data[at : at + 32], latest)
        offset = _other_boundary(data, at, before) if reason else None
        if offset is not None:
            run = 0  # records directly before, back to the last plausible one or an earlier slip
            while run < len(found.at) and not fine[-1 - run] and found.at[-1 - run] == at - 32 * (run + 1):
                run += 1
            first = len(found.at) - run
            found.slips.append((at - 32 * run, first, offset, run + 1))
            for i in reversed(range(first, len(found.at))):
                if found.reasons[i] is None:
                    del found.at[i], found.reasons[i], fine[i]
                    found.discarded += 32
            found.discarded += offset
            latest, strangers = before[0] if before else 0, 0
            at += offset
            continue
        found.at.append(at)
        found.reasons.append(reason)
        fine.append(False)
        latest = latest_after
        if reason is None:
            follows = _plausible(data[at : at + 32], before)
            strangers = 0 if follows else strangers + 1
            if strangers == 8:
                follows, strangers = _plausible(data[at : at + 32], None), 0
            before, fine[-1] = follows or before, follows is not None
        at += 32
    found.trailing = len(data) - at
    return found


def _one_malformed(record: bytes, latest: int) -> tuple[str | None, int]:
    """Return the reason of a record by what came before, and the time that the next is compared with."""
    reason = naive_malformed(record)[0]
    time = RECORD.unpack(record)[2]
    if reason is None and time < latest:
        reason = "time_backwards"
    return reason, time if reason in (None, "time_backwards") else latest


def _other_boundary(data: bytes, at: int, before: tuple[int, int | None] | None) -> int | None:
    """Return how far on the records go on, None if they do at the old boundary or nowhere."""

    def goes_on(start: int, need: int) -> bool:
        follows = before
        for k in range(need):
            follows = _plausible(data[start + 32 * k : start + 32 * k + 32], follows)
            if follows is None:
                return False
        return True

    left = (len(data) - at) // 32 - 1
    if left >= 1 and goes_on(at + 32, min(3, left)):
        return None
    for offset in range(1, 32):
        whole = (len(data) - at - offset) // 32
        if whole >= 3 and goes_on(at + offset, min(6, whole)):
            return offset
    return None


def _plausible(record: bytes, before: tuple[int, int | None] | None) -> tuple[int, int | None] | None:
    """Return time and price exponent if the record may follow those of the last plausible one, else None."""
    ev, _, time, _, _ = RECORD.unpack(record)
    price, quantity = struct.unpack_from("<QQ", record, 16)
    reason = naive_malformed(record)[0]
    if reason not in (None, "not_finite") or ev & 0x0FFFFF00:
        return None
    if before is not None and not 0 <= time - before[0] <= 7 * 86_400 * 10**9:
        return None
    magnitude = quantity >> 52 & 0x7FF
    if not magnitude and quantity << 1 & (2**64 - 1):
        return None  # not zero, but below what a double holds in full
    if magnitude and not 1023 - 30 <= magnitude <= 1023 + 40:
        return None
    near = before[1] if before is not None else None
    exponent = price >> 52
    if exponent % 2048 == 0:
        return None if price << 1 & (2**64 - 1) else (time, near)
    if exponent % 2048 == 2047 or (near is not None and abs(exponent - near) > 3):
        return None
    return time, exponent


def naive_snap(times: list[int], clock_ns: int) -> list[int]:
    """Put times on a clock: to the nearest step, halves up."""
    return [time if clock_ns == 1 else (2 * time + clock_ns) // (2 * clock_ns) * clock_ns for time in times]


def naive_replay(events, tick_size: float, clock_ns: int = 1) -> Replayed:
    """Replay record by record into a dictionary of orders and one of levels."""
    rows = list(RECORD.iter_unpack(events.tobytes()))
    clock = naive_snap([row[2] for row in rows], clock_ns)
    counts = dict.fromkeys(
        (
            "unknown_order",
            "duplicate_add",
            "quantity_mismatch",
            "side_mismatch",
            "nonpositive_quantity",
            "fill_larger_than_order",
            "trade_off_touch",
            "crossed_book",
            "locked_book",
            "clears",
            "snapshot_records",
            "depth_records",
            "bbo_records",
        ),
        0,
    )
    from_depth = any(row[0] % 256 in (1, 4) for row in rows)
    depth_only = from_depth and not any(row[0] % 256 in (10, 11, 12) for row in rows)
    book = _NaiveBook(from_depth=from_depth)
    happenings: list[Happening] = []
    live: Happening | None = None
    clear_time: int | None = None  # the raw time of the clear whose snapshot is being read
    after_break = after_empty = False
    touch: tuple[int, int] | None = None  # what the happening's first trade met, None if not both sides in order
    traded: set[int] | None = None  # the aggressors' sides in the happening so far, None before the first trade

    for i, (ev, order_id, raw_time, px, qty) in enumerate(rows):
        kind = ev % 256
        side = BUY if ev & 0x20000000 else SELL if ev & 0x10000000 else 0
        time, price = clock[i], _nearest_tick(px, tick_size)
        depth = kind in (1, 4)

        if kind == 3:
            if live is not None:
                _read_book(live, book, counts)
                live = None
            counts["clears"] += 1
            counts["snapshot_records"] += 1
            if clear_time not in (None, raw_time):
                after_empty = after_empty or book.is_empty()
            book = _NaiveBook(from_depth=from_depth)
            clear_time, after_break = raw_time, True
            continue

        if clear_time is not None and (raw_time != clear_time or not (kind == 10 or depth)):
            clear_time = None
            after_empty = after_empty or book.is_empty()

        if kind == 5:
            counts["bbo_records"] += 1
            continue

        if live is not None and live.time != time:
            _read_book(live, book, counts)
            live = None

        if clear_time is not None:
            counts["snapshot_records"] += 1
        elif depth and not depth_only:
            counts["depth_records"] += 1
        else:
            if live is None:
                live = Happening(time, 0, after_break, after_empty, [])
                happenings.append(live)
                after_break = after_empty = False
                traded = None
            if depth:
                counts["depth_records"] += 1
            else:
                live.n_records += 1
            live.records.append(i)

        if kind == 2:
            if traded is None:
                bid, ask = book.best(BUY), book.best(SELL)
                touch = (bid[0], ask[0]) if bid and ask and bid[0] < ask[0] else None
                traded = set()
            if side and touch:
                worst = touch[1] if side == BUY else touch[0]
                better = price < worst if side == BUY else price > worst
                now = book.best(-side)
                if now is None or now[0] != price:
                    counts["trade_off_touch"] += better or (price != worst and side not in traded)
                traded.add(side)
        if kind == 13 and order_id in book.orders:
            counts["fill_larger_than_order"] += qty > book.orders[order_id][2]

        if depth:
            book.set_level(side, price, qty, i)
        elif kind == 10:
            book.add(order_id, side, price, qty, i, counts)
        elif kind == 12:
            book.modify(order_id, side, price, qty, i, counts)
        elif kind == 11:
            book.cancel(order_id, side, qty, counts)

    if live is not None:
        _read_book(live, book, counts)
    resting = {order_id: (order[3], order[0]) for order_id, order in book.orders.items()}
    depth_rows = {row for levels in book.depth.values() for _, row in levels.values()}
    return Replayed(happenings, counts, resting, depth_rows)


class _NaiveBook:
    """Orders by id; order ids by side and price; for streams with depth, totals by side and price.

    The prices that hold anything are kept in a sorted list beside, or reading the best ones would take too long.
    """

    def __init__(self, *, from_depth: bool) -> None:
        self.from_depth = from_depth
        self.orders: dict[int, tuple[int, int, float, int]] = {}  # side, price, quantity, record
        self.queues: dict[int, dict[int, set[int]]] = {BUY: {}, SELL: {}}
        self.depth: dict[int, dict[int, tuple[float, int]]] = {BUY: {}, SELL: {}}  # total, record
        self.prices: dict[int, list[int]] = {BUY: [], SELL: []}

    def add(self, order_id, side, price, qty, row, counts) -> None:
        if order_id in self.orders:
            counts["duplicate_add"] += 1
        elif qty <= 0:
            counts["nonpositive_quantity"] += 1
        else:
            self._rest(order_id, side, price, qty, row)

    def modify(self, order_id, side, price, qty, row, counts) -> None:
        if order_id in self.orders:
            own_side = self.orders[order_id][0]
            if own_side != side:
                counts["side_mismatch"] += 1
            side = own_side
            self._leave(order_id)
        else:
            counts["unknown_order"] += 1
        if qty > 0:
            self._rest(order_id, side, price, qty, row)
        else:
            counts["nonpositive_quantity"] += 1

    def cancel(self, order_id, side, qty, counts) -> None:
        if order_id not in self.orders:
            counts["unknown_order"] += 1
            return
        own_side, _, own_qty, _ = self.orders[order_id]
        if own_side != side:
            counts["side_mismatch"] += 1
        if own_qty != qty:
            counts["quantity_mismatch"] += 1
        self._leave(order_id)

    def set_level(self, side, price, qty, row) -> None:
        if side == 0:
            return
        if price in self.depth[side]:
            del self.depth[side][price]
            del self.prices[side][bisect_left(self.prices[side], price)]
        if qty > 0:
            self.depth[side][price] = (qty, row)
            insort(self.prices[side], price)

    def is_empty(self) -> bool:
        return not self.prices[BUY] and not self.prices[SELL]

    def best(self, side: int) -> tuple[int, float] | None:
        """Return the best price of a side and the quantity at it."""
        if not self.prices[side]:
            return None
        return self.best_levels(side, 1)[0]

    def best_levels(self, side: int, n: int) -> list[tuple[int, float]]:
        """Return price and quantity of the best levels of a side, the best first."""
        prices = self.prices[side][-n:][::-1] if side == BUY else self.prices[side][:n]
        if self.from_depth:
            return [(price, self.depth[side][price][0]) for price in prices]
        return [(price, math.fsum(self.orders[one][2] for one in self.queues[side][price])) for price in prices]

    def _rest(self, order_id, side, price, qty, row) -> None:
        self.orders[order_id] = (side, price, qty, row)
        if price not in self.queues[side]:
            self.queues[side][price] = set()
            if not self.from_depth:
                insort(self.prices[side], price)
        self.queues[side][price].add(order_id)

    def _leave(self, order_id) -> None:
        side, price, _, _ = self.orders.pop(order_id)
        self.queues[side][price].remove(order_id)
        if not self.queues[side][price]:
            del self.queues[side][price]
            if not self.from_depth:
                del self.prices[side][bisect_left(self.prices[side], price)]


def _read_book(happening: Happening, book: _NaiveBook, counts: dict[str, int]) -> None:
    bid, ask = book.best(BUY), book.best(SELL)
    happening.best_levels = {side: book.best_levels(side, 10) for side in (BUY, SELL)}
    if bid is not None:
        happening.bid, happening.bid_size = bid
    if ask is not None:
        happening.ask, happening.ask_size = ask
    if bid is not None and ask is not None:
        counts["crossed_book"] += bid[0] > ask[0]
        counts["locked_book"] += bid[0] == ask[0]


def _nearest_tick(px: float, tick_size: float) -> int:
    """Return the nearest whole number of ticks; beyond 2**52 a price stays there."""
    ticks = px / tick_size
    return round(min(max(ticks, -(2.0**52)), 2.0**52))


def naive_actions(events, happening):
    """Return what each record does, with the changes that a fill brings about told apart; None outside live trading."""
    names = {10: "add", 11: "cancel", 12: "modify", 2: "trade", 13: "fill"}
    rows = [(int(e["ev"]) & 0xFF, int(e["order_id"]), int(h)) for e, h in zip(events, happening, strict=True)]
    filled = {(order, h) for kind, order, h in rows if kind == 13 and h >= 0}
    found = []
    for kind, order, h in rows:
        name = names.get(kind) if h >= 0 else None
        found.append(f"{name} by fill" if name in ("cancel", "modify") and (order, h) in filled else name)
    return found
