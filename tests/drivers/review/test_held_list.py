"""The selection of a run, handed to the next one."""

import shutil
from pathlib import Path

import pytest
from click.testing import Result

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
from tradingview_scraper.pipelines.selection.drivers.review.held_list import before_of, holding
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

HOLDING = {"recruitment.stay": 0.1, "clusters.inertia": 0.2}


@pytest.fixture(scope="module")
def project(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one's own with the sample's run."""
    folder = tmp_path_factory.mktemp("held") / "project"
    shutil.copytree(sample_run.project, folder)
    return folder


def run(project: Path, *arguments: str, as_of: str = "2026-06-30") -> Result:
    given = [part for name, value in HOLDING.items() for part in ("--set", f"{name}={value}")]
    return tvselect("run", "--project", str(project), "--as-of", as_of, *given, *arguments)


def test_the_list_and_the_partition_of_a_run_are_held_in_the_next_and_explained(
    sample_run: SampleRun, project: Path
) -> None:
    before = RunRecord(sample_run.folder)
    done = run(project, "--held", sample_run.run_id)
    assert done.exit_code == 0, done.stderr
    after = RunRecord(run_folder(project, "@latest"))
    assert after.params["recruitment.held"] == sorted(
        f"{name} {row['direction']}" for name, row in before.winners.items()
    )
    held = [set(group) for group in after.params["clusters.held"]]
    clusters = {row["cluster"] for row in before.standings.values()}
    assert held == [
        {f"{name} {row['direction']}" for name, row in before.standings.items() if row["cluster"] == number}
        for number in sorted(clusters)
    ]
    # The same day again: whoever won stays, and so does the partition.
    assert set(after.winners) == set(before.winners)
    assert before_of(after).clusters == before_of(before).clusters
    symbol = next(iter(before.winners))
    mates = sum(row["cluster"] == before.winners[symbol]["cluster"] for row in before.standings.values()) - 1
    told = tvselect("explain", "@latest", symbol, "--project", str(project)).stdout
    assert "held        it was on the list before, and has a lead of 0.1 of the pool's places" in told
    assert (
        f"inertia     of the {mates} assets that were in its cluster before, {mates} still are; they were taken as"
        in told
    )
    assert tvselect("reproduce", "@latest", "--project", str(project)).exit_code == 0


def test_only_what_the_settings_use_is_told(project: Path) -> None:
    request = requested(project, settings={"clusters.inertia": 0.2})
    told = holding(request, "@latest~0")
    assert told.resolved.settings.recruitment.held == ()
    for settings in (told.resolved.settings, told.plan.settings, told.plan.stated):
        assert settings.clusters.held
    assert told.resolved.origins["clusters.held"].startswith("command line --held 2")
    assert request.resolved.settings.clusters.held == ()


def test_a_run_before_without_lead_or_inertia_is_refused(sample_run: SampleRun) -> None:
    done = tvselect("run", "--project", str(sample_run.project), "--held", "@latest", "--dry-run")
    assert done.exit_code == 2
    assert "--held changes nothing while recruitment.stay and clusters.inertia are 0: add --set" in done.stderr


def test_a_list_of_later_tells_of_the_future_and_is_refused(sample_run: SampleRun, project: Path) -> None:
    done = run(project, "--held", sample_run.run_id, "--dry-run", as_of="2026-06-29")
    assert done.exit_code == 2
    assert f"--held {sample_run.run_id}: that list is as of 2026-06-30, later than 2026-06-29, as of" in done.stderr
    for same_or_later in ("2026-06-30", "2026-07-01"):
        assert run(project, "--held", sample_run.run_id, "--dry-run", as_of=same_or_later).exit_code == 0


def test_a_time_of_day_is_earlier_than_the_whole_day(sample_run: SampleRun, project: Path) -> None:
    done = run(project, "--held", sample_run.run_id, "--dry-run", as_of="2026-06-30T09:00:00")
    assert done.exit_code == 2
    assert "it would tell of the future" in done.stderr


def test_a_run_that_isnt_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there are no runs"):
        holding(requested(tmp_path, settings=HOLDING), "@latest")
