"""One run of a simulated market, shared by every test that only reads it; who damages it takes a copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from support.browser import CHROMIUM, launched
from support.buckets import bucket_service
from support.sample import SampleRun, kept
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import FORMATS
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
from tradingview_scraper.pipelines.selection.drivers.lakehouse import commits
from tradingview_scraper.pipelines.selection.drivers.recording.run import run

AS_OF = "2026-06-30"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all pages: Playwright's synchronous API can't be opened twice in a process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    with launched() as found:
        yield found


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """The name of a bucket in a service on this machine."""
    with bucket_service() as name:
        yield name


@pytest.fixture(params=FORMATS)
def stored_as(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both formats of a lakehouse, one after the other: in which tables are made that aren't there yet."""
    form = str(request.param)
    monkeypatch.setattr(commits, "new_format", lambda lakehouse, asked: asked or form)
    return form


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """A project as `init` makes it, and its run as of the last day of its market. Not to be changed."""

    def made(folder: Path) -> dict[str, Path]:
        new_project(folder / "demo")
        return {"run": run(folder / "demo", as_of=AS_OF).folder}

    folder = kept(tmp_path_factory, "sample", made)["run"]
    return SampleRun(folder.parents[1], folder.name)


@pytest.fixture
def own_run(sample_run: SampleRun, tmp_path: Path) -> SampleRun:
    """A copy of the sample, for a test that damages it."""
    shutil.copytree(sample_run.project, tmp_path / "copy")
    return SampleRun(tmp_path / "copy", sample_run.run_id)
