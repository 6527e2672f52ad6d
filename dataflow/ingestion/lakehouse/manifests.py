"""The manifest of a version: which files it consists of, their digests, and the version before it.

A manifest is canonical JSON with its own digest, so a flipped bit is found in it as in a data file. It lists all files of its
version, those that earlier ones added, too: to read a version takes one manifest. The digest of the one before chains them.

Both formats have the same manifests and data files, and differ in what makes a version: in a Parquet table the manifest's own
name, `versions/00000001.json`; in a Delta table the commit that names it (`delta_log`).
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse import delta_log
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace, reason_of
from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders

FORMAT_VERSION = "1.0"
VERSIONS, DATA = "versions", "data"
PARQUET, DELTA = "parquet", "delta"
FORMATS = (PARQUET, DELTA)
_NAME = re.compile(r"(\d{8})\.json")
_FRAME = re.compile(rb'\{"digest":"(sha256:[0-9a-f]{64})","manifest":(\{.*\})\}', re.DOTALL)


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _moment(text: str) -> str:
    """The text of a date or moment. Raises `ValueError` where it is none."""
    datetime.fromisoformat(text)
    return text


Moment = Annotated[str, AfterValidator(_moment)]


class DataFile(_Closed):
    """One file of rows, and what it covers, so that a question knows whether it needs it."""

    name: str = Field(pattern=rf"^{DATA}/[0-9a-z-]+\.parquet$")
    """Inside the table's folder."""
    digest: str
    bytes: int
    rows: int
    version: int
    """The version that added its rows; the last of them where it holds those of several, and a column says which."""
    first: Moment | None
    """The first valid date in it; None where a row has none: then it is always read."""
    last: Moment | None
    first_symbol: str | None
    """The first symbol in it; None where a row has none: then it is always read."""
    last_symbol: str | None
    known_from: Moment
    """The earliest `known_at` in it."""


class Manifest(_Closed):
    """One version of a table."""

    schema_version: str
    table: str
    table_id: str
    version: int
    previous: str | None
    """The digest of the manifest before."""
    known_at: Moment
    """When the ingest that made the version took place, or was said to."""
    new: int
    restated: int
    columns: tuple[str, ...]
    files: Sequence[DataFile]
    notes: Sequence[str]


def format_of(folder: AnyPlace) -> str | None:
    """In which format a table is stored: what lies in its folder says it. None where there is no table.

    Raises `DataContractError` where both lie there.
    """
    found = [name for name, part in ((PARQUET, VERSIONS), (DELTA, delta_log.LOG)) if (folder / part).is_dir()]
    if len(found) > 1:
        raise DataContractError(
            f"lakehouse: {folder.name} has both {VERSIONS}/ and {delta_log.LOG}/: move away the one that it isn't"
        )
    return found[0] if found else None


def manifest_path(folder: AnyPlace, version: int) -> AnyPlace:
    """Where the manifest of a version lies in the folder of a Parquet table."""
    return folder / VERSIONS / f"{version:08d}.json"


def encoded(manifest: Manifest) -> bytes:
    """The bytes of a manifest."""
    content = manifest.model_dump()
    return canonical({"manifest": content, "digest": json_digest(content)})


def version_numbers(folder: AnyPlace) -> list[int]:
    """The versions of a table, in their order; none where it isn't there."""
    if format_of(folder) == DELTA:
        return delta_log.commit_numbers(folder)
    names = [_NAME.fullmatch(path.name) for path in (folder / VERSIONS).glob("*.json")]
    return sorted(int(name[1]) for name in names if name is not None)


def latest_manifest(folder: AnyPlace) -> Manifest | None:
    """The manifest of the latest version, None where the table isn't there. Raises as `manifest_of` does."""
    numbers = version_numbers(folder)
    return manifest_of(folder, numbers[-1]) if numbers else None


def manifest_of(folder: AnyPlace, version: int) -> Manifest:
    """The manifest of a version, checked against its own digest.

    Raises `DataContractError` where it isn't there or isn't what was written.
    """
    if format_of(folder) == DELTA:
        return _committed_manifest(folder, version)
    path = manifest_path(folder, version)
    try:
        return _manifest(folder, path, path.read_bytes(), version)
    except FileNotFoundError:
        raise _gone(folder, version, path) from None
    except OSError as error:
        raise _unreadable(folder, path, error) from None


def _committed_manifest(folder: AnyPlace, version: int) -> Manifest:
    """The manifest that a commit of a Delta table names.

    After a commit of another tool that changes nothing, such as a vacuum's, it is that of the version before.
    """
    try:
        actions = delta_log.commit_actions(folder, version)
    except FileNotFoundError:
        raise _gone(folder, version, delta_log.commit_place(folder, version)) from None
    named = delta_log.named_manifest(actions)
    if named is None and version > 1 and delta_log.changes_nothing(actions):
        before = _committed_manifest(folder, version - 1)
        return before.model_copy(update={"version": version, "new": 0, "restated": 0})
    if named is None or named == delta_log.NO_ROWS:
        raise delta_log.not_ours(folder, version, actions)
    path = delta_log.manifest_file(folder, named)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(
            folder, path, error, f", which {delta_log.commit_place(folder, version).name} names,"
        ) from None
    if bytes_digest(data) != named:
        raise _damaged(folder, path)
    return _manifest(folder, path, data, version)


def _manifest(folder: AnyPlace, path: AnyPlace, data: bytes, version: int) -> Manifest:
    """The manifest in these bytes. Raises `DataContractError` where they aren't what was written."""
    # The digest is that of the bytes between: canonical JSON has one form, so nothing needs to be written again to compare.
    framed = _FRAME.fullmatch(data)
    try:
        intact = framed is not None and bytes_digest(framed[2]) == framed[1].decode()
        manifest = Manifest.model_validate_json(framed[2]) if framed is not None and intact else None
    except ValidationError:
        manifest = None
    if manifest is None or manifest.version != version:
        raise _damaged(folder, path)
    return manifest


def _gone(folder: AnyPlace, version: int, path: AnyPlace) -> DataContractError:
    there = offenders(version_numbers(folder)[::-1])
    return DataContractError(
        f"lakehouse: {folder.name} has no version {version} (there are {there}): restore {path.name} from a copy"
    )


def _unreadable(folder: AnyPlace, path: AnyPlace, error: OSError, which: str = "") -> DataContractError:
    place = f"{folder.name}/{path.parent.name}/{path.name}"
    return DataContractError(f"lakehouse: {place}{which} can't be read: {reason_of(error)}; restore it from a copy")


def _damaged(folder: AnyPlace, path: AnyPlace) -> DataContractError:
    place = f"{folder.name}/{path.parent.name}/{path.name}"
    return DataContractError(f"lakehouse: {place} isn't what was written: restore it from a copy")
