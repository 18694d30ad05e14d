"""`lobstats baseline` and `lobstats check` on the command line."""

import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import lobstats
from lobstats.cli import main
from lobstats.simulate import Market, simulate

SCHEMA = Path(lobstats.__file__).parent / "report" / "schemas" / "check-1.json"
MARKET = Market(n_sessions=8, session_seconds=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two samples of one market, one with larger orders, and the baseline of the first."""
    folder = tmp_path_factory.mktemp("market")
    for name, seed in (("real", 1), ("other", 2)):
        events = simulate(MARKET, rng=np.random.default_rng(seed))
        (folder / f"{name}.bin").write_bytes(events.tobytes())
    large = events.copy()
    large["qty"] *= 6
    (folder / "large.bin").write_bytes(large.tobytes())
    assert run("baseline", folder / "real.bin", "--out", folder / "b.json") == 0
    return folder


def run(*arguments):
    return main([str(argument) for argument in arguments])


def fails(capsys, *arguments):
    """The one line on standard error with which a command fails."""
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1, err
    assert "Traceback" not in err
    return err.rstrip("\n")


def test_the_exit_code_tells_whether_the_check_passed(folder, capsys):
    assert run("check", folder / "other.bin", "--against", folder / "b.json") == 0
    out, _ = capsys.readouterr()
    assert out.startswith("other against real: passed")
    assert run("check", folder / "large.bin", "--against", folder / "b.json") == 1
    out, _ = capsys.readouterr()
    assert out.startswith("large against real: FAILED")
    assert re.search(r"mean_order_size.* out by \+", out)
    assert max(map(len, out.splitlines())) <= 100


def test_json_goes_to_a_file_or_to_standard_output(folder, tmp_path, capsys):
    arguments = ("check", folder / "large.bin", "--against", folder / "b.json", "--json")
    assert run(*arguments, tmp_path / "check.json") == 1
    assert "FAILED" in capsys.readouterr().out
    assert run(*arguments, "-") == 1
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((tmp_path / "check.json").read_text())
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert found["passed"] is False
    size = found["facts"]["prices.mean_order_size"]
    assert size["standing"] == "out of band"
    assert size["sample"] - size["beyond"] == pytest.approx(size["band"]["high"])
    assert [path.name for path in tmp_path.iterdir()] == ["check.json"]


def test_facts_can_be_chosen(folder, capsys):
    arguments = ("check", folder / "large.bin", "--against", folder / "b.json", "--json", "-")
    assert run(*arguments, "--fact", "mean_spread", "--fact", "prices.wide_spread_share") == 0
    assert json.loads(capsys.readouterr().out)["facts"].keys() == {"prices.mean_spread", "prices.wide_spread_share"}
    assert "did you mean `mean_gap`?" in fails_after_progress(capsys, *arguments, "--fact", "mean_gapp")


def fails_after_progress(capsys, *arguments):
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()[-1]


def test_the_same_command_gives_the_same_bytes(folder, tmp_path, capsys):
    run("baseline", folder / "real.bin", "--out", tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == (folder / "b.json").read_bytes()
    out = capsys.readouterr().out
    assert "real.bin" in out
    assert "SHA-256" in out


def test_the_sessions_of_the_baseline_hold_for_the_sample(folder, tmp_path, capsys):
    out = tmp_path / "b.json"
    assert run("baseline", folder / "real.bin", "--out", out, "--session-length", "30s", "--tick-size", "0.125") == 0
    assert run("check", folder / "other.bin", "--against", out, "--json", "-") == 0
    capsys.readouterr()
    grid = lobstats.read_baseline(out).sample.observations.grid
    assert (grid.session_length_ns, grid.tick_size) == (30 * 10**9, 0.125)
    # A summary on the usual grid does not fit.
    assert run("summarise", folder / "other.bin", "--out", tmp_path / "o.lobs") == 0
    capsys.readouterr()
    assert "--tick-size 0.125" in fails(capsys, "check", tmp_path / "o.lobs", "--against", out)


def test_tolerances_are_taken_over(folder, tmp_path, capsys):
    found = json.loads((folder / "b.json").read_text())
    found["facts"]["arrivals.mean_gap"]["tolerance"] = {"low": 0}
    found["facts"]["prices.mean_spread"]["ignore"] = True
    (tmp_path / "old.json").write_text(json.dumps(found))
    assert (
        run("baseline", folder / "other.bin", "--out", tmp_path / "n.json", "--tolerances", tmp_path / "old.json") == 0
    )
    assert 'tolerance of arrivals.mean_gap: {"low": 0.0}' in capsys.readouterr().out
    new = lobstats.read_baseline(tmp_path / "n.json")
    assert new.name == "other"
    assert new.tolerances["arrivals.mean_gap"] == lobstats.Tolerance(low=0.0)
    assert new.ignored == {"prices.mean_spread"}


def test_several_files_are_one_sample(folder, capsys):
    paths = (folder / "other.bin", folder / "real.bin")
    assert run("check", *paths, "--against", folder / "b.json", "--fact", "mean_spread", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("check", "{}/none.bin", "--against", "{}/b.json"), "none.bin"),
        (("check", "{}/other.bin", "--against", "{}/none.json"), "none.json: cannot be read"),
        (("check", "{}/other.bin", "--against", "{}/real.bin"), "real.bin: is no JSON"),
        (("check", "{}/other.bin", "--against", "{}/b.json", "--json", "{}/b.json"), "is an input"),
        (("check", "{}/other.bin", "--against", "{}/b.json", "--json", "{}"), "is a folder"),
        (("baseline", "{}/real.bin", "--out", "{}/real.bin"), "is an input"),
        (("baseline", "{}/real.bin", "--out", "{}/no/b.json"), "cannot be written"),
        (("baseline", "{}/real.bin", "--out", "{}/x.json", "--tolerances", "{}/real.bin"), "real.bin: is no JSON"),
        (("baseline", "{}/none.bin", "--out", "{}/x.json"), "none.bin"),
    ],
)
def test_bad_input_ends_with_one_line(folder, capsys, arguments, text):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert text in fails(capsys, *(argument.format(folder) for argument in arguments))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_options_that_are_needed_are_asked_for(capsys):
    for arguments, lacking in ((["check", "a.bin"], "--against"), (["baseline", "a.bin"], "--out")):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        assert lacking in capsys.readouterr().err
