"""Challenger against champion, date by date: what each knew, and what each one's book earned.

All functions take a panel of a walk (`schemas.walk_panel`). On each date both scorers are held against the same assets: those
that both score and whose outcome is known. So what a date is like, good or bad for everybody, drops out of the difference.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.books import book_returns, traded
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess, rank_ic
from tradingview_scraper.pipelines.selection.schemas.walk_panel import SCORE, WINNER

BASIS_POINT = 1e-4


def paired_ic(panel: pd.DataFrame, champion: str, challenger: str, horizon: int) -> pd.DataFrame:
    """Rank IC of both scorers over a horizon, by date, with what is known before: date x (champion, challenger, usual).

    `usual` is the root mean square of the difference where scores know nothing: sqrt(2 (1 - r) / (n - 1)) with the rank
    correlation r of the two scores over n assets. (A rank IC is the product of two vectors of length 1; two scores lie
    sqrt(2 (1 - r)) apart, and a random direction among n - 1 gives that over sqrt(n - 1).) NaN where nothing is known yet.
    A score that is the same for everybody on a date knows nothing of it: its IC is 0, so nobody wins by being silent.
    """
    first, second = panel[f"{SCORE}{champion}"], panel[f"{SCORE}{challenger}"]
    target, dates = excess(panel, horizon), panel["date"]
    common = first.notna() & second.notna() & target.notna()
    first, second, target = (each.where(common) for each in (first, second, target))
    told = target.groupby(dates).nunique() > 1
    assets = common.groupby(dates).sum()

    def known(score: pd.Series, of: pd.Series) -> pd.Series:
        found = rank_ic(score, of, dates)
        return found.mask(found.isna() & told, 0.0)

    return pd.DataFrame(
        {
            "champion": known(first, target),
            "challenger": known(second, target),
            "usual": (2.0 * (1.0 - known(first, second).clip(-1.0, 1.0)) / (assets - 1).clip(lower=1)) ** 0.5,
        }
    )


def book_of(panel: pd.DataFrame, scorer: str) -> pd.Series:
    """The rows that a scorer would hold: its own winners where the walk has them.

    Else as many of the champion's eligible as there are winners, by the scorer's own score, ties by symbol.
    """
    own = f"{WINNER}{scorer}"
    if own in panel.columns:
        held: pd.Series = panel[own]
        return held
    order = panel.assign(score=panel[f"{SCORE}{scorer}"]).sort_values(
        ["date", "score", "symbol"], ascending=[True, False, True]
    )
    open_ = order[order["eligible"]]
    seats = panel.groupby("date")["winner"].sum()
    chosen = open_.index[open_.groupby("date").cumcount() < open_["date"].map(seats)]
    return pd.Series(panel.index.isin(chosen), index=panel.index)


def net_returns(panel: pd.DataFrame, held: pd.Series, step: int, cost: float) -> pd.Series:
    """A book's return from date to date less `cost` basis points of the value traded for it; the first trade is free."""
    moved = traded(panel, held, step)
    return book_returns(panel, held, step) - BASIS_POINT * cost * moved.fillna(0.0)


def paired_books(
    panel: pd.DataFrame, champion: str, challengers: Sequence[str], step: int, cost: float
) -> pd.DataFrame:
    """Net return of each challenger's book less the champion's, dates x challengers; NaN where it isn't known yet."""
    own = net_returns(panel, book_of(panel, champion), step, cost)
    return pd.DataFrame({name: net_returns(panel, book_of(panel, name), step, cost) - own for name in challengers})


def differences(pairs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rank IC of each challenger less the champion's, dates x challengers."""
    return pd.DataFrame({name: pair["challenger"] - pair["champion"] for name, pair in pairs.items()})
