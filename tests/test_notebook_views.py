"""What a notebook shows of a result: short, static, and with every name escaped."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import EVIL
from tables import Tables

from lobstats.compare.headline import headline
from lobstats.notebook import interval_text, number_text, table
from lobstats.report.figures import figures
from lobstats.result import Band, Basis, Curve, Estimate, Interval, Missing

STATIC = {"b", "code", "details", "div", "figcaption", "figure", "g", "p", "small", "span", "summary", "svg"}
STATIC |= {"table", "td", "th", "tr", "text", "path", "defs", "clippath", "rect", "use"}


class View(Tables):
    """Tables as lists of rows of cells, the tags, and the text outside tables."""

    def __init__(self, result):
        super().__init__(result._repr_html_())
        assert set(self.tags) <= STATIC, set(self.tags) - STATIC


def named(comparison, *names):
    samples = [
        replace(one, observations=replace(one.observations, name=name))
        for one, name in zip(comparison.generated, names, strict=False)
    ]
    return replace(comparison, generated=tuple(samples), ranking=None)


def test_a_comparison_begins_with_the_ranking_and_tells_each_sample_in_words(two_models):
    view = View(two_models)
    assert view.tables[0] == View(two_models.ranking).tables[0]
    for sample in two_models.generated:
        told = headline(two_models.real, sample)
        assert f"{sample.observations.name} {told.words('reference')}. {told.counted}" in view.text


def test_a_comparison_shows_the_farthest_rows_of_each_sample_with_their_values(two_models):
    view, frame = View(two_models), two_models.to_frame()
    for sample, shown in zip(two_models.generated, view.tables[1:], strict=True):
        name = sample.observations.name
        beyond = frame[(frame["sample"] == name) & (frame["verdict"] > "within noise")]
        assert shown[0] == ["row", "reference", name, "ratio", "verdict"]
        assert len(shown) - 1 == min(len(beyond), 6)
        first = beyond.sort_values(["verdict", "ratio"], ascending=False).iloc[0]
        assert shown[1][0].startswith(f"{first['family']}.{first['name']}")
        assert shown[1][1].startswith(number_text(first["real"], (first["real_high"] - first["real_low"]) / 2))
        assert shown[1][3:] == [f"{first['ratio']:.2f}", first["verdict"]]
        assert [row[4] for row in shown[1:]] == sorted([row[4] for row in shown[1:]])  # apart before close


def test_a_comparison_says_how_many_rows_it_does_not_show(two_models):
    bad = two_models.generated[1]
    alone = View(replace(two_models, generated=(bad,), ranking=None))
    rows = two_models.to_frame()
    beyond = ((rows["sample"] == bad.observations.name) & (rows["verdict"] > "within noise")).sum()
    assert len(alone.tables[0]) - 1 == 12
    assert f"and {beyond - 12} rows more; to_frame() holds all." in alone.text


def test_a_sample_within_noise_is_a_sentence(two_models):
    bad = two_models.generated[1]
    facts, series = (
        {name: one if isinstance(one, Missing) else replace(one, verdict="within noise") for name, one in group.items()}
        for group in (bad.comparisons, bad.distances)
    )
    one = replace(two_models, generated=(replace(bad, comparisons=facts, distances=series),), ranking=None)
    view = View(one)
    assert view.tables == []
    assert view.text == "generated_bad cannot be told from reference. All 175 rows within noise."


def test_without_a_sample_a_comparison_shows_the_real_side(two_models):
    alone = replace(two_models, generated=(), ranking=None)
    assert alone._repr_html_() == two_models.real._repr_html_()


def test_a_side_tells_every_fact_behind_a_fold_of_its_family(two_models):
    view, real = View(two_models.real), two_models.real
    assert "reference: 100,056 events, 10 sessions" in view.text
    shown = [row for family in view.tables for row in family[1:]]
    assert [row[0] for row in shown] == [name.split(".")[1] for name in real.facts]
    for row, fact in zip(shown, real.facts.values(), strict=True):
        if isinstance(fact, Missing):
            assert row[1] == f"missing: {fact.reason}"
        elif isinstance(fact, Curve):
            assert row[1] == f"{len(fact.x)} point{'' if len(fact.x) == 1 else 's'}"
        else:
            assert row[1] == interval_text(fact.value, fact.ci.low, fact.ci.high)
            assert row[3] == f"{fact.n:,}"


def test_names_are_escaped(two_models):
    comparison = named(two_models, EVIL, EVIL)
    comparison = replace(
        comparison, real=replace(two_models.real, observations=replace(two_models.real.observations, name=EVIL))
    )
    view = View(comparison)
    assert EVIL in view.text
    assert view.tables[0][0][1:3] == [EVIL, EVIL]
    assert EVIL in View(comparison.real).text
    models = tuple(replace(model, name=EVIL) for model in two_models.ranking.models)
    assert View(replace(two_models.ranking, models=models)).tables[0][1][1] == EVIL
    curve = Curve(np.array([0.0]), np.ones(1), np.ones(1, dtype=int), EVIL, EVIL, labels=(EVIL,))
    assert View(curve).tables[0][0][:2] == [EVIL, f"value ({EVIL})"]
    assert View(curve).tables[0][1][0] == EVIL
    assert EVIL in View(Estimate(1.0, 3, EVIL)).text
    figure = figures(comparison)["tails"][0]
    assert EVIL in View(figure).text


def test_models_that_share_a_rank_and_those_without_one_are_told(two_models):
    ranking = two_models.ranking
    models = tuple(replace(model, rank=(1, 2)) for model in ranking.models)
    view = View(replace(ranking, models=models, unranked={2: "too short"}))
    assert view.tables[0][0] == ["rank", "model", "score", "apart", "close"]
    assert [row[0] for row in view.tables[0][1:]] == ["1-2", "1-2"]
    assert view.text == "1 model not ranked."


def test_an_estimate_tells_its_interval_unit_and_what_it_counts():
    basis = Basis("clock time", "1 s", "one-second moves")
    bare = Estimate(3.19134, 1200, "ticks", basis=basis)
    assert View(bare).text == "3.19 ticks n = 1,200 one-second moves"
    assert (
        View(replace(bare, ci=Interval(2.8, 3.62, 0.95))).text == "3.19 [2.80, 3.62] ticks n = 1,200 one-second moves"
    )
    assert View(replace(bare, ci=Missing("2 sessions"), basis=None)).text == "3.19 ticks n = 1,200"


def test_a_curve_is_a_table_of_its_points_and_a_long_one_of_its_ends():
    x = np.arange(1.0, 21.0)
    curve = Curve(x, x / 4, np.full(20, 1500), "ticks", "s")
    shown = View(curve).tables[0]
    assert shown[0] == ["s", "value (ticks)", "n"]
    assert [row[0] for row in shown[1:]] == ["1", "2", "3", "4", "5", "6", "…", "15", "16", "17", "18", "19", "20"]
    assert shown[2] == ["2", "0.5", "1,500"]
    banded = View(replace(curve, x=x[:2], value=x[:2], n=curve.n[:2], ci=Band(x[:2] - 0.5, x[:2] + 0.5, 0.9))).tables[0]
    assert banded == [
        ["s", "value (ticks) and 90 % interval", "n"],
        *[[f"{i}", f"{i}.00 [{i - 0.5:.2f}, {i + 0.5:.2f}]", "1,500"] for i in (1, 2)],
    ]


def test_a_figure_shows_title_drawing_legend_and_caption(two_models):
    figure = figures(two_models)["tails"][0]
    view = View(figure)
    assert view.text.startswith(figure.title)
    assert "svg" in view.tags
    assert all(key.label in view.text for key in figure.legend)
    assert figure.caption in view.text
    without = View(replace(figure, svg=None, legend=(), left_out=("model: no trade",)))
    assert "model: no trade" in without.text
    assert "svg" not in without.tags


@pytest.mark.parametrize(
    ("value", "half_width", "text"),
    [
        (0.0, 0.0, "0"),
        (12345.6, 40.0, "12,346"),
        (12345.6, 1.5, "12,345.6"),
        (-0.25, 0.031, "\N{MINUS SIGN}0.250"),
        (0.00000123, 0.0000004, "1.23e\N{MINUS SIGN}06"),
        (5e12, 1e10, "5e+12"),
        (1234.5, float("nan"), "1,234"),
        (999.7, float("nan"), "1,000"),
    ],
)
def test_numbers_have_the_digits_that_their_intervals_admit(value, half_width, text):
    assert number_text(value, half_width) == text


def test_a_cell_may_have_its_own_style_and_stays_text():
    assert table(["a"], [[("<b>", "color: red")]], "l").endswith(
        '<td style="text-align: left; color: red">&lt;b&gt;</td></tr></table>'
    )
