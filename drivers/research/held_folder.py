"""A data folder that is read once and seen as of many dates: each date gets what `FolderProvider` gives, byte for byte."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import known_candidates
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import folder_contents, nothing_found
from tradingview_scraper.pipelines.selection.dataflow.ingestion.given_tables import given_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments, typed_statistics
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


class HeldFolder(DiscoveryProvider):
    """The tables and scans of a folder as they lay there when this was made."""

    def __init__(self, folder: Path, settings: DataSettings) -> None:
        """Reads everything. Raises what `folder_contents` raises, and where there are neither bars nor returns."""
        self._settings = settings
        self._held = folder_contents(folder, settings)
        if self._held.bars is None and self._held.returns is None:
            raise DataContractError(nothing_found(folder, settings))

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. What is held is lent: typing and cutting make frames of their own."""
        held, settings = self._held, self._settings
        given = given_tables(
            held.bars,
            held.returns,
            known_candidates(held.scans, as_of),
            as_of,
            instruments=None if held.instruments is None else typed_instruments(held.instruments),
            statistics=None if held.statistics is None else typed_statistics(held.statistics),
            notes=held.notes,
            sessions=settings.sessions,
            resample=settings.resample,
            believed=settings.fields == "believed",
        )
        return replace(given, sources=tuple(held.sources))
