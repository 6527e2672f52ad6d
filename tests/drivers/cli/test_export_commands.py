"""`export` as a person meets it; what is exported: tests/lineage/exporters/."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

from support.command_line import tvselect
from support.walks import walked


def test_openlineage_goes_to_stdout_or_to_a_file_line_by_line(ran: Result, project: Path, tmp_path: Path) -> None:
    printed = tvselect("export", "openlineage", "--project", str(project), "--namespace", "mine")
    events = [json.loads(line) for line in printed.stdout.splitlines()]
    assert len(events) > 2
    assert {event["job"]["namespace"] for event in events} == {"mine"}
    output = tmp_path / "events.jsonl"
    written = tvselect(
        "export", "openlineage", "@latest", "--project", str(project), "--namespace", "mine", "--output", str(output)
    )
    assert output.read_text("utf-8") == printed.stdout
    assert (written.stdout, written.stderr) == ("", f"{output}: {len(events)} events\n")


def test_mlflow_says_where_the_run_is_now(
    ran: Result, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a tracker of MLflow's own keeps its artifacts in the folder that it is called in
    tracker = f"sqlite:///{tmp_path / 'mlflow.db'}"
    told = tvselect("export", "mlflow", "--project", str(project), "--tracking-uri", tracker, "--json")
    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout[told.stdout.index("{") :])
    assert document["kind"] == "export"
    again = tvselect("export", "mlflow", "--project", str(project), "--tracking-uri", tracker)
    assert next((project / "runs").glob("2*")).name in again.stdout


def test_a_run_that_is_none_is_refused(ran: Result, project: Path) -> None:
    for system in ("openlineage", "mlflow"):
        ended = tvselect("export", system, "nope", "--project", str(project))
        assert (ended.exit_code, "there is no run 'nope'" in ended.stderr) == (2, True)


def test_tables_of_a_walk_go_to_a_file(tmp_path: Path) -> None:
    project = walked().folder.parents[1]
    factors = tmp_path / "factors.parquet"
    done = tvselect(
        "export", "alphalens", "--column", "score.log_mps", "--output", str(factors), "--project", str(project)
    )
    rows = pd.read_parquet(factors)
    assert (done.exit_code, done.stderr) == (0, f"{factors}: {len(rows)} rows\n")
    assert [*rows.columns[:3]] == ["date", "asset", "1D"]
    returns = tmp_path / "returns.csv"
    done = tvselect("export", "skfolio", "--date", "2026-03-02", "--output", str(returns), "--project", str(project))
    table = pd.read_csv(returns, index_col="date")
    assert (done.exit_code, done.stderr) == (0, f"{returns}: {len(table)} days of {table.shape[1]} winners\n")
    refused = tvselect("export", "skfolio", "--output", str(tmp_path / "x.txt"), "--project", str(project))
    assert (refused.exit_code, "end the name of the output" in refused.stderr) == (2, True)
