"""The log of a Delta table that `ingest` wrote: which versions there are, and which manifest each commit names.

Delta's log says which files a version has, but nothing from which a flipped bit in one of them could be told. So each commit
of ours names a manifest by its sha256, in the metadata of the commit, and the manifest names the files by theirs. Nothing else of
the log is read: what is damaged there is an error here, or has no effect. `_manifests` begins with an underscore, as
`_delta_log` does, so that no reader takes it for data and no vacuum for rubbish.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace, reason_of
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

LOG, MANIFESTS = "_delta_log", "_manifests"
MARK = "tvselect"
"""The key of ours in the metadata of a commit: the digest of its manifest, or `NO_ROWS` where it makes the table."""
NO_ROWS = "no rows yet"
_COMMIT = re.compile(r"(\d{20})\.json")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHANGES = {"add", "remove", "metaData", "protocol", "cdc"}

Action = Mapping[str, Any]


def commit_numbers(folder: AnyPlace) -> list[int]:
    """The versions with a commit, in their order; the one that makes the table has no rows and isn't one.

    Raises `DataContractError` where another tool made the table.
    """
    names = [_COMMIT.fullmatch(place.name) for place in (folder / LOG).glob("*.json")]
    numbers = sorted(int(name[1]) for name in names if name is not None)
    if numbers == [0] and named_manifest(commit_actions(folder, 0)) != NO_ROWS:
        raise not_ours(folder, 0, commit_actions(folder, 0))
    return [number for number in numbers if number]


def commit_place(folder: AnyPlace, version: int) -> AnyPlace:
    """Where the commit of a version lies."""
    return folder / LOG / f"{version:020d}.json"


def commit_actions(folder: AnyPlace, version: int) -> list[Action]:
    """The actions of a commit. Raises `DataContractError` where it can't be read, `FileNotFoundError` where it isn't there."""
    place = commit_place(folder, version)
    try:
        lines = place.read_bytes().decode("utf-8").splitlines()
        actions = [json.loads(line) for line in lines if line.strip()]
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataContractError(
            f"lakehouse: {folder.name}/{LOG}/{place.name} can't be read: {reason_of(error)}"
        ) from None
    except (ValueError, RecursionError):
        actions = [None]
    if not all(isinstance(action, dict) for action in actions):
        raise DataContractError(
            f"lakehouse: {folder.name}/{LOG}/{place.name} isn't what was written: restore it from a copy"
        )
    return actions


def named_manifest(actions: list[Action]) -> str | None:
    """The digest of the manifest that a commit names, `NO_ROWS`, or None where it names neither."""
    infos = [action["commitInfo"] for action in actions if isinstance(action.get("commitInfo"), dict)]
    named = infos[0].get(MARK) if len(infos) == 1 else None
    return named if isinstance(named, str) and (named == NO_ROWS or _DIGEST.fullmatch(named)) else None


def changes_nothing(actions: list[Action]) -> bool:
    """Whether a commit of another tool left rows and columns alone, as that of a vacuum does."""
    return bool(actions) and not any(name in _CHANGES for action in actions for name in action)


def manifest_file(folder: AnyPlace, digest: str) -> AnyPlace:
    """Where the manifest of that digest lies."""
    return folder / MANIFESTS / f"{digest.removeprefix('sha256:')}.json"


def not_ours(folder: AnyPlace, version: int, actions: list[Action]) -> DataContractError:
    """The error for a commit of another tool: its files can't be told from damaged ones."""
    infos = [info for action in actions if isinstance(info := action.get("commitInfo"), dict)]
    by = " of ".join(str(info[name]) for info in infos[:1] for name in ("operation", "engineInfo") if info.get(name))
    ours = (folder / MANIFESTS).is_dir()
    remedy = (
        "Move it away to go on from the version before"
        if ours
        else "A Delta table of another tool is read where it lies in a data folder, or ingested"
    )
    return DataContractError(
        f"lakehouse: {folder.name}/{LOG}/{commit_place(folder, version).name} was not written by tvselect ingest"
        f"{f' ({by})' if by else ''}, or it is damaged: nothing says what its files must hold. {remedy}"
    )
