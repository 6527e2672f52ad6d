"""Which certificate covers a profile, and what is named where none does any more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from support.browser import opened_page
from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_module, project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.recording.certificates import (
    certificate_name,
    certificate_state,
    covered,
    refuse_uncertified,
)
from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import reproduced
from tradingview_scraper.pipelines.selection.drivers.review.summary import run_summary, summary_text
from tradingview_scraper.pipelines.selection.lineage.page.page import page_html, page_parts
from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import CertificateState, certificate_words
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CERTIFICATES, PAGE
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

OWN = {"features.modules": ["own"]}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "own.py").write_text("")
    with project_on_path(tmp_path):
        loaded_module("own", "features.modules")
        yield tmp_path


def _settings(**changed: object) -> SelectionSettings:
    return resolved_settings(
        "v4", settings={**OWN, **{name.replace("__", "."): value for name, value in changed.items()}}
    ).settings


def _keep(project: Path, settings: SelectionSettings, **fields: Any) -> str:
    document = {
        "profile": settings.profile,
        "valid": True,
        "dates": ["2026-06-25"],
        "covers": covered(settings),
        **fields,
    }
    (project / CERTIFICATES).mkdir(exist_ok=True)
    name = certificate_name(document)
    (project / CERTIFICATES / name).write_text(json.dumps(document))
    return name


def test_without_any_there_is_none(project: Path) -> None:
    assert certificate_state(project, _settings()).state == "none"


def test_one_of_the_same_settings_and_code_covers(project: Path) -> None:
    name = _keep(project, _settings())
    state = certificate_state(project, _settings())
    assert (state.state, state.name, state.changed) == ("certified", name, ())


def test_the_latest_counts_and_one_that_found_a_leak_says_so(project: Path) -> None:
    _keep(project, _settings())
    later = _keep(project, _settings(), valid=False, dates=["2026-06-26"])
    state = certificate_state(project, _settings())
    assert (state.state, state.name) == ("refuted", later)


def test_what_changed_since_is_named(project: Path) -> None:
    name = _keep(project, _settings())
    (project / "own.py").write_text("CHANGED = 1\n")
    state = certificate_state(project, _settings(recruitment__floor=7))
    assert (state.state, state.name) == ("stale", name)
    assert state.changed == ("module own", "setting recruitment")
    nearer = _keep(project, _settings(), dates=["2020-01-01"])
    assert certificate_state(project, _settings(recruitment__floor=7)).name == nearer


def test_the_list_before_is_not_covered(project: Path) -> None:
    _keep(project, _settings())
    held = _settings(recruitment__held=["A LONG"], clusters__held=[["A LONG", "B SHORT"]])
    assert certificate_state(project, held).state == "certified"


def test_another_profile_has_its_own(project: Path) -> None:
    _keep(project, _settings(), profile="other")
    assert certificate_state(project, _settings()).state == "none"


def test_a_file_that_is_not_what_its_name_says_does_not_count(project: Path) -> None:
    name = _keep(project, _settings(), valid=False)
    path = project / CERTIFICATES / name
    path.write_text(path.read_text().replace("false", "true"))
    (project / CERTIFICATES / "broken.json").write_text("{")
    state = certificate_state(project, _settings())
    assert (state.state, set(state.unreadable)) == ("none", {name, "broken.json"})


@pytest.mark.parametrize("document", [{"profile": "v4"}, [], {}])
def test_one_of_another_version_does_not_count(project: Path, document: Any) -> None:
    name = certificate_name(document)
    (project / CERTIFICATES).mkdir()
    (project / CERTIFICATES / name).write_text(json.dumps(document))
    state = certificate_state(project, _settings())
    assert (state.state, state.unreadable) == ("none", (name,))


def test_who_asks_for_one_is_refused_without(project: Path) -> None:
    asked = ["--project", str(project), "--set", 'features.modules=["own"]']
    said = tvselect("run", "--dry-run", "--strict-causality", *asked)
    assert said.exit_code == ConfigurationError.exit_code
    assert "--strict-causality: no certificate of this profile; `tvselect certify` makes one" in said.stderr
    _keep(project, _settings())
    refuse_uncertified(project, _settings())


def test_a_run_records_it_and_show_tells(sample_run: SampleRun) -> None:
    record = RunRecord(sample_run.folder)
    assert record.opening["certificate"] == {"state": "none", "name": "", "changed": [], "unreadable": []}
    told = summary_text(run_summary(sample_run.project, sample_run.run_id))
    assert "\ncausality no certificate of this profile; `tvselect certify` makes one\n" in told


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (
            CertificateState("certified", "a.json"),
            "certified: nothing after a date shows in an answer (certificates/a.json).",
        ),
        (CertificateState("refuted", "a.json"), "not certified: something after a date shows, or can't be excluded"),
        (CertificateState("stale", "a.json", ("module <own>",)), "stale: module <own> changed since it was certified"),
        (
            CertificateState("none", unreadable=("b.json",)),
            "no certificate of this profile; `tvselect certify` makes one",
        ),
    ],
)
def test_the_page_shows_each_state(
    state: CertificateState, said: str, sample_run: SampleRun, browser: Browser, tmp_path: Path
) -> None:
    data, svg = page_parts((sample_run.folder / PAGE).read_text("utf-8"))
    path = tmp_path / "page.html"
    path.write_text(page_html({**data, "causality": certificate_words(state.document())}, svg), "utf-8")
    page = opened_page(browser, path)
    assert page.text("causality").startswith(f"Causality: {said}")
    assert ("b.json" in page.text("causality")) == bool(state.unreadable)
    assert not page.errors


def test_a_page_from_before_certificates_says_nothing_of_them(sample_run: SampleRun) -> None:
    data, svg = page_parts((sample_run.folder / PAGE).read_text("utf-8"))
    without = page_html({name: value for name, value in data.items() if name != "causality"}, svg)
    assert "Causality" not in without
    assert 'data-testid="causality"' in page_html(data, svg)


def test_a_runs_page_has_what_its_ledger_has_and_is_made_again_without_the_certificate(own_run: SampleRun) -> None:
    with project_on_path(own_run.project):
        settings = requested(own_run.project).resolved.settings
        name = _keep(own_run.project, settings)
    again = run(own_run.project, as_of="2026-06-30")
    data, _ = page_parts((again.folder / PAGE).read_text("utf-8"))
    assert data["causality"] == certificate_words(RunRecord(again.folder).opening["certificate"])
    assert data["causality"].startswith("certified: ")
    assert name in data["causality"]
    (own_run.project / CERTIFICATES / name).unlink()
    assert reproduced(own_run.project, again.run_id)["identical"]
