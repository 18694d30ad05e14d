"""Slow, obvious twins of how orders live, die and queue: dictionaries, lists and loops, one record at a time."""

from dataclasses import dataclass, field

from naive import naive_actions

CLEAR, ADD, CANCEL, MODIFY, TRADE, FILL = 3, 10, 11, 12, 2, 13


@dataclass
class Life:
    """An order added in continuous trading."""

    born: int  # happening
    side: int
    size: float
    distance: int | None
    added: float = 0.0
    outcome: str = "censored"
    ended: int | None = None  # happening
    fills: list = field(default_factory=list)  # (happening, quantity)


@dataclass
class Resting:
    side: int
    tick: int
    quantity: float
    life: Life | None
    queued_by: int  # the record that gave it its priority
    happening: int
    before: float
    taken: float = 0.0


@dataclass
class Replay:
    lives: list
    cancels: list  # (happening, quantity, distance)
    at_fill: list  # (happening, orders ahead, position)
    at_cancel: list
    followed_to: list  # for each life, the last time of its stretch


def naive_orders(events, book, sessions):
    """Follow every order of a stream."""
    rows = [
        (ev & 0xFF, ((ev >> 29) & 1) - ((ev >> 28) & 1), number, price, quantity)
        for ev, number, _, price, quantity in events.tolist()
    ]
    happening, time = book.happening.tolist(), book.time.tolist()
    session, segment = sessions.session.tolist(), sessions.segment.tolist()
    best = {1: book.bid.tolist(), -1: book.ask.tolist()}
    nothing = -(2**63)
    stretch, stretches = [], -1
    for h, broken in enumerate(book.after_break.tolist()):
        stretches += h == 0 or broken or session[h] != session[h - 1]
        stretch.append(stretches)
    last_time = {}
    for h, number in enumerate(stretch):
        last_time[number] = max(last_time.get(number, time[h]), time[h])
    action = naive_actions(events, happening)

    def distance(h, side, tick):
        if h == 0 or segment[h - 1] != segment[h] or best[side][h - 1] == nothing:
            return None
        return best[side][h - 1] - tick if side > 0 else tick - best[side][h - 1]

    resting, lives, cancels = {}, [], []
    queued_by = [None] * len(rows)  # of each record's order before it
    queues_as = [None] * len(rows)  # (side, tick) where the record itself sends it to the back
    for r, (kind, own_side, number, price, quantity) in enumerate(rows):
        h = happening[r]
        if kind == CLEAR:
            resting = {}
            continue
        if kind not in (ADD, CANCEL, MODIFY, FILL):
            continue
        order = resting.get(number)
        if order is None:
            if kind in (ADD, MODIFY) and quantity > 0:
                tick = round(price / book.tick_size)
                life = None
                if kind == ADD and h >= 0 and segment[h] >= 0:
                    life = Life(h, own_side, quantity, distance(h, own_side, tick), added=quantity)
                    lives.append(life)
                resting[number] = Resting(own_side, tick, quantity, life, r, h, quantity)
                queues_as[r] = own_side, tick
            continue
        if kind == ADD:
            continue
        queued_by[r] = order.queued_by
        if order.happening != h:
            order.happening, order.before, order.taken = h, order.quantity, 0.0
        life = order.life
        if life is not None and stretch[life.born] != stretch[h]:
            life = order.life = None
        if kind == FILL:
            taken = min(max(quantity, 0.0), order.before - order.taken)
            if taken > 0:
                order.taken += taken
                if life is not None:
                    life.fills.append((h, taken))
        elif kind == CANCEL or quantity <= 0:
            if life is not None:
                whole = order.taken > 0 and order.before - order.taken <= 1e-9 * order.before
                life.outcome, life.ended = "filled" if whole else "cancelled", h
            if action[r] == "cancel" and segment[h] >= 0:
                cancels.append((h, order.quantity, distance(h, order.side, order.tick)))
            del resting[number]
        else:
            tick = round(price / book.tick_size)
            raised = quantity - (order.before - order.taken if order.taken > 0 else order.quantity)
            if raised > 0:
                order.before += raised
                if life is not None:
                    life.added += raised
            if raised > 0 or tick != order.tick:
                order.queued_by, queues_as[r] = r, (order.side, tick)
            order.tick, order.quantity = tick, quantity
    at_fill, at_cancel = _queues(rows, happening, segment, action, queued_by, queues_as)
    return Replay(lives, cancels, at_fill, at_cancel, [last_time[stretch[life.born]] for life in lives])


def _queues(rows, happening, segment, action, queued_by, queues_as):
    """Keep each level's queue as a list of [the record that queued it, quantity left], the first in front."""
    queues, level_of = {}, {}
    at_fill, at_cancel = [], []
    pretaken, trade_side, seen = {}, {}, set()

    def spot(who):
        queue = queues[level_of[who]]
        before = [left for _, left in queue[: [one for one, _ in queue].index(who)] if left > 0]
        return len(before), sum(before), sum(left for _, left in queue)

    def entry(who):
        return next((one for one in queues.get(level_of.get(who), []) if one[0] == who), None)

    epoch = 0
    for r, (kind, side, _, _, quantity) in enumerate(rows):
        h, who = happening[r], queued_by[r]
        if kind == CLEAR:
            epoch += 1
        if kind == TRADE:
            trade_side[h] = side
        if kind == FILL and who is not None:
            if h not in seen:
                seen.add(h)
                fills = []
                for q in range(r, len(rows)):
                    if happening[q] not in (h, -1):
                        break
                    if rows[q][0] == FILL and queued_by[q] is not None:
                        fills.append(q)
                answers = _take(fills, rows, queued_by, queues, entry, pretaken)
                # An aggressor's own fill follows a trade on its side.
                latest = trade_side.get(h)
                for q in range(r, fills[-1] + 1):
                    latest = rows[q][1] if rows[q][0] == TRADE else latest
                    if q in answers and segment[h] >= 0 and not (latest is not None and latest == rows[q][1] != 0):
                        at_fill.append((h, *answers[q]))
            pretaken[who] = pretaken.get(who, 0.0) - pretaken.pop((r, "took"), 0.0)
        elif who is not None and kind in (CANCEL, MODIFY):
            mine = entry(who)
            if mine is not None and mine[1] > 0 and action[r] == "cancel" and segment[h] >= 0:
                ahead, before, whole = spot(who)
                at_cancel.append((h, ahead, before / whole))
            if kind == CANCEL or queues_as[r] or quantity <= 0:
                queues[level_of[who]].remove(mine)
            else:
                mine[1] = max(quantity - pretaken.get(who, 0.0), 0.0)
        if queues_as[r]:
            level_of[r] = (epoch, *queues_as[r])
            queues.setdefault(level_of[r], []).append([r, quantity])
    return at_fill, at_cancel


def _take(fills, rows, queued_by, queues, entry, pretaken):
    """Take the fills of a happening off their queues; return orders ahead and position of each that finds its order."""
    took = {}
    for q in fills:
        mine = entry(queued_by[q])
        took[q] = 0.0 if mine is None else min(max(rows[q][4], 0.0), mine[1])
        if mine is not None:
            mine[1] -= took[q]
            pretaken[queued_by[q]] = pretaken.get(queued_by[q], 0.0) + took[q]
            pretaken[q, "took"] = took[q]
    answers = {}
    for q in fills:
        if took[q] > 0:
            queue = next(queue for queue in queues.values() if any(one == queued_by[q] for one, _ in queue))
            place = [one for one, _ in queue].index(queued_by[q])
            ahead = [left for _, left in queue[:place] if left > 0]
            whole = sum(left for _, left in queue) + took[q]
            answers[q] = len(ahead), sum(ahead) / whole
    return answers


def naive_incidence(lives, horizon):
    """Return survival, incidence of cancels and of fills, and the restricted mean at a horizon, from plain pairs."""
    alive, gone, mean, last = 1.0, {"cancelled": 0.0, "filled": 0.0}, 0.0, 0.0
    for time in sorted({duration for duration, _ in lives}):
        if time > horizon:
            break
        at_risk = sum(duration >= time for duration, _ in lives)
        mean += alive * (time - last)
        last = time
        ends = {how: sum(one == (time, how) for one in lives) for how in gone}
        for how, count in ends.items():
            gone[how] += alive * count / at_risk
        alive *= 1 - sum(ends.values()) / at_risk
    return alive, gone["cancelled"], gone["filled"], mean + alive * (horizon - last)
