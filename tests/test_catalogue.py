"""The stylised facts by their usual names: what measures them, the verdict of each, table, page, figures and JSON."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from lobstats.compare import SERIES, FactComparison, SeriesComparison, compare
from lobstats.engine import source_of_events
from lobstats.metrics import SHOWN, collect
from lobstats.report import catalogue
from lobstats.report.catalogue import ENTRIES, catalogue_dict, entries, rows
from lobstats.report.catalogue_figures import catalogue_figures
from lobstats.report.html import to_html
from lobstats.report.render import to_dict, to_json
from lobstats.report.terminal import to_text
from lobstats.result import Curve, Estimate, Missing
from lobstats.simulate import Market, simulate
from lobstats.summary.counts import Counts
from lobstats.summary.horizons import HorizonReturns

ORDER = ("within noise", "close", "apart")
CONT = (
    "absence of autocorrelations",
    "heavy tails",
    "gain/loss asymmetry",
    "aggregational gaussianity",
    "intermittency",
    "volatility clustering",
    "conditional heavy tails",
    "slow decay",
    "leverage effect",
    "volume/volatility correlation",
    "asymmetry in time scales",
)
ABIDES = (
    "one minute",
    "aggregation normality",
    "autocorrelation",
    "volatility clustering",
    "kurtosis",
    "volume/volatility correlation",
    "returns/volatility correlation",
    "inter-arrival times",
    "trades per minute",
    "intraday seasonality",
    "market impact",
)


@pytest.fixture(scope="module")
def comparison():
    market = Market(n_sessions=6, session_seconds=1300.0, rate=1.0)
    bad = replace(market, clustering=0.0, burst=0.0, volatility=market.volatility * 3)
    sides = [simulate(one, rng=np.random.default_rng(seed)) for seed, one in enumerate((market, market, bad))]
    real, *samples = (
        source_of_events(name, events) for name, events in zip(("real", "good", "bad"), sides, strict=True)
    )
    return compare(real=real, generated=samples)


@pytest.fixture(scope="module")
def alone(comparison):
    return replace(comparison, generated=(), ranking=None)


def metric(values, place):
    return values.value if isinstance(values, Estimate) else values.value[values.x == place][0]


# --- what is listed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "names"), [("Cont 2001", CONT), ("ABIDES", ABIDES)])
def test_every_fact_of_a_list_is_there_once_in_its_order(source, names):
    own = [entry for entry in ENTRIES if entry.source == source]
    assert [entry.number for entry in own] == list(range(1, len(names) + 1))
    for entry, name in zip(own, names, strict=True):
        assert name in entry.name.lower()
        assert entry.shows


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.source} {entry.number}")
def test_every_entry_names_metrics_and_series_that_there_are(entry):
    assert entry.metrics or entry.series
    assert set(entry.metrics) <= set(collect())
    assert entry.found(collect()) == list(entry.metrics)
    assert not entry.series or entry.series in SERIES
    # In a terminal of 100 columns a name has 33 of them.
    assert len(entry.name) <= 33


def test_no_entry_is_left_out_of_a_comparison(comparison):
    assert entries(comparison.real.facts) == list(ENTRIES)
    for sample in comparison.generated:
        assert [row.entry for row in rows(comparison.real, sample)] == list(ENTRIES)


def test_an_entry_that_nothing_was_evaluated_for_is_left_out():
    assert [entry.name for entry in entries(["flow.trade_response"]) if not entry.series] == ["Market impact"]


# --- verdicts ---------------------------------------------------------------------------------------------------


def judged(entry, sample):
    """Return the verdict and the ratio of every row of an entry that is judged, in the order of the entry."""
    found = {name: sample.comparisons[name] for name in entry.found(collect())}
    out = {name: one for name, one in found.items() if isinstance(one, FactComparison)}
    series = sample.distances[entry.series] if entry.series else None
    if isinstance(series, SeriesComparison) and series.verdict is not None:
        out = {entry.series: replace(series), **out}
    return {
        name: (one.verdict, getattr(one, "joint", None) or getattr(one, "ratio", None) or 0.0)
        for name, one in out.items()
    }


def test_verdicts_are_the_worst_of_the_comparison_and_numbers_those_of_the_row_that_has_it(comparison):
    seen = set()
    for sample in comparison.generated:
        for row in rows(comparison.real, sample):
            of = judged(row.entry, sample)
            if not of:
                assert row.verdict is None
                assert row.reason
                assert row.fact in (*row.entry.found(collect()), row.entry.series)
                continue
            assert row.verdict == max((verdict for verdict, _ in of.values()), key=ORDER.index)
            assert of[row.fact] == (row.verdict, row.ratio)
            alike = {name: ratio for name, (verdict, ratio) in of.items() if verdict == row.verdict}
            expected = next(iter(of)) if row.verdict == "within noise" else max(alike, key=alike.get)
            assert row.fact == expected
            seen.add(row.verdict)
            if row.fact in collect():
                assert row.values == (comparison.real.facts[row.fact], sample.facts[row.fact])
                if isinstance(row.values[0], Curve):
                    assert row.at in row.values[0].x
    assert {"within noise", "apart"} <= seen


def test_every_name_has_a_verdict(comparison):
    for sample in comparison.generated:
        assert [row.entry.name for row in rows(comparison.real, sample) if row.verdict is None] == []


def test_what_is_shown_is_not_called_missing_and_gives_its_reason(comparison, monkeypatch):
    # Kurtosis without what judges it.
    whole = next(entry for entry in ENTRIES if entry.name == "Kurtosis")
    bare = replace(whole, metrics=("tails.kurtosis", "tails.kurtosis_curve"))
    monkeypatch.setattr(catalogue, "ENTRIES", tuple(bare if entry is whole else entry for entry in ENTRIES))
    for row in rows(comparison.real, comparison.generated[0]):
        if row.verdict is None and row.fact in SHOWN:
            assert (row.shown, row.reason) == (True, SHOWN[row.fact])
    (kurtosis,) = (row for row in rows(comparison.real, comparison.generated[0]) if row.entry.name == "Kurtosis")
    assert kurtosis.shown
    assert kurtosis.to_dict()["shown"] == SHOWN["tails.kurtosis"]


def test_a_fact_that_neither_side_has_gives_way_to_one_that_both_have(comparison):
    (season,) = (row for row in rows(comparison.real, comparison.generated[0]) if "Intraday" in row.entry.name)
    assert isinstance(comparison.real.facts["arrivals.intraday_curvature"], Missing)
    assert season.fact == "arrivals.intraday_rate"
    assert season.verdict is not None


def test_the_number_of_a_series_is_its_standard_deviation_and_that_of_gaps_their_mean(comparison):
    real = comparison.real.total
    by_name = {row.fact: row.values[0] for row in rows(comparison.real, None)}
    moves = np.repeat(real.returns_60s.x, real.returns_60s.counts)
    assert by_name["returns_60s"].value == pytest.approx(moves.std(), rel=1e-9)
    assert by_name["gaps"].value == pytest.approx(real.gaps.total / real.gaps.n / 1e9)
    assert (by_name["returns_60s"].unit, by_name["gaps"].unit) == ("ticks (deviation)", "s (mean)")


def test_moves_too_large_to_be_squared_have_no_deviation(comparison):
    real = comparison.real
    wild = Counts.of(np.array([-1e300, 0.0, 1e300]))
    changes = HorizonReturns(np.array([60 * 10**9]), (wild,))
    side = replace(real, total=replace(real.total, by_horizon=changes))
    (row,) = (row for row in rows(side, None) if row.fact == "returns_60s")
    assert row.values == (Missing("the values are too large to be squared"),)


def test_a_side_without_trading_has_reasons_and_no_numbers(comparison):
    none = Missing("no continuous trading")
    real = comparison.real
    silent = replace(real, total=None, facts=dict.fromkeys(real.facts, none))
    for row in rows(silent, None):
        assert all(isinstance(value, Missing) for value in row.values)
        assert row.to_dict()["verdict"] is None


# --- JSON, terminal and page ------------------------------------------------------------------------------------


def test_the_json_holds_every_entry_with_each_sample_and_is_the_same_byte_for_byte(comparison):
    found = to_dict(comparison)["stylised_facts"]
    assert found == json.loads(to_json(comparison))["stylised_facts"]
    assert json.dumps(found) == json.dumps(catalogue_dict(comparison))
    assert [(one["source"], one["number"]) for one in found] == [
        (entry.source, entry.number) for entry in entries(collect())
    ]
    for one in found:
        assert len(one["samples"]) == 2
        for place, sample in enumerate(one["samples"]):
            name = sample["fact"]
            assert name in (*one["metrics"], one["series"])
            of = comparison.generated[place].comparisons.get(name)
            if isinstance(of, FactComparison):
                assert (sample["verdict"], sample["ratio"]) == (of.verdict, of.ratio)
                sides = comparison.real.facts[name], comparison.generated[place].facts[name]
                assert sample["values"] == [metric(side, sample.get("at")) for side in sides]
            elif sample["verdict"] is None:
                assert sample.get("shown") or sample.get("missing")


def test_the_json_of_the_real_side_alone_has_one_column_without_verdicts(alone):
    for one in to_dict(alone)["stylised_facts"]:
        (column,) = one["samples"]
        assert column["verdict"] is None
        assert len(column["values"]) == 1


def table_of(text, number=0):
    """Return the lines of a table of stylised facts."""
    return text.split("stylised fact")[number + 1].split("\n\n")[0].splitlines()[1:]


def test_the_terminal_has_one_line_of_100_columns_for_each_name(comparison):
    text = to_text(comparison)
    assert max(map(len, text.splitlines())) <= 100
    for number, sample in enumerate(comparison.generated):
        lines = [line for line in table_of(text, number) if re.match(r" *\d+ ", line)]
        found = rows(comparison.real, sample)
        assert len(lines) == len(found) == len(entries(collect()))
        for line, row in zip(lines, found, strict=True):
            assert line.split()[0] == str(row.entry.number)
            assert row.entry.name in line
            if row.verdict is not None:
                assert row.verdict in line
            else:
                assert ("shown [" if row.shown else "missing [") in line


def test_the_terminal_shows_the_real_side_alone(alone):
    lines = [line for line in table_of(to_text(alone)) if re.match(r" *\d+ ", line)]
    assert len(lines) == len(entries(collect()))
    assert "pareto_index" in next(line for line in lines if "Heavy tails" in line)
    curve = alone.real.facts["tails.deviation_tail_curve"]
    assert f" {curve.value[0]:.3g} to {curve.value[-1]:.3g} " in next(line for line in lines if "Aggregational" in line)


def section(page):
    return page[page.index('<section id="stylised">') :].split("</section>")[0]


def test_the_page_has_a_row_for_each_name_and_sample_with_its_verdict(comparison):
    part = section(to_html(comparison))
    for number, sample in enumerate(comparison.generated, start=1):
        found = rows(comparison.real, sample)
        table = part.split("<tbody>")[number].split("</tbody>")[0]
        cells = [row for row in table.split("<tr") if 'scope="row"' in row]
        assert len(cells) == len(found)
        for cell, row in zip(cells, found, strict=True):
            assert f"{row.entry.number} · {row.entry.name}<" in cell
            assert f'href="#row-{row.fact}"' in cell
            assert (row.verdict or ("shown" if row.shown else "not judged")) in cell


def test_links_to_rows_lead_somewhere(comparison, alone):
    for one in (comparison, alone):
        page = to_html(one)
        for target in set(re.findall(r'href="#([^"]+)"', section(page))):
            assert f'id="{target}"' in page, target


def test_each_fact_has_a_figure_or_shares_one(comparison):
    found = catalogue_figures(comparison)
    cont = [entry.number for entry, _ in found if entry.source == "Cont 2001"]
    assert cont == list(range(1, 12))
    assert {entry.number for entry, _ in found if entry.source == "ABIDES"} >= {1, 8, 9, 10, 11}
    names = [figure.name for _, figure in found]
    assert len(set(names)) == len(names)
    for entry, figure in found:
        if entry.name == "Intraday seasonality":  # one half-hour
            assert figure.svg is None
            assert all("one point makes no curve" in reason for reason in figure.left_out)
            continue
        assert figure.svg.startswith("<svg"), entry
        assert figure.left_out == ()
        assert all(f'"{figure.name}-' in one for one in re.findall(r'id="[^"]*"', figure.svg))


def test_figures_are_the_same_byte_for_byte(comparison):
    again = catalogue_figures(comparison)
    assert [figure.svg for _, figure in catalogue_figures(comparison)] == [figure.svg for _, figure in again]
