"""The manifest of a version: which files it consists of, their digests, and the version before it.

A manifest is canonical JSON with its own digest, so a flipped bit is found in it as in a data file. It lists all files of its
version, those that earlier ones added, too: to read a version takes one manifest. The digest of the one before chains them.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

FORMAT_VERSION = "1.0"
VERSIONS, DATA = "versions", "data"
_NAME = re.compile(r"(\d{8})\.json")


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DataFile(_Closed):
    """One file of rows, and what it covers, so that a question knows whether it needs it."""

    name: str = Field(pattern=rf"^{DATA}/[0-9a-z-]+\.parquet$")
    """Inside the table's folder."""
    digest: str
    bytes: int
    rows: int
    version: int
    """The version that added its rows; the last of them where it holds those of several, and a column says which."""
    first: str | None
    """The first valid date in it; None where a row has none: then it is always read."""
    last: str | None
    first_symbol: str | None
    """The first symbol in it; None where a row has none: then it is always read."""
    last_symbol: str | None
    known_from: str
    """The earliest `known_at` in it."""


class Manifest(_Closed):
    """One version of a table."""

    schema_version: str
    table: str
    table_id: str
    version: int
    previous: str | None
    """The digest of the manifest before."""
    known_at: str
    """When the ingest that made the version took place, or was said to."""
    new: int
    restated: int
    columns: tuple[str, ...]
    files: Sequence[DataFile]
    notes: Sequence[str]


def manifest_path(folder: Path, version: int) -> Path:
    """Where the manifest of a version lies in a table's folder."""
    return folder / VERSIONS / f"{version:08d}.json"


def encoded(manifest: Manifest) -> bytes:
    """The bytes of a manifest."""
    content = manifest.model_dump()
    return canonical({"manifest": content, "digest": json_digest(content)})


def version_numbers(folder: Path) -> list[int]:
    """The versions of a table, in their order; none where it isn't there."""
    names = [_NAME.fullmatch(path.name) for path in (folder / VERSIONS).glob("*.json")]
    return sorted(int(name[1]) for name in names if name is not None)


def latest_manifest(folder: Path) -> Manifest | None:
    """The manifest of the latest version, None where the table isn't there. Raises as `manifest_of` does."""
    numbers = version_numbers(folder)
    return manifest_of(folder, numbers[-1]) if numbers else None


def manifest_of(folder: Path, version: int) -> Manifest:
    """The manifest of a version, checked against its own digest.

    Raises `DataContractError` where it isn't there or isn't what was written.
    """
    path = manifest_path(folder, version)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        there = offenders(version_numbers(folder)[::-1])
        raise DataContractError(
            f"lakehouse: {folder.name} has no version {version} (there are {there}): restore {path.name} from a copy"
        ) from None
    try:
        whole = json.loads(data)
        manifest = Manifest.model_validate_json(json.dumps(whole["manifest"]))
        intact = encoded(manifest) == data and manifest.version == version
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError):
        intact = False
    if not intact:
        raise DataContractError(
            f"lakehouse: {folder.name}/{VERSIONS}/{path.name} isn't what was written: restore it from a copy"
        )
    return manifest
