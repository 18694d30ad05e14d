import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lobstats
from lobstats.cli import main
from lobstats.events.codec import MALFORMED
from lobstats.simulate import Market, simulate

ROOT = Path(__file__).parent.parent
CORRUPT = ROOT / "fixtures" / "corrupt"
SIDE_KEYS = {
    "name", "paths", "n_records", "n_events", "n_sessions", "tick_size", "clock_ns", "start", "end", "validity",
    "replay", "facts",
}  # fmt: skip


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A folder with two small samples of one market, real.bin and other.bin."""
    folder = tmp_path_factory.mktemp("market")
    dials = Market(n_sessions=6, session_seconds=120)
    for name, seed in (("real", 1), ("other", 2)):
        (folder / f"{name}.bin").write_bytes(simulate(dials, rng=np.random.default_rng(seed)).tobytes())
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


def test_a_report_prints_a_table_and_writes_html_and_json(market, tmp_path, capsys):
    page, numbers = tmp_path / "r.html", tmp_path / "r.json"
    assert run("report", market / "real.bin", market / "other.bin", "--out", page, "--json", numbers) == 0
    out, err = capsys.readouterr()
    assert "tails" in out
    assert re.match(r"other (cannot be told from|comes close to|does not behave like) real\. ", out)
    assert max(len(line) for line in out.splitlines()) <= 100
    assert err == ""
    assert page.read_text().lower().startswith("<!doctype html>")
    found = json.loads(numbers.read_text())
    assert found["schema"] == "lobstats.report/1"
    assert found["real"].keys() >= SIDE_KEYS
    (sample,) = found["generated"]
    assert SIDE_KEYS | {"distances", "comparisons"} <= sample.keys()
    assert {path.name for path in tmp_path.iterdir()} == {"r.html", "r.json"}


def test_json_holds_each_fact_and_distance_in_the_published_shape(market, capsys):
    assert run("report", market / "real.bin", market / "other.bin", "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    (sample,) = found["generated"]
    burstiness = found["real"]["facts"]["arrivals.burstiness"]
    assert burstiness.keys() == {"value", "n", "ci", "unit", "params", "clock", "horizon", "counted"}
    assert burstiness["ci"].keys() == {"low", "high", "level"}
    gaps = sample["distances"]["gaps"]
    assert {"wasserstein", "ks", "jensen_shannon", "joint", "p", "verdict"} <= gaps.keys()
    for distance in ("wasserstein", "ks", "jensen_shannon"):
        assert {"value", "floor", "ratio"} <= gaps[distance].keys()
    assert {"difference", "floor", "ratio", "verdict"} <= sample["comparisons"]["arrivals.burstiness"].keys()
    for fact, compared in sample["comparisons"].items():
        assert compared.keys() == {"missing"} or compared["verdict"] in ("within noise", "close", "apart"), fact


def test_the_same_command_gives_the_same_bytes(market, tmp_path):
    outputs = []
    for attempt in ("a", "b"):
        folder = tmp_path / attempt
        folder.mkdir()
        # Fresh processes, for an order that depends on hashing would show only there.
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "lobstats.cli",
                "report",
                "real.bin",
                "other.bin",
                "--out",
                "r.html",
                "--json",
                "r.json",
            ],
            cwd=shutil.copytree(market, folder / "m"),
            capture_output=True,
            check=True,
        )
        outputs.append((done.stdout, *((folder / "m" / name).read_bytes() for name in ("r.html", "r.json"))))
    assert outputs[0] == outputs[1]


def test_another_seed_gives_other_floors_and_the_same_distances(market, capsys):
    values, floors = [], []
    for seed in (0, 1):
        run("report", market / "real.bin", market / "other.bin", "--seed", seed, "--json", "-")
        gaps = json.loads(capsys.readouterr().out)["generated"][0]["distances"]["gaps"]["ks"]
        values.append(gaps["value"])
        floors.append(gaps["floor"])
    assert values[0] == values[1]
    assert floors[0] != floors[1]


def test_the_level_reaches_every_interval(market, capsys):
    run("report", market / "real.bin", "--level", "0.8", "--json", "-")
    found = json.loads(capsys.readouterr().out)
    assert found["level"] == 0.8
    levels = {fact["ci"]["level"] for fact in found["real"]["facts"].values() if "level" in fact.get("ci", {})}
    assert levels == {0.8}


def test_with_the_real_side_alone_a_report_describes_it(market, tmp_path, capsys):
    assert run("report", market / "real.bin", "--out", tmp_path / "r.html", "--json", tmp_path / "r.json") == 0
    assert "burstiness" in capsys.readouterr().out
    assert json.loads((tmp_path / "r.json").read_text())["generated"] == []


def test_a_folder_and_real_add_up_to_one_real_side(market, capsys):
    run("report", market, "--json", "-")
    together = json.loads(capsys.readouterr().out)["real"]
    run("report", market / "other.bin", "--real", market / "real.bin", "--json", "-")
    added = json.loads(capsys.readouterr().out)["real"]
    assert together["n_sessions"] == added["n_sessions"] == 12
    assert together["facts"]["arrivals.burstiness"]["n"] == added["facts"]["arrivals.burstiness"]["n"]
    assert added["name"] == "other"


def test_cuts_keep_what_lies_between_them(market, capsys):
    run("report", market / "real.bin", "--start", "2024-11-12", "--end", "2024-11-14T00:00+00:00", "--json", "-")
    real = json.loads(capsys.readouterr().out)["real"]
    assert real["n_sessions"] == 2
    assert "2024-11-12" <= real["start"] < real["end"] < "2024-11-14"


def test_the_tick_size_and_the_session_gap_can_be_set(market, capsys):
    run("report", market / "real.bin", "--tick-size", "0.125", "--session-gap", "48h", "--json", "-")
    real = json.loads(capsys.readouterr().out)["real"]
    assert real["tick_size"] == 0.125
    # The clear at each opening is followed by its snapshot, so only the pause separates these sessions, but for the
    # weekend and the limit of a day.
    assert real["n_sessions"] == 6


@pytest.mark.parametrize("side", ["real", "generated"])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "none.bin", "no such file"),
        (lambda folder: CORRUPT / "empty.bin", "is empty"),
        (lambda folder: CORRUPT / "text.bin", "this is text"),
        (lambda folder: folder / "nothing", "holds no events"),
    ],
    ids=["missing", "empty", "text", "folder"],
)
def test_input_that_is_no_events_is_one_line_on_either_side(side, make, says, market, tmp_path, capsys):
    (tmp_path / "nothing").mkdir()
    bad, good = make(tmp_path), market / "real.bin"
    paths = (bad, good) if side == "real" else (good, bad)
    line = fails(capsys, "report", *paths, "--out", tmp_path / "r.html")
    assert says in line
    assert str(bad) in line
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("truncated", r"byte [\d,]+: \d+ bytes are left"),
        ("unknown_kind", r"byte [\d,]+ \(record [\d,]+\): kind \d+ is not an event kind"),
        ("both_sides", "both set"),
        ("missing_side", "needs a side"),
        ("not_finite", "must be finite"),
        ("negative_time", "is negative"),
        ("time_backwards", "lies before"),
    ],
)
def test_malformed_real_data_is_one_line_that_names_the_byte(name, says, market, capsys):
    line = fails(capsys, "report", CORRUPT / f"{name}.bin", market / "real.bin")
    assert re.search(says, line)
    assert f"{name}.bin" in line


@pytest.mark.parametrize(
    "name",
    ["truncated", "unknown_kind", "both_sides", "missing_side", "not_finite", "negative_time", "time_backwards"],
)
def test_malformed_generated_data_is_counted_and_reported(name, market, capsys):
    assert run("report", market / "real.bin", CORRUPT / f"{name}.bin", "--json", "-") == 0
    validity = json.loads(capsys.readouterr().out)["generated"][0]["validity"]
    assert validity["trailing_bytes" if name == "truncated" else name] > 0


def test_a_sample_without_one_usable_event_is_an_error(market, tmp_path, capsys):
    (tmp_path / "zeros.bin").write_bytes(bytes(640))
    line = fails(capsys, "report", market / "real.bin", tmp_path / "zeros.bin")
    assert "not one usable event (20 unknown_kind)" in line


def test_a_sample_without_a_trade_has_missing_rows_and_no_error(market, tmp_path, capsys):
    events = lobstats.read(market / "real.bin")
    quiet = events[(events["ev"] & 0xFF) != lobstats.Kind.TRADE]
    (tmp_path / "quiet.bin").write_bytes(quiet.tobytes())
    assert run("report", market / "real.bin", tmp_path / "quiet.bin", "--json", "-", "--out", tmp_path / "r.html") == 0
    (sample,) = json.loads(capsys.readouterr().out)["generated"]
    assert all("missing" in row for row in [*sample["distances"].values(), *sample["comparisons"].values()])


@pytest.mark.parametrize("where", ["no/such/folder/r.html", ".", "real.bin"])
def test_an_output_that_cannot_be_written_is_known_before_any_work(where, market, monkeypatch, capsys):
    monkeypatch.chdir(market)
    before = {path: path.read_bytes() for path in market.iterdir()}
    line = fails(capsys, "report", "real.bin", "other.bin", "--out", where)
    assert line.startswith(f"lobstats: {where}: ")
    assert {path: path.read_bytes() for path in market.iterdir()} == before


def test_a_write_that_fails_leaves_nothing_behind(market, tmp_path, monkeypatch, capsys):
    def full(self, data):
        raise OSError(28, "No space left on device")

    (tmp_path / "r.html").write_text("before")
    monkeypatch.setattr(Path, "write_bytes", full)
    assert run("report", market / "real.bin", "--out", tmp_path / "r.html") == 2
    assert "no space left on device" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    assert (tmp_path / "r.html").read_text() == "before"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--level", "1"), "argument --level: must be between 0 and 1, got '1'"),
        (("--tick-size", "-1"), "--tick-size"),
        (("--session-gap", "soon"), "must be a duration such as 30min"),
        (("--seed", "x"), "must be a whole number"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_a_wrong_option_is_one_line(options, says, market, capsys):
    with pytest.raises(SystemExit) as stopped:
        run("report", market / "real.bin", *options)
    assert stopped.value.code == 2
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1


def test_wrong_times_are_one_line(market, capsys):
    path = market / "real.bin"
    assert "`--start` must be an ISO 8601 time" in fails(capsys, "report", path, "--start", "noon")
    assert "must lie before `--end`" in fails(capsys, "report", path, "--start", "2024-11-13", "--end", "2024-11-12")


def test_a_mistyped_command_suggests_the_nearest(capsys):
    with pytest.raises(SystemExit) as stopped:
        run("reprot", "x")
    assert stopped.value.code == 2
    assert "did you mean `report`?" in capsys.readouterr().err


def test_inspect_describes_whatever_it_is_given(market, capsys):
    for path in [market / "real.bin", market, *sorted(CORRUPT.iterdir())]:
        assert run("inspect", path) == 0
        out = capsys.readouterr().out
        assert str(path) in out


def test_inspect_counts_every_record_of_a_broken_file(capsys):
    assert run("inspect", CORRUPT / "random.bin", "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    size = (CORRUPT / "random.bin").stat().st_size
    assert found["n_records"] == size // 32
    assert found["validity"]["trailing_bytes"] == size % 32
    assert found["n_records"] == sum(found["kinds"].values()) + sum(found["validity"][name] for name in MALFORMED)


def test_inspect_of_a_missing_file_is_an_error(tmp_path, capsys):
    assert "no such file" in fails(capsys, "inspect", tmp_path / "none.bin")


def test_convert_writes_packed_events_and_how_they_came_about(data, tmp_path, capsys):
    source = data / "cme" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst"
    assert run("convert", source, tmp_path / "es.bin") == 0
    assert "68,793 records" in capsys.readouterr().out
    about = json.loads((tmp_path / "es.bin.json").read_text())
    assert about["source"] == source.name
    assert about["records_in"] == 68_792
    assert about["clears_put_in"] == 1
    assert about["tick_size"] == 0.25
    assert (tmp_path / "es.bin").stat().st_size == 68_793 * 32
    assert np.array_equal(lobstats.read(tmp_path / "es.bin"), lobstats.read(source))


def test_convert_cuts_a_stream_and_keeps_the_book(market, tmp_path, capsys):
    target = tmp_path / "cut.bin"
    assert run("convert", market / "real.bin", target, "--start", "2024-11-12T14:31") == 0
    capsys.readouterr()
    events = lobstats.read(target)
    assert events["ev"][0] & 0xFF == lobstats.Kind.CLEAR
    whole, part = (lobstats.replay(e, tick_size=0.25) for e in (lobstats.read(market / "real.bin"), events))
    assert np.array_equal(whole.bid[-len(part.bid) :], part.bid)
    assert "no event lies between" in fails(capsys, "convert", market / "real.bin", target, "--start", "2030-01-01")


def test_a_real_recording_against_itself_is_at_distance_zero(data, tmp_path, capsys):
    run("convert", data / "cme" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst", tmp_path / "es.bin")
    capsys.readouterr()
    assert run("report", tmp_path / "es.bin", tmp_path / "es.bin", "--json", "-") == 0
    found = json.loads(capsys.readouterr().out)
    real, (sample,) = found["real"], found["generated"]
    assert (real["n_records"], real["n_events"], real["n_sessions"]) == (68_793, 60_067, 1)
    assert (real["tick_size"], real["clock_ns"]) == (0.25, 1)
    assert real["start"] == "2023-12-25T22:00:00.180087113Z"
    assert real["replay"]["unknown_order"] == real["replay"]["duplicate_add"] == 0
    for row in sample["distances"].values():
        assert [row[d]["value"] for d in ("wasserstein", "ks", "jensen_shannon")] == [0, 0, 0]
        assert row["verdict"] == ("within noise" if "missing" not in row else None)
    judged = [row for row in sample["comparisons"].values() if "missing" not in row]
    assert judged
    assert all((row["difference"], row["verdict"]) == (0, "within noise") for row in judged)
    for fact in ("tails.hill_index", "tails.pareto_index"):
        assert re.match(r"\d distinct values beyond the 1 % tail", real["facts"][fact]["missing"])


def test_importing_loads_nothing_heavy():
    code = (
        "import lobstats, sys; print([m for m in ('numba','scipy','matplotlib','rich','jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_listed_once_and_resolve():
    assert len(lobstats.__all__) == len(set(lobstats.__all__))
    assert all(getattr(lobstats, name) is not None for name in lobstats.__all__)
    assert {name.split(".")[1] for name, metric in lobstats.collect().items() if not metric.over} <= set(
        lobstats.__all__
    )
    (block,) = [node for node in ast.parse(Path(lobstats.__file__).read_text()).body if isinstance(node, ast.If)]
    seen = {name.name for node in block.body for name in node.names}
    assert seen == set(lobstats.__all__) - {"__version__"}
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        lobstats.nonsense  # noqa: B018 - the look-up is the test


def test_a_file_given_twice_for_one_side_is_refused(capsys):
    reference = "fixtures/reference.bin"
    assert main(["report", reference, "--real", reference]) == 2
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith("is given twice for one side, and would count as twice as much data; give each file once.")
    )


def test_a_baseline_is_another_sample_and_needs_something_to_compare(capsys):
    reference, generated = (f"fixtures/{name}.bin" for name in ("reference", "generated"))
    assert main(["report", reference, generated, "--baseline", reference]) == 2
    assert "is of the real side already; a baseline is a second real sample" in capsys.readouterr().err
    assert main(["report", reference, "--baseline", generated]) == 2
    assert "`--baseline` gives the floor for generated samples" in capsys.readouterr().err
