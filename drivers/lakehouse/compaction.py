"""Fewer files for the same rows, and no files that nothing needs: `compact` and `vacuum`.

`compact` joins the small files of each year into one, as a version that adds nothing. Every row stays, with its `known_at` and
the version that added it: a read as of D, known at K, and a read of an earlier version give the same bytes before and after. So
`vacuum` may remove what only earlier versions list: what a run read is read from the files that are left, and needs no
copy of its own. Manifests stay: they name the columns and notes of each version, and their digests chain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DATA,
    DataFile,
    latest_manifest,
    manifest_of,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAYOUTS, TableLayout
from tradingview_scraper.pipelines.selection.drivers.lakehouse.commits import (
    ConflictError,
    alone_with,
    committed,
    writable_format,
)
from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import table_orphans
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import MOST_ROWS, TableWriter
from tradingview_scraper.pipelines.selection.lineage.record.files import sync_folder
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SMALL_ROWS = MOST_ROWS // 2
"""A file with fewer rows is small: joining it with others saves opening them."""
MOST_SMALL = 64
"""Small files of a table beyond which an ingest compacts it: a quarter of daily appends, 20 kB of manifest."""
KEPT_VERSIONS = 10
"""The latest versions whose files `vacuum` leaves: those that a run may be reading now."""


@dataclass(frozen=True)
class Compacted:
    """What became of a table's files."""

    table: str
    version: int | None
    """The latest version afterwards; None where the table isn't there."""
    files: int
    """Before."""
    left: int
    """Afterwards."""


@dataclass(frozen=True)
class Vacuumed:
    """What was removed of a table, or would be."""

    table: str
    files: tuple[str, ...]
    bytes: int


def compact(lakehouse: AnyPlace, layout: TableLayout, *, beyond: int = 1) -> Compacted:
    """Join the small files of a table, year by year, where it has more than `beyond` of them.

    Where another writer of a bucket is first, nothing is joined: a later `compact` will. Raises `DataContractError` where a file
    isn't what was written, `OSError` where the disk fails; then there is no new version.
    """
    writer, folder = TableWriter(lakehouse, layout), lakehouse / layout.name
    if latest_manifest(folder) is None:
        return Compacted(layout.name, None, 0, 0)
    chosen = writable_format(folder, None)
    with alone_with(folder, chosen):
        before = latest_manifest(folder)
        assert before is not None
        unchanged = Compacted(layout.name, before.version, len(before.files), len(before.files))
        parts = _small_parts(before.files) if sum(map(_is_small, before.files)) > beyond else []
        if not parts:
            return unchanged
        joined = [
            file
            for part in parts
            for file in writer.written(writer.table.rows(before, part), max(each.version for each in part))
        ]
        gone = {file.name for part in parts for file in part}
        after = before.model_copy(
            update={
                "version": before.version + 1,
                "previous": json_digest(before.model_dump()),
                "new": 0,
                "restated": 0,
                "files": [*(file for file in before.files if file.name not in gone), *joined],
            }
        )
        try:
            committed(folder, before, after, chosen)
        except ConflictError:
            return unchanged
    return Compacted(layout.name, after.version, len(before.files), len(after.files))


def vacuum(lakehouse: AnyPlace, layout: TableLayout, *, keep: int = KEPT_VERSIONS, dry: bool = False) -> Vacuumed:
    """Remove the data files that none of the `keep` latest versions lists; `dry` only names them.

    What a killed writer left goes, too: half files, and manifests that no commit names. Raises `DataContractError` where a
    manifest that is kept isn't what was written: then nothing is removed; `ConfigurationError` for a bucket: there nobody
    knows whether a file is one that another writer is about to list.
    """
    folder = lakehouse / layout.name
    if not isinstance(folder, Path):
        raise ConfigurationError(
            "vacuum: in a bucket nothing tells a file that is left over from one that a writer is about to list"
        )
    if not version_numbers(folder):
        return Vacuumed(layout.name, (), 0)
    with alone_with(folder, writable_format(folder, None)):
        kept = {file.name for number in version_numbers(folder)[-keep:] for file in manifest_of(folder, number).files}
        found = [path for path in sorted((folder / DATA).iterdir()) if f"{DATA}/{path.name}" not in kept]
        found += [folder / name for name in table_orphans(folder) if not name.startswith(f"{DATA}/")]
        size = sum(path.stat().st_size for path in found)
        if not dry:
            for path in found:
                path.unlink()
            sync_folder(folder / DATA)
    return Vacuumed(layout.name, tuple(path.name for path in found), size)


def layouts(lakehouse: AnyPlace, table: str | None) -> list[TableLayout]:
    """The table of that name, or all that are there. Raises `ConfigurationError` where there is none."""
    there = [layout for layout in LAYOUTS.values() if version_numbers(lakehouse / layout.name)]
    found = [layout for layout in there if table in (None, layout.name)]
    if not found:
        names = ", ".join(layout.name for layout in there) or "none"
        raise ConfigurationError(
            f"there is no table {table or ''} in {lakehouse}; there are {names}".replace("  ", " ")
        )
    return found


def compacted_text(rows: Sequence[dict[str, Any]]) -> str:
    """What `compact` did, for a terminal."""
    lines = [f"{'table':12} {'files':>6} {'left':>6}  version"]
    return "\n".join(
        [*lines, *(f"{row['table']:12} {row['files']:>6} {row['left']:>6}  {row['version']}" for row in rows)]
    )


def vacuumed_text(rows: Sequence[dict[str, Any]]) -> str:
    """What `vacuum` removed, for a terminal."""
    lines = [f"{'table':12} {'files':>6} {'MB':>8}"]
    return "\n".join(
        [*lines, *(f"{row['table']:12} {len(row['files']):>6} {row['bytes'] / 1e6:>8.1f}" for row in rows)]
    )


def _is_small(file: DataFile) -> bool:
    return file.rows < SMALL_ROWS


def _small_parts(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """The small files of each year that has several."""
    small = sorted(filter(_is_small, files), key=_year)
    return [part for part in _by_year(small) if len(part) > 1]


def _by_year(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    for _, part in groupby(files, key=_year):
        yield list(part)


def _year(file: DataFile) -> str:
    """What a file's name begins with: the year of its valid dates, or `undated`."""
    return file.name.removeprefix(f"{DATA}/").split("-")[0]
