"""A finished walk, found again by the beginning of its id or as `@latest`, and read back if it is as it was left."""

import json
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.walks import walk_files
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import WalkForward
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError, offenders

LATEST = "@latest"


def finished_walk(project: Path, reference: str) -> WalkForward:
    """The walk that is meant: an id, the beginning of one, or `@latest`, the one that ended last.

    Raises `ConfigurationError` where none or several are meant, `VerificationError` where its files were changed.
    """
    found = sorted((project / walk_files.WALKS).glob(f"*/{walk_files.ENDS}"))
    if not found:
        raise ConfigurationError(
            f"there are no finished walks in {walk_files.WALKS}/: `tvselect walk-forward` makes one"
        )
    if reference == LATEST:
        return read_walk(max(found, key=lambda path: (path.stat().st_mtime_ns, path.parent.name)).parent)
    meant = [path.parent for path in found if reference and path.parent.name.startswith(reference)]
    if len(meant) != 1:
        which = "several walks begin with" if meant else "there is no finished walk"
        names = offenders(path.parent.name for path in found)
        raise ConfigurationError(f"{which} {reference[:40]!r}; there are {names}; @latest is the last")
    return read_walk(meant[0])


def read_walk(folder: Path) -> WalkForward:
    """The walk of a folder. Raises `VerificationError` where what it holds isn't what was written."""
    asked = _document(folder / walk_files.ASKED)
    ends = tuple(_document(folder / walk_files.ENDS).get("dates", ()))
    asked.pop("schema_version", None)
    changed = [] if walk_files.walk_id(asked) == folder.name else [walk_files.ASKED]
    for end in ends:
        rows = folder / walk_files.DATES / f"{end['date']}.parquet"
        if end["rows"] is not None and not (rows.is_file() and file_digest(rows) == end["rows"]):
            changed.append(rows.name)
    if changed:
        raise VerificationError(
            f"walk {folder.name}: {offenders(changed)} not as it was written; `tvselect walk-forward` mends it"
        )
    return WalkForward(folder, asked, ends)


def _document(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise VerificationError(f"walk {path.parent.name}: {path.name} can't be read: {error}") from None
    return found
