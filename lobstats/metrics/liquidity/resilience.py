"""How the spread recovers from trades that widened it."""

import numpy as np

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.resilience import RESILIENCE_NS, Resilience

__all__ = ["spread_recovery", "spread_resilience"]

_BASIS = Basis("clock time", "1 ms to 10 s after a trade", "trades that widened the spread")
_SECOND_NS = 1_000_000_000
_LEAST = 30


def spread_resilience(resilience: Resilience) -> Curve:
    """Excess of the spread after trades that widened it, as a share of the widening, over the time since.

    R(l) = sum (s(t + l) - s_before) / sum (s(t) - s_before) over the happenings with a trade that left a wider spread
    than the one before: 1 at once, 0 once the spread is back, below 0 where it had been wide and narrowed further.

    Parameters
    ----------
    resilience : Resilience

    Returns
    -------
    Curve
        Over seconds since the trade; lags with fewer than 30 trades are left out.

    Raises
    ------
    InsufficientDataError
        If no lag has 30 trades.

    Notes
    -----
    Trades come in bursts: what follows one of them includes the next, which may widen the spread again.

    References
    ----------
    H. Degryse, F. de Jong, M. van Ravenswaaij, G. Wuyts, "Aggressive orders and the resiliency of a limit order
    market", Review of Finance 9 (2005) 201, doi:10.1007/s10679-005-7590-5.

    Examples
    --------
    >>> n = np.full(13, 40)
    >>> spread_resilience(Resilience(n, 2 * n, n)).value[:2]
    array([0.5, 0.5])
    """
    at = np.flatnonzero(resilience.pairs >= _LEAST)
    if not len(at):
        msg = f"no lag has {_LEAST} trades that widened the spread."
        raise InsufficientDataError(msg)
    value = resilience.excess[at] / resilience.widening[at]
    return Curve(RESILIENCE_NS[at] / 1e9, value, resilience.pairs[at], "", "s", scale="linear", basis=_BASIS)


def spread_recovery(resilience: Resilience) -> Estimate:
    """Share of a trade's widening of the spread that is gone after one second.

    One less `spread_resilience` at one second: 1 where the spread is what it was before the trade.

    Parameters
    ----------
    resilience : Resilience

    Returns
    -------
    Estimate
        Mostly in [0, 1]; above 1 where the spread ends up narrower than before.

    Raises
    ------
    InsufficientDataError
        If fewer than 30 trades widened the spread a second before the end of their stretch.

    References
    ----------
    As for `spread_resilience`.

    Examples
    --------
    >>> n = np.full(13, 40)
    >>> float(spread_recovery(Resilience(n, 4 * n, n)))
    0.75
    """
    place = int(np.flatnonzero(RESILIENCE_NS == _SECOND_NS)[0])
    n = int(resilience.pairs[place])
    if n < _LEAST:
        msg = f"{n} trades widened the spread; {_LEAST} are needed."
        raise InsufficientDataError(msg)
    value = 1 - float(resilience.excess[place] / resilience.widening[place])
    return Estimate(value, n, "", {"seconds": 1}, scale="linear", basis=_BASIS)
