"""Each notebook imports only the package and pandas, defines nothing, and stores what it says and draws."""

import ast
import re

import nbformat
import outputs
import pytest

NOTEBOOKS = sorted(outputs.FOLDER.glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def trees(notebook):
    # Lines that begin with % are commands of the notebook and no Python.
    return [ast.parse(re.sub(r"^%.*$", "", cell.source, flags=re.MULTILINE)) for cell in code(notebook)]


def test_there_are_four():
    assert [path.stem for path in NOTEBOOKS] == [
        "01_decode",
        "02_stylized_facts",
        "03_real_against_generated",
        "04_regression_tests",
    ]


def test_only_the_package_and_pandas_are_imported(notebook):
    found = set()
    for node in (node for tree in trees(notebook) for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Name) and node.id in ("__import__", "exec", "eval"):
            found.add(node.id)
    assert found == {"lobstats", "pandas"}


def test_nothing_is_defined(notebook):
    defining = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    nodes = [node for tree in trees(notebook) for node in ast.walk(tree)]
    assert not [ast.unparse(node) for node in nodes if isinstance(node, defining)]


def test_the_head_says_what_the_report_does_not(notebook):
    head = notebook.cells[0]
    assert head.cell_type == "markdown"
    assert "**What the report does not tell:**" in head.source


def test_outputs_are_stored_in_order_and_hold_no_error(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    stored = [output for cell in code(notebook) for output in cell.outputs]
    assert not [output for output in stored if output.output_type == "error" or output.get("name") == "stderr"]


def test_there_is_a_figure(notebook):
    stored = [output.get("data", {}) for cell in code(notebook) for output in cell.outputs]
    assert any("image/png" in data or "<svg" in data.get("text/html", "") for data in stored)


def test_outputs_name_no_place_of_this_machine(notebook):
    words = "\n".join([text for cell in code(notebook) for text in outputs.told(cell)])
    assert not re.findall(r"""(?:^|[\s"'(=])(?:/(?:home|root|tmp|usr|opt|work|var|Users)|[A-Z]:\\)[\w/\\.-]*""", words)
    assert not re.findall(r"0x[0-9a-f]{6,}", words)  # where an object lies in memory


def test_nothing_says_when_or_where_it_was_run(notebook):
    assert notebook.metadata == outputs.KERNEL
    assert not [cell.metadata for cell in notebook.cells if cell.metadata]


def test_code_is_no_wider_than_a_page(notebook):
    assert not [line for cell in code(notebook) for line in cell.source.splitlines() if len(line) > 100]


def cell(source, *stored):
    return nbformat.v4.new_code_cell(source, outputs=list(stored))


def written(text):
    return nbformat.v4.new_output("stream", text=text)


def shown(**forms):
    return nbformat.v4.new_output("execute_result", data={name.replace("_", "/"): text for name, text in forms.items()})


@pytest.mark.parametrize(
    ("fresh", "found"),
    [
        (cell("1 + 1", written("2\n"), shown(text_plain="2")), []),
        (cell("1 + 1", written("3\n"), shown(text_plain="2")), [1]),
        (cell("1 + 1", written("2\n"), shown(text_plain="3")), [1]),
        (cell("1 + 1", written("2\n"), shown(text_plain="2", text_html="<b>2</b>")), [1]),
        (cell("1 + 2", written("2\n"), shown(text_plain="2")), [1]),
        (cell("1 + 1", written("2\n")), [1]),
    ],
)
def test_a_cell_that_says_something_else_is_found(fresh, found):
    stored = cell("1 + 1", written("2\n"), shown(text_plain="2"))
    assert outputs.differing(nbformat.v4.new_notebook(cells=[stored]), nbformat.v4.new_notebook(cells=[fresh])) == found


def test_pictures_are_not_compared():
    cells = [cell("draw()", shown(text_plain="<Figure>", image_png=data)) for data in ("AA==", "BB==")]
    assert outputs.differing(*(nbformat.v4.new_notebook(cells=[one]) for one in cells)) == []


def test_check_names_the_notebook_and_the_cell(tmp_path, monkeypatch, capsys):
    stored, fresh = tmp_path / "stored", tmp_path / "fresh"
    for folder, text in ((stored, "2\n"), (fresh, "3\n")):
        folder.mkdir()
        cells = [nbformat.v4.new_markdown_cell("Sum."), cell("print(1 + 1)", written(text))]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "sum.ipynb")
    monkeypatch.setattr(outputs, "FOLDER", stored)
    before = (stored / "sum.ipynb").read_bytes()
    assert outputs.main(["--check", str(fresh)]) == 1
    assert capsys.readouterr().err == "sum.ipynb: cell 2 stores what it no longer says\n"
    assert outputs.main(["--check", str(stored)]) == 0
    assert (stored / "sum.ipynb").read_bytes() == before


def test_tidy_takes_out_times_and_versions(tmp_path, monkeypatch):
    kernel = {"language_info": {"name": "python", "version": "3.11.2"}}
    one = nbformat.v4.new_notebook(cells=[cell("1")], metadata=kernel)
    one.cells[0].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    nbformat.write(one, tmp_path / "one.ipynb")
    monkeypatch.setattr(outputs, "FOLDER", tmp_path)
    assert outputs.main([]) == 0
    tidied = nbformat.read(tmp_path / "one.ipynb", as_version=4)
    assert tidied.metadata == outputs.KERNEL
    assert tidied.cells[0].metadata == {}
