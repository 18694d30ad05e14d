"""Trains of happenings: how far their sizes are from what independent gaps would give."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Curve, Estimate
from lobstats.summary.counts import Counts
from lobstats.summary.gaps import bin_of, lower_edge
from lobstats.summary.reference import Reference
from lobstats.summary.trains import TrainCounts

__all__ = ["burst_trains", "burst_trains_curve"]

_LEAST_TRAINS = 30
_NEGLIGIBLE = 1e-12
_LONGEST = 1 << 60


def burst_trains(trains: TrainCounts | ArrayLike, *, window_seconds: float = 0.1) -> Estimate:
    """Distance of the sizes of trains from those of independent gaps.

    A train is a run of E happenings with gaps of at most the window. If gaps are independent, P(E) = q^(E - 1) (1 - q),
    with q the share of gaps within the window; the value is the Wasserstein distance of log2 E from that law, in
    octaves. It tends to 0 for a Poisson process and every other with independent gaps, however bursty, and grows where
    short gaps keep company. The mean of E says nothing: it is 1 / (1 - q) for every order of the same gaps, but for
    the ends of stretches. A short sample shows a distance from chance alone, so compare equal lengths.

    Parameters
    ----------
    trains : TrainCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    window_seconds : float
        One of `TRAINS_NS` in seconds: 0.001, 0.01, 0.1, 1 or 10.

    Returns
    -------
    Estimate
        In octaves, at least 0; ``n`` counts trains. A train is counted where it ends.

    Raises
    ------
    InsufficientDataError
        If there are fewer than 30 trains, or no gap is within the window.

    References
    ----------
    M. Karsai, K. Kaski, A.-L. Barabási, J. Kertész, "Universal features of correlated bursty behaviour", Scientific
    Reports 2 (2012) 397, doi:10.1038/srep00397.

    Examples
    --------
    >>> paired = np.repeat(np.arange(1000) * 10**9, 2)
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e8, 5000)).astype(int)
    >>> float(burst_trains(times)) < 0.05 < 0.4 < float(burst_trains(paired))
    True
    """
    counts = TrainCounts.of(trains)
    place = np.flatnonzero(counts.windows == round(window_seconds * 1e9))
    if not len(place):
        listed = ", ".join(f"{window / 1e9:g}" for window in counts.windows)
        msg = f"`window_seconds` must be one of {listed}, got {window_seconds}."
        raise ValueError(msg)
    value, n = _distance(counts, int(place[0]))
    basis = Basis("event time", f"gaps up to {window_seconds:g} s", "trains")
    return Estimate(value, n, "octaves", {"window_seconds": window_seconds}, basis=basis)


def burst_trains_curve(trains: TrainCounts | ArrayLike, *, reference: Reference | None = None) -> Curve:
    """Distance of the sizes of trains from those of independent gaps, over the window.

    As `burst_trains`, at each window from 0.001 s to 10 s.

    Parameters
    ----------
    trains : TrainCounts or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.
    reference : Reference, optional
        Sets the longest window, and the shortest: ten steps of the clock.

    Returns
    -------
    Curve
        In octaves, over windows in seconds; those with fewer than 30 trains, or with no gap within, are left out.

    Raises
    ------
    InsufficientDataError
        If every window is.

    References
    ----------
    As for `burst_trains`.

    Examples
    --------
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e8, 50_000)).astype(int)
    >>> burst_trains_curve(times).x
    array([0.001, 0.01 , 0.1  ])
    """
    counts = TrainCounts.of(trains)
    usable = np.ones(len(counts.windows), dtype=bool)
    if reference is not None:
        usable = (counts.windows <= reference.horizon_ns) & (counts.windows >= 10 * reference.clock_ns)
    found, reason = {}, ""
    for place in np.flatnonzero(usable).tolist():
        try:
            found[place] = _distance(counts, place)
        except InsufficientDataError as error:
            reason = reason or str(error)
    if not found:
        raise InsufficientDataError(reason or "no window lies within the horizon.")
    return Curve(
        x=counts.windows[list(found)] / 1e9,
        value=np.array([value for value, _ in found.values()]),
        n=np.array([n for _, n in found.values()]),
        unit="octaves",
        x_unit="s",
        basis=Basis("event time", "gaps up to each window", "trains"),
    )


def _distance(counts: TrainCounts, place: int) -> tuple[float, int]:
    sizes, within = counts.sizes[place], int(counts.within[place])
    seconds = counts.windows[place] / 1e9
    if sizes.n < _LEAST_TRAINS:
        msg = f"{sizes.n} trains with gaps up to {seconds:g} s; {_LEAST_TRAINS} are needed."
        raise InsufficientDataError(msg)
    if not within:
        msg = f"none of {counts.gaps} gaps is within {seconds:g} s."
        raise InsufficientDataError(msg)
    # Where every gap is within, each stretch is one train; half a longer gap keeps the law proper.
    q = min(within, counts.gaps - 0.5) / counts.gaps
    return _from_geometric(sizes, q), sizes.n


def _from_geometric(sizes: Counts, q: float) -> float:
    """Return the integral of |F(E) - (1 - q^E)| over log2 E.

    The grid holds every size up to 256, 128 to the octave beyond, and each size that occurs. Between its points F is
    constant, and the law is taken in the middle.
    """
    reach = min(max(math.log(_NEGLIGIBLE) / math.log(q), 2.0 * int(sizes.values[-1])), float(_LONGEST))
    grid = lower_edge(np.arange(1, bin_of(np.array([int(reach)]))[0] + 2))
    grid = np.unique(np.concatenate([grid, sizes.values]))
    share = np.concatenate([[0.0], np.cumsum(sizes.counts) / sizes.n])
    own = share[np.searchsorted(sizes.values, grid[:-1], side="right")]
    x = np.log2(grid)
    law: NDArray[np.float64] = -np.expm1(_middle(grid) * math.log(q))
    return float(np.abs(own - law) @ np.diff(x))


def _middle(grid: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the size at which the law is taken between neighbouring points: of one to the next it is the lower."""
    low, high = grid[:-1], grid[1:] - 1
    return np.sqrt(low.astype(np.float64) * high)
