import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from lobstats.compare import compare
from lobstats.engine import source_of_events
from lobstats.events.codec import assemble
from lobstats.events.layout import Kind, Side
from lobstats.report.render import SCHEMA, to_json
from lobstats.result import Curve, Estimate, Missing
from lobstats.simulate import Market, simulate

SECOND = 1_000_000_000


def schema(name):
    text = files("lobstats.report").joinpath("schemas", f"{name}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


@pytest.fixture(scope="module")
def report():
    return schema("report-1")


def faults(validator, document):
    found = validator.iter_errors(document)
    return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:300]}" for fault in found]


def sample(seed, **dials):
    return simulate(Market(**{"n_sessions": 6, "session_seconds": 60.0, **dials}), rng=np.random.default_rng(seed))


def depth_alone(n=2000):
    """A book of levels without orders, as some models write it."""
    noise = np.random.default_rng(0)
    mid = 100 + np.cumsum(noise.choice([-0.25, 0, 0.25], n))
    side = np.tile([Side.BUY, Side.SELL], n)
    price = np.repeat(mid, 2) + np.tile([-0.25, 0.25], n)
    kind = np.where(noise.random(2 * n) < 0.1, Kind.TRADE, Kind.DEPTH)
    time = 1_700_000_000 * SECOND + np.repeat(np.arange(n), 2) * SECOND // 10
    return assemble(kind=kind, side=side, order_id=0, exch_ts=time, px=price, qty=noise.integers(0, 9, 2 * n))


CASES = {
    "baseline": lambda: compare(real=sample(1), generated=sample(2), baseline=sample(3)),
    "depth without orders": lambda: compare(real=sample(1), generated=[depth_alone(), sample(2)]),
    "a single session and a shorter sample": lambda: compare(
        real=sample(1, n_sessions=1, session_seconds=600.0), generated=sample(2, n_sessions=1, session_seconds=300.0)
    ),
    "nothing to measure": lambda: compare(
        real=sample(1),
        generated=source_of_events("clear", assemble(kind=Kind.CLEAR, side=0, order_id=0, exch_ts=1, px=0, qty=0)),
    ),
    "nothing on the real side": lambda: compare(
        real=assemble(kind=[Kind.ADD, Kind.ADD], side=1, order_id=[1, 2], exch_ts=[1, 2], px=[1, 2], qty=1),
        generated=sample(1),
        tick_size=0.25,
    ),
    "a hundred times as long": lambda: compare(
        real=sample(1, n_sessions=12, session_seconds=30.0), generated=sample(2, n_sessions=1, session_seconds=30.0)
    ),
}


@pytest.mark.parametrize("name", ["report-1"])
def test_a_schema_is_one_and_describes_every_key(name):
    found = schema(name).schema
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for place, node in objects(found):
        for key in ("properties", "patternProperties"):
            for own, described in node.get(key, {}).items() if isinstance(node.get(key), dict) else ():
                assert described.get("description") or "$ref" in described, f"{place}/{own}"
        if node.get("type") == "object":
            assert node.get("additionalProperties") is False, place


def objects(node, place="") -> Iterator[tuple[str, dict]]:
    """Every dictionary of a document, with where it is."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from objects(value, f"{place}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from objects(value, f"{place}/{i}")


def test_the_version_in_a_report_is_that_of_its_schema(report):
    assert report.schema["properties"]["schema"]["const"] == SCHEMA
    assert report.schema["$id"].split(":")[-1] == SCHEMA.split("/")[1]


def test_reports_of_several_samples_are_as_the_schema_says(report, two_models, compared):
    for comparison in (two_models, compared):
        assert comparison.ranking is not None
        assert faults(report, json.loads(to_json(comparison))) == []


@pytest.mark.parametrize("samples", [0, 1])
def test_reports_of_one_sample_or_none_are_as_the_schema_says(report, compared, samples):
    comparison = replace(compared, generated=compared.generated[:samples], ranking=None)
    assert faults(report, json.loads(to_json(comparison))) == []


@pytest.mark.parametrize("case", CASES)
def test_reports_of_odd_samples_are_as_the_schema_says(report, case):
    assert faults(report, json.loads(to_json(CASES[case]()))) == []


@pytest.fixture(scope="module")
def small(two_models):
    """A report with few rows of each kind, so that it can be checked many times."""
    document = json.loads(to_json(two_models))
    kinds: dict[tuple[str, ...], str] = {}
    for name, fact in two_models.real.facts.items():
        of = (type(fact).__name__, str(bool(getattr(fact, "labels", ()))))
        kinds.setdefault(of, name)
    assert {of[0] for of in kinds} == {Estimate.__name__, Curve.__name__, Missing.__name__}
    names = list(kinds.values())
    for side in (document["real"], *document["generated"]):
        side["facts"] = {name: side["facts"][name] for name in names}
        if "distances" in side:
            side["comparisons"] = {name: side["comparisons"][name] for name in names}
            side["distances"] = {name: side["distances"][name] for name in ("gaps", "spread")}
            side["conditions"]["classes"] = side["conditions"]["classes"][:1]
            side["horizon"]["series"] = {"gaps": side["horizon"]["series"]["gaps"]}
    document["pattern"]["values"] = document["pattern"]["values"][:3]
    document["generated"] = document["generated"][1:]
    document["stylised_facts"] = document["stylised_facts"][:2]
    return document


OPTIONAL = {
    *("clock", "horizon", "counted", "labels", "at_label"),
    *("largest", "integrated", "all_low", "all_high", "at", "missing"),
}
BY_NAME = {
    *("rho", "validity", "replay", "not_continuous", "memory_seconds", "flags", "facts", "params"),
    *("distances", "comparisons", "series", "families", "missing"),
}


def at(document, place):
    for key in place.strip("/").split("/") if place else ():
        document = document[int(key) if isinstance(document, list) else key]
    return document


def test_a_report_with_a_key_too_many_is_refused(report, small):
    assert faults(report, small) == []
    for place, _ in objects(small):
        changed = copy.deepcopy(small)
        at(changed, place)["Nonsense"] = 1
        assert not report.is_valid(changed), place


def test_a_report_with_a_key_too_few_is_refused(report, small):
    tried = 0
    for place, node in objects(small):
        if place.rsplit("/", 1)[-1] in BY_NAME:
            continue
        for key in node:
            if key in OPTIONAL:
                continue
            changed = copy.deepcopy(small)
            del at(changed, place)[key]
            assert not report.is_valid(changed), f"{place}/{key}"
            tried += 1
    assert tried > 300


def test_a_report_with_a_value_of_another_kind_is_refused(report, small):
    tried = set()
    for place, node in objects(small):
        if place.endswith("/params"):
            continue
        for key, value in node.items():
            # Of what is listed, one is enough.
            kind = re.sub(r"/\d+|/\w+\.\w+", "/", f"{place}/{key}")
            if kind in tried:
                continue
            tried.add(kind)
            changed = copy.deepcopy(small)
            at(changed, place)[key] = {"other": "kind"} if not isinstance(value, dict) else "other kind"
            assert not report.is_valid(changed), f"{place}/{key}"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/schema", "lobstats.report/2"),
        ("/level", 95),
        ("/real/n_records", -1),
        ("/real/start", "2024-11-11"),
        ("/generated/0/distances/gaps/verdict", "far"),
        ("/generated/0/distances/gaps/p", 1.5),
        ("/ranking/models/0/score", 0.5),
    ],
)
def test_a_report_with_an_impossible_value_is_refused(report, small, place, value):
    changed = copy.deepcopy(small)
    where, key = place.rsplit("/", 1)
    at(changed, where)[key] = value
    assert not report.is_valid(changed)
