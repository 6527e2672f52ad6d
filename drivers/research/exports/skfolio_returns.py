"""The winners of a date as skfolio wants assets: returns, days x winners, up to the date and not a day further; and what came."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import directed, signs
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

DAYS = 252


def winners_returns(walk: WalkForward, date: pd.Timestamp, days: int = DAYS) -> pd.DataFrame:
    """Simple returns of a date's winners, seen from each one's direction, over the last `days` sessions up to the date.

    A column is named by its symbol, a SHORT's `-SYMBOL`: minus the asset's return, on a position renewed every day. An asset's
    day without a return between others is no move (0). Winners that lack a return on the first of the days or before it are
    left out: skfolio wants whole columns.

    Raises `ConfigurationError` where the walk has no winners on that date.
    """
    rows = walk.panel[(walk.panel["date"] == date) & walk.panel["winner"]]
    if rows.empty:
        last = last_date(walk).date()
        raise ConfigurationError(
            f"walk {walk.folder.name} has no winners on {date.date()}; the last date that has is {last}"
        )
    known_then = walk.returns[walk.returns.index <= date]
    own = known_then[rows["symbol"].to_list()].to_numpy(dtype=np.float64) * signs(rows).to_numpy()
    first = max(len(own) - days, 0)
    begun = ~np.isnan(own[: first + 1]).all(axis=0)
    return pd.DataFrame(
        np.nan_to_num(own[first:, begun]), index=known_then.index[first:].rename("date"), columns=_names(rows)[begun]
    )


def winners_outcomes(walk: WalkForward, date: pd.Timestamp, horizon: int) -> pd.Series:
    """What a date's winners earned over a horizon of the walk, named as by `winners_returns`; NaN where unknown."""
    rows = _winners(walk, date)
    return pd.Series(directed(rows, horizon).to_numpy(), index=_names(rows))


def _winners(walk: WalkForward, date: pd.Timestamp) -> pd.DataFrame:
    rows = walk.panel[(walk.panel["date"] == date) & walk.panel["winner"]]
    if rows.empty:
        last = last_date(walk).date()
        raise ConfigurationError(
            f"walk {walk.folder.name} has no winners on {date.date()}; the last date that has is {last}"
        )
    return rows


def _names(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(np.where(rows["direction"] == "SHORT", "-", "") + rows["symbol"].to_numpy(dtype=object))


def last_date(walk: WalkForward) -> pd.Timestamp:
    """The last date with winners. Raises `ConfigurationError` where none has."""
    dates = walk.panel["date"][walk.panel["winner"]]
    if dates.empty:
        raise ConfigurationError(f"nobody won on any date of walk {walk.folder.name}")
    return pd.Timestamp(dates.max())
