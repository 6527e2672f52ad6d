"""Each stage as one writes it first: pandas where it has a word for it, else asset by asset with v3.4's own functions.

On complete data what comes out is what a selection computes, to 1e-9 (`tests/benchmarks/test_plain.py`); only the way is plain.
Policy is the strict rung.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from benchmarks.markets import Market
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

# v3.4 written down a second time belongs to the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from reference import v3_4


def ingestion(market: Market) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pool (a row per candidate) and its returns, both by symbol."""
    pool = pd.DataFrame(market.candidates).drop_duplicates("symbol").set_index("symbol").sort_index()
    for name in ("value_traded", "adx", "tick_size", "lot_size", "price_precision"):
        pool[name] = pd.to_numeric(pool[name])
    returns = market.returns.sort_index().apply(pd.to_numeric)
    symbols = pool.index.intersection(returns.columns)
    return pool.loc[symbols], returns[symbols]


def features(pool: pd.DataFrame, returns: pd.DataFrame, settings: SelectionSettings) -> pd.DataFrame:
    """The factors that the profile weighs or holds a gate against, and the Hurst exponent."""
    asked = settings.features
    periods = asked.annualisation["CRYPTO"]
    sign = pool["direction"].map({"LONG": 1.0, "SHORT": -1.0})
    logs = np.log1p(returns)
    path = logs.iloc[-asked.efficiency_window :]
    volatility = returns.std() * np.sqrt(periods)
    recent = (1.0 + returns.iloc[-asked.momentum_window :].fillna(0.0)).prod() - 1.0
    return pd.DataFrame(
        {
            "momentum": logs.mean() * periods * sign,
            "volatility": volatility,
            "stability": 1.0 / (volatility + 1e-9),
            "efficiency_ratio": path.sum().abs() / path.abs().sum(),
            "directed_momentum": recent * sign,
            "observations": returns.notna().sum(),
            "permutation_entropy": returns.iloc[-asked.entropy_window :].apply(v3_4.permutation_entropy),
            "hurst": returns.apply(v3_4.hurst),
            "adx": pool["adx"],
            "liquidity": (pool["value_traded"] / asked.liquidity_baseline["CRYPTO"]).clip(upper=1.0),
        }
    )


def inference(table: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    """Log-MPS of these columns: ranks from 0.01 to 1, their logarithms weighed and added."""
    ranks = (table[list(weights)].rank() - 1.0) / (len(table) - 1)
    return np.exp((np.log(0.01 + 0.99 * ranks) * pd.Series(weights)).sum(axis=1))


def partitioning(pool: pd.DataFrame, returns: pd.DataFrame, settings: SelectionSettings) -> pd.Series:
    """The cluster of each asset: pairwise correlations of directed returns over the last days, distances, Ward's tree, cut."""
    asked = settings.clusters
    returns = returns * pool["direction"].map({"LONG": 1.0, "SHORT": -1.0})
    total = np.zeros((returns.shape[1], returns.shape[1]))
    for lookback in asked.lookbacks:
        correlation = returns.iloc[-lookback:].corr(min_periods=asked.min_common).fillna(0.0).to_numpy().copy()
        correlation *= 1.0 - asked.shrinkage
        np.fill_diagonal(correlation, 1.0)
        total += np.sqrt((1.0 - correlation.clip(-1.0, 1.0)) / 2.0)
    np.fill_diagonal(total, 0.0)
    tree = linkage(squareform(total / len(asked.lookbacks), checks=False), method="ward")
    labels = fcluster(tree, asked.threshold, criterion="distance")
    if len(set(labels)) > asked.max_clusters:
        labels = fcluster(tree, asked.max_clusters, criterion="maxclust")
    return pd.Series(labels, index=returns.columns)


def policy(
    table: pd.DataFrame, score: pd.Series, clusters: pd.Series, pool: pd.DataFrame, settings: SelectionSettings
) -> pd.DataFrame:
    """The best of each cluster and direction among those that pass the gates on these columns."""
    passed = pd.Series(True, index=table.index)
    for gate in settings.active_gates.values():
        if gate.feature in table:
            values = table[gate.feature]
            passed &= values >= gate.threshold if gate.op == ">=" else values <= gate.threshold
    ranked = pd.DataFrame({"score": score, "cluster": clusters, "direction": pool["direction"]})[passed]
    ranked = ranked.sort_values("score", ascending=False)
    return ranked.groupby(["cluster", "direction"]).head(settings.recruitment.top_n)


def synthesis(winners: pd.DataFrame, market: Market) -> list[dict[str, object]]:
    """The candidates of the winners, with their scores."""
    by_symbol = {candidate["symbol"]: candidate for candidate in market.candidates}
    return [{**by_symbol[str(symbol)], "alpha_score": row["score"]} for symbol, row in winners.iterrows()]
