"""A line of the project's ledger comes with its tree; a tree that can't be written doesn't undo the line."""

import logging
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record import ledger, project_ledger
from tradingview_scraper.pipelines.selection.lineage.record.log_tiles import tree_head

EVENT = {"event": "trials.recorded", "run_id": None, "trials": []}


def test_line_and_tree_grow_together(tmp_path: Path) -> None:
    heads = [project_ledger.append(tmp_path, EVENT) for _ in range(3)]
    assert [head.size for head in heads] == [1, 2, 3]
    assert ledger.head(tmp_path / "runs/audit.jsonl") == heads[-1]
    assert tree_head(tmp_path / "runs").size == 3


def test_a_tree_that_cant_be_written_is_said_and_made_up_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/log").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert project_ledger.append(tmp_path, EVENT).size == 1
    assert "the line is written, but its tree isn't" in caplog.text
    (tmp_path / "runs/log").unlink()
    project_ledger.append(tmp_path, EVENT)
    assert tree_head(tmp_path / "runs").size == 2
