"""What is made unknown or wrong, counted."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import CRYPTO, crypto_names
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import long_bars, simulated_panel
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_dirt import (
    DIRT,
    DIRTY_SHARE,
    bars_with_dirt,
    statistics_with_holes,
)


def test_statistics_have_holes_and_a_few_survive_badly() -> None:
    symbols = [f"S{number:03}" for number in reversed(range(150))]
    table = statistics_with_holes(np.random.default_rng(1), symbols)
    assert len(table) == 150 - 150 // 15
    assert table.index.is_monotonic_increasing
    assert {*table.index} < {*symbols}
    assert ((table >= 0) & (table <= 1)).all(axis=None)
    assert (table["Regime_Survival_Score"] < 0.09).sum() >= 150 // 35
    assert table["Antifragility_Score"].median() > table["Fragility_Score"].median()


def test_bad_rows_are_as_many_as_they_should_be_and_the_rest_is_as_it_was() -> None:
    rng = np.random.default_rng(3)
    dates = pd.date_range(end="2026-06-30", periods=300)
    panel = simulated_panel(rng, CRYPTO, crypto_names(rng, 60), dates, rng.standard_normal(300))
    clean = long_bars(panel)
    dirty = bars_with_dirt(rng, clean.copy(), [panel])
    worst = panel.instruments["symbol"][panel.special["dirty"][0]]
    doubled = dirty.duplicated(["symbol", "date"])
    merged = dirty[~doubled].merge(clean, on=["symbol", "date"], suffixes=("", "_clean"), validate="1:1")
    assert len(merged) == len(clean)
    wrong = (merged["close"] != merged["close_clean"]) | (merged["high"] != merged["high_clean"])
    many = int(np.ceil(DIRTY_SHARE * (clean["symbol"] == worst).sum()))
    by_symbol = merged[wrong]["symbol"].value_counts().add(dirty[doubled]["symbol"].value_counts(), fill_value=0)
    assert by_symbol[worst] == many
    assert (by_symbol.drop(worst) == 1).all()
    assert len(by_symbol) - 1 == sum(DIRT.values())
    assert dirty.equals(dirty.sort_values(["symbol", "date"], kind="stable", ignore_index=True))
