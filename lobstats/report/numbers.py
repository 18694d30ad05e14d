"""How a page writes numbers: as many digits as mean something, with their unit."""

import math
from typing import Any

__all__ = ["duration", "fixed", "number", "param", "quantity", "ratio", "some"]

_FULL_BAR = 4.0  # the ratio that fills a bar; its mark at 1 stands at a quarter
_MINUS = "\N{MINUS SIGN}"
_DURATIONS = {"ns": (1, 1e3), "µs": (1e3, 1e6), "ms": (1e6, 1e9), "s": (1e9, 120e9), "min": (60e9, 7200e9)}


def number(value: float, digits: int = 3) -> str:
    """Return a number to some significant digits."""
    return fixed(value, _decimals(value, digits))


def fixed(value: float, decimals: int) -> str:
    """Return a number to some decimals, very large and small ones with an exponent."""
    wide = decimals > 6 or abs(value) >= 1e9
    return (f"{value:.2e}" if wide and value else f"{value:,.{decimals}f}").replace("-", _MINUS)


def quantity(value: float, ends: tuple[float, float] | None, unit: str, scale: str) -> dict[str, str]:
    """Return a value, its unit and its interval as text, to two digits of the interval's half width."""
    factor = 1.0
    if scale == "arcsine" and not unit:
        factor, unit = 100.0, "%"
    elif unit == "s" and 0 < abs(value) < 0.1:
        factor, unit = (1e3, "ms") if abs(value) >= 1e-4 else (1e6, "µs")
    value, interval, decimals = value * factor, "", _decimals(value * factor)
    if ends is not None:
        low, high = (end * factor for end in ends)
        decimals = _decimals((high - low) / 2, 2) if high > low else decimals
        interval = f"[{fixed(low, decimals)}, {fixed(high, decimals)}]"
    return {"value": fixed(value, decimals), "interval": interval, "unit": unit}


def ratio(value: float | None) -> dict[str, Any]:
    """Return a ratio as text, as the width of a bar in per cent and for sorting; None is a floor of zero."""
    if value is None:
        return {"ratio": "∞", "width": 100, "order": math.inf}
    text = fixed(value, 2) if value < 100 else f"{value:,.0f}"
    return {"ratio": text, "width": round(100 * min(max(value / _FULL_BAR, 0), 1)), "order": value}


def param(value: object) -> str:
    """Return a setting as text."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def some(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def duration(ns: int) -> str:
    """Return nanoseconds in a unit that fits."""
    for unit, (size, most) in _DURATIONS.items():
        if 0 < ns < most:
            return f"{ns / size:.3g} {unit}"
    return f"{ns / 3600e9:,.3g} h" if ns else "none"


def _decimals(value: float, digits: int = 3) -> int:
    return max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value and math.isfinite(value) else 0
