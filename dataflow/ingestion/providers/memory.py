"""Tables that are there already: what `select` is given."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    candidate_records,
    on_or_before,
    typed_bars,
    typed_returns,
    typed_statistics,
)


class MemoryProvider(DiscoveryProvider):
    """Frames and candidate dicts in memory; it keeps copies, so the caller's stay his."""

    def __init__(
        self,
        returns: pd.DataFrame | None,
        candidates: Sequence[Mapping[str, Any]] | pd.DataFrame | None,
        statistics: pd.DataFrame | None = None,
        bars: pd.DataFrame | None = None,
    ) -> None:
        self._returns: pd.DataFrame | None = None
        self._statistics: pd.DataFrame | None = None
        aside: list[pd.DataFrame] = []
        if returns is not None:
            self._returns, bad = typed_returns(returns)
            aside.append(bad)
        if statistics is not None:
            self._statistics, bad = typed_statistics(statistics)
            aside.append(bad)
        self._bars = None if bars is None else typed_bars(bars, "bars")
        self._quarantine = pd.concat(aside, ignore_index=True) if aside else None
        self._candidates = candidate_records(candidates, "candidates")

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """What was given, cut at the date. Candidates and statistics carry no date and are taken as they are."""
        return Tables(
            candidates=self._candidates,
            bars=None if self._bars is None else on_or_before(self._bars, as_of, "date"),
            returns=None if self._returns is None else on_or_before(self._returns, as_of),
            statistics=self._statistics,
            quarantine=self._quarantine,
            point_in_time=False,
        )
