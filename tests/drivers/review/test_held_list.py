"""The list of a run, handed to the next one."""

import shutil
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.held_list import held_assignment, held_list
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def test_the_winners_of_a_run_are_held_in_the_next_and_explained(sample_run: SampleRun, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(sample_run.project, project)
    held = held_list(project, "@latest")
    winners = RunRecord(sample_run.folder).winners
    assert held == tuple(sorted(f"{name} {row['direction']}" for name, row in winners.items()))
    done = tvselect(
        *(
            "run",
            "--project",
            str(project),
            "--as-of",
            "2026-06-30",
            "--held",
            "@latest",
            "--set",
            "recruitment.stay=0.1",
        )
    )
    assert done.exit_code == 0, done.stderr
    after = run_folder(project, "@latest")
    assert RunRecord(after).params["recruitment.held"] == list(held)
    # The same day again: whoever won stays.
    assert set(RunRecord(after).winners) == set(winners)
    symbol = held[0].split()[0]
    told = tvselect("explain", "@latest", symbol, "--project", str(project)).stdout
    assert "held        it was on the list before, and has a lead of 0.1 of the pool's places" in told
    assert tvselect("reproduce", "@latest", "--project", str(project)).exit_code == 0


def test_a_list_before_without_a_lead_is_refused(sample_run: SampleRun) -> None:
    done = tvselect("run", "--project", str(sample_run.project), "--held", "@latest", "--dry-run")
    assert done.exit_code == 2
    assert "--held changes nothing while recruitment.stay is 0: add --set recruitment.stay=0.1" in done.stderr


def test_the_setting_is_one_that_set_takes() -> None:
    assert held_assignment(("A LONG", "B SHORT")) == 'recruitment.held=["A LONG", "B SHORT"]'


def test_a_run_that_isnt_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there are no runs"):
        held_list(tmp_path, "@latest")
