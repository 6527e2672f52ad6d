"""Tables that are there already: what `select` is given."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import known_candidates, scans_in_memory
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.bar_shapes import long_bars
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments, typed_statistics
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    on_or_before,
    typed_bars,
    typed_returns,
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
    ) -> None:
        self._returns: pd.DataFrame | None = None
        self._bars: pd.DataFrame | None = None
        self._aside: list[pd.DataFrame] = []
        self._notes: list[str] = []
        if returns is not None:
            self._returns, bad = typed_returns(returns)
            self._aside.append(bad)
        if bars is not None:
            self._bars, self._notes = _typed_bars(bars)
        self._statistics = None if statistics is None else typed_statistics(statistics)
        self._instruments = None if instruments is None else typed_instruments(instruments)
        self._scans = scans_in_memory(candidates)
        sides = [side for side in (self._statistics, self._instruments) if side is not None]
        self._aside += [side.quarantine for side in sides]
        self._notes += [note for side in sides for note in side.notes]
        known_candidates(self._scans, None)

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """What was given, cut at the date. What carries no date is taken as it is."""
        known = known_candidates(self._scans, as_of)
        return Tables(
            candidates=known.records,
            bars=None if self._bars is None else on_or_before(self._bars, as_of, "date"),
            returns=None if self._returns is None else on_or_before(self._returns, as_of),
            instruments=None if self._instruments is None else self._instruments.frame,
            statistics=None if self._statistics is None else self._statistics.frame,
            quarantine=pd.concat([*self._aside, known.quarantine], ignore_index=True),
            point_in_time=False,
            notes=tuple(self._notes),
            scans=known.scans,
        )


def _typed_bars(bars: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    if not isinstance(bars, pd.DataFrame):
        raise DataContractError(f"ingestion: bars must be a DataFrame, got {type(bars).__name__}")
    shaped, notes = long_bars(bars, "bars")
    return typed_bars(shaped, "bars"), notes
