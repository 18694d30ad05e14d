"""How orders live and die: closed forms, other libraries, plain twins and a market with known hazards."""

import numpy as np
import pytest
from naive import naive_actions
from naive_orders import naive_incidence, naive_orders
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from lobstats.book import replay
from lobstats.causes import ACTIONS
from lobstats.compare import compare
from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.events.codec import assemble
from lobstats.events.formats import read
from lobstats.events.layout import Kind
from lobstats.metrics import FAMILIES, collect, evaluate, orders
from lobstats.report.orders import orders_rows, orders_table
from lobstats.report.terminal import to_text
from lobstats.sessions import cut, find_sessions
from lobstats.summary.gaps import bin_of, lower_edge
from lobstats.summary.lives import LifeCounts, first_fill_counts
from lobstats.summary.reference import FOLLOW_NS, Reference, follow_of
from lobstats.summary.summary import Summary

SECOND = 1_000_000_000
CANCEL_RATE, FILL_RATE = 0.5, 0.2
OWN = {name: metric for name, metric in collect().items() if name.startswith("orders.")}
ON_LIVES = (orders.mean_lifetime, orders.filled_share, orders.cancelled_share)


def middles(nanoseconds):
    """Return the middles of the bins that durations fall into, so that binned and plain lives are alike."""
    bins = bin_of(np.asarray(nanoseconds))
    return (lower_edge(bins) + (lower_edge(bins + 1) - 1)) / 2e9


def random_lives(n=3_000, seed=1, far=0.1):
    rng = np.random.default_rng(seed)
    duration = rng.lognormal(0, 2, n)
    followed = rng.exponential(20, n) + far
    outcome = np.where(duration <= followed, (rng.random(n) < 0.3).astype(int), 2)
    return np.stack([(np.minimum(duration, followed) * SECOND).astype(np.int64), outcome], axis=1)


def value(function, lives, horizon):
    return float(function(lives, horizon=horizon))


@pytest.mark.parametrize("horizon", [0.5, 3.0, 10.0])
def test_survival_equals_the_estimate_of_statsmodels(horizon):
    lives = random_lives()
    found = orders.survival_curve(lives, horizon=horizon)
    theirs = SurvfuncRight(middles(lives[:, 0]), (lives[:, 1] < 2).astype(int))
    at = np.searchsorted(theirs.surv_times, found.x, side="right") - 1
    expected = np.where(at < 0, 1.0, theirs.surv_prob[at])
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert float(orders.median_lifetime(lives, horizon=10.0)) == pytest.approx(theirs.quantile(0.5), rel=1e-12)


@pytest.mark.parametrize(("how", "curve"), [(2, orders.fill_incidence_curve), (1, orders.cancel_incidence_curve)])
def test_incidences_equal_those_of_statsmodels(how, curve):
    lives = random_lives()
    found = curve(lives, horizon=10.0)
    theirs = CumIncidenceRight(middles(lives[:, 0]), np.array([1, 2, 0])[lives[:, 1]])
    at = np.searchsorted(theirs.times, found.x, side="right") - 1
    expected = np.where(at < 0, 0.0, theirs.cinc[how - 1][at])
    assert found.value == pytest.approx(expected, abs=1e-12)


def test_binned_estimates_equal_a_plain_twin_within_the_width_of_a_bin():
    lives = random_lives(400)
    plain = [(t / 1e9, ("cancelled", "filled", "censored")[how]) for t, how in lives.tolist()]
    alive, cancelled, filled, mean = naive_incidence(plain, 10.0)
    assert value(orders.mean_lifetime, lives, 10.0) == pytest.approx(mean, rel=1 / 128)
    assert value(orders.cancelled_share, lives, 10.0) == pytest.approx(cancelled, abs=1 / 400)
    assert value(orders.filled_share, lives, 10.0) == pytest.approx(filled, abs=1 / 400)
    assert alive + cancelled + filled == pytest.approx(1, abs=1e-12)
    binned = [(t, how) for t, (_, how) in zip(middles(lives[:, 0]).tolist(), plain, strict=True)]
    expected = naive_incidence(binned, 10.0)
    found = [float(orders.survival_curve(lives, horizon=10.0).value[-1])]
    found += [value(one, lives, 10.0) for one in (orders.cancelled_share, orders.filled_share, orders.mean_lifetime)]
    assert found == pytest.approx(expected, rel=1e-12)


# --- a market with known hazards -------------------------------------------------------------------------------


def hazard_market(n=20_000, seed=2, length=2_000.0):
    """Write orders that are cancelled at one rate and filled at another; some outlive the stream."""
    rng = np.random.default_rng(seed)
    born = np.sort(rng.uniform(1, length, n))
    cancelled, filled = rng.exponential(1 / CANCEL_RATE, n), rng.exponential(1 / FILL_RATE, n)
    died, by_fill = born + np.minimum(cancelled, filled), filled < cancelled
    records = [(0.5, 0, Kind.TRADE, 0, -1)]
    records += [(time, 0, Kind.ADD, i + 1, 1) for i, time in enumerate(born)]
    for i in range(n):
        if died[i] > length:
            continue
        if by_fill[i]:
            records += [(died[i], 1, Kind.TRADE, 0, -1), (died[i], 2, Kind.FILL, i + 1, 1)]
        records.append((died[i], 3, Kind.CANCEL, i + 1, 1))
    records.append((length, 9, Kind.TRADE, 0, -1))
    time, _, kind, number, side = zip(*sorted(records), strict=True)
    ns = (np.array(time) * SECOND).astype(np.int64)
    return assemble(kind=kind, side=side, order_id=number, exch_ts=ns, px=100.0, qty=2.0)


@pytest.fixture(scope="module")
def hazards():
    source = source_of_events("hazards", hazard_market())
    return summarise(observe(source, choose_grid(source, tick_size=1.0))).total


def test_exponential_competing_risks_are_found(hazards):
    rate, n = CANCEL_RATE + FILL_RATE, 20_000
    curve = orders.survival_curve(hazards.order_lives, horizon=5.0)
    assert curve.value == pytest.approx(np.exp(-rate * curve.x), abs=4 * 0.5 / n**0.5)
    ended = 1 - np.exp(-rate * 5.0)
    for function, own in ((orders.filled_share, FILL_RATE), (orders.cancelled_share, CANCEL_RATE)):
        share = own / rate * ended
        assert value(function, hazards.order_lives, 5.0) == pytest.approx(
            share, abs=4 * (share * (1 - share) / n) ** 0.5
        )
    assert value(orders.ever_filled_share, hazards.first_fills, 5.0) == value(
        orders.filled_share, hazards.order_lives, 5.0
    )
    assert value(orders.median_lifetime, hazards.order_lives, 5.0) == pytest.approx(np.log(2) / rate, rel=0.04)
    assert value(orders.mean_lifetime, hazards.order_lives, 5.0) == pytest.approx(ended / rate, rel=0.03)
    waits = 1 / rate - 5 * np.exp(-rate * 5) / ended
    assert value(orders.mean_time_to_fill, hazards.first_fills, 5.0) == pytest.approx(waits, rel=0.06)
    half = -np.log(1 - ended / 2) / rate
    assert value(orders.median_time_to_fill, hazards.first_fills, 5.0) == pytest.approx(half, rel=0.08)


def test_the_hazard_markets_kinds_and_fill_rates_are_counted(hazards):
    shares = dict(zip(ACTIONS, orders.event_shares(hazards.event_kinds).value.tolist(), strict=True))
    n = hazards.event_kinds.n
    fills = round(shares["fill"] * n)
    assert shares["cancel by fill"] == shares["fill"]
    assert shares["modify"] == shares["modify by fill"] == 0
    assert float(orders.cancel_share(hazards.event_kinds)) == shares["cancel"]
    assert float(orders.all_cancel_share(hazards.event_kinds)) == pytest.approx(shares["cancel"] + shares["fill"])
    assert float(orders.fill_record_share(hazards.event_kinds)) == shares["fill"]
    assert float(orders.fills_per_order(hazards.event_kinds)) == pytest.approx(fills / 20_000)
    assert float(orders.filled_quantity_share(hazards.order_quantities)) == pytest.approx(fills / 20_000)
    assert fills == pytest.approx(20_000 * FILL_RATE / (CANCEL_RATE + FILL_RATE), rel=0.05)
    assert float(orders.mean_cancel_size(hazards.cancel_size)) == 2.0


# --- recordings against the twin ---------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["esh4", "clx5", "tsla"])
def recording(request, data):
    if request.param != "tsla":
        return request.getfixturevalue(request.param)[:40_000]
    return read(data / "deepmarket" / "real_TSLA_2015-01-29.parquet")[:40_000]


def test_recordings_give_what_counting_by_hand_gives(recording):
    source = source_of_events("recording", recording)
    grid = choose_grid(source)
    total = summarise(observe(source, grid)).total
    book = replay(recording, tick_size=grid.tick_size, clock_ns=grid.clock_ns)
    sessions = find_sessions(recording, book)
    twin = naive_orders(recording, book, sessions)
    happening, segment = book.happening.tolist(), sessions.segment.tolist()
    did = [
        one
        for one, h in zip(naive_actions(recording, happening), happening, strict=True)
        if h >= 0 and segment[h] >= 0 and one is not None
    ]
    assert orders.event_shares(total.event_kinds).value.tolist() == [did.count(name) / len(did) for name in ACTIONS]
    assert float(orders.cancel_share(total.event_kinds)) == did.count("cancel") / len(did)
    assert float(orders.fills_per_order(total.event_kinds)) == did.count("fill") / did.count("add")
    time = book.time.tolist()
    plain, first = [], []
    for life, to in zip(twin.lives, twin.followed_to, strict=True):
        duration = (to if life.ended is None else time[life.ended]) - time[life.born]
        plain.append((duration, life.outcome))
        if life.fills:
            first.append((time[life.fills[0][0]] - time[life.born], "filled"))
        else:
            first.append((duration, life.outcome))
    filled = sum(amount for life in twin.lives for _, amount in life.fills)
    added = sum(life.added for life in twin.lives)
    assert float(orders.filled_quantity_share(total.order_quantities)) == pytest.approx(filled / added, rel=1e-12)

    def binned(pairs):
        return [(t, how) for t, (_, how) in zip(middles([t for t, _ in pairs]).tolist(), pairs, strict=True)]

    alive, cancelled, done, mean = fast_incidence(binned(plain), 60.0)
    assert orders.survival_curve(total.order_lives).value[-1] == pytest.approx(alive, abs=1e-12)
    assert float(orders.cancelled_share(total.order_lives)) == pytest.approx(cancelled, abs=1e-12)
    assert float(orders.filled_share(total.order_lives)) == pytest.approx(done, abs=1e-12)
    assert float(orders.mean_lifetime(total.order_lives)) == pytest.approx(mean, rel=1e-12)
    assert float(orders.ever_filled_share(total.first_fills)) == pytest.approx(
        fast_incidence(binned(first), 60.0)[2], abs=1e-12
    )
    distances = [life.distance for life in twin.lives if life.distance is not None]
    assert float(orders.touch_share(total.order_distance)) == distances.count(0) / len(distances)
    assert float(orders.improving_share(total.order_distance)) == sum(d < 0 for d in distances) / len(distances)
    ahead = [spot[1] for spot in twin.at_fill]
    assert float(orders.fill_front_share(total.fill_ahead)) == ahead.count(0) / len(ahead)
    places = [share for *_, share in twin.at_cancel]
    assert float(orders.mean_cancel_position(total.cancel_position)) == pytest.approx(np.mean(places), abs=5e-4)


def fast_incidence(lives, horizon):
    """Return what `naive_incidence` does, for many lives."""
    frame = np.array([time for time, _ in lives]), np.array([how for _, how in lives])
    alive, gone, mean, last = 1.0, {"cancelled": 0.0, "filled": 0.0}, 0.0, 0.0
    for time in np.unique(frame[0][frame[0] <= horizon]).tolist():
        at_risk = np.count_nonzero(frame[0] >= time)
        mean, last = mean + alive * (time - last), time
        here = frame[1][frame[0] == time].tolist()
        for how in gone:
            gone[how] += alive * here.count(how) / at_risk
        alive *= 1 - (len(here) - here.count("censored")) / at_risk
    return alive, gone["cancelled"], gone["filled"], mean + alive * (horizon - last)


# --- rules ----------------------------------------------------------------------------------------------------------


def test_the_horizon_is_a_quarter_of_the_shortest_session_rounded_down():
    assert follow_of([3600e9]) == 500 * SECOND
    assert follow_of([3600e9, 8e9, 0.0]) == 2 * SECOND
    assert follow_of([4.0]) == 1
    assert follow_of([0.0]) == FOLLOW_NS == 60 * SECOND
    for length in np.random.default_rng(1).integers(4, 2**62, 200).tolist():
        found = follow_of([length])
        digits = str(found)
        assert digits[0] in "125"
        assert set(digits[1:]) <= {"0"}
        following = int({"1": "2", "2": "5", "5": "10"}[digits[0]] + digits[1:])
        assert 4 * found <= length < 4 * following


def test_both_sides_of_a_comparison_have_one_horizon_of_the_shorter_ones_sessions():
    events = hazard_market(3_000, length=300.0)
    short = cut(hazard_market(3_000, seed=3, length=300.0), end_ns=100 * SECOND)
    found = compare(real=[events], generated=[short], tick_size=1.0)
    for side in (found.real, *found.generated):
        fact = side.facts["orders.mean_lifetime"]
        assert fact.params == {"horizon_s": 20.0}


def test_the_table_shows_each_figure_and_a_dash_where_there_is_none():
    events = hazard_market(3_000, length=300.0)
    depth = assemble(kind=Kind.DEPTH, side=[1, -1, 1], order_id=0, exch_ts=[1, 2, 3], px=[99, 101, 99], qty=[1, 1, 2])
    found = compare(real=[events], generated=[depth], tick_size=1.0)
    row = dict(orders_rows([found.real, *found.generated]))
    assert row["horizon"] == ["50 s", "-"]
    fact = found.real.facts["orders.cancel_share"]
    assert row["owners' cancels / all records"] == [f"{100 * fact.value:.2f} %", "-"]
    assert row["fills at the front of the queue"][1] == "-"
    assert row["new orders followed"] == ["3,000", "-"]
    text = to_text(found)
    assert "\n owners' cancels / all records " in text
    assert max(map(len, text.splitlines())) <= 100


def test_depth_alone_has_no_table_of_orders():
    depth = assemble(kind=Kind.DEPTH, side=[1, -1, 1], order_id=0, exch_ts=[1, 2, 3], px=[99, 101, 99], qty=[1, 1, 2])
    assert orders_table(compare(real=[depth], tick_size=1.0)) is None


def test_the_reference_names_the_horizon_and_a_given_one_goes_before_it():
    lives = random_lives()
    reference = Reference(None, 0, follow_ns=2 * SECOND)
    for function in ON_LIVES:
        assert function(lives, reference=reference).params == {"horizon_s": 2.0}
        assert function(lives, reference=reference, horizon=3.0).params == {"horizon_s": 3.0}
    with pytest.raises(ValueError, match=r"`horizon` must be a positive number of seconds, got -1\."):
        orders.mean_lifetime(lives, horizon=-1)


def test_too_little_is_refused_with_the_reason():
    short = [(SECOND, 2)] * 20 + [(SECOND // 2, 0)] * 20
    for function in ON_LIVES:
        with pytest.raises(InsufficientDataError, match=r"no order is followed for the horizon of 60 s"):
            function(short)
        with pytest.raises(InsufficientDataError, match=r"there are 29 new orders; lifetimes need 30"):
            function(short[:29])
        assert np.isfinite(float(function(short, horizon=1.0)))
    with pytest.raises(InsufficientDataError, match=r"more than half of the orders outlive"):
        orders.median_lifetime([(90 * SECOND, 2)] * 40)
    with pytest.raises(InsufficientDataError, match=r"no order is filled within 1 s"):
        orders.mean_time_to_fill(short, horizon=1.0)
    with pytest.raises(InsufficientDataError, match=r"there is no new order"):
        orders.fills_per_order([1, 2])
    with pytest.raises(InsufficientDataError, match=r"there is no record"):
        orders.cancel_share([])


def test_all_that_end_need_nobody_who_is_followed_to_the_horizon():
    ended = [(SECOND, 0)] * 20 + [(2 * SECOND, 1)] * 20
    assert value(orders.filled_share, ended, 60.0) == 0.5
    assert value(orders.cancelled_share, ended, 60.0) == 0.5


def test_an_order_that_ends_as_it_comes_lives_for_half_a_nanosecond():
    assert value(orders.median_lifetime, [(0, 0)] * 40, 1.0) == 0.5e-9


def test_lives_that_are_none_are_refused():
    for wrong in ([(1.5, 0)], [(1, 3)], [(-1, 0)], [1, 2, 3]):
        with pytest.raises(ValueError, match="lives are pairs of whole numbers"):
            LifeCounts.of(wrong)
    assert LifeCounts.of([]).n == 0


def test_sums_of_parts_equal_the_whole():
    lives = random_lives(500)
    parts = [LifeCounts.of(part) for part in np.array_split(lives, 4)]
    whole = LifeCounts.of(lives)
    for summed in (LifeCounts.merged(parts), parts[0] + parts[1] + parts[2] + parts[3]):
        assert summed.bins.tolist() == whole.bins.tolist()
        assert summed.counts.tolist() == whole.counts.tolist()


def test_a_first_fill_goes_before_the_end_and_none_before_a_cut_is_censored():
    found = first_fill_counts(np.array([10, 20, 30, 40]), np.array([1, 0, 0, 2]), np.array([10, 5, -1, -1]))
    assert found.bins.tolist() == [5, 10, 30, 40]
    assert found.counts.tolist() == [[0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_depth_alone_has_no_orders_and_says_so():
    rng = np.random.default_rng(1)
    n = 2_000
    side = rng.choice([-1, 1], n)
    depth = assemble(
        kind=Kind.DEPTH, side=side, order_id=0, exch_ts=np.cumsum(rng.integers(1, SECOND, n)), px=100.0 - side, qty=1.0
    )
    found = compare(real=[depth], tick_size=1.0)
    for name in OWN:
        assert found.real.facts[name].reason == "the stream holds a book without messages; this needs orders"


def test_every_metric_of_the_family_is_public():
    import lobstats

    assert all(hasattr(lobstats, name) for name in FAMILIES["orders"].__all__)


def test_a_session_without_an_order_gives_no_fact():
    opening = assemble(kind=Kind.TRADE, side=1, order_id=0, exch_ts=[1, 2, 3], px=9.0, qty=1.0)
    source = source_of_events("trades", opening)
    total: Summary = summarise(observe(source, choose_grid(source, tick_size=1.0))).total
    for name, metric in OWN.items():
        if metric.field == "event_kinds" and "fills_per" not in name:
            continue
        with pytest.raises(InsufficientDataError):
            evaluate(metric, total)
