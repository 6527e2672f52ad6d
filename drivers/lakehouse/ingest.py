"""`ingest`: a source into a lakehouse, as one version of each table that it changes.

The source is read as a run would read it, made into rows, its exports held against the contract of scans; then the rows are
written, what was set aside first. Until a table's manifest is there its readers see the version before; ingested again, the
same source adds nothing. A table with many small files is compacted.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import scan_window
from tradingview_scraper.pipelines.selection.dataflow.ingestion.data_folder import (
    KINDS,
    FolderContents,
    file_contents,
    folder_contents,
    kind_of,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.input_size import refuse_large_files
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import latest_manifest
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table import ALL_KNOWN
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAYOUTS
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.delta_tables import is_delta
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.table_files import present, table_file
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.drivers.lakehouse.commits import writable_format
from tradingview_scraper.pipelines.selection.drivers.lakehouse.compaction import MOST_SMALL, compact
from tradingview_scraper.pipelines.selection.drivers.lakehouse.scan_contract import exports, refuse_broken
from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter, Upserted
from tradingview_scraper.pipelines.selection.drivers.lakehouse.tabled_source import (
    KnownAt,
    TabledSource,
    tabled_source,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frames import validated
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

MEMBERSHIP = "membership"
MEMBERSHIP_FILES = ("membership.parquet", "membership.feather", "membership.csv")
SESSIONS = "sessions"
"""The `--known-at` of history: each bar counts as known at the end of its session."""
Progress = Callable[[str, int, int], None]
"""Is told what goes on, and how many of how many rows are done (0 of 0: it isn't known)."""
ORDER = ("aside", *(name for name in LAYOUTS if name != "aside"))
"""What was set aside is written first: bars never stand without what was wrong among them."""


def unseen(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def known_from(stated: str | None, now: pd.Timestamp) -> KnownAt:
    """From when on a source counts as known; `stated` is a date, a moment, `sessions`, or None for now.

    Raises `ConfigurationError` where it is none of these.
    """
    if stated is None or stated == SESSIONS:
        return KnownAt(now, by_session=stated == SESSIONS)
    moment = timestamp(stated, now)
    return KnownAt(now if moment is None else moment, stated=True)


def ingest(
    source: Path,
    lakehouse: AnyPlace,
    data: DataSettings,
    known: KnownAt,
    *,
    kind: str | None = None,
    stored_as: str | None = None,
    progress: Progress = unseen,
) -> dict[str, Any]:
    """Bring a folder, or a single file, into a lakehouse; what became of its rows.

    A source without a row, such as a holiday's file, changes nothing. `kind` says what a single file is (one of `KINDS`, or
    membership) where its name doesn't; `stored_as` the format of tables that aren't there yet (None: that of the others). Raises
    `DataContractError` where the source can't be read or breaks the contract of scans, `ConfigurationError` where a table can't
    be written in that format: then nothing was written.
    """
    progress("reading", 0, 0)
    found, membership = _contents(source, data, kind)
    rows = tabled_source(found, membership, data, known)
    if not rows.rows:
        raise DataContractError(f"ingest: {source} holds nothing that a table takes. {'; '.join(rows.unread)}".rstrip())
    formats = {name: writable_format(lakehouse / name, stored_as) for name, frame in rows.tables.items() if len(frame)}
    for name, frame in rows.tables.items():
        validated(frame, LAYOUTS[name].row_schema, "ingest")
    _hold_to_contract(rows, lakehouse, data)
    if known.stated:
        for name, frame in rows.tables.items():
            TableWriter(lakehouse, LAYOUTS[name]).refuse_rewriting(frame, known.moment)
    done: dict[str, Upserted] = {}
    total, written = sum(map(len, rows.tables.values())), 0

    def wrote(count: int) -> None:
        nonlocal written
        written += count
        progress("rows written", written, total)

    for name in ORDER:
        if name in rows.tables:
            notes = rows.notes if name == "bars" else ()
            writer = TableWriter(lakehouse, LAYOUTS[name], formats.get(name), wrote)
            done[name] = writer.upsert(rows.tables[name], known.moment, notes)
            compact(lakehouse, LAYOUTS[name], beyond=MOST_SMALL)
    return _report(rows, done, lakehouse, known)


def ingest_text(report: Mapping[str, Any]) -> str:
    """The report for a terminal."""
    head = f"{'table':12} {'rows in':>10} {'new':>10} {'restated':>9} {'same':>10} {'set aside':>10}  version"
    lines = [f"into {report['lakehouse']}, known from {report['known_at']}", head]
    for row in report["tables"]:
        counts = f"{row['rows']:>10,} {row['new']:>10,} {row['restated']:>9,} {row['same']:>10,}"
        lines.append(f"{row['table']:12} {counts} {sum(row['aside'].values()):>10,}  {row['version']}")
    if any(row["table"] == "candidates" for row in report["tables"]):
        lines.append("candidates are new, restated or the same by export")
    lines += [
        f"set aside: {count:,} of {row['table']}: {reason}"
        for row in report["tables"]
        for reason, count in row["aside"].items()
    ]
    lines += [
        f"new in {row['table']}: {', '.join(row['new_columns'])}" for row in report["tables"] if row["new_columns"]
    ]
    lines += [f"not stored: {sentence}" for sentence in report["unread"]]
    lines += [f"note: {sentence}" for sentence in report["notes"]]
    return "\n".join(lines)


def _contents(source: Path, data: DataSettings, kind: str | None) -> tuple[FolderContents, pd.DataFrame | None]:
    """What the source holds, and its table of members."""
    if not source.exists():
        raise DataContractError(f"ingest: there is no {source}; name a data folder, or a file of one")
    if source.is_dir() and not is_delta(source):
        names = present(source, MEMBERSHIP_FILES)
        members = table_file(source, names[0]).frame if names else None
        return folder_contents(source, data), members
    if kind == MEMBERSHIP or (kind is None and source.name in MEMBERSHIP_FILES):
        return FolderContents(), table_file(source.parent, source.name).frame
    refuse_large_files([(source.name, source)], data)
    return file_contents(source, kind or kind_of(source, data)), None


def _hold_to_contract(rows: TabledSource, lakehouse: AnyPlace, data: DataSettings) -> None:
    """Raises `DataContractError` for an export that lost fields or rows, and for bars that lost a column."""
    held = {name: latest_manifest(lakehouse / name) for name in rows.tables}
    bars = held.get("bars")
    if bars is not None and data.vanished_fields == "refuse":
        lost = [name for name in bars.columns if name not in rows.tables["bars"]]
        if lost:
            raise DataContractError(
                f"ingest: the bars lack columns that the table has ({offenders(lost)}), nothing was written: each bar would "
                "be restated without them. Give them, or --set data.vanished_fields=report"
            )
    if "candidates" in rows.tables:
        brought = exports(rows.tables["candidates"])
        table = TableWriter(lakehouse, LAYOUTS["candidates"]).table
        window, dates = scan_window(data), [each.when for each in brought]
        since = None if window is None or not dates else min(dates) - window
        earlier = [] if held["candidates"] is None else exports(table.read(known_at=ALL_KNOWN, since=since).frame)
        refuse_broken(brought, earlier, data)


def _report(rows: TabledSource, done: Mapping[str, Upserted], lakehouse: AnyPlace, known: KnownAt) -> dict[str, Any]:
    aside = rows.tables["aside"]
    tables = []
    for name, upserted in done.items():
        if name != "aside":
            of_table = aside.loc[(aside["table"] == name).to_numpy()]
            reasons = of_table.groupby("reason", sort=True)["copies"].sum()
            tables.append(
                {
                    "table": name,
                    "rows": rows.rows[name],
                    "new": upserted.new,
                    "restated": upserted.restated,
                    "same": upserted.same,
                    "aside": {str(reason): int(count) for reason, count in reasons.items()},
                    "version": upserted.version,
                    "new_columns": list(upserted.new_columns),
                }
            )
    return {
        "lakehouse": str(lakehouse),
        "known_at": "the end of each session" if known.by_session else str(known.moment),
        "tables": tables,
        "unread": rows.unread,
        "notes": rows.notes,
    }


__all__ = ["KINDS", "ingest", "ingest_text", "known_from"]
