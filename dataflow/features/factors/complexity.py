"""How predictable an asset's path is: permutation entropy and rescaled-range Hurst."""

import math

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.entropy import pattern_entropy
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.rescaled_range import hurst_exponent


@factor(low=0.0, high=1.0 + 1e-9, window="entropy_window")
def permutation_entropy(
    market_returns: dict[str, pd.DataFrame],
    raw_pool: pd.DataFrame,
    entropy_order: int,
    entropy_window: int,
    entropy_min_patterns: int,
    entropy_gaps: str,
    entropy_ties: str,
    arithmetic: str,
) -> pd.Series:
    """Bandt-Pompe permutation entropy of the last rows, divided by ln(order!): 0 regular, 1 white noise.

    Windows that span a gap count only where `entropy_gaps = "join"` (v3.4). NaN with fewer than `entropy_min_patterns`.
    Source: Bandt and Pompe, Phys. Rev. Lett. 88, 174102 (2002); V3_4.md, section 2.
    """
    parts = [
        pd.Series(
            pattern_entropy(
                asset_rows(frame.iloc[-entropy_window:]),
                order=entropy_order,
                min_patterns=entropy_min_patterns,
                join_gaps=entropy_gaps == "join",
                network_ties=entropy_ties == "network",
                portable=arithmetic == "portable",
            ),
            index=frame.columns,
        )
        for frame in market_returns.values()
    ]
    return pd.concat(parts).reindex(raw_pool.index)


@factor(low=0.0, high=1.0, window="entropy_window")
def entropy(permutation_entropy: pd.Series, unknown_entropy: float) -> pd.Series:
    """Predictability 1 - permutation entropy, in [0, 1] (V3_4.md, section 2)."""
    return (1.0 - permutation_entropy.fillna(unknown_entropy)).clip(0.0, 1.0)


@factor(low=0.0, high=1.0)
def hurst(
    market_returns: dict[str, pd.DataFrame],
    raw_pool: pd.DataFrame,
    hurst_min_days: int,
    thin_hurst: float,
    trading_calendar: str,
    arithmetic: str,
    hurst_correction: str,
) -> pd.Series:
    """Hurst exponent by rescaled range: 0.5 a random walk, above persistent, below mean-reverting.

    Over the asset's own days, with `trading_calendar = "rows"` (v3.4) over all. NaN with fewer than
    `hurst_min_days` of them. Pure noise averages 0.60 over 120 days (notes/NUMERICS.md), 0.50 with
    `hurst_correction = "anis_lloyd"`. Source: Mandelbrot and Wallis, Water Resour. Res. 5 (1969); V3_4.md, section 2.
    """
    parts = [
        pd.Series(
            hurst_exponent(
                asset_rows(frame),
                min_days=hurst_min_days,
                thin=thin_hurst,
                own_days=trading_calendar != "rows",
                portable=arithmetic == "portable",
                corrected=hurst_correction == "anis_lloyd",
            ),
            index=frame.columns,
        )
        for frame in market_returns.values()
    ]
    return pd.concat(parts).reindex(raw_pool.index)


@factor(low=0.0, high=1.0)
def hurst_clean(hurst: pd.Series, unknown_hurst: float) -> pd.Series:
    """Closeness to a random walk, 1 - 2 abs(H - 0.5) in [0, 1] (V3_4.md, section 2)."""
    known = hurst if math.isnan(unknown_hurst) else hurst.fillna(unknown_hurst)
    return (1.0 - 2.0 * (known - 0.5).abs()).clip(0.0, 1.0)


@factor(low=-0.5, high=0.5)
def random_walk_distance(hurst: pd.Series, random_walk_band: tuple) -> pd.Series:
    """How far the Hurst exponent lies outside the band of random walks; negative inside it, 0 on its edge."""
    lower, upper = random_walk_band
    return pd.Series(np.maximum(lower - hurst.to_numpy(), hurst.to_numpy() - upper), index=hurst.index)


@factor(low=0.0, high=1.0)
@tag(reads="hurst ~momentum")
def toxic_hurst(hurst: pd.Series, momentum: pd.Series) -> pd.Series:
    """The Hurst exponent where momentum runs against the candidate (persistence in the wrong direction), else 0."""
    against = momentum.to_numpy()
    value = np.where(against < 0, hurst.to_numpy(), 0.0)
    return pd.Series(np.where(np.isnan(against), np.nan, value), index=hurst.index)
