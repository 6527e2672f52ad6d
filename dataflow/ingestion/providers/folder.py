"""Tables in a folder: Parquet bars (long) or returns (wide), scanner exports, instruments, statistics.

`FolderProvider` finds each table under the names that the settings give, reads it as of a date and remembers what it
read. A file that can't be read, lacks a column or is a pickle is refused; so is a name that leads out of the folder.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import latest_scans, scan_date, scan_records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    candidate_records,
    on_or_before,
    typed_bars,
    typed_returns,
    typed_statistics,
)
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError
from tradingview_scraper.pipelines.selection.schemas.frozen import read_only
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

PICKLES = (".pkl", ".pickle", ".joblib")


class FolderProvider(DiscoveryProvider):
    """A folder of Parquet and JSON files."""

    def __init__(self, folder: Path, settings: DataSettings) -> None:
        self._folder = folder
        self._settings = settings

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`. Point in time, as far as the scans are dated."""
        if not self._folder.is_dir():
            raise DataContractError(f"ingestion: there is no data folder {self._folder}; name one with --data")
        sources: list[Source] = []
        bars = self._table(self._settings.bars, sources)
        returns = self._table(self._settings.returns, sources)
        instruments = self._table(self._settings.instruments, sources)
        statistics = self._table(self._settings.statistics, sources)
        candidates, dated = self._candidates(as_of, sources)
        wide, bad_returns = (None, None) if returns is None else typed_returns(_date_indexed(returns))
        scores, bad_scores = (None, None) if statistics is None else typed_statistics(statistics)
        aside = [bad for bad in (bad_returns, bad_scores) if bad is not None]
        return Tables(
            candidates=candidates,
            bars=None if bars is None else on_or_before(typed_bars(bars, "bars"), as_of, "date"),
            returns=None if wide is None else on_or_before(wide, as_of),
            instruments=instruments,
            statistics=scores,
            quarantine=pd.concat(aside, ignore_index=True) if aside else None,
            sources=tuple(sources),
            point_in_time=dated and statistics is None and instruments is None,
            notes=() if dated else ("some candidates carry no date: taken as known on the as-of date",),
        )

    def _table(self, names: tuple[str, ...], sources: list[Source]) -> pd.DataFrame | None:
        """The first of these files that exists, or None."""
        for name in names:
            path = inside(self._folder, name)
            if path.exists():
                frame = read_parquet(path)
                sources.append(Source(path.stem, name, len(frame), frame.shape[1], file_digest(path)))
                return frame
        return None

    def _candidates(
        self, as_of: pd.Timestamp | None, sources: list[Source]
    ) -> tuple[tuple[Mapping[str, Any], ...], bool]:
        """Candidate records of the plain lists and of each scanner's newest export; whether all of them are dated."""
        records: list[Mapping[str, Any]] = []
        documents: list[Mapping[str, Any]] = []
        for path in self._scan_files():
            document = read_json(path)
            name = path.relative_to(self._folder).as_posix()
            rows = document.get("data") if isinstance(document, dict) else document
            if not isinstance(rows, list):
                raise DataContractError(
                    f"ingestion: {name} is neither a scanner export (an object with `data`) nor a list"
                )
            sources.append(Source(path.stem, name, len(rows), 0, file_digest(path)))
            if isinstance(document, dict):
                documents.append({"meta": _meta(document, path), "data": candidate_records(rows, name)})
            else:
                records += candidate_records(rows, name)
        dated = not records and all(scan_date(document) is not None for document in documents)
        for document in latest_scans(documents, as_of):
            records += scan_records(document)
        return tuple(read_only(record) for record in records), dated

    def _scan_files(self) -> list[Path]:
        lists = [inside(self._folder, name) for name in self._settings.candidates]
        pattern = self._settings.scans
        if not pattern:
            raise ConfigurationError("data.scans is empty: name a pattern such as scans/*.json")
        inside(self._folder, pattern)
        found = sorted(self._folder.glob(pattern))
        # A link inside the folder may lead out of it.
        return [path for path in lists if path.exists()] + [
            inside(self._folder, path.relative_to(self._folder).as_posix()) for path in found
        ]


def _meta(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What an export says of itself; its file's name stands in for a missing scanner name."""
    meta = document.get("meta", {})
    if not isinstance(meta, dict):
        raise DataContractError(f"ingestion: the meta of {path.name} is no object")
    scan_date(document, path.name)
    return {"scanner": path.stem, **meta}


def inside(folder: Path, name: str) -> Path:
    """The path of a file in a folder.

    Raises `ConfigurationError` where the name leads out of the folder.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"the path {name!r} leads out of the folder {folder.name!r}; name a file inside it")
    return path


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet file as a frame.

    Raises `DataContractError` where it is a pickle or can't be read as Parquet.
    """
    if path.suffix in PICKLES:
        raise DataContractError(f"ingestion: {path.name} is a pickle, which can run code when opened; give Parquet")
    try:
        return pq.read_table(path).to_pandas()
    except (pa.ArrowInvalid, pa.ArrowIOError) as error:
        raise DataContractError(
            f"ingestion: {path.name} can't be read as Parquet: {str(error).splitlines()[0][:160]}"
        ) from None


def read_json(path: Path) -> Any:
    """A JSON file.

    Raises `DataContractError` where it is a pickle or no JSON.
    """
    if path.suffix in PICKLES:
        raise DataContractError(f"ingestion: {path.name} is a pickle, which can run code when opened; give JSON")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataContractError(f"ingestion: {path.name} is no JSON: {error}") from None


def _date_indexed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index("date") if "date" in frame.columns else frame
