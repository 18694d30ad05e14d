import hashlib
import math
import runpy
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lobstats.events.codec import MALFORMED, decode, decode_lenient, encode
from lobstats.events.layout import KIND_MASK, Kind, Side
from lobstats.simulate import Market, simulate

FIXTURES = Path(__file__).parent.parent / "fixtures"
SECOND = 1_000_000_000
SHORT = Market(n_sessions=2, session_seconds=240.0)
# As many relaxation times as the default market in a third of its seconds.
BRISK = Market(session_seconds=600.0, memory_seconds=10.0)
PLAIN = replace(BRISK, burst=0.0, clustering=0.0, tail_index=math.inf)


def make(market, seed=0):
    return simulate(market, rng=np.random.default_rng(seed))


def rows(events):
    """Plain tuples (kind, side, order, time, price, quantity)."""
    side = {0: Side.NONE, 1: Side.SELL, 2: Side.BUY}
    return [
        (Kind(ev & KIND_MASK), side[ev >> 28 & 3], order, time, px, qty) for ev, order, time, px, qty in events.tolist()
    ]


def happenings(events):
    """Lists of records with one time."""
    together = []
    for row in rows(events):
        if together and together[-1][0][3] == row[3]:
            together[-1].append(row)
        else:
            together.append([row])
    return together


class Replay:
    """A book as a dictionary, which refuses what does not fit."""

    def __init__(self):
        self.live = {}
        self.seen = set()

    def apply(self, kind, side, order, px, qty):
        if kind == Kind.CLEAR:
            assert (side, order, px, qty) == (Side.NONE, 0, 0.0, 0.0)
            self.live = {}
        elif kind == Kind.ADD:
            assert order == len(self.seen) + 1
            self.seen.add(order)
            self.live[order] = [side, px, qty]
        elif kind == Kind.TRADE:
            assert order == 0
        elif kind == Kind.FILL:
            assert self.live[order][:2] == [side, px]
            assert qty <= self.live[order][2]
        elif kind == Kind.MODIFY:
            assert self.live[order][0] == side
            self.live[order] = [side, px, qty]
        else:
            assert kind == Kind.CANCEL
            assert self.live.pop(order) == [side, px, qty]
        assert kind == Kind.CLEAR or qty >= 1

    def best(self, side):
        prices = [px for its_side, px, _ in self.live.values() if its_side == side]
        return max(prices) if side == Side.BUY else min(prices)


def replayed(events):
    """Per session, times (ns) and middles (half ticks) after each happening from the first trade on."""
    book, sessions, trading = Replay(), [], False
    for records in happenings(events):
        for kind, side, order, _, px, qty in records:
            book.apply(kind, side, order, px, qty)
            if kind == Kind.CLEAR:
                sessions.append(([], []))
                trading = False
            trading = trading or kind == Kind.TRADE
        bid, ask = book.best(Side.BUY), book.best(Side.SELL)
        assert bid < ask
        if trading:
            sessions[-1][0].append(records[0][3])
            sessions[-1][1].append((bid + ask) / 0.25)
    return [(np.array(times), np.array(middles)) for times, middles in sessions]


def measured(market, seed=0):
    """What the dials should set: gaps, and moves of the middle from second to second."""
    gaps, pairs, moves, lagged = [], [], [], []
    for times, middles in replayed(make(market, seed)):
        gap = np.diff(times)
        gaps.append(gap)
        pairs.append(np.log([gap[:-1], gap[1:]]))
        seconds = np.arange(times[0], times[-1], SECOND)
        move = np.diff(middles[np.searchsorted(times, seconds, side="right") - 1])
        moves.append(move)
        lagged.append(np.abs([move[:-1], move[1:]]))
    gap, move = np.concatenate(gaps), np.concatenate(moves)
    ordered = np.sort(np.abs(move))[::-1]
    k = len(ordered) // 100
    return {
        "rate": SECOND / gap.mean(),
        "variation": gap.std() / gap.mean(),
        "memory": np.corrcoef(np.concatenate(pairs, axis=1))[0, 1],
        "volatility": move.std() / 2,
        "clustering": np.corrcoef(np.concatenate(lagged, axis=1))[0, 1],
        "hill": 1 / np.log(ordered[:k] / ordered[k]).mean(),
    }


@pytest.fixture(scope="module")
def brisk():
    return measured(BRISK)


@pytest.fixture(scope="module")
def plain():
    return measured(PLAIN)


@pytest.mark.parametrize(
    "market",
    [
        SHORT,
        replace(SHORT, volatility=0.0),
        replace(SHORT, volatility=200.0),
        replace(SHORT, volatility=0.5, rate=20.0),
        replace(SHORT, tail_index=2.1, volatility=50.0),
        replace(SHORT, burst=2.0, clustering=1.5, memory_seconds=1.0),
        replace(SHORT, start_price=250.0, volatility=100.0),
    ],
)
def test_every_record_fits_the_book_and_the_book_is_never_crossed_or_one_sided(market):
    events = make(market)
    replayed(events)
    assert len(decode(encode(events))) == len(events)


def test_fills_add_up_to_the_trades_they_are_part_of():
    n_trades = 0
    for records in happenings(make(SHORT)):
        traded, filled = Counter(), Counter()
        for kind, side, _, _, px, qty in records:
            if kind == Kind.TRADE:
                traded[side, px] += qty
                n_trades += 1
            if kind == Kind.FILL:
                filled[-side, px] += qty
        assert traded == filled
    assert n_trades > 50


def test_a_filled_order_is_cancelled_or_reduced_to_what_is_left_at_the_same_time():
    book = Replay()
    n_left = Counter()
    for records in happenings(make(SHORT)):
        owed = {}
        for kind, side, order, _, px, qty in records:
            if kind == Kind.FILL:
                owed[order] = book.live[order][2] - qty
            elif order in owed:
                assert (kind, qty) == (
                    (Kind.MODIFY, owed[order]) if owed[order] else (Kind.CANCEL, book.live[order][2])
                )
                n_left[kind] += 1
                del owed[order]
            book.apply(kind, side, order, px, qty)
        assert not owed
    assert min(n_left[Kind.MODIFY], n_left[Kind.CANCEL]) > 5


def test_a_session_is_a_clear_a_snapshot_some_adds_and_a_trade_that_opens_it():
    events = make(SHORT)
    starts = [i for i, row in enumerate(rows(events)) if row[0] == Kind.CLEAR]
    assert len(starts) == 2
    assert starts[0] == 0
    for start in starts:
        session = happenings(events[start : start + 200])
        assert [row[0] for row in session[0]] == [Kind.CLEAR] + [Kind.ADD] * (len(session[0]) - 1)
        assert len(session[0]) > 70
        opening = next(i for i, records in enumerate(session) if records[0][0] == Kind.TRADE)
        assert opening > 3
        assert all(row[0] == Kind.ADD for records in session[1:opening] for row in records)


def test_sessions_open_at_half_past_two_on_weekdays_and_last_as_long_as_asked():
    market = Market(n_sessions=6, session_seconds=60.0)
    sessions = replayed(make(market))
    opened = [np.datetime64(int(times[0]), "ns") for times, _ in sessions]
    assert opened == [np.datetime64(f"2024-11-{day}T14:30", "ns") for day in (11, 12, 13, 14, 15, 18)]
    assert all(50 * SECOND < times[-1] - times[0] <= 60 * SECOND for times, _ in sessions)


def test_the_price_of_a_session_carries_on_in_the_next():
    (_, first), (_, second) = replayed(make(SHORT))
    assert abs(first[-1] - second[0]) < 20


def test_prices_lie_on_the_grid_and_are_positive():
    events = make(replace(SHORT, tick_size=0.1, start_price=100.0, volatility=100.0))
    px = events["px"][events["order_id"] > 0]
    assert px.min() > 0
    assert np.array_equal(px, np.rint(px / 0.1) * 0.1)


def test_the_book_keeps_its_size_and_most_spreads_are_narrow():
    book, sizes, spreads = Replay(), [], []
    for records in happenings(make(SHORT)):
        for kind, side, order, _, px, qty in records:
            book.apply(kind, side, order, px, qty)
        sizes.append(len(book.live))
        spreads.append((book.best(Side.SELL) - book.best(Side.BUY)) / 0.25)
    assert 40 <= min(sizes) <= max(sizes) <= 110
    assert 65 < np.mean(sizes) < 85
    assert np.mean(np.array(spreads) <= 3) > 0.8


def test_rate_and_volatility_are_what_the_dials_say(brisk, plain):
    # About 300 relaxation times: the mean rate has a standard error of some 6 %.
    assert brisk["rate"] == pytest.approx(2.0, rel=0.2)
    assert plain["rate"] == pytest.approx(2.0, rel=0.03)
    assert brisk["volatility"] == pytest.approx(10.0, rel=0.2)
    assert plain["volatility"] == pytest.approx(10.0, rel=0.05)


def test_burst_sets_the_variation_of_the_gaps_and_the_correlation_of_successive_ones(brisk, plain):
    variation = math.sqrt(2 * math.exp(BRISK.burst**2) - 1)
    assert brisk["variation"] == pytest.approx(variation, rel=0.15)
    memory = BRISK.burst**2 / (BRISK.burst**2 + math.pi**2 / 6)
    assert brisk["memory"] == pytest.approx(memory, abs=0.08)
    assert plain["variation"] == pytest.approx(1.0, abs=0.03)
    assert plain["memory"] == pytest.approx(0.0, abs=0.03)


def test_clustering_sets_the_autocorrelation_of_absolute_moves(brisk, plain):
    assert 0.15 < brisk["clustering"] < 0.4
    assert abs(plain["clustering"]) < 0.04
    calm = measured(replace(BRISK, clustering=0.0, tail_index=math.inf))
    assert abs(calm["clustering"]) < 0.06


def test_tail_index_sets_the_tail_of_the_moves(brisk, plain):
    # 60 values lie beyond the threshold: a standard error of about an eighth of the index.
    assert 2.4 < brisk["hill"] < 4.6
    assert plain["hill"] > 4.8


def test_a_seed_stands_for_a_fresh_generator_of_that_seed():
    short = Market(n_sessions=1, session_seconds=20.0)
    assert encode(simulate(short, rng=3)) == encode(simulate(short, rng=np.random.default_rng(3)))
    shared = np.random.default_rng(3)
    assert encode(simulate(short, rng=shared)) != encode(simulate(short, rng=shared))  # a generator goes on


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    assert encode(make(SHORT, 1)) == encode(make(SHORT, 1))
    assert encode(make(SHORT, 1)) != encode(make(SHORT, 2))


@pytest.mark.parametrize(
    ("dial", "value", "rule"),
    [
        ("n_sessions", 0, "at least 1"),
        ("session_seconds", 90_000.0, r"in \(0, 82,800\]"),
        ("rate", 0.0, "positive and finite"),
        ("burst", -0.1, "zero or more and finite"),
        ("clustering", math.inf, "zero or more and finite"),
        ("memory_seconds", math.nan, "positive and finite"),
        ("tail_index", 2, "more than 2, so that moves have a variance"),
        ("volatility", -1.0, "zero or more and finite"),
        ("tick_size", 0.0, "positive and finite"),
        ("start_price", 249.0, "at least 1,000 ticks and finite"),
    ],
)
def test_a_dial_out_of_range_is_refused_by_name(dial, value, rule):
    with pytest.raises(ValueError, match=f"^`{dial}` must be {rule}, got {value}.$"):
        Market(**{dial: value})


def committed_sums():
    lines = (FIXTURES / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_the_checksums_are_those_of_the_committed_fixtures():
    sums = committed_sums()
    files = [path for path in FIXTURES.rglob("*") if path.suffix == ".bin"]
    assert sums == {
        path.relative_to(FIXTURES).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert all(path.stat().st_size <= 4_000_000 for path in files)


def test_the_committed_fixtures_are_what_the_script_writes():
    script = runpy.run_path(str(FIXTURES / "make_fixtures.py"))
    assert script["main"](["--check"]) == 0
    assert (FIXTURES / "reference.bin").read_bytes() == encode(make(Market(), 1))


def test_the_check_names_a_fixture_that_differs(tmp_path, capsys):
    script = runpy.run_path(str(FIXTURES / "make_fixtures.py"))
    script["main"].__globals__.update(FOLDER=tmp_path, markets=dict)
    assert script["main"]([]) == 0
    (tmp_path / "corrupt" / "text.bin").write_text("something else")
    assert script["main"](["--check"]) == 1
    assert capsys.readouterr().err == "corrupt/text.bin differs\n"


@pytest.mark.parametrize(
    ("name", "n_malformed"),
    [
        ("unknown_kind", 3),
        ("both_sides", 2),
        ("missing_side", 3),
        ("not_finite", 3),
        ("negative_time", 2),
        ("time_backwards", 2),
    ],
)
def test_a_corrupt_fixture_has_its_one_fault_and_nine_good_records(name, n_malformed):
    decoded = decode_lenient((FIXTURES / "corrupt" / f"{name}.bin").read_bytes())
    assert decoded.malformed == {reason: n_malformed * (reason == name) for reason in MALFORMED}
    assert len(decoded.events) == 9
    assert decoded.trailing_bytes == 0
