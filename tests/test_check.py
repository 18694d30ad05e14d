"""Checks against a baseline: who passes, who fails, and by what band."""

import dataclasses
import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import lobstats
from lobstats.baseline.checking import hold, measure_like
from lobstats.baseline.files import baseline_bytes
from lobstats.baseline.names import UnknownFactError
from lobstats.baseline.tolerance import BaselineError, Tolerance
from lobstats.compare.agreement import SummaryError
from lobstats.compare.facts import compare_facts
from lobstats.compare.floor import sides_of_nature
from lobstats.compare.units import group
from lobstats.errors import InsufficientDataError
from lobstats.inference import Jackknife, to_scale
from lobstats.joint import draws_for, student_draws
from lobstats.metrics import SHOWN
from lobstats.report.checks import check_json, check_text, summary_lines
from lobstats.result import Curve
from lobstats.simulate import Market, simulate

MARKET = Market(n_sessions=10, session_seconds=90)


def market(seed, **dials):
    return simulate(dataclasses.replace(MARKET, **dials), rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def baseline():
    return lobstats.freeze_baseline(market(1))


@pytest.fixture(scope="module")
def itself(baseline):
    return hold(market(1), baseline)


@pytest.fixture(scope="module")
def held(baseline):
    return hold(market(2), baseline)


@pytest.fixture(scope="module")
def fresh(held):
    return held.check()


@pytest.fixture(scope="module")
def planted(baseline):
    """The check of a sample whose orders are three times as large."""
    events = market(3).copy()
    events["qty"] *= 3
    return lobstats.check(events, against=baseline)


def by_name(check):
    return {fact.name: fact for fact in check.facts}


def with_tolerances(baseline, **tolerances):
    return dataclasses.replace(baseline, tolerances={name.replace("__", "."): own for name, own in tolerances.items()})


def test_the_sample_itself_and_a_fresh_one_pass(itself, fresh):
    same = itself.check()
    assert same.passed
    for fact in same.facts:
        if fact.by is not None:
            assert fact.got == (0.0 if fact.at == "mean gap" else pytest.approx(fact.expected, rel=1e-9)), fact
    assert fresh.passed
    assert fresh.counts()["in band"] > 80


def test_planted_defects_are_named_with_numbers(planted):
    assert not planted.passed
    assert {"prices.mean_order_size", "liquidity.mean_touch_size"} <= {fact.name for fact in planted.failures}
    size = by_name(planted)["prices.mean_order_size"]
    assert size.standing == "out of band"
    assert size.got == pytest.approx(3 * size.expected, rel=0.3)
    assert size.beyond == pytest.approx(size.got - size.band.high)
    assert size.ratio > 1
    text = check_text(planted)
    assert "FAILED" in text.splitlines()[0]
    assert re.search(r"mean_order_size\*? .*out by \+", text)
    assert max(map(len, text.splitlines())) <= 100


def test_bands_are_those_of_a_comparison_at_the_adjusted_level(held, fresh):
    judged = [fact for fact in fresh.facts if fact.by == "interval"]
    luck = [fact for fact in fresh.facts if "so does a part" in fact.reason]
    assert fresh.band_level == pytest.approx(1 - 0.05 / (len(judged) + len(luck)))
    _, sessions = group(held.kept, held.measured.real.plan)
    for name in ("prices.mean_spread", "arrivals.burstiness", "arrivals.fano_curve", "orders.event_shares"):
        one, two = held.measured.usual[name], held.measured.told[name]
        again = compare_facts(one, two, generated_units=10, nature=sides_of_nature(sessions), level=fresh.band_level)
        assert by_name(fresh)[name].ratio == again.ratio
        assert by_name(fresh)[name].band is not None


def test_the_sample_is_measured_as_in_a_comparison(held):
    result = lobstats.compare(real=market(1), generated=market(2))
    own = {name: one.fact for name, one in held.measured.told.items() if isinstance(one, Jackknife)}
    for name, fact in own.items():
        assert np.array_equal(fact.value, result.generated[0].facts[name].value), name
    for name, fact in result.real.facts.items():
        if not isinstance(fact, lobstats.Missing):
            assert np.array_equal(fact.value, held.measured.usual[name].fact.value), name


def test_the_band_is_where_the_verdict_changes(held, fresh):
    """A generated value moved to just inside and just outside of the band is within noise and not."""
    checked = 0
    for name, fact in by_name(fresh).items():
        one, two = held.measured.usual.get(name), held.measured.told.get(name)
        if fact.by != "interval" or not isinstance(one, Jackknife) or isinstance(one.fact, Curve):
            continue
        for edge in (fact.band.low, fact.band.high):
            on_scale = to_scale(np.array([edge]), one.fact.scale)
            # An end that is the end of the scale is nearer than what the intervals reach.
            if one.fact.scale == "arcsine" and edge in (0.0, 1.0):
                continue
            for share in (0.999, 1.001):
                moved = dataclasses.replace(two, value=one.value + share * (on_scale - one.value))
                nature = [(np.ones(10, bool), np.ones(10, bool))]
                got = compare_facts(one, moved, generated_units=10, nature=nature, level=fresh.band_level)
                assert (got.verdict == "within noise") == (share < 1), (name, edge)
                checked += 1
    assert checked > 100


def test_fewer_facts_have_narrower_bands(held, fresh):
    whole = by_name(fresh)["prices.mean_spread"].band
    check = held.check(facts=["mean_spread"])
    (alone,) = check.facts
    assert check.band_level == 0.95
    assert alone.name == "prices.mean_spread"
    assert whole.low < alone.band.low < alone.band.high < whole.high
    wider = held.check(facts=["mean_spread"], level=0.99).facts[0].band
    assert wider.low < alone.band.low


def test_facts_that_are_shown_are_not_judged(planted):
    found = by_name(planted)
    for name in SHOWN:
        assert found[name].standing in ("shown", "skipped"), name


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
    name, facts = "prices.mean_spread", ["mean_spread"]
    told = dict(held.measured.told) | {name: lobstats.Missing("too few")}
    here = dataclasses.replace(held, measured=dataclasses.replace(held.measured, told=told))
    assert by_name(here.check(facts=facts))[name].standing == "missing"
    sums = held.measured.real.units
    scarce = [dataclasses.replace(unit, spread=lobstats.Counts.of([])) for unit in sums[:3]] + list(sums[3:])
    real = dataclasses.replace(held.measured.real, units=scarce)
    here = dataclasses.replace(held, measured=dataclasses.replace(held.measured, told=told, real=real))
    fact = by_name(here.check(facts=facts))[name]
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
    assert held.measured.windows == 5
    assert held.check().passed


def test_one_name_may_stand_alone_and_a_family_is_no_fact(held):
    assert held.check(facts="mean_spread").facts == held.check(facts=["mean_spread"]).facts
    with pytest.raises(UnknownFactError, match=r"'tails' is a family of \d+ facts; name those"):
        held.check(facts=["tails"])


def test_other_hours_of_the_day_are_no_failure(baseline):
    later = market(2)
    later["exch_ts"] += 3 * 3600 * 10**9
    (rate,) = [fact for fact in hold(later, baseline).check().facts if fact.name == "arrivals.intraday_rate"]
    assert (rate.standing, rate.failed) == ("skipped", False)
    assert "share no point" in rate.reason


def test_numbers_other_than_those_of_the_file_are_told(fresh, tmp_path):
    path = tmp_path / "blocks.json"
    lobstats.write_baseline(lobstats.freeze_baseline("fixtures/reference.bin", row_ns=300 * 10**9), path)
    events = lobstats.read("fixtures/reference.bin")
    short = events[events["exch_ts"] < events["exch_ts"][0] + 720 * 10**9]
    (note,) = [note for note in lobstats.check(short, against=path).notes if "measured anew" in note]
    assert "in blocks of 300 s" in note
    assert "volatility.autocorrelation_decay" in note
    assert not any("measured anew" in note for note in fresh.notes)


def test_a_baseline_without_five_units_is_refused():
    with pytest.raises(InsufficientDataError, match="a band needs 5"):
        lobstats.freeze_baseline(market(1, n_sessions=1, session_seconds=60))


def test_summaries_stand_for_their_events(baseline, tmp_path, fresh):
    own = measure_like(market(2), baseline)
    assert lobstats.check(own, against=baseline).to_dict()["facts"] == fresh.to_dict()["facts"]
    lobstats.write_sample(own, tmp_path / "sample.lobs")
    again = lobstats.check(tmp_path / "sample.lobs", against=baseline)
    assert again.to_dict()["facts"] == fresh.to_dict()["facts"]
    lobstats.write_sample(lobstats.summarise(market(2), clock_ns=1000), tmp_path / "coarse.lobs")
    with pytest.raises(SummaryError, match="make it anew"):
        lobstats.check(tmp_path / "coarse.lobs", against=baseline)


def test_malformed_records_in_a_file_leave_their_band(baseline, tmp_path):
    data = bytearray(market(2).tobytes())
    for record in range(500, 1500, 10):
        data[32 * record] = 77
    (tmp_path / "bad.bin").write_bytes(data)
    fact = by_name(lobstats.check(tmp_path / "bad.bin", against=baseline))["messages.unknown_kind"]
    assert fact.standing == "out of band"
    assert fact.expected == 0
    assert fact.got > fact.band.high > 0


@pytest.mark.parametrize(
    ("tolerance", "standing"),
    [
        (Tolerance(absolute=0.05), "in band"),
        (Tolerance(relative=0.0), "in band"),
        (Tolerance(low=100.0), "out of band"),
        (Tolerance(low=0.1), "in band"),
        (Tolerance(high=0.1), "out of band"),
        (Tolerance(low=0.1, high=10.0), "in band"),
    ],
)
def test_a_tolerance_takes_the_place_of_the_band(baseline, itself, tolerance, standing):
    own = dataclasses.replace(itself, baseline=with_tolerances(baseline, prices__mean_spread=tolerance))
    (fact,) = own.check(facts=["mean_spread"]).facts
    assert (fact.standing, fact.by) == (standing, "tolerance")
    assert itself.check(facts=["mean_spread"]).facts[0].by == "interval"


def test_a_tolerance_is_held_to_the_digit(baseline, held):
    expected, got = (side["prices.mean_spread"].fact.value for side in (held.measured.usual, held.measured.told))
    gap = abs(got - expected)
    for size, standing in ((gap * 1.001, "in band"), (gap * 0.999, "out of band")):
        for tolerance in (Tolerance(absolute=size), Tolerance(relative=size / expected)):
            own = dataclasses.replace(held, baseline=with_tolerances(baseline, prices__mean_spread=tolerance))
            (fact,) = own.check(facts=["mean_spread"]).facts
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
        (fact,) = own.check(facts=["fano_curve"]).facts
        assert fact.standing == standing
        assert fact.at.startswith(f"{shared[gaps.argmax()]:g}")


def test_shown_facts_are_judged_where_a_tolerance_says_so(baseline, held):
    own = dataclasses.replace(held, baseline=with_tolerances(baseline, tails__kurtosis=Tolerance(high=0.5)))
    check = own.check(facts=["kurtosis"])
    (fact,) = check.facts
    assert fact.standing == "out of band"
    assert fact.to_dict()["band"] == {"low": None, "high": 0.5}
    assert "up to 0.5" in check_text(check)


def test_tolerances_and_ignored_facts_leave_the_adjustment(baseline, held):
    facts = ["mean_spread", "burstiness", "mean_order_size"]
    assert held.check(facts=facts).band_level == pytest.approx(1 - 0.05 / 3)
    stated = with_tolerances(baseline, prices__mean_spread=Tolerance(absolute=9.0))
    stated = dataclasses.replace(stated, ignored=frozenset({"arrivals.burstiness"}))
    after = dataclasses.replace(held, baseline=stated).check(facts=facts)
    assert after.band_level == 0.95
    ignored = by_name(after)["arrivals.burstiness"]
    assert (ignored.standing, ignored.reason) == ("skipped", "ignored by the baseline")
    assert ignored.expected is not None


def test_names_are_short_or_full_and_the_nearest_is_suggested(held):
    with pytest.raises(UnknownFactError, match=r"'burstines' is no fact; did you mean `burstiness`"):
        held.check(facts=["burstines"])
    with pytest.raises(UnknownFactError, match="lists them"):
        held.check(facts=["qqqqqq"])
    with pytest.raises(ValueError, match="`level` must be in"):
        held.check(level=1.0)


def test_what_is_asked_for_and_cannot_be_judged_does_not_pass(held, baseline):
    with pytest.raises(BaselineError, match=r"`tails.kurtosis` cannot be judged: .*; leave it out, or state"):
        held.check(facts=["kurtosis"])
    with pytest.raises(BaselineError, match=r"`arrivals.intraday_curvature` cannot be judged: the baseline lacks it"):
        held.check(facts=["mean_spread", "intraday_curvature"])
    for facts, ignored in (([], frozenset()), (["mean_spread"], frozenset({"prices.mean_spread"}))):
        own = dataclasses.replace(held, baseline=dataclasses.replace(baseline, ignored=ignored))
        with pytest.raises(BaselineError, match="no fact of the baseline baseline can be judged"):
            own.check(facts=facts)


def test_more_draws_begin_with_the_same_and_settle_a_far_level():
    parts, freedom = [np.random.default_rng(1).standard_normal((10, 4))], np.full(4, 9)
    few, many = student_draws(parts, freedom), student_draws(parts, freedom, 30_000)
    assert np.array_equal(few, many[: len(few)])
    assert draws_for(0.95) == 2000
    assert draws_for(1 - 0.05 / 150) == 30_000
    from scipy.stats import t

    assert np.quantile(many[:, 0], 0.999) == pytest.approx(t(9).ppf(0.999), rel=0.15)


def test_json_is_what_its_schema_says(fresh, planted, baseline):
    folder = Path(lobstats.__file__).parent / "report" / "schemas"
    schema = json.loads((folder / "check-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for one in (fresh, planted):
        found = json.loads(check_json(one))
        jsonschema.validate(found, schema)
        assert found["passed"] is one.passed
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


def test_a_summary_of_many_checks_stays_short(fresh, planted):
    found = {("a", "b"): planted.facts, ("c", "b"): fresh.facts}
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
