"""Liquidity: what the book looks like, against files, twins and markets whose answer is known."""

import csv
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_liquidity import SECOND, naive_imbalance, naive_imbalance_pairs, naive_profile_sums, naive_resilience
from test_book import BUY, SELL, assert_equals_twin, stream

from lobstats.book import NO_PRICE, replay
from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import assemble
from lobstats.events.formats import read
from lobstats.events.layout import Kind
from lobstats.metrics.liquidity import (
    distance_profile,
    imbalance_size,
    level_gap,
    level_profile,
    mean_depth,
    mean_touch_size,
    spread_recovery,
    spread_resilience,
    touch_depth_share,
)
from lobstats.metrics.liquidity.profile import book_slope
from lobstats.summary.resilience import RESILIENCE_NS
from lobstats.summary.summary import summarise_series, unmeasured


def observed(*events, **options):
    source = source_of_events("market", *events)
    return observe(source, choose_grid(source, **options))


def priced(values):
    return [None if value == NO_PRICE else value for value in values.tolist()]


# --- the replay ------------------------------------------------------------------------------------------------


def test_the_ten_levels_of_databento_are_those_of_its_file(data):
    """The same events as orders give the ten levels that the exchange's own ten-level record shows."""
    with (data / "itch" / "mbp.csv").open() as file:
        rows = {int(pd.Timestamp(row["ts_event"]).value): row for row in csv.DictReader(file)}
    compared = 0
    for name in ("mbo", "mbp"):
        book = replay(read(data / "itch" / f"{name}.csv"), tick_size=0.01)
        for p, at in enumerate(book.profile_at.tolist()):
            row = rows.get(int(book.time[at]))
            if row is None:
                continue
            for own, side in enumerate(("bid", "ask")):
                for k in range(10):
                    size = float(row[f"{side}_sz_{k:02}"])
                    assert book.profile_size[p, own, k] == size
                    if size:
                        assert book.profile_price[p, own, k] == round(float(row[f"{side}_px_{k:02}"]) * 100)
            assert book.bid_depth[at] == sum(float(row[f"bid_sz_{k:02}"]) for k in range(10))
            compared += 1
    assert compared > 1_000


def test_the_levels_of_lobster_are_those_of_its_file(data):
    path = data / "lobster" / "LOBSTER_SampleFile_AMZN_2012-06-21_5.zip"
    stem = "AMZN_2012-06-21_34200000_57600000"
    with zipfile.ZipFile(path) as archive:
        time = pd.read_csv(archive.open(f"{stem}_message_5.csv"), header=None, dtype={0: str})[0]
        own = pd.read_csv(archive.open(f"{stem}_orderbook_5.csv"), header=None).to_numpy()
    nanoseconds = [int(a) * SECOND + round(int(b.ljust(12, "0")) / 1_000) for a, b in time.str.split(".")]
    last = dict(zip(nanoseconds, own, strict=True))
    book = replay(read(path), tick_size=0.01)
    midnight = int(book.time[0]) // (86_400 * SECOND) * 86_400 * SECOND
    midnight += 4 * 3_600 * SECOND  # New York in summer
    for p, at in enumerate(book.profile_at.tolist()):
        row = last[int(book.time[at]) - midnight]
        asks, bids = row[0::4], row[2::4]
        assert (book.profile_price[p, 0, :5] * 100).tolist() == bids.tolist()
        assert (book.profile_price[p, 1, :5] * 100).tolist() == asks.tolist()
        assert book.profile_size[p, 0, :5].tolist() == row[3::4].tolist()
        assert book.profile_size[p, 1, :5].tolist() == row[1::4].tolist()
        assert (book.profile_price[p, :, 5:] == NO_PRICE).all()
        assert book.ask_depth[at] == row[1::4].sum()
    assert p > 10_000


def swept(n, rng):
    """Add orders on ``n`` random levels a side and cancel them from the touch outwards, which empties every window."""
    side = np.repeat([BUY, SELL], n)
    price = np.concatenate([-rng.choice(10 * n, n, replace=False), 1 + rng.choice(10 * n, n, replace=False)])
    add = assemble(kind=Kind.ADD, side=side, order_id=np.arange(2 * n), exch_ts=0, px=price, qty=1 + price % 7)
    add = add[rng.permutation(2 * n)]
    cancel = add[np.argsort(np.abs(add["px"]), kind="stable")].copy()
    cancel["ev"] = (cancel["ev"] & 0xFFFFFF00) | Kind.CANCEL
    events = np.concatenate([add, cancel])
    events["exch_ts"] = np.arange(len(events)) * (SECOND // 100)
    return events


def test_a_book_that_is_swept_outwards_equals_the_twin():
    assert_equals_twin(swept(1_500, np.random.default_rng(1)), 1.0)


def test_two_hundred_thousand_random_levels_are_swept_in_time():
    book = replay(swept(100_000, np.random.default_rng(2)), tick_size=1.0)
    assert len(book.time) == 400_000
    assert (book.bid_depth[-1], book.ask_depth[-1]) == (0, 0)
    levels = (book.profile_price != NO_PRICE).sum(axis=(1, 2))
    assert (levels[1:-30] == 20).all()
    assert (np.diff(book.profile_price[1:-30], axis=2)[:, 0] < 0).all()
    assert (np.diff(book.profile_price[1:-30], axis=2)[:, 1] > 0).all()


CHANGES = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 2), st.integers(0, 9)), max_size=200)


@settings(max_examples=60)
@given(CHANGES, st.sampled_from(["depth", "add"]))
def test_random_books_of_many_levels_equal_the_twin(changes, kind):
    rows, time = [], 0
    for number, (tick, is_bid, quantity, wait) in enumerate(changes):
        time += wait * SECOND // 7
        side = BUY if is_bid else SELL
        if kind == "add" and not quantity and number:
            earlier = tick % number
            rows.append((time, "cancel", rows[earlier][2], rows[earlier][3], 1.0, 1))
        else:
            rows.append((time, kind, side, number + 1, float(100 - side * tick), quantity))
    assert_equals_twin(stream(*rows), 1.0)


def test_a_long_random_book_of_many_levels_equals_the_twin():
    """Quantities change anywhere in the book, so the depth also sees what changes at its tenth level."""
    rng = np.random.default_rng(5)
    n = 4_000
    side = rng.choice([BUY, SELL], n)
    price = 1_000 - side * rng.integers(1, 300, n) ** 2 // 300
    time = np.cumsum(rng.integers(0, SECOND // 5, n))
    qty = rng.choice([0, 1, 2, 5], n, p=[0.4, 0.2, 0.2, 0.2])
    assert_equals_twin(assemble(kind=Kind.DEPTH, side=side, order_id=0, exch_ts=time, px=price, qty=qty), 1.0)


# --- the sums --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["esh4", "clx5", "tsla"])
def test_recordings_equal_the_twin(name, request, data):
    if name == "tsla":
        events = read(data / "deepmarket" / "real_TSLA_2015-01-29.parquet")[:100_000]
    else:
        events = request.getfixturevalue(name)
    for series in observed(events).series:
        [(_, summary)] = summarise_series(series, None)
        assert_equals_twins(series, summary)


def assert_equals_twins(series, summary):
    mids, spreads = priced(series.mid), priced(series.spread)
    both = [i for i, mid in enumerate(mids) if mid is not None]
    for field, bid, ask in (
        (summary.touch_size, series.bid_size, series.ask_size),
        (summary.depth, series.bid_depth, series.ask_depth),
    ):
        assert field.n == len(both)
        assert field.mean() == pytest.approx(sum(float(bid[i] + ask[i]) for i in both) / len(both), rel=1e-4)
    imbalances = [
        naive_imbalance(b, a) for b, a in zip(series.bid_size.tolist(), series.ask_size.tolist(), strict=True)
    ]
    expected: dict[int, int] = {}
    for i in both:
        expected[imbalances[i]] = expected.get(imbalances[i], 0) + 1
    assert dict(zip(summary.imbalance.values.tolist(), summary.imbalance.counts.tolist(), strict=True)) == expected

    profiles = [
        ([priced(side) for side in price], size.tolist())
        for price, size in zip(series.profiles.price, series.profiles.size, strict=True)
    ]
    sums = summary.profile
    found = (sums.sides, sums.levels, sums.size, sums.by_distance, sums.gaps, sums.reach, sums.reached)
    assert [np.asarray(part).tolist() for part in found] == list(naive_profile_sums(profiles))

    twin = naive_resilience(
        series.time.tolist(), series.segment.tolist(), spreads, series.trades.at.tolist(), RESILIENCE_NS.tolist()
    )
    own = summary.resilience
    assert np.stack([own.pairs, own.widening, own.excess], axis=1).tolist() == twin

    pairs = naive_imbalance_pairs(series.time.tolist(), series.segment.tolist(), mids, imbalances)
    response = summary.imbalance_response
    assert (response.n, response.later_total) == (len(pairs), sum(move for _, _, move in pairs))
    assert response.products[0] == pytest.approx(sum(x * move for x, _, move in pairs) / 100)
    lagged = summary.imbalance_lags
    assert (lagged.lags[0], lagged.pairs[0]) == (1, len(pairs))
    assert lagged.products[0] == pytest.approx(sum(x * y for x, y, _ in pairs) / 10_000)


def test_books_without_a_clock_leave_out_what_needs_one(data):
    series = next(iter(observed(read(data / "itch" / "mbp.csv")).series))
    assert not {"touch_size", "depth", "imbalance", "profile"} & set(unmeasured([series]))
    without = set(unmeasured([replace(series, has_clock=False)]))
    assert {"profile", "imbalance_lags", "imbalance_response", "resilience"} <= without
    assert not {"touch_size", "depth", "imbalance"} & without


# --- markets whose answer is known -----------------------------------------------------------------------------


def constant_book(n_seconds=60):
    """Twelve levels a side, two ticks apart, the k-th of 10 k contracts; a trade a second that changes nothing."""
    rows = [
        (SECOND // 2, "depth", side, 0, float(1_000 - side * (1 + 2 * k)), 10 * (k + 1))
        for side in (BUY, SELL)
        for k in range(12)
    ]
    rows += [((s + 1) * SECOND, "trade", BUY, 0, 1_001.0, 1) for s in range(n_seconds)]
    return stream(*rows)


def test_a_constant_book_has_the_profile_it_was_given():
    total = summarise(observed(constant_book(), tick_size=1.0)).total
    assert level_profile(total.profile).value.tolist() == [10.0 * k for k in range(1, 11)]
    assert distance_profile(total.profile).value.tolist() == [10, 0, 20, 0, 30, 0, 40, 0, 50, 0]
    assert float(level_gap(total.profile)) == 2
    assert float(touch_depth_share(total.profile)) == pytest.approx(10 / 550)
    assert float(book_slope(total.profile)) == pytest.approx(550 / 19)
    assert (float(mean_touch_size(total.touch_size)), float(mean_depth(total.depth))) == (20, 1_100)
    assert float(imbalance_size(total.imbalance)) == 0


def recovering(share, n=50, widening=8):
    """Each trade takes an ask and widens the spread; 300 ms later a share of the widening is gone, later all."""
    rows = [(SECOND, "add", BUY, 1, 100.0, 5), (SECOND, "add", SELL, 2, 200.0, 5), (SECOND, "trade", BUY, 0, 150.0, 1)]
    order = 3
    for k in range(n):
        start, best = (20 + 20 * k) * SECOND, 101.0
        rows.append((start, "add", SELL, order, best, 1))
        rows.append((start + SECOND, "add", SELL, order + 1, best + widening, 1))
        rows.append((start + 2 * SECOND, "trade", BUY, 0, best, 1))
        rows.append((start + 2 * SECOND, "cancel", SELL, order, best, 1))
        back = start + 2 * SECOND + 3 * SECOND // 10
        rows.append((back, "add", SELL, order + 2, best + widening * (1 - share), 1))
        rows.append((start + 6 * SECOND, "add", SELL, order + 3, best, 1))
        end = start + 15 * SECOND
        rows += [(end, "cancel", SELL, order + i, 1.0, 1) for i in (1, 2, 3)]
        order += 4
    return stream(*rows)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75])
def test_a_spread_that_recovers_by_a_share_is_found_to(share):
    total = summarise(observed(recovering(share), tick_size=1.0)).total
    curve = spread_resilience(total.resilience)
    seconds = RESILIENCE_NS / 1e9
    expected = np.where(seconds < 0.3, 1.0, np.where(seconds < 4, 1 - share, 0.0))
    assert curve.x.tolist() == seconds.tolist()
    assert curve.value.tolist() == expected.tolist()
    assert curve.n.tolist() == [50] * len(seconds)
    assert float(spread_recovery(total.resilience)) == pytest.approx(share)


def test_too_few_trades_that_widen_are_no_answer():
    total = summarise(observed(recovering(0.5, n=20), tick_size=1.0)).total
    with pytest.raises(InsufficientDataError, match=r"^20 trades widened the spread; 30 are needed"):
        spread_recovery(total.resilience)
    with pytest.raises(InsufficientDataError, match="no lag has 30 trades"):
        spread_resilience(total.resilience)
