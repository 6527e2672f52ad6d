"""Two daily jobs of one project don't work at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.lakes import market_folder, table
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest_project import alone_in, ingested
from tradingview_scraper.pipelines.selection.schemas.errors import StageError

HOLDER = """
import sys
from pathlib import Path
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest_project import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_job_is_refused_until_the_first_ends_or_dies(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(StageError, match="another `run --ingest`"), alone_in(tmp_path):
            pass
        first.kill()
        first.wait()
    with alone_in(tmp_path):
        pass
    assert os.listdir(tmp_path) == [".tvselect.lock"]


def test_a_project_has_a_lakehouse_of_its_own(tmp_path: Path) -> None:
    report = ingested(tmp_path, market_folder() / "instruments.parquet", known_at="2026-01-01")
    assert report["lakehouse"] == str(tmp_path / "lakehouse")
    assert table(tmp_path / "lakehouse", "instruments").versions()[0].known_at == "2026-01-01 00:00:00"
