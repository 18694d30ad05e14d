"""LOB-Bench's published numbers, value by value, on a fixed input that it was run on."""

import csv
import json
import tarfile

import numpy as np
import pytest
import zstandard
from naive_lob_bench import naive_l1, naive_response, naive_scores, naive_touch_events, naive_wasserstein

from lobstats.compare.lob_bench import CONDITIONAL, SCORES, lob_bench
from lobstats.compare.lob_bench.compat import divergence, l1, values_of, wasserstein
from lobstats.compare.lob_bench.impact import CLASSES, PUBLISHED_LAGS, compare_impact, touch_events
from lobstats.compare.lob_bench.sequences import as_sequences


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory):
    target = tmp_path_factory.mktemp("lobbench")
    with (data / "lobbench" / "pert500.tar.zst").open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file)
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            archive.extractall(target, filter="data")
    return target / "pert500"


@pytest.fixture(scope="module")
def sides(folder):
    return {role: as_sequences(folder, role) for role in ("real", "generated")}


@pytest.fixture(scope="module")
def found(folder):
    return lob_bench(real=folder, generated=folder)


@pytest.fixture(scope="module")
def expected(data):
    with (data / "lobbench" / "scores_pert500.csv").open() as file:
        return {row["score"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def responses(data):
    return json.loads((data / "lobbench" / "impact_pert500.json").read_text())


@pytest.mark.parametrize("name", [*SCORES, *CONDITIONAL])
def test_lob_bench_scores_are_reproduced(name, found, expected):
    row, own = expected[name], found.published[name]
    assert own.l1 == pytest.approx(float(row["l1"]), rel=1e-9)
    assert own.wasserstein == pytest.approx(float(row["wasserstein"]), rel=1e-9)
    assert (own.n_real, own.n_generated) == (int(row["n_real"]), int(row["n_gen"]))


def test_lob_bench_has_no_other_score(expected):
    assert {*SCORES, *CONDITIONAL} == set(expected)
    assert (len(SCORES), len(CONDITIONAL)) == (21, 3)


@pytest.mark.parametrize("name", SCORES)
def test_lob_bench_raw_values_are_reproduced(name, sides, data):
    raw = np.load(data / "lobbench" / "raw_scores_pert500.npz")
    for role in ("real", "generated"):
        own = np.sort(values_of(SCORES[name].values, sides[role]))
        theirs = np.sort(raw[f"{name}__{role}"])
        assert own == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def test_lob_bench_response_curves_are_reproduced(found, responses):
    assert tuple(responses["lags"]) == PUBLISHED_LAGS
    assert found.mean_impact_difference == pytest.approx(responses["Mean_Diffs"], rel=1e-9)
    assert tuple(responses["events"]) == CLASSES
    for name, theirs in responses["events"].items():
        own = found.impact[name]
        assert (own.n_real, own.n_generated) == (theirs["n_real"], theirs["n_gen"])
        assert own.sum_abs_diff == pytest.approx(theirs["sum_abs_diff"], rel=1e-9)
        at = [own.lags.index(lag) for lag in PUBLISHED_LAGS]
        assert [own.real[i] for i in at] == pytest.approx(theirs["real"], rel=1e-9, abs=1e-12)
        assert [own.generated[i] for i in at] == pytest.approx(theirs["gen"], rel=1e-9, abs=1e-12)


def test_lob_bench_means_are_those_of_its_table(found, expected):
    for distance in ("l1", "wasserstein"):
        values = [float(expected[name][distance]) for name in SCORES]
        assert found.summary()[distance]["mean"] == pytest.approx(np.mean(values), rel=1e-9)
        assert found.summary()[distance]["median"] == pytest.approx(np.median(values), rel=1e-9)


# --- twins -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 17, 64])
def test_lob_bench_values_equal_the_twin(place, sides):
    for role in ("real", "generated"):
        s = sides[role][place]
        twin = naive_scores(s)
        assert set(twin) == set(SCORES)
        for name, one in SCORES.items():
            assert sorted(one.values(s).tolist()) == pytest.approx(sorted(twin[name]), rel=1e-9, abs=1e-9), name


def test_lob_bench_distances_equal_the_twins_and_scipy():
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(2)
    for _ in range(10):
        real, generated = rng.integers(0, 30, size=60) / 4, rng.integers(3, 40, size=60) / 4
        edges = np.unique(rng.integers(0, 40, size=8) / 4)
        assert l1(real, generated, edges) == pytest.approx(naive_l1(real, generated, edges), rel=1e-12)
        assert wasserstein(real, generated) == pytest.approx(naive_wasserstein(real.tolist(), generated.tolist()))
        assert wasserstein(real, generated[:41]) == pytest.approx(
            wasserstein_distance(real, generated[:41]) / np.std([*real, *generated[:41]], ddof=1), rel=1e-12
        )


def test_lob_bench_responses_equal_the_twin(sides):
    few = sides["real"][:6]
    curves = compare_impact(few, sides["generated"][:6], tick=100)
    for s in few:
        own = touch_events(s)
        assert list(zip(own.mid, own.sign, (CLASSES[k] for k in own.kind), strict=True)) == naive_touch_events(s)
    for name in CLASSES:
        for lag in (1, 3, 50):
            twin = naive_response(few, name, lag)
            value = curves[name].real[curves[name].lags.index(lag)]
            assert (value is None) == (twin is None)
            assert twin is None or value == pytest.approx(twin / 100, rel=1e-9, abs=1e-12)


def test_lob_bench_divergence_is_the_l1_of_each_block_against_all_of_the_real_side(sides, found):
    real, generated = sides["real"], sides["generated"]
    whole = np.concatenate([s.ask - s.bid for s in real]).tolist()
    for block in (0, 4):
        part = np.concatenate([(s.ask - s.bid)[100 * block : 100 * block + 100] for s in generated]).tolist()
        twin = naive_l1(whole, part, sorted({*whole, *part}))
        assert found.divergence["spread"]["generated"][block] == pytest.approx(twin, rel=1e-12)
    curves = divergence(real, real, 500)
    assert curves["spread"] == {"real": [0.0], "generated": [0.0]}
