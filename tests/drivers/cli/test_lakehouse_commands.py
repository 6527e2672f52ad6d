"""The lakehouse on the command line: from a folder to a run, and the daily job."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from support.command_line import tvselect
from support.lakes import market_folder, market_lake
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest_project import alone_in

STOCKS = ("--market-defaults", "us-stocks")


def test_ingest_reports_and_a_second_one_is_idle(tmp_path: Path) -> None:
    arguments = ("ingest", str(market_folder()), "--project", str(tmp_path), "--json")
    reports = [json.loads(tvselect(*arguments).stdout)["ingest"] for _ in range(2)]
    bars = [report["tables"][0] for report in reports]
    assert (bars[0]["new"], bars[1]["new"], bars[1]["same"]) == (bars[0]["new"], 0, bars[0]["new"])
    listed = tvselect("ls", "data", "--project", str(tmp_path))
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == [
        "bars",
        "candidates",
        "instruments",
        "statistics",
        "aside",
    ]
    shown = tvselect("show", "data", "bars", "--project", str(tmp_path))
    assert shown.stdout.startswith("bars version 1 (parquet): ")


def test_the_format_is_asked_for_once(tmp_path: Path) -> None:
    """New tables are as they are asked to be, later ones as their neighbours; another format is refused."""
    project = ("--project", str(tmp_path))
    first = tvselect("ingest", f"{market_folder()}/instruments.parquet", "--format", "delta", *project)
    assert first.exit_code == 0, first.stderr
    assert tvselect("ingest", f"{market_folder()}/statistics.parquet", *project).exit_code == 0
    formats = [row["format"] for row in json.loads(tvselect("ls", "data", "--json", *project).stdout)["data"]]
    assert formats == ["delta", "delta"]
    shown = tvselect("show", "data", "instruments", *project)
    assert shown.stdout.startswith("instruments version 1 (delta): ")
    other = tvselect("ingest", f"{market_folder()}/instruments.parquet", "--format", "parquet", *project)
    assert (other.exit_code, "is a table in the format delta" in other.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("ingest", "nowhere"), 2, "does not exist"),
        (("ingest", "{folder}", "--known-at", "soon"), 2, "is no date"),
        (("ingest", "{folder}/scans"), 3, "holds nothing that a table takes"),
        (("ls", "data"), 2, "there is no lakehouse"),
        (("show", "data", "bars"), 2, "there is no table bars"),
        (("show", "data"), 2, "tvselect show data bars"),
        (("ls", "data", "--lakehouse", "gs://bucket/x"), 2, "is no place for a lakehouse"),
        (("run", "--data", "s3://bucket/x"), 2, "in a bucket only a lakehouse is read"),
        (("compact",), 2, "there is no table in"),
        (("vacuum", "bars"), 2, "there is no table bars in"),
        (("vacuum", "--keep", "0"), 2, "Invalid value for '--keep'"),
        (("run", "--known-at", "now"), 2, "FolderProvider has no parameter known_at"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    given = [argument.format(folder=market_folder()) for argument in arguments]
    result = tvselect(*given, "--project", str(tmp_path))
    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr
    assert result.stderr.strip().count("\n") == 0


def test_compact_and_vacuum_change_no_answer(tmp_path: Path) -> None:
    shutil.copytree(market_lake(), tmp_path / "lakehouse")
    place = ("--project", str(tmp_path), "--json")
    rows = pd.read_parquet(market_folder() / "bars.parquet")
    rows.assign(close=rows["close"] * 1.01).to_parquet(tmp_path / "bars.parquet")
    tvselect("ingest", str(tmp_path / "bars.parquet"), *place)
    before = json.loads(tvselect("show", "data", "bars", *place).stdout)["table"]
    done = {row["table"]: row for row in json.loads(tvselect("compact", *place).stdout)["compact"]}
    assert done["bars"]["left"] < done["bars"]["files"]
    assert (done["bars"]["version"], done["candidates"]["version"]) == (3, 1)
    dry = json.loads(tvselect("vacuum", "bars", "--keep", "1", "--dry-run", *place).stdout)["vacuum"]
    swept = json.loads(tvselect("vacuum", "bars", "--keep", "1", *place).stdout)["vacuum"]
    assert dry == swept
    assert len(swept[0]["files"]) == done["bars"]["files"]
    after = json.loads(tvselect("show", "data", "bars", *place).stdout)["table"]
    assert after["read"] == {**before["read"], "version": 3}
    assert after["symbols"] == before["symbols"]
    shown = tvselect("show", "data", "bars", "--project", str(tmp_path)).stdout
    assert "the same rows in fewer files" in shown
    assert tvselect("compact", "bars", "--project", str(tmp_path)).stdout.splitlines()[1].split()[:2] == ["bars", "2"]


@pytest.mark.parametrize("stored_as", ["parquet", "delta"])
def test_doctor_checks_the_files_first(tmp_path: Path, stored_as: str) -> None:
    shutil.copytree(market_lake(stored_as), tmp_path / "lakehouse")
    arguments = ("doctor", "--project", str(tmp_path), *STOCKS, "--set", "data.provider=lakehouse")
    well = tvselect(*arguments)
    assert well.exit_code == 0
    assert "every file of every version is what was written" in well.stdout
    assert "version 1 of the lakehouse" in well.stdout
    file = min((tmp_path / "lakehouse" / "bars" / "data").iterdir())
    file.write_bytes(file.read_bytes()[:-1])
    ill = tvselect(*arguments)
    assert ill.exit_code == 3
    assert f"bars/data/{file.name} (version 1) isn't what was written" in ill.stderr


def test_the_daily_job_ingests_then_selects(tmp_path: Path) -> None:
    arguments = ("run", "--ingest", str(market_folder()), "--project", str(tmp_path), *STOCKS, "--json", "-q")
    first, second = (json.loads(tvselect(*arguments).stdout)["run"] for _ in range(2))
    assert first["run_id"] != second["run_id"]
    assert (tmp_path / "lakehouse" / "bars" / "versions" / "00000001.json").exists()
    assert not (tmp_path / "lakehouse" / "bars" / "versions" / "00000002.json").exists()
    with alone_in(tmp_path):
        busy = tvselect(*arguments)
    assert busy.exit_code == 1
    assert "another `run --ingest` of this project is at work" in busy.stderr


def test_a_day_without_new_data_selects_as_the_day_before(tmp_path: Path) -> None:
    """A holiday brings the same files again: the pool is that of the last session."""
    project, folder = tmp_path / "project", tmp_path / "data"
    project.mkdir()
    shutil.copytree(market_folder(), folder)
    arguments = ("run", "--ingest", str(folder), "--project", str(project), *STOCKS, "--json", "-q")
    first = json.loads(tvselect(*arguments).stdout)["run"]
    last = pd.read_parquet(folder / "bars.parquet")
    last.loc[last["date"] == last["date"].max()].iloc[:0].to_parquet(folder / "bars.parquet")
    second = tvselect(*arguments)
    assert second.exit_code == 0, second.stderr
    assert json.loads(second.stdout)["run"]["pool"] == first["pool"]
