"""What an unfinished run leaves, and what becomes of it: hidden folders `runs/.ID.partial`, temporary files `.NAME.*.tmp`.

`unfinished` is the folder of a run in the making: it is held under a lock, and goes away with its content unless it got
another name, or the project's ledger has the run already: then only its name is missing. Only a kill, or a disk that fails at
the very end, leaves one behind; `left_over` finds those that nobody holds. Imports nothing heavy.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tradingview_scraper.pipelines.selection.lineage.record.files import locked, made_folder, named, storing
from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CALIBRATIONS, LEDGER, MODELS, RECEIPT, RUNS

QUIET_SECONDS = 60.0
"""A temporary file that has not changed for so long is nobody's: they live for milliseconds."""
WRITTEN = (RUNS, CALIBRATIONS, MODELS, "data", "lakehouse")
"""The folders of a project that commands write into."""
_PARTIAL = re.compile(r"\..+\.partial")
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def partial_name(run_id: str) -> str:
    """The hidden name of a run in the making."""
    return f".{run_id}.partial"


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A new folder, locked until the block ends; what is still there under this name then is removed, unless it is listed.

    Raises `StorageError` where it can't be made.
    """
    made_folder(folder)
    try:
        # Shared, since some file systems give an exclusive lock on what is open for writing only.
        with locked(folder, os.O_RDONLY, fcntl.LOCK_SH):
            yield folder
    finally:
        if not is_listed(folder):
            shutil.rmtree(folder, ignore_errors=True)


class LeftOver(NamedTuple):
    """What crashes left in a project, each sorted, and what looks like it."""

    dead: list[Path]
    """Folders and files that nobody needs."""
    nameless: list[Path]
    """Folders of finished runs that the project's ledger has, without their names."""
    at_work: list[Path]
    """Folders of runs in the making."""


def left_over(project: Path) -> LeftOver:
    """What crashes left in a project's folders, and the unfinished runs that are still at work."""
    runs = project / RUNS
    partial = sorted(path for path in runs.glob(".*.partial") if _PARTIAL.fullmatch(path.name) and path.is_dir())
    working = [path for path in partial if is_held(path)]
    nameless = [path for path in partial if path not in working and is_listed(path)]
    old = time.time() - QUIET_SECONDS
    torn = [
        path
        for path in sorted(
            [*project.glob(".*.tmp"), *(path for name in WRITTEN for path in (project / name).rglob(".*.tmp"))]
        )
        if _TEMPORARY.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < old
    ]
    dead = [path for path in partial if path not in working and path not in nameless]
    return LeftOver([*dead, *(path for path in torn if not {*path.parents} & {*partial})], nameless, working)


def is_listed(folder: Path) -> bool:
    """Whether the project's ledger has the run of a hidden folder, with the very receipt that lies in it."""
    if not (folder / RECEIPT).is_file():
        return False
    try:
        receipt = (folder / RECEIPT).read_bytes()
        run_id = json.loads(receipt)["run_id"]
        lines = (event for event in read(folder.parent / LEDGER) if event.get("run_id") == run_id)
        return partial_name(run_id) == folder.name and any(
            line.get("receipt") == bytes_digest(receipt) for line in lines
        )
    except (OSError, ValueError, KeyError, TypeError, VerificationError):
        return False  # what can't be read pins nothing


def finished(nameless: Path) -> Path:
    """Give a listed run its name. Raises `StorageError` where it can't be."""
    final = nameless.with_name(nameless.name.removeprefix(".").removesuffix(".partial"))
    named(nameless, final)
    return final


def removed(leftover: Path) -> None:
    """Remove one. Raises `StorageError` where it can't be."""
    with storing(leftover):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def is_held(folder: Path) -> bool:
    """Whether a process is at work in a hidden folder."""
    try:
        with locked(folder, os.O_RDONLY, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except OSError:
        return True
