"""Tables in a folder: Parquet bars (long) or returns (wide), scanner exports, instruments, statistics.

`FolderProvider` finds each table under the names that the settings give, reads it as of a date and remembers what it
read. A file that can't be read, lacks a column or is a pickle is refused; so is a name that leads out of the folder.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import (
    day_end,
    latest_scans,
    named_export,
    scan_date,
    scan_records,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.typed_tables import (
    candidate_records,
    typed_bars,
    typed_returns,
    typed_statistics,
)
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders
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
        found = self._candidates(as_of, sources)
        choice = self._settings
        wide, bad_returns = None, None
        if returns is not None:
            wide, bad_returns = typed_returns(_date_indexed(returns), as_of=as_of, sessions=choice.sessions)
        if bars is not None:
            bars = typed_bars(bars, "bars", as_of=as_of, sessions=choice.sessions, resample=choice.resample)
        scores, bad_scores = (None, None) if statistics is None else typed_statistics(statistics)
        aside = [bad for bad in (bad_returns, bad_scores) if bad is not None]
        undated = [
            name for name, table in (("instruments", instruments), ("statistics", statistics)) if table is not None
        ]
        return Tables(
            candidates=found.records,
            bars=bars,
            returns=wide,
            instruments=instruments,
            statistics=scores,
            quarantine=pd.concat(aside, ignore_index=True) if aside else None,
            sources=tuple(sources),
            point_in_time=not found.undated and not undated,
            notes=(
                *(f"{name}: its candidates carry no date: taken as known on the as-of date" for name in found.undated),
                *(f"{name} carry no date: taken as known on the as-of date" for name in undated),
                *found.notes,
            ),
            scans=found.scans,
            beyond=found.beyond,
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

    def _candidates(self, as_of: pd.Timestamp | None, sources: list[Source]) -> "_Found":
        """Candidate records of the plain lists and of each scanner's newest export."""
        records: list[Mapping[str, Any]] = []
        documents: list[Mapping[str, Any]] = []
        undated: list[str] = []
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
                documents.append(
                    {"meta": _meta(document, path), "data": candidate_records(rows, name), "file": name, "as": document}
                )
            else:
                undated.append(name)
                records += candidate_records(rows, name)
        latest = latest_scans(documents, as_of)
        for document in latest:
            records += scan_records(document)
        undated += [document["file"] for document in latest if scan_date(document) is None]
        return _Found(
            records=tuple(read_only(record) for record in records),
            undated=tuple(undated),
            scans={document["meta"]["scanner"]: scan_date(document) for document in latest},
            notes=(*_version_notes(documents, latest, as_of), *_file_date_notes(latest)),
            beyond=_later_scans(documents, as_of),
        )

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


@dataclass(frozen=True)
class _Found:
    """What the scans and lists say."""

    records: tuple[Mapping[str, Any], ...]
    undated: tuple[str, ...]
    """Files whose candidates carry no date."""
    scans: Mapping[str, pd.Timestamp | None]
    notes: tuple[str, ...]
    beyond: Mapping[str, str]


def _meta(document: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What an export says of itself, its file's name standing in for a missing name or date."""
    meta = document.get("meta", {})
    if not isinstance(meta, dict):
        raise DataContractError(f"ingestion: the meta of {path.name} is no object")
    scan_date(document, path.name)
    return named_export(meta, path.stem)


def _known(document: Mapping[str, Any], as_of: pd.Timestamp | None) -> bool:
    when = scan_date(document)
    return as_of is None or when is None or when < day_end(as_of)


def _later_scans(documents: Sequence[Mapping[str, Any]], as_of: pd.Timestamp | None) -> dict[str, str]:
    later = [document["file"] for document in documents if not _known(document, as_of)]
    return {"later scans": f"{len(later)} scans are later than the as-of date ({offenders(later)})"} if later else {}


def _version_notes(
    documents: Sequence[Mapping[str, Any]], latest: Sequence[Mapping[str, Any]], as_of: pd.Timestamp | None
) -> Iterator[str]:
    """Which export of a scanner counts, where there are several."""
    for used in latest:
        name = used["meta"]["scanner"]
        known = [each for each in documents if each["meta"]["scanner"] == name and _known(each, as_of)]
        if len(known) > 1:
            yield f"scanner {name}: the newest of {len(known)} exports counts, {used['file']}"


def _file_date_notes(latest: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Which exports are dated by the name of their file."""
    named = [each["file"] for each in latest if scan_date(each) and each["as"].get("meta", {}).get("asof") is None]
    if named:
        yield f"{len(named)} scans state no date and are dated by the name of their file ({offenders(named)})"


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
