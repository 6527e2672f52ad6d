"""`verify`, `reproduce` and `anchor` as a person meets them: what they say and how they end."""

import json
import subprocess
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.sample import SampleRun


def test_verify_ends_with_zero_and_with_four_where_a_byte_changed(own_run: SampleRun) -> None:
    fine = tvselect("verify", "--project", str(own_run.project), "--json")
    assert fine.exit_code == 0, fine.output
    assert json.loads(fine.stdout)["verification"]["ok"] is True
    path = own_run.folder / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")
    ended = tvselect("verify", own_run.run_id, "--project", str(own_run.project))
    assert ended.exit_code == 4
    assert "manifest.json" in ended.stdout


def test_verify_takes_one_run_or_all(sample_run: SampleRun) -> None:
    ended = tvselect("verify", "@latest", "--all", "--project", str(sample_run.project))
    assert (ended.exit_code, ended.stderr) == (2, "tvselect: verify: name a run or say --all, not both\n")
    assert tvselect("verify", "--all", "--project", str(sample_run.project)).exit_code == 0


def test_reproduce_ends_with_zero_and_with_four_where_an_artifact_differs(own_run: SampleRun) -> None:
    same = tvselect("reproduce", "--project", str(own_run.project), "--json")
    assert same.exit_code == 0, same.output
    assert json.loads(same.stdout)["reproduction"]["identical"] is True
    settings = own_run.folder / "settings.toml"
    settings.write_text(settings.read_text().replace("floor = 15", "floor = 16"))
    ended = tvselect("reproduce", own_run.run_id, "--project", str(own_run.project))
    assert ended.exit_code == 4
    assert "verdict " in ended.stdout


@pytest.mark.parametrize("named", [True, False])
def test_anchor_says_of_which_ledger_it_signed_which_head(named: bool, own_run: SampleRun, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me", "-f", str(key)], check=True)
    reference = [own_run.run_id] if named else []
    done = tvselect("anchor", *reference, "--sign", str(key), "--project", str(own_run.project), "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["anchor"]
    assert (own_run.run_id in str(told["ledger"])) == named
    text = tvselect("anchor", *reference, "--sign", str(key), "--project", str(own_run.project))
    assert text.stdout.startswith(f"{told['ledger']} ")
    assert text.stdout.count("\n") == 1
