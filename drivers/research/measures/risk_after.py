"""What holding an asset after a date was like: its volatility and its deepest fall, seen from the candidate's direction."""

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.research.measures.information import signs
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes

RISKS = ("volatility", "drawdown")


def risk_after(panel: pd.DataFrame, returns: pd.DataFrame, horizon: int, entry_lag: int) -> pd.DataFrame:
    """Volatility and drawdown per row of a panel over the sessions that its forward return is of.

    | column | |
    | --- | --- |
    | `volatility` | realised: root of the mean square of the daily returns there are, a year's |
    | `drawdown` | deepest fall of the wealth from its highest since the entry, 0 or below; a SHORT is renewed every day |

    NaN where the exit isn't known yet, and for an asset without any return in the window.
    """
    outcomes = Outcomes(returns)
    per_year = sessions_per_year(outcomes.sessions)
    sign = signs(panel).to_numpy()
    found = np.full((len(panel), len(RISKS)), np.nan)
    for date in pd.DatetimeIndex(panel["date"].unique()):
        positions = np.flatnonzero(panel["date"] == date)
        daily = outcomes.daily(date, pd.Index(panel["symbol"].iloc[positions]), horizon, entry_lag)
        if daily is not None:
            found[positions] = np.column_stack(
                [realised_volatility(daily, per_year), deepest_falls(daily * sign[positions])]
            )
    return pd.DataFrame(found, index=panel.index, columns=list(RISKS))


def realised_volatility(daily: np.ndarray, per_year: float) -> np.ndarray:
    """Of each column of days x assets; NaN where it has no return."""
    known = (~np.isnan(daily)).sum(axis=0)
    squares = (np.nan_to_num(daily) ** 2).sum(axis=0)
    return np.asarray(np.where(known > 0, np.sqrt(per_year * squares / np.maximum(known, 1)), np.nan))


def deepest_falls(daily: np.ndarray) -> np.ndarray:
    """Of each column of days x assets; a day without a return is no move; NaN where no day has one."""
    wealth = np.cumprod(np.maximum(1.0 + np.nan_to_num(daily), 0.0), axis=0)
    falls = (wealth / np.maximum.accumulate(np.maximum(wealth, 1.0), axis=0) - 1.0).min(axis=0)
    return np.asarray(np.where(np.isnan(daily).all(axis=0), np.nan, falls))


def sessions_per_year(sessions: pd.DatetimeIndex) -> float:
    """How many sessions the data has per year of 365.25 days."""
    years = max((sessions[-1] - sessions[0]).days / 365.25, 1 / 365.25)
    return len(sessions) / years
