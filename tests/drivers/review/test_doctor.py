"""`doctor`: it says what a run then finds, and ends as the run does."""

import json
import shutil
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.doctor import environment_lines


def test_the_diagnosis_is_what_the_run_finds(sample_run: SampleRun) -> None:
    before = sorted(sample_run.project.rglob("*"))
    done = tvselect("doctor", "--project", str(sample_run.project), "--as-of", "2026-06-30", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)["diagnosis"]
    receipt = json.loads((sample_run.folder / "receipt.json").read_text())
    coverage = json.loads((sample_run.folder / "coverage.json").read_text())
    assert [found[name] for name in ("pool", "winners", "rung")] == [receipt[n] for n in ("pool", "winners", "rung")]
    assert found["partnerless"] == coverage["candidates_without_bars"]
    assert sorted(sample_run.project.rglob("*")) == before  # nothing is written
    text = tvselect("doctor", "--project", str(sample_run.project), "--as-of", "2026-06-30").stdout
    assert text.startswith("python    3.")
    assert f"{receipt['winners']} would be selected at rung {receipt['rung']}" in text


def test_nobody_to_select_is_exit_1_with_lines_to_paste(sample_run: SampleRun, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(sample_run.project / "data", data)
    (data / "instruments.parquet").unlink()
    for path in (data / "scans").glob("*.json"):
        document = json.loads(path.read_text())
        for row in document["data"]:
            for name in ("tick_size", "lot_size", "step_size", "price_precision"):
                row.pop(name, None)
        path.write_text(json.dumps(document))
    where = ("--project", str(tmp_path))
    done = tvselect("doctor", *where)
    assert done.exit_code == 1
    pasted = [line.removeprefix("paste").strip() for line in done.stdout.split("paste")[1].splitlines()[:2]]
    assert pasted[0].startswith("--market-defaults ")
    assert tvselect("run", *where).exit_code == 1
    assert tvselect("doctor", *where, *pasted[0].split()).exit_code == 0
    (tmp_path / "tvselect.toml").write_text(f"[base]\n{pasted[1]}\n")
    assert tvselect("doctor", *where).exit_code == 0


def test_a_broken_table_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bars.parquet").write_bytes(b"PAR1")
    assert tvselect("doctor", "--project", str(tmp_path)).exit_code == 3


def test_what_changes_results_or_stops_writing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tradingview_scraper.pipelines.selection.drivers.review import doctor

    assert not any("bottleneck" in line or "can't be written" in line for line in environment_lines(tmp_path))
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: object() if name == "bottleneck" else None)
    monkeypatch.setattr(doctor.os, "access", lambda *_: False)
    said = "\n".join(environment_lines(tmp_path))
    assert "bottleneck is installed" in said
    assert "can't be written" in said
