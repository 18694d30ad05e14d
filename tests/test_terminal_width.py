import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from test_lob_bench_corrected import market as sequence

from lobstats.cli import main
from lobstats.compare.lob_bench import lob_bench
from lobstats.report.lob_bench import lob_bench_text
from lobstats.report.terminal import to_text

ROOT = Path(__file__).parent.parent
WIDTH = 100
NAMES = ["generated", "x" * 120, "a name of many words that goes on and on and on for longer than any column can be",
         "生成された板情報のとても長い名前" * 4, "\N{GRINNING FACE}" * 70]  # fmt: skip


def too_wide(text):
    return [line for line in text.splitlines() if cell_len(line) > WIDTH]


def renamed(side, name):
    return replace(side, observations=replace(side.observations, name=name, paths=(f"/{name}/{name}.bin",)))


@pytest.mark.parametrize("name", NAMES)
def test_a_report_fits_whatever_its_samples_are_called(two_models, name):
    names = [name, f"{name[:-1]}2"]
    samples = tuple(renamed(sample, own) for sample, own in zip(two_models.generated, names, strict=True))
    real = renamed(two_models.real, f"{name}0")
    for comparison in (
        replace(two_models, real=real, generated=samples),
        replace(two_models, real=real, generated=samples[1:], ranking=None),
        replace(two_models, real=real, generated=(), ranking=None),
        replace(two_models, real=real, generated=samples[:1] * 9, ranking=None),
    ):
        text = to_text(comparison)
        assert too_wide(text) == []
        assert name[:4] in text


def test_a_report_begins_and_ends_with_the_verdicts(two_models):
    lines = to_text(two_models).splitlines()
    assert re.match(r"generated cannot be told from reference\. No row of \d+ apart, \d+ close\.", lines[0])
    assert re.match(r"generated_bad does not behave like reference\. \d+ of \d+ rows apart \(tails ", lines[1])
    head = lines[: lines.index("")]
    assert lines[-len(head) :] == head


def test_a_card_counts_the_rows_of_each_family(two_models):
    lines = to_text(two_models).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("apart+close/judged"))
    families = lines[start].split()[1:]
    frame = two_models.to_frame()
    for line, name in zip(lines[start + 1 :], ("generated", "generated_bad"), strict=False):
        assert line.split()[0] == name
        for family, cell in zip(families, line.split()[1:], strict=True):
            own = frame[(frame["sample"] == name) & (frame["family"] == family)]["verdict"]
            assert cell == f"{(own == 'apart').sum()}+{(own == 'close').sum()}/{own.count()}"


@pytest.mark.parametrize("name", ["g", *NAMES[1:4]])
def test_what_is_said_of_files_fits_whatever_they_are_called(name, tmp_path, capsys):
    folder = tmp_path / name[:60]
    folder.mkdir()
    path = folder / f"{name[:60]}.bin"
    shutil.copy(ROOT / "fixtures" / "generated_bad.bin", path)
    summary = folder / f"{name[:60]}.lobs"
    target = folder / f"{name[:60]}.parquet"
    for arguments in (
        ("inspect", path),
        ("summarise", path, "--out", summary),
        ("inspect", summary),
        ("convert", path, target),
    ):
        assert main([str(argument) for argument in arguments]) == 0
        out = capsys.readouterr().out
        # A path may be longer than a line, and is never broken: it is to be copied.
        assert [line for line in too_wide(out) if str(folder) not in line] == [], arguments[0]
        assert name[:4] in out


def test_scores_of_lob_bench_fit():
    real, generated = ([sequence(seed, n=120) for seed in seeds] for seeds in (range(8), range(8, 16)))
    wide = [replace(one, name="x" * 200) for one in generated]
    assert too_wide(lob_bench_text(lob_bench(real=real, generated=wide))) == []


def test_numbers_of_any_size_fit(two_models):
    noise = np.random.default_rng(0)
    real = two_models.real
    facts = {
        name: replace(fact, value=fact.value * 10.0 ** noise.integers(-12, 12), ci=None)
        for name, fact in real.facts.items()
        if hasattr(fact, "value")
    }
    assert too_wide(to_text(replace(two_models, real=replace(real, facts=real.facts | facts)))) == []
