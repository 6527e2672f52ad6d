"""`calibrate` as a person meets it, and a run whose threshold is a share of noise."""

import json
import shutil
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.sample import SampleRun

STATED = ("--set", "gates.efficiency.threshold=null:0.25", "--as-of", "2026-06-30")


@pytest.fixture(scope="module")
def project(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("noise") / "demo"
    shutil.copytree(sample_run.project, folder)
    return folder


def test_a_share_of_noise_is_refused_until_it_is_calibrated_then_run_recorded_and_reproduced(project: Path) -> None:
    place = ("--project", str(project))
    refused = tvselect("run", *place, *STATED)
    assert refused.exit_code == 2
    assert "type tvselect calibrate --as-of 2026-06-30" in refused.stderr

    words = tvselect("calibrate", *place, *STATED, "--worlds", "2")
    assert words.exit_code == 0, words.stderr
    assert "noise: 2 worlds of the pool's own days in another order, every day on its own, seed 0" in words.stdout
    found = json.loads(tvselect("calibrate", *place, *STATED, "--worlds", "2", "--json").stdout)["calibration"]
    assert (project / "calibrations" / f"{found['calibration']}.json").exists()

    done = json.loads(tvselect("run", *place, *STATED, "--json").stdout)["run"]
    record = (project / "runs" / done["run_id"] / "audit.jsonl").read_text()
    params = json.loads(record.splitlines()[0])["params"]
    assert params["gates.efficiency.threshold"] == found["gates"]["efficiency"]["threshold"]
    assert params["calibrated.efficiency"] == f"null:0.25, calibration {found['calibration']} as of 2026-06-30"

    shutil.rmtree(project / "calibrations")
    assert "identical" in tvselect("reproduce", done["run_id"], *place).stdout


def test_wrong_usage_ends_with_2(project: Path) -> None:
    for wrong in (("--worlds", "1"), ("--block", "0"), ("--set", "gates.adx.threshold=null:2")):
        assert tvselect("calibrate", "--project", str(project), *wrong).exit_code == 2
