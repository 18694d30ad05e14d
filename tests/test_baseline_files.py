"""Baseline files: what they hold, and what is refused in one line."""

import dataclasses
import hashlib
import json
import math

import numpy as np
import pytest

import lobstats
from lobstats.baseline.files import baseline_bytes, read_baseline, write_baseline
from lobstats.baseline.tolerance import BaselineError, Tolerance, tolerance_of
from lobstats.simulate import Market, simulate

MARKET = Market(n_sessions=5, session_seconds=60)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "market.bin"
    path.write_bytes(simulate(MARKET, rng=np.random.default_rng(1)).tobytes())
    return path


@pytest.fixture(scope="module")
def baseline(recording):
    return lobstats.freeze_baseline(recording)


@pytest.fixture(scope="module")
def written(baseline):
    return json.loads(baseline_bytes(baseline))


@pytest.fixture
def reads(tmp_path):
    """Return a function that reads what it is given as a baseline file."""

    def read(found):
        path = tmp_path / "baseline.json"
        path.write_bytes(found if isinstance(found, bytes) else json.dumps(found).encode())
        return read_baseline(path)

    return read


def refused(reads, found):
    with pytest.raises(BaselineError) as caught:
        reads(found)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert "baseline.json: " in text
    return text.split("baseline.json: ", 1)[1]


def test_a_file_gives_back_what_was_measured(baseline, tmp_path):
    path = tmp_path / "b.json"
    write_baseline(baseline, path)
    again = read_baseline(path)
    assert (again.name, again.level, again.inputs) == (baseline.name, baseline.level, baseline.inputs)
    assert again.facts.keys() == baseline.facts.keys()
    for name, fact in baseline.facts.items():
        own = again.facts[name]
        assert type(own) is type(fact)
        if isinstance(fact, lobstats.Missing):
            assert own == fact
            continue
        assert np.allclose(own.value, fact.value, rtol=1e-8)
        assert np.array_equal(own.n, fact.n)
        if isinstance(fact, lobstats.Curve):
            assert [own.at(x) for x in own.x] == [fact.at(x) for x in fact.x]
        if not isinstance(fact.ci, lobstats.Missing):
            assert np.allclose(own.ci.low, fact.ci.low, rtol=1e-8)
    assert np.array_equal(again.sample.total.returns.counts, baseline.sample.total.returns.counts)
    assert baseline_bytes(again) == path.read_bytes()


def test_the_input_is_told_by_its_hash_and_without_its_folder(baseline, recording):
    (one,) = baseline.inputs
    assert one.sha256 == hashlib.sha256(recording.read_bytes()).hexdigest()
    assert (one.name, one.n_bytes) == ("market.bin", recording.stat().st_size)
    assert str(recording.parent).encode() not in baseline_bytes(baseline)
    assert baseline.sample.observations.paths == ("market.bin",)
    events = lobstats.read(recording)
    (array,) = lobstats.freeze_baseline(events).inputs
    assert (array.name, array.sha256) == ("events", one.sha256)


def test_each_fact_has_a_line_of_its_own(baseline):
    lines = baseline_bytes(baseline).decode().splitlines()
    for name in baseline.facts:
        assert sum(line.startswith(f'    "{name}": {{') for line in lines) == 1, name


def test_tolerances_and_ignored_facts_are_kept(written, reads):
    written = json.loads(json.dumps(written))
    written["facts"]["prices.mean_spread"] |= {"tolerance": {"relative": 0.1}}
    written["facts"]["tails.kurtosis"] |= {"ignore": True}
    written["facts"]["orders.cancel_share"] |= {"ignore": False}
    found = reads(written)
    assert found.tolerances == {"prices.mean_spread": Tolerance(relative=0.1)}
    assert found.ignored == {"tails.kurtosis"}
    assert json.loads(baseline_bytes(found))["facts"]["prices.mean_spread"]["tolerance"] == {"relative": 0.1}


def test_a_tool_that_spells_numbers_otherwise_changes_nothing(written, reads):
    text = json.dumps(written, indent=4, sort_keys=True).replace(".0,", ",").replace(".0\n", "\n")
    assert reads(text.encode()).facts.keys() == set(written["facts"])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "is no JSON (Expecting value"),
        (b"\xff\xfe", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no baseline; make one with `lobstats baseline`."),
        (b'{"schema": "lobstats.report/1"}', "is no baseline"),
        (b'{"schema": "lobstats.baseline/2", "lobstats": "9.9"}', "has schema lobstats.baseline/2 (lobstats 9.9)"),
        (b'{"schema": "lobstats.baseline/1"}', "lacks `lobstats`"),
        (b'{"schema": "lobstats.baseline/1", "fact": {}}', "`fact` is no key of a baseline; did you mean `facts`?"),
    ],
)
def test_what_is_no_baseline_is_refused(reads, data, text):
    assert text in refused(reads, data)


def changed(written, **keys):
    return json.loads(json.dumps(written)) | keys


def with_fact(written, name="prices.mean_spread", **keys):
    out = json.loads(json.dumps(written))
    out["facts"][name] |= keys
    return out


def test_an_edited_value_is_refused(written, reads):
    assert "its facts are not those that were measured" in refused(reads, with_fact(written, value=9.0))
    added = json.loads(json.dumps(written))
    added["facts"]["prices.mean_spred"] = {"tolerance": {"absolute": 1}}
    assert "its facts are not those that were measured" in refused(reads, added)
    del (gone := json.loads(json.dumps(written)))["facts"]["prices.mean_spread"]
    assert "its facts are not those that were measured" in refused(reads, gone)


@pytest.mark.parametrize(
    "keys",
    [{"name": 1}, {"level": 2.0}, {"level": "0.95"}, {"facts": []}, {"facts": {"a.b": 1}}, {"inputs": [1]}],
)
def test_damaged_keys_are_refused(written, reads, keys):
    assert "is damaged" in refused(reads, changed(written, **keys))


def test_a_damaged_sample_is_refused(written, reads):
    lines = written["sample"]
    assert "`sample` is damaged" in refused(reads, changed(written, sample=["?"]))
    assert "`sample` is damaged" in refused(reads, changed(written, sample=[1]))
    assert "cut off" in refused(reads, changed(written, sample=lines[: len(lines) // 8 * 4]))
    flipped = [*lines[:50], lines[50][::-1], *lines[51:]]
    assert "damaged" in refused(reads, changed(written, sample=flipped))
    assert "no summary file" in refused(reads, changed(written, sample=["AAAA" * 20]))


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"tolerence": {"absolute": 1}}, "`tolerence` is no key of the fact `prices.mean_spread`; did you mean `tol"),
        (
            {"tolerance": {"absolut": 1}},
            "`absolut` is no key of the tolerance of `prices.mean_spread`; did you mean `a",
        ),
        ({"tolerance": {"zzz": 1}}, "it must be one of absolute, relative, low, high."),
        ({"tolerance": {}}, "must be an object, got {}"),
        ({"tolerance": 0.1}, "must be an object, got 0.1"),
        ({"tolerance": {"absolute": "1"}}, "must be a number, got 1"),
        ({"tolerance": {"absolute": True}}, "must be a number, got True"),
        ({"tolerance": {"absolute": math.nan}}, "must be a number, got nan"),
        ({"tolerance": {"relative": -0.1}}, "must be 0 or more, got -0.1"),
        ({"tolerance": {"absolute": 1, "relative": 1}}, "must be of one form"),
        ({"tolerance": {"low": 2, "high": 1}}, "`low` of the tolerance of `prices.mean_spread` must be at most `high`"),
        ({"ignore": "yes"}, "`ignore` of `prices.mean_spread` must be true or false, got 'yes'"),
    ],
)
def test_a_tolerance_that_is_none_is_refused(written, reads, keys, text):
    assert text in refused(reads, with_fact(written, **keys))


def test_a_fact_that_is_missing_needs_a_range(written, reads):
    name = next(name for name, fact in written["facts"].items() if "missing" in fact)
    assert "has no value in the baseline" in refused(reads, with_fact(written, name, tolerance={"absolute": 1}))
    assert reads(with_fact(written, name, tolerance={"low": 1})).tolerances[name] == Tolerance(low=1.0)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BaselineError, match=r"none.json: cannot be read \(no such file or directory\)"):
        read_baseline(tmp_path / "none.json")


def test_a_range_may_be_open_at_one_end():
    assert tolerance_of({"low": 1}, "a.b").band(np.array([5.0]))[1] == math.inf
    assert tolerance_of({"high": 1}, "a.b").band(np.array([5.0]))[0] == -math.inf
    low, high = Tolerance(relative=0.5).band(np.array([-2.0]))
    assert (low[0], high[0]) == (-3.0, -1.0)


def test_results_are_short_where_they_are_shown(baseline):
    assert repr(baseline).startswith("<Baseline 'market': 181 facts, ")
    assert dataclasses.is_dataclass(baseline)
