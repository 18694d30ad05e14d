"""Self-excitation by the likelihood of a Hawkes process, window by window."""

import math

from numpy.typing import ArrayLike

from lobstats.errors import InsufficientDataError
from lobstats.result import Basis, Estimate
from lobstats.summary.hawkes import EXCITED, FIT_NS, LEAST_FITTED, LONGEST_S, HawkesFits

__all__ = ["hawkes_branching_ratio", "hawkes_decay_time"]

_BASIS = Basis("clock time", f"windows of {FIT_NS / 1e9:g} s", "fitted windows")


def hawkes_branching_ratio(hawkes: HawkesFits | ArrayLike) -> Estimate:
    """Branching ratio n of a Hawkes process with an exponential kernel, by maximum likelihood.

    The intensity is mu + n beta sum exp(-beta (t - s)) over earlier happenings s; n is how many others one brings about
    on the mean. It is fitted to each window of ten minutes by itself, and the value is the mean over windows: what it
    stands for is n at that length, which is near the share of happenings brought about where one decay is a fair
    picture. Happenings that share a time count as one, so that a clock too coarse for the excitation hides it. A rate
    that drifts within the window, and several decays at once, drive n toward 1; with few happenings in a window n is
    above zero by chance alone: 0.2 for a Poisson process of 0.2 a second, 0.04 for one of 10. `branching_ratio`
    needs no model.

    Parameters
    ----------
    hawkes : HawkesFits or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.

    Returns
    -------
    Estimate
        In (0, 1); ``n`` counts windows fitted, ``params`` those skipped for fewer than 100 happenings, and failed.

    Raises
    ------
    InsufficientDataError
        If no window was fitted.

    References
    ----------
    T. Ozaki, "Maximum likelihood estimation of Hawkes' self-exciting point processes", Annals of the Institute of
    Statistical Mathematics 31 (1979) 145, doi:10.1007/BF02480272; V. Filimonov, D. Sornette, Quantitative Finance 15
    (2015) 1293, doi:10.1080/14697688.2015.1032544, on what can look like n near 1.

    Examples
    --------
    >>> import numpy as np
    >>> times = np.cumsum(np.random.default_rng(1).exponential(1e9, 5000)).astype(int)
    >>> float(hawkes_branching_ratio(times)) < 0.3
    True
    """
    fits = _some(HawkesFits.of(hawkes))
    params = {"skipped": fits.skipped, "failed": fits.failed}
    return Estimate(fits.ratio / fits.fitted, fits.fitted, "", params, scale="arcsine", basis=_BASIS)


def hawkes_decay_time(hawkes: HawkesFits | ArrayLike) -> Estimate:
    """Decay time 1 / beta of a Hawkes process with an exponential kernel, by maximum likelihood.

    How long the excitation by one happening lasts, as the geometric mean over windows of ten minutes. Windows with a
    branching ratio below 0.01 say nothing of it and are left out, and so are those in which it is longer than a tenth
    of the window, which is no excitation but a drift. See `hawkes_branching_ratio`.

    Parameters
    ----------
    hawkes : HawkesFits or array_like of int, shape (n,)
        Times of the happenings, increasing whole nanoseconds.

    Returns
    -------
    Estimate
        In seconds; ``n`` counts windows.

    Raises
    ------
    InsufficientDataError
        If no window was fitted with a branching ratio of 0.01 at least and a decay of a minute at most.

    References
    ----------
    T. Ozaki, Annals of the Institute of Statistical Mathematics 31 (1979) 145, doi:10.1007/BF02480272.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> first = rng.uniform(0, 1800, 2000)
    >>> second = first[:1500] + rng.exponential(0.01, 1500)
    >>> times = (np.sort(np.concatenate([first, second])) * 1e9).astype(int)
    >>> 0.008 < float(hawkes_decay_time(times)) < 0.012
    True
    """
    fits = _some(HawkesFits.of(hawkes))
    if not fits.excited:
        which = f"a branching ratio of {EXCITED:g} or more and a decay within {LONGEST_S:g} s"
        msg = f"none of {fits.fitted} windows has {which}; there is no decay to time."
        raise InsufficientDataError(msg)
    return Estimate(math.exp(fits.log_decay / fits.excited), fits.excited, "s", scale="log", basis=_BASIS)


def _some(fits: HawkesFits) -> HawkesFits:
    if not fits.fitted:
        few, failed = f"{fits.skipped} with fewer than {LEAST_FITTED} happenings", f"{fits.failed} without an estimate"
        msg = f"no whole window of {FIT_NS / 1e9:g} s was fitted: {few}, {failed}."
        raise InsufficientDataError(msg)
    return fits
