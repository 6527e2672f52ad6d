"""Simulated bars: on their grids, consistent, and absent where an asset didn't trade."""

import numpy as np
import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import CRYPTO, crypto_names
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import (
    Panel,
    absent_bars,
    long_bars,
    simulated_panel,
)


@pytest.fixture(scope="module")
def panel() -> Panel:
    rng = np.random.default_rng(3)
    dates = pd.date_range(end="2026-06-30", periods=300)
    return simulated_panel(rng, CRYPTO, crypto_names(rng, 60), dates, rng.standard_normal(300))


def test_prices_lie_on_the_tick_and_volumes_on_the_lot(panel: Panel) -> None:
    step = np.power(10.0, panel.instruments["price_precision"].fillna(0).to_numpy())
    known = panel.instruments["price_precision"].notna().to_numpy()
    for name in ("open", "high", "low", "close"):
        ticks = (panel.prices[name] * step)[:, known]
        assert np.nanmax(np.abs(ticks - np.rint(ticks))) < 1e-3


def test_high_and_low_hold_open_and_close(panel: Panel) -> None:
    opened, high, low, close = (pd.DataFrame(panel.prices[name]) for name in ("open", "high", "low", "close"))
    traded = close.notna()
    assert (
        ((high >= opened) & (high >= close) & (low <= opened) & (low <= close) & (low > 0))
        .where(traded, True)
        .all(axis=None)
    )
    for values in panel.prices.values():
        assert (np.isnan(values) == ~traded.to_numpy()).all()


def test_a_price_that_stands_still_has_no_volume(panel: Panel) -> None:
    (place,) = panel.special["stale"]
    halt = 300 * 9 // 10
    assert len(np.unique(panel.prices["close"][halt:, place])) == 1
    assert (panel.prices["volume"][halt:, place] == 0).all()
    assert (panel.prices["volume"][:halt, place] > 0).any()


def test_calendars_begin_end_and_break_as_they_should() -> None:
    special = {"late": [0], "short": [1], "delisted": [2], "gap": [3]}
    absent = absent_bars(np.random.default_rng(1), special, 500, 5)
    begins, spans = absent.argmin(axis=0), (~absent).sum(axis=0)
    assert 100 <= begins[0] < 400
    assert not absent[begins[0] :, 0].any()
    assert 15 <= spans[1] < 50
    assert not absent[-1, 1]
    assert 250 <= spans[2] < 450
    assert absent[spans[2] :, 2].all()
    assert 8 <= 500 - spans[3] <= 28
    assert not absent[[0, -1], 3].any()
    assert not absent[:, 4].any()


def test_long_bars_are_the_bars_that_exist_by_symbol_and_date(panel: Panel) -> None:
    bars = long_bars(panel)
    close = pd.DataFrame(panel.prices["close"], index=panel.dates, columns=panel.instruments["symbol"])
    assert len(bars) == close.notna().sum().sum()
    assert bars.equals(bars.sort_values(["symbol", "date"], ignore_index=True))
    for symbol in (bars["symbol"].iloc[0], bars["symbol"].iloc[-1]):
        own = bars[bars["symbol"] == symbol].set_index("date")["close"]
        pd.testing.assert_series_equal(own, close[symbol].dropna(), check_names=False, check_freq=False)
