"""A data folder that is read once and seen as of many dates: each date gets what `FolderProvider` gives, byte for byte."""

from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import folder_contents, nothing_found
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import contents_as_of
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

    @property
    def digests(self) -> tuple[tuple[str, str], ...]:
        """Name and digest of each file, as it was read."""
        return tuple((source.uri, source.digest) for source in self._held.sources)

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. What is held is lent: typing and cutting make frames of their own."""
        return contents_as_of(self._held, as_of, self._settings)
