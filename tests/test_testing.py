"""What `lobstats.testing` asserts, and what it says where it fails."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lobstats
from lobstats.baseline.names import UnknownFactError
from lobstats.simulate import Market, simulate
from lobstats.testing import assert_decodes, assert_matches_baseline, assert_within_noise, watched

FIXTURES = Path(__file__).parent.parent / "fixtures"
MARKET = Market(n_sessions=8, session_seconds=90)


@pytest.fixture(scope="module")
def market():
    return simulate(MARKET, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def other():
    return simulate(MARKET, rng=np.random.default_rng(2))


@pytest.fixture(scope="module")
def large(other):
    events = other.copy()
    events["qty"] *= 4
    return events


def message(assertion, *arguments, **options):
    with pytest.raises(AssertionError) as caught:
        assertion(*arguments, **options)
    return str(caught.value)


def test_a_sample_matches_the_baseline_of_its_market(market, other):
    baseline = lobstats.freeze_baseline(market)
    assert_matches_baseline(other, baseline)
    assert_matches_baseline(other, baseline, facts=["mean_order_size"])


def test_a_failure_shows_the_numbers(market, large, tmp_path):
    baseline = lobstats.freeze_baseline(market)
    lobstats.write_baseline(baseline, tmp_path / "b.json")
    text = message(assert_matches_baseline, large, tmp_path / "b.json", facts=["mean_order_size", "mean_spread"])
    assert "FAILED, 1 out of band of 2 facts" in text
    row = next(line for line in text.splitlines() if "mean_order_size" in line)
    expected = baseline.facts["prices.mean_order_size"].value
    assert re.search(
        rf"mean_order_size\*? +{expected:.4g} +\d[\d.]+ +[\d.]+ to [\d.]+ +out by \+[\d.]+ +contracts", row
    )
    assert "mean_spread" not in text


def test_the_level_and_unknown_names_are_passed_on(market, other):
    with pytest.raises(UnknownFactError, match="did you mean"):
        assert_matches_baseline(other, lobstats.freeze_baseline(market), facts=["mean_spred"])
    with pytest.raises(ValueError, match="`level`"):
        assert_matches_baseline(other, lobstats.freeze_baseline(market), level=0)


def test_facts_and_series_within_noise_pass(market, other):
    assert_within_noise(real=market, generated=other, facts=["mean_order_size", "prices.mean_spread", "gaps"])


def test_what_is_worse_than_noise_is_shown_with_its_floor(market, other, large):
    text = message(
        assert_within_noise, real=market, generated=[other, large], facts=["order_size", "mean_order_size", "gaps"]
    )
    head, columns, *rows = text.splitlines()
    assert head == "generated 2 against real: 2 worse than within noise"
    assert columns.split() == ["row", "real", "generated", "difference", "floor", "ratio", "verdict"]
    assert [row.split()[0] for row in rows] == ["prices.mean_order_size", "order_size"]
    assert all(row.endswith("apart") for row in rows)
    result = lobstats.compare(real=market, generated=large).generated[0]
    found = result.comparisons["prices.mean_order_size"]
    assert f"{found.difference:.3g}  {found.floor:.3g}  {found.ratio:.2f}" in re.sub(" +", "  ", rows[0])


def test_close_may_be_let_pass(market, other, large):
    """Whichever facts are close pass with it and fail without."""
    result = lobstats.compare(real=market, generated=other).generated[0]
    close = [
        name
        for name, found in result.comparisons.items()
        if isinstance(found, lobstats.compare.FactComparison) and found.verdict == "close" and "messages" not in name
    ]
    assert close, "choose another seed"
    assert_within_noise(real=market, generated=other, facts=close, worst="close")
    assert "close" in message(assert_within_noise, real=market, generated=other, facts=close)
    assert "apart" in message(
        assert_within_noise, real=market, generated=large, facts=["mean_order_size"], worst="close"
    )


def test_what_has_no_verdict_does_not_pass(market, other):
    text = message(assert_within_noise, real=market, generated=other, facts=["kurtosis", "intraday_curvature"])
    assert "tails.kurtosis" in text
    assert text.count("missing: ") == 2


def test_misuse_is_no_failed_assertion(market, other):
    with pytest.raises(UnknownFactError, match=r"did you mean `hill_index`\?"):
        assert_within_noise(real=market, generated=other, facts=["hil_index"])
    with pytest.raises(ValueError, match="`worst` must be"):
        assert_within_noise(real=market, generated=other, facts=["gaps"], worst="apart")


def test_well_formed_bytes_decode(market, tmp_path):
    assert_decodes(market)
    assert_decodes(market.tobytes())
    assert_decodes(memoryview(market.tobytes()))
    for name in ("a.bin", "a.npz", "a.parquet"):
        lobstats.write(market, tmp_path / name)
        assert_decodes(tmp_path / name)


def test_malformed_records_and_lost_bytes_are_told(market):
    data = bytearray(market[:1000].tobytes())
    for record in (100, 200, 300):
        data[32 * record] = 77
    data[32 * 400 + 24 : 32 * 400 + 32] = np.array([-1]).tobytes()
    text = message(assert_decodes, bytes(data) + b"abc")
    assert text.splitlines()[0] == "data: 4 malformed of 1,000 records where 0 are let pass"
    assert re.search(r"unknown_kind +3 of 1,000 records  first is record 100\n", text)
    assert "data: 3 bytes lost where 0 are let pass: 0 at 0 slips" in text
    assert_decodes(bytes(data) + b"abc", max_malformed=4, max_lost_bytes=3)
    assert "lost" in message(assert_decodes, bytes(data) + b"abc", max_malformed=4, max_lost_bytes=2)
    assert "4 malformed" in message(assert_decodes, bytes(data), max_malformed=3)


@pytest.mark.parametrize("name", ["random.bin", "empty.bin", "text.bin"])
def test_what_holds_no_event_does_not_decode(name):
    data = (FIXTURES / "corrupt" / name).read_bytes()
    assert "data: no event is left" in message(assert_decodes, data, max_malformed=10**9, max_lost_bytes=10**9)


def test_a_path_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(lobstats.DecodeError, match=r"none\.bin"):
        assert_decodes(tmp_path / "none.bin")


def test_checks_are_watched_by_the_innermost_block(market, other):
    baseline = lobstats.freeze_baseline(market)
    outer, inner = [], []
    with watched(outer.append):
        with watched(inner.append):
            assert_matches_baseline(other, baseline, facts=["mean_spread"])
        assert (len(outer), len(inner)) == (0, 1)
        assert_matches_baseline(other, baseline, facts=["mean_spread"])
    assert_matches_baseline(other, baseline, facts=["mean_spread"])
    assert (len(outer), len(inner)) == (1, 1)
    assert isinstance(outer[0], lobstats.Check)


def test_importing_loads_nothing_heavy():
    code = "import sys, lobstats.testing; print(*{'numpy', 'pandas', 'numba', 'scipy', 'pytest'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
