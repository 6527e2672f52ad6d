"""What the pool has, in its order: returns, prices of the bars, statistics."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import (
    adjusted_prices,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import believed_statistics
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import (
    Matcher,
    joined,
    one_record_per_asset,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import refuse_strangers
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import column_contiguous
from tradingview_scraper.pipelines.selection.schemas.settings import (
    DataSettings,
)

# Statistics column -> value of an asset without statistics (V3_4.md, section 2). A NaN that is there stays.
NEUTRAL_STATISTICS: Mapping[str, float] = {
    "Antifragility_Score": 0.5,
    "Fragility_Score": 0.0,
    "Regime_Survival_Score": 1.0,
}


def returns(all_returns: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.DataFrame:
    """Simple returns of the pool, days x assets, each column in one piece."""
    return all_returns if all_returns.columns.equals(raw_pool.index) else column_contiguous(all_returns[raw_pool.index])


def high(pool_prices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Daily highs of the pool, days x assets, on the days of the bars; NaN where there are none."""
    return pool_prices["high"]


def low(pool_prices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Daily lows of the pool, days x assets, on the days of the bars; NaN where there are none."""
    return pool_prices["low"]


def close(pool_prices: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Raw closes of the pool, days x assets, on the days of the bars; NaN where there are none."""
    return pool_prices["close"]


@tag(reads="* < wide_prices.* #matcher #raw_pool #all_returns")
def pool_prices(
    wide_prices: dict[str, pd.DataFrame],
    matcher: Matcher,
    scanner_symbols: dict[str, str],
    raw_pool: pd.DataFrame,
    all_returns: pd.DataFrame,
    data: DataSettings,
    adx_prices: str,
) -> dict[str, pd.DataFrame]:
    """High, low and close of the pool's assets. Bars may name them otherwise than the returns do: they join likewise.

    With `adx_prices = "adjusted"` all three are scaled like the adjusted close, so that a split is no movement.
    """
    pairs, _ = joined([{"symbol": name} for name in wide_prices["close"].columns.tolist()], matcher)
    rows = one_record_per_asset(pairs, matcher, scanner_symbols)[0]
    source = {asset: record["symbol"] for asset, record in rows.items()}
    columns = [source.get(asset, "") for asset in raw_pool.index.tolist()]
    closes = wide_prices["close"]
    # One day before the first return, whose price it starts from.
    first = max(0, closes.index.searchsorted(all_returns.index[0]) - 1) if data.lookback else 0
    scaled = adx_prices == "adjusted" and "adj_close" in wide_prices
    late = {field: frame.to_numpy().T[:, first:] for field, frame in wide_prices.items()}
    with np.errstate(divide="ignore", invalid="ignore"):  # what v3.4 believes may be a price of 0
        factor = adjusted_prices(wide_prices).to_numpy().T[:, first:] / late["close"] if scaled else None
    place = closes.columns.get_indexer(pd.Index(columns, dtype="str"))
    found: dict[str, pd.DataFrame] = {}
    for field in ("high", "low", "close"):
        prices = np.full((len(columns), len(closes) - first), np.nan)
        if field in late:
            prices[place >= 0] = (late[field] if factor is None else late[field] * factor)[place[place >= 0]]
        found[field] = pd.DataFrame(prices.T, index=closes.index[first:], columns=raw_pool.index, copy=False)
    return found


@tag(reads="* < tables.statistics.* ~tables.statistics.symbol #matcher ~scanner_symbols #raw_pool #all_returns")
def statistics(
    tables: Tables,
    matcher: Matcher,
    scanner_symbols: dict[str, str],
    raw_pool: pd.DataFrame,
    all_returns: pd.DataFrame,
    data: DataSettings,
    believed: bool,
) -> pd.DataFrame:
    """The statistics of the pool's assets, neutral where there are none (V3_4.md, section 2); a NaN stays NaN."""
    given = tables.statistics
    if believed and given is not None:
        return believed_statistics(given, raw_pool.index, NEUTRAL_STATISTICS)
    columns: dict[str, np.ndarray] = {}
    for name, neutral in NEUTRAL_STATISTICS.items():
        columns[name] = np.full(len(raw_pool), neutral)
    if given is not None:
        values = given.to_dict("records")
        records = [{"symbol": str(symbol), "values": values[row], "row": row} for row, symbol in enumerate(given.index)]
        partners = joined(records, matcher)[0]
        refuse_strangers("statistics", list(given.index), all_returns.columns, len(partners), data.strangers)
        rows = one_record_per_asset(partners, matcher, scanner_symbols)[0]
        found = [(asset, rows[asset]["row"]) for asset in raw_pool.index if asset in rows]
        target = raw_pool.index.get_indexer(pd.Index([asset for asset, _ in found]))
        source = np.array([row for _, row in found], dtype=int)
        for name in NEUTRAL_STATISTICS:
            if name in given:
                columns[name][target] = given[name].to_numpy(dtype=np.float64, na_value=np.nan)[source]
    return pd.DataFrame(columns, index=raw_pool.index)
