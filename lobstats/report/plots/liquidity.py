"""What rests in the book, and how it recovers."""

from lobstats.report.plots.lines import Plot, cumulated, curve_line, survival_line

__all__ = ["IMBALANCE", "LEVELS", "RECOVERY", "TOUCH"]

LEVELS = Plot(
    "levels",
    "The shape of the book",
    "level, from the touch",
    "mean quantity (contracts)",
    "value",
    "value",
    curve_line("liquidity.level_profile"),
    "Mean quantity at each of the ten best levels, with its {level} band. In most books it grows from the touch "
    "outwards; a flat or empty one has forgotten the depth.",
    rows=("liquidity.level_profile", "liquidity.touch_depth_share"),
)

TOUCH = Plot(
    "touch",
    "Quantity at the touch",
    "quantity at the best bid and ask together (contracts)",
    "share at least as large",
    "log",
    "log share",
    lambda side, total: survival_line(total.touch_size.x, total.touch_size.counts),
    "The sum of both sides of the touch after each happening. A long tail is a book with walls at the touch.",
    rows=("touch_size", "liquidity.mean_touch_size"),
    definition="P(q_bid + q_ask ≥ x) over x, q the quantity at the best price.",
)

IMBALANCE = Plot(
    "imbalance",
    "Imbalance at the touch",
    "(bid − ask) / (bid + ask)",
    "share of happenings up to it",
    "value",
    "share",
    lambda side, total: cumulated(total.imbalance),
    "Which side of the touch is heavier after each happening: −1 is all on the ask, 1 all on the bid. Steps are "
    "touches of few round sizes.",
    rows=("imbalance", "liquidity.imbalance_size"),
    definition="P(imbalance ≤ x) over x, (q_bid − q_ask) / (q_bid + q_ask) with q the quantity at the best price.",
)

RECOVERY = Plot(
    "recovery",
    "The spread after a trade that widened it",
    "time since the trade",
    "excess that is left",
    "log time",
    "value",
    curve_line("liquidity.spread_resilience"),
    "What is left of the widening, with its {level} band: 1 is nothing recovered, 0 all of it. It rests on the few "
    "trades that widen the spread.",
    rows=("liquidity.spread_resilience", "liquidity.spread_recovery"),
)
