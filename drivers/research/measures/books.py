"""Books: equal weights of a set of assets, held from date to date, beside the controls that they have to beat.

A book is a set of rows of a panel, one bool per row. A SHORT earns minus its return. The controls:

| control | what it leaves out |
| --- | --- |
| `pool` | everything: all candidates |
| `eligible` | conviction and clusters: all that pass the gates |
| `top eligible` | clusters: as many of the eligible as there are winners, best conviction first |
| `random of the pool` | everything but the number of winners |
| `random of the same clusters` | conviction: from each cluster as many of its eligible and winners as have won there |

Random picks are seeded by date, so one more date changes none of the others.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.recording.page.equal_weight import grown
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import directed, signs
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FORWARD

DRAWS = 200
BEST = 10
"""Rows of all dates that a book has to do without, to see whether it lives on a few."""
Mask = npt.NDArray[np.bool_]


def books(panel: pd.DataFrame) -> dict[str, pd.Series]:
    """Name to the rows that a book holds: winners and the controls that aren't random."""
    return {
        "winners": panel["winner"],
        "pool": pd.Series(True, index=panel.index),
        "eligible": panel["eligible"],
        "top eligible": top_eligible(panel),
    }


def top_eligible(panel: pd.DataFrame) -> pd.Series:
    """On each date as many of the eligible as there are winners, by conviction, ties by symbol."""
    order = panel.sort_values(["date", "conviction", "symbol"], ascending=[True, False, True])
    open_ = order[order["eligible"]]
    place = open_.groupby("date").cumcount()
    seats = panel.groupby("date")["winner"].sum()
    chosen = open_.index[place < open_["date"].map(seats)]
    return pd.Series(panel.index.isin(chosen), index=panel.index)


def book_returns(panel: pd.DataFrame, held: pd.Series, horizon: int) -> pd.Series:
    """Mean directed return of what is held, by date; 0 on a date with nobody, NaN where it isn't known yet."""
    values = directed(panel, horizon)
    known = values.groupby(panel["date"]).count() > 0
    means = values[held].groupby(panel["date"][held]).mean()
    return means.reindex(known.index, fill_value=0.0).where(known)


def without_best(panel: pd.DataFrame, held: pd.Series, horizon: int, count: int = BEST) -> pd.Series:
    """The book less the pool, by date, had it not held the rows that earned most: is it a lottery?

    The `count` rows with the highest directed return of all dates leave the book; ties by date and symbol. The pool keeps them.
    """
    values = directed(panel, horizon)
    ranked = panel[["date", "symbol"]].assign(value=values)[held].dropna()
    best = ranked.sort_values(["value", "date", "symbol"], ascending=[False, True, True]).index[:count]
    everything = pd.Series(True, index=panel.index)
    rest = held & ~panel.index.isin(best)
    return book_returns(panel, rest, horizon) - book_returns(panel, everything, horizon)


def replaced(panel: pd.DataFrame, held: pd.Series) -> pd.Series:
    """Share of a book's positions (asset and direction) that it didn't have on the date before; NaN on the first.

    Without directions equal to alphalens' `quantile_turnover`.
    """
    names = (panel["symbol"] + " " + panel["direction"])[held].groupby(panel["date"][held]).agg(set)
    by_date = [names.get(date, set()) for date in panel["date"].unique()]
    shares = [len(now - before) / len(now) if now else math.nan for before, now in pairwise(by_date)]
    return pd.Series([math.nan, *shares], index=pd.Index(panel["date"].unique(), name="date"))


def traded(panel: pd.DataFrame, held: pd.Series, horizon: int) -> pd.Series:
    """Value traded at each date per value of the book: sum of |new weight - old weight as the market has moved it|.

    2 where a long book is replaced as a whole; NaN on the first date.
    """
    keys = [panel["date"], panel["symbol"]]
    size = held.groupby(panel["date"]).transform("sum").clip(lower=1)
    weights = (signs(panel) * held / size).groupby(keys).sum().unstack().fillna(0.0)
    moves = panel[f"{FORWARD}{horizon}"].groupby(keys).sum().unstack().fillna(0.0)
    wealth = 1.0 + (weights * moves).sum(axis=1)
    drifted = (weights * (1.0 + moves)).div(wealth.where(wealth > 0), axis=0).shift(1)
    return (weights - drifted).abs().sum(axis=1, skipna=False).where(drifted.notna().all(axis=1))


def random_returns(
    panel: pd.DataFrame, horizons: Sequence[int], control: str, *, draws: int = DRAWS, seed: int = 0
) -> dict[int, pd.DataFrame]:
    """Horizon to the directed mean returns of random picks, dates x draws; NaN where they aren't known yet.

    The picks of a date are the same for all horizons.
    """
    values = {horizon: directed(panel, horizon).to_numpy() for horizon in horizons}
    found: dict[int, dict[pd.Timestamp, np.ndarray]] = {horizon: {} for horizon in horizons}
    for date, positions in _dates(panel):
        picks = _picks(panel.iloc[positions], control, draws, np.random.default_rng((seed, date.toordinal())))
        for horizon in horizons:
            found[horizon][date] = _means(picks, values[horizon][positions])
    return {
        horizon: pd.DataFrame.from_dict(rows, orient="index").rename_axis(index="date")
        for horizon, rows in found.items()
    }


RANDOM = ("random of the pool", "random of the same clusters")


def _means(picks: Mask, returns: np.ndarray) -> np.ndarray:
    """Mean return of each draw's picks; 0 where nobody is picked, NaN where no return of the date is known."""
    known = ~np.isnan(returns)
    if not known.any():
        return np.full(len(picks), np.nan)
    number = (picks & known).sum(axis=1)
    return np.asarray((picks @ np.nan_to_num(returns)) / np.maximum(number, 1))


def _picks(rows: pd.DataFrame, control: str, draws: int, rng: np.random.Generator) -> Mask:
    """Draws x rows: who is picked."""
    keys = rng.random((draws, len(rows)))
    picked = np.zeros(keys.shape, dtype=bool)
    winner = rows["winner"].to_numpy()
    if control == RANDOM[0]:
        _pick(picked, keys, np.arange(len(rows)), int(winner.sum()))
        return picked
    cluster, admitted = rows["cluster"].to_numpy(), rows["eligible"].to_numpy() | winner
    for label in np.unique(cluster[winner]):
        inside = cluster == label
        _pick(picked, keys, np.flatnonzero(inside & admitted), int((winner & inside).sum()))
    return picked


def _pick(picked: Mask, keys: np.ndarray, positions: np.ndarray, count: int) -> None:
    """Mark in each draw the `count` positions with the lowest keys."""
    order = keys[:, positions].argsort(axis=1)[:, :count]
    np.put_along_axis(picked, positions[order], True, axis=1)


def _dates(panel: pd.DataFrame) -> Iterator[tuple[pd.Timestamp, np.ndarray]]:
    dates = panel["date"].to_numpy()
    for date in np.unique(dates):
        yield pd.Timestamp(date), np.flatnonzero(dates == date)


def sharpe(returns: pd.Series, dates_per_year: float) -> float:
    """Mean over standard deviation of a book's returns, times the root of the dates per year; nothing is subtracted."""
    known = returns.dropna()
    deviation = float(known.std()) if len(known) > 1 else 0.0
    return float(known.mean()) / deviation * math.sqrt(dates_per_year) if deviation > 0 else math.nan


def drawdown(returns: pd.Series) -> float:
    """The deepest fall of a book's wealth from its highest so far, at its dates: 0 or below."""
    known = returns.dropna().to_numpy()
    return float(grown(known)[1].min()) if len(known) else math.nan
