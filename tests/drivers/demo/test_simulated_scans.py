"""The scanner exports of the simulated market: their format, their dates, and that they don't look ahead."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.demo.market import SimulatedMarket
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import STOCKS, stock_names
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import simulated_panel
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_scans import SESSIONS, dated_scans


def test_scans_have_the_exporters_format(market: SimulatedMarket, candidates: pd.DataFrame) -> None:
    assert list(market.scans)[: SESSIONS * 4 : SESSIONS * 4 - 1] == [
        "crypto_universe_2026-06-17.json",
        "crypto_vol_breakout_2026-06-30.json",
    ]
    newest = [scan for scan in market.scans.values() if scan["meta"]["asof"] == "2026-06-30"]
    assert [scan["meta"]["scanner"] for scan in newest] == [
        "crypto_universe",
        "crypto_long_trend",
        "crypto_short_trend",
        "crypto_vol_breakout",
        "stocks_universe",
        "stocks_long_trend",
        "stocks_short_trend",
        "stocks_mean_reversion",
    ]
    for name, scan in market.scans.items():
        assert f"{scan['meta']['scanner']}_{scan['meta']['asof']}.json" == name
        assert scan["meta"]["count"] == len(scan["data"]) >= 1
    assert min(len(scan["data"]) for scan in newest) >= 5
    crypto, stock = (market.scans[f"{name}_universe_2026-06-30.json"]["data"][0] for name in ("crypto", "stocks"))
    assert {"Value.Traded", "Perf.6M", "ADX+DI", "base", "subtype", "tick_size", "price_precision"} <= crypto.keys()
    assert {"sector", "ATR", "RSI", "Volatility.W"} <= stock.keys()
    assert "tick_size" not in stock
    assert candidates["symbol"].str.fullmatch(r"BINANCE:[A-Z]+USD[TC]\.P|US:[A-Z]+").all()
    for name in ("ADX", "ADX+DI", "ADX-DI", "RSI"):
        assert candidates[name].dropna().between(0, 100).all()


def test_scan_columns_agree_with_the_bars(clean: pd.DataFrame, candidates: pd.DataFrame) -> None:
    spy = clean[clean["symbol"] == "SPY"].set_index("date")
    row = candidates[(candidates["bare"] == "SPY")].iloc[0]
    assert row["close"] == spy["close"].iloc[-1]
    assert row["Value.Traded"] == pytest.approx(spy["close"].iloc[-1] * spy["volume"].iloc[-1])
    assert row["Perf.1M"] == pytest.approx(100 * (spy["close"].iloc[-1] / spy["close"].iloc[-22] - 1), abs=1e-5)
    assert row["Volatility.D"] == pytest.approx(100 * (spy["high"].iloc[-1] / spy["low"].iloc[-1] - 1), abs=1e-5)


def test_an_asset_may_be_named_twice_and_some_have_no_partner(
    market: SimulatedMarket, candidates: pd.DataFrame
) -> None:
    alpha = candidates[candidates["data_category"] == "strategy_alpha"]
    assert (alpha.groupby("bare")["direction"].nunique() == 2).sum() >= 1
    assert (alpha.groupby("bare")["logic"].nunique() == 2).sum() >= 3
    named, known = set(candidates["bare"]), set(market.instruments["symbol"])
    assert named - known == {"GHSTUSDT", "PHTMUSDT", "GHST", "PHTM"}
    assert 3 <= len(known - named) <= 10


def test_exports_are_of_the_last_sessions(market: SimulatedMarket) -> None:
    sessions = pd.bdate_range(end="2026-06-30", periods=SESSIONS).strftime("%Y-%m-%d").to_list()
    dates = pd.DataFrame([scan["meta"] for scan in market.scans.values()]).groupby("scanner")["asof"].agg(list)
    assert len(dates) == 8
    assert all(each == sessions for each in dates)


def test_an_export_is_what_it_was_on_its_day() -> None:
    rng = np.random.default_rng(3)
    dates = pd.bdate_range(end="2026-06-30", periods=300)
    whole = simulated_panel(rng, STOCKS, stock_names(rng, 40), dates, rng.standard_normal(300))
    before = replace(whole, dates=dates[:-3], prices={name: prices[:-3] for name, prices in whole.prices.items()})
    later, earlier = dated_scans(whole), dated_scans(before)
    common = [name for name in earlier if name in later]
    assert len(common) == 4 * (SESSIONS - 3)
    assert {name: later[name] for name in common} == {name: earlier[name] for name in common}


def test_columns_move_from_day_to_day(market: SimulatedMarket) -> None:
    days = [market.scans[f"crypto_universe_2026-06-{day}.json"]["data"] for day in (26, 29, 30)]
    closes = [{row["symbol"]: row["close"] for row in rows} for rows in days]
    assert closes[0].keys() == closes[1].keys() == closes[2].keys()
    moved = [sum(closes[n][name] != closes[n + 1][name] for name in closes[0]) for n in (0, 1)]
    assert min(moved) > 100
