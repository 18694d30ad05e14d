import html as html_text
import math
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest

from lobstats.compare import SERIES, Comparison, FactComparison, SeriesComparison, compare
from lobstats.engine import source_of_events
from lobstats.events.codec import kinds
from lobstats.events.layout import Kind
from lobstats.metrics import collect
from lobstats.report.catalogue_figures import catalogue_figures
from lobstats.report.figures import draw_plots, figures, side_labels, side_styles
from lobstats.report.html import to_html
from lobstats.report.plots import plots
from lobstats.result import Curve, Estimate, Missing
from lobstats.simulate import Market, simulate
from lobstats.summary.counts import Counts
from lobstats.summary.gaps import GapCounts
from lobstats.summary.horizons import HorizonReturns

EVIL = '<script>alert("$x^2$")</script>'
FIGURES = 25
VOID = {"meta", "br", "col"}


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Hold three samples against six short sessions: a good one with an evil name, a bad one, one without trades."""
    market = Market(n_sessions=6, session_seconds=60, rate=4.0)
    bad = replace(market, volatility=40.0, burst=0.0, clustering=0.0)
    real, good, other = (
        simulate(each, rng=np.random.default_rng(seed)) for seed, each in enumerate((market, market, bad))
    )
    silent = good[kinds(good) != Kind.TRADE]
    # One sample has no session at all, so units are blocks, and the path from the open is shown without a verdict.
    samples = [source_of_events(name, data) for name, data in ((EVIL, good), ("bad", other), ("silent", silent))]
    return compare(real=source_of_events("market", real), generated=samples)


@pytest.fixture(scope="module")
def page(comparison) -> str:
    return to_html(comparison, command="lobstats report market.bin '<b>.bin'")


@pytest.fixture
def undrawn(monkeypatch):
    """Leave the figures out, which take most of the time."""
    monkeypatch.setattr("lobstats.report.html.figures", lambda comparison: {})
    monkeypatch.setattr("lobstats.report.html.catalogue_figures", lambda comparison: [])


def draw(comparison, *names):
    """Draw some figures only, by their names."""
    every = [plot for family in plots(comparison.real).values() for plot in family]
    return draw_plots(comparison, [plot for plot in every if plot.name in names])


def drawn(comparison):
    return [figure for family in figures(comparison).values() for figure in family]


class Reader(HTMLParser):
    """Collect tags, attributes and text, and insist that what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def of_one_second(counts):
    return HorizonReturns(np.array([1_000_000_000]), (counts,))


def without_trading(side):
    facts = {name: Missing("no continuous trading") for name in side.facts}
    return replace(side, total=None, units=0, facts=facts, observations=replace(side.observations, series=()))


def section(page: str, name: str) -> str:
    return page[page.index(f'<section id="{name}">') :].split("</section>")[0] + "</section>"


def test_the_same_input_gives_the_same_bytes_whatever_the_style_of_the_session(comparison, page):
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "svg.fonttype": "path", "axes.grid": False}):
        again = to_html(comparison, command="lobstats report market.bin '<b>.bin'")
    assert again.encode() == page.encode()
    assert len(page.encode()) < 1_400_000


def test_drawing_leaves_the_style_of_the_session_alone(comparison):
    before = dict(mpl.rcParams)
    draw(comparison, "fano")
    assert dict(mpl.rcParams) == before


def test_importing_draws_nothing():
    code = "import sys, lobstats.report.html; sys.exit('matplotlib' in sys.modules or 'seaborn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_needs_nothing_else(page):
    reader = Reader(page)
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attributes in reader.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or attributes.get("xlink:href") or "#").startswith("#")
        # Nothing is loaded; what is cited can be followed.
        assert re.match(r"#|https://doi\.org/10\.", attributes.get("href") or "#")
    assert not re.findall(r"url\((?!#)|@import|@font-face", page)
    assert {found for found in re.findall(r'[\w:]+="https?://[^"]*"', page) if "doi.org" not in found} == {
        'xmlns="http://www.w3.org/2000/svg"',
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
    }


def test_names_and_the_command_are_escaped(page):
    assert "<script" not in page
    assert html_text.escape(EVIL).replace("&quot;", "&#34;") in page
    assert "&#39;&lt;b&gt;.bin&#39;" in page
    assert EVIL in Reader(page).text


def test_ids_are_unique_and_every_reference_has_its_target(page):
    reader = Reader(page)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {
        attributes[name] for _, attributes in reader.tags for name in ("href", "xlink:href") if name in attributes
    }
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", page)) <= set(ids)


def number_drawn(comparison):
    every = [*drawn(comparison), *(figure for _, figure in catalogue_figures(comparison))]
    assert all(figure.svg is not None or figure.left_out for figure in every)
    return sum(figure.svg is not None for figure in every)


def test_every_drawing_has_words_for_those_who_do_not_see_it(comparison, page):
    drawings = [svg for svg in Reader(page).all("svg") if svg.get("aria-hidden") != "true"]
    by_tenth = sum(not isinstance(sample.horizon, Missing) for sample in comparison.generated)
    assert len(drawings) == number_drawn(comparison) + by_tenth > FIGURES
    assert all(svg["role"] == "img" and len(svg["aria-label"] or "") > 40 and "viewbox" in svg for svg in drawings)
    assert all(svg["width"] == "100%" for svg in drawings)


def test_the_headline_counts_the_rows_that_are_apart(comparison, page):
    bad = comparison.generated[1]
    found = {**bad.comparisons, **bad.distances}
    judged = [row for row in found.values() if not isinstance(row, Missing) and row.verdict is not None]
    apart = sum(row.verdict == "apart" for row in judged)
    text = Reader(page).text
    assert f"bad ✕ apart {apart} of {len(judged)} rows apart (tails" in text
    assert "1 of 3 models cannot be told from market: <script>" in text
    card = Reader(section(page, "scorecard"))
    cells = [cell["class"] for cell in card.all("td")]
    assert cells[1::3].count("cell apart") == apart > 0
    assert cells[1::3].count("cell none") == len(found) - len(judged) > 0
    rows = page[page.index('<section id="tails"') : page.index('<section id="model-1">')]
    every = sum(
        not isinstance(row, Missing) and row.verdict == "apart"
        for sample in comparison.generated
        for row in (*sample.comparisons.values(), *sample.distances.values())
    )
    assert rows.count('<span class="badge apart">') == every


def test_a_sample_without_trading_is_not_scored(comparison, page):
    text = Reader(page).text
    assert "silent not judged No continuous trading" in text
    cells = [cell["class"] for cell in Reader(section(page, "scorecard")).all("td")]
    judged = {name for name, found in comparison.generated[2].comparisons.items() if not isinstance(found, Missing)}
    assert all(name.startswith("messages.") for name in judged)
    assert cells[2::3].count("cell none") == len(cells) // 3 - len(judged)
    assert "Not drawn: silent: no continuous trading." in text


def test_every_metric_and_series_has_a_row_in_every_table(comparison, page):
    for name in collect():
        row = page[page.index(f'<tr id="row-{name}"') :].split("</tr>")[0]
        assert row.count("<td") == 1 + len(comparison.generated)
    for name in SERIES:
        rows = page[page.index(f'<tbody id="row-{name}"') :].split("</tbody>")[0]
        assert rows.count("<tr") == len(comparison.generated)
    text = Reader(page).text
    assert "Tail index by Hill's estimator" in text
    assert "the spread is wider than a number of ticks" in text
    assert "``" not in text


@pytest.mark.usefixtures("undrawn")
def test_no_row_apart(comparison):
    good = comparison.generated[0]
    within = {
        n: replace(f, verdict="within noise") if isinstance(f, FactComparison) else f
        for n, f in good.comparisons.items()
    }
    series = {
        n: replace(f, verdict="within noise") for n, f in good.distances.items() if isinstance(f, SeriesComparison)
    }
    assert {*good.distances} - {*series} == {"returns_60s"}  # sessions of a minute hold none
    series["returns_60s"] = series["returns"]
    fine = replace(good, comparisons=within, distances=series)
    judged = sum(isinstance(fact, FactComparison) for fact in within.values()) + len(series)
    text = Reader(to_html(replace(comparison, generated=(fine,)))).text
    assert f"All {judged} rows within noise." in text
    assert "cannot be told from market" in text
    near = replace(fine, distances={**series, "spread": replace(series["spread"], verdict="close")})
    text = Reader(to_html(replace(comparison, generated=(near,)))).text
    assert f"No row of {judged} apart, 1 close. Chance alone does as much." in text


@pytest.mark.usefixtures("undrawn")
def test_a_floor_of_zero_has_no_ratio_and_stands_first(comparison):
    bad = comparison.generated[1]
    series = bad.distances["spread"]
    assert isinstance(series, SeriesComparison)
    spread = replace(series, joint=None, verdict="apart", p=0.0004, flag="dependence longer than the sample")
    page = to_html(replace(comparison, generated=(replace(bad, distances={**bad.distances, "spread": spread}),)))
    text = Reader(page).text
    assert re.search(r"Spread after a happening ∞ . floor .* What it rests on Units", text)
    assert "✕ ∞" in Reader(section(page, "scorecard")).text
    assert "&lt; 0.001" in page
    assert "* Dependence longer than the sample" in text
    assert "false alarms may exceed the level there" in text


@pytest.mark.usefixtures("undrawn")
def test_what_is_not_well_formed_is_in_the_headline(comparison):
    bad = comparison.generated[1]
    seen = bad.observations
    seen = replace(
        seen,
        validity={**seen.validity, "unknown_kind": 30},
        replay={**seen.replay, "crossed_book": 7},
    )
    page = to_html(replace(comparison, generated=(replace(bad, observations=seen),)))
    text = Reader(page).text
    assert f"30 of its {seen.n_records:,} records" in text
    assert "7 faults in the book" in text
    assert page.count('class="num fault"') == 2
    assert "unknown kind;" not in text  # no longer among what occurs nowhere


def test_the_real_side_alone(comparison):
    alone = replace(comparison, generated=())
    page = to_html(alone)
    reader = Reader(page)
    assert f"market {comparison.real.observations.n_events:,} events in 6 sessions" in reader.text
    assert "<h1>market</h1>" in page
    assert "Nothing is held against it" in reader.text
    assert "Verdict</th>" not in page
    assert "badge" not in page[page.index("</style>") :]
    assert len([svg for svg in reader.all("svg") if svg.get("role") == "img"]) == number_drawn(alone) > FIGURES
    assert "How it was made" in reader.text
    assert "<pre>" not in page


def test_no_continuous_trading_anywhere(comparison):
    alone = replace(comparison, real=without_trading(comparison.real), generated=())
    assert all(figure.svg is None for figure in drawn(alone))
    text = Reader(to_html(alone)).text
    assert "no continuous trading" in text
    assert text.count("Nothing to draw. market: no continuous trading.") == FIGURES


def test_a_curve_that_is_missing_leaves_the_others(comparison):
    reason = "no lag up to 3 s has 30 pairs"
    name = "volatility.absolute_autocorrelation_curve"
    real = replace(comparison.real, facts={**comparison.real.facts, name: Missing(reason)})
    (figure,) = draw(replace(comparison, real=real), "clustering")
    assert figure.svg is not None
    assert figure.left_out[0] == f"market: {reason}"
    assert [key.label for key in figure.legend] == [EVIL, "bad"]  # the guide belongs to the real side


@pytest.mark.usefixtures("undrawn")
def test_facts_without_an_interval_say_why(comparison):
    reason = "3 sessions; an interval needs 5 at least"
    facts = {
        name: fact if isinstance(fact, Missing) else fact.with_interval(Missing(reason))
        for name, fact in comparison.real.facts.items()
    }
    page = to_html(replace(comparison, real=replace(comparison.real, facts=facts), generated=()))
    found = sum(isinstance(fact, Estimate | Curve) for fact in facts.values())
    rows = page[page.index('<section id="tails"') : page.index('<section id="stylised">')]
    assert rows.count(f"<small>{reason}</small>") == found > 0


def one_value(value: float) -> Counts:
    return Counts.of(np.full(50, value))


@pytest.mark.parametrize("value", [1, 10**15])
def test_series_of_one_value_are_drawn(comparison, value):
    total = replace(
        comparison.real.total,
        by_horizon=of_one_second(Counts.of(np.full(50, value), step=0.5, unit="ticks")),
        moves=Counts.of(np.full(50, value), step=0.5, unit="ticks"),
        spread=Counts.of(np.full(50, value)),
        order_size=one_value(float(value)),
        happening_size=Counts.of(np.full(50, value)),
        gaps=GapCounts.of(np.full(50, value)),
    )
    found = drawn(replace(comparison, real=replace(comparison.real, total=total), generated=()))
    assert len(found) == FIGURES
    for figure in found:
        assert figure.svg is not None or figure.name in ("hill", "signature", "volume-volatility", "recovery", "signs")
        assert not re.search(r"\b(nan|inf)\b", figure.svg or "")


def test_moves_that_are_all_zero_are_said_not_drawn(comparison):
    still = Counts.of(np.zeros(50, dtype=np.int64), step=0.5, unit="ticks")
    nothing = Counts.of(np.zeros(0, dtype=np.int64), unit="ticks")
    total = replace(comparison.real.total, by_horizon=of_one_second(still), spread=nothing)
    alone = replace(comparison, real=replace(comparison.real, total=total), generated=())
    tail, spread = draw(alone, "moves-tail", "spread")
    assert tail.left_out == ("market: every value is zero, which a logarithmic axis cannot show",)
    assert spread.left_out == ("market: there is no observation",)


def test_a_wild_sample_is_cut_and_the_caption_says_so(comparison):
    bad = comparison.generated[1]
    wild = Counts.of(np.concatenate([np.ones(300, dtype=np.int64), np.arange(1, 101) * 10**12]))
    sample = replace(bad, total=replace(bad.total, spread=wild))
    (spread,) = draw(replace(comparison, generated=(sample,)), "spread")
    assert spread.caption.endswith("Beyond the axes: 25 % of bad.")
    far = replace(bad, total=replace(bad.total, spread=one_value(1e12)))
    (spread,) = draw(replace(comparison, generated=(far,)), "spread")
    assert "Beyond the axes: 100 % of bad." in spread.caption


def test_many_points_are_thinned(comparison):
    sizes = Counts.of(np.random.default_rng(1).pareto(1.5, 50_000))
    total = replace(comparison.real.total, order_size=sizes, moves=Counts.of(np.arange(-5_000, 5_000)))
    alone = replace(comparison, real=replace(comparison.real, total=total), generated=())
    found = draw(alone, "order-size", "moves")
    assert len(found) == 2
    assert all(len(figure.svg or "") < 60_000 for figure in found)


def test_sides_that_share_a_name_are_told_apart(comparison):
    def named(side, name):
        return replace(side, observations=replace(side.observations, name=name))

    good = comparison.generated[0]
    many = replace(comparison, generated=tuple(named(good, name) for name in ("market", "a", "a", "market")))
    assert side_labels(many) == ["market", "market (generated)", "a", "a (2)", "market (2)"]


def test_sixteen_samples_look_different():
    styles = [(key.colour, key.dash) for key in side_styles(17)]
    assert len(set(styles)) == 17


@pytest.mark.usefixtures("undrawn")
def test_a_name_that_is_no_valid_text_is_written(comparison):
    side = comparison.real
    broken = replace(side, observations=replace(side.observations, name="caf\udce9", paths=("caf\udce9.bin",)))
    assert b"caf?" in to_html(replace(comparison, real=broken, generated=())).encode()


@pytest.mark.usefixtures("undrawn")
def test_numbers_that_are_not_finite_do_not_stop_the_page(comparison):
    bad = comparison.generated[1]
    fact = next(n for n, f in bad.comparisons.items() if isinstance(f, FactComparison))
    endless = replace(bad.comparisons[fact], floor=math.inf, ratio=0.0)
    sample = replace(bad, comparisons={**bad.comparisons, fact: endless})
    assert "floor inf" in to_html(replace(comparison, generated=(sample,)))
