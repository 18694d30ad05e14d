"""Intervals of dependent samples hold what they should: the quick version of `benchmarks/coverage.md`."""

import math
from dataclasses import replace

import numpy as np
import pytest
from interval_coverage import Coverage, Design, Found, coverage, draw_units, intervals, moves_of_another
from processes import PROCESSES, SECOND

from lobstats.metrics import collect
from lobstats.summary.merging import merged

SAMPLES = 150
MEMORY = 2.0  # seconds; units are 60 times as long

# An interval that holds the truth in 92 % of all samples does so in fewer of 150 than this once in 240 times.
LEAST = 100 * (0.92 - 3 * math.sqrt(0.92 * 0.08 / SAMPLES))

ARRIVALS = ("arrivals.mean_gap", "arrivals.burstiness", "arrivals.memory", "arrivals.fano_factor")
MOVES = (
    "volatility.realised_volatility",
    "volatility.absolute_autocorrelation",
    "prices.zero_move_share",
    "tails.exceedance",
)


def drawn(name, design, metrics):
    """Return the sum of the units of each sample, and what it says of each metric."""
    process = replace(PROCESSES[name], memory=MEMORY)
    chosen = {metric: collect()[metric] for metric in metrics}
    out = []
    for seed in range(SAMPLES):
        units = draw_units(process, design, np.random.default_rng([seed, 11]))
        length = design.seconds(process) * SECOND
        facts = intervals(units, chosen, unit_kind=design.kind, length_ns=length, another=moves_of_another(process))
        out.append((merged(units), facts))
    return out


@pytest.fixture(scope="module")
def arrivals_in_blocks():
    return drawn("Cox", Design("block", 10, 60), ARRIVALS)


@pytest.fixture(scope="module")
def moves_in_blocks():
    return drawn("heavy tails", Design("block", 10, 60), MOVES)


@pytest.fixture(scope="module")
def arrivals_in_sessions():
    return drawn("Hawkes", Design("session", 5, 60), ARRIVALS)


@pytest.mark.parametrize("samples", ["arrivals_in_blocks", "moves_in_blocks", "arrivals_in_sessions"])
def test_95_percent_intervals_of_dependent_samples_hold_the_mean_estimate_in_92_percent_at_least(samples, request):
    found = coverage(facts for _, facts in request.getfixturevalue(samples))
    assert len(found) == 4
    for name, one in found.items():
        assert one.missing <= SAMPLES / 20, name
        assert one.share > LEAST, f"{name}: {one.share}"


def as_if_independent(name, total, fact):
    """Return an interval that takes happenings, gaps and moves as independent of each other."""
    if name == "arrivals.mean_gap":
        n, mean = total.gaps.n, total.gaps.total / total.gaps.n
        error = math.sqrt(total.gaps.total_squares / n / mean**2 - 1) / math.sqrt(n)
    elif name == "arrivals.memory":
        error = 1 / math.sqrt(total.gaps.n)
    elif name == "arrivals.fano_factor":
        error = math.sqrt(2 / total.arrivals.n[np.flatnonzero(total.arrivals.windows == SECOND)[0]])
    else:
        error = 1 / math.sqrt(total.returns.n)
    ends = fact.value - 1.96 * error, fact.value + 1.96 * error
    back = {"log": np.exp, "atanh": np.tanh}[fact.scale]
    return replace(fact, ends=(back(ends[0]), back(ends[1])))


@pytest.mark.parametrize(
    ("samples", "names"),
    [
        ("arrivals_in_blocks", ["arrivals.mean_gap", "arrivals.memory", "arrivals.fano_factor"]),
        ("moves_in_blocks", ["volatility.absolute_autocorrelation"]),
    ],
)
def test_intervals_that_take_observations_as_independent_do_not(samples, names, request):
    # Were they 95 % intervals, so few of 150 would hold the mean less than once in a hundred thousand times.
    for name in names:
        naive = [
            {name: as_if_independent(name, total, facts[name])} for total, facts in request.getfixturevalue(samples)
        ]
        share = coverage(naive)[name].share
        assert share < LEAST, f"{name}: {share}"


def test_coverage_counts_the_intervals_that_hold_the_mean_on_the_scale():
    def found(value, low, high):
        return {"a": Found(np.zeros(1), np.log([value]), (np.array([low]), np.array([high])), "log")}

    # The mean of the logarithms of 1, 2 and 4 is that of 2.
    samples = [found(1.0, 0.5, 1.9), found(2.0, 1.9, 2.1), found(4.0, 2.0, 9.0), {}]
    assert coverage(samples) == {"a": Coverage(2, 3, 1)}
