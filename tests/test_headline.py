from collections import Counter
from dataclasses import replace

from lobstats.compare.headline import headline, judged_rows, tally
from lobstats.report.render import to_dict
from lobstats.result import Missing


def counted(sample):
    """Verdicts by family as the JSON has them."""
    rows = [(name.split(".")[0], one) for name, one in sample["comparisons"].items()]
    return Counter((family, one.get("verdict")) for family, one in rows)


def test_the_sentence_counts_what_the_json_holds(two_models):
    good, bad = two_models.generated
    told = [headline(two_models.real, sample) for sample in (good, bad)]
    for sample, one, as_json in zip((good, bad), told, to_dict(two_models)["generated"], strict=True):
        series = Counter(found["verdict"] for found in as_json["distances"].values())
        total = Counter(found.get("verdict") for found in as_json["comparisons"].values()) + series
        judged = sum(total.values()) - total[None]
        if sample is bad:
            assert one.verdict == "apart"
            assert one.sentence("it").startswith(f"is apart from it in {total['apart']} of {judged} rows: ")
        else:
            assert (total["apart"], one.verdict) == (0, "within noise")
            assert one.sentence("it") == f"has no row apart from it, {total['close']} of {judged} close."


def test_families_with_rows_apart_are_named_with_their_number(two_models):
    counts = tally(two_models.real, two_models.generated[1])
    sentence = headline(two_models.real, two_models.generated[1]).sentence("it")
    where = dict(part.rsplit(" ", 1) for part in sentence.split(": ")[1].rstrip(".").split(", "))
    assert where == {family: str(own["apart"]) for family, own in counts.items() if own["apart"]}
    assert sum(map(int, where.values())) > 10
    facts = Counter(row.family for row in judged_rows(two_models.real, two_models.generated[1]) if row.kind == "fact")
    in_json = Counter(family for family, _ in counted(to_dict(two_models)["generated"][1]).elements())
    assert facts == in_json


def test_a_sample_that_is_wholly_within_noise_or_mostly_close_is_said_to_be_so(two_models):
    good = two_models.generated[0]
    judged = {name: one for name, one in good.comparisons.items() if not isinstance(one, Missing)}
    absent = dict.fromkeys(good.comparisons, Missing("not there"))
    for verdict, expected in (("within noise", "all 3 within noise"), ("close", "3 of 3 close")):
        three = {name: replace(one, verdict=verdict) for name, one in list(judged.items())[:3]}
        sample = replace(good, comparisons=absent | three, distances={})
        told = headline(two_models.real, sample)
        assert (told.verdict, told.after) == (verdict, f", {expected}.")


def test_a_sample_of_which_nothing_can_be_judged_is_not_called_good(compared):
    silent = compared.generated[2]
    told = headline(compared.real, silent)
    assert told.verdict is None
    assert told.sentence("the market").startswith("cannot be held against the market: no continuous trading")


def test_the_farthest_rows_come_first_and_those_without_a_floor_before_them(two_models):
    rows = [row for row in judged_rows(two_models.real, two_models.generated[1]) if row.verdict]
    first = replace(rows[0], verdict="apart", ratio=None)
    ordered = sorted([*rows, first], key=lambda row: row.order)
    assert ordered[0] is first
    places = [("apart", "close", "within noise").index(row.verdict) for row in ordered]
    assert places == sorted(places)
    ratios = [row.ratio for row in ordered[1:] if row.verdict == "apart"]
    assert ratios == sorted(ratios, reverse=True)
