"""What holds for every metric: it states what it rests on, and rows of a session add up to the session."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from flow_market import NOT_IN_SIMULATED

from lobstats.engine import choose_grid, observe, source_of_events, summarise
from lobstats.errors import InsufficientDataError
from lobstats.metrics import SHOWN, collect, evaluate
from lobstats.result import Basis, Curve
from lobstats.simulate import Market, simulate
from lobstats.summary.reference import Reference

SECOND = 1_000_000_000
CLOCKS = {"event time", "trade time", "order time", "clock time"}
MARKET = Market(n_sessions=2, session_seconds=2600.0, memory_seconds=10.0)
DAY = Market(n_sessions=1, session_seconds=4 * 3600.0, rate=0.5)
OVER_THE_DAY = {"arrivals.intraday_curvature"}  # a parabola over the day needs half of one
METRICS = collect()
# The others are held to the same laws in test_flow.
every_metric = pytest.mark.parametrize("name", sorted(set(METRICS) - set(NOT_IN_SIMULATED)))


def observed(market):
    source = source_of_events("market", simulate(market, rng=np.random.default_rng(6)))
    return observe(source, choose_grid(source))


def in_rows_of(sessions):
    """Return the sums of rows of two lengths."""
    return [reduce(add, (row.summary for row in summarise(sessions, row_ns=s * SECOND).rows)) for s in (30, 700)]


@pytest.fixture(scope="module")
def markets():
    """Return the total and the sums of rows of a market, and of one that covers half a day."""
    sessions = [observed(market) for market in (MARKET, DAY)]
    return [(summarise(one).total, in_rows_of(one)) for one in sessions]


@pytest.fixture(scope="module")
def total(markets):
    return markets[0][0]


def reference_of(total, horizon=260 * SECOND):
    return Reference(total.returns, horizon, order_size=total.order_size)


@every_metric
def test_every_fact_says_on_which_clock_and_horizon_it_rests_and_what_it_counts(name, markets):
    total, _ = markets[name in OVER_THE_DAY]
    fact = evaluate(METRICS[name], total, reference_of(total))
    assert isinstance(fact.basis, Basis)
    assert fact.basis.clock in CLOCKS
    assert fact.basis.horizon
    assert fact.basis.counted
    assert {"clock", "horizon", "counted", "unit", "n"} <= set(fact.to_dict())


@every_metric
def test_rows_of_sessions_add_up_to_the_sessions(name, markets):
    total, in_rows = markets[name in OVER_THE_DAY]
    expected = evaluate(METRICS[name], total, reference_of(total))
    for rows in in_rows:
        found = evaluate(METRICS[name], rows, reference_of(rows))
        assert np.asarray(found.n).tolist() == np.asarray(expected.n).tolist()
        if isinstance(expected, Curve):
            assert found.x.tolist() == expected.x.tolist()
        value = np.asarray(expected.value)
        error = np.abs(np.asarray(found.value) - value)
        assert (error <= 1e-12 * np.maximum(1.0, np.abs(value))).all()
        assert found.to_dict().keys() == expected.to_dict().keys()


def test_what_is_shown_and_not_scored_is_a_metric_and_says_why():
    assert set(SHOWN) <= set(METRICS)
    assert all(reason for reason in SHOWN.values())


def test_estimates_are_told_by_side_and_by_kind_as_curves_with_labels(total):
    by_side = evaluate(METRICS["tails.pareto_index_by_side"], total)
    assert [by_side.at(x) for x in by_side.x] == ["upper", "lower"]
    by_kind = evaluate(METRICS["arrivals.burstiness_by_kind"], total)
    assert [by_kind.at(x) for x in by_kind.x] == ["add", "cancel", "modify", "trade"]
    for i, kind in enumerate(("add", "cancel", "modify", "trade")):
        assert by_kind.value[i] == METRICS["arrivals.burstiness"](total.kinds[kind].gaps).value
    for i, tail in enumerate(("upper", "lower")):
        assert by_side.value[i] == METRICS["tails.pareto_index"].function(total.returns, tail=tail).value


def test_a_kind_that_never_occurs_is_left_out_and_none_at_all_is_missing():
    kinds = dict.fromkeys(("add", "cancel", "modify"), NoArrivals)
    with pytest.raises(InsufficientDataError, match=r"^add: "):
        METRICS["arrivals.burstiness_by_kind"]({**kinds, "trade": NoArrivals})
    found = METRICS["arrivals.burstiness_by_kind"]({**kinds, "trade": SomeArrivals})
    assert (found.x.tolist(), found.at(found.x[0])) == ([3.0], "trade")


class NoArrivals:
    gaps = np.array([], dtype=np.int64)


class SomeArrivals:
    gaps = np.array([1, 5, 9])
