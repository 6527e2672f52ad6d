"""Tables in a folder: long bars or wide closes or returns, candidates and scanner exports, instruments, statistics.

`FolderProvider` finds each table under the names that the settings give, reads it as of a date and remembers what it
read. Which files and shapes are understood is `dataflow.ingestion.readers`' business. A file that can't be read, lacks a
column or is a pickle is refused; so is a name that leads out of the folder.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import (
    KnownCandidates,
    NamedScan,
    known_candidates,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.given_tables import given_tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.bar_shapes import (
    bars_of_closes,
    long_bars,
    wide_table,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import inside, read_once
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import scan_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.table_files import (
    TableFile,
    present,
    table_file,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments, typed_statistics
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


class FolderProvider(DiscoveryProvider):
    """A folder of tables and scans."""

    def __init__(self, folder: Path, settings: DataSettings) -> None:
        self._folder = folder
        self._settings = settings

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. Point in time, as far as the scans are dated."""
        if not self._folder.is_dir():
            raise DataContractError(f"ingestion: there is no data folder {self._folder}; name one with --data")
        sources: list[Source] = []
        notes: list[str] = []
        bars = self._bars(sources, notes)
        returns = self._table(self._settings.returns, sources, notes)
        instruments = self._table(self._settings.instruments, sources, notes)
        statistics = self._table(self._settings.statistics, sources, notes)
        known = self._candidates(as_of, sources)
        if bars is None and returns is None:
            raise DataContractError(self._nothing_found())
        found = given_tables(
            bars,
            None if returns is None else wide_table(returns.frame, returns.name),
            known,
            as_of,
            instruments=None if instruments is None else typed_instruments(instruments.frame),
            statistics=None if statistics is None else typed_statistics(statistics.frame),
            notes=notes,
            sessions=self._settings.sessions,
            resample=self._settings.resample,
        )
        return replace(found, sources=tuple(sources))

    def _bars(self, sources: list[Source], notes: list[str]) -> pd.DataFrame | None:
        """Long bars, from a table of them or of wide closes."""
        found = self._table(self._settings.bars, sources, notes)
        closes = present(self._folder, self._settings.closes)
        if found is None:
            wide = self._table(self._settings.closes, sources, notes)
            return None if wide is None else bars_of_closes(wide.frame, wide.name)
        if closes:
            notes.append(f"{found.name} is read, so {', '.join(closes)} is not")
        bars, missed = long_bars(found.frame, found.name)
        notes += missed
        return bars

    def _table(self, names: Sequence[str], sources: list[Source], notes: list[str]) -> TableFile | None:
        """The first of these tables that is there, or None; the others that are there are named."""
        there = present(self._folder, names)
        if not there:
            return None
        if there[1:]:
            notes.append(f"{there[0]} is read, so {', '.join(there[1:])} is not")
        found = table_file(self._folder, there[0])
        notes += found.notes
        sources.append(Source(Path(found.name).stem, found.name, len(found.frame), found.frame.shape[1], found.digest))
        return found

    def _candidates(self, as_of: pd.Timestamp | None, sources: list[Source]) -> KnownCandidates:
        """What the plain lists and each scanner's newest export propose."""
        scans = []
        lists = {inside(self._folder, name) for name in self._settings.candidates}
        for path in self._scan_files():
            name = path.relative_to(self._folder).as_posix()
            content = read_once(path, name)
            scan = scan_of(content)
            sources.append(Source(path.stem, name, len(scan.rows), 0, content.digest))
            # A list among the exports is one that says nothing of itself but its file's name.
            said = scan.meta if scan.meta is not None or path in lists else {}
            scans.append(NamedScan(scan._replace(meta=said), name, path.stem))
        return known_candidates(scans, as_of)

    def _scan_files(self) -> list[Path]:
        if not all(self._settings.scans) or not self._settings.scans:
            raise ConfigurationError("data.scans is empty: name a pattern such as scans/*.json")
        lists = [inside(self._folder, name) for name in self._settings.candidates]
        for pattern in self._settings.scans:
            inside(self._folder, pattern)
        found = [path for pattern in self._settings.scans for path in sorted(self._folder.glob(pattern))]
        # A link inside the folder may lead out of it.
        return [path for path in lists if path.exists()] + [
            inside(self._folder, path.relative_to(self._folder).as_posix()) for path in dict.fromkeys(found)
        ]

    def _nothing_found(self) -> str:
        """What the folder holds, what was looked for, and the line that mends it."""
        there = sorted(f"{path.name}/" if path.is_dir() else path.name for path in self._folder.iterdir())
        wanted = (*self._settings.bars, *self._settings.closes, *self._settings.returns)
        return (
            f"ingestion: {self._folder.name} has neither bars nor closes nor returns. There is {offenders(there, shown=8)}; "
            f"looked for {', '.join(wanted)}. Name the file by --set 'data.bars=[\"FILE\"]' (long), "
            "'data.closes=[\"FILE\"]' (a column per symbol) or 'data.returns=[\"FILE\"]'"
        )
