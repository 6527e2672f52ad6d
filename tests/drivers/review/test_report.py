"""`report`: where a page lies, and the page of one run against another."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.report import report
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, StorageError, VerificationError


def test_the_first_run_of_a_profile_has_the_page_of_its_record(own_run: SampleRun) -> None:
    page = report(own_run.project, "@latest")
    assert page == own_run.project / "reports" / f"{own_run.run_id}.html"
    assert page.read_bytes() == (own_run.folder / "report.html").read_bytes()


def test_a_page_has_the_run_before_of_the_same_profile_beside_it(runs: dict[str, Path], tmp_path: Path) -> None:
    before, this = sorted(runs.values())[:2]
    project = this.parents[1]
    data, _ = page_parts(report(project, this.name, output=tmp_path / "page.html").read_text("utf-8"))
    found = data["against"]
    assert (found["this"], found["other"]) == (this.name, before.name)
    now, then = (directions(folder) for folder in (this, before))
    shares = [{position: Fraction(1, len(held)) for position in held} for held in (now, then)]
    bought = sum(max(Fraction(0), shares[0][position] - shares[1].get(position, Fraction(0))) for position in now)
    assert found["turnover"] == pytest.approx(float(bought), abs=1e-9)
    assert found["turnover"] > 0
    ours, theirs = ({name for name, _ in held} for held in (now, then))
    assert {(row["asset"], row["change"]) for row in found["winners"]} == {
        *((name, "came") for name in ours - theirs),
        *((name, "stayed") for name in ours & theirs),
        *((name, "went") for name in theirs - ours),
    }


def directions(folder: Path) -> set[tuple[str, str]]:
    atoms = json.loads((folder / "manifest.json").read_text("utf-8"))["atoms"]
    return {(atom["asset"], atom["direction"]) for atom in atoms}


def test_a_page_that_cannot_be_written_is_said(own_run: SampleRun) -> None:
    (own_run.project / "reports").write_text("in the way")
    with pytest.raises(StorageError, match=r"can't be written: .*output"):
        report(own_run.project, own_run.run_id)


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


def test_against_another_run_each_winner_of_either_stands_once(runs: dict[str, Path], tmp_path: Path) -> None:
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
    again = report(project, this.name, other.name)
    assert again == project / "reports" / f"{this.name}-against-{other.name}.html"
    assert again.read_bytes() == page.read_bytes()
    again.unlink()
