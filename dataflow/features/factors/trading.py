"""What it takes to trade an asset: liquidity, cost, edge after cost, life signs, instrument metadata."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.schemas.settings import by_market


@factor(low=0.0, high=1.0, probability="cdf")
@tag(reads="value_traded ~market")
def liquidity(
    value_traded: pd.Series, market: pd.Series, liquidity_baseline: dict[str, float], missing_value_traded: float
) -> pd.Series:
    """Daily traded value over its market's baseline, at most 1 (V3_4.md, section 2). NaN where unknown."""
    baseline = market.map({name: by_market(liquidity_baseline, name) for name in market.unique()}).astype(np.float64)
    return (value_traded.fillna(missing_value_traded) / baseline).clip(upper=1.0)


@factor(low=0.0)
@tag(reads=["volatility adv", "~periods_per_year if impact_volatility = daily"])
def impact_cost(
    volatility: pd.Series,
    periods_per_year: pd.Series,
    adv: pd.Series,
    order_size: float,
    impact_volatility: str,
    missing_adv: float,
) -> pd.Series:
    """Cost of trading an order, daily volatility x sqrt(order size / daily traded value): a share of its value.

    The square-root law of market impact (Almgren, Thum, Hauptmann & Li 2005; Toth et al. 2011), whose volatility is that of
    the day over which the value is traded. With `impact_volatility = "annual"` (v3.4) that of a year, which makes it 16 to
    19 times as large (V3_4.md, section 6.4).
    """
    traded = adv.where(adv > 0, missing_adv)
    scale = volatility if impact_volatility == "annual" else volatility / np.sqrt(periods_per_year)
    return scale * np.sqrt(order_size / traded)


# v3.4's exemption of high momentum (V3_4.md, section 6.4).
EXEMPT_MOMENTUM = 1.0
EXEMPT_SHARE = 1.25


@factor()
def net_edge(momentum: pd.Series, impact_cost: pd.Series, exempting_hurdle: float) -> pd.Series:
    """Momentum less the cost of trading it.

    With an `exempting_hurdle` (v3.4) an edge of at least 1.25 times it counts as the hurdle where momentum exceeds 1
    (which helps only where the hurdle is negative).
    """
    edge = momentum - impact_cost
    exempt = (momentum > EXEMPT_MOMENTUM) & (edge >= EXEMPT_SHARE * exempting_hurdle)
    return edge.where(~exempt, np.maximum(edge, exempting_hurdle))


@factor(low=0.0)
def last_bar_age(days_since_last_bar: pd.Series, raw_pool: pd.DataFrame) -> pd.Series:
    """Days from the asset's last return to the as-of date, whatever others of its market do. NaN where it has none."""
    return days_since_last_bar.reindex(raw_pool.index)


@factor(nullable=False, low=0.0, high=1.0, window="liveness_window")
def active_share(
    market_returns: dict[str, pd.DataFrame],
    last_bar_age: pd.Series,
    raw_pool: pd.DataFrame,
    liveness_window: int,
    max_age_days: float,
) -> pd.Series:
    """Share of the market's last days on which the asset traded at another price: 0 flat, stale or delisted.

    0 also where the asset's last bar is older than `max_age_days`: a market's last days may be long ago.
    """
    parts = []
    for frame in market_returns.values():
        rows = asset_rows(frame.iloc[-liveness_window:])
        moved = ~np.isnan(rows) & (rows != 0.0)
        parts.append(pd.Series(moved.mean(axis=1) if rows.shape[1] else 0.0, index=frame.columns))
    return pd.concat(parts).reindex(raw_pool.index).mask(last_bar_age > max_age_days, 0.0)


@factor(nullable=False, low=0.0, high=1.0)
def quarantined_share(quarantined: pd.Series, observations: pd.Series) -> pd.Series:
    """Share of the asset's rows that are bad: set aside, or with an impossible price."""
    rows = quarantined + observations
    return (quarantined / rows.where(rows > 0, 1.0)).astype(np.float64)


@factor(nullable=False, low=0.0)
def implausibility(quarantined_share: pd.Series, suspicious: pd.Series) -> pd.Series:
    """Share of bad rows, plus 1 for each finding of the checks of plausibility that makes the asset suspect."""
    return quarantined_share + suspicious


@factor(nullable=False, low=0.0, high=1.0)
@tag(
    reads=[
        "tick_size lot_size price_precision if metadata_rule != keys",
        "metadata_keys if metadata_rule = keys",
    ]
)
def tradable(
    tick_size: pd.Series, lot_size: pd.Series, price_precision: pd.Series, metadata_keys: pd.Series, metadata_rule: str
) -> pd.Series:
    """1 where tick and lot size are present and positive and price precision is present and >= 0, else 0.

    With `metadata_rule = "keys"` (v3.4) it is enough that the three keys are there.
    """
    if metadata_rule == "keys":
        return (metadata_keys == 3).astype(np.float64)
    return ((tick_size > 0) & (lot_size > 0) & (price_precision >= 0)).astype(np.float64)


@factor(nullable=False, low=0.0, high=1.0)
def excluded(is_excluded: pd.Series) -> pd.Series:
    """1 where the profile's include and exclude lists leave the asset out, else 0."""
    return is_excluded.astype(np.float64)
