"""The project's own regression tests: the simulated samples in `fixtures/` against a stored baseline and each other."""

import json
from pathlib import Path

import pytest

import lobstats
from lobstats.testing import assert_decodes, assert_matches_baseline, assert_within_noise

FIXTURES = Path(__file__).parent.parent / "fixtures"
BASELINE = FIXTURES / "baseline.json"

# What generated_bad.bin lacks: fat tails, clustered volatility and bursts of arrivals.
PLANTED = {
    "tails": ["tails.pareto_index", "tails.intermittency", "tails.deviation_tail_curve"],
    "volatility": ["volatility.absolute_autocorrelation", "volatility.dfa_exponent", "volatility.whittle_memory"],
    "arrivals": ["arrivals.burstiness", "arrivals.fano_curve", "arrivals.memory", "arrivals.branching_ratio"],
}
# What it has as the reference does, whatever else is wrong.
LEFT_ALONE = ["orders.cancel_share", "prices.mean_order_size", "flow.sign_autocorrelation", "prices.round_lot_share"]


@pytest.fixture(scope="module")
def bad():
    return lobstats.check(FIXTURES / "generated_bad.bin", against=BASELINE)


@pytest.mark.parametrize("name", ["reference", "generated", "generated_bad"])
def test_each_sample_decodes(name):
    assert_decodes(FIXTURES / f"{name}.bin")


def test_the_baseline_is_of_the_reference_as_it_is():
    (made_of,) = lobstats.read_baseline(BASELINE).inputs
    sums = dict(reversed(line.split()) for line in (FIXTURES / "SHA256SUMS").read_text().splitlines())
    assert made_of.sha256 == sums[made_of.name]


@pytest.mark.parametrize("name", ["reference", "generated"])
def test_samples_of_the_market_match_the_baseline(name):
    assert_matches_baseline(FIXTURES / f"{name}.bin", BASELINE)


@pytest.mark.parametrize("family", PLANTED)
def test_planted_defects_leave_their_bands(bad, family):
    failed = {fact.name: fact for fact in bad.failures}
    assert set(PLANTED[family]) <= failed.keys()
    assert failed["arrivals.burstiness"].got < failed["arrivals.burstiness"].band.low


def test_what_was_not_planted_stays_in_its_band(bad):
    found = {fact.name: fact.standing for fact in bad.facts}
    assert {found[name] for name in LEFT_ALONE} == {"in band"}


def test_a_failure_names_the_defects():
    with pytest.raises(AssertionError, match="generated_bad against reference: FAILED") as failure:
        assert_matches_baseline(FIXTURES / "generated_bad.bin", BASELINE, facts=["burstiness", "mean_order_size"])
    assert "  burstiness" in str(failure.value)
    assert "mean_order_size" not in str(failure.value)


def test_the_good_sample_is_within_noise_of_the_reference():
    assert_within_noise(
        real=FIXTURES / "reference.bin",
        generated=FIXTURES / "generated.bin",
        facts=["pareto_index", "volatility.absolute_autocorrelation", "burstiness", "mean_spread", "gaps"],
    )


def test_the_stored_intervals_are_those_of_today():
    """What is read from the file is what is measured now, to well within an interval: by band and not by equality."""
    stored = json.loads(BASELINE.read_text())["facts"]
    now = lobstats.freeze_baseline(FIXTURES / "reference.bin", row_ns=1800 * 10**9).facts
    assert stored.keys() == now.keys()
    for name, fact in now.items():
        if isinstance(fact, lobstats.Estimate) and isinstance(fact.ci, lobstats.Interval):
            width = stored[name]["high"] - stored[name]["low"]
            assert stored[name]["value"] == pytest.approx(fact.value, abs=max(0.05 * width, 1e-9)), name
