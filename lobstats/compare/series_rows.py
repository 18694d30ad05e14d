"""The distances of every series between two samples, and which of them are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from lobstats.compare.conditions import holm
from lobstats.compare.distances import SERIES, SeriesInfo, count_rows
from lobstats.compare.floor import SeriesComparison, compare_series, sides_of_nature
from lobstats.compare.units import UnitPlan, inflation
from lobstats.inference import LEAST_UNITS
from lobstats.progress import advance
from lobstats.result import Missing
from lobstats.summary.summary import Summary

__all__ = ["compare_distances", "with_holm"]


def compare_distances(
    real: Sequence[Summary],
    generated: Sequence[Summary],
    sessions: np.ndarray,
    plan: UnitPlan,
    worth: int,
    reason: str | None,
    blind: Mapping[str, str],
    level: float,
    seeds: Mapping[str, int],
    baseline: Sequence[Summary] | None,
    baseline_blind: Mapping[str, str],
) -> dict[str, SeriesComparison | Missing]:
    """Compare each of `SERIES`, with p values adjusted for the number of those that are judged.

    Parameters
    ----------
    real, generated : sequence of Summary
        Their units.
    sessions : ndarray of int64, shape (units,)
        The session of each real unit.
    plan : UnitPlan
    worth : int
        How many real units of time the generated sample is worth.
    reason : str or None
        Why no series can be compared.
    blind : mapping of str to str
        The series that either side does not measure, with the reason.
    level : float
    seeds : mapping of str to int
        By series.
    baseline : sequence of Summary, optional
        The units of a second real sample.
    baseline_blind : mapping of str to str
        What it does not measure.
    """
    out: dict[str, SeriesComparison | Missing] = {}
    for name, info in SERIES.items():
        advance()
        if reason is not None or not generated:
            out[name] = Missing(reason or "no continuous trading in the generated sample")
            continue
        if name in blind:
            out[name] = Missing(blind[name])
            continue
        if name in baseline_blind:
            out[name] = Missing(f"baseline: {baseline_blind[name]}")
            continue
        second = () if baseline is None else (baseline,)
        (real_counts, generated_counts, *others), support = count_rows(name, real, generated, *second)
        if others and not others[0].any():
            out[name] = Missing("no observation in the baseline")
            continue
        n_real, n_generated = real_counts.sum(), generated_counts.sum()
        if not n_real or not n_generated:
            out[name] = Missing(f"no observation in the {'real' if not n_real else 'generated'} sample")
            continue
        rho = plan.rho.get(name, 0.0)
        factor, flagged = inflation(rho, len(real), plan.kind, level)
        result = compare_series(
            real_counts,
            generated_counts,
            support,
            generated_units=max(1, min(worth, round(n_generated / n_real * len(real)))),
            factor=factor,
            rho=rho,
            flagged=flagged or plan.remembers(name),
            nature=[(real_counts[a].sum(axis=0), real_counts[b].sum(axis=0)) for a, b in sides_of_nature(sessions)],
            level=level,
            rng=np.random.default_rng(seeds[name]),
            baseline=others[0] if others else None,
        )
        why_not = _unjudged(info, plan) or _hanging("real", real_counts, plan)
        if why_not is None and others:
            why_not = _hanging("baseline", others[0], plan)
        out[name] = result if why_not is None else result.without_verdict(why_not)
    return with_holm(out)


def _unjudged(info: SeriesInfo, plan: UnitPlan) -> str | None:
    """Say why a series is shown without a verdict, None where it gets one."""
    if plan.kind == "session":
        return None
    if not info.judged:
        return "it follows the one path of each session; a verdict needs five"
    if info.horizon_ns > plan.horizon_ns:
        return f"blocks of {plan.length_ns / 1e9:g} s are too short for moves over {info.horizon_ns / 1e9:g} s"
    return None


def _hanging(side: str, counts: np.ndarray, plan: UnitPlan) -> str | None:
    """Say why a series has no floor where nearly all units are empty, None where enough of them say anything.

    Draws of one unit are all alike: their distances are zero, and whatever differs would be apart.
    """
    says = int(np.count_nonzero(counts.any(axis=1)))
    if says >= LEAST_UNITS:
        return None
    return f"{says} of {len(counts)} {side} {plan.kind}s hold an observation; a verdict needs {LEAST_UNITS}"


def with_holm(found: dict[str, SeriesComparison | Missing]) -> dict[str, SeriesComparison | Missing]:
    """Add p values adjusted for the number of judged series, after Holm (1979)."""
    judged = {name: one for name, one in found.items() if isinstance(one, SeriesComparison) and one.verdict is not None}
    adjusted = holm({name: one.p for name, one in judged.items()})
    return found | {name: replace(one, p_holm=adjusted[name]) for name, one in judged.items()}
