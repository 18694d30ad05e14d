"""How orders live and die on each side, as a small table."""

from collections.abc import Sequence

from rich.table import Table

from lobstats.causes import ACTIONS
from lobstats.compare.results import Comparison, Described
from lobstats.report.cells import DASH
from lobstats.result import Curve, Estimate, Missing

__all__ = ["orders_rows", "orders_table"]

_SHARES = {
    "ever_filled_share": "filled at least in part by then",
    "filled_share": "filled completely by then",
    "cancelled_share": "cancelled by then",
    "filled_quantity_share": "quantity filled / quantity added",
    "fill_record_share": "fills / all records",
}
_PLACES = {
    "touch_share": "new orders that join the touch",
    "improving_share": "new orders that improve it",
    "cancel_touch_share": "owners' cancels at the touch",
    "fill_front_share": "fills at the front of the queue",
    "mean_fill_position": "mean place in the queue at a fill",
    "mean_cancel_position": "mean place in the queue at a cancel",
}


def orders_table(comparison: Comparison) -> Table | None:
    """Return a table of what happens to orders, a column for each side; None where no side has any.

    Shares of the kinds of records come first, with what fills bring about apart from what owners do; then lifetimes
    up to the horizon that all sides have in common, with the share of orders that are followed no further; then each
    of the fill rates under a name of its own; then places in the book and in the queue.

    Parameters
    ----------
    comparison : Comparison
        Also one of a real side alone.
    """
    sides = [comparison.real, *([comparison.baseline] if comparison.baseline else []), *comparison.generated]
    rows = orders_rows(sides)
    if all(cell == DASH for _, cells in rows for cell in cells):
        return None
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("orders", no_wrap=True)
    for side in sides:
        table.add_column(side.observations.name, justify="right", max_width=24, overflow="fold")
    for text, cells in rows:
        table.add_row(f" {text}", *cells)
    return table


def orders_rows(sides: Sequence[Described]) -> list[tuple[str, list[str]]]:
    """Return what each row says and its cell for each side, a dash where there is too little data."""
    rows = [(f"share of records: {name}", [_share_of(side, name) for side in sides]) for name in ACTIONS]
    rows += [
        ("owners' cancels / all records", [_percent(side, "cancel_share") for side in sides]),
        ("all cancels / all records", [_percent(side, "all_cancel_share") for side in sides]),
        ("new orders followed", [_followed(side) for side in sides]),
        ("horizon", [_horizon(side) for side in sides]),
        ("median lifetime", [_seconds(side, "median_lifetime") for side in sides]),
        ("mean lifetime up to the horizon", [_seconds(side, "mean_lifetime") for side in sides]),
        ("lost from sight before it (censored)", [_censored(side) for side in sides]),
        ("median time to first fill", [_seconds(side, "median_time_to_fill") for side in sides]),
    ]
    rows += [(text, [_percent(side, name) for side in sides]) for name, text in _SHARES.items()]
    rows.append(("fills / new orders", [_percent(side, "fills_per_order") for side in sides]))
    rows += [(text, [_percent(side, name) for side in sides]) for name, text in _PLACES.items()]
    return rows


def _fact(side: Described, name: str) -> Estimate | Curve | Missing | None:
    return side.facts.get(f"orders.{name}")


def _percent(side: Described, name: str) -> str:
    fact = _fact(side, name)
    return f"{100 * fact.value:.2f} %" if isinstance(fact, Estimate) else DASH


def _share_of(side: Described, action: str) -> str:
    fact = _fact(side, "event_shares")
    return f"{100 * fact.value[ACTIONS.index(action)]:.2f} %" if isinstance(fact, Curve) else DASH


def _seconds(side: Described, name: str) -> str:
    fact = _fact(side, name)
    return f"{fact.value:.3g} s" if isinstance(fact, Estimate) else DASH


def _followed(side: Described) -> str:
    fact = _fact(side, "mean_lifetime")
    return f"{fact.n:,}" if isinstance(fact, Estimate) else DASH


def _horizon(side: Described) -> str:
    fact = _fact(side, "mean_lifetime")
    return f"{fact.params['horizon_s']:g} s" if isinstance(fact, Estimate) else DASH


def _censored(side: Described) -> str:
    """Say which share of the orders is lost from sight before the horizon."""
    fact = _fact(side, "mean_lifetime")
    if not isinstance(fact, Estimate) or side.total is None:
        return DASH
    lives = side.total.order_lives
    lost = lives.censored[lives.seconds < fact.params["horizon_s"]].sum()
    return f"{100 * lost / lives.n:.2f} %"
