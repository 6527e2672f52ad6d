"""`ingest` in a project: its settings, its lakehouse, and the lock that keeps two daily jobs apart."""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import LAKEHOUSE
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest import Progress, ingest, known_from, unseen
from tradingview_scraper.pipelines.selection.lineage.record.files import locked
from tradingview_scraper.pipelines.selection.schemas.errors import StageError

LOCK = ".tvselect.lock"


def ingested(
    project: Path,
    source: Path,
    *,
    lakehouse: AnyPlace | None = None,
    known_at: str | None = None,
    kind: str | None = None,
    stored_as: str | None = None,
    profile: str = "v4",
    command_line: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    progress: Progress = unseen,
) -> dict[str, Any]:
    """Bring a source into the project's lakehouse (or another); what became of its rows. Raises what `ingest` raises."""
    data = resolved_settings(
        profile, project=project, environment=environment, command_line=command_line, known=None
    ).settings.data
    now = pd.Timestamp(datetime.now(UTC).replace(tzinfo=None))
    place, known = lakehouse or project / LAKEHOUSE, known_from(known_at, now)
    return ingest(source, place, data, known, kind=kind, stored_as=stored_as, progress=progress)


@contextmanager
def alone_in(project: Path) -> Iterator[None]:
    """While a daily job works; raises `StageError` where another one does."""
    try:
        with locked(project / LOCK, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield
    except BlockingIOError:
        raise StageError(
            f"another `run --ingest` of this project is at work ({project / LOCK} is locked): try again when it is done"
        ) from None
