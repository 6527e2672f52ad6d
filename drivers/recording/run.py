"""`run`: a selection with sources, a run folder and a record.

The settings are resolved, the sources named, the ledger opened; then the selection, its artifacts, the closing event.
A run is made in a hidden folder that gets its name when it is whole; one that fails leaves its ledger behind. Then the
project's ledger, `runs/audit.jsonl`, gets one line with the head of the run's own: who keeps the project's head has
pinned every run before it. (The receipt can't hold that head, for it is part of what the line pins; `run` prints it.)
"""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider, inside
from tradingview_scraper.pipelines.selection.drivers.execution.plan import STAGES, Plan, plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import Resolved, flat_names, resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected, timestamp
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.drivers.recording.inputs import INPUTS, inputs_document
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.encoding import Artifact, document, written
from tradingview_scraper.pipelines.selection.lineage.record.figures import run_figures
from tradingview_scraper.pipelines.selection.lineage.record.provenance import git_state, tree_digest
from tradingview_scraper.pipelines.selection.lineage.record.runs import new_run_id
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

RUNS = "runs"
LEDGER = "audit.jsonl"
RECEIPT = "receipt.json"
RECEIPT_VERSION = "1.0"
_END = {"FINISHED": "run.completed", "FAILED": "run.failed"}
LIBRARIES = ("apache-hamilton", "numpy", "pandas", "pandera", "pyarrow", "pydantic", "scikit-learn", "scipy")


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


@dataclass(frozen=True)
class Request:
    """What is to be run: everything resolved, nothing computed."""

    project: Path
    data: Path
    as_of: pd.Timestamp | None
    resolved: Resolved
    plan: Plan


def requested(
    project: Path,
    *,
    data: Path | None = None,
    profile: str = "v4",
    as_of: str | None = None,
    command_line: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Request:
    """The resolved request of a run in a project. Call it inside `project_on_path(project)`.

    Raises `ConfigurationError` where settings, components or the date can't be used.
    """
    resolved = resolved_settings(
        profile, project=project, environment=environment, command_line=command_line, settings=settings
    )
    moment = timestamp(as_of)
    return Request(project, data or inside(project, "data"), moment, resolved, plan(resolved.settings))


def run(
    project: Path | str = ".",
    *,
    data: Path | str | None = None,
    profile: str = "v4",
    as_of: str | None = None,
    settings: Mapping[str, Any] | None = None,
    command_line: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Select from the tables of a data folder and leave a run folder under the project's `runs/`.

    `data` defaults to the project's own `data/`; `as_of` (a date) to all there is. Raises what `select` raises; the
    failed run's ledger is kept.
    """
    root = Path(project)
    with project_on_path(root):
        request = requested(
            root,
            data=None if data is None else Path(data),
            profile=profile,
            as_of=as_of,
            command_line=command_line,
            environment=environment,
            settings=settings,
        )
        return recorded(request)


def recorded(request: Request) -> Run:
    """Execute a request and write its record."""
    runs = request.project / RUNS
    runs.mkdir(parents=True, exist_ok=True)
    run_id = new_run_id(runs)
    hidden = runs / f".{run_id}.partial"
    hidden.mkdir()
    path = hidden / LEDGER
    ledger.append(path, {"event": "run.started", "run_id": run_id, **started(request)})
    try:
        provider = FolderProvider(request.data, request.resolved.settings.data)
        selection = selected(provider, request.plan, request.as_of)
    except SelectionError as error:
        head = ledger.append(
            path,
            {"event": "run.failed", "run_id": run_id, "tags": {"error": type(error).__name__, "message": str(error)}},
        )
        _finish(request, hidden, run_id, head, {"status": "FAILED", "profile": request.resolved.settings.profile})
        raise
    for event in progress(selection):
        ledger.append(path, {**event, "run_id": run_id})
    artifacts = written(hidden, run_files(selection))
    head = ledger.append(path, {"event": "run.completed", "run_id": run_id, **completed(selection, artifacts)})
    project_head = _finish(request, hidden, run_id, head, receipt_of(selection, request))
    return Run(run_id, runs / run_id, selection, head, project_head)


def run_files(selection: Selection) -> dict[str, bytes]:
    """Every file of a run but ledger and receipt, by name."""
    return {**artifact_files(selection), INPUTS: document(inputs_document(selection))}


def started(request: Request) -> dict[str, Any]:
    """The opening event: code, environment, parameters."""
    params = flat_names(request.resolved.settings.model_dump())
    return {
        "code": {
            **package_code(),
            "modules": user_code(request.resolved.settings),
            "git": git_state(request.project),
        },
        "environment": environment_now(),
        "params": {
            "as_of": None if request.as_of is None else str(request.as_of),
            "data": data_place(request),
            **params,
        },
        "params_digest": json_digest(params),
        "origins": dict(request.resolved.origins),
    }


def package_code() -> dict[str, Any]:
    """The version of this package and the digest of each of its parts."""
    package = Path(__file__).resolve().parents[2]
    parts = ("dataflow", "schemas", "drivers", "lineage")
    return {
        "package": f"tvselect {metadata.version('tvselect')}",
        "package_digest": {part: tree_digest(package / part) for part in parts},
    }


def environment_now() -> dict[str, Any]:
    """Python, platform, and the libraries that compute."""
    return {
        "python": platform.python_version(),
        "platform": sys.platform,
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
    }


def user_code(settings: SelectionSettings) -> dict[str, str]:
    """The digest of each top-level module or package that the settings name: factors, scorers, bucketizer.

    The whole package counts, so that a helper beside the factors does too.
    """
    kinds = [*(scorer.kind for scorer in settings.active_scorers.values()), settings.clusters.bucketizer]
    names = {*settings.features.modules, *(kind.partition(":")[0] for kind in kinds if ":" in kind)}
    return {top: _source_digest(top) for top in sorted({name.partition(".")[0] for name in names})}


def data_place(request: Request) -> str:
    """The data folder relative to the project where it lies inside, else in full: `reproduce` finds it again."""
    data, project = request.data.resolve(), request.project.resolve()
    return data.relative_to(project).as_posix() if data.is_relative_to(project) else data.as_posix()


def progress(selection: Selection) -> list[dict[str, Any]]:
    """The events in between: quarantine, one event a stage, one a rung."""
    events: list[dict[str, Any]] = []
    if len(selection.quarantine):
        events.append({"event": "data.quarantined", "quarantined": selection.coverage["quarantined"]})
    for stage in STAGES:
        nodes = {
            name: seconds
            for name, seconds in selection.climb.executions.items()
            if selection.climb.stages[name] == stage
        }
        spent = sum(sum(seconds) for seconds in nodes.values())
        executions = sum(len(seconds) for seconds in nodes.values())
        events.append(
            {
                "event": "stage.completed",
                "stage": stage,
                "nodes": len(nodes),
                "executions": executions,
                "milliseconds": round(1000 * spent, 3),
            }
        )
    for rung in selection.rungs:
        events.append(
            {
                "event": "rung.completed",
                "rung": rung.rung,
                "name": rung.name,
                "thresholds": dict(rung.thresholds),
                "eligible": rung.eligible,
                "winners": rung.winners,
                "executed": len(rung.executed),
                "nodes": list(rung.executed),
                "milliseconds": round(rung.milliseconds, 3),
            }
        )
    return events


def completed(selection: Selection, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    """The closing event: inputs, metrics, scorers, artifacts."""
    figures = run_figures(selection.context, selection.climb.values["distance"])
    return {
        "inputs": [
            {
                "name": source.name,
                "role": "selection",
                "source": source.uri,
                "version": None,
                "digest": source.digest,
                "rows": source.rows,
                "columns": source.columns,
            }
            for source in selection.sources
        ],
        "metrics": dict(figures.values),
        "metric_notes": dict(figures.notes),
        "scorers": [
            {"name": name, "kind": scorer.kind, "role": scorer.role}
            for name, scorer in selection.settings.active_scorers.items()
        ],
        "artifacts": [asdict(artifact) for artifact in artifacts],
        "reached_floor": selection.reached_floor,
    }


def receipt_of(selection: Selection, request: Request) -> dict[str, Any]:
    """What `ls` shows of a run."""
    return {
        "status": "FINISHED",
        "profile": selection.settings.profile,
        "as_of": None if request.as_of is None else str(request.as_of.date()),
        "data": request.data.resolve().name,
        "pool": len(selection.context.raw_pool),
        "winners": len(selection.winners),
        "rung": selection.rungs[-1].rung,
        "reached_floor": selection.reached_floor,
    }


def _finish(request: Request, hidden: Path, run_id: str, head: ledger.Head, facts: Mapping[str, Any]) -> ledger.Head:
    """Write the receipt, give the folder its name, add the run to the project's ledger; the head of that."""
    runs, pinned = request.project / RUNS, {"size": head.size, "hash": head.hash}
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    receipt = {"schema_version": RECEIPT_VERSION, "run_id": run_id, "finished": finished, **facts, "head": pinned}
    written(hidden, {RECEIPT: document(receipt)})
    os.rename(hidden, runs / run_id)
    return ledger.append(
        runs / LEDGER, {"event": _END[facts["status"]], **project_line(request, run_id, facts, pinned)}
    )


def project_line(request: Request, run_id: str, facts: Mapping[str, Any], pinned: Mapping[str, Any]) -> dict[str, Any]:
    """What the project's ledger says of a run: enough to list it, and the head of its own ledger."""
    return {
        "run_id": run_id,
        "head": pinned,
        "profile": request.resolved.settings.profile,
        "as_of": None if request.as_of is None else str(request.as_of.date()),
        "champion": request.resolved.settings.champion,
        **{name: facts[name] for name in ("data", "pool", "winners", "rung", "reached_floor") if name in facts},
    }


def _source_digest(module: str) -> str:
    """Of a package's folder, or of a module's one file."""
    place = Path(str(sys.modules[module].__file__ or next(iter(sys.modules[module].__path__), "")))
    if place.name == "__init__.py":
        return tree_digest(place.parent)
    return tree_digest(place) if place.is_dir() else file_digest(place)
