"""How an asset hurts: volatility, its inverse, and the statistics of tails and regimes."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import (
    asset_rows,
    by_dtype,
    equal_length_groups,
    sample_deviation,
)


@factor(low=0.0)
def volatility(returns: pd.DataFrame, periods_per_year: pd.Series, thin_volatility: float) -> pd.Series:
    """Sample standard deviation of the asset's own returns, annualised (V3_4.md, section 2).

    `thin_volatility` (NaN, or v3.4's 0) with fewer than two returns.
    """
    deviation = np.full(returns.shape[1], thin_volatility, dtype=np.float64)
    for frame in by_dtype(returns).values():
        rows, places = asset_rows(frame), returns.columns.get_indexer(frame.columns)
        for members, compact in equal_length_groups(rows, ~np.isnan(rows)):
            if compact.shape[1] >= 2:
                deviation[places[members]] = sample_deviation(compact)
    return pd.Series(deviation, index=returns.columns) * np.sqrt(periods_per_year)


@factor(low=0.0)
def stability(volatility: pd.Series) -> pd.Series:
    """Inverse volatility 1 / (volatility + 1e-9) (V3_4.md, section 2)."""
    return 1.0 / (volatility + 1e-9)


@factor(nullable=False, low=0.0)
@tag(reads="~returns")
def observations(returns: pd.DataFrame) -> pd.Series:
    """Number of the asset's own returns."""
    return returns.notna().sum().astype(np.float64)


@factor(low=0.0)
def antifragility(statistics: pd.DataFrame, observations: pd.Series, full_history: int) -> pd.Series:
    """The statistics' antifragility score, scaled down for a short history (V3_4.md, section 2)."""
    return statistics["Antifragility_Score"] * np.minimum(1.0, observations / full_history)


@factor(low=0.0, probability="cdf")
def survival(statistics: pd.DataFrame) -> pd.Series:
    """The statistics' regime survival score, 1 without statistics (V3_4.md, section 2)."""
    return statistics["Regime_Survival_Score"]


@factor(low=0.0, probability="rank_desc")
def fragility(statistics: pd.DataFrame) -> pd.Series:
    """The statistics' fragility score, 0 without statistics (V3_4.md, section 2)."""
    return statistics["Fragility_Score"]
