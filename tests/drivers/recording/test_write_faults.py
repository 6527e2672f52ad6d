"""A run survives its disk: every twelfth of its writes, one where the disk is full from there on, one that fails, one that kills.

`.ci/write_faults.py` takes every write.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sample import SampleRun
from support.write_faults import FAULTS, Bench, Faulty, bench
from tradingview_scraper.pipelines.selection.drivers.recording import run as recording
from tradingview_scraper.pipelines.selection.drivers.review.doctor import leftover_lines
from tradingview_scraper.pipelines.selection.lineage.record import leftovers
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError

STEP = 12


@pytest.fixture(scope="module")
def disk(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    project = tmp_path_factory.mktemp("faults") / "project"
    shutil.copytree(sample_run.project, project, ignore=shutil.ignore_patterns("runs"))
    with bench(project) as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_a_write_is_survived(disk: Bench, fault: str) -> None:
    assert disk.writes > 150
    writes = [*range(FAULTS.index(fault), disk.writes, STEP), *range(disk.writes - 6, disk.writes)]
    assert {at: found for at in writes if (found := disk.outcome(fault, at))} == {}


def test_a_run_that_lacks_its_name_is_told_by_doctor_and_gets_it(disk: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.reset()

    def refused(folder: Path, final: Path) -> None:
        raise StorageError(final.name, OSError(28, "No space left on device"))

    with monkeypatch.context() as patched:
        patched.setattr(recording, "named", refused)
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            disk.written(Faulty())
    (nameless,) = leftovers.left_over(disk.project).nameless
    (line,) = leftover_lines(disk.project)
    assert line.startswith(f"1: runs/{nameless.name} finished runs")
    assert leftovers.finished(nameless).name in nameless.name
    assert leftover_lines(disk.project) == []


def test_what_the_project_does_not_list_gets_no_name(disk: Bench) -> None:
    disk.reset()
    disk.written(Faulty())
    (run,) = (path for path in disk.runs.iterdir() if (path / "receipt.json").exists())
    forged = run.rename(run.with_name(f".{run.name}x.partial"))
    assert leftovers.left_over(disk.project) == ([forged], [], [])
    own = forged.rename(run.with_name(f".{run.name}.partial"))
    assert leftovers.left_over(disk.project) == ([], [own], [])
    receipt = own / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"hash": "', '"hash": "0'))
    assert leftovers.left_over(disk.project) == ([own], [], [])
