"""A finished run with a challenger of its own, and one that failed: shared, not to be changed."""

import shutil
from pathlib import Path

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

SETTINGS = {"scorers.second": {"kind": "rank_average", "role": "challenger"}}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    project = tmp_path_factory.mktemp("exports") / "demo"
    new_project(project)
    return SampleRun(project, run(project, as_of="2026-06-30", settings=SETTINGS).run_id)


@pytest.fixture(scope="session")
def failed(finished: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    project = tmp_path_factory.mktemp("failed") / "demo"
    shutil.copytree(finished.project, project, ignore=shutil.ignore_patterns("runs"))
    (project / "data" / "bars.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(DataContractError):
        run(project)
    return SampleRun(project, next(path.name for path in (project / "runs").glob("2*")))


@pytest.fixture
def own(finished: SampleRun, tmp_path: Path) -> SampleRun:
    """A copy, for what writes beside the run."""
    shutil.copytree(finished.project, tmp_path / "copy")
    return SampleRun(tmp_path / "copy", finished.run_id)
