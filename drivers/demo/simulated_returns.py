"""Returns of simulated assets: factors and own noise, with fat tails and clustered volatility.

In order: noise, the factors of world, market and sector, drift in regimes for assets that trend, and what a day carries
over from the day before (mean reversion where that is negative).
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import MarketSpec

Array = npt.NDArray[np.float64]

REGIME_DAYS = 120
CARRY = {"walk": 0.0, "up": 0.08, "down": 0.08, "reverting": -0.22}


def clustered_noise(rng: np.random.Generator, days: int, count: int, freedom: float = 3.5) -> Array:
    """Noise of about unit variance with Student t shocks and a GARCH(1, 1) variance, one column a series."""
    shocks = np.clip(rng.standard_t(freedom, (days, count)) * np.sqrt((freedom - 2) / freedom), -9.0, 9.0)
    variance, noise = np.ones(count), np.empty((days, count))
    for day in range(days):
        noise[day] = np.sqrt(variance) * shocks[day]
        variance = np.clip(0.03 + 0.12 * noise[day] ** 2 + 0.85 * variance, 0.15, 12.0)
    return noise


def _drift(rng: np.random.Generator, trend: Array, days: int) -> Array:
    """Daily drift in units of volatility: regimes of random sign for trending assets, the last two as in `trend`."""
    signs = rng.choice([-1.0, 0.0, 0.0, 1.0], (days // REGIME_DAYS + 1, len(trend)))
    signs[-2:] = trend
    strength = rng.uniform(0.02, 0.07, len(trend)) * np.abs(trend)
    return np.repeat(signs * strength, REGIME_DAYS, axis=0)[-days:]


def _settled(factor: Array) -> Array:
    """The factor without drift in either half of the last regime: assets shall not trend just because a factor did."""
    half = REGIME_DAYS // 2
    for part in (slice(-2 * half, -half), slice(-half, None)):
        factor[part] -= factor[part].mean(axis=0)
    return factor


def log_returns(rng: np.random.Generator, spec: MarketSpec, traits: pd.DataFrame, world: Array) -> Array:
    """Log returns (days x assets): world, market and sector factors, own noise, drift, and what carries over a day."""
    days, count = len(world), len(traits)
    fund, leader = traits["fund"].to_numpy(), traits["leader"].to_numpy()
    character, volatility = traits["character"], traits["volatility"].to_numpy()
    market = 0.6 * world + 0.8 * clustered_noise(rng, days, 1)[:, 0]
    market = _settled((market - market.mean()) / market.std())
    sectors = _settled(clustered_noise(rng, days, len(spec.sectors)))[:, traits["sector"].to_numpy()]
    to_market = np.where(fund, 1.0, spec.loads[0] * rng.uniform(0.6, 1.3, count)[leader])
    to_sector = np.where(fund, 0.0, spec.loads[1] * rng.uniform(0.7, 1.3, count)[leader])
    own = np.sqrt(np.maximum(1.0 - to_market**2 - to_sector**2, 0.0)) * clustered_noise(rng, days, count)[:, leader]
    twin = (leader != np.arange(count)) * 0.15 * rng.standard_normal((days, count))
    trend = np.select([character == "up", character == "down"], [1.0, -1.0], 0.0)
    moves = market[:, None] * to_market + sectors * to_sector + own + twin + _drift(rng, trend, days)[:, leader]
    carry = character.map(CARRY).to_numpy(dtype=np.float64)
    for day in range(1, days):
        moves[day] += carry * moves[day - 1]
    return np.asarray(np.clip(moves * volatility - volatility**2 / 2, -0.6, 0.6), dtype=np.float64)
