"""How many may win in a cluster and direction: the same number everywhere."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.settings import RecruitmentSettings


def seats(clusters: pd.DataFrame, recruitment: RecruitmentSettings, min_seats: int) -> pd.Series:
    """Seats a direction in each asset's cluster: `top_n`, but at least `min_seats` (v3.4: never fewer than 5)."""
    return pd.Series(np.full(len(clusters), max(min_seats, recruitment.top_n)), index=clusters.index)
