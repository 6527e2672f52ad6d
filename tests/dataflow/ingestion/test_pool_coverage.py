"""Parts of the coverage: by hand on small tables, and on the market's own side tables."""

import numpy as np
import pandas as pd

from support.market import market, selected
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool_coverage import missing_cells, stale_markets


def test_a_market_is_named_with_its_stale_assets_and_its_newest_bar() -> None:
    ages = pd.Series({"A": 0.0, "B": 8.0, "C": 66.0, "D": 70.0, "E": np.nan, "F": 7.0})
    market_of = pd.Series({"A": "X", "B": "X", "C": "Y", "D": "Y", "E": "Z", "F": "W"})
    assert stale_markets(ages, market_of, 7) == {
        "X": {"assets": 2, "stale": 1, "days_since_its_last_bar": 0},
        "Y": {"assets": 2, "stale": 2, "days_since_its_last_bar": 66},
        "Z": {"assets": 1, "stale": 1, "days_since_its_last_bar": -1},
    }


def test_empty_cells_are_counted_in_the_rows_that_count() -> None:
    bars = pd.DataFrame({"close": [1.0, 2.0, 3.0], "high": [np.nan, 2.0, np.nan], "volume": [1.0, np.nan, np.nan]})
    assert missing_cells(bars, pd.Series(["", "", "bad"])) == {"high": 1, "volume": 1}
    assert missing_cells(None, pd.Series([], dtype=str)) == {}


def test_a_second_row_of_statistics_is_passed_over_by_name() -> None:
    given = market().statistics
    coin = next(symbol for symbol in given.index if symbol.endswith("USDT"))
    again = given.loc[[coin]].rename(index={coin: f"BINANCE:{coin}.P"})
    found = selected(statistics=pd.concat([given, again]))
    assert len(found.coverage["passed_over"]["statistics"]) == 1
