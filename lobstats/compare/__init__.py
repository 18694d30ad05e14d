"""Two samples held against each other: distances of series, differences of facts, and what they mean."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from inspect import signature
from types import ModuleType
from typing import Any

import numpy as np

from lobstats.compare.agreement import refuse_cuts, refuse_same
from lobstats.compare.distances import DISTANCES, SERIES
from lobstats.compare.facts import FactComparison, Gap
from lobstats.compare.floor import Distance, SeriesComparison, Verdict
from lobstats.compare.names import told_apart
from lobstats.compare.results import Comparison, Described, Generated
from lobstats.compare.samples import Step, compare_samples
from lobstats.compare.sides import Data, as_source, listed, prepare
from lobstats.compare.units import plan_blocks
from lobstats.sessions import SESSION_GAP_NS

__all__ = [
    "DISTANCES",
    "SERIES",
    "Comparison",
    "Described",
    "Distance",
    "FactComparison",
    "Gap",
    "Generated",
    "SeriesComparison",
    "Verdict",
    "compare",
]


def compare(
    *,
    real: Data | Sequence[Data],
    generated: Data | Sequence[Data] = (),
    baseline: Data | Sequence[Data] | None = None,
    tick_size: float | None = None,
    start_ns: int | None = None,
    end_ns: int | None = None,
    session_gap_ns: int = SESSION_GAP_NS,
    session_length_ns: int | None = None,
    calendar: str | None = None,
    keep: Collection[str] = (),
    level: float = 0.95,
    rng: np.random.Generator | None = None,
    step: Step = lambda text: None,
) -> Comparison:
    """Compare generated samples with real data.

    Units are whole sessions where the real side has five or more, else blocks of clock time long enough to be nearly
    independent. Each series' distances are held against the distances between resampled real samples, each fact's
    difference against the errors of both; "apart" also asks that the sample lies farther away than one part of the
    real data from another.

    Parameters
    ----------
    real : path, event array, Source, or several of one kind
        The real side; several are its units. Decoded strictly.
    generated : path, event array, Source, or several
        Each is a sample of its own. Paths are decoded leniently.
    baseline : path, event array, Source, or several of one kind, optional
        A second real sample, decoded strictly: floors are then what lies between the real side and as much of it
        as each generated sample is worth.
    tick_size : float, optional
        Inferred from the real side's orders otherwise.
    start_ns, end_ns : int, optional
        Cut every stream, UTC nanoseconds.
    session_gap_ns : int
        A longer pause ends a session.
    session_length_ns : int, optional
        Cut sessions into parts of this length.
    calendar : str, optional
        Take the sessions of an exchange, as `lobstats.calendars.trading_hours` names them.
    keep : collection of str
        Keep what is left out otherwise: "outside_hours", "before_first_trade", "crossed".
    level : float
        Of intervals and floors, in (0, 1).
    rng : numpy.random.Generator, optional
        For the resampling; a fresh one with seed 0 otherwise.
    step : callable, optional
        Told what is about to be done, for a progress display.

    Returns
    -------
    Comparison

    Raises
    ------
    DecodeError
        If a path cannot be read.
    InsufficientDataError
        If the tick size is not given and cannot be inferred.

    Examples
    --------
    >>> from lobstats.simulate import Market, simulate
    >>> market = simulate(Market(n_sessions=5, session_seconds=120), rng=np.random.default_rng(1))
    >>> result = compare(real=market, generated=market)
    >>> result.generated[0].distances["spread"].verdict
    'within noise'
    """
    if not 0 < level < 1:
        msg = f"`level` must be in (0, 1), got {level}."
        raise ValueError(msg)
    if not listed(real):
        msg = "`real` is empty; give at least one path, source or array of events."
        raise ValueError(msg)
    rng = np.random.default_rng(0) if rng is None else rng
    seed = getattr(rng.bit_generator.seed_seq, "entropy", None)
    real_source = as_source(listed(real), "strict", "real")
    sources = [as_source([data], "lenient", f"generated {i}") for i, data in enumerate(listed(generated), start=1)]
    second = [] if baseline is None else [as_source(listed(baseline), "strict", "baseline")]
    refuse_same(real_source, second)
    real_source, *others = told_apart([real_source, *sources, *second])
    if start_ns is not None or end_ns is not None:
        refuse_cuts([real_source, *others])
    prepared = prepare(
        real_source,
        others,
        step=step,
        tick_size=tick_size,
        start_ns=start_ns,
        end_ns=end_ns,
        session_gap_ns=session_gap_ns,
        session_length_ns=session_length_ns,
        calendar=calendar,
        keep=keep,
    )
    samples = []
    for number, side in enumerate(prepared.sides):
        step(f"summarising {side.name}")
        samples.append(prepared.sample(number))
    plan = prepared.plan or plan_blocks(samples[0])
    other = samples.pop() if second else None
    found = compare_samples(samples, plan, prepared.pattern, level, rng, step, other)
    return replace(found, hours=prepared.hours, seed=seed if isinstance(seed, int) else None)


class _Callable(ModuleType):
    """Lets ``lobstats.compare(...)`` work although the function shares its name with its package."""

    def __call__(self, *arguments: Any, **options: Any) -> Comparison:
        return compare(*arguments, **options)


__signature__ = signature(compare)
sys.modules[__name__].__class__ = _Callable
