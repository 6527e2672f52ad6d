"""A walk as alphalens wants it: what `get_clean_factor_and_forward_returns` gives, without prices.

Two things are the walk's own: the forward returns begin at the close `entry_lag` sessions after the date, and both they and the
score are seen from the candidate's direction. Of a long-only walk with an entry lag of 0 it is alphalens' own frame.
"""

from collections.abc import Sequence

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import (
    QUANTILES,
    directed,
    quantile_of,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, SCORE


def factor_data(
    panel: pd.DataFrame, horizons: Sequence[int], column: str = "conviction", quantiles: int = QUANTILES
) -> pd.DataFrame:
    """Rows (date, asset) with `1D`, `5D`..., `factor` and `factor_quantile`, the lowest quantile 1.

    As alphalens does, rows that lack the factor or any return are left out first, and quantiles are cut among the rest.
    A date whose factor has fewer different values than quantiles is left out.

    Raises `ConfigurationError` where the panel has no such column of a score or feature.
    """
    _refuse_unknown(panel, column)
    after = {f"{horizon}D": directed(panel, horizon) for horizon in horizons}
    rows = pd.DataFrame({"date": panel["date"], "asset": panel["symbol"], **after, "factor": panel[column]}).dropna()
    rows["factor_quantile"] = quantile_of(rows["factor"], rows["date"], quantiles)
    whole = rows.dropna().astype({"factor_quantile": "int64"})
    return whole.set_index(["date", "asset"]).sort_index()


def _refuse_unknown(panel: pd.DataFrame, column: str) -> None:
    columns = ["conviction", *panel.columns[panel.columns.str.startswith((SCORE, FEATURE))]]
    if column not in columns:
        raise ConfigurationError(f"the walk has no score or feature {column[:60]!r}; it has {offenders(columns)}")
