"""A request: everything resolved, nothing computed."""

from pathlib import Path

import pandas as pd
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def asked(project: Path, **given: object) -> Request:
    with project_on_path(project):
        return requested(project, **given)


def test_the_projects_own_data_and_factors_are_meant(sample_run: SampleRun) -> None:
    found = asked(sample_run.project, as_of="2026-06-30")
    assert found.data == sample_run.project / "data"
    assert found.as_of == pd.Timestamp("2026-06-30")
    assert isinstance(found.provider, FolderProvider)
    assert "drawdown_resilience" in found.plan.places
    assert found.plan.settings == found.resolved.settings


def test_layers_lie_on_each_other_and_data_may_lie_elsewhere(sample_run: SampleRun, tmp_path: Path) -> None:
    found = asked(
        sample_run.project,
        data=tmp_path,
        settings={"recruitment.top_n": 3},
        command_line=["recruitment.floor=4"],
        environment={"TVSELECT_RECRUITMENT__FLOOR": "9", "TVSELECT_RECRUITMENT__TOP_N": "9"},
    )
    assert (found.data, found.as_of) == (tmp_path, None)
    recruitment = found.resolved.settings.recruitment
    assert (recruitment.top_n, recruitment.floor) == (3, 4)


@pytest.mark.parametrize(
    "given", [{"as_of": "soon"}, {"profile": "v5"}, {"settings": {"data.provider": "nope"}}, {"command_line": ["x"]}]
)
def test_what_can_not_be_used_is_refused(given: dict[str, object], sample_run: SampleRun) -> None:
    with pytest.raises(ConfigurationError):
        asked(sample_run.project, **given)
