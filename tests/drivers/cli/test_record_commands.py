"""`verify`, `reproduce` and `anchor` as a person meets them: what they say and how they end."""

import json
import subprocess
import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.lineage.record import ledger


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


class SetBack(datetime):
    """A clock that was set back by two months."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - timedelta(days=60)


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever of this package looks at the clock sees that one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("tradingview_scraper.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", SetBack)


@pytest.mark.usefixtures("set_back")
def test_a_clock_that_was_set_back_moves_no_run(own_run: SampleRun) -> None:
    """Commands follow the project's ledger: the run that was made last is the latest, though its name says otherwise."""

    def told(*command: str) -> Any:
        ended = tvselect(*command, "--project", str(own_run.project), "--json")
        assert ended.exit_code == 0, ended.output
        return json.loads(ended.stdout)

    first, last = own_run.run_id, told("run", "--as-of", "2026-06-29")["run"]["run_id"]
    assert last < first
    assert [each["run_id"] for each in told("ls")["runs"]] == [first, last]
    assert [each["run_id"] for each in told("ls", "--limit", "1")["runs"]] == [last]
    assert told("show")["run"]["run_id"] == told("show", "@latest")["run"]["run_id"] == last
    assert told("show", "@latest~1")["run"]["run_id"] == first
    assert (told("diff")["diff"]["a"], told("diff")["diff"]["b"]) == (first, last)
    assert told("verify")["verification"]["run"] == last
    assert told("verify", "--all")["verification"]["runs"] == 2
    page = Path(tvselect("report", "--project", str(own_run.project)).stdout.strip())
    against = page_parts(page.read_text("utf-8"))[0]["against"]
    assert (against["this"], against["other"]) == (last, first)
    proof = Path(tvselect("prove", "--project", str(own_run.project)).stdout.strip())
    assert json.loads(proof.read_text("utf-8"))["index"] == 1
    stamps = [event["ts"] for event in ledger.read(own_run.project / "runs/audit.jsonl")]
    assert stamps[1] < stamps[0]  # as the clock said: a time in the ledger is what a machine claimed
