"""Which certificate covers a profile, and what is named where none does any more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
from tradingview_scraper.pipelines.selection.drivers.review.summary import run_summary, summary_text
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CERTIFICATES
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
