"""Facts that are kept in a baseline and not judged by their intervals."""

from lobstats.metrics import SHOWN

__all__ = ["UNBANDED"]

UNBANDED = SHOWN | {
    "arrivals.burst_trains_by_kind": "a distance is never below zero: with few trains of a kind its band is too narrow",
}
"""By full name, with the reason; a tolerance lets them be judged all the same."""
