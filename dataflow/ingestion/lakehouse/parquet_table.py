"""A table of Parquet files with a manifest per version, whether a plain one or a Delta table.

A read finds its manifest, leaves out the files whose dates, symbols or moments can't matter, checks the others against their
sha256, parses them, and keeps of each key what was said last.

An earlier version whose files vacuum has removed is read from those of the latest one: no statement ever leaves a table, and
each row knows the version that added it. So it is the same rows after compaction and vacuum.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    PARQUET,
    DataFile,
    Manifest,
    format_of,
    latest_manifest,
    manifest_of,
    version_numbers,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace, reason_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.statements import latest_statements
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table import ALL_KNOWN, Read, TableVersion
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import MOMENT, TableLayout
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import day_end
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.table_digests import schema_digest, symbol_digests, table_digest


@dataclass(frozen=True)
class Question:
    """Which rows are asked for; None: no limit."""

    valid_before: pd.Timestamp | None = None
    known_before: pd.Timestamp | None = None
    since: pd.Timestamp | None = None
    symbols: list[str] | None = None

    def may_need(self, file: DataFile) -> bool:
        """Whether a file may hold a row that is asked for."""
        if self.known_before is not None and pd.Timestamp(file.known_from) >= self.known_before:
            return False
        if self.valid_before is not None and file.first is not None and pd.Timestamp(file.first) >= self.valid_before:
            return False
        if self.since is not None and file.last is not None and pd.Timestamp(file.last) < self.since:
            return False
        if self.symbols is None or file.first_symbol is None or file.last_symbol is None:
            return True
        return any(file.first_symbol <= symbol <= file.last_symbol for symbol in self.symbols)

    def seen(self, frame: pd.DataFrame, valid: str | None) -> pd.DataFrame:
        """The rows that are valid and known in time; what has no valid date always is."""
        kept = np.ones(len(frame), dtype=bool)
        if self.known_before is not None:
            kept &= (frame["known_at"] < self.known_before).to_numpy()
        if valid is not None:
            undated = frame[valid].isna().to_numpy()
            if self.valid_before is not None:
                kept &= undated | (frame[valid] < self.valid_before).to_numpy()
            if self.since is not None:
                kept &= undated | (frame[valid] >= self.since).to_numpy()
        return frame if kept.all() else frame.loc[kept]


class ParquetTable:
    """One table of a lakehouse, read. Fulfils `Table`."""

    def __init__(self, lakehouse: AnyPlace, layout: TableLayout) -> None:
        self.folder = lakehouse / layout.name
        self.layout = layout

    def latest_version(self) -> int | None:
        """See `Table.latest_version`."""
        return max(version_numbers(self.folder), default=None)

    def last_date(self) -> pd.Timestamp | None:
        """See `Table.last_date`."""
        manifest = latest_manifest(self.folder)
        dates = [] if manifest is None else [file.last for file in manifest.files if file.last is not None]
        return pd.Timestamp(max(dates)) if dates else None

    def versions(self) -> list[TableVersion]:
        """See `Table.versions`."""
        found = []
        for number in version_numbers(self.folder):
            each = manifest_of(self.folder, number)
            rows = sum(file.rows for file in each.files if file.version == number)
            found.append(TableVersion(number, each.known_at, rows, each.new, each.restated))
        return found

    def read(
        self,
        *,
        as_of: pd.Timestamp | None = None,
        known_at: pd.Timestamp | None = None,
        symbols: Collection[str] | None = None,
        since: pd.Timestamp | None = None,
        version: int | None = None,
    ) -> Read:
        """See `Table.read`."""
        manifest = self._manifest(version)
        known = as_of if known_at is None else known_at
        known_before = None if known is None or known == ALL_KNOWN else day_end(known)
        wanted = None if symbols is None else sorted(set(symbols))
        asked = Question(None if as_of is None else day_end(as_of), known_before, since, wanted)
        # In the order of the keys, whatever files they come from: what a run records of its input depends on it.
        frame = self._still_known_rows(manifest, asked).sort_values(
            [*self.layout.order], kind="stable", ignore_index=True
        )
        content = frame.drop(columns=["known_at", *self.layout.undigested], errors="ignore")
        digests = symbol_digests(content, self.layout.order)
        return Read(
            frame,
            DataVersion(
                format=format_of(self.folder) or PARQUET,
                table=self.layout.name,
                table_id=manifest.table_id,
                version=manifest.version,
                digest=table_digest(digests),
                schema_digest=schema_digest(content),
                rows=len(frame),
                symbols=len(digests),
                as_of=None if as_of is None else str(as_of),
                known_at=None if known_before is None else str(known_before),
                since=None if since is None else str(since),
                only=None if wanted is None else tuple(wanted),
            ),
            tuple(manifest.notes),
        )

    def _manifest(self, version: int | None) -> Manifest:
        """The manifest of a version, with the latest files where vacuum has removed its own."""
        wanted = None if version is None else manifest_of(self.folder, version)
        if wanted is not None and all((self.folder / file.name).is_file() for file in wanted.files):
            return wanted
        latest = latest_manifest(self.folder)
        if latest is None:
            raise DataContractError(f"lakehouse: {self.folder.parent.name} has no table {self.layout.name}")
        return latest if wanted is None else wanted.model_copy(update={"files": latest.files})

    def _still_known_rows(self, manifest: Manifest, asked: Question) -> pd.DataFrame:
        """`known_rows`; where vacuum removes a file before it is read, from the files that have its rows now."""
        while True:
            try:
                return self.known_rows(manifest, asked)
            except DataContractError:
                now = self._manifest(manifest.version)
                if now.files == manifest.files:
                    raise
                manifest = now

    def known_rows(self, manifest: Manifest, asked: Question) -> pd.DataFrame:
        """The latest statements of a version that answer a question."""
        needed = [file for file in manifest.files if asked.may_need(file)]
        rows = self.rows(manifest, needed, asked.symbols)
        later = (rows["version"] > manifest.version).to_numpy()
        seen = asked.seen(rows.loc[~later] if later.any() else rows, self.layout.valid)
        unknown = ["version", *self._columns_of_later(manifest, seen)]
        frame = latest_statements(seen, self.layout.key).drop(columns=unknown).reset_index(drop=True)
        return frame.assign(symbol=frame["symbol"].cat.remove_unused_categories())

    def _columns_of_later(self, manifest: Manifest, seen: pd.DataFrame) -> list[str]:
        """Columns that came with versions of which no row is seen: to know of them is to know of after."""
        last = int(seen["version"].max()) if len(seen) else manifest.version
        known = manifest.columns if last == manifest.version else manifest_of(self.folder, last).columns
        return [name for name in manifest.columns if name not in known]

    def rows(self, manifest: Manifest, files: Sequence[DataFile], symbols: list[str] | None = None) -> pd.DataFrame:
        """All rows of these files, each with the `version` that added it, in the order of the versions.

        Raises `DataContractError` where the manifest lacks a column that tells rows apart, or a file isn't what was written.
        """
        missing = [name for name in dict.fromkeys([*self.layout.order, "symbol"]) if name not in manifest.columns]
        if missing:
            raise DataContractError(
                f"lakehouse: version {manifest.version} of {self.folder.name} lists no {', '.join(missing)}: restore its "
                "manifest from a copy"
            )
        columns = [name for name in self.layout.columns if name in manifest.columns]
        types = [(name, self.layout.columns[name]) for name in columns]
        empty = pa.schema([*types, ("known_at", MOMENT), ("version", pa.int64())]).empty_table()
        parts = [_with_categories(part) for part in (empty, *(self._file_rows(file, symbols) for file in files))]
        table = pa.concat_tables(parts, promote_options="default").unify_dictionaries()
        frame = table.select([*columns, "known_at", "version"]).to_pandas()
        held = frame["symbol"].cat
        names = list(held.categories)
        by_name = held.categories.take(sorted(range(len(names)), key=names.__getitem__))
        return frame.assign(symbol=held.reorder_categories(by_name))

    def _file_rows(self, file: DataFile, symbols: list[str] | None) -> pa.Table:
        """The rows of a file. Raises `DataContractError` where it is gone or isn't what was written."""
        place = f"{self.folder.name}/{file.name}"
        try:
            data = (self.folder / file.name).read_bytes()
        except OSError as error:
            raise DataContractError(
                f"lakehouse: {place} can't be read: {reason_of(error)}; restore it from a copy"
            ) from None
        if bytes_digest(data) != file.digest:
            raise DataContractError(f"lakehouse: {place} isn't what was written (sha256): restore it from a copy")
        table = pq.ParquetFile(pa.BufferReader(data), read_dictionary=["symbol"]).read()
        if symbols is not None:
            named = pc.is_in(table["symbol"].cast(pa.string()), pa.array(symbols, pa.string()))
            table = table.filter(pc.or_(named, pc.is_null(table["symbol"])))
        if "version" in table.column_names:  # a file that was made of several
            return table
        return table.append_column("version", pa.repeat(pa.scalar(file.version, pa.int64()), len(table)))


def _with_categories(table: pa.Table) -> pa.Table:
    """The table with its symbols as a dictionary."""
    place = table.schema.get_field_index("symbol")
    column = table.column(place)
    return (
        table if pa.types.is_dictionary(column.type) else table.set_column(place, "symbol", column.dictionary_encode())
    )
