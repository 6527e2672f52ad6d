"""`export openlineage`: a finished run as OpenLineage events, plain dicts that follow the official schema 2-0-2.

`events`, in this order: START of the run; START and COMPLETE of each rung, whose parent it is; COMPLETE of the run with inputs
and outputs, or FAIL with the error. A run's id is a UUID made from ours, so that exporting twice gives the same events.
The ledger notes what a rung's nodes took, not when it began: rungs are laid one after the other from the run's start.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.exporters import facets
from tradingview_scraper.pipelines.selection.lineage.exporters.datasets import (
    feature_dataset,
    input_datasets,
    output_datasets,
)
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, moment
from tradingview_scraper.pipelines.selection.schemas.run_files import DECISIONS, INFERENCE, STANDINGS

NAMESPACE = "tvselect"
RUNG_OUTPUTS = (INFERENCE, DECISIONS, STANDINGS)
Event = dict[str, Any]


def events(run: RunRecord, namespace: str = NAMESPACE) -> list[Event]:
    """All events of a run, in the order of their times.

    `namespace` is that of the jobs and datasets: one per project, where several send to one place.
    Raises `VerificationError` where the record can't be read.
    """
    began, ended = moment(run.opening), moment(run.closing)
    job, identity = _job(run, namespace), {"runId": run_uuid(run.run_id), "facets": _run_facets(run)}
    start = _event("START", began, identity, job)
    if run.failed:
        error = run.closing.get("tags", {})
        message = facets.error_message(f"{error.get('error', '')}: {error.get('message', '')}")
        failed = {**identity, "facets": {**_run_facets(run), "errorMessage": message}}
        return [start, _event("FAIL", ended, failed, job)]
    complete = _event("COMPLETE", ended, identity, job, input_datasets(run, namespace), output_datasets(run, namespace))
    return [start, *_rung_events(run, namespace, began, ended), complete]


def json_lines(found: list[Event]) -> str:
    """One event a line, as OpenLineage's file transport writes them."""
    return "".join(json.dumps(event, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n" for event in found)


def run_uuid(run_id: str, rung: int = 0) -> str:
    """The UUID of a run, or of a rung of it."""
    name = f"urn:tvselect:run:{run_id}" + (f":rung:{rung}" if rung else "")
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def _rung_events(run: RunRecord, namespace: str, began: datetime, ended: datetime) -> list[Event]:
    rungs = run.of_kind("rung.completed")
    job_name = f"{_job_name(run)}.rung"
    job = {"namespace": namespace, "name": job_name, "facets": {"jobType": facets.job_type("TASK")}}
    found: list[Event] = []
    at = began
    for rung in rungs:
        until = min(at + timedelta(milliseconds=rung["milliseconds"]), ended)
        identity = {"runId": run_uuid(run.run_id, rung["rung"]), "facets": _rung_facets(run, rung, namespace)}
        outputs = output_datasets(run, namespace, RUNG_OUTPUTS, traced=False) if rung is rungs[-1] else []
        found.append(_event("START", at, identity, job))
        found.append(_event("COMPLETE", until, identity, job, [feature_dataset(run, namespace)], outputs))
        at = until
    return found


def _event(
    kind: str,
    at: datetime,
    run: Mapping[str, Any],
    job: Mapping[str, Any],
    inputs: list[dict[str, Any]] | None = None,
    outputs: list[dict[str, Any]] | None = None,
) -> Event:
    return {
        "eventType": kind,
        "eventTime": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "producer": facets.PRODUCER,
        "schemaURL": facets.SPEC,
        "run": run,
        "job": job,
        "inputs": inputs or [],
        "outputs": outputs or [],
    }


def _job_name(run: RunRecord) -> str:
    return f"select.{run.receipt.get('profile', 'unknown')}"


def _job(run: RunRecord, namespace: str) -> dict[str, Any]:
    shown = {"jobType": facets.job_type("JOB")}
    if run.git is not None and run.git["commit"]:
        shown["sourceCodeLocation"] = facets.source_location(run.git["commit"])
    return {"namespace": namespace, "name": _job_name(run), "facets": shown}


def _run_facets(run: RunRecord) -> dict[str, Any]:
    code, head = run.opening.get("code", {}), run.receipt["head"]
    tags = {"tvselect.run_id": run.run_id, "tvselect.ledger_head": f"{head['size']}:{head['hash']}"}
    if run.git is not None:
        tags |= {"git.tree": str(run.git["tree"] or ""), "git.dirty": str(run.git["dirty"]).lower()}
    found = {
        "processing_engine": facets.engine(str(code.get("package", ""))),
        "executionParameters": facets.parameters({name: _text(value) for name, value in run.params.items()}),
        "tags": facets.tags(tags),
    }
    as_of = run.receipt.get("as_of")
    if as_of:
        found["nominalTime"] = facets.facet("NominalTimeRunFacet", nominalStartTime=f"{as_of}T00:00:00Z")
    return found


def _rung_facets(run: RunRecord, rung: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    stated = {f"thresholds.{name}": value for name, value in rung["thresholds"].items()}
    stated |= {name: rung[name] for name in ("rung", "name", "eligible", "winners", "executed")}
    return {
        "parent": facets.parent(run_uuid(run.run_id), namespace, _job_name(run)),
        "executionParameters": facets.parameters({name: _text(value) for name, value in stated.items()}),
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
