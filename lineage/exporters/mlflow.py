"""`export mlflow`: a finished run in an MLflow tracker, the embedded one of the project by default.

`exported` hands the work to a process that can be stopped where it goes to a server (`served`). In this order: read the record,
lock (a new database can be made by one process only), find the run by its tag, or make it: parameters, metrics, tags, dataset
inputs, artifacts, one nested run per scorer. What a killed export left is deleted and made anew. MLflow is imported when it is
needed; its own telemetry is switched off.
"""

import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tradingview_scraper.pipelines.selection.lineage.exporters.served import SECONDS, is_served, within
from tradingview_scraper.pipelines.selection.lineage.exporters.tracking import (
    LONG_PARAMS,
    Tracked,
    tracked_run,
    tracked_scorers,
)
from tradingview_scraper.pipelines.selection.lineage.record.agreement import scorer_figures
from tradingview_scraper.pipelines.selection.lineage.record.files import locked
from tradingview_scraper.pipelines.selection.lineage.record.run_record import (
    ExportError,
    RunRecord,
    moment,
    read_run,
)
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "tvselect"
DATABASE, ARTIFACTS, LOCK = "mlflow.db", "mlartifacts", "runs/.mlflow.lock"
PATIENCE = 5.0
"""Seconds that a tracking server may take to answer at all."""
# Left to itself MLflow waits for minutes where a server is down, prints to stdout, and tells its makers of every use.
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_DONE = "tvselect.export"
_BATCH = 100


@dataclass(frozen=True)
class Exported:
    """Where a run is in MLflow, and whether it has just come there."""

    run_id: str
    experiment_id: str
    tracking_uri: str
    created: bool
    skipped: tuple[str, ...] = ()
    """Metrics that MLflow was not told because they aren't finite."""
    attached: tuple[str, ...] = ()
    """Parameters too long for MLflow, attached whole as an artifact."""


def exported(
    folder: Path,
    *,
    project: Path,
    tracking_uri: str | None = None,
    experiment: str = EXPERIMENT,
    seconds: float = SECONDS,
) -> Exported:
    """Tell MLflow of the run in a folder, once: a run that is there already is only named. A server has `seconds` for it.

    Raises `ExportError` where MLflow is missing, can't be reached, refuses or takes too long, and `VerificationError` where the
    record can't be read.
    """
    read_run(folder)
    uri = tracking_uri or embedded_uri(project)
    refuse_unreachable(uri)
    arguments = {"folder": str(folder), "project": str(project), "uri": uri, "experiment": experiment}
    found = (
        within(seconds, public_address(uri), exported_document, arguments)
        if is_served(uri)
        else exported_document(**arguments)
    )
    return Exported(**{**found, "skipped": tuple(found["skipped"]), "attached": tuple(found["attached"])})


def exported_document(folder: str, project: str, uri: str, experiment: str) -> dict[str, Any]:
    """`exported` in this process, however long it takes: its answer as plain data."""
    run, home = read_run(Path(folder)), Path(project)
    with quiet_mlflow(), locked(home / LOCK, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
        errors = mlflow_errors()
        try:
            return asdict(_exported(run, home, uri, experiment))
        except errors as error:
            address = public_address(uri)
            reason = one_line(error).replace(uri, address)
            raise ExportError(f"mlflow: {address} can't take the run {run.run_id}: {reason}") from error


def tracking_note(folder: Path, project: Path, environment: Mapping[str, str]) -> str:
    """Export a run that has just ended and say where it is; what goes wrong is a warning, for the run itself is done."""
    uri, experiment = environment.get("MLFLOW_TRACKING_URI"), environment.get("MLFLOW_EXPERIMENT_NAME")
    try:
        tracked = exported(folder, project=project, tracking_uri=uri, experiment=experiment or EXPERIMENT)
    except (SelectionError, OSError) as error:
        return f"warning: the run is recorded, but not tracked: {error}"
    return f"tracked as {tracked.run_id} in {tracked.tracking_uri}"


def told_text(name: str, told: Exported) -> str:
    """The outcome for a terminal."""
    lines = [f"{name} {'is now' if told.created else 'was already'} run {told.run_id} in {told.tracking_uri}"]
    if told.skipped:
        lines.append(f"not finite, so not told: {', '.join(told.skipped)}")
    if told.attached:
        lines.append(f"too long for a parameter, so in {LONG_PARAMS}: {', '.join(told.attached)}")
    return "\n".join(lines)


def embedded_uri(project: Path) -> str:
    """The SQLite database in the project folder."""
    return f"sqlite:///{(project / DATABASE).resolve()}"


def public_address(uri: str) -> str:
    """A tracking address without the name and password that may be in it."""
    scheme, mark, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"


def _exported(run: RunRecord, project: Path, uri: str, experiment: str) -> Exported:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    experiment_id = experiment_of(client, experiment, project, embedded=uri == embedded_uri(project))
    main = tracked_run(run)
    parent = _found(client, experiment_id, run.run_id)
    created = parent is None
    if parent is None:
        parent = _recorded(client, experiment_id, run, main)
    skipped = json.loads(main.tags.get("tvselect.skipped_metrics", "{}"))
    return Exported(parent, experiment_id, public_address(uri), created, tuple(skipped), tuple(main.long_params))


def experiment_of(client: "MlflowClient", name: str, project: Path, *, embedded: bool) -> str:
    """The experiment's id. The embedded tracker would put artifacts into the working directory if not told otherwise."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = (project / ARTIFACTS).resolve().as_uri() if embedded else None
    return str(client.create_experiment(name, artifact_location=place))


def _found(client: "MlflowClient", experiment_id: str, run_id: str) -> str | None:
    """The id of this run in MLflow, None where it isn't (whole) there; what is there in part is deleted."""
    whole = None
    for found in client.search_runs([experiment_id], f"tags.`tvselect.run_id` = '{run_id}'"):
        tags = found.data.tags
        if tags.get("tvselect.kind") == "selection" and _DONE in tags:
            whole = str(found.info.run_id)
    if whole is None:
        for found in client.search_runs([experiment_id], f"tags.`tvselect.run_id` = '{run_id}'"):
            client.delete_run(found.info.run_id)
    return whole


def _recorded(client: "MlflowClient", experiment_id: str, run: RunRecord, main: Tracked) -> str:
    parent = _made(client, experiment_id, run, main, {})
    for scorer in tracked_scorers(run, scorer_figures(run)):
        child = _made(client, experiment_id, run, scorer, {"mlflow.parentRunId": parent})
        _ended(client, child, run)
    client.log_artifacts(parent, str(run.folder))
    _ended(client, parent, run)
    client.set_tag(parent, _DONE, "complete")
    return parent


def _made(
    client: "MlflowClient", experiment_id: str, run: RunRecord, tracked: Tracked, more_tags: dict[str, str]
) -> str:
    """A run with its parameters, metrics, tags and inputs; it is still running."""
    from mlflow.entities import Metric, Param

    started, ended = _milliseconds(run.opening), _milliseconds(run.closing)
    made = client.create_run(
        experiment_id, start_time=started, run_name=tracked.name, tags={**tracked.tags, **more_tags}
    )
    run_id = str(made.info.run_id)
    params = [Param(name, text) for name, text in tracked.params.items()]
    metrics = [Metric(metric.name, metric.value, ended, metric.step) for metric in tracked.metrics]
    for part in _parts(params):
        client.log_batch(run_id, params=part)
    for part in _parts(metrics):
        client.log_batch(run_id, metrics=part)
    if tracked.datasets:
        client.log_inputs(run_id, datasets=_inputs(tracked))
    if tracked.long_params:
        client.log_text(run_id, json.dumps(tracked.long_params, indent=1, ensure_ascii=False), LONG_PARAMS)
    return run_id


def _inputs(tracked: Tracked) -> list[Any]:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    return [
        DatasetInput(
            Dataset(one.name, one.digest, "local", one.source, schema=one.schema, profile=one.profile),
            tags=[InputTag("mlflow.data.context", one.context)],
        )
        for one in tracked.datasets
    ]


def _ended(client: "MlflowClient", run_id: str, run: RunRecord) -> None:
    client.set_terminated(run_id, "FAILED" if run.failed else "FINISHED", end_time=_milliseconds(run.closing))


def _milliseconds(event: Any) -> int:
    return round(1000 * moment(event).timestamp())


def _parts(entities: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(entities), _BATCH):
        yield entities[start : start + _BATCH]


def refuse_unreachable(uri: str) -> None:
    """Raises `ExportError` where nobody listens at a server's address."""
    address = urlsplit(uri)
    if address.scheme not in ("http", "https"):
        return
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), timeout=PATIENCE).close()
    except OSError as error:
        raise ExportError(f"mlflow: nobody answers at {address.hostname}:{port}: {error}") from None


def mlflow_errors() -> tuple[type[Exception], ...]:
    """What can go wrong inside MLflow: its own errors, its database's, its transport's.

    Raises `ExportError` where it isn't installed.
    """
    try:
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise ExportError(f"mlflow is not installed ({error}): pip install 'tvselect[mlflow]'") from None
    found: list[type[Exception]] = [MlflowException, OSError]
    with suppress(ImportError):
        from sqlalchemy.exc import SQLAlchemyError

        found.append(SQLAlchemyError)
    with suppress(ImportError):
        from alembic.util import CommandError

        found.append(CommandError)
    with suppress(ImportError):
        from urllib3.exceptions import HTTPError

        found.append(HTTPError)
    return tuple(found)


@contextmanager
def quiet_mlflow() -> Iterator[None]:
    """MLflow without telemetry, endless patience, or a line for each migration; the process is left as it was."""
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    loggers = {name: logging.getLogger(name) for name in ("alembic", "mlflow")}
    levels = {name: logger.level for name, logger in loggers.items()}
    os.environ.update({name: value for name, value in _ENVIRONMENT.items() if before[name] is None})
    for logger in loggers.values():
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
        for name, logger in loggers.items():
            logger.setLevel(levels[name])


def one_line(error: Exception) -> str:
    """An error of MLflow, cut short."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"
