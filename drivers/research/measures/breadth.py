"""How many bets a list is: correlation of its members over the days before the date, and the number of bets that is worth."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import signs
from tradingview_scraper.pipelines.selection.lineage.record.figures import (
    COMMON_DAYS,
    CORRELATION_DAYS,
    effective_bets,
    mean_off_diagonal,
)


def breadth(panel: pd.DataFrame, held: pd.Series, returns: pd.DataFrame) -> pd.DataFrame:
    """By date the mean pairwise correlation of directed returns and the effective number of bets; NaN with fewer than two.

    Of the 200 days up to the date, as the figures of a run have them: the number of bets is the exponential of the entropy of
    the shares of the correlation's eigenvalues.
    """
    sign = signs(panel)[held]
    rows = {date: group.index for date, group in panel[held].groupby("date")}
    found = {}
    for date, index in rows.items():
        assets = panel["symbol"][index]
        end = int(returns.index.searchsorted(date, side="right"))
        last = returns.iloc[max(0, end - CORRELATION_DAYS) : end][assets.to_list()] * sign[index].to_numpy()
        correlation = np.nan_to_num(last.corr(min_periods=COMMON_DAYS).to_numpy().copy())
        np.fill_diagonal(correlation, 1.0)
        enough = len(index) > 1
        found[date] = (mean_off_diagonal(correlation) if enough else np.nan, effective_bets(correlation))
    return pd.DataFrame.from_dict(found, orient="index", columns=["correlation", "bets"]).rename_axis(index="date")
