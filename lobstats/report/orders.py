"""How orders live and die on each side, as a small table of text with a definition beside each figure."""

from lobstats.causes import ACTIONS
from lobstats.compare.results import Comparison, Described
from lobstats.result import Curve, Estimate, Missing

__all__ = ["orders_text"]

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
_DASH = "-"


def orders_text(comparison: Comparison) -> str:
    """Return a table of what happens to orders, a column for each side.

    Shares of the kinds of records come first, with what fills bring about apart from what owners do; then lifetimes
    up to the horizon that all sides have in common, with the share of orders that are followed no further; then each
    of the fill rates under a name of its own; then places in the book and in the queue.

    Parameters
    ----------
    comparison : Comparison
        Also one of a real side alone.

    Returns
    -------
    str
        A dash stands where there is too little data.
    """
    sides = [comparison.real, *([comparison.baseline] if comparison.baseline else []), *comparison.generated]
    rows = [("", [side.observations.name for side in sides])]
    rows += [(f"share of records: {name}", [_share_of(side, name) for side in sides]) for name in ACTIONS]
    rows += [
        ("owners' cancels / all records", [_percent(side, "cancel_share") for side in sides]),
        ("all cancels / all records", [_percent(side, "all_cancel_share") for side in sides]),
        ("new orders followed", [_followed(side) for side in sides]),
        ("horizon", [_horizon(side) for side in sides]),
        ("median lifetime", [_seconds(side, "median_lifetime") for side in sides]),
        ("mean lifetime up to the horizon", [_seconds(side, "mean_lifetime") for side in sides]),
        ("followed no further before it", [_censored(side) for side in sides]),
        ("median time to first fill", [_seconds(side, "median_time_to_fill") for side in sides]),
    ]
    rows += [(text, [_percent(side, name) for side in sides]) for name, text in _SHARES.items()]
    rows.append(("fills / new orders", [_percent(side, "fills_per_order") for side in sides]))
    rows += [(text, [_percent(side, name) for side in sides]) for name, text in _PLACES.items()]
    first = max(len(text) for text, _ in rows)
    widths = [max(len(cells[i]) for _, cells in rows) for i in range(len(sides))]
    lines = [
        f"{text:<{first}}  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for text, cells in rows
    ]
    return "\n".join(lines) + "\n"


def _fact(side: Described, name: str) -> Estimate | Curve | Missing | None:
    return side.facts.get(f"orders.{name}")


def _percent(side: Described, name: str) -> str:
    fact = _fact(side, name)
    return f"{100 * fact.value:.2f} %" if isinstance(fact, Estimate) else _DASH


def _share_of(side: Described, action: str) -> str:
    fact = _fact(side, "event_shares")
    return f"{100 * fact.value[ACTIONS.index(action)]:.2f} %" if isinstance(fact, Curve) else _DASH


def _seconds(side: Described, name: str) -> str:
    fact = _fact(side, name)
    return f"{fact.value:.3g} s" if isinstance(fact, Estimate) else _DASH


def _followed(side: Described) -> str:
    fact = _fact(side, "mean_lifetime")
    return f"{fact.n:,}" if isinstance(fact, Estimate) else _DASH


def _horizon(side: Described) -> str:
    fact = _fact(side, "mean_lifetime")
    return f"{fact.params['horizon_s']:g} s" if isinstance(fact, Estimate) else _DASH


def _censored(side: Described) -> str:
    """Say which share of the orders is lost from sight before the horizon."""
    fact = _fact(side, "mean_lifetime")
    if not isinstance(fact, Estimate) or side.total is None:
        return _DASH
    lives = side.total.order_lives
    lost = lives.censored[lives.seconds < fact.params["horizon_s"]].sum()
    return f"{100 * lost / lives.n:.2f} %"
