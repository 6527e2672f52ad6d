"""One demo project per module, and one run in it."""

from pathlib import Path

import pytest
from click.testing import Result

from support.command_line import tvselect
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "demo"
    new_project(folder)
    return folder


@pytest.fixture(scope="module")
def ran(project: Path) -> Result:
    return tvselect("run", "--project", str(project))
