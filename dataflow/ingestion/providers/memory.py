"""Tables that are there already: what `select` is given."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.believed import believed_records, copied_in_place
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import (
    KnownCandidates,
    known_candidates,
    scans_in_memory,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.given_tables import given_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import empty_quarantine
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.bar_shapes import long_bars
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import (
    SideTable,
    typed_instruments,
    typed_statistics,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


class MemoryProvider(DiscoveryProvider):
    """Frames and candidates in memory, in the shapes that files have; it keeps copies, so the caller's stay his."""

    def __init__(
        self,
        returns: pd.DataFrame | None,
        candidates: Sequence[Mapping[str, Any]] | Mapping[str, Any] | pd.DataFrame | None,
        statistics: pd.DataFrame | None = None,
        bars: pd.DataFrame | None = None,
        instruments: pd.DataFrame | None = None,
        *,
        sessions: str = "dates",
        resample: str = "off",
        fields: str = "checked",
        scans_within: pd.Timedelta | None = None,
    ) -> None:
        """`sessions`, `resample` and `fields` are the settings of that name, `scans_within` is the `scan_window`."""
        self._sessions, self._resample = sessions, resample
        self._believed, self._scans_within = fields == "believed", scans_within
        copied = copied_in_place if self._believed else pd.DataFrame.copy
        self._returns = copied(returns) if isinstance(returns, pd.DataFrame) else returns
        self._bars: pd.DataFrame | None = None
        self._notes: list[str] = []
        if bars is not None:
            self._bars, self._notes = _long_bars(bars)
        self._statistics = None if statistics is None else self._side_table(statistics)
        self._instruments = None if instruments is None else typed_instruments(instruments)
        # v3.4 knows neither documents nor frames of candidates: these are read as v4 reads them.
        self._records = believed_records(candidates) if self._believed else None
        self._scans = scans_in_memory(candidates if self._records is None else None)
        known_candidates(self._scans, None)

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """What was given, cut at the date. What carries no date is taken as it is."""
        return given_tables(
            self._bars,
            self._returns,
            self._known(as_of),
            as_of,
            instruments=self._instruments,
            statistics=self._statistics,
            notes=self._notes,
            sessions=self._sessions,
            resample=self._resample,
            believed=self._believed,
        )

    def _known(self, as_of: pd.Timestamp | None) -> KnownCandidates:
        if self._records is None:
            return known_candidates(self._scans, as_of, self._scans_within)
        note = ("candidates without a date are taken as known on the as-of date (candidates)",)
        return KnownCandidates(self._records, empty_quarantine(), dated=False, notes=note)

    def _side_table(self, statistics: pd.DataFrame) -> SideTable:
        if self._believed and isinstance(statistics, pd.DataFrame):
            return SideTable(statistics.copy(), empty_quarantine())
        return typed_statistics(statistics)


def _long_bars(bars: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    if not isinstance(bars, pd.DataFrame):
        raise DataContractError(f"ingestion: bars must be a DataFrame, got {type(bars).__name__}")
    shaped, notes = long_bars(bars, "bars")
    return shaped.copy(), notes
