"""Momentum, directed momentum, efficiency, ADX: by hand and by loops."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from support.market import returns, upstream
from tradingview_scraper.pipelines.selection.dataflow.features.factors import trend
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SMALL = pd.DataFrame(
    {"UP": [0.1, 0.1, 0.1], "GAP": [0.2, np.nan, -0.1], "NONE": [np.nan] * 3, "FLAT": [0.0] * 3},
    index=pd.date_range("2026-01-01", periods=3),
)
YEAR = pd.Series({"UP": 365.0, "GAP": 252.0, "NONE": 252.0, "FLAT": 252.0})
POOL = pd.DataFrame(index=SMALL.columns)


def ratio(frame: pd.DataFrame, window: int = 120, least: int = 2) -> pd.Series:
    pool = pd.DataFrame(index=frame.columns)
    return trend.efficiency_ratio(trend.net_over_path({"": frame}, pool, window, least, "simple"))


def recent(frame: pd.DataFrame, window: int) -> pd.Series:
    return trend.recent_return({"": frame}, pd.DataFrame(index=frame.columns), window)


def test_log_returns_compound() -> None:
    frame = pd.DataFrame({"SAW": [1.0, -0.5] * 10, "LOST": [0.0] * 19 + [-1.0], "UP": [0.1] * 20})
    year = pd.Series(252.0, index=frame.columns)
    found = trend.annual_return(frame, year, "log")
    np.testing.assert_allclose(found, [0.0, 252 / 20 * math.log(1e-4), 252 * math.log(1.1)], atol=1e-12)
    assert trend.annual_return(frame, year, "simple")["SAW"] == pytest.approx(252 * 0.25)
    paths = trend.net_over_path({"": frame}, pd.DataFrame(index=frame.columns), 120, 2, "log")
    np.testing.assert_allclose(paths, [0.0, -1.0, 1.0], atol=1e-12)


def test_a_stock_looks_back_over_its_own_days() -> None:
    days = pd.date_range("2026-01-05", periods=14)
    weekend = np.asarray(days.day_of_week >= 5)
    frame = pd.DataFrame({"COIN": 0.01, "STOCK": np.where(weekend, np.nan, 0.01)}, index=days)
    markets = {"CRYPTO": frame[["COIN"]], "AMERICA": frame.loc[~weekend, ["STOCK"]]}
    found = trend.recent_return(markets, pd.DataFrame(index=frame.columns), 7)
    np.testing.assert_allclose(found, [1.01**7 - 1] * 2, rtol=1e-12)


def test_annual_return_by_hand() -> None:
    found = trend.annual_return(SMALL, YEAR, "simple")
    np.testing.assert_allclose(found, [36.5, 12.6, np.nan, 0.0], rtol=1e-12)
    assert found.index.tolist() == SMALL.columns.tolist()


def test_annual_return_has_the_bits_of_dataframe_mean() -> None:
    frame, year = upstream("returns", "periods_per_year")
    np.testing.assert_array_equal(trend.annual_return(frame, year, "simple"), frame.mean() * year)


def test_recent_return_by_hand() -> None:
    np.testing.assert_allclose(recent(SMALL, 60), [0.331, 0.08, 0.0, 0.0], rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(recent(SMALL, 2), [0.21, -0.1, 0.0, 0.0], rtol=1e-12, atol=1e-15)


def test_recent_return_against_a_loop() -> None:
    for name, value in recent(returns(), 60).items():
        growth = 1.0
        for step in returns()[name].iloc[-60:].fillna(0.0):
            growth *= 1.0 + step
        assert value == pytest.approx(growth - 1.0, rel=1e-12, abs=1e-14)


def test_a_total_loss_is_minus_one() -> None:
    frame = pd.DataFrame({"A": [0.5, -1.0, 0.5]})
    assert recent(frame, 60)["A"] == -1.0


@pytest.mark.parametrize(("aware", "expected"), [(True, [1.0, -1.0]), (False, [1.0, 1.0])])
def test_sign(aware: bool, expected: list[float]) -> None:
    assert trend.sign(pd.Series(["LONG", "SHORT"]), aware).tolist() == expected


@pytest.mark.parametrize("factor", [trend.directed_momentum, trend.momentum])
def test_a_short_earns_on_the_way_down(factor: Callable[..., pd.Series]) -> None:
    found = factor(pd.Series([0.2, 0.2, np.nan]), pd.Series([1.0, -1.0, -1.0]))
    np.testing.assert_array_equal(found, [0.2, -0.2, np.nan])


def test_periods_per_year() -> None:
    market = pd.Series(["CRYPTO", "AMERICA", ""])
    assert trend.periods_per_year(market, {"CRYPTO": 365.0, "default": 252.0}).tolist() == [365.0, 252.0, 252.0]
    with pytest.raises(ConfigurationError, match="AMERICA"):
        trend.periods_per_year(market, {"CRYPTO": 365.0})


def test_efficiency_by_hand() -> None:
    np.testing.assert_allclose(ratio(SMALL), [1.0, 0.1 / 0.3, np.nan, 0.0], rtol=1e-12)
    np.testing.assert_allclose(ratio(SMALL, least=3), [1.0, np.nan, np.nan, 0.0], rtol=1e-12)
    np.testing.assert_allclose(ratio(SMALL, window=2), [1.0, np.nan, np.nan, 0.0], rtol=1e-12)


def test_efficiency_against_a_loop_on_each_markets_own_days() -> None:
    markets, pool = upstream("market_returns", "raw_pool")
    found = trend.efficiency_ratio(trend.net_over_path(markets, pool, 120, 10, "simple"))
    assert found.index.equals(pool.index)
    for frame in markets.values():
        for name in frame.columns:
            path = [step for step in frame[name].tolist()[-120:] if not math.isnan(step)]
            expected = abs(math.fsum(path)) / math.fsum(map(abs, path)) if any(path) else 0.0
            if len(path) < 10:
                assert math.isnan(found[name])
            else:
                assert found[name] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_efficiency_in_the_candidates_direction() -> None:
    led = pd.Series([0.5, 0.5, -0.5, -0.5, np.nan])
    found = trend.directed_efficiency(led, pd.Series([1.0, -1.0, 1.0, -1.0, 1.0]))
    np.testing.assert_allclose(found, [0.5, -0.5, -0.5, 0.5, np.nan])


def test_directional_movement_in_the_candidates_direction() -> None:
    plus, minus = pd.Series([30.0, 30.0, 10.0, 0.0, np.nan]), pd.Series([10.0, 10.0, 30.0, 0.0, 5.0])
    found = trend.directed_movement(plus, minus, pd.Series([1.0, -1.0, -1.0, 1.0, 1.0]))
    np.testing.assert_allclose(found, [0.5, -0.5, 0.5, np.nan, np.nan])


LINES = pd.DataFrame({"adx": [30.0, np.nan], "plus_di": [20.0, np.nan], "minus_di": [10.0, np.nan]}, index=["A", "B"])
SCANNER = pd.Series([11.0, 12.0], index=["A", "B"])


@pytest.mark.parametrize(("source", "expected"), [("bars", [30.0, 12.0]), ("scanner", [11.0, 12.0])])
def test_adx_from_bars_else_from_the_scanner(source: str, expected: list[float]) -> None:
    assert trend.adx(LINES, SCANNER, source).tolist() == expected


def test_di_from_bars_else_from_the_scanner() -> None:
    assert trend.plus_di(LINES, SCANNER, "bars").tolist() == [20.0, 12.0]
    assert trend.minus_di(LINES, SCANNER, "bars").tolist() == [10.0, 12.0]


def test_an_adx_that_nobody_gives() -> None:
    nobody = SCANNER * np.nan
    assert trend.adx(LINES, nobody, "bars").isna().tolist() == [False, True]
