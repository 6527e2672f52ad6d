"""Trials are counted by what was tried, and the project's ledger covers them."""

from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.trials import (
    Trial,
    record_trials,
    recorded_trials,
    trial_count,
)
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError


def trial(number: int, what: str = "walk 1") -> Trial:
    return Trial("scorer", f"s{number}", json_digest(number), what)


def test_the_same_again_counts_once_and_a_further_look_is_kept(tmp_path: Path) -> None:
    assert trial_count(tmp_path) == 0
    record_trials(tmp_path, [trial(1), trial(2), trial(1)])
    record_trials(tmp_path, [trial(2)])
    record_trials(tmp_path, [trial(2, "walk 2"), trial(3, "walk 2")])
    assert trial_count(tmp_path) == 3
    assert [(each.name, each.what) for each in recorded_trials(tmp_path)] == [
        ("s1", "walk 1"),
        ("s2", "walk 1"),
        ("s2", "walk 2"),
        ("s3", "walk 2"),
    ]
    assert ledger.head(tmp_path / "runs" / "audit.jsonl").size == 2


def test_verify_covers_them(tmp_path: Path) -> None:
    record_trials(tmp_path, [trial(1)])
    record_trials(tmp_path, [trial(2)])
    record_trials(tmp_path, [trial(3)])
    assert verified(tmp_path, everything=True)["ok"]
    path = tmp_path / "runs" / "audit.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2])
    assert {"sequence", "chain"} <= {problem["kind"] for problem in verified(tmp_path, everything=True)["problems"]}


def test_a_broken_ledger_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "audit.jsonl").write_text("no json\n")
    with pytest.raises(VerificationError, match="line 1 is not JSON"):
        trial_count(tmp_path)


@pytest.mark.parametrize("trials", [None, 3, [{"kind": "scorer"}], ["text"]])
def test_a_line_that_tells_no_whole_trials_is_named(tmp_path: Path, trials: object) -> None:
    (tmp_path / "runs").mkdir()
    ledger.append(tmp_path / "runs" / "audit.jsonl", {"event": "trials.recorded", "run_id": None, "trials": trials})
    with pytest.raises(VerificationError, match="line 1 tells no whole trials"):
        trial_count(tmp_path)
