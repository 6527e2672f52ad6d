"""The files of a run: frames as Parquet, documents as JSON, settings as TOML, each the same bytes for the same content.

Arrow is imported where a frame is written: documents are written by commands that start at once.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Artifact:
    """One file of a run, as the ledger lists it."""

    name: str
    path: str
    digest: str
    bytes: int


def written(folder: Path, files: Mapping[str, bytes]) -> list[Artifact]:
    """Write files by name, atomically, in the order of their names; what was written."""
    artifacts = []
    for name in sorted(files):
        write_atomically(folder / name, files[name])
        artifacts.append(Artifact(name.partition(".")[0], name, bytes_digest(files[name]), len(files[name])))
    return artifacts


def parquet(frame: "pd.DataFrame") -> bytes:
    """A frame with its named index as columns. Page checksums let a reader notice a flipped bit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = frame if frame.index.name is None else frame.reset_index()
    # The schema's pandas metadata would carry library versions into the bytes.
    table = pa.Table.from_pandas(whole, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True)
    return bytes(sink.getvalue())


def document(content: Any) -> bytes:
    """JSON for people and machines: indented, keys in the order given, NaN as a typed null."""
    return (json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def incumbent_document(content: Any) -> bytes:
    """JSON in the incumbent's format: a number that is unknown is null, and integers of any size are numbers."""
    return (json.dumps(with_null(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def with_null(value: Any) -> Any:
    """The same plain content with None for every number that JSON has no word for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: with_null(item) for key, item in value.items()}
    return [with_null(item) for item in value] if isinstance(value, list | tuple) else value


def toml(content: Mapping[str, Any]) -> bytes:
    """A TOML document; None is left out, for TOML has no null."""
    return tomli_w.dumps(_without_none(content)).encode()


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value
