"""What an unfinished run leaves, and what of it may go: hidden folders `runs/.ID.partial`, temporary files `.NAME.*.tmp`.

`unfinished` is the folder of a run in the making: it is held under a lock, and goes away with its content unless it got
another name. Only a kill leaves one behind; `leftovers` finds those that nobody holds. Imports nothing heavy.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradingview_scraper.pipelines.selection.lineage.record.files import locked
from tradingview_scraper.pipelines.selection.schemas.run_files import CALIBRATIONS, RUNS

QUIET_SECONDS = 60.0
"""A temporary file that has not changed for so long is nobody's: they live for milliseconds."""
_PARTIAL = re.compile(r"\..+\.partial")
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def partial_name(run_id: str) -> str:
    """The hidden name of a run in the making."""
    return f".{run_id}.partial"


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """A new folder, locked until the block ends; what is still there under this name then is removed.

    Raises `OSError` where it can't be made.
    """
    folder.mkdir()
    try:
        # Shared, since some file systems give an exclusive lock on what is open for writing only.
        with locked(folder, os.O_RDONLY, fcntl.LOCK_SH):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def leftovers(project: Path) -> tuple[list[Path], list[Path]]:
    """What crashes left in a project's `runs/` and `calibrations/`, sorted, and the unfinished runs that are still at work."""
    runs = project / RUNS
    partial = sorted(path for path in runs.glob(".*.partial") if _PARTIAL.fullmatch(path.name) and path.is_dir())
    working = [path for path in partial if _is_held(path)]
    dead = [path for path in partial if path not in working]
    old = time.time() - QUIET_SECONDS
    torn = [
        path
        for path in sorted([*project.glob(".*.tmp"), *runs.rglob(".*.tmp"), *(project / CALIBRATIONS).glob(".*.tmp")])
        if _TEMPORARY.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < old
    ]
    return [*dead, *(path for path in torn if not {*path.parents} & {*partial})], working


def removed(leftover: Path) -> None:
    """Remove one. Raises `OSError` where it can't be."""
    if leftover.is_dir():
        shutil.rmtree(leftover)
    else:
        leftover.unlink()


def _is_held(folder: Path) -> bool:
    try:
        with locked(folder, os.O_RDONLY, fcntl.LOCK_EX | fcntl.LOCK_NB):
            return False
    except OSError:
        return True
