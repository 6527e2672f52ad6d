"""The days on which an asset could have traded.

Crypto trades every day, stocks on weekdays: in a mixed pool a stock's row on a Sunday is no gap. `market_returns` gives each
market's assets on that market's own days; windows and gaps are counted there.
"""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import intermediate
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows, by_dtype

# A day belongs to a market's calendar if at least this share of the assets listed then (from first return to last) traded:
# one asset with prints on holidays opens no market, one with holes of its own closes none.
OPEN_SHARE = 0.5


@intermediate
@tag(reads=["returns", "~market if trading_calendar != rows"])
def market_returns(returns: pd.DataFrame, market: pd.Series, trading_calendar: str) -> dict[str, pd.DataFrame]:
    """Market to its assets' returns on the days it was open; with `trading_calendar = "rows"` one, all days."""
    if trading_calendar == "rows":
        return by_dtype(returns)
    traded = asset_rows(returns.notna())
    started = np.maximum.accumulate(traded, axis=1)
    listed = started & np.maximum.accumulate(traded[:, ::-1], axis=1)[:, ::-1]
    found: dict[str, pd.DataFrame] = {}
    for name in sorted(market.unique()):
        members = (market == name).to_numpy()
        count = traded[members].sum(axis=0)
        is_open = (count > 0) & (count >= OPEN_SHARE * listed[members].sum(axis=0))
        whole = bool(members.all() and is_open.all())
        found[name] = returns if whole else _columns(returns, members, is_open)
    return found


def _columns(returns: pd.DataFrame, members: np.ndarray, is_open: np.ndarray) -> pd.DataFrame:
    rows = np.ascontiguousarray(asset_rows(returns)[members][:, is_open])
    return pd.DataFrame(rows.T, index=returns.index[is_open], columns=returns.columns[members], copy=False)
