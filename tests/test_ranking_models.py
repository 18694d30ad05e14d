"""Two generative models against their real day: the ranking, and its reasons against plain pandas on the raw logs."""

import numpy as np
import pandas as pd
import pytest

from lobstats.compare import compare
from lobstats.report.ranking import ranking_lines

START = pd.Timestamp("2015-01-29T09:45").value
NAMES = {
    "real": "real_TSLA_2015-01-29",
    "trades": "trades_TSLA_2015-01-29_seed20",
    "cgan": "cgan_TSLA_2015-01-29_seed20",
}


@pytest.fixture(scope="module")
def paths(data):
    return {side: data / "deepmarket" / f"{name}.parquet" for side, name in NAMES.items()}


@pytest.fixture(scope="module")
def comparison(paths):
    return compare(real=paths["real"], generated=[paths["trades"], paths["cgan"]], start_ns=START)


@pytest.fixture(scope="module")
def logs(paths):
    """Return each log from 09:45 on."""
    return {side: frame[frame["ts_ns"] >= START] for side, path in paths.items() for frame in [pd.read_parquet(path)]}


def told(comparison, name):
    """Return what the reasons tell of a row: the real side's value and each model's that names it."""
    found = {}
    for model in comparison.ranking.models:
        for reason in model.reasons:
            if reason.name == name:
                found["real"], found[model.name.split("_")[0]] = reason.real, reason.values[0]
                found["quantity"] = reason.quantity
    return found


def test_the_models_come_out_ranked(comparison):
    ranking = comparison.ranking
    assert [model.name for model in ranking.models] == [NAMES["trades"], NAMES["cgan"]]
    assert [model.rank for model in ranking.models] == [(1, 1), (2, 2)]
    (pair,) = ranking.pairs
    assert pair.different
    assert pair.ci.low > 1
    # The GAN is farther in tails and prices, the diffusion model in arrivals.
    assert pair.families["prices"][1].low > 1
    assert pair.families["arrivals"][1].high < 1
    assert pair.flag == "dependence longer than the sample"
    assert any("lacks" in str(line) for line in ranking_lines(comparison))


def test_the_copied_quarter_hour_is_a_copy(paths):
    # Which is why it is cut: the events that both sides have before 09:45 are the same.
    frames = [pd.read_parquet(paths[side]) for side in ("real", "trades", "cgan")]
    columns = ["ts_ns", "event", "is_buy", "qty", "px"]
    real, *others = (frame.loc[frame["ts_ns"] < START, columns].reset_index(drop=True) for frame in frames)
    for other in others:
        shared = min(len(real), len(other))
        assert shared > 50_000
        pd.testing.assert_frame_equal(real[:shared], other[:shared], check_dtype=False)


def test_trade_moves_are_those_of_the_raw_executions(comparison, logs):
    found = told(comparison, "trade_moves")
    assert found["quantity"] == "mean size"
    for side in ("real", "trades", "cgan"):
        log = logs[side]
        fills = log[log["event"] == "ORDER_EXECUTED"]
        # A trade is what prints at one time on one side; its price is the mean over its fills.
        value, by = fills["fill_px"] * fills["qty"], [fills["ts_ns"], fills["is_buy"]]
        trades = value.groupby(by, sort=False).sum() / fills["qty"].groupby(by, sort=False).sum()
        assert found[side] == pytest.approx((np.abs(np.diff(trades)) / 100).mean(), rel=0.02)
