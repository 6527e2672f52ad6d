"""Tables in a folder: long bars or wide closes or returns, candidates and scanner exports, instruments, statistics.

`FolderProvider` finds each table under the names that the settings give and reads it as of a date. Which files and shapes
are understood is `dataflow.ingestion.readers`' business. A file that can't be read, lacks a column or is a pickle is refused;
so is a name that leads out of the folder.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import (
    known_candidates,
    scan_window,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import (
    FolderContents,
    folder_contents,
    nothing_found,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.given_tables import given_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments, typed_statistics
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


class FolderProvider(DiscoveryProvider):
    """A folder of tables and scans."""

    def __init__(self, folder: Path, settings: DataSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._pinned: Mapping[str, DataVersion] = {}

    def pinned(self, versions: Mapping[str, DataVersion]) -> "FolderProvider":
        """See `DiscoveryProvider.pinned`: Delta tables have versions."""
        made = copy(self)
        made._pinned = versions
        return made

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. Point in time, as far as the scans are dated."""
        found = folder_contents(self._folder, self._settings, self._pinned)
        if found.bars is None and found.returns is None:
            raise DataContractError(nothing_found(self._folder, self._settings))
        return contents_as_of(found, as_of, self._settings)


def contents_as_of(found: FolderContents, as_of: pd.Timestamp | None, settings: DataSettings) -> Tables:
    """What a folder holds, as it was known on a date."""
    given = given_tables(
        found.bars,
        found.returns,
        known_candidates(found.scans, as_of, scan_window(settings)),
        as_of,
        instruments=None if found.instruments is None else typed_instruments(found.instruments),
        statistics=None if found.statistics is None else typed_statistics(found.statistics),
        notes=found.notes,
        sessions=settings.sessions,
        resample=settings.resample,
        believed=settings.fields == "believed",
    )
    return replace(given, sources=tuple(found.sources))
