"""A Delta table that another tool wrote: which files of its folder are the table now, and what its log says of each.

Its files carry no digest of ours, so nothing but page checksums, where they are there, tells a damaged one: whoever reads it says
"not verified". `deltalake` (extra `delta`) reads the log; the files are read as those of any other folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders

LOG = "_delta_log"
READABLE = {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"}
"""What a table may ask of its readers; the rest (deletion vectors, mapped columns) changes what its files mean."""
MAPPING = "delta.columnMapping.mode"


@dataclass(frozen=True)
class DeltaFiles:
    """A version of a Delta table."""

    version: int
    table_id: str
    columns: tuple[str, ...]
    parts: Mapping[Path, Mapping[str, Any]]
    """File to what its partition says of all its rows, in the order of the names of the files."""

    @property
    def what(self) -> str:
        """In a few words."""
        return f"Delta version {self.version}, not verified"


def is_delta(folder: Path) -> bool:
    """Whether a folder is a Delta table."""
    return (folder / LOG).is_dir()


def delta_files(folder: Path, name: str, version: int | None = None) -> DeltaFiles:
    """A version of a Delta table; None: the latest.

    Raises `ConfigurationError` where the extra is missing, `DataContractError` where the log can't be read, has no such version,
    or asks for what isn't understood here.
    """
    try:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError
    except ImportError as error:
        raise ConfigurationError(
            f"ingestion: {name} is a Delta table, which needs deltalake ({error}): pip install 'tvselect[delta]'"
        ) from None
    empty = sorted(path.name for path in (folder / LOG).glob("*.json") if not path.stat().st_size)
    if empty:  # deltalake reads the version before without a word
        raise DataContractError(
            f"ingestion: {len(empty)} commits of the Delta table {name} are empty: {offenders(empty)}"
        )
    try:
        table = DeltaTable(str(folder), version=version)
        rows = pa.table(table.get_add_actions()).to_pylist()
        protocol, metadata = table.protocol(), table.metadata()
    except (DeltaError, OSError, ValueError) as error:
        at = "" if version is None else f" at version {version}"
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise DataContractError(f"ingestion: the log of the Delta table {name} can't be read{at}: {reason}") from None
    asked = {*(protocol.reader_features or ())} - READABLE
    if metadata.configuration.get(MAPPING, "none") != "none":
        asked |= {"columnMapping"}
    if asked:
        raise DataContractError(
            f"ingestion: the Delta table {name} asks its readers for {offenders(sorted(asked))}, which isn't understood here: "
            "write it anew without, or give its rows as Parquet"
        )
    return DeltaFiles(
        version=table.version(),
        table_id=str(metadata.id),
        columns=tuple(field.name for field in table.schema().fields),
        parts={
            folder / unquote(row["path"]): row.get("partition") or {}
            for row in sorted(rows, key=lambda row: row["path"])
        },
    )
