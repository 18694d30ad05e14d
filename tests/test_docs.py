"""The pages of `docs/`: built without a warning, complete, and without a thing from elsewhere."""

import inspect
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from conftest import library

import lobstats
from lobstats.cli import COMMANDS
from lobstats.metrics import FAMILIES
from lobstats.report.docstrings import dois
from lobstats.report.metrics import abouts
from lobstats.simulate import Market, simulate

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PUBLIC = set(lobstats.__all__) - {"__version__"}


def listed():
    """The public names that the page of the Python interface documents, in order."""
    text = (DOCS / "api.md").read_text()
    return [name for names in re.findall(r"^\.\. public:: (.+)$", text, re.MULTILINE) for name in names.split()]


def test_the_python_page_lists_exactly_the_public_names():
    names = [*listed(), *abouts()]
    assert sorted(names) == sorted(set(names))
    assert set(names) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_resolves_and_says_what_it_is(name):
    thing = getattr(lobstats, name)
    if inspect.isfunction(thing) or inspect.isclass(thing):
        assert thing.__module__.startswith("lobstats.")
        assert len((thing.__doc__ or "").split("\n")[0]) > 10
        # A dataclass without a docstring gets its signature for one.
        assert not thing.__doc__.startswith(f"{name}(")
    if inspect.isfunction(thing) and not thing.__module__.startswith("lobstats.report."):
        assert "Examples\n" in thing.__doc__, "a function shows how it is used"


def test_there_is_a_page_for_every_family_and_none_for_another():
    assert {page for page in FAMILIES if f".. family:: {page}\n" in (DOCS / f"{page}.md").read_text()} == set(FAMILIES)
    for page in FAMILIES:
        headings = re.findall(r"^## (.+)$", (DOCS / f"{page}.md").read_text(), re.MULTILINE)
        assert headings == ["What it asks", "How to read it", "What fools the reader", "Metrics"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the built pages, made by the command that the README names."""
    for name in ("sphinx", "myst_parser", "furo"):
        library(name)
    out = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", f"{out}/.doctrees", "docs", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def test_every_public_name_is_documented_once(built):
    found = [name for page in built.glob("*.html") for name in re.findall(r'<dt [^>]*id="lobstats\.(\w+)"', read(page))]
    assert sorted(found) == sorted(PUBLIC)


@pytest.mark.parametrize("name", abouts())
def test_every_metric_stands_on_the_page_of_its_family_with_its_source(name, built):
    about = abouts()[name]
    text = read(built / f"{about.family}.html")
    at = text.index(f'id="lobstats.{name}"')
    entry = text[at : text.find('id="lobstats.', at + 1)]
    said = " ".join(unescape(re.sub(r"<[^>]+>", "", entry)).split())
    assert about.line.split("`")[0] in said
    assert all(doi in said for doi in dois(about.source) if "As for" not in inspect.getdoc(about.function))
    assert all(full_name in said for full_name in about.full_names)


def test_every_command_has_its_help(built):
    text = read(built / "command_line.html")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2].replace("_", "-")
        assert f"usage: lobstats {name} " in text


def test_formulas_are_drawn_and_not_left_as_they_are_written(built):
    for page in FAMILIES:
        text = read(built / f"{page}.html")
        assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in text
        assert "$$" not in text
        assert r"\frac" not in text


def test_the_pages_load_nothing_from_elsewhere(built):
    for page in built.glob("*.html"):
        loaded = re.findall(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]+)"', read(page))
        assert not [address for address in loaded if re.match(r"(https?:)?//", address)], page.name


def test_links_within_the_pages_lead_somewhere(built):
    for page in built.glob("*.html"):
        text = read(page)
        for target, anchor in re.findall(r'href="([\w./-]*\.html)?#([^"]+)"', text):
            there = read(built / target) if target else text
            assert f'id="{unescape(anchor)}"' in there, f"{page.name}: {target}#{anchor}"


def test_no_page_shows_a_mark_of_its_source(built):
    for page in built.glob("*.html"):
        text = re.sub(r"(?s)<(script|style|pre|code)\b.*?</\1>", "", read(page))
        assert not re.search(r"``|:py:\w+:|\\[*|]", unescape(re.sub(r"<[^>]+>", "", text))), page.name


def read(page):
    return page.read_text()


def test_the_keys_of_a_schema_are_told_in_a_table(monkeypatch):
    library("sphinx")
    monkeypatch.syspath_prepend(DOCS / "_ext")
    pages = library("lobstats_docs")
    value = {"type": ["number", "null"], "description": "Of `x`, a|b."}
    schema = {"properties": {"one": value, "two": {"type": "array", "items": {"$ref": "#/$defs/part"}}}}
    cells = [line.strip() for line in pages._keys(schema, "keys") if " - " in line]
    first, second = ["* - ``one``", "- number or null", "- Of ``x``, a\\|b."], ["* - ``two``", "- array of *part*", "-"]
    assert cells[3:] == first + second
    assert pages._keys({"oneOf": []}, "keys") == []


def test_the_json_page_names_every_key_of_a_report():
    market = simulate(Market(n_sessions=6, session_seconds=300), rng=np.random.default_rng(1))
    report = lobstats.to_dict(lobstats.compare(real=market, generated=market))
    text = (DOCS / "json.md").read_text()
    told = set(re.findall(r"`(\w+)`", text))
    (sample,) = report["generated"]
    assert report.keys() | sample.keys() <= told
    estimate = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    assert estimate.keys() == sample["facts"]["arrivals.burstiness"].keys()
    curve = sample["facts"]["prices.last_digit_shares"]
    assert curve.keys() - estimate.keys() <= told
    compared = sample["comparisons"]["prices.last_digit_shares"].keys() | sample["distances"]["gaps"].keys()
    named = "difference floor ratio natural_variation scale at largest integrated joint p_holm verdict"
    assert set(named.split()) <= compared & told
