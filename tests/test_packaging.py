"""The files that stand beside the package: they name one version and one licence."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from lobstats import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_citation_names_the_version_and_the_licence_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()  # what the format asks for
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] == "software"
    assert citation["version"] == __version__
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in PROJECT["authors"]]


def test_the_licence_is_the_one_that_is_declared():
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith(f"{PROJECT['license']} License\n\nCopyright (c) 2026 lobstats authors\n")
    assert PROJECT["license-files"] == ["LICENSE"]


def test_the_changelog_begins_with_the_version_of_the_package():
    first = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first[1] == __version__


@pytest.mark.parametrize("extra", PROJECT["optional-dependencies"])
def test_every_dependency_names_its_lowest_version(extra):
    for wanted in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"][extra]]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", wanted)
