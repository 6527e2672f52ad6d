"""The runs of a project: their ids, their receipts, and how people refer to them. Imports nothing heavy."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import RECEIPT, RUNS


def new_run_id(runs: Path) -> str:
    """An id that sorts by time and that no run has."""
    while True:
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        if not (runs / run_id).exists():
            return run_id


def receipts(project: Path) -> list[Mapping[str, Any]]:
    """The receipts of all finished and failed runs, oldest first."""
    return [receipt(path.parent) for path in sorted((project / RUNS).glob(f"*/{RECEIPT}"))]


def receipt(folder: Path) -> Mapping[str, Any]:
    """A run's receipt.

    Raises `VerificationError` where it is missing or no receipt.
    """
    try:
        found = json.loads((folder / RECEIPT).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise VerificationError(f"the run {folder.name} has no readable {RECEIPT}: {error}") from None
    if not isinstance(found, dict) or "run_id" not in found:
        raise VerificationError(f"the {RECEIPT} of the run {folder.name} names no run")
    return found


def run_folder(project: Path, reference: str) -> Path:
    """The folder of the run that is meant: an id, the beginning of one, `@latest` or `@~1` (the one before it).

    Raises `ConfigurationError` where none or several are meant.
    """
    names = [path.parent.name for path in sorted((project / RUNS).glob(f"*/{RECEIPT}"))]
    if not names:
        raise ConfigurationError(f"there are no runs in {RUNS}/: `tvselect run` makes one")
    if reference == "@latest" or reference.startswith("@~"):
        back = 0 if reference == "@latest" else _steps(reference)
        if back >= len(names):
            raise ConfigurationError(f"{reference}: there are only {len(names)} runs")
        return project / RUNS / names[-1 - back]
    meant = [name for name in names if name.startswith(reference)] if reference else []
    if len(meant) != 1:
        which = (
            f"several runs begin with {reference!r}: {', '.join(meant[:5])}"
            if meant
            else f"there is no run {reference!r}"
        )
        raise ConfigurationError(f"{which}; `tvselect ls` lists them, @latest is the last")
    return project / RUNS / meant[0]


def _steps(reference: str) -> int:
    try:
        return int(reference.removeprefix("@~"))
    except ValueError:
        raise ConfigurationError(f"{reference!r} is no reference to a run: write @latest or @~1") from None
