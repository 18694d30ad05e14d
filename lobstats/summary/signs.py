"""The signs of trades: lagged sums in trade time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobstats.series import Series
from lobstats.summary.lags import LagSums, lag_rows

__all__ = ["SIGN_LAGS", "SignSums", "sign_rows"]

Ints = NDArray[np.int64]

SIGN_LAGS = np.unique(np.rint(np.geomspace(1, 1000, 46)).astype(np.int64))
"""The lags between trades that are summed: evenly on a logarithmic scale up to 1,000."""


@dataclass(frozen=True)
class SignSums:
    """Lagged sums of the aggressors' signs, trade by trade; ``+`` merges two.

    Attributes
    ----------
    known : LagSums
        Of 1 for a buyer and -1 for a seller over `SIGN_LAGS`; trades without a side are left out, and those around them
        follow each other.
    n : int
        Trades, those without a side among them.
    """

    known: LagSums
    n: int

    @classmethod
    def of(cls, data: "SignSums | ArrayLike") -> "SignSums":
        """Take signs 1, -1 and 0 (unknown), shape (n,), as one stretch."""
        if isinstance(data, SignSums):
            return data
        signs = np.asarray(data).ravel()
        if not np.isin(signs, (-1, 0, 1)).all():
            msg = "signs must be 1, -1 or, where unknown, 0; take the sign of each trade first."
            raise ValueError(msg)
        known = signs[signs != 0]
        return cls(LagSums.between(known, known, lags=SIGN_LAGS), len(signs))

    def __add__(self, other: "SignSums") -> "SignSums":
        return SignSums(self.known + other.known, self.n + other.n)


def sign_rows(series: Series, edges: Ints) -> list[SignSums]:
    """Return the sums of each row of time ``edges[i]`` to ``edges[i + 1]``, by the later trade of a pair."""
    trades = series.trades
    time, known = series.time[trades.at], trades.side != 0
    at = np.searchsorted(time[known], edges)
    rows = lag_rows(trades.side[known].astype(np.float64), series.segment[trades.at][known], at, lags=SIGN_LAGS)
    n = np.diff(np.searchsorted(time, edges))
    return [SignSums(*row) for row in zip(rows, n.tolist(), strict=True)]
