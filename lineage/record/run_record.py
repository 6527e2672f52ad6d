"""One run, read back from its folder. Every command that shows, compares or exports a run reads it here.

`RunRecord` names the parts of a run folder; each is read when it is first asked for, and kept. Importing this is cheap:
pyarrow comes with the first table, pandas never.

In this order: `RunRecord`; `read_run` and `run_with_result`, which refuse what can't be used; helpers of the exporters.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.lineage.record.parquet_tables import parquet_table
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipt
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    SelectionError,
    VerificationError,
)
from tradingview_scraper.pipelines.selection.schemas.run_files import (
    COVERAGE,
    DECISIONS,
    GATES,
    LADDER,
    LEDGER,
    MANIFEST,
    POOL,
    STANDINGS,
)

if TYPE_CHECKING:
    import pyarrow as pa

_ENDS = ("run.completed", "run.failed")
Row = Mapping[str, Any]


class ExportError(SelectionError):
    """A system outside that can't be told of a run: not installed, not reachable, or it refuses."""


@dataclass(frozen=True)
class RunRecord:
    """The record of one run. A part that is missing or can't be read raises `VerificationError` when it is asked for."""

    folder: Path

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.receipt["run_id"])

    @cached_property
    def receipt(self) -> Row:
        """What `ls` shows of it."""
        return receipt(self.folder)

    @cached_property
    def events(self) -> tuple[Row, ...]:
        """The ledger, event by event."""
        try:
            return tuple(read(self.folder / LEDGER))
        except (FileNotFoundError, ValueError) as error:
            raise VerificationError(f"the run {self.folder.name} has no readable {LEDGER}: {error}") from None

    @property
    def opening(self) -> Row:
        """The first event: code, environment, parameters."""
        return self._whole_ledger()[0]

    @property
    def closing(self) -> Row:
        """The last event: inputs, metrics, scorers, artifacts; or the error."""
        return self._whole_ledger()[-1]

    def _whole_ledger(self) -> tuple[Row, ...]:
        if not self.events:
            raise VerificationError(f"the run {self.folder.name} has no readable {LEDGER}: no line of it is whole")
        return self.events

    @property
    def failed(self) -> bool:
        """Whether an error ended it."""
        return bool(self.receipt["status"] == "FAILED")

    @property
    def params(self) -> Mapping[str, Any]:
        """The resolved settings by dotted name, with `as_of` and `data`."""
        return dict(self.opening.get("params", {}))

    @property
    def git(self) -> Row | None:
        """Commit, tree and dirtiness of the project, if it is in a repository."""
        found: Row | None = self.opening.get("code", {}).get("git")
        return found

    @cached_property
    def digests(self) -> dict[str, str]:
        """Artifact to digest, as the ledger has it."""
        return {artifact["path"]: artifact["digest"] for artifact in self.closing.get("artifacts", ())}

    def of_kind(self, event: str) -> list[Row]:
        """The events of one kind, in order."""
        return [found for found in self.events if found["event"] == event]

    def intact(self, name: str) -> bytes | None:
        """An artifact's bytes; None where they are not those that the run wrote."""
        path = self.folder / name
        content = path.read_bytes() if path.is_file() else b""
        return content if bytes_digest(content) == self.digests.get(name) else None

    def document(self, name: str) -> Any:
        """A JSON artifact, None where the run has none of this name."""
        path = self.folder / name
        return self.needed_document(name) if path.is_file() else None

    def needed_document(self, name: str) -> Any:
        """A JSON artifact that every finished run has."""
        content = self.artifact(name)
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise VerificationError(f"the run {self.folder.name} has no readable {name}: {error}") from None

    def artifact(self, name: str) -> bytes:
        """The bytes of an artifact, as the run wrote them: the one door through which its files are read.

        Raises `VerificationError` where it is missing, or where the ledger has another digest for it.
        """
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise VerificationError(
                f"the run {self.folder.name} has no readable {name}: {error.strerror or error}"
            ) from None
        if self.digests.get(name, "") not in ("", bytes_digest(content)):
            raise VerificationError(
                f"{name} of the run {self.folder.name} is not what the run wrote; `tvselect verify {self.folder.name}` "
                "says what changed"
            )
        return content

    @cached_property
    def coverage(self) -> Row:
        """What came in, what became of it, what found no partner."""
        found: Row = self.needed_document(COVERAGE)
        return found

    @cached_property
    def manifest(self) -> Row:
        """The strategy atoms."""
        found: Row = self.needed_document(MANIFEST)
        return found

    @cached_property
    def ladder(self) -> tuple[Row, ...]:
        """The rungs, climbed or not."""
        return tuple(self._ladder["rungs"])

    @cached_property
    def rung(self) -> Row:
        """The last rung that was climbed: number (`rung`), name, recruitment rule, thresholds."""
        return self.ladder[self._ladder["climbed"] - 1]

    @cached_property
    def gates(self) -> dict[str, Row]:
        """Gate to what it compares, with the threshold of the last rung."""
        thresholds = self.rung["thresholds"]
        return {
            gate["gate"]: {**gate, "threshold": thresholds[gate["gate"]]}
            for gate in self.needed_document(GATES)["gates"]
        }

    @cached_property
    def pool(self) -> dict[str, Row]:
        """Symbol to its row of the pool."""
        return {row["symbol"]: row for row in self.rows(POOL)}

    @cached_property
    def standings(self) -> dict[str, Row]:
        """Symbol to its standing."""
        return {row["symbol"]: row for row in self.rows(STANDINGS)}

    @cached_property
    def winners(self) -> dict[str, Row]:
        """The winners' standings, best first."""
        won = [row for row in self.standings.values() if row["route"]]
        return {row["symbol"]: row for row in sorted(won, key=best_first)}

    @cached_property
    def pool_ranks(self) -> dict[str, int]:
        """Symbol to its place by conviction in the pool, from 1; an unknown conviction last, ties by symbol."""
        return {row["symbol"]: place for place, row in enumerate(sorted(self.standings.values(), key=best_first), 1)}

    def decisions(self, symbols: Iterable[str]) -> dict[str, dict[str, Row]]:
        """Symbol to its decisions by gate, for these symbols only: the table has a row per asset and gate."""
        table, count = self.table(DECISIONS), len(self.gates)
        # An asset's rows stand together, one per gate.
        places = {name: place for place, name in enumerate(table["symbol"].to_pylist()[::count])}
        found: dict[str, dict[str, Row]] = {}
        for symbol in symbols:
            rows = _rows(table.slice(places[symbol] * count, count)) if symbol in places else []
            found[symbol] = {row["gate"]: row for row in rows}
        return found

    def rows(self, name: str, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The rows of a table, of all its columns or of some; NaN as None."""
        table = self.table(name)
        return _rows(table if columns is None else table.select(columns))

    def row(self, name: str, symbol: str) -> dict[str, Any]:
        """The row of one asset in a table that has one per asset."""
        table = self.table(name)
        # Selecting by a mask would import pandas.
        return _rows(table.slice(table["symbol"].to_pylist().index(symbol), 1))[0]

    def table(self, name: str) -> "pa.Table":
        """A table as Arrow has it."""
        content = self.artifact(name)
        try:
            return parquet_table(content)
        except (OSError, ValueError) as error:
            raise VerificationError(f"the run {self.folder.name} has no readable {name}: {error}") from None

    @cached_property
    def _ladder(self) -> Row:
        found: Row = self.needed_document(LADDER)
        return found


def best_first(standing: Row) -> tuple[float, str]:
    """The order of standings: best conviction first, an unknown one last, ties by symbol."""
    score = standing["alpha_score"]
    return (math.inf if score is None else -score, standing["symbol"])


def read_run(folder: Path) -> RunRecord:
    """The record of the run in a folder, for exporters.

    Raises `VerificationError` where ledger or receipt are missing, can't be read, or tell of no ended run.
    """
    run = RunRecord(folder)
    events = run.events
    if not run.receipt or not events or events[0]["event"] != "run.started" or events[-1]["event"] not in _ENDS:
        raise VerificationError(
            f"the ledger of the run {folder.name} doesn't begin and end as a run's does; see `verify`"
        )
    return run


def run_with_result(folder: Path) -> RunRecord:
    """The record of a run that decided something.

    Raises `ConfigurationError` where it failed.
    """
    run = RunRecord(folder)
    if run.failed:
        raise ConfigurationError(
            f"the run {folder.name} failed, so it has no result; `tvselect show {folder.name}` says why"
        )
    return run


def _rows(table: "pa.Table") -> list[dict[str, Any]]:
    return [{name: _known(value) for name, value in row.items()} for row in table.to_pylist()]


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def moment(event: Row) -> datetime:
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
