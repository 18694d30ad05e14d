"""Two generative models against their real day: the ranking, and its reasons against plain pandas on the raw logs."""

import pandas as pd
import pytest
from models import START, by_hand

from lobstats.compare import compare
from lobstats.report.ranking import ranking_lines

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
        assert shared > 15_000
        pd.testing.assert_frame_equal(real[:shared], other[:shared], check_dtype=False)


def test_the_reasons_are_what_the_raw_logs_show(comparison, paths):
    # The book replayed by hand, level by level, and everything else in pandas.
    hand = {side: by_hand(pd.read_parquet(path)) for side, path in paths.items()}
    rows = {
        "trade_moves": ("mean size", "trade moves, mean size (ticks)"),
        "spread": ("mean", "spread, mean (ticks)"),
        "mean_happening_size": ("", "records per happening, mean"),
        "gaps": ("share up to 0.031 s", "gaps, share up to 0.031 s"),
        "mean_touch_size": ("", "quantity at the touch, both sides, mean"),
    }
    for name, (quantity, row) in rows.items():
        found = told(comparison, name)
        assert found["quantity"] == quantity
        for side in set(found) - {"quantity"}:
            assert found[side] == pytest.approx(hand[side][row], rel=0.01), (name, side)
