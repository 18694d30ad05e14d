"""Which figures a report shows, family by family."""

from lobstats.compare import Described
from lobstats.report.plots import arrivals, flow, liquidity, orders, prices, tails, volatility
from lobstats.report.plots.lines import Plot

__all__ = ["plots"]


def plots(real: Described) -> dict[str, tuple[Plot, ...]]:
    """Return the plots of each family, in the order of a report.

    Parameters
    ----------
    real : Described
        The real side, which some are drawn against.
    """
    return {
        "tails": (tails.MOVES_TAIL, tails.HILL, tails.quantiles_against(real)),
        "volatility": (volatility.CLUSTERING, volatility.CLUSTERING_FROM_ZERO, volatility.SIGNATURE, volatility.VOLUME),
        "arrivals": (arrivals.GAPS, arrivals.FANO, arrivals.HAPPENING_SIZE, arrivals.rate_over_day(real)),
        "prices": (prices.PATHS, prices.MOVES, prices.SPREAD, prices.ORDER_SIZE),
        "orders": (orders.EVENT_MIX, orders.LIFETIMES, orders.FILLS),
        "flow": (flow.RESPONSE, flow.SIGNS, flow.IMBALANCE_MEMORY),
        "liquidity": (liquidity.LEVELS, liquidity.TOUCH, liquidity.IMBALANCE, liquidity.RECOVERY),
    }
