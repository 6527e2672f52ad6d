"""A record that was rewritten whole passes alone; against what was kept elsewhere it doesn't, and the verdict says which."""

import json
import shutil
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from support.sample import SampleRun
from support.tampering import FOLDERS, falsified, tree_anew, written_anew
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.review.anchor import anchored
from tradingview_scraper.pipelines.selection.drivers.review.outside import Trees
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record import ledger, project_ledger
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, leaf_hashes
from tradingview_scraper.pipelines.selection.lineage.record.log_tiles import grown
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
NOTHING = "checked against nothing from outside: a record rewritten whole, or cut at its end, would pass"
EVENT = {"event": "trials.recorded", "run_id": None, "trials": []}


def found(project: Path, **options: Any) -> list[tuple[str, str]]:
    return [(problem["file"], problem["kind"]) for problem in verified(project, **options)["problems"]]


def said(*arguments: str) -> list[str]:
    return CliRunner().invoke(main, ["verify", *arguments]).stdout.splitlines()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "desk", "-f", str(path)], check=True)
    (tmp_path / "signers").write_text(f"desk@example.org {path.with_suffix('.pub').read_text()}")
    return path


def test_what_was_forged_whole_is_found_against_a_checkpoint_alone(own_run: SampleRun, tmp_path: Path) -> None:
    kept, project = tmp_path / "kept", own_run.project
    anchored(project, None, output=kept)
    assert said("--all", "--project", str(project), "--checkpoint", str(kept))[-1] == (
        "checked against the checkpoint kept: runs/audit.jsonl up to line 1"
    )
    FOLDERS["forged"](project, own_run.folder, Random(1))
    lines = said("--all", "--project", str(project))
    assert lines[-2:] == [lines[-2], NOTHING]
    assert lines[-2].endswith("all as they were left")
    assert "runs/audit.jsonl says that a checkpoint was kept as kept: --checkpoint checks it" in lines
    assert found(project, checkpoint=kept) == [("runs/audit.jsonl", "rewritten")]
    before = kept.read_bytes()
    with pytest.raises(
        VerificationError, match=r"kept has 1 lines of runs/audit\.jsonl that are not those of the ledger"
    ):
        anchored(project, None, output=kept)  # it would replace what shows the forgery
    assert kept.read_bytes() == before


def test_a_cut_tail_is_found_against_a_checkpoint_alone(own_run: SampleRun, tmp_path: Path) -> None:
    project, kept = own_run.project, tmp_path / "kept"
    project_ledger.append(project, EVENT)
    anchored(project, None, output=kept)
    path = project / "runs/audit.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert found(project) == [("runs/audit.jsonl", "truncated")]  # the tree in the folder still knows
    tree_anew(project)
    assert found(project) == []
    assert found(project, checkpoint=kept) == [("runs/audit.jsonl", "truncated")]


def test_a_ledger_may_grow_after_its_checkpoint(own_run: SampleRun, tmp_path: Path) -> None:
    anchored(own_run.project, None, output=tmp_path / "kept")
    for _ in range(3):
        project_ledger.append(own_run.project, EVENT)
    assert verified(own_run.project, checkpoint=tmp_path / "kept")["ok"]


@needs_ssh
def test_a_signed_checkpoint_may_lie_elsewhere(own_run: SampleRun, key: Path, tmp_path: Path) -> None:
    kept, signers = tmp_path / "kept", tmp_path / "signers"
    assert anchored(own_run.project, None, key=key, output=kept)["method"] == "ssh"
    judged = verified(own_run.project, checkpoint=kept, allowed_signers=signers)
    assert judged["ok"]
    assert judged["against"] == ["the signed checkpoint kept: runs/audit.jsonl up to line 1"]
    kept.write_bytes(kept.read_bytes() + b"\n")
    assert found(own_run.project, checkpoint=kept, allowed_signers=signers) == [("kept", "signature")]


@needs_ssh
def test_a_signed_checkpoint_that_is_gone_or_older_is_missed(own_run: SampleRun, key: Path, tmp_path: Path) -> None:
    """What the ledger says was signed beside it must be there: without it the next verdict would be about less."""
    project, runs = own_run.project, own_run.project / "runs"
    anchored(project, None, key=key)
    older = {name: (runs / name).read_bytes() for name in ("checkpoint", "checkpoint.sig")}
    anchored(project, None, key=key)
    assert found(project) == []
    assert verified(project)["against"] == []  # nobody checked the signature
    assert verified(project, allowed_signers=tmp_path / "signers")["against"] == [
        "the signed runs/checkpoint: runs/audit.jsonl up to line 2"
    ]
    for name, content in older.items():
        (runs / name).write_bytes(content)
    assert found(project) == [("runs/checkpoint", "anchor")]
    (runs / "checkpoint.sig").unlink()
    assert found(project) == [("runs/checkpoint", "anchor")]
    (runs / "checkpoint").unlink()
    (problem,) = verified(project)["problems"]
    assert problem["message"] == (
        "line 3 of runs/audit.jsonl says that a checkpoint was signed, but there is no checkpoint and no checkpoint.sig"
    )


def test_a_checkpoint_of_a_run_is_held_against_that_run(own_run: SampleRun, tmp_path: Path) -> None:
    anchored(own_run.project, own_run.run_id, output=tmp_path / "kept")
    assert verified(own_run.project, own_run.run_id, checkpoint=tmp_path / "kept")["ok"]
    other = Checkpoint("runs/20260101-000000-abcdef/audit.jsonl", 1, bytes(32))
    (tmp_path / "kept").write_bytes(other.text())
    with pytest.raises(
        ConfigurationError, match=r"it is of runs/20260101-000000-abcdef/audit\.jsonl, which isn't looked"
    ):
        verified(own_run.project, checkpoint=tmp_path / "kept")
    (tmp_path / "kept").write_text("")
    with pytest.raises(ConfigurationError, match=r"--checkpoint .*kept: it is no checkpoint"):
        verified(own_run.project, checkpoint=tmp_path / "kept")


def test_a_tree_that_is_behind_is_sound_and_another_is_not(own_run: SampleRun) -> None:
    project = own_run.project
    ledger.append(project / "runs/audit.jsonl", EVENT)  # a kill before the tree was written
    assert found(project) == []
    shutil.rmtree(project / "runs/log")  # a project from before there was a tree
    assert found(project) == []
    grown(project / "runs")
    (project / "runs/log/tile/0/000.p/2").unlink()
    assert found(project) == [("runs/log/tile/0/000.p/2", "changed")]


def test_whatever_is_done_to_a_ledger_is_found_given_its_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "runs/audit.jsonl"
    for number in range(40):
        project_ledger.append(tmp_path, {"event": "run.completed", "run_id": f"r{number}", "pool": number})
    kept, lines = grown(tmp_path / "runs"), path.read_bytes().splitlines(keepends=True)
    events, ways = list(ledger.read(path)), set()
    for seed in range(150):
        way, forged = falsified(events, lines, Random(seed))
        path.write_bytes(b"".join(forged))
        agrees = Trees(tmp_path).contradiction(path.parent, kept, "it") is None
        assert not agrees or not ledger.verify(path, trusted=kept.size).ok, (way, seed)
        ways.add(way)
    assert len(ways) == 12


def test_ten_thousand_records_are_verified_at_once_against_a_checkpoint(own_run: SampleRun, tmp_path: Path) -> None:
    project, count = own_run.project, 10_000
    (line,) = ledger.read(project / "runs/audit.jsonl")
    others = ({**line, "run_id": f"20260101-000000-{number:06x}"} for number in range(count - 1))
    written_anew(project / "runs/audit.jsonl", [*others, line])
    tree_anew(project)
    assert len(leaf_hashes(project / "runs/audit.jsonl")) == count
    anchored(project, None, output=tmp_path / "kept")
    started = time.process_time()
    judged = verified(project, own_run.run_id, checkpoint=tmp_path / "kept")
    seconds = time.process_time() - started
    assert judged["ok"], json.dumps(judged["problems"][:3])
    assert judged["lines"] > count
    assert seconds < 0.5  # 0.1 s on an idle machine
