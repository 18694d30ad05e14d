"""Checks against a baseline: who passes, who fails, and by what band."""

import dataclasses
import json
import math
import re

import jsonschema
import numpy as np
import pytest

import lobstats
from lobstats.baseline.checking import hold, measure_like
from lobstats.baseline.files import baseline_bytes
from lobstats.baseline.names import UnknownFactError
from lobstats.baseline.tolerance import BaselineError, Tolerance
from lobstats.compare.agreement import SummaryError
from lobstats.compare.fact_rows import RealFacts, measure, reference_of
from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.compare.sides import prepare
from lobstats.compare.units import group, plan_sessions
from lobstats.engine import source_of_events
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, from_scale
from lobstats.joint import draws_for, student_draws
from lobstats.metrics import SHOWN
from lobstats.report.checks import check_json, check_text, summary_lines
from lobstats.result import Curve
from lobstats.simulate import Market, simulate

MARKET = Market(n_sessions=6, session_seconds=120)


def market(seed, **dials):
    return simulate(dataclasses.replace(MARKET, **dials), rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def baseline():
    return lobstats.freeze_baseline(market(1))


@pytest.fixture(scope="module")
def held(baseline):
    return hold(market(2), baseline)


@pytest.fixture(scope="module")
def planted(baseline):
    """A sample whose spreads, sizes and arrivals are wrong."""
    events = market(3, tail_index=math.inf, clustering=0.0, burst=0.0, memory_seconds=1.0).copy()
    events["qty"] *= 3
    return hold(events, baseline)


def by_name(check):
    return {fact.name: fact for fact in check.facts}


def with_tolerances(baseline, **tolerances):
    return dataclasses.replace(
        baseline, tolerances={name.replace("__", "."): own for name, own in tolerances.items()}
    )


def test_the_sample_itself_and_a_fresh_one_pass(baseline, held):
    same = lobstats.check(market(1), against=baseline)
    assert same.passed
    assert all(fact.got == pytest.approx(fact.expected, rel=1e-9) for fact in same.facts if fact.at != "mean gap" and fact.got)
    fresh = held.check()
    assert fresh.passed
    assert fresh.counts()["in band"] > 80


def test_planted_defects_are_named_with_numbers(planted):
    found = planted.check()
    failed = {fact.name for fact in found.failures}
    assert not found.passed
    assert {"prices.mean_order_size", "liquidity.mean_depth"} <= failed
    size = by_name(found)["prices.mean_order_size"]
    assert size.standing == "out of band"
    assert size.got == pytest.approx(3 * size.expected, rel=0.2)
    assert size.beyond == pytest.approx(size.got - size.band.high)
    assert size.ratio > 1
    text = check_text(found)
    assert re.search(r"mean_order_size\*? .*out by \+", text)
    assert max(map(len, text.splitlines())) <= 100


def test_bands_are_those_of_a_comparison_at_the_adjusted_level(baseline, held):
    """The same, put together by hand: each fact by `compare_facts` at 1 - 0.05 / how many."""
    found = held.check()
    names = [fact.name for fact in found.facts if fact.by == "interval"]
    assert found.band_level == pytest.approx(1 - 0.05 / len(names))
    real, other = (source_of_events(name, market(seed)) for name, seed in (("a", 1), ("b", 2)))
    ready = prepare(real, [other], step=lambda text: None)
    kept, sample = ready.sample(0), ready.sample(1)
    plan = plan_sessions(kept.observations, [])
    units, sessions = group(kept, plan)
    for name in ("prices.mean_spread", "tails.exceedance", "arrivals.fano_curve", "orders.event_shares"):
        one, two = held.measured.usual[name], held.measured.told[name]
        again = compare_facts(
            one, two, generated_units=6, nature=sides_of_nature(sessions), level=found.band_level
        )
        own = by_name(found)[name]
        assert own.ratio == pytest.approx(again.ratio)
        assert own.band is not None
    assert reference_of([kept, sample], plan).returns.n == held.measured.real.reference.returns.n
    reference = reference_of([kept, sample], plan)
    measured = measure(sample, RealFacts(units, sessions, held.measured.real.facts, reference, plan, {}), 0.95)
    assert measured.told["prices.mean_spread"].value == pytest.approx(held.measured.told["prices.mean_spread"].value)


def test_the_band_is_where_the_verdict_changes(held):
    """A generated value moved to just inside and just outside of the band is within noise and not."""
    checked = 0
    for name, fact in by_name(held.check()).items():
        one, two = held.measured.usual.get(name), held.measured.told.get(name)
        if fact.by != "interval" or not isinstance(one, Jackknife) or isinstance(one.fact, Curve) or two.error is None:
            continue
        if one.fact.scale == "arcsine" and not 0 < one.fact.value < 1:
            continue
        level = held.check().band_level
        for side in (-1, 1):
            for inside in (0.999, 1.001):
                edge = fact.band.low if side < 0 else fact.band.high
                at = one.value + inside * (scaled(edge, one) - one.value)
                moved = dataclasses.replace(two, value=at)
                got = compare_facts(
                    one, moved, generated_units=held.measured.worth, nature=[(np.ones(6, bool),) * 2], level=level
                )
                if 0 < float(from_scale(at, one.fact.scale)[0]) and abs(edge) not in (0.0, 1.0):
                    assert (got.verdict == "within noise") == (inside < 1), (name, side)
                    checked += 1
    assert checked > 100


def scaled(value, jackknife):
    from lobstats.inference import to_scale

    return to_scale(np.array([value]), jackknife.fact.scale)


def test_fewer_facts_have_narrower_bands(held):
    whole = by_name(held.check())["prices.mean_spread"].band
    check = held.check(facts=["mean_spread"])
    (alone,) = check.facts
    assert check.band_level == 0.95
    assert alone.name == "prices.mean_spread"
    assert whole.low < alone.band.low < alone.band.high < whole.high
    wider = held.check(facts=["mean_spread"], level=0.99).facts[0].band
    assert wider.low < alone.band.low


def test_facts_that_are_shown_are_not_judged(planted):
    found = by_name(planted.check())
    for name in SHOWN:
        assert found[name].standing in ("shown", "skipped"), name
    assert "deviations" or found


def test_what_the_sample_lacks_fails_where_chance_cannot_have_taken_it(baseline):
    events = market(2)
    kinds = events["ev"] & 0xFF
    no_modify = lobstats.check(events[kinds != lobstats.Kind.MODIFY], against=baseline)
    fact = by_name(no_modify)["orders.event_shares"]
    lacking = by_name(no_modify)["arrivals.burstiness_by_kind"]
    assert fact.standing in ("missing", "out of band")
    assert lacking.standing == "missing"
    assert "modify" in lacking.reason
    assert not no_modify.passed
    assert "missing: " in check_text(no_modify)


def test_what_parts_of_the_baseline_lack_too_is_skipped(held):
    """A fact that needs more moves than half of the baseline has is there by luck."""
    name = "prices.mean_spread"
    told = dict(held.measured.told) | {name: lobstats.Missing("too few")}
    here = dataclasses.replace(held, measured=dataclasses.replace(held.measured, told=told))
    assert by_name(here.check())[name].standing == "missing"
    sums = held.measured.real.units
    scarce = [dataclasses.replace(unit, spread=lobstats.Counts.of([])) for unit in sums[:4]] + list(sums[4:])
    real = dataclasses.replace(held.measured.real, units=scarce)
    here = dataclasses.replace(held, measured=dataclasses.replace(held.measured, told=told, real=real))
    fact = by_name(here.check())[name]
    assert fact.standing == "skipped"
    assert fact.reason == "the sample lacks it (too few), and so does a part of the baseline"


def test_a_sample_without_trading_or_shorter_than_half_a_unit_fails_in_every_fact(baseline):
    events = market(2)
    still = lobstats.check(events[(events["ev"] & 0xFF) != lobstats.Kind.TRADE], against=baseline)
    assert still.counts()["in band"] == 0
    assert still.counts()["missing"] > 80
    start = events["exch_ts"][0]
    short = lobstats.check(events[events["exch_ts"] < start + 20 * 10**9], against=baseline)
    assert short.counts()["in band"] == 0
    assert any("shorter than half a block" in fact.reason for fact in short.failures)


def test_a_shorter_sample_is_read_over_windows_as_long(baseline):
    events = market(2)
    ends = np.flatnonzero(np.diff(events["exch_ts"]) > 3600 * 10**9)
    held = hold(events[: ends[1] + 1], baseline)
    assert held.measured.windows == 3
    assert held.check().passed


def test_a_baseline_without_five_units_is_refused():
    with pytest.raises(InsufficientDataError, match="a band needs 5"):
        lobstats.freeze_baseline(market(1, n_sessions=1, session_seconds=60))


def test_summaries_stand_for_their_events(baseline, tmp_path, held):
    own = measure_like(market(2), baseline)
    assert lobstats.check(own, against=baseline).to_dict()["facts"] == held.check().to_dict()["facts"]
    lobstats.write_sample(own, tmp_path / "sample.lobs")
    again = lobstats.check(tmp_path / "sample.lobs", against=baseline)
    assert again.to_dict()["facts"] == held.check().to_dict()["facts"]
    lobstats.write_sample(lobstats.summarise(market(2), clock_ns=1000), tmp_path / "coarse.lobs")
    with pytest.raises(SummaryError, match="make it anew"):
        lobstats.check(tmp_path / "coarse.lobs", against=baseline)


def test_malformed_records_of_a_sample_are_a_fact(baseline):
    data = bytearray(market(2).tobytes())
    for record in range(1000, 6000, 50):
        data[32 * record] = 77
    decoded = lobstats.decode_lenient(bytes(data))
    assert sum(decoded.malformed.values()) == 100
    source = lobstats.open_source  # a path is read leniently
    assert source


def test_malformed_records_in_a_file_leave_their_band(baseline, tmp_path):
    data = bytearray(market(2).tobytes())
    for record in range(1000, 6000, 50):
        data[32 * record] = 77
    (tmp_path / "bad.bin").write_bytes(data)
    fact = by_name(lobstats.check(tmp_path / "bad.bin", against=baseline))["messages.unknown_kind"]
    assert fact.standing == "out of band"
    assert fact.expected == 0
    assert fact.got > fact.band.high > 0


@pytest.mark.parametrize(
    ("tolerance", "share", "standing"),
    [
        (Tolerance(absolute=0.05), 1.0, "in band"),
        (Tolerance(relative=0.0), 1.0, "in band"),
        (Tolerance(low=100.0), 1.0, "out of band"),
        (Tolerance(low=0.1), 1.0, "in band"),
        (Tolerance(high=0.1), 1.0, "out of band"),
        (Tolerance(low=0.1, high=10.0), 1.0, "in band"),
    ],
)
def test_a_tolerance_takes_the_place_of_the_band(baseline, tolerance, share, standing):
    one = with_tolerances(baseline, prices__mean_spread=tolerance)
    fact = by_name(lobstats.check(market(1), against=one))["prices.mean_spread"]
    assert (fact.standing, fact.by) == (standing, "tolerance")
    other = by_name(lobstats.check(market(1), against=baseline))["prices.mean_spread"]
    assert other.by == "interval"


def test_a_tolerance_is_held_to_the_digit(baseline, held):
    expected, got = (side["prices.mean_spread"].fact.value for side in (held.measured.usual, held.measured.told))
    gap = abs(got - expected)
    for size, standing in ((gap * 1.001, "in band"), (gap * 0.999, "out of band")):
        for tolerance in (Tolerance(absolute=size), Tolerance(relative=size / expected)):
            own = dataclasses.replace(held, baseline=with_tolerances(baseline, prices__mean_spread=tolerance))
            fact = by_name(own.check())["prices.mean_spread"]
            assert fact.standing == standing
            assert fact.ratio == pytest.approx(gap / size)
            assert fact.expected == expected
            assert fact.beyond == pytest.approx(max(0.0, gap - size), abs=1e-12)


def test_a_tolerance_holds_at_every_point_of_a_curve(baseline, held):
    one, two = (side["arrivals.fano_curve"].fact for side in (held.measured.usual, held.measured.told))
    shared, here, there = np.intersect1d(one.x, two.x, return_indices=True)
    gaps = np.abs(one.value[here] - two.value[there])
    for size, standing in ((gaps.max() * 1.001, "in band"), (gaps.max() * 0.999, "out of band")):
        own = dataclasses.replace(
            held, baseline=with_tolerances(baseline, arrivals__fano_curve=Tolerance(absolute=float(size)))
        )
        fact = by_name(own.check())["arrivals.fano_curve"]
        assert fact.standing == standing
        assert fact.at.startswith(f"{shared[gaps.argmax()]:g}")


def test_shown_facts_are_judged_where_a_tolerance_says_so(baseline, held):
    own = dataclasses.replace(held, baseline=with_tolerances(baseline, tails__kurtosis=Tolerance(high=0.5)))
    fact = by_name(own.check())["tails.kurtosis"]
    assert fact.standing == "out of band"
    assert fact.to_dict()["band"] == {"low": None, "high": 0.5}
    assert "up to 0.5" in check_text(own.check())


def test_tolerances_and_ignored_facts_leave_the_adjustment(baseline, held):
    before = held.check()
    judged = sum(fact.by == "interval" for fact in before.facts)
    stated = with_tolerances(baseline, prices__mean_spread=Tolerance(absolute=9.0))
    stated = dataclasses.replace(stated, ignored=frozenset({"tails.exceedance"}))
    after = dataclasses.replace(held, baseline=stated).check()
    assert after.band_level == pytest.approx(1 - 0.05 / (judged - 2))
    ignored = by_name(after)["tails.exceedance"]
    assert (ignored.standing, ignored.reason) == ("skipped", "ignored by the baseline")
    assert ignored.expected is not None


def test_names_are_short_or_full_and_the_nearest_is_suggested(held):
    with pytest.raises(UnknownFactError, match="`burstines` is no fact; did you mean `arrivals.burstiness`"):
        held.check(facts=["burstines"])
    with pytest.raises(UnknownFactError, match="lists them"):
        held.check(facts=["qqqqqq"])
    with pytest.raises(ValueError, match="`level` must be in"):
        held.check(level=1.0)


def test_more_draws_begin_with_the_same_and_settle_a_far_level():
    parts, freedom = [np.random.default_rng(1).standard_normal((10, 4))], np.full(4, 9)
    few, many = student_draws(parts, freedom), student_draws(parts, freedom, 30_000)
    assert np.array_equal(few, many[: len(few)])
    assert draws_for(0.95) == 2000
    assert draws_for(1 - 0.05 / 150) == 30_000
    from scipy.stats import t

    assert np.quantile(many[:, 0], 0.999) == pytest.approx(t(9).ppf(0.999), rel=0.15)


def test_json_is_what_its_schema_says(held, planted, baseline):
    folder = __import__("pathlib").Path(lobstats.__file__).parent / "report" / "schemas"
    schema = json.loads((folder / "check-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for one in (held, planted):
        found = json.loads(check_json(one.check()))
        jsonschema.validate(found, schema)
        assert found["passed"] is one.check().passed
        for change in ({"passed": 1}, {"level": 1.0}, {"extra": 0}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(found | change, schema)
    schema = json.loads((folder / "baseline-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    stated = with_tolerances(baseline, prices__mean_spread=Tolerance(low=1.0))
    made = json.loads(baseline_bytes(dataclasses.replace(stated, ignored=frozenset({"tails.exceedance"}))))
    jsonschema.validate(made, schema)
    made["facts"]["prices.mean_spread"]["tolerance"] = {"absolute": 1.0, "relative": 1.0}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, schema)


def test_a_summary_of_many_checks_stays_short(held, planted):
    found = {("a", "b"): planted.check().facts, ("c", "b"): held.check().facts}
    lines = summary_lines(found)
    assert len(lines) <= 40
    assert lines[0].startswith("a against b: ")
    assert any(line.startswith("and ") for line in lines)
    assert max(map(len, lines)) <= 100


def test_a_check_names_the_baseline_where_its_rows_are_too_long(tmp_path):
    long = lobstats.freeze_baseline(market(1, n_sessions=5, session_seconds=300), row_ns=300 * 10**9)
    events = market(2)
    with pytest.raises(SummaryError, match="baseline baseline: is in "):
        lobstats.check(events[events["exch_ts"] < events["exch_ts"][0] + 60 * 10**9], against=long)
    assert BaselineError
