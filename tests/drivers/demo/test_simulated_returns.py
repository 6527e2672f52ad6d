"""Simulated returns: noise of unit variance whose size clusters, and characters that show."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import CRYPTO, asset_traits, crypto_names
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_returns import CARRY, clustered_noise, log_returns


def test_noise_has_about_unit_variance_fat_tails_and_clusters() -> None:
    noise = clustered_noise(np.random.default_rng(1), 3000, 40)
    assert 0.8 < np.median(noise.std(axis=0)) < 1.2
    tails = ((noise / noise.std(axis=0)) ** 4).mean(axis=0)
    assert np.median(tails) > 4
    size = np.abs(noise)
    lagged = [np.corrcoef(size[1:, column], size[:-1, column])[0, 1] for column in range(40)]
    assert np.median(lagged) > 0.08


def made(characters: list[str], days: int = 700) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(5)
    traits = asset_traits(rng, CRYPTO, crypto_names(rng, 60), [])
    traits["character"] = np.resize(characters, 60)
    return traits, log_returns(rng, CRYPTO, traits, clustered_noise(rng, days, 1)[:, 0])


def test_what_trends_up_ends_higher_and_what_reverts_turns_back() -> None:
    traits, returns = made(["up", "down", "reverting", "walk"])
    risen = returns[-120:].sum(axis=0) / traits["volatility"].to_numpy()
    lagged = np.array([np.corrcoef(column[1:], column[:-1])[0, 1] for column in returns.T])
    by = {name: (traits["character"] == name).to_numpy() for name in CARRY}
    assert np.median(risen[by["up"]]) > np.median(risen[by["walk"]]) > np.median(risen[by["down"]])
    assert np.median(lagged[by["reverting"]]) < -0.1 < np.median(lagged[by["walk"]])


def test_a_day_moves_at_most_six_tenths_and_a_twin_moves_with_its_leader() -> None:
    traits, returns = made(["walk"])
    assert returns.shape == (700, 60)
    assert np.abs(returns).max() <= 0.6
    twin = int(np.flatnonzero(traits["leader"] != traits.index)[0])
    assert np.corrcoef(returns[:, twin], returns[:, twin - 1])[0, 1] > 0.9
