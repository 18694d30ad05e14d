"""Keep what the notebooks store: bare of what changes from run to run, and true.

After ``pytest --nbmake --overwrite notebooks`` has run them in place, ``python notebooks/outputs.py`` takes times and
versions out of the files. ``python notebooks/outputs.py --check FOLDER`` writes nothing: it holds the notebooks against
copies that were run in another folder, names the cells whose text differs, and exits 1 if there are any. Pictures are
not compared, since another version of a library that draws changes a pixel here and there.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

FOLDER = Path(__file__).parent
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def tidy(notebook: Any) -> Any:
    """Return a notebook without what says when, where and under which version it was run."""
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    return notebook


def told(cell: Any) -> list[str]:
    """Return what a cell's outputs say in words: streams, and each form of a result but pictures."""
    out = []
    for output in cell.get("outputs", []):
        forms = {name: text for name, text in output.get("data", {}).items() if not name.startswith("image/")}
        if "image/png" not in output.get("data", {}):
            out += [output.get("text", ""), *(text for _, text in sorted(forms.items())), *output.get("traceback", [])]
    return [text for text in out if text]


def differing(stored: Any, fresh: Any) -> list[int]:
    """Return the numbers of the cells, from 1, whose source or words differ."""
    pairs = zip(stored.cells, fresh.cells, strict=True)
    return [n for n, (a, b) in enumerate(pairs, start=1) if (a.source, told(a)) != (b.source, told(b))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Tidy the notebooks, or hold them against copies; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", metavar="FOLDER", type=Path, help="compare with the copies in a folder")
    folder = parser.parse_args(arguments).check
    status = 0
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        if folder is None:
            nbformat.write(tidy(notebook), path)
            continue
        for number in differing(notebook, nbformat.read(folder / path.name, as_version=4)):
            print(f"{path.name}: cell {number} stores what it no longer says", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
