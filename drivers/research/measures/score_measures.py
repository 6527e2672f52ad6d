"""What each score and each feature knew, over each horizon: rank IC, its regularity, and the excess by quantile."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import (
    excess,
    icir,
    monotonicity,
    quantile_returns,
    rank_ic,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, SCORE

Knowledge = dict[str, dict[int, dict[str, Any]]]
"""Name and horizon to what a column knew."""


def scores_of(panel: pd.DataFrame) -> dict[str, str]:
    """Name to the column of each score: the champion's conviction, then each scorer's own."""
    return {"conviction": "conviction"} | _with_prefix(panel, SCORE)


def features_of(panel: pd.DataFrame) -> dict[str, str]:
    """Name to the column of each feature."""
    return _with_prefix(panel, FEATURE)


def _with_prefix(panel: pd.DataFrame, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): name for name in panel.columns if name.startswith(prefix)}


def knowledge(panel: pd.DataFrame, columns: Mapping[str, str], horizons: Sequence[int], step: int) -> Knowledge:
    """For each column and horizon what it knew of the excess.

    | entry | |
    | --- | --- |
    | `ic`, `icir` | mean rank IC with its error; mean over deviation from date to date |
    | `quantiles` | mean excess by fifth of the column, the lowest first |
    | `spread` | the highest fifth less the lowest, with its error |
    | `monotonicity` | Spearman's correlation of fifth and mean: 1 where each is better than the one below |
    """
    targets = {horizon: excess(panel, horizon) for horizon in horizons}
    return {
        name: {
            horizon: _known(panel[column], target, panel["date"], horizon, step) for horizon, target in targets.items()
        }
        for name, column in columns.items()
    }


def _known(scores: pd.Series, target: pd.Series, dates: pd.Series, horizon: int, step: int) -> dict[str, Any]:
    series = rank_ic(scores, target, dates)
    return {
        "ic": hac(series, horizon, step),
        "icir": icir(series),
        **quantile_table(quantile_returns(scores, target, dates), horizon, step),
    }


def quantile_table(means: pd.DataFrame, horizon: int, step: int) -> dict[str, Any]:
    """Means by quantile, spread and monotonicity of mean targets by date and quantile."""
    if means.empty:
        return {"quantiles": {}, "spread": Mean(math.nan, math.nan, 0), "monotonicity": math.nan}
    spread = means[means.columns[-1]] - means[means.columns[0]]
    return {
        "quantiles": {int(name): hac(means[name], horizon, step) for name in means.columns},
        "spread": hac(spread, horizon, step),
        "monotonicity": monotonicity(means.mean()),
    }
