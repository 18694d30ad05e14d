"""The block of the report that stands for the table of the ByteGen paper."""

import json

import pytest

import lobstats
from lobstats.compare.divergence import PRICES
from lobstats.metrics import collect
from lobstats.report.paper import ROWS, paper_rows


@pytest.fixture(scope="module")
def comparison():
    return lobstats.compare(real="fixtures/reference.bin", generated="fixtures/generated_bad.bin")


@pytest.fixture(scope="module")
def alone():
    return lobstats.compare(real="fixtures/reference.bin")


def test_the_table_of_the_paper_is_there_with_a_definition_beside_each_statistic():
    assert [row.title for row in ROWS] == [
        "price volatility",
        "fill rate",
        "order lifetime",
        "share of cancels",
        "divergence of prices",
        "time between events",
    ]
    assert all(row.definition for row in ROWS)
    assert {row.fact for row in ROWS} - {PRICES} <= set(collect())


def test_values_and_verdicts_are_those_of_the_facts(comparison):
    (sample,) = comparison.generated
    for row in paper_rows(comparison, sample):
        if row["fact"] == PRICES:
            assert row["sides"] == [sample.divergence.natural_variation, sample.divergence.value]
            assert row["verdict"] == sample.distances[PRICES].verdict
            assert row["ratio"] == sample.distances[PRICES].joint
            continue
        assert row["sides"] == [comparison.real.facts[row["fact"]], sample.facts[row["fact"]]]
        found = sample.comparisons[row["fact"]]
        assert row["verdict"] == getattr(found, "verdict", None)
        assert row["reason"] == getattr(found, "reason", "")


def test_terminal_page_and_json_hold_it(comparison, alone):
    text, page = lobstats.to_text(comparison), lobstats.to_html(comparison)
    for row in ROWS:
        assert f"\n {row.title} " in text
        assert row.definition.split(";")[0][:40].replace("'", "&#39;") in page
    assert max(map(len, text.splitlines())) <= 100
    told = json.loads(lobstats.to_json(comparison))["generated"][0]["bytegen_table"]
    assert [row["title"] for row in told] == [row.title for row in ROWS]
    assert all({"definition", "real", "generated", "verdict"} <= set(row) for row in told)
    assert "time between events" in lobstats.to_text(alone)
    assert "divergence of prices" not in lobstats.to_text(alone)
    assert "<h2>As ByteGen reports it</h2>" in lobstats.to_html(alone)


def test_what_is_missing_says_why(esh4):
    found = lobstats.compare(real=esh4, generated=esh4[:9000])
    rows = {row["title"]: row for row in paper_rows(found, found.generated[0])}
    assert rows["divergence of prices"]["reason"] == "no continuous trading in the generated sample"
    assert rows["time between events"]["verdict"] is None
    assert rows["time between events"]["reason"].startswith("generated: no continuous trading")
