"""Defects that a model of a market may have, planted one at a time and as strongly as wanted.

Each function takes events of `lobstats.simulate` and a strength, and returns events in which one thing is wrong; but
for wrong flags, times stay in order, the book stays one and the grammar is kept. At strength 0 it changes nothing. What
is chosen at a strength is chosen at every greater one, if the generator starts from the same state.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from lobstats.book import Book, replay
from lobstats.events.codec import Events, kinds, sides
from lobstats.events.layout import BUY_FLAG, KIND_MASK, SELL_FLAG, Kind, Side
from lobstats.simulate import Market, simulate

__all__ = [
    "DEFECTS",
    "Defect",
    "doubled_sizes",
    "lost_round_lots",
    "missing_cancels",
    "reversed_signs",
    "shuffled_gaps",
    "wrong_flags",
]

_LOT = 10  # the simulator's round lots are multiples of ten
_MOST_JITTER = 3
_ORDER_KINDS = (Kind.ADD, Kind.CANCEL, Kind.MODIFY, Kind.TRADE, Kind.FILL)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Plant = Callable[[Market, float, np.random.Generator], Events]


@dataclass(frozen=True)
class Defect:
    """A defect, how it is planted, and who should see it.

    Attributes
    ----------
    title, strength : str
        What it is, and what a strength of 1 means.
    strengths : tuple of float
        The grades that are tried, increasing.
    families : tuple of str
        Families of rows that should see it.
    rows : tuple of str
        Rows of these, or beginnings of their names, that should see it; all where this is empty.
    draw : callable
        From a market, a strength and a random generator to events.
    """

    title: str
    strength: str
    strengths: tuple[float, ...]
    families: tuple[str, ...]
    draw: Plant
    rows: tuple[str, ...] = ()


def shuffled_gaps(events: Events, share: float, *, rng: np.random.Generator) -> Events:
    """Permute a share of the gaps between the happenings of each session: the same gaps in another order."""
    book = replay(events)
    live, (first, _) = book.happening >= 0, _records(book)
    session = np.cumsum(kinds(events) == Kind.CLEAR)[first]
    # A gap is numbered as the later of its happenings; those before a session's first trade are not of the session.
    gaps = np.diff(book.time, prepend=book.time[0])
    inside = np.append(False, _opened(events)[first][:-1] & (np.diff(session) == 0))
    chosen = inside & (rng.random(len(gaps)) < share)
    shuffled = gaps.copy()
    for own in np.unique(session):
        at = np.flatnonzero(chosen & (session == own))
        shuffled[at] = gaps[rng.permutation(at)]
    out = events.copy()
    out["exch_ts"][live] = (book.time[0] + np.cumsum(shuffled))[book.happening[live]]
    return out


def reversed_signs(events: Events, share: float, *, rng: np.random.Generator) -> Events:
    """Reverse the aggressor's side of a share of the trades."""
    out = events.copy()
    out["ev"][(kinds(events) == Kind.TRADE) & (rng.random(len(events)) < share)] ^= np.uint32(BUY_FLAG | SELL_FLAG)
    return out


def doubled_sizes(events: Events, share: float, *, rng: np.random.Generator) -> Events:
    """Double the size of a share of the orders, from their add to their end, and of what trades with them."""
    out = events.copy()
    chosen = rng.random(int(events["order_id"].max()) + 1) < share
    out["qty"][chosen[events["order_id"]] & (events["order_id"] > 0)] *= 2
    return _with_volumes(out)


def lost_round_lots(events: Events, share: float, *, rng: np.random.Generator) -> Events:
    """Move the size of a share of the orders of whole round lots by one to three, for as long as they rest."""
    kind, order = kinds(events), events["order_id"].astype(np.int64)
    n = int(order.max()) + 1
    chance, jitter = rng.random(n), rng.integers(1, _MOST_JITTER + 1, n) * rng.choice([-1, 1], n)
    rests = np.isin(kind, (Kind.ADD, Kind.MODIFY, Kind.CANCEL))
    least = np.full(n, np.inf)
    np.minimum.at(least, order[rests], events["qty"][rests])
    # What is small in the end goes up, so that nothing of a size of zero rests.
    jitter = np.where(least > _MOST_JITTER, jitter, np.abs(jitter))
    added = (kind == Kind.ADD) & (events["qty"] % _LOT == 0)
    chosen = np.zeros(n, dtype=bool)
    chosen[order[added]] = True
    jitter = np.where(chosen & (chance < share), jitter, 0)
    out = events.copy()
    moved = rests | _filled_whole(events)
    out["qty"][moved] += jitter[order[moved]]
    return _with_volumes(out)


def missing_cancels(events: Events, share: float, *, rng: np.random.Generator) -> Events:
    """Drop a share of the cancels: the order stays until the market reaches its price, or to the session's end.

    It is cancelled in the happening that would lock or cross the book, so that the book stays one. Cancels of what is
    filled stay.
    """
    book, kind = replay(events), kinds(events)
    chosen = (kind == Kind.CANCEL) & ~_after_fill(events) & (rng.random(len(events)) < share)
    _, last = _records(book)
    place, keep = np.arange(len(events), dtype=np.float64), ~chosen
    out = events.copy()
    for row, happening in _reached(events, book, np.flatnonzero(chosen)).items():
        keep[row] = True
        if happening != book.happening[row]:
            place[row] = last[happening] + 0.5
            out["exch_ts"][row] = events["exch_ts"][last[happening]]
    order = np.argsort(place, kind="stable")
    return out[order[keep[order]]]


def wrong_flags(events: Events, share: float, *, rng: np.random.Generator) -> Events:
    """Reverse the side or change the kind, each half the time, in a share of the records after each snapshot."""
    wrong = (replay(events).happening >= 0) & (rng.random(len(events)) < share)
    turned, kind = rng.random(len(events)) < 0.5, kinds(events)
    # Another of the five kinds, each as likely.
    place = np.argmax(kind[:, None] == np.array(_ORDER_KINDS), axis=1)
    other = np.array(_ORDER_KINDS, dtype=np.uint32)[(place + rng.integers(1, len(_ORDER_KINDS), len(events))) % 5]
    out = events.copy()
    out["ev"][wrong & turned] ^= np.uint32(BUY_FLAG | SELL_FLAG)
    renamed = wrong & ~turned
    out["ev"][renamed] = (events["ev"][renamed] & ~np.uint32(KIND_MASK)) | other[renamed]
    return out


def _records(book: Book) -> tuple[Ints, Ints]:
    """Return the first and last record of each happening."""
    live = np.flatnonzero(book.happening >= 0)
    ends = np.flatnonzero(np.diff(book.happening[live], append=len(book.time)))
    return live[np.append(0, ends[:-1] + 1)], live[ends]


def _opened(events: Events) -> Bools:
    """Return whether the session of each record has had its first trade, in this record or before."""
    kind = kinds(events)
    trades, session = np.cumsum(kind == Kind.TRADE), np.cumsum(kind == Kind.CLEAR)
    begin = np.flatnonzero(np.diff(session, prepend=-1))
    before = trades[begin] - (kind[begin] == Kind.TRADE)
    return np.asarray(trades > before[np.cumsum(np.diff(session, prepend=-1) != 0) - 1])


def _next_of_order(events: Events) -> Ints:
    """Return the next record of each record's order, or the record itself where there is none."""
    order = events["order_id"]
    sequence = np.argsort(order, kind="stable")
    follows = order[sequence[1:]] == order[sequence[:-1]]
    out = np.arange(len(events))
    out[sequence[:-1][follows]] = sequence[1:][follows]
    return out


def _filled_whole(events: Events) -> Bools:
    """Return which fills take all that is left of their order: its cancel follows at the same time."""
    kind, following = kinds(events), _next_of_order(events)
    at_once = events["exch_ts"][following] == events["exch_ts"]
    return np.asarray((kind == Kind.FILL) & (kind[following] == Kind.CANCEL) & at_once)


def _after_fill(events: Events) -> Bools:
    """Return which cancels are those of filled orders."""
    out = np.zeros(len(events), dtype=bool)
    out[_next_of_order(events)[_filled_whole(events)]] = True
    return out


def _with_volumes(events: Events) -> Events:
    """Make each trade as large as the fills that follow it."""
    kind = kinds(events)
    trade, fill = kind == Kind.TRADE, kind == Kind.FILL
    volume = np.bincount(np.cumsum(trade)[fill], weights=events["qty"][fill], minlength=int(trade.sum()) + 1)
    events["qty"][trade] = volume[1:]
    return events


def _reached(events: Events, book: Book, rows: Ints) -> dict[int, int]:
    """Return, of cancels that do not come, those whose order the market reaches, and the happening that does.

    A price is kept as minus side times tick, which is least at the best.
    """
    side, tick = sides(events), np.rint(events["px"] / book.tick_size).astype(np.int64)
    session = np.cumsum(kinds(events) == Kind.CLEAR)[_records(book)[0]]
    came = {h: rows[book.happening[rows] == h].tolist() for h in np.unique(book.happening[rows]).tolist()}
    ghosts: dict[int, list[tuple[int, int]]] = {Side.BUY: [], Side.SELL: []}
    out = {}
    for h in range(min(came, default=len(book.time)), len(book.time)):
        if h and session[h] != session[h - 1]:
            ghosts = {Side.BUY: [], Side.SELL: []}
        for row in came.get(h, []):
            heappush(ghosts[int(side[row])], (-int(side[row] * tick[row]), row))
        best = {Side.BUY: -int(book.bid[h]), Side.SELL: int(book.ask[h])}
        for own in (Side.BUY, Side.SELL):
            # The sum of the keys of both sides is the spread.
            while ghosts[own] and ghosts[own][0][0] + best[-own] <= 0:
                out[heappop(ghosts[own])[1]] = h
        while all(ghosts.values()) and ghosts[Side.BUY][0][0] + ghosts[Side.SELL][0][0] <= 0:
            out[heappop(ghosts[Side.BUY])[1]] = h
    return out


def _planted(plant: Callable[..., Events]) -> Plant:
    def draw(market: Market, strength: float, rng: np.random.Generator) -> Events:
        market_rng, plant_rng = rng.spawn(2)
        return plant(simulate(market, rng=market_rng), strength, rng=plant_rng)

    return draw


def _dialled(turn: Callable[[Market, float], Market]) -> Plant:
    return lambda market, strength, rng: simulate(turn(market, strength), rng=rng.spawn(2)[0])


# Facts of how the rate, or volatility, depends on what it was.
_RATE = (
    *("arrivals.memory", "arrivals.local_variation", "arrivals.revised_local_variation", "arrivals.burst_trains"),
    *("arrivals.fano", "arrivals.allan", "arrivals.branching", "arrivals.hawkes"),
)
_VOLATILITY = (
    *("volatility.absolute_autocorrelation", "volatility.autocorrelation_decay", "volatility.autocorrelation_integral"),
    *("volatility.dfa", "volatility.whittle", "volatility.garch"),
)
_HALVES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)

DEFECTS = {
    "shuffled gaps": Defect(
        "The same gaps in another order",
        "all gaps of a session permuted",
        _HALVES,
        ("arrivals",),
        _planted(shuffled_gaps),
        _RATE,
    ),
    "Gaussian moves": Defect(
        "Moves of the price without heavy tails, of the same variance",
        "all moves Gaussian",
        _HALVES,
        ("tails", "prices"),
        _dialled(lambda market, share: replace(market, gaussian_share=share)),
        ("tails.", "returns", "moves", "weighted_moves", "trade_moves", "mid_moves_by_trade", "prices.zero_move"),
    ),
    "reversed signs": Defect(
        "Trades with the wrong aggressor",
        "all trades' sides reversed",
        _HALVES,
        ("flow", "messages"),
        _planted(reversed_signs),
    ),
    "doubled sizes": Defect(
        "Orders twice as large",
        "all orders",
        _HALVES,
        ("prices",),
        _planted(doubled_sizes),
        ("order_size", "prices.mean_order_size", "prices.round_lot_share"),
    ),
    "lost round lots": Defect(
        "Round lots moved by one to three",
        "all orders of round lots",
        _HALVES,
        ("prices",),
        _planted(lost_round_lots),
        ("order_size", "prices.mean_order_size", "prices.round_lot_share"),
    ),
    "missing cancels": Defect(
        "Orders that stay until the market reaches them",
        "all cancels but those of filled orders",
        _HALVES,
        ("arrivals", "prices"),
        _planted(missing_cancels),
        ("spread", "prices.mean_spread", "prices.time_weighted_spread", "prices.wide_spread", "arrivals.mean_gap"),
    ),
    "slower decay": Defect(
        "Volatility and rate with a longer memory",
        "a memory twice as long; s is 1 + s times",
        (0.25, 0.5, 1.0, 2.0, 4.0),
        ("volatility", "arrivals"),
        _dialled(lambda market, more: replace(market, memory_seconds=(1 + more) * market.memory_seconds)),
        (*_VOLATILITY, *_RATE),
    ),
    "wrong flags": Defect(
        "Records with the wrong side or kind",
        "all records",
        (1e-5, 1e-4, 1e-3, 1e-2),
        ("messages",),
        _planted(wrong_flags),
    ),
}
"""The defects that a comparison is tried on, by name."""
