import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lobstats.report.render import to_dict
from lobstats.result import Band, Curve

COLUMNS = [
    "sample", "family", "name", "kind", "unit", "at", "real", "real_low", "real_high", "real_n", "generated",
    "generated_low", "generated_high", "generated_n", "difference", "floor", "ratio", "p", "verdict", "reason",
]  # fmt: skip


@pytest.fixture(scope="module", params=["compared", "two_models"])
def case(request):
    """A comparison as a frame and as the JSON tells it."""
    comparison = request.getfixturevalue(request.param)
    return comparison.to_frame(), json.loads(json.dumps(to_dict(comparison)))


def told(fact, place):
    """The value, interval and number of a fact as the JSON has it; of a curve at one of its points."""
    nothing = [None] * 4
    if "missing" in fact:
        return nothing
    ends = [(fact["ci"] or {}).get(end) for end in ("low", "high")]
    if "x" not in fact:
        return [fact["value"], *ends, fact["n"]]
    if place is None:
        return nothing
    i = fact["x"].index(place)
    return [fact["value"][i], *(None if end is None else end[i] for end in ends), fact["n"][i]]


def plain(values):
    return [None if pd.isna(value) else value for value in values]


def test_every_fact_of_every_sample_is_a_row_that_says_what_the_json_says(case):
    frame, found = case
    assert frame.columns.tolist() == COLUMNS
    facts = frame[frame["kind"] == "fact"]
    rows = iter(facts.itertuples())
    for sample in found["generated"]:
        for name, compared in sample["comparisons"].items():
            row = next(rows)
            assert (row.sample, f"{row.family}.{row.name}") == (sample["name"], name)
            place = compared.get("largest", compared).get("at")
            sides = {"real": found["real"]["facts"][name], "generated": sample["facts"][name]}
            if "integrated" in compared and compared["at"] is None:
                # A mean gap is of no single point.
                assert row.at == "mean gap"
                assert row.difference == compared["integrated"]["difference"]
                place = None
            for role, fact in sides.items():
                shown = [getattr(row, role + end) for end in ("", "_low", "_high", "_n")]
                assert plain(shown) == told(fact, place), (name, role)
            units = {fact["unit"] for fact in sides.values() if "unit" in fact}
            assert {row.unit} == units or (not units and row.unit == "")
            if "missing" in compared:
                assert row.reason == compared["missing"]
                assert plain([row.difference, row.floor, row.ratio, row.verdict]) == [None] * 4
            else:
                assert (row.difference, row.floor, row.verdict) == (
                    compared["difference"], compared["floor"], compared["verdict"],
                )  # fmt: skip
                assert row.ratio == (math.inf if compared["ratio"] is None else compared["ratio"])
                assert row.reason == ""
    assert next(rows, None) is None


def test_every_series_of_every_sample_is_a_row_that_says_what_the_json_says(case):
    frame, found = case
    rows = frame[frame["kind"] == "series"].itertuples()
    for sample in found["generated"]:
        for name, one in sample["distances"].items():
            row = next(rows)
            assert (row.sample, row.name) == (sample["name"], name)
            assert row.reason == one.get("missing", "")
            if "p" not in one:
                assert plain([row.difference, row.ratio, row.p, row.verdict]) == [None] * 4
                continue
            assert (row.difference, row.floor) == (one["wasserstein"]["value"], one["wasserstein"]["floor"])
            assert (row.ratio, row.p) == (math.inf if one["joint"] is None else one["joint"], one["p"])
            assert plain([row.verdict]) == [one["verdict"]]
    assert next(rows, None) is None


def test_series_count_their_observations(two_models):
    frame = two_models.to_frame().set_index(["sample", "name"])
    for sample in two_models.generated:
        row = frame.loc[(sample.observations.name, "gaps")]
        assert (row["real_n"], row["generated_n"]) == (two_models.real.total.gaps.counts.sum(),
                                                       sample.total.gaps.counts.sum())  # fmt: skip


def test_verdicts_are_ordered_and_numbers_are_numbers(case):
    frame, found = case
    judged = [one["verdict"] for sample in found["generated"] for one in sample["comparisons"].values() if len(one) > 1]
    judged += [one["verdict"] for sample in found["generated"] for one in sample["distances"].values() if len(one) > 1]
    worse = sum(verdict in ("close", "apart") for verdict in judged)
    assert worse > 0
    assert int((frame["verdict"] >= "close").sum()) == worse
    assert frame["verdict"].cat.categories.tolist() == ["within noise", "close", "apart"]
    for column in ("real", "generated_high", "difference", "ratio", "p"):
        assert frame[column].dtype == np.float64
    assert {str(frame[column].dtype) for column in ("real_n", "generated_n")} == {"Int64"}


def test_a_ratio_over_a_floor_of_zero_is_infinite(two_models):
    sample = two_models.generated[1]
    name, found = next((n, one) for n, one in sample.comparisons.items() if getattr(one, "ratio", 0) > 1)
    endless = replace(sample, comparisons={**sample.comparisons, name: replace(found, ratio=None, floor=0.0)})
    frame = replace(two_models, generated=(endless,)).to_frame()
    family, own = name.split(".")
    assert frame[(frame["family"] == family) & (frame["name"] == own)]["ratio"].tolist() == [math.inf]


def test_without_a_generated_sample_there_are_the_facts_of_the_real_side(two_models):
    alone = replace(two_models, generated=(), ranking=None)
    frame, facts = alone.to_frame(), to_dict(alone)["real"]["facts"]
    assert frame.columns.tolist() == [*COLUMNS[1:10], "reason"]
    assert (frame["family"] + "." + frame["name"]).tolist() == list(facts)
    for row, fact in zip(frame.itertuples(), facts.values(), strict=True):
        assert plain([row.real, row.real_low, row.real_high, row.real_n]) == told(fact, None)
        assert row.reason == fact.get("missing", "")
        assert row.at == (f"{len(fact['x'])} points" if "x" in fact else "")


def test_a_curve_is_a_frame_of_its_points(two_models):
    curves = {name: fact for name, fact in two_models.real.facts.items() if isinstance(fact, Curve)}
    assert {bool(curve.labels) for curve in curves.values()} == {True, False}
    for name, curve in curves.items():
        frame, told_ = curve.to_frame(), curve.to_dict()
        assert frame.index.tolist() == told_.get("labels", told_["x"]), name
        assert frame.index.name == curve.x_unit
        assert frame["value"].tolist() == told_["value"]
        assert frame["n"].tolist() == told_["n"]
        ends = frame[["low", "high"]].to_numpy().T.tolist()
        assert ends == [told_["ci"]["low"], told_["ci"]["high"]] if isinstance(curve.ci, Band) else np.isnan(ends).all()


def test_distances_are_a_frame_of_each_distance_of_each_series(two_models):
    frame = two_models.distances_to_frame()
    rows = frame.itertuples()
    for sample in to_dict(two_models)["generated"]:
        for name, one in sample["distances"].items():
            for distance in ("wasserstein", "ks", "jensen_shannon", "energy", "total_variation"):
                row, said = next(rows), one[distance]
                assert (row.sample, row.series, row.distance) == (sample["name"], name, distance)
                assert (row.value, row.floor, row.low, row.high) == (
                    said["value"], said["floor"], said["ci"]["low"], said["ci"]["high"],
                )  # fmt: skip
                assert row.natural_variation == said["natural_variation"]
                assert row.ratio == (math.inf if said["ratio"] is None else said["ratio"])
                assert plain([row.drift, row.verdict]) == [said["drift"], one["verdict"]]
                assert (row.joint, row.p, row.p_holm) == (
                    math.inf if one["joint"] is None else one["joint"], one["p"], one["p_holm"],
                )  # fmt: skip
    assert next(rows, None) is None
    own = two_models.generated[0].distances["gaps"].to_frame()
    chosen = frame[(frame["sample"] == "generated") & (frame["series"] == "gaps")].set_index("distance")
    pd.testing.assert_frame_equal(chosen[own.columns.tolist()], own)


def test_a_comparison_without_distances_has_an_empty_frame_of_them(compared):
    silent = replace(compared, generated=compared.generated[2:])
    frame = silent.distances_to_frame()
    assert frame.empty
    assert frame.columns.tolist() == compared.distances_to_frame().columns.tolist()


def test_a_ranking_is_a_frame_of_its_models(two_models):
    frame = two_models.ranking.to_frame()
    told_ = two_models.ranking.to_dict()
    for row, model in zip(frame.to_dict("records"), told_["models"], strict=True):
        assert (row["model"], [row["rank"], row["worst_rank"]]) == (model["name"], model["rank"])
        assert [row["score"], row["low"], row["high"]] == [model["score"], model["ci"]["low"], model["ci"]["high"]]
        assert {name: row[name.replace(" ", "_")] for name in model["counts"]} == model["counts"]
        assert row["lacking"] == len(model["lacking"])
        assert {family: row[family] for family in told_["families"]} == model["families"]
