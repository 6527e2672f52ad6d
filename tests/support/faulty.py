"""Small markets with one thing wrong.

`clean_market` builds twelve assets that trade as they should; `Market` changes one thing and gives the tables to `select`.
Every asset is drawn from its own name, so that one more asset leaves the others' numbers as they are.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from support.market import candidates
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select

STOCKS = ("AAPL", "CAT", "JPM", "KO", "MSFT", "NKE")
COINS = ("ADAUSDT", "ATOMUSDT", "AVAXUSDT", "DOTUSDT", "LINKUSDT", "NEARUSDT")
PRICES = ["open", "high", "low", "close"]
# Rungs that recruit whoever fails no hard gate: who is missing among the winners was stopped by one.
SETTINGS: dict[str, Any] = {"recruitment.floor": 12}


@dataclass(frozen=True)
class Market:
    """Long bars and candidates, or the returns that the bars give."""

    bars: pd.DataFrame
    records: tuple[dict[str, Any], ...]
    returns: pd.DataFrame | None = None

    def rows(self, symbol: str) -> pd.Index:
        """Labels of an asset's bars in the order of their dates."""
        return self.bars.index[self.bars["symbol"] == symbol]

    def scaled(
        self, symbol: str, factor: float, places: slice | int, columns: Sequence[str] = tuple(PRICES)
    ) -> "Market":
        """Some of an asset's bars (by place) with these columns multiplied."""
        bars = self.bars.copy()
        labels = self.rows(symbol)[places if isinstance(places, slice) else [places]]
        bars.loc[labels, list(columns)] *= factor
        return replace(self, bars=bars)

    def filled(self, symbol: str, value: float, columns: Sequence[str], places: slice = slice(None)) -> "Market":
        """Some of an asset's bars with one value in these columns."""
        bars = self.bars.copy()
        bars.loc[self.rows(symbol)[places], list(columns)] = value
        return replace(self, bars=bars)

    def without(self, symbol: str, places: slice) -> "Market":
        """The market without some of an asset's bars."""
        return replace(self, bars=self.bars.drop(index=self.rows(symbol)[places]).reset_index(drop=True))

    def added(self, rows: pd.DataFrame) -> "Market":
        """The market with further bars at its end."""
        return replace(self, bars=pd.concat([self.bars, rows], ignore_index=True))

    def as_returns(self, change: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame) -> "Market":
        """The same as a matrix of returns, days x symbols, changed."""
        closes = self.bars.pivot_table(index="date", columns="symbol", values="close")
        return replace(self, returns=change((closes / closes.ffill().shift(1) - 1.0).iloc[1:]))

    def selected(self, settings: dict[str, Any] | None = None, **arguments: Any) -> Selection:
        """A selection from it; from the returns alone where there are any."""
        bars = self.bars if self.returns is None else None
        given = {"bars": bars, **arguments}
        return select(self.returns, list(self.records), settings={**SETTINGS, **(settings or {})}, **given)


def asset_bars(symbol: str, dates: pd.DatetimeIndex, volatility: float = 0.02) -> pd.DataFrame:
    """Ordinary bars of one asset on these dates, drawn from its name."""
    rng = np.random.default_rng(zlib.crc32(symbol.encode()))
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, volatility, len(dates))))
    open_ = np.r_[100.0, close[:-1]]
    spread = np.exp(np.abs(rng.normal(0.0, volatility / 2, (2, len(dates)))))
    return pd.DataFrame(
        {
            "symbol": symbol,
            "date": dates,
            "open": open_,
            "high": np.maximum(open_, close) * spread[0],
            "low": np.minimum(open_, close) / spread[1],
            "close": close,
            "volume": 1e6 * np.exp(rng.normal(0.0, 0.3, len(dates))),
        }
    )


def clean_market(days: int = 200, end: str = "2026-06-30") -> Market:
    """Six stocks on weekdays and six coins on all days, each with a candidate."""
    every = pd.date_range(end=end, periods=days)
    weekdays = every[every.day_of_week < 5]
    parts = [asset_bars(name, weekdays, 0.015) for name in STOCKS] + [asset_bars(name, every, 0.04) for name in COINS]
    records = [*candidates(list(STOCKS), market="AMERICA"), *candidates(list(COINS), market="CRYPTO")]
    return Market(pd.concat(parts, ignore_index=True), tuple(records))
