"""Adds rows to a table: what is new or restated becomes a version, what is known already becomes nothing.

A version's data files are written first, each under the name of its content, then `commits` makes them a version: until then
readers see the version before, and so they do where the writer is killed. Writers take turns, or where they can't, the one
who comes second looks again at what is new.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DATA,
    FORMAT_VERSION,
    DataFile,
    Manifest,
    latest_manifest,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.parquet_table import ParquetTable, Question
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.statements import key_codes
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import MOMENT, TableLayout
from tradingview_scraper.pipelines.selection.drivers.lakehouse.commits import (
    ConflictError,
    alone_with,
    committed,
    put,
    table_made,
    writable_format,
)
from tradingview_scraper.pipelines.selection.lineage.record.files import sync_folder
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, StageError, offenders

NEW, RESTATED, SAME = "new", "restated", "same"
ATTEMPTS = 50
"""How often a writer starts anew because another one was first."""
MOST_ROWS = 500_000
"""Rows of a file at most, so that a few symbols of a big table take few bytes."""


@dataclass(frozen=True)
class Upserted:
    """What became of the statements that were brought, and the version that has them."""

    new: int = 0
    restated: int = 0
    same: int = 0
    version: int | None = None
    """The latest version afterwards; the one before where nothing was new; None where there is still none."""
    new_columns: tuple[str, ...] = ()
    """Those that no earlier version has."""


class TableWriter:
    """One table of a lakehouse, written."""

    def __init__(
        self,
        lakehouse: AnyPlace,
        layout: TableLayout,
        stored_as: str | None = None,
        wrote: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`stored_as`: the format of a table that isn't there yet; None: as `commits.new_format` has it.

        `wrote` is told the number of rows of each file that is there.
        """
        self._wrote = wrote
        self.table = ParquetTable(lakehouse, layout)
        self._folder, self._layout, self._stored_as = self.table.folder, layout, stored_as

    def upsert(self, frame: pd.DataFrame, moment: pd.Timestamp, notes: Sequence[str] = ()) -> Upserted:
        """Add what isn't known yet.

        Parameters
        ----------
        frame : columns of the layout and `known_at`; all rows of one key are one statement.
        moment : when the ingest takes place, or is said to. A statement is the same, or restates, what was known of its key at
            that moment; a restatement is known from that moment on, whatever its `known_at`: nobody knew it before.

        Raises `OSError` where the disk is full or fails, and `DataContractError` where rows of a key can't be told apart, or a
        statement restates what is known from that moment or a later one on: what was known once stays. Then there is no new
        version. Raises `StageError` where other writers were first again and again.
        """
        if not len(frame):
            found = latest_manifest(self._folder)
            return Upserted(version=None if found is None else found.version)
        chosen = writable_format(self._folder, self._stored_as)
        with alone_with(self._folder, chosen):
            for _ in range(ATTEMPTS):
                try:
                    return self._added(frame, moment, notes, chosen)
                except ConflictError:
                    continue
        raise StageError(f"ingest: other writers of {self._layout.name} were first {ATTEMPTS} times: try again")

    def refuse_rewriting(self, frame: pd.DataFrame, moment: pd.Timestamp) -> None:
        """Raises as `upsert` does where that would change what was known at a moment gone by; writes nothing."""
        if len(frame):
            self._states(frame, moment, latest_manifest(self._folder))

    def _added(self, frame: pd.DataFrame, moment: pd.Timestamp, notes: Sequence[str], chosen: str) -> Upserted:
        before = latest_manifest(self._folder)
        codes = key_codes(frame, self._layout.key)
        if self._layout.place is None and len(np.unique(codes)) < len(frame):
            raise DataContractError(
                f"ingest: {self._layout.name} has more than one row of a key ({', '.join(self._layout.key)}): keep one of each"
            )
        state = self._states(frame, moment, before)
        counts = {name: len(np.unique(codes[state == name])) for name in (NEW, RESTATED, SAME)}
        if counts[SAME] == sum(counts.values()):
            return Upserted(same=counts[SAME], version=None if before is None else before.version)
        fresh = frame.assign(known_at=frame["known_at"].mask(state == RESTATED, moment)).loc[state != SAME]
        version = 1 if before is None else before.version + 1
        held = () if before is None else before.columns
        manifest = Manifest(
            schema_version=FORMAT_VERSION,
            table=self._layout.name,
            table_id=table_made(self._folder, self._layout, chosen) if before is None else before.table_id,
            version=version,
            previous=None if before is None else json_digest(before.model_dump()),
            known_at=str(moment),
            new=counts[NEW],
            restated=counts[RESTATED],
            columns=tuple(name for name in self._layout.columns if name in frame or name in held),
            files=[*([] if before is None else before.files), *self.written(fresh, version)],
            notes=list(notes),
        )
        committed(self._folder, before, manifest, chosen)
        added = tuple(name for name in manifest.columns if before is not None and name not in held)
        return Upserted(counts[NEW], counts[RESTATED], counts[SAME], version, added)

    def _states(self, frame: pd.DataFrame, moment: pd.Timestamp, before: Manifest | None) -> npt.NDArray[np.str_]:
        """For each row whether its statement is new, restates another, or is the same."""
        if before is None:
            return np.full(len(frame), NEW)
        held = self.table.known_rows(before, _same_range(frame, moment, self._layout))
        both = pd.concat([held, frame], ignore_index=True)
        codes = key_codes(both, self._layout.key)
        contents = statement_contents(both, codes, len(held), self._layout)
        state = np.where(~contents.known, NEW, np.where(contents.equal, SAME, RESTATED))[codes[len(held) :]]
        self._refuse_rewriting(frame.loc[state == RESTATED], moment, before)
        return state

    def _refuse_rewriting(self, restated: pd.DataFrame, moment: pd.Timestamp, before: Manifest) -> None:
        """Raises `DataContractError` where a restatement would change what was known of its key at a moment gone by."""
        if restated.empty:
            return
        latest = self.table.known_rows(before, _same_range(restated, None, self._layout))
        both = pd.concat([latest, restated], ignore_index=True)
        codes = key_codes(both, self._layout.key)
        later = (latest["known_at"] >= moment).to_numpy() & np.isin(codes[: len(latest)], codes[len(latest) :])
        if later.any():
            rows = latest.loc[later, list(self._layout.key)].drop_duplicates().astype(str)
            raise DataContractError(
                f"ingest: {self._layout.name} would be known otherwise at {moment} than they already are "
                f"({offenders(' '.join(row) for row in rows.to_numpy().tolist())}): what was known then stays. Say a later "
                "--known-at, or none"
            )

    def written(self, frame: pd.DataFrame, version: int) -> list[DataFile]:
        """The files of these rows, on disk; `version` is the last that added one. A column `version` is kept."""
        files = [self._file(part, label, version) for label, part in _parts(frame, self._layout)]
        if isinstance(self._folder, Path):
            sync_folder(self._folder / DATA)
        return files

    def _file(self, rows: pd.DataFrame, label: str, version: int) -> DataFile:
        data = parquet_bytes(rows, self._layout)
        digest = bytes_digest(data)
        name = f"{DATA}/{label}-{digest.removeprefix('sha256:')[:16]}.parquet"
        put(self._folder / name, data)
        self._wrote(len(rows))
        first, last = _ends(rows[self._layout.valid]) if self._layout.valid else (None, None)
        first_symbol, last_symbol = _ends(rows["symbol"].astype(object))
        return DataFile(
            name=name,
            digest=digest,
            bytes=len(data),
            rows=len(rows),
            version=version,
            first=first,
            last=last,
            first_symbol=first_symbol,
            last_symbol=last_symbol,
            known_from=str(rows["known_at"].min()),
        )


@dataclass(frozen=True)
class Contents:
    """By key code: whether something is known of the key, and whether it says what is brought."""

    known: npt.NDArray[np.bool_]
    equal: npt.NDArray[np.bool_]


def statement_contents(both: pd.DataFrame, codes: npt.NDArray[np.int64], held: int, layout: TableLayout) -> Contents:
    """The statements of the first `held` rows against those of the others, key by key."""
    count = int(codes.max()) + 1
    values = _one_per_statement(both, codes, held, layout)
    places = np.full((2, count), -1, dtype=np.intp)
    for side, rows in ((0, values["side"] == 0), (1, values["side"] == 1)):
        found = np.flatnonzero(rows.to_numpy())
        places[side, values["code"].to_numpy()[found]] = found
    known, brought = places[0] >= 0, places[1] >= 0
    equal = known & brought
    for name in values.columns.drop(["side", "code"]):
        column = values[name].to_numpy()
        one, other = column[places[0]], column[places[1]]
        equal &= (one == other) | (pd.isna(one) & pd.isna(other))
    return Contents(known, equal)


def _one_per_statement(
    both: pd.DataFrame, codes: npt.NDArray[np.int64], held: int, layout: TableLayout
) -> pd.DataFrame:
    """One row per side and key: its values, or where it has several rows their texts, one after the other."""
    names = [name for name in layout.columns if name in both and name not in (*layout.order, *layout.undigested)]
    labelled = both[names].assign(side=(np.arange(len(both)) >= held).astype(np.int64), code=codes)
    if layout.place is None:
        return labelled
    rows = labelled.assign(place=both[layout.place]).sort_values(["side", "code", "place"], kind="stable")
    plain = rows[names].astype(object)
    texts = [json.dumps(row, default=str) for row in plain.where(plain.notna(), None).to_numpy().tolist()]
    joined = pd.Series(texts, dtype=object).groupby([rows["side"].to_numpy(), rows["code"].to_numpy()]).agg("\n".join)
    sides, keys = joined.index.get_level_values(0), joined.index.get_level_values(1)
    return pd.DataFrame({"side": sides, "code": keys, "text": joined.to_numpy()})


def parquet_bytes(rows: pd.DataFrame, layout: TableLayout) -> bytes:
    """Rows as a Parquet file, the same bytes for the same rows and library."""
    names = [name for name in layout.columns if name in rows]
    told = [name for name in ("version",) if name in rows]
    types = [
        *((name, layout.columns[name]) for name in names),
        ("known_at", MOMENT),
        *((name, pa.int64()) for name in told),
    ]
    schema = pa.schema(types)
    plain = rows[schema.names].assign(symbol=rows["symbol"].astype(object))
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pandas(plain, schema=schema, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return bytes(sink.getvalue())


def _same_range(frame: pd.DataFrame, moment: pd.Timestamp | None, layout: TableLayout) -> Question:
    """What was known at the moment (None: ever) of anything that the frame may be about."""
    dates = pd.Series(dtype="datetime64[us]") if layout.valid is None else frame[layout.valid].dropna()
    edge = pd.Timedelta(microseconds=1)
    return Question(
        known_before=None if moment is None else moment + edge,
        valid_before=None if dates.empty else dates.max() + edge,
        since=None if dates.empty else dates.min(),
    )


def _parts(frame: pd.DataFrame, layout: TableLayout) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows by year of their valid dates, in the order of their keys, `MOST_ROWS` at most."""
    ordered = frame.sort_values([*layout.order], kind="stable")
    years = np.zeros(len(ordered)) if layout.valid is None else ordered[layout.valid].dt.year.fillna(0).to_numpy()
    for year in np.unique(years).astype(int).tolist():
        rows = ordered.loc[years == year]
        for start in range(0, len(rows), MOST_ROWS):
            yield (str(year) if year else "undated"), rows.iloc[start : start + MOST_ROWS]


def _ends(column: pd.Series) -> tuple[str | None, str | None]:
    """The smallest and the largest value as text; nothing where one is missing."""
    return (None, None) if column.isna().any() else (str(column.min()), str(column.max()))
