"""Every artifact is read through one door: what the run didn't write is refused."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import COVERAGE, DECISIONS, LADDER, POOL, STANDINGS


@pytest.mark.parametrize("name", [POOL, DECISIONS, STANDINGS, COVERAGE, LADDER])
def test_a_flipped_bit_is_refused(sample_run: SampleRun, tmp_path: Path, name: str) -> None:
    folder = tmp_path / sample_run.run_id
    shutil.copytree(sample_run.folder, folder)
    whole, rng = (folder / name).read_bytes(), np.random.default_rng(5)
    for place, bit in zip(rng.integers(0, len(whole), 12).tolist(), rng.integers(0, 8, 12).tolist(), strict=True):
        (folder / name).write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
        record = RunRecord(folder)
        with pytest.raises(VerificationError, match="is not what the run wrote"):
            _ = record.table(name) if name.endswith(".parquet") else record.needed_document(name)
    (folder / name).write_bytes(whole)
    assert RunRecord(folder).artifact(name) == whole


def test_a_missing_artifact_is_named(sample_run: SampleRun, tmp_path: Path) -> None:
    folder = tmp_path / sample_run.run_id
    shutil.copytree(sample_run.folder, folder)
    (folder / POOL).unlink()
    with pytest.raises(VerificationError, match=POOL):
        RunRecord(folder).table(POOL)
