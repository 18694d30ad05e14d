"""Whether quiet and violent stretches alternate: how the number of large moves in a window varies."""

import numpy as np
from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.metrics.tails.ladder import place_on_ladder
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.exceedance_windows import ExceedanceWindows
from lobstats.summary.reference import Reference

__all__ = ["intermittency", "intermittency_curve"]

_LEAST_WINDOWS = 30
_HALF_TICK = 0.5
_WITHOUT_REFERENCE_SECONDS = 60


def intermittency(
    exceedance_windows: ExceedanceWindows | ArrayLike,
    *,
    window_seconds: int = 60,
    tail_fraction: float = 0.01,
    reference: Reference | None = None,
) -> Estimate:
    """Fano factor of the number of large one-second moves in a window.

    F = var N / mean N for the number N of moves of at least a threshold in windows of the clock: 1 - p for independent
    moves of which a share p is large, which is as good as 1; more where large moves come in spells. The threshold is
    the size on a fixed ladder, 1, 2, 3, 4, 6, 8, ... half ticks, whose share of all moves is nearest to
    ``tail_fraction``, by their ratio.

    Parameters
    ----------
    exceedance_windows : ExceedanceWindows or array_like of int, shape (n,)
        One-second moves in half ticks.
    window_seconds : int
        One of 10, 30, 60, 120, 300, 600, 1800 and 3600.
    tail_fraction : float
        The share of all moves that the threshold aims at, in (0, 0.5].
    reference : Reference, optional
        Where given, its moves choose the threshold, so that two samples share one.

    Returns
    -------
    Estimate
        Not negative; ``n`` counts windows, ``params`` hold the threshold in ticks.

    Raises
    ------
    InsufficientDataError
        If no move reaches any threshold, there are fewer than 30 whole windows, or none of them holds a large move.

    Notes
    -----
    Volatility that clusters and a pattern of the day both raise it; moves are taken as they are. A sample with fewer
    large moves than the reference comes nearer to 1 for that alone: thinning a count by q leaves 1 + q (F - 1).

    References
    ----------
    R. Cont, "Empirical properties of asset returns: stylized facts and statistical issues", Quantitative Finance 1
    (2001) 223, doi:10.1080/713665670; U. Fano, Physical Review 72 (1947) 26, doi:10.1103/PhysRev.72.26.

    Examples
    --------
    >>> moves = np.rint(10 * np.random.default_rng(1).standard_t(3, 60_000)).astype(int)
    >>> 0.9 < float(intermittency(moves)) < 1.1
    True
    """
    sums = ExceedanceWindows.of(exceedance_windows)
    columns = np.flatnonzero(sums.seconds == window_seconds)
    if not len(columns):
        listed = ", ".join(map(str, sums.seconds.tolist()))
        msg = f"`window_seconds` must be one of {listed}, got {window_seconds}."
        raise ValueError(msg)
    place = place_on_ladder(sums.thresholds, sums.exceedances, sums.moves, tail_fraction, reference)
    value, n = _fano(sums, place, int(columns[0]))
    params = {
        "window_seconds": int(window_seconds),
        "tail_fraction": tail_fraction,
        "threshold": float(sums.thresholds[place] * _HALF_TICK),
    }
    return Estimate(value, n, "", params, scale="log", basis=_basis(f"1 s, windows of {window_seconds} s"))


def intermittency_curve(
    exceedance_windows: ExceedanceWindows | ArrayLike,
    *,
    tail_fraction: float = 0.01,
    reference: Reference | None = None,
) -> Curve:
    """Fano factor of the number of large moves over the window length.

    As `intermittency`, at each window from 10 s up to a tenth of the reference's unit, one minute without one. Spells
    that last longer than the longest window make it rise throughout; it levels off where the window outlasts them.

    Parameters
    ----------
    exceedance_windows : ExceedanceWindows or array_like of int, shape (n,)
        One-second moves in half ticks.
    tail_fraction : float
        The share of all moves that the threshold aims at, in (0, 0.5].
    reference : Reference, optional
        Sets the longest window, and its moves choose the threshold.

    Returns
    -------
    Curve
        Over window lengths in seconds; lengths with fewer than 30 whole windows are left out.

    Raises
    ------
    InsufficientDataError
        If every length is, or no move reaches any threshold.

    References
    ----------
    R. Cont, Quantitative Finance 1 (2001) 223, doi:10.1080/713665670.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> loud = np.repeat(rng.random(400) < 0.1, 300)
    >>> curve = intermittency_curve(np.rint(rng.normal(size=120_000) * np.where(loud, 90, 9)).astype(int))
    >>> bool(curve.value[0] < curve.value[-1])
    True
    """
    sums = ExceedanceWindows.of(exceedance_windows)
    place = place_on_ladder(sums.thresholds, sums.exceedances, sums.moves, tail_fraction, reference)
    longest = _WITHOUT_REFERENCE_SECONDS if reference is None else reference.horizon_ns / 1e9
    found, reason = {}, ""
    for column in np.flatnonzero(sums.seconds <= longest).tolist():
        try:
            found[column] = _fano(sums, place, column)
        except InsufficientDataError as error:
            reason = reason or str(error)
    if not found:
        raise InsufficientDataError(reason or f"the longest window, {longest:g} s, is below {sums.seconds[0]} s.")
    value, n = zip(*found.values(), strict=True)
    params = {"tail_fraction": tail_fraction, "threshold": float(sums.thresholds[place] * _HALF_TICK)}
    x = sums.seconds[list(found)].astype(np.float64)
    return Curve(
        x, np.array(value), np.array(n), "", "s", params, scale="log", basis=_basis("1 s, windows of each length")
    )


def _basis(horizon: str) -> Basis:
    return Basis("clock time", horizon, "whole windows")


def _fano(sums: ExceedanceWindows, place: int, column: int) -> tuple[float, int]:
    n, total, squares = (
        int(own) for own in (sums.windows[column], sums.total[place, column], sums.squares[place, column])
    )
    what = f"{n} whole windows of {sums.seconds[column]} s"
    if n < _LEAST_WINDOWS:
        msg = f"{what}; {_LEAST_WINDOWS} are needed."
        raise InsufficientDataError(msg)
    if not total:
        msg = f"no move of {sums.thresholds[place] * _HALF_TICK:g} ticks or more in {what}."
        raise InsufficientDataError(msg)
    # Whole-number arithmetic: equal counts give exactly zero.
    return (n * squares - total * total) / (n * total), n
