"""Trading hours by the calendar of an exchange."""

import warnings
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from lobstats.errors import LobstatsError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CALENDARS", "CalendarError", "time_zone", "trading_hours"]

CALENDARS = {
    "cme-crypto": "CME Globex Crypto",
    "cme-equity": "CME Globex Equity",
    "cme-energy": "CMEGlobex_Energy",
    "cme-fx": "CMEGlobex_FX",
    "us-equity": "NYSE",
}
"""Our short names, and those of ``pandas_market_calendars``, which are taken as well."""

_CONTINUOUS_CRYPTO = "2026-05-29 16:00"  # Chicago; what the exchange announced on 2026-02-19
_LONGEST_YEARS = 30
_DAY_NS = 24 * 3600 * 1_000_000_000


class CalendarError(LobstatsError, ValueError):
    """A calendar that nobody keeps."""


def trading_hours(name: str, *, start_ns: int, end_ns: int) -> NDArray[np.int64]:
    """Return when an exchange trades, session by session.

    CME's Bitcoin and Ether futures trade from Sunday to Friday, 17:00 to 16:00 Chicago, until 2026-05-29 16:00, and
    around the clock from then on, where a session is a day from 16:00 to 16:00. The weekly maintenance has no
    published hour; the pause in the stream ends the session there.

    Parameters
    ----------
    name : str
        One of `CALENDARS`, or a name that ``pandas_market_calendars`` knows.
    start_ns, end_ns : int
        UTC nanoseconds between which the hours are wanted. Beyond 30 years after ``start_ns`` there are none.

    Returns
    -------
    ndarray of int64, shape (k, 2)
        When each session opens and closes, in order, UTC nanoseconds; the close belongs to no session.

    Raises
    ------
    CalendarError
        If the name is not known; the text suggests the nearest.

    Examples
    --------
    >>> import pandas as pd
    >>> start, end = (pd.Timestamp(day).value for day in ("2024-11-29", "2024-11-30"))
    >>> pd.to_datetime(trading_hours("us-equity", start_ns=start, end_ns=end)[0], utc=True)[1].isoformat()
    '2024-11-29T18:00:00+00:00'
    """
    import pandas as pd

    full = _full_name(name)
    first = pd.Timestamp(max(start_ns - 7 * _DAY_NS, 0), tz="UTC")
    last = min(pd.Timestamp(min(end_ns, np.iinfo(np.int64).max - 8 * _DAY_NS) + 7 * _DAY_NS, tz="UTC"), _horizon(first))
    with warnings.catch_warnings():
        # The library still calls what the newest pandas deprecates; nobody who reads a report can mend that.
        warnings.simplefilter("ignore", DeprecationWarning)
        schedule = _calendar(full).schedule(first.date(), last.date())
    hours = _open_hours(schedule)
    if full == CALENDARS["cme-crypto"]:
        hours = _without_pause(hours, last)
    return hours[(hours[:, 1] > start_ns) & (hours[:, 0] <= end_ns)]


def time_zone(name: str) -> ZoneInfo:
    """Return the time zone in which an exchange keeps its hours.

    Parameters
    ----------
    name : str
        As `trading_hours` takes it.

    Raises
    ------
    CalendarError
        If the name is not known; the text suggests the nearest.

    Examples
    --------
    >>> time_zone("cme-equity").key
    'America/Chicago'
    """
    full = _full_name(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return ZoneInfo(str(_calendar(full).tz))


def _full_name(name: str) -> str:
    import pandas_market_calendars as calendars

    known = calendars.get_calendar_names()
    full = CALENDARS.get(name, name)
    if full not in known:
        hint = did_you_mean(name, [*CALENDARS, *known], f"it must be one of {', '.join(CALENDARS)}.")
        msg = f"`calendar` {name!r} is not known; {hint}"
        raise CalendarError(msg)
    return full


def _calendar(full: str) -> Any:
    import pandas_market_calendars as calendars

    return calendars.get_calendar(full)


def _open_hours(schedule: "pd.DataFrame") -> NDArray[np.int64]:
    """Return the stretches between openings, breaks and closes."""
    edges = [schedule["market_open"], schedule["market_close"]]
    if "break_start" not in schedule.columns:
        return np.stack([_nanoseconds(edge) for edge in edges], axis=1)
    breaks = [schedule["break_start"].fillna(edges[1]), schedule["break_end"].fillna(edges[1])]
    hours = np.stack([_nanoseconds(edge) for edge in (edges[0], *breaks, edges[1])], axis=1).reshape(-1, 2)
    return hours[hours[:, 1] > hours[:, 0]]


def _horizon(first: "pd.Timestamp") -> "pd.Timestamp":
    import pandas as pd

    return min(first + pd.DateOffset(years=_LONGEST_YEARS), pd.Timestamp("2200-01-01", tz="UTC"))


def _nanoseconds(times: "pd.Series[pd.Timestamp]") -> NDArray[np.int64]:
    import pandas as pd

    return np.asarray(pd.DatetimeIndex(times).as_unit("ns").asi8)


def _without_pause(hours: NDArray[np.int64], last: "pd.Timestamp") -> NDArray[np.int64]:
    import pandas as pd

    change = pd.Timestamp(_CONTINUOUS_CRYPTO, tz="America/Chicago")
    if last < change:
        return hours
    edges = pd.date_range(change, last.tz_convert("America/Chicago") + pd.Timedelta(days=1), freq="D")
    days = np.asarray(edges.as_unit("ns").asi8)
    before = hours[hours[:, 0] < change.value]
    return np.concatenate([before, np.stack([days[:-1], days[1:]], axis=1)])
