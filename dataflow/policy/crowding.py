"""How many may win in a cluster and direction, by how much its members move together: v3.4's dynamic selection.

Loaded in place of `dataflow.policy.quota` where the profile sets `compat.crowded_seats`.
"""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.partitioning.conditioning import Conditioning
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import shrunk
from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts
from tradingview_scraper.pipelines.selection.schemas.settings import RecruitmentSettings


def seats(
    gate_verdicts: Verdicts,
    clusters: pd.DataFrame,
    full_correlation: pd.DataFrame,
    conditioning: Conditioning,
    recruitment: RecruitmentSettings,
    min_seats: int,
) -> pd.Series:
    """Seats a direction in each asset's cluster: round(top_n (1 - c) + 0.5), at least 1 (V3_4.md, section 7.3).

    c is the mean correlation of the cluster's eligible members; with fewer than two of them the seats are `top_n`, at
    least `min_seats`.
    """
    found = np.full(len(clusters), max(min_seats, recruitment.top_n))
    matrix = full_correlation.to_numpy()
    labels = clusters["cluster"].to_numpy()
    for label in np.unique(labels[gate_verdicts.eligible]):
        members = np.flatnonzero((labels == label) & gate_verdicts.eligible)
        if len(members) >= 2:
            own = shrunk(matrix[np.ix_(members, members)], conditioning.shrinkage)
            mean = float(np.mean(own[np.triu_indices(len(own), k=1)]))
            found[labels == label] = max(1, round(recruitment.top_n * (1 - mean) + 0.5))
    return pd.Series(found, index=clusters.index)
