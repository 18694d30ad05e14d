"""The metrics: functions from a field of `Summary`, or a plain array, to an estimate or a curve."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import numpy as np

from lobstats.errors import InsufficientDataError
from lobstats.metrics import arrivals, flow, liquidity, orders, prices, tails, volatility
from lobstats.metrics.tails import Tail
from lobstats.result import Curve, Estimate
from lobstats.series import KINDS
from lobstats.summary.kinds import KindArrivals
from lobstats.summary.reference import Reference
from lobstats.summary.summary import FIELDS, Summary
from lobstats.summary.touch_events import TOUCH_EVENTS

__all__ = ["FAMILIES", "SHOWN", "Metric", "collect", "evaluate"]

Function = Callable[..., Estimate | Curve]

FAMILIES = {
    "tails": tails,
    "volatility": volatility,
    "arrivals": arrivals,
    "prices": prices,
    "orders": orders,
    "flow": flow,
    "liquidity": liquidity,
}
"""The families, in the order of a report."""

_UNSETTLED = (
    "the largest moves decide it: its interval is too narrow, and two samples of one market differ more often than the "
    "level says"
)
_JUMPS = "where a power begins jumps from sample to sample: its interval is too narrow"
_THIRD = "where the tail index is 3 or less the law of the moves has no skewness: the largest moves decide it"
_PICKANDS = "Pickands' estimator rests on three moves and is too noisy to judge by"

_WHOLE_TICKS = "a median of whole ticks seldom moves as a unit is left out: its interval is too narrow"
_NO_FLOOR = "just after a trade all units agree, which leaves it no floor: one trade can set a market apart from itself"

SHOWN: dict[str, str] = {
    "arrivals.burst_trains_curve": "a distance is never below zero: near independence its interval is too narrow",
    "liquidity.spread_resilience": _NO_FLOOR,
    "orders.median_cancel_distance": _WHOLE_TICKS,
    "orders.median_order_distance": _WHOLE_TICKS,
    "tails.kurtosis": _UNSETTLED,
    "tails.kurtosis_curve": _UNSETTLED,
    "tails.kurtosis_decay": _UNSETTLED,
    "tails.ks_minimum_fraction": _JUMPS,
    "tails.ks_minimum_fraction_by_side": _JUMPS,
    "tails.ks_minimum_index": _JUMPS,
    "tails.ks_minimum_index_by_side": _JUMPS,
    "tails.skewness": _THIRD,
    "tails.skewness_curve": _THIRD,
    "tails.pickands_shape": _PICKANDS,
    "tails.pickands_shape_by_side": _PICKANDS,
    "volatility.conditional_kurtosis": _UNSETTLED,
    "volatility.squared_autocorrelation": _UNSETTLED,
    "volatility.squared_autocorrelation_curve": _UNSETTLED,
    "volatility.ljung_box_squared": _UNSETTLED,
    "volatility.arch_lm": _UNSETTLED,
    "volatility.leverage": _UNSETTLED,
    "volatility.leverage_curve": _UNSETTLED,
    "volatility.realised_volatility_bp": "it follows the level of the price, which is one path",
}
"""Metrics that are shown and not scored, by full name, with the reason."""

_SIDES = [tail for tail in get_args(Tail) if tail != "both"]


@dataclass(frozen=True)
class Metric:
    """A metric as a report evaluates it.

    Attributes
    ----------
    function : callable
        From a field of `Summary`, or a plain array, to an estimate or a curve.
    field : str
        The field of `Summary` that the metric reads.
    over : {"", "side", "kind", "event"}
        Whether it is the function itself, or its estimates for gains and losses, or for each kind of event, as a curve,
        or its curve for one class of event at the touch.
    event : str
        That class.
    """

    function: Function
    field: str
    over: Literal["", "side", "kind", "event"] = ""
    event: str = ""

    def __call__(self, data: Any, reference: Reference | None = None) -> Estimate | Curve:
        """Evaluate on the field of a summary, with the reference where the function takes one."""
        parameters = _parameters(self.function)
        options = {"reference": reference} if "reference" in parameters else {}
        if self.over == "side":
            return _labelled(_SIDES, lambda tail: self.function(data, tail=tail, **options))
        if self.over == "kind":
            return _labelled(list(KINDS), lambda kind: self.function(getattr(data[kind], parameters[0]), **options))
        if self.over == "event":
            return self.function(data, event=self.event, **options)
        return self.function(data, **options)


def collect() -> dict[str, Metric]:
    """Return every metric by its full name, ``family.metric``: the public functions whose first parameter is a field.

    An estimate with a parameter ``tail`` is there once more as ``..._by_side``, one from arrivals as ``..._by_kind``; a
    function with a parameter ``event`` is there for each class of event in its place.

    Examples
    --------
    >>> [name for name in collect() if "burstiness" in name][:2]
    ['arrivals.burstiness', 'arrivals.burstiness_by_kind']
    """
    return dict(_found())


def _found() -> Iterator[tuple[str, Metric]]:
    for family, module in FAMILIES.items():
        for name in module.__all__:
            function = getattr(module, name)
            if not inspect.isfunction(function):
                continue
            signature = inspect.signature(function)
            field = next(iter(signature.parameters))
            if field not in FIELDS:
                continue
            if "event" in signature.parameters:
                for event in TOUCH_EVENTS:
                    yield f"{family}.{name}_{event}", Metric(function, field, "event", event)
                continue
            yield f"{family}.{name}", Metric(function, field)
            if signature.return_annotation is not Estimate:
                continue
            if "tail" in signature.parameters:
                yield f"{family}.{name}_by_side", Metric(function, field, "side")
            if field in KindArrivals.__dataclass_fields__:
                yield f"{family}.{name}_by_kind", Metric(function, "kinds", "kind")


def evaluate(metric: Metric, summary: Summary, reference: Reference | None = None) -> Estimate | Curve:
    """Apply a metric to its field of a summary, with the reference where it takes one."""
    return metric(getattr(summary, metric.field), reference)


@cache
def _parameters(function: Function) -> tuple[str, ...]:
    """Return the names of a function's parameters, which a jackknife asks for once a unit."""
    return tuple(inspect.signature(function).parameters)


def _labelled(labels: list[str], estimate: Callable[[str], Estimate | Curve]) -> Curve:
    """Return an estimate's values for several labels as a curve; those with too little data are left out."""
    found, reason = {}, ""
    for i, label in enumerate(labels):
        try:
            found[i] = estimate(label)
        except InsufficientDataError as error:
            reason = reason or f"{label}: {error}"
    if not found:
        raise InsufficientDataError(reason)
    first = next(iter(found.values()))
    return Curve(
        x=np.array(list(found), dtype=np.float64),
        value=np.array([one.value for one in found.values()]),
        n=np.array([one.n for one in found.values()]),
        unit=first.unit,
        x_unit="",
        params={},
        scale=first.scale,
        basis=first.basis,
        labels=tuple(labels),
    )
