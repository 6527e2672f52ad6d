"""One field of the bars as a matrix, days x symbols, for notebooks and research: cold by a scatter, again from a cache.

1. `wide_prices` asks the cache, else reads the table and scatters its rows.
2. An entry of the cache is named after the question and the manifest of the version that answers it, so whatever is written to
   the table, an old entry is never the answer. It holds the matrix and the `DataVersion` of the read that made it.
3. Both files are checked against their digests; what isn't as it was written is read anew. The matrix stays on disk, mapped
   into memory. The oldest entries go where all together exceed the bound; deleting the folder is safe.

A run doesn't use it: it judges the long rows cell by cell, so it needs them whatever the matrices are.
"""

import io
import json
import os
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import scattered
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import latest_manifest
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.parquet_table import ParquetTable
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS, PRICES
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

FOLDER = ".wide"
"""Of the cache, in the lakehouse."""
SCHEME = "wide/v1"
MOST_BYTES = 1_000_000_000


@dataclass(frozen=True)
class WideRead:
    """A matrix and the read that it is of."""

    frame: pd.DataFrame
    """Days x symbols, float64, NaN where there is no bar; not to be changed in place."""
    version: DataVersion
    cached: bool


def wide_prices(
    lakehouse: Path,
    field: str = "close",
    *,
    as_of: pd.Timestamp | None = None,
    known_at: pd.Timestamp | None = None,
    since: pd.Timestamp | None = None,
    symbols: Collection[str] | None = None,
    most_bytes: int = MOST_BYTES,
) -> WideRead:
    """A field of the bars as they were known.

    Parameters
    ----------
    field : open, high, low, close, adj_close, volume or quote_volume.
    as_of, known_at, since, symbols : as in `Table.read`.
    most_bytes : of the cache in all; 0: nothing is kept.

    Raises `ConfigurationError` for another field, and what `Table.read` raises.
    """
    if field not in PRICES:
        raise ConfigurationError(f"there is no field {field!r} of the bars; there are {', '.join(PRICES)}")
    wanted = None if symbols is None else sorted(set(symbols))
    question = {"field": field, "symbols": wanted} | {
        name: None if moment is None else str(moment)
        for name, moment in (("as_of", as_of), ("known_at", known_at), ("since", since))
    }
    entry = lakehouse / FOLDER / f"{_key(lakehouse, question)}.json"
    found = _kept(entry)
    if found is not None:
        return found
    read = ParquetTable(lakehouse, BARS).read(as_of=as_of, known_at=known_at, symbols=wanted, since=since)
    if field not in read.frame:
        raise DataContractError(f"lakehouse: the bars have no column {field}")
    made = WideRead(scattered(read.frame[["symbol", "date", field]])[field], read.version, cached=False)
    if most_bytes:
        with suppress(OSError):  # a disk that is full, or not ours to write on, costs the next reader his time
            _keep(entry, made)
            _shrink(entry.parent, most_bytes)
    return made


def _key(lakehouse: Path, question: Mapping[str, Any]) -> str:
    """The name of an entry: a digest of the question and the manifest of the version that answers it."""
    manifest = latest_manifest(lakehouse / BARS.name)
    version = None if manifest is None else json_digest(manifest.model_dump())
    return json_digest({"scheme": SCHEME, "version": version, **question}).removeprefix("sha256:")


def _keep(entry: Path, made: WideRead) -> None:
    """Write an entry, the matrix first."""
    entry.parent.mkdir(exist_ok=True)
    matrix = made.frame.to_numpy().T
    sink = io.BytesIO()
    np.save(sink, matrix)
    data = sink.getvalue()
    write_atomically(entry.with_suffix(".npy"), data)
    content = {
        "matrix": bytes_digest(data),
        "symbols": [str(name) for name in made.frame.columns],
        "days": [str(day) for day in made.frame.index],
        "version": asdict(made.version),
    }
    write_atomically(entry, canonical({"entry": content, "digest": json_digest(content)}))


def _kept(entry: Path) -> WideRead | None:
    """What an entry holds; None where it isn't there, or isn't what was written."""
    matrix = entry.with_suffix(".npy")
    try:
        whole = json.loads(entry.read_bytes())
        content = whole["entry"]
        if whole["digest"] != json_digest(content) or content["matrix"] != file_digest(matrix):
            return None
        now = time.time_ns()  # the file system's own clock ticks too slowly to tell two uses apart
        os.utime(entry, ns=(now, now))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    index = pd.DatetimeIndex(pd.to_datetime(content["days"]).as_unit("us"), name="date")
    columns = pd.Index(content["symbols"], dtype="str", name="symbol")
    frame = pd.DataFrame(np.load(matrix, mmap_mode="r").T, index=index, columns=columns, copy=False)
    only = content["version"]["only"]
    version = DataVersion(**{**content["version"], "only": None if only is None else tuple(only)})
    return WideRead(frame, version, cached=True)


def _shrink(folder: Path, most_bytes: int) -> None:
    """Remove the entries that were used longest ago until all together fit."""
    held = {path: path.with_suffix(".npy") for path in folder.glob("*.json")}
    sizes = {path: path.stat().st_size + matrix.stat().st_size for path, matrix in held.items() if matrix.exists()}
    total = sum(sizes.values())
    for path in sorted(sizes, key=lambda each: (each.stat().st_mtime_ns, each.name)):
        if total <= most_bytes:
            return
        path.unlink(missing_ok=True)
        held[path].unlink(missing_ok=True)
        total -= sizes[path]
