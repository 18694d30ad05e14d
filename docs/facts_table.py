"""Write the README's table of facts: ``python docs/facts_table.py``; with ``--check`` say whether it is stale."""

import sys
import textwrap
from pathlib import Path

from lobstats.compare import SERIES
from lobstats.metrics import FAMILIES
from lobstats.report.metrics import About, abouts, family_line

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- facts: made by docs/facts_table.py -->"
END = "<!-- end of facts -->"


def table() -> str:
    """Return a row for each family with its facts, and what distributions are compared."""
    rows = ["| family | what it asks | facts |", "|---|---|---|"]
    for family in FAMILIES:
        facts = ", ".join(_fact(about) for about in abouts().values() if about.family == family)
        rows.append(f"| [{family}](docs/{family}.md) | {family_line(family).rstrip('.')} | {facts} |")
    series = "; ".join(info.title for info in SERIES.values())
    return "\n".join([*rows, "", *textwrap.wrap(f"Distributions are compared of these series: {series}.", 120)])


def _fact(about: About) -> str:
    """Return a name in code font, in italics where it is shown and not judged."""
    return f"*`{about.name}`*" if any(map(about.reason, about.full_names)) else f"`{about.name}`"


def with_table(text: str) -> str:
    """Return the README with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> int:
    """Write the table, or return 1 where it is stale and only to be checked."""
    text = README.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"{README.name} must hold the lines {BEGIN!r} and {END!r} once each.", file=sys.stderr)
        return 1
    if "--check" not in sys.argv:
        README.write_text(with_table(text), encoding="utf-8")
    elif text != with_table(text):
        print("the table of facts is stale: run `python docs/facts_table.py`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
