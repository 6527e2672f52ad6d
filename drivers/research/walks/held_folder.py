"""A data folder, read once and seen as of many dates: each date gets what `FolderProvider` gives, its bars day after day."""

from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import folder_contents, nothing_found
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import contents_as_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_bars import HeldBars, held_bars
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


class HeldFolder(DiscoveryProvider):
    """The tables and scans of a folder as they lay there when this was made."""

    def __init__(self, folder: Path, settings: DataSettings) -> None:
        """Reads everything. Raises what `folder_contents` raises, and where there are neither bars nor returns."""
        self._settings = settings
        self._held = folder_contents(folder, settings)
        # Where returns end long before the bars both do, and so would the window.
        self._windowed = self._held.returns is None
        if self._held.bars is None and self._held.returns is None:
            raise DataContractError(nothing_found(folder, settings))

    @property
    def digests(self) -> tuple[tuple[str, str], ...]:
        """Name and digest of each file, as it was read."""
        return tuple((source.uri, source.digest) for source in self._held.sources)

    @cached_property
    def bars(self) -> HeldBars | None:
        """The bars, typed once; None where each date has to type them."""
        return held_bars(self._held.bars, self._settings)

    def whole(self) -> "HeldFolder":
        """See `DiscoveryProvider.whole`."""
        made = copy(self)
        made._windowed = False
        return made

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. What is held is lent: typing and cutting make frames of their own.

        As of a date without the bars that are older than any window (`whole` has them).
        """
        if as_of is None or self.bars is None:
            return contents_as_of(self._held, as_of, self._settings)
        found = contents_as_of(replace(self._held, bars=None), as_of, self._settings)
        windowed = (
            self._windowed and self._held.returns is None
        )  # which may end long before the bars, and so do both then
        return replace(found, bars=self.bars.as_of(as_of, windowed=windowed))
