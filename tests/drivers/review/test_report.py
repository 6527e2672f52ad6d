"""`report`: where a page lies, and the page of one run against another."""

import shutil
from pathlib import Path

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.report import report
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError


def test_the_page_of_a_run_lies_in_its_folder(sample_run: SampleRun) -> None:
    assert report(sample_run.project, "@latest") == sample_run.folder / "report.html"


def test_a_page_that_is_gone_or_damaged_is_refused(own_run: SampleRun) -> None:
    page = own_run.folder / "report.html"
    page.write_text("<html>nothing</html>")
    with pytest.raises(VerificationError, match=rf"{own_run.run_id} can't be read"):
        report(own_run.project, own_run.run_id)
    page.unlink()
    with pytest.raises(VerificationError, match=rf"{own_run.run_id} has no report\.html"):
        report(own_run.project, own_run.run_id)
    with pytest.raises(ConfigurationError, match="there is no run 'nope'"):
        report(own_run.project, "nope")


def test_against_another_run_each_winner_of_either_stands_once(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    this, other = runs["usual"], runs["strict"]
    project = this.parents[1]
    page = report(project, this.name, other.name, tmp_path / "page.html")
    assert page == tmp_path / "page.html"
    data, _ = page_parts(page.read_text("utf-8"))
    own, _ = page_parts((this / "report.html").read_text("utf-8"))
    assert {name: value for name, value in data.items() if name != "against"} == {
        name: value for name, value in own.items() if name != "against"
    }
    assert data["against"]
    monkeypatch.chdir(tmp_path)
    assert report(project, this.name, other.name) == Path(f"report-{this.name}-vs-{other.name}.html")
    shutil.copy(page, tmp_path / "again")
    assert (tmp_path / f"report-{this.name}-vs-{other.name}.html").read_bytes() == (tmp_path / "again").read_bytes()
