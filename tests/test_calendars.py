"""Trading hours against what the exchanges publish."""

import numpy as np
import pandas as pd
import pytest

from lobstats.calendars import CALENDARS, CalendarError, trading_hours


def at(text):
    return pd.Timestamp(text).value


def hours(name, start, end):
    found = trading_hours(name, start_ns=at(start), end_ns=at(end))
    return [tuple(pd.Timestamp(edge).strftime("%m-%d %H:%M") for edge in session) for session in found]


def test_us_equities_close_early_after_thanksgiving_and_not_at_all_on_it():
    assert hours("us-equity", "2024-11-27", "2024-11-30") == [
        ("11-27 14:30", "11-27 21:00"),
        ("11-29 14:30", "11-29 18:00"),
    ]


def test_us_equities_follow_daylight_saving():
    assert hours("us-equity", "2024-07-02", "2024-07-03") == [("07-02 13:30", "07-02 20:00")]


def test_globex_trades_from_17_to_16_chicago_and_opens_after_christmas():
    assert hours("cme-equity", "2023-12-25", "2023-12-27") == [
        ("12-25 23:00", "12-26 22:00"),
        ("12-26 23:00", "12-27 22:00"),
    ]


def test_crypto_had_a_weekend_before_the_change():
    sessions = trading_hours("cme-crypto", start_ns=at("2024-11-11"), end_ns=at("2024-11-18T12:00"))
    assert len(sessions) == 6
    gaps = (sessions[1:, 0] - sessions[:-1, 1]) / 3.6e12
    assert gaps.tolist() == [1, 1, 1, 1, 49]  # the daily break, and Friday 16:00 to Sunday 17:00


def test_crypto_trades_around_the_clock_after_the_change():
    sessions = trading_hours("cme-crypto", start_ns=at("2026-05-28T12:00"), end_ns=at("2026-06-07T12:00"))
    change = at("2026-05-29T21:00")
    after = sessions[sessions[:, 0] >= change]
    assert sessions[sessions[:, 0] < change][-1].tolist() == [at("2026-05-28T22:00"), change]
    assert after[0, 0] == change
    assert (after[1:, 0] == after[:-1, 1]).all()
    assert (after[:, 1] - after[:, 0] == 24 * 3600 * 10**9).all()
    assert after[-1, 1] > at("2026-06-07T12:00")


def test_a_day_of_the_market_around_the_clock_has_the_hours_of_the_clock_in_chicago():
    sessions = trading_hours("cme-crypto", start_ns=at("2026-10-31"), end_ns=at("2026-11-03"))
    lengths = (sessions[:, 1] - sessions[:, 0]) / 3.6e12
    assert set(lengths) == {24, 25}  # daylight saving ends on 2026-11-01


@pytest.mark.parametrize("name", CALENDARS)
def test_every_short_name_is_kept_by_the_library(name):
    assert len(trading_hours(name, start_ns=at("2024-11-12"), end_ns=at("2024-11-14"))) >= 2


def test_a_name_of_the_library_is_taken():
    assert hours("NYSE", "2024-07-02", "2024-07-03") == hours("us-equity", "2024-07-02", "2024-07-03")


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(CalendarError, match=r"`calendar` 'cme-cripto' is not known; did you mean `cme-crypto`\?"):
        trading_hours("cme-cripto", start_ns=0, end_ns=1)


@pytest.mark.parametrize("end", [np.iinfo(np.int64).max, at("2262-01-01")])
def test_no_time_in_the_data_makes_the_table_long(end):
    sessions = trading_hours("us-equity", start_ns=at("2024-01-02"), end_ns=int(end))
    assert 7_000 < len(sessions) < 8_000  # 30 years


def test_times_before_the_calendar_have_no_hours():
    assert len(trading_hours("us-equity", start_ns=0, end_ns=10**9)) == 0


def test_a_break_within_the_day_is_no_trading():
    assert hours("CMEGlobex_Grains", "2024-06-05", "2024-06-05T20:00") == [
        ("06-05 00:00", "06-05 12:45"),
        ("06-05 13:30", "06-05 18:20"),
    ]
    assert hours("JPX", "2024-06-05", "2024-06-05T12:00") == [
        ("06-05 00:00", "06-05 02:30"),
        ("06-05 03:30", "06-05 06:00"),
    ]
