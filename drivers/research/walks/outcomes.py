"""What became of the assets: their returns over all the data, and the return after a date over a number of sessions.

`Outcomes` are the only thing in a walk that may look past a date; a selection never sees them. They are believed with
hindsight: the checks of plausibility have seen all days, so a print that came back later is no return.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import quiet_hamilton
from tradingview_scraper.pipelines.selection.drivers.execution.plan import Plan, ingestion_inputs, inputs
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import sessions_of


@dataclass(frozen=True)
class Outcomes:
    """The daily returns that forward returns are made of."""

    returns: pd.DataFrame
    """Simple returns, days x assets, NaN where there was none."""
    masked: int = 0
    """Returns that the checks of plausibility don't believe: they count as no move."""

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """The days that horizons count."""
        return sessions_of(self.returns)

    def forward(self, date: pd.Timestamp, assets: pd.Index, horizon: int, entry_lag: int) -> np.ndarray:
        """Each asset's return over `horizon` sessions from the close `entry_lag` sessions after the date on.

        Product of 1 + r over the days after the entry's close up to the exit's, minus 1. A day without a return is no
        move, so an asset that is delisted on the way ends with its last price. NaN where the exit isn't known yet, and
        for an asset without any return at all.
        """
        steps = self.daily(date, assets, horizon, entry_lag)
        if steps is None:
            return np.full(len(assets), np.nan)
        columns = self.returns.columns.get_indexer(assets)
        grown: np.ndarray = np.prod(1.0 + np.nan_to_num(steps), axis=0) - 1.0
        there = (columns >= 0) & self._ever[columns]
        return np.asarray(np.where(there, grown, np.nan))

    def daily(self, date: pd.Timestamp, assets: pd.Index, horizon: int, entry_lag: int) -> np.ndarray | None:
        """The returns that `forward` is made of, days x assets, NaN where there was none; None where the exit isn't known yet."""
        place = int(self.sessions.searchsorted(date, side="right")) - 1 + entry_lag
        if place + horizon >= len(self.sessions):
            return None
        first, last = self.returns.index.searchsorted(self.sessions[[place, place + horizon]], side="right")
        columns = self.returns.columns.get_indexer(assets)
        return np.asarray(np.where(columns >= 0, self._values[first:last][:, columns], np.nan))

    def sessions_left(self, date: pd.Timestamp, assets: pd.Index) -> np.ndarray:
        """For each asset whose returns end before the data does how many sessions after the date they do; NaN for others."""
        columns = self.returns.columns.get_indexer(assets)
        last = np.where((columns >= 0) & self._ever[columns], self._last[columns], -1)
        ended = (last >= 0) & (last < len(self.sessions) - 1)
        place = int(self.sessions.searchsorted(date, side="right")) - 1
        left: np.ndarray = np.where(ended, np.maximum(last - place, 0), np.nan)
        return left

    @cached_property
    def _values(self) -> np.ndarray:
        values: np.ndarray = self.returns.to_numpy(dtype=np.float64)
        return values

    @cached_property
    def _ever(self) -> np.ndarray:
        return np.asarray(~np.isnan(self._values).all(axis=0))

    @cached_property
    def _last(self) -> np.ndarray:
        """For each asset the number of the session that its last return is of."""
        known = ~np.isnan(self._values)
        days = self.returns.index[len(known) - 1 - known[::-1].argmax(axis=0)]
        return np.asarray(self.sessions.searchsorted(days, side="right")) - 1


def outcomes_of(
    graph: Graph, provider: DiscoveryProvider, moment: pd.Timestamp | None, as_of: pd.Timestamp | None = None
) -> tuple[Outcomes, Tables]:
    """All returns that a provider has as of a date (None: today), however far back, and the tables that they come from.

    `moment` (naive UTC) tells which session isn't over. Raises what ingestion raises.
    """
    whole = with_data(graph.plan, lookback=0)
    given = {**inputs(whole, whole.settings.rungs()[0]), **ingestion_inputs(provider.whole(), as_of, moment)}
    with quiet_hamilton():
        found = graph.driver.execute(["tables", "given_returns", "all_returns"], inputs=given)
    believed = found["all_returns"]
    masked = int(found["given_returns"].notna().to_numpy().sum() - believed.notna().to_numpy().sum())
    return Outcomes(believed.sort_index(axis=1), masked), found["tables"]


def with_data(plan: Plan, **changes: object) -> Plan:
    """The plan with other settings of data; none that shapes the graph."""
    settings = plan.settings
    return replace(plan, settings=settings.model_copy(update={"data": settings.data.model_copy(update=changes)}))


def horizons_of(horizons: Sequence[int], step: int) -> tuple[int, ...]:
    """The horizons in order, the walk's own step among them: books are held from date to date."""
    return tuple(sorted({*horizons, step}))
