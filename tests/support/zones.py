"""Small markets whose bars are stamped as feeds stamp them: each kind of timestamp, and the session that it stands for."""

from typing import Any

import numpy as np
import pandas as pd

# Kind to (zone, time of day on its clock, weekends too); written in UTC, as most feeds do.
KINDS: dict[str, tuple[str, str, bool]] = {
    "UTC": ("UTC", "00:00", True),
    "TOKYO": ("Asia/Tokyo", "00:00", False),
    "BERLIN": ("Europe/Berlin", "00:00", False),
    "LONDON": ("Europe/London", "00:00", False),
    "NEWYORK": ("America/New_York", "00:00", False),
    "AUCKLAND": ("Pacific/Auckland", "00:00", False),
    "OPEN": ("America/New_York", "09:30", False),
    "CLOSE": ("America/New_York", "16:00", False),
    "EIGHT": ("UTC", "08:00", True),
    "SEOULCOIN": ("Asia/Seoul", "00:00", True),
    "CURRENCY": ("Europe/Athens", "00:00", False),
}
END = "2026-04-30"


def stamps(kind: str, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The timestamps of these sessions in UTC."""
    zone, clock, _ = KINDS[kind]
    return (sessions + pd.Timedelta(f"{clock}:00")).tz_localize(zone).tz_convert("UTC")


def sessions_of(kind: str, days: int = 220, end: str = END) -> pd.DatetimeIndex:
    """The sessions of a kind up to a day: all days or weekdays."""
    dates = pd.date_range(end=end, periods=days)
    return dates if KINDS[kind][2] else dates[dates.day_of_week < 5]


def zoned_bars(kinds: tuple[str, ...] = tuple(KINDS), assets: int = 2, days: int = 220) -> pd.DataFrame:
    """Bars of some assets per kind, dates in UTC; the column `session` is what they stand for."""
    generator = np.random.default_rng(7)
    parts = []
    for kind in kinds:
        sessions = sessions_of(kind, days)
        for number in range(assets):
            drift = generator.normal(0.001, 0.001)
            close = 100 * np.exp(np.cumsum(generator.normal(drift, 0.02, len(sessions))))
            parts.append(
                pd.DataFrame(
                    {
                        "symbol": f"{kind}{number}",
                        "date": stamps(kind, sessions),
                        "session": sessions,
                        "open": close,
                        "high": close * 1.01,
                        "low": close * 0.99,
                        "close": close,
                        "volume": generator.uniform(1e6, 2e6, len(sessions)),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def zoned_candidates(bars: pd.DataFrame) -> list[dict[str, Any]]:
    """A tradable candidate for each symbol."""
    sizes = {"tick_size": 0.01, "lot_size": 1.0, "price_precision": 2, "Value.Traded": 1e9, "market": "CRYPTO"}
    return [{"symbol": name, "direction": "LONG", **sizes} for name in bars["symbol"].unique()]
