"""What records do, and how long orders live."""

from lobstats.report.plots.lines import Plot, curve_line

__all__ = ["EVENT_MIX", "FILLS", "LIFETIMES"]

EVENT_MIX = Plot(
    "event-mix",
    "What records do",
    "",
    "share of records",
    "kind",
    "share",
    curve_line("orders.event_shares"),
    "Shares of the kinds of records with their {level} intervals; cancels and modifies that a fill brings about stand "
    "apart from those of an order's owner.",
    rows=("orders.event_shares",),
    style="points",
)

LIFETIMES = Plot(
    "lifetimes",
    "How long orders live",
    "time since the order came",
    "share of orders still there",
    "log time",
    "share",
    curve_line("orders.survival_curve"),
    "Kaplan-Meier, with its {level} band: orders that outlive the sample are counted for as long as they are seen. A "
    "steep fall at one time is a machine's habit, a smooth one is many hands.",
    rows=("orders.survival_curve", "orders.median_lifetime"),
)

FILLS = Plot(
    "fills",
    "When orders are filled",
    "time since the order came",
    "share of orders filled",
    "log time",
    "share",
    curve_line("orders.fill_incidence_curve"),
    "Share of new orders that are filled completely by then, with its {level} band; those that are cancelled first "
    "never are.",
    rows=("orders.fill_incidence_curve", "orders.filled_share"),
)
