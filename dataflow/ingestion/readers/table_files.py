"""Which encoding a name means, and folders whose files are one table, a Delta table among them.

`table_file` gives the table of a name, `present` says which of several names are there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.bar_shapes import with_plain_columns
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import (
    SYMBOL_SPELLINGS,
    columns_by_name,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import (
    PICKLES,
    Content,
    inside,
    joined_digest,
    read_once,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.csv_files import csv_frame
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.delta_tables import delta_files, is_delta
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_tables import json_frame
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.parquet_files import (
    feather_frame,
    parquet_frame,
)
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.table_digests import schema_digest

ENCODINGS: Mapping[str, Callable[[Content], pd.DataFrame]] = {
    ".parquet": parquet_frame,
    ".pq": parquet_frame,
    ".feather": feather_frame,
    ".arrow": feather_frame,
    ".csv": csv_frame,
    ".tsv": csv_frame,
    ".json": json_frame,
}
_PARTITION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.+)")


@dataclass(frozen=True)
class TableFile:
    """A table as it lies in the folder, in whatever shape."""

    name: str
    frame: pd.DataFrame
    digest: str
    notes: tuple[str, ...] = ()
    what: str = ""
    """What it is besides a file or a folder of files."""
    version: DataVersion | None = None
    """Which read it was of a table with versions."""


def present(folder: Path, names: Sequence[str]) -> list[str]:
    """The names under which there is something, in their order; a folder counts only if a table lies in it."""
    return [name for name in names if _is_there(inside(folder, name), name)]


def _is_there(path: Path, name: str) -> bool:
    if path.is_dir():
        return is_delta(path) or bool(table_parts(path)) or not name.endswith("/")
    return path.exists() and not name.endswith("/")


def table_file(folder: Path, name: str, then: DataVersion | None = None) -> TableFile:
    """The table of that name: one file, a folder of parts or of one file per symbol, or a Delta table as it was `then`.

    Raises `DataContractError` where it can't be read.
    """
    path = inside(folder, name)
    if path.is_dir():
        _refuse_lakehouse(path, name)
        return _delta_table(folder, path, name, then) if is_delta(path) else _folder_table(folder, path, name)
    content = read_once(path, name)
    suffix = path.suffix.lower()
    return TableFile(name, _frame(content, suffix), content.digest, _ending_notes([content], suffix))


def _refuse_lakehouse(path: Path, name: str) -> None:
    """Raises `DataContractError` for a table that `ingest` wrote: as files, what was restated would stand beside what was."""
    if (path / "data").is_dir() and any((path / manifests).is_dir() for manifests in ("versions", "_manifests")):
        raise DataContractError(
            f"ingestion: {name} is a table of a lakehouse: read that by --set data.provider=lakehouse --data {path.parent.name}"
        )


def _frame(content: Content, suffix: str) -> pd.DataFrame:
    if suffix not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise DataContractError(
            f"ingestion: {content.name} has no ending that is known ({known}): save it as one of these"
        )
    return ENCODINGS[suffix](content)


def _folder_table(folder: Path, path: Path, name: str) -> TableFile:
    parts = table_parts(path)
    if not parts:
        raise DataContractError(
            f"ingestion: {name} is a folder without a table in it (looked for {', '.join(ENCODINGS)})"
        )
    kinds = sorted({part.suffix.lower() for part in parts})
    if len(kinds) > 1:
        raise DataContractError(
            f"ingestion: the folder {name} mixes {' and '.join(kinds)}: keep one kind of file in it"
        )
    contents = [read_once(inside(folder, _inner(folder, part)), _inner(folder, part)) for part in parts]
    frames = [
        _part_frame(_frame(content, part.suffix.lower()), part.relative_to(path))
        for content, part in zip(contents, parts, strict=True)
    ]
    odd = [
        content.name
        for content, frame in zip(contents, frames, strict=True)
        if set(frame.columns) != set(frames[0].columns)
    ]
    if odd:
        raise DataContractError(
            f"ingestion: {len(odd)} files of the folder {name} have other columns than {contents[0].name}: {offenders(odd)}"
        )
    return TableFile(
        name, pd.concat(frames, ignore_index=True), joined_digest(contents), _ending_notes(contents, kinds[0])
    )


def _delta_table(folder: Path, path: Path, name: str, then: DataVersion | None) -> TableFile:
    """A Delta table of another tool: the rows of the files that its log lists; a column that a file lacks is missing there."""
    found = delta_files(path, name, None if then is None else then.version)
    if then is not None and then.table_id != found.table_id:
        raise DataContractError(
            f"ingestion: {name} is another Delta table than the one that was read: restore that from a copy"
        )
    contents = [read_once(inside(folder, _inner(folder, part)), _inner(folder, part)) for part in found.parts]
    frames = [
        with_plain_columns(parquet_frame(content)).assign(**stated)
        for content, stated in zip(contents, found.parts.values(), strict=True)
    ]
    empty = pd.DataFrame(columns=pd.Index(found.columns, dtype=object), dtype=object)
    frame = pd.concat(frames, ignore_index=True).reindex(columns=list(found.columns)) if frames else empty
    note = (
        f"{name} is a Delta table that another tool wrote (version {found.version}, id {found.table_id}): it has no digests to "
        f"verify its {len(contents)} files by, only page checksums where they are there"
    )
    digest = joined_digest(contents)
    version = DataVersion(
        format="delta",
        table=name,
        table_id=found.table_id,
        version=found.version,
        digest=digest,
        schema_digest=schema_digest(frame),
        rows=len(frame),
        symbols=None,
        as_of=None,
        known_at=None,
    )
    return TableFile(name, frame, digest, (note,), found.what, version)


def _ending_notes(contents: Sequence[Content], suffix: str) -> tuple[str, ...]:
    """That text ends in the middle of a line, which is how a file ends that was cut."""
    open_ended = [content.name for content in contents if not content.data.endswith((b"\n", b"\r"))]
    if ENCODINGS[suffix] is not csv_frame or not open_ended:
        return ()
    return (f"{offenders(open_ended)}: no line break at the end; if the file was cut, its last number is wrong",)


def table_parts(path: Path) -> list[Path]:
    """The table files of a folder in the order of their names; hidden ones and markers (_SUCCESS) are none."""
    return sorted(
        part
        for part in path.rglob("*")
        if part.is_file() and part.suffix.lower() in (*ENCODINGS, *PICKLES) and not part.name.startswith((".", "_"))
    )


def _part_frame(frame: pd.DataFrame, place: Path) -> pd.DataFrame:
    """A part with its index as columns, the columns that its path states (`symbol=AAPL/`), else its name as symbol."""
    whole = with_plain_columns(frame)
    for folder in place.parts[:-1]:
        stated = _PARTITION.fullmatch(folder)
        if stated and stated[1] not in whole.columns:
            whole = whole.assign(**{stated[1]: stated[2]})
    names = [str(column) for column in whole.columns]
    keyed = "symbol" in columns_by_name(names, {"symbol": SYMBOL_SPELLINGS}, place.name)
    return whole if keyed else whole.assign(symbol=place.name.removesuffix(place.suffix))


def _inner(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
