import gzip
import os
import pty
import re
import subprocess
import sys
import tempfile

import numpy as np
import pytest
import zstandard

from lobstats.cli import main
from lobstats.cli.display import rate_text
from lobstats.compare import compare
from lobstats.compare.sides import summarise
from lobstats.engine import open_source
from lobstats.progress import advance, expect, metered, share
from lobstats.simulate import Market, simulate

STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Record:
    """A meter that keeps each step with its total, unit and all that was advanced."""

    def __init__(self):
        self.steps = []

    def expect(self, total, unit):
        self.steps.append([total, unit, 0])

    def advance(self, n):
        assert n >= 0
        self.steps[-1][2] += n


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """A folder with two small samples of one market."""
    folder = tmp_path_factory.mktemp("market")
    for name, seed in (("real", 1), ("other", 2)):
        events = simulate(Market(n_sessions=6, session_seconds=120), rng=np.random.default_rng(seed))
        (folder / f"{name}.bin").write_bytes(events.tobytes())
    return folder


def on_a_terminal(folder, *arguments):
    """Run the command with standard error on a terminal: exit code, standard output, what the terminal got."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "lobstats.cli", *arguments]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    # A pipe would fill up while the terminal is read.
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(command, stdout=out, stderr=theirs, cwd=folder, env=environment) as process,
    ):
        os.close(theirs)
        shown = b""
        # The end of a terminal that nobody writes to any more is an error.
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:
                break
            if not part:
                break
            shown += part
        os.close(ours)
        code = process.wait()
        out.seek(0)
        return code, out.read(), shown.decode()


def test_a_terminal_shows_a_bar_with_rate_and_time_left_and_standard_output_is_untouched(market):
    code, out, shown = on_a_terminal(market, "report", "real.bin", "other.bin", "--json", "-")
    assert code == 0
    plain = STEERING.sub("", shown)
    for step, unit in (("summarising real", "happenings"), ("estimating other", "facts"), ("comparing other", "rows")):
        assert re.search(rf"{step} [━╸╺]+ [\d.,]+[kM]? {unit}/s \d+:\d\d:\d\d left", plain), step
    # The last thing written is to take the bar away.
    assert shown.endswith("\x1b[2K")
    command = [sys.executable, "-m", "lobstats.cli", "report", "real.bin", "other.bin", "--json", "-"]
    piped = subprocess.run(command, cwd=market, capture_output=True, check=True)
    assert piped.stdout == out
    assert piped.stderr == b""


def test_bad_input_leaves_its_line_on_a_terminal_and_no_bar(market):
    code, out, shown = on_a_terminal(market, "report", "real.bin", "none.bin")
    assert (code, out) == (2, b"")
    assert STEERING.sub("", shown.split("\x1b[2K")[-1]).strip() == (
        "lobstats: none.bin: no such file or folder; check the path."
    )


def test_every_command_is_silent_where_standard_error_is_no_terminal(market, tmp_path, capfd):
    real = str(market / "real.bin")
    for arguments in (
        ("report", real),
        ("inspect", real),
        ("summarise", real, "--out", str(tmp_path / "real.lobs")),
        ("inspect", str(tmp_path / "real.lobs")),
        ("convert", real, str(tmp_path / "real.npz")),
    ):
        assert main(list(arguments)) == 0
        out, err = capfd.readouterr()
        assert out != ""
        assert err == ""


def test_each_step_of_a_comparison_is_measured_to_its_end(market):
    meter, told = Record(), []
    with metered(meter):
        compare(real=str(market / "real.bin"), generated=str(market / "other.bin"), step=told.append)
    size = (market / "real.bin").stat().st_size
    assert meter.steps[0] == [size, "B", size]
    assert [unit for _, unit, _ in meter.steps] == [
        "B", "B", "events", "events", "happenings", "happenings", "facts", "facts", "rows",
    ]  # fmt: skip
    assert all(done == total > 0 for total, _, done in meter.steps)
    assert [text.split()[0] for text in told] == [
        "replaying", "replaying", "summarising", "summarising", "estimating", "estimating", "comparing",
    ]  # fmt: skip


def test_a_summary_is_measured_session_by_session(market):
    meter = Record()
    parts = []
    meter.advance = lambda n: parts.append((meter.steps[-1][1], n))
    with metered(meter):
        summarise(str(market / "real.bin"))
    assert len([n for unit, n in parts if unit == "happenings" and n > 0]) == 6


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress, bytes])
def test_a_file_is_measured_while_it_is_read_whatever_it_is_compressed_with(pack, tmp_path):
    noise = np.random.default_rng(0)
    events = simulate(Market(n_sessions=1, session_seconds=60), rng=noise)
    events = np.tile(events, 1_600)
    events["exch_ts"] = events["exch_ts"][0] + np.arange(len(events))
    events["qty"] = noise.random(len(events))  # what does not compress, so that the file is read in several parts
    path = tmp_path / "real.bin.zst"
    path.write_bytes(pack(events.tobytes()))
    meter, parts = Record(), []
    meter.advance = parts.append
    with metered(meter):
        open_source([str(path)], "lenient")
    assert meter.steps == [[path.stat().st_size, "B", 0]]
    assert sum(parts) == path.stat().st_size
    if pack is not bytes:  # plain records are mapped into memory, and not read
        assert len([n for n in parts if n]) > 2


def test_a_share_counts_for_what_it_is_whatever_is_advanced_within():
    meter = Record()
    with metered(meter):
        expect(100, "B")
        for done in (0, 30, 1000):
            with share(25):
                expect(7, "other")  # of a part of the step, which has a total of its own
                advance(done)
                advance(1)
        advance(25)
    assert meter.steps == [[100, "B", 100]]


def test_a_share_that_fails_leaves_the_meter_as_it_was():
    meter = Record()
    with metered(meter):
        expect(10, "B")
        with pytest.raises(TypeError), share(5):
            advance(None)
        advance(3)
    assert meter.steps == [[10, "B", 3]]
    advance(5)  # to nobody
    assert meter.steps == [[10, "B", 3]]


@pytest.mark.parametrize(
    ("speed", "unit", "says"),
    [
        (None, "rows", ""),
        (0.0, "rows", ""),
        (5.0, "", ""),
        (3.2, "rows", "3.2 rows/s"),
        (999.0, "facts", "999 facts/s"),
        (1_500.0, "events", "1.5k events/s"),
        (5_200_000.0, "events", "5.2M events/s"),
        (2.5e9, "B", "2,500.0 MB/s"),
    ],
)
def test_rates_are_written_in_few_signs(speed, unit, says):
    assert rate_text(speed, unit) == says
