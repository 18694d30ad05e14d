"""What `lobstats metrics` says of each metric, which the docs and the README say too."""

import inspect
import json
import re

import pytest
from flow_market import NOT_IN_SIMULATED
from test_metric_laws import METRICS, OVER_THE_DAY, markets, reference_of  # noqa: F401 - a fixture

from lobstats.cli import main
from lobstats.errors import did_you_mean
from lobstats.metrics import FAMILIES, SHOWN, evaluate
from lobstats.report.docstrings import dois, filled, reference, sections, signature, unit
from lobstats.report.metrics import abouts, find, metrics_dict, metrics_text, series_line
from lobstats.summary.summary import FIELDS

ABOUT = abouts()
every_metric = pytest.mark.parametrize("name", ABOUT)


def shown(capsys, *arguments):
    assert main(["metrics", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


@every_metric
def test_every_metric_has_one_line_a_series_and_a_source(name):
    about = ABOUT[name]
    assert 10 < len(about.line) <= 120
    assert about.line.endswith(".")
    assert about.series in FIELDS
    short = reference(about.source)
    assert re.fullmatch(r"own definition|[A-Z].+ (1[89]|20)\d\d", short), about.source
    assert len(short) <= 30


@pytest.mark.parametrize("name", sorted(set(METRICS) - set(NOT_IN_SIMULATED)))
def test_the_unit_in_the_docstring_is_that_of_the_value(name, markets):  # noqa: F811 - the fixture
    total, _ = markets[name in OVER_THE_DAY]
    assert unit(METRICS[name].function) == evaluate(METRICS[name], total, reference_of(total)).unit


@pytest.mark.parametrize("field", FIELDS)
def test_every_series_says_what_it_holds(field):
    line = series_line(field)
    assert re.fullmatch(r"[A-Z][^\n]{15,140}\.", line)
    assert "likewise" not in line
    assert "The same" not in line


def test_every_full_name_of_a_report_is_told(capsys):
    found = json.loads(shown(capsys, "--json", "-"))
    assert found["schema"] == "lobstats.metrics/1"
    assert set(found["metrics"]) == set(METRICS)
    assert list(found["families"]) == list(FAMILIES)
    for name, about in found["metrics"].items():
        assert about["series"] == METRICS[name].field
        assert about["series_line"] == series_line(METRICS[name].field)
        assert about["over"] == (METRICS[name].over or None)
        assert (about["judged"], about["reason"]) == (name not in SHOWN, SHOWN.get(name))
        assert about["documentation"] == inspect.getdoc(METRICS[name].function)


def test_the_list_holds_every_metric_in_lines_of_a_hundred_columns(capsys):
    lines = shown(capsys).splitlines()
    assert max(map(len, lines)) <= 100
    listed = [line.split()[0] for line in lines if re.match(r"  \w", line)]
    assert set(ABOUT) <= set(listed)
    assert [line.partition(":")[0] for line in lines if re.match(r"\w+: ", line)] == list(FAMILIES)
    at = next(i for i, line in enumerate(lines) if line.startswith("  hill_index "))
    assert lines[at].endswith("  Tail index by Hill's estimator.")
    assert lines[at + 1].strip() == "returns; pure number; Hill 1975; also by side"


def test_what_is_not_judged_is_marked_in_the_list():
    marked = {
        entry.split()[0]
        for entry in re.split(r"\n(?=  \w)", metrics_text(list(ABOUT.values())))
        if "shown only" in " ".join(entry.split())
    }
    assert marked == {name for name, about in ABOUT.items() if set(about.full_names) & set(SHOWN)}


def test_a_family_lists_its_own(capsys):
    out = shown(capsys, "flow")
    assert out.startswith("flow: ")
    assert {line.split()[0] for line in out.splitlines() if re.match(r"  \w", line)} == {
        name for name, about in ABOUT.items() if about.family == "flow"
    }


@pytest.mark.parametrize("name", ["hill_index", "tails.hill_index", "hill_index_by_side", "tails.hill_index_by_side"])
def test_a_metric_is_shown_by_its_short_or_full_name(name, capsys):
    out = shown(capsys, name)
    assert out.startswith("tails.hill_index\nTail index by Hill's estimator.\n")
    assert "  reference  Hill 1975; doi:10.1214/aos/1176343247\n" in out
    assert "  judged     yes\n" in out
    assert "  also as    tails.hill_index_by_side\n" in out
    assert "tail_fraction: float = 0.01" in out
    assert "  InsufficientDataError\n" in out


def test_why_a_metric_is_not_judged_is_told(capsys):
    assert "no, shown only: " + SHOWN["tails.kurtosis"] in " ".join(shown(capsys, "kurtosis").split())


def test_a_metric_of_events_is_found_by_its_function_and_by_its_events(capsys):
    assert shown(capsys, "event_response") == shown(capsys, "flow.event_response_cancel")


@every_metric
def test_the_documentation_fits_and_loses_no_word(name):
    out = metrics_text(find(name))
    examples = out.index("\nExamples\n")
    assert max(map(len, out[:examples].splitlines())) <= 100
    words = re.sub(r"-{3,}", "", inspect.getdoc(ABOUT[name].function).replace("``", "`")).split()
    assert set(words) <= set(out.split())


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("hil_index", "did you mean `hill_index`?"),
        ("tails.hil_index", "did you mean `tails.hill_index`?"),
        ("HILL_INDEX", "did you mean `hill_index`?"),
        ("volatilty", "did you mean `volatility`?"),
        ("whittle", "did you mean `whittle_memory`?"),
        ("xyzzy", "`lobstats metrics` lists them all."),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest(typed, hint, capsys):
    assert main(["metrics", typed]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"lobstats: {typed!r} is no metric and no family; {hint}\n")


def test_the_same_is_written_as_json(tmp_path, capsys):
    out = shown(capsys, "burstiness", "--json", str(tmp_path / "m.json"))
    assert out.startswith("arrivals.burstiness\n")
    assert json.loads((tmp_path / "m.json").read_text()) == metrics_dict(find("burstiness"))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["report", "x", "--jsn", "y"], "lobstats report: `--jsn` is no option; did you mean `--json`?"),
        (["report", "x", "--sed=3"], "lobstats report: `--sed` is no option; did you mean `--seed`?"),
        (["inspect", "x", "--qqqq"], "lobstats inspect: `--qqqq` is no option; leave it out."),
        (["metric"], "lobstats: 'metric' is no command; did you mean `metrics`?"),
    ],
)
def test_an_unknown_option_or_command_is_one_line_with_the_nearest(arguments, line, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith(line)


def test_the_nearest_name_shares_most_letters_or_holds_what_was_typed():
    known = ["mean_gap", "gap_law", "burstiness"]
    assert did_you_mean("burstines", known, "") == "did you mean `burstiness`?"
    assert did_you_mean("law", known, "") == "did you mean `gap_law`?"
    assert did_you_mean("zz", known, "none.") == "none."


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ('A. Alpha, "Title", Journal 1 (1999) 23, doi:10.1/x.', "Alpha 1999"),
        ("A.-B. Alpha, C. Beta, Journal 1 (1999) 2012.", "Alpha and Beta 1999"),
        ('A. Alpha, B. de Beta, C. D. van Gamma, "T of 1987", Journal 1 (1999) 23.', "Alpha et al. 1999"),
        ("A. Alpha et al., Journal 1 (1999) 23.", "Alpha et al. 1999"),
        ('A. Alpha, B. Beta, "Book", Press 2006, doi:10.1/x.', "Alpha and Beta 2006"),
        ("Own definition: a mean of 2001 moves.", "own definition"),
        ("Nobody knows.", ""),
    ],
)
def test_a_reference_in_short(text, short):
    assert reference(text) == short


def test_identifiers_lose_the_full_stop_and_keep_their_brackets():
    assert dois("doi:10.1016/S0927-5398(97)00007-8; and\ndoi:10.1/a.b.") == [
        "10.1016/S0927-5398(97)00007-8",
        "10.1/a.b",
    ]


def documented(x: int | None, *, names: dict[str, int], width: float = 0.5) -> float:
    """One line.

    More, over
    two lines.

    - a bullet that goes
      on
    - another

    Returns
    -------
    float
        In the unit of the moves, ticks in a report; ``n`` counts them.
    """


def test_a_docstring_by_section():
    found = sections(documented)
    assert list(found) == ["", "Returns"]
    assert unit(documented) == "ticks"
    assert filled(found["Returns"]) == ["float", "    In the unit of the moves, ticks in a report; `n` counts them."]
    assert filled(found[""])[2:] == ["More, over two lines.", "", "- a bullet that goes on", "- another"]
    assert signature(documented) == "documented(x: int | None, *, names: dict[str, int], width: float = 0.5) -> float"
