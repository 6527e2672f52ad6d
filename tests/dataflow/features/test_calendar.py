"""Each market on its own days."""

import numpy as np
import pandas as pd

from support.market import upstream
from tradingview_scraper.pipelines.selection.dataflow.features.calendar import OPEN_SHARE, market_returns

DAYS = pd.date_range("2026-01-02", periods=5, freq="D")  # Friday to Tuesday
MIXED = pd.DataFrame(
    {
        "BTC": [0.1, 0.2, 0.3, 0.4, 0.5],
        "ETH": [0.1, np.nan, 0.3, 0.4, 0.5],
        "SPY": [0.1, np.nan, np.nan, 0.4, 0.5],
        "IBM": [0.1, np.nan, np.nan, np.nan, 0.5],
    },
    index=DAYS,
)
MARKET = pd.Series(["CRYPTO", "CRYPTO", "AMERICA", "AMERICA"], index=MIXED.columns)


def test_a_weekend_is_no_gap_of_a_stock_and_a_missing_day_is_one() -> None:
    found = market_returns(MIXED, MARKET, "market")
    assert list(found) == ["AMERICA", "CRYPTO"]
    pd.testing.assert_frame_equal(found["CRYPTO"], MIXED[["BTC", "ETH"]], check_freq=False)
    pd.testing.assert_frame_equal(found["AMERICA"], MIXED.loc[DAYS[[0, 3, 4]], ["SPY", "IBM"]], check_freq=False)


def test_calendar_rows_takes_all_days_for_all() -> None:
    (found,) = market_returns(MIXED, MARKET, "rows").values()
    pd.testing.assert_frame_equal(found, MIXED)


def test_one_market_without_holidays_is_the_matrix_itself() -> None:
    found = market_returns(MIXED[["BTC", "ETH"]], MARKET[:2], "market")
    pd.testing.assert_frame_equal(found["CRYPTO"], MIXED[["BTC", "ETH"]])


def test_a_stray_print_on_a_holiday_does_not_open_the_market() -> None:
    names = [f"S{number:02d}" for number in range(20)]
    frame = pd.DataFrame(0.01, index=DAYS, columns=names)
    frame.iloc[1, 1:] = np.nan
    assert OPEN_SHARE > 1 / 20
    found = market_returns(frame, pd.Series("AMERICA", index=names), "market")["AMERICA"]
    assert DAYS[1] not in found.index
    assert len(found) == 4


def test_a_market_that_never_trades_has_no_days() -> None:
    found = market_returns(MIXED * np.nan, MARKET, "market")
    assert all(len(frame) == 0 for frame in found.values())
    assert found["CRYPTO"].columns.tolist() == ["BTC", "ETH"]


def test_simulated_stocks_have_weekdays_and_everybody_is_in_one_market() -> None:
    found, pool = upstream("market_returns", "raw_pool")
    assert (found["AMERICA"].index.day_of_week < 5).all()
    assert set(found["CRYPTO"].index.day_of_week) == set(range(7))
    assert sorted(name for frame in found.values() for name in frame.columns) == sorted(pool.index)
