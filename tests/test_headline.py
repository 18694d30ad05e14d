from collections import Counter
from dataclasses import replace

import pytest

from lobstats.compare.headline import headline, judged_rows, opening, tally
from lobstats.report.render import to_dict
from lobstats.result import Missing


def counted(sample):
    """Verdicts by family as the JSON has them."""
    rows = [(name.split(".")[0], one) for name, one in sample["comparisons"].items()]
    return Counter((family, one.get("verdict")) for family, one in rows)


def test_the_sentence_counts_what_the_json_holds(two_models):
    for sample, as_json in zip(two_models.generated, to_dict(two_models)["generated"], strict=True):
        series = Counter(found["verdict"] for found in as_json["distances"].values())
        total = Counter(found.get("verdict") for found in as_json["comparisons"].values()) + series
        judged = sum(total.values()) - total[None]
        told = headline(two_models.real, sample)
        if as_json["name"] == "generated_bad":
            assert (told.tone, told.words("it")) == ("apart", "does not behave like it")
            assert told.counted.startswith(f"{total['apart']} of {judged} rows apart (")
            assert told.counted.endswith(f"), {total['close']} close.")
        else:
            assert (told.tone, told.words("it")) == ("within noise", "cannot be told from it")
            assert total["apart"] == 0
            assert told.counted == f"No row of {judged} apart, {total['close']} close. Chance alone does as much."


def test_families_with_rows_apart_are_named_with_their_number(two_models):
    counts = tally(two_models.real, two_models.generated[1])
    named = headline(two_models.real, two_models.generated[1]).counted.split("(")[1].split(")")[0]
    where = dict(part.rsplit(" ", 1) for part in named.split(", "))
    assert where == {family: str(own["apart"]) for family, own in counts.items() if own["apart"]}
    assert sum(map(int, where.values())) > 10
    facts = Counter(row.family for row in judged_rows(two_models.real, two_models.generated[1]) if row.kind == "fact")
    in_json = Counter(family for family, _ in counted(to_dict(two_models)["generated"][1]).elements())
    assert facts == in_json


@pytest.mark.parametrize(
    ("apart", "close", "tone"),
    [
        (0, 0, "within noise"),
        (0, 10, "within noise"),
        (1, 9, "within noise"),
        (0, 11, "close"),
        (2, 8, "within noise"),
        (3, 0, "apart"),
    ],
)
def test_more_rows_than_chance_puts_there_make_a_sample_close_or_apart(two_models, apart, close, tone):
    good = two_models.generated[0]
    judged = [name for name, one in good.comparisons.items() if not isinstance(one, Missing)][:100]
    verdicts = ["apart"] * apart + ["close"] * close + ["within noise"] * (100 - apart - close)
    rows = {
        name: replace(good.comparisons[name], verdict=own, ratio=2.9)
        for name, own in zip(judged, verdicts, strict=True)
    }
    absent = dict.fromkeys(good.comparisons, Missing("not there"))
    told = headline(two_models.real, replace(good, comparisons=absent | rows, distances={}))
    assert told.tone == tone
    assert ("Chance alone does as much." in told.counted) == (tone == "within noise" and apart + close > 0)
    if not apart:
        assert told.counted.startswith(
            f"No row of 100 apart, {close} close." if close else "All 100 rows within noise."
        )


@pytest.mark.parametrize(
    ("tones", "says"),
    [
        (["within noise"], "a cannot be told from it"),
        (["apart"], "a does not behave like it"),
        (["within noise", "within noise"], "None of 2 models can be told from it"),
        (["apart", "", "apart"], "None of 3 models is shown to behave like it, 1 not judged"),
        (["apart", "apart"], "None of 2 models behaves like it"),
        (["within noise", "apart", "close"], "1 of 3 models cannot be told from it: a; close: c"),
        (["apart", "close", "apart"], "1 of 3 models come close to it: b"),
    ],
)
def test_one_sentence_tells_of_all_samples(tones, says):
    assert opening(list(zip("abc", tones, strict=False)), "it") == says


def test_a_sample_of_which_nothing_can_be_judged_is_not_called_good(compared):
    silent = compared.generated[2]
    told = headline(compared.real, silent)
    assert (told.tone, told.words("the market")) == ("", "cannot be held against the market")
    assert told.counted.startswith("No continuous trading")


def test_the_farthest_rows_come_first_and_those_without_a_floor_before_them(two_models):
    rows = [row for row in judged_rows(two_models.real, two_models.generated[1]) if row.verdict]
    first = replace(rows[0], verdict="apart", ratio=None)
    ordered = sorted([*rows, first], key=lambda row: row.order)
    assert ordered[0] is first
    places = [("apart", "close", "within noise").index(row.verdict) for row in ordered]
    assert places == sorted(places)
    ratios = [row.ratio for row in ordered[1:] if row.verdict == "apart"]
    assert ratios == sorted(ratios, reverse=True)


@pytest.mark.parametrize(("ratio", "tone"), [(2.9, "within noise"), (3.0, "apart"), (None, "within noise")])
def test_one_row_far_beyond_its_floor_sets_a_sample_apart(two_models, ratio, tone):
    good = two_models.generated[0]
    name = next(name for name, one in good.comparisons.items() if not isinstance(one, Missing))
    far = replace(good.comparisons[name], verdict="apart", ratio=ratio)
    told = headline(two_models.real, replace(good, comparisons={**good.comparisons, name: far}))
    assert told.tone == tone
