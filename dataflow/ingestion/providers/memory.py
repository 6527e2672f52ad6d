"""Tables that are there already: what `select` is given."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    candidate_records,
    typed_bars,
    typed_returns,
    typed_statistics,
)

NOTES = ("candidates given as records carry no date: taken as known on the as-of date",)
STATISTICS_NOTE = "statistics carry no date: taken as known on the as-of date"


class MemoryProvider(DiscoveryProvider):
    """Frames and candidate dicts in memory; it keeps copies, so the caller's stay his."""

    def __init__(
        self,
        returns: pd.DataFrame | None,
        candidates: Sequence[Mapping[str, Any]] | pd.DataFrame | None,
        statistics: pd.DataFrame | None = None,
        bars: pd.DataFrame | None = None,
        *,
        sessions: str = "dates",
        resample: str = "off",
    ) -> None:
        self._returns = returns.copy() if isinstance(returns, pd.DataFrame) else returns
        self._bars = bars.copy() if isinstance(bars, pd.DataFrame) else bars
        self._sessions, self._resample = sessions, resample
        self._statistics: pd.DataFrame | None = None
        self._bad_statistics: pd.DataFrame | None = None
        if statistics is not None:
            self._statistics, self._bad_statistics = typed_statistics(statistics)
        self._candidates = candidate_records(candidates, "candidates")

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """What was given, cut at the date. Candidates and statistics carry no date and are taken as they are."""
        returns, bad_returns, bars = None, None, None
        if self._returns is not None:
            returns, bad_returns = typed_returns(self._returns, as_of=as_of, sessions=self._sessions)
        if self._bars is not None:
            bars = typed_bars(self._bars, "bars", as_of=as_of, sessions=self._sessions, resample=self._resample)
        aside = [bad for bad in (bad_returns, self._bad_statistics) if bad is not None]
        return Tables(
            candidates=self._candidates,
            bars=bars,
            returns=returns,
            statistics=self._statistics,
            quarantine=pd.concat(aside, ignore_index=True) if aside else None,
            point_in_time=False,
            notes=(*NOTES, *([] if self._statistics is None else [STATISTICS_NOTE])),
        )
