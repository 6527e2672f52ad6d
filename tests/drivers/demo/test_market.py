import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tradingview_scraper.pipelines.selection.drivers.demo.market import (
    SimulatedMarket,
    simulated_market,
    write_market,
)
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_dirt import DIRT, DIRTY_SHARE
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_scans import SESSIONS
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

PRICES = ["open", "high", "low", "close"]
END = pd.Timestamp("2026-06-30")

DIGEST = """
import hashlib, sys, tempfile
from pathlib import Path
from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
with tempfile.TemporaryDirectory() as folder:
    for path in write_market(simulated_market(seed=11, assets=80, days=250), Path(folder)):
        print(path.relative_to(folder), hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def returns(clean: pd.DataFrame) -> pd.DataFrame:
    return clean.pivot(index="date", columns="symbol", values="close").pct_change(fill_method=None)


def _digest(market: SimulatedMarket) -> str:
    tables = (market.bars, market.instruments, market.statistics.reset_index())
    hashes = [pd.util.hash_pandas_object(table).to_numpy().tobytes() for table in tables]
    return hashlib.sha256(b"".join(hashes) + json.dumps(market.scans).encode()).hexdigest()


def bad_rows(bars: pd.DataFrame) -> pd.Series:
    return (bars["high"] < bars["low"]) | ~np.isfinite(bars["close"]) | (bars["close"] <= 0)


def _kurtosis(values: pd.Series) -> float:
    return float(values.dropna().kurt())


def test_the_same_seed_gives_the_same_market_and_another_seed_another(market: SimulatedMarket) -> None:
    assert _digest(simulated_market()) == _digest(market)
    small = [_digest(simulated_market(seed, assets=80, days=250)) for seed in (7, 8)]
    assert small[0] != small[1]


def test_neither_hash_seed_nor_threads_change_a_byte() -> None:
    settings = ({"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"}, {"PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "2"})
    runs = [
        subprocess.Popen([sys.executable, "-c", DIGEST], env={**os.environ, **each}, stdout=subprocess.PIPE, text=True)
        for each in settings
    ]
    first, second = (run.communicate(timeout=60)[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert len(first.splitlines()) == 3 + 8 * SESSIONS
    assert first == second


@pytest.mark.parametrize("size", [{"assets": 79}, {"days": 249}])
def test_too_small_a_market_is_refused(size: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="at least 80 assets and 250 days"):
        simulated_market(**size)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_smallest_market_has_every_scan_and_all_dirt(seed: int) -> None:
    small = simulated_market(seed, assets=80, days=250, end="2025-01-31")
    assert small.instruments["symbol"].nunique() == 80
    assert small.bars["date"].max() == pd.Timestamp("2025-01-31")
    assert {scan["meta"]["scanner"] for scan in small.scans.values()} >= {"stocks_universe", "crypto_universe"}
    assert bad_rows(small.bars).sum() >= sum(DIRT.values()) - DIRT["duplicate"]


def test_bars_are_long_and_sorted(market: SimulatedMarket) -> None:
    bars = market.bars
    assert list(bars.columns) == ["symbol", "date", *PRICES, "volume"]
    assert bars["symbol"].dtype == "str"
    assert bars["date"].dtype == "datetime64[us]"
    assert (bars.dtypes[[*PRICES, "volume"]] == np.float64).all()
    repeated = bars["symbol"] == bars["symbol"].shift()
    assert (bars["symbol"].iloc[1:].to_numpy() >= bars["symbol"].iloc[:-1].to_numpy()).all()
    assert (bars["date"].diff()[repeated] >= pd.Timedelta(0)).all()
    assert bars["date"].max() == END
    assert bars["date"].min() == END - pd.Timedelta(days=1095)


def test_about_two_hundred_assets_in_two_markets(market: SimulatedMarket) -> None:
    instruments = market.instruments
    assert len(instruments) == instruments["symbol"].nunique() == market.bars["symbol"].nunique() == 200
    assert instruments["market"].value_counts().to_dict() == {"CRYPTO": 120, "AMERICA": 80}
    assert instruments.groupby("market")["sector"].nunique().min() >= 6
    assert "SPY" in set(instruments["symbol"])


def test_stocks_trade_on_weekdays_and_perpetuals_every_day(market: SimulatedMarket) -> None:
    kinds = market.bars["symbol"].map(market.instruments.set_index("symbol")["market"])
    days = market.bars["date"].dt.day_of_week
    assert days[kinds == "AMERICA"].max() == 4
    assert days[kinds == "CRYPTO"].nunique() == 7


def test_prices_are_consistent_and_on_their_grid(market: SimulatedMarket, clean: pd.DataFrame) -> None:
    assert (clean["high"] >= clean[["open", "close"]].max(axis=1)).all()
    assert (clean["low"] <= clean[["open", "close"]].min(axis=1)).all()
    assert (clean["low"] > 0).all()
    assert (clean["volume"] >= 0).all()
    precision = clean["symbol"].map(market.instruments.set_index("symbol")["price_precision"]).dropna()
    ticks = clean.loc[precision.index, "close"] * 10**precision
    assert (ticks - ticks.round()).abs().max() < 1e-4


def test_pairs_share_an_identity_and_share_classes_do_not(market: SimulatedMarket) -> None:
    instruments = market.instruments
    shared = instruments[instruments["base"].duplicated(keep=False)]
    assert shared["base"].nunique() == 4
    assert shared["symbol"].str[-4:].value_counts().to_dict() == {"USDT": 4, "USDC": 4}
    classes = instruments.set_index("symbol").loc[["ACMA", "ACMB", "ZYNA", "ZYNB"]]
    assert classes["base"].is_unique


def test_each_kind_of_bad_row_is_there(market: SimulatedMarket) -> None:
    bars = market.bars
    bad = bad_rows(bars) | bars.duplicated(["symbol", "date"])
    by_symbol = bad.groupby(bars["symbol"]).sum()
    worst = by_symbol.idxmax()
    assert by_symbol[worst] / (bars["symbol"] == worst).sum() == pytest.approx(DIRTY_SHARE, abs=0.01)
    assert by_symbol.drop(worst).max() == 1
    others = bars[bars["symbol"] != worst]
    assert {
        "crossed": (others["high"] < others["low"]).sum(),
        "zero": (others["close"] == 0).sum(),
        "negative": (others["close"] < 0).sum(),
        "missing": others["close"].isna().sum(),
        "infinite": np.isinf(others["close"]).sum(),
        "duplicate": others.duplicated(["symbol", "date"]).sum(),
    } == DIRT


def test_calendars_are_peculiar(market: SimulatedMarket, clean: pd.DataFrame) -> None:
    span = clean.groupby("symbol")["date"].agg(["min", "max", "count"])
    assert (span["max"] < END - pd.Timedelta(days=60)).sum() == 5
    assert 4 <= (span["count"] < 60).sum() <= 5
    assert (span["min"] > span["min"].min() + pd.Timedelta(days=200)).sum() >= 20
    gaps = clean.groupby("symbol")["date"].diff().dt.days.groupby(clean["symbol"]).max()
    assert (gaps >= 8).sum() == 5
    last = clean.groupby("symbol").tail(60)
    assert (last.groupby("symbol")["close"].nunique() == 1).sum() == 1


def test_metadata_and_statistics_have_holes(market: SimulatedMarket) -> None:
    instruments, statistics = market.instruments, market.statistics
    assert (instruments["tick_size"] == 0).sum() == 2
    assert instruments["tick_size"].isna().sum() == 3
    assert instruments["price_precision"].isna().sum() == 3
    assert statistics.index.is_unique
    assert 5 <= len(set(instruments["symbol"]) - set(statistics.index)) <= 20
    assert 3 <= (statistics["Regime_Survival_Score"] < 0.1).sum() <= 8
    assert statistics.min().min() >= 0
    assert statistics.max().max() <= 1


def test_some_assets_are_too_expensive_to_trade(market: SimulatedMarket, clean: pd.DataFrame) -> None:
    value = (clean["close"] * clean["volume"]).groupby(clean["symbol"]).median()
    market_of = market.instruments.set_index("symbol")["market"]
    assert (value < 2e5).sum() == 6
    assert 1e7 < value[market_of == "CRYPTO"].median() < 1e8
    assert 1e8 < value[market_of == "AMERICA"].median() < 1e10


def test_tails_are_fat_and_volatility_clusters(returns: pd.DataFrame) -> None:
    full = returns.loc[:, returns.notna().sum() > 400]
    assert (full.apply(_kurtosis) > 1).mean() > 0.9
    lagged = full.apply(lambda column: column.dropna().abs().autocorr(1))
    assert lagged.mean() > 0.1
    assert (lagged > 0).mean() > 0.9


def test_volume_rises_with_the_move(clean: pd.DataFrame) -> None:
    groups = clean.groupby("symbol")
    move = groups["close"].pct_change(fill_method=None).abs()
    traded = np.log((clean["close"] * clean["volume"]).where(clean["volume"] > 0))
    ranks = pd.DataFrame(
        {"move": move.groupby(clean["symbol"]).rank(), "traded": traded.groupby(clean["symbol"]).rank()}
    )
    assert ranks["move"].corr(ranks["traded"]) > 0.15


def test_sectors_move_together(market: SimulatedMarket, returns: pd.DataFrame) -> None:
    sectors = market.instruments.set_index("symbol").query("sector != 'Index'")
    for _, members in sectors.groupby("market"):
        chosen = returns[members.index].loc[:, lambda frame: frame.notna().sum() > 300]
        correlation = chosen.corr(min_periods=100).to_numpy()
        labels = members.loc[chosen.columns, "sector"].to_numpy()
        same = labels[:, None] == labels[None, :]
        apart = ~np.eye(len(labels), dtype=bool)
        within, across = np.nanmean(correlation[same & apart]), np.nanmean(correlation[~same])
        assert 0.1 < across < within - 0.08


def test_twins_are_nearly_the_same_asset(market: SimulatedMarket, returns: pd.DataFrame) -> None:
    quoted = market.instruments["symbol"][market.instruments["symbol"].str.endswith("USDC")]
    for symbol in quoted:
        assert returns[symbol].corr(returns[symbol.removesuffix("C") + "T"]) > 0.9
    assert returns["ACMA"].corr(returns["ACMB"]) > 0.9


def test_what_is_written_reads_back_equal(market: SimulatedMarket, tmp_path: Path) -> None:
    written = write_market(market, tmp_path / "project" / "data")
    assert [path.name for path in written[:3]] == ["bars.parquet", "instruments.parquet", "statistics.parquet"]
    for path, table in zip(written, (market.bars, market.instruments, market.statistics), strict=False):
        pd.testing.assert_frame_equal(pd.read_parquet(path), table, check_exact=True)
    assert {path.name: json.loads(path.read_text(encoding="utf-8")) for path in written[3:]} == market.scans
    assert sum(path.stat().st_size for path in written) < 5.2e6
    assert sorted(written) == sorted(path for path in tmp_path.rglob("*") if path.is_file())


def test_a_flipped_bit_of_the_bars_is_noticed(market: SimulatedMarket, tmp_path: Path) -> None:
    path = write_market(market, tmp_path)[0]
    spoiled = bytearray(path.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    with pytest.raises(OSError, match="checksum"):
        pq.read_table(pa.BufferReader(bytes(spoiled)), page_checksum_verification=True)
