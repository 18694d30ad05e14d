"""The pytest plugin, on small suites of other people."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

import lobstats
from lobstats.simulate import Market, simulate

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
MARKET = Market(n_sessions=6, session_seconds=60)
# Loaded by its module, whether or not the package is installed with its entry point.
PLUGIN = ("-p", "no:lobstats", "-p", "lobstats.pytest_plugin", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    for name, seed in (("real", 1), ("other", 2)):
        events = simulate(MARKET, rng=np.random.default_rng(seed)).copy()
        (folder / f"{name}.bin").write_bytes(events.tobytes())
    events["qty"] *= 6
    (folder / "large.bin").write_bytes(events.tobytes())
    lobstats.write_baseline(lobstats.freeze_baseline(folder / "real.bin"), folder / "b.json")
    return folder


@pytest.fixture
def suite(pytester, monkeypatch):
    """Return a function that runs pytest on the text of a test module."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(text, *arguments, ini="", subprocess="no"):
        pytester.makepyfile(text)
        pytester.makeini(f"[pytest]\n{ini}")
        go = pytester.runpytest_subprocess if subprocess == "yes" else pytester.runpytest_inprocess
        return go(*PLUGIN, *map(str, arguments))

    return run


MATCHES = """
from lobstats.testing import assert_matches_baseline

def test_sizes(lobstats_sample, lobstats_baseline):
    assert_matches_baseline(lobstats_sample, lobstats_baseline, facts=["mean_order_size", "mean_spread"])
"""


def test_the_sample_that_an_option_names_is_a_fixture(suite, folder):
    options = ("--lobstats-sample", folder / "other.bin", "--lobstats-baseline", folder / "b.json")
    result = suite(MATCHES, *options)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*= lobstats facts =*", "other against real: 2 of 2 facts in band", "fact *", "*mean_order_size*in band*"]
    )


def test_the_ini_file_names_them_from_its_own_folder(suite, folder, pytester):
    for name in ("other.bin", "b.json"):
        (pytester.path / name).write_bytes((folder / name).read_bytes())
    inner = pytester.mkdir("inner")
    ini = "lobstats_sample = other.bin\nlobstats_baseline = b.json"
    suite(MATCHES, ini=ini).assert_outcomes(passed=1)
    (inner / "test_inner.py").write_text(MATCHES)
    suite(MATCHES, "inner", ini=ini).assert_outcomes(passed=1)


def test_a_failure_shows_the_table_and_hides_the_frames(suite, folder):
    options = ("--lobstats-sample", folder / "large.bin", "--lobstats-baseline", folder / "b.json")
    result = suite(MATCHES, *options)
    result.assert_outcomes(failed=1)
    out = result.stdout.str()
    result.stdout.fnmatch_lines(["*AssertionError: large against real: FAILED, 1 out of band of 2 facts*"])
    result.stdout.fnmatch_lines(["*mean_order_size*out by +*contracts*"])
    assert "testing.py" not in out
    assert "raise AssertionError" not in out
    result.stdout.fnmatch_lines(["*= lobstats facts =*", "large against real: 1 of 2 facts in band"])


def test_a_sample_is_summarised_once_and_several_may_be(suite, folder):
    result = suite(
        f"""
        import pytest

        first = []

        @pytest.mark.parametrize("i", range(2))
        def test_one(lobstats_sample, lobstats_summarise, i):
            first.append(lobstats_sample)
            assert first[0] is lobstats_sample
            assert lobstats_summarise({str(folder / "other.bin")!r}) is lobstats_sample
            large = lobstats_summarise({str(folder / "large.bin")!r})
            assert large.observations.name == "large"
            assert large.pattern == lobstats_sample.pattern
        """,
        "--lobstats-sample",
        folder / "other.bin",
        "--lobstats-baseline",
        folder / "b.json",
    )
    result.assert_outcomes(passed=2)
    assert "lobstats facts" not in result.stdout.str()


def test_without_a_baseline_a_sample_stands_for_itself(suite, folder):
    text = """
    import lobstats

    def test_spread(lobstats_sample):
        assert float(lobstats.mean_spread(lobstats_sample.total.spread)) > 0
    """
    suite(text, "--lobstats-sample", folder / "other.bin").assert_outcomes(passed=1)


def test_what_is_not_named_is_asked_for(suite, folder):
    result = suite(MATCHES, "--lobstats-baseline", folder / "b.json")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no sample is named; give `--lobstats-sample PATH` or set `lobstats_sample`*"])
    result = suite(MATCHES, "--lobstats-sample", folder / "other.bin")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no baseline is named; give `--lobstats-baseline PATH`*"])


def test_many_facts_make_a_short_summary(suite, folder):
    text = f"""
    from lobstats.testing import assert_matches_baseline

    def test_all():
        assert_matches_baseline({str(folder / "large.bin")!r}, {str(folder / "b.json")!r})

    def test_some():
        assert_matches_baseline({str(folder / "other.bin")!r}, {str(folder / "b.json")!r}, facts=["mean_spread"])
    """
    result = suite(text)
    result.assert_outcomes(passed=1, failed=1)
    out = result.stdout.str().split("= lobstats facts =")[1].splitlines()[1:]
    lines = out[: next(i for i, line in enumerate(out) if line.startswith("===="))]
    assert 5 < len(lines) <= 32
    assert lines[0].startswith("large against real: ")
    assert "other against real: 1 of 1 facts in band" in lines


def test_suites_without_it_see_nothing_of_it(suite):
    result = suite("def test_nothing():\n    pass\n", subprocess="yes")
    result.assert_outcomes(passed=1)
    assert "lobstats" not in result.stdout.str()


def test_workers_hand_over_what_they_checked(suite, folder):
    pytest.importorskip("xdist")
    text = f"""
    from lobstats.testing import assert_matches_baseline

    def test_one():
        assert_matches_baseline({str(folder / "other.bin")!r}, {str(folder / "b.json")!r}, facts=["mean_spread"])
    """
    result = suite(text, "-n", "1", subprocess="yes")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*= lobstats facts =*", "other against real: 1 of 1 facts in band"])


def test_importing_it_loads_nothing_heavy():
    code = "import sys, lobstats.pytest_plugin; print(*{'numpy', 'pandas', 'numba', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_it_is_an_entry_point_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"lobstats": "lobstats.pytest_plugin"}
