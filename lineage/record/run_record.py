"""A run as exporters see it: its ledger, its receipt, its artifacts. Nothing is computed again.

`read_run` gives the record of one run folder; `FinishedRun` names its parts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError, VerificationError

LEDGER, RECEIPT = "audit.jsonl", "receipt.json"
_ENDS = ("run.completed", "run.failed")


class ExportError(SelectionError):
    """A system outside that can't be told of a run: not installed, not reachable, or it refuses."""


@dataclass(frozen=True)
class FinishedRun:
    """The record of a run that has ended, well or not."""

    folder: Path
    events: tuple[Mapping[str, Any], ...]
    receipt: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.receipt["run_id"])

    @property
    def opening(self) -> Mapping[str, Any]:
        """The first event: code, environment, parameters."""
        return self.events[0]

    @property
    def closing(self) -> Mapping[str, Any]:
        """The last event: inputs, metrics, scorers, artifacts; or the error."""
        return self.events[-1]

    @property
    def failed(self) -> bool:
        """Whether an error ended it."""
        return bool(self.closing["event"] == "run.failed")

    @property
    def params(self) -> Mapping[str, Any]:
        """The resolved settings by dotted name, with `as_of` and `data`."""
        return dict(self.opening.get("params", {}))

    @property
    def git(self) -> Mapping[str, Any] | None:
        """Commit, tree and dirtiness of the project, if it is in a repository."""
        found: Mapping[str, Any] | None = self.opening.get("code", {}).get("git")
        return found

    def of_kind(self, event: str) -> list[Mapping[str, Any]]:
        """The events of one kind, in order."""
        return [found for found in self.events if found["event"] == event]

    def document(self, name: str) -> Any:
        """A JSON artifact, None where the run has none of this name."""
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.is_file() else None


def read_run(folder: Path) -> FinishedRun:
    """The record of the run in a folder.

    Raises `VerificationError` where ledger or receipt are missing, can't be read, or tell of no ended run.
    """
    try:
        events = tuple(read(folder / LEDGER))
        receipt = json.loads((folder / RECEIPT).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError) as error:
        raise VerificationError(f"the run {folder.name} has no readable record: {error}") from None
    if not events or events[0]["event"] != "run.started" or events[-1]["event"] not in _ENDS:
        raise VerificationError(
            f"the ledger of the run {folder.name} doesn't begin and end as a run's does; see `verify`"
        )
    return FinishedRun(folder, events, receipt)


def moment(event: Mapping[str, Any]) -> datetime:
    """When an event was written."""
    return datetime.fromisoformat(event["ts"])


def finite(value: Any) -> float | None:
    """A number that other systems can hold; None for a typed null and for whatever is no number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def null_reason(value: Any, note: str = "") -> str:
    """Why a value is no number: the note that the record keeps, else the kind of its typed null."""
    kind = value.get("null", "not a number") if isinstance(value, Mapping) else "not a number"
    return f"{kind}: {note}" if note else str(kind)
