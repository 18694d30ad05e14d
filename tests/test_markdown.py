import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import EVIL
from markdown_it import MarkdownIt
from tables import Tables

from lobstats.cli import main
from lobstats.compare.headline import headline, judged_rows, tally
from lobstats.report.markdown import LONGEST, to_markdown
from lobstats.result import Missing
from lobstats.simulate import Market, simulate


class Page(Tables):
    """Tables as lists of rows of cells, tags, and the text outside tables."""

    def __init__(self, markdown):
        # "html" lets tags through, as GitHub does with those that we write.
        super().__init__(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def named(comparison, *names):
    """The same samples under other names; with more names than samples, the samples again."""
    samples = []
    for place, name in enumerate(names):
        sample = comparison.generated[place % len(comparison.generated)]
        samples.append(replace(sample, observations=replace(sample.observations, name=name)))
    return replace(comparison, generated=tuple(samples), ranking=None)


@pytest.fixture(scope="module")
def page(two_models):
    return Page(to_markdown(two_models))


def test_it_begins_with_the_verdict_in_words_on_each_sample(two_models):
    first, second = (line for line in to_markdown(two_models).split("\n\n")[:2])
    for line, sample in zip((first, second), two_models.generated, strict=True):
        told = headline(two_models.real, sample)
        assert Page(line).text.strip() == f"{sample.observations.name} {told.words('reference')}. {told.counted}"


def test_a_table_ranks_the_models(two_models, page):
    models = two_models.ranking.to_frame()
    assert page.tables[0][0] == ["rank", "model", "score", "apart", "close"]
    for row, model in zip(page.tables[0][1:], models.itertuples(), strict=True):
        assert row[:2] == [str(model.rank), model.model]
        assert row[2] == f"{model.score:.2f} [{model.low:.2f}, {model.high:.2f}]"
        assert row[3:] == [str(model.apart), str(model.close)]


def test_what_is_apart_or_close_is_shown_before_the_fold_and_the_farthest_first(two_models, page):
    good, bad = page.tables[1], page.tables[4]
    for table, sample, most in ((good, two_models.generated[0], 3), (bad, two_models.generated[1], 20)):
        rows = [row for row in judged_rows(two_models.real, sample) if row.verdict in ("close", "apart")]
        rows.sort(key=lambda row: row.order)
        shown = table[1 : most + 1]
        assert [row[0].split()[0].rstrip(",") for row in shown] == [row.name for row in rows[:most]]
        assert [row[4] for row in shown] == [f"{'✕' if r.verdict == 'apart' else '≈'} {r.verdict}" for r in rows[:most]]
        assert [row[3] for row in shown] == [f"{row.ratio:.2f}" for row in rows[:most]]
        left = len(rows) - most
        assert table[most + 1 :] == ([[f"and {left} more, behind the fold", "", "", "", ""]] if left else [])


def test_families_are_counted(two_models, page):
    for table, sample in ((page.tables[2], two_models.generated[0]), (page.tables[5], two_models.generated[1])):
        counts = tally(two_models.real, sample)
        assert table[0] == ["family", "apart", "close", "within noise", "not judged"]
        assert [row[0] for row in table[1:]] == [*counts, "all"]
        for row, own in zip(table[1:-1], counts.values(), strict=True):
            assert list(map(int, row[1:])) == [own["apart"], own["close"], own["within noise"], own[None]]
        assert list(map(int, table[-1][1:])) == [sum(int(row[i]) for row in table[1:-1]) for i in range(1, 5)]


def test_all_rows_are_behind_a_fold(two_models, page):
    assert page.tags.count("details") == page.tags.count("summary") == 2
    frame = two_models.to_frame()
    for table, sample in ((page.tables[3], "generated"), (page.tables[6], "generated_bad")):
        rows = frame[frame["sample"] == sample]
        names = [row.name if row.kind == "series" else f"{row.family}.{row.name}" for row in rows.itertuples()]
        assert [row[0].split()[0].rstrip(",") for row in table[1:]] == names
        for row, told in zip(table[1:], rows.itertuples(), strict=True):
            verdict = re.sub("^[✕≈] ", "", row[4])
            assert verdict == told.verdict if told.reason == "" else verdict.split(" [")[0] in ("shown", "missing")
    assert "All 203 rows" in page.text


def test_what_is_missing_has_its_reason_below(two_models, page):
    for name, found in two_models.generated[0].comparisons.items():
        if isinstance(found, Missing):
            (row,) = (row for row in page.tables[3] if row[0].split()[0] == name)
            number = re.search(r"\[(\d+)\]", " ".join(row))[1]
            reason = found.reason.removeprefix("real: ").removeprefix("generated: ")
            assert f"[{number}] {reason}" in page.text


def test_names_are_no_markup_in_a_rendered_comment(compared):
    text = to_markdown(compared)
    found = Page(text)
    allowed = {
        "p",
        "strong",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "h4",
        "details",
        "summary",
        "br",
        "sub",
    }
    assert set(found.tags) <= allowed
    for table in found.tables:
        assert len({len(row) for row in table}) == 1
    # A line break becomes a space.
    shown = EVIL.replace("\n", " ")
    assert f"{shown} cannot be told from market" in found.text.replace("\u2060", "")
    assert shown in [cell.replace("\u2060", "") for cell in found.tables[1][0]]


@pytest.mark.parametrize(
    "name", ["@somebody", "#12", "http://x.y/z", "www.x.y", ":+1:", "_a_", "~~a~~", "![a](b)", "a\u202eb", "$x^2$"]
)
def test_names_mention_nobody_and_link_nowhere(two_models, name):
    note = f"{name}.bin: a note"
    comparison = named(two_models, name)
    sample = comparison.generated[0]
    sample = replace(sample, observations=replace(sample.observations, notes=(note,)))
    text = to_markdown(replace(comparison, generated=(sample,)))
    found = Page(text)
    assert not {"a", "img", "em", "s", "del"} & set(found.tags)
    assert not re.search(r"(@|#|:|ww\.)(?=\w|/|\+)", text.replace("&#", "").replace("http&", ""))
    plain = name.replace("\u202e", " ")
    assert f"{plain} cannot be told from" in found.text.replace("\u2060", "")
    assert f"{plain}.bin: a note" in found.text.replace("\u2060", "")
    # What GitHub makes links and mentions of is looked for in the text of the page.
    assert not re.search(r"@\w|#\d|:\+1:", found.text)


@pytest.mark.parametrize("samples", [1, 2, 5, 12, 400])
@pytest.mark.parametrize("sign", ["a", "|", "@", "\N{GRINNING FACE}"])
def test_no_input_makes_it_longer_than_a_comment_may_be(two_models, samples, sign):
    comparison = named(two_models, *(f"{sign * 251}{i:04}" for i in range(samples)))
    noted = [replace(s, observations=replace(s.observations, notes=(sign * 300,) * 500)) for s in comparison.generated]
    text = to_markdown(replace(comparison, generated=tuple(noted)))
    assert len(text) <= LONGEST < 65_536
    found = Page(text)
    assert found.tags.count("details") == len(re.findall("</details>", text))
    assert f"{sign * 19}…{sign * 16}0000" in found.text.replace("\u2060", "")
    if samples == 400:
        assert re.search(r"and \d+ more samples", found.text)
        assert re.search(r"The rows of \d+ more samples have no room here", found.text)
    if samples > 2:
        assert re.search(r"and \d+ more rows", "".join(cell for table in found.tables for row in table for cell in row))
    assert re.search(r"and \d+ more notes", found.text)


def test_a_real_side_alone_has_its_facts_behind_a_fold(two_models):
    text = to_markdown(replace(two_models, generated=(), ranking=None))
    found = Page(text)
    assert found.text.startswith("reference has 100,826 records in 10 sessions.")
    (table,) = found.tables
    assert [row[0].split()[0] for row in table[1:]] == list(two_models.real.facts)


def test_a_sample_of_which_nothing_is_judged_has_no_table_of_what_stands_out(compared):
    found = Page(to_markdown(replace(compared, generated=compared.generated[2:], ranking=None)))
    assert found.text.startswith("silent cannot be held against market. No continuous trading")
    assert [table[0][0] for table in found.tables] == ["family", "fact"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    events = simulate(Market(n_sessions=6, session_seconds=40.0), rng=np.random.default_rng(1))
    (folder / "real.bin").write_bytes(events.tobytes())
    return folder


def test_the_command_writes_it_to_a_file_or_to_standard_output(small, tmp_path, capsys):
    real, target = str(small / "real.bin"), tmp_path / "comment.md"
    assert main(["report", real, "--markdown", str(target)]) == 0
    assert "**" not in capsys.readouterr().out
    assert main(["report", real, "--markdown", "-"]) == 0
    assert capsys.readouterr().out == target.read_text()
    assert target.read_text().startswith("**<code>real</code>** has ")


def test_json_and_markdown_cannot_both_be_standard_output(small, capsys):
    assert main(["report", str(small / "real.bin"), "--markdown", "-", "--json", "-"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "lobstats: `--json` and `--markdown` both name standard output; write one of them to a file.\n"
