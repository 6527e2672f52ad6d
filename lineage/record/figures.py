"""The figures of a run: clusters, conviction, diversity, where winners and vetoes fall.

A figure that can't be had is NaN, and `notes` says why.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext

CORRELATION_DAYS = 200


@dataclass(frozen=True)
class Figures:
    """Figures by name, and for each NaN its reason."""

    values: Mapping[str, float]
    notes: Mapping[str, str]


def run_figures(context: SelectionContext) -> Figures:
    """All figures of a decided context."""
    standings, winners, pool = context.standings, context.winners, context.raw_pool
    sizes = context.clusters["cluster"].value_counts().to_numpy()
    correlation = winners_correlation(context.returns, winners.index)
    values: dict[str, float] = {
        "pool": len(standings),
        "sound": int(standings["sound"].sum()),
        "eligible": int(standings["eligible"].sum()),
        "winners": len(winners),
        "clusters": len(sizes),
        "cluster_density": float(sizes.mean()),
        "cluster_largest_share": float(sizes.max() / sizes.sum()),
        "cluster_effective_number": effective_number(sizes / sizes.sum()),
        "average_conviction_winners": float(winners["alpha_score"].mean()) if len(winners) else math.nan,
        "average_conviction_pool": float(standings["alpha_score"].mean()),
        "pool_diversity": 1.0 - mean_off_diagonal(correlation),
        "effective_bets": effective_bets(correlation),
    }
    values |= counted("winners_direction", winners["direction"])
    values |= counted("winners_sector", pool.loc[winners.index, "sector"].replace("", "unknown"))
    values |= counted("winners_cluster", winners["cluster"])
    values |= counted("winners_route", winners["route"])
    values |= vetoes(context.decisions)
    notes = {name: "fewer than two winners" for name, value in values.items() if math.isnan(value)}
    return Figures(values, notes)


def counted(prefix: str, values: pd.Series) -> dict[str, float]:
    """`prefix.value` to how often it occurs, by value."""
    counts = values.value_counts()
    return {f"{prefix}.{value}": int(counts[value]) for value in sorted(counts.index)}


def vetoes(decisions: pd.DataFrame) -> dict[str, float]:
    """Gate to the number of assets that don't pass it."""
    failed = decisions.loc[~decisions["passed"], "gate"].value_counts(sort=False)
    return {f"vetoes.{gate}": int(failed.get(gate, 0)) for gate in decisions["gate"].cat.categories}


def winners_correlation(returns: pd.DataFrame, winners: pd.Index) -> np.ndarray:
    """Pairwise correlation of the winners' last returns, undefined entries 0, diagonal 1."""
    correlation = np.nan_to_num(returns[winners].iloc[-CORRELATION_DAYS:].corr(min_periods=20).to_numpy())
    filled = correlation.copy()
    np.fill_diagonal(filled, 1.0)
    return filled


def mean_off_diagonal(matrix: np.ndarray) -> float:
    """Mean of the entries off the diagonal; NaN with fewer than two rows."""
    size = len(matrix)
    return float((matrix.sum() - np.trace(matrix)) / (size * (size - 1))) if size > 1 else math.nan


def effective_bets(correlation: np.ndarray) -> float:
    """Exponential of the entropy of the correlation's eigenvalue shares (Meucci 2009); NaN with fewer than two assets."""
    if len(correlation) < 2:
        return math.nan
    # Rounded: the last bits of an eigenvalue differ between BLAS kernels, and a figure should not.
    shares = np.clip(np.linalg.eigvalsh(correlation), 0.0, None)
    return round(effective_number(shares / shares.sum()), 9)


def effective_number(shares: np.ndarray) -> float:
    """Exponential of the Shannon entropy of shares: how many equal ones would be as spread."""
    present = shares[shares > 0]
    return float(np.exp(-(present * np.log(present)).sum()))
