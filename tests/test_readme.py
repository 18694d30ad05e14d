"""What the README and the other pages say to type: it runs, and it prints what stands there."""

import re
import shlex
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from lobstats.cli import main, parser

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page, language):
    return [code for name, code in FENCE.findall(page.read_text()) if name == language]


def prose(page):
    return FENCE.sub("", page.read_text())


def commands(lines):
    """The arguments of every ``lobstats`` command in lines of a shell."""
    parts = [shlex.split(part, comments=True) for line in lines for part in line.split(" && ")]
    return [tuple(part[1:]) for part in parts if part and part[0] == "lobstats"]


def typed(page):
    """The commands of a page's blocks."""
    return commands(line for code in blocks(page, "sh") for line in code.replace("\\\n", " ").splitlines())


def named(page):
    """The commands within its sentences."""
    return commands(" ".join(code.split()) for code in re.findall(r"`(lobstats [^`]+)`", prose(page)))


def subcommands():
    (action,) = parser()._subparsers._group_actions
    return action.choices


def accepted(arguments):
    try:
        parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code == 0
    return True


def reads_fixtures_alone(arguments):
    """Whether a reader who has the repository and nothing else can type it."""
    at_outputs = {arguments.index(option) + 1 for option in ("--out", "--json") if option in arguments}
    files = [word for i, word in enumerate(arguments) if i not in at_outputs and re.search(r"[/.]", word)]
    return all(file.startswith("fixtures/") for file in files) and (bool(files) or arguments[0] == "metrics")


EVERYWHERE = sorted({(page.name, *words) for page in PAGES for words in [*typed(page), *named(page)]})
ON_FIXTURES = sorted(set(filter(reads_fixtures_alone, typed(README))))


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder that holds the fixtures, in which a reader would type."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_is_something_to_try():
    assert len(ON_FIXTURES) >= 4
    assert len(EVERYWHERE) >= 20
    assert blocks(README, "python")
    assert any(printed_below(words) for words in ON_FIXTURES)


@pytest.mark.parametrize("words", EVERYWHERE, ids=" ".join)
def test_every_command_names_only_what_exists(words):
    _, *arguments = words
    if len(arguments) == 1 and not arguments[0].startswith("-"):
        assert arguments[0] in subcommands()  # a command that is only named
    else:
        assert accepted(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_within_a_sentence_exists(page):
    known = {option for command in subcommands().values() for option in command._option_string_actions}
    assert set(re.findall(r"`(--[\w-]+)", prose(page))) <= known


def printed_below(words):
    """The lines of the plain block that follows a command's block."""
    fences = [(name, code) for name, code in FENCE.findall(README.read_text()) if name in ("", "sh")]
    for (name, code), (after, text) in pairwise(fences):
        if (name, after) == ("sh", "") and words == commands(code.splitlines())[-1]:
            return [line for line in text.splitlines() if line]
    return []


@pytest.mark.parametrize("words", ON_FIXTURES, ids=" ".join)
def test_every_command_on_the_fixtures_runs_and_prints_what_stands_below_it(words, clone, capsys):
    assert main(words) == 0
    lines = {" ".join(line.split()) for line in capsys.readouterr().out.splitlines()}
    for line in printed_below(words):
        assert " ".join(line.split()) in lines
    for option in {"--out", "--json"} & set(words):
        assert (clone / words[words.index(option) + 1]).stat().st_size > 0


@pytest.mark.parametrize("code", blocks(README, "python"), ids=lambda code: code.splitlines()[0])
def test_every_python_example_runs_and_its_comments_hold(code, clone):
    """After each ``print(...)`` stands what it prints, and after a colon what that is."""
    printed = [line.partition("  # ")[2].partition(": ")[0] for line in code.splitlines() if line.startswith("print(")]
    done = subprocess.run([sys.executable, "-c", code], cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == printed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", prose(page)):
        assert (page.parent / target).exists(), target


def test_the_table_of_facts_is_what_the_code_says():
    script = [sys.executable, "docs/facts_table.py", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_stale_table_of_facts_is_told(tmp_path):
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "facts_table.py", tmp_path / "docs")
    stale = README.read_text().replace("`hill_index`, ", "")
    (tmp_path / "README.md").write_text(stale)
    script = [sys.executable, str(tmp_path / "docs" / "facts_table.py")]
    done = subprocess.run([*script, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "the table of facts is stale: run `python docs/facts_table.py`.\n")
    subprocess.run(script, check=True)
    assert (tmp_path / "README.md").read_text() == README.read_text()
