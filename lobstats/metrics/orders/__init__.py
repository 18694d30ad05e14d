"""Orders: what records do, how orders live and die, and where they stand as they do."""

from lobstats.metrics.orders.kinds import (
    all_cancel_share,
    cancel_share,
    event_shares,
    fill_record_share,
    fills_per_order,
)
from lobstats.metrics.orders.lifetimes import mean_lifetime, median_lifetime, survival_curve
from lobstats.metrics.orders.outcomes import (
    cancel_incidence_curve,
    cancelled_share,
    ever_filled_share,
    fill_incidence_curve,
    filled_quantity_share,
    filled_share,
    first_fill_curve,
)
from lobstats.metrics.orders.places import (
    cancel_touch_share,
    improving_share,
    mean_cancel_distance,
    mean_cancel_size,
    mean_order_distance,
    median_cancel_distance,
    median_order_distance,
    touch_share,
)
from lobstats.metrics.orders.queues import (
    cancel_front_share,
    fill_front_share,
    mean_cancel_ahead,
    mean_cancel_position,
    mean_fill_position,
)
from lobstats.metrics.orders.waits import mean_time_to_fill, median_time_to_fill

__all__ = [
    "all_cancel_share",
    "cancel_front_share",
    "cancel_incidence_curve",
    "cancel_share",
    "cancel_touch_share",
    "cancelled_share",
    "event_shares",
    "ever_filled_share",
    "fill_front_share",
    "fill_incidence_curve",
    "fill_record_share",
    "filled_quantity_share",
    "filled_share",
    "fills_per_order",
    "first_fill_curve",
    "improving_share",
    "mean_cancel_ahead",
    "mean_cancel_distance",
    "mean_cancel_position",
    "mean_cancel_size",
    "mean_fill_position",
    "mean_lifetime",
    "mean_order_distance",
    "mean_time_to_fill",
    "median_cancel_distance",
    "median_lifetime",
    "median_order_distance",
    "median_time_to_fill",
    "survival_curve",
    "touch_share",
]
