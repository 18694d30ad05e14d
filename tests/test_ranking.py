"""Several models ranked: scores, paired differences, and which of them mean something."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from naive_ranking import naive_scores, naive_spread
from scipy import stats
from statsmodels.stats.multitest import multipletests

from lobstats.compare import compare
from lobstats.compare.ranking import rank_models
from lobstats.compare.ranking_errors import Hull, Spread, holm
from lobstats.compare.ranking_rows import FARTHEST
from lobstats.engine import source_of_events
from lobstats.events.codec import kinds
from lobstats.events.layout import Kind
from lobstats.report.html import to_html
from lobstats.report.ranking import ranking_html, ranking_lines, reason_text
from lobstats.report.render import to_dict
from lobstats.report.terminal import to_text
from lobstats.simulate import Market, simulate

MARKET = Market(n_sessions=6, session_seconds=90, rate=3.0, memory_seconds=2.0)
BAD = replace(MARKET, burst=0.0, tail_index=math.inf, clustering=0.0, rate=5.0)
WORSE = replace(BAD, rate=9.0, volatility=40.0)


def events(market, seed):
    return simulate(market, rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def sides():
    """Return a market, a sample of it, a bad model and a worse one."""
    markets = {"good": MARKET, "bad": BAD, "worse": WORSE}
    models = [source_of_events(name, events(market, 1 + i)) for i, (name, market) in enumerate(markets.items())]
    return events(MARKET, 0), models


@pytest.fixture(scope="module")
def comparison(sides):
    real, models = sides
    return compare(
        real=source_of_events("market", real),
        generated=[*models, source_of_events("bad copy", models[1].files[0].events)],
    )


def model_of(comparison, name):
    return next(model for model in comparison.ranking.models if model.name == name)


def pair_of(comparison, first, second):
    index = {model.name: model.index for model in comparison.ranking.models}
    return next(p for p in comparison.ranking.pairs if {p.better, p.worse} == {index[first], index[second]})


def test_a_worse_model_ranks_lower(comparison):
    ranking = comparison.ranking
    assert [model.name for model in ranking.models] == ["good", "bad", "bad copy", "worse"]
    assert [model.rank for model in ranking.models] == [(1, 1), (2, 3), (2, 3), (4, 4)]
    scores = [model.score for model in ranking.models]
    assert 1 <= scores[0] < 1.1
    assert scores == sorted(scores)
    assert all(model.ci.low <= model.score <= model.ci.high for model in ranking.models)
    assert len(ranking.pairs) == 6
    for pair in ranking.pairs:
        assert pair.different == (not pair.ci.low <= 1 <= pair.ci.high)
        assert pair.factor >= 1


def test_identical_copies_tie_with_no_difference_at_all(comparison):
    pair = pair_of(comparison, "bad", "bad copy")
    assert (pair.factor, pair.p, pair.different) == (1.0, 1.0, False)
    assert pair.ci.low <= 1 <= pair.ci.high
    assert pair.reasons == ()
    first, second = (model_of(comparison, name) for name in ("bad", "bad copy"))
    assert (first.score, first.ci, first.families) == (second.score, second.ci, second.families)


def test_scores_are_those_of_the_plain_way(sides):
    # With one floor for all, as two copies have, the common floor is each one's own.
    real, models = sides
    events_of = models[1].files[0].events
    found = compare(real=real, generated=[events_of, events_of])
    assert not any(model.lacking for model in found.ranking.models)
    got = [model.score for model in sorted(found.ranking.models, key=lambda model: model.index)]
    assert got == pytest.approx(naive_scores(found), rel=1e-9)


def test_the_score_never_gains_from_a_wider_floor(comparison):
    # Against the largest floor of all models no score is larger than against its own.
    naive = naive_scores(comparison)
    for model in comparison.ranking.models:
        if not model.lacking:
            assert model.score <= naive[model.index] * (1 + 1e-9)


def test_the_order_of_the_command_line_changes_nothing(sides):
    real, models = sides
    there, back = (compare(real=real, generated=order).ranking for order in (models, models[::-1]))
    assert [model.name for model in there.models] == [model.name for model in back.models]
    for one, other in zip(there.models, back.models, strict=True):
        assert replace(one, index=0) == replace(other, index=0)
    for one, other in zip(there.pairs, back.pairs, strict=True):
        assert (one.factor, one.ci, one.p, one.families) == (other.factor, other.ci, other.p, other.families)


def test_a_row_that_a_model_lacks_is_never_perfect(sides):
    # Without cancels a model tells nothing of them by kind, and without trades nothing at all.
    real, models = sides
    good = models[0].files[0].events
    deaf = good[kinds(good) != Kind.CANCEL]
    silent = good[kinds(good) != Kind.TRADE]
    names = ["good", "deaf", "silent"]
    found = compare(
        real=real,
        generated=[source_of_events(name, data) for name, data in zip(names, (good, deaf, silent), strict=True)],
    )
    deaf_model = model_of(found, "deaf")
    assert "arrivals.fano_factor_by_kind" in deaf_model.lacking
    assert list(found.ranking.unranked) == [2]
    assert "no continuous trading" in found.ranking.unranked[2]
    lines = "\n".join(str(line) for line in ranking_lines(found))
    assert "deaf lacks" in lines
    assert "silent is not ranked" in lines
    assert deaf_model.families["arrivals"] > model_of(found, "good").families["arrivals"]


def test_one_wild_price_does_not_decide(sides):
    real, models = sides
    wild = models[0].files[0].events.copy()
    trade = np.flatnonzero(kinds(wild) == Kind.TRADE)[10]
    wild["px"][trade] = 1e9
    found = compare(real=real, generated=[source_of_events("wild", wild), models[2]])
    assert [model.name for model in found.ranking.models] == ["wild", "worse"]
    assert all(family <= FARTHEST for family in model_of(found, "wild").families.values())


def test_whole_rollouts_are_the_units_of_a_folder():
    market = Market(n_sessions=1, session_seconds=600, rate=3.0, memory_seconds=2.0)
    rng = np.random.default_rng(5)

    def rollouts(number):
        parts = []
        for i in range(number):
            own = replace(market, session_seconds=90, rate=3.0 * math.exp(0.5 * rng.standard_normal()))
            part = simulate(own, rng=rng).copy()
            part["exch_ts"] += (3_600 + 2_000 * i) * 10**9
            parts.append(part)
        return parts

    real = simulate(market, rng=rng)
    found = compare(real=real, generated=[source_of_events(str(i), *rollouts(6)) for i in range(2)])
    assert found.plan.kind == "block"
    assert [sample.units for sample in found.generated] == [6, 6]
    # A rollout's blocks share its rate: taken as independent they would promise far too much.
    whole = found.generated[0].facts["arrivals.mean_gap"]
    assert math.log(whole.ci.high / whole.ci.low) > 0.5
    assert not found.ranking.pairs[0].different


def test_a_sample_of_fewer_than_five_units_lends_its_error(sides):
    real, _ = sides
    short = [events(replace(MARKET, n_sessions=2), seed) for seed in (11, 12)]
    ranking = compare(real=real, generated=short).ranking
    assert all(model.lent for model in ranking.models)
    assert not ranking.pairs[0].different
    assert ranking.pairs[0].ci.low < 1 < ranking.pairs[0].ci.high


def test_errors_are_those_of_the_plain_way():
    rng = np.random.default_rng(0)
    draws = 0.3 + 0.2 * rng.standard_normal(200)
    groups = [(np.cumsum(rng.standard_normal(12)), "block"), (rng.standard_normal(7), "session")]
    deviation = float(np.sqrt(np.mean((draws - 0.3) ** 2)))
    spread = Spread(0.3, deviation, groups)
    error, freedom, inflation = naive_spread(0.3, draws.tolist(), [(g.tolist(), kind) for g, kind in groups])
    assert (spread.error, spread.freedom, spread.inflation) == pytest.approx((error, freedom, inflation))
    assert spread.p == pytest.approx(2 * stats.t.sf(0.3 / error, freedom))
    low, high = spread.interval(0.9)
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.95, freedom) * error)


def test_versions_that_disagree_mean_nothing():
    groups = [(np.array([0.1, -0.1, 0.05, 0.0]), "session")]
    for_it, against = Spread(2.0, 0.1, groups), Spread(-1.0, 0.1, groups)
    assert Hull([for_it]).p < 0.01
    assert Hull([for_it, against]).p == 1.0
    ci = Hull([for_it, against]).factor(0.95)
    assert ci.low < math.exp(-1) < math.exp(2) < ci.high


@pytest.mark.parametrize("seed", range(20))
def test_holm_is_that_of_another_library(seed):
    p = np.random.default_rng(seed).random(7) ** 4
    got = holm(p.tolist(), 0.95)
    rejected, adjusted, *_ = multipletests(p, alpha=0.05, method="holm")
    assert [own for own, _ in got] == pytest.approx(adjusted)
    # The interval at a pair's own level leaves its null out exactly where Holm rejects.
    assert [value < 1 - level for value, (_, level) in zip(p, got, strict=True)] == rejected.tolist()


def test_every_output_holds_the_ranking(comparison):
    ranking = to_dict(comparison)["ranking"]
    json.dumps(ranking, allow_nan=False)
    assert [model["name"] for model in ranking["models"]] == ["good", "bad", "bad copy", "worse"]
    text = to_text(comparison)
    assert max(len(line) for line in text.splitlines()) <= 100
    assert text.index("rank model") < text.index("fact ")
    page = to_html(comparison)
    assert 'id="ranking"' in page
    for model in comparison.ranking.models:
        for reason in model.reasons:
            assert reason_text(reason).replace("'", "&#39;") in page
            row = reason.name if reason.measure else f"{reason.family}.{reason.name}"
            assert f'id="row-{row}"' in page


def test_one_model_has_no_ranking(sides):
    real, models = sides
    found = compare(real=real, generated=models[:1])
    assert found.ranking is None
    assert ranking_html(found) == ""
    assert ranking_lines(found) == []
    assert to_dict(found)["ranking"] is None


def test_names_of_models_are_escaped(sides):
    real, models = sides
    evil = [source_of_events('<script>alert("x")</script>', model.files[0].events) for model in models[:2]]
    page = ranking_html(compare(real=real, generated=evil))
    assert "<script" not in page
    assert "&lt;script" in page


def test_ranking_takes_two_models_at_least():
    assert rank_models(real=None, real_units=[], real_facts={}, contenders=[], plan=None, level=0.95, seed=0) is None
