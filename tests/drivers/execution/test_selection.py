"""The as-of date as people type it."""

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

TODAY = pd.Timestamp("2026-03-19 10:30")


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("2026-03-18", "2026-03-18"),
        ("2026-03-18T09:00", "2026-03-18 09:00"),
        ("2026-03-18 09:00:01Z", "2026-03-18 09:00:01"),
        ("2026-03-18T09:00+09:00", "2026-03-18 00:00"),
        ("today", "2026-03-19"),
        ("yesterday", "2026-03-18"),
        (pd.Timestamp("2026-03-18"), "2026-03-18"),
    ],
)
def test_an_iso_date_or_a_word(typed: str, date: str) -> None:
    assert timestamp(typed, TODAY) == pd.Timestamp(date)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "20260318",
            "03/18/2026",
            "18/03/2026",
            "2026-3-18",
            "2026-02-30",
            "2026",
            "now",
            "Today",
            "NaT",
            "1773532800",
        ),
        *("", " ", "\0", "2026-03-18\0", "9999-12-31", "0001-01-01", "2026-03-18T25:00", "tomorrow", pd.NaT),
    ],
)
def test_anything_else_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no date; write it as 2026-03-18") as raised:
        timestamp(typed, TODAY)
    assert "\n" not in str(raised.value)


def test_today_is_a_date_only_where_the_day_is_known() -> None:
    with pytest.raises(ConfigurationError):
        timestamp("today")
