"""What a score knows: rank correlation with what came after, and returns by quantile of it.

All functions take a panel of a walk (`schemas.walk_panel`). What is to be foretold is the *excess*: the forward return less its
mean over the date's pool, seen from the candidate's direction. Without the subtraction, a pool of longs and shorts shows beta.
"""

import math

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import Mean, hac
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FORWARD

QUANTILES = 5


def signs(panel: pd.DataFrame) -> pd.Series:
    """1 for a LONG, -1 for a SHORT."""
    return pd.Series(np.where(panel["direction"] == "SHORT", -1.0, 1.0), index=panel.index)


def directed(panel: pd.DataFrame, horizon: int) -> pd.Series:
    """The forward return seen from the candidate's direction."""
    return panel[f"{FORWARD}{horizon}"] * signs(panel)


def excess(panel: pd.DataFrame, horizon: int) -> pd.Series:
    """The forward return less the mean of the date's pool, then seen from the candidate's direction."""
    forward = panel[f"{FORWARD}{horizon}"]
    return (forward - forward.groupby(panel["date"]).transform("mean")) * signs(panel)


def rank_ic(scores: pd.Series, targets: pd.Series, dates: pd.Series) -> pd.Series:
    """Spearman's correlation of scores and targets on each date, average ranks; NaN where either doesn't vary.

    Pairs of which one is unknown don't count. Equal to alphalens' `factor_information_coefficient`.
    """
    known = (scores.notna() & targets.notna()).to_numpy()
    of_date, found_dates = pd.factorize(dates[known])
    score, target = (
        _ranks(values.to_numpy(dtype=np.float64)[known], of_date, len(found_dates)) for values in (scores, targets)
    )
    products = pd.DataFrame({"xy": score * target, "xx": score**2, "yy": target**2})
    sums = products.groupby(found_dates[of_date]).sum()
    spread = (sums["xx"] * sums["yy"]) ** 0.5
    found: pd.Series = sums["xy"] / spread.where(spread > 0)
    return found.reindex(pd.Index(dates.unique(), name="date"))


def _ranks(values: np.ndarray, of_date: np.ndarray, dates: int) -> np.ndarray:
    """The rank of each value among its date's, equal ones sharing the mean of theirs, less the date's mean rank."""
    number = np.bincount(of_date, minlength=dates)
    by_date = np.split(np.argsort(of_date, kind="stable"), np.cumsum(number)[:-1])
    order = np.concatenate([rows[np.argsort(values[rows])] for rows in by_date])
    ordered = values[order]
    first = np.repeat(np.cumsum(number) - number, number)
    begins = np.r_[True, (ordered[1:] != ordered[:-1]) | (first[1:] != first[:-1])][: len(ordered)]
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(ordered))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + ends + 1) / 2, ends - starts) - first - ((number + 1) / 2)[of_date[order]]
    return ranks


def ic(panel: pd.DataFrame, column: str, horizon: int) -> pd.Series:
    """The rank IC of a column with the excess over a horizon, by date."""
    return rank_ic(panel[column], excess(panel, horizon), panel["date"])


def ic_with_error(panel: pd.DataFrame, column: str, horizon: int, step: int) -> Mean:
    """The mean rank IC and its error."""
    return hac(ic(panel, column, horizon), horizon, step)


def icir(series: pd.Series) -> float:
    """Mean IC over its standard deviation from date to date (Grinold & Kahn's information ratio of a date, not annualised)."""
    known = series.dropna()
    deviation = float(known.std()) if len(known) > 1 else 0.0
    return float(known.mean()) / deviation if deviation > 0 else math.nan


def quantile_of(scores: pd.Series, dates: pd.Series, quantiles: int = QUANTILES) -> pd.Series:
    """The quantile of each score among its date's, 1 the lowest; NaN where unknown.

    As alphalens cuts them (`pandas.qcut`); scores that are tied over an edge are of one quantile. A date with fewer different
    scores than quantiles has none.
    """
    values, codes = scores.to_numpy(dtype=np.float64), pd.factorize(dates)[0]
    found = np.full(len(values), np.nan)
    known = np.flatnonzero(~np.isnan(values))
    by_date = known[np.argsort(codes[known], kind="stable")]
    for positions in np.split(by_date, np.flatnonzero(np.diff(codes[by_date])) + 1):
        found[positions] = _cut(values[positions], quantiles)
    return pd.Series(found, index=scores.index)


def _cut(values: np.ndarray, quantiles: int) -> np.ndarray:
    """The quantile of each of a date's known values: how many edges lie below it, edges that coincide counting once."""
    if len(np.unique(values)) < quantiles:
        return np.full(len(values), np.nan)
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, quantiles + 1)))
    return np.maximum(np.searchsorted(edges, values, side="left"), 1).astype(float)


def quantile_returns(
    scores: pd.Series, targets: pd.Series, dates: pd.Series, quantiles: int = QUANTILES
) -> pd.DataFrame:
    """Mean target by date and quantile, dates x quantiles. Equal to alphalens' `mean_return_by_quantile(by_date=True)`."""
    known = (scores.notna() & targets.notna()).to_numpy()
    place = quantile_of(scores[known], dates[known], quantiles)
    return targets[known].groupby([dates[known], place]).mean().unstack().rename_axis(columns="quantile")


def monotonicity(means: pd.Series) -> float:
    """Spearman's correlation of quantile number and mean: 1 where each quantile is better than the one below."""
    known = means.dropna()
    if len(known) < 2:
        return math.nan
    return float(np.corrcoef(known.rank(), np.arange(len(known)))[0, 1])
