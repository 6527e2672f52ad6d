"""When the session of an exchange is over, and whether it was open: holidays and half days included.

`exchange_of` reads an exchange off a symbol, `session_end` gives the end of one of its days, `open_since` its sessions after a
day. The library `exchange_calendars` knows the days; it is imported only where somebody asks, because building a calendar
takes a tenth of a second (Seoul's more than one).
"""

from collections.abc import Iterable, Mapping
from datetime import time
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbol_words import FX_VENUES, YAHOO_EXCHANGES
from tradingview_scraper.pipelines.selection.dataflow.ingestion.symbols import split_exchange

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

NEW_YORK = ZoneInfo("America/New_York")
SUFFIXES: Mapping[str, str] = {**YAHOO_EXCHANGES, "T": "TSE", "F": "FWB", "TA": "TASE", "JO": "JSE", "JK": "IDX"}
# Exchange, as TradingView names it -> MIC, and the minutes after the close until the closing auction is done.
CALENDARS: Mapping[str, tuple[str, int]] = {
    **dict.fromkeys(("NASDAQ", "NYSE", "AMEX", "ARCA", "NYSEARCA", "BATS", "CBOE", "OTC", "US"), ("XNYS", 0)),
    **dict.fromkeys(("CME", "CME_MINI", "CBOT", "CBOT_MINI", "NYMEX", "COMEX"), ("CMES", 0)),
    **dict.fromkeys(("TSX", "TSXV"), ("XTSE", 0)),
    "TSE": ("XTKS", 0),
    "HKEX": ("XHKG", 10),
    **dict.fromkeys(("SSE", "SZSE"), ("XSHG", 0)),
    "KRX": ("XKRX", 0),
    **dict.fromkeys(("TWSE", "TPEX"), ("XTAI", 0)),
    **dict.fromkeys(("NSE", "BSE"), ("XBOM", 0)),
    "ASX": ("XASX", 12),
    "NZX": ("XNZE", 15),
    "SGX": ("XSES", 16),
    "IDX": ("XIDX", 15),
    "SET": ("XBKK", 10),
    "MYX": ("XKLS", 10),
    "PSE": ("XPHS", 15),
    "XETR": ("XETR", 5),
    # Frankfurt's floor trades until 22:00, four and a half hours longer than its calendar says.
    "FWB": ("XFRA", 270),
    "LSE": ("XLON", 6),
    "EURONEXT": ("XPAR", 10),
    "MIL": ("XMIL", 10),
    "BME": ("XMAD", 10),
    "VIE": ("XWBO", 10),
    "SIX": ("XSWX", 10),
    "OMXSTO": ("XSTO", 10),
    "OMXCOP": ("XCSE", 10),
    "OMXHEX": ("XHEL", 10),
    "OSL": ("XOSL", 10),
    "GPW": ("XWAR", 10),
    "BIST": ("XIST", 15),
    "JSE": ("XJSE", 15),
    "TASE": ("XTAE", 15),
    "TADAWUL": ("XSAU", 20),
    "BMFBOVESPA": ("BVMF", 15),
    "BMV": ("XMEX", 15),
}
MARGIN = pd.Timedelta(days=20)
"""Days of a calendar that are built around the one that is asked for."""


def exchange_of(symbol: str) -> str:
    """The exchange that a symbol names by its prefix or by Yahoo's suffix, empty where it names none."""
    exchange, name = split_exchange(symbol)
    return exchange or SUFFIXES.get(name.rpartition(".")[2] if "." in name else "", "")


def session_end(exchange: str, session: pd.Timestamp) -> pd.Timestamp:
    """When an exchange's day is over (naive UTC).

    The day of an exchange that isn't known ends with New York's at 16:00; a day that is no session ends with the day.
    """
    if exchange in FX_VENUES or exchange not in CALENDARS:
        close = time(17 if exchange in FX_VENUES else 16, 0)
        return pd.Timestamp.combine(session.date(), close).tz_localize(NEW_YORK).tz_convert("UTC").tz_localize(None)
    mic, minutes = CALENDARS[exchange]
    calendar = _calendar(mic, session.normalize())
    if calendar is None or not calendar.is_session(session.normalize()):
        return session.normalize() + pd.Timedelta(days=1)
    return calendar.session_close(session.normalize()).tz_localize(None) + pd.Timedelta(minutes=minutes)


def open_since(exchanges: Iterable[str], last: pd.Timestamp, until: pd.Timestamp) -> bool:
    """Whether any of the exchanges had a session between two days, both left out; one that isn't known is always open."""
    days = pd.date_range(last.normalize(), until.normalize(), inclusive="neither")
    for exchange in sorted(set(exchanges)):
        calendar = _calendar(CALENDARS[exchange][0], last.normalize()) if exchange in CALENDARS else None
        if calendar is None or until - last >= MARGIN or any(calendar.is_session(day) for day in days):
            return True
    return False


@cache
def _calendar(mic: str, day: pd.Timestamp) -> "ExchangeCalendar | None":
    """An exchange's calendar around a day, None where the library doesn't go that far."""
    from exchange_calendars import get_calendar

    try:
        return get_calendar(mic, start=day - MARGIN, end=day + MARGIN)
    except ValueError:  # the years to come of calendars by the moon
        return None
