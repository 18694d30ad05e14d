"""What `convert`, `inspect` and `report` do with every format, and with what makes a session."""

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import zstandard
from conftest import Mbo
from test_cli import fails, run

import lobstats
from lobstats.book import FAULTS
from lobstats.events.codec import MALFORMED
from lobstats.events.formats import WRITERS
from lobstats.events.validity import VALIDITY

REFERENCE = Path(__file__).parent.parent / "fixtures" / "reference.bin"
SOURCES = {
    "dbn": "cme/esh4-glbx-mdp3-20231225.mbo.dbn.zst",
    "databento csv": "itch/mbo.csv",
    "databento csv mbp": "itch/mbp.csv",
    "hftbacktest": "hftbacktest/ESH4_20231225_l3.npz",
    "lobster": "lobster/LOBSTER_SampleFile_AMZN_2012-06-21_5.zip",
    "order log": "deepmarket/real_TSLA_2015-01-29.parquet",
}


@pytest.fixture
def inspect(capsys):
    """Return a function that inspects a file and returns what it finds, and the text at 100 columns."""

    def inspected(*arguments):
        assert run("inspect", *arguments, "--json", "-") == 0
        found = json.loads(capsys.readouterr().out)
        assert run("inspect", *arguments) == 0
        text = capsys.readouterr().out
        assert max((len(line) for line in text.splitlines() if str(arguments[0]) not in line), default=0) <= 100, text
        return found, text

    return inspected


# --- convert ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", WRITERS)
def test_packed_to_any_format_that_is_written_and_back_gives_the_same_bytes(ending, tmp_path, capsys):
    there, back = tmp_path / f"there{ending}", tmp_path / "back.bin"
    assert run("convert", REFERENCE, there) == 0
    assert run("convert", there, back) == 0
    assert back.read_bytes() == REFERENCE.read_bytes()
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines() if str(tmp_path) not in line) <= 100, text


@pytest.mark.parametrize("name", SOURCES)
def test_every_recording_goes_to_every_format_and_back(name, data, tmp_path, capsys):
    packed = tmp_path / "packed.bin"
    assert run("convert", data / SOURCES[name], packed) == 0
    for ending in WRITERS:
        there, back = tmp_path / f"there{ending}", tmp_path / "back.bin"
        assert run("convert", packed, there) == 0
        assert run("convert", there, back) == 0
        assert back.read_bytes() == packed.read_bytes(), ending


@pytest.mark.parametrize("name", SOURCES)
def test_a_conversion_says_what_it_did(name, data, tmp_path, capsys):
    target = tmp_path / "events.bin"
    assert run("convert", data / SOURCES[name], target) == 0
    text = capsys.readouterr().out
    assert max(len(line) for line in text.splitlines() if str(tmp_path) not in line) <= 100, text
    about = json.loads(Path(f"{target}.json").read_text())
    assert about["source"] == Path(SOURCES[name]).name
    assert about["records_out"] == about["records_written"] == len(lobstats.read(target))
    assert about.keys() >= {
        "schema", "sha256", "format", "records_in", "dropped", "reductions_of_unknown_orders", "tick_size", "clock_ns",
        "n_sessions", "sessions", "first_time", "last_time",
    }  # fmt: skip
    assert len(about["sessions"]) == about["n_sessions"] >= 1
    assert f"tick {about['tick_size']:g}" in text
    assert run("convert", data / SOURCES[name], target, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out) == about


def test_an_ending_that_cannot_be_written_names_those_that_can(tmp_path, capsys):
    says = fails(capsys, "convert", REFERENCE, tmp_path / "x.csv")
    assert says.endswith(
        "x.csv: events cannot be written as '.csv'; the name must end in .bin, .npy, .npz, .parquet, .arrow, .feather."
    )
    assert list(tmp_path.iterdir()) == []


# --- files of several streams ----------------------------------------------------------------------------------


def test_an_instrument_a_venue_and_their_order_are_chosen_on_the_command_line(write_dbn, tmp_path, capsys):
    rows = [
        Mbo(ts_event=2_000, order_id=1, publisher_id=1),
        Mbo(ts_event=1_000, order_id=2, publisher_id=2),
        Mbo(ts_event=3_000, order_id=3, publisher_id=2, instrument_id=200),
    ]
    source, target = write_dbn(rows, symbols={"ONE": 100, "TWO": 200}), tmp_path / "events.bin"
    assert "--instrument" in fails(capsys, "convert", source, target)
    assert "--allow-unordered" in fails(capsys, "convert", source, target, "--instrument", "ONE")
    for options, times in (
        (["--instrument", "TWO"], [3_000]),
        (["--instrument", "ONE", "--publisher", "2"], [1_000]),
        (["--instrument", "ONE", "--allow-unordered"], [1_000, 2_000]),
    ):
        assert run("convert", source, target, *options) == 0
        capsys.readouterr()
        assert lobstats.read(target)["exch_ts"].tolist() == times
        about = json.loads(Path(f"{target}.json").read_text())
        assert about["records_in"] == about["records_out"] + sum(about["dropped"].values()) == 3
    assert "3" in fails(capsys, "convert", source, target, "--instrument", "ONE", "--publisher", "3")


# --- inspect ---------------------------------------------------------------------------------------------------


def test_inspect_prints_all_that_is_known_of_a_broken_sample(tmp_path, inspect):
    whole = REFERENCE.read_bytes()
    events = np.frombuffer(whole, dtype=lobstats.PACKED)[:60_000].copy()
    adds = np.flatnonzero((events["ev"] & 0xFF) == lobstats.Kind.ADD)
    events["px"][adds[adds > 40_000][:20]] += 0.0625
    events["qty"][adds[adds > 50_000][0]] = 1.5
    data = events.tobytes()
    path = tmp_path / "broken.bin"
    path.write_bytes(data[: 32 * 10_000 + 9] + data[32 * 10_000 + 14 :] + b"end")
    found, text = inspect(path, "--tick-size", "0.25")
    assert found.keys() >= {"n_records", "n_events", "validity", "slips", "replay", "rates", "left_out", "sessions"}
    assert found["slips"] == [{"path": str(path), "byte": 320_000, "record": 10_000, "offset": 27, "records_lost": 2}]
    assert "byte 320,000: the boundary moves on by 27 bytes, 2 records lost" in text
    validity = found["validity"]
    assert (validity["slips"], validity["discarded_bytes"], validity["trailing_bytes"]) == (1, 32 + 27, 3)
    kept = found["n_records"] - sum(validity[name] for name in MALFORMED)
    assert 32 * found["n_records"] + 32 + 27 + 3 == path.stat().st_size
    assert sum(found["kinds"].values()) == kept == 59_998
    assert validity["quantity_not_whole"] == 1
    assert set(found["rates"]) == {*VALIDITY, *FAULTS}
    for name, rate in found["rates"].items():
        counted = validity.get(name, found["replay"].get(name))
        assert rate["count"] == counted
        assert rate["rate"] == counted / rate["n"]
        assert rate["low"] <= rate["rate"] <= rate["high"]
        assert len(rate["by_tenth"]) == 10
    off = found["rates"]["price_off_grid"]
    assert off["count"] == 20
    assert [tenth > 0 for tenth in off["by_tenth"]] == [False] * 6 + [True] + [False] * 3


@pytest.mark.parametrize("name", SOURCES)
def test_every_recording_is_inspected(name, data, inspect):
    found, text = inspect(data / SOURCES[name])
    assert found["n_sessions"] >= 1
    assert found["n_records"] == sum(found["kinds"].values())
    assert "nothing malformed" in text


# --- sessions --------------------------------------------------------------------------------------------------


def test_what_is_left_out_is_listed_with_times_and_can_be_asked_for(data, inspect):
    path = data / SOURCES["dbn"]
    found, text = inspect(path)
    assert found["not_continuous"] == {"outside_hours": 0, "before_first_trade": 925, "crossed": 0, "late": 0}
    (stretch,) = found["left_out"]
    assert stretch["reason"] == "before_first_trade"
    assert stretch["n_records"] == 925
    assert (stretch["start"], stretch["end"]) == ("2023-12-25T22:00:00.180087113Z", "2023-12-25T22:59:59.999703903Z")
    assert "2023-12-25T22:00:00.180087113Z to 22:59:59.999703903Z  before_first_trade, 925 records" in text
    kept, _ = inspect(path, "--keep", "before_first_trade")
    assert kept["not_continuous"] == {"outside_hours": 0, "before_first_trade": 0, "crossed": 891, "late": 0}
    both, _ = inspect(path, "--keep", "before_first_trade", "--keep", "crossed")
    assert sum(both["not_continuous"].values()) == 0
    assert both["n_sessions"] == 1


def test_a_calendar_and_a_length_make_the_sessions(data, inspect, capsys):
    path = data / SOURCES["dbn"]
    # The exchange opens at 17:00 in Chicago, as the auction ends.
    found, _ = inspect(path, "--calendar", "cme-equity")
    assert found["sessions"][0]["start"] >= "2023-12-25T23:00:00"
    assert found["not_continuous"]["outside_hours"] > 900
    hours, _ = inspect(path, "--calendar", "cme-equity", "--session-length", "20min")
    assert hours["n_sessions"] == 3
    starts = [session["start"][:16] for session in hours["sessions"]]
    assert starts == ["2023-12-25T23:00", "2023-12-25T23:20", "2023-12-25T23:40"]
    assert run("report", path, path, "--session-length", "10min", "--calendar", "cme-equity", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["real"]["n_sessions"] == 6


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--calendar", "cme-equty"], "did you mean `cme-equity`?"),
        (["--calendar", "zzz"], "it must be one of cme-crypto, cme-equity, cme-energy, cme-fx, us-equity."),
        (["--keep", "crossd"], "did you mean `crossed`?"),
        (["--session-length", "0"], "must be a duration such as 30min or 2h"),
    ],
)
def test_a_wrong_session_option_is_one_line(options, says):
    done = subprocess.run(
        [sys.executable, "-m", "lobstats.cli", "inspect", str(REFERENCE), *options], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- books without messages ------------------------------------------------------------------------------------


def test_a_book_without_messages_has_what_needs_no_orders_and_says_why_the_rest_is_missing(data, capsys):
    path = data / "itch" / "mbp.csv"
    book = lobstats.read(path)
    depth = book[np.isin(book["ev"] & 0xFF, [lobstats.Kind.CLEAR, lobstats.Kind.DEPTH, lobstats.Kind.SNAPSHOT])]
    assert len(depth) > 1_000
    assert run("report", path, "--json", "-") == 0
    facts = json.loads(capsys.readouterr().out)["real"]["facts"]
    assert "value" in facts["prices.mean_spread"]
    reason = "the stream holds a book without messages; this needs orders"
    assert facts["arrivals.burstiness"] == {"missing": reason}
    assert facts["prices.mean_order_size"] == {"missing": reason}


def test_a_book_file_alone_has_no_times_and_what_needs_them_is_missing(data, tmp_path, capsys):
    with zipfile.ZipFile(data / SOURCES["lobster"]) as archive:
        name = next(name for name in archive.namelist() if "_orderbook_" in name)
        rows = archive.read(name).splitlines(keepends=True)[:5_000]
    path, packed = tmp_path / Path(name).name, tmp_path / "book.bin"
    path.write_bytes(b"".join(rows))
    assert run("convert", path, packed) == 0
    assert "a book file holds no times" in " ".join(capsys.readouterr().out.split())
    for source in (path, packed):  # nor does what was made of it
        assert run("report", source, source, "--json", "-") == 0
        found = json.loads(capsys.readouterr().out)
        facts = found["real"]["facts"]
        assert facts["prices.mean_spread"]["value"] > 1
        clocked = ("prices.time_weighted_spread", "volatility.realised_volatility", "volatility.autocorrelation_decay")
        for fact in (*clocked, "volatility.garch_gain"):
            assert facts[fact] == {"missing": "the stream holds numbers of rows in place of times"}
        assert "missing" in found["generated"][0]["distances"]["returns"]


# --- where it is written ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [".", "./", "/", "", "folder/", ".."])
def test_a_folder_is_no_target(target, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert "is a folder; name a file in it." in fails(capsys, "convert", REFERENCE, target)
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_never_replaced(tmp_path, capsys):
    fifo = tmp_path / "pipe.bin"
    os.mkfifo(fifo)
    for arguments in (
        ["convert", REFERENCE, fifo],
        ["report", REFERENCE, "--out", fifo],
        ["inspect", REFERENCE, "--json", fifo],
    ):
        assert "is no regular file" in fails(capsys, *arguments)
    assert fifo.is_fifo()


def test_a_folder_is_no_source(tmp_path, capsys):
    assert fails(capsys, "convert", tmp_path, tmp_path / "x.bin").endswith("is a folder; `convert` takes one file.")


def test_a_file_without_events_says_so(tmp_path, capsys):
    path = tmp_path / "mbo.csv"
    path.write_text("ts_event,rtype,publisher_id,instrument_id,action,side,price,size,order_id,flags\n")
    assert "holds no events" in fails(capsys, "convert", path, tmp_path / "x.bin")


def test_a_calendar_that_leaves_nothing_is_an_error_that_says_so(data, capsys):
    path = data / SOURCES["dbn"]
    assert run("report", path, "--calendar", "us-equity") == 2
    says = capsys.readouterr().err.splitlines()[-1]
    assert "all 60,067 events lie outside the hours of us-equity; check `--calendar`, or keep them with" in says


def test_inspect_says_what_the_reader_dropped(data, inspect):
    found, text = inspect(data / SOURCES["lobster"])
    (file,) = found["files"]
    assert file["records_in"] == 155_935
    assert file["dropped"]["deletion_of_unknown_order"] == 7_329
    assert "388,119 made of 155,935 in the file (dropped: 110 reduction_of_unknown_order, 7,329" in text


def test_inspect_of_an_instrument_that_is_not_there_is_an_error(data, capsys):
    says = fails(capsys, "inspect", data / SOURCES["databento csv"], "--instrument", "FOO")
    assert "the file holds no instrument 'FOO'; `--instrument` takes one of 1108 (ARL)." in says


@pytest.mark.parametrize("ending", [".bin.gz", ".bin.zst", ".dbn.gz", ".parquet", ".npz", ".zip"])
def test_what_is_cut_off_is_called_by_its_name(ending, data, tmp_path, inspect, capsys):
    whole = tmp_path / "whole.npz"
    if ending in (".parquet", ".npz"):
        whole = tmp_path / f"whole{ending}"
        assert run("convert", REFERENCE, whole) == 0
        content = whole.read_bytes()
    elif ending == ".zip":
        content = (data / SOURCES["lobster"]).read_bytes()
    elif ending == ".bin.zst":
        content = zstandard.ZstdCompressor().compress(REFERENCE.read_bytes())
    else:
        source = REFERENCE if ending == ".bin.gz" else data / SOURCES["dbn"]
        content = gzip.compress(source.read_bytes())
    path = tmp_path / f"cut{ending}"
    path.write_bytes(content[: len(content) * 2 // 3])
    capsys.readouterr()
    says = fails(capsys, "convert", path, tmp_path / "x.bin")
    assert says.startswith(f"lobstats: {path}: ")
    assert "cut off" in says
    found, _ = inspect(path)
    assert "problem" in found["files"][0]
