"""How often and how far prices move, from one happening or one trade to the next."""

import math

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.counts import Counts

__all__ = [
    "mid_move_per_trade",
    "mid_move_size",
    "trade_move_size",
    "weighted_move_size",
    "zero_move_share",
    "zero_trade_move_share",
]

_HAPPENINGS = Basis("event time", "one happening", "moves of the mid")
_WEIGHTED = Basis("event time", "one happening", "moves of the weighted mid")
_TRADES = Basis("trade time", "one trade", "moves of the trade price")
_MID_OF_TRADES = Basis("trade time", "one trade", "moves of the mid from trade to trade")


def zero_move_share(moves: Counts | ArrayLike) -> Estimate:
    """Share of happenings that leave the mid where it was.

    On a market whose spread is nearly always one tick most happenings move nothing; a model that moves the mid too
    often shows here first.

    Parameters
    ----------
    moves : Counts or array_like, shape (n,)
        Change of the mid per happening.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there is no move.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(zero_move_share([0, 0, 1, -2]))
    0.5
    """
    counts = Counts.of(moves)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine", basis=_HAPPENINGS)


def zero_trade_move_share(trade_moves: Counts | ArrayLike) -> Estimate:
    """Share of trades at the price of the trade before.

    Prints of one time and side are one trade, at the last print's price. Where buyers and sellers alternate at a spread
    of one tick this is small, whatever the mid does.

    Parameters
    ----------
    trade_moves : Counts or array_like, shape (n,)
        Change of the trade price from one trade to the next.

    Returns
    -------
    Estimate
        A share in [0, 1].

    Raises
    ------
    InsufficientDataError
        If there are fewer than two trades in a stretch.

    References
    ----------
    Own definition: a plain share.

    Examples
    --------
    >>> float(zero_trade_move_share([0, 0, 1, -2]))
    0.5
    """
    counts = Counts.of(trade_moves)
    return Estimate(counts.share(counts.values == 0), counts.n, "", scale="arcsine", basis=_TRADES)


def mid_move_size(moves: Counts | ArrayLike) -> Estimate:
    """Root mean square of the mid's moves per happening.

    sqrt(mean(x^2)), not centred. Of uncorrelated moves this square times the happenings in a second is the square of
    the volatility over a second; a mid that flickers has less volatility than that.

    Parameters
    ----------
    moves : Counts or array_like, shape (n,)
        Change of the mid per happening.

    Returns
    -------
    Estimate
        In the unit of the moves, ticks in a report.

    Raises
    ------
    InsufficientDataError
        If no move differs from zero.

    References
    ----------
    Own definition: a root mean square in event time.

    Examples
    --------
    >>> float(mid_move_size([3, -4, 0, 0]))
    2.5
    """
    return _size(Counts.of(moves), _HAPPENINGS)


def weighted_move_size(weighted_moves: Counts | ArrayLike) -> Estimate:
    """Root mean square of the weighted mid's moves per happening.

    The mid weighted by the sizes at the touch, (bid q_ask + ask q_bid) / (q_bid + q_ask), moves with every change of
    the queues, so it also sees sizes at the touch that change too much or too little. Read to a
    hundredth of a tick.

    Parameters
    ----------
    weighted_moves : Counts or array_like, shape (n,)
        Change of the weighted mid per happening.

    Returns
    -------
    Estimate
        In the unit of the moves, ticks in a report.

    Raises
    ------
    InsufficientDataError
        If no move differs from zero.

    References
    ----------
    Own definition: a root mean square in event time.

    Examples
    --------
    >>> float(weighted_move_size([0.3, -0.4, 0.0, 0.0]))
    0.25
    """
    return _size(Counts.of(weighted_moves), _WEIGHTED)


def trade_move_size(trade_moves: Counts | ArrayLike) -> Estimate:
    """Root mean square of the trade price's moves from one trade to the next.

    Above `mid_move_per_trade` by the bounce between bid and ask.

    Parameters
    ----------
    trade_moves : Counts or array_like, shape (n,)
        Change of the trade price from one trade to the next.

    Returns
    -------
    Estimate
        In the unit of the moves, ticks in a report.

    Raises
    ------
    InsufficientDataError
        If no move differs from zero.

    References
    ----------
    R. Roll, "A simple implicit measure of the effective bid-ask spread in an efficient market", Journal of Finance 39
    (1984) 1127, doi:10.1111/j.1540-6261.1984.tb03897.x, on the bounce.

    Examples
    --------
    >>> float(trade_move_size([3, -4, 0, 0]))
    2.5
    """
    return _size(Counts.of(trade_moves), _TRADES)


def mid_move_per_trade(mid_moves_by_trade: Counts | ArrayLike) -> Estimate:
    """Root mean square of the mid's moves from after one trade to after the next.

    Volatility in trade time, free of the bounce between bid and ask.

    Parameters
    ----------
    mid_moves_by_trade : Counts or array_like, shape (n,)
        Change of the mid from one happening with a trade to the next.

    Returns
    -------
    Estimate
        In the unit of the moves, ticks in a report.

    Raises
    ------
    InsufficientDataError
        If no move differs from zero.

    References
    ----------
    Own definition: a root mean square in trade time.

    Examples
    --------
    >>> float(mid_move_per_trade([3, -4, 0, 0]))
    2.5
    """
    return _size(Counts.of(mid_moves_by_trade), _MID_OF_TRADES)


def _size(counts: Counts, basis: Basis) -> Estimate:
    size = math.sqrt(counts.variance() + counts.mean() ** 2)
    if size == 0:
        msg = f"none of {counts.n:,} moves differs from zero."
        raise InsufficientDataError(msg)
    return Estimate(size, counts.n, counts.unit, scale="log", basis=basis)
