"""Assertions for test suites: samples against a baseline, against real data, and their bytes against the format.

Each raises an `AssertionError` whose message is a small table of the numbers. Importing loads nothing heavy.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

    from lobstats.baseline.results import Baseline, Check
    from lobstats.compare.sides import Data
    from lobstats.events.codec import Decoded
    from lobstats.sample import Sample

__all__ = ["assert_decodes", "assert_matches_baseline", "assert_within_noise", "watched"]

_WATCHERS: "list[Callable[[Check], None]]" = []


def assert_matches_baseline(
    sample: "Data | Sample | Sequence[Data]",
    baseline: "Baseline | str | os.PathLike[str]",
    *,
    facts: Collection[str] | None = None,
    level: float = 0.95,
) -> None:
    """Assert that the facts of a sample are within their bands around a baseline, as `lobstats.check` judges them.

    Parameters
    ----------
    sample : path, event array, Source, Sample, or several of one kind
    baseline : Baseline or path
        As `lobstats baseline` or `lobstats.freeze_baseline` makes it.
    facts : collection of str, optional
        The facts to be judged, by short or full name; all otherwise.
    level : float
        With which a fresh sample of the same market passes.

    Raises
    ------
    AssertionError
        If a fact has left its band, or the sample lacks it.

    Examples
    --------
    >>> assert_matches_baseline("fixtures/generated.bin", "fixtures/baseline.json", facts=["burstiness", "hill_index"])
    """
    __tracebackhide__ = True
    from lobstats.baseline.checking import check
    from lobstats.report.checks import check_text

    found = check(sample, against=baseline, facts=facts, level=level)
    if _WATCHERS:
        _WATCHERS[-1](found)
    if not found.passed:
        raise AssertionError(check_text(found))


def assert_within_noise(
    *,
    real: "Data | Sequence[Data]",
    generated: "Data | Sequence[Data]",
    facts: Collection[str],
    worst: Literal["within noise", "close"] = "within noise",
    level: float = 0.95,
    rng: "np.random.Generator | None" = None,
) -> None:
    """Assert that facts of generated samples differ from the real ones by no more than noise.

    Each is judged at the level by itself, as in a report: of twenty that are asked for, chance takes one.

    Parameters
    ----------
    real, generated : path, event array, Source, or several
        As `lobstats.compare` takes them.
    facts : collection of str
        Facts, by short or full name, or series such as "gaps".
    worst : {"within noise", "close"}
        The worst verdict that is let pass.
    level : float
    rng : numpy.random.Generator, optional
        For the resampling of series.

    Raises
    ------
    AssertionError
        If a verdict is worse, or there is none.

    Examples
    --------
    >>> assert_within_noise(
    ...     real="fixtures/reference.bin", generated="fixtures/generated.bin", facts=["mean_spread", "gaps"]
    ... )
    """
    __tracebackhide__ = True
    from lobstats.baseline.names import resolve
    from lobstats.compare import SERIES, compare
    from lobstats.metrics import collect
    from lobstats.report.verdicts import verdict_rows, verdict_table

    if worst not in ("within noise", "close"):
        msg = f"`worst` must be 'within noise' or 'close', got {worst!r}."
        raise ValueError(msg)
    known = [*collect(), *SERIES]
    names = sorted(resolve(facts, known), key=known.index)
    found = compare(real=real, generated=generated, level=level, rng=rng)
    passing = ("within noise",) if worst == "within noise" else ("within noise", "close")
    failed = [
        (sample.observations.name, rows)
        for sample in found.generated
        if (rows := [row for row in verdict_rows(found.real, sample, names) if row.verdict not in passing])
    ]
    if failed:
        raise AssertionError(verdict_table(found.real.observations.name, failed, worst))


def assert_decodes(
    data: "bytes | bytearray | memoryview | np.ndarray | str | os.PathLike[str]",
    *,
    max_malformed: int = 0,
    max_lost_bytes: int = 0,
) -> None:
    """Assert that bytes, or a file of any format, decode to events.

    Parameters
    ----------
    data : bytes, array or path
        Packed 32-byte records, or the path of a file.
    max_malformed : int
        How many malformed records are let pass.
    max_lost_bytes : int
        How many bytes may be lost where a record boundary was, or after the last whole record.

    Raises
    ------
    AssertionError
        If there are more, or not one event.

    Examples
    --------
    >>> assert_decodes("fixtures/generated.bin")
    >>> assert_decodes(bytes(32))
    Traceback (most recent call last):
    ...
    AssertionError: data: 1 malformed of 1 records where 0 are let pass
      unknown_kind  1 of 1 records  first is record 0
    data: no event is left
    """
    __tracebackhide__ = True
    from pathlib import Path

    from lobstats.events.codec import decode_lenient
    from lobstats.events.formats import load

    name = "data"
    if isinstance(data, str | os.PathLike):
        name = os.fspath(data)
        data, _ = load(Path(data))
    wrong = _undecoded(name, decode_lenient(data), max_malformed, max_lost_bytes)
    if wrong:
        raise AssertionError("\n".join(wrong))


@contextmanager
def watched(watcher: "Callable[[Check], None]") -> Iterator[None]:
    """Pass every check that is made inside the block to a function; of nested blocks, the innermost has it."""
    _WATCHERS.append(watcher)
    try:
        yield
    finally:
        _WATCHERS.remove(watcher)


def _undecoded(name: str, found: "Decoded", max_malformed: int, max_lost_bytes: int) -> list[str]:
    """Return what is wrong with decoded bytes, line by line."""
    from lobstats.events.codec import MALFORMED

    lines = []
    malformed, lost = sum(found.malformed.values()), found.discarded_bytes + found.trailing_bytes
    if malformed > max_malformed:
        lines.append(
            f"{name}: {malformed:,} malformed of {found.n_records:,} records where {max_malformed:,} are let pass"
        )
        told = {reason: count for reason, count in found.malformed.items() if count}
        width, places = max(map(len, told)), list(MALFORMED)
        for reason, count in told.items():
            first = int((found.codes == 1 + places.index(reason)).argmax())
            lines.append(f"  {reason:<{width}}  {count:,} of {found.n_records:,} records  first is record {first:,}")
    if lost > max_lost_bytes:
        lines.append(
            f"{name}: {lost:,} bytes lost where {max_lost_bytes:,} are let pass: {found.discarded_bytes:,} at "
            f"{len(found.slips):,} slips of the record boundary, {found.trailing_bytes:,} after the last whole record"
        )
    if not len(found.events):
        lines.append(f"{name}: no event is left")
    return lines
