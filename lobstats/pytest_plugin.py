"""A pytest plugin: a sample as a fixture, and a summary of the facts that were checked.

Importing it loads nothing heavy; what a fixture needs is imported when it is asked for.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lobstats.testing import watched

if TYPE_CHECKING:
    from lobstats.baseline.results import Baseline, Check, CheckedFact
    from lobstats.sample import Sample

__all__ = ["lobstats_baseline", "lobstats_sample", "lobstats_summarise"]

_OPTIONS = {
    "sample": "what the fixture lobstats_sample holds: a file, a folder or a quoted glob",
    "baseline": "what the fixture lobstats_baseline holds, and as what samples are summarised",
}
_CHECKED = pytest.StashKey[dict[tuple[str, str], dict[str, Any]]]()
_OPEN = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their settings in the ini file."""
    group = parser.getgroup("lobstats", "samples of limit order books")
    for name, text in _OPTIONS.items():
        group.addoption(f"--lobstats-{name}", metavar="PATH", help=text)
        parser.addini(f"lobstats_{name}", f"{text}; from the folder of the ini file")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to note the checks that tests make."""
    checked = config.stash[_CHECKED] = {}

    def note(check: "Check") -> None:
        checked.setdefault((check.sample, check.baseline), {}).update({fact.name: fact for fact in check.facts})

    config.stash[_OPEN] = ExitStack()
    config.stash[_OPEN].enter_context(watched(note))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop noting checks."""
    if _OPEN in config.stash:
        config.stash[_OPEN].close()


@pytest.fixture(scope="session")
def lobstats_baseline(pytestconfig: pytest.Config) -> "Baseline":
    """Return the baseline that ``--lobstats-baseline`` or ``lobstats_baseline`` names, read once."""
    from lobstats.baseline.files import read_baseline

    path = _setting(pytestconfig, "baseline")
    if path is None:
        pytest.fail(_unset("baseline"), pytrace=False)
    return read_baseline(path)


@pytest.fixture(scope="session")
def lobstats_summarise(request: pytest.FixtureRequest) -> "Callable[[str | Path], Sample]":
    """Return a function from a path to its sample, summarised once and as the baseline was, where one is named."""
    from lobstats.baseline.checking import measure_like
    from lobstats.compare.sides import summarise
    from lobstats.engine import open_source

    known = None
    if _setting(request.config, "baseline") is not None:
        known = request.getfixturevalue("lobstats_baseline")
    made: dict[str, Sample] = {}

    def summarised(path: str | Path) -> "Sample":
        key = str(Path(path).absolute())
        if key not in made:
            source = open_source([str(path)], "lenient")
            made[key] = summarise(source) if known is None else measure_like(source, known)
        return made[key]

    return summarised


@pytest.fixture(scope="session")
def lobstats_sample(pytestconfig: pytest.Config, lobstats_summarise: "Callable[[str | Path], Sample]") -> "Sample":
    """Return the sample that ``--lobstats-sample`` or ``lobstats_sample`` names, summarised once."""
    path = _setting(pytestconfig, "sample")
    if path is None:
        pytest.fail(_unset("sample"), pytrace=False)
    return lobstats_summarise(path)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the facts that were checked, if any were."""
    if not (checked := config.stash.get(_CHECKED, {})):
        return
    from lobstats.report.checks import summary_lines

    terminalreporter.section("lobstats facts")
    for line in summary_lines({names: list(facts.values()) for names, facts in checked.items()}):
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what was checked in a worker of pytest-xdist to where the summary is printed."""
    handed = getattr(session.config, "workeroutput", None)
    if handed is not None:
        checked = session.config.stash.get(_CHECKED, {})
        handed["lobstats"] = [(names, [asdict(fact) for fact in facts.values()]) for names, facts in checked.items()]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of pytest-xdist has checked."""
    checked = node.config.stash[_CHECKED]
    for names, facts in getattr(node, "workeroutput", {}).get("lobstats", []):
        checked.setdefault(tuple(names), {}).update({fact["name"]: _fact(fact) for fact in facts})


def _fact(found: dict[str, Any]) -> "CheckedFact":
    from lobstats.baseline.results import CheckedFact
    from lobstats.result import Interval

    band = None if found["band"] is None else Interval(**found["band"])
    return CheckedFact(**(found | {"band": band}))


def _setting(config: pytest.Config, name: str) -> str | None:
    """Return a path as the command line names it, else as the ini file does, from its own folder."""
    if (given := config.getoption(f"--lobstats-{name}")) is not None:
        return str(given)
    stated = str(config.getini(f"lobstats_{name}") or "")
    if not stated:
        return None
    folder = config.rootpath if config.inipath is None else config.inipath.parent
    return str(folder / stated)


def _unset(name: str) -> str:
    return f"no {name} is named; give `--lobstats-{name} PATH` or set `lobstats_{name}` in the ini file."
