"""The package as it is installed: run once more on the built wheel, outside of the tree, beside nothing but pytest.

There `LOBSTATS_SOURCE` names the tree that the wheel was built from.
"""

import json
import os
import subprocess
import sys
from importlib.metadata import files, metadata, version
from importlib.resources import files as resources
from pathlib import Path

import pytest

import lobstats

SOURCE = os.environ.get("LOBSTATS_SOURCE")
HERE = Path(__file__).parent
FIXTURES = next(folder / "fixtures" for folder in (HERE, HERE.parent) if (folder / "fixtures").is_dir())


def run(*arguments, cwd):
    """What the installed command prints."""
    command = [Path(sys.executable).parent / "lobstats", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


of_the_wheel = pytest.mark.skipif(SOURCE is None, reason="the wheel is tested where LOBSTATS_SOURCE names its source")


@of_the_wheel
def test_what_is_tested_is_the_wheel_and_it_holds_every_file_of_the_package():
    source = Path(SOURCE)
    assert not Path(lobstats.__file__).is_relative_to(source)
    held = {str(file) for file in files("lobstats")}
    wanted = subprocess.run(["git", "ls-files", "lobstats"], cwd=source, capture_output=True, text=True, check=True)
    assert set(wanted.stdout.split()) <= held
    assert not [file for file in held if file.startswith(("tests/", "docs/", "benchmarks/", "fixtures/"))]


@of_the_wheel  # an editable installation keeps those of the day on which it was made
def test_the_metadata_say_version_and_licence():
    assert version("lobstats") == lobstats.__version__
    about = metadata("lobstats")
    assert about["License-Expression"] == "MIT"
    assert about["Requires-Python"] == "<3.14,>=3.11"
    assert "Typing :: Typed" in about.get_all("Classifier")


def test_the_package_is_typed_and_has_its_templates():
    package = resources("lobstats")
    assert (package / "py.typed").is_file()
    assert (package / "report" / "page" / "page.html").is_file()


def test_every_public_name_can_be_had():
    found = {name: getattr(lobstats, name) for name in lobstats.__all__}
    assert all(thing is not None for thing in found.values())
    assert set(dir(lobstats)) == set(lobstats.__all__)


def test_the_command_tells_its_version(tmp_path):
    assert run("--version", cwd=tmp_path) == f"lobstats {lobstats.__version__}\n"


def test_a_report_is_made(tmp_path):
    real, generated = FIXTURES / "reference.bin", FIXTURES / "generated_bad.bin"
    out = run("report", real, generated, "--out", "r.html", "--json", "r.json", cwd=tmp_path)
    assert "apart" in out
    assert (tmp_path / "r.html").read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert json.loads((tmp_path / "r.json").read_text())["version"] == lobstats.__version__


def test_a_stream_is_inspected_and_converted(tmp_path):
    assert "sessions" in run("inspect", FIXTURES / "reference.bin", cwd=tmp_path)
    run("convert", FIXTURES / "reference.bin", "r.parquet", cwd=tmp_path)
    assert (lobstats.read(tmp_path / "r.parquet") == lobstats.read(FIXTURES / "reference.bin")).all()


def test_the_metrics_are_listed_and_shown(tmp_path):
    assert "pareto_index" in run("metrics", cwd=tmp_path)
    assert "Hill 1975" in run("metrics", "pareto_index", cwd=tmp_path)
