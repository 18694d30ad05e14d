"""The law of the gaps: four families by maximum likelihood."""

import math

import numpy as np
import pytest
from naive_arrivals import naive_cells, naive_law
from scipy import stats

from lobstats.errors import InsufficientDataError
from lobstats.metrics.arrivals import gap_law, gap_shape
from lobstats.metrics.arrivals.laws import LAWS
from lobstats.summary.counts import Counts
from lobstats.summary.gaps import GapCounts
from lobstats.summary.reference import Reference

N = 30_000
FAMILIES = [
    lambda scale: stats.expon(scale=scale),
    lambda shape, scale: stats.weibull_min(shape, scale=scale),
    lambda shape, scale: stats.lognorm(shape, scale=scale),
    lambda shape, scale: stats.genpareto(shape, scale=scale),
]
TRUTHS = {
    "exponential": stats.expon(scale=0.1),
    "weibull": stats.weibull_min(0.5, scale=0.1),
    "lognormal": stats.lognorm(1.5, scale=0.1),
    "q-exponential": stats.genpareto(0.6, scale=0.1),
}
every_truth = pytest.mark.parametrize("truth", TRUTHS)


def gaps_of(law, *, n=N, seed=1):
    return (law.rvs(n, random_state=np.random.default_rng(seed)) * 1e9).astype(np.int64) + 1


def on_clock(clock_ns):
    return Reference(Counts.of([0]), 1, clock_ns)


# --- against scipy, and a twin ----------------------------------------------------------------------------------


@every_truth
def test_fits_equal_those_of_scipy_to_continuous_gaps(truth):
    gaps = gaps_of(TRUTHS[truth])
    curve, seconds = gap_law(gaps), gaps / 1e9
    laws = (stats.expon, stats.weibull_min, stats.lognorm, stats.genpareto)
    fits = [law.fit(seconds, floc=0) for law in laws]
    if fits[3][0] < 0:  # ours has q >= 1, and ends on the exponential law
        fits[3] = (0.0, 0.0, fits[0][1])
    loss = [-float(law.logpdf(seconds, *fit).mean()) for law, fit in zip(laws, fits, strict=True)]
    expected = [value - loss[0] + (i > 0) / N for i, value in enumerate(loss)]
    # What the bins may change, as the docstring says.
    assert curve.value == pytest.approx(expected, abs=1e-3)
    assert curve.value[0] == 0
    names = ("exponential_scale", "weibull_scale", "lognormal_median", "q_exponential_scale")
    for name, (*_, scale) in zip(names, fits, strict=True):
        assert curve.params[name] == pytest.approx(scale, rel=0.005), name
    shapes = curve.params["weibull_shape"], curve.params["lognormal_sigma"], curve.params["q_exponential_q"] - 1
    assert shapes == pytest.approx([fit[0] for fit in fits[1:]], rel=2e-3, abs=2e-3)
    assert gap_shape(gaps).value == curve.params["weibull_shape"]
    assert gap_shape(gaps).params == {"scale_seconds": curve.params["weibull_scale"]}


@pytest.mark.parametrize("clock", [1, 1000])
@every_truth
def test_points_equal_a_search_without_slopes_over_the_same_cells(truth, clock):
    gaps = np.maximum(gaps_of(TRUTHS[truth], n=2000) // 2000 // clock, 1) * clock
    cells = naive_cells(gaps.tolist(), clock=clock)
    curve = gap_law(gaps, reference=on_clock(clock))
    params = curve.params
    starts = [
        [params["exponential_scale"] * 1.2e9],
        [params["weibull_shape"] * 1.2, params["weibull_scale"] * 0.8e9],
        [params["lognormal_sigma"] * 1.2, params["lognormal_median"] * 0.8e9],
        [params["q_exponential_q"] - 0.9, params["q_exponential_scale"] * 0.8e9],
    ]
    losses = [naive_law(family, cells, start).fun for family, start in zip(FAMILIES, starts, strict=True)]
    expected = [loss - losses[0] + (i > 0) / len(gaps) for i, loss in enumerate(losses)]
    assert curve.value == pytest.approx(expected, abs=1e-6)


@every_truth
def test_the_law_that_made_the_gaps_wins(truth):
    curve = gap_law(gaps_of(TRUTHS[truth]))
    assert curve.labels == LAWS
    assert curve.at(curve.x[curve.value.argmin()]) == truth
    assert curve.n.tolist() == [N] * 4


def test_the_parameters_that_made_the_gaps_are_found():
    # Four asymptotic standard errors: of a Weibull shape 0.78 k / sqrt(n).
    error = 4 * 0.78 * 0.7 / math.sqrt(N)
    assert gap_shape(gaps_of(stats.weibull_min(0.7, scale=0.01))).value == pytest.approx(0.7, abs=error)
    # Of sigma, sigma / sqrt(2 n); of an index, (1 + index) / sqrt(n).
    params = gap_law(gaps_of(TRUTHS["lognormal"])).params
    assert params["lognormal_sigma"] == pytest.approx(1.5, abs=4 * 1.5 / math.sqrt(2 * N))
    params = gap_law(gaps_of(TRUTHS["q-exponential"])).params
    assert params["q_exponential_q"] == pytest.approx(1.6, abs=4 * 1.6 / math.sqrt(N))


# --- clocks -----------------------------------------------------------------------------------------------------


def test_the_law_survives_a_clock_that_is_told():
    gaps = gaps_of(stats.weibull_min(0.6, scale=100e-6))
    coarse = np.maximum(np.rint(gaps / 1000).astype(np.int64), 1) * 1000
    told, untold = gap_shape(coarse, reference=on_clock(1000)).value, gap_shape(coarse).value
    assert told == pytest.approx(gap_shape(gaps).value, rel=0.02)
    assert abs(untold - 0.6) > 2 * abs(told - 0.6)


def test_the_unit_of_time_does_not_matter():
    gaps = gaps_of(TRUTHS["lognormal"], n=3000)
    assert gap_law(1024 * gaps, reference=on_clock(1024)).value == pytest.approx(gap_law(gaps).value, abs=1e-9)


# --- wild gaps --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "gaps",
    [
        np.arange(1, 30),
        np.repeat([1, 2**62], 50).tolist() + [2**k for k in range(20)],
        [10**9 + 10**8 * k for k in range(12)] * 1000,
        np.geomspace(1, 2**62, 40).astype(np.int64),
        np.concatenate([np.full(10**5, 10**6), np.geomspace(10, 10**18, 30).astype(np.int64)]),
    ],
    ids=["even", "two heaps", "narrow", "wide", "a spike"],
)
def test_gaps_of_no_law_have_finite_fits(gaps):
    curve = gap_law(np.array(gaps))
    assert np.isfinite(curve.value).all()
    assert all(value > 0 and math.isfinite(value) for value in curve.params.values())


@pytest.mark.parametrize("metric", [gap_law, gap_shape])
def test_gaps_in_fewer_than_ten_bins_are_refused(metric):
    with pytest.raises(InsufficientDataError, match=r"^the gaps lie in 9 bins; a law needs 10 at least\.$"):
        metric(np.arange(10, 19))
    with pytest.raises(InsufficientDataError, match=r"^the gaps lie in 0 bins; a law needs 10 at least\.$"):
        metric([])
    assert np.unique(metric(np.arange(10, 20)).n).tolist() == [10]
    counts = GapCounts.of(np.arange(10, 20))
    assert metric(counts).to_dict() == metric(np.arange(10, 20)).to_dict()
