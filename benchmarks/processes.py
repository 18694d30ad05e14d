"""Dependent processes whose memory is known, as series of sessions: what intervals of estimates are tried on."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.signal import lfilter

from lobstats.book import NO_PRICE
from lobstats.series import KINDS, WEIGHTED_STEPS, Series, Trades

__all__ = ["PROCESSES", "SECOND", "Process"]

SECOND = 1_000_000_000

_RATE = 3.0  # mean happenings a second
_BURST = 0.8  # standard deviation of the logarithm of the Cox process' rate
_BRANCHING = 0.7  # children of each happening of the Hawkes process
_PRICE = 100_000  # ticks at which a session begins
_TICKS = 8.0  # standard deviation of a one-second move
_NEWS = 0.15  # GARCH's weight of the last squared move
_CLUSTERING = 0.6  # standard deviation of the logarithm of the stochastic volatility
_LEVERAGE = -0.4  # correlation of a move with the next shock to volatility
_FREEDOM = 4.0  # Student's degrees of freedom


_START = 590 * SECOND  # ten seconds before a window of ten minutes begins, so that short sessions hold a whole one


@dataclass(frozen=True)
class Process:
    """A process whose autocorrelation falls like exp(-lag / memory).

    Attributes
    ----------
    families : tuple of str
        The families of facts it is for.
    memory : float
        In seconds.
    simulate : callable
        From whole seconds, the memory and a random generator to a session.
    fits_alone : bool
        Whether it is only for facts that are fitted to windows of ten minutes.
    """

    families: tuple[str, ...]
    memory: float
    simulate: Callable[[int, float, np.random.Generator], Series]
    fits_alone: bool = False

    def draw(self, seconds: int, rng: np.random.Generator) -> Series:
        """Return a session of so many whole seconds."""
        return self.simulate(seconds, self.memory, rng)


def cox(seconds: int, memory: float, rng: np.random.Generator) -> Series:
    """Draw a Poisson process whose rate is the exponential of an Ornstein-Uhlenbeck process."""
    cell = memory / 20
    x = _autoregression(math.ceil(seconds / cell), math.exp(-cell / memory), rng)
    count = rng.poisson(_RATE * cell * np.exp(_BURST * x - _BURST**2 / 2))
    start = np.repeat(np.arange(len(x)) * cell, count)
    return _arrivals(start + cell * rng.random(len(start)), seconds)


def hawkes(seconds: int, memory: float, rng: np.random.Generator) -> Series:
    """Draw an exponential Hawkes process by its generations: its memory is 1 / (beta (1 - branching))."""
    beta = 1 / (memory * (1 - _BRANCHING))
    before = 20 * memory
    parents = rng.uniform(-before, seconds, rng.poisson(_RATE * (1 - _BRANCHING) * (before + seconds)))
    found = []
    while len(parents):
        found.append(parents)
        parents = np.repeat(parents, rng.poisson(_BRANCHING, len(parents)))
        parents = parents + rng.exponential(1 / beta, len(parents))
        parents = parents[parents < seconds]
    times = np.concatenate(found)
    return _arrivals(times[times >= 0], seconds)


def garch(seconds: int, memory: float, rng: np.random.Generator) -> Series:
    """Draw one-second moves of GARCH(1, 1), rounded to ticks: alpha + beta is exp(-1 / memory)."""
    persistence = math.exp(-1 / memory)
    before = round(20 * memory)
    shocks = rng.standard_normal(before + seconds - 1)
    moves = _garch(shocks, _TICKS**2 * (1 - persistence), _NEWS, persistence - _NEWS)[before:]
    return _moves(moves, np.zeros(len(moves)), rng)


def stochastic_volatility(seconds: int, memory: float, rng: np.random.Generator) -> Series:
    """Draw Student-t moves of a second rounded to ticks, whose volatility is the exponential of an autoregression.

    Falls raise the volatility to come, and trades are the larger the more volatile it is.
    """
    x, shocks = _autoregression_with_shocks(seconds - 1, math.exp(-1 / memory), rng)
    # A move leans against the shock that comes after it.
    normal = _LEVERAGE * np.append(shocks[1:], 0.0) + math.sqrt(1 - _LEVERAGE**2) * rng.standard_normal(len(x))
    heavy = normal * np.sqrt((_FREEDOM - 2) / rng.chisquare(_FREEDOM, len(x)))
    return _moves(_TICKS * np.exp(_CLUSTERING * x - _CLUSTERING**2) * heavy, x, rng)


PROCESSES = {
    "Cox": Process(("arrivals",), 5.0, cox),
    "Hawkes": Process(("arrivals",), 5.0, hawkes),
    "GARCH": Process(("tails", "volatility", "prices"), 5.0, garch),
    "heavy tails": Process(("tails", "volatility", "prices"), 5.0, stochastic_volatility),
    "slow Hawkes": Process(("arrivals",), 12.0, hawkes, fits_alone=True),
    "slow GARCH": Process(("volatility",), 12.0, garch, fits_alone=True),
}
"""The processes of the benchmark."""


def _autoregression_with_shocks(
    n: int, fade: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shocks = rng.standard_normal(n)
    scaled = math.sqrt(1 - fade**2) * shocks
    scaled[0] = shocks[0]
    return lfilter([1.0], [1.0, -fade], scaled), shocks


def _autoregression(n: int, fade: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a stationary autoregression of variance 1, shape (n,)."""
    return _autoregression_with_shocks(n, fade, rng)[0]


@njit(cache=True)
def _garch(shocks: NDArray[np.float64], constant: float, news: float, decay: float) -> NDArray[np.float64]:
    moves = np.empty(len(shocks))
    variance = constant / (1 - news - decay)
    for i in range(len(shocks)):
        moves[i] = math.sqrt(variance) * shocks[i]
        variance = constant + news * moves[i] ** 2 + decay * variance
    return moves


def _arrivals(times: NDArray[np.float64], seconds: int) -> Series:
    """Return a session with happenings and no price."""
    time = _START + np.unique((times * SECOND).astype(np.int64))
    return _session(time, seconds)


def _moves(moves: NDArray[np.float64], x: NDArray[np.float64], rng: np.random.Generator) -> Series:
    """Return a session with a price and a trade at each whole second, and no arrivals."""
    ticks = _PRICE + np.concatenate([[0], np.cumsum(np.rint(moves).astype(np.int64))])
    n = len(ticks)
    size = 1.0 + rng.poisson(5 * np.exp(_CLUSTERING * np.append(x[:1], x)))
    side = rng.choice(np.array([-1, 1], dtype=np.int8), n)
    return replace(
        _session(_START + np.arange(n) * SECOND, n),
        mid=2 * ticks,
        weighted_mid=WEIGHTED_STEPS * ticks,
        spread=np.full(n, 2),
        trades=Trades(np.arange(n), side, size, 2 * ticks + side),
        has_orders=False,
    )


def _session(time: NDArray[np.int64], seconds: int) -> Series:
    nothing = np.full(len(time), NO_PRICE)
    return replace(
        Series.empty(),
        start=_START,
        end=_START + seconds * SECOND - 1,
        time=time,
        segment=np.zeros(len(time), dtype=np.int64),
        n_records=np.ones(len(time), dtype=np.int64),
        mid=nothing,
        weighted_mid=nothing,
        spread=nothing,
        bid_size=np.zeros(len(time)),
        ask_size=np.zeros(len(time)),
        bid_depth=np.zeros(len(time)),
        ask_depth=np.zeros(len(time)),
        has_kind={kind: np.zeros(len(time), dtype=bool) for kind in KINDS},
    )
