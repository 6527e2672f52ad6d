"""The default market, its clean bars and the rows of the newest scans."""

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import latest_scans
from tradingview_scraper.pipelines.selection.drivers.demo.market import SimulatedMarket, simulated_market


@pytest.fixture(scope="session")
def market() -> SimulatedMarket:
    return simulated_market()


@pytest.fixture(scope="session")
def clean(market: SimulatedMarket) -> pd.DataFrame:
    bars = market.bars
    return bars[~bad_rows(bars) & ~bars.duplicated(["symbol", "date"])]


@pytest.fixture(scope="session")
def candidates(market: SimulatedMarket) -> pd.DataFrame:
    rows = [{**scan["meta"], **row} for scan in latest_scans(market.scans.values(), None) for row in scan["data"]]
    table = pd.DataFrame(rows)
    return table.assign(bare=table["symbol"].str.split(":").str[1].str.removesuffix(".P"))


def bad_rows(bars: pd.DataFrame) -> pd.Series:
    return (bars["high"] < bars["low"]) | ~np.isfinite(bars["close"]) | (bars["close"] <= 0)
