"""A finished walk is found again, as it was left or not at all."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(walked().folder, tmp_path / "walks" / walked().folder.name)
    return tmp_path


def test_what_is_read_is_what_was_walked(project: Path) -> None:
    for reference in ("@latest", walked().folder.name, walked().folder.name[:6]):
        found = finished_walk(project, reference)
        pd.testing.assert_frame_equal(found.panel, walked().panel, check_exact=True)
        assert (found.step, found.horizons, found.asked["settings"]) == (
            walked().step,
            walked().horizons,
            finished_walk(project, "@latest").asked["settings"],
        )
        assert found.asked["settings_digest"] == walked().asked["settings_digest"]


def test_the_latest_is_the_one_that_ended_last(project: Path) -> None:
    other = project / "walks" / ("0" * 16)
    other.mkdir()
    (other / "manifest.json").write_text("{}")
    os.utime(other / "manifest.json", ns=(0, 0))
    assert finished_walk(project, "@latest").folder.name == walked().folder.name


def test_none_or_several_are_refused(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(ConfigurationError, match="no finished walks"):
        finished_walk(tmp_path_factory.mktemp("empty"), "@latest")
    with pytest.raises(ConfigurationError, match="there is no finished walk 'zz'"):
        finished_walk(project, "zz")


def test_changed_files_are_named(project: Path) -> None:
    folder = project / "walks" / walked().folder.name
    rows = sorted((folder / "dates").glob("*.parquet"))
    rows[0].write_bytes(rows[1].read_bytes())
    with pytest.raises(VerificationError, match=rows[0].name):
        finished_walk(project, "@latest")
    shutil.copy(walked().folder / "dates" / rows[0].name, rows[0])
    asked = folder / "walk.json"
    asked.write_text(
        asked.read_text().replace('"entry_lag": 1', '"entry_lag": 0').replace('"entry_lag":1', '"entry_lag":0')
    )
    with pytest.raises(VerificationError, match=r"walk\.json"):
        finished_walk(project, "@latest")
