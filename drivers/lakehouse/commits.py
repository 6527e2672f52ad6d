"""How a version of a table comes to be: its files first, then, in one step, what makes them a version.

`table_made` starts a table in a format, `committed` adds a version: a Parquet table gets its manifest under its final name, a
Delta table its manifest and then a commit that names it, by `deltalake` (extra `delta`). On a disk writers take turns
(`alone_with`). In a bucket there are no locks: there a commit is created only if nobody was first, and `ConflictError` says that
somebody was. Plain Parquet has no such step in a bucket, so it is read there and not written.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.delta_log import (
    MANIFESTS,
    MARK,
    NO_ROWS,
    commit_place,
    manifest_file,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import (
    DATA,
    DELTA,
    PARQUET,
    VERSIONS,
    DataFile,
    Manifest,
    encoded,
    format_of,
    manifest_path,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import (
    AnyPlace,
    BucketPlace,
    file_system,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import (
    LAYOUTS,
    MOMENT,
    TableLayout,
)
from tradingview_scraper.pipelines.selection.lineage.record.files import locked, made_folder, write_atomically
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

LOCK = ".lock"
KEEP = "interval 5200 weeks"
DELTA_PROPERTIES = {
    # Versions that runs have read stay: no other tool may take rows away, or clean up what it thinks is old.
    "delta.appendOnly": "true",
    "delta.deletedFileRetentionDuration": KEEP,
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": KEEP,
}


class ConflictError(Exception):
    """Another writer made that version first."""


def new_format(lakehouse: AnyPlace, asked: str | None) -> str:
    """The format of a table that isn't there yet: what was asked for, else that of its neighbours, else Parquet.

    In a bucket it is Delta. What is installed decides nothing: the same command makes the same lakehouse anywhere.
    """
    neighbours = {found for name in LAYOUTS if (found := format_of(lakehouse / name)) is not None}
    if asked is not None:
        return asked
    return DELTA if isinstance(lakehouse, BucketPlace) or neighbours == {DELTA} else PARQUET


def writable_format(folder: AnyPlace, asked: str | None) -> str:
    """The format in which a table is to be written.

    Raises `ConfigurationError` where it is there in another than the one that was asked for, where its extra is missing, and for
    plain Parquet in a bucket.
    """
    there = format_of(folder)
    if asked is not None and there not in (None, asked):
        raise ConfigurationError(
            f"{folder} is a table in the format {there}: leave --format out, or name another lakehouse"
        )
    chosen = there or new_format(folder.parent, asked)
    if chosen == DELTA:
        _deltalake()
    elif isinstance(folder, BucketPlace):
        raise ConfigurationError(
            f"{folder} can't be written as plain Parquet: in a bucket nothing keeps two writers apart. Use --format delta"
        )
    return chosen


@contextmanager
def alone_with(folder: AnyPlace, chosen: str) -> Iterator[None]:
    """While a table is written on a disk: its folders are there, and other writers wait. In a bucket nobody waits."""
    if isinstance(folder, BucketPlace):
        yield
        return
    for part in (DATA, VERSIONS if chosen == PARQUET else MANIFESTS):
        made_folder(folder / part, exist_ok=True)
    with locked(folder / LOCK, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
        yield


def put(place: AnyPlace, data: bytes) -> None:
    """A file, there whole or not at all. Raises `OSError` where it can't be written."""
    if isinstance(place, Path):
        write_atomically(place, data)
    else:
        with file_system().open_output_stream(place.path) as stream:
            stream.write(data)


def table_made(folder: AnyPlace, layout: TableLayout, chosen: str) -> str:
    """The id of a table of that format without a version; it is made where it isn't there."""
    if chosen == PARQUET:
        return uuid4().hex
    lake = _deltalake()
    if format_of(folder) is None:
        columns = {**layout.columns, "known_at": MOMENT}
        made = lake.CommitProperties(custom_metadata={MARK: NO_ROWS}, max_commit_retries=0)
        try:
            lake.DeltaTable.create(
                str(folder), pa.schema(list(columns.items())), configuration=DELTA_PROPERTIES, commit_properties=made
            )
        except lake.exceptions.DeltaError:
            if format_of(folder) != DELTA:
                raise
            # Another writer made it meanwhile.
    return str(lake.DeltaTable(str(folder), version=0).metadata().id)


def committed(folder: AnyPlace, before: Manifest | None, manifest: Manifest, chosen: str) -> None:
    """Makes the version of a manifest, which follows on `before`; its files are there.

    Raises `ConflictError` where another writer was first, `OSError` where the disk or the bucket fails.
    """
    if chosen == PARQUET:
        put(manifest_path(folder, manifest.version), encoded(manifest))
        return
    data = encoded(manifest)
    digest = bytes_digest(data)
    put(manifest_file(folder, digest), data)
    _commit_delta(folder, before, manifest, digest)


def _commit_delta(folder: AnyPlace, before: Manifest | None, manifest: Manifest, digest: str) -> None:
    lake = _deltalake()
    held = {} if before is None else {file.name: file for file in before.files}
    kept = {file.name: file for file in manifest.files}
    gone = [file for file in held.values() if file.name not in kept]
    when = int(pd.Timestamp(manifest.known_at).timestamp() * 1000)
    try:
        table = lake.DeltaTable(str(folder), version=manifest.version - 1)
        table.create_write_transaction(
            [
                # Rows that only move from file to file are no change of the data.
                *(_add_action(file, when, changes=not gone) for file in kept.values() if file.name not in held),
                *(lake.transaction.RemoveAction(file.name, False, when, file.bytes) for file in gone),
            ],
            mode="append",
            schema=table.schema(),
            # Another writer's version may change what is new in ours: it is made anew, not moved behind.
            commit_properties=lake.CommitProperties(custom_metadata={MARK: digest}, max_commit_retries=0),
            post_commithook_properties=lake.PostCommitHookProperties(cleanup_expired_logs=False),
        )
    except lake.exceptions.DeltaError as error:
        if isinstance(error, lake.exceptions.CommitFailedError) and commit_place(folder, manifest.version).is_file():
            raise ConflictError(folder.name) from None
        raise OSError(f"{folder.name}: {(str(error).splitlines() or ['deltalake failed'])[0][:200]}") from None


def _add_action(file: DataFile, when: int, *, changes: bool) -> Any:
    """What Delta is told of a file: how many rows it has.

    Not the extent of its columns. That of some would do for Delta, but `to_pyarrow_dataset` of deltalake, by which DuckDB reads,
    takes a column without one for empty, and finds no row in it. Readers find the extents in the files themselves.
    """
    stats = json.dumps({"numRecords": file.rows})
    return _deltalake().transaction.AddAction(file.name, file.bytes, {}, when, changes, stats)


def _deltalake() -> Any:
    """The library. Raises `ConfigurationError` where the extra is missing."""
    try:
        import deltalake
        import deltalake.exceptions
        import deltalake.transaction
    except ImportError as error:
        raise ConfigurationError(f"Delta tables need deltalake ({error}): pip install 'tvselect[delta]'") from None
    return deltalake
