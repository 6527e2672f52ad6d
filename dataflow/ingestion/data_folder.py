"""A folder of tables and scans as it lies there: found under the names that the settings give, in shape, not yet typed.

`folder_contents` finds bars (or closes), returns, instruments, statistics and scans, in this order, and remembers what it
read. Nothing is cut at a date here: a provider does that, and `ingest` must not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Source
from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import NamedScan
from tradingview_scraper.pipelines.selection.dataflow.ingestion.input_size import (
    refuse_large_files,
    refuse_many_records,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.bar_shapes import (
    bars_of_closes,
    holds_long_bars,
    long_bars,
    wide_table,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import inside, read_once
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import scan_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.table_files import (
    ENCODINGS,
    TableFile,
    present,
    table_file,
    table_parts,
)
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


@dataclass
class FolderContents:
    """What a folder holds; absent tables are `None`."""

    bars: pd.DataFrame | None = None
    """Long, columns under their names, dates and numbers as they came."""
    returns: pd.DataFrame | None = None
    """Wide, indexed by what stands for its dates."""
    instruments: pd.DataFrame | None = None
    statistics: pd.DataFrame | None = None
    scans: list[NamedScan] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pinned: Mapping[str, DataVersion] = field(default_factory=dict)
    """Name of a source to the version that is to be read; the latest, where it isn't there."""


def folder_contents(
    folder: Path, settings: DataSettings, pinned: Mapping[str, DataVersion] | None = None
) -> FolderContents:
    """All tables and scans of a data folder; of those with versions the pinned one, else the latest.

    Raises `DataContractError` where there is no folder or a file can't be read, `ConfigurationError` where a name leads
    out of the folder or no pattern of scans is given.
    """
    if not folder.is_dir():
        raise DataContractError(f"ingestion: there is no data folder {folder}; name one with --data")
    refuse_large_files(_files(folder, settings), settings)
    found = FolderContents(pinned=pinned or {})
    found.bars = _bars(folder, settings.bars, settings.closes, found)
    returns = _table(folder, "returns", settings.returns, found)
    instruments = _table(folder, "instruments", settings.instruments, found)
    statistics = _table(folder, "statistics", settings.statistics, found)
    found.scans = _scans(folder, settings, found.sources)
    found.returns = None if returns is None else wide_table(returns.frame, returns.name)
    found.instruments = None if instruments is None else instruments.frame
    found.statistics = None if statistics is None else statistics.frame
    return found


KINDS = ("bars", "closes", "returns", "instruments", "statistics", "candidates", "scans")
"""What a single file may be, as the settings name it."""


def kind_of(path: Path, settings: DataSettings) -> str:
    """Which of `KINDS` a file is by its name; what has no known name is a scan if it is JSON, else bars."""
    named = [kind for kind in KINDS[:-1] if path.name in getattr(settings, kind)]
    return named[0] if named else "scans" if path.suffix.lower() == ".json" else "bars"


def file_contents(path: Path, kind: str) -> FolderContents:
    """One file, as what it is said to be. Raises `DataContractError` where it can't be read as that."""
    found, folder, name = FolderContents(), path.parent, (path.name,)
    if kind in ("bars", "closes"):
        found.bars = _bars(folder, name if kind == "bars" else (), name if kind == "closes" else (), found)
    elif kind in ("candidates", "scans"):
        found.scans = [_scan(folder, path, kind == "candidates", found.sources)]
    else:
        table = _table(folder, kind, name, found)
        frame = None if table is None else wide_table(table.frame, path.name) if kind == "returns" else table.frame
        setattr(found, kind, frame)
    return found


def nothing_found(folder: Path, settings: DataSettings) -> str:
    """What a folder without bars holds, what was looked for, and the line that mends it."""
    there = sorted(f"{path.name}/" if path.is_dir() else path.name for path in folder.iterdir())
    no_prices = {*settings.candidates, *settings.instruments, *settings.statistics}
    files = [name for name in there if PurePosixPath(name).suffix.lower() in ENCODINGS and name not in no_prices]
    if len(files) > 1:
        return (
            f"ingestion: {folder.name} has neither bars nor closes nor returns, but {len(files)} tables ({offenders(files)}). "
            "If they are one per symbol, put them in a folder bars/ inside it; if one of them is the table, name it by "
            "--set 'data.bars=[\"FILE\"]' (long), 'data.closes=[\"FILE\"]' (a column per symbol) or 'data.returns=[\"FILE\"]'"
        )
    wanted = (*settings.bars, *settings.closes, *settings.returns)
    return (
        f"ingestion: {folder.name} has neither bars nor closes nor returns. There is {offenders(there, shown=8)}; "
        f"looked for {', '.join(wanted)}. Name the file by --set 'data.bars=[\"FILE\"]' (long), "
        "'data.closes=[\"FILE\"]' (a column per symbol) or 'data.returns=[\"FILE\"]'"
    )


def _bars(folder: Path, names: Sequence[str], wide_names: Sequence[str], into: FolderContents) -> pd.DataFrame | None:
    """Long bars, from a table of them or of wide closes."""
    found = _table(folder, "bars", names, into)
    closes = present(folder, wide_names)
    if found is None:
        wide = _table(folder, "bars", wide_names, into)
        if wide is None or not holds_long_bars(wide.frame):
            return None if wide is None else bars_of_closes(wide.frame, wide.name)
        found, closes = wide, []
    if closes:
        into.notes.append(f"{found.name} is read, so {', '.join(closes)} is not")
    bars, missed = long_bars(found.frame, found.name)
    into.notes += missed
    return bars


def _table(folder: Path, kind: str, names: Sequence[str], into: FolderContents) -> TableFile | None:
    """The first of these tables that is there, or None; the others that are there are named."""
    there = present(folder, names)
    if not there:
        return None
    if there[1:]:
        into.notes.append(f"{there[0]} is read, so {', '.join(there[1:])} is not")
    name = Path(there[0]).stem
    found = table_file(folder, there[0], into.pinned.get(name))
    into.notes += found.notes
    rows, columns = found.frame.shape
    into.sources.append(Source(name, found.name, rows, columns, found.digest, kind, found.version, found.what))
    return found


def _scans(folder: Path, settings: DataSettings, sources: list[Source]) -> list[NamedScan]:
    """The plain lists and every export."""
    lists = {inside(folder, name) for name in settings.candidates}
    return [_scan(folder, path, path in lists, sources, settings) for path in _scan_files(folder, settings)]


def _files(folder: Path, settings: DataSettings) -> list[tuple[str, Path]]:
    """Name and place of every file that is going to be read; a folder's tables may be one table."""
    kinds = (settings.bars, settings.closes, settings.returns, settings.instruments, settings.statistics)
    firsts = [inside(folder, there[0]) for names in kinds if (there := present(folder, names))]
    tables = [file for path in firsts for file in (table_parts(path) if path.is_dir() else [path])]
    return [(path.relative_to(folder).as_posix(), path) for path in (*tables, *_scan_files(folder, settings))]


def _scan(
    folder: Path, path: Path, is_list: bool, sources: list[Source], settings: DataSettings | None = None
) -> NamedScan:
    name = path.relative_to(folder).as_posix()
    content = read_once(path, name)
    if settings is not None and path.suffix.lower() == ".json":
        refuse_many_records(name, content.data, settings)
    scan = scan_of(content)
    sources.append(Source(path.stem, name, len(scan.rows), 0, content.digest, "candidates"))
    # A list among the exports is one that says nothing of itself but its file's name.
    said = scan.meta if scan.meta is not None or is_list else {}
    stem = "/".join((*PurePosixPath(name).parent.parts[1:], path.stem))
    return NamedScan(scan._replace(meta=said), name, stem)


def _scan_files(folder: Path, settings: DataSettings) -> list[Path]:
    if not all(settings.scans) or not settings.scans:
        raise ConfigurationError("data.scans is empty: name a pattern such as scans/*.json")
    lists = [inside(folder, name) for name in settings.candidates]
    for pattern in settings.scans:
        inside(folder, pattern)
    found = [
        path
        for pattern in settings.scans
        for path in sorted(folder.glob(pattern))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    # A link inside the folder may lead out of it.
    return [path for path in lists if path.exists()] + [
        inside(folder, path.relative_to(folder).as_posix()) for path in dict.fromkeys(found)
    ]
