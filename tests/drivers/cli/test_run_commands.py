"""`init`, `config show` and `run` as a person meets them."""

import errno
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result

from support.command_line import tvselect
from tradingview_scraper.pipelines.selection.drivers.demo import project as project_files
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError


def test_run_ends_with_winners_on_stdout(ran: Result, project: Path) -> None:
    assert ran.exit_code == 0, ran.stderr
    assert ran.stderr.splitlines()[0].startswith("tvselect: bars bars.parquet: ")
    assert "winners, " in ran.stdout
    assert "ledger head " in ran.stdout
    folders = list((project / "runs").glob("2*"))
    assert len(folders) == 1
    names = {path.name for path in folders[0].iterdir()}
    assert {"audit.jsonl", "receipt.json", "manifest.json", "portfolio_candidates.json", "settings.toml"} <= names
    assert {"features.parquet", "inference.parquet", "decisions.parquet", "clusters.parquet"} <= names
    assert {"lineage.json", "lineage.svg", "schema.json"} <= names
    assert not list((project / "runs").glob(".*partial"))


def test_portfolio_candidates_have_the_incumbents_shape(ran: Result, project: Path) -> None:
    folder = next((project / "runs").glob("2*"))
    winners = json.loads((folder / "portfolio_candidates.json").read_text())
    atoms = json.loads((folder / "manifest.json").read_text())["atoms"]
    assert isinstance(winners, list)
    assert len(winners) >= 15
    for winner in winners:
        assert {"symbol", "direction", "logic", "identity", "alpha_score"} <= winner.keys()
    assert {atom["asset"] for atom in atoms} == {winner["symbol"] for winner in winners}
    assert all(atom["weight"] == (1 if atom["direction"] == "LONG" else -1) for atom in atoms)
    assert all(
        atom["id"] == f"{atom['asset']}_{atom['logic']}_{atom['direction']}_{atom['timescale']}" for atom in atoms
    )


def test_the_sample_factor_is_recorded_without_further_edit(ran: Result, project: Path) -> None:
    folder = next((project / "runs").glob("2*"))
    factors = {entry["factor"] for entry in json.loads((folder / "schema.json").read_text())["factors"]}
    nodes = {node["name"]: node for node in json.loads((folder / "lineage.json").read_text())["nodes"]}
    assert "drawdown_resilience" in factors
    assert nodes["drawdown_resilience"]["dependencies"] == ["returns"]
    assert nodes["drawdown_resilience"]["declared"]["weight"] == 0.0
    assert "drawdown_resilience" in (folder / "lineage.svg").read_text()


def test_dry_run_shows_the_plan_and_leaves_nothing(ran: Result, project: Path) -> None:
    before = sorted((project / "runs").iterdir())
    planned = tvselect("run", "--project", str(project), "--dry-run", "--set", "recruitment.top_n=3")
    assert planned.exit_code == 0
    assert "recruitment.top_n  (command line)" in planned.stdout
    assert sorted((project / "runs").iterdir()) == before


def test_config_show_names_the_layer(project: Path) -> None:
    shown = tvselect("config", "show", "--project", str(project), "--origin")
    line = next(line for line in shown.stdout.splitlines() if line.startswith("features.modules"))
    assert line.endswith("tvselect.toml [base]")


def test_a_failed_run_is_recorded(ran: Result, project: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(project, own, ignore=shutil.ignore_patterns("runs"))
    (own / "data" / "bars.parquet").write_bytes(b"PAR1 nonsense")
    ended = tvselect("run", "--project", str(own))
    assert ended.exit_code == 3
    assert "bars.parquet can't be read as Parquet" in ended.stderr
    assert "FAILED" in tvselect("ls", "--project", str(own)).stdout
    assert "can't be read as Parquet" in tvselect("show", "--project", str(own)).stdout


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("x")
    ended = tvselect("init", str(tmp_path))
    assert ended.exit_code == 2
    assert "not empty" in ended.stderr


def test_an_init_that_is_killed_or_fails_leaves_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = tmp_path / ".demo.partial"
    (killed / "data").mkdir(parents=True)

    def full(*_: object) -> None:
        raise StorageError("data/bars.parquet", OSError(errno.ENOSPC, "No space left on device"))

    with monkeypatch.context() as patched:
        patched.setattr(project_files, "write_market", full)
        ended = tvselect("init", str(tmp_path / "demo"))
    assert ended.exit_code == 1
    assert "the disk is full" in ended.stderr
    assert list(tmp_path.iterdir()) == []
    here = tmp_path / "there already"
    here.mkdir()
    kept = here.stat().st_ino
    for folder in (tmp_path / "demo", here):
        assert tvselect("init", str(folder)).exit_code == 0
        assert (folder / "tvselect.toml").is_file()
    assert here.stat().st_ino == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "there already"]


def test_init_ends_with_commands_that_work(tmp_path: Path) -> None:
    made = tvselect("init", str(tmp_path / "demo"))
    assert made.exit_code == 0
    steps = [line.partition("#")[0].split()[1:] for line in made.stdout.splitlines() if line.startswith("  tvselect ")]
    assert [step[0] for step in steps] == ["run", "show", "explain", "report", "run", "run", "diff"]
    for step in steps:
        ended = tvselect(*(part for part in step if part != "--open"), "--project", str(tmp_path / "demo"))
        assert ended.exit_code == 0, ended.output
    assert "2026-06-26" in tvselect("ls", "--project", str(tmp_path / "demo")).stdout


def test_an_interrupted_run_is_130_and_leaves_nothing(ran: Result, project: Path) -> None:
    before = sorted((project / "runs").rglob("*"))
    command = [sys.executable, "-m", "tradingview_scraper.pipelines.selection.drivers.cli", "run", "--verbose"]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "stage=ingestion" in line:  # the selection is under way
                assert list((project / "runs").glob(".*.partial"))
                process.send_signal(signal.SIGINT)
                break
        said = process.stderr.read()
    assert process.returncode == 130
    assert said.splitlines()[-1] == "tvselect: interrupted: nothing half is left"
    assert "Traceback" not in said
    assert sorted((project / "runs").rglob("*")) == before


def test_a_killed_run_is_cleaned_up(ran: Result, project: Path) -> None:
    before = sorted((project / "runs").rglob("*"))
    command = [sys.executable, "-m", "tradingview_scraper.pipelines.selection.drivers.cli", "run", "--verbose"]
    where = ("--project", str(project))
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "stage=ingestion" in line)
        assert "a run is at work in it" in tvselect("clean", *where).stdout
        process.kill()
    (left,) = (project / "runs").glob(".*.partial")
    assert f"runs/{left.name}: would be removed" in tvselect("clean", "--dry-run", *where).stdout
    assert left.exists()
    assert f"runs/{left.name}: removed" in tvselect("clean", *where).stdout
    assert sorted((project / "runs").rglob("*")) == before
    assert tvselect("clean", *where).stdout == "nothing was left behind\n"


def test_features_by_an_executor_leave_the_same_run(ran: Result, project: Path) -> None:
    first = next((project / "runs").glob("2*"))
    there = {path.name for path in project.iterdir()}
    ended = tvselect("run", "--project", str(project), "--executor", "processes", "--workers", "1", "--json")
    assert ended.exit_code == 0, ended.stderr
    second = project / "runs" / json.loads(ended.stdout)["run"]["run_id"]
    of_the_run = ("audit.jsonl", "receipt.json")
    names = sorted(path.name for path in first.iterdir() if path.name not in of_the_run)
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []
    assert {path.name for path in project.iterdir()} == there
    shutil.rmtree(second)
