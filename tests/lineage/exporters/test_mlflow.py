"""`export mlflow`: read back with MLflow's own client; and that a tracker that isn't there never fails a run."""

import json
import logging
import os
import socket
import sys
import time
from typing import Any

import pytest
from click.testing import CliRunner

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow as exporter
from tradingview_scraper.pipelines.selection.lineage.exporters import tracking
from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.lineage.record.run_record import ExportError

try:
    import mlflow  # noqa: F401

    MISSING = ""
except ImportError as error:
    MISSING = f"mlflow is not installed: {error}"
needs_mlflow = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_tracker_that_is_down_is_found_out_at_once(finished: SampleRun, closed_port: int) -> None:
    began = time.monotonic()
    with pytest.raises(ExportError, match=r"nobody answers at 127\.0\.0\.1"):
        exporter.exported(
            finished.folder, project=finished.project, tracking_uri=f"http://user:secret@127.0.0.1:{closed_port}"
        )
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("trouble", ["down", "missing", "refuses"])
def test_a_tracker_never_fails_a_run(
    trouble: str, own: SampleRun, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if trouble == "down":
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{closed_port}")
    elif trouble == "missing":
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        monkeypatch.setitem(sys.modules, "mlflow", None)
        monkeypatch.setitem(sys.modules, "mlflow.exceptions", None)
    else:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://nowhere")
    ended = CliRunner().invoke(main, ["run", "--project", str(own.project), "--track", "mlflow"])
    assert ended.exit_code == 0, ended.output
    assert "warning: the run is recorded, but not tracked: mlflow" in ended.stderr
    assert "winners, " in ended.stdout
    assert len(list((own.project / "runs").glob("2*/receipt.json"))) == 2


def test_export_says_what_to_install(finished: SampleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setitem(sys.modules, "mlflow.exceptions", None)
    ended = CliRunner().invoke(main, ["export", "mlflow", "--project", str(finished.project)])
    assert ended.exit_code == 1
    assert "pip install 'tvselect[mlflow]'" in ended.stderr


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("http://user:secret@host:1/a@b", "http://host:1/a@b"),
        ("postgresql://u:p@host/db", "postgresql://host/db"),
        ("sqlite:////home/a@b/mlflow.db", "sqlite:////home/a@b/mlflow.db"),
        ("databricks", "databricks"),
    ],
)
def test_no_password_is_shown(uri: str, shown: str) -> None:
    assert exporter.public_address(uri) == shown


def client_of(sample: SampleRun) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(exporter.embedded_uri(sample.project))


@needs_mlflow
def test_what_was_exported_reads_back(own: SampleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before, handlers = dict(os.environ), logging.getLogger("tvselect").disabled
    ended = CliRunner().invoke(main, ["export", "mlflow", "--project", str(own.project), "--json"])
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)["export"]
    assert told["created"]
    assert dict(os.environ) == before
    assert logging.getLogger("tvselect").disabled == handlers
    client, events = client_of(own), list(read(own.folder / "audit.jsonl"))
    experiment = client.get_experiment(told["experiment_id"])
    assert experiment.artifact_location == (own.project / "mlartifacts").resolve().as_uri()
    run = client.get_run(told["run_id"])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == own.run_id
    assert set(run.data.params) == set(events[0]["params"])
    assert run.data.metrics.items() >= events[-1]["metrics"].items()
    ladder = [rung["winners"] for rung in events if rung["event"] == "rung.completed"]
    assert [entry.value for entry in client.get_metric_history(told["run_id"], "rung.winners")] == ladder
    digests = {one.dataset.name: json.loads(one.dataset.source)["digest"] for one in run.inputs.dataset_inputs}
    assert digests == {source["name"]: source["digest"] for source in events[-1]["inputs"]}
    assert {item.path for item in client.list_artifacts(told["run_id"])} == {p.name for p in own.folder.iterdir()}
    champions = client.search_runs([told["experiment_id"]], "tags.role = 'champion'")
    challengers = client.search_runs([told["experiment_id"]], "tags.role = 'challenger' and metrics.assets > 0")
    assert [one.data.tags["scorer"] for one in champions] == ["log_mps"]
    assert {one.data.tags["scorer"] for one in challengers} == {"rank_average", "second"}
    assert {one.data.tags["mlflow.parentRunId"] for one in (*champions, *challengers)} == {told["run_id"]}


@needs_mlflow
def test_a_run_is_exported_once_and_a_torn_export_again(own: SampleRun) -> None:
    first = exporter.exported(own.folder, project=own.project)
    again = exporter.exported(own.folder, project=own.project)
    assert (again.run_id, again.created) == (first.run_id, False)
    client = client_of(own)
    client.delete_tag(first.run_id, "tvselect.export")
    anew = exporter.exported(own.folder, project=own.project)
    assert anew.created
    assert anew.run_id != first.run_id
    assert len(client.search_runs([anew.experiment_id])) == 4


@needs_mlflow
def test_long_parameters_go_along_as_an_artifact(own: SampleRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "LONGEST_PARAM", 100)
    told = exporter.exported(own.folder, project=own.project)
    assert "ladder" in told.attached
    assert "ladder" in exporter.told_text(own.run_id, told)
    client = client_of(own)
    path = client.download_artifacts(told.run_id, tracking.LONG_PARAMS)
    with open(path, encoding="utf-8") as file:
        whole = json.load(file)
    assert json.loads(whole["ladder"]) == next(read(own.folder / "audit.jsonl"))["params"]["ladder"]
    assert "whole in the artifact" in client.get_run(told.run_id).data.params["ladder"]


@needs_mlflow
def test_a_failed_run_is_failed_there_too(failed: SampleRun) -> None:
    told = exporter.exported(failed.folder, project=failed.project)
    run = client_of(failed).get_run(told.run_id)
    assert run.info.status == "FAILED"
    assert run.data.tags["tvselect.error"] == "DataContractError"
