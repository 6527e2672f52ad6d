"""What the research page draws over time: books' wealth and drawdown, cumulated rank IC, turnover, stability. Plain values.

Everything is by date of the walk: a book's return from a date to the next stands at the date on which it was chosen.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.recording.page.equal_weight import grown
from tradingview_scraper.pipelines.selection.drivers.recording.page.numbers import rounded
from tradingview_scraper.pipelines.selection.drivers.research.measures.books import (
    RANDOM,
    book_returns,
    books,
    random_returns,
    traded,
)
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import ic
from tradingview_scraper.pipelines.selection.drivers.research.measures.mean_errors import hac
from tradingview_scraper.pipelines.selection.drivers.research.measures.score_measures import scores_of
from tradingview_scraper.pipelines.selection.drivers.research.measures.stability import (
    list_stability,
    partition_stability,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward

WITHIN = 1.96
"""Standard errors of a 95 % band."""
OUTER = (0.05, 0.95)
"""Between these shares of the random books the band of the controls lies."""

Curves = dict[str, Any]


def walk_curves(walk: WalkForward) -> Curves:
    """Days, and by picture the values on them; None where one isn't known."""
    panel = walk.panel
    return {
        "days": [f"{day:%Y-%m-%d}" for day in pd.DatetimeIndex(panel["date"].unique())],
        "books": _books(walk),
        "random": _random(walk),
        "information": _information(walk),
        "turnover": {name: _plain(traded(panel, held, walk.step)) for name, held in books(panel).items()},
        "stability": {
            "partition (adjusted Rand index)": _plain(partition_stability(panel)),
            "winners kept": _plain(list_stability(panel, panel["winner"])["kept"]),
        },
    }


def _books(walk: WalkForward) -> dict[str, dict[str, Any]]:
    """Book to wealth and drawdown after each date's holding."""
    return {name: wealth_of(book_returns(walk.panel, held, walk.step)) for name, held in books(walk.panel).items()}


def wealth_of(returns: pd.Series) -> dict[str, Any]:
    """Wealth of 1 after each date, and how far it lies below its highest; None where the date isn't over."""
    known = returns.notna().to_numpy()
    found = [np.full(len(returns), np.nan), np.full(len(returns), np.nan)]
    for values, own in zip(found, grown(returns[known].to_numpy()), strict=True):
        values[known] = own
    return {"wealth": _plain(pd.Series(found[0])), "drawdown": _plain(pd.Series(found[1]))}


def _random(walk: WalkForward) -> dict[str, Any]:
    """Between which wealth nine of ten random books of the same clusters lie, date by date."""
    draws = random_returns(walk.panel, (walk.step,), RANDOM[1])[walk.step]
    wealth = np.cumprod(np.maximum(1.0 + draws.to_numpy(), 0.0), axis=0)
    low, high = np.quantile(wealth, OUTER, axis=1)
    return {"low": _plain(pd.Series(low)), "high": _plain(pd.Series(high))}


def _information(walk: WalkForward) -> dict[str, Any]:
    """Score to its rank ICs summed up over the dates, and how far a score that knows nothing wanders in 95 % of cases.

    The width is 1.96 error n^(1/2) k^(1/2) at the k-th of n dates: error n^(1/2) is the deviation per date that the
    champion's Newey-West error stands for.
    """
    panel, step = walk.panel, walk.step
    series = {name: ic(panel, column, step) for name, column in scores_of(panel).items()}
    lines = {name: _plain(each.cumsum()) for name, each in series.items() if name != "conviction"}
    error = hac(series["conviction"], step, step)
    places = np.arange(1, len(series["conviction"]) + 1, dtype=float)
    width = WITHIN * error.error * math.sqrt(max(error.dates, 1)) * np.sqrt(places)
    return {"lines": lines, "width": _plain(pd.Series(width))}


def _plain(values: pd.Series) -> list[float | int | None]:
    return rounded(values.to_numpy(dtype=float).tolist(), digits=5)
