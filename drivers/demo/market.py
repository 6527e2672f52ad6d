"""A simulated market, so that a new project has something to select from before it has data of its own.

Two markets are drawn from one seed: crypto perpetuals that trade every day, stocks that trade on weekdays. In order:

1. `simulated_assets`: names, sectors, sizes and characters (trending up or down, mean-reverting, a random walk);
2. `simulated_returns`: factors of world, market and sector plus the asset's own noise, fat tails, clustered volatility;
3. `simulated_bars`: open, high, low, close on the tick grid, volume on the lot grid; who trades from when to when;
4. `simulated_scans`: scanner exports of the last sessions, computed from the bars while they are clean;
5. `simulated_dirt`: a handful of bad rows, one asset that is full of them, and statistics.

Nothing depends on the hash seed, the clock or a linear algebra library; prices and volumes are rounded to their grids.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import (
    CRYPTO,
    STOCKS,
    crypto_names,
    stock_names,
)
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import long_bars, simulated_panel
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_dirt import bars_with_dirt, statistics_with_holes
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_returns import clustered_noise
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_scans import Scan, dated_scans
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

MINIMUM_ASSETS, MINIMUM_DAYS = 80, 250


@dataclass(frozen=True)
class SimulatedMarket:
    """What was simulated: long bars, instruments, statistics by symbol, and scanner exports by file name."""

    bars: pd.DataFrame
    instruments: pd.DataFrame
    statistics: pd.DataFrame
    scans: dict[str, Scan]


def simulated_market(seed: int = 7, assets: int = 200, days: int = 1096, end: str = "2026-06-30") -> SimulatedMarket:
    """A market of `assets` assets over the `days` calendar days up to `end`; the same for the same arguments.

    Raises:
        ConfigurationError: too few assets or days for all the peculiarities.
    """
    if assets < MINIMUM_ASSETS or days < MINIMUM_DAYS:
        raise ConfigurationError(
            f"simulation: {assets} assets over {days} days leave no room for its peculiarities; "
            f"ask for at least {MINIMUM_ASSETS} assets and {MINIMUM_DAYS} days"
        )
    rng = np.random.Generator(np.random.PCG64((seed, assets, days)))
    dates = pd.date_range(end=end, periods=days, freq="D", unit="us")
    weekdays = np.flatnonzero(dates.day_of_week.to_numpy() < 5)
    world = clustered_noise(rng, days, 1)[:, 0]
    perpetuals = round(assets * 0.6)
    crypto = simulated_panel(rng, CRYPTO, crypto_names(rng, perpetuals), dates, world)
    stocks = simulated_panel(rng, STOCKS, stock_names(rng, assets - perpetuals), dates[weekdays], world[weekdays])
    instruments = pd.concat([crypto.instruments, stocks.instruments], ignore_index=True)
    return SimulatedMarket(
        bars=bars_with_dirt(
            rng, pd.concat([long_bars(crypto), long_bars(stocks)], ignore_index=True), (crypto, stocks)
        ),
        instruments=instruments.sort_values("symbol").reset_index(drop=True),
        statistics=statistics_with_holes(rng, instruments["symbol"].to_list()),
        scans=dated_scans(crypto) | dated_scans(stocks),
    )


def write_market(market: SimulatedMarket, folder: Path) -> list[Path]:
    """Write the market below `folder`: three Parquet tables and `scans/*.json`; gives the paths written."""
    (folder / "scans").mkdir(parents=True, exist_ok=True)
    tables = {"bars": market.bars, "instruments": market.instruments, "statistics": market.statistics}
    content = {folder / f"{name}.parquet": _parquet(table) for name, table in tables.items()}
    content |= {folder / "scans" / name: _export(scan) for name, scan in market.scans.items()}
    for path, data in content.items():
        write_atomically(path, data)
    return list(content)


def _parquet(table: pd.DataFrame) -> bytes:
    """The table with page checksums, small: prices and volumes hardly repeat, so only symbols get a dictionary."""
    return table.to_parquet(
        compression="zstd", compression_level=9, use_dictionary=["symbol"], write_page_checksum=True
    )


def _export(scan: Scan) -> bytes:
    """JSON with one line per record, the others of the object on lines of their own."""
    rows = ",\n".join(json.dumps(row, allow_nan=False, separators=(",", ":")) for row in scan["data"])
    return f'{{"meta": {json.dumps(scan["meta"])},\n"data": [\n{rows}\n]}}\n'.encode()
