"""Runs for what reads runs."""

from pathlib import Path

import pytest

from support.sample import kept
from support.scenarios import scenarios
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Scenario (`support.scenarios`) to the folder of its run. Not to be changed."""

    def made(folder: Path) -> dict[str, Path]:
        new_project(folder / "demo")
        return scenarios(folder / "demo")

    return kept(tmp_path_factory, "scenarios", made)
