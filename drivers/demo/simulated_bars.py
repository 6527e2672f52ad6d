"""Bars of one simulated market: open, high, low, close on the tick grid, volume on the lot grid, and who trades when.

`simulated_panel` draws a market in order: peculiarities, traits, returns, bars, a price that stands still, and last the
calendars: late listings, delistings, gaps, histories that are too short. `long_bars` gives the bars, one row each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import (
    MarketSpec,
    asset_traits,
    instrument_table,
    peculiarities,
)
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_returns import clustered_noise, log_returns

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int_]


@dataclass(frozen=True)
class Panel:
    """One market's clean bars, wide (days x assets, NaN where nothing traded), and its instruments in that order."""

    spec: MarketSpec
    dates: pd.DatetimeIndex
    instruments: pd.DataFrame
    special: Mapping[str, list[int]]
    prices: Mapping[str, Array]


def _on_grid(values: Array, decimals: Places) -> Array:
    """Values rounded to the decimals of their column, as the nearest float64 to that decimal number."""
    scale = np.array([10.0**places for places in decimals.tolist()])
    return np.asarray(np.rint(values * scale) / scale, dtype=np.float64)


def bars_on_grid(
    rng: np.random.Generator, spec: MarketSpec, traits: pd.DataFrame, returns: Array
) -> tuple[dict[str, Array], Places, Places]:
    """Open, high, low, close and volume on their grids, and the decimals of prices and of volumes by asset."""
    path = np.cumsum(returns, axis=0)
    close = traits["price"].to_numpy() * np.exp(path - np.median(path, axis=0))
    spread = traits["volatility"].to_numpy() * 0.35
    before = np.vstack([close[:1], close[:-1]])
    opened = before * np.exp(spec.gap * (close / before - 1.0) + 0.1 * spread * rng.standard_normal(close.shape))
    wicks = np.exp(np.abs(rng.standard_normal((2, *close.shape))) * spread)
    high, low = np.maximum(opened, close) * wicks[0], np.minimum(opened, close) / wicks[1]
    busy = 0.45 * clustered_noise(rng, len(close), len(traits)) + 0.12 * np.abs(returns) / spread - 0.3
    volume = traits["value"].to_numpy() * np.exp(np.clip(busy, -2.5, 3.0)) / close
    decimals, lots = np.full(len(traits), 2), np.zeros(len(traits), dtype=np.int_)
    if spec.crypto:
        decimals = np.clip(3 - np.floor(np.log10(close.min(axis=0))), 0, 12).astype(np.int_)
        lots = np.clip(7 - np.floor(np.log10(np.median(volume, axis=0))), 0, 3).astype(np.int_)
    prices = {"open": opened, "high": high, "low": low, "close": close}
    wide = {name: np.maximum(_on_grid(values, decimals), 10.0**-decimals) for name, values in prices.items()}
    return {**wide, "volume": _on_grid(volume, lots)}, decimals, lots


def simulated_panel(
    rng: np.random.Generator, spec: MarketSpec, names: pd.DataFrame, dates: pd.DatetimeIndex, world: Array
) -> Panel:
    """One market: its traits, returns, bars and instruments, with the peculiar calendars of some assets."""
    special = peculiarities(rng, spec, names)
    traits = asset_traits(rng, spec, names, special["illiquid"])
    prices, decimals, lots = bars_on_grid(rng, spec, traits, log_returns(rng, spec, traits, world))
    halt = len(dates) * 9 // 10
    for place in special["stale"]:
        for name in prices:
            prices[name][halt:, place] = 0.0 if name == "volume" else prices["close"][halt, place]
    absent = absent_bars(rng, special, len(dates), len(names))
    prices = {name: np.where(absent, np.nan, values) for name, values in prices.items()}
    return Panel(
        spec, dates, instrument_table(spec, traits.assign(decimals=decimals, lots=lots), special), special, prices
    )


def absent_bars(
    rng: np.random.Generator, special: Mapping[str, list[int]], days: int, count: int
) -> npt.NDArray[np.bool_]:
    """Where no bar exists: before a late listing, after a delisting, in a gap of one to four weeks."""
    absent = np.zeros((days, count), dtype=bool)
    for place in special["late"]:
        absent[: int(rng.integers(days // 5, days * 4 // 5)), place] = True
    for place in special["short"]:
        absent[: days - int(rng.integers(15, 50)), place] = True
    for place in special["delisted"]:
        absent[int(rng.integers(days // 2, days * 9 // 10)) :, place] = True
    for place in special["gap"]:
        start = int(rng.integers(days // 4, days * 3 // 4))
        absent[start : start + int(rng.integers(8, 29)), place] = True
    return absent


def long_bars(panel: Panel) -> pd.DataFrame:
    """The bars that exist, one row each, by symbol and date."""
    order = np.argsort(panel.instruments["symbol"].to_numpy(dtype=object), kind="stable")
    places, days = np.nonzero(np.isfinite(panel.prices["close"].T[order]))
    places = order[places]
    symbols = panel.instruments["symbol"].take(places).reset_index(drop=True)
    columns = {name: values[days, places] for name, values in panel.prices.items()}
    return pd.DataFrame({"symbol": symbols, "date": panel.dates[days], **columns})
