"""Ends of sessions on plain days, half days and holidays; nobody pays for a calendar that isn't asked for."""

import subprocess
import sys

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.exchange_hours import (
    CALENDARS,
    exchange_of,
    open_since,
    session_end,
)


@pytest.mark.parametrize(
    ("symbol", "exchange"),
    [
        ("NASDAQ:AAPL", "NASDAQ"),
        ("7203.T", "TSE"),
        ("0700.HK", "HKEX"),
        ("BRK.B", ""),
        ("AAPL", ""),
        ("BTC/USDT:USDT", ""),
    ],
)
def test_exchanges(symbol: str, exchange: str) -> None:
    assert exchange_of(symbol) == exchange


@pytest.mark.parametrize(
    ("exchange", "session", "end"),
    [
        ("NASDAQ", "2026-03-17", "2026-03-17T20:00"),
        ("NASDAQ", "2026-03-06", "2026-03-06T21:00"),
        ("NYSE", "2026-11-27", "2026-11-27T18:00"),  # the day after Thanksgiving: 13:00
        ("NYSE", "2026-11-26", "2026-11-27T00:00"),  # Thanksgiving: no session
        ("XETR", "2026-12-30", "2026-12-30T13:05"),  # the year's last day: 14:00
        ("TSE", "2026-04-30", "2026-04-30T06:30"),
        ("HKEX", "2026-12-24", "2026-12-24T04:10"),  # Christmas Eve: 12:00
        ("CME_MINI", "2026-03-17", "2026-03-17T22:00"),
        ("OANDA", "2026-03-17", "2026-03-17T21:00"),
        ("NOWHERE", "2026-11-27", "2026-11-27T21:00"),
        ("", "2026-03-17", "2026-03-17T20:00"),
        ("SSE", "2090-03-17", "2090-03-18T00:00"),  # beyond the library's calendar
    ],
)
def test_a_session_ends_with_its_exchange(exchange: str, session: str, end: str) -> None:
    assert session_end(exchange, pd.Timestamp(session)) == pd.Timestamp(end)


@pytest.mark.parametrize("exchange", CALENDARS)
def test_every_exchange_has_a_calendar(exchange: str) -> None:
    week = [session_end(exchange, day) for day in pd.date_range("2026-06-08", "2026-06-12")]
    assert any(end != end.normalize() for end in week)


@pytest.mark.parametrize(
    ("exchanges", "last", "until", "expected"),
    [
        (["SSE"], "2025-09-30", "2025-10-09", False),  # golden week
        (["SSE", "NASDAQ"], "2025-09-30", "2025-10-09", True),
        (["SSE", ""], "2025-09-30", "2025-10-09", True),
        (["SSE"], "2025-09-30", "2025-10-10", True),
    ],
)
def test_holidays_leave_nothing_out(exchanges: list[str], last: str, until: str, expected: bool) -> None:
    assert open_since(exchanges, pd.Timestamp(last), pd.Timestamp(until)) is expected


def test_the_library_is_not_imported_before_somebody_asks() -> None:
    module = "tradingview_scraper.pipelines.selection.dataflow.ingestion.nodes"
    code = f"import sys, {module}; sys.exit('exchange_calendars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
