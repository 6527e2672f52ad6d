"""What a module of the project reads by itself is seen, whoever opens it; what it is handed over, or writes, isn't."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_module, project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.research.causality.outside_reads import UNTOLD, OutsideReads

OWN = """
import json
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset
import pyarrow.feather
import pyarrow.parquet

HERE = Path(__file__).parent

def by_python():
    return json.loads((HERE / "side.json").read_text())

def by_a_helper():
    return _opened()

def _opened():
    return open(HERE / "side.json").read()

def as_csv():
    return pd.read_csv(HERE / "side.csv")

def as_parquet():
    return pd.read_parquet(HERE / "side.parquet")

def by_arrow():
    return pyarrow.parquet.ParquetFile(str(HERE / "side.parquet")).read()

def as_dataset():
    return pyarrow.dataset.dataset(str(HERE / "side.parquet")).to_table()

def as_array():
    return np.load(HERE / "side.npy")

def of_a_database():
    return sqlite3.connect(":memory:")

def of_a_program():
    return subprocess.run(["true"])

def given(folder):
    return pd.read_parquet(folder / "given.parquet"), open(folder / "given.parquet", "rb").read()

def writes():
    (HERE / "written.txt").write_text("x")

def imports_who_reads():
    import reads_when_imported

def of_a_library():
    from importlib.metadata import entry_points
    import colorsys
    return entry_points()

class Own:
    def labels(self, distance):
        return by_python()
"""
READS = {
    "by_python": "reads side.json by itself",
    "by_a_helper": "reads side.json by itself",
    "as_csv": "reads side.csv by itself",
    "as_parquet": "reads side.parquet by itself",
    "by_arrow": "reads side.parquet by itself",
    "as_dataset": "reads side.parquet by itself",
    "as_array": "reads side.npy by itself",
    "of_a_database": "opens a database",
    "of_a_program": "starts another program",
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    project = tmp_path / "project"
    project.mkdir()
    (project / "own.py").write_text(OWN)
    (project / "side.json").write_text("{}")
    (project / "side.csv").write_text("a\n1\n")
    pd.DataFrame({"a": [1]}).to_parquet(project / "side.parquet")
    (project / "side.npy").write_bytes(b"")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "given.parquet")
    with project_on_path(project):
        yield project


def _loaded() -> ModuleType:
    sys.modules.pop("own", None)
    return loaded_module("own", "features.modules")


def _reads(project: Path) -> OutsideReads:
    settings = resolved_settings(
        "v4", settings={"features.modules": ["own"], "clusters.bucketizer": "own:Own"}
    ).settings
    return OutsideReads(project, settings)


@pytest.mark.parametrize("name", READS)
def test_a_reading_is_seen_and_whose_it_is(name: str, project: Path) -> None:
    _loaded()
    reads = _reads(project)
    with reads.watched():
        own = _loaded()
        try:
            getattr(own, name)()
        except EOFError:  # the array is empty
            assert name == "as_array"
    assert reads.findings() == [{"kind": "factor", "component": name, "what": READS[name] + UNTOLD}]


def test_a_component_and_a_module_that_is_loaded_are_told_apart(project: Path) -> None:
    reads = _reads(project)
    with reads.watched():
        _loaded().Own().labels(None)
        (project / "own.py").write_text("\n".join([OWN, "TABLE = by_python()", ""]))
        _loaded()
    assert [(each["kind"], each["component"]) for each in reads.findings()] == [
        ("bucketizer", "own:Own"),
        ("module", "own"),
    ]


def test_what_is_handed_over_written_or_of_a_library_does_not_count(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = _reads(project)
    (tmp_path / "side.json").write_text("{}")
    (tmp_path / "reads_when_imported.py").write_text(f"open({str(tmp_path / 'side.json')!r}).read()")
    monkeypatch.syspath_prepend(tmp_path)
    handed = tmp_path / "handed"
    handed.mkdir()
    (tmp_path / "given.parquet").rename(handed / "given.parquet")
    with reads.watched(handed):
        own = _loaded()
        own.given(handed)
        own.writes()
        own.of_a_library()
        own.imports_who_reads()
    assert reads.findings() == []


def test_after_the_block_nothing_is_seen(project: Path) -> None:
    reads = _reads(project)
    before = pd.read_parquet
    with reads.watched():
        own = _loaded()
    own.by_python()
    own.by_arrow()
    assert reads.findings() == []
    assert pd.read_parquet is before
