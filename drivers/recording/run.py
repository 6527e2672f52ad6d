"""`run`: a selection with sources, a run folder and a record.

The settings are resolved, the sources named, the ledger opened; then the selection, the fragility of its list if that is
asked for, its artifacts, the closing event.
A run is made in a hidden folder; one that fails leaves its ledger behind, one that is interrupted, or that the disk stops,
leaves nothing. When it is whole the project's ledger, `runs/audit.jsonl`, gets one line with the head of the run's own: who
keeps the project's head has pinned every run before it. (The receipt can't hold that head, for it is part of what the line pins;
`run` prints it.) Then the folder gets its name; a run that is killed right there gets it by `tvselect clean`, which the line
allows.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace, place_of
from tradingview_scraper.pipelines.selection.drivers.execution.fragility import fragility_to_record, selections_more
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Elsewhere
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected
from tradingview_scraper.pipelines.selection.drivers.recording import events
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.drivers.recording.certificates import certificate_state
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.lineage.record import ledger, project_ledger
from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import certificate_words
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document, written
from tradingview_scraper.pipelines.selection.lineage.record.files import made_folder, named
from tradingview_scraper.pipelines.selection.lineage.record.leftovers import partial_name, unfinished
from tradingview_scraper.pipelines.selection.lineage.record.runs import new_run_id
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RECEIPT, RUN_FILES, RUNS

_END = {"FINISHED": "run.completed", "FAILED": "run.failed"}


@dataclass(frozen=True)
class Run:
    """A finished run: its selection and where its record lies."""

    run_id: str
    folder: Path
    selection: Selection
    head: ledger.Head
    """Of the run's own ledger."""
    project_head: ledger.Head
    """Of the project's ledger, right after this run's line."""


def run(
    project: Path | str = ".",
    *,
    data: AnyPlace | str | None = None,
    profile: str = "v4",
    as_of: str | None = None,
    settings: Mapping[str, Any] | None = None,
    command_line: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    fragility: int = 0,
) -> Run:
    """Select from the tables of a data folder and leave a run folder under the project's `runs/`.

    `data` defaults to the project's own `data/`, and may be a lakehouse in a bucket; `as_of` (a date) to all there is. With
    `fragility` draws of either kind the record tells how often each winner stays. Raises what `select` raises; the failed
    run's ledger is kept.
    """
    root = Path(project)
    with project_on_path(root):
        request = requested(
            root,
            data=place_of(data) if isinstance(data, str) else data,
            profile=profile,
            as_of=as_of,
            command_line=command_line,
            environment=environment,
            settings=settings,
        )
        return recorded(replace(request, draws=fragility))


def recorded(request: Request, elsewhere: Elsewhere | None = None) -> Run:
    """Execute a request, some nodes of it elsewhere if told so, and write its record."""
    runs = request.project / RUNS
    made_folder(runs, exist_ok=True)
    run_id = new_run_id(runs)
    with unfinished(runs / partial_name(run_id)) as hidden:
        return _executed(request, run_id, hidden, elsewhere)


def _executed(request: Request, run_id: str, hidden: Path, elsewhere: Elsewhere | None) -> Run:
    path, runs = hidden / LEDGER, request.project / RUNS
    certificate = certificate_state(request.project, request.resolved.settings).document()
    opening = {**events.opening(request), "certificate": certificate}
    ledger.append(path, {"event": "run.started", "run_id": run_id, **opening})
    try:
        selection = selected(request.provider, request.plan, request.as_of, moment=request.moment, elsewhere=elsewhere)
        began = time.perf_counter()
        fragility = fragility_to_record(selection, request.draws)
        spent = round(1000 * (time.perf_counter() - began), 3)
    except SelectionError as error:
        head = ledger.append(
            path,
            {"event": "run.failed", "run_id": run_id, "tags": {"error": type(error).__name__, "message": str(error)}},
        )
        _finish(request, hidden, run_id, head, {"status": "FAILED", "profile": request.resolved.settings.profile})
        raise
    for event in events.steps(selection):
        ledger.append(path, {**event, "run_id": run_id})
    artifacts = written(hidden, artifact_files(selection, fragility, certificate_words(certificate)))
    closing = events.closing(selection, artifacts, fragility)
    if fragility is not None:
        selections = selections_more(selection.settings, request.draws)
        closing["fragility"] = {"draws": request.draws, "selections": selections, "milliseconds": spent}
    head = ledger.append(path, {"event": "run.completed", "run_id": run_id, **closing})
    project_head = _finish(request, hidden, run_id, head, events.receipt_of(selection, request))
    return Run(run_id, runs / run_id, selection, head, project_head)


def _finish(request: Request, hidden: Path, run_id: str, head: ledger.Head, facts: Mapping[str, Any]) -> ledger.Head:
    """Write the receipt, add the run to the project's ledger, give the folder its name; the head of that ledger."""
    runs, pinned = request.project / RUNS, {"size": head.size, "hash": head.hash}
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    receipt = {
        "schema_version": RUN_FILES[RECEIPT].version,
        "run_id": run_id,
        "finished": finished,
        **facts,
        "head": pinned,
    }
    (kept,) = written(hidden, {RECEIPT: document(receipt)})
    line = events.project_line(request, run_id, facts, pinned)
    event = {"event": _END[facts["status"]], **line, "receipt": kept.digest}
    project_head = project_ledger.append(request.project, event)
    named(hidden, runs / run_id)
    return project_head
