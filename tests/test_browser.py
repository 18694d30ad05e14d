"""The page in a real browser: quiet, alone, and readable at every width, in the dark and on paper."""

import re
from dataclasses import replace

import numpy as np
import pytest
from chromium import Chromium

from lobstats.compare import compare
from lobstats.engine import source_of_events
from lobstats.report.html import to_html
from lobstats.simulate import Market, simulate

LONG = "a-rather-long-name-of-a-model-" * 4 + "<script>alert(1)</script>"
DRAWINGS = "[...document.querySelectorAll('svg:not(.key)')]"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    found = Chromium(tmp_path_factory.mktemp("profile"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def comparison():
    market = Market(n_sessions=6, session_seconds=120)
    bad = replace(market, volatility=40.0, burst=0.0, clustering=0.0)
    real, good, other = (
        simulate(each, rng=np.random.default_rng(seed)) for seed, each in enumerate((market, market, bad))
    )
    return compare(
        real=source_of_events("market", real),
        generated=[source_of_events("good", good), source_of_events(LONG, other)],
    )


@pytest.fixture(scope="module", params=["two models", "the real side"])
def page(request, comparison, tmp_path_factory):
    shown = comparison if request.param == "two models" else replace(comparison, generated=(), ranking=None)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(to_html(shown, command=f"lobstats report market.bin '{LONG}.bin'"), encoding="utf-8")
    return path


def test_it_is_quiet_and_asks_for_nothing_else(browser, page):
    browser.view(1200, 900)
    browser.open(page)
    browser.evaluate("new Promise(done => setTimeout(done, 300))")
    assert browser.complaints() == []
    assert browser.requests() == [page.as_uri()]


def test_a_page_that_complains_and_loads_is_noticed(browser, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text("<img src='other.png'><script>console.error('no'); throw new Error('x')</script>")
    browser.open(path)
    assert len(browser.complaints()) >= 2
    assert len(browser.requests()) == 2


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_every_figure_has_a_size_and_words_at_every_width(browser, page, width):
    browser.view(width, 900)
    browser.open(page)
    boxes = browser.evaluate(
        f"{DRAWINGS}.map(s => {{const b = s.getBoundingClientRect();"
        "return [b.width, b.height, b.left, b.right, s.getAttribute('role'), s.getAttribute('aria-label')]})"
    )
    assert len(boxes) > 25
    for across, high, left, right, role, words in boxes:
        assert across > 150
        assert high > 100
        assert left >= 0
        assert right <= width
        assert role == "img"
        assert len(words) > 40


@pytest.mark.parametrize("width", [360, 768, 1200])
def test_nothing_makes_the_page_wider_than_the_screen(browser, page, width):
    browser.view(width, 900)
    browser.open(page)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_text_in_figures_can_be_read_on_a_phone(browser, page):
    browser.view(360, 780)
    browser.open(page)
    sizes = browser.evaluate(
        f"{DRAWINGS}.flatMap(s => [...s.querySelectorAll('text')].map(t => "
        "parseFloat(getComputedStyle(t).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width))"
    )
    assert min(sizes) > 8


def test_the_first_screen_holds_the_verdict(browser, comparison, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(to_html(comparison), encoding="utf-8")
    browser.view(1200, 800)
    browser.open(path)
    assert browser.evaluate("document.querySelector('h1').textContent").startswith("1 of 2 models cannot be told from")
    bottoms = "[...document.querySelectorAll('.verdict .tally')].map(e => e.getBoundingClientRect().bottom)"
    assert max(browser.evaluate(bottoms)) <= 800


def test_a_link_opens_the_fold_that_its_row_is_in(browser, comparison, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(to_html(comparison), encoding="utf-8")
    browser.view(1200, 800)
    browser.open(path)
    row = "document.getElementById('row-tails.pareto_index')"
    assert browser.evaluate(f"{row}.checkVisibility()") is False
    browser.evaluate("document.querySelector('#scorecard a[href=\"#row-tails.pareto_index\"]').click()")
    browser.evaluate("new Promise(done => setTimeout(done, 200))")
    assert browser.evaluate(f"{row}.checkVisibility()") is True
    assert 0 <= browser.evaluate(f"{row}.getBoundingClientRect().top") <= 800


def test_it_turns_dark_where_the_reader_wants_it(browser, page):
    colours = []
    for scheme in ("light", "dark"):
        browser.view(1200, 900, scheme=scheme)
        browser.open(page)
        ground = browser.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        line = browser.evaluate("getComputedStyle(document.querySelector('figure svg path[style*=\"--real\"]')).stroke")
        colours.append((ground, line))
    lightness = [[sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in pair] for pair in colours]
    assert lightness[0][0] > 600 > 200 > lightness[0][1]
    assert lightness[1][0] < 200 < 600 < lightness[1][1]


def test_on_paper_every_fold_is_open_and_nothing_is_cut(browser, comparison, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(to_html(comparison), encoding="utf-8")
    browser.view(794, 1123, medium="print")  # A4
    browser.open(path)
    assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.evaluate("document.getElementById('row-tails.pareto_index').getBoundingClientRect().height") > 10
    pages = browser.send("Page.printToPDF", preferCSSPageSize=True)["data"]
    assert len(pages) > 100_000


def test_a_picture_of_it_is_not_empty(browser, page):
    browser.view(1200, 900)
    browser.open(page)
    assert len(browser.picture()) > 20_000
