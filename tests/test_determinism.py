"""The determinism matrix: a few of its cells here, all of them by `make determinism`."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from support.sample import SampleRun
from support.scripts import script
from tradingview_scraper.pipelines.selection.drivers.review.discrete import leaves


@pytest.fixture(scope="module")
def matrix() -> ModuleType:
    return script("determinism")


def test_with_three_pythons_there_are_more_than_a_hundred_cells(matrix: ModuleType) -> None:
    cells = matrix.cells(["3.11", "3.12", "3.13"])
    assert len(set(cells)) == len(cells) == 108
    assert len({cell.seed for cell in cells}) == 108


def test_three_cells_far_apart(matrix: ModuleType, sample_run: SampleRun, tmp_path: Path) -> None:
    data = sample_run.project / "data"
    first, narrow, wide = (
        matrix.artifacts(matrix.Cell(sys.executable, *way), tmp_path / way[0], data, [])
        for way in (("Haswell", "all", "2", 1), ("Prescott", "baseline", "1", 2), ("SkylakeX", "all", "1", 3))
    )
    assert list(matrix.unexplained(first, wide, alike=True)) == []
    assert list(matrix.unexplained(first, narrow, alike=False)) == []


def test_other_bytes_are_found(matrix: ModuleType, sample_run: SampleRun) -> None:
    whole = {path.name: path.read_bytes() for path in sample_run.folder.iterdir()}
    changed = whole | {"manifest.json": whole["manifest.json"].replace(b'"LONG"', b'"SHORT"', 1)}
    assert list(matrix.unexplained(whole, changed, alike=True)) == ["manifest.json"]
    (found,) = matrix.unexplained(whole, changed, alike=False)
    assert found.startswith("manifest.json: ")
    assert list(matrix.unexplained(whole, whole, alike=True)) == []
    assert [*matrix.unexplained(whole, {}, alike=False)] == sorted(whole)


def test_only_the_last_bits_of_log_mps_are_let_pass(matrix: ModuleType, sample_run: SampleRun) -> None:
    assert matrix.tied("alpha_score.3", 1e-4, 1e-4 * (1 + 5e-15))
    assert not matrix.tied("alpha_score.3", 1e-4, 1e-4 * (1 + 1e-14))
    assert not matrix.tied("momentum.3", 1.0, 1.0 + 2e-16)
    assert not matrix.tied("rank_average.score.3", 0.5, 0.5 * (1 + 2e-16))
    assert matrix.tied("log_mps.score.3", 0.5, 0.5 * (1 + 3e-16))
    assert matrix.tied("momentum.3", float("nan"), float("nan"))
    assert not matrix.tied("alpha_score.3", 1e-4, float("nan"))
    places = leaves("portfolio_candidates.json", (sample_run.folder / "portfolio_candidates.json").read_bytes())
    assert any(map(matrix.LOG_MPS.search, places))
