"""What figures draw, held against the facts and counts that they are of."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest

from lobstats.cli import main
from lobstats.compare import SERIES, compare
from lobstats.engine import source_of_events
from lobstats.metrics import FAMILIES, collect
from lobstats.report.figures import draw_plots, figure_files
from lobstats.report.plots import plots
from lobstats.report.plots.lines import drawable
from lobstats.report.theme import DARK, LIGHT, SIGNS
from lobstats.simulate import Market, simulate


@pytest.fixture(scope="module")
def comparison():
    market = Market(n_sessions=6, session_seconds=240)
    sides = [simulate(market, rng=np.random.default_rng(seed)) for seed in (1, 2)]
    return compare(real=source_of_events("a$x^2$", sides[0]), generated=source_of_events("other", sides[1]))


@pytest.fixture(scope="module")
def lines(comparison):
    """Return each plot's line of the real side by name."""
    wanted = ("quantiles", "moves-tail", "paths", "imbalance")
    every = [plot for family in plots(comparison.real).values() for plot in family if plot.name in wanted]
    return {plot.name: (plot, drawable(plot, comparison.real)) for plot in every}


def test_every_family_has_figures_and_each_names_rows_that_exist(comparison):
    found = plots(comparison.real)
    assert list(found) == list(FAMILIES)
    names = [plot.name for family in found.values() for plot in family]
    assert len(names) == len(set(names))
    for family, own in found.items():
        for plot in own:
            assert plot.rows, plot.name
            assert all(row in SERIES or row in collect() for row in plot.rows)
            first = plot.rows[0]
            assert (SERIES[first].family if first in SERIES else first.split(".")[0]) == family
            # A distribution has no fact that says what it is.
            assert plot.definition or first in collect()


def test_quantiles_of_the_real_side_lie_on_the_diagonal(comparison, lines):
    _, line = lines["quantiles"]
    np.testing.assert_array_equal(line.x, line.y)
    moves = np.repeat(comparison.real.total.returns.x, comparison.real.total.returns.counts)
    p = 1 / (1 + np.exp(-np.linspace(-9.2, 9.2, 61)))
    p = p[np.minimum(p, 1 - p) * len(moves) >= 5]
    np.testing.assert_array_equal(line.x, np.quantile(moves, p, method="inverted_cdf"))


def test_the_fit_goes_through_the_share_beyond_its_threshold(comparison, lines):
    plot, line = lines["moves-tail"]
    fit = plot.guide(comparison.real, line)
    fact = comparison.real.facts["tails.pareto_index"]
    sizes = comparison.real.total.returns.magnitudes()
    assert fit.x[0] == fact.params["threshold"]
    # As many moves lie beyond as the estimate says that it rests on.
    assert fit.y[0] == pytest.approx(fact.n / sizes.n)
    assert np.sum(sizes.counts[sizes.x > fit.x[0]]) == fact.n
    slope = np.diff(np.log(fit.y)) / np.diff(np.log(fit.x))
    np.testing.assert_allclose(slope, -float(fact))


def test_paths_begin_at_the_open_and_end_at_the_last_mid(comparison, lines):
    _, line = lines["paths"]
    gaps = np.flatnonzero(np.isnan(line.y))
    assert len(gaps) == 5
    first = comparison.real.observations.series[0]
    assert line.x[0] == line.y[0] == 0
    assert line.y[gaps[0] - 1] == (first.mid[-1] - first.mid[0]) / 2
    assert line.x[gaps[0] - 1] == pytest.approx((first.time[-1] - first.time[0]) / 60e9)
    assert line.y[gaps[0] + 1] == 0


def test_a_cumulated_share_ends_at_one(lines):
    _, line = lines["imbalance"]
    assert line.y[-1] == pytest.approx(1)
    assert (np.diff(line.y) >= 0).all()


def test_words_for_a_drawing_say_where_its_lines_begin_and_end(comparison):
    fano = plots(comparison.real)["arrivals"][1]
    (figure,) = draw_plots(comparison, [fano])
    curve = comparison.real.facts["arrivals.fano_curve"]
    assert f"from {curve.value[0]:.3g} at 0.001 to {curve.value[-1]:.3g} at {curve.x[-1]:g}" in figure.alt


def test_a_share_beyond_the_page_is_no_point_of_a_log_axis(comparison):
    name = "volatility.absolute_autocorrelation_curve"
    clustering = plots(comparison.real)["volatility"][0]
    curve = comparison.real.facts[name]
    below = replace(curve, value=np.where(curve.x == 2, -0.1, np.abs(curve.value)))
    real = replace(comparison.real, facts={**comparison.real.facts, name: below})
    line = drawable(clustering, real)
    assert 2 not in line.x
    assert len(line.y) == len(curve.x) - 1


def test_files_stand_alone_and_are_the_same_each_time(comparison):
    files = figure_files(comparison)
    assert files == figure_files(comparison)
    names = {name.rsplit(".", 1)[0] for name in files}
    assert {"tails-moves-tail", "arrivals-fano", "orders-lifetimes", "flow-response"} <= names
    assert set(files) == {f"{name}.{ending}" for name in names for ending in ("svg", "pdf")}
    svg = files["arrivals-fano.svg"].decode()
    assert svg.startswith("<?xml")
    assert "var(--" not in svg
    assert "a$x^2$ (real)" in svg  # the dollars of a name are no formula
    assert LIGHT["g1"] in svg
    assert "<dc:date>" not in svg
    pdf = files["arrivals-fano.pdf"]
    assert pdf.startswith(b"%PDF-")
    assert b"CreationDate" not in pdf


def test_a_figure_without_lines_makes_no_file(comparison):
    empty = replace(comparison, real=replace(comparison.real, total=None), generated=())
    assert figure_files(empty) == {}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_can_be_read_on_its_ground(theme):
    # WCAG 2.1 asks 4.5 for text and 3 for lines.
    assert all(contrast(theme[name], theme[ground]) >= 4.5 for name in ("ink", "muted") for ground in ("page", "card"))
    assert all(contrast(theme[name], theme[f"{name}-bg"]) >= 4.5 for name in ("apart", "close", "within"))
    assert all(contrast(theme[name], theme["card"]) >= 3 for name in ("real", "g1", "g2", "g3", "g4"))


def test_no_verdict_is_told_by_colour_alone():
    assert set(SIGNS) == {"apart", "close", "within noise"}
    assert len(set(SIGNS.values())) == 3


def test_single_drawings_are_read_by_a_parser(comparison):
    from xml.etree import ElementTree

    for name, content in figure_files(comparison).items():
        if name.endswith(".svg"):
            root = ElementTree.parse(io.BytesIO(content)).getroot()
            assert re.fullmatch(r"[\d.]+pt", root.attrib["width"])


def test_the_command_writes_them_into_a_folder(tmp_path, capsys):
    market = Market(n_sessions=6, session_seconds=60)
    path, folder = tmp_path / "real.bin", tmp_path / "figures"
    path.write_bytes(simulate(market, rng=np.random.default_rng(1)).tobytes())
    assert main(["report", str(path), "--figures", str(folder)]) == 0
    written = {file.name for file in folder.iterdir()}
    assert {"tails-moves-tail.svg", "tails-moves-tail.pdf", "prices-paths.svg"} <= written
    assert not any(name.startswith(".") for name in written)
    for wrong, words in ((path, "is a file; name a folder"), (tmp_path / "no" / "such", "cannot be written")):
        capsys.readouterr()
        assert main(["report", str(path), "--figures", str(wrong)]) == 2
        assert words in capsys.readouterr().err
