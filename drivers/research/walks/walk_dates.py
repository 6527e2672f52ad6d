"""What is to be walked, and which dates that is: the sessions of the data, every so many of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

HORIZONS = (1, 5, 21)
EVERY = re.compile(r"([1-9][0-9]{0,3})d")


@dataclass(frozen=True)
class Itinerary:
    """What is to be walked, whoever walks it. Raises `ConfigurationError` where it can't be."""

    start: str | pd.Timestamp
    """The first date at the earliest."""
    end: str | pd.Timestamp
    """The last date at the latest."""
    every: str = "5d"
    """Sessions of the data from one date to the next."""
    horizons: Sequence[int] = HORIZONS
    """Sessions over which forward returns run; those of `every` are added."""
    entry_lag: int = 1
    """Sessions from the date to the close at which one enters. 0 trades at the close that the selection saw."""
    ablation: bool = False
    """Whether each date is also selected without parts of the selection (`ablations`)."""

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1 or self.entry_lag < 0:
            raise ConfigurationError("horizons are at least 1, an entry lag is at least 0")
        step_of(self.every)


def step_of(every: str) -> int:
    """The number of sessions that `5d` asks for. Raises `ConfigurationError` where it is written otherwise."""
    found = EVERY.fullmatch(every)
    if found is None:
        raise ConfigurationError(f"every {every[:20]!r} is no step; write a number of sessions such as 5d")
    return int(found[1])


def sessions_of(returns: pd.DataFrame) -> pd.DatetimeIndex:
    """The days that count as sessions: those on which a tenth as many assets have a return as on the busiest.

    As for `data.lookback`, one asset's Saturdays are no sessions. In a pool of stocks and coins all days are.
    """
    traded = returns.notna().to_numpy().sum(axis=1)
    return pd.DatetimeIndex(returns.index[10 * traded >= max(traded.max(initial=0), 1)])


def walked_dates(sessions: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp, step: int) -> pd.DatetimeIndex:
    """The first session on or after `start`, then each `step`-th up to `end`.

    Raises `ConfigurationError` where the end is before the start, `DataContractError` where there is no session between.
    """
    if end < start:
        raise ConfigurationError(f"the walk would end on {end.date()}, before it begins on {start.date()}")
    inside = np.asarray((sessions >= start) & (sessions <= end))
    if not inside.any():
        there = f"from {sessions[0].date()} to {sessions[-1].date()}" if len(sessions) else "none"
        raise DataContractError(
            f"ingestion: there is no session from {start.date()} to {end.date()}; the data has sessions {there}"
        )
    return sessions[inside][::step]
