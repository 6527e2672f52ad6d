"""`calibrated`: a file named by what was asked, from which thresholds are read; and runs that use them."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from support.market import SETTINGS, market, records
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import Known, admitted_share
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.research.calibration.calibration import calibrated
from tradingview_scraper.pipelines.selection.drivers.research.calibration.calibration_text import calibration_text
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

STATED = {**SETTINGS, "gates.efficiency.threshold": "null:0.3", "gates.entropy.threshold": "null:0.1"}


def asked(project: Path, settings: dict) -> Request:
    provider = MemoryProvider(None, records(), market().statistics, market().bars)
    return replace(requested(project, settings=settings, calibrating=True), provider=provider)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calibrated")
    calibrated(asked(folder, STATED), worlds=2)
    return folder


def document(project: Path) -> dict:
    (path,) = (project / "calibrations").iterdir()
    return json.loads(path.read_text())


def test_the_same_question_is_computed_once(project: Path) -> None:
    told: list[int] = []
    found = calibrated(asked(project, STATED), worlds=2, progress=lambda done, total: told.append(done))
    assert told == []
    assert found == {"calibration": found["calibration"], **document(project)}


def test_another_question_has_another_name(tmp_path: Path) -> None:
    names = {
        calibrated(asked(tmp_path, SETTINGS), worlds=2, **other)["calibration"]
        for other in ({}, {"seed": 1}, {"block": 3})
    }
    again = {calibrated(asked(tmp_path, SETTINGS), worlds=2)["calibration"]}
    assert len(names) == 3
    assert again < names
    assert len(list((tmp_path / "calibrations").iterdir())) == 3


def test_it_says_what_was_asked_and_found(project: Path) -> None:
    found = document(project)
    assert (found["assets"], found["worlds"], found["block"], found["seed"]) == (74, 2, 1, 0)
    assert found["stated"]["efficiency"]["stated"] == "null:0.3"
    gate = found["gates"]["efficiency"]
    quantiles = found["features"]["efficiency_ratio"]["quantiles"]
    assert admitted_share(gate["threshold"], ">=", quantiles) == pytest.approx(0.3, abs=0.005)
    assert gate["admitted"] == pytest.approx(0.3, abs=0.01)
    assert found["features"]["permutation_entropy"]["attainable"] == [0.0, pytest.approx(0.9929, abs=1e-4)]
    text = calibration_text({"calibration": "abc", **found})
    assert "efficiency_ratio >= " in text
    assert "(null:0.3)" in text
    assert "metadata: tradable isn't computed from returns or bars" in text


def test_a_selection_takes_the_number_and_says_where_it_is_from(project: Path) -> None:
    found = select(None, records(), market().statistics, bars=market().bars, settings=STATED, project=project)
    threshold = document(project)["gates"]["efficiency"]["threshold"]
    assert found.settings.gates["efficiency"].threshold == threshold
    assert found.rungs[0].thresholds["efficiency"] == threshold
    assert found.settings.calibrated["efficiency"].startswith("null:0.3, calibration ")
    same = {
        **SETTINGS,
        **{f"gates.{name}.threshold": found.settings.gates[name].threshold for name in ("efficiency", "entropy")},
    }
    stated = select(None, records(), market().statistics, bars=market().bars, settings=same)
    pd.testing.assert_frame_equal(found.winners, stated.winners)


def test_the_settings_that_shape_a_null_are_those_of_a_run(project: Path) -> None:
    resolved = resolved_settings(settings=STATED, project=project, known=Known())
    assert resolved.shares == {"entropy": 0.1, "efficiency": 0.3}
    with pytest.raises(ConfigurationError, match="there is no calibration of this data"):
        resolved_settings(settings={**STATED, "features.efficiency_window": 60}, project=project)


def test_a_share_that_cannot_be_calibrated_is_refused_with_the_reason(tmp_path: Path) -> None:
    for name, why in {"net_edge": "in whatever order the days come", "health": "isn't computed from returns"}.items():
        with pytest.raises(ConfigurationError, match=f"{name}.threshold: null:0.5 can't be calibrated, for .*{why}"):
            calibrated(asked(tmp_path, {**SETTINGS, f"gates.{name}.threshold": "null:0.5"}), worlds=2)
    with pytest.raises(ConfigurationError, match="two worlds"):
        calibrated(asked(tmp_path, SETTINGS), worlds=1)
